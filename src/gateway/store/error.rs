//! Why the store could not do its work. No error holds content: files, positions and sizes only.

use std::io;

use jiff::Timestamp;

use super::{PartKind, Position};
use crate::fault::Fault;

/// Why the store could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The position is at or past the end of the journal.
    #[error("there is no record {position}")]
    NoRecord {
        /// What was asked for.
        position: Position,
    },
    /// Event or record over its limit.
    #[error("{what} has {bytes} bytes, at most {bytes_max} can be kept")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// An entry with two parts of one kind.
    #[error("an entry has two parts of the kind {kind:?}")]
    PartTwice {
        /// The kind.
        kind: PartKind,
    },
    /// An entry that erases a key of a record that does not come before it.
    #[error(
        "record {position} cannot be erased yet: it does not come before the entry that erases it"
    )]
    NoKeyYet {
        /// The record whose key was named.
        position: Position,
    },
    /// Stored bytes are not what was written. Nothing of them was handed out.
    #[error("damage in {file}{}: {what}", at_record(*position))]
    Damage {
        /// File, relative to the data folder.
        file: String,
        /// The record it belongs to, where that is known.
        position: Option<Position>,
        /// What does not fit.
        what: &'static str,
    },
    /// Written by a newer program.
    #[error("{file} has format version {found}, this program reads up to {newest}")]
    Version {
        /// File, relative to the data folder.
        file: String,
        /// The version found.
        found: u32,
        /// The newest version this program reads.
        newest: u32,
    },
    /// A read, write or sync failed.
    #[error("{doing} {file}: {source}")]
    Io {
        /// What was being done, for example "sync".
        doing: &'static str,
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
        /// Whether bytes may now be missing on the disk.
        fatal: bool,
    },
    /// An earlier write or sync failed, so nothing more is promised.
    #[error(
        "an earlier write failed: the journal takes no further records until it is opened anew"
    )]
    Ended,
    /// No room for the next segment; nothing was written.
    #[error("the disk is full: no room for {bytes} bytes")]
    DiskFull {
        /// What was needed.
        bytes: u64,
    },
    /// Another process has the folder open.
    #[error("{folder} is in use by another process")]
    InUse {
        /// The data folder.
        folder: String,
    },
    /// The folder has no store.
    #[error("{folder} holds no store; make one first")]
    NoStore {
        /// The data folder.
        folder: String,
    },
    /// What a restore that was broken off left.
    #[error(
        "{folder} holds a restore that did not come to its end: run `knooppunt store restore` again"
    )]
    Restoring {
        /// The data folder.
        folder: String,
    },
    /// A store is made in an empty folder only.
    #[error("{folder} is not empty: a new store is made in an empty folder only")]
    NotEmpty {
        /// The folder.
        folder: String,
    },
    /// A key file is not there. Nothing is made in its place.
    #[error(
        "key file {file} is missing: put it back from the safe, without it the stored parts cannot be read"
    )]
    KeyMissing {
        /// The file.
        file: String,
    },
    /// A key file that is not the one the store was made with.
    #[error("key file {file} does not belong to this store: put the right one back from the safe")]
    KeyWrong {
        /// The file.
        file: String,
    },
    /// A key file that stands there although the store never had that key.
    #[error(
        "key file {file} is there, but this store never had it: an older data folder was put back, or this is the key folder of another store. Put back the newest data folder. If that is lost for good, keep this file elsewhere: the next start makes another key, and nothing that was signed with this one goes on"
    )]
    KeyOfLater {
        /// The file.
        file: String,
    },
    /// The clock is more than a minute behind the last record.
    #[error("the clock says {now}, but the last record is of {last}: set the clock right first")]
    ClockBehind {
        /// Time of the last record.
        last: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// The views engine failed; clear the views and apply the journal anew.
    #[error("views: {what}")]
    Views {
        /// What the engine said.
        what: String,
    },
    /// The views were made by another engine than the one that is set.
    #[error(
        "the views in {folder} are kept by {there}, but {wanted} is set: run `knooppunt store rebuild` to change over (nothing is lost by it), or set store.views = \"{there}\" again"
    )]
    OtherEngine {
        /// The folder of the views.
        folder: String,
        /// The engine that keeps them.
        there: &'static str,
        /// The engine that is set.
        wanted: &'static str,
    },
    /// The system gave no usable random bytes; nothing was written.
    #[error("the system gave no usable random bytes")]
    Randomness,
}

impl StoreError {
    /// A stable name for logs, metrics and answers.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::NoRecord { .. } => "store_no_record",
            StoreError::TooLarge { .. } => "store_too_large",
            StoreError::PartTwice { .. } => "store_part_twice",
            StoreError::NoKeyYet { .. } => "store_no_key_yet",
            StoreError::Damage { .. } => "store_damage",
            StoreError::Version { .. } => "store_version",
            StoreError::Io { .. } => "store_io",
            StoreError::Ended => "store_ended",
            StoreError::DiskFull { .. } => "store_disk_full",
            StoreError::InUse { .. } => "store_in_use",
            StoreError::NoStore { .. } => "store_none",
            StoreError::Restoring { .. } => "store_restoring",
            StoreError::NotEmpty { .. } => "store_not_empty",
            StoreError::KeyMissing { .. } => "store_key_missing",
            StoreError::KeyWrong { .. } => "store_key_wrong",
            StoreError::KeyOfLater { .. } => "store_key_of_later",
            StoreError::ClockBehind { .. } => "store_clock_behind",
            StoreError::Views { .. } => "store_views",
            StoreError::OtherEngine { .. } => "store_other_engine",
            StoreError::Randomness => "store_randomness",
        }
    }

    /// Whose doing it is: always ours; senders and peers do not reach the store.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }

    /// Whether the process must end: bytes may be missing on the disk, and only a new open can tell.
    pub fn fatal(&self) -> bool {
        matches!(self, StoreError::Io { fatal: true, .. } | StoreError::Ended)
    }

    /// A failed write for which there was no room, told as [`StoreError::DiskFull`]. Only for writes of which nothing was promised.
    pub(crate) fn or_full(self, bytes: u64) -> StoreError {
        if let StoreError::Io { source, .. } = &self
            && matches!(
                source.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            )
        {
            return StoreError::DiskFull { bytes };
        }
        self
    }

    /// Damage of a file that is now known to concern a record.
    pub(crate) fn at(self, record: Position) -> StoreError {
        if let StoreError::Damage {
            file,
            position: None,
            what,
        } = self
        {
            return StoreError::Damage {
                file,
                position: Some(record),
                what,
            };
        }
        self
    }
}

fn at_record(position: Option<Position>) -> String {
    position
        .map(|position| format!(", record {position}"))
        .unwrap_or_default()
}
