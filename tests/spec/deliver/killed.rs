//! The gateway is killed at every step of a delivery: before the message is sent, before it is answered, before and while the answer is recorded, and after
//! that. After the start it is brought unless it was recorded as brought, the same, and before what came later.

use std::sync::Arc;

use knooppunt::clock::{Clock, ManualClock};
use knooppunt::deliver::{
    Carrier, Carry, Carrying, Courier, DeliverSettings, Owed, Refusal, Route, Verdict,
};
use knooppunt::envelope::mapping::{ggk_number, vsp_number};
use knooppunt::envelope::tables::Generation;
use knooppunt::ledger::{Event, Ledger, MessageId, Words};
use knooppunt::register::{Register, Source};
use tokio::sync::Notify;

use crate::endpoint::Endpoint;
use crate::endpoint::fault::Fault;
use crate::endpoint::wire::Wire;
use crate::world::{GEMEENTE_A, PARTIES, Store, World, ZORG_A};

/// Where it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing was sent yet.
    Read,
    /// The endpoint has it, and does not answer yet.
    Sent,
    /// The endpoint has answered, and nothing is recorded.
    Answered,
    /// What is handed to the journal does not become durable any more.
    Recording,
    /// It is recorded.
    Recorded,
}

/// A carrier that goes as far as a step, and then says so and no more.
#[derive(Debug)]
struct Doomed {
    carrier: Carrier,
    step: Step,
    ledger: Arc<Ledger>,
    reached: Arc<Notify>,
}

impl Doomed {
    async fn ends(&self) -> Verdict {
        self.reached.notify_one();
        std::future::pending().await
    }
}

impl Carry for Doomed {
    fn carry<'a>(&'a self, owed: &'a Owed) -> Carrying<'a> {
        Box::pin(async {
            if self.step == Step::Read {
                return self.ends().await;
            }
            let verdict = self.carrier.carry(owed).await;
            match self.step {
                Step::Answered => self.ends().await,
                Step::Recording => {
                    self.ledger.stop();
                    verdict
                }
                Step::Read | Step::Sent | Step::Recorded => verdict,
            }
        })
    }

    fn refuse<'a>(&'a self, refusal: &'a Refusal) -> Carrying<'a> {
        self.carrier.refuse(refusal)
    }

    fn words(&self) -> Words {
        self.carrier.words()
    }
}

fn carrier(register: &Register, clock: &ManualClock) -> Carrier {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let [endpoint] = register.endpoints() else {
        panic!("one endpoint")
    };
    let settings = DeliverSettings::default();
    let carrier = Carrier::open(endpoint, &settings, Generation::default(), &clock);
    carrier.expect("its files are in order")
}

fn courier(world: &World, register: &Register, carry: Arc<dyn Carry>) -> Courier {
    let [endpoint] = register.endpoints() else {
        panic!("one endpoint")
    };
    let party = register.party(&endpoint.party).expect("a party");
    let route = Route {
        party: party.id.clone(),
        codes: party.codes.clone(),
        kind: endpoint.kind.as_str(),
        later_may_pass: false,
        concurrent_max: 4,
    };
    Courier::new(
        Arc::clone(&world.ledger),
        Arc::new(world.clock.clone()),
        carry,
        route,
        DeliverSettings::default(),
        7,
    )
}

/// How often each message was recorded as brought, of those that were taken.
fn recorded(world: &World) -> Vec<(MessageId, usize)> {
    let mut records: Vec<(MessageId, usize)> = Vec::new();
    for event in world.events() {
        if let Event::Received(received) = event {
            records.push((received.message, 0));
        } else if let Event::Acknowledged(event) = event {
            assert!(event.over.is_some());
            let mut known = records.iter_mut();
            let (_, count) = known
                .find(|(message, _)| *message == event.message)
                .expect("it was taken");
            *count += 1;
        }
    }
    records
}

/// Kills it at this step of the first of two messages of a pair, and starts it anew. `comes`: how often the first one then came in all.
async fn is_killed(wire: Wire, step: Step, comes: usize) {
    let world = World::on(Store::on_disk());
    let mut endpoint = Endpoint::start(wire, world.clock.now());
    let (party, bericht) = match wire {
        Wire::Ggk => ("gemeente-a", "JW305"),
        Wire::Vsp => ("zorg-a", "JW301"),
    };
    let source = Source {
        name: "parties.toml".to_owned(),
        bytes: format!("{PARTIES}{}", endpoint.lines(party, "")).into_bytes(),
    };
    let register = Register::load(vec![source]).expect("a register");
    let mut sent = Vec::new();
    for id in ["1", "2"] {
        sent.push(world.sent(bericht, GEMEENTE_A, ZORG_A, id).await.id);
    }
    if step == Step::Sent {
        endpoint.fails(Some(Fault::Hangs)).await;
    }
    let (reached, holders) = (Arc::new(Notify::new()), Arc::strong_count(&world.ledger));
    let doomed = Doomed {
        carrier: carrier(&register, &world.clock),
        step,
        ledger: Arc::clone(&world.ledger),
        reached: Arc::clone(&reached),
    };
    let mut before = courier(&world, &register, Arc::new(doomed));
    let changed = endpoint.changed();
    let asked = async {
        match step {
            Step::Sent => {
                while endpoint.hanging() == 0 {
                    changed.notified().await;
                }
            }
            Step::Recorded => {
                while recorded(&world)[0].1 == 0 {
                    tokio::task::yield_now().await;
                }
            }
            Step::Read | Step::Answered | Step::Recording => reached.notified().await,
        }
    };
    tokio::select! {
        _ = before.until_idle() => {
            assert!(matches!(step, Step::Recording | Step::Recorded), "{step:?}");
        }
        () = asked => {}
    }
    drop(before);
    while Arc::strong_count(&world.ledger) > holders {
        tokio::task::yield_now().await;
    }
    let done = usize::from(step == Step::Recorded);
    assert_eq!(recorded(&world)[0], (sent[0], done), "{step:?}");

    let world = world.again();
    endpoint.fails(None).await;
    let carrier = Arc::new(carrier(&register, &world.clock));
    let mut after = courier(&world, &register, carrier);
    assert_eq!(after.until_idle().await, None);
    let inbox = endpoint.inbox();
    inbox.same_number_same_bytes();
    let numbers = sent.iter().map(|id| match wire {
        Wire::Ggk => ggk_number(*id, None),
        Wire::Vsp => vsp_number(*id, None),
    });
    let numbers: Vec<String> = numbers.collect();
    let came = |number: &String| {
        inbox
            .0
            .iter()
            .filter(|one| one.letter.number == *number)
            .count()
    };
    assert_eq!(came(&numbers[0]), comes, "{step:?}");
    let firsts: Vec<Vec<String>> = inbox.firsts().into_values().collect();
    assert_eq!(firsts, [numbers], "in order");
    let records: Vec<(MessageId, usize)> = sent.iter().map(|id| (*id, 1)).collect();
    assert_eq!(recorded(&world), records, "delivered once each");
    assert!(world.waiting(party).await.is_empty());
}

#[tokio::test]
async fn a_kill_before_the_message_is_sent_loses_nothing() {
    is_killed(Wire::Ggk, Step::Read, 1).await;
    is_killed(Wire::Vsp, Step::Read, 1).await;
}

#[tokio::test]
async fn a_kill_before_the_message_is_answered_brings_it_once_more_the_same() {
    is_killed(Wire::Ggk, Step::Sent, 2).await;
    is_killed(Wire::Vsp, Step::Sent, 2).await;
}

#[tokio::test]
async fn a_kill_before_the_answer_is_recorded_brings_it_once_more_the_same() {
    is_killed(Wire::Ggk, Step::Answered, 2).await;
    is_killed(Wire::Vsp, Step::Answered, 2).await;
}

#[tokio::test]
async fn a_kill_while_the_answer_is_recorded_brings_it_once_more_the_same() {
    is_killed(Wire::Ggk, Step::Recording, 2).await;
    is_killed(Wire::Vsp, Step::Recording, 2).await;
}

#[tokio::test]
async fn a_kill_after_the_answer_is_recorded_brings_it_no_more() {
    is_killed(Wire::Ggk, Step::Recorded, 1).await;
    is_killed(Wire::Vsp, Step::Recorded, 1).await;
}
