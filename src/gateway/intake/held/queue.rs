//! What is to be judged again, by scope and in turn: what waited for something that was settled, or all of a scope. In memory: at a start all is to be judged
//! again, and from then on it is known here what waits for what.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use tokio::sync::Notify;

use crate::ledger::MessageId;

/// A scope by its name in the views.
type Scope = [u8; 16];

/// Most pairs of what waits and what it waits for that are remembered of one scope. Beyond it all that waits there is judged again, and they are noted anew:
/// without those of what waits no longer they are half as many at most, since no more than 500 messages of a scope are waited for.
const PAIRS_MAX: usize = 250_000;

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
}

/// What is to be judged again in a scope.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// All that waits from this position on.
    pub(super) all_from: Option<u64>,
    /// These as well.
    pub(super) some: BTreeSet<MessageId>,
}

/// What waits for what in a scope.
#[derive(Debug, Default)]
struct Waits {
    /// By the position of a message that is waited for. What does not wait any more stays until that is settled: to look at it once changes nothing.
    for_: BTreeMap<u64, BTreeSet<MessageId>>,
    pairs: usize,
}

impl Due {
    fn is_empty(&self) -> bool {
        self.all_from.is_none() && self.some.is_empty()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.all_from = match (self.all_from, other.all_from) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.some.extend(other.some);
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

    /// A declaration waits for the messages at these positions. To be noted before one of them can be settled.
    pub(in crate::intake) fn waits(
        &self,
        scope: Scope,
        message: MessageId,
        awaited: impl Iterator<Item = u64>,
    ) {
        let mut turns = self.turns();
        let waits = turns.waits.entry(scope).or_default();
        for position in awaited {
            let new = waits.for_.entry(position).or_default().insert(message);
            waits.pairs += usize::from(new);
        }
        if waits.pairs > PAIRS_MAX {
            turns.waits.remove(&scope);
            drop(turns);
            self.all(scope);
        }
    }

    /// The message at a position is answered: what waits for it is to be judged again, and nothing else.
    pub(in crate::intake) fn settled(&self, scope: Scope, position: u64) {
        let mut turns = self.turns();
        let Some(waits) = turns.waits.get_mut(&scope) else {
            return;
        };
        let Some(some) = waits.for_.remove(&position) else {
            return;
        };
        waits.pairs -= some.len();
        if waits.for_.is_empty() {
            turns.waits.remove(&scope);
        }
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
