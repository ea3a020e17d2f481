//! What a data folder holds, in figures. Nothing is decrypted and no lock is taken, so it can be asked of a running store.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::files::{Disk, Files, Folder, OpenAs};
use super::top::STORE_FILE;
use super::{Layout, frame, keys, parts, segment};
use crate::store::{Position, StoreError};

/// What a data folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Records in the journal.
    pub records: u64,
    /// Time of the last record.
    pub last_time: Option<Timestamp>,
    /// Segments of the journal.
    pub journal_segments: u64,
    /// Their bytes, with what is set aside for records to come.
    pub journal_bytes: u64,
    /// Segments of parts.
    pub part_segments: u64,
    /// Their bytes, with what is set aside and what was punched out.
    pub part_bytes: u64,
    /// Segments of keys.
    pub key_segments: u64,
    /// Their bytes.
    pub key_bytes: u64,
    /// Bytes free on the disk.
    pub free_bytes: u64,
}

/// Counts what a data folder holds. `Err`: no store, unreadable, or the head of the last segment is damaged.
pub fn stats(data: &Path) -> Result<Stats, StoreError> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    let layout = Layout::new(&files, data, data);
    if layout.root.read(STORE_FILE)?.is_none() {
        return Err(StoreError::NoStore {
            folder: data.display().to_string(),
        });
    }
    let mut stats = Stats {
        free_bytes: layout.root.free_bytes()?,
        ..Stats::default()
    };
    (stats.journal_segments, stats.journal_bytes) =
        count(&layout.journal, |name| segment::first_of(name).is_some())?;
    (stats.part_segments, stats.part_bytes) =
        count(&layout.parts, |name| parts::number_of(name).is_some())?;
    (stats.key_segments, stats.key_bytes) =
        count(&layout.keys, |name| keys::first_of(name).is_some())?;
    let last: Option<Position> = layout
        .journal
        .list()?
        .iter()
        .filter_map(|name| segment::first_of(name))
        .max();
    if let Some(first) = last {
        let bytes = layout
            .journal
            .open(&segment::name_of(first), OpenAs::Read)?
            .read_all()?;
        let head = segment::read_head(&bytes, first, &layout.journal)?;
        let tail = frame::walk(&bytes, &head, &mut |_, _| ControlFlow::Continue(()));
        stats.records = tail.next.0;
        stats.last_time = (tail.next > Position(0))
            .then(|| Timestamp::from_microsecond(tail.time).ok())
            .flatten();
    }
    Ok(stats)
}

fn count(folder: &Folder, is_segment: impl Fn(&str) -> bool) -> Result<(u64, u64), StoreError> {
    let (mut segments, mut bytes) = (0, 0);
    for name in folder.list()?.iter().filter(|name| is_segment(name)) {
        segments += 1;
        bytes += folder.open(name, OpenAs::Read)?.len()?;
    }
    Ok((segments, bytes))
}
