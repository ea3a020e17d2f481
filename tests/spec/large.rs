//! Pairs of parties whose messages may be larger than others: `[[large]]` in the register.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::api::ApiSettings;
use knooppunt::budget::BudgetSettings;
use knooppunt::config::Config;
use knooppunt::intake::{Outcome, RefusalReason, Wanted};
use knooppunt::ledger::Mark;
use knooppunt::register::{LARGE_BYTES_MAX, Register, RegisterError, Source};

use crate::bodies::unread;
use crate::door::{Door, Reply, allocation, is, taken, waiting};
use crate::held::{LINE, Waiting};
use crate::judge::declaration;
use crate::world::{
    GEMEENTE_A, GEMEENTE_B, PARTIES, Store, World, ZORG_A, ZORG_B, answer, message, register,
};

/// What others may send, in bytes; an allocation is 2,619.
const OTHERS: usize = 3000;
/// What gemeente-a and zorg-a may until the end of April.
const LARGE: usize = 8000;

const LINES: &str = r#"
[[large]]
gemeente = "0289"
aanbieder = "98980001"
body_bytes_max = 8000
until = 2026-04-30
"#;

/// A gateway on which the memory of a party is enough for two messages of others and not for a larger one, which the two may send.
fn door() -> Door {
    let mut world = World::on(Store::on_disk()).taking_at_most(OTHERS);
    world.register = register(&format!("{PARTIES}{LINES}"));
    let settings = ApiSettings {
        body_bytes_max: OTHERS as u64,
        ..ApiSettings::default()
    };
    let budget = BudgetSettings {
        party_bytes_max: 2 * 3 * OTHERS as u64,
        turn_timeout_s: 0,
        ..BudgetSettings::default()
    };
    Door::on(world, settings, budget)
}

/// The message with spaces behind its last line, so that it has this many bytes.
fn padded(body: &Bytes, bytes: usize) -> Bytes {
    let mut body = body.to_vec();
    assert!(body.len() <= bytes);
    body.resize(bytes, b' ');
    body.into()
}

/// Announces a body of this length, which nobody may look at.
async fn announced(door: &Door, party: &str, bytes: usize) -> Reply {
    let request = door
        .request(party, Method::POST, "/v1/berichten")
        .header(header::CONTENT_TYPE, "application/xml")
        .header(header::CONTENT_LENGTH, bytes)
        .body(unread());
    door.send(request.expect("a request")).await
}

/// Hands in a body that does not say how long it is.
async fn in_chunks(door: &Door, party: &str, body: Bytes) -> Reply {
    let request = door
        .request(party, Method::POST, "/v1/berichten")
        .header(header::CONTENT_TYPE, "application/xml")
        .header(header::TRANSFER_ENCODING, "chunked")
        .body(Body::from(body));
    door.send(request.expect("a request")).await
}

#[tokio::test]
async fn between_two_that_may_a_message_of_their_limit_arrives_whole_and_one_byte_more_is_413() {
    let door = door();
    let whole = padded(&allocation("T1"), LARGE);
    let id = taken(&door, "gemeente-a", whole.clone()).await.message.id;
    let fetched = door
        .get("zorg-a", &format!("/v1/postvak/{id}/inhoud"))
        .await;
    assert_eq!((fetched.status, &fetched.body), (StatusCode::OK, &whole));
    let back = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
    taken(&door, "zorg-a", padded(&back, LARGE)).await;
    for party in ["gemeente-a", "zorg-a"] {
        let reply = announced(&door, party, LARGE + 1).await;
        assert_eq!(reply.refusal(), is(413, "body-too-large"), "{party}");
        assert!(reply.problem().detail.contains("8000 bytes"));
    }
    assert_eq!(door.api.budget.in_flight_bytes(), 0);

    // In chunks nobody announces how large it is.
    let body = padded(&allocation("T2"), LARGE + 1);
    let reply = in_chunks(&door, "gemeente-a", body).await;
    assert_eq!(reply.refusal(), is(413, "body-too-large"));
}

#[tokio::test]
async fn to_others_and_by_others_and_after_its_last_day_messages_are_as_large_as_all() {
    let door = door();
    let reply = announced(&door, "gemeente-b", OTHERS + 1).await;
    assert_eq!(reply.refusal(), is(413, "body-too-large"));
    for (bytes, status) in [(OTHERS, 201), (OTHERS + 1, 413)] {
        let other = message("JW301", GEMEENTE_A, ZORG_B, &format!("B{bytes}"));
        let reply = door.hand_in("gemeente-a", padded(&other, bytes)).await;
        assert_eq!(reply.status.as_u16(), status, "{bytes}: {:?}", reply.body);
    }
    let refused = door
        .hand_in(
            "gemeente-a",
            padded(&message("JW301", GEMEENTE_A, ZORG_B, "B3"), LARGE),
        )
        .await;
    assert_eq!(refused.refusal(), is(413, "body-too-large"));
    let said = refused.problem();
    assert!(
        said.detail.contains("tussen deze twee partijen"),
        "{}",
        said.detail
    );
    assert!(said.detail.contains("3000 bytes") && said.bericht.as_deref() == Some("JW301"));
    assert_eq!(waiting(&door, "zorg-b", "").await.len(), 1, "what fits");
    let tried = door
        .post(
            "gemeente-a",
            "/v1/berichten?proef=true",
            padded(&message("JW301", GEMEENTE_A, ZORG_B, "B3"), LARGE),
        )
        .await;
    assert_eq!(tried.refusal(), is(413, "body-too-large"));
    // Its number is free: nothing refused uses it up.
    taken(
        &door,
        "gemeente-a",
        message("JW301", GEMEENTE_A, ZORG_B, "B3"),
    )
    .await;

    door.world
        .clock
        .advance(SignedDuration::from_hours(24 * 61));
    let reply = announced(&door, "gemeente-a", OTHERS + 1).await;
    assert_eq!(reply.refusal(), is(413, "body-too-large"), "in May");
}

#[tokio::test]
async fn a_larger_message_has_room_once_and_a_second_beside_it_waits_for_its_turn() {
    let door = door();
    let caller = door.world.caller("gemeente-a");
    let mut held = door.api.budget.admit(caller.party.as_str()).expect("room");
    held.widen(LARGE as u64);
    held.reserve_now(LARGE as u64).expect("room for one");
    let reply = announced(&door, "gemeente-a", 1).await;
    assert_eq!(reply.refusal(), is(429, "party-share-in-use"));
    let reply = announced(&door, "gemeente-a", LARGE).await;
    assert_eq!(reply.refusal(), is(429, "party-share-in-use"));
    drop(held);
    taken(&door, "gemeente-a", padded(&allocation("T1"), LARGE)).await;
}

#[tokio::test]
async fn a_larger_declaration_that_waits_is_judged_again_also_after_the_two_may_no_longer() {
    for still in [true, false] {
        let mut waiting = Waiting::allocated(World::new(), LINES).await;
        let intake = waiting.intake_of_at_most(OTHERS);
        let intake = intake.with_references(Arc::clone(&waiting.references));
        waiting.world.intake = Arc::new(intake);
        let taken = waiting
            .world
            .taken("zorg-a", &padded(&declaration("D1"), LARGE))
            .await;
        assert_eq!(taken.marks, [Mark::Held]);
        if !still {
            let lines = waiting.parties.replace(LINES, "");
            waiting.world.register = register(&lines);
        }
        let wanted = Wanted::Lines(vec![(LINE.to_owned(), true)]);
        let standing = waiting.decided(taken.id, wanted).await;
        assert!(
            !standing.waits && standing.message.state.answered.is_some(),
            "{still}"
        );
        assert!(standing.message.state.released.is_none());
    }
}

#[tokio::test]
async fn intake_refuses_what_is_too_large_for_the_two_whichever_door_it_came_by() {
    let mut world = World::new().taking_at_most(OTHERS);
    world.register = register(&format!("{PARTIES}{LINES}"));
    let other = padded(&message("JW301", GEMEENTE_A, ZORG_B, "B1"), OTHERS + 1);
    let Outcome::Refused(refusal) = world.hand_in("gemeente-a", &other).await else {
        panic!("it is too large")
    };
    let bytes_max = OTHERS as u64;
    assert_eq!(refusal.reason, RefusalReason::TooLarge { bytes_max });
    // Who may send no larger ones to anybody is told by level 1, which reads nothing of it.
    let other = padded(&message("JW301", GEMEENTE_B, ZORG_B, "B1"), OTHERS + 1);
    let Outcome::Refused(refusal) = world.hand_in("gemeente-b", &other).await else {
        panic!("it is too large")
    };
    assert_eq!(refusal.reason, RefusalReason::Level1);
}

fn loaded(lines: &str) -> Result<Register, RegisterError> {
    let source = Source {
        name: "register.toml".to_owned(),
        bytes: format!("{PARTIES}{lines}").into_bytes(),
    };
    Register::load(vec![source])
}

#[test]
fn a_line_that_cannot_be_is_refused_with_what_to_do() {
    let past = LARGE_BYTES_MAX + 1;
    let too_large = LINES.replace("= 8000", &format!("= {past}"));
    for (lines, said) in [
        (too_large.as_str(), "at most 268435456 bytes"),
        (
            &LINES.replace("0289", "98980002"),
            "98980002 is no gemeentecode",
        ),
        (&LINES.replace("0289", "0999"), "nobody owns code 0999"),
        (&format!("{LINES}{LINES}"), "say it once"),
        (&LINES.replace("until", "untill"), "unknown field"),
    ] {
        let error = loaded(lines).expect_err(said).to_string();
        assert!(error.contains(said), "{said}: {error}");
    }
    let most = LINES.replace("= 8000", &format!("= {LARGE_BYTES_MAX}"));
    loaded(&most).expect("the largest that there is");
    loaded(&format!(
        "{LINES}{}",
        LINES.replace("until = 2026-04-30", "from = 2026-05-01")
    ))
    .expect("one after the other");
}

#[test]
fn what_would_never_find_room_in_memory_is_refused_with_the_register() {
    let config =
        |text: &str| Config::parse(std::path::Path::new("knooppunt.toml"), text).expect("sound");
    // 512 MiB for judging, 20 bytes for each of a body.
    let room = config("").large_bytes_max();
    assert_eq!(room, (512 << 20) / 20);
    let of =
        |bytes: u64| loaded(&LINES.replace("= 8000", &format!("= {bytes}"))).expect("a register");
    of(room).with_room_for(room).expect("it fits");
    let error = of(room + 1).with_room_for(room).expect_err("one byte past");
    assert_eq!(error.code(), "register-no-room");
    let said = error.to_string();
    assert!(
        said.contains("lanes.judging_bytes_max") && said.contains("0289"),
        "{said}"
    );
    let larger = "[lanes]\njudging_bytes_max = 6_000_000_000\n";
    let room = config(larger).large_bytes_max();
    of(LARGE_BYTES_MAX).with_room_for(room).expect("256 MiB");
}

#[tokio::test]
async fn who_may_send_a_larger_message_to_one_has_no_larger_share_for_small_ones() {
    let door = door();
    for (party, from) in [("gemeente-b", GEMEENTE_B), ("gemeente-a", GEMEENTE_A)] {
        let caller = door.world.caller(party);
        let mut held = door.api.budget.admit(caller.party.as_str()).expect("room");
        held.reserve_now(2 * OTHERS as u64 - 2_000)
            .expect("room for nearly two");
        let body = message("JW301", from, ZORG_B, "S1");
        let reply = door.hand_in(party, body.clone()).await;
        assert_eq!(reply.refusal(), is(429, "party-share-in-use"), "{party}");
        let reply = in_chunks(&door, party, body.clone()).await;
        assert_eq!(reply.refusal(), is(429, "party-share-in-use"), "{party}");
        drop(held);
        let reply = in_chunks(&door, party, body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{party}");
    }
    let large = padded(&allocation("T1"), LARGE);
    let reply = in_chunks(&door, "gemeente-a", large).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.body);
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}
