//! What a receiver's own answer makes of changes that waited for it.

use knooppunt_standard::Bericht;
use knooppunt_standard::assess;
use knooppunt_standard::history::{self, Settled};

use super::message::{BSN1, BSN2, Begin, Message, allocates, answered, starts};
use super::world::{A1001, NAMES, World};
use crate::support;

fn start() -> Message {
    let row = Begin {
        nummer: 1001,
        product: "45/45A04",
        begins: "2026-03-05",
        status: "1",
    };
    starts("M1", "2026-04-15", BSN1, &[row])
}

/// What the changes of a start become by a 306 with these codes.
fn settle(codes: &[&str]) -> Settled {
    let changes = World::jw().judge(&start()).changes;
    let xml = answered(&start(), codes).xml();
    let checked = support::check(xml.as_bytes());
    assert!(checked.findings.is_empty(), "{:?}\n{xml}", checked.findings);
    history::settle(changes, &Bericht::read(&checked).unwrap(), NAMES)
}

#[test]
fn a_retour_without_codes_applies_what_waited() {
    let changes = World::jw().judge(&start()).changes;
    assert_eq!(changes.len(), 1);
    assert_eq!(settle(&[]), Settled::Apply(changes));
}

#[test]
fn a_retour_with_any_code_drops_all_of_it() {
    for codes in [&["0001"][..], &["0200"], &["8848", "9056"]] {
        assert_eq!(settle(codes), Settled::Drop);
    }
}

#[test]
fn what_waits_is_not_in_the_past_and_what_is_dropped_never_was() {
    let mut world = World::jw();
    let (before, changes) = (world.past.len(), world.judge(&start()).changes);
    assert_eq!(world.past.len(), before);
    assert!(
        world.judge(&start()).assessment.accepts(),
        "it is no second start yet"
    );
    world.past.apply_all(&changes);
    assert!(!world.judge(&start()).assessment.accepts());
}

#[test]
fn a_message_that_answers_nothing_settles_nothing() {
    let changes = World::jw().judge(&start()).changes;
    let xml = start().xml();
    let checked = support::check(xml.as_bytes());
    let settled = history::settle(changes, &Bericht::read(&checked).unwrap(), NAMES);
    assert!(matches!(settled, Settled::Report(report) if report.accepts()));
}

#[test]
fn a_message_of_a_release_without_rules_is_not_judged_and_changes_nothing() {
    let world = World::jw();
    let allocation = allocates("F1", "2026-02-20", BSN2, &[A1001]);
    let judge = |release: &str| {
        let xml = allocation.xml();
        let checked = support::check(xml.as_bytes());
        let mut bericht = Bericht::read(&checked).unwrap();
        bericht.kind.release = release.into();
        world.around(&bericht, |around| {
            let judged = assess::chain(&bericht, around);
            (
                judged.assessment.accepts(),
                assess::when_accepted(&bericht, around).len(),
            )
        })
    };
    assert_eq!(judge("3.2"), (false, 1));
    assert_eq!(judge("9.9"), (true, 0));
}
