//! Whatever arrives at the same moment: every acknowledged outcome is the one that the library alone gives when it judges the same messages one
//! by one, in the order of the journal; and whatever the library says, no volume and no debit passes twice, in hours or in minutes, credits taken off. The same holds of what comes after every
//! content was erased and every row was made anew from the journal.

mod granted;
mod library;
pub(crate) mod messages;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::intake::Outcome;
use knooppunt::ledger::{Event, Mark, MessageId};
use knooppunt::retention::RetentionSettings;
use tokio::task::JoinSet;

use crate::judge::{self, JUDGED, without_views};
use crate::modes::MANDATE;
use crate::random::Random;
use crate::world::{PARTIES, World, ZORG_A, ZORG_B, on_both_stores, register};
use granted::Granted;
use library::Library;
use messages::{CLIENTS, Line, Sent, allocation, at_one_moment, declaration};

/// The second provider leaves judging to the gateway too: a scope of its own beside the first.
pub(crate) const ANOTHER: &str = r#"
[[mandate]]
for = "98980002"
direction = "answer"
laws = ["jw"]
from = 2026-01-01

[[mode]]
for = "98980002"
mode = "judge"
laws = ["jw"]
"#;

/// What the lives had in them, or they would show nothing.
#[derive(Default)]
struct Seen {
    codes: BTreeSet<String>,
    credits: usize,
    minutes: usize,
}

async fn keeps_one_order(world: World, seed: u64, seen: &mut Seen) {
    let world = judged(world);
    let random = &mut Random::new(seed, 1);
    let mut bodies: HashMap<MessageId, Bytes> = HashMap::new();
    for (aanbieder, first) in [(ZORG_A, 1), (ZORG_B, 4)] {
        for client in 0..CLIENTS.len() {
            let body = allocation(aanbieder, &format!("T{}", first + client), client);
            let given = world.taken("gemeente-a", &body).await;
            assert!(given.marks.is_empty(), "{:?}", given.marks);
            bodies.insert(given.id, body);
        }
    }
    world.clock.advance(SignedDuration::from_hours(24 * 5));

    let sent = at_one_moment(random);
    let mut tasks = JoinSet::new();
    for Sent { party, body } in sent.clone() {
        let (intake, caller) = (Arc::clone(&world.intake), world.caller(party));
        tasks.spawn(async move { (intake.accept(&caller, body.clone()).await, body) });
    }
    let mut repeats = 0;
    while let Some(done) = tasks.join_next().await {
        let (outcome, body) = done.expect("no panic");
        match outcome.expect("intake does its work") {
            Outcome::Accepted(message, _) => {
                assert!(
                    bodies.insert(message.id, body).is_none(),
                    "one outcome each"
                );
            }
            Outcome::Repeat(_) => repeats += 1,
            other @ (Outcome::Refused(_) | _) => panic!("not taken but: {other:?}"),
        }
    }
    let distinct: BTreeSet<&Bytes> = sent.iter().map(|sent| &sent.body).collect();
    assert_eq!(
        repeats,
        sent.len() - distinct.len(),
        "the same bytes are one message"
    );

    let mut library = Library::default();
    let mut granted: BTreeMap<String, Granted> = BTreeMap::new();
    let mut codes = BTreeSet::new();
    for event in world.events() {
        let Event::Received(received) = event else {
            continue;
        };
        let Some(body) = bodies.get(&received.message) else {
            assert!(
                received.marks.contains(&Mark::MadeHere),
                "{:?}",
                received.marks
            );
            continue;
        };
        let (aanbieder, made) = library.agrees(&world, &received, body, seed).await;
        if let Some(made) = &made {
            codes.extend(judge::codes(made));
            if received.kind.soort == 323 {
                let of_one = granted.entry(aanbieder.clone()).or_default();
                of_one.read(std::str::from_utf8(body).expect("text"), made);
                of_one.holds(seed, &aanbieder);
            }
        }
    }
    assert!(
        granted.values().any(Granted::is_some),
        "seed {seed}: nothing was granted"
    );
    for (aanbieder, granted) in &granted {
        seen.credits += granted.credits;
        seen.minutes += granted.minutes;
        granted.holds(seed, aanbieder);
    }
    assert!(codes.len() > 3, "seed {seed}: rules were broken: {codes:?}");
    assert!(world.is_sound(), "seed {seed}: the journal makes the rows");
    codes.extend(goes_on_from_the_journal_alone(world, library, seed).await);
    seen.codes.extend(codes);
}

/// Both providers and the municipality leave judging to the gateway.
fn judged(mut world: World) -> World {
    world.register = register(&format!("{PARTIES}{MANDATE}{JUDGED}{ANOTHER}"));
    world
}

/// Erases every content, throws the views away, and goes on: what is declared then is judged as if nothing had happened. The library never forgot.
async fn goes_on_from_the_journal_alone(
    world: World,
    mut library: Library,
    seed: u64,
) -> BTreeSet<String> {
    world.clock.advance(SignedDuration::from_hours(24 * 61));
    let retention = world.retention(RetentionSettings::default());
    retention.sweep(world.clock.now()).await.expect("erased");
    for event in world.events() {
        if let Event::Received(received) = event {
            // Of an answer that was made here one party has the answer, and the other the copy.
            let mut erased = Vec::new();
            for party in ["gemeente-a", "zorg-a", "zorg-b"] {
                let caller = world.caller(party);
                let seen = world.mailbox.message(&caller, received.message).await;
                erased.extend(seen.ok().map(|seen| seen.state.erased));
            }
            assert!(
                !erased.is_empty() && erased.iter().all(Option::is_some),
                "{erased:?}"
            );
        }
    }
    assert!(
        world.is_sound(),
        "seed {seed}: also with every payload erased"
    );
    let world = judged(world.again_after(without_views));
    assert!(world.is_sound(), "seed {seed}: made anew from the journal");

    let random = &mut Random::new(seed, 2);
    let mut codes = BTreeSet::new();
    for number in 0..12 {
        for (party, aanbieder) in [("zorg-a", ZORG_A), ("zorg-b", ZORG_B)] {
            let lines = [Line::drawn(random)];
            let body = declaration(
                aanbieder,
                &format!("E{number}"),
                &format!("EN{number}"),
                &lines,
            );
            let taken = world.taken(party, &body).await;
            let mut events = world.events().into_iter().rev();
            let received = events.find_map(|event| {
                let Event::Received(received) = event else {
                    return None;
                };
                (received.message == taken.id).then_some(received)
            });
            let received = received.expect("its record");
            let (_, made) = library.agrees(&world, &received, &body, seed).await;
            codes.extend(judge::codes(&made.expect("an answer")));
        }
    }
    assert!(world.is_sound());
    codes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_whatever_arrives_at_once_every_outcome_is_that_of_one_serial_order() {
    let seen = Mutex::new(Seen::default());
    for seed in [1, 2, 3, 4] {
        on_both_stores(async |world: World| {
            let mut of_one = Seen::default();
            keeps_one_order(world, seed, &mut of_one).await;
            let mut seen = seen.lock().expect("no panic");
            seen.codes.extend(of_one.codes);
            seen.credits += of_one.credits;
            seen.minutes += of_one.minutes;
        })
        .await;
    }
    let Seen {
        codes,
        credits,
        minutes,
    } = seen.into_inner().expect("no panic");
    for code in ["8001", "8017", "9074", "9322", "9389"] {
        assert!(codes.contains(code), "no answer has {code}: {codes:?}");
    }
    assert!(
        credits > 0 && minutes > 0,
        "{credits} credits, {minutes} debits in minutes"
    );
}
