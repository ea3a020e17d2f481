//! Errors of the parts below as problems: by what was asked, for what passes by itself for one request is a fault of ours in another.

use super::{ApiError, Errand};
use crate::audit::AuditError;
use crate::health::NotNow;
use crate::intake::{DecisionError, IntakeError};
use crate::ledger::LedgerError;
use crate::mailbox::MailboxError;

impl ApiError {
    /// Of a message that was acknowledged.
    pub(crate) fn of_acknowledging(error: MailboxError) -> Self {
        Self::of_mailbox(error, Errand::Acknowledge)
    }

    /// Of what a caller said that he knows.
    pub(crate) fn of_telling(error: MailboxError) -> Self {
        Self::of_mailbox(error, Errand::Tell)
    }

    /// Of a decision.
    pub(in crate::api) fn of_deciding(error: DecisionError) -> Self {
        Self::of_decision(error, Errand::Decide)
    }

    /// Of a look of an auditor.
    pub(in crate::api) fn of_looking(error: AuditError) -> Self {
        Self::of_audit(error, Errand::Look)
    }

    /// Of the question who looked.
    pub(in crate::api) fn of_reading_looks(error: AuditError) -> Self {
        Self::of_audit(error, Errand::Read)
    }

    fn of_audit(error: AuditError, errand: Errand) -> Self {
        match error {
            AuditError::NotFound => Self::NotFound,
            AuditError::Ledger(error) if error.damaged() => Self::Damaged,
            AuditError::Ledger(error) => Self::of_ledger(&error, errand),
            error @ (AuditError::NoAuditor
            | AuditError::Purpose(_)
            | AuditError::OverScope { .. }
            | AuditError::Page
            | AuditError::Condition { .. }
            | AuditError::Unreadable
            | AuditError::Figures(_)
            | AuditError::TooMany
            | AuditError::TooWide
            | AuditError::NoLog
            | AuditError::NotInLog
            | AuditError::ExportTooLarge
            | AuditError::ExportsBusy) => Self::NotLooked(error),
        }
    }

    fn of_intake(error: IntakeError, errand: Errand) -> Self {
        match error {
            IntakeError::Bug(_) => Self::Bug,
            IntakeError::Ledger(error) => Self::of_ledger(&error, errand),
        }
    }

    fn of_mailbox(error: MailboxError, errand: Errand) -> Self {
        match error {
            MailboxError::NotFound => Self::NotFound,
            MailboxError::Damaged => Self::Damaged,
            MailboxError::Erased => Self::Erased,
            MailboxError::Ledger(error) => Self::of_ledger(&error, errand),
        }
    }

    fn of_decision(error: DecisionError, errand: Errand) -> Self {
        match error {
            DecisionError::NotFound => Self::NotFound,
            DecisionError::NoMandate => Self::MayNotDecide,
            DecisionError::Failed(error) => Self::of_intake(error, errand),
            error @ (DecisionError::NotAsked { .. }
            | DecisionError::NothingAsked
            | DecisionError::Damaged
            | DecisionError::Otherwise { .. }
            | DecisionError::Changed
            | DecisionError::Over) => Self::NotDecided(error),
        }
    }

    fn of_ledger(error: &LedgerError, errand: Errand) -> Self {
        if let Some(later) = errand.kept_from(error) {
            return Self::Later(later);
        }
        if matches!(error, LedgerError::Bug) {
            return Self::Bug;
        }
        // What the store says names files and positions, never content.
        tracing::error!(code = error.code(), %error, "the ledger could not do its work");
        Self::Failed { code: error.code() }
    }
}

/// Of a message that was handed in, by whichever door.
impl From<IntakeError> for ApiError {
    fn from(error: IntakeError) -> Self {
        Self::of_intake(error, Errand::HandIn)
    }
}

/// Of a message that was to be handed in, by whichever door.
impl From<NotNow> for ApiError {
    fn from(not_now: NotNow) -> Self {
        Self::Later(Errand::HandIn.not_begun(not_now))
    }
}

/// Of a read.
impl From<DecisionError> for ApiError {
    fn from(error: DecisionError) -> Self {
        Self::of_decision(error, Errand::Read)
    }
}

/// Of a read.
impl From<MailboxError> for ApiError {
    fn from(error: MailboxError) -> Self {
        Self::of_mailbox(error, Errand::Read)
    }
}

/// Of a read.
impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        Self::of_ledger(&error, Errand::Read)
    }
}
