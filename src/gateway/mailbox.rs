//! Mailboxes: what waits for a receiver, oldest first, until he says that he has it; and what both parties may know of their messages afterwards.
//!
//! Listing and fetching change nothing and are not recorded, so two readers never wait for each other and a message comes again until it is acknowledged.
//! What a caller may not see is answered exactly like what does not exist.

mod on_vsp;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use knooppunt_standard::{Berichtsoort, Law};

use crate::fault::Fault;
use crate::ledger::{
    self, Acknowledged, Event, FindingsPage, Found, Happening, Ledger, LedgerError, Mark, Message,
    MessageId, MessageRow, Moment, Submission,
};
use crate::receipt::{Receipt, Receipts, Statement};
use crate::register::{CodeKind, PartyCode};
use crate::route::Caller;
use crate::terms::Warning;

pub use on_vsp::{GivenBack, Known, OnVsp, Sought};

/// Most messages on one page.
pub const PAGE_MAX: usize = 1000;
/// Most waiting messages that one page looks at when a filter leaves most of them out.
const LOOKED_AT_MAX: usize = 20_000;

/// Why a mailbox could not answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum MailboxError {
    /// There is no such message, or the caller may not see it.
    #[error("no such message")]
    NotFound,
    /// What is kept of the message is damaged: it cannot be given, also not later. Other messages are not touched by it.
    #[error("what is kept of the message is damaged")]
    Damaged,
    /// The ledger could not do its work.
    #[error(transparent)]
    Ledger(LedgerError),
}

impl From<LedgerError> for MailboxError {
    fn from(error: LedgerError) -> Self {
        if error.damaged() {
            Self::Damaged
        } else {
            Self::Ledger(error)
        }
    }
}

impl MailboxError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Damaged => "damaged",
            Self::Ledger(error) => error.code(),
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotFound => Fault::Sender,
            Self::Damaged => Fault::Ours,
            Self::Ledger(error) => error.fault(),
        }
    }
}

/// Which waiting messages are asked for; nothing set is all that the caller may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only this mailbox.
    pub code: Option<PartyCode>,
    /// Only mailboxes of codes of this kind.
    pub of: Option<CodeKind>,
    /// Only this law.
    pub law: Option<Law>,
    /// Only this kind.
    pub soort: Option<Berichtsoort>,
    /// Only what this code made.
    pub from: Option<PartyCode>,
    /// Only messages whose answer is to be warned of, by this.
    pub warned: Option<Warning>,
}

/// A place in the order of messages: the next page begins after it. In text a decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(u64);

impl Cursor {
    /// After the message at this position.
    pub(crate) fn at(position: u64) -> Self {
        Self(position)
    }

    /// The first position after it.
    pub(crate) fn next(self) -> u64 {
        self.0.saturating_add(1)
    }
}

/// The text is no cursor that a page gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of a page")]
pub struct NotACursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        text.parse().map(Self).map_err(|_| NotACursor)
    }
}

/// A page of waiting messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Oldest first: in the order in which they were taken.
    pub messages: Vec<Message>,
    /// Where the next page begins; absent when this was the last for now.
    pub next: Option<Cursor>,
}

/// The content of a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// The bytes as they were handed in.
    Whole {
        /// Them.
        body: Vec<u8>,
        /// Whose they are.
        message: Box<Message>,
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

/// As what a caller may see a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sides {
    maker: bool,
    receiver: bool,
    /// As its receiver, of a message that was forwarded to him.
    reads: bool,
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
        Ok(ledger::blocking(move || page(&ledger, &caller, filter, after, limit)).await?)
    }

    /// The exact bytes of a message, waiting or not, for its receiver. Err: not found, also for its maker; or we could not do our work.
    pub async fn body(&self, caller: &Caller, id: MessageId) -> Result<Content, MailboxError> {
        let row = self.row(caller, id, |sides| sides.reads).await?;
        let ledger = Arc::clone(&self.ledger);
        let content = ledger::blocking(move || match ledger.body(&row)? {
            Some(body) => Ok(Content::Whole {
                body,
                message: Box::new(ledger.message(id, &row)?),
            }),
            None => Ok(Content::Erased {
                at: ledger.erased(id)?.map(|stamp| stamp.at),
            }),
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
        let held = self.ledger.locks.thread(row.lock).await;
        let ledger = Arc::clone(&self.ledger);
        let (row, look) = ledger::blocking(move || {
            let look = match ledger.acknowledged(id)? {
                Some(stamp) => Err(stamp.at),
                None => Ok(ledger.closed_by(id, &row)?),
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
            party: caller.party.to_string(),
            closes,
        });
        let (_, at) = self.ledger.commit(Submission::fact(event, held)).await?;
        Ok(at)
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
    /// Err: not found; damaged, when the hash of the body is lost; or we could not do our work.
    pub async fn receipt(&self, caller: &Caller, id: MessageId) -> Result<Receipt, MailboxError> {
        let message = self.message(caller, id).await?;
        let statement = Statement::of(&message).ok_or(MailboxError::Damaged)?;
        Ok(self.receipts.sign(&statement))
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

impl Sides {
    /// Who handed the message in keeps sight of it, also when his mandate has ended: status and receipt are his proof. Whoever else looks at it for its maker, or
    /// reads it for its receiver, needs the code or a mandate now; and a mandate to receive reaches no message of before it.
    fn of(caller: &Caller, row: &MessageRow) -> Self {
        let receiver = row
            .receiver_code()
            .is_some_and(|receiver| caller.may_receive_of(&receiver, &row.kind, row.received));
        Self {
            maker: row.party == caller.party.to_string()
                || row
                    .maker_code()
                    .is_some_and(|maker| caller.may_submit(&maker, &row.kind)),
            receiver,
            reads: receiver && !row.marks.contains(&Mark::Refused),
        }
    }

    fn any(self) -> bool {
        self.maker || self.receiver
    }
}

fn page(
    ledger: &Ledger,
    caller: &Caller,
    filter: Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, LedgerError> {
    let codes: Vec<PartyCode> = caller
        .receivable_codes()
        .into_iter()
        .filter(|code| filter.code.is_none_or(|wanted| wanted == *code))
        .filter(|code| filter.of.is_none_or(|wanted| wanted == code.kind()))
        .collect();
    let mut from = after.map_or(0, |Cursor(position)| position.saturating_add(1));
    let mut messages = Vec::new();
    let mut looked_at = 0;
    loop {
        let mut rows = Vec::new();
        for code in &codes {
            rows.extend(
                ledger
                    .waiting(code, from, limit)?
                    .into_iter()
                    .map(|row| (*code, row)),
            );
        }
        // Every mailbox gave its oldest, so the oldest `limit` of these are the oldest of all.
        rows.sort_by_key(|(_, row)| row.position);
        rows.truncate(limit);
        let more = rows.len() == limit;
        for (code, row) in rows {
            looked_at += 1;
            from = row.position.saturating_add(1);
            let wanted = filter.law.is_none_or(|law| law.as_str() == row.kind.law)
                && filter
                    .soort
                    .is_none_or(|soort| soort.number() == row.kind.soort)
                && filter.from.is_none_or(|maker| maker.as_str() == row.maker);
            if !wanted || !caller.may_receive(&code, &row.kind) {
                continue;
            }
            // It may have been acknowledged a moment ago; then it is listed once more.
            let whole = ledger.message_row(row.message)?.ok_or(LedgerError::Views {
                what: "a mailbox without message",
            })?;
            if !caller.may_receive_of(&code, &whole.kind, whole.received) {
                continue;
            }
            let message = ledger.message(row.message, &whole)?;
            if filter
                .warned
                .is_some_and(|warned| warned.of_message(&message, caller.day()).is_none())
            {
                continue;
            }
            messages.push(message);
            if messages.len() == limit {
                return Ok(Page {
                    messages,
                    next: Some(Cursor(row.position)),
                });
            }
        }
        if !more {
            return Ok(Page {
                messages,
                next: None,
            });
        }
        if looked_at >= LOOKED_AT_MAX {
            return Ok(Page {
                messages,
                next: Some(Cursor(from - 1)),
            });
        }
    }
}
