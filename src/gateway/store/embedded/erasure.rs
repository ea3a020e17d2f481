//! What makes bytes unreadable for good: erasing keys of records, and changing the top key. Both go on where they were when the process died.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::journal::{EmbeddedJournal, held};
use super::mark::Mark;
use super::top::KeyFolder;
use crate::store::{Journal, KeyId, Position, StoreError};

pub(super) struct Erasing {
    /// Erasures of all records before it were carried out.
    pub(super) done: Mark,
    pub(super) key_folder: KeyFolder,
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

    /// Carries out the erasures of records that are durable.
    pub(super) fn carry_out(&self, records: &[Position], keys: &[KeyId]) -> Result<(), StoreError> {
        let mut erasing = held(&self.erasing);
        if self.ended.load(Ordering::SeqCst) {
            return Err(StoreError::Ended);
        }
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
                self.parts.punch(part)?;
                punched.insert(part.segment);
            }
        }
        punched
            .into_iter()
            .try_for_each(|segment| self.parts.sync(segment))?;
        let mut owed = held(&self.owed);
        for record in records {
            owed.remove(record);
        }
        let done = owed.first().copied().unwrap_or_else(|| self.next());
        erasing.done.set(done)
    }

    /// Erasures that were durable in the journal when the process ended.
    pub(super) fn complete_erasures(&self) -> Result<(), StoreError> {
        let mut at = held(&self.erasing).done.position();
        let (mut records, mut keys) = (Vec::new(), Vec::new());
        loop {
            let read = self.read_from(at, 1_000)?;
            let Some(last) = read.last() else { break };
            at = last.position.next();
            for record in read.into_iter().filter(|record| !record.erases.is_empty()) {
                records.push(record.position);
                keys.extend(record.erases);
            }
        }
        self.carry_out(&records, &keys)?;
        held(&self.erasing).done.sync()
    }
}
