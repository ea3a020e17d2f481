//! From the mailbox to the receiver: parties with an endpoint in the register need not fetch, their messages are brought to them.
//!
//! What is owed is a view of the journal (what stands in the mailboxes of a party's codes), so nothing has to be kept beside it and nothing is lost. A message
//! is brought at least once, always under the same numbers and the same time, in order per pair of parties. It counts as taken only when the endpoint says so in
//! the words of its wire; that acknowledges it. It decides nothing about messages, and mailboxes stay readable for who wants to fetch.

mod all;
mod attempt;
mod carrier;
pub mod courier;
mod desk;
mod ggk;
mod pace;
mod queue;
mod room;
mod said;
mod settings;
mod vsp;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use jiff::Timestamp;

use crate::envelope::mapping::{self, version_text};
use crate::envelope::tables::Condition;
use crate::envelope::wire::{Wire, uuid_text};
use crate::intake::RefusalReason;
use crate::ledger::{
    Door, KindRecord, Ledger, LedgerError, Mark, MessageId, MessageRow, ThreadId, WireRecord, Words,
};
use crate::register::PartyCode;

pub use all::{DeliverError, Deliveries, Ready, Seen, check};
pub use carrier::Carrier;
pub use courier::{Courier, Route, Standing};
pub use desk::{ByHand, Delivery, Desk, DeskError, May, PAGE_MAX, Page, Stopped, Which};
pub use settings::DeliverSettings;

/// Most characters of a reason: published codes are shorter.
const REASON_CHARS_MAX: usize = 40;

/// A message that is owed to an endpoint, the same every time it is tried.
#[derive(Clone)]
pub struct Owed {
    /// Its id here.
    pub id: MessageId,
    /// Its thread.
    pub thread: ThreadId,
    /// Its kind.
    pub kind: KindRecord,
    /// Code of who made it.
    pub maker: PartyCode,
    /// Code of whom it is for.
    pub receiver: PartyCode,
    /// When it was taken.
    pub received: Timestamp,
    /// Position of its record.
    pub position: u64,
    /// The message that it answers, when that is known.
    pub asked: Option<Question>,
    /// What its wire said in clear; `None`: it came over the own API, or was made here.
    pub wire_record: Option<WireRecord>,
    /// All that its wire said.
    pub wire: Option<Wire>,
    /// What is unusual about it.
    pub marks: Vec<Mark>,
    /// Its bytes as its receiver gets them.
    pub body: Bytes,
    /// The words that hold for it.
    pub words: Words,
}

/// The message that is answered, as far as an answer names it.
#[derive(Clone)]
pub struct Question {
    /// Its id here.
    pub id: MessageId,
    /// What its wire said in clear; `None`: it came over the own API.
    pub wire_record: Option<WireRecord>,
    /// Its number as it was written on ggk0310, where that may be any text; `None`: it came over another wire, or what was written is erased or damaged.
    pub number: Option<String>,
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Question({})", self.id)
    }
}

impl Question {
    fn read(ledger: &Ledger, id: MessageId) -> Result<Self, LedgerError> {
        let mut question = Self {
            id,
            wire_record: None,
            number: None,
        };
        let Some(row) = ledger.message_row(id)? else {
            return Ok(question);
        };
        question.wire_record = ledger.wire_record(row.position)?;
        if let Some(WireRecord {
            door: Door::Ggk0310,
            ..
        }) = question.wire_record
        {
            question.number = envelope(ledger, row.position)?.map(|wire| wire.number);
        }
        Ok(question)
    }
}

/// What was written around the message at a position; `None` also when that is erased or damaged.
fn envelope(ledger: &Ledger, position: u64) -> Result<Option<Wire>, LedgerError> {
    match ledger.envelope(position) {
        Err(error) if error.damaged() => Ok(None),
        part => Ok(part?.and_then(|part| Wire::read(&part))),
    }
}

impl fmt::Debug for Owed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Owed({}, {} bytes)", self.id, self.body.len())
    }
}

impl Owed {
    /// `None`: its content is erased. Err: it cannot be read.
    fn read(
        ledger: &Ledger,
        id: MessageId,
        row: &MessageRow,
        words: Words,
    ) -> Result<Option<Self>, LedgerError> {
        let unfit = LedgerError::Views {
            what: "a code that is none",
        };
        let (Some(maker), Some(receiver)) = (row.maker_code(), row.receiver_code()) else {
            return Err(unfit);
        };
        let Some(body) = ledger.given(row)? else {
            return Ok(None);
        };
        let wire_record = ledger.wire_record(row.position)?;
        let wire = match wire_record {
            None => None,
            Some(_) => ledger.envelope(row.position)?,
        };
        let wire = wire.and_then(|part| Wire::read(&part));
        let asked = match row.answers(id) {
            None if row.kind.is_file() => {
                let number = mapping::answered(wire_record.as_ref(), wire.as_ref());
                let minted = number.as_deref().map(mapping::may_be_minted_from);
                ledger.asked_by_file(row, number.as_deref(), minted.unwrap_or_default())?
            }
            known => known,
        };
        let asked = asked.map(|of| Question::read(ledger, of)).transpose()?;
        Ok(Some(Self {
            id,
            thread: row.thread,
            kind: row.kind.clone(),
            maker,
            receiver,
            received: row.received,
            position: row.position,
            asked,
            wire_record,
            wire,
            marks: row.marks.clone(),
            body: body.into(),
            words,
        }))
    }
}

/// What a sender is told of his message that was refused after its receipt was confirmed, the same every time.
#[derive(Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The id by which the message is known here.
    pub id: MessageId,
    /// Position of its record.
    pub position: u64,
    /// When it was refused.
    pub at: Timestamp,
    /// Code of the one who sent it, by its envelope.
    pub sender: String,
    /// Its number on the wire; empty where nothing tells it any more.
    pub number: String,
    /// The application that sent it.
    pub application: Option<String>,
    /// What is broken.
    pub condition: Condition,
    /// Whether the reason is about a municipality, where the codes make a difference.
    pub about_municipality: bool,
    /// functie and version of the application, as Fo01 has them: `JW315-00020010`.
    pub details: Option<String>,
    /// The words that hold for it.
    pub words: Words,
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({}, {})", self.id, self.condition.name())
    }
}

impl Refusal {
    /// That of which `to` (a code, or a party by its name) is still to be told at this position; `None`: he was. Where its envelope is erased or damaged,
    /// its record tells what it can. Err: it cannot be read.
    fn read(
        ledger: &Ledger,
        to: &str,
        position: u64,
        words: Words,
    ) -> Result<Option<Self>, LedgerError> {
        let Some(row) = ledger.return_at(to, position)? else {
            return Ok(None);
        };
        let event = row.event;
        let wire = envelope(ledger, position)?;
        let number = match &wire {
            Some(wire) => wire.number.clone(),
            None => event.wire.number.map(uuid_text).unwrap_or_default(),
        };
        let condition = RefusalReason::condition_told(&event.reason);
        let about_municipality =
            condition.is_about_municipality(&event.sender, event.receiver.as_deref());
        let details = wire.as_ref().and_then(|wire| {
            let version = wire.applicatie_version.and_then(version_text)?;
            let subversion = wire.applicatie_subversion.and_then(version_text)?;
            Some(format!(
                "{}-{version}{subversion}",
                wire.functie.as_deref()?
            ))
        });
        Ok(Some(Self {
            id: event.message,
            position,
            at: row.at,
            sender: event.sender,
            number,
            application: wire.and_then(|wire| wire.sender.applicatie),
            condition,
            about_municipality,
            details,
            words,
        }))
    }
}

/// Why a message was not taken: a stable code, never a text of the other side.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reason(String);

impl Reason {
    /// A reason of ours: `timeout`, `wrong-answer`.
    pub fn new(code: &str) -> Self {
        Self(code.to_owned())
    }

    /// A code that the other side gave, as far as it looks like a published one; else `other`.
    pub fn published(code: &str) -> Self {
        let is_code = !code.is_empty()
            && code.len() <= REASON_CHARS_MAX
            && code
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        // Eight digits or more in a row are no code of any list: they may be of a person.
        let mut digits = 0;
        let long_number = code.bytes().any(|byte| {
            digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
            digits >= 8
        });
        if is_code && !long_number {
            Self(code.to_owned())
        } else {
            Self("other".to_owned())
        }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it says that the number of the message was seen before, in the words of either wire.
    fn is_number_taken(&self) -> bool {
        matches!(self.as_str(), "StUF016" | "BRS114")
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an endpoint made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has it. `confirmed`: it said so in the words of its wire, and did not only answer without content.
    Taken {
        /// See above.
        confirmed: bool,
    },
    /// It may have it, or not: to be tried again, the same.
    NotTaken(Reason),
    /// It does not want it: trying again is of no use before somebody has done something.
    Refused(Reason),
    /// It cannot be said on this wire at all; the endpoint was not asked.
    Unfit(Reason),
}

/// A call that is under way.
pub type Carrying<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// Brings one message to one endpoint, once.
pub trait Carry: Send + Sync + fmt::Debug {
    /// Calls the endpoint and reads what it answers. The same message with the same words gives the same bytes every time.
    fn carry<'a>(&'a self, owed: &'a Owed) -> Carrying<'a>;

    /// Tells the endpoint of a refusal, in the same way.
    fn refuse<'a>(&'a self, refusal: &'a Refusal) -> Carrying<'a>;

    /// With which words messages are brought there that are received from now on.
    fn words(&self) -> Words;

    /// Whether refusals are told there at all.
    fn tells_refusals(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests;
