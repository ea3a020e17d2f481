//! What makes bytes unreadable for good: erasing keys of records, and changing the top key. Both go on where they were when the process died.
//!
//! A key that a durable record erases is owed from then on: reading answers that it is erased. Carrying out makes it gone from the files, for
//! all that are owed at once, on a thread of its own, because a key segment is written anew for it and nobody should wait for that.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::journal::{EmbeddedJournal, held};
use super::mark::Mark;
use super::top::KeyFolder;
use crate::store::{Journal, KeyId, Position, StoreError};

/// How long it takes until erasures for which there was no room are tried again.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);

pub(super) struct Erasing {
    /// Erasures of all records before it were carried out.
    pub(super) done: Mark,
    pub(super) key_folder: KeyFolder,
}

/// Erasures that are durable in the journal and not carried out yet.
#[derive(Debug, Default)]
pub(super) struct Owed {
    records: BTreeMap<Position, Vec<KeyId>>,
    keys: BTreeSet<KeyId>,
    /// Whether the thread that carries them out should end.
    stopping: bool,
}

impl Owed {
    pub(super) fn add(&mut self, record: Position, keys: Vec<KeyId>) {
        self.keys.extend(&keys);
        self.records.insert(record, keys);
        self.show();
    }

    /// The figure for operators: it stays above zero as long as there is no room for erasing.
    fn show(&self) {
        let keys = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        metrics::gauge!("knooppunt_erasures_owed").set(f64::from(keys));
    }

    pub(super) fn has(&self, key: KeyId) -> bool {
        self.keys.contains(&key)
    }

    /// The keys stay owed for the records that came in meanwhile: erasing once more what is gone costs nothing.
    fn carried_out(&mut self, records: &[Position]) {
        for record in records {
            self.records.remove(record);
        }
        self.keys = self.records.values().flatten().copied().collect();
        self.show();
    }
}

impl EmbeddedJournal {
    /// Makes a new top key, wraps all segment keys with it and removes the old one. Records can be read meanwhile; appends wait.
    /// When the process dies on the way the next open ends the change.
    pub fn change_top_key(&self) -> Result<(), StoreError> {
        let mut erasing = held(&self.erasing);
        let _still = self.writer()?;
        let changed = (|| {
            erasing.key_folder.begin_change(&*self.options.randomness)?;
            self.keys.rewrap(erasing.key_folder.top()?)?;
            erasing.key_folder.end_change()
        })();
        changed.map_err(|error| self.end(error))
    }

    /// Keys that durable records erased and that still stand in the files: nobody reads with them, and they go as soon as there is room for it.
    pub fn erasures_owed(&self) -> usize {
        held(&self.owed).keys.len()
    }

    /// Carries out every erasure that is owed, or waits until another thread has: after `Ok` the keys that were erased by records
    /// before this call are gone from every file of the store, and so are the parts they opened.
    /// `Err`: [`StoreError::DiskFull`] (also the reserve is used up) or [`StoreError::Randomness`]: they stay owed and reading still
    /// answers that they are erased; anything else is fatal.
    pub fn carry_out_erasures(&self) -> Result<(), StoreError> {
        let mut erasing = held(&self.erasing);
        if self.ended.load(Ordering::SeqCst) {
            return Err(StoreError::Ended);
        }
        let owed = held(&self.owed).records.clone();
        if !owed.is_empty() {
            let keys: BTreeSet<KeyId> = owed.values().flatten().copied().collect();
            self.erase(&keys).map_err(|error| {
                if matches!(error, StoreError::DiskFull { .. } | StoreError::Randomness) {
                    error
                } else {
                    self.end(error)
                }
            })?;
            // What was taken from the reserve comes back when there is room again.
            self.make_reserve();
        }
        let records: Vec<Position> = owed.into_keys().collect();
        let done = {
            let mut owed = held(&self.owed);
            owed.carried_out(&records);
            owed.records
                .keys()
                .next()
                .copied()
                .unwrap_or_else(|| self.next())
        };
        erasing.done.set(done).map_err(|error| self.end(error))
    }

    /// Makes keys gone from the files, and the parts that they opened.
    pub(super) fn erase(&self, keys: &BTreeSet<KeyId>) -> Result<(), StoreError> {
        {
            let mut writer = self.writer()?;
            if keys.iter().any(|key| key.position >= writer.keys.first) {
                // Slots are erased by writing their segment anew, so it takes no new ones from here on.
                self.flush(&mut writer)?;
                let time = writer.time;
                self.with_reserve(true, || self.add_key_segment(&mut writer, 1, time))?;
            }
        }
        let pairs: Vec<_> = keys.iter().map(|key| (key.position, key.kind)).collect();
        self.with_reserve(true, || self.keys.erase(&pairs))?;
        let mut punched = BTreeSet::new();
        for key in keys {
            let Ok(record) = self.read(key.position) else {
                continue;
            };
            for part in record
                .parts
                .iter()
                .filter(|part| part.kind.key() == key.kind)
            {
                self.with_reserve(true, || self.parts.punch(part))?;
                punched.insert(part.segment);
            }
        }
        punched
            .into_iter()
            .try_for_each(|segment| self.parts.sync(segment))
    }

    /// Finds the erasures that were durable in the journal when the process ended, and carries them out if there is room for it.
    pub(super) fn complete_erasures(&self) -> Result<(), StoreError> {
        let mut at = held(&self.erasing).done.position();
        loop {
            let read = self.read_from(at, 1_000)?;
            let Some(last) = read.last() else { break };
            at = last.position.next();
            let mut owed = held(&self.owed);
            for record in read.into_iter().filter(|record| !record.erases.is_empty()) {
                owed.add(record.position, record.erases);
            }
        }
        match self.carry_out_erasures() {
            Err(StoreError::DiskFull { .. } | StoreError::Randomness) => Ok(()),
            Err(error) => Err(error),
            Ok(()) => held(&self.erasing).done.sync(),
        }
    }

    /// Carries out erasures as they come, until it is told to stop or the journal ended.
    fn keep_erasing(&self) {
        let mut tried_in_vain = false;
        loop {
            let mut owed = held(&self.owed);
            if tried_in_vain && !owed.stopping {
                (owed, _) = self
                    .owed_changed
                    .wait_timeout_while(owed, TRY_AGAIN_AFTER, |owed| !owed.stopping)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            owed = self
                .owed_changed
                .wait_while(owed, |owed| !owed.stopping && owed.records.is_empty())
                .unwrap_or_else(PoisonError::into_inner);
            if owed.stopping {
                return;
            }
            drop(owed);
            match self.carry_out_erasures() {
                Ok(()) => tried_in_vain = false,
                Err(error) if error.fatal() => return,
                Err(_) => tried_in_vain = true,
            }
        }
    }
}

/// The thread that carries out erasures; it ends when this is dropped. What is owed then is carried out by the next open.
#[derive(Debug)]
pub(super) struct Eraser {
    journal: Arc<EmbeddedJournal>,
    thread: Option<JoinHandle<()>>,
}

impl Eraser {
    /// Starts the thread. `Err`: the system gives none.
    pub(super) fn start(journal: Arc<EmbeddedJournal>) -> Result<Eraser, StoreError> {
        let erased = Arc::clone(&journal);
        let thread = std::thread::Builder::new()
            .name("eraser".to_owned())
            .spawn(move || {
                if catch_unwind(AssertUnwindSafe(|| erased.keep_erasing())).is_err() {
                    // A bug: nothing more is promised.
                    erased.ended.store(true, Ordering::SeqCst);
                }
            })
            .map_err(|source| StoreError::Io {
                doing: "start a thread for",
                file: "keys".to_owned(),
                source,
                fatal: false,
            })?;
        Ok(Eraser {
            journal,
            thread: Some(thread),
        })
    }
}

impl Drop for Eraser {
    fn drop(&mut self) {
        held(&self.journal.owed).stopping = true;
        self.journal.owed_changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic of it was told by ending the journal.
            let _ended = thread.join();
        }
    }
}
