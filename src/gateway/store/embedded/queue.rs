//! Who waits for a commit, and whose turn it is to make one. The thread that leads commits every group that waits and hands the lead on; the
//! others sleep until they are answered, so that as many groups as came in during one sync share the next.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::journal::held;
use super::writer::Prepared;
use crate::store::{Appended, StoreError};

/// What an append is told.
pub(super) type Answer = Result<Vec<Appended>, StoreError>;

/// Groups that wait for a commit.
#[derive(Default)]
pub(super) struct Queue(Mutex<Line>);

#[derive(Default)]
struct Line {
    waiting: Vec<Arc<Waiting>>,
    /// Whether a thread leads.
    led: bool,
}

/// One group that waits.
pub(super) struct Waiting {
    group: Mutex<Vec<Prepared>>,
    turn: Mutex<Turn>,
    told: Condvar,
}

enum Turn {
    Waits,
    Leads,
    Answered(Answer),
}

impl Waiting {
    fn tell(&self, turn: Turn) {
        *held(&self.turn) = turn;
        self.told.notify_one();
    }

    /// The answer, when it was given.
    pub(super) fn answer(&self) -> Option<Answer> {
        match std::mem::replace(&mut *held(&self.turn), Turn::Waits) {
            Turn::Answered(answer) => Some(answer),
            Turn::Waits | Turn::Leads => None,
        }
    }
}

/// A group that was taken from the queue and must be answered: when nobody does, because the leader panicked, it is told that the journal ended.
pub(super) struct Taken {
    waiting: Arc<Waiting>,
    answered: bool,
}

impl Taken {
    pub(super) fn group(&self) -> Vec<Prepared> {
        std::mem::take(&mut *held(&self.waiting.group))
    }

    pub(super) fn answer(mut self, answer: Answer) {
        self.answered = true;
        self.waiting.tell(Turn::Answered(answer));
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if !self.answered {
            self.waiting.tell(Turn::Answered(Err(StoreError::Ended)));
        }
    }
}

/// The lead; it goes to the first that waits when it is dropped.
pub(super) struct Lead<'q>(&'q Queue);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut line = held(&self.0.0);
        match line.waiting.first() {
            Some(first) => first.tell(Turn::Leads),
            None => line.led = false,
        }
    }
}

impl Queue {
    /// Waits until the group was committed by another thread (no lead), or it is this thread's turn to lead.
    pub(super) fn wait(&self, group: Vec<Prepared>) -> (Arc<Waiting>, Option<Lead<'_>>) {
        let own = Arc::new(Waiting {
            group: Mutex::new(group),
            turn: Mutex::new(Turn::Waits),
            told: Condvar::new(),
        });
        {
            let mut line = held(&self.0);
            line.waiting.push(Arc::clone(&own));
            if !std::mem::replace(&mut line.led, true) {
                drop(line);
                return (own, Some(Lead(self)));
            }
        }
        let mut turn = held(&own.turn);
        while matches!(*turn, Turn::Waits) {
            turn = own.told.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
        let leads = matches!(*turn, Turn::Leads);
        drop(turn);
        (own, leads.then_some(Lead(self)))
    }

    /// Takes every group that waits, for the one that leads.
    pub(super) fn take(&self) -> Vec<Taken> {
        let waiting = std::mem::take(&mut held(&self.0).waiting);
        waiting
            .into_iter()
            .map(|waiting| Taken {
                waiting,
                answered: false,
            })
            .collect()
    }
}
