//! Why a backup is not made, or not put back. The text says what to do; it names files, positions and times, and no content.

use jiff::Timestamp;

use crate::fault::Fault;
use crate::store::embedded::check::Damage;
use crate::store::{Position, StoreError};

/// Why a backup is not made, or not put back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A file cannot be read or written, a key is missing or wrong, a folder is in use.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Bytes are not as they were written.
    #[error("{} damaged places{}", .damages.len(), .damages.first().map(|first| format!(", the first in {}: {}", first.file, first.what)).unwrap_or_default())]
    Damaged {
        /// Where; at least one.
        damages: Vec<Damage>,
    },
    /// The place holds no whole copy.
    #[error("{folder} holds no whole copy of {what}")]
    NoCopy {
        /// The place.
        folder: String,
        /// Of what.
        what: &'static str,
    },
    /// Keys that were copied now would open with two top keys together, of which one is about to go.
    #[error(
        "the top key is being changed: when that has come to its end (of one that was broken off, when the gateway starts), make the backup"
    )]
    KeyChanging,
    /// There is no copy of the keys of this position.
    #[error(
        "{folder} holds no whole copy of keys of position {position}; there are those of {there}"
    )]
    NoSuchKeys {
        /// The place.
        folder: String,
        /// What was asked for.
        position: Position,
        /// Positions of those there are.
        there: String,
    },
    /// A copy of another store, or of the same one that went on from an older copy.
    #[error("{file} belongs to another store, or to another past of this one")]
    OtherStore {
        /// The manifest.
        file: String,
    },
    /// The place holds a copy of records that this store does not have: it went on from an older copy, or is another disk's.
    #[error(
        "{folder} holds a copy of {copied} records that this store, with {position} records, does not have (it was restored from an older copy): \
         keep that copy and set another folder for the backups from now on"
    )]
    OtherPast {
        /// The place.
        folder: String,
        /// Records in the copy.
        copied: Position,
        /// Records in the store.
        position: Position,
    },
    /// What would come back is shorter than what somebody knows of.
    #[error(
        "{lost} records would be lost: {known} are known of ({by}), and {position} can be put back, up to {}; \
         put back what you have of the rest first, or give --accept-loss",
        .until.map_or_else(|| "no record".to_owned(), |until| until.to_string())
    )]
    Shorter {
        /// How many can be put back.
        position: Position,
        /// How many there were at least.
        known: Position,
        /// Who knows that.
        by: String,
        /// How many are lost at least.
        lost: u64,
        /// Time of the last record that can be put back.
        until: Option<Timestamp>,
    },
    /// The copy of the keys may be used no longer: what was erased since it was made would come back.
    #[error(
        "the copy of the keys of position {position}, made {made}, has expired on {expires}: what was erased after it was made can be read with it. \
         Use a newer one, or give --expired-keys: what the journal of the backup says is erased stays so, what was erased after that comes back"
    )]
    Expired {
        /// Its position.
        position: Position,
        /// When it was made.
        made: Timestamp,
        /// When its life ended.
        expires: Timestamp,
    },
}

impl BackupError {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Damaged { .. } => "backup-damaged",
            Self::NoCopy { .. } => "backup-none",
            Self::KeyChanging => "backup-key-changing",
            Self::NoSuchKeys { .. } => "backup-no-such-keys",
            Self::OtherStore { .. } => "backup-other-store",
            Self::OtherPast { .. } => "backup-other-past",
            Self::Shorter { .. } => "backup-shorter",
            Self::Expired { .. } => "backup-expired",
        }
    }

    /// Always ours: an operator has to act.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }

    /// Whether stored bytes are not as they were written.
    pub fn damaged(&self) -> bool {
        matches!(
            self,
            Self::Damaged { .. } | Self::Store(StoreError::Damage { .. })
        )
    }
}
