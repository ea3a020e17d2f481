//! Messages as the wire of VSP knows them: by their numbers there, whichever door they came by, and with what was refused after its receipt was confirmed.
//!
//! Who may see what is as for mailboxes; what a caller may not see is left out.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Mailbox, MailboxError, Sides};
use crate::envelope::mapping::{Numbers, answered, may_be_minted_from, minted};
use crate::envelope::wire::{Wire, plain, same_number, uuid_text};
use crate::ledger::{
    self, Door, KindRecord, Ledger, LedgerError, Melding, Message, MessageId, MessageRow,
    ReturnedRow, WireRecord,
};
use crate::register::{CodeKind, PartyCode};
use crate::route::Caller;

/// Most messages that one question about numbers looks at.
const LOOKED_AT_MAX: usize = 1000;

/// A message with its numbers on the VSP.
#[derive(Debug, Clone)]
pub struct OnVsp {
    /// The message, with its state.
    pub message: Message,
    /// Its numbers.
    pub numbers: Numbers,
    /// What its wire said; `None`: it came by the own API, was made here, or what was said is damaged or erased.
    pub wire: Option<Wire>,
    /// The code and the time with which its receiver refused it on his own wire.
    pub rejected: Option<(String, Timestamp)>,
    /// Since when it is not brought to the endpoint of its receiver any more, though it waits.
    pub halted: Option<Halted>,
    /// Whether the caller hands in for its maker.
    pub is_own: bool,
    /// Whether the caller may read it, as its receiver.
    pub may_read: bool,
}

/// That a message is not brought to an endpoint any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halted {
    /// Since when.
    pub at: Timestamp,
    /// Whether somebody gave it up by hand.
    pub dropped: bool,
}

impl OnVsp {
    /// Whether it waits for the caller.
    pub fn waits(&self) -> bool {
        let state = &self.message.state;
        self.may_read && state.acknowledged.is_none() && state.dead.is_none()
    }
}

/// A message that was refused after its receipt was confirmed.
#[derive(Debug, Clone)]
pub struct GivenBack {
    /// When it was refused, the moment of its receipt as well.
    pub at: Timestamp,
    /// Its kind, when it could be known.
    pub kind: Option<KindRecord>,
    /// Its numbers.
    pub numbers: Numbers,
    /// What its wire said; `None`: it is damaged or erased.
    pub wire: Option<Wire>,
    /// Versions that its envelope named.
    pub record: WireRecord,
    /// Code of the reason.
    pub reason: String,
    /// What was wrong with its form, at most [`Melding::KEPT_MAX`].
    pub meldingen: Vec<Melding>,
    /// How many findings there were.
    pub found: u64,
}

/// What is known under a number.
#[derive(Debug, Clone)]
pub enum Known {
    /// A message that was taken.
    Taken(Box<OnVsp>),
    /// One that was refused after its receipt was confirmed.
    GivenBack(Box<GivenBack>),
}

/// By which number messages are sought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// Their own.
    Number(String),
    /// Their own, or that of the message they answer.
    NumberOrAnswers(String),
    /// That of the message they answer.
    Answers(String),
    /// That of their conversation.
    Conversation(String),
}

impl Mailbox {
    /// These messages, which the caller was given, with their numbers. What is damaged is left out, and what this wire does not tell. Err: we could not do our work.
    pub async fn on_vsp(
        &self,
        caller: &Caller,
        messages: Vec<Message>,
    ) -> Result<Vec<OnVsp>, MailboxError> {
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        let read = ledger::blocking(move || {
            let mut read = Vec::with_capacity(messages.len());
            for message in messages {
                if let Some(row) = ledger.message_row(message.id)?
                    && sees(&caller, &row)
                {
                    read.extend(sound(on_vsp(&ledger, &caller, message, &row))?);
                }
            }
            Ok(read)
        });
        Ok(read.await?)
    }

    /// Messages of providers by a number, as far as the caller may see them: oldest first, at most `limit`. Err: we could not do our work.
    pub async fn sought(
        &self,
        caller: &Caller,
        sought: Sought,
        limit: usize,
    ) -> Result<Vec<Known>, MailboxError> {
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        Ok(ledger::blocking(move || find(&ledger, &caller, &sought, limit)).await?)
    }
}

/// What is damaged is noted, and no reason to give nothing.
pub(super) fn sound<T>(read: Result<T, LedgerError>) -> Result<Option<T>, LedgerError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.damaged() => {
            tracing::error!(code = error.code(), %error, "what is damaged of a message is left out of an answer");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn find(
    ledger: &Ledger,
    caller: &Caller,
    sought: &Sought,
    limit: usize,
) -> Result<Vec<Known>, LedgerError> {
    let mut known: Vec<(u64, Known)> = Vec::new();
    for id in candidates(ledger, sought)? {
        if let Some(row) = ledger.message_row(id)? {
            if !sees(caller, &row) {
                continue;
            }
            let message = ledger.message(id, &row);
            let read = message.and_then(|message| on_vsp(ledger, caller, message, &row));
            if let Some(read) = sound(read)?
                && sought.is(&read.numbers)
            {
                known.push((row.position, Known::Taken(Box::new(read))));
            }
        } else if let Some(row) = ledger.returned(id)?
            && sees_returned(caller, &row)
            && let Some(read) = sound(given_back(ledger, &row))?
            && sought.is(&read.numbers)
        {
            known.push((row.position, Known::GivenBack(Box::new(read))));
        }
    }
    known.sort_by_key(|(position, _)| *position);
    known.truncate(limit);
    Ok(known.into_iter().map(|(_, known)| known).collect())
}

/// Who made it for a provider, or reads it for one. A copy of an answer that was made in his own name is told by the own API only: on this wire a message
/// goes from one party to another, and the answer itself has its status here.
fn sees(caller: &Caller, row: &MessageRow) -> bool {
    if row.is_own_copy() {
        return false;
    }
    let sides = Sides::of(caller, row);
    sides.maker && is_provider(row.maker_code()) || sides.reads && is_provider(row.receiver_code())
}

fn is_provider(code: Option<PartyCode>) -> bool {
    code.is_some_and(|code| code.kind() == CodeKind::Agb)
}

/// Who sent what was refused, or may send for its sender, is told of it.
fn sees_returned(caller: &Caller, row: &ReturnedRow) -> bool {
    let event = &row.event;
    let sender = event.sender.parse::<PartyCode>().ok();
    let knows = |code: PartyCode| caller.may_know_of(&code, event.kind.as_ref());
    event.party == caller.party.as_str() || sender.is_some_and(knows)
}

impl Sought {
    fn number(&self) -> &str {
        match self {
            Self::Number(number)
            | Self::NumberOrAnswers(number)
            | Self::Answers(number)
            | Self::Conversation(number) => number,
        }
    }

    /// Whether a message with these numbers is meant.
    fn is(&self, numbers: &Numbers) -> bool {
        let answers = |number: &String| {
            let answered = numbers.answers.as_deref();
            answered.is_some_and(|of| same_number(of, number))
        };
        match self {
            Self::Number(number) => same_number(&numbers.number, number),
            Self::Answers(number) => answers(number),
            Self::NumberOrAnswers(number) => {
                same_number(&numbers.number, number) || answers(number)
            }
            Self::Conversation(number) => same_number(&numbers.conversation, number),
        }
    }
}

/// Ids of messages that may be meant: those whose wire said so, those whose number follows from their id, and those of their threads.
fn candidates(ledger: &Ledger, sought: &Sought) -> Result<BTreeSet<MessageId>, LedgerError> {
    let names = &ledger.pseudonyms;
    let number = plain(sought.number());
    let mut ids: BTreeSet<MessageId> = BTreeSet::new();
    let mut said = vec![names.wire_number(&number)];
    match sought {
        Sought::Number(_) => {}
        Sought::NumberOrAnswers(_) | Sought::Answers(_) => said.push(names.wire_answer(&number)),
        Sought::Conversation(_) => said.push(names.wire_conversation(&number)),
    }
    for name in said {
        ids.extend(ledger.numbered(name, LOOKED_AT_MAX)?);
    }
    for id in may_be_minted_from(&number) {
        if ledger.message_row(id)?.is_some() && uuid_text(minted(id)) == number {
            ids.insert(id);
        }
    }
    if matches!(sought, Sought::Number(_)) {
        return Ok(ids);
    }
    for id in ids.clone() {
        if let Some(row) = ledger.message_row(id)? {
            ids.extend(ledger.thread(row.thread)?.into_iter().map(|(id, _)| id));
        }
    }
    Ok(ids)
}

fn on_vsp(
    ledger: &Ledger,
    caller: &Caller,
    message: Message,
    row: &MessageRow,
) -> Result<OnVsp, LedgerError> {
    let id = message.id;
    let record = ledger.wire_record(row.position)?;
    let wire = wire_of(ledger, row.position, record.as_ref())?;
    let asked = match row.answers(id) {
        None if row.kind.is_file() => {
            let number = answered(record.as_ref(), wire.as_ref());
            let minted = number.as_deref().map(may_be_minted_from);
            ledger.asked_by_file(row, number.as_deref(), minted.unwrap_or_default())?
        }
        known => known,
    };
    let question = question_of(ledger, asked)?;
    let known = question.as_ref().map(|(id, record)| (*id, record.as_ref()));
    let mut numbers = Numbers::on_vsp((id, record.as_ref()), known);
    let over_vsp = wire.as_ref().filter(|wire| wire.door == Door::Vsp);
    let said = over_vsp.and_then(|wire| wire.conversation.as_deref());
    // An answer that came by another door belongs to the conversation of its question.
    let asked = question.and_then(|(_, record)| record?.conversation);
    if let Some(said) = said {
        numbers.conversation = plain(said);
    } else if let Some(asked) = asked {
        numbers.conversation = uuid_text(asked);
    }
    let halted = ledger.halted_at(&row.receiver, row.position)?;
    let sides = Sides::of(caller, row);
    Ok(OnVsp {
        message,
        numbers,
        wire,
        rejected: ledger.rejected(id)?.map(|row| (row.code, row.at)),
        halted: halted.map(|row| Halted {
            at: row.at,
            dropped: row.dropped,
        }),
        is_own: sides.maker,
        may_read: sides.reads,
    })
}

/// The message that is answered, with what its wire said.
fn question_of(
    ledger: &Ledger,
    asked: Option<MessageId>,
) -> Result<Option<(MessageId, Option<WireRecord>)>, LedgerError> {
    let Some(question) = asked else {
        return Ok(None);
    };
    let Some(asked) = ledger.message_row(question)? else {
        return Ok(None);
    };
    let record = sound(ledger.wire_record(asked.position))?.flatten();
    Ok(Some((question, record)))
}

/// What the wire of a message said, when it came over one; `None` also when that is damaged or erased.
pub(super) fn wire_of(
    ledger: &Ledger,
    position: u64,
    record: Option<&WireRecord>,
) -> Result<Option<Wire>, LedgerError> {
    if record.is_none() {
        return Ok(None);
    }
    let part = sound(ledger.envelope(position))?.flatten();
    Ok(part.and_then(|part| Wire::read(&part)))
}

fn given_back(ledger: &Ledger, row: &ReturnedRow) -> Result<GivenBack, LedgerError> {
    let event = &row.event;
    let record = event.wire;
    Ok(GivenBack {
        at: row.at,
        kind: event.kind.clone(),
        numbers: Numbers::on_vsp((event.message, Some(&record)), None),
        wire: wire_of(ledger, row.position, Some(&record))?,
        record,
        reason: event.reason.clone(),
        meldingen: sound(ledger.meldingen(row))?.unwrap_or_default(),
        found: event.counts.values().sum(),
    })
}
