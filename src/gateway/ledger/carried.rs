//! What is carried on when effects are erased: of the past of two parties the rows that have not ended, and what is remembered of the products of their
//! allocations. It is the effect part of an [`Event::Forgotten`](super::Event::Forgotten), and takes the place of all that was carried on for these two before.
//!
//! Rows are said whole, as they stood: a replay, which has not the effects that made them, puts them in as they are. What is not carried on is not in any file
//! any more, not even as something that was taken away.

use jiff::Timestamp;
use minicbor::{Decode, Encode};

use super::LedgerError;
use super::events::{EventError, Forgotten};
use super::pseudonym::{Outer, Pseudonym};
use super::translation::{self, Remembered};
use super::views::{self, StampRow, row};
use crate::store::{Batch, Collection, Journal, Part, PartKind, Position, Record};

/// Message id -> [`StampRow`]: when its effect and findings were erased.
pub(super) const FORGOTTEN: Collection = Collection::of("forgotten");
/// Scope (hidden) -> position of the record that carries on what is still needed of its erased effects.
pub(super) const CARRIED: Collection = Collection::of("carried");

/// The version that is written.
const VERSION: u8 = 1;

/// The effect part of a [`Forgotten`] between two parties.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Carried {
    #[n(0)]
    version: u8,
    /// The scope of the two.
    #[n(1)]
    pub(super) scope: Pseudonym,
    /// Rows of its past, in the order of their keys.
    #[n(2)]
    pub(super) rows: Vec<CarriedRow>,
    /// What is remembered of allocations.
    #[n(3)]
    pub(super) memories: Vec<Remembered>,
}

/// A row of the past, whole.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct CarriedRow {
    /// Its key, as [`RowKey::to_bytes`](knooppunt_standard::history::RowKey::to_bytes) writes it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(super) key: Vec<u8>,
    /// The row, as [`Row::encode`](knooppunt_standard::history::Row::encode) writes it.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(super) row: Vec<u8>,
    /// No effect of a record behind this position has changed it since: when all effects up to here are erased, none that is kept touches the row.
    #[n(2)]
    pub(super) since: u64,
}

impl std::fmt::Debug for Carried {
    /// Counts: it tells of clients.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (rows, memories) = (self.rows.len(), self.memories.len());
        write!(f, "Carried({rows} rows, {memories} memories)")
    }
}

impl Carried {
    pub(super) fn new(scope: Pseudonym, rows: Vec<CarriedRow>, memories: Vec<Remembered>) -> Self {
        Self {
            version: VERSION,
            scope,
            rows,
            memories,
        }
    }

    /// The bytes of the part.
    pub(super) fn encode(&self) -> Vec<u8> {
        row(self)
    }

    /// Reads a part of any version ever written. Err: it is of a later program, or not one of ours.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, EventError> {
        let read: Self =
            minicbor::decode(bytes).map_err(|cause| EventError::Malformed(cause.to_string()))?;
        match read.version {
            VERSION => Ok(read),
            later => Err(EventError::Version(later)),
        }
    }

    /// What the record at a position carries on; `None` when it carries nothing on, or that was carried on by a later one. Err: it cannot be read.
    pub(super) fn of(journal: &dyn Journal, record: &Record) -> Result<Option<Self>, LedgerError> {
        match journal.part(record, PartKind::Effect)? {
            Some(Part::Whole(bytes)) => {
                let read = Self::decode(&bytes).map_err(|cause| LedgerError::Unreadable {
                    position: record.position.0,
                    cause,
                })?;
                Ok(Some(read))
            }
            Some(Part::Erased) | None => Ok(None),
        }
    }
}

/// The rows of a record that says what was erased, but for those of the past.
pub(super) fn rows(
    batch: &mut Batch,
    position: Position,
    at: Timestamp,
    forgotten: &Forgotten,
    carried: Option<&Carried>,
    outer: &Outer,
) {
    for named in &forgotten.messages {
        let stamp = StampRow {
            position: position.0,
            at,
        };
        batch.put(FORGOTTEN, named.message.as_bytes(), row(&stamp));
    }
    if let Some(carried) = carried {
        let scope = outer.hide(carried.scope);
        batch.put(CARRIED, scope, position.0.to_be_bytes());
        for memory in &carried.memories {
            translation::remember(batch, carried.scope, memory, outer);
        }
    }
}

/// Collections into which an erased effect makes its record put nothing, although a damaged one does: what it waited for is not lost but long over.
pub(super) const NOT_OF_ERASED: [Collection; 3] =
    [super::held::RELEASED, views::OPEN, views::WAITED];

#[cfg(test)]
mod tests {
    use super::super::translation::Kept;
    use super::*;
    use knooppunt_standard::history;

    /// A part as version 1 wrote it.
    const GOLDEN: &str = include_str!("../../../tests/golden/carried-1.txt");

    fn sample() -> Carried {
        let row = CarriedRow {
            key: vec![11],
            row: vec![0x82, 1, 2],
            since: 70,
        };
        let memory = Remembered {
            position: 12,
            number: 1,
            kept: Kept {
                toewijzing: Some(history::Pseudonym([3; 16])),
                memory: vec![1, 2, 3],
            },
        };
        Carried::new(Pseudonym([9; 16]), vec![row], vec![memory])
    }

    #[test]
    fn what_is_carried_on_is_read_and_written_as_ever() {
        let written = data_encoding::HEXLOWER.encode(&sample().encode());
        assert_eq!(written, GOLDEN.trim());
        assert_eq!(Carried::decode(&sample().encode()), Ok(sample()));
    }

    #[test]
    fn what_a_later_program_carried_on_is_told_and_none_of_it_is_shown() {
        let later = Carried {
            version: 2,
            ..sample()
        };
        assert_eq!(
            Carried::decode(&later.encode()),
            Err(EventError::Version(2))
        );
        assert_eq!(format!("{later:?}"), "Carried(1 rows, 1 memories)");
    }
}
