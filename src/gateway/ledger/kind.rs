//! What a taken message is, and how a record says so: a kind of the standards, or a file that is none, under the functie by which it is carried.
//!
//! Judges nothing: whether a kind is taken or a file is carried is decided where it comes in.

use std::fmt;
use std::sync::Arc;

use knooppunt_standard::{Berichtsoort, Kind, Law};

use super::events::KindRecord;

/// What a figure or a log line says of a file: a functie is a name of the register's, and there may be many.
const FILE: &str = "tekstBestand";

/// What a taken message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageKind {
    /// A message of the standards.
    Standard(Kind),
    /// A file that is none (tekstBestand of the GGk): carried as it is, and never judged.
    File(FileKind),
}

/// Under what a file is carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileKind {
    /// functie, as the register spells it.
    pub functie: String,
    /// functieVersie and functieSubversie, as `2.0`.
    pub release: String,
}

impl MessageKind {
    /// Published name of a kind, `JW301`; of a file its functie.
    pub fn name(&self) -> &str {
        match self {
            Self::Standard(kind) => kind.name(),
            Self::File(file) => &file.functie,
        }
    }

    /// The same for figures and logs: one word for all files.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Standard(kind) => kind.name(),
            Self::File(_) => FILE,
        }
    }

    /// The law it is sent under; a file is under none.
    pub fn law(&self) -> Option<Law> {
        self.standard().map(|kind| kind.law)
    }

    /// Release of the standard, as `3.2`; of a file the version of its functie.
    pub fn release(&self) -> &str {
        match self {
            Self::Standard(kind) => &kind.release,
            Self::File(file) => &file.release,
        }
    }

    /// The kind of the standards; `None` for a file.
    pub fn standard(&self) -> Option<&Kind> {
        match self {
            Self::Standard(kind) => Some(kind),
            Self::File(_) => None,
        }
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        self.standard().is_none()
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl KindRecord {
    /// As recorded.
    pub fn of(kind: &Kind) -> Self {
        Self {
            law: kind.law.as_str().to_owned(),
            release: kind.release.to_string(),
            soort: kind.soort.number(),
            functie: None,
        }
    }

    /// Of a file: its functie, with version and subversion as its envelope has them.
    pub fn file(functie: &str, (version, subversion): (u16, u16)) -> Self {
        Self {
            law: String::new(),
            release: format!("{version}.{subversion}"),
            soort: 0,
            functie: Some(functie.to_owned()),
        }
    }

    /// As the standard has it; `None` for a file, and for a kind that this program does not know.
    pub fn kind(&self) -> Option<Kind> {
        Some(Kind {
            law: self.law.parse::<Law>().ok()?,
            release: Arc::from(self.release.as_str()),
            soort: Berichtsoort::from_number(self.soort)?,
        })
    }

    /// What it is; `None` for a kind that this program does not know.
    pub fn what(&self) -> Option<MessageKind> {
        match &self.functie {
            Some(functie) => Some(MessageKind::File(FileKind {
                functie: functie.clone(),
                release: self.release.clone(),
            })),
            None => self.kind().map(MessageKind::Standard),
        }
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        self.functie.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_and_a_file_come_back_from_a_record_as_they_were() {
        let kind = Kind {
            law: Law::Jw,
            release: Arc::from("3.2"),
            soort: Berichtsoort::Toewijzing,
        };
        let record = KindRecord::of(&kind);
        assert_eq!(record.what(), Some(MessageKind::Standard(kind)));
        let record = KindRecord::file("JW301", (2, 0));
        let what = record.what().expect("a file");
        assert_eq!(record.kind(), None, "whatever its functie is called");
        assert_eq!((what.name(), what.release()), ("JW301", "2.0"));
        assert_eq!((what.label(), what.law()), ("tekstBestand", None));
        let unknown = KindRecord {
            functie: None,
            ..record
        };
        assert_eq!(unknown.what(), None);
    }
}
