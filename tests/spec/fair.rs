//! Fair turns: a party that sends very much, or very many, waits for itself; another has its turn after a few of them, and who reads or acknowledges waits for
//! no turn.

use std::iter::once;
use std::sync::{Arc, mpsc};

use axum::body::Body;
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use http_body::Frame;
use knooppunt::api::ApiSettings;
use knooppunt::api::berichten::TakenBody;
use knooppunt::budget::BudgetSettings;
use knooppunt::intake::Intake;
use knooppunt::lanes::{Job, LaneSettings, Lanes};
use knooppunt::vsp::{self, Vsp, VspSettings};
use knooppunt_standard::Limits;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::bodies::Gated;
use crate::door::{Door, Reply, allocation, is, taken, waiting};
use crate::room::large;
use crate::tls_world::patiently;
use crate::world::{GEMEENTE_A, GEMEENTE_B, RELEASES, World, ZORG_A, ZORG_B, message};

/// More requests of a party than any test sends.
const MANY: u32 = 5_000;

/// A gateway with one place for small messages, which is taken until the sender is dropped.
fn with_a_busy_lane() -> (Arc<Door>, mpsc::Sender<()>) {
    let lanes = Lanes::new(&LaneSettings {
        small: 1,
        ..LaneSettings::default()
    });
    let (end, ends) = mpsc::channel::<()>();
    let busy = lanes.clone();
    tokio::spawn(async move { busy.run(Job::own(1), move || ends.recv().is_ok()).await });
    let mut world = World::new();
    let (ledger, releases) = (Arc::clone(&world.ledger), Arc::clone(&RELEASES));
    world.intake = Arc::new(Intake::new(ledger, releases, Limits::default(), lanes));
    let budget = BudgetSettings {
        party_requests_max: MANY,
        party_hand_ins_max: MANY,
        ..BudgetSettings::default()
    };
    let door = Door::on(world, ApiSettings::default(), budget);
    (Arc::new(door), end)
}

/// Hands in beside the test, until the answer is there.
fn begins(all: &mut JoinSet<Reply>, door: &Arc<Door>, party: &'static str, body: Bytes) {
    let door = Arc::clone(door);
    all.spawn(async move { door.hand_in(party, body).await });
}

/// Lets everything go on until it is so.
async fn until(is_so: impl Fn() -> bool) {
    patiently(async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn of_a_thousand_small_messages_of_one_party_a_few_go_before_the_message_of_another() {
    let (door, end) = with_a_busy_lane();
    let mut flood = JoinSet::new();
    for number in 0..1_000 {
        let body = message("JW301", GEMEENTE_A, ZORG_A, &format!("A{number}"));
        begins(&mut flood, &door, "gemeente-a", body);
    }
    until(|| door.world.intake.waiting() == [1_000, 0, 0]).await;
    let mut other = JoinSet::new();
    let body = message("JW301", GEMEENTE_B, ZORG_B, "B1");
    begins(&mut other, &door, "gemeente-b", body);
    until(|| door.world.intake.waiting() == [1_001, 0, 0]).await;
    drop(end);
    let other: TakenBody = other
        .join_next()
        .await
        .expect("one")
        .expect("no panic")
        .json();
    let mut before = 0;
    while let Some(reply) = flood.join_next().await {
        let reply = reply.expect("no panic");
        assert_eq!(reply.status, StatusCode::CREATED, "everybody has his turn");
        let one: TakenBody = reply.json();
        before += usize::from(one.message.position < other.message.position);
    }
    // Reading and judging it take a turn each, and one of the flood may be ahead in each.
    assert!(before <= 6, "{before} of a thousand went before it");
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}

#[tokio::test]
async fn while_one_party_fills_all_memory_with_large_bodies_and_more_wait_the_message_of_another_is_next()
 {
    const TOGETHER: usize = 10;
    let body = Bytes::from(large(1_100_000));
    let bytes = body.len() as u64;
    // One party may have all there is, and that is three of them.
    let budget = BudgetSettings {
        in_flight_bytes_max: 9 * bytes,
        party_bytes_max: 9 * bytes,
        turn_timeout_s: 600,
        ..BudgetSettings::default()
    };
    let door = Arc::new(Door::with(ApiSettings::default(), budget));
    let gate = Arc::new(Semaphore::new(0));
    let mut sending = JoinSet::new();
    for _ in 0..TOGETHER {
        let (door, gate, body) = (Arc::clone(&door), Arc::clone(&gate), body.clone());
        sending.spawn(async move {
            let opened = async move { gate.acquire().await.expect("a gate").forget() };
            let gated = Gated {
                gate: Some(Box::pin(opened)),
                frames: once(Frame::data(body)),
            };
            let request = door
                .request("gemeente-b", Method::POST, "/v1/berichten")
                .header("content-type", "application/xml")
                .header("content-length", bytes)
                .body(Body::new(gated))
                .expect("a request");
            door.send(request).await.refusal()
        });
    }
    until(|| door.api.budget.waiting() == TOGETHER - 3).await;
    assert_eq!(door.api.budget.in_flight_bytes(), 9 * bytes);
    let mut other = JoinSet::new();
    begins(&mut other, &door, "gemeente-a", allocation("T1"));
    until(|| door.api.budget.waiting() == TOGETHER - 2).await;
    // One body comes; the others that have memory would keep it.
    gate.add_permits(1);
    let reply = patiently(other.join_next()).await.expect("one");
    assert_eq!(reply.expect("no panic").status, StatusCode::CREATED);
    assert!(
        sending.len() >= TOGETHER - 1,
        "one of the ten went before it"
    );
    gate.add_permits(TOGETHER);
    while let Some(refusal) = sending.join_next().await {
        assert_eq!(refusal.expect("no panic"), is(403, "not-the-maker"));
    }
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}

#[tokio::test]
async fn who_reads_lists_or_acknowledges_waits_for_no_turn() {
    let (door, end) = with_a_busy_lane();
    let id = {
        let mut first = JoinSet::new();
        begins(&mut first, &door, "gemeente-a", allocation("T1"));
        until(|| door.world.intake.waiting() == [1, 0, 0]).await;
        drop(end);
        let reply = first.join_next().await.expect("one").expect("no panic");
        reply.json::<TakenBody>().message.id
    };
    let mut whole = Vec::new();
    for party in ["gemeente-a", "gemeente-b", "zorg-a", "zorg-b"] {
        let mut permit = door.api.budget.admit(party).expect("room");
        let share = BudgetSettings::default().party_bytes_max / 3;
        permit.reserve_now(share).expect("its whole share");
        whole.push(permit);
    }
    let mut messages = JoinSet::new();
    for number in 0..20 {
        let body = message("JW305", GEMEENTE_A, ZORG_A, &format!("S{number}"));
        begins(&mut messages, &door, "zorg-a", body);
    }
    until(|| door.api.budget.waiting() == 20).await;
    assert_eq!(
        waiting(&door, "zorg-a", "").await,
        std::slice::from_ref(&id)
    );
    let path = format!("/v1/berichten/{id}");
    assert_eq!(door.get("zorg-a", &path).await.status, StatusCode::OK);
    let path = format!("/v1/postvak/{id}");
    let reply = door.delete("zorg-a", &path).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(door.api.budget.waiting(), 20);
    drop(whole);
    while let Some(reply) = messages.join_next().await {
        assert_eq!(reply.expect("no panic").status, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn one_message_past_the_queue_of_a_party_is_refused_in_the_words_of_its_wire_and_reading_goes_on()
 {
    let budget = BudgetSettings {
        party_hand_ins_max: 2,
        ..BudgetSettings::default()
    };
    let door = Door::with(ApiSettings::default(), budget);
    let settings = VspSettings {
        url: "https://vsp.example".to_owned(),
        ..VspSettings::default()
    };
    let router = vsp::router(Arc::new(Vsp::new(Arc::clone(&door.api), settings)));
    let door = door.beside(router);
    let id = taken(&door, "gemeente-a", allocation("T1"))
        .await
        .message
        .id;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut permit = door.api.budget.admit("zorg-a").expect("room");
        permit.hands_in().expect("room");
        held.push(permit);
    }
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let own = door.hand_in("zorg-a", body.clone()).await;
    assert_eq!(own.refusal(), is(429, "party-requests-in-use"));
    let ggk = door.post_as("zorg-a", "/ggk/OntvangAsynchroon", "text/xml", body.clone());
    let ggk = ggk.await;
    let said = String::from_utf8_lossy(&ggk.body);
    assert!(said.contains("Fault") && said.contains("Server"), "{said}");
    let path = "/berichtenservice/berichten/rest-push/v1/berichten";
    let media = "multipart/form-data; boundary=x";
    let vsp = door.post_as("zorg-a", path, media, body.clone()).await;
    for reply in [&own, &ggk, &vsp] {
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(reply.header("retry-after"), "2");
    }
    assert_eq!(waiting(&door, "zorg-a", "").await, [id]);
    let other = door.hand_in("gemeente-a", allocation("T2")).await;
    assert_eq!(other.status, StatusCode::CREATED, "{:?}", other.body);
    held.pop();
    taken(&door, "zorg-a", body).await;
}
