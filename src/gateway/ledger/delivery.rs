//! What is brought to endpoints, as the ledger knows it: what stands in a mailbox is owed, what was stopped is not tried, and what arrived is acknowledged.
//! It knows no endpoint and tries nothing: that is done elsewhere.

use std::sync::Arc;

use jiff::Timestamp;
use minicbor::{Decode, Encode};

use super::commit::Submission;
use super::events::{Acknowledged, Delivery, DeliveryTurn, Event, Named, Over, Told};
use super::id::MessageId;
use super::lock::Held;
use super::views::{self, MailboxRow, MessageRow, Pointer, StampRow, mailbox_key, row};
use super::wire::{RETURNS, ReturnedRow};
use super::{Ledger, LedgerError, blocking};
use crate::register::PartyCode;
use crate::store::{Batch, Collection, Position};

/// Receiving code, a zero byte and position of a message that waits -> [`HaltedRow`], while it is not tried any more.
pub(crate) const HALTED: Collection = Collection::of("halted");

/// Receiving code, a zero byte and position of a message that waits -> [`StampRow`]: when somebody last had its delivery begun again by hand.
pub(crate) const AGAIN: Collection = Collection::of("again");

/// A message that is not brought to the endpoint of its receiver any more, or a refusal that is not told there. It still stands in the mailbox, or among what
/// is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct HaltedRow {
    /// Position of the message, or of the refusal.
    #[n(0)]
    pub(crate) position: u64,
    #[n(1)]
    pub(crate) message: MessageId,
    #[cbor(n(2), with = "views::time")]
    pub(crate) at: Timestamp,
    /// Given up by hand.
    #[n(3)]
    pub(crate) dropped: bool,
    #[n(4)]
    pub(crate) reason: String,
    #[n(5)]
    pub(crate) attempts: u32,
}

/// The row that the event makes or takes away.
pub(super) fn turned(batch: &mut Batch, by: Position, at: Timestamp, delivery: &Delivery) {
    let Named { message, position } = delivery.message;
    let key = mailbox_key(&delivery.receiver, position);
    match delivery.turn {
        DeliveryTurn::Again => {
            let stamp = StampRow { position: by.0, at };
            batch.put(AGAIN, key.clone(), row(&stamp));
            batch.delete(HALTED, key);
        }
        DeliveryTurn::Dead | DeliveryTurn::Dropped => batch.put(
            HALTED,
            key,
            row(&HaltedRow {
                position,
                message,
                at,
                dropped: delivery.turn == DeliveryTurn::Dropped,
                reason: delivery.reason.clone().unwrap_or_default(),
                attempts: delivery.attempts,
            }),
        ),
    }
}

/// It left the mailbox, or was told, so it is not owed any more.
pub(super) fn ended(batch: &mut Batch, receiver: &str, position: u64) {
    let key = mailbox_key(receiver, position);
    batch.delete(AGAIN, key.clone());
    batch.delete(HALTED, key);
}

impl Ledger {
    /// Waiting messages of one mailbox from a position on whose group is applied as a whole, oldest first, and where to go on: nothing new will
    /// come before it.
    pub(crate) fn waiting_whole(
        &self,
        code: &PartyCode,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<MailboxRow>, u64), LedgerError> {
        let position = |row: &MailboxRow| row.position;
        self.whole(views::MAILBOXES, code.as_str(), from, limit, position)
    }

    /// Rows under a code (or a name) from a position on that were applied as a whole, and where to go on.
    fn whole<T: for<'b> Decode<'b, ()>>(
        &self,
        collection: Collection,
        code: &str,
        from: u64,
        limit: usize,
        position: impl Fn(&T) -> u64,
    ) -> Result<(Vec<T>, u64), LedgerError> {
        let Position(applied) = self.views.position()?;
        let (first, end) = (mailbox_key(code, from), mailbox_key(code, applied));
        let rows: Vec<T> = self.rows(collection, &first, &end, limit)?;
        let next = match rows.last() {
            Some(last) if rows.len() == limit => position(last).saturating_add(1),
            _ => applied.max(from),
        };
        Ok((rows, next))
    }

    /// Refusals of which a code (or a party, by its name) is still to be told and whose group is applied as a whole, as [`Ledger::waiting_whole`].
    pub(crate) fn returns_whole(
        &self,
        to: &str,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<u64>, u64), LedgerError> {
        let (rows, next) = self.whole(RETURNS, to, from, limit, |row: &Pointer| row.position)?;
        Ok((rows.into_iter().map(|row| row.position).collect(), next))
    }

    /// The refusal at a position of which somebody is still to be told; `None`: he was.
    pub(crate) fn return_at(
        &self,
        to: &str,
        position: u64,
    ) -> Result<Option<ReturnedRow>, LedgerError> {
        let pointer: Option<Pointer> = self.row(RETURNS, &mailbox_key(to, position))?;
        pointer.map(|pointer| self.to_be_told(&pointer)).transpose()
    }

    /// The message that waits in a mailbox at a position; `None`: it does not wait any more.
    pub(crate) fn waiting_at(
        &self,
        code: &PartyCode,
        position: u64,
    ) -> Result<Option<MailboxRow>, LedgerError> {
        self.row(views::MAILBOXES, &mailbox_key(code.as_str(), position))
    }

    /// Why a waiting message is not tried; `None`: it is.
    pub(crate) fn halted_at(
        &self,
        receiver: &str,
        position: u64,
    ) -> Result<Option<HaltedRow>, LedgerError> {
        self.row(HALTED, &mailbox_key(receiver, position))
    }

    /// When somebody last had the delivery of a waiting message begun again by hand, and the position of the record that says so; `None`: nobody had.
    pub(crate) fn begun_again(
        &self,
        receiver: &str,
        position: u64,
    ) -> Result<Option<StampRow>, LedgerError> {
        self.row(AGAIN, &mailbox_key(receiver, position))
    }

    /// Messages to one code that are not tried any more, and refusals that are not told, oldest first, from a position on.
    pub(crate) fn halted(
        &self,
        code: &PartyCode,
        from: u64,
        limit: usize,
    ) -> Result<Vec<HaltedRow>, LedgerError> {
        self.rows(
            HALTED,
            &mailbox_key(code.as_str(), from),
            &mailbox_key(code.as_str(), u64::MAX),
            limit,
        )
    }
}

/// The receiver has the message: it leaves the mailbox. Gives when, the first time. Err: it could not be recorded.
pub(crate) async fn acknowledge(
    ledger: &Arc<Ledger>,
    id: MessageId,
    row: MessageRow,
    party: String,
    over: Option<Over>,
) -> Result<Timestamp, LedgerError> {
    let held = ledger.locks.thread(row.lock).await;
    let reading = Arc::clone(ledger);
    let (row, look) = blocking(move || {
        let look = match reading.acknowledged(id)? {
            Some(stamp) => Err(stamp.at),
            None => Ok(reading.closed_by(id, &row)?),
        };
        Ok((row, look))
    })
    .await?;
    let closes = match look {
        Err(before) => return Ok(before),
        Ok(closes) => closes,
    };
    let event = Event::Acknowledged(Acknowledged {
        message: id,
        position: row.position,
        receiver: row.receiver,
        party,
        closes,
        over,
    });
    let (_, at) = ledger.commit(Submission::fact(event, held)).await?;
    Ok(at)
}

/// Who sent a message that was refused after its receipt was confirmed was told, or cannot be told; `party` is the one that read it, if one did.
/// Err: it could not be recorded.
pub(crate) async fn told(
    ledger: &Ledger,
    message: Named,
    to: String,
    party: Option<String>,
) -> Result<(), LedgerError> {
    let event = Event::Told(Told { message, to, party });
    let fact = Submission::fact(event, Held::default());
    ledger.commit(fact).await.map(drop)
}

/// A refusal is not told at the endpoint any more: it stays to be told elsewhere. Err: it could not be recorded.
pub(crate) async fn untold(
    ledger: &Ledger,
    message: Named,
    to: String,
    turned: Turned,
) -> Result<(), LedgerError> {
    let event = Event::Delivery(Delivery {
        message,
        receiver: to,
        party: turned.party,
        turn: turned.turn,
        reason: turned.reason,
        attempts: turned.attempts,
    });
    let fact = Submission::fact(event, Held::default());
    ledger.commit(fact).await.map(drop)
}

/// What is recorded of a delivery.
#[derive(Debug, Clone)]
pub(crate) struct Turned {
    pub(crate) turn: DeliveryTurn,
    /// Whose endpoint, or who decided; `None`: an operator.
    pub(crate) party: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) attempts: u32,
}

/// Records what became of the delivery of a message. `false`: it does not wait any more, or that had become of it already. Err: it could not be recorded.
pub(crate) async fn turn(
    ledger: &Arc<Ledger>,
    id: MessageId,
    row: MessageRow,
    turned: Turned,
) -> Result<bool, LedgerError> {
    let held = ledger.locks.thread(row.lock).await;
    let (reading, receiver, position, turn) = (
        Arc::clone(ledger),
        row.receiver.clone(),
        row.position,
        turned.turn,
    );
    let makes_sense = blocking(move || {
        if reading.acknowledged(id)?.is_some() || reading.dead(id)?.is_some() {
            return Ok(false);
        }
        let halted = reading.halted_at(&receiver, position)?;
        Ok(match turn {
            DeliveryTurn::Dead => halted.is_none(),
            DeliveryTurn::Dropped => halted.is_none_or(|halted| !halted.dropped),
            DeliveryTurn::Again => halted.is_some(),
        })
    });
    if !makes_sense.await? {
        return Ok(false);
    }
    let event = Event::Delivery(Delivery {
        message: Named {
            message: id,
            position: row.position,
        },
        receiver: row.receiver,
        party: turned.party,
        turn: turned.turn,
        reason: turned.reason,
        attempts: turned.attempts,
    });
    ledger.commit(Submission::fact(event, held)).await?;
    Ok(true)
}
