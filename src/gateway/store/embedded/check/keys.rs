//! The key segments: heads and slots are as they were written, and nothing stands after the last slot.

use super::super::bytes::size;
use super::super::files::OpenAs;
use super::super::keys;
use super::super::slot::{HeadCopy, SLOT_BYTES, SLOTS_AT, Slot, heads};
use super::Check;
use crate::store::{Position, StoreError};

/// Slots of the key segment that was read last.
#[derive(Default)]
pub(super) struct Slots {
    from: Position,
    until: Position,
    pub(super) all: Vec<Option<Slot>>,
}

impl Check<'_> {
    /// Index of a record's slot in the slots at hand. Damaged slots are reported with their segment.
    pub(super) fn slot(&mut self, position: Position) -> Result<Option<usize>, StoreError> {
        if !(self.slots.from..self.slots.until).contains(&position) {
            let firsts = self.keys.firsts();
            let Some(from) = firsts
                .iter()
                .rev()
                .find(|first| **first <= position)
                .copied()
            else {
                self.report.damage(
                    "keys".into(),
                    Some(position),
                    "no key segment holds the record",
                );
                return Ok(None);
            };
            let until = firsts.iter().find(|first| **first > position).copied();
            let file = self.layout.keys.open(&keys::name_of(from), OpenAs::Read)?;
            let there = file.len()?.saturating_sub(SLOTS_AT as u64) / SLOT_BYTES as u64;
            let end = Position(
                until
                    .map_or(u64::MAX, |until| until.0)
                    .min(from.0.saturating_add(there)),
            );
            let all = match self.keys.read_segment(from, end) {
                Ok(slots) => slots,
                Err(error) => {
                    // The segment is reported with the others.
                    if !matches!(error, StoreError::Damage { .. }) {
                        return Err(error);
                    }
                    Vec::new()
                }
            };
            self.slots = Slots {
                from,
                until: end.max(position.next()),
                all,
            };
        }
        Ok(Some(size(position.0 - self.slots.from.0)))
    }

    pub(super) fn key_segments(&mut self, next: Position) -> Result<(), StoreError> {
        let firsts = self.keys.firsts();
        for (index, first) in firsts.iter().enumerate() {
            let after = firsts.get(index + 1).copied();
            let name = keys::name_of(*first);
            let shown = self.layout.keys.shown(&name);
            let file = self.layout.keys.open(&name, OpenAs::Read)?;
            let bytes = file.read_all()?;
            self.went(bytes.len() as u64);
            let heads = heads(&bytes);
            let good = heads
                .iter()
                .filter(|copy| matches!(copy, HeadCopy::Good(_)))
                .count();
            let broken = heads.iter().any(|copy| matches!(copy, HeadCopy::Broken));
            if (broken || good != 1) && !(self.changing && good > 0) {
                self.report.damage(
                    shown.clone(),
                    Some(*first),
                    "the head is not as it was written",
                );
            }
            if let Err(error) = self.keys.opens(*first) {
                if broken || good != 1 {
                    continue;
                }
                self.report.take(error)?;
                continue;
            }
            let until = after.unwrap_or(next);
            match self.keys.read_segment(*first, until) {
                Ok(slots) => {
                    for (slot, position) in slots.iter().zip((first.0..).map(Position)) {
                        if slot.is_none() {
                            self.report.damage(
                                shown.clone(),
                                Some(position),
                                "the slot is not as it was written",
                            );
                        }
                    }
                }
                Err(error) => self.report.take(error)?,
            }
            let end = SLOTS_AT + size(until.0.saturating_sub(first.0)) * SLOT_BYTES;
            let rest_is_zero = bytes
                .get(end..)
                .unwrap_or_default()
                .iter()
                .all(|byte| *byte == 0);
            if !rest_is_zero && (after.is_some() || self.clean) {
                self.report
                    .damage(shown, None, "there are bytes after the last slot");
            }
        }
        Ok(())
    }
}
