//! Journal and views in memory, for tests and demonstrations. Nothing is durable and nothing is encrypted; everything else is as promised.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;
use knooppunt_proof::Salt;

use super::record::{Body, RECORD_VERSION, chain_hash, encode, sha256};
use super::{
    Appended, Batch, CHAIN_START, Collection, Entry, Journal, KeyId, KeyKind, Part, PartKind,
    PartRef, Position, RECORD_BYTES_MAX, Record, Rows, StoreError, Views, record_leaf,
};

/// A store that ends with the process.
#[derive(Debug, Default)]
pub struct Memory {
    /// The journal.
    pub journal: std::sync::Arc<MemoryJournal>,
    /// The views.
    pub views: std::sync::Arc<MemoryViews>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Memory {
        Memory::default()
    }
}

/// Records and parts in memory.
#[derive(Default)]
pub struct MemoryJournal {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    records: Vec<Record>,
    parts: BTreeMap<(Position, PartKind), Vec<u8>>,
    erased: BTreeSet<KeyId>,
    /// Of each record.
    salts: Vec<[u8; 32]>,
}

impl std::fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemoryJournal({} records)", self.held().records.len())
    }
}

impl MemoryJournal {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn append(&self, group: Vec<Entry>) -> Result<Vec<Appended>, StoreError> {
        let mut held = self.held();
        let first = held.records.len() as u64;
        let (mut time, mut chain) = held
            .records
            .last()
            .map_or((Timestamp::MIN, CHAIN_START), |last| {
                (last.time, last.chain)
            });
        let mut records = Vec::with_capacity(group.len());
        let mut salts = Vec::with_capacity(group.len());
        for (position, entry) in (first..).map(Position).zip(&group) {
            entry.check(position)?;
            let mut salt = [0; 32];
            getrandom::fill(&mut salt).map_err(|_| StoreError::Randomness)?;
            time = time.max(whole_microseconds(entry.time));
            let parts: Vec<PartRef> = entry
                .parts
                .iter()
                .map(|(kind, bytes)| PartRef {
                    kind: *kind,
                    segment: 0,
                    offset: 0,
                    length: bytes.len() as u64,
                    sha256: sha256(&[bytes]),
                })
                .collect();
            let mut bytes = Vec::new();
            encode(
                &Body {
                    position,
                    time,
                    event: &entry.event,
                    parts: &parts,
                    erases: &entry.erases,
                },
                &mut bytes,
            );
            if bytes.len() > RECORD_BYTES_MAX {
                return Err(StoreError::TooLarge {
                    what: "record",
                    bytes: bytes.len(),
                    bytes_max: RECORD_BYTES_MAX,
                });
            }
            let leaf = record_leaf(&salt, &bytes).map_err(|_| StoreError::Randomness)?;
            salts.push(salt);
            chain = chain_hash(&chain, &leaf, &bytes);
            let (event, erases) = (entry.event.clone(), entry.erases.clone());
            records.push(Record {
                version: RECORD_VERSION,
                position,
                time,
                event,
                parts,
                erases,
                leaf,
                chain,
            });
        }
        let appended = records.iter().map(Record::appended).collect();
        held.salts.extend(salts);
        for (record, entry) in records.into_iter().zip(group) {
            for (kind, bytes) in entry.parts {
                held.parts.insert((record.position, kind), bytes);
            }
            for key in entry.erases {
                held.parts.retain(|(position, kind), _| {
                    !(*position == key.position && kind.key() == key.kind)
                });
                held.erased.insert(key);
            }
            held.records.push(record);
        }
        Ok(appended)
    }

    fn next(&self) -> Position {
        Position(self.held().records.len() as u64)
    }

    fn read(&self, position: Position) -> Result<Record, StoreError> {
        self.read_from(position, 1)?
            .pop()
            .ok_or(StoreError::NoRecord { position })
    }

    fn read_from(&self, position: Position, limit: usize) -> Result<Vec<Record>, StoreError> {
        let skip = usize::try_from(position.0).unwrap_or(usize::MAX);
        Ok(self
            .held()
            .records
            .iter()
            .skip(skip)
            .take(limit)
            .cloned()
            .collect())
    }

    fn salt(&self, position: Position) -> Result<Option<Salt>, StoreError> {
        let held = self.held();
        let index = usize::try_from(position.0).unwrap_or(usize::MAX);
        let salt = held.salts.get(index);
        let salt = salt.ok_or(StoreError::NoRecord { position })?;
        let kinds = [KeyKind::Content, KeyKind::Effect];
        let is_kept = kinds
            .into_iter()
            .any(|kind| !held.erased.contains(&KeyId { position, kind }));
        let salt = Salt::new(*salt).map_err(|_| StoreError::Randomness)?;
        Ok(is_kept.then_some(salt))
    }

    fn part(&self, record: &Record, kind: PartKind) -> Result<Option<Part>, StoreError> {
        if record.part(kind).is_none() {
            return Ok(None);
        }
        let held = self.held();
        if held.erased.contains(&KeyId {
            position: record.position,
            kind: kind.key(),
        }) {
            return Ok(Some(Part::Erased));
        }
        match held.parts.get(&(record.position, kind)) {
            Some(bytes) => Ok(Some(Part::Whole(bytes.clone()))),
            None => Err(StoreError::Damage {
                file: "memory".into(),
                position: Some(record.position),
                what: "the part is missing and was not erased",
            }),
        }
    }

    fn probe(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn free_bytes(&self) -> Result<u64, StoreError> {
        Ok(u64::MAX)
    }
}

/// Cuts what is below a microsecond, which records do not keep.
pub(crate) fn whole_microseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

/// Ordered maps in memory.
#[derive(Default)]
pub struct MemoryViews {
    shown: RwLock<Shown>,
}

#[derive(Default)]
struct Shown {
    position: Position,
    collections: BTreeMap<Collection, BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl std::fmt::Debug for MemoryViews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "MemoryViews({} collections)",
            self.with(|shown| shown.collections.len())
        )
    }
}

impl MemoryViews {
    fn with<T>(&self, look: impl FnOnce(&Shown) -> T) -> T {
        look(&self.shown.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Views for MemoryViews {
    fn position(&self) -> Result<Position, StoreError> {
        Ok(self.with(|shown| shown.position))
    }

    fn apply(&self, next: Position, batch: Batch) -> Result<(), StoreError> {
        let mut shown = self.shown.write().unwrap_or_else(PoisonError::into_inner);
        for change in batch.into_changes() {
            let rows = shown.collections.entry(change.collection).or_default();
            match change.value {
                Some(value) => rows.insert(change.key, value),
                None => rows.remove(&change.key),
            };
        }
        shown.position = next;
        Ok(())
    }

    fn get(&self, collection: Collection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.with(|shown| {
            shown
                .collections
                .get(&collection)
                .and_then(|rows| rows.get(key))
                .cloned()
        }))
    }

    fn range(
        &self,
        collection: Collection,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, StoreError> {
        if from >= to {
            return Ok(Rows::new());
        }
        Ok(self.with(|shown| {
            let Some(rows) = shown.collections.get(&collection) else {
                return Rows::new();
            };
            rows.range::<[u8], _>((
                std::ops::Bound::Included(from),
                std::ops::Bound::Excluded(to),
            ))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
        }))
    }

    fn clear(&self) -> Result<(), StoreError> {
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Shown::default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract;

    #[test]
    fn the_journal_in_memory_keeps_the_contract() {
        contract::journal(&|| Memory::new().journal);
    }

    #[test]
    fn the_views_in_memory_keep_the_contract() {
        contract::views(&|| Memory::new().views);
    }
}
