//! Mailboxes: what waits for a receiver, oldest first, until he says that he has it; and what both parties may know of their messages afterwards.
//!
//! Listing and fetching change nothing and are not recorded, so two readers never wait for each other and a message comes again until it is acknowledged.
//! What a caller may not see is answered exactly like what does not exist.

mod error;
mod on_vsp;
mod page;
mod returns;
mod sides;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::ledger::{
    self, FindingsPage, Found, Happening, Ledger, LedgerError, Logged, Message, MessageId,
    MessageRow, Moment,
};
use crate::receipt::{Receipt, Receipts, Statement};
use crate::route::Caller;

pub use error::MailboxError;
pub use on_vsp::{GivenBack, Halted, Known, OnVsp, Sought};
pub use page::{Cursor, Filter, NotACursor, PAGE_MAX, Page};
pub use returns::Refused;
pub(crate) use sides::Sides;

/// The content of a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// The bytes as they were handed in; for the receiver of a message whose products are translated those in the form that is his.
    Whole {
        /// Them.
        body: Vec<u8>,
        /// Their SHA-256; `None` when what is kept of it is damaged.
        sha256: Option<[u8; 32]>,
        /// Whose they are.
        message: Box<Message>,
        /// Name of a file that is no message of the standards, when it is known: 4 to 255 letters, digits, dots, hyphens and underscores.
        file_name: Option<String>,
    },
    /// Its term of keeping is over.
    Erased {
        /// Since when.
        at: Option<Timestamp>,
    },
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { body, .. } => write!(f, "Whole({} bytes)", body.len()),
            Self::Erased { at } => write!(f, "Erased({at:?})"),
        }
    }
}

/// The mailboxes of all codes. Every answer depends on who asks.
pub struct Mailbox {
    ledger: Arc<Ledger>,
    receipts: Arc<Receipts>,
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox")
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

impl Mailbox {
    /// The mailboxes of this ledger.
    pub fn new(ledger: Arc<Ledger>, receipts: Arc<Receipts>) -> Self {
        Self { ledger, receipts }
    }

    /// Waiting messages that the caller may read, oldest first over all his codes, at most `limit` (1 to [`PAGE_MAX`]). A page may be short, or empty, and still
    /// have a next one. A code he may not read has no messages. Err: we could not do our work.
    pub async fn list(
        &self,
        caller: &Caller,
        filter: Filter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, MailboxError> {
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        let limit = limit.clamp(1, PAGE_MAX);
        Ok(ledger::blocking(move || page::page(&ledger, &caller, &filter, after, limit)).await?)
    }

    /// The exact bytes of a message, waiting or not, for its receiver. Of one whose products are translated he gets the form that is his, and its maker the bytes
    /// that he handed in. Err: not found, also for the maker of any other message; or we could not do our work.
    pub async fn body(&self, caller: &Caller, id: MessageId) -> Result<Content, MailboxError> {
        let row = self.row(caller, id, Sides::any).await?;
        let sides = Sides::of(caller, &row);
        let may_read = sides.reads || (sides.maker && row.mapped_bytes.is_some());
        if !may_read {
            return Err(MailboxError::NotFound);
        }
        let ledger = Arc::clone(&self.ledger);
        let content = ledger::blocking(move || {
            let body = if sides.reads {
                ledger.given(&row)?
            } else {
                ledger.body(&row)?
            };
            let Some(body) = body else {
                return Ok(Content::Erased {
                    at: ledger.erased(id)?.map(|stamp| stamp.at),
                });
            };
            let message = Box::new(ledger.message(id, &row)?);
            Ok(Content::Whole {
                body,
                sha256: if sides.reads {
                    message.given_hash()
                } else {
                    message.body_hash
                },
                message,
                file_name: file_name(&ledger, &row)?,
            })
        });
        Ok(content.await?)
    }

    /// The receiver has the message: it leaves the mailbox and does not come again. Once is enough; again gives the time of the first.
    /// Err: not found, also for its maker; or we could not do our work.
    pub async fn acknowledge(
        &self,
        caller: &Caller,
        id: MessageId,
    ) -> Result<Timestamp, MailboxError> {
        let row = self.row(caller, id, |sides| sides.reads).await?;
        let party = caller.party.to_string();
        Ok(ledger::acknowledge(&self.ledger, id, row, party, None).await?)
    }

    /// A message with its state, for its receiver and its maker. Err: not found; or we could not do our work.
    pub async fn message(&self, caller: &Caller, id: MessageId) -> Result<Message, MailboxError> {
        let row = self.row(caller, id, Sides::any).await?;
        let ledger = Arc::clone(&self.ledger);
        Ok(ledger::blocking(move || ledger.message(id, &row)).await?)
    }

    /// What happened to a message, oldest first, for its receiver and its maker; an answer is named when the caller may see it. Err: not found; or we could not do our work.
    pub async fn timeline(
        &self,
        caller: &Caller,
        id: MessageId,
    ) -> Result<Vec<Moment>, MailboxError> {
        let row = self.row(caller, id, Sides::any).await?;
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        let timeline = ledger::blocking(move || {
            let mut moments = ledger.timeline(id, &row)?;
            for moment in &mut moments {
                if let Happening::Answered { by, .. } = &mut moment.happening
                    && let Some(answer) = *by
                    && !ledger
                        .message_row(answer)?
                        .is_some_and(|row| Sides::of(&caller, &row).any())
                {
                    *by = None;
                }
            }
            Ok(moments)
        });
        Ok(timeline.await?)
    }

    /// The messages in the thread of a message, oldest first, as far as the caller may see them. Err: not found; or we could not do our work.
    pub async fn thread(
        &self,
        caller: &Caller,
        id: MessageId,
    ) -> Result<Vec<Message>, MailboxError> {
        let row = self.row(caller, id, Sides::any).await?;
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        let thread = ledger::blocking(move || {
            let mut messages = Vec::new();
            for (id, row) in ledger.thread(row.thread)? {
                if Sides::of(&caller, &row).any() {
                    messages.push(ledger.message(id, &row)?);
                }
            }
            Ok(messages)
        });
        Ok(thread.await?)
    }

    /// What levels 2 to 4 found in a message, for its receiver and its maker: `limit` findings from the `from`th on, and how many there are.
    /// Err: not found; damaged; or we could not do our work.
    pub async fn findings(
        &self,
        caller: &Caller,
        id: MessageId,
        from: usize,
        limit: usize,
    ) -> Result<FindingsPage, MailboxError> {
        let row = self.row(caller, id, Sides::any).await?;
        let ledger = Arc::clone(&self.ledger);
        Ok(ledger::blocking(move || ledger.findings(id, &row, from, limit)).await?)
    }

    /// The first of them, at most `limit`, and how many there are of each code; the counts alone when the findings are damaged. Err: not found; or we could
    /// not do our work.
    pub async fn found(
        &self,
        caller: &Caller,
        id: MessageId,
        limit: usize,
    ) -> Result<Found, MailboxError> {
        let row = self.row(caller, id, Sides::any).await?;
        let ledger = Arc::clone(&self.ledger);
        Ok(ledger::blocking(move || ledger.found(id, &row, limit)).await?)
    }

    /// The signed receipt of a message, the same bytes every time, for its maker and its receiver, also after its content is erased.
    /// Err: not found; erased, or damaged, when the hash of the body is so; or we could not do our work.
    pub async fn receipt(&self, caller: &Caller, id: MessageId) -> Result<Receipt, MailboxError> {
        let (receipt, _) = self.logged(caller, id).await?;
        Ok(receipt)
    }

    /// The receipt, and what shows that the record it tells of is in the log. Err: as of [`Mailbox::receipt`].
    pub async fn logged(
        &self,
        caller: &Caller,
        id: MessageId,
    ) -> Result<(Receipt, Logged), MailboxError> {
        let message = self.message(caller, id).await?;
        let (ledger, receipts) = (Arc::clone(&self.ledger), Arc::clone(&self.receipts));
        ledger::blocking(move || Ok(receipt_of(&ledger, &receipts, &message))).await?
    }

    async fn row(
        &self,
        caller: &Caller,
        id: MessageId,
        enough: fn(Sides) -> bool,
    ) -> Result<MessageRow, MailboxError> {
        let ledger = Arc::clone(&self.ledger);
        let row = ledger::blocking(move || ledger.message_row(id)).await?;
        row.filter(|row| enough(Sides::of(caller, row)))
            .ok_or(MailboxError::NotFound)
    }
}

/// The signed receipt of a message, and what shows that the record it tells of is in the log. Err: damaged, or we could not do our work.
pub(crate) fn receipt_of(
    ledger: &Ledger,
    receipts: &Receipts,
    message: &Message,
) -> Result<(Receipt, Logged), MailboxError> {
    let translation = if message.mapped.is_some() {
        ledger.translation(message.position)?
    } else {
        None
    };
    let logged = ledger.logged(message.position)?;
    let stated = Statement::of(message, translation.as_ref(), &logged.leaf);
    let lost = match message.state.forgotten {
        Some(_) => MailboxError::Erased,
        None => MailboxError::Damaged,
    };
    let statement = stated.ok_or(lost)?;
    Ok((receipts.sign(&statement), logged))
}

/// What the sender of a file called it; `None` of a message of the standards, and where it is damaged.
fn file_name(ledger: &Ledger, row: &MessageRow) -> Result<Option<String>, LedgerError> {
    if !row.kind.is_file() {
        return Ok(None);
    }
    let record = ledger.wire_record(row.position)?;
    let wire = on_vsp::wire_of(ledger, row.position, record.as_ref())?;
    Ok(wire.and_then(|wire| wire.file_name))
}
