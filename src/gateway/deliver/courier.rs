//! The courier of one endpoint: reads what is owed over it, tries each message when its turn comes, and records what became of it. Every endpoint has a
//! courier of its own, so none waits for another.
//!
//! What is owed is the mailbox itself, so a start after a kill goes on where the journal stands: what was taken and not yet recorded is brought once more, the
//! same. To whom messages are brought, since when and with which words is recorded whenever it changes, so that both go on over a start: see
//! [`Event::Brings`](crate::ledger::Event::Brings). How often something was tried, and since when the endpoint fails, is kept in memory only.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::attempt::{Attempt, Done};
use super::pace::{Breaker, Chance, Leave};
use super::queue::{Queue, Turn, Way};
use super::room::{Room, Seat};
use super::settings::DeliverSettings;
use super::{Carry, Reason};
use crate::clock::{Clock, day_of};
use crate::ledger::{self, Brings, Brought, Ledger, LedgerError, Listener};
use crate::register::{Held, PartyCode, PartyId};

/// Rows of a mailbox that are read at once.
const STEP: usize = 1000;
/// How often a courier looks by itself where a code becomes its party's on a later day. Nothing else happens without a bell, so others do not.
const LOOK_EVERY: Duration = Duration::from_mins(10);
/// How long what is under way may take to end when the gateway stops.
const DRAIN: Duration = Duration::from_secs(10);
/// How long after a failure of ours a message is tried again.
const AFTER_OURS: Duration = Duration::from_secs(30);

/// Whose messages a courier brings, and how.
#[derive(Debug, Clone)]
pub struct Route {
    /// Whose endpoint it is.
    pub party: PartyId,
    /// The codes whose mailboxes it brings.
    pub codes: Vec<Held<PartyCode>>,
    /// Kind of the endpoint, as records name it.
    pub kind: &'static str,
    /// Whether later messages of a pair may pass one that is stuck.
    pub later_may_pass: bool,
    /// Messages under way at the same time.
    pub concurrent_max: usize,
}

/// How an endpoint stands, for figures and health.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Tries that failed since the last one that was taken.
    pub failures: u64,
    /// Code of the last failure.
    pub failure: Option<String>,
    /// Whether it is left alone for now.
    pub rests: bool,
    /// When it last took a message.
    pub took: Option<Timestamp>,
}

/// Brings messages to one endpoint.
#[derive(Debug)]
pub struct Courier {
    ledger: Arc<Ledger>,
    clock: Arc<dyn Clock>,
    carry: Arc<dyn Carry>,
    route: Route,
    settings: DeliverSettings,
    chance: Chance,
    listener: Arc<Listener>,
    queue: Queue,
    breaker: Breaker,
    /// From where on each mailbox is to be read.
    read: BTreeMap<PartyCode, u64>,
    /// From where on refusals are to be read, by who is told.
    read_refusals: BTreeMap<String, u64>,
    /// What is recorded of its endpoint, once it is.
    brought: Arc<Brought>,
    /// What was recorded before this position may have been tried before, and of that no count is kept.
    tried_below: u64,
    seat: Arc<Seat>,
    looked: Option<Duration>,
    /// Whether a code becomes the party's on a day after that on which it looked last.
    awaits_a_day: bool,
    under_way: JoinSet<Done>,
    turns: HashMap<Id, Turn>,
    standing: Arc<Mutex<Standing>>,
}

/// When [`Courier::go`] ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    Stopped,
    /// Nothing is under way, and nothing may be tried now.
    Idle,
}

impl Courier {
    /// One that brings what stands in the mailboxes of the route's codes. Equal seeds give equal waits.
    pub fn new(
        ledger: Arc<Ledger>,
        clock: Arc<dyn Clock>,
        carry: Arc<dyn Carry>,
        route: Route,
        settings: DeliverSettings,
        seed: u64,
    ) -> Self {
        let listener = Arc::new(Listener::default());
        for held in &route.codes {
            ledger.bell.listen(held.what.as_str(), &listener);
        }
        ledger.bell.listen(route.party.as_str(), &listener);
        Self {
            queue: Queue::new(route.later_may_pass),
            chance: Chance::of(seed).among(route.party.as_str()),
            breaker: Breaker::default(),
            read: BTreeMap::new(),
            read_refusals: BTreeMap::new(),
            brought: Arc::default(),
            tried_below: 0,
            seat: Arc::new(Seat::of(&Room::of(&settings))),
            looked: None,
            awaits_a_day: true,
            under_way: JoinSet::new(),
            turns: HashMap::new(),
            standing: Arc::default(),
            ledger,
            clock,
            carry,
            route,
            settings,
            listener,
        }
    }

    /// It shares this memory for what is under way with the couriers of other endpoints.
    #[must_use]
    pub(super) fn sharing(mut self, room: &Room) -> Self {
        self.seat = Arc::new(Seat::of(room));
        self
    }

    /// How the endpoint stands, kept up to date.
    pub fn standing(&self) -> Arc<Mutex<Standing>> {
        Arc::clone(&self.standing)
    }

    /// Brings messages until it is told to stop; then what is under way may end.
    pub async fn run(mut self, stop: CancellationToken) {
        self.go(Until::Stopped, &stop).await;
        let drained = async {
            while let Some(done) = self.under_way.join_next_with_id().await {
                self.absorb(done);
            }
        };
        // What did not end is brought once more after the next start.
        let _ = tokio::time::timeout(DRAIN, drained).await;
    }

    /// Brings everything that may be tried now. Gives when, by [`Clock::elapsed`], the next try is due; `None`: nothing waits. For who drives the
    /// clock himself.
    pub async fn until_idle(&mut self) -> Option<Duration> {
        self.go(Until::Idle, &CancellationToken::new()).await
    }

    async fn go(&mut self, until: Until, stop: &CancellationToken) -> Option<Duration> {
        loop {
            // Who is told to stop before he began begins nothing: another may be at it already.
            if stop.is_cancelled() {
                return self.due();
            }
            let now = self.clock.elapsed();
            if self.listener.is_again() {
                self.read_anew();
            }
            let old = self
                .looked
                .is_none_or(|looked| now.saturating_sub(looked) >= LOOK_EVERY);
            let mut failed = false;
            if (old || until == Until::Idle)
                && let Err(error) = self.look().await
            {
                tracing::error!(party = %self.route.party, code = error.code(), %error, "what is owed cannot be read; it is read again");
                self.looked = None;
                failed = true;
            }
            let longest = if failed {
                Some(AFTER_OURS)
            } else {
                self.awaits_a_day.then_some(LOOK_EVERY)
            };
            self.begin(now);
            let due = self.due();
            if until == Until::Idle && self.under_way.is_empty() {
                return due;
            }
            // What cannot begin before something comes back is not waited for by the clock.
            let wait = due.filter(|_| self.has_room(now));
            let wait = wait.map(|due| due.saturating_sub(now));
            let wait = wait.into_iter().chain(longest).min();
            tokio::select! {
                biased;
                () = stop.cancelled() => return due,
                Some(done) = self.under_way.join_next_with_id() => self.absorb(done),
                () = self.listener.rung() => self.looked = None,
                () = tokio::time::sleep(wait.unwrap_or_default()), if until == Until::Stopped && wait.is_some() => {}
            }
        }
    }

    /// Everything is read once more; what is under way goes on. What was read may have been tried, as often as is forgotten here.
    fn read_anew(&mut self) {
        let read = self.read.values().copied().max();
        self.tried_below = self.tried_below.max(read.unwrap_or_default());
        self.queue.forget();
        self.read.clear();
        self.read_refusals.clear();
        self.looked = None;
    }

    /// Whether a try may begin before one that is under way comes back.
    fn has_room(&self, now: Duration) -> bool {
        let idle = self.under_way.is_empty();
        let room = self.under_way.len() < self.route.concurrent_max;
        match self.breaker.leave(now) {
            Leave::All => room,
            Leave::One => idle,
            Leave::None(until) => until > now,
        }
    }

    /// When the next message may be tried.
    fn due(&self) -> Option<Duration> {
        let due = self.queue.due()?;
        match self.breaker.leave(self.clock.elapsed()) {
            Leave::All | Leave::One => Some(due),
            Leave::None(until) => Some(due.max(until)),
        }
    }

    /// Reads what has come into the mailboxes since the last look.
    async fn look(&mut self) -> Result<(), LedgerError> {
        self.looked = Some(self.clock.elapsed());
        let today = day_of(self.clock.now());
        let comes = |held: &Held<PartyCode>| held.period.from.is_some_and(|from| from > today);
        self.awaits_a_day = self.route.codes.iter().any(comes);
        let codes: Vec<PartyCode> = self
            .route
            .codes
            .iter()
            .filter(|held| held.period.contains(today))
            .map(|held| held.what)
            .collect();
        let told = codes.iter().map(ToString::to_string);
        let told: Vec<String> = told.chain([self.route.party.to_string()]).collect();
        self.recorded(&told).await?;
        let tells = self.carry.tells_refusals();
        for to in told.into_iter().filter(|_| tells) {
            let from = self.read_refusals.get(&to).copied().unwrap_or_default();
            let (ledger, of) = (Arc::clone(&self.ledger), to.clone());
            let brought = Arc::clone(&self.brought);
            let (positions, next, more) = ledger::blocking(move || {
                let (positions, next) = ledger.returns_whole(&of, from, STEP)?;
                let more = positions.len() == STEP;
                let mut told = Vec::with_capacity(positions.len());
                for position in positions {
                    if !is_untold(&ledger, &brought, &of, position)? {
                        told.push(position);
                    }
                }
                Ok((told, next, more))
            })
            .await?;
            if more {
                // The rest at the next look, which is at once.
                self.listener.ring();
            }
            for position in positions {
                self.queue.add(Way::Refusals(to.clone()), position);
            }
            self.read_refusals.insert(to, next);
        }
        for code in codes {
            loop {
                let from = self.read.get(&code).copied().unwrap_or_default();
                let ledger = Arc::clone(&self.ledger);
                let (rows, next) = ledger::blocking(move || {
                    let (rows, next) = ledger.waiting_whole(&code, from, STEP)?;
                    let mut owed = Vec::with_capacity(rows.len());
                    for row in &rows {
                        if ledger.halted_at(code.as_str(), row.position)?.is_none() {
                            owed.push((row.maker.clone(), row.position));
                        }
                    }
                    Ok(((owed, rows.len() == STEP), next))
                })
                .await?;
                self.read.insert(code, next);
                let (rows, more) = rows;
                for (maker, position) in rows {
                    if let Ok(maker) = maker.parse() {
                        let way = Way::Messages {
                            receiver: code,
                            maker,
                        };
                        self.queue.add(way, position);
                    }
                }
                if !more {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Sees to it that to whom messages are brought, and with which words, is recorded before anything is tried.
    async fn recorded(&mut self, told: &[String]) -> Result<(), LedgerError> {
        let now = Brings {
            party: self.route.party.to_string(),
            endpoint: Some(self.route.kind.to_owned()),
            to: told.to_vec(),
            words: Some(self.carry.words()),
        };
        if self.brought.now() == Some(&now) {
            return Ok(());
        }
        let is_first = self.brought.now().is_none();
        let (ledger, party) = (Arc::clone(&self.ledger), now.party.clone());
        let read = move || Ok((ledger.brought(&party)?, ledger.views.position()?));
        let (before, position) = ledger::blocking(read.clone()).await?;
        if is_first && before.now().is_some() {
            self.tried_below = position.0;
        }
        if before.now() == Some(&now) {
            self.brought = Arc::new(before);
        } else {
            ledger::bring(&self.ledger, now).await?;
            let (after, _) = ledger::blocking(read).await?;
            if !is_first {
                // A refusal that was not told may be told otherwise.
                self.read_anew();
            }
            self.brought = Arc::new(after);
        }
        Ok(())
    }

    /// Begins as many tries as may be under way.
    fn begin(&mut self, now: Duration) {
        let standing = self.standing.lock();
        let standing = standing.unwrap_or_else(PoisonError::into_inner);
        let in_doubt = standing.failure.is_some();
        drop(standing);
        while self.under_way.len() < self.route.concurrent_max {
            let leave = self.breaker.leave(now);
            if matches!(leave, Leave::None(_))
                || (leave == Leave::One && !self.under_way.is_empty())
            {
                return;
            }
            let Some(turn) = self.queue.next(now) else {
                return;
            };
            if leave == Leave::One {
                self.breaker.probe();
            }
            let attempt = Attempt {
                ledger: Arc::clone(&self.ledger),
                clock: Arc::clone(&self.clock),
                carry: Arc::clone(&self.carry),
                route: self.route.clone(),
                give_up_after: SignedDuration::from_hours(i64::from(self.settings.give_up_after_h)),
                brought: Arc::clone(&self.brought),
                tried_below: self.tried_below,
                seat: Arc::clone(&self.seat),
                in_doubt,
                turn: turn.clone(),
            };
            let task = self.under_way.spawn(attempt.made());
            self.turns.insert(task.id(), turn);
        }
    }

    /// Takes back what was under way.
    fn absorb(&mut self, done: Result<(Id, Done), JoinError>) {
        let (id, done) = match done {
            Ok((id, done)) => (id, done),
            Err(error) => {
                metrics::counter!("knooppunt_bugs_total").increment(1);
                tracing::error!(party = %self.route.party, "bringing a message ended in a bug; it is tried again");
                (error.id(), Done::Ours("bug"))
            }
        };
        let Some(turn) = self.turns.remove(&id) else {
            return;
        };
        let now = self.clock.elapsed();
        let outcome = match &done {
            Done::Delivered => "delivered",
            Done::Dead { .. } => "dead",
            Done::Gone => "gone",
            Done::Again(_) => "again",
            Done::Ours(_) => "ours",
        };
        metrics::counter!("knooppunt_deliveries_total", "party" => self.route.party.to_string(), "outcome" => outcome)
            .increment(1);
        match done {
            Done::Delivered => {
                self.queue.done(&turn.way);
                if self.breaker.succeeded() {
                    tracing::info!(party = %self.route.party, "the endpoint takes messages again");
                    self.queue.hasten(now);
                }
                let at = self.clock.now();
                self.stands(|standing| {
                    *standing = Standing {
                        took: Some(at),
                        ..Standing::default()
                    }
                });
            }
            Done::Dead { refused: None } | Done::Gone => {
                self.queue.done(&turn.way);
                self.breaker.unproven();
            }
            Done::Dead {
                refused: Some(reason),
            } => {
                self.queue.done(&turn.way);
                self.failed(now, &reason);
            }
            Done::Again(reason) => {
                let tries = turn.tries.saturating_add(1);
                let wait = self
                    .chance
                    .again_after(&self.settings, turn.position, tries);
                self.queue.again(turn, now.saturating_add(wait));
                self.failed(now, &reason);
            }
            Done::Ours(code) => {
                tracing::error!(party = %self.route.party, code, "a message was not brought by a fault of ours; it is tried again");
                self.queue.again(turn, now.saturating_add(AFTER_OURS));
                self.breaker.unproven();
            }
        }
    }

    fn failed(&mut self, now: Duration, reason: &Reason) {
        if self.breaker.failed(&self.settings, self.chance, now) {
            tracing::warn!(party = %self.route.party, %reason, "the endpoint fails and is left alone for a while");
        }
        let rests = self.breaker.rests();
        self.stands(|standing| {
            standing.failures += 1;
            standing.failure = Some(reason.to_string());
            standing.rests = rests;
        });
    }

    fn stands(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.standing.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Whether a refusal is not told any more at the endpoint, as it is spoken to now.
pub(super) fn is_untold(
    ledger: &Ledger,
    brought: &Brought,
    to: &str,
    position: u64,
) -> Result<bool, LedgerError> {
    let halted = ledger.halted_at(to, position)?;
    Ok(halted.is_some_and(|halted| brought.changed().is_none_or(|at| halted.at >= at)))
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.ledger.bell.hush(&self.listener);
    }
}
