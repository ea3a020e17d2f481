//! Merging what is sorted: pieces and what is in memory, as one.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::vec;

use super::Place;
use super::piece::Reading;
use super::row::{Change, cut, owned};
use crate::store::StoreError;

/// Rows in the order of their keys, each key once, with its last value.
pub struct Sorted {
    /// In the order in which they were written.
    sources: Vec<Source>,
    heads: BinaryHeap<Head>,
}

impl std::fmt::Debug for Sorted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sorted({} sources)", self.sources.len())
    }
}

/// Where sorted rows come from.
pub(super) enum Source {
    Piece(Reading),
    Memory {
        rows: Vec<u8>,
        places: vec::IntoIter<Place>,
    },
}

/// The next row of a source.
struct Head {
    row: Change,
    source: usize,
}

impl Ord for Head {
    /// The greatest comes out of the heap first: the smallest key, and of one key that of the latest source.
    fn cmp(&self, other: &Head) -> Ordering {
        other
            .row
            .0
            .cmp(&self.row.0)
            .then(self.source.cmp(&other.source))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

impl Sorted {
    /// The rows of all sources; of one key that of the last source counts.
    pub(super) fn of(sources: Vec<Source>) -> Result<Self, StoreError> {
        let mut sorted = Self {
            sources,
            heads: BinaryHeap::new(),
        };
        for number in 0..sorted.sources.len() {
            sorted.refill(number)?;
        }
        Ok(sorted)
    }

    /// The next row of a source goes among the heads.
    fn refill(&mut self, source: usize) -> Result<(), StoreError> {
        let row = match self.sources.get_mut(source) {
            Some(Source::Memory { rows, places }) => match places.next() {
                Some(place) => Some(owned(rows, place.at).ok_or_else(cut)?.0),
                None => None,
            },
            Some(Source::Piece(piece)) => piece.next()?,
            None => None,
        };
        self.heads.extend(row.map(|row| Head { row, source }));
        Ok(())
    }

    fn take(&mut self) -> Result<Option<Change>, StoreError> {
        let Some(Head { row, source }) = self.heads.pop() else {
            return Ok(None);
        };
        self.refill(source)?;
        while let Some(older) = self.heads.peek().filter(|older| older.row.0 == row.0) {
            let source = older.source;
            self.heads.pop();
            self.refill(source)?;
        }
        Ok(Some(row))
    }
}

impl Iterator for Sorted {
    type Item = Result<Change, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.take().transpose()
    }
}
