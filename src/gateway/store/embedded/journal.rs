//! The journal on a disk: segments of records, beside them parts and keys. One commit takes in every group that waits: parts and keys are
//! written and synced side by side, then the journal, then the answers go out. Segments are made only between commits, so a full disk
//! shows before anything of a group is written.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};

use super::bytes::size;
use super::cipher::{open_part, seal_part, sealed_bytes};
use super::files::{Folder, Open, OpenAs};
use super::frame::{self, Head, Stop, Tail};
use super::keys::{KeySegment, Keys};
use super::mark::Mark;
use super::parts::{self, Cursor, Parts};
use super::segment::{self, Segment};
use super::top::KeyFolder;
use super::{Layout, Options};
use crate::store::memory::whole_microseconds;
use crate::store::record::{Body, CHAIN_START, chain_hash, encode, event_hash, leaf_hash};
use crate::store::{
    Appended, Entry, Journal, KeyId, Part, PartKind, PartRef, Position, RECORD_BYTES_MAX, Record,
    StoreError,
};

/// How far the clock may be behind the last record.
const CLOCK_BEHIND_MAX: SignedDuration = SignedDuration::from_secs(60);

/// The journal on a disk.
pub struct EmbeddedJournal {
    layout: Layout,
    options: Options,
    segments: RwLock<BTreeMap<Position, Arc<Segment>>>,
    next: AtomicU64,
    parts: Parts,
    keys: Keys,
    waiting: Mutex<Vec<Arc<Waiting>>>,
    writer: Mutex<Writer>,
    /// Held while keys are erased or the top key is changed. Taken before `writer`.
    erasing: Mutex<Erasing>,
    /// Records whose erasures are durable in the journal and not carried out yet.
    owed: Mutex<BTreeSet<Position>>,
    ended: AtomicBool,
    probe: Mutex<Open>,
}

struct Erasing {
    /// Erasures of all records before it were carried out.
    done: Mark,
    key_folder: KeyFolder,
}

/// A group that waits for a commit.
struct Waiting {
    group: Mutex<Vec<Entry>>,
    answer: Mutex<Option<Result<Vec<Appended>, StoreError>>>,
}

struct Writer {
    segment: Arc<Segment>,
    file: Open,
    capacity: usize,
    end: usize,
    next: Position,
    chain: [u8; 32],
    time: i64,
    parts: Cursor,
    keys: Arc<KeySegment>,
    keys_end: Position,
    keys_made: i64,
    /// Everything before it was synced.
    synced: Mark,
    staged: Staged,
}

/// What a commit writes to the journal and the keys, and who waits for it.
#[derive(Default)]
struct Staged {
    frames: Vec<u8>,
    offsets: Vec<u32>,
    slots: Vec<u8>,
    owed: Vec<Position>,
    has_parts: bool,
    answers: Vec<(Arc<Waiting>, Vec<Appended>)>,
}

impl Staged {
    fn count(&self) -> u64 {
        self.offsets.len() as u64
    }
}

impl std::fmt::Debug for EmbeddedJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedJournal")
            .field("next", &self.next())
            .finish_non_exhaustive()
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl EmbeddedJournal {
    /// Makes an empty journal in a folder. Key folder and store file are made after it.
    pub(crate) fn create(layout: &Layout, options: &Options) -> Result<(), StoreError> {
        for folder in [&layout.journal, &layout.parts, &layout.keys] {
            folder.create()?;
        }
        let head = Head {
            first: Position(0),
            chain: CHAIN_START,
            time: i64::MIN,
            parts_segment: Cursor::START.segment,
            parts_offset: Cursor::START.offset,
        };
        add_segment(&layout.journal, &head, options.journal_segment_bytes)?;
        Parts::add_segment(
            &layout.parts,
            Cursor::START.segment,
            options.part_segment_bytes,
        )?;
        Mark::create(&layout.journal, END_MARK)?;
        Mark::create(&layout.keys, ERASED_MARK)
    }

    /// Opens the journal: cuts an unfinished tail, checks that the keys of the last record are there, completes erasures and a change of the top key.
    pub(crate) fn open(
        layout: Layout,
        mut key_folder: KeyFolder,
        options: Options,
        now: Timestamp,
    ) -> Result<EmbeddedJournal, StoreError> {
        layout.journal.remove_unfinished()?;
        let mut segments = BTreeMap::new();
        for first in layout
            .journal
            .list()?
            .iter()
            .filter_map(|name| segment::first_of(name))
        {
            segments.insert(
                first,
                Arc::new(Segment::sealed(first, layout.journal.clone())),
            );
        }
        let Some(first) = segments.keys().next_back().copied() else {
            return Err(StoreError::Damage {
                file: "journal".into(),
                position: Some(Position(0)),
                what: "there is no journal segment",
            });
        };
        let mut synced = Mark::open(&layout.journal, END_MARK)?;
        let file = layout
            .journal
            .open(&segment::name_of(first), OpenAs::Write)?;
        let bytes = file.read_all()?;
        let head = segment::read_head(&bytes, first, &layout.journal)?;
        let tail = frame::walk(&bytes, &head, &mut |_, _| ControlFlow::Continue(()));
        judge_tail(&tail, synced.position(), file.shown())?;
        if let Ok(last) = Timestamp::from_microsecond(tail.time)
            && now < last - CLOCK_BEHIND_MAX
            && tail.next > Position(0)
        {
            return Err(StoreError::ClockBehind { last, now });
        }
        if tail.stop != Stop::Zeros || bytes.iter().skip(tail.end).any(|byte| *byte != 0) {
            file.zero(tail.end as u64, (bytes.len() - tail.end) as u64)?;
            file.sync()?;
        }
        let capacity = bytes.len();
        drop(bytes);
        synced.set(tail.next)?;
        synced.sync()?;
        let parts_at = Cursor {
            segment: tail.parts_segment,
            offset: tail.parts_offset,
        };
        let parts = Parts::open(layout.parts.clone(), parts_at)?;

        key_folder.settle()?;
        layout.keys.remove_unfinished()?;
        let keys = Keys::open(
            layout.keys.clone(),
            key_folder.top()?,
            Arc::clone(&options.randomness),
        )?;
        if key_folder.changing() {
            keys.rewrap(key_folder.top()?)?;
            key_folder.end_change()?;
        }
        keys.clear_from(tail.next)?;
        let key_segment = match keys.last() {
            Some(segment) => segment,
            None if tail.next == Position(0) => {
                keys.add_segment(Position(0), options.key_slots, now.as_microsecond())?
            }
            None => {
                return Err(StoreError::Damage {
                    file: "keys".into(),
                    position: None,
                    what: "there is no key segment",
                });
            }
        };
        if tail.next > Position(0) {
            keys.read(Position(tail.next.0 - 1))?;
        }
        let segment = Arc::new(Segment::open(
            first,
            layout.journal.clone(),
            file.clone(),
            &tail,
        ));
        segments.insert(first, Arc::clone(&segment));
        let done = Mark::open(&layout.keys, ERASED_MARK)?;
        let probe = layout.root.open("probe", OpenAs::New)?;
        let writer = Writer {
            segment,
            file,
            capacity,
            end: tail.end,
            next: tail.next,
            chain: tail.chain,
            time: tail.time,
            parts: parts_at,
            keys_end: Position(key_segment.first.0 + keys.room(&key_segment)?),
            keys_made: keys.made(&key_segment)?,
            keys: key_segment,
            synced,
            staged: Staged::default(),
        };
        let journal = EmbeddedJournal {
            layout,
            options,
            segments: RwLock::new(segments),
            next: AtomicU64::new(tail.next.0),
            parts,
            keys,
            waiting: Mutex::default(),
            writer: Mutex::new(writer),
            erasing: Mutex::new(Erasing { done, key_folder }),
            owed: Mutex::default(),
            ended: AtomicBool::new(false),
            probe: Mutex::new(probe),
        };
        journal.make_reserve();
        journal.complete_erasures()?;
        Ok(journal)
    }

    /// Makes marks durable, so that the next open has little to do. Everything else is durable already.
    pub fn close(&self) -> Result<(), StoreError> {
        held(&self.erasing).done.close()?;
        held(&self.writer).synced.close()
    }

    /// A key of the key folder that the store only guards (named when the store was made).
    /// `Err`: no such key, or its file is missing or another's.
    pub fn guarded_key(&self, name: &str) -> Result<super::Secret, StoreError> {
        held(&self.erasing).key_folder.guarded(name)
    }

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

    fn writer(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        match self.writer.lock() {
            Ok(writer) if !self.ended.load(Ordering::SeqCst) => Ok(writer),
            Ok(_) | Err(_) => Err(StoreError::Ended),
        }
    }

    /// A write or sync failed: nothing is promised any more.
    fn end(&self, error: StoreError) -> StoreError {
        self.ended.store(true, Ordering::SeqCst);
        match error {
            StoreError::Io {
                doing,
                file,
                source,
                ..
            } => StoreError::Io {
                doing,
                file,
                source,
                fatal: true,
            },
            StoreError::DiskFull { bytes } => StoreError::Io {
                doing: "make room for",
                file: format!("{bytes} bytes"),
                source: std::io::ErrorKind::StorageFull.into(),
                fatal: true,
            },
            _ => StoreError::Ended,
        }
    }

    /// Commits every group that waits.
    fn commit(&self, writer: &mut Writer) {
        let waiting = std::mem::take(&mut *held(&self.waiting));
        for one in waiting {
            let group = std::mem::take(&mut *held(&one.group));
            match self.stage(writer, group) {
                Ok(appended) => writer.staged.answers.push((one, appended)),
                Err(error) => *held(&one.answer) = Some(Err(error)),
            }
        }
        if let Err(error) = self.flush(writer) {
            let _ended = self.end(error);
        }
    }

    /// Makes a group ready for the next commit: makes room, seals and writes its parts. Nothing is written when it is refused.
    fn stage(&self, writer: &mut Writer, group: Vec<Entry>) -> Result<Vec<Appended>, StoreError> {
        if self.ended.load(Ordering::SeqCst) {
            return Err(StoreError::Ended);
        }
        let first = Position(writer.next.0 + writer.staged.count());
        for (position, entry) in (first.0..).map(Position).zip(&group) {
            entry.check(position)?;
            let bytes = record_bytes_max(entry);
            if bytes > RECORD_BYTES_MAX {
                return Err(StoreError::TooLarge {
                    what: "record",
                    bytes,
                    bytes_max: RECORD_BYTES_MAX,
                });
            }
        }
        self.make_room(writer, &group)?;

        // After making room the commit may have been written, so positions are counted anew.
        let commit = writer.next;
        let mut position = Position(writer.next.0 + writer.staged.count());
        let (mut time, mut chain, mut cursor) = (writer.time, writer.chain, writer.parts);
        let frames_before = writer.staged.frames.len();
        let (mut frames, mut slots, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
        let (mut sealed_parts, mut appended, mut owed) =
            (Vec::new(), Vec::with_capacity(group.len()), Vec::new());
        let mut record = Vec::new();
        let last = group.len() - 1;
        for (index, entry) in group.into_iter().enumerate() {
            let keys = self.keys.fresh()?;
            self.keys.slot(&writer.keys, position, &keys, &mut slots)?;
            let mut parts = Vec::with_capacity(entry.parts.len());
            for (kind, plain) in entry.parts {
                let sealed = seal_part(keys.key(kind.key()), &keys.salt, kind, &plain)
                    .ok_or(StoreError::Randomness)?;
                let length = sealed.len() as u64;
                let sha256 = crate::store::record::sha256(&[&sealed]);
                parts.push(PartRef {
                    kind,
                    segment: cursor.segment,
                    offset: cursor.offset,
                    length,
                    sha256,
                });
                sealed_parts.push((cursor, sealed));
                cursor.offset += length;
            }
            time = time.max(whole_microseconds(entry.time).as_microsecond());
            let at = Timestamp::from_microsecond(time).unwrap_or(entry.time);
            record.clear();
            encode(
                &Body {
                    position,
                    time: at,
                    event: &entry.event,
                    parts: &parts,
                    erases: &entry.erases,
                },
                &mut record,
            );
            let leaf = leaf_hash(&event_hash(&keys.salt, &record));
            chain = chain_hash(&chain, &leaf, &record);
            let offset = writer.end + frames_before + frames.len();
            offsets.push(u32::try_from(offset).unwrap_or(u32::MAX));
            frame::write(&mut frames, &record, index == last, commit, &leaf, &chain);
            if !entry.erases.is_empty() {
                owed.push(position);
            }
            appended.push(Appended { position, time: at });
            position = position.next();
        }
        for (at, sealed) in &sealed_parts {
            self.parts
                .write(*at, sealed)
                .map_err(|error| self.end(error))?;
        }
        (writer.time, writer.chain, writer.parts) = (time, chain, cursor);
        let staged = &mut writer.staged;
        staged.frames.append(&mut frames);
        staged.offsets.append(&mut offsets);
        staged.slots.append(&mut slots);
        staged.owed.append(&mut owed);
        staged.has_parts |= !sealed_parts.is_empty();
        Ok(appended)
    }

    /// Sees to it that the group fits in the segments that are being written; makes new ones where it does not.
    fn make_room(&self, writer: &mut Writer, group: &[Entry]) -> Result<(), StoreError> {
        let frames: usize = group
            .iter()
            .map(|entry| frame::frame_bytes(record_bytes_max(entry)))
            .sum();
        let parts: u64 = group
            .iter()
            .flat_map(|entry| &entry.parts)
            .map(|(_, plain)| sealed_bytes(plain.len()))
            .sum();
        let frames_fit = writer.end + writer.staged.frames.len() + frames <= writer.capacity;
        let parts_fit = parts == 0 || parts <= self.parts.room(writer.parts)?;
        let slots = writer.staged.count() + group.len() as u64;
        let newest = group
            .iter()
            .map(|entry| entry.time.as_microsecond())
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
        let may_use_reserve = group.iter().all(|entry| {
            entry
                .parts
                .iter()
                .all(|(kind, _)| kind.key() == crate::store::KeyKind::Effect)
        });
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

    fn add_journal_segment(&self, writer: &mut Writer, frames: usize) -> Result<(), StoreError> {
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

    fn add_key_segment(
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
    fn with_reserve(
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
    fn make_reserve(&self) -> bool {
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
    fn flush(&self, writer: &mut Writer) -> Result<(), StoreError> {
        let staged = std::mem::take(&mut writer.staged);
        if staged.offsets.is_empty() {
            return Ok(());
        }
        let written = match self.ended.load(Ordering::SeqCst) {
            true => Err(StoreError::Ended),
            false => self.write_out(writer, &staged),
        };
        if let Err(error) = written {
            let mut error = Some(self.end(error));
            for (waiting, _) in staged.answers {
                *held(&waiting.answer) = Some(Err(error.take().unwrap_or(StoreError::Ended)));
            }
            return Err(StoreError::Ended);
        }
        writer.next = Position(writer.next.0 + staged.count());
        writer.end += staged.frames.len();
        held(&self.owed).extend(staged.owed.iter().copied());
        writer.segment.publish(&staged.offsets, writer.end);
        self.next.store(writer.next.0, Ordering::SeqCst);
        for (waiting, appended) in staged.answers {
            *held(&waiting.answer) = Some(Ok(appended));
        }
        Ok(())
    }

    fn write_out(&self, writer: &mut Writer, staged: &Staged) -> Result<(), StoreError> {
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

    /// Carries out the erasures of records that are durable.
    fn carry_out(&self, records: &[Position], keys: &[KeyId]) -> Result<(), StoreError> {
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
    fn complete_erasures(&self) -> Result<(), StoreError> {
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

/// File of the end mark in the journal folder: everything before it was synced.
pub(crate) const END_MARK: &str = "end";
/// File of the erasure mark in the folder of keys: erasures of everything before it were carried out.
pub(crate) const ERASED_MARK: &str = "erased";
/// File that holds a place on the disk for what must go on when the disk is full.
pub(crate) const RESERVE: &str = "reserve";

/// Whether the end of the last segment is an unfinished commit (`Ok`) or damage; the rule stands at [`frame`].
pub(crate) fn judge_tail(tail: &Tail, synced: Position, file: &str) -> Result<(), StoreError> {
    let damage = |what| {
        Err(StoreError::Damage {
            file: file.to_owned(),
            position: Some(tail.next),
            what,
        })
    };
    if tail.next < synced {
        return damage("the record is not as it was written, and it was synced");
    }
    match tail.stop {
        Stop::Before(_) => damage("the record is not as it was written, and later ones follow"),
        Stop::Zeros | Stop::Unfinished | Stop::Enough => Ok(()),
    }
}

fn add_segment(folder: &Folder, head: &Head, bytes: u64) -> Result<Open, StoreError> {
    let name = segment::name_of(head.first);
    let new = format!("{name}.new");
    let file = folder.open(&new, OpenAs::New)?;
    file.preallocate(bytes)?;
    file.write(&head.write(), 0)?;
    file.sync()?;
    folder.rename(&new, &name)?;
    folder.sync()?;
    folder.open(&name, OpenAs::Write)
}

/// Most bytes of an entry's record: numbers in their longest form.
fn record_bytes_max(entry: &Entry) -> usize {
    40 + entry.event.len() + 64 * entry.parts.len() + 12 * entry.erases.len()
}

impl Journal for EmbeddedJournal {
    fn append(&self, group: Vec<Entry>) -> Result<Vec<Appended>, StoreError> {
        if group.is_empty() {
            return Ok(Vec::new());
        }
        let erases: Vec<KeyId> = group
            .iter()
            .flat_map(|entry| &entry.erases)
            .copied()
            .collect();
        let erasing: Vec<bool> = group.iter().map(|entry| !entry.erases.is_empty()).collect();
        let own = Arc::new(Waiting {
            group: Mutex::new(group),
            answer: Mutex::default(),
        });
        held(&self.waiting).push(Arc::clone(&own));
        {
            let mut writer = self.writer.lock().map_err(|_| StoreError::Ended)?;
            if held(&own.answer).is_none() {
                self.commit(&mut writer);
            }
        }
        let appended = held(&own.answer).take().unwrap_or(Err(StoreError::Ended))?;
        if !erases.is_empty() {
            let records: Vec<Position> = appended
                .iter()
                .zip(erasing)
                .filter(|(_, erasing)| *erasing)
                .map(|(appended, _)| appended.position)
                .collect();
            self.carry_out(&records, &erases)
                .map_err(|error| self.end(error))?;
        }
        Ok(appended)
    }

    fn next(&self) -> Position {
        Position(self.next.load(Ordering::SeqCst))
    }

    fn read(&self, position: Position) -> Result<Record, StoreError> {
        self.read_from(position, 1)?
            .pop()
            .ok_or(StoreError::NoRecord { position })
    }

    fn read_from(&self, position: Position, limit: usize) -> Result<Vec<Record>, StoreError> {
        let next = self.next();
        let mut records: Vec<Record> = Vec::new();
        let mut at = position;
        while at < next && records.len() < limit {
            let (segment, after) = {
                let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
                let segment = segments
                    .range(..=at)
                    .next_back()
                    .map(|(_, segment)| Arc::clone(segment));
                (
                    segment,
                    segments.range(at.next()..).next().map(|(first, _)| *first),
                )
            };
            let until = after.unwrap_or(next).min(next);
            let wanted = size(until.0 - at.0).min(limit - records.len());
            let found = match &segment {
                Some(segment) => segment.read(at, wanted),
                None => Err(StoreError::Damage {
                    file: "journal".into(),
                    position: Some(at),
                    what: "the segment is missing",
                }),
            };
            match found {
                Ok(found) if !found.is_empty() => records.extend(found.into_iter().take(wanted)),
                Ok(_) | Err(_) if !records.is_empty() => break,
                Ok(_) => {
                    return Err(StoreError::Damage {
                        file: "journal".into(),
                        position: Some(at),
                        what: "the record is missing",
                    });
                }
                Err(error) => return Err(error),
            }
            at = Position(position.0 + records.len() as u64);
        }
        Ok(records)
    }

    fn part(&self, record: &Record, kind: PartKind) -> Result<Option<Part>, StoreError> {
        let Some(part) = record.part(kind) else {
            return Ok(None);
        };
        let key_of = || self.keys.read(record.position);
        let slot = key_of()?;
        let Some(keys) = slot.for_key(kind.key()) else {
            return Ok(Some(Part::Erased));
        };
        let opened = self.parts.read(part, record.position).and_then(|sealed| {
            open_part(keys.key(kind.key()), &keys.salt, kind, sealed).ok_or_else(|| {
                StoreError::Damage {
                    file: format!("parts/{}", parts::name_of(part.segment)),
                    position: Some(record.position),
                    what: "the part does not open with its key",
                }
            })
        });
        match opened {
            Ok(plain) => Ok(Some(Part::Whole(plain))),
            // It may have been erased since the key was read.
            Err(error) => match key_of()?.for_key(kind.key()) {
                Some(_) => Err(error),
                None => Ok(Some(Part::Erased)),
            },
        }
    }

    fn probe(&self) -> Result<(), StoreError> {
        let probe = held(&self.probe);
        probe.write(&self.next().0.to_be_bytes(), 0)?;
        probe.sync()
    }

    fn free_bytes(&self) -> Result<u64, StoreError> {
        self.layout.root.free_bytes()
    }
}
