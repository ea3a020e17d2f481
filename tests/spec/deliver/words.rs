//! What is said around a message stays what it was at its receipt, and terms and dead letters go on, whatever is set, installed or stopped meanwhile.

use std::sync::Arc;

use jiff::SignedDuration;
use knooppunt::clock::Clock;
use knooppunt::deliver::{
    ByHand, Carrier, Carry, Carrying, Courier, DeliverSettings, Deliveries, Desk, May, Owed,
    Reason, Refusal, Route, Verdict,
};
use knooppunt::envelope::tables::Generation;
use knooppunt::ledger::{Brings, DeliveryTurn, Event, Words};
use knooppunt::register::Register;

use super::couriers::{Script, TAKEN, to_a, turns};
use super::ggk::{bv03, fo03, tries};
use super::refusals::refused;
use super::server::{Act, Server};
use crate::tls_world::patiently;
use crate::world::{GEMEENTE_A, PARTIES, Store, World, ZORG_A, register};

const NUMBER: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A program of another version at the same endpoint.
#[derive(Debug)]
struct Program {
    carrier: Carrier,
    version: u16,
}

impl Carry for Program {
    fn carry<'a>(&'a self, owed: &'a Owed) -> Carrying<'a> {
        self.carrier.carry(owed)
    }

    fn refuse<'a>(&'a self, refusal: &'a Refusal) -> Carrying<'a> {
        self.carrier.refuse(refusal)
    }

    fn words(&self) -> Words {
        Words {
            version: self.version,
            ..self.carrier.words()
        }
    }
}

/// How a gateway is set, and which program it is.
struct Set {
    application: &'static str,
    codes: Generation,
    version: u16,
}

const BEFORE: Set = Set {
    application: "Knooppunt",
    codes: Generation::Current,
    version: 8,
};
const AFTER: Set = Set {
    application: "Poortwachter",
    codes: Generation::Of2018,
    version: 9,
};

fn courier(world: &World, register: &Register, set: &Set) -> Courier {
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let [endpoint] = register.endpoints() else {
        panic!("one endpoint")
    };
    let settings = DeliverSettings {
        application: set.application.to_owned(),
        ..DeliverSettings::default()
    };
    let carrier = Carrier::open(endpoint, &settings, set.codes, &clock);
    let carry = Program {
        carrier: carrier.expect("its files are in order"),
        version: set.version,
    };
    let party = register.party(&endpoint.party).expect("a party");
    let route = Route {
        party: party.id.clone(),
        codes: party.codes.clone(),
        kind: endpoint.kind.as_str(),
        later_may_pass: endpoint.later_may_pass,
        concurrent_max: 4,
    };
    let ledger = Arc::clone(&world.ledger);
    Courier::new(ledger, clock, Arc::new(carry), route, settings, 7)
}

fn busy() -> Act {
    Act::Answer(503, "text/plain", String::new())
}

#[tokio::test]
async fn a_message_is_said_the_same_after_an_upgrade_and_with_other_settings() {
    for (party, kind, own, other, taken) in [
        (
            "gemeente-a",
            "ggk0210",
            "application = \"Suite\"",
            "application = \"Nieuwe Suite\"",
            bv03("{number}"),
        ),
        (
            "zorg-a",
            "vsp-push",
            "zip = false",
            "zip = true",
            Act::Answer(204, "text/plain", String::new()),
        ),
    ] {
        let world = World::on(Store::on_disk());
        let server = Server::start(world.clock.now()).await;
        server.script(&[], busy());
        let bericht = if party == "zorg-a" { "JW301" } else { "JW305" };
        let (before, after) = (
            server.register(PARTIES, party, kind, "/x", own),
            server.register(PARTIES, party, kind, "/x", other),
        );
        let mut first = courier(&world, &before, &BEFORE);
        first.until_idle().await;
        world.sent(bericht, GEMEENTE_A, ZORG_A, "1").await;
        tries(&world, &mut first, 2).await;
        drop(first);
        let world = world.again();
        world.clock.advance(HOUR);
        server.script(&[], taken);
        let mut second = courier(&world, &after, &AFTER);
        assert_eq!(second.until_idle().await, None);
        let requests = server.requests();
        let (last, earlier) = requests.split_last().expect("asked");
        assert!(earlier.len() >= 2, "{}", earlier.len());
        assert!(earlier.iter().all(|request| request.body == last.body));
        // What comes now is said as it is set now.
        world.sent(bericht, GEMEENTE_A, ZORG_A, "2").await;
        assert_eq!(second.until_idle().await, None);
        let requests = server.requests();
        let said = String::from_utf8_lossy(&requests.last().expect("asked").body).into_owned();
        assert!(said.contains("Poortwachter"), "{said}");
        assert!(!said.contains("\"Knooppunt\""), "{said}");
    }
}

#[tokio::test]
async fn a_dead_letter_that_is_tried_again_by_hand_is_said_as_it_is_set_now() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[fo03(500, "StUF010", "client")], bv03("{number}"));
    let register = |application: &str| {
        let more = format!("application = \"{application}\"");
        server.register(PARTIES, "gemeente-a", "ggk0210", "/x", &more)
    };
    let mut wrong = courier(&world, &register("Verkeerd"), &BEFORE);
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    wrong.until_idle().await;
    drop(wrong);
    let mut right = courier(&world, &register("Suite"), &BEFORE);
    right.until_idle().await;
    assert_eq!(server.requests().len(), 1, "nobody asked for it");
    let desk = Desk::new(Arc::clone(&world.ledger));
    let anybody: May = Arc::new(|_, _, _| true);
    let retried = desk.do_by_hand(message.id, anybody, ByHand::Retry, None);
    retried.await.expect("it waits");
    right.until_idle().await;
    let requests = server.requests();
    let said: Vec<bool> = requests
        .iter()
        .map(|request| request.text().contains(">Suite<"))
        .collect();
    assert_eq!(said, [false, true]);
    assert!(world.waiting("gemeente-a").await.is_empty());
}

#[tokio::test]
async fn a_fo01_keeps_the_list_that_its_code_is_from() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[busy()], bv03("{number}"));
    let register = server.register(PARTIES, "gemeente-a", "ggk0210", "/x", "");
    let mut first = courier(&world, &register, &BEFORE);
    first.until_idle().await;
    refused(&world, NUMBER, "T1").await;
    first.until_idle().await;
    drop(first);
    let world = world.again();
    let mut second = courier(&world, &register, &AFTER);
    assert_eq!(second.until_idle().await, None);
    refused(&world, "b6e9f182-bc44-4f27-9863-9a5ccc1e1cf0", "T2").await;
    assert_eq!(second.until_idle().await, None);
    let requests = server.requests();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[1].value("code"), "IB014");
    assert_eq!(requests[2].value("code"), "CC02");
}

#[tokio::test]
async fn the_week_after_which_a_message_is_given_up_goes_on_over_every_start() {
    let mut world = World::on(Store::on_disk());
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let received = world.clock.now();
    for day in 1..=8 {
        let script = Script::new(&world, |_, _| Verdict::NotTaken(Reason::new("timeout")));
        let mut courier = to_a(&world, &script);
        courier.until_idle().await;
        drop((courier, script));
        let dead = turns(&world);
        let expected: &[DeliveryTurn] = if day <= 7 { &[] } else { &[DeliveryTurn::Dead] };
        let turns: Vec<_> = dead.iter().map(|(turn, _)| *turn).collect();
        let passed = world.clock.now().duration_since(received);
        assert_eq!(turns, expected, "after {passed}");
        world.clock.advance(HOUR * 24);
        world = world.again();
    }
    assert_eq!(world.waiting("gemeente-a").await, [message.id]);
    let changes = world.events().into_iter();
    let changes = changes.filter(|event| matches!(event, Event::Brings(_)));
    assert_eq!(changes.count(), 1, "nothing changed at any start");
}

#[tokio::test]
async fn the_week_begins_anew_by_hand_for_that_message_alone_also_over_a_start() {
    let world = World::new();
    let one = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let script = Script::new(&world, |_, _| Verdict::NotTaken(Reason::new("timeout")));
    let mut courier = to_a(&world, &script);
    courier.until_idle().await;
    world.clock.advance(HOUR * 24 * 7);
    courier.until_idle().await;
    assert_eq!(turns(&world).len(), 1, "given up");
    let two = world.sent("JW305", GEMEENTE_A, ZORG_A, "2").await;
    courier.until_idle().await;
    world.clock.advance(HOUR * 24 * 6);
    let desk = Desk::new(Arc::clone(&world.ledger));
    let anybody: May = Arc::new(|_, _, _| true);
    let retried = desk.do_by_hand(one.id, anybody, ByHand::Retry, None);
    retried.await.expect("it waits");
    drop((courier, script));
    let world = world.again();
    world.clock.advance(HOUR * 24 * 2);
    let script = Script::new(&world, |_, _| Verdict::NotTaken(Reason::new("timeout")));
    let mut courier = to_a(&world, &script);
    courier.until_idle().await;
    let by_hand = |id| {
        let desk = Desk::new(Arc::clone(&world.ledger));
        let anybody: May = Arc::new(|_, _, _| true);
        async move {
            let dropped = desk.do_by_hand(id, anybody, ByHand::Drop, None).await;
            dropped.expect("it waits").stopped.expect("stopped")
        }
    };
    // The first of the pair holds the other back; with it out of the way that one is tried, and its week is over.
    assert_eq!(
        turns(&world).len(),
        2,
        "the first has a week since it was tried again"
    );
    assert_eq!(by_hand(one.id).await.reason, "by-hand");
    courier.until_idle().await;
    let last = turns(&world).pop().expect("a turn");
    assert_eq!(last, (DeliveryTurn::Dead, Some("too-old".to_owned())));
    assert_eq!(world.waiting("gemeente-a").await, [one.id, two.id]);
}

#[tokio::test]
async fn a_refusal_that_the_endpoint_does_not_take_is_not_told_again_at_a_start_but_when_it_is_said_otherwise()
 {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[fo03(500, "StUF055", "client")], bv03("{number}"));
    let register = server.register(PARTIES, "gemeente-a", "ggk0210", "/x", "");
    refused(&world, NUMBER, "T1").await;
    let mut first = courier(&world, &register, &BEFORE);
    assert_eq!(first.until_idle().await, None);
    drop(first);
    let desk = Desk::new(Arc::clone(&world.ledger));
    let codes = vec![crate::world::code(GEMEENTE_A)];
    let anybody: May = Arc::new(|_, _, _| true);
    let which = knooppunt::deliver::Which::Stopped;
    let listed = desk.list(codes, anybody, which, None, 10).await;
    let listed = listed.expect("a page").deliveries;
    assert!(listed.is_empty(), "a refusal is no delivery");
    let world = world.again();
    world.clock.advance(HOUR);
    let mut second = courier(&world, &register, &BEFORE);
    assert_eq!(second.until_idle().await, None);
    assert_eq!(server.requests().len(), 1, "it was not taken before");
    drop(second);
    let mut other = courier(&world, &register, &AFTER);
    assert_eq!(other.until_idle().await, None);
    assert_eq!(server.requests().len(), 2);
    let own = world.caller("gemeente-a");
    let left = world
        .mailbox
        .returns(&own)
        .await
        .expect("what is to be told");
    assert!(left.is_empty());
}

#[tokio::test]
async fn a_number_that_the_endpoint_knows_after_a_kill_is_perhaps_delivered() {
    let world = World::on(Store::on_disk());
    let ledger = Arc::clone(&world.ledger);
    let script = Script::new(&world, move |_, _| {
        // The endpoint has it, and nothing is recorded any more.
        ledger.stop();
        TAKEN
    });
    let mut courier = to_a(&world, &script);
    courier.until_idle().await;
    world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    courier.until_idle().await;
    drop(courier);
    script.answer_by(|_, _| TAKEN);
    drop(script);
    let world = world.again();
    let script = Script::new(&world, |_, _| {
        Verdict::Refused(Reason::published("StUF016"))
    });
    let mut courier = to_a(&world, &script);
    courier.until_idle().await;
    world.sent("JW307", GEMEENTE_A, ZORG_A, "2").await;
    courier.until_idle().await;
    let reasons: Vec<_> = turns(&world)
        .into_iter()
        .filter_map(|(_, why)| why)
        .collect();
    assert_eq!(reasons, ["perhaps-delivered", "StUF016"]);
}

#[tokio::test]
async fn that_an_endpoint_is_gone_is_recorded_so_that_the_week_begins_anew_with_the_next() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], busy());
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let deliveries = Deliveries::new(
        Arc::clone(&world.ledger),
        clock,
        DeliverSettings::default(),
        Generation::default(),
    )
    .expect("random bytes");
    let there = server.register(PARTIES, "gemeente-a", "ggk0210", "/x", "");
    let changes = || -> Vec<Brings> {
        let events = world.events().into_iter();
        let changes = events.filter_map(|event| {
            let Event::Brings(brings) = event else {
                return None;
            };
            Some(brings)
        });
        changes.collect()
    };
    let until = async |count: usize| {
        patiently(async {
            while changes().len() < count {
                tokio::task::yield_now().await;
            }
        })
        .await;
    };
    deliveries.begin(deliveries.ready(&there).expect("its files are there"));
    until(1).await;
    let gone = register(PARTIES);
    deliveries.begin(deliveries.ready(&gone).expect("no files"));
    until(2).await;
    deliveries.begin(deliveries.ready(&there).expect("its files are there"));
    until(3).await;
    deliveries.stop().await;
    let ends: Vec<Option<String>> = changes().into_iter().map(|of| of.endpoint).collect();
    let kind = || Some("ggk0210".to_owned());
    assert_eq!(ends, [kind(), None, kind()]);
}
