//! Declarations whose answer the gateway keeps back: what each waits for, what its receiver decides on its lines, and how it is judged again.
//!
//! A decision, the verdict that follows from it, the one 325 and its copy become durable together or not at all, under the locks that handing in takes. Of one
//! scope what waits is judged again in the order of the journal, each in the light of those before it; nothing waits for what came after it.

mod look;
mod open;
mod records;
mod wanted;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::decide::Naming;
use super::{Intake, IntakeError};
use crate::ledger::{self, LedgerError, MessageId, Turn};
use crate::register::Register;
use crate::route::Caller;
use look::{Look, Looked, Parties};
use records::Records;

pub(super) use look::Again;
pub(super) use open::Open;
pub use wanted::{DecisionError, Wanted};

/// Most declarations of a scope that are judged again before the next scope has its turn.
const STEP: usize = 100;

/// The register in force and the present moment.
pub(crate) type Now<'a> = dyn Fn() -> (Arc<Register>, Timestamp) + Send + Sync + 'a;

/// What came of a step of a scope.
#[derive(Default)]
struct Step {
    /// How many declarations were answered.
    answered: usize,
    /// Where the next step begins, when there may be more.
    next: Option<u64>,
    /// The first fault of ours.
    failed: Option<LedgerError>,
}

impl Intake {
    /// Decides on lines of a declaration that waits for the receiver, whom the caller may decide for. When the last line is decided and nothing else is waited
    /// for, the declaration is judged again and answered in the same commit. Deciding the same again changes nothing.
    /// Err: nothing was recorded.
    pub async fn decide_lines(
        &self,
        caller: &Caller,
        id: MessageId,
        wanted: Wanted,
    ) -> Result<(), DecisionError> {
        let now = || (Arc::clone(&caller.register), caller.at);
        let party = caller.party.to_string();
        let turn = self.look(&now, id, Some((party, wanted)));
        turn.await.map(|_| ())
    }

    /// Notes that everything that waits is to be judged again: at the start, and when a register or reference data came into force. Err: the views cannot be read.
    pub fn queue_all(&self) -> Result<(), LedgerError> {
        let mut last = None;
        while let Some(scope) = self.ledger.next_held_scope(last.as_ref())? {
            self.queue.add(scope);
            last = Some(scope);
        }
        Ok(())
    }

    /// Waits until something that waits is to be judged again.
    pub async fn queued(&self) {
        self.queue.filled.notified().await;
    }

    /// Judges again what waits in the scopes in which something was settled, in the order of the journal; each with the register and at the moment that `now`
    /// gives when its turn has come. Gives how many declarations were answered. Err: the first that could not be looked at through a fault of ours; the others
    /// were, and its scope stays noted.
    pub async fn judge_again(&self, now: &Now<'_>) -> Result<usize, IntakeError> {
        let mut answered = 0;
        let (mut failed, mut first) = (BTreeSet::new(), None);
        while let Some((scope, from)) = self.queue.next() {
            let step = self.judge_step_again(scope, from, now).await;
            let error = match step {
                Ok(step) => {
                    answered += step.answered;
                    if let Some(from) = step.next {
                        self.queue.back(scope, from);
                    }
                    step.failed
                }
                Err(error) => Some(error),
            };
            if let Some(error) = error {
                failed.insert(scope);
                first = first.or(Some(error));
            }
        }
        for scope in failed {
            self.queue.back(scope, 0);
        }
        first.map_or(Ok(answered), |error| Err(error.into()))
    }

    /// One step of a scope, so that one in which much waits does not hold up the others.
    async fn judge_step_again(
        &self,
        scope: [u8; 16],
        mut from: u64,
        now: &Now<'_>,
    ) -> Result<Step, LedgerError> {
        let ledger = Arc::clone(&self.ledger);
        let held = ledger::blocking(move || ledger.held_in(&scope, from, STEP)).await?;
        let mut step = Step::default();
        for pointer in &held {
            from = pointer.position.saturating_add(1);
            let message = pointer.message;
            match self.look(now, message, None).await {
                Ok(Some(Turn::Answered)) => step.answered += 1,
                Ok(_) | Err(DecisionError::NotFound) => {}
                // One that cannot be looked at must not hold up the others.
                Err(DecisionError::Failed(IntakeError::Ledger(error))) => {
                    metrics::counter!("knooppunt_held_not_judged_total").increment(1);
                    tracing::error!(%message, code = error.code(), %error, "a declaration that waits was not judged again; it is tried again");
                    step.failed = step.failed.or(Some(error));
                }
                Err(error) => {
                    metrics::counter!("knooppunt_held_not_judged_total").increment(1);
                    tracing::error!(%message, %error, "a declaration that waits cannot be judged again: its receiver has to answer it");
                }
            }
        }
        step.next = (held.len() == STEP).then_some(from);
        Ok(step)
    }

    /// Looks at one declaration under its locks and records what follows. Gives what became of it, if anything did.
    async fn look(
        &self,
        now: &Now<'_>,
        id: MessageId,
        wanted: Option<(String, Wanted)>,
    ) -> Result<Option<Turn>, DecisionError> {
        let ledger = Arc::clone(&self.ledger);
        let row = ledger::blocking(move || ledger.message_row(id)).await?;
        let row = row.ok_or(DecisionError::NotFound)?;
        let parties = Parties::of(&row).ok_or(DecisionError::NotFound)?;
        let Parties {
            kind,
            pair,
            receiver,
            ..
        } = parties.clone();
        let scope = self.ledger.pseudonyms.scope_name(kind.law.as_str(), pair);
        let scope = self.ledger.name(scope);
        let (party, wanted) = wanted.unzip();
        let bytes = usize::try_from(row.body_bytes).unwrap_or(usize::MAX);
        let _room = self.lanes.room(bytes).await?;
        loop {
            let naming = Naming::random(&self.ledger, &kind, receiver)?;
            let names = naming
                .iter()
                .map(|naming| self.ledger.name(naming.identity));
            let names: Vec<_> = names.collect();
            let held = self
                .ledger
                .locks
                .message(&names, row.lock, Some(scope))
                .await;
            // As they are now: it may have waited long for its turn.
            let (register, at) = now();
            let reference = self.references.current();
            let look = Look {
                ledger: Arc::clone(&self.ledger),
                releases: Arc::clone(&self.releases),
                limits: self.limits.clone(),
                reference: Arc::clone(&reference),
                register: Arc::clone(&register),
                at,
                id,
                row: row.clone(),
                parties: parties.clone(),
                naming,
                wanted: wanted.clone(),
            };
            let looked = self.lanes.run(bytes, move || look.look()).await??;
            let (choices, base, verdict) = match looked {
                Looked::NameTaken => continue,
                Looked::AsBefore => return Ok(None),
                Looked::Record(found) => *found,
            };
            let turn = verdict.as_ref().map(|verdict| verdict.turn);
            // Nobody can tell on what: nothing of the decision is taken, only that it does not wait any more.
            let lost = wanted.is_some() && choices.is_empty();
            let inputs = ledger::Inputs {
                reference: reference.hash,
                ..self.inputs(&register, row.received, Some(&kind))
            };
            let records = Records {
                register: &register,
                at,
                id,
                row: &row,
                party: party.as_deref().unwrap_or_default(),
                inputs,
            };
            let submission = records.submission(choices, base, verdict, held)?;
            self.ledger.commit(submission).await?;
            if let Some(turn) = turn {
                metrics::counter!("knooppunt_judged_again_total", "outcome" => turn.code())
                    .increment(1);
                tracing::info!(message = %id, outcome = turn.code(), "a declaration that waited was judged again");
            }
            if turn == Some(Turn::Answered) && wanted.is_some() {
                // What waited for this one; where all that waits is looked at in turn, it comes after this one.
                self.queue.add(scope);
            }
            return if lost {
                Err(DecisionError::Damaged)
            } else {
                Ok(turn)
            };
        }
    }
}

/// Scopes, by their names in the views, of which what waits is to be judged again, in turn. Each once: as many as there are scopes in which something waits.
#[derive(Debug, Default)]
pub(super) struct Queue {
    turns: Mutex<Turns>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Turns {
    order: VecDeque<[u8; 16]>,
    /// By scope: from which position on.
    from: HashMap<[u8; 16], u64>,
}

impl Queue {
    /// All of a scope, when its turn comes.
    pub(super) fn add(&self, scope: [u8; 16]) {
        self.note(scope, 0);
        self.filled.notify_one();
    }

    /// The rest of a scope from this position on, behind the others; all of it, when it was added meanwhile.
    fn back(&self, scope: [u8; 16], from: u64) {
        self.note(scope, from);
    }

    fn note(&self, scope: [u8; 16], from: u64) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let before = turns.from.get(&scope).copied();
        turns.from.insert(scope, from.min(before.unwrap_or(from)));
        if before.is_none() {
            turns.order.push_back(scope);
        }
    }

    fn next(&self) -> Option<([u8; 16], u64)> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let scope = turns.order.pop_front()?;
        let from = turns.from.remove(&scope).unwrap_or_default();
        Some((scope, from))
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn scopes_have_their_turns_and_one_that_is_not_done_goes_behind_the_others() {
        let queue = Queue::default();
        for number in [2, 1, 2, 3] {
            queue.add([number; 16]);
        }
        assert_eq!(queue.next(), Some(([2; 16], 0)));
        queue.back([2; 16], 100);
        assert_eq!(queue.next(), Some(([1; 16], 0)));
        assert_eq!(queue.next(), Some(([3; 16], 0)));
        assert_eq!(queue.next(), Some(([2; 16], 100)));
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn a_scope_in_which_something_is_settled_meanwhile_begins_anew() {
        let queue = Queue::default();
        for added_first in [true, false] {
            if added_first {
                queue.add([1; 16]);
            }
            queue.back([1; 16], 100);
            if !added_first {
                queue.add([1; 16]);
            }
            assert_eq!(queue.next(), Some(([1; 16], 0)));
            assert_eq!(queue.next(), None);
        }
    }
}
