//! A message that comes over a wire of others: its number there is an identity beside its own, and its refusal is told as that wire has it.

use std::sync::Arc;

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::envelope::wire::{Side, Wire};
use knooppunt::envelope::{Mismatch, tables::Condition};
use knooppunt::intake::{Handed, Outcome, RefusalReason};
use knooppunt::ledger::{Door, Event, MessageId};
use knooppunt::retention::RetentionSettings;
use knooppunt_standard::Limits;

use crate::world::{
    GEMEENTE_A, GEMEENTE_B, World, ZORG_A, ZORG_B, intake, message, on_both_stores,
};

const NUMBER: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";
const OTHER: &str = "b6e9f182-bc44-4f27-9863-9a5ccc1e1cf0";

type Change = fn(&mut Wire);

/// The envelope of an allocation of the first municipality, or of a start of care for it.
fn over(door: Door, number: &str, functie: &str, body: &Bytes) -> Handed {
    let (from, to) = match functie {
        "JW301" => (GEMEENTE_A, ZORG_A),
        _ => (ZORG_A, GEMEENTE_A),
    };
    let side = |code: &str| Side {
        code: code.to_owned(),
        ..Side::default()
    };
    let mut wire = Wire::new(door, side(from), side(to), number.to_owned());
    wire.functie = Some(functie.to_owned());
    wire.functie_version = Some(3);
    wire.functie_subversion = Some(2);
    wire.own_reference = Some("dossier van Mila Zonneveld".to_owned());
    Handed {
        body: body.clone(),
        wire: Some(wire.with_content(body)),
    }
}

async fn hand_in(world: &World, party: &str, handed: Handed) -> Outcome {
    let accepted = world.intake.accept(&world.caller(party), handed).await;
    accepted.expect("intake does its work")
}

fn given(id: &str) -> Bytes {
    message("JW301", GEMEENTE_A, ZORG_A, id)
}

fn taken(outcome: Outcome) -> MessageId {
    let Outcome::Accepted(message, _) = outcome else {
        panic!("not taken but {outcome:?}")
    };
    message.id
}

fn reason(outcome: Outcome) -> String {
    let Outcome::Refused(refusal) = outcome else {
        panic!("not refused at the door but {outcome:?}")
    };
    refusal.reason.code().to_owned()
}

fn returned(outcome: Outcome) -> (MessageId, String) {
    let Outcome::Returned(returned) = outcome else {
        panic!("not returned but {outcome:?}")
    };
    (returned.id, returned.reason)
}

#[tokio::test]
async fn the_same_under_the_same_number_has_the_same_answer_and_another_message_is_refused() {
    on_both_stores(async |world| {
        let body = given("T1");
        let send = |number: &str, body: &Bytes| over(Door::Ggk0210, number, "JW301", body);
        let first = taken(hand_in(&world, "gemeente-a", send(NUMBER, &body)).await);
        let records = world.records().len();
        let again = hand_in(&world, "gemeente-a", send(NUMBER, &body)).await;
        assert!(matches!(again, Outcome::Repeat(message) if message.id == first));
        assert_eq!(world.records().len(), records, "nothing is stored for it");
        let other = hand_in(&world, "gemeente-a", send(NUMBER, &given("T2"))).await;
        assert_eq!(reason(other), "number-taken");
        // In capitals it is the same number, and what else was said is other content.
        let capitals = send(&NUMBER.to_uppercase(), &body);
        let capitals = hand_in(&world, "gemeente-a", capitals).await;
        assert_eq!(reason(capitals), "number-taken");
        let (_, why) = returned(hand_in(&world, "gemeente-a", send(OTHER, &body)).await);
        assert_eq!(why, "sent-before", "one message has one number");
        let world = world.again();
        let again = hand_in(&world, "gemeente-a", send(NUMBER, &body)).await;
        assert!(matches!(again, Outcome::Repeat(message) if message.id == first));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_under_one_number_one_is_taken() {
    let world = Arc::new(World::new());
    let mut under_way = tokio::task::JoinSet::new();
    for id in 0..40 {
        let world = Arc::clone(&world);
        under_way.spawn(async move {
            let handed = over(Door::Ggk0210, NUMBER, "JW301", &given(&format!("T{id}")));
            hand_in(&world, "gemeente-a", handed).await
        });
    }
    let (mut accepted, mut refused) = (0, 0);
    while let Some(done) = under_way.join_next().await {
        let outcome = done.expect("no panic");
        if matches!(outcome, Outcome::Accepted(..)) {
            accepted += 1;
        } else {
            assert_eq!(reason(outcome), "number-taken");
            refused += 1;
        }
    }
    assert_eq!((accepted, refused), (1, 39));
}

#[tokio::test]
async fn a_number_that_was_refused_at_the_door_is_not_used_up() {
    let world = World::new();
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let sent = || over(Door::Vsp, NUMBER, "JW305", &body);
    assert_eq!(
        reason(hand_in(&world, "zorg-b", sent()).await),
        "not-the-maker"
    );
    taken(hand_in(&world, "zorg-a", sent()).await);
}

#[tokio::test]
async fn who_sends_in_another_s_name_uses_up_none_of_his_numbers() {
    let world = World::new();
    let sent = || over(Door::Ggk0210, NUMBER, "JW301", &given("T1"));
    let (_, why) = returned(hand_in(&world, "gemeente-b", sent()).await);
    assert_eq!(why, "not-the-maker");
    let events = world.events();
    let Some(Event::Returned(back)) = events.last() else {
        panic!("no record of it")
    };
    let told = back.tell.as_deref();
    assert_eq!(told, Some("gemeente-b"), "not the municipality");
    taken(hand_in(&world, "gemeente-a", sent()).await);
}

#[tokio::test]
async fn what_is_refused_for_its_content_has_a_used_number_and_one_refusal_that_is_still_to_be_told()
 {
    on_both_stores(async |world| {
        let wrong = Bytes::from(String::from_utf8_lossy(&given("T1")).replace("2026", "20x6"));
        let sent = |body: &Bytes| over(Door::Ggk0210, NUMBER, "JW301", body);
        let (id, why) = returned(hand_in(&world, "gemeente-a", sent(&wrong)).await);
        assert_eq!(why, "level-1");
        assert_eq!(
            RefusalReason::condition_of(&why),
            Some(Condition::PayloadInvalid)
        );
        let again = returned(hand_in(&world, "gemeente-a", sent(&wrong)).await);
        assert_eq!(again, (id, why));
        let other = hand_in(&world, "gemeente-a", sent(&given("T1"))).await;
        assert_eq!(reason(other), "number-taken");
        let count = |world: &World| {
            let events = world.events();
            events
                .iter()
                .filter(|event| matches!(event, Event::Returned(_)))
                .count()
        };
        assert_eq!(count(&world), 1);
        assert!(world.waiting("zorg-a").await.is_empty());
        let not_xml = over(Door::Ggk0210, OTHER, "JW301", &Bytes::from_static(b"<a"));
        let (_, why) = returned(hand_in(&world, "gemeente-a", not_xml).await);
        assert_eq!(why, "not-xml");
    })
    .await;
}

#[tokio::test]
async fn an_envelope_that_says_something_else_than_its_message_is_refused_unless_it_is_set_so() {
    let mut world = World::new();
    let body = given("T1");
    let with = |change: fn(&mut Wire)| {
        let mut handed = over(Door::Ggk0210, NUMBER, "JW301", &body);
        let wire = handed.wire.as_mut().expect("an envelope");
        change(wire);
        *wire = wire.clone().with_content(&body);
        handed
    };
    let changes: [(Change, &str); 4] = [
        (
            |wire| wire.sender.code = GEMEENTE_B.into(),
            "envelope-other-party",
        ),
        (
            |wire| wire.receiver.code = ZORG_B.into(),
            "envelope-other-party",
        ),
        (
            |wire| wire.functie = Some("JW302".into()),
            "envelope-other-kind",
        ),
        (
            |wire| wire.functie_subversion = Some(1),
            "envelope-other-kind",
        ),
    ];
    for (at, (change, why)) in changes.into_iter().enumerate() {
        let mut handed = with(change);
        let number = format!("{at}c0f7b90-5c69-41e5-a837-0800200c9a66");
        let wire = handed.wire.as_mut().expect("an envelope");
        wire.number = number;
        assert_eq!(returned(hand_in(&world, "gemeente-a", handed).await).1, why);
    }
    let taking = intake(&world.ledger, Limits::default());
    world.intake = Arc::new(taking.with_mismatch(Mismatch::Take));
    let handed = with(|wire| wire.functie = Some("JW302".into()));
    taken(hand_in(&world, "gemeente-a", handed).await);
}

#[tokio::test]
async fn what_a_sender_wrote_around_a_message_goes_with_its_content() {
    on_both_stores(async |world| {
        let sent = over(Door::Ggk0210, NUMBER, "JW301", &given("T1"));
        taken(hand_in(&world, "gemeente-a", sent).await);
        let wrong = over(Door::Ggk0210, OTHER, "JW301", &Bytes::from_static(b"<a"));
        returned(hand_in(&world, "gemeente-a", wrong).await);
        let keys = || -> Vec<bool> {
            let envelope = knooppunt::store::PartKind::Envelope;
            let records = world.records();
            let with = records
                .iter()
                .filter(|record| record.part(envelope).is_some());
            with.map(|record| {
                let part = world.store.journal.part(record, envelope);
                let whole = matches!(part, Ok(Some(knooppunt::store::Part::Whole(_))));
                whole
            })
            .collect()
        };
        assert_eq!(keys(), [true, true]);
        for record in world.records() {
            let event = String::from_utf8_lossy(&record.event).into_owned();
            assert!(!event.contains("Zonneveld"), "it stands in no record");
        }
        world.clock.advance(SignedDuration::from_hours(24 * 61));
        let retention = world.retention(RetentionSettings::default());
        let due = retention.due(world.clock.now(), 10).await.expect("due");
        assert_eq!(due.len(), 2);
        retention.erase(&due).await.expect("erased");
        assert_eq!(keys(), [false, false]);
        let told = world.events();
        let told = told.iter().any(|event| matches!(event, Event::Told(_)));
        assert!(told, "nobody waits for that refusal any more");
        assert!(world.is_sound());
    })
    .await;
}
