//! What came of looking at a place for lists.

use super::refused::Refused;
use crate::transport::crl::CrlState;

/// Lists that were taken, or were there already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// Each of them.
    pub lists: Vec<CrlState>,
    /// How many of them were not there before.
    pub new: usize,
}

/// A place that was looked at.
#[derive(Debug)]
pub struct Looked {
    /// An address, or a file or folder.
    pub source: String,
    /// What came of it.
    pub outcome: Result<Taken, Refused>,
}
