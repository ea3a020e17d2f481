//! Why an auditor is not answered.

use super::purpose::PurposeError;
use crate::fault::Fault;
use crate::figures::FiguresError;
use crate::ledger::LedgerError;

/// Why a look was not answered. All but the last, and [`AuditError::ExportsBusy`], are written down as looks that were tried.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The caller is no auditor.
    #[error("the caller is no auditor")]
    NoAuditor,
    /// He does not say for what he looks, or says it in a way that may not be kept.
    #[error(transparent)]
    Purpose(PurposeError),
    /// He asks for what lies outside his scope.
    #[error("the question reaches over the scope: {what}")]
    OverScope {
        /// Which condition does: its name in the API.
        what: &'static str,
    },
    /// The page is not one of an answer to this question of this asker.
    #[error("the page is of another question, of another asker, or of nobody")]
    Page,
    /// A condition is not what it should be.
    #[error("condition {name} is wrong")]
    Condition {
        /// Its name in the API.
        name: &'static str,
        /// What it should be, in Dutch.
        expected: &'static str,
    },
    /// What was sent is no question.
    #[error("no question in the body")]
    Unreadable,
    /// A number of a sender without more would have to be tried for too many makers.
    #[error("the reference would have to be tried for too many makers")]
    TooMany,
    /// There are no such figures, or not yet.
    #[error(transparent)]
    Figures(FiguresError),
    /// The scope has more parts, or the question asks for more lists, than are read for one page.
    #[error("the question needs too many lists")]
    TooWide,
    /// No log is kept here, so nothing could be verified by a bundle.
    #[error("no log is kept")]
    NoLog,
    /// What was found is not under a checkpoint of the log yet.
    #[error("not under a checkpoint yet")]
    NotInLog,
    /// More records than a bundle has, or too much to look through for one.
    #[error("too much for one export")]
    ExportTooLarge,
    /// As many bundles are being made as may be at once. Nothing was looked at, and nothing is written down.
    #[error("as many exports as may be are under way")]
    ExportsBusy,
    /// There is no such message or thread within the scope; whether there is one outside it is not told.
    #[error("not found")]
    NotFound,
    /// We could not do our work; with what was to be written down about the look it is not answered either.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl AuditError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAuditor => "no-auditor",
            Self::Purpose(PurposeError::Missing) => "no-purpose",
            Self::Purpose(PurposeError::TooLong) => "purpose-too-long",
            Self::Purpose(PurposeError::Bsn) => "purpose-names-a-client",
            Self::Purpose(PurposeError::Characters) => "purpose-characters",
            Self::OverScope { .. } => "over-scope",
            Self::Page => "wrong-page",
            Self::Condition { .. } => "wrong-condition",
            Self::Unreadable => "no-question",
            Self::Figures(error) => error.code(),
            Self::TooMany | Self::TooWide => "too-wide",
            Self::NoLog => "no-log",
            Self::NotInLog => "not-in-log-yet",
            Self::ExportTooLarge => "export-too-large",
            Self::ExportsBusy => "exports-busy",
            Self::NotFound => "not-found",
            Self::Ledger(error) => error.code(),
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoAuditor
            | Self::Purpose(_)
            | Self::OverScope { .. }
            | Self::Page
            | Self::Condition { .. }
            | Self::Unreadable
            | Self::TooMany
            | Self::TooWide
            | Self::ExportTooLarge
            | Self::NoLog
            | Self::NotFound => Fault::Sender,
            Self::Figures(error) => error.fault(),
            Self::NotInLog | Self::ExportsBusy | Self::Ledger(_) => Fault::Ours,
        }
    }
}
