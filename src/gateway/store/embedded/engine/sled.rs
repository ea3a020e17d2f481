//! Views in sled, each collection a tree.
//!
//! A batch is written row by row, then its position and how many there were. Sled writes one log in the order of the changes and recovers
//! up to the first gap, so after a kill the position is never newer than the rows; rows newer than the position are applied again.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{PoisonError, RwLock};
use std::thread;

use rustix::fs::{FallocateFlags, fallocate};

use super::{Changes, Engine, guarded, in_turn, number};
use crate::store::{Collection, Position, Row, Rows, StoreError};

/// Sled notes where its pages are when it is opened, and only then; the next open reads its log from there on. So the engine is opened anew
/// before the log since then grows long: on a clean stop after so many changes,
const CHANGES_MAX_AT_STOP: u64 = 100_000;
/// and while views are filled after so many.
const CHANGES_MAX_IN_BULK: u64 = 500_000;

const POSITION_TREE: &str = "\0position";
const POSITION_KEY: &[u8] = b"next";
const BATCHES_KEY: &[u8] = b"batches";

/// Rows that are inserted between two that are taken when views are filled.
const FILLED_AT_ONCE: usize = 1_000;

/// Bytes on the disk that are taken beyond what sled wrote: it writes what it took on half a second later, and does not survive it when another
/// process took the last of the disk meanwhile.
const TAKEN_BYTES: u64 = 16 << 20;
/// Changes after which that is done again; they take a third of it at most.
const CHANGES_A_TAKING: u64 = 4_000;

/// An open sled.
pub(super) struct Sled {
    db: sled::Db,
    position: sled::Tree,
    trees: RwLock<HashMap<Collection, sled::Tree>>,
    /// As it stands behind the last batch.
    batches: AtomicU64,
    /// Changes since it was opened.
    changes: AtomicU64,
    /// The file that sled writes, for taking room.
    file: Option<fs::File>,
}

impl std::fmt::Debug for Sled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sled")
    }
}

impl Sled {
    pub(super) fn open(folder: &Path, cache_bytes: u64) -> Result<Sled, StoreError> {
        let sled = run(|| {
            let config = sled::Config::new()
                .path(folder)
                .cache_capacity(cache_bytes)
                .flush_every_ms(Some(500));
            let db = config.open()?;
            let position = db.open_tree(POSITION_TREE)?;
            let batches = number(position.get(BATCHES_KEY)?);
            Ok(Sled {
                db,
                position,
                trees: RwLock::default(),
                batches: AtomicU64::new(batches),
                changes: AtomicU64::new(0),
                file: fs::File::options().write(true).open(folder.join("db")).ok(),
            })
        })?;
        sled.take_room();
        Ok(sled)
    }

    /// Takes room on the disk behind the end of the file, whose size stays. Without it sled works as well, as long as there is room.
    fn take_room(&self) {
        let Some(file) = &self.file else { return };
        if let Ok(known) = file.metadata() {
            let _taken = fallocate(file, FallocateFlags::KEEP_SIZE, known.len(), TAKEN_BYTES);
        }
    }

    /// Inserts what is sent until nothing more is.
    fn insert_all(&self, rows: &Receiver<Vec<Row>>) -> Result<(), StoreError> {
        run(|| {
            while let Ok(some) = rows.recv() {
                let count = some.len() as u64;
                for (collection, key, value) in some {
                    self.tree(collection)?.insert(key, value)?;
                }
                self.changed(count);
            }
            Ok(())
        })
    }

    /// Counts changes and takes room for the next ones.
    fn changed(&self, count: u64) {
        let before = self.changes.fetch_add(count, Ordering::Relaxed);
        if before / CHANGES_A_TAKING != (before + count) / CHANGES_A_TAKING {
            self.take_room();
        }
    }

    /// Counts a batch that was written whole.
    fn counted(&self) -> sled::Result<()> {
        let batches = self.batches() + 1;
        self.position.insert(BATCHES_KEY, &batches.to_be_bytes())?;
        self.batches.store(batches, Ordering::Relaxed);
        Ok(())
    }

    fn tree(&self, collection: Collection) -> sled::Result<sled::Tree> {
        let known = self
            .trees
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&collection)
            .cloned();
        if let Some(tree) = known {
            return Ok(tree);
        }
        let tree = self.db.open_tree(collection.name())?;
        self.trees
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(collection, tree.clone());
        Ok(tree)
    }
}

fn run<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    guarded(work, |error| match error {
        sled::Error::CollectionNotFound(_) => "the engine lost a collection".into(),
        sled::Error::Unsupported(_) => "the engine does not support this".into(),
        sled::Error::ReportableBug(_) => "the engine found a fault of its own".into(),
        sled::Error::Io(error) => {
            format!("the engine could not read or write: {}", error.kind())
        }
        sled::Error::Corruption { .. } => "the engine found damage".into(),
    })
}

impl Engine for Sled {
    fn position(&self) -> Result<Position, StoreError> {
        run(|| Ok(Position(number(self.position.get(POSITION_KEY)?))))
    }

    fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    fn apply(&self, next: Position, rows: &Changes) -> Result<(), StoreError> {
        run(|| {
            let mut count = 0;
            for (collection, changes) in in_turn(rows) {
                let tree = self.tree(collection)?;
                for (key, value) in changes {
                    match value {
                        Some(value) => tree.insert(key, value)?,
                        None => tree.remove(key)?,
                    };
                    count += 1;
                }
            }
            self.position.insert(POSITION_KEY, &next.0.to_be_bytes())?;
            self.counted()?;
            self.changed(count);
            Ok(())
        })
    }

    /// Neighbours come one after the other, so each page is written once, and the last one is at hand. Every insertion copies its page of up to 16 rows, which
    /// is work for a processor: so a thread of its own inserts while this one takes the rows. A second one would make the work more, not the time less.
    ///
    /// Four microseconds a small row and six one of 140 bytes is what sled 0.34 takes however it is asked: in batches, with segments of 8 MiB, without its
    /// flushing, for throughput (115,000 to 160,000 rows a second of processor time, each way). With the twenty rows of a message that is what bounds a rebuild.
    fn fill(&self, rows: &mut dyn Iterator<Item = Row>) -> Result<(), StoreError> {
        let (send, receive) = mpsc::sync_channel::<Vec<Row>>(1);
        thread::scope(|threads| {
            let filling = threads.spawn(move || self.insert_all(&receive));
            loop {
                let some: Vec<Row> = rows.take(FILLED_AT_ONCE).collect();
                if some.is_empty() || send.send(some).is_err() {
                    break;
                }
            }
            drop(send);
            filling.join().unwrap_or_else(|_| {
                let what = "the engine panicked".into();
                Err(StoreError::Views { what })
            })
        })?;
        run(|| self.counted())
    }

    fn get(&self, collection: Collection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        run(|| Ok(self.tree(collection)?.get(key)?.map(|value| value.to_vec())))
    }

    fn range(
        &self,
        collection: Collection,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, StoreError> {
        run(|| {
            let rows = self.tree(collection)?.range(from..to);
            rows.take(limit)
                .map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())))
                .collect()
        })
    }

    fn settle(&self) -> Result<(), StoreError> {
        run(|| self.db.flush().map(|_| ()))
    }

    fn wants_reopening(&self, stopping: bool) -> bool {
        let most = if stopping {
            CHANGES_MAX_AT_STOP
        } else {
            CHANGES_MAX_IN_BULK
        };
        self.changes.load(Ordering::Relaxed) > most
    }
}
