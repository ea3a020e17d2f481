//! Cases 1 to 19: 301.

use jiff::civil::date;
use knooppunt_standard::Law;

use super::message::{BSN1, BSN2, Message, ROW, Row, allocates, answers, asks};
use super::world::{A1001, A1002, A1004, A1005, World};

const R1101: Row = Row {
    nummer: 1101,
    product: "45/45A09",
    from: "2026-03-01",
    to: "2026-06-30",
    size: "10x04x4",
    ..ROW
};

/// 1104 honours request V1.
const R1104: Row = Row {
    nummer: 1104,
    reference: "V1",
    product: "46/46A01",
    made: "2026-04-01",
    from: "2026-05-01",
    to: "2026-12-31",
    size: "2x04x4",
    ..ROW
};

/// The allocations of BSN1 that are in force, so that none is left out.
fn all_with(row: Row) -> Vec<Row> {
    let rows = [A1001, A1002, A1004, A1005];
    let mut rows: Vec<Row> = rows
        .into_iter()
        .filter(|old| old.nummer != row.nummer)
        .collect();
    rows.push(row);
    rows
}

/// Message M1 of 20 February with one allocation.
fn first(bsn: &str, row: Row) -> Message {
    allocates("M1", "2026-02-20", bsn, &[row])
}

/// V1 is asked for and honoured.
fn honoured() -> World {
    let mut world = World::jw();
    world.accepts(&asks("Q1", "2026-03-20", BSN1, &[("V1", "46/46A01")]));
    world.accepts(&allocates("H1", "2026-04-01", BSN1, &all_with(R1104)));
    world
}

#[test]
fn case_1_a_first_allocation_is_accepted() {
    let mut world = World::empty();
    let outcome = world.accepts(&first(BSN1, R1101));
    assert_eq!((outcome.advised.len(), outcome.not_assessed.len()), (0, 0));
}

#[test]
fn case_2_an_identification_is_used_once() {
    let mut world = World::empty();
    world.accepts(&first(BSN1, R1101));
    world.refuses(
        &allocates("M1", "2026-02-21", BSN1, &[A1001]),
        &["Header 9056"],
    );
}

#[test]
fn a_refused_message_has_used_its_identification_up() {
    let mut world = World::jw();
    let row = Row {
        nummer: 1001,
        ..R1101
    };
    let refused = ["ToegewezenProduct 9332"];
    world.refuses(&first(BSN2, row), &refused);
    world.refuses(&first(BSN2, R1101), &["Header 9056"]);
}

#[test]
fn case_3_a_message_is_not_dated_after_its_receipt() {
    let mut world = World::empty();
    world.received = Some(date(2026, 2, 24));
    world.refuses(
        &allocates("M1", "2026-02-25", BSN1, &[R1101]),
        &["Header 8848"],
    );
}

#[test]
fn case_4_all_errors_of_a_header_are_given_and_the_body_is_not_judged() {
    let mut world = World::jw();
    world.received = Some(date(2026, 2, 20));
    let row = Row {
        nummer: 1001,
        ..R1101
    };
    world.refuses(
        &allocates("F1", "2026-02-25", BSN2, &[row]),
        &["Header 8848 9056"],
    );
}

#[test]
fn case_5_a_municipality_is_in_the_list_of_cbs() {
    let mut world = World::empty();
    let message = first(BSN1, R1101).with_gemeente("0003");
    world.refuses(&message, &["Header S300"]);
}

#[test]
fn a_municipality_that_no_list_can_tell_of_is_not_refused() {
    let mut world = World::empty();
    let row = Row {
        from: "2025-03-01",
        made: "2025-02-20",
        ..R1101
    };
    let message = allocates("M1", "2025-02-20", BSN1, &[row]).with_gemeente("0003");
    let outcome = world.accepts(&message);
    assert_eq!(
        outcome.not_assessed,
        ["TR378 Header", "TR381 ToegewezenProduct"]
    );
}

#[test]
fn case_6_a_code_belongs_to_its_category_in_the_agreed_list() {
    let mut world = World::empty();
    let row = Row {
        nummer: 1102,
        product: "45/44A01",
        ..R1101
    };
    world.refuses(&first(BSN1, row), &["ToegewezenProduct S329"]);
}

#[test]
fn case_7_a_number_stays_with_its_client() {
    let mut world = World::jw();
    let row = Row {
        nummer: 1001,
        ..R1101
    };
    world.refuses(&first(BSN2, row), &["ToegewezenProduct 9332"]);
}

#[test]
fn case_8_a_later_version_becomes_the_current_one() {
    let mut world = World::jw();
    let row = Row {
        made: "2026-04-10",
        to: "2026-06-30",
        reason: "04",
        ..A1001
    };
    let outcome = world.accepts(&allocates("M1", "2026-04-10", BSN1, &all_with(row)));
    assert_eq!(outcome.advised, [""; 0]);
    let known = world.past.toewijzing(World::toewijzing(1001)).unwrap();
    assert_eq!(known.current().unwrap().einddatum, Some(date(2026, 6, 30)));
    assert_eq!(known.versions().len(), 2);
}

#[test]
fn a_version_that_comes_late_does_not_become_the_current_one() {
    let mut world = World::jw();
    let row = Row {
        made: "2026-02-10",
        to: "2026-04-30",
        ..A1001
    };
    world.accepts(&allocates("M1", "2026-02-21", BSN1, &all_with(row)));
    let known = world.past.toewijzing(World::toewijzing(1001)).unwrap();
    assert_eq!(known.current().unwrap().einddatum, Some(date(2026, 5, 31)));
}

#[test]
fn another_product_or_beginning_under_a_number_is_advice() {
    for (row, advised) in [
        (
            Row {
                product: "45/45A05",
                made: "2026-04-10",
                ..A1001
            },
            true,
        ),
        (
            Row {
                from: "2026-03-01",
                made: "2026-04-10",
                ..A1001
            },
            true,
        ),
        (
            Row {
                to: "2026-06-30",
                made: "2026-04-10",
                ..A1001
            },
            false,
        ),
    ] {
        let mut world = World::jw();
        let outcome = world.accepts(&allocates("M1", "2026-04-10", BSN1, &all_with(row)));
        let expected: &[&str] = if advised {
            &["IV066 ToegewezenProduct[4]"]
        } else {
            &[]
        };
        assert_eq!(outcome.advised, expected);
    }
}

#[test]
fn other_content_under_one_stamp_is_advice_and_the_first_stays() {
    let mut world = World::jw();
    let row = Row {
        to: "2026-06-30",
        ..A1001
    };
    let outcome = world.accepts(&allocates("M1", "2026-02-21", BSN1, &all_with(row)));
    assert_eq!(outcome.advised, ["IV013 ToegewezenProduct[4]"]);
    let known = world.past.toewijzing(World::toewijzing(1001)).unwrap();
    assert_eq!(known.current().unwrap().einddatum, Some(date(2026, 5, 31)));
    let same = world.accepts(&allocates("M2", "2026-02-21", BSN1, &all_with(A1001)));
    assert_eq!(same.advised, [""; 0], "the same sent again");
}

#[test]
fn an_allocation_that_is_left_out_is_advice_and_stays() {
    let mut world = World::jw();
    let outcome = world.accepts(&allocates("M1", "2026-02-21", BSN1, &[A1001, A1002, A1004]));
    assert_eq!(outcome.advised, ["OP087 Client"]);
    assert!(world.past.toewijzing(World::toewijzing(1005)).is_some());
    // On 2026-07-01 the allocations 1001 and 1004 have ended, so they may be left out.
    let outcome = world.accepts(&allocates("M2", "2026-07-01", BSN1, &[A1002, A1005]));
    assert_eq!(outcome.advised, [""; 0]);
}

#[test]
fn case_9_a_reference_belongs_to_a_request() {
    let mut world = World::jw();
    let row = Row {
        nummer: 1103,
        reference: "X99",
        ..R1101
    };
    world.refuses(
        &allocates("M1", "2026-02-21", BSN1, &all_with(row)),
        &["ToegewezenProduct[5] 9379"],
    );
}

#[test]
fn a_reference_belongs_to_a_request_of_this_client() {
    let mut world = World::jw();
    world.accepts(&asks("Q1", "2026-03-20", BSN2, &[("V1", "46/46A01")]));
    world.refuses(
        &allocates("M1", "2026-04-01", BSN1, &all_with(R1104)),
        &["ToegewezenProduct[5] 9379"],
    );
}

#[test]
fn a_request_that_was_refused_is_not_honoured() {
    let mut world = World::jw();
    world.accepts(&asks("Q1", "2026-03-20", BSN1, &[("V1", "46/46A01")]));
    world.accepts(&answers("A1", "2026-03-25", "V1", "1", "4", ""));
    world.refuses(
        &allocates("M1", "2026-04-01", BSN1, &all_with(R1104)),
        &["ToegewezenProduct[5] 9379"],
    );
}

#[test]
fn a_reference_to_a_request_that_may_be_older_than_the_past_is_not_refused() {
    let mut world = World::jw();
    world.history_from = Some(date(2026, 1, 1));
    let outcome = world.accepts(&allocates("M1", "2026-04-01", BSN1, &all_with(R1104)));
    assert_eq!(outcome.not_assessed, ["TR379 ToegewezenProduct[5]"]);
}

#[test]
fn case_10_an_allocation_honours_a_request() {
    let world = honoured();
    assert_eq!(world.open_requests(BSN1), 0);
}

#[test]
fn case_11_a_request_is_honoured_once() {
    let mut world = honoured();
    let row = Row {
        made: "2026-05-01",
        to: "2027-03-31",
        ..R1104
    };
    world.refuses(
        &allocates("M1", "2026-05-01", BSN1, &all_with(row)),
        &["ToegewezenProduct[5] 9379"],
    );
}

#[test]
fn case_12_the_version_that_honoured_a_request_may_be_sent_again() {
    let mut world = honoured();
    world.accepts(&allocates("M1", "2026-04-02", BSN1, &all_with(R1104)));
}

/// 1001 taken back.
const REMOVED: Row = Row {
    made: "2026-05-01",
    to: "2026-03-02",
    reason: "13",
    ..A1001
};

#[test]
fn case_13_an_allocation_in_use_is_not_removed() {
    let mut world = World::jw();
    world.grant("R1", BSN1, 1001, "");
    world.refuses(
        &allocates("M1", "2026-05-01", BSN1, &all_with(REMOVED)),
        &["ToegewezenProduct[4] 9385"],
    );
}

#[test]
fn an_allocation_in_use_may_end_earlier() {
    let mut world = World::jw();
    world.grant("R1", BSN1, 1001, "");
    let row = Row {
        reason: "04",
        ..REMOVED
    };
    world.accepts(&allocates("M1", "2026-05-01", BSN1, &all_with(row)));
}

#[test]
fn case_14_an_allocation_whose_lines_are_credited_is_removed() {
    let mut world = World::jw();
    world.grant("R1", BSN1, 1001, "");
    world.grant("R2", BSN1, 1001, "R1");
    world.accepts(&allocates("M1", "2026-05-01", BSN1, &all_with(REMOVED)));
    let known = world.past.toewijzing(World::toewijzing(1001)).unwrap();
    assert!(known.current().unwrap().is_removed());
}

/// A row beside 1105, which is 45/45A09 until 2026-06-30.
fn beside_1105(row: Row) -> (World, Message) {
    let first = Row {
        nummer: 1105,
        ..R1101
    };
    let message = allocates("M1", "2026-02-20", BSN1, &[first, row]);
    (World::empty(), message)
}

const R1106: Row = Row {
    nummer: 1106,
    from: "2026-06-30",
    to: "2026-12-31",
    ..R1101
};

#[test]
fn case_15_one_product_is_not_allocated_twice_on_one_day() {
    let (mut world, message) = beside_1105(R1106);
    world.refuses(&message, &["Header 0001"]);
}

#[test]
fn case_16_one_product_may_be_allocated_day_after_day() {
    let (mut world, message) = beside_1105(Row {
        from: "2026-07-01",
        ..R1106
    });
    world.accepts(&message);
}

#[test]
fn case_17_a_category_is_not_allocated_beside_a_product_of_it() {
    let (mut world, message) = beside_1105(Row {
        nummer: 1107,
        product: "45",
        from: "2026-05-01",
        size: "",
        ..R1106
    });
    world.refuses(&message, &["Header 0001"]);
}

#[test]
fn case_18_aids_of_one_code_may_stack_under_the_wmo() {
    let mut world = World::empty();
    let row = |nummer| Row {
        nummer,
        product: "12/12A01",
        from: "2026-03-01",
        to: "2026-12-31",
        size: "1x82x4",
        ..ROW
    };
    let message = allocates("M1", "2026-02-20", BSN1, &[row(1), row(2)]);
    world.accepts(&message.under(Law::Wmo));
}

#[test]
fn case_19_an_allocation_by_the_week_has_an_end() {
    let row = Row { to: "", ..A1001 };
    let mut world = World::empty();
    world.refuses(&first(BSN1, row), &["Header 0001"]);
}
