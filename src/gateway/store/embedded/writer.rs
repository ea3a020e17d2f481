//! How groups get onto the disk: entries are prepared by the thread that brings them (keys made, parts sealed), then one thread at a time
//! commits every group that waits. Segments are made between commits only, so a full disk shows before anything of a group is written.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::bytes::size;
use super::cipher::seal_part;
use super::files::{Folder, Open, OpenAs};
use super::frame::{self, Head, Tail};
use super::journal::{EmbeddedJournal, held};
use super::keys::KeySegment;
use super::mark::Mark;
use super::parts::{self, Aside, Cursor, Parts};
use super::queue::Taken;
use super::segment::{self, Segment};
use super::slot::RecordKeys;
use crate::store;
use crate::store::memory::whole_microseconds;
use crate::store::record::{Body, chain_hash, encode, record_leaf, sha256};
use crate::store::{
    Appended, Entry, Journal as _, KeyId, KeyKind, PartKind, PartRef, Position, RECORD_BYTES_MAX,
    SetAside, StoreError,
};

/// File that holds a place on the disk for what must go on when the disk is full.
pub(crate) const RESERVE: &str = "reserve";

/// An entry whose keys are made and whose parts are sealed: all that takes time and needs no place in the commit. Nothing is left on the disk of one that is
/// dropped.
pub(crate) struct Prepared {
    time: i64,
    event: Vec<u8>,
    parts: Vec<SealedPart>,
    erases: Vec<KeyId>,
    keys: RecordKeys,
    record_bytes_max: usize,
}

struct SealedPart {
    kind: PartKind,
    sha256: [u8; 32],
    length: u64,
    place: SealedPlace,
}

enum SealedPlace {
    /// Still to be written, among others.
    Here(Vec<u8>),
    /// In a segment of its own, durable.
    Aside(Aside),
}

impl SealedPart {
    /// Bytes that a commit still has to write.
    fn bytes_here(&self) -> u64 {
        match &self.place {
            SealedPlace::Here(_) => self.length,
            SealedPlace::Aside(_) => 0,
        }
    }
}

pub(super) struct Writer {
    pub(super) segment: Arc<Segment>,
    pub(super) file: Open,
    pub(super) capacity: usize,
    pub(super) end: usize,
    pub(super) next: Position,
    pub(super) chain: [u8; 32],
    pub(super) time: i64,
    pub(super) parts: Cursor,
    pub(super) keys: Arc<KeySegment>,
    pub(super) keys_end: Position,
    pub(super) keys_made: i64,
    /// Everything before it was synced.
    pub(super) synced: Mark,
    pub(super) staged: Staged,
}

/// What a commit writes to the journal and the keys, and who waits for it.
#[derive(Default)]
pub(super) struct Staged {
    pub(super) frames: Vec<u8>,
    pub(super) offsets: Vec<u32>,
    pub(super) slots: Vec<u8>,
    /// Records that erase, with the keys.
    pub(super) owed: Vec<(Position, Vec<KeyId>)>,
    pub(super) has_parts: bool,
    /// Segments of their own that the records name.
    pub(super) asides: Vec<u32>,
    pub(super) answers: Vec<(Taken, Vec<Appended>)>,
}

impl Staged {
    pub(super) fn count(&self) -> u64 {
        self.offsets.len() as u64
    }
}

impl EmbeddedJournal {
    /// Makes keys and seals parts, where that was not done before. `Err`: an entry that cannot be kept, or no randomness, or no room for a large part.
    pub(super) fn prepare(&self, group: Vec<SetAside>) -> Result<Vec<Prepared>, StoreError> {
        for entry in &group {
            if let store::Aside::Entry(entry) = &entry.0 {
                may_be_kept(entry)?;
            }
        }
        let prepared = group.into_iter().map(|entry| match entry.0 {
            store::Aside::Prepared(entry) => Ok(*entry),
            store::Aside::Entry(entry) => self.prepare_one(entry),
        });
        prepared.collect()
    }

    fn prepare_one(&self, entry: Entry) -> Result<Prepared, StoreError> {
        let record_bytes_max = record_bytes_max(&entry);
        let keys = self.keys.fresh()?;
        let parts = entry.parts.into_iter();
        let parts = parts.map(|(kind, plain)| self.seal(&keys, kind, &plain));
        Ok(Prepared {
            time: whole_microseconds(entry.time).as_microsecond(),
            event: entry.event,
            parts: parts.collect::<Result<_, _>>()?,
            erases: entry.erases,
            keys,
            record_bytes_max,
        })
    }

    /// Seals a part; a large one is written and durable after this.
    fn seal(
        &self,
        keys: &RecordKeys,
        kind: PartKind,
        plain: &[u8],
    ) -> Result<SealedPart, StoreError> {
        let bytes = seal_part(keys.key(kind.key()), &keys.salt, kind, plain)
            .ok_or(StoreError::Randomness)?;
        let (sha256, length) = (sha256(&[&bytes]), bytes.len() as u64);
        let mut place = SealedPlace::Here(Vec::new());
        if length < self.options.large_part_bytes {
            place = SealedPlace::Here(bytes);
        } else {
            let has_content = kind.key() == KeyKind::Content;
            if has_content && !self.make_reserve() {
                return Err(StoreError::DiskFull {
                    bytes: self.options.reserve_bytes,
                });
            }
            self.with_reserve(!has_content, || {
                place = SealedPlace::Aside(self.parts.set_aside(self.next(), &bytes)?);
                Ok(())
            })?;
        }
        Ok(SealedPart {
            kind,
            sha256,
            length,
            place,
        })
    }

    /// Commits every group that waits.
    pub(super) fn commit(&self, writer: &mut Writer) {
        for taken in self.queue.take() {
            let group = taken.group();
            match self.stage(writer, &group) {
                Ok(appended) => {
                    let parts = group.into_iter().flat_map(|entry| entry.parts);
                    let asides = parts.filter_map(|part| match part.place {
                        SealedPlace::Aside(aside) => Some(aside.named()),
                        SealedPlace::Here(_) => None,
                    });
                    writer.staged.asides.extend(asides);
                    writer.staged.answers.push((taken, appended));
                }
                Err(error) => {
                    drop(group);
                    taken.answer(Err(error));
                }
            }
        }
        if let Err(error) = self.flush(writer) {
            let _ended = self.end(error);
        }
    }

    /// Makes a group ready for the next commit: makes room, gives places, writes its parts. Nothing is written when it is refused.
    pub(super) fn stage(
        &self,
        writer: &mut Writer,
        group: &[Prepared],
    ) -> Result<Vec<Appended>, StoreError> {
        if self.ended.load(Ordering::SeqCst) {
            return Err(StoreError::Ended);
        }
        let first = Position(writer.next.0 + writer.staged.count());
        for (position, entry) in (first.0..).map(Position).zip(group) {
            if let Some(key) = entry.erases.iter().find(|key| key.position >= position) {
                return Err(StoreError::NoKeyYet {
                    position: key.position,
                });
            }
        }
        self.make_room(writer, group)?;

        let (mut time, mut chain, mut cursor) = (writer.time, writer.chain, writer.parts);
        let frames_before = writer.staged.frames.len();
        let (mut frames, mut slots, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
        let (mut appended, mut owed) = (Vec::with_capacity(group.len()), Vec::new());
        let mut places = Vec::new();
        let mut record = Vec::new();
        let last = group.len() - 1;
        for ((index, entry), position) in group.iter().enumerate().zip((first.0..).map(Position)) {
            self.keys
                .slot(&writer.keys, position, &entry.keys, &mut slots)?;
            let mut refs = Vec::with_capacity(entry.parts.len());
            for part in &entry.parts {
                let length = part.length;
                let (segment, offset) = match &part.place {
                    SealedPlace::Here(bytes) => {
                        let at = cursor;
                        places.push((at, bytes));
                        cursor.offset += length;
                        (at.segment, at.offset)
                    }
                    SealedPlace::Aside(aside) => (aside.segment(), parts::HEAD_BYTES as u64),
                };
                refs.push(PartRef {
                    kind: part.kind,
                    segment,
                    offset,
                    length,
                    sha256: part.sha256,
                });
            }
            time = time.max(entry.time);
            let at = Timestamp::from_microsecond(time).unwrap_or(Timestamp::MAX);
            record.clear();
            encode(
                &Body {
                    position,
                    time: at,
                    event: &entry.event,
                    parts: &refs,
                    erases: &entry.erases,
                },
                &mut record,
            );
            let leaf =
                record_leaf(&entry.keys.salt, &record).map_err(|_| StoreError::Randomness)?;
            chain = chain_hash(&chain, &leaf, &record);
            let offset = writer.end + frames_before + frames.len();
            offsets.push(u32::try_from(offset).unwrap_or(u32::MAX));
            frame::write(
                &mut frames,
                &record,
                index == last,
                writer.next,
                &leaf,
                &chain,
            );
            if !entry.erases.is_empty() {
                owed.push((position, entry.erases.clone()));
            }
            appended.push(Appended { position, time: at });
        }
        for (at, bytes) in &places {
            self.parts
                .write(*at, bytes)
                .map_err(|error| self.end(error))?;
        }
        (writer.time, writer.chain, writer.parts) = (time, chain, cursor);
        let staged = &mut writer.staged;
        staged.frames.append(&mut frames);
        staged.offsets.append(&mut offsets);
        staged.slots.append(&mut slots);
        staged.owed.append(&mut owed);
        staged.has_parts |= !places.is_empty();
        Ok(appended)
    }

    /// Sees to it that the group fits in the segments that are being written; makes new ones where it does not.
    fn make_room(&self, writer: &mut Writer, group: &[Prepared]) -> Result<(), StoreError> {
        let frames: usize = group
            .iter()
            .map(|entry| frame::frame_bytes(entry.record_bytes_max))
            .sum();
        let parts: u64 = group
            .iter()
            .flat_map(|entry| &entry.parts)
            .map(SealedPart::bytes_here)
            .sum();
        let frames_fit = writer.end + writer.staged.frames.len() + frames <= writer.capacity;
        let parts_fit = parts == 0 || parts <= self.parts.room(writer.parts)?;
        let slots = writer.staged.count() + group.len() as u64;
        let newest = group
            .iter()
            .map(|entry| entry.time)
            .max()
            .unwrap_or(i64::MIN);
        let age = i64::try_from(self.options.key_segment_age.as_micros()).unwrap_or(i64::MAX);
        let of_age =
            writer.next > writer.keys.first && newest.saturating_sub(writer.keys_made) > age;
        let keys_fit = writer.next.0 + slots <= writer.keys_end.0 && !of_age;
        if frames_fit && parts_fit && keys_fit {
            return Ok(());
        }
        self.flush(writer).map_err(|error| self.end(error))?;
        // What carries on with what was taken in (acknowledging, erasing, delivering) has no content and may use the reserve.
        let has_content = |entry: &Prepared| {
            entry
                .parts
                .iter()
                .any(|part| part.kind.key() == KeyKind::Content)
        };
        let may_use_reserve = !group.iter().any(has_content);
        if !may_use_reserve && !self.make_reserve() {
            return Err(StoreError::DiskFull {
                bytes: self.options.reserve_bytes,
            });
        }
        if !frames_fit {
            self.with_reserve(may_use_reserve, || self.add_journal_segment(writer, frames))?;
        }
        if !parts_fit {
            self.with_reserve(may_use_reserve, || {
                let segment = writer.parts.segment + 1;
                let bytes = parts.max(self.options.part_segment_bytes);
                Parts::add_segment(self.parts.folder(), segment, bytes)?;
                writer.parts = Cursor {
                    segment,
                    ..Cursor::START
                };
                Ok(())
            })?;
        }
        if !keys_fit {
            self.with_reserve(may_use_reserve, || {
                self.add_key_segment(writer, group.len() as u64, newest)
            })?;
        }
        self.make_reserve();
        Ok(())
    }

    pub(super) fn add_journal_segment(
        &self,
        writer: &mut Writer,
        frames: usize,
    ) -> Result<(), StoreError> {
        let bytes = (frames + frame::HEAD_BYTES) as u64;
        if bytes > u64::from(u32::MAX) {
            return Err(StoreError::TooLarge {
                what: "group",
                bytes: frames,
                bytes_max: u32::MAX as usize,
            });
        }
        let head = Head {
            first: writer.next,
            chain: writer.chain,
            time: writer.time,
            parts_segment: writer.parts.segment,
            parts_offset: writer.parts.offset,
        };
        let file = add_segment(
            &self.layout.journal,
            &head,
            bytes.max(self.options.journal_segment_bytes),
        )?;
        let capacity = size(file.len()?);
        let segment = Arc::new(Segment::open(
            head.first,
            self.layout.journal.clone(),
            file.clone(),
            &Tail::before(&head),
        ));
        self.segments
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(head.first, Arc::clone(&segment));
        let sealed = std::mem::replace(&mut writer.segment, segment);
        (writer.file, writer.capacity, writer.end) = (file, capacity, frame::HEAD_BYTES);
        sealed.seal();
        writer.synced.sync().map_err(|error| self.end(error))
    }

    pub(super) fn add_key_segment(
        &self,
        writer: &mut Writer,
        slots: u64,
        made: i64,
    ) -> Result<(), StoreError> {
        writer.keys =
            self.keys
                .add_segment(writer.next, slots.max(self.options.key_slots), made)?;
        writer.keys_end = Position(writer.next.0 + self.keys.room(&writer.keys)?);
        writer.keys_made = made;
        Ok(())
    }

    /// Tries once more without the reserve when the disk is full.
    pub(super) fn with_reserve(
        &self,
        may_use_reserve: bool,
        mut make: impl FnMut() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let made = match make() {
            Err(StoreError::DiskFull { .. })
                if may_use_reserve && self.layout.root.remove(RESERVE).is_ok() =>
            {
                make()
            }
            other => other,
        };
        match made {
            Err(
                error @ (StoreError::DiskFull { .. }
                | StoreError::TooLarge { .. }
                | StoreError::Randomness),
            ) => Err(error),
            other => other.map_err(|error| self.end(error)),
        }
    }

    /// Takes the reserve's place on the disk, when it is not taken and there is room. Answers whether it is taken now (or none is wanted).
    pub(super) fn make_reserve(&self) -> bool {
        let bytes = self.options.reserve_bytes;
        let there = self
            .layout
            .root
            .open(RESERVE, OpenAs::Read)
            .and_then(|file| file.len());
        if bytes == 0 || there.is_ok_and(|len| len >= bytes) {
            return true;
        }
        let made = self
            .layout
            .root
            .open(RESERVE, OpenAs::New)
            .and_then(|file| file.preallocate(bytes));
        if made.is_err() {
            let _removed = self.layout.root.remove(RESERVE);
        }
        made.is_ok()
    }

    /// Writes and syncs what was staged, shows it to readers and answers. On an error nobody is told that anything was kept.
    pub(super) fn flush(&self, writer: &mut Writer) -> Result<(), StoreError> {
        let staged = std::mem::take(&mut writer.staged);
        if staged.offsets.is_empty() {
            return Ok(());
        }
        let ended = self.ended.load(Ordering::SeqCst);
        let written = if ended {
            Err(StoreError::Ended)
        } else {
            self.write_out(writer, &staged)
        };
        if let Err(error) = written {
            let mut error = Some(self.end(error));
            for (taken, _) in staged.answers {
                taken.answer(Err(error.take().unwrap_or(StoreError::Ended)));
            }
            return Err(StoreError::Ended);
        }
        writer.next = Position(writer.next.0 + staged.count());
        writer.end += staged.frames.len();
        // Before readers see the record: what it erases can be read by nobody who knows of it.
        if !staged.owed.is_empty() {
            let mut owed = held(&self.owed);
            for (record, keys) in staged.owed {
                owed.add(record, keys);
            }
            drop(owed);
            self.owed_changed.notify_all();
        }
        writer.segment.publish(&staged.offsets, writer.end);
        self.next.store(writer.next.0, Ordering::SeqCst);
        for aside in &staged.asides {
            self.parts.keep(*aside);
        }
        for (taken, appended) in staged.answers {
            taken.answer(Ok(appended));
        }
        Ok(())
    }

    pub(super) fn write_out(&self, writer: &mut Writer, staged: &Staged) -> Result<(), StoreError> {
        self.keys.write(&writer.keys, writer.next, &staged.slots)?;
        if staged.has_parts {
            let (parts, keys) = std::thread::scope(|scope| {
                let keys = scope.spawn(|| self.keys.sync(&writer.keys));
                (
                    self.parts.sync(writer.parts.segment),
                    keys.join().unwrap_or(Err(StoreError::Ended)),
                )
            });
            parts?;
            keys?;
        } else {
            self.keys.sync(&writer.keys)?;
        }
        writer.file.write(&staged.frames, writer.end as u64)?;
        writer.file.sync()?;
        writer.synced.set(Position(writer.next.0 + staged.count()))
    }
}

pub(super) fn add_segment(folder: &Folder, head: &Head, bytes: u64) -> Result<Open, StoreError> {
    let name = segment::name_of(head.first);
    folder.make(&name, &head.write(), bytes)?;
    folder.open(&name, OpenAs::Write)
}

fn may_be_kept(entry: &Entry) -> Result<(), StoreError> {
    entry.check(Position(u64::MAX))?;
    let bytes = record_bytes_max(entry);
    if bytes > RECORD_BYTES_MAX {
        return Err(StoreError::TooLarge {
            what: "record",
            bytes,
            bytes_max: RECORD_BYTES_MAX,
        });
    }
    Ok(())
}

/// Most bytes of an entry's record: numbers in their longest form.
fn record_bytes_max(entry: &Entry) -> usize {
    40 + entry.event.len() + 64 * entry.parts.len() + 12 * entry.erases.len()
}
