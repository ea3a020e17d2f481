//! What is tried when, and what becomes of it: couriers by a clock that the test moves, and endpoints that answer by script.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use knooppunt::clock::Clock as _;
use knooppunt::deliver::{
    ByHand, Carry, Carrying, Courier, DeliverSettings, Desk, May, Owed, Reason, Refusal, Route,
    Verdict,
};
use knooppunt::ledger::{DeliveryTurn, Event, MessageId, Words};
use knooppunt::register::{Held, Period};

use crate::world::{GEMEENTE_A, World, ZORG_A, ZORG_B, code, on_both_stores, time};

/// What an endpoint is asked, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) id: MessageId,
    maker: String,
    at: Timestamp,
    received: Timestamp,
    pub(super) body: Vec<u8>,
}

pub(super) type Answers = dyn Fn(&Asked, usize) -> Verdict + Send + Sync;

/// An endpoint that answers by script: what is asked, and how often that was asked before.
pub(super) struct Script {
    world_clock: knooppunt::clock::ManualClock,
    asked: Mutex<Vec<Asked>>,
    taken: Mutex<Vec<Asked>>,
    answers: Mutex<Box<Answers>>,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    pub(super) fn new(
        world: &World,
        answers: impl Fn(&Asked, usize) -> Verdict + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            world_clock: world.clock.clone(),
            asked: Mutex::default(),
            taken: Mutex::default(),
            answers: Mutex::new(Box::new(answers)),
        })
    }

    pub(super) fn answer_by(
        &self,
        answers: impl Fn(&Asked, usize) -> Verdict + Send + Sync + 'static,
    ) {
        *self.answers.lock().unwrap() = Box::new(answers);
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn taken(&self) -> Vec<MessageId> {
        self.taken
            .lock()
            .unwrap()
            .iter()
            .map(|asked| asked.id)
            .collect()
    }
}

impl Carry for Script {
    fn carry<'a>(&'a self, owed: &'a Owed) -> Carrying<'a> {
        Box::pin(async {
            let asked = Asked {
                id: owed.id,
                maker: owed.maker.to_string(),
                at: self.world_clock.now(),
                received: owed.received,
                body: owed.body.to_vec(),
            };
            let mut all = self.asked.lock().unwrap();
            let before = all.iter().filter(|other| other.id == asked.id).count();
            all.push(asked.clone());
            let verdict = (self.answers.lock().unwrap())(&asked, before);
            if matches!(verdict, Verdict::Taken { .. }) {
                self.taken.lock().unwrap().push(asked);
            }
            verdict
        })
    }

    fn refuse<'a>(&'a self, _: &'a Refusal) -> Carrying<'a> {
        Box::pin(std::future::ready(TAKEN))
    }

    fn words(&self) -> Words {
        Words::default()
    }
}

/// A script answers messages; what it is told of refusals it takes.
pub(super) const TAKEN: Verdict = Verdict::Taken { confirmed: true };

fn not_taken(code: &str) -> Verdict {
    Verdict::NotTaken(Reason::new(code))
}

pub(super) fn route(party: &str, of: &str) -> Route {
    Route {
        party: party.parse().unwrap(),
        codes: vec![Held {
            what: code(of),
            period: Period::default(),
        }],
        kind: "ggk0210",
        later_may_pass: false,
        concurrent_max: 4,
    }
}

pub(super) fn courier(world: &World, script: &Arc<Script>, route: Route) -> Courier {
    courier_by(world, script, route, DeliverSettings::default())
}

fn courier_by(
    world: &World,
    script: &Arc<Script>,
    route: Route,
    settings: DeliverSettings,
) -> Courier {
    Courier::new(
        Arc::clone(&world.ledger),
        Arc::new(world.clock.clone()),
        Arc::clone(script) as Arc<dyn Carry>,
        route,
        settings,
        7,
    )
}

pub(super) fn to_a(world: &World, script: &Arc<Script>) -> Courier {
    courier(world, script, route("gemeente-a", GEMEENTE_A))
}

/// Lets time pass to the next try until nothing waits; at most this long. Gives how long it took.
async fn settled(world: &World, courier: &mut Courier, at_most: SignedDuration) -> SignedDuration {
    let began = world.clock.now();
    while let Some(due) = courier.until_idle().await {
        let wait = due.saturating_sub(world.clock.elapsed());
        world.clock.advance(SignedDuration::try_from(wait).unwrap());
        let passed = world.clock.now().duration_since(began);
        assert!(passed <= at_most, "still not settled after {passed}");
    }
    world.clock.now().duration_since(began)
}

/// What was recorded of deliveries, and why.
pub(super) fn turns(world: &World) -> Vec<(DeliveryTurn, Option<String>)> {
    let events = world.events().into_iter();
    let turns = events.filter_map(|event| {
        let Event::Delivery(event) = event else {
            return None;
        };
        Some((event.turn, event.reason))
    });
    turns.collect()
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn what_an_endpoint_takes_is_acknowledged_and_brought_once() {
    on_both_stores(async |world| {
        let script = Script::new(&world, |_, _| TAKEN);
        let mut courier = to_a(&world, &script);
        let first = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
        let second = world.sent("JW305", GEMEENTE_A, ZORG_A, "2").await;
        assert_eq!(courier.until_idle().await, None);
        assert_eq!(script.taken(), [first.id, second.id]);
        assert!(world.waiting("gemeente-a").await.is_empty());
        let seen = world.seen("zorg-a", first.id).await;
        assert_eq!(seen.state.code(), "acknowledged");
        assert_eq!(courier.until_idle().await, None);
        assert_eq!(script.asked().len(), 2);
        let over: Vec<_> = world
            .events()
            .into_iter()
            .filter_map(|event| {
                let Event::Acknowledged(event) = event else {
                    return None;
                };
                Some((event.party, event.over.unwrap()))
            })
            .collect();
        assert_eq!(over.len(), 2);
        assert_eq!(over[0].0, "gemeente-a");
        assert_eq!(
            (over[0].1.endpoint.as_str(), over[0].1.attempts),
            ("ggk0210", 1)
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_the_same_and_later_each_time() {
    let world = World::new();
    let script = Script::new(&world, |_, before| {
        if before < 4 {
            not_taken("connect")
        } else {
            TAKEN
        }
    });
    let mut courier = to_a(&world, &script);
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    settled(&world, &mut courier, HOUR).await;
    let asked = script.asked();
    assert_eq!(asked.len(), 5);
    let waits: Vec<i64> = asked
        .windows(2)
        .map(|pair| pair[1].at.duration_since(pair[0].at).as_secs())
        .collect();
    for (wait, whole) in waits.iter().zip([5, 10, 20, 40]) {
        assert!((whole / 2 - 1..=whole).contains(wait), "{waits:?}");
    }
    for again in &asked {
        assert_eq!(
            (again.id, again.received, &again.body),
            (message.id, message.received, &asked[0].body)
        );
    }
    assert_eq!(script.taken(), [message.id]);
}

#[tokio::test]
async fn a_stuck_message_holds_back_its_own_pair_only_until_it_is_taken() {
    let world = World::new();
    let stuck = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let behind = world.sent("JW307", GEMEENTE_A, ZORG_A, "2").await;
    let other = world.sent("JW305", GEMEENTE_A, ZORG_B, "3").await;
    let id = stuck.id;
    let script = Script::new(&world, move |asked, before| {
        if asked.id == id && before < 3 {
            not_taken("StUF046")
        } else {
            TAKEN
        }
    });
    let mut courier = to_a(&world, &script);
    assert!(courier.until_idle().await.is_some());
    assert_eq!(script.taken(), [other.id]);
    settled(&world, &mut courier, HOUR).await;
    assert_eq!(script.taken(), [other.id, stuck.id, behind.id]);
}

#[tokio::test]
async fn where_the_setting_says_so_later_ones_pass_the_stuck_one() {
    let world = World::new();
    let stuck = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let behind = world.sent("JW307", GEMEENTE_A, ZORG_A, "2").await;
    let id = stuck.id;
    let script = Script::new(&world, move |asked, before| {
        if asked.id == id && before < 2 {
            not_taken("StUF046")
        } else {
            TAKEN
        }
    });
    let passing = Route {
        later_may_pass: true,
        ..route("gemeente-a", GEMEENTE_A)
    };
    let mut courier = courier(&world, &script, passing);
    assert!(courier.until_idle().await.is_some());
    assert_eq!(script.taken(), [behind.id]);
    settled(&world, &mut courier, HOUR).await;
    assert_eq!(script.taken(), [behind.id, stuck.id]);
}

#[tokio::test]
async fn what_an_endpoint_refuses_is_a_dead_letter_of_delivery_and_stays_in_the_mailbox() {
    on_both_stores(async |world| {
        let refused = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
        let behind = world.sent("JW307", GEMEENTE_A, ZORG_A, "2").await;
        let id = refused.id;
        let script = Script::new(&world, move |asked, _| {
            if asked.id == id {
                Verdict::Refused(Reason::published("StUF034"))
            } else {
                TAKEN
            }
        });
        let mut courier = to_a(&world, &script);
        assert_eq!(courier.until_idle().await, None);
        assert_eq!(
            script.taken(),
            [behind.id],
            "it holds its pair back no more"
        );
        assert_eq!(world.waiting("gemeente-a").await, [refused.id]);
        drop(courier);
        let world = world.again();
        let script = Script::new(&world, |_, _| TAKEN);
        let mut courier = to_a(&world, &script);
        assert_eq!(courier.until_idle().await, None);
        assert!(script.asked().is_empty(), "not after a start either");
        assert_eq!(
            turns(&world),
            [(DeliveryTurn::Dead, Some("StUF034".to_owned()))]
        );
        world.acknowledge("gemeente-a", refused.id).await;
        assert!(world.waiting("gemeente-a").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_never_taken_becomes_a_dead_letter_of_delivery_after_a_week() {
    let world = World::new();
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let script = Script::new(&world, |_, _| not_taken("timeout"));
    let mut courier = to_a(&world, &script);
    let took = settled(&world, &mut courier, HOUR * 24 * 8).await;
    assert!(took >= HOUR * 24 * 7, "{took}");
    assert_eq!(world.waiting("gemeente-a").await, [message.id]);
    assert_eq!(
        turns(&world),
        [(DeliveryTurn::Dead, Some("too-old".to_owned()))]
    );
}

#[tokio::test]
async fn what_is_tried_again_by_hand_has_as_long_as_before() {
    let world = World::new();
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let script = Script::new(&world, |_, _| not_taken("timeout"));
    let mut courier = to_a(&world, &script);
    settled(&world, &mut courier, HOUR * 24 * 8).await;
    let desk = Desk::new(Arc::clone(&world.ledger));
    let may: May = Arc::new(|_, _, _| true);
    desk.do_by_hand(message.id, may, ByHand::Retry, None)
        .await
        .unwrap();
    let before = script.asked().len();
    script.answer_by(move |_, asked| {
        if asked < before + 3 {
            not_taken("timeout")
        } else {
            TAKEN
        }
    });
    settled(&world, &mut courier, HOUR * 24).await;
    assert!(world.waiting("gemeente-a").await.is_empty());
}

#[tokio::test]
async fn what_waited_for_an_endpoint_longer_than_it_is_tried_is_not_given_up_at_the_first_failure()
{
    let world = World::new();
    for number in 0..3 {
        world
            .sent("JW305", GEMEENTE_A, ZORG_A, &number.to_string())
            .await;
    }
    world.clock.advance(HOUR * 24 * 9);
    let script = Script::new(&world, |_, before| {
        if before == 0 {
            not_taken("http-503")
        } else {
            TAKEN
        }
    });
    let mut courier = to_a(&world, &script);
    settled(&world, &mut courier, HOUR * 24).await;
    assert_eq!(turns(&world), []);
    assert!(world.waiting("gemeente-a").await.is_empty());
}

#[tokio::test]
async fn a_number_that_was_seen_before_is_perhaps_delivered_when_it_was_tried_before() {
    for code in ["StUF016", "BRS114"] {
        for (lost, reason) in [(0, code), (1, "perhaps-delivered")] {
            let world = World::new();
            world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
            let script = Script::new(&world, move |_, before| {
                if before < lost {
                    not_taken("timeout")
                } else {
                    Verdict::Refused(Reason::published(code))
                }
            });
            let mut courier = to_a(&world, &script);
            settled(&world, &mut courier, HOUR * 24).await;
            assert_eq!(
                turns(&world),
                [(DeliveryTurn::Dead, Some(reason.to_owned()))]
            );
        }
    }
}

#[tokio::test]
async fn what_the_receiver_fetches_himself_is_not_brought() {
    let world = World::new();
    let message = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let script = Script::new(&world, |_, _| not_taken("connect"));
    let mut courier = to_a(&world, &script);
    courier.until_idle().await;
    world.acknowledge("gemeente-a", message.id).await;
    settled(&world, &mut courier, HOUR).await;
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test]
async fn after_five_failures_in_a_row_an_endpoint_is_left_alone_and_one_message_shows_whether_it_is_well()
 {
    let world = World::new();
    for number in 0..8 {
        let maker = if number % 2 == 0 { ZORG_A } else { ZORG_B };
        world
            .sent("JW305", GEMEENTE_A, maker, &number.to_string())
            .await;
    }
    let down_until = world.clock.now() + SignedDuration::from_mins(10);
    let script = Script::new(&world, move |asked, _| {
        if asked.at < down_until {
            not_taken("connect")
        } else {
            TAKEN
        }
    });
    let mut courier = to_a(&world, &script);
    settled(&world, &mut courier, HOUR).await;
    let asked = script.asked();
    let down: Vec<&Asked> = asked.iter().filter(|asked| asked.at < down_until).collect();
    assert!(
        (5..=10).contains(&down.len()),
        "{} tries in ten minutes that it was down",
        down.len()
    );
    assert_eq!(script.taken().len(), 8);
    let last = asked.last().unwrap().at;
    let late = last.duration_since(down_until);
    assert!(
        late <= SignedDuration::from_mins(15),
        "all at once when it is well again, {late} after that"
    );
}

#[tokio::test]
async fn one_message_that_is_never_taken_does_not_close_the_endpoint_to_others() {
    let world = World::new();
    let poison = world.sent("JW305", GEMEENTE_A, ZORG_A, "poison").await.id;
    let script = Script::new(&world, move |asked, _| {
        if asked.id == poison {
            not_taken("http-500")
        } else {
            TAKEN
        }
    });
    let mut courier = to_a(&world, &script);
    let mut sent = Vec::new();
    for number in 0..60 {
        sent.push(
            world
                .sent("JW305", GEMEENTE_A, ZORG_B, &number.to_string())
                .await
                .id,
        );
        courier.until_idle().await;
        world.clock.advance(SignedDuration::from_mins(1));
    }
    let taken = script.taken();
    assert!(
        taken.len() >= 45,
        "{} of 60 were brought within the hour",
        taken.len()
    );
    assert!(sent.starts_with(&taken), "in order");
}

#[tokio::test]
async fn a_courier_is_told_of_new_messages_and_stops_when_told() {
    let world = World::new();
    let told = Arc::new(tokio::sync::Notify::new());
    let telling = Arc::clone(&told);
    let script = Script::new(&world, move |_, _| {
        telling.notify_one();
        TAKEN
    });
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(to_a(&world, &script).run(stop.clone()));
    for number in 0..3 {
        world
            .sent("JW305", GEMEENTE_A, ZORG_A, &number.to_string())
            .await;
        let patience = Duration::from_secs(20);
        tokio::time::timeout(patience, told.notified())
            .await
            .expect("it is brought when it comes");
    }
    stop.cancel();
    running.await.expect("it ends");
    assert_eq!(script.taken().len(), 3);
    assert_eq!(world.clock.now(), time("2026-03-01T09:00:00Z"));
}
