//! What is kept of the translation of a message's products: in its effect, which outlives its content, and in a view, by allocation, so that what comes later
//! about an allocation is translated by what its provider was given then, whatever the tables say since.
//!
//! What a product was and became stands in bytes that the catalogue wrote; nothing of them is read here. In the view they are encrypted like rows of the past:
//! under a key that only who has the outer key and the pseudonyms of scope and allocation can work out.

use std::fmt;

use knooppunt_standard::history;
use minicbor::{Decode, Encode};

use super::effect::Effect;
use super::pseudonym::{Outer, Pseudonym};
use super::replay::effect_of;
use super::sealed::Sealed;
use super::views::MessageRow;
use super::{Ledger, LedgerError};
use crate::store::{Batch, Collection, PartKind, Position, Views};

/// Scope and allocation (both hidden), then position and number within the record counted down from the highest, so that the last comes first -> what is
/// remembered, encrypted.
pub(crate) const MEMORIES: Collection = Collection::of("memories");

/// Most that is read of one allocation: what its products were and became, the last first. Each is another product than the one before.
pub(crate) const MEMORIES_MAX: usize = 100;
/// Most rows of tables that are named of one message.
pub(crate) const ROWS_MAX: usize = 1_000;
/// Most products that are named of a message that was left as it is.
pub(crate) const LEFT_MAX: usize = 100;

/// What became of the products of a message between two parties who agreed on translation.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Translation {
    /// SHA-256 of the form that its receiver gets; absent of a message that he gets as it was sent.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub form: Option<[u8; 32]>,
    /// Version of the municipality's table: SHA-256 over what it is made of. Absent where no table was asked.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub table: Option<[u8; 32]>,
    /// The rows of it that were used, by file and line, each once; at most 1,000.
    #[n(2)]
    pub rows: Vec<TableRow>,
    /// Why it was left as it is, or what its receiver has twice although it was not, by product in document order; at most 100.
    #[n(3)]
    pub left: Vec<Left>,
    /// What its products were and became.
    #[n(4)]
    pub kept: Vec<Kept>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct TableRow {
    /// Path of the file below the folder of tables.
    #[n(0)]
    pub file: String,
    /// Line, from 1.
    #[n(1)]
    pub line: u32,
}

/// A product that keeps its message as it is, or that its receiver has twice.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Left {
    /// Number of its class in the tree of the message.
    #[n(0)]
    pub at: u32,
    /// Stable code of the reason.
    #[n(1)]
    pub reason: String,
    /// Where it stands in the bytes that were handed in; absent of what was recorded before places were.
    #[n(2)]
    pub place: Option<ElementPlace>,
}

/// Where an element stands in the bytes of a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ElementPlace {
    /// Its path, with an index where there are more of a name.
    #[n(0)]
    pub path: String,
    /// Line, from 1.
    #[n(1)]
    pub line: u32,
    /// Column in characters, from 1.
    #[n(2)]
    pub column: u32,
}

/// What one product was and became.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Kept {
    /// Its allocation; absent of a requested product, which has none yet: then it is there for the answer alone.
    #[n(0)]
    pub toewijzing: Option<history::Pseudonym>,
    /// As the catalogue wrote it.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub memory: Vec<u8>,
}

impl fmt::Debug for Translation {
    /// Counts: rows and memories tell what care somebody gets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Translation")
            .field("is_other", &self.form.is_some())
            .field("rows", &self.rows.len())
            .field("left", &self.left.len())
            .field("kept", &self.kept.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({} bytes)", self.memory.len())
    }
}

impl Translation {
    /// Whether there is nothing to be kept of it.
    pub(crate) fn is_empty(&self) -> bool {
        self.form.is_none() && self.left.is_empty() && self.kept.is_empty()
    }
}

/// What one product was and became, with the place that it has among what is remembered of its allocation.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Remembered {
    /// Position of the message.
    #[n(0)]
    pub(super) position: u64,
    /// Its number within it.
    #[n(1)]
    pub(super) number: u32,
    /// What it was and became.
    #[n(2)]
    pub(super) kept: Kept,
}

/// The rows that what is remembered of a message makes.
pub(super) fn remembered(batch: &mut Batch, position: u64, effect: &Effect, outer: &Outer) {
    for (key, sealed, memory) in rows_of(position, effect, outer) {
        batch.put(MEMORIES, key, sealed.seal(memory.to_vec()));
    }
}

/// What is remembered of the message at a position.
pub(super) fn memories_of(position: u64, effect: &Effect) -> Vec<Remembered> {
    let of = effect.scope.and(effect.translation.as_ref());
    let kept = of.map_or(&[][..], |translation| &translation.kept);
    let numbered = (0_u32..).zip(kept);
    numbered
        .map(|(number, kept)| Remembered {
            position,
            number,
            kept: kept.clone(),
        })
        .collect()
}

/// Puts the row of what is remembered.
pub(super) fn remember(batch: &mut Batch, scope: Pseudonym, memory: &Remembered, outer: &Outer) {
    if let Some((key, sealed)) = place_of(outer, scope, memory) {
        batch.put(MEMORIES, key, sealed.seal(memory.kept.memory.clone()));
    }
}

/// Deletes it.
pub(super) fn withdraw(batch: &mut Batch, scope: Pseudonym, memory: &Remembered, outer: &Outer) {
    if let Some((key, _)) = place_of(outer, scope, memory) {
        batch.delete(MEMORIES, key);
    }
}

/// The rows of the effect of the record at a position: their keys, what their values are encrypted with, and the values. They live as long as the effect does;
/// those of allocations that have not ended are carried on when it is erased.
fn rows_of<'e>(
    position: u64,
    effect: &'e Effect,
    outer: &'e Outer,
) -> impl Iterator<Item = (Vec<u8>, Sealed, &'e [u8])> {
    let of = effect.scope.zip(effect.translation.as_ref());
    of.into_iter().flat_map(move |(scope, translation)| {
        let numbered = (0_u32..).zip(&translation.kept);
        numbered.filter_map(move |(number, kept)| {
            let (key, sealed) = numbered_place(outer, scope, kept.toewijzing?, (position, number));
            Some((key, sealed, kept.memory.as_slice()))
        })
    })
}

fn place_of(outer: &Outer, scope: Pseudonym, of: &Remembered) -> Option<(Vec<u8>, Sealed)> {
    let at = (of.position, of.number);
    let toewijzing = of.kept.toewijzing?;
    Some(numbered_place(outer, scope, toewijzing, at))
}

/// The key of a row, and what it is encrypted with.
fn numbered_place(
    outer: &Outer,
    scope: Pseudonym,
    toewijzing: history::Pseudonym,
    (position, number): (u64, u32),
) -> (Vec<u8>, Sealed) {
    let (mut key, sealed) = place(outer, scope, toewijzing);
    key.extend_from_slice(&(u64::MAX - position).to_be_bytes());
    key.extend_from_slice(&(u32::MAX - number).to_be_bytes());
    (key, sealed)
}

/// Where the keys of an allocation begin, and what its rows are encrypted with.
fn place(outer: &Outer, scope: Pseudonym, toewijzing: history::Pseudonym) -> (Vec<u8>, Sealed) {
    let of = [&b"memory"[..], &toewijzing.0].concat();
    let (name, sealed) = Sealed::of(outer, scope, &of);
    ([outer.hide(scope), name].concat(), sealed)
}

impl Ledger {
    /// Whether anything is remembered of allocations of a scope. Err: the views cannot be read.
    pub(crate) fn remembers(&self, scope: Pseudonym) -> Result<bool, LedgerError> {
        remembers(&*self.views, &self.outer, scope)
    }

    /// What is remembered of an allocation, the last first, each with the position of the message that it is of; `until`: as it stood with the record at this
    /// position. Err: the views cannot be read, or hold what we do not write.
    pub(crate) fn memories(
        &self,
        scope: Pseudonym,
        toewijzing: history::Pseudonym,
        until: Option<u64>,
    ) -> Result<Vec<(u64, Vec<u8>)>, LedgerError> {
        memories(&*self.views, &self.outer, scope, toewijzing, until)
    }

    /// What was kept of the translation of the message at a position; `None`: it was not translated, and nothing of it was kept, or its effect is erased. Err:
    /// that is damaged.
    pub(crate) fn translation(&self, position: u64) -> Result<Option<Translation>, LedgerError> {
        let record = self.journal.read(Position(position))?;
        let effect = effect_of(&*self.journal, &record)?;
        Ok(effect.and_then(|effect| effect.translation))
    }

    /// The bytes that the receiver of a message gets: as they were handed in, or translated; `None` when they were erased.
    pub(crate) fn given(&self, row: &MessageRow) -> Result<Option<Vec<u8>>, LedgerError> {
        match row.mapped_bytes {
            Some(_) => self.content(row, PartKind::Mapped),
            None => self.body(row),
        }
    }

    /// The translated form alone; `None` of a message that has none, and when it was erased.
    pub(crate) fn mapped(&self, row: &MessageRow) -> Result<Option<Vec<u8>>, LedgerError> {
        match row.mapped_bytes {
            Some(_) => self.content(row, PartKind::Mapped),
            None => Ok(None),
        }
    }
}

fn remembers(views: &dyn Views, outer: &Outer, scope: Pseudonym) -> Result<bool, LedgerError> {
    let from = outer.hide(scope);
    let to = [&from[..], &[0xff; 29]].concat();
    Ok(!views.range(MEMORIES, &from, &to, 1)?.is_empty())
}

fn memories(
    views: &dyn Views,
    outer: &Outer,
    scope: Pseudonym,
    toewijzing: history::Pseudonym,
    until: Option<u64>,
) -> Result<Vec<(u64, Vec<u8>)>, LedgerError> {
    let (mut from, sealed) = place(outer, scope, toewijzing);
    let (to, name) = ([&from[..], &[0xff; 13]].concat(), from.len());
    if let Some(until) = until {
        from.extend_from_slice(&(u64::MAX - until).to_be_bytes());
    }
    let rows = views.range(MEMORIES, &from, &to, MEMORIES_MAX)?;
    let values = rows.iter().map(|(key, value)| {
        let (down, _) = key.get(name..)?.split_first_chunk()?;
        Some((u64::MAX - u64::from_be_bytes(*down), sealed.open(value)?))
    });
    let values: Option<Vec<(u64, Vec<u8>)>> = values.collect();
    values.ok_or(LedgerError::Views {
        what: "a memory of an allocation that is not one of ours",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Memory;

    fn effect(scope: u8, kept: &[(Option<u8>, &[u8])]) -> Effect {
        let kept = kept.iter().map(|(toewijzing, memory)| Kept {
            toewijzing: toewijzing.map(|of| history::Pseudonym([of; 16])),
            memory: memory.to_vec(),
        });
        let translation = Translation {
            kept: kept.collect(),
            ..Translation::default()
        };
        Effect::new(Pseudonym([1; 16]), [0; 32], None, Vec::new())
            .translated(Pseudonym([scope; 16]), translation)
    }

    #[test]
    fn what_is_remembered_of_an_allocation_comes_the_last_first_and_stays_within_its_scope() {
        let outer = Outer::from_bytes(&[5; 32]).expect("a key");
        let store = Memory::new();
        let effects = [
            effect(
                1,
                &[
                    (Some(3), b"first"),
                    (Some(4), b"of another"),
                    (None, b"no allocation"),
                ],
            ),
            effect(1, &[(Some(3), b"second"), (Some(3), b"third")]),
            effect(2, &[(Some(3), b"elsewhere")]),
        ];
        // As after a crash: one of them twice.
        for at in [0, 1, 1, 2] {
            let mut batch = Batch::default();
            remembered(
                &mut batch,
                at,
                &effects[usize::try_from(at).expect("few")],
                &outer,
            );
            store.views.apply(Position(at + 1), batch).expect("applied");
        }
        let known_at = |scope: u8, of: u8, until: Option<u64>| {
            let (scope, of) = (Pseudonym([scope; 16]), history::Pseudonym([of; 16]));
            let known = memories(&*store.views, &outer, scope, of, until);
            let known = known.expect("readable").into_iter();
            known
                .map(|(_, bytes)| String::from_utf8(bytes).expect("text"))
                .collect::<Vec<_>>()
        };
        let known = |scope, of| known_at(scope, of, None);
        assert_eq!(known(1, 3), ["third", "second", "first"]);
        assert_eq!(known_at(1, 3, Some(1)), ["third", "second", "first"]);
        assert_eq!(known_at(1, 3, Some(0)), ["first"]);
        assert_eq!(known(1, 4), ["of another"]);
        assert_eq!(known(2, 3), ["elsewhere"]);
        assert_eq!(known(2, 4), Vec::<String>::new());
        for (scope, remembers) in [(1, true), (2, true), (3, false)] {
            assert_eq!(
                super::remembers(&*store.views, &outer, Pseudonym([scope; 16])).expect("readable"),
                remembers
            );
        }
        let rows = store
            .views
            .range(MEMORIES, &[], &[0xff; 64], 100)
            .expect("readable");
        assert_eq!(rows.len(), 5);
        for (key, value) in rows {
            for bytes in [key, value] {
                let shows = |text: &[u8]| bytes.windows(text.len()).any(|seen| seen == text);
                assert!(
                    !shows(b"first") && !shows(b"second") && !shows(&[3; 16]) && !shows(&[1; 16])
                );
            }
        }
    }

    #[test]
    fn of_more_than_are_read_the_last_ones_are() {
        let outer = Outer::from_bytes(&[5; 32]).expect("a key");
        let store = Memory::new();
        for at in 0..=MEMORIES_MAX as u64 {
            let mut batch = Batch::default();
            remembered(
                &mut batch,
                at,
                &effect(1, &[(Some(3), &at.to_be_bytes())]),
                &outer,
            );
            store.views.apply(Position(at + 1), batch).expect("applied");
        }
        let of = (Pseudonym([1; 16]), history::Pseudonym([3; 16]));
        let known = memories(&*store.views, &outer, of.0, of.1, None);
        let known = known.expect("readable");
        let last = MEMORIES_MAX as u64;
        assert_eq!(known.len(), MEMORIES_MAX);
        assert_eq!(known.first(), Some(&(last, last.to_be_bytes().to_vec())));
    }
}
