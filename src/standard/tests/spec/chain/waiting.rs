//! What waits for a receiver's own answer is what his acceptance changes: the same as the gateway's own, for each kind that
//! can be accepted and refused, and there also when the rules would have refused it.

use knooppunt_standard::history::{Change, Past, Reden};
use knooppunt_standard::rules;

use super::message::{BSN1, Begin, Changed, End, Message, allocates, starts, stops, wishes};
use super::world::{A1001, World};

const START: Begin = Begin {
    nummer: 1001,
    product: "45/45A04",
    begins: "2026-03-05",
    status: "1",
};

/// A stop for a time.
const PAUSE: End = End {
    nummer: 1001,
    product: "45/45A04",
    begins: "2026-03-05",
    reason: "20",
    ends: "2026-04-10",
    status: "1",
};

const FOR_GOOD: End = End {
    reason: "34",
    ..PAUSE
};

fn start(id: &str, rows: &[Begin]) -> Message {
    starts(id, "2026-05-02", BSN1, rows)
}

fn stop(id: &str, rows: &[End]) -> Message {
    stops(id, "2026-05-02", BSN1, rows)
}

/// What it changes when it is judged and accepted, and when its receiver accepts it: the same.
fn changes(world: &World, message: &Message) -> Vec<Change> {
    let judged = world.judge(message);
    assert!(judged.assessment.accepts(), "it is a good message");
    let waiting = world.when_accepted(message);
    assert_eq!(waiting, judged.changes);
    waiting
}

#[test]
fn an_accepted_start_and_its_removal_change_the_same_whoever_answers() {
    let mut world = World::jw();
    let started = changes(&world, &start("S1", &[START]));
    assert!(matches!(started[..], [Change::Started { .. }]));
    world.past.apply_all(&started);
    let removal = Begin {
        status: "3",
        ..START
    };
    let removed = changes(&world, &start("S2", &[removal]));
    assert!(matches!(removed[..], [Change::StartRemoved { .. }]));
    // A removal comes first, wherever it stands.
    let again = Begin {
        begins: "2026-03-06",
        ..START
    };
    let both = world.when_accepted(&start("S3", &[again, removal]));
    assert!(matches!(
        both[..],
        [Change::StartRemoved { .. }, Change::Started { .. }]
    ));
}

#[test]
fn an_accepted_stop_and_its_removal_change_the_same_whoever_answers() {
    let mut world = World::jw();
    world.accepts(&start("S1", &[START]));
    let paused = changes(&world, &stop("P1", &[PAUSE]));
    assert!(matches!(paused[..], [Change::Stopped { .. }]));
    world.past.apply_all(&paused);
    let removal = End {
        status: "3",
        ..PAUSE
    };
    let both = changes(&world, &stop("P2", &[FOR_GOOD, removal]));
    assert!(matches!(
        both[..],
        [Change::StopRemoved { .. }, Change::Stopped { .. }]
    ));
}

#[test]
fn of_stops_together_those_for_a_time_come_before_those_for_good() {
    let world = World::jw();
    let rows = [FOR_GOOD, PAUSE];
    let waiting = world.when_accepted(&stop("P1", &rows));
    let temporary: Vec<bool> = waiting
        .iter()
        .map(|change| {
            let Change::Stopped { stop, .. } = change else {
                panic!("no stop but {change:?}")
            };
            stop.temporary
        })
        .collect();
    assert_eq!(temporary, [true, false]);
}

#[test]
fn an_accepted_request_to_change_is_open_whoever_answers() {
    let mut world = World::jw();
    let row = Changed {
        nummer: 1001,
        from: "2026-05-04",
        to: "2026-12-31",
        size: "5x04x2",
        budget: 0,
    };
    let wish = wishes(
        "W1",
        "2026-04-15",
        BSN1,
        "W1",
        &[1002, 1004, 1005],
        &[row],
        &[],
    );
    let waiting = changes(&world, &wish);
    assert!(!waiting.is_empty());
    world.past.apply_all(&waiting);
    assert_eq!(world.open_requests(BSN1), 1);
}

#[test]
fn what_the_rules_refuse_changes_nothing_here_and_the_same_as_ever_where_its_receiver_takes_it() {
    let world = World::jw();
    let unknown = Begin {
        nummer: 4711,
        ..START
    };
    let message = start("S1", &[unknown]);
    assert!(world.judge(&message).changes.is_empty());
    assert!(matches!(
        world.when_accepted(&message)[..],
        [Change::Started { .. }]
    ));
}

#[test]
fn a_past_counts_its_rows() {
    let empty = Past::new();
    assert!(empty.is_empty());
    let mut world = World::empty();
    world.accepts(&allocates("F1", "2026-02-20", BSN1, &[A1001]));
    assert!(!world.past.is_empty());
    assert!(
        world.past.len() > 1,
        "the message, the client and the allocation"
    );
}

#[test]
fn reasons_of_a_change_are_told_apart() {
    assert_eq!(Reden::read(Some("13")), Reden::Removed);
    assert_eq!(Reden::read(Some("01")), Reden::Formerly);
    for other in [None, Some(""), Some("1"), Some("31")] {
        assert_eq!(Reden::read(other), Reden::Other);
    }
}

#[test]
fn a_rule_tells_its_own_words() {
    let find = |id: &str| rules::all().find(|rule| rule.id == id);
    let rule = find("TR019").expect("it is built");
    assert!(rule.text().len() > 10 && rule.remedy().len() > 10);
    assert_ne!(rule.text(), find("TR063").expect("it is built").text());
    assert_ne!(rule.text(), rule.remedy());
}
