//! Why reference data was not taken. Always our own side's fault: the files come from the operator.

/// A file of reference data is not right; nothing of the set is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// A file stands where none of its kind belongs.
    #[error(
        "{file}: reference data is gemeenten/<name>.toml, products/<name>.toml or contracts/<name>.toml; move or remove it"
    )]
    Place {
        /// Path below the folder of reference data.
        file: String,
    },
    /// A file is not as its format says, or contradicts another.
    #[error("{file}:{line}: {reason}")]
    Data {
        /// Path below the folder of reference data.
        file: String,
        /// Line in the file, from 1.
        line: u32,
        /// What is wrong, and what to do.
        reason: String,
    },
}

impl ReferenceError {
    /// Stable word for the kind of error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Place { .. } => "reference-place",
            Self::Data { .. } => "reference-data",
        }
    }
}
