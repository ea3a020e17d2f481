//! Why a set of schemas was not taken.
//! Always our own side's fault: the files come from the operator, not from a message.

/// A release folder is not right; nothing of the set is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file stands where none of its kind belongs; `file` is its path below `schemas/`.
    #[error(
        "{file}: a release is <standard>/<release>/ with source.toml, *.xsd and codelists/*.toml"
    )]
    Place {
        /// Path below `schemas/`.
        file: String,
    },
    /// A folder has no `source.toml`.
    #[error("{folder}: no source.toml")]
    NoSource {
        /// Folder below `schemas/`.
        folder: String,
    },
    /// `source.toml` or a code list is not as its format says.
    #[error("{file}: {reason}")]
    Data {
        /// Path below `schemas/`.
        file: String,
        /// What is wrong and, where known, the line.
        reason: String,
    },
    /// A schema is no well-formed XML or uses a construct that is not supported.
    #[error("{file}:{line}: {reason}")]
    Schema {
        /// Path below `schemas/`.
        file: String,
        /// Line in the file, from 1.
        line: u32,
        /// What is wrong.
        reason: String,
    },
    /// Two schemas describe messages in the same namespace.
    #[error("{file}: namespace {namespace} has a schema already")]
    Twice {
        /// Path below `schemas/` of the second one.
        file: String,
        /// The namespace.
        namespace: String,
    },
}

impl LoadError {
    /// Stable word for the kind of error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Place { .. } => "schema-place",
            Self::NoSource { .. } => "schema-no-source",
            Self::Data { .. } => "schema-data",
            Self::Schema { .. } => "schema-construct",
            Self::Twice { .. } => "schema-twice",
        }
    }
}
