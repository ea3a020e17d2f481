//! A log with what it stands on.

use std::sync::Arc;

use knooppunt_proof::{Hash, MemoryTree, Salt};

use super::super::{Asking, Ground, Log, LogError, LogSettings};
use crate::clock::{Clock, ManualClock};
use crate::store::contract::{at, entry};
use crate::store::embedded::{Disk, Files, Folder};
use crate::store::{
    Appended, Entry, Journal, Memory, Part, PartKind, Position, Record, StoreError,
};
use crate::transport::{Revocation, TlsSettings};

pub(super) const ORIGIN: &str = "log.example/knooppunt";

/// A folder, a journal and a clock.
pub(super) struct Site {
    /// The data folder.
    pub(super) root: Folder,
    pub(super) folder: Folder,
    pub(super) journal: Arc<dyn Journal>,
    pub(super) clock: ManualClock,
    pub(super) settings: LogSettings,
    pub(super) secret: [u8; 32],
    _data: tempfile::TempDir,
}

impl Site {
    pub(super) const SECRET: [u8; 32] = *b"thirty-two bytes that stay here!";

    pub(super) fn new() -> Site {
        let data = tempfile::tempdir().unwrap();
        let files: Arc<dyn Files> = Arc::new(Disk);
        let root = Folder::new(files, data.path());
        Site {
            folder: root.below("log"),
            root,
            journal: Memory::new().journal,
            clock: ManualClock::at(at(0)),
            settings: LogSettings {
                origin: Some(ORIGIN.to_owned()),
                ..LogSettings::default()
            },
            secret: Site::SECRET,
            _data: data,
        }
    }

    pub(super) fn open(&self) -> Result<Arc<Log>, LogError> {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let asking = Asking {
            tls: &TlsSettings::default(),
            revocation: &Revocation::none(&clock),
            clock: &clock,
        };
        let ground = Ground {
            journal: Arc::clone(&self.journal),
            clock: Arc::clone(&clock),
        };
        let (root, settings) = (self.root.clone(), self.settings.clone());
        Log::open_in(root, &self.secret, settings, &asking, ground).map(Arc::new)
    }

    /// So many records more.
    pub(super) fn records(&self, count: i64) {
        records(&*self.journal, count);
    }

    /// The tree over all records, made in memory.
    pub(super) fn tree(&self) -> MemoryTree {
        tree(&*self.journal)
    }

    pub(super) fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

/// The first records of a journal, and no others: as after an older data folder was put back.
#[derive(Debug)]
pub(super) struct First(pub(super) Arc<dyn Journal>, pub(super) u64);

impl Journal for First {
    fn append(&self, _group: Vec<Entry>) -> Result<Vec<Appended>, StoreError> {
        Err(StoreError::Ended)
    }
    fn next(&self) -> Position {
        Position(self.1)
    }
    fn read(&self, position: Position) -> Result<Record, StoreError> {
        self.0.read(position)
    }
    fn read_from(&self, position: Position, limit: usize) -> Result<Vec<Record>, StoreError> {
        let left = usize::try_from(self.1.saturating_sub(position.0)).unwrap();
        self.0.read_from(position, limit.min(left))
    }
    fn salt(&self, position: Position) -> Result<Option<Salt>, StoreError> {
        self.0.salt(position)
    }
    fn part(&self, record: &Record, kind: PartKind) -> Result<Option<Part>, StoreError> {
        self.0.part(record, kind)
    }
    fn probe(&self) -> Result<(), StoreError> {
        self.0.probe()
    }
    fn free_bytes(&self) -> Result<u64, StoreError> {
        self.0.free_bytes()
    }
}

/// A journal of which this record cannot be read any more.
#[derive(Debug)]
pub(super) struct Damaged(pub(super) Arc<dyn Journal>, pub(super) u64);

impl Journal for Damaged {
    fn append(&self, group: Vec<Entry>) -> Result<Vec<Appended>, StoreError> {
        self.0.append(group)
    }
    fn next(&self) -> Position {
        self.0.next()
    }
    fn read(&self, position: Position) -> Result<Record, StoreError> {
        if position.0 == self.1 {
            return Err(self.damage());
        }
        self.0.read(position)
    }
    fn read_from(&self, position: Position, limit: usize) -> Result<Vec<Record>, StoreError> {
        let last = position.0 + limit as u64;
        if (position.0..last).contains(&self.1) {
            return Err(self.damage());
        }
        self.0.read_from(position, limit)
    }
    fn salt(&self, position: Position) -> Result<Option<Salt>, StoreError> {
        self.0.salt(position)
    }
    fn part(&self, record: &Record, kind: PartKind) -> Result<Option<Part>, StoreError> {
        self.0.part(record, kind)
    }
    fn probe(&self) -> Result<(), StoreError> {
        self.0.probe()
    }
    fn free_bytes(&self) -> Result<u64, StoreError> {
        self.0.free_bytes()
    }
}

impl Damaged {
    fn damage(&self) -> StoreError {
        StoreError::Damage {
            file: "journal/0".into(),
            position: Some(Position(self.1)),
            what: "the record is not as it was written",
        }
    }
}

pub(super) fn records(journal: &dyn Journal, count: i64) {
    let group = (0..count).map(|n| entry(n, "something happened"));
    journal.append(group.collect()).unwrap();
}

pub(super) fn tree(journal: &dyn Journal) -> MemoryTree {
    let count = usize::try_from(journal.next().0).unwrap();
    let mut leaves: Vec<Hash> = Vec::new();
    while leaves.len() < count {
        let from = Position(leaves.len() as u64);
        leaves.extend(journal.leaves(from, count).unwrap());
    }
    leaves.into_iter().collect()
}
