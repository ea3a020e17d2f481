//! Views in fjall, each collection a keyspace.
//!
//! A batch is one atomic write, rows and position together, which the system has when it returns: after a kill fjall reads the batches
//! that its tables do not hold yet from its own log, whose length is bounded here.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Changes, Engine, guarded, in_turn, number};
use crate::store::{Collection, Position, Row, Rows, StoreError};

const POSITION_KEYSPACE: &str = "-position";
const POSITION_KEY: &[u8] = b"next";
const BATCHES_KEY: &[u8] = b"batches";
/// Bytes of rows that a collection holds in memory before they become a table.
const MEMTABLE_BYTES: u64 = 16 << 20;
/// Bytes of log after which collections that lag become tables, so that an open after a kill has no more than this to read; the least fjall takes.
const LOG_BYTES: u64 = 64 << 20;

/// An open fjall.
pub(super) struct Fjall {
    /// Before the database: the last handle of a keyspace gives the folder back.
    collections: RwLock<HashMap<&'static str, Keyspace>>,
    position: Keyspace,
    /// As it stands with the last batch.
    batches: AtomicU64,
    db: Database,
}

impl std::fmt::Debug for Fjall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fjall")
    }
}

fn keyspace(db: &Database, name: &str) -> fjall::Result<Keyspace> {
    db.keyspace(name, || {
        KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES)
    })
}

impl Fjall {
    pub(super) fn open(folder: &Path, cache_bytes: u64) -> Result<Fjall, StoreError> {
        run(|| {
            let db = Database::builder(folder)
                .cache_size(cache_bytes)
                .max_journaling_size(LOG_BYTES)
                .open()?;
            let position = keyspace(&db, POSITION_KEYSPACE)?;
            let batches = AtomicU64::new(number(position.get(BATCHES_KEY)?));
            Ok(Fjall {
                collections: RwLock::default(),
                position,
                batches,
                db,
            })
        })
    }

    /// The keyspace of a collection that was written to before. One that was not is not made by reading, since that writes.
    fn there(&self, collection: Collection) -> fjall::Result<Option<Keyspace>> {
        if let Some(known) = self
            .collections
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(collection.name())
        {
            return Ok(Some(known.clone()));
        }
        if !self.db.keyspace_exists(collection.name()) {
            return Ok(None);
        }
        self.made(collection).map(Some)
    }

    /// The keyspace of a collection, made when there is none.
    fn made(&self, collection: Collection) -> fjall::Result<Keyspace> {
        let mut collections = self
            .collections
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = collections.get(collection.name()) {
            return Ok(known.clone());
        }
        let opened = keyspace(&self.db, collection.name())?;
        collections.insert(collection.name(), opened.clone());
        Ok(opened)
    }
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else the engine finds is damage to us"
)]
fn run<T>(work: impl FnOnce() -> fjall::Result<T>) -> Result<T, StoreError> {
    guarded(work, |error| match error {
        fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error)) => {
            format!("the engine could not read or write: {}", error.kind())
        }
        fjall::Error::Poisoned => "the engine stopped writing after a failed write".into(),
        fjall::Error::Locked => "the engine's folder is in use".into(),
        fjall::Error::InvalidVersion(_) => "the engine's files have another version".into(),
        _ => "the engine found damage".into(),
    })
}

impl Engine for Fjall {
    fn position(&self) -> Result<Position, StoreError> {
        run(|| Ok(Position(number(self.position.get(POSITION_KEY)?))))
    }

    fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    fn apply(&self, next: Position, rows: &Changes) -> Result<(), StoreError> {
        run(|| {
            let mut batch = self.db.batch();
            for (collection, changes) in in_turn(rows) {
                let keyspace = match self.there(collection)? {
                    Some(keyspace) => keyspace,
                    None => self.made(collection)?,
                };
                for (key, value) in changes {
                    match value {
                        Some(value) => batch.insert(&keyspace, key, value),
                        None => batch.remove(&keyspace, key),
                    }
                }
            }
            batch.insert(&self.position, POSITION_KEY, next.0.to_be_bytes());
            let batches = self.batches() + 1;
            batch.insert(&self.position, BATCHES_KEY, batches.to_be_bytes());
            batch.commit()?;
            self.batches.store(batches, Ordering::Relaxed);
            Ok(())
        })
    }

    /// Rows in order become tables at once: nothing of them passes the log or is merged.
    fn fill(&self, rows: &mut dyn Iterator<Item = Row>) -> Result<(), StoreError> {
        run(|| {
            let mut rows = rows.peekable();
            while let Some(collection) = rows.peek().map(|(collection, ..)| *collection) {
                let keyspace = self.made(collection)?;
                let mut tables = keyspace.start_ingestion()?;
                while let Some((_, key, value)) = rows.next_if(|(of, ..)| *of == collection) {
                    tables.write(key, value)?;
                }
                tables.finish()?;
            }
            let batches = self.batches() + 1;
            self.position.insert(BATCHES_KEY, batches.to_be_bytes())?;
            self.batches.store(batches, Ordering::Relaxed);
            Ok(())
        })
    }

    fn get(&self, collection: Collection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        run(|| {
            let Some(keyspace) = self.there(collection)? else {
                return Ok(None);
            };
            Ok(keyspace.get(key)?.map(|value| value.to_vec()))
        })
    }

    fn range(
        &self,
        collection: Collection,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, StoreError> {
        run(|| {
            let Some(keyspace) = self.there(collection)? else {
                return Ok(Rows::new());
            };
            let rows = keyspace.range(from..to);
            rows.take(limit)
                .map(|row| {
                    row.into_inner()
                        .map(|(key, value)| (key.to_vec(), value.to_vec()))
                })
                .collect()
        })
    }

    fn settle(&self) -> Result<(), StoreError> {
        run(|| self.db.persist(PersistMode::SyncAll))
    }
}
