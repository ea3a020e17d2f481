//! What a check found: counts, and each place that is not as it was written. It names files and records and shows no content.

use crate::store::{Position, StoreError};

/// Most damages that are kept; the rest is counted.
const DAMAGES_MAX: usize = 1_000;

/// One place that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// File, relative to the data folder.
    pub file: String,
    /// The record it belongs to, where that is known.
    pub position: Option<Position>,
    /// What does not fit.
    pub what: &'static str,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Good records.
    pub records: u64,
    /// Good parts that can be read.
    pub parts: u64,
    /// Parts whose key is gone.
    pub parts_erased: u64,
    /// Keys that records erased and that still stand in the files, because there was no room or no time: the next open makes them go.
    pub erasures_owed: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Whether writes were under way when the store was last open: the next open clears what they left.
    pub unfinished: bool,
    /// Damage, in the order found.
    pub damages: Vec<Damage>,
    /// Damages that are not in the list.
    pub more_damages: u64,
}

impl Report {
    /// Whether nothing is damaged.
    pub fn is_sound(&self) -> bool {
        self.damages.is_empty()
    }

    pub(in super::super) fn damage(
        &mut self,
        file: String,
        position: Option<Position>,
        what: &'static str,
    ) {
        if self.damages.len() < DAMAGES_MAX {
            self.damages.push(Damage {
                file,
                position,
                what,
            });
        } else {
            self.more_damages += 1;
        }
    }

    /// Takes damage into the list; other errors mean that the check cannot be done.
    pub(super) fn take(&mut self, error: StoreError) -> Result<(), StoreError> {
        let StoreError::Damage {
            file,
            position,
            what,
        } = error
        else {
            return Err(error);
        };
        self.damage(file, position, what);
        Ok(())
    }
}
