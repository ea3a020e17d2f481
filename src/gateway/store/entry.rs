//! What goes into the journal and what its places are called. It does not know how any of it is written.

use jiff::Timestamp;

use super::embedded::Prepared;
use super::{EVENT_BYTES_MAX, StoreError};

/// A place in the journal: 0 for the first record, without gaps. The order of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

impl Position {
    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Position {
        Position(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The two keys of a record, which live for different times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// Opens body, answer and translation; goes soon after they were acknowledged.
    Content,
    /// Opens effect and findings; lives as long as the rows they made. The record's salt goes with the last of its two keys.
    Effect,
}

impl KeyKind {
    /// Its number in records.
    pub fn number(self) -> u8 {
        match self {
            KeyKind::Content => 0,
            KeyKind::Effect => 1,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<KeyKind> {
        match number {
            0 => Some(KeyKind::Content),
            1 => Some(KeyKind::Effect),
            _ => None,
        }
    }
}

/// One key of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    /// The record the key belongs to.
    pub position: Position,
    /// Which of its two keys.
    pub kind: KeyKind,
}

/// What is kept beside a record, encrypted. A record has at most one part of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// The message as it came in.
    Body,
    /// The message that was made in answer.
    Answer,
    /// The body with product codes translated.
    Mapped,
    /// What the record changes in the ledger: enough to make views again.
    Effect,
    /// What was found wrong.
    Findings,
    /// What its sender wrote around it, for another wire than the own API.
    Envelope,
}

impl PartKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [PartKind; 6] = [
        PartKind::Body,
        PartKind::Answer,
        PartKind::Mapped,
        PartKind::Effect,
        PartKind::Findings,
        PartKind::Envelope,
    ];

    /// The key that opens a part of this kind.
    pub fn key(self) -> KeyKind {
        match self {
            PartKind::Body | PartKind::Answer | PartKind::Mapped | PartKind::Envelope => {
                KeyKind::Content
            }
            PartKind::Effect | PartKind::Findings => KeyKind::Effect,
        }
    }

    /// Its number in records.
    pub fn number(self) -> u8 {
        match self {
            PartKind::Body => 0,
            PartKind::Answer => 1,
            PartKind::Mapped => 2,
            PartKind::Effect => 3,
            PartKind::Findings => 4,
            PartKind::Envelope => 5,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<PartKind> {
        PartKind::ALL
            .into_iter()
            .find(|kind| kind.number() == number)
    }
}

/// What one append adds: becomes one [`super::Record`].
#[derive(Clone)]
pub struct Entry {
    /// When it happened, in UTC; kept in whole microseconds, raised to the time of the record before.
    pub time: Timestamp,
    /// What happened, at most [`EVENT_BYTES_MAX`] bytes. It is never erased, so it tells nothing about a client.
    pub event: Vec<u8>,
    /// What can be erased later; at most one of each kind.
    pub parts: Vec<(PartKind, Vec<u8>)>,
    /// Keys of earlier records that this entry ends.
    pub erases: Vec<KeyId>,
}

impl Entry {
    /// Whether the entry can be appended at `position`.
    pub(crate) fn check(&self, position: Position) -> Result<(), StoreError> {
        if self.event.len() > EVENT_BYTES_MAX {
            return Err(StoreError::TooLarge {
                what: "event",
                bytes: self.event.len(),
                bytes_max: EVENT_BYTES_MAX,
            });
        }
        for (at, (kind, _)) in self.parts.iter().enumerate() {
            if self
                .parts
                .iter()
                .skip(at + 1)
                .any(|(other, _)| other == kind)
            {
                return Err(StoreError::PartTwice { kind: *kind });
            }
        }
        match self.erases.iter().find(|key| key.position >= position) {
            Some(key) => Err(StoreError::NoKeyYet {
                position: key.position,
            }),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<(PartKind, usize)> = self
            .parts
            .iter()
            .map(|(kind, bytes)| (*kind, bytes.len()))
            .collect();
        f.debug_struct("Entry")
            .field("time", &self.time)
            .field("event_bytes", &self.event.len())
            .field("parts_bytes", &parts)
            .field("erases", &self.erases)
            .finish()
    }
}

/// An entry of which what takes long may be done: see [`super::Journal::set_aside`].
pub struct SetAside(pub(crate) Aside);

/// How far an entry is.
pub(crate) enum Aside {
    /// Nothing was done.
    Entry(Entry),
    /// Its keys are made, its parts are sealed, and the large ones are durable.
    Prepared(Box<Prepared>),
}

impl From<Entry> for SetAside {
    fn from(entry: Entry) -> SetAside {
        SetAside(Aside::Entry(entry))
    }
}

impl std::fmt::Debug for SetAside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Aside::Entry(entry) => entry.fmt(f),
            Aside::Prepared(_) => f.write_str("SetAside"),
        }
    }
}

/// Where an entry went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its place in the journal.
    pub position: Position,
    /// Its time as recorded: never before that of the record before.
    pub time: Timestamp,
}

/// Where a part is kept and what its stored bytes hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRef {
    /// What it is.
    pub kind: PartKind,
    /// Number of the part segment.
    pub segment: u32,
    /// First byte in the segment.
    pub offset: u64,
    /// Stored bytes (ciphertext).
    pub length: u64,
    /// SHA-256 of the stored bytes.
    pub sha256: [u8; 32],
}

/// What a part is read as.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    /// The bytes as they were appended.
    Whole(Vec<u8>),
    /// Its key is gone, so nobody can read it again.
    Erased,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Part::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Part::Erased => f.write_str("Erased"),
        }
    }
}
