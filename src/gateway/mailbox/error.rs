//! Why a mailbox could not answer.

use crate::fault::Fault;
use crate::ledger::LedgerError;

/// Why a mailbox could not answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum MailboxError {
    /// There is no such message, or the caller may not see it.
    #[error("no such message")]
    NotFound,
    /// What is kept of the message is damaged: it cannot be given, also not later. Other messages are not touched by it.
    #[error("what is kept of the message is damaged")]
    Damaged,
    /// What the gateway kept of the message is erased, its hash too.
    #[error("what was kept of the message is erased")]
    Erased,
    /// The ledger could not do its work.
    #[error(transparent)]
    Ledger(LedgerError),
}

impl From<LedgerError> for MailboxError {
    fn from(error: LedgerError) -> Self {
        if error.damaged() {
            Self::Damaged
        } else {
            Self::Ledger(error)
        }
    }
}

impl MailboxError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Damaged => "damaged",
            Self::Erased => "erased",
            Self::Ledger(error) => error.code(),
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotFound | Self::Erased => Fault::Sender,
            Self::Damaged => Fault::Ours,
            Self::Ledger(error) => error.fault(),
        }
    }
}
