//! What is owed over one endpoint, by pair of parties: which message may be tried at a moment. Order within a pair is that of the journal, of a pair one
//! message at most is under way, and pairs take turns. Pure; memory: 8 bytes for each message that waits.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::register::PartyCode;

/// From whom to whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Messages from the one code to the other.
    Messages {
        /// Whose mailbox they stand in.
        receiver: PartyCode,
        /// Who made them.
        maker: PartyCode,
    },
    /// What we say ourselves of refused messages, to a code or, where the code was not his, to a party by its name.
    Refusals(String),
}

impl Way {
    /// The code, or the party, whose messages these are.
    pub(super) fn to(&self) -> String {
        match self {
            Self::Messages { receiver, .. } => receiver.to_string(),
            Self::Refusals(to) => to.clone(),
        }
    }
}

/// A message that is to be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) way: Way,
    pub(super) position: u64,
    /// How often it was tried before.
    pub(super) tries: u32,
}

#[derive(Debug, Default)]
struct Line {
    waiting: VecDeque<u64>,
    /// Tried and not taken: at most one where later ones may not pass.
    stuck: Vec<Stuck>,
    under_way: bool,
    /// Number of its last turn.
    last: u64,
}

#[derive(Debug, Clone, Copy)]
struct Stuck {
    position: u64,
    tries: u32,
    due: Duration,
}

/// What is owed over one endpoint.
#[derive(Debug)]
pub(super) struct Queue {
    lines: BTreeMap<Way, Line>,
    later_may_pass: bool,
    turns: u64,
}

impl Queue {
    pub(super) fn new(later_may_pass: bool) -> Self {
        Self {
            lines: BTreeMap::new(),
            later_may_pass,
            turns: 0,
        }
    }

    /// A message waits; those of a pair come in the order of their positions.
    pub(super) fn add(&mut self, way: Way, position: u64) {
        self.lines
            .entry(way)
            .or_default()
            .waiting
            .push_back(position);
    }

    /// Forgets everything that is not under way: it is read anew. How often what is stuck was tried is forgotten too.
    pub(super) fn forget(&mut self) {
        self.lines.retain(|_, line| {
            line.waiting.clear();
            line.stuck.clear();
            line.under_way
        });
    }

    /// The message whose turn it is: of the pair that waited longest for one. It is under way from here on.
    pub(super) fn next(&mut self, now: Duration) -> Option<Turn> {
        let later_may_pass = self.later_may_pass;
        let ready = self
            .lines
            .iter_mut()
            .filter(|(_, line)| line.ready_at(later_may_pass).is_some_and(|due| due <= now));
        let (way, line) = ready.min_by_key(|(_, line)| line.last)?;
        let turn = line.take(way.clone(), now)?;
        self.turns += 1;
        line.last = self.turns;
        line.under_way = true;
        Some(turn)
    }

    /// When the next message may be tried; `None`: nothing waits that is not under way.
    pub(super) fn due(&self) -> Option<Duration> {
        let lines = self.lines.values();
        lines
            .filter_map(|line| line.ready_at(self.later_may_pass))
            .min()
    }

    /// It is tried no more: taken, refused for good, or gone.
    pub(super) fn done(&mut self, way: &Way) {
        if let Some(line) = self.lines.get_mut(way) {
            line.under_way = false;
            if line.waiting.is_empty() && line.stuck.is_empty() {
                self.lines.remove(way);
            }
        }
    }

    /// It was not taken and is to be tried again at this moment.
    pub(super) fn again(&mut self, turn: Turn, due: Duration) {
        let line = self.lines.entry(turn.way).or_default();
        line.under_way = false;
        // It may have been read anew meanwhile.
        line.waiting.retain(|position| *position != turn.position);
        line.stuck.push(Stuck {
            position: turn.position,
            tries: turn.tries.saturating_add(1),
            due,
        });
        line.stuck.sort_by_key(|stuck| stuck.position);
    }

    /// Whatever is stuck may be tried from this moment on.
    pub(super) fn hasten(&mut self, now: Duration) {
        for stuck in self.lines.values_mut().flat_map(|line| &mut line.stuck) {
            stuck.due = stuck.due.min(now);
        }
    }
}

impl Line {
    /// From when on one of it may be tried; `None`: nothing waits, or one is under way.
    fn ready_at(&self, later_may_pass: bool) -> Option<Duration> {
        if self.under_way {
            return None;
        }
        let stuck = self.stuck.iter().map(|stuck| stuck.due).min();
        let free = !self.waiting.is_empty() && (self.stuck.is_empty() || later_may_pass);
        if free { Some(Duration::ZERO) } else { stuck }
    }

    /// What is stuck and due goes first: it is older than all that waits.
    fn take(&mut self, way: Way, now: Duration) -> Option<Turn> {
        let due = self.stuck.iter().position(|stuck| stuck.due <= now);
        if let Some(at) = due {
            let Stuck {
                position, tries, ..
            } = self.stuck.remove(at);
            return Some(Turn {
                way,
                position,
                tries,
            });
        }
        let position = self.waiting.pop_front()?;
        Some(Turn {
            way,
            position,
            tries: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn way(maker: &str) -> Way {
        Way::Messages {
            receiver: "0289".parse().expect("a code"),
            maker: maker.parse().expect("a code"),
        }
    }

    fn positions(queue: &mut Queue, now: Duration) -> Vec<u64> {
        std::iter::from_fn(|| queue.next(now).map(|turn| turn.position)).collect()
    }

    #[test]
    fn of_a_pair_one_is_under_way_and_pairs_take_turns() {
        let (a, b) = (way("98980001"), way("98980002"));
        let mut queue = Queue::new(false);
        for position in [1, 2, 3] {
            queue.add(a.clone(), position);
        }
        queue.add(b.clone(), 4);
        queue.add(b.clone(), 5);
        assert_eq!(positions(&mut queue, S), [1, 4]);
        assert_eq!(queue.due(), None, "of both pairs one is under way");
        queue.done(&b);
        queue.done(&a);
        assert_eq!(positions(&mut queue, S), [2, 5]);
        queue.done(&a);
        queue.done(&b);
        assert_eq!(positions(&mut queue, S), [3]);
        queue.done(&a);
        assert_eq!(queue.due(), None);
    }

    #[test]
    fn what_is_stuck_holds_back_its_own_pair_until_it_is_done() {
        let (a, b) = (way("98980001"), way("98980002"));
        let mut queue = Queue::new(false);
        queue.add(a.clone(), 1);
        queue.add(a.clone(), 2);
        queue.add(b.clone(), 3);
        let stuck = queue.next(S).expect("a turn");
        queue.again(stuck, S * 10);
        assert_eq!(positions(&mut queue, S), [3]);
        assert_eq!(queue.due(), Some(S * 10));
        assert!(queue.next(S * 9).is_none());
        let again = queue.next(S * 10).expect("its turn");
        assert_eq!((again.position, again.tries), (1, 1));
        queue.done(&a);
        assert_eq!(positions(&mut queue, S * 10), [2]);
    }

    #[test]
    fn where_later_ones_may_pass_they_do_and_the_stuck_one_is_tried_when_it_is_due() {
        let a = way("98980001");
        let mut queue = Queue::new(true);
        queue.add(a.clone(), 1);
        queue.add(a.clone(), 2);
        queue.add(a.clone(), 3);
        let stuck = queue.next(S).expect("a turn");
        queue.again(stuck, S * 10);
        assert_eq!(positions(&mut queue, S), [2], "one at a time all the same");
        queue.done(&a);
        assert_eq!(positions(&mut queue, S * 11), [1]);
        queue.done(&a);
        assert_eq!(positions(&mut queue, S * 11), [3]);
    }

    #[test]
    fn what_is_hastened_is_due_at_once() {
        let a = way("98980001");
        let mut queue = Queue::new(false);
        queue.add(a.clone(), 1);
        let stuck = queue.next(S).expect("a turn");
        queue.again(stuck, S * 900);
        queue.hasten(S * 2);
        assert_eq!(queue.due(), Some(S * 2));
    }

    #[test]
    fn what_is_read_anew_while_it_is_under_way_is_not_tried_twice_at_once() {
        let a = way("98980001");
        let mut queue = Queue::new(false);
        queue.add(a.clone(), 1);
        queue.add(a.clone(), 2);
        let under_way = queue.next(S).expect("a turn");
        queue.forget();
        queue.add(a.clone(), 1);
        queue.add(a.clone(), 2);
        assert!(queue.next(S).is_none());
        queue.again(under_way, S * 5);
        assert_eq!(positions(&mut queue, S * 5), [1]);
        queue.done(&a);
        assert_eq!(positions(&mut queue, S * 5), [2]);
    }
}
