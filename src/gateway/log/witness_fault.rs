//! Why there is no witness. The text says who must do what.

use crate::fault::Fault;
use crate::store::StoreError;

/// Why there is no witness.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessFault {
    /// Its files.
    #[error("witness: {0}")]
    Store(StoreError),
    /// Another witness goes on from its folder.
    #[error(
        "witness: {folder} is in use by another witness: two that go on from one folder would each not know what the other cosigned. Stop the other, or give each a --state of its own"
    )]
    InUse {
        /// The folder.
        folder: String,
    },
    /// What it kept cannot be read.
    #[error(
        "witness: {file} is not as it was written, or of another log ({why}): put it back from a copy that is as new. A witness that goes on as if it had seen nothing is none"
    )]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// One log was named twice.
    #[error("witness: the log {origin} is named twice")]
    Twice {
        /// The log.
        origin: String,
    },
}

impl From<StoreError> for WitnessFault {
    fn from(error: StoreError) -> Self {
        if let StoreError::InUse { folder } = error {
            return Self::InUse { folder };
        }
        Self::Store(error)
    }
}

impl WitnessFault {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::InUse { .. } => "witness-in-use",
            Self::Damaged { .. } => "witness-damaged",
            Self::Twice { .. } => "witness-twice",
        }
    }

    /// Always ours: an operator has to act.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}
