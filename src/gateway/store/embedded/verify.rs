//! Reading a record again with all that belongs to it, as the scrub does. What is read for that alone must not take the place of what is in use: once it is
//! through with a file, the system need not keep it in memory.

use std::sync::{Mutex, PoisonError};

use super::journal::EmbeddedJournal;
use super::{keys, parts, segment};
use crate::store::{Journal as _, PartRef, Position, StoreError};

/// The files that the last record stood in.
#[derive(Debug, Default)]
pub(super) struct Through(Mutex<Last>);

#[derive(Debug, Default)]
struct Last {
    journal: Option<Position>,
    keys: Option<Position>,
    parts: Option<u32>,
}

impl EmbeddedJournal {
    /// As [`Journal::verify`](crate::store::Journal::verify) promises.
    pub(super) fn verify_whole(&self, position: Position) -> Result<u64, StoreError> {
        let files = (self.first_of(position), self.keys.first_of(position));
        self.now_in(files);
        // A record without parts has keys as well.
        self.keys.read(position)?;
        let record = self.read(position)?;
        let mut bytes = 0;
        for part in &record.parts {
            self.part(&record, part.kind)?;
            bytes += part.length;
            self.now_through(part);
        }
        Ok(bytes)
    }

    /// The first record of the segment that this one stands in.
    fn first_of(&self, position: Position) -> Option<Position> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let (first, _) = segments.range(..=position).next_back()?;
        Some(*first)
    }

    fn now_in(&self, (journal, keys): (Option<Position>, Option<Position>)) {
        let mut last = self
            .through
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = last.journal.filter(|_| last.journal != journal) {
            self.layout.journal.forget(&segment::name_of(before));
        }
        if let Some(before) = last.keys.filter(|_| last.keys != keys) {
            self.layout.keys.forget(&keys::name_of(before));
        }
        (last.journal, last.keys) = (journal, keys);
    }

    fn now_through(&self, part: &PartRef) {
        let forget = |segment| self.layout.parts.forget(&parts::name_of(segment));
        if parts::is_of_one(part.segment) {
            return forget(part.segment);
        }
        let mut last = self
            .through
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = last.parts.replace(part.segment);
        if let Some(before) = before.filter(|before| *before != part.segment) {
            forget(before);
        }
    }
}
