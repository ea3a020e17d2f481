//! The manifest of an export: what it holds, for whom and why it was made, and the hashes of the files that nothing else in it binds. It is the text of a note
//! that the log signs, so a bundle with anything taken away or put in is not the one that the log gave.
//!
//! ```text
//! knooppunt/export/1
//! origin log.example/knooppunt
//! size 300
//! records 2
//! erased 1
//! selection
//! made 1790000000
//! by auditor-north
//! purpose sample of October
//! scope jw 0363 2026-10
//! file checkpoint 317 <SHA-256 in base64>
//! file policy 211 <SHA-256 in base64>
//! file records.jsonl 640 <SHA-256 in base64>
//! file tile/1/000.p/1 32 <SHA-256 in base64>
//! file tile/0/001.p/44 1408 <SHA-256 in base64>
//! ```
//!
//! `range 0 300` stands where `selection` does when every record from the first to before the second is there. `by`, `purpose` and `scope` may be absent.
//! No manifest can be taken for a checkpoint, nor a checkpoint for a manifest: the second line of a checkpoint is a number.

use std::fmt;

use super::edge;
use crate::checkpoint::{Checkpoint, read_size};
use crate::hash::Hash;
use crate::key::SignerKey;
use crate::note::{NoteError, SignedNote};

/// Name of the file that holds the manifest.
pub const MANIFEST: &str = "manifest";
/// Name of the file that holds the checkpoint.
pub const CHECKPOINT: &str = "checkpoint";
/// Name of the file that holds the keys which the log names for itself.
pub const POLICY: &str = "policy";
/// Name of the file that holds the records.
pub const RECORDS: &str = "records.jsonl";

/// The first line of a manifest: what the rest is, and its version.
const FORMAT: &str = "knooppunt/export/1";
/// What the first line begins with in every version.
const FORMATS: &str = "knooppunt/export/";

/// Most records in one export. A verifier keeps 40 bytes or so of each.
pub const RECORDS_MAX: u64 = 10_000_000;
/// Longest `by`, `purpose` or `scope`, in bytes.
pub const ABOUT_BYTES_MAX: usize = 1_000;

/// Why a text is no manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Another version of the format.
    #[error("the format {0} is not known here")]
    Version(String),
    /// A line is missing, is not where it should be, or says nothing that it may say.
    #[error("line {line}: {wrong}")]
    Line {
        /// Which, counted from 1.
        line: usize,
        /// What is wrong there.
        wrong: &'static str,
    },
}

impl ManifestError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Version(_) => "manifest-version",
            Self::Line { .. } => "manifest-malformed",
        }
    }
}

/// Which records an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Every record from the first index to before the second.
    Range {
        /// The first.
        from: u64,
        /// The one behind the last.
        to: u64,
    },
    /// Those that were chosen; what was left out is not told.
    Selection,
}

/// For whom an export was made, when and why. It is what the log says, and nothing in the tree shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// When it was made: seconds since 1970 in UTC.
    pub made: u64,
    /// By whom, or for whom.
    pub by: Option<String>,
    /// To what end.
    pub purpose: Option<String>,
    /// What was asked for.
    pub scope: Option<String>,
}

/// A file of an export, with what its bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSum {
    /// Its path in the export.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: Hash,
}

impl FileSum {
    /// Of a file's bytes.
    pub fn of(path: impl Into<String>, bytes: &[u8]) -> FileSum {
        FileSum {
            path: path.into(),
            bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            sha256: Hash::over(&[bytes]),
        }
    }
}

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Which log it is of.
    pub origin: String,
    /// Leaves of the tree in which its records are shown to stand.
    pub size: u64,
    /// Lines of records.
    pub records: u64,
    /// How many of them are leaves without record, because the salt was erased.
    pub erased: u64,
    /// Which records.
    pub span: Span,
    /// For whom, when and why.
    pub about: About,
    /// Checkpoint, policy, records, and the tiles at the right edge from the highest level down.
    pub files: Vec<FileSum>,
}

impl Manifest {
    /// Reads the text of a manifest. Err: another version, or another text than [`Manifest`] writes.
    pub fn parse(text: &str) -> Result<Manifest, ManifestError> {
        let mut lines = Lines {
            rest: text
                .strip_suffix('\n')
                .map(|text| text.split('\n').peekable()),
            line: 0,
        };
        match lines.next() {
            Some(FORMAT) => {}
            Some(other) if other.starts_with(FORMATS) => {
                return Err(ManifestError::Version(other.to_owned()));
            }
            _ => return Err(lines.wrong("not the beginning of a manifest")),
        }
        let origin = lines.value("origin ").unwrap_or_default().to_owned();
        if origin.is_empty() || origin.len() > Checkpoint::ORIGIN_BYTES_MAX {
            return Err(lines.wrong("no origin"));
        }
        let size = lines.number("size ")?;
        let records = lines.number("records ")?;
        if records > RECORDS_MAX || records > size {
            return Err(lines.wrong("more records than there can be"));
        }
        let erased = lines.number("erased ")?;
        if erased > records {
            return Err(lines.wrong("more erased records than records"));
        }
        let span = lines.span(size, records)?;
        let about = About {
            made: lines.number("made ")?,
            by: lines.about("by ")?,
            purpose: lines.about("purpose ")?,
            scope: lines.about("scope ")?,
        };
        let mut files = Vec::new();
        for path in paths(size) {
            files.push(lines.file(path)?);
        }
        if lines.next().is_some() {
            return Err(lines.wrong("nothing should stand here"));
        }
        Ok(Manifest {
            origin,
            size,
            records,
            erased,
            span,
            about,
            files,
        })
    }

    /// Signs it: the note is what the file `manifest` holds. Err: the note would be over a limit.
    pub fn sign(&self, key: &SignerKey) -> Result<SignedNote, NoteError> {
        SignedNote::sign(&self.to_string(), key)
    }

    /// What it says of the file with this path.
    pub fn file(&self, path: &str) -> Option<&FileSum> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl fmt::Display for Manifest {
    /// The text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORMAT}\norigin {}\nsize {}", self.origin, self.size)?;
        writeln!(f, "records {}\nerased {}", self.records, self.erased)?;
        match self.span {
            Span::Range { from, to } => writeln!(f, "range {from} {to}")?,
            Span::Selection => writeln!(f, "selection")?,
        }
        writeln!(f, "made {}", self.about.made)?;
        let about = [
            ("by", &self.about.by),
            ("purpose", &self.about.purpose),
            ("scope", &self.about.scope),
        ];
        for (key, value) in about {
            if let Some(value) = value {
                writeln!(f, "{key} {value}")?;
            }
        }
        self.files
            .iter()
            .try_for_each(|file| writeln!(f, "file {} {} {}", file.path, file.bytes, file.sha256))
    }
}

/// Whether a text can stand behind `by`, `purpose` or `scope`: 1 to [`ABOUT_BYTES_MAX`] bytes, no control characters, no space at either end.
pub(super) fn is_about(text: &str) -> bool {
    (1..=ABOUT_BYTES_MAX).contains(&text.len())
        && text.trim() == text
        && !text.contains(char::is_control)
}

/// The files that a manifest of a tree of this size names, in its order.
fn paths(size: u64) -> Vec<String> {
    let mut paths = vec![CHECKPOINT.to_owned(), POLICY.to_owned(), RECORDS.to_owned()];
    paths.extend(edge(size).map(|tile| tile.path()));
    paths
}

/// The lines of a manifest, and which was read last.
struct Lines<'a> {
    rest: Option<std::iter::Peekable<std::str::Split<'a, char>>>,
    line: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a str> {
        self.line += 1;
        self.rest.as_mut()?.next()
    }

    fn wrong(&self, wrong: &'static str) -> ManifestError {
        ManifestError::Line {
            line: self.line,
            wrong,
        }
    }

    /// What stands behind the key in the next line.
    fn value(&mut self, key: &str) -> Option<&'a str> {
        self.next()?.strip_prefix(key)
    }

    fn number(&mut self, key: &str) -> Result<u64, ManifestError> {
        self.value(key)
            .and_then(read_size)
            .ok_or_else(|| self.wrong("not the number that belongs here"))
    }

    fn span(&mut self, size: u64, records: u64) -> Result<Span, ManifestError> {
        let line = self.next();
        if line == Some("selection") {
            return Ok(Span::Selection);
        }
        let (from, to) = line
            .and_then(|line| line.strip_prefix("range "))
            .and_then(|line| line.split_once(' '))
            .and_then(|(from, to)| Some((read_size(from)?, read_size(to)?)))
            .ok_or_else(|| self.wrong("neither a range nor a selection"))?;
        if to > size || to.checked_sub(from) != Some(records) {
            return Err(self.wrong("not a range of as many records as there are"));
        }
        Ok(Span::Range { from, to })
    }

    /// The value of a line that may be absent.
    fn about(&mut self, key: &str) -> Result<Option<String>, ManifestError> {
        let next = self.rest.as_mut().and_then(|rest| rest.peek());
        if !next.is_some_and(|line| line.starts_with(key)) {
            return Ok(None);
        }
        match self.value(key).filter(|value| is_about(value)) {
            Some(value) => Ok(Some(value.to_owned())),
            None => Err(self.wrong("empty, too long, or with characters that no text has")),
        }
    }

    fn file(&mut self, path: String) -> Result<FileSum, ManifestError> {
        let found = self.value("file ").and_then(|line| {
            let rest = line.strip_prefix(path.as_str())?.strip_prefix(' ')?;
            let (bytes, sha256) = rest.split_once(' ')?;
            Some((read_size(bytes)?, Hash::from_base64(sha256).ok()?))
        });
        match found {
            Some((bytes, sha256)) => Ok(FileSum {
                path,
                bytes,
                sha256,
            }),
            None => Err(self.wrong("not the file that belongs here")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_manifest(size: u64) -> Manifest {
        Manifest {
            origin: "log.example/knooppunt".to_owned(),
            size,
            records: 2,
            erased: 1,
            span: Span::Selection,
            about: About {
                made: 1_790_000_000,
                by: Some("auditor-north".to_owned()),
                purpose: Some("steekproef oktober; één op de honderd".to_owned()),
                scope: Some("jw 0363 2026-10".to_owned()),
            },
            files: paths(size)
                .into_iter()
                .map(|path| FileSum::of(path, b"bytes"))
                .collect(),
        }
    }

    #[test]
    fn a_manifest_comes_back_as_it_was_written() {
        for size in [2, 255, 256, 300, 65_536, 70_000, 1 << 62] {
            for span in [Span::Selection, Span::Range { from: 0, to: 2 }] {
                let mut manifest = a_manifest(size);
                manifest.span = span;
                assert_eq!(Manifest::parse(&manifest.to_string()), Ok(manifest.clone()));
                manifest.about = About::default();
                assert_eq!(Manifest::parse(&manifest.to_string()), Ok(manifest));
            }
        }
    }

    #[test]
    fn its_text_is_this() {
        let text = a_manifest(300).to_string();
        let expected = "knooppunt/export/1\norigin log.example/knooppunt\nsize 300\nrecords 2\nerased 1\nselection\nmade 1790000000\nby auditor-north\n\
            purpose steekproef oktober; één op de honderd\nscope jw 0363 2026-10\n\
            file checkpoint 5 J3CJ2RwL308uaGK6fkoHYFEZQx9dE/cm3TUrBvGyBqk=\n\
            file policy 5 J3CJ2RwL308uaGK6fkoHYFEZQx9dE/cm3TUrBvGyBqk=\n\
            file records.jsonl 5 J3CJ2RwL308uaGK6fkoHYFEZQx9dE/cm3TUrBvGyBqk=\n\
            file tile/1/000.p/1 5 J3CJ2RwL308uaGK6fkoHYFEZQx9dE/cm3TUrBvGyBqk=\n\
            file tile/0/001.p/44 5 J3CJ2RwL308uaGK6fkoHYFEZQx9dE/cm3TUrBvGyBqk=\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_line_that_is_wrong_is_named() {
        let wrong_at = |from: &str, to: &str| match Manifest::parse(
            &a_manifest(300).to_string().replacen(from, to, 1),
        ) {
            Err(ManifestError::Line { line, .. }) => line,
            other => panic!("{from} -> {to}: {other:?}"),
        };
        assert_eq!(wrong_at("knooppunt/export/1", "knooppunt/receipt/1"), 1);
        assert_eq!(wrong_at("origin log.example/knooppunt", "origin "), 2);
        assert_eq!(wrong_at("size 300", "size 0300"), 3);
        assert_eq!(wrong_at("records 2", "records 301"), 4);
        assert_eq!(wrong_at("erased 1", "erased 3"), 5);
        assert_eq!(wrong_at("selection", "range 0 3"), 6);
        assert_eq!(wrong_at("selection", "range 299 301"), 6);
        assert_eq!(wrong_at("selection", "range 2 0"), 6);
        assert_eq!(wrong_at("selection", "everything"), 6);
        assert_eq!(wrong_at("made 1790000000", "made today"), 7);
        assert_eq!(wrong_at("by auditor-north", "by "), 8);
        assert_eq!(wrong_at("by auditor-north", "by  auditor"), 8);
        assert_eq!(wrong_at("auditor-north", &"x".repeat(1_001)), 8);
        assert_eq!(wrong_at("auditor-north", "auditor\u{85}north"), 8);
        // Each line once and in its order.
        assert_eq!(wrong_at("purpose", "by"), 9);
        assert_eq!(wrong_at("file policy", "file checkpoint"), 12);
        assert_eq!(wrong_at("file policy 5", "file policy -5"), 12);
        assert_eq!(wrong_at("tile/1/000.p/1", "tile/1/000.p/2"), 14);
        let more = format!("{}more\n", a_manifest(300));
        assert!(Manifest::parse(&more).is_err());
        let text = a_manifest(300).to_string();
        assert!(Manifest::parse(text.trim_end()).is_err());
        assert!(Manifest::parse("").is_err());
    }

    #[test]
    fn a_later_version_is_told_apart() {
        let text = a_manifest(300).to_string().replace("export/1", "export/2");
        assert_eq!(
            Manifest::parse(&text),
            Err(ManifestError::Version("knooppunt/export/2".to_owned()))
        );
    }
}
