//! What is decided of rows: which cells change, and which never do.

use std::fmt::Write as _;

use jiff::civil::date;
use proptest::prelude::*;

use crate::suggest::Local;
use crate::suggest::states::{Decided, Decision, Left, Pick, StateError, decide, propose};
use crate::{Code, Law, Relation, State, Unit};

const TABLE: &str = "# van ons\nlocal_code\trelation\tcanonical\tkleur\tvalid_from\tstate\tjustification\tlocal_label\n\
45X48\texact\t45A48\trood\t2024-01-01\tsuggested\tlexical 0.61\tHulp\n\
# tussendoor\n\
45X49\texact\t45A49\tgroen\t2024-01-01\tsuggested\tlexical 0.40\tHulp groep\n\
\n\
45X50\texact\t45A50\tblauw\t2024-01-01\t\tmanual\tOp afstand\n\
45X51\texact\t45A51\tgeel\t2025-01-01\tconfirmed\tmanual\tGezin\n";

fn decision(state: State) -> Decision {
    Decision {
        state,
        by: "contractbeheer".to_owned(),
        on: date(2024, 11, 22),
        justification: None,
    }
}

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn decided(picks: &[Pick], state: State) -> Decided {
    decide(TABLE, picks, &decision(state)).unwrap()
}

#[test]
fn many_rows_are_confirmed_at_once_by_role_and_date() {
    let all = decided(&[Pick::Scored(0.0)], State::Confirmed);
    assert_eq!((all.changed, all.left), (vec![3, 5], vec![]));
    let expected = "# van ons\nlocal_code\trelation\tcanonical\tkleur\tvalid_from\tstate\tjustification\tlocal_label\tby\ton\n\
45X48\texact\t45A48\trood\t2024-01-01\tconfirmed\tlexical 0.61\tHulp\tcontractbeheer\t2024-11-22\n\
# tussendoor\n\
45X49\texact\t45A49\tgroen\t2024-01-01\tconfirmed\tlexical 0.40\tHulp groep\tcontractbeheer\t2024-11-22\n\
\n\
45X50\texact\t45A50\tblauw\t2024-01-01\t\tmanual\tOp afstand\t\t\n\
45X51\texact\t45A51\tgeel\t2025-01-01\tconfirmed\tmanual\tGezin\t\t\n";
    assert_eq!(all.text, expected);
    assert_eq!(decided(&[Pick::Scored(0.5)], State::Ignored).changed, [3]);
    let target = Some(code("45A49"));
    assert_eq!(
        decided(&[Pick::Code(code("45X49"), target)], State::Rejected).changed,
        [5]
    );
    assert_eq!(
        decided(&[Pick::Code(code("45X48"), target)], State::Rejected).text,
        decided(&[], State::Rejected).text
    );
}

#[test]
fn a_row_that_holds_already_is_not_taken_back_and_one_to_come_is() {
    let back = decided(&[Pick::Line(7), Pick::Line(8)], State::Suggested);
    assert_eq!(back.changed, [8]);
    assert_eq!(back.left, [(7, Left::Published)]);
    let again = decided(&[Pick::Line(8)], State::Confirmed);
    assert_eq!(again.left, [(8, Left::Already)]);
    let mut then = decision(State::Suggested);
    then.on = date(2025, 1, 1);
    let late = decide(TABLE, &[Pick::Line(8)], &then).unwrap();
    assert_eq!(late.left, [(8, Left::Published)]);
}

#[test]
fn confirming_and_taking_back_leaves_the_table_as_it_was_but_for_who_and_when() {
    let once = decide(TABLE, &[Pick::Line(8)], &decision(State::Rejected)).unwrap();
    let twice = decide(&once.text, &[Pick::Line(8)], &decision(State::Confirmed)).unwrap();
    let without = twice.text.replace("contractbeheer\t2024-11-22", "\t");
    assert_eq!(without, decided(&[], State::Confirmed).text);
}

#[test]
fn ends_of_lines_stay_as_they_were() {
    let mixed = TABLE.replacen('\n', "\r\n", 3);
    let mixed = mixed.strip_suffix('\n').unwrap();
    let done = decide(mixed, &[Pick::Line(3)], &decision(State::Confirmed)).unwrap();
    assert_eq!(done.text.matches('\r').count(), 3);
    assert!(!done.text.ends_with('\n'));
    assert_eq!(
        done.text.replace('\r', "") + "\n",
        decided(&[Pick::Line(3)], State::Confirmed).text
    );
}

#[test]
fn what_is_no_role_or_no_table_changes_nothing() {
    for by in ["", "  ", "een\ttab", &"x".repeat(61)] {
        let decision = Decision {
            by: by.to_owned(),
            ..decision(State::Confirmed)
        };
        assert_eq!(decide(TABLE, &[], &decision), Err(StateError::Words));
    }
    let no_table = decide("# leeg\n", &[], &decision(State::Confirmed));
    assert_eq!(no_table, Err(StateError::NoColumn("local_code")));
    let no_from = TABLE.replace("valid_from", "vanaf");
    let no_from = decide(&no_from, &[], &decision(State::Confirmed));
    assert_eq!(no_from, Err(StateError::NoColumn("valid_from")));
}

fn local(label: &str) -> Local {
    Local {
        municipality: None,
        law: Law::Jw,
        category: "45".parse().ok(),
        code: None,
        label: label.to_owned(),
        unit: Some(Unit::Hour),
        variant: None,
        tariff_cents: Some(8355),
    }
}

#[test]
fn suggestions_are_added_as_suggested_and_never_twice_for_a_code_and_its_name() {
    let candidates = [
        (code("45A48"), Relation::Close, 0.71_f32),
        (code("45A53"), Relation::LocalNarrower, 0.5),
    ];
    let add = |text: &str, label: &str| {
        let from = date(2025, 1, 1);
        let decision = decision(State::Suggested);
        propose(
            text,
            &local(label),
            code("45X48"),
            &candidates,
            from,
            &decision,
        )
        .unwrap()
    };
    let rejected = decided(&[Pick::Line(3)], State::Rejected).text;
    let added = add(&rejected, "HULP");
    assert_eq!(added.changed, [9]);
    let last = added.text.lines().last().unwrap();
    assert_eq!(
        last,
        "45X48\tlocal-narrower\t45A53\t\t2025-01-01\tsuggested\tlexical 0.50\tHULP\tcontractbeheer\t2024-11-22"
    );
    assert!(add(&added.text, "Hulp").changed.is_empty());
    // The code means something else by now.
    assert_eq!(add(&added.text, "Hulp\tbij spel").changed, [10, 11]);
    let full = "law\tcategory\tlocal_code\tunit\trelation\tcanonical\tvalid_from\ttariff\n";
    let row = add(full, "Hulp").text;
    assert!(
        row.contains("\njw\t45\t45X48\t04\tclose\t45A48\t2025-01-01\t83.55\tsuggested\t"),
        "{row}"
    );
}

proptest! {
    #[test]
    fn cells_of_other_columns_and_rows_never_change(
        cells in proptest::collection::vec("[a-z]{0,4}", 4..40),
        picked in proptest::collection::vec(1_u32..14, 0..6),
        states in proptest::collection::vec(0_usize..5, 10),
        to in 0_usize..4,
    ) {
        let mut text = "local_code\tcanonical\tvalid_from\tx\tstate\n".to_owned();
        for (row, pair) in cells.chunks(2).enumerate().take(10) {
            let state = State::ALL.get(states[row]).map_or("", |state| state.as_str());
            let from = if row % 2 == 0 { "2024-01-01" } else { "2026-01-01" };
            writeln!(text, "{}\t{}\t{from}\t{}\t{state}", pair[0], pair.get(1).map_or("", |cell| cell), pair[0]).unwrap();
        }
        let picks: Vec<_> = picked.into_iter().map(Pick::Line).collect();
        let done = decide(&text, &picks, &decision(State::ALL[to])).unwrap();
        let columns = |line: &str| line.split('\t').take(4).map(ToOwned::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(text.lines().count(), done.text.lines().count());
        for (at, (before, after)) in text.lines().zip(done.text.lines()).enumerate() {
            prop_assert_eq!(columns(before), columns(after));
            let line = u32::try_from(at + 1).unwrap();
            let state = |line: &str| line.split('\t').nth(4).map(ToOwned::to_owned);
            if !done.changed.contains(&line) {
                prop_assert_eq!(state(before), state(after));
            }
        }
    }
}
