//! Why there is no log. The text says who must do what.

use knooppunt_proof::{CheckpointError, KeyError, NoteError, PolicyError};

use crate::fault::Fault;
use crate::store::StoreError;
use crate::transport::TlsError;

/// What to do when records are missing that the log knows of.
const NEWEST: &str = "Put back the newest data folder. If records are lost for good, this log cannot go on, for whoever saw more of it could show that: move data/log \
and log.key elsewhere, keep them, and set another message_log.origin";

/// What to do when nobody here knows what was signed last.
const RESUME: &str = "Run `knooppunt log resume --config FILE`: it asks the witnesses, and when too few of them answer it wants to be told that nothing else was signed, \
which you know when the gateway was stopped before the copy was made and did not run since. If records are lost, this log has ended: move data/log elsewhere, keep it, and \
set another message_log.origin";

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// Its files, or the journal.
    #[error("log: {0}")]
    Store(#[from] StoreError),
    /// The journal lacks records of a checkpoint that was made known.
    #[error(
        "log: the journal has {records} records, but a checkpoint over {size} was made known: an older data folder was put back, or the journal was cut. {NEWEST}"
    )]
    Shorter {
        /// Records that are there.
        records: u64,
        /// Records that the checkpoint is over.
        size: u64,
    },
    /// The journal has other records than those of a checkpoint that was made known.
    #[error(
        "log: the first {size} records are not those of the checkpoint that was made known: another journal was put in place, or it was changed. Run `knooppunt store check`. {NEWEST}"
    )]
    Differs {
        /// Records that the checkpoint is over.
        size: u64,
    },
    /// A copy of the store was put back, and the log may have signed what is not in it.
    #[error(
        "log: a copy of {records} records was put back, and nobody knows whether {origin} signed more than that: a log that went on from it could show two histories. {RESUME}"
    )]
    PutBack {
        /// The log.
        origin: String,
        /// Records of the copy.
        records: u64,
    },
    /// A copy of the store was put back, although more records were known of.
    #[error(
        "log: a copy of {records} records was put back although there were {known}: {origin} has ended, for whoever saw more of it could show that. Move data/log elsewhere, keep it, and set \
         another message_log.origin"
    )]
    Lost {
        /// The log.
        origin: String,
        /// Records of the copy.
        records: u64,
        /// Records that there were.
        known: u64,
    },
    /// The store knows that this log was kept of it, and what it signed is gone.
    #[error(
        "log: {origin} was kept of this store, and what it signed last is missing from {folder}: put that folder back as it was. If it is lost: a log that began anew could show two \
         histories. {RESUME}"
    )]
    Missing {
        /// The log.
        origin: String,
        /// Its folder.
        folder: String,
    },
    /// What stands in the folder of the log is of another log.
    #[error(
        "log: {file} is of the log {found} and not of {wanted}, or another key signed it: put the right key folder or origin back. For a new log, move data/log elsewhere and keep it"
    )]
    Other {
        /// The file.
        file: String,
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: String,
    },
    /// What stands in the folder of the log cannot be read.
    #[error(
        "log: {file} is not as it was written ({why}): put it back from a copy that is as new. Without it nothing here tells what was signed last: if it is lost, move it elsewhere, and where the next start then says that it is missing \
         run `knooppunt log resume --config FILE`, which asks the witnesses"
    )]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// Hashes are not as they were written.
    #[error(
        "log: tile {index} of level {level} is not what was signed: the hashes are made anew from the journal. Look at the disk of the data folder"
    )]
    Tile {
        /// Level of the tile.
        level: u8,
        /// Its number there.
        index: u64,
    },
    /// The origin is no name of a key.
    #[error("message_log.origin: {0}")]
    Origin(#[source] KeyError),
    /// The key of a witness is none.
    #[error("message_log.witnesses.{name}: {why}")]
    Witness {
        /// Name in the configuration.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// Log, witnesses and quorum do not go together.
    #[error("message_log: {0}")]
    Policy(#[from] PolicyError),
    /// The files that calls of a witness need.
    #[error("message_log.witnesses.{name}: {source}")]
    Tls {
        /// Name in the configuration.
        name: String,
        /// What is wrong.
        source: TlsError,
    },
    /// A checkpoint cannot be made.
    #[error("log: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A checkpoint cannot be signed.
    #[error("log: {0}")]
    Note(#[from] NoteError),
}

impl LogError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Shorter { .. } => "log-shorter",
            Self::Differs { .. } => "log-differs",
            Self::PutBack { .. } => "log-put-back",
            Self::Lost { .. } => "log-lost",
            Self::Missing { .. } => "log-missing",
            Self::Other { .. } => "log-other",
            Self::Damaged { .. } => "log-damaged",
            Self::Tile { .. } => "log-tile",
            Self::Origin(error) => error.code(),
            Self::Witness { .. } => "log-witness",
            Self::Policy(error) => error.code(),
            Self::Tls { source, .. } => source.code(),
            Self::Checkpoint(error) => error.code(),
            Self::Note(error) => error.code(),
        }
    }

    /// Always ours: an operator has to act.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}
