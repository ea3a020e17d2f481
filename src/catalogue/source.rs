//! The files of a folder of tables, as bytes with a path. Who reads them from where is the caller's.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::finding::{Class, Finding};
use crate::findings::Findings;

/// A file below the folder of tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path below the folder, with strokes: `gm0777/map.tsv`.
    pub path: String,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// A file of text that was read.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path below the folder.
    pub path: Arc<str>,
    /// What stands in it.
    pub text: String,
    /// SHA-256 of it.
    pub hash: [u8; 32],
}

impl File {
    /// This source as text. None, with the finding, when it is not UTF-8.
    pub(crate) fn of(source: Source, findings: &mut Findings) -> Option<Self> {
        let path: Arc<str> = source.path.into();
        let hash = Sha256::digest(&source.bytes).into();
        match String::from_utf8(source.bytes) {
            Ok(text) => Some(Self { path, text, hash }),
            Err(error) => {
                let upto = error.utf8_error().valid_up_to();
                let before = error.as_bytes().get(..upto).unwrap_or_default();
                findings.push(Finding {
                    file: path,
                    line: line_after(before),
                    class: Class::F01,
                    count: 1,
                    text: "Het bestand is geen UTF-8.".to_owned(),
                    remedy: "Bewaar het bestand als UTF-8 zonder BOM.".to_owned(),
                });
                None
            }
        }
    }

    /// A finding in it.
    pub(crate) fn finding(
        &self,
        line: u32,
        class: Class,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        Finding {
            file: Arc::clone(&self.path),
            line,
            class,
            count: 1,
            text: text.into(),
            remedy: remedy.into(),
        }
    }

    /// What stands here.
    pub fn get(&self, text: Text) -> &str {
        let start = text.start as usize;
        let end = start + text.length as usize;
        self.text.get(start..end).unwrap_or_default()
    }

    /// The line, from 1, of this offset.
    pub(crate) fn line_of(&self, offset: usize) -> u32 {
        line_after(self.text.as_bytes().get(..offset).unwrap_or_default())
    }
}

fn line_after(before: &[u8]) -> u32 {
    let ends = memchr::memchr_iter(b'\n', before).count();
    u32::try_from(ends + 1).unwrap_or(u32::MAX)
}

/// A stretch of a file's text. Four gigabytes is beyond what is read ([`crate::BYTES_MAX`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Text {
    start: u32,
    length: u32,
}

impl Text {
    /// The part of `whole` that `part` was cut from.
    pub(crate) fn within(whole: &str, part: &str) -> Self {
        let start = part.as_ptr() as usize - whole.as_ptr() as usize;
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            length: u32::try_from(part.len()).unwrap_or(u32::MAX),
        }
    }

    /// Whether nothing stands there.
    pub const fn is_empty(self) -> bool {
        self.length == 0
    }
}

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which of [`crate::Catalogue::files`].
    pub file: u32,
    /// The line, from 1.
    pub line: u32,
}
