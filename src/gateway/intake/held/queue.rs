//! What is to be judged again, by scope and in turn: what waited for something that was settled, what asks for a decision under an allocation that changed, or
//! all of a scope. In memory: at a start all is to be judged again, and from then on it is known here what waits for what.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use knooppunt_standard::history::Pseudonym;
use tokio::sync::Notify;

use crate::ledger::MessageId;

/// A scope by its name in the views.
type Scope = [u8; 16];

/// Most pairs of what waits and what it waits for that are remembered of one scope. Beyond it all that waits there is judged again, and they are noted anew:
/// without those of what waits no longer they are half as many at most, since no more than 500 messages of a scope are waited for.
const PAIRS_MAX: usize = 250_000;

/// Most allocations that are remembered of one scope as changed. Beyond it all that waits there is judged again.
const ALLOCATIONS_MAX: usize = 10_000;

/// Scopes in which something is to be judged again, in turn: one in which much waits does not hold up the others.
#[derive(Debug, Default)]
pub(in crate::intake) struct Queue {
    turns: Mutex<Turns>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Turns {
    /// Each scope at least once of which something is due.
    order: VecDeque<Scope>,
    due: HashMap<Scope, Due>,
    waits: HashMap<Scope, Waits>,
    /// The day by which all was looked at last.
    day: Option<Date>,
    /// How many days began since the start.
    days: u32,
}

/// What is to be judged again in a scope.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// All that waits from this position on.
    pub(super) all_from: Option<u64>,
    /// These as well.
    pub(super) some: BTreeSet<MessageId>,
    /// And what asks for a decision under one of these allocations, which changed.
    pub(super) under: BTreeSet<Pseudonym>,
}

/// What waits for what in a scope.
#[derive(Debug, Default)]
struct Waits {
    /// By the position of a message that is waited for.
    for_: BTreeMap<u64, BTreeSet<MessageId>>,
    /// What waits, for messages or for a decision alone. What does not wait any more stays until it is looked at, or for a day or two: to look at it changes nothing.
    of: BTreeMap<MessageId, Left>,
    pairs: usize,
}

/// What one declaration still waits for.
#[derive(Debug, Default)]
struct Left {
    positions: BTreeSet<u64>,
    /// How many these were when it was looked at last, or is to be looked at.
    seen: usize,
    /// The day of the start on which this was noted.
    day: u32,
}

impl Left {
    /// Whether it is worth a look, now that one more is settled: half of them are, and so is the last in the end. With a look for each, a row of declarations that
    /// all wait for those before them would be looked at as often as the square of their number says.
    fn is_due(&self) -> bool {
        2 * self.positions.len() <= self.seen
    }
}

impl Waits {
    /// It waits for these now, and for no others.
    fn note(&mut self, message: MessageId, positions: BTreeSet<u64>, day: u32) {
        let seen = positions.len();
        let left = Left {
            positions,
            seen,
            day,
        };
        let now = left.positions.clone();
        let before = self.of.insert(message, left).unwrap_or_default().positions;
        for position in before.difference(&now) {
            if let Some(waiting) = self.for_.get_mut(position) {
                self.pairs -= usize::from(waiting.remove(&message));
                if waiting.is_empty() {
                    self.for_.remove(position);
                }
            }
        }
        for position in now {
            let new = self.for_.entry(position).or_default().insert(message);
            self.pairs += usize::from(new);
        }
    }

    fn forget(&mut self, message: MessageId) {
        self.note(message, BTreeSet::new(), 0);
        self.of.remove(&message);
    }

    /// The message at a position is settled. Gives what is to be looked at for it.
    fn settle(&mut self, position: u64) -> BTreeSet<MessageId> {
        let mut due = self.for_.remove(&position).unwrap_or_default();
        self.pairs -= due.len();
        due.retain(|message| {
            self.of.get_mut(message).is_none_or(|left| {
                left.positions.remove(&position);
                let is_due = left.is_due();
                if is_due {
                    left.seen = left.positions.len();
                }
                is_due
            })
        });
        due
    }
}

impl Due {
    fn is_empty(&self) -> bool {
        self.all_from.is_none() && self.some.is_empty() && self.under.is_empty()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.all_from = match (self.all_from, other.all_from) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.some.extend(other.some);
        self.under.extend(other.under);
        if self.under.len() > ALLOCATIONS_MAX {
            self.under.clear();
            self.all_from = Some(0);
        }
    }
}

impl Queue {
    /// All of a scope.
    pub(super) fn all(&self, scope: Scope) {
        let due = Due {
            all_from: Some(0),
            ..Due::default()
        };
        self.back(scope, due);
        self.filled.notify_one();
    }

    /// One declaration, whatever it waits for.
    pub(in crate::intake) fn one(&self, scope: Scope, message: MessageId) {
        let due = Due {
            some: BTreeSet::from([message]),
            ..Due::default()
        };
        self.back(scope, due);
        self.filled.notify_one();
    }

    /// A declaration waits: for the messages at these positions beside those that are known, or for a decision alone. To be noted before one of them can be settled,
    /// which is before it is certain that it is recorded.
    pub(in crate::intake) fn waits(
        &self,
        scope: Scope,
        message: MessageId,
        awaited: impl Iterator<Item = u64>,
    ) {
        let turns = self.turns();
        let known = turns.waits.get(&scope).and_then(|of| of.of.get(&message));
        let known = known.into_iter().flat_map(|left| &left.positions).copied();
        let awaited = known.chain(awaited).collect();
        self.note(turns, scope, message, awaited);
    }

    /// A declaration waits for the messages at these positions and for no others. To be noted under the locks under which that was seen.
    pub(super) fn waits_for(&self, scope: Scope, message: MessageId, awaited: BTreeSet<u64>) {
        self.note(self.turns(), scope, message, awaited);
    }

    fn note(
        &self,
        mut turns: MutexGuard<'_, Turns>,
        scope: Scope,
        message: MessageId,
        awaited: BTreeSet<u64>,
    ) {
        let day = turns.days;
        let waits = turns.waits.entry(scope).or_default();
        waits.note(message, awaited, day);
        if waits.pairs > PAIRS_MAX {
            turns.waits.remove(&scope);
            drop(turns);
            self.all(scope);
        }
    }

    /// A declaration waits no more.
    pub(in crate::intake) fn ended(&self, scope: Scope, message: MessageId) {
        let mut turns = self.turns();
        if let Some(waits) = turns.waits.get_mut(&scope) {
            waits.forget(message);
            if waits.of.is_empty() {
                turns.waits.remove(&scope);
            }
        }
    }

    /// The message at a position is answered: what waits for it is to be judged again, as soon as half of what it waited for is, and nothing else.
    pub(in crate::intake) fn settled(&self, scope: Scope, position: u64) {
        let mut turns = self.turns();
        let waits = turns.waits.get_mut(&scope);
        let some = waits.map(|waits| waits.settle(position));
        let Some(some) = some.filter(|some| !some.is_empty()) else {
            return;
        };
        turns.note(
            scope,
            Due {
                some,
                ..Due::default()
            },
        );
        drop(turns);
        self.filled.notify_one();
    }

    /// These allocations changed: what asks for a decision under them may not have to any more.
    pub(in crate::intake) fn allocated(&self, scope: Scope, under: BTreeSet<Pseudonym>) {
        let mut turns = self.turns();
        if under.is_empty() || !turns.waits.contains_key(&scope) {
            return;
        }
        turns.note(
            scope,
            Due {
                under,
                ..Due::default()
            },
        );
        drop(turns);
        self.filled.notify_one();
    }

    /// Another day begins, on which all that waits is looked at, and noted anew by that: what was not on the day before waits no more.
    pub(super) fn begin_day(&self) {
        let mut turns = self.turns();
        let before = turns.days;
        turns.days += 1;
        turns.waits.retain(|_, waits| {
            let old = waits.of.iter().filter(|(_, left)| left.day < before);
            let old: Vec<MessageId> = old.map(|(message, _)| *message).collect();
            for message in old {
                waits.forget(message);
            }
            !waits.of.is_empty()
        });
    }

    /// What was not judged again goes behind the other scopes.
    pub(super) fn back(&self, scope: Scope, due: Due) {
        if !due.is_empty() {
            self.turns().note(scope, due);
        }
    }

    /// The next scope whose turn it is.
    pub(super) fn next(&self) -> Option<(Scope, Due)> {
        let mut turns = self.turns();
        loop {
            let scope = turns.order.pop_front()?;
            if let Some(due) = turns.due.remove(&scope) {
                return Some((scope, due));
            }
        }
    }

    /// What is to be judged again in this scope since its turn began.
    pub(super) fn new_of(&self, scope: Scope) -> Due {
        self.turns().due.remove(&scope).unwrap_or_default()
    }

    /// Whether nothing is to be judged again.
    pub(super) fn is_empty(&self) -> bool {
        self.turns().due.is_empty()
    }

    /// Whether all was looked at by another day; not when none is known.
    pub(super) fn is_another_day(&self, day: Date) -> bool {
        self.turns().day.is_some_and(|before| before != day)
    }

    /// All is looked at by this day.
    pub(super) fn on(&self, day: Date) {
        self.turns().day = Some(day);
    }

    /// Waits until something was added.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turns {
    fn note(&mut self, scope: Scope, due: Due) {
        let waits = self.due.entry(scope).or_default();
        if waits.is_empty() {
            self.order.push_back(scope);
        }
        waits.add(due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> MessageId {
        MessageId::from_bytes([number; 16])
    }

    fn allocation(number: u8) -> BTreeSet<Pseudonym> {
        BTreeSet::from([Pseudonym([number; 16])])
    }

    fn all_from(position: u64) -> Due {
        Due {
            all_from: Some(position),
            ..Due::default()
        }
    }

    fn some<const N: usize>(numbers: [u8; N]) -> Due {
        Due {
            some: numbers.map(id).into(),
            ..Due::default()
        }
    }

    #[test]
    fn scopes_have_their_turns_and_one_that_is_not_done_goes_behind_the_others() {
        let queue = Queue::default();
        for number in [2, 1, 2, 3] {
            queue.all([number; 16]);
        }
        assert_eq!(queue.next(), Some(([2; 16], all_from(0))));
        queue.back([2; 16], all_from(100));
        assert_eq!(queue.next(), Some(([1; 16], all_from(0))));
        assert_eq!(queue.next(), Some(([3; 16], all_from(0))));
        assert_eq!(queue.next(), Some(([2; 16], all_from(100))));
        assert!(queue.next().is_none() && queue.is_empty());
    }

    #[test]
    fn a_scope_that_is_added_whole_meanwhile_begins_anew() {
        let queue = Queue::default();
        for added_first in [true, false] {
            if added_first {
                queue.all([1; 16]);
            }
            queue.back([1; 16], all_from(100));
            if !added_first {
                queue.all([1; 16]);
            }
            assert_eq!(queue.next(), Some(([1; 16], all_from(0))));
            assert_eq!(queue.next(), None);
        }
    }

    #[test]
    fn what_is_settled_brings_what_waits_for_it_and_nothing_else() {
        let queue = Queue::default();
        let scope = [1; 16];
        queue.waits(scope, id(10), [1, 2].into_iter());
        queue.waits(scope, id(11), [2, 3].into_iter());
        queue.waits([2; 16], id(12), [1].into_iter());
        queue.settled(scope, 9);
        assert!(queue.is_empty());
        queue.settled(scope, 1);
        assert_eq!(queue.next(), Some((scope, some([10]))));
        queue.settled(scope, 1);
        assert_eq!(queue.next(), None, "it is settled once");
        queue.settled(scope, 3);
        queue.settled(scope, 2);
        assert_eq!(queue.new_of(scope), some([10, 11]));
        assert_eq!(queue.next(), None, "it was taken");
        queue.one(scope, id(10));
        queue.all(scope);
        let both = Due {
            all_from: Some(0),
            ..some([10])
        };
        assert_eq!(queue.next(), Some((scope, both)));
    }

    #[test]
    fn of_many_that_are_waited_for_half_are_settled_before_it_is_worth_a_look_and_the_last_always_is()
     {
        let queue = Queue::default();
        let scope = [1; 16];
        let mut looks = Vec::new();
        queue.waits(scope, id(10), 0..9);
        for position in 0..9 {
            queue.settled(scope, position);
            if queue.new_of(scope) == some([10]) {
                looks.push(position);
            }
        }
        assert_eq!(looks, [4, 6, 7, 8]);
        // What a look finds is what counts from then on.
        queue.waits(scope, id(10), 20..29);
        queue.waits_for(scope, id(10), [27, 28].into());
        queue.settled(scope, 20);
        assert!(queue.is_empty(), "it is not waited for any more");
        queue.settled(scope, 27);
        assert_eq!(queue.new_of(scope), some([10]));
    }

    #[test]
    fn an_allocation_that_changes_is_due_only_where_something_waits() {
        let queue = Queue::default();
        let scope = [1; 16];
        queue.allocated(scope, allocation(7));
        assert!(queue.is_empty(), "nothing waits");
        queue.waits(scope, id(10), std::iter::empty());
        queue.allocated(scope, BTreeSet::new());
        assert!(queue.is_empty(), "no allocation changed");
        queue.allocated(scope, allocation(7));
        let under = allocation(7);
        let due = Due {
            under,
            ..Due::default()
        };
        assert_eq!(queue.new_of(scope), due);
        queue.ended(scope, id(10));
        queue.allocated(scope, allocation(7));
        assert!(queue.is_empty(), "it waits no more");
        queue.waits(scope, id(10), [1].into_iter());
        queue.waits(scope, id(11), std::iter::empty());
        queue.begin_day();
        queue.waits(scope, id(11), std::iter::empty());
        queue.begin_day();
        queue.settled(scope, 1);
        assert!(queue.is_empty(), "not looked at for a day");
        queue.begin_day();
        queue.allocated(scope, allocation(7));
        assert!(queue.is_empty());
    }

    #[test]
    fn of_more_allocations_than_are_remembered_all_of_the_scope_is_due() {
        let queue = Queue::default();
        let scope = [1; 16];
        queue.waits(scope, id(10), std::iter::empty());
        let number = |number: usize| {
            let mut bits = [0; 16];
            for (to, from) in bits.iter_mut().zip(number.to_be_bytes()) {
                *to = from;
            }
            Pseudonym(bits)
        };
        let most: BTreeSet<Pseudonym> = (0..ALLOCATIONS_MAX).map(number).collect();
        queue.allocated(scope, most.clone());
        let due = Due {
            under: most.clone(),
            ..Due::default()
        };
        assert_eq!(queue.new_of(scope), due);
        queue.allocated(scope, most);
        queue.allocated(scope, BTreeSet::from([number(ALLOCATIONS_MAX)]));
        assert_eq!(queue.new_of(scope), all_from(0));
    }

    #[test]
    fn with_more_pairs_than_are_remembered_all_of_the_scope_is_due_and_they_are_noted_anew() {
        let queue = Queue::default();
        let scope = [1; 16];
        let most = PAIRS_MAX as u64;
        queue.waits(scope, id(10), 0..most);
        assert!(queue.is_empty());
        queue.waits(scope, id(11), [most].into_iter());
        assert_eq!(queue.next(), Some((scope, all_from(0))));
        queue.settled(scope, 1);
        assert!(queue.is_empty(), "nothing of it is remembered");
    }
}
