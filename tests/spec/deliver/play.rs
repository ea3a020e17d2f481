//! Hours of traffic in simulated time: every twenty minutes a message for each of several parties, whose endpoints are well or not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use knooppunt::deliver::{ByHand, DeliverSettings, Desk, May, Stopped, Verdict, Which};
use knooppunt::envelope::mapping::{ggk_number, vsp_number};
use knooppunt::ledger::{Event, MessageId};

use super::post::Post;
use super::time::Time;
use crate::endpoint::fault::Fault;
use crate::endpoint::wire::Wire;
use crate::world::{
    GEMEENTE_A, GEMEENTE_B, PARTIES, World, ZORG_A, ZORG_A_TOO, ZORG_B, code, register,
};

pub(super) const MINUTE: Duration = Duration::from_mins(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);
/// How often a message comes for each party.
pub(super) const EVERY: Duration = Duration::from_mins(20);

/// A third municipality.
const GEMEENTE_C: &str = "0355";

/// A party whose messages are brought: the kind of these, and its codes with those of who makes them, in turns.
pub(super) struct Receiver {
    party: &'static str,
    wire: Wire,
    bericht: &'static str,
    /// gemeentecode and AGB code.
    ways: &'static [(&'static str, &'static str)],
}

pub(super) const TO_A: Receiver = to_gemeente(
    "gemeente-a",
    &[
        (GEMEENTE_A, ZORG_A),
        (GEMEENTE_A, ZORG_B),
        (GEMEENTE_A, ZORG_A_TOO),
    ],
);
pub(super) const TO_B: Receiver =
    to_gemeente("gemeente-b", &[(GEMEENTE_B, ZORG_A), (GEMEENTE_B, ZORG_B)]);
pub(super) const TO_C: Receiver =
    to_gemeente("gemeente-c", &[(GEMEENTE_C, ZORG_A), (GEMEENTE_C, ZORG_B)]);
pub(super) const TO_ZORG_A: Receiver = to_provider(
    "zorg-a",
    &[
        (GEMEENTE_A, ZORG_A),
        (GEMEENTE_B, ZORG_A),
        (GEMEENTE_A, ZORG_A_TOO),
    ],
);
pub(super) const TO_ZORG_B: Receiver =
    to_provider("zorg-b", &[(GEMEENTE_A, ZORG_B), (GEMEENTE_B, ZORG_B)]);

const fn to_gemeente(
    party: &'static str,
    ways: &'static [(&'static str, &'static str)],
) -> Receiver {
    Receiver {
        party,
        wire: Wire::Ggk,
        bericht: "JW305",
        ways,
    }
}

const fn to_provider(
    party: &'static str,
    ways: &'static [(&'static str, &'static str)],
) -> Receiver {
    Receiver {
        party,
        wire: Wire::Vsp,
        bericht: "JW301",
        ways,
    }
}

/// How a party was served, in simulated time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Service {
    /// How long each message waited before the endpoint had it, in the order in which they were brought.
    pub(super) waits: Vec<SignedDuration>,
    /// How often the endpoint was called.
    pub(super) calls: usize,
    /// How often it was connected to.
    pub(super) connections: usize,
}

/// The gateway, with the posts of its parties.
pub(super) struct Play {
    pub(super) world: World,
    pub(super) time: Time,
    pub(super) posts: Vec<Post>,
    receivers: Vec<Receiver>,
    arrived: usize,
}

impl Play {
    /// Each receiver with more lines of its endpoint in the register.
    pub(super) fn of<const N: usize>(
        receivers: [(Receiver, &str); N],
        settings: &DeliverSettings,
    ) -> Self {
        let parties = format!(
            "{PARTIES}\n[[party]]\nid = \"gemeente-c\"\nname = \"Gemeente C\"\ncode = [{{ kind = \"gemeentecode\", code = \"{GEMEENTE_C}\" }}]\n"
        );
        let mut world = World::new();
        world.register = register(&parties);
        let time = Time::stopped(&world.clock);
        let posts = receivers.iter().map(|(receiver, more)| {
            let Receiver { party, wire, .. } = *receiver;
            Post::new(&world, &parties, party, wire, more, settings.clone())
        });
        Self {
            posts: posts.collect(),
            receivers: receivers.map(|(receiver, _)| receiver).into(),
            world,
            time,
            arrived: 0,
        }
    }

    /// Each receiver, by the settings as they are when nothing is set.
    pub(super) fn usual<const N: usize>(receivers: [Receiver; N]) -> Self {
        let receivers = receivers.map(|receiver| (receiver, ""));
        Self::of(receivers, &DeliverSettings::default())
    }

    /// A message comes for each, and whatever can be brought now is.
    pub(super) async fn comes(&mut self) {
        self.arrived += 1;
        let nth = self.arrived;
        for (post, receiver) in self.posts.iter_mut().zip(&self.receivers) {
            let (gemeente, aanbieder) = receiver.ways[nth % receiver.ways.len()];
            let id = format!("{}{nth}", &post.party[post.party.len() - 1..]);
            let (world, bericht) = (&self.world, receiver.bericht);
            let message = world.sent(bericht, gemeente, aanbieder, &id).await;
            let (pair, number) = match receiver.wire {
                Wire::Ggk => ((aanbieder, gemeente), ggk_number(message.id, None)),
                Wire::Vsp => ((gemeente, aanbieder), vsp_number(message.id, None)),
            };
            let pair = (pair.0.to_owned(), pair.1.to_owned());
            post.sent.entry(pair).or_default().push(number);
        }
        for post in &mut self.posts {
            post.round().await;
        }
    }

    /// Messages come and are brought until so much time has passed since the beginning.
    pub(super) async fn runs_until(&mut self, end: Duration) {
        while self.time.now() < end {
            self.comes().await;
            self.rounds_until(self.time.now() + EVERY).await;
        }
    }

    /// The rounds that are due before this moment, and time up to it.
    pub(super) async fn rounds_until(&mut self, end: Duration) {
        loop {
            let now = self.time.now();
            let due = self.posts.iter().filter_map(Post::due).min();
            let Some(due) = due.filter(|due| *due < end) else {
                return self.time.passes(end.saturating_sub(now)).await;
            };
            let wait = due.saturating_sub(now).max(Duration::from_millis(1));
            self.time.passes(wait).await;
            for post in &mut self.posts {
                if post.due().is_some_and(|due| due <= self.time.now()) {
                    post.round().await;
                }
            }
        }
    }

    /// Nothing comes any more; until nothing waits that can be brought, within this time. Gives how long it took.
    pub(super) async fn settles(&mut self, at_most: Duration) -> Duration {
        let began = self.time.now();
        for post in &mut self.posts {
            post.round().await;
        }
        while let Some(due) = self.posts.iter().filter_map(Post::due).min() {
            let passed = self.time.now().saturating_sub(began);
            assert!(passed <= at_most, "still not settled after {passed:?}");
            let next = due.max(self.time.now());
            self.rounds_until(next + Duration::from_millis(1)).await;
        }
        self.time.now().saturating_sub(began)
    }

    /// How a party was served.
    pub(super) fn service(&self, nth: usize) -> Service {
        let post = &self.posts[nth];
        let calls = post.watched.calls();
        let waits = calls.iter().filter_map(|call| {
            let ended = call.ended.as_ref()?;
            (ended.verdict == Verdict::Taken { confirmed: true }).then_some(ended.waited)
        });
        Service {
            waits: waits.collect(),
            calls: calls.len(),
            connections: post.endpoint.connections(),
        }
    }

    /// How a party is served whose endpoint is well while nothing else is the matter: each message at the moment that it comes, at the first call. A
    /// connection is not kept for as long as it takes until the next one comes.
    pub(super) fn undisturbed(&self) -> Service {
        Service {
            waits: vec![SignedDuration::ZERO; self.arrived],
            calls: self.arrived,
            connections: self.arrived,
        }
    }

    /// Panics unless everything was brought, and recorded as brought, once each and in order of its pair, and nothing waits any more.
    pub(super) async fn everything_is_delivered(&self) {
        for post in &self.posts {
            post.has_all_once_each_in_order();
        }
        self.everything_is_recorded().await;
    }

    /// Panics unless there is one record by which each message was taken, and nothing waits any more.
    pub(super) async fn everything_is_recorded(&self) {
        let mut records: BTreeMap<MessageId, usize> = BTreeMap::new();
        for event in self.world.events() {
            if let Event::Received(received) = event {
                records.entry(received.message).or_default();
            } else if let Event::Acknowledged(event) = event {
                assert!(event.over.is_some_and(|over| over.confirmed));
                *records.entry(event.message).or_default() += 1;
            }
        }
        assert_eq!(records.len(), self.arrived * self.posts.len());
        assert!(records.values().all(|count| *count == 1), "{records:?}");
        for post in &self.posts {
            assert!(self.world.waiting(post.party).await.is_empty());
        }
    }

    /// Messages for a party of `ways` that are not tried any more, and why.
    pub(super) async fn stopped(&self, nth: usize) -> Vec<(MessageId, Stopped)> {
        let desk = Desk::new(Arc::clone(&self.world.ledger));
        let ways = self.receivers[nth].ways.iter();
        let codes = ways.map(|(gemeente, aanbieder)| match self.receivers[nth].wire {
            Wire::Ggk => code(gemeente),
            Wire::Vsp => code(aanbieder),
        });
        let mut codes: Vec<_> = codes.collect();
        codes.dedup();
        let page = desk.list(codes, anybody(), Which::Stopped, None, 1000);
        let deliveries = page.await.expect("the desk does its work").deliveries;
        let stopped = deliveries.into_iter().map(|delivery| {
            let stopped = delivery.stopped.expect("it is not tried any more");
            (delivery.message.id, stopped)
        });
        stopped.collect()
    }

    /// What `knooppunt deliver retry` does.
    pub(super) async fn retries(&self, message: MessageId) {
        let desk = Desk::new(Arc::clone(&self.world.ledger));
        let retried = desk.do_by_hand(message, anybody(), ByHand::Retry, None);
        assert_eq!(retried.await.expect("it waits").stopped, None);
    }

    /// Whether what the endpoint of a party has no words for is on its standing.
    pub(super) fn is_said_to_fail_by(&self, nth: usize, fault: Fault) {
        let standing = self.posts[nth].standing();
        let reason = fault.reason(self.receivers[nth].wire);
        assert_eq!(standing.failure.as_deref(), Some(reason));
        assert!(standing.rests, "it is left alone");
    }
}

fn anybody() -> May {
    Arc::new(|_, _, _| true)
}
