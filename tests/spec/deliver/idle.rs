//! Endpoints to which nothing is to be brought cost nothing: no task is woken for them, and nobody connects to them.

use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use jiff::SignedDuration;
use knooppunt::clock::Clock;
use knooppunt::deliver::{Carrier, Courier, DeliverSettings, Route};
use knooppunt::envelope::tables::Generation;
use tokio_util::sync::CancellationToken;

use super::couriers::{Script, TAKEN, route};
use crate::endpoint::Endpoint;
use crate::endpoint::wire::Wire;
use crate::world::{GEMEENTE_A, PARTIES, World, ZORG_A, message, register};

const ENDPOINTS: usize = 1000;

/// A task, and how often it was polled: once for whatever wakes it, a timer, a bell or a socket.
struct Polled<F> {
    task: Pin<Box<F>>,
    polls: Arc<AtomicUsize>,
}

impl<F: Future> Future for Polled<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.polls.fetch_add(1, Ordering::SeqCst);
        self.task.as_mut().poll(context)
    }
}

fn agb(n: usize) -> String {
    format!("{:08}", 98_000_000 + n)
}

/// Lets time pass while the clock of the runtime is paused: it goes on when nothing else is left to be done, from one timer to the next.
async fn passes(world: &World, time: Duration) {
    world
        .clock
        .advance(SignedDuration::try_from(time).expect("short"));
    tokio::time::sleep(time).await;
}

#[tokio::test]
async fn a_thousand_idle_endpoints_are_not_woken_and_a_message_wakes_the_one_that_it_is_for() {
    let mut world = World::new();
    let endpoint = Endpoint::start(Wire::Vsp, world.clock.now());
    let mut text = PARTIES.to_owned();
    for n in 0..ENDPOINTS {
        let (party, code) = (format!("aanbieder-{n}"), agb(n));
        let _ = write!(
            text,
            "\n[[party]]\nid = \"{party}\"\nname = \"{party}\"\ncode = [{{ kind = \"agb\", code = \"{code}\" }}]\n{}",
            endpoint.lines(&party, "")
        );
    }
    world.register = register(&text);
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let settings = DeliverSettings::default();
    let stop = CancellationToken::new();
    let mut polls = Vec::new();
    for (seed, of) in (0..).zip(world.register.endpoints()) {
        let carrier = Carrier::open(of, &settings, Generation::default(), &clock);
        let party = world.register.party(&of.party).expect("a party");
        let courier = Courier::new(
            Arc::clone(&world.ledger),
            Arc::clone(&clock),
            Arc::new(carrier.expect("its files are in order")),
            Route {
                party: party.id.clone(),
                codes: party.codes.clone(),
                kind: of.kind.as_str(),
                later_may_pass: of.later_may_pass,
                concurrent_max: 4,
            },
            settings.clone(),
            seed,
        );
        let count = Arc::new(AtomicUsize::new(0));
        polls.push(Arc::clone(&count));
        tokio::spawn(Polled {
            task: Box::pin(courier.run(stop.clone())),
            polls: count,
        });
    }
    let polled = || -> Vec<usize> {
        let polls = polls.iter().map(|count| count.load(Ordering::SeqCst));
        polls.collect()
    };
    // Each records once to whom it brings. That is written by a thread of its own, so it is no work that the paused clock would wait for.
    while world.ledger.next().0 < ENDPOINTS as u64 {
        tokio::task::yield_now().await;
    }
    // It answers those that it has written one after the other: with this later one answered, all of theirs are.
    let later = message("JW301", GEMEENTE_A, ZORG_A, "0");
    world.taken("gemeente-a", &later).await;
    tokio::time::pause();
    passes(&world, Duration::from_millis(1)).await;
    let begun = polled();
    assert_eq!(begun.len(), ENDPOINTS);
    assert!(begun.iter().all(|count| *count > 0), "each looked once");
    for _ in 0..48 {
        passes(&world, Duration::from_mins(30)).await;
    }
    let woken = begun
        .iter()
        .zip(polled())
        .filter(|(before, after)| **before != *after);
    assert_eq!(woken.count(), 0, "nothing woke one of them for a day");
    assert_eq!(endpoint.connections(), 0);

    tokio::time::resume();
    let body = message("JW301", GEMEENTE_A, &agb(7), "1");
    world.taken("gemeente-a", &body).await;
    while !world.waiting("aanbieder-7").await.is_empty() {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    passes(&world, Duration::from_hours(24)).await;
    for (n, (before, after)) in begun.into_iter().zip(polled()).enumerate() {
        assert_eq!(after > before, n == 7, "{n}: {before}, {after}");
    }
    assert_eq!(endpoint.connections(), 1);
    assert_eq!(endpoint.inbox().0.len(), 1);
    stop.cancel();
}

#[tokio::test]
async fn what_waits_for_a_code_is_brought_on_the_day_that_the_code_becomes_the_partys() {
    let world = World::new();
    let script = Script::new(&world, |_, _| TAKEN);
    let mut from_tomorrow = route("gemeente-a", GEMEENTE_A);
    for held in &mut from_tomorrow.codes {
        held.period.from = Some(jiff::civil::date(2026, 3, 2));
    }
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let stop = CancellationToken::new();
    let courier = super::couriers::courier(&world, &script, from_tomorrow);
    let running = tokio::spawn(courier.run(stop.clone()));
    tokio::time::pause();
    // It is ten in the morning.
    for _ in 0..14 * 6 - 1 {
        passes(&world, Duration::from_mins(10)).await;
        assert!(script.asked().is_empty());
    }
    // Then it is, at one of its own looks: how many of them pass while a record of it is written is a matter of the wall.
    for _ in 0..100_000 {
        if !script.taken().is_empty() {
            break;
        }
        passes(&world, Duration::from_mins(10)).await;
    }
    stop.cancel();
    running.await.expect("it ends");
    assert_eq!(script.taken(), [message.id]);
}
