//! What somebody looked at as an auditor, and the rows by which those who were looked at find it: written before he gets his answer.
//!
//! The record names who looked, how, by which scope, and which messages he was shown. For what, and what he asked for, stands in its effect part: encrypted, a
//! BSN and a number of a sender as pseudonyms only. A look changes no row by which messages are found, so no look changes what another one sees.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::commit::Submission;
use super::events::{Event, EventError};
use super::id::MessageId;
use super::lock::Held;
use super::pseudonym::{Outer, Pseudonym};
use super::replay::event_of;
use super::views::{joined, mailbox_key};
use super::{Ledger, LedgerError};
use crate::register::{PartyCode, Scope};
use crate::store::{Batch, Collection, Journal, Part, PartKind, Position, Record};

/// Position of a message and of a look at it, the newest first -> nothing.
pub(super) const LOOKS: Collection = Collection::of("looks");
/// Code of a maker or receiver, a zero byte and position of a look at a message of his, the newest first -> nothing.
pub(super) const LOOKED_AT: Collection = Collection::of("looked-at");
/// Client (hidden) and position of a look for what is about him, the newest first -> nothing.
pub(super) const LOOKED_FOR: Collection = Collection::of("looked-for");

/// The version of a [`Looked`] that is written.
const VERSION: u8 = 1;

/// How somebody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Look {
    /// He searched.
    #[n(0)]
    Search,
    /// He opened a message.
    #[n(1)]
    Message,
    /// He opened a thread.
    #[n(2)]
    Thread,
    /// He took a receipt.
    #[n(3)]
    Receipt,
    /// He exported.
    #[n(4)]
    Export,
    /// He asked for figures.
    #[n(5)]
    Statistics,
}

impl Look {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Message => "message",
            Self::Thread => "thread",
            Self::Receipt => "receipt",
            Self::Export => "export",
            Self::Statistics => "statistics",
        }
    }
}

/// Somebody looked as an auditor, or tried to. It was written before he was answered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Viewed {
    /// Party (register name) that looked.
    #[n(0)]
    pub party: String,
    /// How.
    #[n(1)]
    pub look: Look,
    /// Why he was not answered, as a code; absent when he was.
    #[n(2)]
    pub refused: Option<String>,
    /// How many messages he was shown.
    #[n(3)]
    pub count: u64,
    /// Over what he might look at that moment; empty for who is no auditor.
    #[n(4)]
    pub scope: Vec<Seen>,
    /// The messages he was shown.
    #[n(5)]
    pub shown: Vec<Shown>,
    /// Where the scope stands when it has too many parts to stand here; absent when it stands here, and in records of programs that never said so.
    #[n(6)]
    pub scope_in: Option<SeenIn>,
}

/// Where a scope is read that has too many parts for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SeenIn {
    /// SHA-256 of the party register, which is kept by its hash: the lines of the party in it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub register: [u8; 32],
    /// How many parts it has: a law, a municipality and a stretch of days each.
    #[n(1)]
    pub parts: u64,
}

/// A part of a scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Seen {
    /// `jw` or `wmo`.
    #[n(0)]
    pub law: String,
    /// First day of receipt as a number: 20260301.
    #[n(1)]
    pub first: u32,
    /// Last day.
    #[n(2)]
    pub last: u32,
    /// Codes of the municipalities.
    #[n(3)]
    pub gemeenten: Vec<String>,
}

/// Most bytes of a scope in a record, about: the whole country under both laws takes half of it. The messages of a page need the rest.
const SCOPE_BYTES_MAX: usize = 8_000;
/// What a part and a code in it take at most.
const PART_BYTES: usize = 24;
const CODE_BYTES: usize = 6;

impl Seen {
    /// A scope as a record says it: municipalities with the same days together. `None`: that is too long for one.
    pub(crate) fn of(scope: &Scope) -> Option<Vec<Self>> {
        let number = |day: jiff::civil::Date| {
            let year = u32::from(day.year().max(0).unsigned_abs());
            let (month, of_month) = (day.month().unsigned_abs(), day.day().unsigned_abs());
            year * 10_000 + u32::from(month) * 100 + u32::from(of_month)
        };
        let mut together: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for reach in scope.reaches() {
            let (first, last) = reach.days();
            let key = (reach.law(), number(first), number(last));
            together
                .entry(key)
                .or_default()
                .push(reach.gemeente().to_string());
        }
        let bytes = together.len() * PART_BYTES + scope.reaches().len() * CODE_BYTES;
        let parts = together.into_iter();
        let parts = parts.map(|((law, first, last), gemeenten)| Self {
            law: law.as_str().to_owned(),
            first,
            last,
            gemeenten,
        });
        (bytes <= SCOPE_BYTES_MAX).then(|| parts.collect())
    }
}

/// Messages between two that were shown.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Shown {
    /// Code of the one who made them.
    #[n(0)]
    pub maker: String,
    /// Code of the one they were for.
    #[n(1)]
    pub receiver: String,
    /// Their positions.
    #[n(2)]
    pub messages: Vec<u64>,
}

/// The effect part of a [`Viewed`].
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Looked {
    #[n(0)]
    version: u8,
    /// For what he looked, in his own words; absent when he gave none that may be kept.
    #[n(1)]
    pub purpose: Option<String>,
    /// What he asked for, less what stands below: each condition by its name in the API, a value as it was given.
    #[n(2)]
    pub filters: BTreeMap<String, Vec<String>>,
    /// The client whose BSN he gave, towards each municipality in which he looked; sorted.
    #[n(3)]
    pub clients: Vec<Pseudonym>,
    /// The number of a sender that he gave.
    #[n(4)]
    pub reference: Option<Pseudonym>,
    /// The message or the thread that he named.
    #[n(5)]
    pub named: Option<MessageId>,
}

impl std::fmt::Debug for Looked {
    /// Counts: what somebody asked for may tell of a client.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Looked")
            .field("filters", &self.filters.len())
            .field("clients", &self.clients.len())
            .finish_non_exhaustive()
    }
}

impl Looked {
    /// The bytes of the part.
    pub(super) fn encode(&self) -> Vec<u8> {
        let written = Self {
            version: VERSION,
            ..self.clone()
        };
        let encoded = minicbor::to_vec(&written);
        debug_assert!(encoded.is_ok(), "writing into memory cannot fail");
        encoded.unwrap_or_default()
    }

    /// Reads a part of any version ever written. Err: it is of a later program, or not one of ours.
    pub fn decode(bytes: &[u8]) -> Result<Self, EventError> {
        let read: Self =
            minicbor::decode(bytes).map_err(|cause| EventError::Malformed(cause.to_string()))?;
        match read.version {
            VERSION => Ok(Self { version: 0, ..read }),
            later => Err(EventError::Version(later)),
        }
    }
}

/// The rows that a look makes. It deletes none and touches none of a message.
pub(super) fn rows(
    batch: &mut Batch,
    position: Position,
    viewed: &Viewed,
    looked: Option<&Looked>,
    outer: &Outer,
) {
    let newest_first = !position.0;
    for Shown {
        maker,
        receiver,
        messages,
    } in &viewed.shown
    {
        for code in [maker, receiver] {
            batch.put(LOOKED_AT, mailbox_key(code, newest_first), []);
        }
        for message in messages {
            let key = [message.to_be_bytes(), newest_first.to_be_bytes()].concat();
            batch.put(LOOKS, key, []);
        }
    }
    for client in looked.iter().flat_map(|looked| &looked.clients) {
        let key = joined(&outer.hide(*client), newest_first);
        batch.put(LOOKED_FOR, key, []);
    }
}

/// The effect part of a look; `None` when it was erased. Err: it cannot be read.
pub(super) fn looked_of(
    journal: &dyn Journal,
    record: &Record,
) -> Result<Option<Looked>, LedgerError> {
    match journal.part(record, PartKind::Effect)? {
        Some(Part::Whole(bytes)) => {
            let read = Looked::decode(&bytes).map_err(|cause| LedgerError::Unreadable {
                position: record.position.0,
                cause,
            })?;
            Ok(Some(read))
        }
        Some(Part::Erased) | None => Ok(None),
    }
}

/// A look that was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastLook {
    /// When.
    pub at: jiff::Timestamp,
    /// Position of its record.
    pub position: u64,
    /// Who, how and what he was shown.
    pub viewed: Viewed,
    /// For what; `None` when none was given, or what is kept of it is erased or damaged.
    pub purpose: Option<String>,
}

impl Ledger {
    /// Writes down that somebody looks. When this returns he may be answered. Err: it is not certain that it is written down, so he may not.
    pub(crate) async fn look(&self, viewed: Viewed, looked: Looked) -> Result<u64, LedgerError> {
        let submission = Submission {
            looked: Some(looked),
            ..Submission::fact(Event::Viewed(viewed), Held::default())
        };
        self.commit(submission)
            .await
            .map(|(position, _)| position.0)
    }

    /// Positions of the looks at messages of a code, newest first, only those before a position when one is given.
    pub(crate) fn looks_at_code(
        &self,
        code: &PartyCode,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, LedgerError> {
        let (list, end) = (
            |from| mailbox_key(code.as_str(), from),
            [
                code.as_str().as_bytes(),
                &[0, 0xff, 0xff, 0xff, 0xff],
                &[0xff; 5],
            ]
            .concat(),
        );
        self.looks(LOOKED_AT, list, &end, before, limit)
    }

    /// The same of one message.
    pub(crate) fn looks_at_message(
        &self,
        message: u64,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, LedgerError> {
        let list = |from: u64| [message.to_be_bytes(), from.to_be_bytes()].concat();
        let end = [&message.to_be_bytes()[..], &[0xff; 9]].concat();
        self.looks(LOOKS, list, &end, before, limit)
    }

    /// The same of looks for a client of a municipality by his BSN, whatever was found.
    pub(crate) fn looks_for_client(
        &self,
        client: Pseudonym,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, LedgerError> {
        let hidden = self.name(client);
        let end = [&hidden[..], &[0xff; 9]].concat();
        self.looks(
            LOOKED_FOR,
            |from| joined(&hidden, from),
            &end,
            before,
            limit,
        )
    }

    fn looks(
        &self,
        collection: Collection,
        list: impl Fn(u64) -> Vec<u8>,
        end: &[u8],
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, LedgerError> {
        if before == Some(0) {
            return Ok(Vec::new());
        }
        // Turned round, what is before comes behind.
        let from = list(before.map_or(0, |before| !before + 1));
        let rows = self.views.range(collection, &from, end, limit)?;
        let positions = rows.iter().map(|(key, _)| {
            let position = key.last_chunk::<8>().ok_or(LedgerError::Views {
                what: "a look without position",
            })?;
            Ok(!u64::from_be_bytes(*position))
        });
        positions.collect()
    }

    /// The look at a position. Err: there is none, or it cannot be read.
    pub(crate) fn past_look(&self, position: u64) -> Result<PastLook, LedgerError> {
        let record = self.journal.read(Position(position))?;
        let Event::Viewed(viewed) = event_of(&record)? else {
            return Err(LedgerError::Views {
                what: "a look that is none",
            });
        };
        let purpose = match looked_of(&*self.journal, &record) {
            Ok(looked) => looked.and_then(|looked| looked.purpose),
            Err(error) if error.damaged() => {
                self.damaged.note(position, &error);
                None
            }
            Err(error) => return Err(error),
        };
        Ok(PastLook {
            at: record.time,
            position,
            viewed,
            purpose,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An effect part of a look as version 1 wrote it.
    const GOLDEN: &str = include_str!("../../../tests/golden/look-1.txt");

    fn sample() -> Looked {
        Looked {
            version: 0,
            purpose: Some("Onderzoek 2026-14".to_owned()),
            filters: BTreeMap::from([("kinds".to_owned(), vec!["301".to_owned()])]),
            clients: vec![Pseudonym([1; 16]), Pseudonym([2; 16])],
            reference: Some(Pseudonym([3; 16])),
            named: Some(MessageId::from_bytes([4; 16])),
        }
    }

    #[test]
    fn what_is_kept_of_a_look_is_read_and_written_as_ever() {
        let bytes = data_encoding::HEXLOWER.decode(GOLDEN.trim().as_bytes());
        let bytes = bytes.expect("hexadecimal");
        assert_eq!(Looked::decode(&bytes), Ok(sample()));
        assert_eq!(
            data_encoding::HEXLOWER.encode(&sample().encode()),
            GOLDEN.trim()
        );
    }

    #[test]
    fn what_is_kept_of_a_look_by_a_later_program_or_nobody_is_told_apart() {
        let mut bytes = sample().encode();
        assert_eq!(bytes.get(1..3), Some(&[0, VERSION][..]));
        bytes[2] = 2;
        assert_eq!(Looked::decode(&bytes), Err(EventError::Version(2)));
        assert!(matches!(Looked::decode(&[]), Err(EventError::Malformed(_))));
        assert!(!format!("{:?}", sample()).contains("2026-14"));
    }
}
