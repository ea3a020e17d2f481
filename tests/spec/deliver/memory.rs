//! Memory for what is on its way: who did not take what he was last asked has less of it, so that who hangs does not keep the others waiting.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::deliver::{
    Carry, Carrying, Courier, DeliverSettings, Owed, Reason, Refusal, Verdict,
};
use knooppunt::ledger::Words;

use super::couriers::{TAKEN, route};
use crate::world::{GEMEENTE_A, World, ZORG_A, ZORG_A_TOO, ZORG_B};

const MAKERS: [&str; 3] = [ZORG_A, ZORG_B, ZORG_A_TOO];
/// More than it takes all of them to come, where there is memory for them.
const ROUNDS: usize = 300;

/// An endpoint that takes its time, and then takes what it is asked or does not.
#[derive(Default)]
struct Slow {
    takes: AtomicBool,
    at_once: AtomicUsize,
    most: AtomicUsize,
}

impl fmt::Debug for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slow")
    }
}

impl Slow {
    /// Most that it was asked at the same time since this was last looked at.
    fn most_at_once(&self) -> usize {
        self.most.swap(0, Ordering::Relaxed)
    }
}

impl Carry for Slow {
    fn carry<'a>(&'a self, _: &'a Owed) -> Carrying<'a> {
        Box::pin(async {
            let at_once = self.at_once.fetch_add(1, Ordering::Relaxed) + 1;
            self.most.fetch_max(at_once, Ordering::Relaxed);
            for _ in 0..ROUNDS {
                if self.at_once.load(Ordering::Relaxed) == MAKERS.len() {
                    break;
                }
                // Where others read what they bring.
                tokio::task::spawn_blocking(|| {}).await.unwrap();
            }
            self.at_once.fetch_sub(1, Ordering::Relaxed);
            if self.takes.load(Ordering::Relaxed) {
                TAKEN
            } else {
                Verdict::NotTaken(Reason::new("timeout"))
            }
        })
    }

    fn refuse<'a>(&'a self, _: &'a Refusal) -> Carrying<'a> {
        Box::pin(std::future::ready(TAKEN))
    }

    fn words(&self) -> Words {
        Words::default()
    }
}

#[tokio::test]
async fn an_endpoint_that_took_nothing_has_a_third_of_the_memory_until_it_takes_something() {
    let world = World::new();
    let slow = Arc::new(Slow::default());
    // A quarter for small messages: three of them, and one of a third of it.
    let settings = DeliverSettings {
        bytes_max: 1 << 20,
        ..DeliverSettings::default()
    };
    let mut courier = Courier::new(
        Arc::clone(&world.ledger),
        Arc::new(world.clock.clone()),
        Arc::clone(&slow) as Arc<dyn Carry>,
        route("gemeente-a", GEMEENTE_A),
        settings,
        7,
    );
    for maker in MAKERS {
        world.sent("JW305", GEMEENTE_A, maker, "1").await;
    }
    courier.until_idle().await;
    assert_eq!(slow.most_at_once(), 3);
    assert_eq!(world.waiting("gemeente-a").await.len(), 3);
    slow.takes.store(true, Ordering::Relaxed);
    world.clock.advance(SignedDuration::from_secs(2));
    while let Some(due) = courier.until_idle().await {
        let wait = due.saturating_sub(world.clock.elapsed());
        world.clock.advance(SignedDuration::try_from(wait).unwrap());
    }
    assert_eq!(
        slow.most_at_once(),
        1,
        "the first to be taken ends the doubt"
    );
    assert!(world.waiting("gemeente-a").await.is_empty());
    for maker in MAKERS {
        world.sent("JW307", GEMEENTE_A, maker, "2").await;
    }
    courier.until_idle().await;
    assert_eq!(slow.most_at_once(), 3);
}
