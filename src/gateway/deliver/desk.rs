//! What waits to be brought to endpoints and what is not tried any more, and deciding on that by hand. Nothing told here holds a value from a message.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::fault::Fault;
use crate::ledger::{
    self, DeliveryTurn, HaltedRow, KindRecord, Ledger, LedgerError, Message, MessageId, MessageRow,
    Turned,
};
use crate::register::PartyCode;

/// Most deliveries on one page.
pub const PAGE_MAX: usize = 1000;

/// Why nothing could be told or decided.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// No such message waits, or who asks may not see it.
    #[error("no such delivery")]
    NotFound,
    /// The ledger could not do its work.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl DeskError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Ledger(error) => error.code(),
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotFound => Fault::Sender,
            Self::Ledger(error) => error.fault(),
        }
    }
}

/// A message that waits in the mailbox of a code whose messages are brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message.
    pub message: Message,
    /// Why it is not tried any more; `None`: it is.
    pub stopped: Option<Stopped>,
}

/// Why a message is not tried any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// Given up by hand; else by the endpoint, or by its age.
    pub dropped: bool,
    /// Code of the reason.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Since when.
    pub at: Timestamp,
}

impl Stopped {
    /// `dead` or `dropped`.
    pub fn code(&self) -> &'static str {
        if self.dropped { "dropped" } else { "dead" }
    }
}

/// A page of deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Oldest first.
    pub deliveries: Vec<Delivery>,
    /// Position of the last that was looked at: the next page begins after it. Absent when this was the last for now.
    pub next: Option<u64>,
}

/// Which deliveries are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All that wait.
    All,
    /// Those that are not tried any more.
    Stopped,
}

/// What somebody does by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByHand {
    /// It is tried again, now.
    Retry,
    /// It is not tried any more; it stays in the mailbox.
    Drop,
}

/// Whether who asks may see a message of a kind that was taken at a moment, in the mailbox of a code.
pub type May = Arc<dyn Fn(&PartyCode, &KindRecord, Timestamp) -> bool + Send + Sync>;

/// Deliveries, for people.
pub struct Desk {
    ledger: Arc<Ledger>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("ledger", &self.ledger)
            .finish()
    }
}

impl Desk {
    /// Those of this ledger.
    pub fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger }
    }

    /// What waits in the mailboxes of these codes, oldest first over all of them, after a position, at most `limit` (1 to [`PAGE_MAX`]). A page may be short,
    /// or empty, and still have a next one. Err: we could not do our work.
    pub async fn list(
        &self,
        codes: Vec<PartyCode>,
        may: May,
        which: Which,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page, DeskError> {
        let ledger = Arc::clone(&self.ledger);
        let limit = limit.clamp(1, PAGE_MAX);
        let from = after.map_or(0, |position| position.saturating_add(1));
        Ok(ledger::blocking(move || page(&ledger, &codes, &may, which, from, limit)).await?)
    }

    /// Tries a message again now, or gives it up. Doing the same again changes nothing. `by`: who does it, absent for an operator. Err: not found, also
    /// when it does not wait any more; or we could not do our work.
    pub async fn do_by_hand(
        &self,
        id: MessageId,
        may: May,
        what: ByHand,
        by: Option<String>,
    ) -> Result<Delivery, DeskError> {
        let found = self.found(id, may).await?;
        let (row, delivery) = found;
        let (turn, reason) = match what {
            ByHand::Retry => (DeliveryTurn::Again, None),
            ByHand::Drop => (DeliveryTurn::Dropped, Some("by-hand".to_owned())),
        };
        let turned = Turned {
            turn,
            party: by,
            reason,
            attempts: delivery.stopped.map_or(0, |stopped| stopped.attempts),
        };
        ledger::turn_delivery(&self.ledger, id, row, turned).await?;
        let (_, delivery) = self.found(id, Arc::new(|_, _, _| true)).await?;
        Ok(delivery)
    }

    async fn found(&self, id: MessageId, may: May) -> Result<(MessageRow, Delivery), DeskError> {
        let ledger = Arc::clone(&self.ledger);
        let found = ledger::blocking(move || {
            let Some(row) = ledger.message_row(id)? else {
                return Ok(None);
            };
            let Some(code) = row.receiver_code() else {
                return Ok(None);
            };
            let waits = ledger.waiting_at(&code, row.position)?.is_some();
            if !waits || !is_brought(&row) || !may(&code, &row.kind, row.received) {
                return Ok(None);
            }
            let halted = ledger.halted_at(code.as_str(), row.position)?;
            let delivery = Delivery {
                message: ledger.message(id, &row)?,
                stopped: halted.map(Stopped::of),
            };
            Ok(Some((row, delivery)))
        });
        found.await?.ok_or(DeskError::NotFound)
    }
}

impl Stopped {
    fn of(row: HaltedRow) -> Self {
        Self {
            dropped: row.dropped,
            reason: row.reason,
            attempts: row.attempts,
            at: row.at,
        }
    }
}

/// Whether a message that waits is brought at all: a copy of an answer that was made in its receiver's own name stays in the mailbox, and is no delivery.
fn is_brought(row: &MessageRow) -> bool {
    !row.is_own_copy()
}

fn page(
    ledger: &Ledger,
    codes: &[PartyCode],
    may: &May,
    which: Which,
    from: u64,
    limit: usize,
) -> Result<Page, LedgerError> {
    let mut rows: Vec<(PartyCode, u64, MessageId)> = Vec::new();
    for code in codes {
        match which {
            Which::All => rows.extend(
                ledger
                    .waiting(code, from, limit)?
                    .into_iter()
                    .map(|row| (*code, row.position, row.message)),
            ),
            Which::Stopped => rows.extend(
                ledger
                    .halted(code, from, limit)?
                    .into_iter()
                    .map(|row| (*code, row.position, row.message)),
            ),
        }
    }
    // Every mailbox gave its oldest, so the oldest `limit` of these are the oldest of all.
    rows.sort_by_key(|(_, position, _)| *position);
    rows.truncate(limit);
    let next = rows
        .last()
        .filter(|_| rows.len() == limit)
        .map(|(_, position, _)| *position);
    let mut deliveries = Vec::new();
    for (code, position, id) in rows {
        // What is halted may be a refusal that is not told any more.
        let Some(row) = ledger.message_row(id)? else {
            continue;
        };
        if !is_brought(&row) || !may(&code, &row.kind, row.received) {
            continue;
        }
        let halted = ledger.halted_at(code.as_str(), position)?;
        deliveries.push(Delivery {
            message: ledger.message(id, &row)?,
            stopped: halted.map(Stopped::of),
        });
    }
    Ok(Page { deliveries, next })
}
