//! Statements: what a party says and signs, one JSON object of one of the kinds of `SPEC.md`. The exact bytes are signed, hashed and kept; nobody writes them anew.
//! Whose key signed one is no matter of this module ([`super::Signed`]).

use std::fmt;

use super::claim::Claim;
use super::fields::Fields;
use super::json::{self, JsonFault};
use super::writer::Writer;
use crate::entry::{Salt, statement_entry};
use crate::hash::Hash;

/// Longest statement in bytes, openings excepted.
pub const STATEMENT_BYTES_MAX: usize = 4_096;
/// Longest opening in bytes.
pub const OPENING_BYTES_MAX: usize = 65_536;

/// Why bytes are no statement. Never with a value: names of keys only that every statement of its kind has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Longer than one of its kind may be.
    #[error("a statement of {bytes} bytes is too long")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not one JSON object in the strict form.
    #[error("byte {at}: {fault}")]
    Json {
        /// What is wrong.
        fault: JsonFault,
        /// Where, counted from 0.
        at: usize,
    },
    /// `v` is there and is not 1: it came later.
    #[error("of a version that is not known here")]
    Version,
    /// `typ` names no kind of statement.
    #[error("of a kind that is not known here")]
    Kind,
    /// A key is not there that every statement of its kind has.
    #[error("`{key}` is not there")]
    Missing {
        /// Which.
        key: &'static str,
    },
    /// Keys that no statement of its kind has.
    #[error("{names} names that do not belong here")]
    Unknown {
        /// How many.
        names: usize,
    },
    /// A value that its key can't have, or not beside the others.
    #[error("`{key}` has a value that does not fit")]
    Value {
        /// Under which key.
        key: &'static str,
    },
}

impl StatementError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "statement-too-long",
            Self::Json { .. } => "statement-json",
            Self::Version => "statement-version",
            Self::Kind => "statement-kind",
            Self::Missing { .. } => "statement-missing",
            Self::Unknown { .. } => "statement-unknown",
            Self::Value { .. } => "statement-value",
        }
    }
}

/// A statement: its bytes and what they say.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    bytes: Vec<u8>,
    claim: Claim,
}

impl Statement {
    /// Reads one of any kind. Err: too long, not in the strict form of JSON, of another version or an unknown kind, a key missing or too many, a value that does not
    /// fit.
    pub fn parse(bytes: &[u8]) -> Result<Statement, StatementError> {
        let length = bytes.len();
        if length > OPENING_BYTES_MAX {
            return Err(StatementError::TooLong { bytes: length });
        }
        let members =
            json::parse(bytes).map_err(|(fault, at)| StatementError::Json { fault, at })?;
        let mut fields = Fields::new(members);
        if fields.number("v")? != 1 {
            return Err(StatementError::Version);
        }
        let kind = fields.text("typ")?;
        if length > Claim::bytes_max(&kind) {
            return Err(StatementError::TooLong { bytes: length });
        }
        let claim = Claim::read(&kind, &mut fields)?;
        fields.end()?;
        Ok(Statement {
            bytes: bytes.to_vec(),
            claim,
        })
    }

    /// Writes one. Err: it would not be read back, as when values do not fit together.
    pub fn of(claim: impl Into<Claim>) -> Result<Statement, StatementError> {
        let claim = claim.into();
        let mut writer = Writer::new();
        writer.number("v", 1).text("typ", claim.kind());
        claim.write(&mut writer);
        Statement::parse(writer.end().as_bytes())
    }

    /// Its bytes, exactly as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What it says.
    pub fn claim(&self) -> &Claim {
        &self.claim
    }

    /// Its entry in the log.
    pub fn entry(&self, salt: &Salt) -> Hash {
        statement_entry(salt, &self.bytes)
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Statement({}, {} bytes)",
            self.claim.kind(),
            self.bytes.len()
        )
    }
}
