//! Declarations whose answer the gateway keeps back: what each waits for, what its receiver decides on its lines, and how it is judged again.
//!
//! A decision, the verdict that follows from it, the one 325 and its copy become durable together or not at all, under the locks that handing in takes. Of one
//! scope what waits is judged again in the order of the journal, each in the light of those before it; nothing waits for what came after it.

mod look;
mod open;
mod records;
mod wanted;

use std::collections::BTreeSet;
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

/// Most declarations of a scope that are read at once to be judged again.
const STEP: usize = 100;

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
        let register = Arc::clone(&caller.register);
        let party = caller.party.to_string();
        let turn = self.look(register, caller.at, id, Some((party, wanted)));
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

    /// Judges again what waits in the scopes in which something was settled, in the order of the journal, with this register. Gives how many declarations
    /// were answered. Err: we could not do our work; what was not judged again stays noted.
    pub async fn judge_again(
        &self,
        register: &Arc<Register>,
        at: Timestamp,
    ) -> Result<usize, IntakeError> {
        let mut answered = 0;
        while let Some(scope) = self.queue.next() {
            match self.judge_scope_again(scope, register, at).await {
                Ok(number) => answered += number,
                Err(error) => {
                    self.queue.add(scope);
                    return Err(error);
                }
            }
        }
        Ok(answered)
    }

    async fn judge_scope_again(
        &self,
        scope: [u8; 16],
        register: &Arc<Register>,
        at: Timestamp,
    ) -> Result<usize, IntakeError> {
        let (mut from, mut answered) = (0, 0);
        loop {
            let ledger = Arc::clone(&self.ledger);
            let held = ledger::blocking(move || ledger.held_in(&scope, from, STEP)).await?;
            for pointer in &held {
                from = pointer.position.saturating_add(1);
                match self
                    .look(Arc::clone(register), at, pointer.message, None)
                    .await
                {
                    Ok(Some(Turn::Answered)) => answered += 1,
                    Ok(_) | Err(DecisionError::NotFound) => {}
                    Err(DecisionError::Failed(IntakeError::Ledger(error))) => {
                        return Err(error.into());
                    }
                    // One that cannot be judged must not hold up the others.
                    Err(error) => {
                        metrics::counter!("knooppunt_held_not_judged_total").increment(1);
                        tracing::error!(message = %pointer.message, %error, "a declaration that waits cannot be judged again: its receiver has to answer it");
                    }
                }
            }
            if held.len() < STEP {
                return Ok(answered);
            }
        }
    }

    /// Looks at one declaration under its locks and records what follows. Gives what became of it, if anything did.
    async fn look(
        &self,
        register: Arc<Register>,
        at: Timestamp,
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
            if turn == Some(Turn::Answered) {
                // What waited for this one.
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

/// Scopes, by their names in the views, of which what waits is to be judged again. Each once: as many as there are scopes in which something waits.
#[derive(Debug, Default)]
pub(super) struct Queue {
    scopes: Mutex<BTreeSet<[u8; 16]>>,
    filled: Notify,
}

impl Queue {
    pub(super) fn add(&self, scope: [u8; 16]) {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        scopes.insert(scope);
        drop(scopes);
        self.filled.notify_one();
    }

    fn next(&self) -> Option<[u8; 16]> {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        scopes.pop_first()
    }
}
