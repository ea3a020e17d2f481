//! One try of one message, or of telling one refusal: read, brought, and what became of it recorded.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::courier::{Route, is_untold};
use super::queue::{Turn, Way};
use super::room::Seat;
use super::{Carry, Owed, Reason, Refusal, Verdict};
use crate::clock::{Clock, day_of};
use crate::ledger::{
    self, Brought, DeliveryTurn, Ledger, LedgerError, MessageRow, Named, Over, Turned,
};
use crate::register::{Held, PartyCode};

/// What became of one try.
#[derive(Debug)]
pub(super) enum Done {
    /// Taken, and recorded.
    Delivered,
    /// Not to be tried any more, and recorded. `refused`: by the endpoint.
    Dead { refused: Option<Reason> },
    /// It is not for this endpoint: fetched, acknowledged or dropped meanwhile, its code is not the party's any more, or a copy that only stays in the mailbox.
    Gone,
    /// To be tried again.
    Again(Reason),
    /// We could not do our own part.
    Ours(&'static str),
}

/// A message that is ready to be brought.
enum Prepared {
    Owed(Box<Ready>),
    Dead(&'static str, Box<MessageRow>),
    Gone,
}

struct Ready {
    owed: Owed,
    row: MessageRow,
    /// When somebody last had it begun again by hand.
    again: Option<Timestamp>,
}

/// One try of one message.
pub(super) struct Attempt {
    pub(super) ledger: Arc<Ledger>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) carry: Arc<dyn Carry>,
    pub(super) route: Route,
    pub(super) give_up_after: SignedDuration,
    /// What is recorded of the endpoint.
    pub(super) brought: Arc<Brought>,
    /// What was recorded before this position may have been tried before, also where no try of it is counted.
    pub(super) tried_below: u64,
    pub(super) seat: Arc<Seat>,
    /// Whether the endpoint did not take what it was last asked.
    pub(super) in_doubt: bool,
    pub(super) turn: Turn,
}

impl Attempt {
    pub(super) async fn made(self) -> Done {
        match self.tried().await {
            Ok(done) => done,
            Err(error) => Done::Ours(error.code()),
        }
    }

    async fn tried(&self) -> Result<Done, LedgerError> {
        let receiver = match &self.turn.way {
            Way::Messages { receiver, .. } => *receiver,
            Way::Refusals(to) => return self.told(to.clone()).await,
        };
        let today = day_of(self.clock.now());
        let owns = |held: &Held<PartyCode>| held.what == receiver && held.period.contains(today);
        if !self.route.codes.iter().any(owns) {
            return Ok(Done::Gone);
        }
        let (ledger, position) = (Arc::clone(&self.ledger), self.turn.position);
        let length = ledger::blocking(move || length_of(&ledger, receiver, position));
        let Some(length) = length.await? else {
            return Ok(Done::Gone);
        };
        let _seated = self.seat.taken(length, self.in_doubt).await;
        let (ledger, brought) = (Arc::clone(&self.ledger), Arc::clone(&self.brought));
        let prepared =
            ledger::blocking(move || prepared(&ledger, &brought, receiver, position)).await?;
        let Ready { owed, row, again } = match prepared {
            Prepared::Gone => return Ok(Done::Gone),
            Prepared::Dead(reason, row) => {
                self.stopped(*row, reason.to_owned()).await?;
                return Ok(Done::Dead { refused: None });
            }
            Prepared::Owed(ready) => *ready,
        };
        match self.carry.carry(&owed).await {
            Verdict::Taken { confirmed } => {
                let over = Over {
                    endpoint: self.route.kind.to_owned(),
                    attempts: self.tries(),
                    confirmed,
                };
                let party = self.route.party.to_string();
                ledger::acknowledge(&self.ledger, owed.id, row, party, Some(over)).await?;
                Ok(Done::Delivered)
            }
            Verdict::Refused(reason) => {
                // The answer to a try before may have been lost, also to one before the last start.
                let before = self.turn.tries > 0 || owed.position < self.tried_below;
                let reason = if before && reason.is_number_taken() {
                    Reason::new("perhaps-delivered")
                } else {
                    reason
                };
                self.stopped(row, reason.to_string()).await?;
                Ok(Done::Dead {
                    refused: Some(reason),
                })
            }
            Verdict::Unfit(reason) => {
                self.stopped(row, reason.to_string()).await?;
                Ok(Done::Dead { refused: None })
            }
            Verdict::NotTaken(reason) => {
                let begun = again.map_or(owed.received, |again| again.max(owed.received));
                if self.too_old(begun) {
                    self.stopped(row, "too-old".to_owned()).await?;
                    return Ok(Done::Dead {
                        refused: Some(reason),
                    });
                }
                Ok(Done::Again(reason))
            }
        }
    }

    /// Tells of a refusal. One that cannot be told here stays to be told elsewhere, and is not tried any more as long as the endpoint is spoken to as now.
    async fn told(&self, to: String) -> Result<Done, LedgerError> {
        let (ledger, of, position) = (Arc::clone(&self.ledger), to.clone(), self.turn.position);
        let brought = Arc::clone(&self.brought);
        let read = ledger::blocking(move || {
            if is_untold(&ledger, &brought, &of, position)? {
                return Ok(None);
            }
            let words = brought.words(position).cloned().unwrap_or_default();
            Refusal::read(&ledger, &of, position, words)
        });
        let Some(refusal) = read.await? else {
            return Ok(Done::Gone);
        };
        let message = Named {
            message: refusal.id,
            position,
        };
        let (done, why) = match self.carry.refuse(&refusal).await {
            Verdict::Taken { .. } => {
                ledger::told(&self.ledger, message, to, None).await?;
                return Ok(Done::Delivered);
            }
            Verdict::Refused(reason) => {
                let why = reason.to_string();
                let refused = Some(reason);
                (Done::Dead { refused }, why)
            }
            Verdict::Unfit(reason) => (Done::Dead { refused: None }, reason.to_string()),
            Verdict::NotTaken(reason) if self.too_old(refusal.at) => {
                let refused = Some(reason);
                (Done::Dead { refused }, "too-old".to_owned())
            }
            Verdict::NotTaken(reason) => return Ok(Done::Again(reason)),
        };
        tracing::warn!(party = %self.route.party, message = %refusal.id, reason = why, "a refusal cannot be told at the endpoint; it stays among those to be told");
        ledger::untold(&self.ledger, message, to, self.dead(why)).await?;
        Ok(done)
    }

    /// Whether it was not taken for so long: since `begun`, or since it could be brought here, whichever is later.
    fn too_old(&self, begun: Timestamp) -> bool {
        let since = self.brought.since(&self.turn.way.to());
        let since = since.map_or(begun, |since| since.max(begun));
        let age = self.clock.now().duration_since(since);
        !self.give_up_after.is_zero() && age >= self.give_up_after
    }

    /// How often it was tried, this time included, as far as that is counted.
    fn tries(&self) -> u32 {
        self.turn.tries.saturating_add(1)
    }

    /// What is recorded of what is not tried any more.
    fn dead(&self, reason: String) -> Turned {
        Turned {
            turn: DeliveryTurn::Dead,
            party: Some(self.route.party.to_string()),
            reason: Some(reason),
            attempts: self.tries(),
        }
    }

    /// Records that it is not tried any more.
    async fn stopped(&self, row: MessageRow, reason: String) -> Result<(), LedgerError> {
        let (ledger, position, receiver) =
            (Arc::clone(&self.ledger), row.position, row.receiver.clone());
        let waiting = ledger::blocking(move || {
            let Ok(code) = receiver.parse() else {
                return Ok(None);
            };
            ledger.waiting_at(&code, position)
        });
        let Some(waiting) = waiting.await? else {
            return Ok(());
        };
        tracing::warn!(party = %self.route.party, message = %waiting.message, %reason, "a message is not brought any more: it stays in the mailbox");
        let turned = self.dead(reason);
        ledger::turn_delivery(&self.ledger, waiting.message, row, turned).await?;
        Ok(())
    }
}

/// Bytes of a message that waits; `None`: it does not wait any more.
fn length_of(
    ledger: &Ledger,
    receiver: PartyCode,
    position: u64,
) -> Result<Option<u64>, LedgerError> {
    let Some(waiting) = ledger.waiting_at(&receiver, position)? else {
        return Ok(None);
    };
    let row = ledger.message_row(waiting.message)?;
    Ok(row.map(|row| row.given_bytes()))
}

/// Reads what is to be brought.
fn prepared(
    ledger: &Ledger,
    brought: &Brought,
    receiver: PartyCode,
    position: u64,
) -> Result<Prepared, LedgerError> {
    let Some(waiting) = ledger.waiting_at(&receiver, position)? else {
        return Ok(Prepared::Gone);
    };
    if ledger.halted_at(receiver.as_str(), position)?.is_some() {
        return Ok(Prepared::Gone);
    }
    let row = ledger
        .message_row(waiting.message)?
        .ok_or(LedgerError::Views {
            what: "a mailbox without message",
        })?;
    if row.is_own_copy() {
        return Ok(Prepared::Gone);
    }
    let again = ledger.begun_again(receiver.as_str(), position)?;
    let from = again.as_ref().map_or(position, |again| again.position);
    let words = brought.words(from).cloned().unwrap_or_default();
    match Owed::read(ledger, waiting.message, &row, words) {
        Ok(Some(owed)) => Ok(Prepared::Owed(Box::new(Ready {
            owed,
            row,
            again: again.map(|again| again.at),
        }))),
        Ok(None) => Ok(Prepared::Dead("erased", Box::new(row))),
        Err(error) if error.damaged() => Ok(Prepared::Dead("damaged", Box::new(row))),
        Err(error) => Err(error),
    }
}
