//! What stands in one copy: a text, a line a fact, that is written last, so that a copy without one is no copy. The last line holds the SHA-256 of all
//! lines before it. The same copy at the same moment gives the same bytes.
//!
//! ```text
//! knooppunt backup 1
//! holds keys
//! store 00112233445566778899aabbccddeeff
//! position 120
//! chain 8f0c...                       of the record before the position
//! time 2026-03-01T09:00:00Z           of that record
//! made 2026-03-01T10:00:00Z
//! erased 118                          keys only: erasures of all records before it were carried out
//! expires 2026-03-31T10:00:00Z        keys only
//! damages 0
//! file 5d41... 8332 keys/00000000000000000000.keys
//! end 9a7b...
//! ```

use std::fmt::Write as _;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use jiff::Timestamp;

use crate::store::record::sha256;
use crate::store::{Position, StoreError};

/// The version that is written now.
pub(super) const VERSION: u32 = 1;
const MAGIC: &str = "knooppunt backup ";

/// What stands in one copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) holds: Holds,
    /// Which store it is of.
    pub(super) store: [u8; 16],
    /// Every record before it is in the copy, and no other.
    pub(super) position: Position,
    /// Chain of the last record.
    pub(super) chain: [u8; 32],
    /// Time of the last record; `None` without one.
    pub(super) time: Option<Timestamp>,
    /// When the copy was begun.
    pub(super) made: Timestamp,
    /// Places that were damaged already when it was made, and were accepted.
    pub(super) damages: u64,
    /// Sorted by name.
    pub(super) files: Vec<Filed>,
}

/// Which of the two places it is the manifest of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Journal, parts and grounds.
    Journal,
    /// Keys.
    Keys {
        /// Erasures of all records before it were carried out.
        erased: Position,
        /// When it may be used no longer.
        expires: Timestamp,
    },
}

/// One file of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filed {
    /// Its name in a data folder, such as `journal/00000000000000000000.journal`.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: [u8; 32],
}

impl Filed {
    /// The name under which the place keeps it.
    pub(super) fn object(&self) -> String {
        format!("{}-{}", self.name, HEXLOWER.encode(&self.sha256))
    }
}

impl Manifest {
    pub(super) fn file(&self, name: &str) -> Option<&Filed> {
        let at = self
            .files
            .binary_search_by(|file| file.name.as_str().cmp(name));
        self.files.get(at.ok()?)
    }

    /// Bytes of all its files.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    pub(super) fn expires(&self) -> Option<Timestamp> {
        match self.holds {
            Holds::Journal => None,
            Holds::Keys { expires, .. } => Some(expires),
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let mut text = format!("{MAGIC}{VERSION}\n");
        let mut line = |name: &str, value: &dyn std::fmt::Display| {
            let _ = writeln!(text, "{name} {value}");
        };
        let holds = match self.holds {
            Holds::Journal => "journal",
            Holds::Keys { .. } => "keys",
        };
        line("holds", &holds);
        line("store", &HEXLOWER.encode(&self.store));
        line("position", &self.position);
        line("chain", &HEXLOWER.encode(&self.chain));
        match &self.time {
            Some(time) => line("time", time),
            None => line("time", &"-"),
        }
        line("made", &self.made);
        if let Holds::Keys { erased, expires } = &self.holds {
            line("erased", erased);
            line("expires", expires);
        }
        line("damages", &self.damages);
        for file in &self.files {
            let hash = HEXLOWER.encode(&file.sha256);
            line("file", &format_args!("{hash} {} {}", file.bytes, file.name));
        }
        let end = HEXLOWER.encode(&sha256(&[text.as_bytes()]));
        let _ = writeln!(text, "end {end}");
        text.into_bytes()
    }

    /// Reads it; `file` is only named in errors. Err: a bit differs from what was written, or a newer program wrote it.
    pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Manifest, StoreError> {
        let damage = StoreError::Damage {
            file: file.to_owned(),
            position: None,
            what: "the manifest is not as it was written",
        };
        let Some((text, version)) = sealed(bytes) else {
            return Err(damage);
        };
        if version > VERSION {
            return Err(StoreError::Version {
                file: file.to_owned(),
                found: version,
                newest: VERSION,
            });
        }
        // What is not the one form of what it says was not written by us.
        parse(text)
            .filter(|manifest| manifest.write() == bytes)
            .ok_or(damage)
    }
}

/// The lines before the last, which holds their hash, and the version in the first. `None` when the hash is not theirs.
fn sealed(bytes: &[u8]) -> Option<(&str, u32)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let at = text.strip_suffix('\n')?.rfind('\n')? + 1;
    let (lines, end) = text.split_at_checked(at)?;
    let hash = end.strip_prefix("end ")?.trim_end_matches('\n');
    if hash != HEXLOWER.encode(&sha256(&[lines.as_bytes()])) {
        return None;
    }
    let (first, rest) = lines.split_once('\n')?;
    let version = first.strip_prefix(MAGIC)?.parse().ok()?;
    Some((rest, version))
}

fn parse(text: &str) -> Option<Manifest> {
    let mut lines = text.lines().peekable();
    let mut fact = |name: &str| {
        let line = lines.next_if(|line| line.starts_with(name))?;
        line.strip_prefix(name)?.strip_prefix(' ')
    };
    let keys = match fact("holds")? {
        "journal" => false,
        "keys" => true,
        _ => return None,
    };
    let store = hex(fact("store")?)?;
    let position = number(fact("position")?)?;
    let chain = hex(fact("chain")?)?;
    let time = match fact("time")? {
        "-" => None,
        time => Some(number(time)?),
    };
    let made = number(fact("made")?)?;
    let holds = if keys {
        Holds::Keys {
            erased: Position(number(fact("erased")?)?),
            expires: number(fact("expires")?)?,
        }
    } else {
        Holds::Journal
    };
    let damages = number(fact("damages")?)?;
    let mut files: Vec<Filed> = Vec::new();
    for line in lines {
        let mut words = line.strip_prefix("file ")?.splitn(3, ' ');
        let (sha256, bytes) = (hex(words.next()?)?, number(words.next()?)?);
        let name = words.next().filter(|name| is_name(name))?.to_owned();
        if files.last().is_some_and(|last| last.name >= name) {
            return None;
        }
        files.push(Filed {
            name,
            bytes,
            sha256,
        });
    }
    Some(Manifest {
        holds,
        store,
        position: Position(position),
        chain,
        time,
        made,
        damages,
        files,
    })
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Whether it is the name of a file of a store: it leads nowhere else.
fn is_name(name: &str) -> bool {
    let word = |word: &str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.';
        !word.is_empty() && !word.starts_with('.') && word.chars().all(plain)
    };
    match name.split_once('/') {
        Some((folder, file)) => word(folder) && word(file),
        None => word(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(holds: Holds) -> Manifest {
        Manifest {
            holds,
            store: [1; 16],
            position: Position(120),
            chain: [2; 32],
            time: Some("2026-03-01T09:00:00.000001Z".parse().unwrap()),
            made: "2026-03-01T10:00:00Z".parse().unwrap(),
            damages: 0,
            files: vec![
                Filed {
                    name: "keys/00000000000000000000.keys".into(),
                    bytes: 8332,
                    sha256: [3; 32],
                },
                Filed {
                    name: "store".into(),
                    bytes: 90,
                    sha256: [4; 32],
                },
            ],
        }
    }

    fn keys() -> Manifest {
        some(Holds::Keys {
            erased: Position(118),
            expires: "2026-03-31T10:00:00Z".parse().unwrap(),
        })
    }

    /// Written by version 1.
    const GOLDEN: &str = include_str!("../../../../../tests/golden/backup-1.txt");

    #[test]
    fn version_1_reads_back_and_is_written_as_ever() {
        assert_eq!(String::from_utf8(keys().write()).unwrap(), GOLDEN);
        assert_eq!(
            Manifest::read("manifest", GOLDEN.as_bytes()).unwrap(),
            keys()
        );
        let journal = Manifest {
            time: None,
            files: Vec::new(),
            ..some(Holds::Journal)
        };
        assert_eq!(
            Manifest::read("manifest", &journal.write()).unwrap(),
            journal
        );
    }

    #[test]
    fn one_flipped_bit_or_a_byte_less_or_more_is_damage() {
        let right = keys().write();
        for place in 0..right.len() {
            let mut wrong = right.clone();
            wrong[place] ^= 1;
            let read = Manifest::read("manifest", &wrong);
            assert!(
                matches!(read, Err(StoreError::Damage { .. })),
                "byte {place}"
            );
            assert!(
                Manifest::read("manifest", &right[..place]).is_err(),
                "cut at {place}"
            );
        }
        assert!(Manifest::read("manifest", &[&right[..], b"\n"].concat()).is_err());
    }

    #[test]
    fn one_of_a_newer_program_is_told_by_its_version() {
        let text = String::from_utf8(keys().write()).unwrap();
        let (lines, _) = text.split_once("end ").unwrap();
        let lines = lines.replace("backup 1", "backup 2");
        let end = HEXLOWER.encode(&sha256(&[lines.as_bytes()]));
        let newer = format!("{lines}end {end}\n");
        assert!(matches!(
            Manifest::read("manifest", newer.as_bytes()),
            Err(StoreError::Version { found: 2, .. })
        ));
    }

    #[test]
    fn a_name_that_leads_out_of_the_folder_is_refused() {
        for name in [
            "../x", "/etc/x", "a/../x", "a/b/c", "..", ".x", "", "a/", "A",
        ] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_name("parts/2147483648.parts") && is_name("store"));
    }
}
