//! Cases 20 to 46: 305 and 307.

use jiff::civil::date;

use super::message::{BSN1, BSN2, Begin, End, Message, Row, allocates, starts, stops};
use super::world::{A1001, A1002, A1004, A1005, World};

/// ST1: care under 1001 from 2026-03-05.
const ST1: Begin = Begin {
    nummer: 1001,
    product: "45/45A04",
    begins: "2026-03-05",
    status: "1",
};

/// SP1: ST1 stopped for a time.
const SP1: End = End {
    nummer: 1001,
    product: "45/45A04",
    begins: "2026-03-05",
    reason: "20",
    ends: "2026-04-10",
    status: "1",
};

/// SP2: ST1 stopped for good, on the same day.
const SP2: End = End {
    reason: "34",
    ..SP1
};

fn begin(id: &str, rows: &[Begin]) -> Message {
    starts(id, "2026-05-02", BSN1, rows)
}

fn end(id: &str, rows: &[End]) -> Message {
    stops(id, "2026-05-02", BSN1, rows)
}

/// The allocations with ST1, and these stops.
fn with(rows: &[End]) -> World {
    let mut world = World::jw();
    world.accepts(&begin("ST1", &[ST1]));
    for (at, row) in rows.iter().enumerate() {
        world.accepts(&end(&format!("SP{at}"), &[*row]));
    }
    world
}

#[test]
fn case_20_a_start_is_accepted() {
    let outcome = World::jw().accepts(&begin("ST1", &[ST1]));
    assert_eq!((outcome.advised.len(), outcome.not_assessed.len()), (0, 0));
}

#[test]
fn case_21_a_start_names_an_allocation_that_is_known() {
    let mut world = World::jw();
    let row = Begin {
        nummer: 9999,
        ..ST1
    };
    world.refuses(&begin("M1", &[row]), &["StartProduct 9019"]);
}

#[test]
fn case_22_a_start_names_an_allocation_of_its_client() {
    let mut world = World::jw();
    let message = starts("M1", "2026-05-02", BSN2, &[ST1]);
    world.refuses(&message, &["StartProduct 9019"]);
}

#[test]
fn a_start_names_an_allocation_that_is_not_removed() {
    let mut world = World::jw();
    let row = Begin {
        nummer: 1006,
        ..ST1
    };
    let message = starts("M1", "2026-05-02", BSN2, &[row]);
    world.refuses(&message, &["StartProduct 9019"]);
}

#[test]
fn a_start_on_an_allocation_that_may_be_older_than_the_past_is_not_refused() {
    let row = Begin {
        nummer: 9999,
        ..ST1
    };
    for history_from in [None, Some(date(2026, 1, 1))] {
        let mut world = World::jw();
        world.history_from = history_from;
        let outcome = world.accepts(&begin("M1", &[row]));
        assert_eq!(outcome.not_assessed, ["TR019 StartProduct"]);
        // What is not known to be wrong is taken, so its stop finds it.
        let stop = End {
            nummer: 9999,
            ..SP1
        };
        let outcome = world.accepts(&end("M2", &[stop]));
        assert_eq!(outcome.not_assessed, ["TR019 StopProduct"]);
    }
}

#[test]
fn case_23_care_without_an_allocation_needs_none() {
    let mut world = World::jw();
    let row = Begin { nummer: 0, ..ST1 };
    world.accepts(&begin("M1", &[row]));
    let later = Begin {
        begins: "2026-03-20",
        ..row
    };
    let outcome = world.accepts(&begin("M2", &[later]));
    assert_eq!(outcome.advised, ["OP289 StartProduct"]);
    let other = Begin {
        product: "45/45A03",
        ..later
    };
    let outcome = world.accepts(&begin("M3", &[other]));
    assert_eq!(outcome.advised, [""; 0]);
}

#[test]
fn case_24_the_same_start_again_is_refused_twice_over() {
    with(&[]).refuses(&begin("M1", &[ST1]), &["StartProduct 9074 9326"]);
}

#[test]
fn case_25_an_allocation_has_one_actual_start() {
    let row = Begin {
        begins: "2026-03-20",
        ..ST1
    };
    with(&[]).refuses(&begin("M1", &[row]), &["StartProduct 9326"]);
}

#[test]
fn case_26_care_that_was_stopped_for_a_time_starts_again() {
    let mut world = with(&[End {
        ends: "2026-03-18",
        ..SP1
    }]);
    let row = Begin {
        begins: "2026-03-20",
        ..ST1
    };
    world.accepts(&begin("M1", &[row]));
}

#[test]
fn case_27_a_start_is_replaced_in_one_message_in_either_order() {
    let removal = Begin { status: "3", ..ST1 };
    let other = Begin {
        begins: "2026-03-06",
        ..ST1
    };
    for rows in [[removal, other], [other, removal]] {
        let mut world = with(&[]);
        world.accepts(&begin("M1", &rows));
        world.refuses(&begin("M2", &[removal]), &["StartProduct 9063"]);
        world.refuses(&begin("M3", &[other]), &["StartProduct 9074 9326"]);
    }
}

#[test]
fn case_28_only_what_was_started_is_removed() {
    let row = Begin {
        begins: "2026-03-07",
        status: "3",
        ..ST1
    };
    with(&[]).refuses(&begin("M1", &[row]), &["StartProduct 9063"]);
}

#[test]
fn the_removal_of_a_start_before_the_past_begins_is_not_refused() {
    let row = Begin { status: "3", ..ST1 };
    let mut world = World::jw();
    world.history_from = Some(date(2026, 3, 6));
    let outcome = world.accepts(&begin("M1", &[row]));
    assert_eq!(outcome.not_assessed, ["TR063 StartProduct"]);
    world.history_from = Some(date(2026, 3, 5));
    world.refuses(&begin("M2", &[row]), &["StartProduct 9063"]);
}

#[test]
fn case_29_a_start_is_removed_once() {
    let row = Begin { status: "3", ..ST1 };
    let mut world = with(&[]);
    world.accepts(&begin("M1", &[row]));
    world.refuses(&begin("M2", &[row]), &["StartProduct 9063"]);
}

#[test]
fn case_30_a_start_is_not_removed_while_it_is_stopped() {
    let row = Begin { status: "3", ..ST1 };
    for stop in [SP1, SP2] {
        with(&[stop]).refuses(&begin("M1", &[row]), &["StartProduct 9071"]);
    }
}

#[test]
fn case_31_a_start_is_removed_when_its_stop_was() {
    let mut world = with(&[SP2]);
    world.accepts(&end("M1", &[End { status: "3", ..SP2 }]));
    world.accepts(&begin("M2", &[Begin { status: "3", ..ST1 }]));
}

#[test]
fn case_32_a_key_stands_once_in_a_message() {
    let rows = [Begin { status: "3", ..ST1 }, ST1];
    with(&[]).refuses(&begin("M1", &rows), &["Header 0001"]);
}

#[test]
fn case_33_a_removed_start_leaves_its_key_free() {
    let mut world = with(&[]);
    world.accepts(&begin("M1", &[Begin { status: "3", ..ST1 }]));
    world.accepts(&begin("M2", &[ST1]));
}

#[test]
fn case_34_one_error_refuses_the_whole_message() {
    let mut world = World::jw();
    let unknown = Begin {
        nummer: 9999,
        ..ST1
    };
    world.refuses(&begin("M1", &[ST1, unknown]), &["StartProduct[2] 9019"]);
    world.accepts(&begin("M2", &[ST1]));
}

#[test]
fn of_two_starts_on_one_allocation_in_one_message_the_second_is_refused() {
    let later = Begin {
        begins: "2026-03-20",
        ..ST1
    };
    let mut world = World::jw();
    world.refuses(&begin("M1", &[ST1, later]), &["StartProduct[2] 9326"]);
}

#[test]
fn a_product_that_does_not_fit_its_allocation_is_advice() {
    let row = |product| Begin { product, ..ST1 };
    for (product, advised) in [
        ("45/45A05", &["IV075 StartProduct"][..]),
        ("44/44A01", &["IV075 StartProduct"][..]),
        ("45", &[][..]),
        ("", &[][..]),
    ] {
        let outcome = World::jw().accepts(&begin("M1", &[row(product)]));
        assert_eq!(outcome.advised, advised, "{product}");
    }
}

#[test]
fn case_35_a_stop_for_a_time_is_accepted() {
    let outcome = with(&[]).accepts(&end("M1", &[SP1]));
    assert_eq!((outcome.advised.len(), outcome.not_assessed.len()), (0, 0));
}

#[test]
fn case_36_a_stop_belongs_to_a_start() {
    let row = End {
        begins: "2026-03-08",
        ..SP1
    };
    let mut world = with(&[]);
    world.refuses(&end("M1", &[row]), &["StopProduct 9069"]);
    world.history_from = Some(date(2026, 3, 9));
    let outcome = world.accepts(&end("M2", &[row]));
    assert_eq!(outcome.not_assessed, ["TR382 StopProduct"]);
}

#[test]
fn case_37_care_is_stopped_for_a_time_once() {
    let row = End {
        ends: "2026-04-20",
        ..SP1
    };
    with(&[SP1]).refuses(&end("M1", &[row]), &["StopProduct 9413"]);
}

#[test]
fn case_38_a_stop_for_good_follows_on_the_same_day() {
    with(&[SP1]).accepts(&end("M1", &[SP2]));
}

#[test]
fn case_39_a_later_stop_does_not_end_earlier() {
    let row = End {
        ends: "2026-04-09",
        ..SP2
    };
    with(&[SP1]).refuses(&end("M1", &[row]), &["StopProduct 9414"]);
}

#[test]
fn case_40_nothing_follows_a_stop_for_good() {
    let row = End {
        reason: "31",
        ends: "2026-05-01",
        ..SP1
    };
    with(&[SP1, SP2]).refuses(&end("M1", &[row]), &["StopProduct 9415"]);
}

#[test]
fn case_41_a_stop_for_a_time_after_both_breaks_both_rules() {
    let row = End {
        ends: "2026-05-01",
        ..SP1
    };
    with(&[SP1, SP2]).refuses(&end("M1", &[row]), &["StopProduct 9413 9415"]);
}

#[test]
fn case_42_a_stop_for_good_is_replaced_in_one_message_in_either_order() {
    let removal = End { status: "3", ..SP2 };
    let other = End {
        reason: "31",
        ..SP2
    };
    for rows in [[removal, other], [other, removal]] {
        let mut world = with(&[SP1, SP2]);
        world.accepts(&end("M1", &rows));
        world.refuses(&end("M2", &[removal]), &["StopProduct 9063"]);
    }
}

#[test]
fn in_one_message_stops_for_a_time_come_before_stops_for_good() {
    for rows in [[SP1, SP2], [SP2, SP1]] {
        with(&[]).accepts(&end("M1", &rows));
    }
}

#[test]
fn case_43_a_stop_is_removed_with_its_own_reason() {
    let row = End {
        reason: "33",
        status: "3",
        ..SP2
    };
    with(&[SP2]).refuses(&end("M1", &[row]), &["StopProduct 9063"]);
}

#[test]
fn the_removal_of_a_stop_before_the_past_begins_is_not_refused() {
    let row = End { status: "3", ..SP2 };
    let mut world = with(&[]);
    world.history_from = Some(date(2026, 4, 11));
    let outcome = world.accepts(&end("M1", &[row]));
    assert_eq!(outcome.not_assessed, ["TR063 StopProduct"]);
    world.history_from = Some(date(2026, 4, 10));
    world.refuses(&end("M2", &[row]), &["StopProduct 9063"]);
}

#[test]
fn case_44_the_same_stop_again_is_refused_twice_over() {
    with(&[SP1]).refuses(&end("M1", &[SP1]), &["StopProduct 9074 9413"]);
}

#[test]
fn case_45_a_stop_on_an_unknown_allocation_is_refused_for_that_alone() {
    let row = End {
        nummer: 9999,
        ..SP1
    };
    with(&[]).refuses(&end("M1", &[row]), &["StopProduct 9019"]);
}

#[test]
fn a_stop_on_a_removed_allocation_is_accepted_when_its_start_was() {
    let mut world = with(&[]);
    let removed = Row {
        made: "2026-05-01",
        to: "2026-03-02",
        reason: "13",
        ..A1001
    };
    let rows = [removed, A1002, A1004, A1005];
    world.accepts(&allocates("H1", "2026-05-01", BSN1, &rows));
    let other = End {
        begins: "2026-03-08",
        ..SP2
    };
    world.refuses(&end("M1", &[other]), &["StopProduct 9019"]);
    world.history_from = Some(date(2026, 3, 9));
    let outcome = world.clone().accepts(&end("M3", &[other]));
    let untold = ["TR019 StopProduct", "TR382 StopProduct"];
    assert_eq!(outcome.not_assessed, untold, "its start may be older");
    world.accepts(&end("M2", &[SP2]));
}

#[test]
fn case_46_a_stop_does_not_end_before_it_begins() {
    let row = End {
        ends: "2026-03-04",
        ..SP1
    };
    with(&[]).refuses(&end("M1", &[row]), &["Header 0001"]);
}

#[test]
fn without_an_allocation_the_product_tells_starts_apart() {
    let mut world = World::jw();
    let one = Begin { nummer: 0, ..ST1 };
    let other = Begin {
        product: "45/45A03",
        ..one
    };
    world.accepts(&begin("M1", &[one, other]));
    let stop = End { nummer: 0, ..SP1 };
    world.accepts(&end("M2", &[stop]));
    let of_other = End {
        product: "45/45A03",
        ..stop
    };
    world.accepts(&end("M3", &[of_other]));
    let again = End {
        ends: "2026-04-20",
        ..stop
    };
    world.refuses(&end("M4", &[again]), &["StopProduct 9413"]);
}

#[test]
fn a_municipality_of_which_an_allocation_may_tell_more_is_not_refused() {
    let message = |nummer| {
        let row = Begin { nummer, ..ST1 };
        begin("M1", &[row]).with_gemeente("0003")
    };
    let mut world = World::jw();
    world.clone().refuses(&message(9999), &["Header S300"]);
    world.history_from = Some(date(2026, 1, 1));
    world.clone().refuses(&message(1001), &["Header S300"]);
    let outcome = world.send(&message(9999));
    assert!(outcome.refused.is_empty(), "{:?}", outcome.refused);
    assert!(outcome.not_assessed.contains(&"TR378 Header".to_owned()));
}

#[test]
fn a_start_that_is_not_taken_is_none_that_the_next_one_meets() {
    let mut world = World::jw();
    let not_agreed = Begin {
        product: "45/45A99",
        ..ST1
    };
    let refused = ["StartProduct[1] S329"];
    world.refuses(&begin("M1", &[not_agreed, ST1]), &refused);
    // Where it is taken, the next one is one too many.
    let other = Begin {
        product: "45/45A03",
        ..ST1
    };
    world.refuses(&begin("M2", &[other, ST1]), &["StartProduct[2] 9326"]);
}

#[test]
fn a_stop_that_is_not_taken_is_none_that_the_next_one_meets() {
    // Stopped for a time already, and now again until a later day.
    let again = End {
        ends: "2026-04-20",
        ..SP1
    };
    // It ends after the stop that stands and before the one that is refused.
    let for_good = End {
        ends: "2026-04-15",
        ..SP2
    };
    with(&[SP1]).refuses(&end("M1", &[again, for_good]), &["StopProduct[1] 9413"]);
    with(&[]).refuses(&end("M1", &[again, for_good]), &["StopProduct[2] 9414"]);
    // So with one that no list of products has.
    let not_agreed = End {
        product: "45/45A99",
        reason: "34",
        ..again
    };
    let mut world = World::jw();
    world.accepts(&begin("ST1", &[ST1]));
    let refused = world.send(&end("M1", &[not_agreed, for_good])).refused;
    assert!(
        refused
            .iter()
            .all(|told| told.starts_with("StopProduct[1]")),
        "{refused:?}"
    );
}
