//! Key segments: for each record two keys and a salt, wrapped by the segment's key, which is wrapped by the top key. Erasing writes a segment
//! anew under a new key without what is erased; changing the top key wraps segment keys only. What the keys open is not known here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use knooppunt_proof::Salt;

use super::bytes::size;
use super::cipher::{Cipher, Secret};
use super::files::{Folder, Open, OpenAs};
use super::slot::{
    CONTENT, EFFECT, HEAD_BYTES, Head, HeadCopy, RecordKeys, SLOT_BYTES, SLOTS_AT, Slot, bit,
    heads, read_slot, write_slot,
};
use super::top::{Randomness, TopKeys};
use crate::store::record::sha256;
use crate::store::{KeyKind, Position, StoreError};

/// Key segments that stay open for reading.
const OPEN_MAX: usize = 64;

/// One segment.
#[derive(Debug)]
pub(crate) struct KeySegment {
    pub(crate) first: Position,
    folder: Folder,
    ready: Mutex<Option<Arc<Ready>>>,
}

/// An open segment: the file and the cipher of its head stay together, also when another file takes the name.
#[derive(Debug)]
struct Ready {
    file: Open,
    cipher: Cipher,
    head: Head,
    /// Which of the two heads is used.
    copy: usize,
}

impl KeySegment {
    fn new(first: Position, folder: Folder) -> KeySegment {
        KeySegment {
            first,
            folder,
            ready: Mutex::new(None),
        }
    }

    fn shown(&self) -> String {
        self.folder.shown(&name_of(self.first))
    }

    fn close(&self) {
        *self.ready.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn ready(&self, top: &TopKeys) -> Result<Arc<Ready>, StoreError> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = &*ready {
            return Ok(Arc::clone(ready));
        }
        let file = self.folder.open(&name_of(self.first), OpenAs::Write)?;
        let mut bytes = vec![0; SLOTS_AT];
        file.read(&mut bytes, 0)?;
        let damage = |what| StoreError::Damage {
            file: self.shown(),
            position: None,
            what,
        };
        let mut best: Option<(usize, Head)> = None;
        for (copy, found) in heads(&bytes).into_iter().enumerate() {
            match found {
                HeadCopy::Good(head)
                    if top.with_check(&head.top).is_some()
                        && best
                            .as_ref()
                            .is_none_or(|(_, before)| head.turn > before.turn) =>
                {
                    best = Some((copy, head));
                }
                HeadCopy::Good(_) | HeadCopy::Empty | HeadCopy::Broken => {}
            }
        }
        let (copy, head) = best.ok_or_else(|| damage("no head that a top key opens"))?;
        if head.first != self.first {
            return Err(damage("the head names another first record"));
        }
        let secret = head
            .unwrap(top)
            .ok_or_else(|| damage("the segment key does not open"))?;
        let cipher = Cipher::new(&secret).ok_or(StoreError::Randomness)?;
        let made = Arc::new(Ready {
            file,
            cipher,
            head,
            copy,
        });
        *ready = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Reads slots; each `None` is damage.
    fn slots(
        &self,
        top: &TopKeys,
        from: Position,
        count: usize,
    ) -> Result<Vec<Option<Slot>>, StoreError> {
        let ready = self.ready(top)?;
        let mut bytes = vec![0; count * SLOT_BYTES];
        ready.file.read(&mut bytes, self.slot_at(from))?;
        let positions = (from.0..).map(Position);
        Ok(bytes
            .chunks(SLOT_BYTES)
            .zip(positions)
            .map(|(slot, position)| read_slot(slot, position, &ready.cipher))
            .collect())
    }

    fn slot_at(&self, position: Position) -> u64 {
        let before = position.0.saturating_sub(self.first.0);
        SLOTS_AT as u64 + before * SLOT_BYTES as u64
    }
}

/// All key segments.
#[derive(Debug)]
pub(crate) struct Keys {
    folder: Folder,
    top: RwLock<TopKeys>,
    random: Arc<dyn Randomness>,
    segments: RwLock<BTreeMap<Position, Arc<KeySegment>>>,
    /// Segments that were opened for reading, oldest first.
    open: Mutex<VecDeque<Arc<KeySegment>>>,
    /// Hashes of the salts of the last segment.
    salts: Mutex<BTreeSet<[u8; 8]>>,
}

pub(crate) fn name_of(first: Position) -> String {
    format!("{:020}.keys", first.0)
}

pub(crate) fn first_of(name: &str) -> Option<Position> {
    name.strip_suffix(".keys")
        .filter(|digits| digits.len() == 20)?
        .parse()
        .ok()
        .map(Position)
}

impl Keys {
    /// Opens the segments that are there.
    pub(crate) fn open(
        folder: Folder,
        top: TopKeys,
        random: Arc<dyn Randomness>,
    ) -> Result<Keys, StoreError> {
        let mut segments = BTreeMap::new();
        for first in folder.list()?.iter().filter_map(|name| first_of(name)) {
            segments.insert(first, Arc::new(KeySegment::new(first, folder.clone())));
        }
        Ok(Keys {
            folder,
            top: RwLock::new(top),
            random,
            segments: RwLock::new(segments),
            open: Mutex::default(),
            salts: Mutex::default(),
        })
    }

    /// The top keys; while somebody uses them they do not change.
    fn top(&self) -> RwLockReadGuard<'_, TopKeys> {
        self.top.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The segment that takes new slots.
    pub(crate) fn last(&self) -> Option<Arc<KeySegment>> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments
            .last_key_value()
            .map(|(_, segment)| Arc::clone(segment))
    }

    fn segment_of(&self, position: Position) -> Option<(Arc<KeySegment>, Option<Position>)> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        let (_, segment) = segments.range(..=position).next_back()?;
        let after = segments
            .range(position.next()..)
            .next()
            .map(|(first, _)| *first);
        Some((Arc::clone(segment), after))
    }

    /// The first record of the segment that holds the keys of this one.
    pub(crate) fn first_of(&self, position: Position) -> Option<Position> {
        self.segment_of(position).map(|(segment, _)| segment.first)
    }

    /// First positions of all segments.
    pub(crate) fn firsts(&self) -> Vec<Position> {
        self.segments
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .keys()
            .copied()
            .collect()
    }

    /// When a segment was made, in microseconds.
    pub(crate) fn made(&self, segment: &KeySegment) -> Result<i64, StoreError> {
        Ok(segment.ready(&self.top())?.head.made)
    }

    /// How many slots there is room for in a segment.
    pub(crate) fn room(&self, segment: &KeySegment) -> Result<u64, StoreError> {
        let bytes = segment
            .ready(&self.top())?
            .file
            .len()?
            .saturating_sub(SLOTS_AT as u64);
        Ok(bytes / SLOT_BYTES as u64)
    }

    /// Keeps at most [`OPEN_MAX`] segments open; the last one stays open.
    fn note_open(&self, segment: &Arc<KeySegment>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.iter().any(|other| Arc::ptr_eq(other, segment)) {
            return;
        }
        open.push_back(Arc::clone(segment));
        if open.len() > OPEN_MAX
            && let Some(oldest) = open.pop_front()
            && self.last().is_none_or(|last| !Arc::ptr_eq(&last, &oldest))
        {
            oldest.close();
        }
    }

    /// Makes the segment that takes slots from `first` on; the one before is sealed by it.
    pub(crate) fn add_segment(
        &self,
        first: Position,
        slots: u64,
        made: i64,
    ) -> Result<Arc<KeySegment>, StoreError> {
        let mut key = Secret([0; 32]);
        self.random.fill(&mut key.0)?;
        let head = Head::new(&key, 0, first, made, &self.top(), &*self.random)?;
        let bytes = SLOTS_AT as u64 + slots * SLOT_BYTES as u64;
        let segment = self.put_in_place(first, &head.write(), bytes)?;
        self.salts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        Ok(segment)
    }

    /// Puts a segment in place of the one with the same first record, if there is one. That one is closed: as long as its file is open,
    /// what was erased from it can be read by whoever gets at the open file.
    fn put_in_place(
        &self,
        first: Position,
        begin: &[u8],
        bytes: u64,
    ) -> Result<Arc<KeySegment>, StoreError> {
        self.folder.make(&name_of(first), begin, bytes)?;
        let segment = Arc::new(KeySegment::new(first, self.folder.clone()));
        let replaced = self
            .segments
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(first, Arc::clone(&segment));
        if let Some(replaced) = replaced {
            replaced.close();
        }
        // A reader may have noted one that was replaced before, and opened the file that was just replaced.
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|open| {
                let stays = open.first != first;
                if !stays {
                    open.close();
                }
                stays
            });
        Ok(segment)
    }

    /// Keys and salt for a new record; refused when the salt is one byte over and over, or one of this segment came again.
    pub(crate) fn fresh(&self) -> Result<RecordKeys, StoreError> {
        let mut keys = RecordKeys {
            content: Secret([0; 32]),
            effect: Secret([0; 32]),
            salt: [0; 32],
        };
        self.random.fill(&mut keys.content.0)?;
        self.random.fill(&mut keys.effect.0)?;
        self.random.fill(&mut keys.salt)?;
        let mut hash = [0; 8];
        hash.copy_from_slice(sha256(&[&keys.salt]).split_at(8).0);
        if Salt::new(keys.salt).is_err()
            || !self
                .salts
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(hash)
        {
            return Err(StoreError::Randomness);
        }
        Ok(keys)
    }

    /// Adds a slot's bytes to what will be written to the segment.
    pub(crate) fn slot(
        &self,
        segment: &KeySegment,
        position: Position,
        keys: &RecordKeys,
        out: &mut Vec<u8>,
    ) -> Result<(), StoreError> {
        let ready = segment.ready(&self.top())?;
        write_slot(
            position,
            CONTENT | EFFECT,
            Some(keys),
            &ready.cipher,
            &*self.random,
            out,
        )
    }

    /// Writes slots that follow each other, not yet synced.
    pub(crate) fn write(
        &self,
        segment: &KeySegment,
        from: Position,
        slots: &[u8],
    ) -> Result<(), StoreError> {
        segment
            .ready(&self.top())?
            .file
            .write(slots, segment.slot_at(from))
    }

    pub(crate) fn sync(&self, segment: &KeySegment) -> Result<(), StoreError> {
        segment.ready(&self.top())?.file.sync()
    }

    /// Clears what stands in the last segment from `next` on: slots of records that were never promised.
    pub(crate) fn clear_from(&self, next: Position) -> Result<(), StoreError> {
        let Some(segment) = self.last() else {
            return Ok(());
        };
        let ready = segment.ready(&self.top())?;
        let (from, len) = (segment.slot_at(next), ready.file.len()?);
        let mut rest = vec![0; size(len.saturating_sub(from))];
        ready.file.read(&mut rest, from)?;
        if rest.iter().any(|byte| *byte != 0) {
            ready.file.zero(from, len - from)?;
            ready.file.sync()?;
        }
        Ok(())
    }

    /// What is kept for a record.
    pub(crate) fn read(&self, position: Position) -> Result<Slot, StoreError> {
        let damage = |file: String, what| StoreError::Damage {
            file,
            position: Some(position),
            what,
        };
        let Some((segment, _)) = self.segment_of(position) else {
            return Err(damage(
                self.folder.shown(&name_of(position)),
                "no key segment holds the record",
            ));
        };
        self.note_open(&segment);
        let slot = segment
            .slots(&self.top(), position, 1)
            .map_err(|error| error.at(position))?
            .pop()
            .flatten();
        slot.ok_or_else(|| damage(segment.shown(), "the slot is not as it was written"))
    }

    /// Whether the top key opens the segment, for a check.
    pub(crate) fn opens(&self, first: Position) -> Result<(), StoreError> {
        let Some((segment, _)) = self.segment_of(first) else {
            return Ok(());
        };
        segment.ready(&self.top()).map(|_| ())
    }

    /// Reads all slots of a segment up to `next`, for a check.
    pub(crate) fn read_segment(
        &self,
        first: Position,
        next: Position,
    ) -> Result<Vec<Option<Slot>>, StoreError> {
        let Some((segment, after)) = self.segment_of(first) else {
            return Ok(Vec::new());
        };
        let count = after.unwrap_or(next).0.saturating_sub(first.0);
        segment.slots(&self.top(), first, size(count))
    }

    /// Writes the segments of these keys anew without them. Keys that are gone already cost nothing.
    /// The segment that takes new slots must not be among them.
    pub(crate) fn erase(&self, keys: &[(Position, KeyKind)]) -> Result<(), StoreError> {
        let mut by_segment: BTreeMap<Position, Vec<(Position, KeyKind)>> = BTreeMap::new();
        for (position, kind) in keys {
            let Some((segment, _)) = self.segment_of(*position) else {
                continue;
            };
            by_segment
                .entry(segment.first)
                .or_default()
                .push((*position, *kind));
        }
        by_segment
            .into_iter()
            .try_for_each(|(first, keys)| self.rewrite(first, &keys))
    }

    fn rewrite(&self, first: Position, keys: &[(Position, KeyKind)]) -> Result<(), StoreError> {
        let Some((segment, Some(after))) = self.segment_of(first) else {
            return Ok(());
        };
        let slots = segment.slots(&self.top(), first, size(after.0 - first.0))?;
        let mut gone: BTreeMap<Position, u8> = BTreeMap::new();
        for (position, kind) in keys {
            *gone.entry(*position).or_default() |= bit(*kind);
        }
        let held_of =
            |slot: &Slot| slot.held & !gone.get(&slot.position).copied().unwrap_or_default();
        if slots
            .iter()
            .flatten()
            .all(|slot| held_of(slot) == slot.held)
        {
            return Ok(());
        }
        let mut key = Secret([0; 32]);
        self.random.fill(&mut key.0)?;
        let cipher = Cipher::new(&key).ok_or(StoreError::Randomness)?;
        let made = self.made(&segment)?;
        let mut bytes = Head::new(&key, 0, first, made, &self.top(), &*self.random)?.write();
        bytes.resize(SLOTS_AT, 0);
        for (slot, position) in slots.iter().zip((first.0..).map(Position)) {
            match slot {
                Some(slot) => write_slot(
                    position,
                    held_of(slot),
                    slot.keys.as_ref(),
                    &cipher,
                    &*self.random,
                    &mut bytes,
                )?,
                // A damaged slot stays damaged: neither readable nor taken for erased.
                None => bytes.resize(bytes.len() + SLOT_BYTES, 0xff),
            }
        }
        self.put_in_place(first, &bytes, bytes.len() as u64)
            .map(|_| ())
    }

    /// Wraps every segment key with the newest top key, and leaves no head that another one opens.
    pub(crate) fn rewrap(&self, top: TopKeys) -> Result<(), StoreError> {
        *self.top.write().unwrap_or_else(PoisonError::into_inner) = top;
        let top = self.top();
        for first in self.firsts() {
            let Some((segment, _)) = self.segment_of(first) else {
                continue;
            };
            let ready = segment.ready(&top)?;
            let mut used = ready.copy;
            if ready.head.top != top.newest().0 {
                let secret = ready.head.unwrap(&top).ok_or(StoreError::Damage {
                    file: segment.shown(),
                    position: None,
                    what: "the segment key does not open",
                })?;
                let head = Head::new(
                    &secret,
                    ready.head.turn + 1,
                    first,
                    ready.head.made,
                    &top,
                    &*self.random,
                )?;
                used = 1 - ready.copy;
                ready
                    .file
                    .write(&head.write(), (used * HEAD_BYTES) as u64)?;
                ready.file.sync()?;
            }
            ready
                .file
                .write(&[0; HEAD_BYTES], ((1 - used) * HEAD_BYTES) as u64)?;
            ready.file.sync()?;
            segment.close();
        }
        Ok(())
    }
}
