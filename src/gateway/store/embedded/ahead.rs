//! Rows that the engine does not have yet, because there is no room on the disk to write them: they wait in memory and are read as if they were
//! written. They are not durable and need not be: the journal has their records, and a start applies those again.
//!
//! They are written as the batches that they came in, one after the other: whoever applies batches counts on it that a process which ends anywhere leaves
//! the first ones and none of those behind them, as the ledger does that deletes what a row was only after it changed the row.

use std::collections::BTreeMap;
use std::iter::Peekable;

use super::engine::Changes;
use crate::store::{Collection, Position, Rows, StoreError};

/// Bytes that a change takes in memory beside its value and two copies of its key, roughly.
const ROW_BYTES: u64 = 144;

/// What waits for room.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    /// What the engine counts ([`Engine::batches`](super::engine::Engine::batches)) with all that it was given.
    counted: u64,
    /// As they were handed in: with each, where the views stand after it.
    batches: Vec<(Position, Changes)>,
    /// How many of them the engine has.
    written: usize,
    /// By row, which of the batches changed it last.
    last: BTreeMap<Collection, BTreeMap<Vec<u8>, usize>>,
    bytes: u64,
}

/// A batch that is to be written next.
pub(super) struct Unwritten<'a> {
    /// What the engine must count now, or it lost something.
    pub(super) counted: u64,
    pub(super) next: Position,
    pub(super) rows: &'a Changes,
}

impl Waiting {
    fn changed(&self, collection: Collection, key: &[u8], batch: usize) -> Option<Change<'_>> {
        let (_, rows) = self.batches.get(batch)?;
        rows.get(&collection)?.get_key_value(key)
    }
}

impl Ahead {
    /// The position of the views, when something waits.
    pub(super) fn position(&self) -> Option<Position> {
        let (next, _) = self.waiting.as_ref()?.batches.last()?;
        Some(*next)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_none()
    }

    /// The first batch that the engine does not have.
    pub(super) fn next(&self) -> Option<Unwritten<'_>> {
        let waiting = self.waiting.as_ref()?;
        let (next, rows) = waiting.batches.get(waiting.written)?;
        Some(Unwritten {
            counted: waiting.counted,
            next: *next,
            rows,
        })
    }

    /// The engine has that batch, and counts so many with it. What it was is still read from here, until all is [cleared](Self::clear).
    pub(super) fn written(&mut self, counted: u64) {
        if let Some(waiting) = &mut self.waiting {
            (waiting.written, waiting.counted) = (waiting.written + 1, counted);
        }
    }

    /// Number of rows that wait.
    pub(super) fn rows(&self) -> usize {
        let waiting = self.waiting.iter();
        waiting
            .flat_map(|waiting| waiting.last.values())
            .map(BTreeMap::len)
            .sum()
    }

    /// One more batch that waits; `counted` is what the engine counts, when it is the first.
    /// `Err`: they would take more than `bytes_max` in memory; then nothing changed.
    pub(super) fn add(
        &mut self,
        counted: u64,
        next: Position,
        rows: Changes,
        bytes_max: u64,
    ) -> Result<(), StoreError> {
        let more: u64 = rows
            .values()
            .flatten()
            .map(|(key, value)| {
                ROW_BYTES + (2 * key.len() + value.as_ref().map_or(0, Vec::len)) as u64
            })
            .sum();
        let bytes = more + self.waiting.as_ref().map_or(0, |waiting| waiting.bytes);
        if bytes > bytes_max {
            return Err(StoreError::Views {
                what: format!(
                    "there is no room on the disk, and no more than {bytes_max} bytes of changes wait in memory"
                ),
            });
        }
        let waiting = self.waiting.get_or_insert_with(|| Waiting {
            counted,
            batches: Vec::new(),
            written: 0,
            last: BTreeMap::new(),
            bytes,
        });
        waiting.bytes = bytes;
        let batch = waiting.batches.len();
        for (collection, changes) in &rows {
            let last = waiting.last.entry(*collection).or_default();
            last.extend(changes.keys().map(|key| (key.clone(), batch)));
        }
        waiting.batches.push((next, rows));
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.waiting = None;
    }

    /// What a key was changed to, when it was: a value, or deleted.
    pub(super) fn get(&self, collection: Collection, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        let waiting = self.waiting.as_ref()?;
        let batch = *waiting.last.get(&collection)?.get(key)?;
        let (_, value) = waiting.changed(collection, key, batch)?;
        Some(value)
    }

    /// At most `limit` rows of a range as they are with what waits; `engine` gives at most so many as the engine has.
    pub(super) fn range(
        &self,
        collection: Collection,
        (from, to): (&[u8], &[u8]),
        limit: usize,
        engine: impl FnOnce(usize) -> Result<Rows, StoreError>,
    ) -> Result<Rows, StoreError> {
        let mut changes = Vec::new();
        if let Some(waiting) = &self.waiting
            && let Some(last) = waiting.last.get(&collection)
        {
            let within = (
                std::ops::Bound::Included(from),
                std::ops::Bound::Excluded(to),
            );
            let rows = last.range::<[u8], _>(within);
            changes
                .extend(rows.filter_map(|(key, batch)| waiting.changed(collection, key, *batch)));
        }
        if changes.is_empty() {
            return engine(limit);
        }
        // Each change can take one row of the engine away.
        let kept = engine(limit.saturating_add(changes.len()))?;
        Ok(merged(kept, changes).take(limit).collect())
    }
}

type Change<'a> = (&'a Vec<u8>, &'a Option<Vec<u8>>);

/// Rows of the engine and changes, both in order, as one: the change wins.
fn merged(kept: Rows, changes: Vec<Change<'_>>) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    let mut kept = kept.into_iter().peekable();
    let mut changes = changes.into_iter().peekable();
    std::iter::from_fn(move || next(&mut kept, &mut changes))
}

fn next<'a>(
    kept: &mut Peekable<impl Iterator<Item = (Vec<u8>, Vec<u8>)>>,
    changes: &mut Peekable<impl Iterator<Item = Change<'a>>>,
) -> Option<(Vec<u8>, Vec<u8>)> {
    loop {
        let Some((changed, _)) = changes.peek() else {
            return kept.next();
        };
        if let Some(row) = kept.next_if(|(key, _)| key < *changed) {
            return Some(row);
        }
        let (key, value) = changes.next()?;
        let _replaced = kept.next_if(|(old, _)| old == key);
        if let Some(value) = value {
            return Some((key.clone(), value.clone()));
        }
    }
}
