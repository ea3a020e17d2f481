//! One record with what belongs to it elsewhere: its slot of keys, its leaf, and its parts, which open with those keys or are gone.

use super::super::bytes::size;
use super::super::cipher::open_part;
use super::super::parts;
use super::{Check, bit};
use crate::store::record::{record_leaf, sha256};
use crate::store::{KeyId, KeyKind, Record, StoreError};

impl Check<'_> {
    pub(super) fn record(&mut self, record: &Record, bytes: &[u8]) -> Result<(), StoreError> {
        self.report.records += 1;
        for hash in (self.names)(&record.event) {
            self.named.entry(hash).or_insert(record.position);
        }
        // What later records erase is owed: the next open carries it out.
        let carried_out = record.position < self.carried_out;
        for key in &record.erases {
            let index = size(key.position.0);
            if !carried_out {
                *self.owed.entry(index).or_default() |= bit(key.kind);
            } else if let Some(erased) = self.erased.get_mut(index) {
                *erased |= bit(key.kind);
            }
        }
        let index = size(record.position.0);
        if self.erased.len() <= index {
            self.erased.resize(index + 1, 0);
            self.held.resize(index + 1, 0);
        }
        let slot = self.slot(record.position)?;
        let mut sealed = Vec::with_capacity(record.parts.len());
        for part in &record.parts {
            sealed.push(self.part_bytes(part, record.position)?);
        }
        let Some(slot) = slot
            .and_then(|index| self.slots.all.get(index))
            .and_then(Option::as_ref)
        else {
            return Ok(());
        };
        let (gone, position) = (self.gone, record.position);
        let is_gone = |kind| gone.is_some_and(|gone| gone.contains(&KeyId { position, kind }));
        let keys_of = |kind: KeyKind| slot.for_key(kind).filter(|_| !is_gone(kind));
        let mut held = 0;
        for kind in [KeyKind::Content, KeyKind::Effect] {
            held |= if keys_of(kind).is_some() {
                bit(kind)
            } else {
                0
            };
        }
        if let Some(own) = self.held.get_mut(index) {
            *own = held;
        }
        if let Some(salt) = slot.salt()
            && record_leaf(salt, bytes) != Ok(record.leaf)
        {
            self.report.damage(
                "journal".into(),
                Some(record.position),
                "the leaf does not fit record and salt",
            );
        }
        for (part, sealed) in record.parts.iter().zip(sealed) {
            let Some(sealed) = sealed else { continue };
            let what = match keys_of(part.kind.key()) {
                None => {
                    self.report.parts_erased += 1;
                    (self.clean && gone.is_none() && sealed.iter().any(|byte| *byte != 0))
                        .then_some("the part is erased but its bytes are there")
                }
                Some(_) if sha256(&[&sealed]) != part.sha256 => {
                    Some("the part is not as it was written")
                }
                Some(keys) => {
                    let opened =
                        open_part(keys.key(part.kind.key()), &keys.salt, part.kind, sealed);
                    self.report.parts += u64::from(opened.is_some());
                    opened
                        .is_none()
                        .then_some("the part does not open with its key")
                }
            };
            if let Some(what) = what {
                self.report.damage(
                    format!("parts/{}", parts::name_of(part.segment)),
                    Some(record.position),
                    what,
                );
            }
        }
        Ok(())
    }
}
