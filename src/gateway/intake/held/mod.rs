//! Declarations whose answer the gateway keeps back: what each waits for, what its receiver decides on its lines, and how it is judged again.
//!
//! A decision, the verdict that follows from it, the one 325 and its copy become durable together or not at all, under the locks that handing in takes. Of one
//! scope what waits is judged again in the order of the journal, each in the light of those before it; nothing waits for what came after it.

mod look;
mod open;
mod queue;
mod records;
mod round;
mod wanted;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use knooppunt_standard::Limits;

use super::decide::Naming;
use super::{Intake, IntakeError, between};
use crate::clock::day_of;
use crate::lanes::Job;
use crate::ledger::{self, LedgerError, MessageId, Turn};
use crate::register::{PartyId, Register};
use crate::route::Caller;
use look::{Look, Looked, Parties};
use queue::Due;
use records::Records;
use round::Round;

pub(super) use look::Again;
pub(super) use open::Open;
pub(super) use queue::Queue;
pub use wanted::{DecisionError, Wanted};

/// Most declarations of a scope that are judged again before the next scope has its turn.
const STEP: usize = 100;

/// The register in force and the present moment.
pub type Now<'a> = dyn Fn() -> (Arc<Register>, Timestamp) + Send + Sync + 'a;

/// What came of a step of a scope.
#[derive(Default)]
struct Step {
    /// How many declarations were answered.
    answered: usize,
    /// What is still to be judged again.
    left: Due,
    /// That of which we could not do our work, to be tried later.
    later: Due,
    /// The first fault of ours.
    error: Option<LedgerError>,
}

impl Intake {
    /// Decides on lines of a declaration that waits for the receiver. When the last line is decided and nothing else is waited for, the declaration is judged
    /// again and answered in the same commit. Deciding the same again changes nothing.
    ///
    /// Whether this party may decide, whether the gateway may answer, and the day of the answer: by `now` when the locks are held, as for all that is judged
    /// again. A request may have waited for them, and what is recorded follows what was recorded before it.
    /// Err: nothing was recorded.
    pub async fn decide_lines(
        &self,
        now: &Now<'_>,
        party: &PartyId,
        id: MessageId,
        wanted: Wanted,
    ) -> Result<(), DecisionError> {
        let turn = self.look(now, id, Some((party.clone(), wanted)));
        turn.await.map(|_| ())
    }

    /// Notes that everything that waits is to be judged again: at the start, and when a register or reference data came into force. Err: the views cannot be read.
    pub fn queue_all(&self) -> Result<(), LedgerError> {
        for scope in self.ledger.held_scopes()? {
            self.queue.all(scope);
        }
        Ok(())
    }

    /// The same when it is another day than when this was called last: a mandate may have ended, or a contract begun, by its date. Err: the views cannot be read,
    /// and calling it again does it.
    pub async fn queue_on(&self, day: Date) -> Result<(), LedgerError> {
        if self.queue.is_another_day(day) {
            self.queue.begin_day();
            let ledger = Arc::clone(&self.ledger);
            for scope in ledger::blocking(move || ledger.held_scopes()).await? {
                self.queue.all(scope);
            }
        }
        self.queue.on(day);
        Ok(())
    }

    /// Waits until something is to be judged again.
    pub async fn queued(&self) {
        self.queue.filled().await;
    }

    /// Whether something is to be judged again.
    pub fn is_queued(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Judges again what waited for what was settled, in the order of the journal; each with the register and at the moment that `now` gives when its turn has
    /// come, as long as `may` says that something may be recorded. What else waits is left alone: it would wait on. Gives how many declarations were
    /// answered; what was not looked at stays noted.
    /// Err: the first that could not be looked at through a fault of ours; the others were, and it stays noted.
    pub async fn judge_again(
        &self,
        now: &Now<'_>,
        may: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<usize, IntakeError> {
        let mut answered = 0;
        let (mut later, mut first) = (Vec::new(), None);
        while may()
            && let Some((scope, due)) = self.queue.next()
        {
            let step = self.judge_step_again(scope, due, now, may).await;
            answered += step.answered;
            self.queue.back(scope, step.left);
            later.push((scope, step.later));
            first = first.or(step.error);
        }
        for (scope, due) in later {
            self.queue.back(scope, due);
        }
        first.map_or(Ok(answered), |error| Err(error.into()))
    }

    /// One step of a scope, so that one in which much waits does not hold up the others.
    async fn judge_step_again(
        &self,
        scope: [u8; 16],
        due: Due,
        now: &Now<'_>,
        may: &(dyn Fn() -> bool + Send + Sync),
    ) -> Step {
        let mut step = Step::default();
        let mut round = Round::of(&self.ledger, scope, due);
        for _ in 0..STEP {
            // What is answered here may be what a later one waits for.
            round.add(self.queue.new_of(scope));
            if !may() {
                break;
            }
            let message = match round.oldest().await {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(error) => {
                    step.fails(error);
                    step.later.add(round.left());
                    return step;
                }
            };
            match self.look(now, message, None).await {
                Ok(Some(Turn::Answered)) => step.answered += 1,
                Ok(_) | Err(DecisionError::NotFound) => {}
                // One that cannot be looked at must not hold up the others.
                Err(DecisionError::Failed(IntakeError::Ledger(error))) => {
                    tracing::error!(%message, code = error.code(), %error, "a declaration that waits was not judged again; it is tried again");
                    step.later.some.insert(message);
                    step.fails(error);
                }
                Err(error) => {
                    metrics::counter!("knooppunt_held_not_judged_total").increment(1);
                    tracing::error!(%message, %error, "a declaration that waits cannot be judged again: its receiver has to answer it");
                }
            }
        }
        step.left = round.left();
        step
    }

    /// Looks at one declaration under its locks and records what follows. Gives what became of it, if anything did.
    async fn look(
        &self,
        now: &Now<'_>,
        id: MessageId,
        wanted: Option<(PartyId, Wanted)>,
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
        let job = party
            .as_ref()
            .map_or_else(|| Job::own(bytes), |party| Job::of(party.as_str(), bytes));
        let _room = self.lanes.room(job).await;
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
            if let Some(party) = &party {
                let caller = Caller {
                    party: party.clone(),
                    register: Arc::clone(&register),
                    at,
                };
                if !caller.may_decide_of(&receiver, &row.kind, row.received) {
                    return Err(DecisionError::NoMandate);
                }
            }
            let reference = self.references.current();
            // It was not too large when it was taken.
            let limits = between(&self.limits, &register, Some(pair), day_of(at));
            let limits = Limits {
                body_bytes: limits.body_bytes.max(bytes),
                ..limits
            };
            let look = Look {
                ledger: Arc::clone(&self.ledger),
                releases: Arc::clone(&self.releases),
                limits,
                reference: Arc::clone(&reference),
                register: Arc::clone(&register),
                at,
                id,
                row: row.clone(),
                parties: parties.clone(),
                naming,
                wanted: wanted.clone(),
            };
            let looked = self.lanes.run(job.awaited(), move || look.look()).await??;
            let (choices, base, verdict) = match looked {
                Looked::NameTaken => continue,
                Looked::Decided => return Ok(None),
                Looked::Over => {
                    self.queue.ended(scope, id);
                    return Ok(None);
                }
                Looked::AsBefore(awaited) => {
                    self.queue
                        .waits_for(scope, id, awaited.into_iter().collect());
                    return Ok(None);
                }
                Looked::Record(found) => *found,
            };
            let turn = verdict.as_ref().map(|verdict| verdict.turn);
            let waiting = verdict
                .as_ref()
                .and_then(|verdict| verdict.effect.waiting.as_ref());
            if let Some(waiting) = waiting {
                self.queue.waits(scope, id, waiting.awaited());
            }
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
                party: party.as_ref().map_or("", PartyId::as_str),
                inputs,
            };
            let submission = records.submission(choices, base, verdict, held)?;
            self.ledger.commit(submission).await?;
            if turn.is_some_and(|turn| turn != Turn::Waits) {
                self.queue.ended(scope, id);
            }
            if let Some(turn) = turn {
                metrics::counter!("knooppunt_judged_again_total", "outcome" => turn.code())
                    .increment(1);
                tracing::info!(message = %id, outcome = turn.code(), "a declaration that waited was judged again");
            }
            if turn == Some(Turn::Answered) {
                self.queue.settled(scope, row.position);
            }
            return if lost {
                Err(DecisionError::Damaged)
            } else {
                Ok(turn)
            };
        }
    }
}

impl Step {
    fn fails(&mut self, error: LedgerError) {
        metrics::counter!("knooppunt_held_not_judged_total").increment(1);
        self.error.get_or_insert(error);
    }
}
