//! One file of reference data while it is read: its text, its hash, and the line of what is wrong in it.
//! Knows nothing of what the files say.

use std::ops::Range;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::error::ReferenceError;
use crate::codelijst::ListedCode;

/// A file that was read, as a verdict names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceFile {
    /// Path below the folder of reference data: `contracts/2026.toml`.
    pub path: String,
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
}

impl ReferenceFile {
    pub(super) fn of(path: &str, bytes: &[u8]) -> Self {
        Self {
            path: path.to_owned(),
            hash: Sha256::digest(bytes).into(),
        }
    }
}

/// Text of a file, with what is needed to say where a fault is.
#[derive(Clone, Copy)]
pub(super) struct Text<'f> {
    path: &'f str,
    text: &'f str,
}

impl<'f> Text<'f> {
    pub(super) fn of(path: &'f str, bytes: &'f [u8]) -> Result<Self, ReferenceError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self { path, text }),
            Err(error) => Err(ReferenceError::Data {
                file: path.to_owned(),
                line: line_after(bytes.get(..error.valid_up_to()).unwrap_or_default()),
                reason: "not UTF-8; save the file as UTF-8".to_owned(),
            }),
        }
    }

    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, ReferenceError> {
        toml::from_str(self.text).map_err(|error| {
            self.fault(
                error.span().unwrap_or_default(),
                error.message().trim_end().replace('\n', "; "),
            )
        })
    }

    /// The error at a place in this file.
    pub(super) fn fault(self, at: Range<usize>, reason: impl Into<String>) -> ReferenceError {
        let before = self.text.as_bytes().get(..at.start).unwrap_or_default();
        ReferenceError::Data {
            file: self.path.to_owned(),
            line: line_after(before),
            reason: reason.into(),
        }
    }
}

fn line_after(before: &[u8]) -> u32 {
    let ends = memchr::memchr_iter(b'\n', before).count();
    u32::try_from(ends + 1).unwrap_or(u32::MAX)
}

/// Days from a first to a last, both included; an absent end is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Days {
    pub(super) from: Date,
    pub(super) to: Date,
}

impl Days {
    /// `None` when it ends before it begins.
    pub(super) fn between(from: Option<Date>, to: Option<Date>) -> Option<Self> {
        let days = Self {
            from: from.unwrap_or(Date::MIN),
            to: to.unwrap_or(Date::MAX),
        };
        (days.from <= days.to).then_some(days)
    }

    pub(super) fn of(row: &ListedCode) -> Option<Self> {
        Self::between(row.valid_from, row.valid_to)
    }

    pub(super) fn has(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether a day belongs to both.
    pub(super) fn meets(self, other: Self) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}
