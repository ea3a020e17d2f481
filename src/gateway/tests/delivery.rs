//! The power fails at every write point while messages are brought to an endpoint: after it all that the endpoint had not received is brought, in order, at most
//! one of a pair comes once more, and each is recorded once as brought, or as a dead letter.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use knooppunt::clock::{Clock as _, ManualClock, day_of};
use knooppunt::deliver::{
    Carry, Carrying, Courier, DeliverSettings, Owed, Reason, Refusal, Route, Verdict,
};
use knooppunt::ledger::{DeliveryTurn, Event, MessageId, Words};
use knooppunt::register::{Held, Period};
use knooppunt::store::{Batch, Journal, Position, Views};

use super::power_loss::{Noting, fail_everywhere, is_sound, opened, with_batches};
use super::world::{GEMEENTE_A, Store, World, ZORG_A, ZORG_B, code};
use crate::store::embedded::tests::power_loss::{layout, options};
use crate::store::embedded::tests::simulated::{Media, SimulatedDisk, Step};

/// Of each pair, how many messages wait.
const WAITING: [(&str, usize); 2] = [(ZORG_A, 4), (ZORG_B, 2)];
/// Which message of the first pair the endpoint refuses for good.
const REFUSED: usize = 2;

/// An endpoint that has all it is brought, but refuses one.
struct Endpoint {
    received: Mutex<Vec<MessageId>>,
    refuses: MessageId,
    /// Told how much it has received.
    disk: Option<SimulatedDisk>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint")
    }
}

impl Endpoint {
    fn new(refuses: MessageId, disk: Option<&SimulatedDisk>) -> Arc<Self> {
        Arc::new(Self {
            received: Mutex::default(),
            refuses,
            disk: disk.cloned(),
        })
    }

    fn received(&self) -> Vec<MessageId> {
        self.received.lock().expect("no panic").clone()
    }
}

impl Carry for Endpoint {
    fn carry<'a>(&'a self, owed: &'a Owed) -> Carrying<'a> {
        Box::pin(async {
            let mut received = self.received.lock().expect("no panic");
            received.push(owed.id);
            if let Some(disk) = &self.disk {
                disk.tell(received.len());
            }
            if owed.id == self.refuses {
                Verdict::Refused(Reason::published("StUF034"))
            } else {
                Verdict::Taken { confirmed: true }
            }
        })
    }

    fn refuse<'a>(&'a self, _: &'a Refusal) -> Carrying<'a> {
        panic!("nothing was refused")
    }

    fn words(&self) -> Words {
        Words::default()
    }
}

fn courier(world: &World, endpoint: &Arc<Endpoint>) -> Courier {
    let route = Route {
        party: "gemeente-a".parse().expect("a party id"),
        codes: vec![Held {
            what: code(GEMEENTE_A),
            period: Period::default(),
        }],
        kind: "ggk0210",
        later_may_pass: false,
        concurrent_max: 4,
    };
    Courier::new(
        Arc::clone(&world.ledger),
        Arc::new(world.clock.clone()),
        Arc::clone(endpoint) as _,
        route,
        DeliverSettings::default(),
        7,
    )
}

/// Deliveries as the disk and the views saw them.
struct Life {
    /// The disk before them.
    media: Media,
    steps: Vec<Step>,
    applied: Vec<(Position, Batch)>,
    /// By pair, in the order in which they were taken.
    sent: Vec<Vec<MessageId>>,
    refused: MessageId,
    /// In the order in which they came.
    received: Vec<MessageId>,
    clock: ManualClock,
}

async fn life(syncs: bool) -> Life {
    let disk = SimulatedDisk::new();
    layout(&disk)
        .create(&["pseudonym"], &options())
        .expect("a store");
    let views = Noting::new();
    let clock = ManualClock::at("2026-03-01T09:00:00Z".parse().expect("a moment"));
    let start = |disk: &SimulatedDisk| {
        let journal = opened(disk, &clock).expect("it opens");
        let store = Store::of(
            Arc::clone(&journal) as Arc<dyn Journal>,
            Arc::clone(&views) as Arc<dyn Views>,
        );
        (World::at(store, clock.clone()), journal)
    };
    let (world, journal) = start(&disk);
    let mut sent = Vec::new();
    for (aanbieder, count) in WAITING {
        let mut of_pair = Vec::new();
        for number in 0..count {
            let id = format!("S{number}");
            let message = world.sent("JW305", GEMEENTE_A, aanbieder, &id).await;
            of_pair.push(message.id);
        }
        sent.push(of_pair);
    }
    world.ledger.stop();
    journal.close().expect("closed");
    drop((world, journal));

    disk.take_steps();
    let media = disk.media();
    let (world, journal) = if syncs {
        start(&disk)
    } else {
        start(&disk.without_syncs())
    };
    let refused = sent[0][REFUSED];
    let endpoint = Endpoint::new(refused, Some(&disk));
    let mut to_endpoint = courier(&world, &endpoint);
    assert_eq!(to_endpoint.until_idle().await, None);
    drop(to_endpoint);
    world.ledger.stop();
    assert_eq!(world.fatal.load(Ordering::SeqCst), 0);
    journal.close().expect("closed");
    Life {
        media,
        steps: disk.take_steps(),
        applied: views.applied(),
        sent,
        refused,
        received: endpoint.received(),
        clock,
    }
}

/// What went wrong after the power came back, in words. `told`: how much the endpoint had received before; `views`: how many of the batches of the life they
/// have.
async fn look(life: &Life, told: usize, disk: &SimulatedDisk, views: usize) -> Result<(), String> {
    let journal =
        opened(disk, &life.clock).map_err(|error| format!("it does not open: {error}"))?;
    let store = Store::of(journal, with_batches(&life.applied[..views]));
    let world = World::at(store, life.clock.clone());
    let endpoint = Endpoint::new(life.refused, None);
    if let Some(due) = courier(&world, &endpoint).until_idle().await {
        return Err(format!("something is left until {due:?}"));
    }
    let (before, after) = (&life.received[..told], endpoint.received());
    for of_pair in &life.sent {
        let again = after.iter().filter(|id| of_pair.contains(id));
        let again: Vec<&MessageId> = again.collect();
        if !again
            .iter()
            .is_sorted_by_key(|id| of_pair.iter().position(|sent| *sent == **id))
        {
            return Err("not in order".to_owned());
        }
        let lost = of_pair
            .iter()
            .find(|id| !before.contains(id) && !again.contains(id));
        if let Some(lost) = lost {
            return Err(format!("{lost} never came"));
        }
        let twice = again.iter().filter(|id| before.contains(id)).count();
        if twice > 1 {
            return Err(format!("{twice} of a pair came twice: one was under way"));
        }
    }
    let (mut brought, mut dead) = (Vec::new(), Vec::new());
    for event in world.events() {
        if let Event::Acknowledged(event) = event {
            brought.push(event.message);
        } else if let Event::Delivery(event) = event {
            if event.turn != DeliveryTurn::Dead {
                return Err(format!("{:?} was recorded", event.turn));
            }
            dead.push(event.message.message);
        }
    }
    let once: BTreeSet<&MessageId> = brought.iter().collect();
    let expected = life.sent.iter().flatten().filter(|id| **id != life.refused);
    if once.len() != brought.len() || once != expected.collect() || dead != [life.refused] {
        return Err(format!(
            "recorded as brought: {brought:?}, as dead: {dead:?}"
        ));
    }
    if world.waiting("gemeente-a").await != [life.refused] {
        return Err("what was brought waits, or what is dead does not".to_owned());
    }
    is_sound(&world)
}

async fn life_fails_everywhere(life: &Life) -> Result<usize, String> {
    let look = async |told, disk: &SimulatedDisk, views| look(life, told, disk, views).await;
    let views = (life.applied.len(), 3);
    fail_everywhere(life.media.clone(), &life.steps, views, look).await
}

#[tokio::test]
async fn whatever_an_endpoint_did_not_receive_is_brought_wherever_the_power_fails_while_messages_are_brought()
 {
    let life = life(true).await;
    let sent: usize = WAITING.iter().map(|(_, count)| count).sum();
    assert_eq!(life.received.len(), sent);
    let failures = life_fails_everywhere(&life).await.expect("nothing lost");
    assert!(failures > 40, "{failures} power failures");
}

/// An endpoint of which the first answer is lost, and that knows the number of what comes again.
#[derive(Debug, Default)]
struct Forgotten(AtomicUsize);

impl Carry for Forgotten {
    fn carry<'a>(&'a self, _: &'a Owed) -> Carrying<'a> {
        Box::pin(async {
            match self.0.fetch_add(1, Ordering::SeqCst) {
                0 => Verdict::NotTaken(Reason::new("timeout")),
                _ => Verdict::Refused(Reason::published("StUF016")),
            }
        })
    }

    fn refuse<'a>(&'a self, _: &'a Refusal) -> Carrying<'a> {
        panic!("nothing was refused")
    }

    fn words(&self) -> Words {
        Words::default()
    }
}

#[tokio::test]
async fn what_was_tried_before_the_first_day_of_another_code_is_perhaps_delivered() {
    let world = World::new();
    world.sent("JW305", GEMEENTE_A, ZORG_A, "S0").await;
    let tomorrow = day_of(world.clock.now()).tomorrow().expect("a day");
    let held = |what, from| Held {
        what: code(what),
        period: Period { from, until: None },
    };
    let endpoint = Arc::new(Forgotten::default());
    let mut courier = Courier::new(
        Arc::clone(&world.ledger),
        Arc::new(world.clock.clone()),
        Arc::clone(&endpoint) as _,
        Route {
            party: "gemeente-a".parse().expect("a party id"),
            codes: vec![held(GEMEENTE_A, None), held("0599", Some(tomorrow))],
            kind: "ggk0210",
            later_may_pass: false,
            concurrent_max: 4,
        },
        DeliverSettings::default(),
        7,
    );
    assert!(courier.until_idle().await.is_some(), "it is tried again");
    world.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(courier.until_idle().await, None);
    let dead = world.events().into_iter().filter_map(|event| {
        let Event::Delivery(event) = event else {
            return None;
        };
        event.reason
    });
    assert_eq!(dead.collect::<Vec<_>>(), ["perhaps-delivered"]);
}

#[tokio::test]
async fn with_the_sync_calls_taken_out_a_delivery_that_was_recorded_is_not_there() {
    let lost = life_fails_everywhere(&life(false).await).await;
    assert!(lost.is_err(), "{lost:?}");
}
