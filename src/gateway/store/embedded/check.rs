//! Reads every byte of journal, parts and keys and names what is not as it was written: file and record. It changes nothing and hands out no content.
//! Views are not looked at: they can be made again from what is checked here.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::Layout;
use super::bytes::size;
use super::cipher::open_part;
use super::files::{Disk, Files, Folder, Open, OpenAs};
use super::frame::{self, Frame, Head, Tail};
use super::grounds::Grounds;
use super::journal::{END_MARK, ERASED_MARK};
use super::keys::{self, Keys};
use super::mark::Mark;
use super::parts::{self, Cursor};
use super::segment;
use super::slot::{HeadCopy, SLOT_BYTES, SLOTS_AT, Slot, heads};
use super::top::{KeyFolder, STORE_FILE, SystemRandomness};
use crate::store::record::{CHAIN_START, event_hash, leaf_hash, sha256};
use crate::store::{KeyKind, PartRef, Position, Record, StoreError};

/// Most damages that are kept; the rest is counted.
const DAMAGES_MAX: usize = 1_000;

/// One place that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// File, relative to the data folder.
    pub file: String,
    /// The record it belongs to, where that is known.
    pub position: Option<Position>,
    /// What does not fit.
    pub what: &'static str,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Good records.
    pub records: u64,
    /// Good parts that can be read.
    pub parts: u64,
    /// Parts whose key is gone.
    pub parts_erased: u64,
    /// Keys that records erased and that still stand in the files, because there was no room or no time: the next open makes them go.
    pub erasures_owed: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Whether writes were under way when the store was last open: the next open clears what they left.
    pub unfinished: bool,
    /// Damage, in the order found.
    pub damages: Vec<Damage>,
    /// Damages that are not in the list.
    pub more_damages: u64,
}

impl Report {
    /// Whether nothing is damaged.
    pub fn is_sound(&self) -> bool {
        self.damages.is_empty()
    }

    pub(super) fn damage(&mut self, file: String, position: Option<Position>, what: &'static str) {
        if self.damages.len() < DAMAGES_MAX {
            self.damages.push(Damage {
                file,
                position,
                what,
            });
        } else {
            self.more_damages += 1;
        }
    }

    /// Takes damage into the list; other errors mean that the check cannot be done.
    fn take(&mut self, error: StoreError) -> Result<(), StoreError> {
        let StoreError::Damage {
            file,
            position,
            what,
        } = error
        else {
            return Err(error);
        };
        self.damage(file, position, what);
        Ok(())
    }
}

/// How far a check is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Bytes read.
    pub bytes: u64,
    /// Bytes there are.
    pub bytes_all: u64,
}

/// The SHA-256 of what is to be kept of the grounds that an event names.
pub type Names<'n> = &'n dyn Fn(&[u8]) -> Vec<[u8; 32]>;

/// Checks the store as [`check_named`] does, of events that name no grounds.
pub fn check(
    data: &Path,
    keys: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, StoreError> {
    check_named(data, keys, &|_| Vec::new(), progress)
}

/// Checks the store in a data folder that no process has open. `names` says of an event which grounds it names: they must be there. `Err`: it cannot be checked at all (no store, in use, keys missing or wrong, unreadable).
pub fn check_named(
    data: &Path,
    keys: &Path,
    names: Names<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, StoreError> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    let layout = Layout::new(&files, data, keys);
    if layout.root.read(STORE_FILE)?.is_none() {
        return Err(StoreError::NoStore {
            folder: data.display().to_string(),
        });
    }
    let _lock = layout.root.lock("lock")?;
    check_all(layout, names, progress)
}

/// The same, of records that name no grounds.
#[cfg(test)]
pub(super) fn check_layout(
    layout: Layout,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, StoreError> {
    check_all(layout, &|_| Vec::new(), progress)
}

fn check_all(
    layout: Layout,
    names: Names<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let grounds = Grounds::of(&layout.root);
    let key_folder = match KeyFolder::open(layout.root.clone(), layout.top.clone()) {
        Ok(key_folder) => key_folder,
        Err(error) => return report.take(error).map(|()| report),
    };
    let keys = Keys::open(
        layout.keys.clone(),
        key_folder.top()?,
        Arc::new(SystemRandomness),
    )?;
    let changing = key_folder.changing();
    let mut check = Check {
        report,
        layout,
        keys,
        changing,
        synced: Position(0),
        clean: false,
        carried_out: Position(0),
        erased: Vec::new(),
        owed: BTreeMap::new(),
        held: Vec::new(),
        slots: Slots::default(),
        cursor: Cursor::START,
        part_file: None,
        of_one: BTreeMap::new(),
        names,
        named: BTreeMap::new(),
        bytes_all: 0,
        progress,
    };
    check.all()?;
    let Check {
        mut report, named, ..
    } = check;
    grounds.check(&named, &mut report)?;
    Ok(report)
}

/// Slots of the key segment that was read last.
#[derive(Default)]
struct Slots {
    from: Position,
    until: Position,
    all: Vec<Option<Slot>>,
}

struct Check<'p> {
    report: Report,
    layout: Layout,
    keys: Keys,
    /// Whether a change of the top key is under way.
    changing: bool,
    synced: Position,
    clean: bool,
    /// Erasures of all records before it were carried out.
    carried_out: Position,
    /// For each record the keys that later records erased, as bits.
    erased: Vec<u8>,
    /// The same of records whose erasures may not be carried out yet.
    owed: BTreeMap<usize, u8>,
    /// For each record the keys its slot still holds.
    held: Vec<u8>,
    slots: Slots,
    /// After the last part that a record names.
    cursor: Cursor,
    part_file: Option<(u32, Open)>,
    /// Names of the segments with one part, and whether a record named it.
    of_one: BTreeMap<u32, (String, bool)>,
    names: Names<'p>,
    /// Grounds that records name, and the first that does.
    named: BTreeMap<[u8; 32], Position>,
    bytes_all: u64,
    progress: &'p mut dyn FnMut(Progress),
}

fn bit(kind: KeyKind) -> u8 {
    1 << kind.number()
}

impl Check<'_> {
    fn all(&mut self) -> Result<(), StoreError> {
        for folder in [&self.layout.journal, &self.layout.parts, &self.layout.keys] {
            for name in folder.list()? {
                self.bytes_all += folder.open(&name, OpenAs::Read)?.len()?;
            }
        }
        for name in self.layout.parts.list()? {
            let number =
                parts::number_of(&name).or(parts::aside_of(&name).map(|(number, _)| number));
            if let Some(number) = number.filter(|number| parts::is_of_one(*number)) {
                self.of_one.insert(number, (name, false));
            }
        }
        self.marks()?;
        let next = self.journal()?;
        self.end_of_parts()?;
        self.unnamed_of_one();
        self.key_segments(next)?;
        for (position, (erased, held)) in self.erased.iter().zip(&self.held).enumerate() {
            if erased & held != 0 {
                let position = Position(position as u64);
                self.report.damage(
                    "keys".into(),
                    Some(position),
                    "a key is there although a record erased it",
                );
            }
        }
        for (index, owed) in &self.owed {
            let there = self.held.get(*index).map_or(0, |held| held & owed);
            self.report.erasures_owed += u64::from(there.count_ones());
        }
        Ok(())
    }

    fn went(&mut self, bytes: u64) {
        self.report.bytes += bytes;
        (self.progress)(Progress {
            bytes: self.report.bytes,
            bytes_all: self.bytes_all.max(self.report.bytes),
        });
    }

    fn marks(&mut self) -> Result<(), StoreError> {
        for (folder, name) in [
            (self.layout.journal.clone(), END_MARK),
            (self.layout.keys.clone(), ERASED_MARK),
        ] {
            let bytes = folder.read(name)?.unwrap_or_default();
            self.went(bytes.len() as u64);
            let parsed = Mark::parse(&bytes);
            if parsed.is_none_or(|(_, _, whole)| !whole) {
                self.report.damage(
                    folder.shown(name),
                    None,
                    "the mark is not as it was written",
                );
            }
            match parsed {
                Some((position, clean, _)) if name == END_MARK => {
                    (self.synced, self.clean) = (position, clean);
                }
                Some((position, ..)) => self.carried_out = position,
                None => {}
            }
        }
        self.report.unfinished = !self.clean;
        Ok(())
    }

    /// Walks all segments; the answer is the position after the last good record.
    fn journal(&mut self) -> Result<Position, StoreError> {
        let folder = self.layout.journal.clone();
        let firsts: Vec<Position> = folder
            .list()?
            .iter()
            .filter_map(|name| segment::first_of(name))
            .collect();
        let mut before = Tail::before(&Head {
            first: Position(0),
            chain: CHAIN_START,
            time: i64::MIN,
            parts_segment: Cursor::START.segment,
            parts_offset: Cursor::START.offset,
        });
        if firsts.is_empty() {
            self.report.damage(
                "journal".into(),
                Some(Position(0)),
                "there is no journal segment",
            );
        }
        for (index, first) in firsts.iter().enumerate() {
            before = self.segment(&folder, *first, firsts.get(index + 1).copied(), &before)?;
        }
        Ok(before.next)
    }

    fn segment(
        &mut self,
        folder: &Folder,
        first: Position,
        after: Option<Position>,
        before: &Tail,
    ) -> Result<Tail, StoreError> {
        let file = folder.shown(&segment::name_of(first));
        let bytes = folder
            .open(&segment::name_of(first), OpenAs::Read)?
            .read_all()?;
        let mut tail = before.clone();
        tail.offsets.clear();
        tail.end = frame::HEAD_BYTES;
        match segment::read_head(&bytes, first, folder) {
            Ok(head) => {
                let expected = Head {
                    first: before.next,
                    chain: before.chain,
                    time: before.time,
                    parts_segment: before.parts_segment,
                    parts_offset: before.parts_offset,
                };
                // The next part may come in a new part segment already.
                if (Head {
                    parts_segment: 0,
                    parts_offset: 0,
                    ..head
                }) != (Head {
                    parts_segment: 0,
                    parts_offset: 0,
                    ..expected
                }) {
                    self.report.damage(
                        file.clone(),
                        Some(first),
                        "the segment does not follow the one before",
                    );
                    tail = Tail::before(&head);
                }
            }
            Err(error) => self.report.take(error)?,
        }
        let mut group: Vec<(Record, Vec<u8>)> = Vec::new();
        loop {
            let rest = bytes.get(tail.end..).unwrap_or_default();
            let at = tail.end;
            if let Some(found) = frame::read(rest) {
                self.take_frame(&file, &mut tail, &found, at, &mut group)?;
            } else if let Some((offset, found)) = frame::frames_from(&bytes, at + 1).next() {
                if after.is_none()
                    && found.commit <= tail.next
                    && tail.next >= self.synced
                    && !self.clean
                {
                    break;
                }
                self.report.damage(
                    file.clone(),
                    Some(tail.next),
                    "the record is not as it was written",
                );
                group.clear();
                self.take_frame(&file, &mut tail, &found, offset, &mut group)?;
            } else {
                break;
            }
        }
        let expected = after.unwrap_or(self.synced);
        match group.first() {
            // The group was whole once: its missing record is named below, the others are good.
            Some((record, _)) if record.position < expected => {
                for (record, bytes) in &group {
                    self.record(record, bytes)?;
                }
            }
            Some((record, _)) => tail.next = record.position,
            None => {}
        }
        let rest_is_zero = bytes
            .get(tail.end..)
            .unwrap_or_default()
            .iter()
            .all(|byte| *byte == 0);
        if tail.next < expected {
            self.report.damage(
                file.clone(),
                Some(tail.next),
                "the record is not as it was written",
            );
            tail.next = expected;
        } else if !rest_is_zero && (after.is_some() || self.clean) {
            self.report
                .damage(file, None, "there are bytes after the last record");
        }
        self.index(folder, first, &tail)?;
        self.went(bytes.len() as u64);
        Ok(tail)
    }

    fn take_frame(
        &mut self,
        file: &str,
        tail: &mut Tail,
        found: &Frame<'_>,
        offset: usize,
        group: &mut Vec<(Record, Vec<u8>)>,
    ) -> Result<(), StoreError> {
        if tail.follow(found, offset).is_none() {
            self.report.damage(
                file.to_owned(),
                Some(found.record.position),
                "the record does not follow the one before",
            );
            tail.go_on_after(found, offset);
        }
        group.push((found.record.clone(), found.bytes.to_vec()));
        if found.last_of_group {
            for (record, bytes) in std::mem::take(group) {
                self.record(&record, &bytes)?;
            }
        }
        Ok(())
    }

    fn index(&mut self, folder: &Folder, first: Position, tail: &Tail) -> Result<(), StoreError> {
        let name = segment::index_name_of(first);
        let Some(bytes) = folder.read(&name)? else {
            return Ok(());
        };
        self.went(bytes.len() as u64);
        let expected =
            segment::index_bytes(&tail.offsets, u32::try_from(tail.end).unwrap_or(u32::MAX));
        if bytes != expected && self.clean {
            self.report.damage(
                folder.shown(&name),
                None,
                "the index does not fit its segment (it is made again when it is used)",
            );
        }
        Ok(())
    }

    fn record(&mut self, record: &Record, bytes: &[u8]) -> Result<(), StoreError> {
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
        let mut held = 0;
        for kind in [KeyKind::Content, KeyKind::Effect] {
            held |= if slot.for_key(kind).is_some() {
                bit(kind)
            } else {
                0
            };
        }
        if let Some(own) = self.held.get_mut(index) {
            *own = held;
        }
        if let Some(salt) = slot.salt()
            && leaf_hash(&event_hash(salt, bytes)) != record.leaf
        {
            self.report.damage(
                "journal".into(),
                Some(record.position),
                "the leaf does not fit record and salt",
            );
        }
        for (part, sealed) in record.parts.iter().zip(sealed) {
            let Some(sealed) = sealed else { continue };
            let what = match slot.for_key(part.kind.key()) {
                None => {
                    self.report.parts_erased += 1;
                    (self.clean && sealed.iter().any(|byte| *byte != 0))
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

    /// Index of a record's slot in the slots at hand. Damaged slots are reported with their segment.
    fn slot(&mut self, position: Position) -> Result<Option<usize>, StoreError> {
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

    /// The stored bytes of a part. Parts follow each other without gaps, so what stands between them is looked at as well.
    fn part_bytes(
        &mut self,
        part: &PartRef,
        position: Position,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if parts::is_of_one(part.segment) {
            return self.part_of_one(part, position);
        }
        if part.segment > self.cursor.segment {
            self.end_of_segment(true)?;
            for skipped in self.cursor.segment + 1..part.segment {
                self.cursor = Cursor {
                    segment: skipped,
                    ..Cursor::START
                };
                self.end_of_segment(true)?;
            }
            self.cursor = Cursor {
                segment: part.segment,
                ..Cursor::START
            };
        }
        let after = part.offset.saturating_add(part.length);
        let file = match self.part_file(part.segment) {
            Ok(file) => file,
            Err(error) => {
                self.report.take(error.at(position))?;
                return Ok(None);
            }
        };
        let shown = file.shown().to_owned();
        if (part.segment, part.offset) != (self.cursor.segment, self.cursor.offset) {
            self.report.damage(
                shown.clone(),
                Some(position),
                "there are bytes that no record names",
            );
        }
        if after >= self.cursor.offset {
            self.cursor.offset = after;
        }
        if after > file.len()? {
            self.report
                .damage(shown, Some(position), "the file is cut short");
            return Ok(None);
        }
        let mut sealed = vec![0; size(part.length)];
        file.read(&mut sealed, part.offset)?;
        self.went(part.length);
        Ok(Some(sealed))
    }

    /// The stored bytes of a part that has a segment of its own.
    fn part_of_one(
        &mut self,
        part: &PartRef,
        position: Position,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let name = match self.of_one.get_mut(&part.segment) {
            Some((name, named)) => {
                *named = true;
                name.clone()
            }
            None => parts::name_of(part.segment),
        };
        let bytes = match self.layout.parts.open(&name, OpenAs::Read) {
            Ok(file) => file.read_all()?,
            Err(error) => return self.report.take(error.at(position)).map(|()| None),
        };
        self.went(bytes.len() as u64);
        let shown = self.layout.parts.shown(&name);
        if parts::read_head(&bytes) != Some(part.segment) {
            let what = "the head is not as it was written";
            self.report.damage(shown.clone(), Some(position), what);
        }
        let sealed = bytes.get(parts::HEAD_BYTES..).unwrap_or_default();
        let length = sealed.len() as u64;
        if part.offset != parts::HEAD_BYTES as u64 || length != part.length {
            let what = if length < part.length {
                "the file is cut short"
            } else {
                "there are bytes that no record names"
            };
            self.report.damage(shown, Some(position), what);
            return Ok(None);
        }
        Ok(Some(sealed.to_vec()))
    }

    /// Segments with one part that no record names: what was set aside and never promised is removed by the next open.
    fn unnamed_of_one(&mut self) {
        let names = self.of_one.values().filter(|(_, named)| !named);
        for (name, _) in names {
            if self.clean || parts::number_of(name).is_some() {
                let shown = self.layout.parts.shown(name);
                self.report
                    .damage(shown, None, "there are bytes that no record names");
            }
        }
    }

    fn part_file(&mut self, segment: u32) -> Result<Open, StoreError> {
        if let Some((open, file)) = &self.part_file
            && *open == segment
        {
            return Ok(file.clone());
        }
        let file = self
            .layout
            .parts
            .open(&parts::name_of(segment), OpenAs::Read)?;
        self.part_file = Some((segment, file.clone()));
        Ok(file)
    }

    /// Looks at the head of a part segment and at what stands after its last part.
    fn end_of_segment(&mut self, sealed: bool) -> Result<(), StoreError> {
        let Cursor { segment, offset } = self.cursor;
        let file = match self.part_file(segment) {
            Ok(file) => file,
            Err(error) => return self.report.take(error),
        };
        let mut head = vec![0; parts::HEAD_BYTES];
        let read = file.read(&mut head, 0);
        if let Err(error) = read {
            return self.report.take(error);
        }
        if parts::read_head(&head) != Some(segment) {
            self.report.damage(
                file.shown().to_owned(),
                None,
                "the head is not as it was written",
            );
        }
        if (sealed || self.clean) && !parts::zero_from(&file, offset)? {
            self.report.damage(
                file.shown().to_owned(),
                None,
                "there are bytes after the last part",
            );
        }
        self.went(file.len()?.saturating_sub(offset) + parts::HEAD_BYTES as u64);
        Ok(())
    }

    fn end_of_parts(&mut self) -> Result<(), StoreError> {
        let last = self
            .layout
            .parts
            .list()?
            .iter()
            .filter_map(|name| parts::number_of(name))
            .filter(|number| !parts::is_of_one(*number))
            .max()
            .unwrap_or(0);
        // A segment may have been made for a part that never came.
        self.end_of_segment(last > self.cursor.segment && self.clean)?;
        while self.cursor.segment < last && self.clean {
            self.cursor = Cursor {
                segment: self.cursor.segment + 1,
                ..Cursor::START
            };
            self.end_of_segment(false)?;
        }
        Ok(())
    }

    fn key_segments(&mut self, next: Position) -> Result<(), StoreError> {
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
