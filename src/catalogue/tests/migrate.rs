//! A table under a new release: rows end and begin anew, and what was published stays as it was published.

use jiff::civil::date;

use super::national::{MAP, folder, read, row, rows, table};
use crate::diff::Kind;
use crate::lint::lint;
use crate::migrate::{MigrateError, Plan, Proposal, propose, warnings};
use crate::{COLUMNS, Catalogue, Class, Municipality, State};

const PLAN: Plan = Plan {
    from: date(2026, 1, 1),
    today: date(2025, 10, 10),
};

fn of(catalogue: &Catalogue, plan: Plan) -> Result<Proposal, MigrateError> {
    between(catalogue, "wmo021-2016-09", "wmo021-2019-02", plan)
}

fn between(
    catalogue: &Catalogue,
    old: &str,
    new: &str,
    plan: Plan,
) -> Result<Proposal, MigrateError> {
    let table = catalogue.table(Municipality::new(777).unwrap()).unwrap();
    let release = |name| catalogue.release(name).unwrap();
    propose(catalogue, &table.own, release(old), release(new), plan)
}

/// The cells of a line of a proposal that has all columns.
fn cells(proposal: &Proposal, line: usize) -> Vec<String> {
    let line = proposal.table.lines().nth(line - 1).unwrap();
    line.split('\t').map(str::to_owned).collect()
}

fn cell(proposal: &Proposal, line: usize, column: &str) -> String {
    let index = COLUMNS.iter().position(|known| *known == column).unwrap();
    cells(proposal, line)[index].clone()
}

const OLD: &[&str] = &[
    "08X01 exact 08A11 law=wmo category=08 valid_from=2016-11-01 by=contractbeheer on=2016-10-01 local_label=Taxi",
    "02X01 exact 02A00 law=wmo category=02 unit=04 c_unit=01 factor=60/1 valid_from=2016-11-01",
    "02X04 exact 02L04 law=wmo category=02 valid_from=2016-11-01",
    "02X03 exact 02A03 law=wmo category=02 valid_from=2016-11-01",
    "45X01 exact 45A48 valid_from=2019-11-01",
];

#[test]
fn a_row_whose_target_changed_ends_and_a_proposed_one_begins_the_day_after() {
    let catalogue = read(&[(MAP, &table(&rows(OLD)))]);
    let proposal = of(&catalogue, PLAN).unwrap();
    let noted: Vec<_> = proposal
        .notes
        .iter()
        .map(|note| (note.line, note.kind, note.rows))
        .collect();
    assert_eq!(
        noted,
        [
            (2, Kind::Merged, 1),
            (3, Kind::Removed, 1),
            (4, Kind::Relabelled, 1)
        ]
    );
    assert_eq!((proposal.unchanged, proposal.not_judged), (1, 0));
    // the header, a row and its successor, three times; and what stays
    assert_eq!(proposal.table.lines().count(), 1 + 6 + 2);
    let old = |line: usize| {
        row(OLD[line - 2])
            .trim_end()
            .split('\t')
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (line, of) in [(2, 2), (4, 3), (6, 4)] {
        let mut ended = cells(&proposal, line);
        let index = COLUMNS
            .iter()
            .position(|known| *known == "valid_to")
            .unwrap();
        assert_eq!(std::mem::take(&mut ended[index]), "2025-12-31");
        let mut before = old(of);
        before.resize(ended.len(), String::new());
        assert_eq!(ended, before, "nothing else of a published row is edited");
        assert_eq!(cell(&proposal, line + 1, "valid_from"), "2026-01-01");
        assert_eq!(cell(&proposal, line + 1, "valid_to"), "");
        assert_eq!(cell(&proposal, line + 1, "state"), "suggested");
        assert_eq!(
            cell(&proposal, line + 1, "justification"),
            "release wmo021-2019-02"
        );
        assert_eq!(
            cell(&proposal, line + 1, "by") + &cell(&proposal, line + 1, "on"),
            ""
        );
    }
    assert_eq!(cell(&proposal, 3, "canonical"), "08A03");
    assert_eq!(cell(&proposal, 3, "local_label"), "Taxi");
    assert_eq!(
        (
            cell(&proposal, 5, "relation"),
            cell(&proposal, 5, "canonical")
        ),
        ("none".to_owned(), String::new())
    );
    assert_eq!(
        cell(&proposal, 5, "c_unit") + &cell(&proposal, 5, "factor"),
        ""
    );
    assert_eq!(cell(&proposal, 7, "canonical"), "02L04");
    assert!(proposal.table.ends_with(&(row(OLD[3]) + &row(OLD[4]))));
}

#[test]
fn what_is_proposed_is_read_and_nothing_new_is_wrong_with_it() {
    let before = read(&[(MAP, &table(&rows(OLD)))]);
    let told: Vec<_> = lint(&before).into_iter().map(|one| one.class).collect();
    assert_eq!(told, [Class::M09, Class::M09, Class::M10]);
    let proposal = of(&before, PLAN).unwrap();
    let after = read(&[(MAP, &proposal.table)]);
    assert_eq!(lint(&after), []);
    // and confirmed, as they are, they are right
    let confirmed = proposal.table.replace("\tsuggested\t", "\tconfirmed\t");
    assert_eq!(lint(&read(&[(MAP, &confirmed)])), []);
    let suggested = after.tables[1]
        .own
        .rows
        .iter()
        .filter(|row| row.state == State::Suggested);
    assert_eq!(suggested.count(), 3);
    // a second time there is nothing left to propose
    let again = of(
        &after,
        Plan {
            from: date(2027, 1, 1),
            today: date(2026, 10, 10),
        },
    )
    .unwrap();
    assert_eq!((again.notes, again.table), (Vec::new(), proposal.table));
}

#[test]
fn a_table_keeps_its_remarks_and_unknown_columns_and_gets_the_columns_it_lacks() {
    let text = "# van ons\nlaw\tlocal_code\trelation\tcanonical\tvalid_from\tkleur\n\nwmo\t08X01\texact\t08A11\t2016-11-01\trood\n# einde\nwmo\t02X03\texact\t02A03\t2016-11-01\tblauw";
    let files = folder(&[(MAP, text)]);
    let (catalogue, _) = super::folder::load(files);
    let proposal = of(&catalogue, PLAN).unwrap();
    assert_eq!(
        proposal.table,
        "# van ons\nlaw\tlocal_code\trelation\tcanonical\tvalid_from\tkleur\tvalid_to\tstate\tjustification\n\n\
         wmo\t08X01\texact\t08A11\t2016-11-01\trood\t2025-12-31\t\t\n\
         wmo\t08X01\texact\t08A03\t2026-01-01\trood\t\tsuggested\trelease wmo021-2019-02\n\
         # einde\nwmo\t02X03\texact\t02A03\t2016-11-01\tblauw\t\t\t"
    );
    // nothing to propose: byte for byte
    let quiet =
        "law\tlocal_code\trelation\tcanonical\tvalid_from\nwmo\t02X03\texact\t02A03\t2016-11-01\n";
    let catalogue = read(&[(MAP, quiet)]);
    assert_eq!(of(&catalogue, PLAN).unwrap().table, quiet);
}

#[test]
fn what_has_ended_what_is_not_decided_and_what_a_copy_does_not_say_is_left_alone() {
    let left = table(&rows(&[
        "08X01 exact 08A11 law=wmo valid_from=2016-11-01 valid_to=2024-12-31",
        "08X02 exact 08A11 law=wmo valid_from=2016-11-01 state=suggested",
        "08X03 exact 08A11 law=wmo valid_from=2016-11-01 state=rejected",
        "501AL exact P5005",
        "54X01 exact 54001",
    ]));
    let catalogue = read(&[(MAP, &left)]);
    let wmo = of(&catalogue, PLAN).unwrap();
    assert_eq!((&wmo.notes[..], &wmo.table), (&[][..], &left));
    let jw = between(&catalogue, "jz21-2019-02", "jz21-2025-02", PLAN).unwrap();
    assert_eq!((jw.notes.len(), jw.not_judged, &jw.table), (0, 2, &left));
    // a row that is still to begin is the municipality's own to change
    let later = table(&rows(&["08X01 exact 08A11 law=wmo valid_from=2026-06-01"]));
    let catalogue = read(&[(MAP, &later)]);
    let proposal = of(&catalogue, PLAN).unwrap();
    assert_eq!(
        (proposal.notes[0].kind, proposal.notes[0].rows),
        (Kind::Merged, 0)
    );
    assert_eq!(proposal.table, later);
}

#[test]
fn a_row_that_had_an_end_keeps_it_for_its_successor() {
    let row = "08X01 exact 08A11 law=wmo valid_from=2016-11-01 valid_to=2027-12-31";
    let catalogue = read(&[(MAP, &table(&rows(&[row])))]);
    let proposal = of(&catalogue, PLAN).unwrap();
    assert_eq!(cell(&proposal, 2, "valid_to"), "2025-12-31");
    assert_eq!(cell(&proposal, 3, "valid_to"), "2027-12-31");
}

#[test]
fn nothing_is_proposed_with_retroactive_effect_or_between_lists() {
    let catalogue = read(&[]);
    let plan = |from, today| Plan { from, today };
    let today = date(2026, 1, 1);
    assert_eq!(
        of(&catalogue, plan(today, today)),
        Err(MigrateError::Retroactive { from: today, today })
    );
    let other = between(&catalogue, "jz21-2019-02", "wmo021-2019-02", PLAN);
    assert!(matches!(other, Err(MigrateError::OtherList(_, _))));
    let turned = between(&catalogue, "wmo021-2019-02", "wmo021-2016-09", PLAN);
    assert!(matches!(turned, Err(MigrateError::NotOlder(_, _))));
}

#[test]
fn the_calendar_warns_on_each_of_its_four_days() {
    let catalogue = read(&[]);
    let release = catalogue.release("jz21-2025-02").unwrap();
    let said = |from, today| warnings(Plan { from, today }, release).join("\n");
    let year = date(2026, 1, 1);
    let early = said(year, date(2025, 8, 31));
    assert!(
        early.contains("nog tot 1 september (nog 1 dag)")
            && early.contains("komt op 1 oktober 2025"),
        "{early}"
    );
    let between = said(year, date(2025, 9, 2));
    assert!(
        !between.contains("september") && between.contains("komt op 1 oktober 2025"),
        "{between}"
    );
    let october = said(year, date(2025, 10, 1));
    assert_eq!(
        october,
        "de catalogus van 2026 wordt uiterlijk 31 oktober 2025 vastgesteld (nog 30 dagen)."
    );
    assert!(said(year, date(2025, 10, 31)).contains("(vandaag)"));
    assert!(said(year, date(2025, 11, 1)).contains("stond op 31 oktober 2025 vast"));
    assert!(said(date(2025, 7, 1), date(2025, 6, 1)).contains("een andere dag (2025-07-01)"));
    // an old list, when a newer may be out
    assert!(
        said(date(2027, 1, 1), date(2026, 10, 2))
            .contains("kijk of er sinds 1 oktober 2026 een nieuwere lijst is")
    );
}

#[test]
fn a_proposal_is_told_to_people_and_to_machines() {
    let catalogue = read(&[(MAP, &table(&rows(OLD)))]);
    let proposal = of(&catalogue, PLAN).unwrap();
    let text = proposal.to_string();
    assert!(text.starts_with("gm0777/map.tsv: 3 rijen aangewezen, 3 nieuwe rijen voorgesteld, 1 blijven zoals ze zijn, 0 niet te beoordelen.\nlet op: "), "{text}");
    assert!(text.contains("gm0777/map.tsv:2: 08X01 (samengevoegd): Het doel 08A11 (`Vervoer regulier: inspanningsgericht`) staat niet meer in wmo021-2019-02. De rij eindigt op 2025-12-31; voorgesteld vanaf 2026-01-01: 08A03.\n"), "{text}");
    for line in proposal.to_json_lines().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["voorstel"].is_string() || line["waarschuwing"].is_string());
    }
}
