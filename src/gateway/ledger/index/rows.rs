//! What records put into the index and take out of it.

use jiff::Timestamp;

use super::super::LedgerError;
use super::super::effect::Effect;
use super::super::events::{Event, Mark, Received};
use super::super::message::Worth;
use super::super::pseudonym::Outer;
use super::super::replay::event_of;
use super::key::{self, Value};
use super::{INDEX, Listed, waits};
use crate::store::{Batch, Journal, Position, StoreError};

/// Where the counts of a record say how many findings were not kept: no code.
const MORE: &str = "more";

/// A row under a client.
pub(in crate::ledger) type ClientRow = (Vec<u8>, Vec<u8>);

/// The message that an event is about as the index has it, when the event changes rows of one that was taken before. Reads that one's record.
/// Err: the journal cannot be read; a damaged record, or one that is not there, is as none.
pub(in crate::ledger) fn about(
    journal: &dyn Journal,
    event: &Event,
    own: Position,
) -> Result<Option<Listed>, LedgerError> {
    let position = match event {
        Event::Received(received) if Worth::of(&received.marks) != Worth::Wrong => {
            received.asked_at(own)
        }
        Event::Acknowledged(acknowledged) => Some(acknowledged.position),
        Event::DeadLettered(dead) => Some(dead.message.position),
        Event::Rejected(rejected) => Some(rejected.message.position),
        Event::Reconsidered(again) => Some(again.message.position),
        Event::Received(_)
        | Event::Refused(_)
        | Event::Erased(_)
        | Event::DryRun(_)
        | Event::Decided(_)
        | Event::Imported(_)
        | Event::Returned(_)
        | Event::Told(_)
        | Event::Delivery(_)
        | Event::Brings(_)
        | Event::Viewed(_)
        | Event::Forgotten(_) => None,
    };
    let Some(position) = position else {
        return Ok(None);
    };
    let read = journal.read(Position(position)).map_err(LedgerError::from);
    match read.and_then(|record| Ok((record.time, event_of(&record)?))) {
        Ok((time, Event::Received(received))) => {
            Ok(Listed::of(Position(position), time, &received))
        }
        Ok(_) => Ok(None),
        Err(error) if error.damaged() => Ok(None),
        Err(LedgerError::Store(error)) if matches!(*error, StoreError::NoRecord { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The rows of a record but for those of clients. `stands`: as of [`stands`]; `about` is what [`about`] gave for it.
pub(in crate::ledger) fn rows(
    batch: &mut Batch,
    position: Position,
    at: Timestamp,
    event: &Event,
    stands: bool,
    about: Option<&Listed>,
) {
    match event {
        Event::Received(received) => {
            if let Some(question) = about {
                answered(batch, question);
            }
            taken(batch, position, at, received, stands);
        }
        Event::Acknowledged(_) => {
            if let Some(listed) = about {
                delete(batch, listed, &Value::Waiting);
            }
        }
        Event::DeadLettered(_) => {
            if let Some(listed) = about {
                delete(batch, listed, &Value::Waiting);
                put(batch, listed, &Value::Dead);
            }
        }
        Event::Rejected(_) => {
            if let Some(listed) = about {
                delete(batch, listed, &Value::Waiting);
                answered(batch, listed);
                put(batch, listed, &Value::Rejected);
            }
        }
        Event::Reconsidered(again) => {
            if let Some(listed) = about {
                codes(batch, listed, again.counts.keys());
            }
        }
        Event::Refused(_)
        | Event::Erased(_)
        | Event::DryRun(_)
        | Event::Decided(_)
        | Event::Imported(_)
        | Event::Returned(_)
        | Event::Told(_)
        | Event::Delivery(_)
        | Event::Brings(_)
        | Event::Viewed(_)
        | Event::Forgotten(_) => {}
    }
}

/// Whether a message may be owed an answer, as in the list of what is owed: the views say why.
pub(in crate::ledger) fn stands(event: &Event, effect: Option<&Effect>) -> bool {
    let is_held =
        matches!(event, Event::Received(received) if received.marks.contains(&Mark::Held));
    effect.is_some() || is_held
}

fn taken(batch: &mut Batch, position: Position, at: Timestamp, received: &Received, stands: bool) {
    let Some(listed) = Listed::of(position, at, received) else {
        return;
    };
    put(batch, &listed, &Value::All);
    put(batch, &listed, &Value::Provider(listed.aanbieder));
    put(batch, &listed, &Value::Kind(listed.soort));
    codes(batch, &listed, received.counts.keys());
    if waits(received) {
        put(batch, &listed, &Value::Waiting);
    }
    if let Some(term) = received.owed().filter(|_| stands) {
        put(batch, &listed, &Value::Open(term.number()));
    }
}

/// The rows of a taken message under its clients: apart, since a large declaration has thousands of them.
pub(in crate::ledger) fn clients(listed: &Listed, hidden: &[[u8; 16]]) -> Vec<ClientRow> {
    let row = key::row(listed);
    let keys = hidden
        .iter()
        .map(|client| key::key(listed, &Value::Client(*client)));
    keys.map(|key| (key, row.clone())).collect()
}

/// The clients of an effect as the index has them.
pub(in crate::ledger) fn hidden(effect: Option<&Effect>, outer: &Outer) -> Vec<[u8; 16]> {
    let clients = effect.map_or(&[][..], |effect| &effect.clients);
    clients.iter().map(|client| outer.hide(*client)).collect()
}

/// Adds rows under clients to a batch.
pub(in crate::ledger) fn put_clients(batch: &mut Batch, rows: Vec<ClientRow>) {
    for (key, row) in rows {
        batch.put(INDEX, key, row);
    }
}

fn codes<'c>(batch: &mut Batch, listed: &Listed, codes: impl Iterator<Item = &'c String>) {
    for code in codes.filter(|code| *code != MORE) {
        put(batch, listed, &Value::Code(code));
    }
}

/// It waits for no answer any more.
fn answered(batch: &mut Batch, listed: &Listed) {
    if let Some(term) = listed.owed() {
        delete(batch, listed, &Value::Open(term.number()));
    }
}

fn put(batch: &mut Batch, listed: &Listed, value: &Value<'_>) {
    batch.put(INDEX, key::key(listed, value), key::row(listed));
}

fn delete(batch: &mut Batch, listed: &Listed, value: &Value<'_>) {
    batch.delete(INDEX, key::key(listed, value));
}
