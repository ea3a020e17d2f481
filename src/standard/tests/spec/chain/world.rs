//! A municipality and a provider whose messages all come by, with the allocations of the worked cases.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use knooppunt_standard::assess::{self, Around, Judged, Settings};
use knooppunt_standard::bericht::{Bedrag, DebetCredit, Eenheid, Periode};
use knooppunt_standard::history::{
    self, Change, Label, Line, Past, Pseudonym, Pseudonymise, RowKey, Unkeyed,
};
use knooppunt_standard::reference::Reference;
use knooppunt_standard::rules::Weight;
use knooppunt_standard::{Assessment, Bericht, Node};

use super::message::{BSN1, BSN2, BSN3, Message, ROW, Row, allocates};
use crate::support;

pub(crate) static NAMES: &Unkeyed = &Unkeyed;

/// Everything that came by, and what it is judged against.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) past: Past,
    pub(crate) reference: Reference,
    pub(crate) history_from: Option<Date>,
    pub(crate) received: Option<Date>,
}

/// What became of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Each refused or unjudged class with its codes: `StartProduct[2] 9074 9326`.
    pub(crate) refused: Vec<String>,
    /// Rule and class of each advice: `IV066 ToegewezenProduct`.
    pub(crate) advised: Vec<String>,
    /// Rule and class of what could not be assessed.
    pub(crate) not_assessed: Vec<String>,
}

impl World {
    /// Nothing came by yet; all that ever will is known.
    pub(crate) fn empty() -> Self {
        let gemeenten = "title = 'Gemeenten'\nedition = '2026-01-01'\n\
            code = [{ code = '0384', meaning = 'Diemen' }]\n";
        let jw = "title = 'Producten'\nlaw = 'jw'\ngemeente = '0384'\nproduct = [\n\
            { categorie = '45', code = '45A03' }, { categorie = '45', code = '45A04' },\n\
            { categorie = '45', code = '45A05' }, { categorie = '45', code = '45A09' },\n\
            { categorie = '50', code = '50A01' }, { categorie = '43', code = '43A05' },\n\
            { categorie = '44', code = '44A01' }, { categorie = '46', code = '46A01' }]\n";
        let wmo = "title = 'Producten'\nlaw = 'wmo'\ngemeente = '0384'\nproduct = [\n\
            { categorie = '01', code = '01A01' }, { categorie = '12', code = '12A01' }]\n";
        let files = [
            ("gemeenten/2026.toml", gemeenten),
            ("products/0384-jw.toml", jw),
            ("products/0384-wmo.toml", wmo),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        Self {
            past: Past::new(),
            reference: Reference::load(files).unwrap(),
            history_from: Some(Around::FIRST_DAY),
            received: None,
        }
    }

    /// The allocations that the cases start from.
    pub(crate) fn jw() -> Self {
        let mut world = Self::empty();
        let day = "2026-02-20";
        world.accepts(&allocates("F1", day, BSN1, &[A1001, A1002, A1004, A1005]));
        world.accepts(&allocates("F2", day, BSN2, &[A1003, A1006]));
        world.accepts(&allocates("F3", day, BSN3, &[A1007]));
        world
    }

    /// Judges a message and, unless it is refused, lets it change the past.
    pub(crate) fn send(&mut self, message: &Message) -> Outcome {
        let mut changes = Vec::new();
        let outcome = self.with(message, |bericht, around| {
            let content = assess::message(bericht);
            if !content.accepts() {
                changes.push(history::seen(bericht, around.pseudonyms));
                return Outcome {
                    refused: vec!["Header 0001".to_owned()],
                    ..Outcome::default()
                };
            }
            let judged = assess::chain(bericht, around);
            let accepts = judged.assessment.accepts();
            assert_eq!(
                accepts,
                !judged.changes.is_empty(),
                "refused means no change"
            );
            changes.extend(judged.changes);
            changes.push(history::seen(bericht, around.pseudonyms));
            Outcome::of(bericht, &judged.assessment)
        });
        self.past.apply_all(&changes);
        outcome
    }

    /// Sends a message that is refused nowhere.
    pub(crate) fn accepts(&mut self, message: &Message) -> Outcome {
        let outcome = self.send(message);
        assert_eq!(outcome.refused, [""; 0]);
        outcome
    }

    /// Sends a message that is refused for exactly this.
    pub(crate) fn refuses(&mut self, message: &Message, refused: &[&str]) {
        assert_eq!(self.send(message).refused, refused);
    }

    /// Judges a message and leaves the past as it is.
    pub(crate) fn judge(&self, message: &Message) -> Judged {
        self.with(message, assess::chain)
    }

    /// What a message changes when its receiver accepts it.
    pub(crate) fn when_accepted(&self, message: &Message) -> Vec<Change> {
        self.with(message, assess::when_accepted)
    }

    /// The rows that a message says it can need.
    pub(crate) fn wanted(&self, message: &Message) -> Vec<RowKey> {
        self.with(message, |bericht, around| {
            let mut keys = history::wanted(bericht, around.pseudonyms);
            let mut first = Past::new();
            for key in &keys {
                if let Some(row) = self.past.row(key) {
                    first.load(*key, row);
                }
            }
            keys.extend(history::wanted_more(bericht, around.pseudonyms, &first));
            keys
        })
    }

    fn with<T>(&self, message: &Message, then: impl FnOnce(&Bericht<'_>, &Around<'_>) -> T) -> T {
        let xml = message.xml();
        let checked = support::check(xml.as_bytes());
        assert!(checked.findings.is_empty(), "{:?}\n{xml}", checked.findings);
        let bericht = Bericht::read(&checked).unwrap();
        self.around(&bericht, |around| then(&bericht, around))
    }

    /// What a message is judged against.
    pub(crate) fn around<T>(
        &self,
        bericht: &Bericht<'_>,
        then: impl FnOnce(&Around<'_>) -> T,
    ) -> T {
        then(&Around {
            past: &self.past,
            pseudonyms: NAMES,
            reference: &self.reference,
            settings: &Settings::default(),
            received: self.received.unwrap_or(bericht.dagtekening),
            history_from: self.history_from,
            used_up: false,
        })
    }

    /// Lets a line be granted on an allocation, as a declaration would; `credits` is the line taken back.
    pub(crate) fn grant(&mut self, reference: &str, bsn: &str, nummer: u64, credits: &str) {
        let names: &dyn Pseudonymise = NAMES;
        let of = |value: &str| names.of(Label::ReferentieNummer, value);
        let line = Line {
            client: names.client(bsn),
            toewijzing: names.toewijzing(nummer),
            categorie: names.of(Label::Categorie, "45"),
            code: names.of(Label::Code, "45A04"),
            periode: Periode {
                begin: date(2026, 3, 2),
                end: date(2026, 3, 31),
            },
            volume: 15,
            eenheid: Eenheid::Uur,
            tarief: Some(5500),
            bedrag: Bedrag {
                cents: 82_500,
                direction: if credits.is_empty() {
                    DebetCredit::Debet
                } else {
                    DebetCredit::Credit
                },
            },
            vorig: (!credits.is_empty()).then(|| of(credits)),
            as_sent: false,
        };
        self.past.apply(&Change::Granted {
            referentie: of(reference),
            line,
        });
    }

    pub(crate) fn open_requests(&self, bsn: &str) -> usize {
        let names: &dyn Pseudonymise = NAMES;
        let client = self.past.client(names.client(bsn));
        client.map_or(0, |client| client.verzoeken.len())
    }

    pub(crate) fn toewijzing(nummer: u64) -> Pseudonym {
        let names: &dyn Pseudonymise = NAMES;
        names.toewijzing(nummer)
    }
}

impl Outcome {
    fn of(bericht: &Bericht<'_>, assessment: &Assessment) -> Self {
        let mut numbers: Vec<u32> = assessment.refusals().map(|breach| breach.at).collect();
        numbers.extend(&assessment.unjudged);
        numbers.sort_unstable();
        numbers.dedup();
        let refused = numbers.into_iter().map(|number| {
            let here = assessment.refusals().filter(|breach| breach.at == number);
            let codes: BTreeSet<&str> = here.map(|breach| breach.rule.code).collect();
            let codes = if assessment.unjudged.contains(&number) {
                assert!(
                    codes.is_empty(),
                    "a class with a code of its own is never 0233"
                );
                "0233".to_owned()
            } else {
                codes.into_iter().collect::<Vec<_>>().join(" ")
            };
            format!("{} {codes}", class(bericht, number))
        });
        let told = |weight: Weight| {
            let breaches = assessment.breaches.iter();
            breaches
                .filter(|breach| breach.weight == weight)
                .map(|breach| format!("{} {}", breach.rule.id, class(bericht, breach.at)))
                .collect()
        };
        Self {
            refused: refused.collect(),
            advised: told(Weight::Advises),
            not_assessed: told(Weight::NotAssessed),
        }
    }
}

/// Name of an element, with its place where there are more of the name.
fn class(bericht: &Bericht<'_>, number: u32) -> String {
    let node = find(bericht.root, number).unwrap();
    let siblings = node.parent().unwrap().children();
    let alike: Vec<Node<'_>> = siblings
        .filter(|other| other.name() == node.name())
        .collect();
    let at = alike.iter().position(|other| other.number() == number);
    match at {
        Some(at) if alike.len() > 1 => format!("{}[{}]", node.name(), at + 1),
        _ => node.name().to_owned(),
    }
}

fn find(node: Node<'_>, number: u32) -> Option<Node<'_>> {
    if node.number() == number {
        return Some(node);
    }
    node.children().find_map(|child| find(child, number))
}

pub(crate) const A1001: Row = Row {
    nummer: 1001,
    product: "45/45A04",
    from: "2026-03-02",
    to: "2026-05-31",
    size: "3x04x2",
    ..ROW
};
pub(crate) const A1002: Row = Row {
    nummer: 1002,
    product: "45/45A03",
    from: "2026-03-01",
    size: "600x01x4",
    ..ROW
};
pub(crate) const A1003: Row = Row {
    nummer: 1003,
    product: "44",
    from: "2026-03-01",
    to: "2026-12-31",
    budget: 500_000,
    ..ROW
};
pub(crate) const A1004: Row = Row {
    nummer: 1004,
    product: "50/50A01",
    from: "2026-03-01",
    to: "2026-06-06",
    size: "30000x83x2",
    ..ROW
};
pub(crate) const A1005: Row = Row {
    nummer: 1005,
    product: "43/43A05",
    from: "2026-04-01",
    size: "40x14x6",
    ..ROW
};
pub(crate) const A1006: Row = Row {
    nummer: 1006,
    product: "45/45A04",
    from: "2026-03-01",
    to: "2026-03-01",
    reason: "13",
    size: "3x04x2",
    ..ROW
};
pub(crate) const A1007: Row = Row {
    nummer: 1007,
    from: "2026-01-01",
    to: "2026-12-31",
    budget: 100_000,
    ..ROW
};
