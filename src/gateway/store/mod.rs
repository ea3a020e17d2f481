//! What the gateway keeps: a journal of records that is the truth, and views of it that may be thrown away.
//!
//! The store knows nothing of messages, parties or the standard: events and parts are bytes to it. It promises durability,
//! order, erasure and that damage is never served as good; what the bytes mean is the ledger's.

#[cfg(test)]
pub(crate) mod contract;
pub mod embedded;
mod entry;
mod error;
pub mod memory;
mod record;
mod sorter;

use std::time::Duration;

use knooppunt_proof::{Hash, Salt};

pub use embedded::{Embedded, Grounds};
pub(crate) use entry::Aside;
pub use entry::{Appended, Entry, KeyId, KeyKind, Part, PartKind, PartRef, Position, SetAside};
pub use error::StoreError;
pub use memory::Memory;
pub use record::{CHAIN_START, Record, record_leaf};
pub use sorter::{Sorted, Sorter};

/// Largest event in bytes. With the places of its parts and the keys it erases a record stays below [`RECORD_BYTES_MAX`].
pub const EVENT_BYTES_MAX: usize = 60 * 1024;

/// Largest record in bytes, as it is written (its CBOR, without the frame around it).
pub const RECORD_BYTES_MAX: usize = 64 * 1024;

/// What happened, in order: the truth of the gateway.
///
/// Any thread may call. Positions start at 0 and have no gaps. Nobody reads a record before it is durable, and reading never waits for a write.
pub trait Journal: Send + Sync + std::fmt::Debug {
    /// Adds one group: all of its entries become durable, in order and next to each other, or none of them.
    ///
    /// When this returns `Ok`, records, parts and keys survive a crash and a power loss, and what a key named in `erases` opens can be read
    /// no more: from here on [`Journal::part`] answers [`Part::Erased`], also after a crash. From the files of the store it is gone when the
    /// erasure was carried out, which goes on beside this and is completed after a crash: within moments as a rule, when there is room
    /// again if the disk is full, and before a clean stop. Each entry's time is raised to the time of the record before it, never lowered.
    /// The keys an entry erases must belong to earlier positions (of the same group too); a key that is gone already is no error.
    ///
    /// `Err` means that none of the entries is visible. When [`StoreError::fatal`] says so the process must end:
    /// nobody knows what is on the disk, the next open sorts it out, and this journal takes no further appends.
    fn append(&self, group: Vec<Entry>) -> Result<Vec<Appended>, StoreError>;

    /// Does beforehand, on the thread that calls, what takes long for an entry with large parts: they are sealed and durable after this, so
    /// that [`Journal::append_set_aside`] holds up nobody by them. What is set aside and never appended is gone after the next open.
    ///
    /// `Err`: as of `append`; nothing is kept.
    fn set_aside(&self, entry: Entry) -> Result<SetAside, StoreError> {
        Ok(entry.into())
    }

    /// [`Journal::append`] of entries of which some were set aside by this journal.
    fn append_set_aside(&self, group: Vec<SetAside>) -> Result<Vec<Appended>, StoreError> {
        let entries = group.into_iter().map(|entry| match entry.0 {
            Aside::Entry(entry) => Ok(entry),
            // Of another journal: nothing of it is here.
            Aside::Prepared(_) => Err(StoreError::Ended),
        });
        self.append(entries.collect::<Result<_, _>>()?)
    }

    /// The position the next record gets; every position below it can be read.
    fn next(&self) -> Position;

    /// The record at a position. `Err`: [`StoreError::NoRecord`] at or past [`Journal::next`], or damage.
    fn read(&self, position: Position) -> Result<Record, StoreError>;

    /// At most `limit` records from a position on, in order, without gaps; fewer only at the end of the journal (or when a record
    /// behind the first is damaged: the read that starts there tells). Empty at or past [`Journal::next`].
    fn read_from(&self, position: Position, limit: usize) -> Result<Vec<Record>, StoreError>;

    /// The leaves in the log of at most `limit` records from a position on, in order, without gaps; fewer and empty as of [`Journal::read_from`].
    fn leaves(&self, position: Position, limit: usize) -> Result<Vec<Hash>, StoreError> {
        let records = self.read_from(position, limit)?;
        Ok(records
            .into_iter()
            .map(|record| Hash::new(record.leaf))
            .collect())
    }

    /// The salt of a record, by which its bytes can be shown to be what its leaf stands for; `None` when both of its keys are gone or owed to be: the leaf is then a
    /// random number to everybody. `Err`: [`StoreError::NoRecord`] at or past [`Journal::next`], or damage.
    fn salt(&self, position: Position) -> Result<Option<Salt>, StoreError>;

    /// A part of a record: `None` when the record was written without one, [`Part::Erased`] when its key is gone or owed to be.
    /// `Err`: damage, with the file and the record; never bytes that differ from those that were appended.
    fn part(&self, record: &Record, kind: PartKind) -> Result<Option<Part>, StoreError>;

    /// Reads a record with all that belongs to it (its keys, each part whole) and keeps nothing of it: what a scrub does. Gives the stored bytes of its parts.
    /// `Err`: as of [`Journal::read`] and [`Journal::part`].
    fn verify(&self, position: Position) -> Result<u64, StoreError> {
        let record = self.read(position)?;
        let mut bytes = 0;
        for part in &record.parts {
            self.part(&record, part.kind)?;
            bytes += part.length;
        }
        Ok(bytes)
    }

    /// Writes and syncs something small beside the journal, for health. Not a record. `Err`: [`StoreError::DiskFull`] when there is no
    /// room for it, which is no reason to end; otherwise as [`Journal::append`], also when the journal takes no more records.
    fn probe(&self) -> Result<(), StoreError>;

    /// Bytes free on the disk for further records; `u64::MAX` where there is no such limit.
    fn free_bytes(&self) -> Result<u64, StoreError>;
}

/// Ordered maps that may be thrown away and made again from the journal.
///
/// Any thread may call. Applying the same batch twice is applying it once, and a batch is never applied before its records are durable in the journal,
/// so what stands in views is never newer than the journal. After a crash rows of a batch may be there while the position is not yet moved:
/// the batch is then applied again, never the other way round.
pub trait Views: Send + Sync + std::fmt::Debug {
    /// The first position of the journal that has not been applied: 0 for new, cleared or distrusted views.
    fn position(&self) -> Result<Position, StoreError>;

    /// Puts and deletes the rows of the batch, then moves the position to `next`. Within a batch the last change of a key wins.
    fn apply(&self, next: Position, batch: Batch) -> Result<(), StoreError>;

    /// The value of a key.
    fn get(&self, collection: Collection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `limit` rows with `from <= key < to`, in order of key bytes.
    fn range(
        &self,
        collection: Collection,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, StoreError>;

    /// Throws all collections away and sets the position to 0. Also the way out when the engine failed: it starts with an empty folder.
    fn clear(&self) -> Result<(), StoreError>;

    /// Does what keeps the next open quick after very many changes, which may take seconds: between steps of a replay, when nobody waits for the views.
    fn tidy(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// For how long the oldest call that did not return has been under way: an engine may hang, and a call of it cannot be broken off.
    fn under_way(&self) -> Duration {
        Duration::ZERO
    }

    /// For many rows of views that are made from nothing: brings them into the order that [`Views::fill`] wants.
    fn sorter(&self) -> Result<Sorter, StoreError> {
        Ok(Sorter::in_memory())
    }

    /// Puts rows into cleared views, faster than [`Views::apply`] where a backend can: collection by collection and, in each, in the order of their keys,
    /// each key once. The position stays 0, also after a crash in the middle, so that nobody takes them for whole: an `apply` says that they are.
    /// `Err`: of a row, or the views cannot be written; they are to be cleared.
    fn fill(
        &self,
        rows: &mut dyn Iterator<Item = Result<Row, StoreError>>,
    ) -> Result<(), StoreError> {
        loop {
            let mut batch = Batch::new();
            for row in rows.take(FILLED_AT_ONCE) {
                let (collection, key, value) = row?;
                batch.put(collection, key, value);
            }
            if batch.is_empty() {
                return Ok(());
            }
            self.apply(Position(0), batch)?;
        }
    }
}

/// Rows that are put at once into views that have no faster way.
const FILLED_AT_ONCE: usize = 1_000;

/// A row of views that are filled.
pub type Row = (Collection, Vec<u8>, Vec<u8>);

/// Keys with their values, in order of key bytes.
pub type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// The name of one ordered map, for example `Collection::of("mailboxes")`. Ordered as the collections of a batch are written: those that rows of
/// others point at first and those that are walked through last, since a reader may look between two rows of a batch; rows are deleted before, the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Collection {
    turn: Turn,
    name: &'static str,
}

/// When rows of a collection are written, of all rows of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Turn {
    First,
    Between,
    Last,
}

impl Collection {
    /// A collection that nothing points at, or whose readers wait for the whole batch.
    pub const fn of(name: &'static str) -> Self {
        Self {
            turn: Turn::Between,
            name,
        }
    }

    /// A collection that rows of others point at: of a batch its rows are written first, so that whoever finds a pointer finds what it points at.
    pub const fn pointed_at(name: &'static str) -> Self {
        Self {
            turn: Turn::First,
            name,
        }
    }

    /// A collection whose rows readers walk through, and go from each to the rows of others about the same: of a batch its rows are written last.
    pub const fn walked(name: &'static str) -> Self {
        Self {
            turn: Turn::Last,
            name,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

/// Changes to views. The last change of a row counts; rows are written by collection, in the order of [`Collection`].
#[derive(Default, Clone)]
pub struct Batch {
    changes: Vec<Change>,
}

/// One change: `None` deletes.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) collection: Collection,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Option<Vec<u8>>,
}

impl Batch {
    /// No changes.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Sets the value of a key.
    pub fn put(
        &mut self,
        collection: Collection,
        key: impl Into<Vec<u8>>,
        value: impl Into<Vec<u8>>,
    ) {
        self.changes.push(Change {
            collection,
            key: key.into(),
            value: Some(value.into()),
        });
    }

    /// Removes a key; one that is not there is no error.
    pub fn delete(&mut self, collection: Collection, key: impl Into<Vec<u8>>) {
        self.changes.push(Change {
            collection,
            key: key.into(),
            value: None,
        });
    }

    /// The same without what it puts into these collections.
    #[must_use]
    pub(crate) fn putting_nothing_into(mut self, collections: &[Collection]) -> Self {
        let puts = |change: &Change| change.value.is_some();
        self.changes
            .retain(|change| !(puts(change) && collections.contains(&change.collection)));
        self
    }

    /// Number of changes.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes of `other` come after those of this batch.
    pub fn extend(&mut self, other: Batch) {
        self.changes.extend(other.changes);
    }

    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    pub(crate) fn into_changes(self) -> Vec<Change> {
        self.changes
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Batch({} changes)", self.changes.len())
    }
}
