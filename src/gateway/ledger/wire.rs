//! What the ledger keeps of the wire that a message came over: by which door, under which numbers, and what tells a repeat from another message.
//!
//! In clear stand only a door, versions and numbers that are a UUID, which tell nothing about a client. What a sender can fill as he likes is a part of its
//! own ([`PartKind::Envelope`]) under the content key, and goes with the content.

use minicbor::{Decode, Encode};

use super::delivery;
use super::effect::Effect;
use super::events::{KindRecord, Rejected, Returned, Told};
use super::findings::{self, Melding};
use super::held;
use super::id::MessageId;
use super::pseudonym::{Outer, Pseudonym};
use super::views::{self, KeptRow, MessageRow, Pointer, StampRow, joined, mailbox_key, row};
use super::{Ledger, LedgerError};
use crate::store::{Batch, Collection, Part, PartKind, Position};

/// Identity on a wire (hidden, 16 bytes) -> [`WireRow`].
pub(crate) const WIRES: Collection = Collection::pointed_at("wires");
/// A number of a wire (hidden: own, conversation or answered) and position -> [`Pointer`].
pub(crate) const NUMBERED: Collection = Collection::of("numbered");
/// Message id of one that was refused after its receipt was confirmed -> [`ReturnedRow`].
pub(crate) const RETURNED: Collection = Collection::pointed_at("returned");
/// Who is to be told of such a refusal (a code, or the name of a party), a zero byte and position -> [`Pointer`], until he was told.
pub(crate) const RETURNS: Collection = Collection::walked("returns");
/// Message id -> [`RejectedRow`] of one that its receiver refused with a message of the wire itself.
pub(crate) const REJECTED: Collection = Collection::of("rejected");

/// Most messages under one number that are looked at for the one that a file answers.
const NUMBERED_MAX: usize = 100;

/// By which door a message came. The own API is none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Door {
    /// SOAP with the envelope ggk0210.
    #[n(0)]
    Ggk0210,
    /// SOAP with the envelope ggk0310.
    #[n(1)]
    Ggk0310,
    /// REST of VECOZO's exchange.
    #[n(2)]
    Vsp,
}

impl Door {
    /// Every door.
    pub const ALL: [Self; 3] = [Self::Ggk0210, Self::Ggk0310, Self::Vsp];

    /// Stable name: `ggk0210`, `ggk0310` or `vsp`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ggk0210 => "ggk0210",
            Self::Ggk0310 => "ggk0310",
            Self::Vsp => "vsp",
        }
    }

    /// Whose numbers these are: the two envelopes of the GGk share theirs.
    pub fn family(self) -> &'static str {
        match self {
            Self::Ggk0210 | Self::Ggk0310 => "ggk",
            Self::Vsp => "vsp",
        }
    }
}

/// What a record says in clear of the wire of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WireRecord {
    /// By which door it came.
    #[n(0)]
    pub door: Door,
    /// Its number there (referentienummer, traceerId) when that is a UUID.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub number: Option<[u8; 16]>,
    /// The conversation (conversatieId) when that is a UUID; absent also when it is its own number.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub conversation: Option<[u8; 16]>,
    /// The number that it answers (crossRefnummer, alsAntwoordOp) when that is a UUID.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub answers: Option<[u8; 16]>,
    /// Version of the kind as the envelope has it: functieVersie, berichtversie.
    #[n(4)]
    pub version: Option<u16>,
    /// functieSubversie, berichtsubversie.
    #[n(5)]
    pub subversion: Option<u16>,
}

/// What an effect keeps of a wire: names by which the message is found again, and what tells a repeat.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct WireMarks {
    /// Door, party, sender and number.
    #[n(0)]
    pub(crate) identity: Pseudonym,
    /// SHA-256 of what was sent, envelope and content, in one form.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) content: [u8; 32],
    /// The number alone, then the conversation and the number that is answered.
    #[n(2)]
    pub(crate) numbers: Vec<Pseudonym>,
}

/// What came over a wire with a message, ready to be recorded.
#[derive(Clone)]
pub(crate) struct Wired {
    pub(crate) record: WireRecord,
    pub(crate) marks: WireMarks,
    /// The envelope part.
    pub(crate) part: Vec<u8>,
}

impl std::fmt::Debug for WireMarks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WireMarks({} numbers)", self.numbers.len())
    }
}

impl std::fmt::Debug for Wired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wired({:?})", self.record.door)
    }
}

/// Who has an identity on a wire.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct WireRow {
    #[n(0)]
    pub(crate) position: u64,
    /// The message; one that was [`Returned`] stands in [`RETURNED`] and not among the messages.
    #[n(1)]
    pub(crate) message: MessageId,
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) content: [u8; 32],
    #[n(3)]
    pub(crate) returned: bool,
}

/// A message that was refused after its receipt was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct ReturnedRow {
    #[n(0)]
    pub(crate) position: u64,
    #[cbor(n(1), with = "views::time")]
    pub(crate) at: jiff::Timestamp,
    #[n(2)]
    pub(crate) event: Returned,
}

/// A message that its receiver refused on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct RejectedRow {
    /// Position of the record that says so.
    #[n(0)]
    pub(crate) position: u64,
    #[cbor(n(1), with = "views::time")]
    pub(crate) at: jiff::Timestamp,
    /// Published code with which it was refused.
    #[n(2)]
    pub(crate) code: String,
}

/// The rows of a wire: of every record whose effect has one.
pub(super) fn wired(
    batch: &mut Batch,
    position: Position,
    message: MessageId,
    effect: Option<&Effect>,
    returned: bool,
    outer: &Outer,
) {
    let Some(marks) = effect.and_then(|effect| effect.wire.as_ref()) else {
        return;
    };
    let Position(position) = position;
    let holder = WireRow {
        position,
        message,
        content: marks.content,
        returned,
    };
    batch.put(WIRES, outer.hide(marks.identity), row(&holder));
    let pointer = row(&Pointer { position, message });
    for number in &marks.numbers {
        let key = joined(&outer.hide(*number), position);
        batch.put(NUMBERED, key, pointer.clone());
    }
}

/// The rows of a message that was refused after its receipt was confirmed.
pub(super) fn returned(
    batch: &mut Batch,
    position: Position,
    at: jiff::Timestamp,
    event: &Returned,
    effect: Option<&Effect>,
    outer: &Outer,
) {
    wired(batch, position, event.message, effect, true, outer);
    let (Position(number), message) = (position, event.message);
    let told = ReturnedRow {
        position: number,
        at,
        event: event.clone(),
    };
    batch.put(RETURNED, message.as_bytes(), row(&told));
    let kept = KeptRow {
        position: number,
        message,
        since: at,
    };
    batch.put(views::KEPT, number.to_be_bytes(), row(&kept));
    if let Some(to) = &event.tell {
        let pointer = Pointer {
            position: number,
            message,
        };
        batch.put(RETURNS, mailbox_key(to, number), row(&pointer));
    }
}

/// Who sent it was told.
pub(super) fn told(batch: &mut Batch, event: &Told) {
    batch.delete(RETURNS, mailbox_key(&event.to, event.message.position));
    delivery::ended(batch, &event.to, event.message.position);
}

/// A message that its receiver refused on the wire: he has it, nothing is owed for it, and what it would have done is dropped.
pub(super) fn rejected(
    batch: &mut Batch,
    position: Position,
    at: jiff::Timestamp,
    event: &Rejected,
    effect: Option<&Effect>,
    outer: &Outer,
) {
    let (Position(number), named) = (position, event.message);
    wired(batch, position, named.message, effect, false, outer);
    let refused = RejectedRow {
        position: number,
        at,
        code: event.code.clone(),
    };
    batch.put(REJECTED, named.message.as_bytes(), row(&refused));
    batch.delete(
        views::MAILBOXES,
        mailbox_key(&event.receiver, named.position),
    );
    delivery::ended(batch, &event.receiver, named.position);
    views::answered(batch, &event.maker, &event.receiver, named.position);
    let scope = effect
        .and_then(|effect| effect.scope)
        .map(|scope| outer.hide(scope));
    if let Some(scope) = &scope {
        batch.delete(views::PENDING, joined(scope, named.position));
    }
    held::end(batch, scope.as_ref(), &event.receiver, named.position);
    if let Some(effect) = effect {
        let between = [event.maker.as_str(), event.receiver.as_str()];
        views::owed(batch, number, between, effect, outer);
    }
    let stamp = StampRow {
        position: number,
        at,
    };
    batch.put(views::ACKNOWLEDGED, named.message.as_bytes(), row(&stamp));
    let kept = KeptRow {
        position: number,
        message: named.message,
        since: at,
    };
    batch.put(views::KEPT, number.to_be_bytes(), row(&kept));
    for position in [named.position, number] {
        let closed = KeptRow {
            position: number,
            message: named.message,
            since: at,
        };
        batch.put(views::CLOSED, position.to_be_bytes(), row(&closed));
    }
}

impl Ledger {
    /// The message that has this identity on a wire.
    pub(crate) fn wire_holder(&self, identity: Pseudonym) -> Result<Option<WireRow>, LedgerError> {
        self.row(WIRES, &self.name(identity))
    }

    /// The messages that have this number of a wire, oldest first; some may have been [`Returned`].
    pub(crate) fn numbered(
        &self,
        number: Pseudonym,
        limit: usize,
    ) -> Result<Vec<MessageId>, LedgerError> {
        let name = self.name(number);
        let (from, to) = (joined(&name, 0), joined(&name, u64::MAX));
        let rows: Vec<Pointer> = self.rows(NUMBERED, &from, &to, limit)?;
        Ok(rows.into_iter().map(|row| row.message).collect())
    }

    /// The message that a file answers by this number, of the thread that it joined: a file settles nothing of it, so its own record does not say which it is.
    /// `minted`: the ids that such a number may follow from. `None`: it answers none, or what is not known.
    pub(crate) fn asked_by_file(
        &self,
        file: &MessageRow,
        number: Option<&str>,
        minted: Vec<MessageId>,
    ) -> Result<Option<MessageId>, LedgerError> {
        let Some(number) = number else {
            return Ok(None);
        };
        let mut ids = self.numbered(self.pseudonyms.wire_number(number), NUMBERED_MAX)?;
        ids.extend(minted);
        for id in ids {
            if let Some(row) = self.message_row(id)?
                && row.thread == file.thread
                && row.position < file.position
                && (&row.maker, &row.receiver) == (&file.receiver, &file.maker)
            {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// A message that was refused after its receipt was confirmed.
    pub(crate) fn returned(&self, id: MessageId) -> Result<Option<ReturnedRow>, LedgerError> {
        self.row(RETURNED, id.as_bytes())
    }

    /// The refusals of which a code (or a party, by its name) is still to be told, from a position on, oldest first.
    pub(crate) fn returns(
        &self,
        to: &str,
        from: u64,
        limit: usize,
    ) -> Result<Vec<ReturnedRow>, LedgerError> {
        let rows: Vec<Pointer> = self.rows(
            RETURNS,
            &mailbox_key(to, from),
            &mailbox_key(to, u64::MAX),
            limit,
        )?;
        rows.iter().map(|row| self.to_be_told(row)).collect()
    }

    /// The refusal that a row of [`RETURNS`] points at.
    pub(super) fn to_be_told(&self, row: &Pointer) -> Result<ReturnedRow, LedgerError> {
        let returned = self.returned(row.message)?;
        returned.ok_or(LedgerError::Views {
            what: "a refusal to be told that is none",
        })
    }

    /// Whether its receiver refused a message on the wire.
    pub(crate) fn rejected(&self, id: MessageId) -> Result<Option<RejectedRow>, LedgerError> {
        self.row(REJECTED, id.as_bytes())
    }

    /// What the record at a position says of the wire of its message; `None`: it came over none. Err: it cannot be read.
    pub(crate) fn wire_record(&self, position: u64) -> Result<Option<WireRecord>, LedgerError> {
        use super::events::Event;
        let record = self.journal.read(Position(position))?;
        match super::replay::event_of(&record)? {
            Event::Received(received) => Ok(received.wire),
            Event::Returned(returned) => Ok(Some(returned.wire)),
            Event::Rejected(rejected) => Ok(rejected.wire),
            Event::Refused(_)
            | Event::Acknowledged(_)
            | Event::DeadLettered(_)
            | Event::Delivery(_)
            | Event::Erased(_)
            | Event::DryRun(_)
            | Event::Decided(_)
            | Event::Reconsidered(_)
            | Event::Imported(_)
            | Event::Told(_)
            | Event::Brings(_)
            | Event::Viewed(_)
            | Event::Forgotten(_) => Ok(None),
        }
    }

    /// What the sender of such a message is told of its form. Err: it cannot be read.
    pub(crate) fn meldingen(&self, returned: &ReturnedRow) -> Result<Vec<Melding>, LedgerError> {
        let position = returned.position;
        let record = self.journal.read(Position(position))?;
        match self.journal.part(&record, PartKind::Findings)? {
            Some(Part::Whole(bytes)) => findings::decode_refusal(&bytes)
                .map_err(|cause| LedgerError::Unreadable { position, cause }),
            Some(Part::Erased) | None => Ok(Vec::new()),
        }
    }

    /// The envelope part of the record at a position; `None`: it has none, or it was erased. Err: it cannot be read.
    pub(crate) fn envelope(&self, position: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        let record = self.journal.read(Position(position))?;
        match self.journal.part(&record, PartKind::Envelope)? {
            Some(Part::Whole(bytes)) => Ok(Some(bytes)),
            Some(Part::Erased) | None => Ok(None),
        }
    }

    /// The kind whose term holds for the content of what is kept under an id. `None`: there is no message of that id.
    pub(crate) fn kept_kind(&self, id: MessageId) -> Result<Option<KindRecord>, LedgerError> {
        if let Some(MessageRow { kind, .. }) = self.message_row(id)? {
            return Ok(Some(kind));
        }
        let unknown = || KindRecord {
            law: String::new(),
            release: String::new(),
            soort: 0,
            functie: None,
        };
        let returned = self.returned(id)?;
        Ok(returned.map(|row| row.event.kind.unwrap_or_else(unknown)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::events::Inputs;
    use super::*;

    /// Nobody waits for the whole batch: a repeat asks by its number, and a list is walked, while it is written.
    #[test]
    fn whoever_finds_a_number_of_what_was_given_back_finds_its_refusal() {
        let marks = WireMarks {
            identity: Pseudonym([1; 16]),
            content: [2; 32],
            numbers: vec![Pseudonym([3; 16])],
        };
        let effect = Effect::new(Pseudonym([4; 16]), [5; 32], None, Vec::new()).over(marks);
        let event = Returned {
            message: MessageId::from_bytes([6; 16]),
            wire: WireRecord {
                door: Door::Vsp,
                number: None,
                conversation: None,
                answers: None,
                version: None,
                subversion: None,
            },
            kind: None,
            sender: "0289".to_owned(),
            receiver: None,
            party: "gemeente-a".to_owned(),
            reason: "level-1".to_owned(),
            counts: BTreeMap::new(),
            body: [5; 32],
            salt: [7; 16],
            body_bytes: 10,
            inputs: Inputs {
                program: "0.1.0".to_owned(),
                schemas: None,
                register: [0; 32],
                reference: None,
                rules: None,
                working_days: None,
                came_at: None,
                catalogue: None,
            },
            tell: Some("0289".to_owned()),
        };
        let (mut batch, outer) = (Batch::new(), Outer::random().unwrap());
        let at = jiff::Timestamp::UNIX_EPOCH;
        returned(&mut batch, Position(8), at, &event, Some(&effect), &outer);
        let mut written: Vec<Collection> = batch.changes().iter().map(|c| c.collection).collect();
        written.sort_unstable();
        assert_eq!(written.first(), Some(&RETURNED), "{written:?}");
        for leads in [WIRES, NUMBERED, views::KEPT, RETURNS] {
            assert!(written.contains(&leads), "{leads:?}");
        }
    }
}
