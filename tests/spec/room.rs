//! Room for bodies: who gets it, who is told to come back, and that memory stays within it.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use http_body::Frame;
use jiff::SignedDuration;
use knooppunt::api::ApiSettings;
use knooppunt::budget::BudgetSettings;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::bodies::{Gated, Watched, chunked};
use crate::door::{Door, Reply, allocation, is, taken, waiting};
use crate::site::Site;

async fn hand_in_watched(door: &Door, bytes: u64) -> (Reply, bool) {
    let looked = Arc::new(AtomicBool::new(false));
    let body = Watched {
        looked: Arc::clone(&looked),
        bytes,
    };
    let request = door
        .request("gemeente-a", Method::POST, "/v1/berichten")
        .header("content-type", "text/xml; charset=utf-8")
        .header("content-length", bytes)
        .header("expect", "100-continue")
        .body(Body::new(body))
        .expect("a request");
    let reply = door.send(request).await;
    (reply, looked.load(Ordering::SeqCst))
}

#[tokio::test]
async fn without_room_a_message_is_429_before_a_byte_of_it_is_read() {
    let budget = BudgetSettings {
        in_flight_bytes_max: 3000,
        party_bytes_max: 2400,
        party_requests_max: 2,
        turn_timeout_s: 0,
        ..BudgetSettings::default()
    };
    let door = Door::with(ApiSettings::default(), budget);
    let (reply, looked) = hand_in_watched(&door, 801).await;
    assert_eq!(reply.refusal(), is(429, "party-share-in-use"));
    assert_eq!((reply.header("retry-after"), looked), ("2", false));
    let (_, looked) = hand_in_watched(&door, 800).await;
    assert!(looked, "what fits is read");
    let mut other = door.api.budget.admit("zorg-b").expect("room");
    other.reserve_now(300).expect("room");
    let (reply, looked) = hand_in_watched(&door, 701).await;
    assert_eq!((reply.refusal(), looked), (is(429, "budget-in-use"), false));
    drop(other);
    let held = [
        door.api.budget.admit("gemeente-a"),
        door.api.budget.admit("gemeente-a"),
    ];
    let (reply, looked) = hand_in_watched(&door, 1).await;
    assert_eq!(
        (reply.refusal(), looked),
        (is(429, "party-requests-in-use"), false)
    );
    assert_eq!(
        door.get("gemeente-a", "/v1/postvak").await.refusal(),
        is(429, "party-requests-in-use")
    );
    let light = ["/v1/sleutels", "/v1/openapi.json", "/v1/partij"];
    for path in light {
        assert_eq!(
            door.get("gemeente-a", path).await.refusal(),
            is(429, "party-requests-in-use"),
            "{path}"
        );
    }
    drop(held);
    for path in light.iter().chain(&["/v1/postvak"]) {
        assert_eq!(door.get("gemeente-a", path).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn without_room_content_is_429_and_waits() {
    let body = allocation("T1");
    let budget = BudgetSettings {
        party_bytes_max: 3 * body.len() as u64,
        turn_timeout_s: 0,
        ..BudgetSettings::default()
    };
    let door = Door::with(ApiSettings::default(), budget);
    let id = taken(&door, "gemeente-a", body.clone()).await.message.id;
    let mut held = door.api.budget.admit("zorg-a").expect("room");
    held.reserve_now(1).expect("room");
    let path = format!("/v1/postvak/{id}/inhoud");
    assert_eq!(
        door.get("zorg-a", &path).await.refusal(),
        is(429, "party-share-in-use")
    );
    drop(held);
    assert_eq!(door.get("zorg-a", &path).await.body, body);
}

#[tokio::test]
async fn while_stopping_or_short_of_disk_or_with_a_clock_gone_back_messages_are_503_and_reading_goes_on()
 {
    let door = Door::new();
    let id = taken(&door, "gemeente-a", allocation("T1"))
        .await
        .message
        .id;
    door.api.health.disk_has_free((2 << 30) - 1);
    let reply = door.hand_in("gemeente-a", allocation("T2")).await;
    assert_eq!(reply.refusal(), is(503, "disk-nearly-full"));
    assert_eq!(reply.header("retry-after"), "60");
    assert_eq!(
        waiting(&door, "zorg-a", "").await,
        std::slice::from_ref(&id)
    );
    assert_eq!(
        door.delete("zorg-a", &format!("/v1/postvak/{id}"))
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    door.api.health.disk_has_free(2 << 30);
    door.world.clock.advance(SignedDuration::from_secs(-5));
    assert_eq!(
        door.hand_in("gemeente-a", allocation("T2")).await.refusal(),
        is(503, "clock-stepped-back")
    );
    door.world.clock.advance(SignedDuration::from_secs(5));
    assert_eq!(
        door.hand_in("gemeente-a", allocation("T2")).await.status,
        StatusCode::CREATED
    );
    door.api.health.stop();
    let reply = door.hand_in("gemeente-a", allocation("T3")).await;
    assert_eq!(
        (reply.refusal(), reply.header("retry-after")),
        (is(503, "stopping"), "2")
    );
}

#[tokio::test]
async fn a_message_that_is_written_shows_that_the_disk_works_and_a_repeat_does_not() {
    let door = Door::new();
    assert!(!door.api.health.report().healthy, "nothing was written yet");
    taken(&door, "gemeente-a", allocation("T1")).await;
    assert!(door.api.health.report().healthy);
    door.world.clock.advance(SignedDuration::from_secs(6));
    let repeat = door.hand_in("gemeente-a", allocation("T1")).await;
    assert_eq!(repeat.status, StatusCode::OK);
    assert!(!door.api.health.report().healthy);
    taken(&door, "gemeente-a", allocation("T2")).await;
    assert!(door.api.health.report().healthy);
}

#[tokio::test]
async fn a_ledger_that_has_ended_is_503_and_not_a_lie() {
    let door = Door::new();
    let id = taken(&door, "gemeente-a", allocation("T1"))
        .await
        .message
        .id;
    door.world.ledger.stop();
    assert_eq!(
        door.hand_in("gemeente-a", allocation("T2")).await.refusal(),
        is(503, "stopping")
    );
    let path = format!("/v1/postvak/{id}");
    let reply = door.delete("zorg-a", &path).await;
    assert_eq!(reply.refusal(), is(503, "stopping"));
    assert_eq!(reply.header("retry-after"), "2");
    let said = String::from_utf8_lossy(&reply.body);
    assert!(said.contains("blijft in uw postvak"), "{said}");
    assert!(!said.contains("Bied"), "{said}");
    assert_eq!(waiting(&door, "zorg-a", "").await, [id]);
}

#[tokio::test]
async fn chunks_reserve_room_as_they_come_and_get_429_when_it_ends() {
    let budget = BudgetSettings {
        party_bytes_max: 3 << 20,
        ..BudgetSettings::default()
    };
    let door = Door::with(ApiSettings::default(), budget);
    let small = chunked(&door, Body::from(allocation("T1"))).await;
    assert_eq!(small.status, StatusCode::CREATED);
    let large = vec![b' '; (1 << 20) + 1];
    let reply = chunked(&door, Body::from(large)).await;
    assert_eq!(reply.refusal(), is(429, "party-share-in-use"));
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}

/// Set for the process in which a test runs alone.
const ALONE: &str = "KNOOPPUNT_TEST_ALONE";

/// Runs a test of this binary once more, in a process in which nothing else runs: what it measures is its own.
fn alone(test: &str) -> String {
    let done = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, "yes")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let measured = said.lines().filter(|line| line.contains("resident"));
    measured.collect()
}

#[test]
fn of_ten_bodies_of_25_mb_at_once_three_are_read_and_seven_wait_and_memory_stays_in_the_budget() {
    if std::env::var_os(ALONE).is_none() {
        let said = alone(
            "room::of_ten_bodies_of_25_mb_at_once_three_are_read_and_seven_wait_and_memory_stays_in_the_budget",
        );
        println!("{said}");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let grown = runtime.expect("a runtime").block_on(ten_bodies_at_once());
    println!(
        "ten bodies of 25 MB at once: resident memory grew by {} MB",
        grown / 1_000_000
    );
    let budget = BudgetSettings::default().party_bytes_max;
    assert!(
        grown <= budget,
        "resident memory grew by {grown} bytes, more than the share of {budget}"
    );
}

/// Gives by how many bytes the memory of the process grew.
async fn ten_bodies_at_once() -> u64 {
    const TOGETHER: usize = 10;
    let patient = BudgetSettings {
        turn_timeout_s: 600,
        ..BudgetSettings::default()
    };
    let door = Arc::new(Door::with(ApiSettings::default(), patient));
    let body_bytes = 25_000_000_usize;
    // Handed in by one who is not the maker: checked from end to end, and nothing of it is kept, which the store in memory of this
    // test would count. What sealing and writing take is measured with valid messages and the real program, below.
    let large = Bytes::from(large(body_bytes));
    let body_bytes = large.len();
    let before = resident_bytes();
    let peak = Peak::watch();
    let gate = Arc::new(Semaphore::new(0));
    let mut sending = JoinSet::new();
    for _ in 0..TOGETHER {
        let (door, gate, large) = (Arc::clone(&door), Arc::clone(&gate), large.clone());
        sending.spawn(async move {
            let pieces = large.len().div_ceil(1 << 20);
            let frames = (0..pieces).map(move |piece| {
                // Made anew for each piece, as bytes from a connection are.
                let end = large.len().min((piece + 1) << 20);
                Frame::data(Bytes::copy_from_slice(&large[piece << 20..end]))
            });
            let opened = async move { gate.acquire().await.expect("a gate").forget() };
            let body = Gated {
                gate: Some(Box::pin(opened)),
                frames,
            };
            let request = door
                .request("gemeente-b", Method::POST, "/v1/berichten")
                .header("content-type", "application/xml")
                .header("content-length", body_bytes)
                .body(Body::new(body))
                .expect("a request");
            door.send(request).await.refusal()
        });
    }
    // Those without room wait while nobody has sent a byte yet.
    while door.api.budget.waiting() < 7 {
        tokio::task::yield_now().await;
    }
    assert_eq!(door.api.budget.in_flight_bytes(), 3 * 3 * body_bytes as u64);
    gate.add_permits(TOGETHER);
    for _ in 0..TOGETHER {
        let refusal = sending
            .join_next()
            .await
            .expect("an answer")
            .expect("no panic");
        assert_eq!(refusal, is(403, "not-the-maker"));
    }
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
    peak.end().saturating_sub(before)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_program_takes_bodies_of_25_mb_in_turns_and_stays_within_the_share_of_a_party() {
    let site = Site::small();
    let running = Arc::new(site.starts(&["--create"]));
    let template = large(25_000_000);
    let hand_in = |number: u32| {
        let mut client = running.client("gemeente");
        let identification = format!("<ijw:Identificatie>L{number}<");
        let body = template.replacen("<ijw:Identificatie>T1<", &identification, 1);
        async move { client.post_xml("/v1/berichten", body.into()).await }
    };
    let at_rest = running.resident_peak_bytes();
    let one = hand_in(0).await.expect("an answer");
    assert_eq!(one.status, StatusCode::CREATED);
    let after_one = running.resident_peak_bytes();
    let mut sending = JoinSet::new();
    for number in 1..=10 {
        sending.spawn(hand_in(number));
    }
    let mut statuses = Vec::new();
    while let Some(answer) = sending.join_next().await {
        let answer = answer
            .expect("no panic")
            .expect("an answer, also before the body was read");
        statuses.push(answer.status.as_u16());
    }
    assert!(
        statuses.iter().all(|status| [201, 429].contains(status)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&201), "{statuses:?}");
    let peak = running.resident_peak_bytes();
    println!(
        "resident at most: {at_rest} bytes at rest, {after_one} after one body of 25 MB, {peak} after ten at once ({statuses:?})"
    );
    let share = BudgetSettings::default().party_bytes_max;
    assert!(peak <= share + (100 << 20), "{peak} bytes resident");
}

/// A sound message of nearly this many bytes: one client with very many products.
pub(crate) fn large(bytes: usize) -> String {
    let text = String::from_utf8(allocation("T1").to_vec()).expect("text");
    let (start, end) = (
        text.find("<jw301:ToegewezenProduct>").expect("a product"),
        text.find("</jw301:ToegewezenProducten>")
            .expect("the end of the products"),
    );
    let products = text[start..end].repeat((bytes - text.len()) / (end - start));
    format!("{}{products}{}", &text[..end], &text[end..])
}

/// Looks at the resident memory every millisecond, for its highest value.
struct Peak {
    ended: Arc<AtomicBool>,
    looking: std::thread::JoinHandle<u64>,
}

impl Peak {
    fn watch() -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let looking = std::thread::spawn(move || {
            let mut highest = resident_bytes();
            while !stop.load(Ordering::SeqCst) {
                highest = highest.max(resident_bytes());
                std::thread::sleep(Duration::from_millis(1));
            }
            highest
        });
        Self { ended, looking }
    }

    fn end(self) -> u64 {
        self.ended.store(true, Ordering::SeqCst);
        self.looking.join().expect("the highest value")
    }
}

/// Bytes of memory that this process has resident.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("a line");
    let kib: u64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .expect("a number");
    kib * 1024
}
