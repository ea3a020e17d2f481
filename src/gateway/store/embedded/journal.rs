//! The journal on a disk: segments of records, beside them parts and keys. One commit takes in every group that waits: parts and keys are
//! written and synced side by side, then the journal, then the answers go out. Segments are made only between commits, so a full disk
//! shows before anything of a group is written.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use knooppunt_proof::Salt;

use super::bytes::size;
use super::cipher::open_part;
use super::erasure::{Erasing, Owed};
use super::files::{Folder, Open, OpenAs};
use super::frame::{self, Head, Stop, Tail};
use super::keys::Keys;
use super::mark::Mark;
use super::parts::{self, Cursor, Parts};
use super::queue::Queue;
use super::segment::{self, Segment};
use super::top::KeyFolder;
use super::verify::Through;
use super::writer::{Staged, Writer, add_segment};
use super::{Layout, Options};
use crate::store::record::CHAIN_START;
use crate::store::{
    Appended, Aside, Entry, Journal, KeyId, KeyKind, Part, PartKind, Position, Record, SetAside,
    StoreError,
};

/// How far the clock may be behind the last record.
const CLOCK_BEHIND_MAX: SignedDuration = SignedDuration::from_secs(60);

/// The journal on a disk.
pub struct EmbeddedJournal {
    pub(super) layout: Layout,
    pub(super) options: Options,
    pub(super) segments: RwLock<BTreeMap<Position, Arc<Segment>>>,
    pub(super) next: AtomicU64,
    pub(super) parts: Parts,
    pub(super) keys: Keys,
    pub(super) queue: Queue,
    pub(super) writer: Mutex<Writer>,
    /// Held while keys are erased or the top key is changed. Taken before `writer`.
    pub(super) erasing: Mutex<Erasing>,
    pub(super) owed: Mutex<Owed>,
    /// Told when something is owed, or the thread that carries it out should end.
    pub(super) owed_changed: Condvar,
    pub(super) ended: AtomicBool,
    /// Opened by the first probe that finds room for it.
    pub(super) probe: Mutex<Option<Open>>,
    pub(super) through: Through,
}

impl std::fmt::Debug for EmbeddedJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedJournal")
            .field("next", &self.next())
            .finish_non_exhaustive()
    }
}

pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
        for folder in [&layout.root, &layout.journal, &layout.top] {
            folder.remove_unfinished()?;
        }
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
            && tail.next > Position(0)
        {
            judge_clock(last, now)?;
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
        // Without room for it the first probe that finds some makes it.
        let probe = probe_file(&layout.root).ok();
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
            queue: Queue::default(),
            writer: Mutex::new(writer),
            erasing: Mutex::new(Erasing { done, key_folder }),
            owed: Mutex::default(),
            owed_changed: Condvar::new(),
            ended: AtomicBool::new(false),
            probe: Mutex::new(probe),
            through: Through::default(),
        };
        journal.parts.settle(|from| journal.named_of_one(from))?;
        journal.make_reserve();
        journal.complete_erasures()?;
        Ok(journal)
    }

    /// Segments with one part that records from a position on name; `None` when a damaged record is among them.
    fn named_of_one(&self, from: Position) -> Result<Option<BTreeSet<u32>>, StoreError> {
        let mut named = BTreeSet::new();
        let mut at = from;
        loop {
            let records = match self.read_from(at, 1_000) {
                Err(StoreError::Damage { .. }) => return Ok(None),
                records => records?,
            };
            let Some(last) = records.last() else {
                return Ok(Some(named));
            };
            at = last.position.next();
            let parts = records.iter().flat_map(|record| &record.parts);
            let segments = parts.map(|part| part.segment);
            named.extend(segments.filter(|segment| parts::is_of_one(*segment)));
        }
    }

    /// Carries out what is owed to be erased and makes marks durable, so that the next open has little to do. Records are durable already.
    /// Erasures for which there is no room stay owed, and the next open tries them again.
    pub fn close(&self) -> Result<(), StoreError> {
        match self.carry_out_erasures() {
            // Not a clean end: something is under way.
            Err(StoreError::DiskFull { .. } | StoreError::Randomness) => return Ok(()),
            other => other?,
        }
        held(&self.erasing).done.close()?;
        held(&self.writer).synced.close()
    }

    /// A key of the key folder that the store only guards (named when the store was made).
    /// `Err`: no such key, or its file is missing or another's.
    pub fn guarded_key(&self, name: &str) -> Result<super::Secret, StoreError> {
        held(&self.erasing).key_folder.guarded(name)
    }

    /// The same; a store that never had the key gets it, made anew. For what began after the store was made.
    /// `Err`: also when a file of its name is there already, which then is of a later time or of another store.
    pub fn guarded_key_or_new(&self, name: &str) -> Result<super::Secret, StoreError> {
        let random = &*self.options.randomness;
        held(&self.erasing).key_folder.guarded_or_new(name, random)
    }

    pub(super) fn writer(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        match self.writer.lock() {
            Ok(writer) if !self.ended.load(Ordering::SeqCst) => Ok(writer),
            Ok(_) | Err(_) => Err(StoreError::Ended),
        }
    }

    /// A write or sync failed: nothing is promised any more.
    pub(super) fn end(&self, error: StoreError) -> StoreError {
        self.ended.store(true, Ordering::SeqCst);
        if let StoreError::Io {
            doing,
            file,
            source,
            ..
        } = error
        {
            return StoreError::Io {
                doing,
                file,
                source,
                fatal: true,
            };
        }
        if let StoreError::DiskFull { bytes } = error {
            let (doing, file) = ("make room for", format!("{bytes} bytes"));
            let source = std::io::ErrorKind::StorageFull.into();
            return StoreError::Io {
                doing,
                file,
                source,
                fatal: true,
            };
        }
        StoreError::Ended
    }
}

/// File that a probe writes.
const PROBE: &str = "probe";
/// Its size: a whole block, so that it is there before the disk is full.
const PROBE_BYTES: u64 = 4096;
/// File of the end mark in the journal folder: everything before it was synced.
pub(crate) const END_MARK: &str = "end";
/// File of the erasure mark in the folder of keys: erasures of everything before it were carried out.
pub(crate) const ERASED_MARK: &str = "erased";
/// Opens the file that a probe writes; makes it when it is not there or was made without its place. `Err`: among others no room for it.
fn probe_file(root: &Folder) -> Result<Open, StoreError> {
    if root.list()?.iter().any(|name| name == PROBE) {
        let file = root.open(PROBE, OpenAs::Write)?;
        if file.len()? >= PROBE_BYTES {
            return Ok(file);
        }
    }
    root.make(PROBE, &[], PROBE_BYTES)?;
    root.open(PROBE, OpenAs::Write)
}

/// Err: the clock is more than a minute behind the last record.
pub(crate) fn judge_clock(last: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    if now < last - CLOCK_BEHIND_MAX {
        return Err(StoreError::ClockBehind { last, now });
    }
    Ok(())
}

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

impl Journal for EmbeddedJournal {
    fn append(&self, group: Vec<Entry>) -> Result<Vec<Appended>, StoreError> {
        self.append_set_aside(group.into_iter().map(SetAside::from).collect())
    }

    fn set_aside(&self, entry: Entry) -> Result<SetAside, StoreError> {
        let mut prepared = self.prepare(vec![entry.into()])?;
        let prepared = prepared.pop().ok_or(StoreError::Ended)?;
        Ok(SetAside(Aside::Prepared(Box::new(prepared))))
    }

    fn append_set_aside(&self, group: Vec<SetAside>) -> Result<Vec<Appended>, StoreError> {
        if group.is_empty() {
            return Ok(Vec::new());
        }
        let (own, lead) = self.queue.wait(self.prepare(group)?);
        if lead.is_some() {
            let mut writer = held(&self.writer);
            let committed = catch_unwind(AssertUnwindSafe(|| self.commit(&mut writer)));
            if let Err(panic) = committed {
                // A bug: nothing more is promised, and who waits is told so by being dropped.
                self.ended.store(true, Ordering::SeqCst);
                writer.staged = Staged::default();
                drop(self.queue.take());
                drop(writer);
                resume_unwind(panic);
            }
        }
        drop(lead);
        own.answer().unwrap_or(Err(StoreError::Ended))
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

    fn salt(&self, position: Position) -> Result<Option<Salt>, StoreError> {
        if position >= self.next() {
            return Err(StoreError::NoRecord { position });
        }
        // Before the slot is read, as of a part.
        let owed = [KeyKind::Content, KeyKind::Effect].map(|kind| {
            let key = KeyId { position, kind };
            (kind, held(&self.owed).has(key))
        });
        let slot = self.keys.read(position)?;
        let is_kept = |(kind, owed): &(KeyKind, bool)| !owed && slot.for_key(*kind).is_some();
        let salt = slot.salt().filter(|_| owed.iter().any(is_kept));
        let weak = |_| StoreError::Damage {
            file: "keys".into(),
            position: Some(position),
            what: "the salt is none",
        };
        salt.map(|salt| Salt::new(*salt).map_err(weak)).transpose()
    }

    fn part(&self, record: &Record, kind: PartKind) -> Result<Option<Part>, StoreError> {
        let Some(part) = record.part(kind) else {
            return Ok(None);
        };
        let key = KeyId {
            position: record.position,
            kind: kind.key(),
        };
        // Before the key is looked for: what is owed is gone for who reads, whether it was carried out or not.
        if held(&self.owed).has(key) {
            return Ok(Some(Part::Erased));
        }
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

    fn verify(&self, position: Position) -> Result<u64, StoreError> {
        self.verify_whole(position)
    }

    fn probe(&self) -> Result<(), StoreError> {
        if self.ended.load(Ordering::SeqCst) {
            return Err(StoreError::Ended);
        }
        let mut probe = held(&self.probe);
        let file = match &*probe {
            Some(file) => file.clone(),
            None => probe.insert(probe_file(&self.layout.root)?).clone(),
        };
        // It is written over where it stands, which needs no new place on the disk.
        file.write(&self.next().0.to_be_bytes(), 0)
            .and_then(|()| file.sync())
            .map_err(|error| error.or_full(PROBE_BYTES))
    }

    fn free_bytes(&self) -> Result<u64, StoreError> {
        self.layout.root.free_bytes()
    }
}
