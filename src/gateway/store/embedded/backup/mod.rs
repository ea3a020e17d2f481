//! Copies of a store in two other places, made while a gateway has it open, and a store made from them again.
//!
//! Journal, parts and grounds go to one place, keys to another where each copy has a short life of its own: what was erased since a copy of keys was made can
//! be read with it, so erasure reaches the backups when that life ends. The keys of the key folder (the top key and those that are guarded) are in no copy.
//! What a log of the store signed last goes with it, and the one that is put back tells that it was: a log that went on from a copy as if nothing had come after it
//! could show two histories.
//! A copy is of one position: every record before it is in it, and nothing of a later one. It is one when its manifest stands, which is written last; until
//! then the copy before is, with all its files ([`make`]). What is put back is checked like a store, and records that erase are carried out before anybody
//! can open it ([`restore`]). It copies to folders and nothing else: what brings them to another machine is the operator's.

mod copy;
mod cut;
mod error;
mod known;
mod log;
mod make;
mod manifest;
mod mapped;
mod place;
mod put_back;
mod restore;

use std::path::PathBuf;

use jiff::Timestamp;

pub use error::BackupError;
pub use known::{Known, known_in, made_in};
pub use log::signed_in;
pub use make::{Wanted, back_up};
pub use restore::{Accepted, AcceptedLog, Opening, Restored, restore};

#[cfg(test)]
pub(super) use make::back_up_from;
#[cfg(test)]
pub(super) use restore::restore_to;

use self::manifest::Manifest;
use super::check::Damage;
use crate::store::Position;

/// File of a data folder while a restore into it has not come to its end.
pub(crate) const RESTORING: &str = "restoring";
/// Folders of a store that a copy has files of.
const FOLDERS: [&str; 5] = ["journal", "parts", "keys", "grounds", log::FOLDER];

/// Where copies are kept.
#[derive(Debug, Clone)]
pub struct Places {
    /// Folder of journal, parts and grounds.
    pub journal: PathBuf,
    /// Folder of keys.
    pub keys: PathBuf,
}

/// A copy of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyCopy {
    /// It opens the parts of every record before it.
    pub position: Position,
    /// When it was made.
    pub made: Timestamp,
    /// When its life ends.
    pub expires: Timestamp,
}

impl KeyCopy {
    fn of(manifest: &Manifest) -> KeyCopy {
        KeyCopy {
            position: manifest.position,
            made: manifest.made,
            expires: manifest.expires().unwrap_or(Timestamp::MIN),
        }
    }
}

/// Files that were copied, as opposed to those that were there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copies {
    /// How many.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A copy that was made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BackedUp {
    /// Every record before it is in the copy, and nothing of a later one.
    pub position: Position,
    /// Chain of the last record: the check value of all of them.
    pub chain: [u8; 32],
    /// Time of the last record.
    pub time: Option<Timestamp>,
    /// Its copy of the keys.
    pub keys: KeyCopy,
    /// Files of the copy.
    pub files: u64,
    /// Their bytes; holes count.
    pub bytes: u64,
    /// Those that were not there already.
    pub copied: Copies,
    /// Good records.
    pub records: u64,
    /// Good parts that can be read.
    pub parts: u64,
    /// Parts whose key is gone.
    pub parts_erased: u64,
    /// Damage that was copied as it is.
    pub damages: Vec<Damage>,
    /// Copies of keys that were removed because their life is over.
    pub expired: Vec<KeyCopy>,
    /// Copies of keys that are there now.
    pub key_copies: u64,
    /// Manifests that were not as they were written: nothing could be put back by them, and they are gone.
    pub unreadable: Vec<String>,
}
