//! Why bytes of the past could not be read.

/// Bytes are no rows or changes that this program wrote, or are of a later one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// Not the form it should have; says where, never what.
    #[error("a row or change of the past is malformed: {0}")]
    Malformed(String),
    /// Written by a later program.
    #[error("a row or change of the past has version {0}, which a later program wrote")]
    Version(u8),
}
