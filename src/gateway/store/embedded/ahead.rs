//! Rows that the engine does not have yet, because there is no room on the disk to write them: they wait in memory and are read as if they were
//! written. They are not durable and need not be: the journal has their records, and a start applies those again.

use std::collections::BTreeMap;
use std::iter::Peekable;

use super::engine::Changes;
use crate::store::{Collection, Position, Rows, StoreError};

/// Bytes that a row takes in memory beside its key and value, roughly.
const ROW_BYTES: u64 = 96;

/// What waits for room.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    /// Where the engine stands.
    from: Position,
    /// Where the views stand with what waits.
    next: Position,
    rows: Changes,
    bytes: u64,
}

impl Ahead {
    /// The position of the views, when something waits.
    pub(super) fn position(&self) -> Option<Position> {
        self.waiting.as_ref().map(|waiting| waiting.next)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_none()
    }

    /// What waits: where the engine must stand, where it comes to, and the rows.
    pub(super) fn waiting(&self) -> Option<(Position, Position, &Changes)> {
        let waiting = self.waiting.as_ref()?;
        Some((waiting.from, waiting.next, &waiting.rows))
    }

    /// Number of rows that wait.
    pub(super) fn rows(&self) -> usize {
        let waiting = self.waiting.iter();
        waiting
            .flat_map(|waiting| waiting.rows.values())
            .map(BTreeMap::len)
            .sum()
    }

    /// More rows that wait; `from` is where the engine stands, when they are the first.
    /// `Err`: they would take more than `bytes_max` in memory; then nothing changed.
    pub(super) fn add(
        &mut self,
        from: Position,
        next: Position,
        rows: Changes,
        bytes_max: u64,
    ) -> Result<(), StoreError> {
        let more: u64 = rows
            .values()
            .flatten()
            .map(|(key, value)| ROW_BYTES + (key.len() + value.as_ref().map_or(0, Vec::len)) as u64)
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
            from,
            next,
            rows: Changes::new(),
            bytes,
        });
        (waiting.next, waiting.bytes) = (next, bytes);
        for (collection, changes) in rows {
            waiting.rows.entry(collection).or_default().extend(changes);
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.waiting = None;
    }

    /// What a key was changed to, when it was: a value, or deleted.
    pub(super) fn get(&self, collection: Collection, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        let waiting = self.waiting.as_ref()?;
        waiting.rows.get(&collection)?.get(key)
    }

    /// At most `limit` rows of a range as they are with what waits; `engine` gives at most so many as the engine has.
    pub(super) fn range(
        &self,
        collection: Collection,
        (from, to): (&[u8], &[u8]),
        limit: usize,
        engine: impl FnOnce(usize) -> Result<Rows, StoreError>,
    ) -> Result<Rows, StoreError> {
        let changes: Vec<_> = self
            .waiting
            .iter()
            .filter_map(|waiting| waiting.rows.get(&collection))
            .flat_map(|rows| {
                rows.range::<[u8], _>((
                    std::ops::Bound::Included(from),
                    std::ops::Bound::Excluded(to),
                ))
            })
            .collect();
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
