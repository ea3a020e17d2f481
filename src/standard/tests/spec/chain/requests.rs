//! Cases 47 to 54 and 74 to 82: 315 and 319.

use jiff::civil::date;

use super::message::{BSN1, BSN2, BSN3, Message, ROW, Row, allocates, answers, asks};
use super::wishes::wished;
use super::world::{A1001, A1002, A1003, A1004, A1005, World};

pub(super) const DAY: &str = "2026-04-15";

fn asked(id: &str, bsn: &str, references: &[&str]) -> Message {
    let codes = ["45/45A09", "46/46A01"];
    let rows: Vec<(&str, &str)> = references.iter().copied().zip(codes).collect();
    asks(id, DAY, bsn, &rows)
}

/// V2 is open for BSN2.
pub(super) fn open() -> World {
    let mut world = World::jw();
    world.accepts(&asked("Q2", BSN2, &["V2"]));
    world
}

fn answer(id: &str, reference: &str, answer: &str) -> Message {
    let reason = if answer == "1" { "4" } else { "" };
    answers(id, DAY, reference, answer, reason, "")
}

/// A new allocation for a request.
fn honours(nummer: u64, reference: &'static str) -> Row {
    Row {
        nummer,
        reference,
        product: "45/45A09",
        made: DAY,
        from: "2026-05-01",
        size: "2x04x4",
        ..ROW
    }
}

#[test]
fn case_47_a_first_request_is_open() {
    let world = open();
    assert_eq!(world.open_requests(BSN2), 1);
}

#[test]
fn case_48_a_reference_is_used_for_one_request() {
    open().refuses(&asked("M1", BSN3, &["V2"]), &["AangevraagdProduct 9347"]);
}

#[test]
fn a_reference_of_a_refused_message_is_free() {
    let mut world = open();
    world.refuses(
        &asked("M1", BSN3, &["V2", "V3"]),
        &["AangevraagdProduct[1] 9347"],
    );
    world.accepts(&asked("M2", BSN3, &["V3"]));
}

#[test]
fn case_49_a_client_has_one_open_request() {
    open().refuses(&asked("M1", BSN2, &["V3"]), &["Client 9374"]);
}

#[test]
fn case_50_a_request_that_is_looked_into_is_open() {
    let mut world = open();
    world.accepts(&answer("A1", "V2", "2"));
    world.refuses(&asked("M1", BSN2, &["V3"]), &["Client 9374"]);
}

#[test]
fn case_51_a_refused_request_is_closed() {
    let mut world = open();
    world.accepts(&answer("A1", "V2", "1"));
    world.accepts(&asked("M1", BSN2, &["V3"]));
}

#[test]
fn case_52_an_honoured_request_is_closed() {
    let mut world = open();
    let row = honours(1201, "V2");
    world.accepts(&allocates("H1", DAY, BSN2, &[A1003, row]));
    world.accepts(&asked("M1", BSN2, &["V4"]));
}

#[test]
fn case_53_every_product_of_a_request_is_one_to_be_closed() {
    let mut world = World::jw();
    world.accepts(&asked("Q5", BSN1, &["V5", "V6"]));
    world.accepts(&answer("A1", "V5", "1"));
    world.refuses(&asked("M1", BSN1, &["V7"]), &["Client 9374"]);
    world.accepts(&answer("A2", "V6", "1"));
    world.accepts(&asked("M2", BSN1, &["V7"]));
}

#[test]
fn case_54_a_reference_stands_once_in_a_message() {
    World::jw().refuses(&asked("M1", BSN1, &["V8", "V8"]), &["Header 0001"]);
}

#[test]
fn case_74_a_request_is_looked_into() {
    let mut world = wished();
    world.accepts(&answer("A1", "W1", "2"));
    assert_eq!(world.open_requests(BSN1), 1);
}

#[test]
fn case_75_an_answer_names_a_request() {
    let mut world = World::jw();
    world.refuses(&answer("A1", "W9", "2"), &["Antwoord 9355"]);
    world.history_from = Some(date(2026, 1, 1));
    let outcome = world.accepts(&answer("A2", "W9", "2"));
    assert_eq!(outcome.not_assessed, ["TR355 Antwoord"]);
    // That answer is known, though the request is not.
    world.refuses(&answer("A3", "W9", "2"), &["Antwoord 9360"]);
}

#[test]
fn a_request_whose_answer_is_known_but_not_itself_is_not_refused_as_used() {
    let mut world = World::jw();
    world.history_from = Some(date(2026, 1, 1));
    world.accepts(&answer("A1", "V2", "2"));
    let outcome = world.accepts(&asked("M1", BSN2, &["V2"]));
    assert_eq!(outcome.not_assessed, ["TR347 AangevraagdProduct"]);
}

#[test]
fn case_76_an_honoured_request_is_not_answered() {
    let mut world = World::jw();
    world.accepts(&asked("Q1", BSN1, &["V1"]));
    let row = honours(1104, "V1");
    let rows = [A1001, A1002, A1004, A1005, row];
    world.accepts(&allocates("H1", DAY, BSN1, &rows));
    world.refuses(&answer("A1", "V1", "1"), &["Antwoord 9359"]);
}

#[test]
fn case_77_a_request_is_looked_into_once() {
    let mut world = wished();
    world.accepts(&answer("A1", "W1", "2"));
    world.refuses(&answer("A2", "W1", "2"), &["Antwoord 9360"]);
}

#[test]
fn case_78_a_request_that_is_looked_into_may_be_refused() {
    let mut world = wished();
    world.accepts(&answer("A1", "W1", "2"));
    world.accepts(&answer("A2", "W1", "1"));
    assert_eq!(world.open_requests(BSN1), 0);
}

#[test]
fn case_79_a_request_is_refused_once() {
    let mut world = wished();
    world.accepts(&answer("A1", "W1", "1"));
    world.refuses(&answer("A2", "W1", "1"), &["Antwoord 9365"]);
}

#[test]
fn case_80_a_refused_request_is_not_looked_into() {
    let mut world = wished();
    world.accepts(&answer("A1", "W1", "1"));
    world.refuses(&answer("A2", "W1", "2"), &["Antwoord 9360 9365"]);
}

#[test]
fn case_81_another_municipality_that_is_responsible_is_named() {
    wished().refuses(&answers("A1", DAY, "W1", "1", "8", ""), &["Header 0001"]);
}

#[test]
fn case_82_the_municipality_of_the_child_is_in_the_list_of_cbs() {
    let mut world = wished();
    let message = answers("A1", DAY, "W1", "1", "8", "0003");
    world.refuses(&message, &["Woonplaatsbeginsel S300"]);
    world.accepts(&answers("A2", DAY, "W1", "1", "8", "0384"));
}

#[test]
fn a_request_that_is_refused_when_both_were_pending_is_closed() {
    let mut world = World::jw();
    let request = world.judge(&asked("Q1", BSN2, &["V1"])).changes;
    world.history_from = None;
    let refusal = world.judge(&answer("A1", "V1", "1")).changes;
    for order in [[&request, &refusal], [&refusal, &request]] {
        let mut world = world.clone();
        world.past.apply_all(order.into_iter().flatten());
        world.accepts(&asked("Q2", BSN2, &["V2"]));
        world.refuses(&asked("Q3", BSN2, &["V3"]), &["Client 9374"]);
    }
}
