//! Who is next: pure bookkeeping of what is handed out and of who waits for it, in one line a party. Nothing here waits, and nothing knows what is handed out.
//!
//! **By bytes** (start-time fair queueing): the line that was served the fewest bytes is next, and one that begins to wait stands where those are that wait
//! already: it neither gets back what it left to others nor pays for what it had while nobody waited. So of two parties that both wait, each is served until it
//! leads by one request, and over any time in which both wait their bytes differ by at most the largest request of the one and of the other.
//!
//! **By what is held**: the line of the party that holds the least is next, so that nobody gets more than an even share while another has less and waits.
//!
//! What does not fit yet is waited for. Others that do fit pass it, all together for as many bytes as it waits for itself; after that nothing passes it any
//! more, and what is given back adds up for it. What waits only because its own party holds its whole share holds up, after as much, its own party alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Want {
    /// Units of what is handed out.
    pub(crate) units: u64,
    /// Units that its party may hold together with these.
    pub(crate) share: u64,
    /// What its turn costs.
    pub(crate) bytes: u64,
    /// It goes before others of its own party: somebody waits for it already, or it ends what was begun.
    pub(crate) first: bool,
}

/// What a request is short of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Short {
    /// Its party holds its share.
    Share,
    /// All of it is handed out, or waited for.
    All,
}

/// What decides whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The bytes that a party was served while others waited.
    Bytes,
    /// The units that it holds.
    Held,
}

/// A request in the queue.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(super) party: Arc<str>,
    pub(super) units: u64,
    key: Key,
}

/// The order in one line: whether it goes behind those that go first, and when it came.
type Key = (bool, u64);
/// The order of lines: by rank, among equals the party that holds less, and then the one that has waited longest for its turn.
type Turn = (u64, u64, u64, Arc<str>);

/// The account of what is handed out, and those who wait for it, each with something to tell it by.
#[derive(Debug)]
pub(super) struct Queue<T> {
    units: u64,
    free: u64,
    by: By,
    /// How much a line was served that always had something to serve.
    now: u64,
    lines: BTreeMap<Arc<str>, Line<T>>,
    /// The lines in which somebody waits.
    turns: BTreeSet<Turn>,
    waiting: usize,
    count: u64,
}

#[derive(Debug)]
struct Line<T> {
    held: u64,
    /// Bytes, on the scale of [`Queue::now`].
    served: u64,
    /// Since when it waits for its turn, as a count.
    since: u64,
    waiting: BTreeMap<Key, Waiter<T>>,
}

#[derive(Debug)]
struct Waiter<T> {
    want: Want,
    /// Bytes that may still pass it.
    patience: u64,
    tell: T,
}

/// One whose turn it is, and those that it passes.
struct Next {
    party: Arc<str>,
    key: Key,
    passed: Vec<(Arc<str>, Key)>,
    /// Somebody is passed for want of room, whose turn it was.
    is_early: bool,
}

impl<T> Line<T> {
    fn new() -> Self {
        Self {
            held: 0,
            served: 0,
            since: 0,
            waiting: BTreeMap::new(),
        }
    }

    fn has_share_for(&self, units: u64, share: u64) -> bool {
        self.held.saturating_add(units) <= share
    }
}

impl<T> Queue<T> {
    pub(super) fn new(units: u64, by: By) -> Self {
        Self {
            units,
            free: units,
            by,
            now: 0,
            lines: BTreeMap::new(),
            turns: BTreeSet::new(),
            waiting: 0,
            count: 0,
        }
    }

    /// The name of a party, shared with its line where it has one.
    pub(super) fn name(&self, party: &str) -> Arc<str> {
        match self.lines.get_key_value(party) {
            Some((name, _)) => Arc::clone(name),
            None => Arc::from(party),
        }
    }

    pub(super) fn held(&self) -> u64 {
        self.units - self.free
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(super) fn of(&self, party: &str) -> super::Stand {
        self.lines
            .get(party)
            .map_or_else(Default::default, |line| super::Stand {
                held: line.held,
                waiting: line.waiting.len(),
            })
    }

    pub(super) fn short(&self, party: &str, want: &Want) -> Short {
        let held = self.lines.get(party).map_or(0, |line| line.held);
        if held.saturating_add(want.units) > want.share {
            Short::Share
        } else {
            Short::All
        }
    }

    /// Hands it out at once, when nobody waits. `false`: it has to wait.
    pub(super) fn take(&mut self, party: &Arc<str>, want: &Want) -> bool {
        if self.waiting > 0 || want.units > self.free {
            return false;
        }
        let line = self.line(party);
        if !line.has_share_for(want.units, want.share) {
            return false;
        }
        line.held += want.units;
        self.free -= want.units;
        true
    }

    /// Puts it in the line of its party.
    pub(super) fn join(&mut self, party: Arc<str>, want: Want, tell: T) -> Ticket {
        let count = self.tick();
        let now = self.now;
        let key = (!want.first, count);
        let line = self.line(&party);
        let was_empty = line.waiting.is_empty();
        line.waiting.insert(
            key,
            Waiter {
                want,
                patience: want.bytes,
                tell,
            },
        );
        if was_empty {
            line.served = line.served.max(now);
            line.since = count;
            self.stand(&party);
        }
        self.waiting += 1;
        Ticket {
            party,
            units: want.units,
            key,
        }
    }

    /// Takes it out of its line. `false`: it does not wait any more.
    pub(super) fn leave(&mut self, ticket: &Ticket) -> bool {
        self.unstand(&ticket.party);
        let line = self.line(&ticket.party);
        let was_there = line.waiting.remove(&ticket.key).is_some();
        self.stand(&ticket.party);
        self.tidy(&ticket.party);
        self.waiting -= usize::from(was_there);
        was_there
    }

    /// Hands it out to the next whose turn it is and for whom there is room.
    pub(super) fn next(&mut self) -> Option<T> {
        let Next {
            party,
            key,
            passed,
            is_early,
        } = self.choose()?;
        self.unstand(&party);
        let (count, now) = (self.tick(), self.now);
        let line = self.lines.get_mut(&party)?;
        let Waiter { want, tell, .. } = line.waiting.remove(&key)?;
        line.held += want.units;
        let begins = line.served.max(now);
        line.served = begins.saturating_add(want.bytes);
        line.since = count;
        if !is_early {
            self.now = begins;
        }
        self.free -= want.units;
        self.waiting -= 1;
        self.stand(&party);
        for (party, key) in passed {
            let line = self.lines.get_mut(&party);
            if let Some(waiter) = line.and_then(|line| line.waiting.get_mut(&key)) {
                waiter.patience = waiter.patience.saturating_sub(want.bytes);
            }
        }
        Some(tell)
    }

    /// Hands out more to one that has some, if there is room, whoever waits: those who wait are waiting for its end. Its turn costs a byte a unit more. Err: there
    /// is none.
    pub(super) fn grow(&mut self, party: &Arc<str>, more: u64, share: u64) -> Result<(), Short> {
        let free = self.free;
        let line = self.line(party);
        if !line.has_share_for(more, share) {
            return Err(Short::Share);
        }
        if more > free {
            return Err(Short::All);
        }
        self.unstand(party);
        let is_waited = self.waiting > 0;
        let line = self.line(party);
        line.held += more;
        if is_waited {
            line.served = line.served.saturating_add(more);
        }
        self.free -= more;
        self.stand(party);
        Ok(())
    }

    /// Takes back what was handed out.
    pub(super) fn give_back(&mut self, party: &Arc<str>, units: u64) {
        self.unstand(party);
        let line = self.line(party);
        line.held = line.held.saturating_sub(units);
        self.free = self.free.saturating_add(units).min(self.units);
        self.stand(party);
        self.tidy(party);
    }

    /// One pass over those that wait, in the order of their turns, up to the first for whom there is room.
    fn choose(&self) -> Option<Next> {
        if self.free == 0 {
            return None;
        }
        // Those before whom it was too early, and the least that one of them lets pass.
        let mut passed = Vec::new();
        let mut patience = u64::MAX;
        for (.., party) in &self.turns {
            let line = self.lines.get(party)?;
            let mut passed_own = Vec::new();
            let mut patience_own = u64::MAX;
            for (key, waiter) in &line.waiting {
                let Want {
                    units,
                    share,
                    bytes,
                    ..
                } = waiter.want;
                if !line.has_share_for(units, share) {
                    passed_own.push((Arc::clone(party), *key));
                    patience_own = patience_own.min(waiter.patience);
                } else if units > self.free {
                    passed.push((Arc::clone(party), *key));
                    patience = patience.min(waiter.patience);
                } else if bytes > patience {
                    return None;
                } else if bytes > patience_own {
                    break;
                } else {
                    let is_early = !passed.is_empty();
                    passed.append(&mut passed_own);
                    return Some(Next {
                        party: Arc::clone(party),
                        key: *key,
                        passed,
                        is_early,
                    });
                }
            }
        }
        None
    }

    fn line(&mut self, party: &Arc<str>) -> &mut Line<T> {
        self.lines
            .entry(Arc::clone(party))
            .or_insert_with(Line::new)
    }

    fn turn(&self, party: &Arc<str>) -> Option<Turn> {
        let line = self.lines.get(party)?;
        let rank = match self.by {
            By::Bytes => line.served,
            By::Held => line.held,
        };
        (!line.waiting.is_empty()).then(|| (rank, line.held, line.since, Arc::clone(party)))
    }

    /// Puts a line in the order of turns, if somebody waits in it.
    fn stand(&mut self, party: &Arc<str>) {
        let turn = self.turn(party);
        self.turns.extend(turn);
    }

    /// Takes a line out of the order of turns, before anything of it changes.
    fn unstand(&mut self, party: &Arc<str>) {
        if let Some(turn) = self.turn(party) {
            self.turns.remove(&turn);
        }
    }

    /// Forgets a line that says nothing any more.
    fn tidy(&mut self, party: &Arc<str>) {
        let now = self.now;
        let is_over =
            |line: &Line<T>| line.held == 0 && line.waiting.is_empty() && line.served <= now;
        if self.lines.get(party).is_some_and(is_over) {
            self.lines.remove(party);
        }
    }

    fn tick(&mut self) -> u64 {
        self.count += 1;
        self.count
    }
}
