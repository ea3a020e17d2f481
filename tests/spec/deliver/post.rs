//! The post of one party in simulated time: its endpoint, its courier, and rounds of that, each until there is nothing to do for it now or all that it does
//! hangs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use knooppunt::clock::{Clock, ManualClock};
use knooppunt::deliver::{Carrier, Courier, DeliverSettings, Route, Standing, Verdict};
use knooppunt::envelope::tables::Generation;
use knooppunt::register::{Register, Source};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use super::watched::{Call, Watched};
use crate::endpoint::Endpoint;
use crate::endpoint::wire::Wire;
use crate::world::World;

/// How long a call may take where the register says nothing, and a little: timers of the runtime count whole milliseconds.
const TIMEOUT: Duration = Duration::from_millis(30_002);

/// The post of a party.
pub(super) struct Post {
    pub(super) party: &'static str,
    pub(super) endpoint: Endpoint,
    pub(super) watched: Arc<Watched>,
    /// Its messages by pair of parties, as numbers on the wire, in the order in which they were taken by the gateway.
    pub(super) sent: BTreeMap<(String, String), Vec<String>>,
    register: Register,
    settings: DeliverSettings,
    clock: ManualClock,
    changed: Arc<Notify>,
    driver: Driver,
    next: Next,
}

/// A courier that goes a round when it is told to.
struct Driver {
    standing: Arc<Mutex<Standing>>,
    go: mpsc::UnboundedSender<()>,
    idle: mpsc::UnboundedReceiver<Option<Duration>>,
    task: JoinHandle<()>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// When the next round is.
#[derive(Clone, Copy)]
enum Next {
    /// When something is due; `None`: when something new comes.
    At(Option<Duration>),
    /// It is still under way: so many calls had begun when all that were under way hung, and by then they have ended.
    Hangs { until: Duration, begun: usize },
}

impl Post {
    /// Of a party of `parties`, with an endpoint that is well; `more` are lines of that.
    pub(super) fn new(
        world: &World,
        parties: &str,
        party: &'static str,
        wire: Wire,
        more: &str,
        settings: DeliverSettings,
    ) -> Self {
        let endpoint = Endpoint::start(wire, world.clock.now());
        let source = Source {
            name: "parties.toml".to_owned(),
            bytes: format!("{parties}{}", endpoint.lines(party, more)).into_bytes(),
        };
        let register = Register::load(vec![source]).expect("a register");
        let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
        let [of_register] = register.endpoints() else {
            panic!("one endpoint")
        };
        let carrier = Carrier::open(of_register, &settings, Generation::default(), &clock);
        let changed = endpoint.changed();
        let watched = Watched::new(
            carrier.expect("its files are in order"),
            &world.clock,
            Arc::clone(&changed),
        );
        let driver = Driver::new(world, &register, &watched, &settings);
        Self {
            party,
            endpoint,
            watched,
            sent: BTreeMap::new(),
            register,
            settings,
            clock: world.clock.clone(),
            changed,
            driver,
            next: Next::At(None),
        }
    }

    /// A courier of its own in place of the one before, as after a start: what was under way is forgotten.
    pub(super) async fn begins_anew(&mut self, world: &World) {
        self.driver.task.abort();
        let _ = (&mut self.driver.task).await;
        self.driver = Driver::new(world, &self.register, &self.watched, &self.settings);
        self.next = Next::At(Some(self.clock.elapsed()));
    }

    /// When its next round is to be; `None`: when something new comes.
    pub(super) fn due(&self) -> Option<Duration> {
        match self.next {
            Next::At(due) => due,
            Next::Hangs { until, .. } => Some(until),
        }
    }

    /// A round, unless the one before is still under way.
    pub(super) async fn round(&mut self) {
        let now = self.clock.elapsed();
        match self.next {
            Next::At(_) => self.driver.go.send(()).expect("it goes rounds"),
            Next::Hangs { until, .. } if now < until => return,
            Next::Hangs { begun, .. } => {
                while self.watched.counts().1 < begun {
                    self.changed.notified().await;
                }
            }
        }
        loop {
            let (begun, ended) = self.watched.counts();
            if begun > ended && self.endpoint.hanging() == begun - ended {
                let until = now + TIMEOUT;
                self.next = Next::Hangs { until, begun };
                return;
            }
            tokio::select! {
                biased;
                due = self.driver.idle.recv() => {
                    self.next = Next::At(due.expect("it goes rounds"));
                    return;
                }
                () = self.changed.notified() => {}
            }
        }
    }

    pub(super) fn standing(&self) -> Standing {
        self.driver.standing.lock().expect("no panic").clone()
    }

    /// Calls that began from this moment on.
    pub(super) fn calls_since(&self, moment: Duration) -> Vec<Call> {
        let mut calls = self.watched.calls();
        calls.retain(|call| call.began >= moment);
        calls
    }

    /// Panics unless the endpoint has every message: confirmed once and not brought after that, always the same, and of each pair of parties in order.
    pub(super) fn has_all_once_each_in_order(&self) {
        let inbox = self.endpoint.inbox();
        inbox.same_number_same_bytes();
        inbox.nothing_comes_after_its_confirmation();
        for order in [inbox.firsts(), inbox.kept(), inbox.confirmed()] {
            assert_eq!(order, self.sent, "what {} has", self.party);
        }
        let calls = self.watched.calls();
        let taken = |call: &&Call| {
            let ended = call.ended.as_ref();
            ended.is_some_and(|ended| ended.verdict == Verdict::Taken { confirmed: true })
        };
        let sent: usize = self.sent.values().map(Vec::len).sum();
        assert_eq!(calls.iter().filter(taken).count(), sent);
    }
}

impl Driver {
    fn new(
        world: &World,
        register: &Register,
        watched: &Arc<Watched>,
        settings: &DeliverSettings,
    ) -> Self {
        let [endpoint] = register.endpoints() else {
            panic!("one endpoint")
        };
        let party = register.party(&endpoint.party).expect("a party");
        let route = Route {
            party: party.id.clone(),
            codes: party.codes.clone(),
            kind: endpoint.kind.as_str(),
            later_may_pass: endpoint.later_may_pass,
            concurrent_max: usize::try_from(endpoint.concurrent_max).expect("few"),
        };
        let mut courier = Courier::new(
            Arc::clone(&world.ledger),
            Arc::new(world.clock.clone()),
            Arc::clone(watched) as _,
            route,
            settings.clone(),
            7,
        );
        let standing = courier.standing();
        let (go, mut goes) = mpsc::unbounded_channel();
        let (tells, idle) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Some(()) = goes.recv().await {
                if tells.send(courier.until_idle().await).is_err() {
                    return;
                }
            }
        });
        Self {
            standing,
            go,
            idle,
            task,
        }
    }
}
