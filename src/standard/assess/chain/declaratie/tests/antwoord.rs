//! The worked cases 136 to 142: a 325 that comes back. No answer is owed on it; what is wrong is reported and nothing is booked.

use jiff::civil::date;

use super::message::{BSN1, Row, Sent, UNKNOWN, Xml};
use super::world::{NAMES, World, place, with_bericht};
use crate::assess::{self, Around};
use crate::bericht::berichtsoort::{Berichtsoort, Law};
use crate::history::{Change, Past, Settled, settle};
use crate::rules::Weight;

/// A 325 on the declaration DN1, in which the municipality refuses these rows.
struct Antwoord {
    answers: &'static str,
    version: &'static str,
    nummer: &'static str,
    ingediend: i128,
    /// Of the client and of each line.
    codes: [&'static str; 2],
    /// Of the header.
    header: &'static str,
    refused: Vec<Row>,
}

impl Antwoord {
    fn refusing(refused: impl IntoIterator<Item = Row>) -> Self {
        Self {
            answers: "DN1",
            version: "1.0.0",
            nummer: "DN1",
            ingediend: 33_000,
            codes: ["0200", "9321"],
            header: "0200",
            refused: refused.into_iter().collect(),
        }
    }

    fn xml(&self) -> String {
        let mut xml = Xml::new(Law::Jw, Berichtsoort::DeclaratieAntwoord);
        let mut more = Xml::part(Law::Jw, Berichtsoort::DeclaratieAntwoord);
        more.identification("DeclaratieIdentificatie", self.answers, date(2026, 5, 6));
        more.versions("XsdVersieDeclaratie", self.version);
        more.codes(&[self.header]);
        let day = date(2026, 5, 8);
        xml.header("A1", day, "0384", "65656055", &more.text());
        xml.open("DeclaratieAntwoord");
        xml.leaf("DeclaratieNummer", self.nummer);
        xml.amount("TotaalIngediendBedrag", "TotaalBedrag", self.ingediend);
        xml.amount("TotaalToegekendBedrag", "TotaalBedrag", 5500);
        xml.clients(&self.refused, |xml, row| {
            let [client, line] = self.codes;
            xml.codes(&[if row.is_some() { line } else { client }]);
        });
        xml.codes(&["0200"]);
        xml.close("DeclaratieAntwoord");
        xml.finish()
    }

    /// What becomes of the declaration that waits for it.
    fn settle(&self) -> Result<Vec<Change>, Vec<String>> {
        with_bericht(&self.xml(), |answer| {
            match settle(pending(), answer, NAMES) {
                Settled::Apply(changes) => Ok(changes),
                Settled::Report(found) => Err(found
                    .breaches
                    .iter()
                    .map(|breach| format!("{} {}", place(answer, breach.at), breach.rule.id))
                    .collect()),
                Settled::Drop => panic!("dropped"),
            }
        })
    }
}

fn row() -> Row {
    Row::hours("R1", 4, 5)
}

/// The declaration DN1 over April with R1 and R2 over March, as it waits for its answer.
fn pending() -> Vec<Change> {
    let judged = World::new().judge(&Sent::over("DN1", 4, [row(), Row::hours("R2", 3, 1)]));
    assert!(judged.judged.assessment.accepts());
    judged.judged.changes
}

#[test]
fn case_136_an_answer_that_fits_is_booked_line_by_line() {
    let changes = Antwoord::refusing([row()]).settle().unwrap();
    let refused = changes
        .iter()
        .filter(|change| matches!(change, Change::Refused { .. }));
    let granted = changes
        .iter()
        .filter(|change| matches!(change, Change::Granted { .. }));
    assert_eq!((refused.count(), granted.count()), (1, 1));
    let mut past = Past::new();
    past.apply_all(&changes);
    let r1 = past.prestatie(NAMES.of(crate::history::Label::ReferentieNummer, "R1"));
    assert!(r1.is_some_and(|line| line.granted.is_none()));
}

/// How many lines are refused and granted by an answer.
fn counts(answer: &Antwoord) -> (usize, usize) {
    let changes = answer.settle().unwrap();
    let lines = |kind: fn(&Change) -> bool| changes.iter().filter(|change| kind(change)).count();
    (
        lines(|change| matches!(change, Change::Refused { .. })),
        lines(|change| matches!(change, Change::Granted { .. })),
    )
}

#[test]
fn a_line_that_an_answer_lists_is_refused_whatever_its_code() {
    for code in ["9321", "0233", "0200"] {
        let mut answer = Antwoord::refusing([row()]);
        answer.codes = ["0200", code];
        assert_eq!(counts(&answer), (1, 1), "{code}");
    }
}

#[test]
fn all_lines_of_a_client_with_a_code_are_refused_also_where_they_are_left_out() {
    let mut answer = Antwoord::refusing([row()]);
    answer.codes = ["8187", "0233"];
    assert_eq!(counts(&answer), (2, 0));
}

#[test]
fn an_answer_to_another_total_is_reported() {
    let mut answer = Antwoord::refusing([row()]);
    answer.ingediend = 33_001;
    assert_eq!(answer.settle().unwrap_err(), ["DeclaratieAntwoord TR342"]);
}

#[test]
fn case_137_an_answer_to_an_unknown_declaration_is_reported() {
    let mut answer = Antwoord::refusing([row()]);
    answer.answers = "DN7";
    assert_eq!(answer.settle().unwrap_err(), ["Header TR337"]);
    let none = with_bericht(&Antwoord::refusing([row()]).xml(), |answer| {
        settle(Vec::new(), answer, NAMES)
    });
    assert!(matches!(none, Settled::Report(found) if found.breaches.len() == 1));
}

#[test]
fn case_138_other_schema_versions_are_reported() {
    let mut answer = Antwoord::refusing([row()]);
    answer.version = "1.0.1";
    assert_eq!(answer.settle().unwrap_err(), ["Header TR371"]);
}

#[test]
fn case_139_another_declaration_number_is_reported() {
    let mut answer = Antwoord::refusing([row()]);
    answer.nummer = "DN9";
    assert_eq!(answer.settle().unwrap_err(), ["DeclaratieAntwoord TR376"]);
}

#[test]
fn case_140_a_line_that_was_not_sent_is_reported() {
    let line = "Client[1]/Prestatie[1] TR366";
    let unknown = Antwoord::refusing([Row::hours("R3", 4, 5)]);
    assert_eq!(unknown.settle().unwrap_err(), [line]);
    let credit = Row {
        vorig: Some("R0".to_owned()),
        ..row()
    };
    assert_eq!(Antwoord::refusing([credit]).settle().unwrap_err(), [line]);
}

#[test]
fn case_141_a_line_that_was_changed_is_reported() {
    let line = ["Client[1]/Prestatie[1] TR367"];
    let april = date(2026, 4, 1);
    for changed in [
        row().periode(april, date(2026, 4, 29)),
        row().on(1002),
        row().product("45", "45A03"),
        row().product("44", "45A04"),
        row().cents(1),
        row().size(6, "04", 5500).cents(27_500),
        row().size(5, "01", 5500),
        row().size(5, "04", 5501).cents(27_500),
    ] {
        let answer = Antwoord::refusing([changed.clone()]);
        assert_eq!(answer.settle().unwrap_err(), line, "{changed:?}");
    }
}

#[test]
fn case_142_a_client_that_was_not_sent_is_reported() {
    let answer = Antwoord::refusing([row().of(UNKNOWN)]);
    assert_eq!(answer.settle().unwrap_err(), ["Client[1] TR304"]);
    assert!(Antwoord::refusing([row().of(BSN1)]).settle().is_ok());
}

#[test]
fn an_answer_that_refuses_in_its_header_books_nothing_whatever_follows() {
    let mut answer = Antwoord::refusing([row()]);
    answer.header = "0001";
    let settled = with_bericht(&answer.xml(), |answer| settle(pending(), answer, NAMES));
    assert_eq!(settled, Settled::Drop);
}

#[test]
fn on_an_answer_no_answer_is_owed_so_that_a_wrong_header_is_told() {
    let world = World::new();
    let around = Around {
        used_up: true,
        ..world.around(&Sent::over("DN1", 4, [row()]))
    };
    let answer = Antwoord::refusing([row()]).xml();
    let judged = with_bericht(&answer, |answer| assess::chain(answer, &around));
    let told: Vec<_> = judged.assessment.breaches.iter().collect();
    let told = told.iter().map(|breach| (breach.rule.id, breach.weight));
    let expected = [("TR056", Weight::Reports), ("TR135", Weight::Reports)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    assert!(judged.assessment.accepts());
}
