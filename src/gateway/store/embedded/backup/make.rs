//! Making a copy of a store while a gateway may have it open: to one position, with every byte of the copy read and checked before it is called one.
//!
//! Keys are copied after parts: a key is gone before its part is punched out, so whatever part was found punched out has no key in the copy. What the copy of
//! an earlier run has is used again when it has the same content. Until the new manifests stand, those of the run before do, with all their files.

use std::path::Path;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};

use super::cut::{self, Cut, End};
use super::error::BackupError;
use super::manifest::{Filed, Holds, Manifest};
use super::mapped::Mapped;
use super::place::{Place, Put};
use super::{BackedUp, Copies, KeyCopy, Places, log};
use crate::store::embedded::check::{Names, Progress, Report, check_all};
use crate::store::embedded::files::{Disk, Files, Open, OpenAs};
use crate::store::embedded::journal::{END_MARK, ERASED_MARK};
use crate::store::embedded::mark::Mark;
use crate::store::embedded::parts::Cursor;
use crate::store::embedded::top::{KeyFolder, STORE_FILE, StoreFile};
use crate::store::embedded::{Layout, grounds, keys, parts, segment};
use crate::store::{Position, StoreError};

/// How often keys are copied that are wrapped anew meanwhile.
const KEY_TRIES: usize = 3;

/// What is wanted of a copy.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// How long the copy of the keys may be used.
    pub keys_keep: SignedDuration,
    /// Whether what is damaged in the store is copied as it is, and told; otherwise the copy before stays the last one.
    pub accept_damage: bool,
    /// The moment.
    pub now: Timestamp,
}

/// Copies the store in a data folder, whether a gateway has it open or not. `names` says of an event which grounds it names; `progress` is told of bytes read.
/// `Err`: there is no new copy, and the one before is as it was. [`BackupError::damaged`] says whether the store itself is damaged.
pub fn back_up(
    data: &Path,
    keys: &Path,
    places: &Places,
    wanted: &Wanted,
    names: Names<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<BackedUp, BackupError> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    let layout = Layout::new(&files, data, keys);
    back_up_from(&files, &layout, places, wanted, names, progress)
}

/// The same, by whatever files.
pub(in crate::store::embedded) fn back_up_from(
    files: &Arc<dyn Files>,
    layout: &Layout,
    places: &Places,
    wanted: &Wanted,
    names: Names<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<BackedUp, BackupError> {
    layout.is_whole()?;
    let store = store_file(layout)?;
    let id = *store.1.id();
    if store.1.changing() {
        return Err(BackupError::KeyChanging);
    }
    KeyFolder::open(layout.root.clone(), layout.top.clone())?.top()?;
    let (journal, keys) = (
        Place::new(files, &places.journal),
        Place::new(files, &places.keys),
    );
    let _locks = (journal.prepare()?, keys.prepare()?);
    let mut unreadable = Vec::new();
    let before = match journal.manifest() {
        Ok(before) => before,
        Err(StoreError::Damage { file, .. }) => {
            unreadable.push(file);
            None
        }
        Err(error) => return Err(error.into()),
    };
    let key_copies = keys.manifests()?;
    let all = (before.iter()).chain(key_copies.iter().filter_map(|(_, copy)| copy.as_ref().ok()));
    for manifest in all {
        if manifest.store != id {
            let place = if manifest.expires().is_some() {
                &keys
            } else {
                &journal
            };
            return Err(BackupError::OtherStore {
                file: place.shown(),
            });
        }
    }
    // Before it is looked how far the journal goes: what was signed by now is of records that are in it.
    let of_logs = log::kept(&layout.root)?;
    let known = key_copies.iter().filter_map(|(_, copy)| copy.as_ref().ok());
    let known = known.map(|copy| (copy.position, copy.chain)).collect();
    let cut = Cut::of(layout, None, before.as_ref(), &known, names)?;
    let newest = key_copies.iter().map(|(position, _)| *position).max();
    for (place, copied, other) in [
        (
            &journal,
            before.as_ref().map(|before| before.position),
            !cut.follows,
        ),
        (&keys, newest, false),
        (&keys, cut.other, true),
    ] {
        if let Some(copied) = copied.filter(|copied| *copied > cut.position || other) {
            return Err(BackupError::OtherPast {
                folder: place.shown(),
                copied,
                position: cut.position,
            });
        }
    }
    let mut run = Run {
        layout,
        journal: &journal,
        keys: &keys,
        before: before.as_ref(),
        copied: Copies::default(),
        went: 0,
        of: 0,
        progress,
    };
    let mut files_of_journal = run.journal(&cut)?;
    for (name, bytes) in &of_logs {
        files_of_journal.push(journal.put_bytes(name, bytes)?);
    }
    let manifest = |holds, mut files: Vec<Filed>, damages| {
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Manifest {
            holds,
            store: id,
            position: cut.position,
            chain: cut.chain,
            time: cut.time,
            made: wanted.now,
            damages,
            files,
        }
    };
    let (erased, files_of_keys) = run.keys(cut.position, store.0)?;
    let expires = wanted
        .now
        .checked_add(wanted.keys_keep)
        .unwrap_or(Timestamp::MAX);
    let holds = Holds::Keys { erased, expires };
    let mut of_journal = manifest(Holds::Journal, files_of_journal, 0);
    let mut of_keys = manifest(holds, files_of_keys, 0);
    journal.settle()?;
    keys.settle()?;

    let copies = [(&journal, &of_journal), (&keys, &of_keys)];
    let mapped = Mapped::new(files, &copies);
    let report = run.check(&mapped, names)?;
    let damages: Vec<_> = report.damages.clone();
    if !report.is_sound() && !wanted.accept_damage {
        return Err(BackupError::Damaged { damages });
    }
    of_journal.damages = damages.len() as u64 + report.more_damages;
    of_keys.damages = of_journal.damages;
    let copied = run.copied;
    keys.add(&of_keys)?;
    // From here on this is the copy.
    journal.write(&of_journal)?;

    let mut kept = vec![of_keys.clone()];
    let mut expired = Vec::new();
    for (position, copy) in key_copies {
        match copy {
            _ if position == of_keys.position => {}
            Err(_) => {
                unreadable.push(keys.shown_of(position));
                keys.remove(position)?;
            }
            Ok(copy) if has_expired(&copy, wanted) => {
                expired.push(KeyCopy::of(&copy));
                keys.remove(position)?;
            }
            Ok(copy) => kept.push(copy),
        }
    }
    keys.sweep(&kept)?;
    journal.sweep([&of_journal])?;
    Ok(BackedUp {
        position: cut.position,
        chain: cut.chain,
        time: cut.time,
        keys: KeyCopy::of(&of_keys),
        files: (of_journal.files.len() + of_keys.files.len()) as u64,
        bytes: of_journal.bytes() + of_keys.bytes(),
        copied,
        records: report.records,
        parts: report.parts,
        parts_erased: report.parts_erased,
        damages,
        expired,
        key_copies: kept.len() as u64,
        unreadable,
    })
}

/// Whether the life of a copy of keys is over: as it was set when it was made, or as it is set now when that is shorter.
fn has_expired(copy: &Manifest, wanted: &Wanted) -> bool {
    let by_now = copy.made.checked_add(wanted.keys_keep);
    let expires = copy.expires().into_iter().chain(by_now).min();
    expires.is_some_and(|expires| expires <= wanted.now)
}

/// Which store it is, as bytes and as what they say.
fn store_file(layout: &Layout) -> Result<(Vec<u8>, StoreFile), StoreError> {
    let Some(bytes) = layout.root.read(STORE_FILE)? else {
        return Err(StoreError::NoStore {
            folder: layout.root.path().display().to_string(),
        });
    };
    match StoreFile::parse(&bytes) {
        Some(store) => Ok((bytes, store)),
        None => Err(StoreError::Damage {
            file: STORE_FILE.into(),
            position: None,
            what: "it is not as it was written",
        }),
    }
}

/// One run of copying.
struct Run<'r> {
    layout: &'r Layout,
    journal: &'r Place,
    keys: &'r Place,
    before: Option<&'r Manifest>,
    copied: Copies,
    went: u64,
    of: u64,
    progress: &'r mut dyn FnMut(Progress),
}

impl Run<'_> {
    /// Journal, parts and grounds.
    fn journal(&mut self, cut: &Cut) -> Result<Vec<Filed>, StoreError> {
        let mut files = Vec::new();
        let numbers: Vec<u32> = (Cursor::START.segment..=cut.parts.segment)
            .chain(cut.of_one.iter().copied())
            .collect();
        for (first, end) in &cut.journal {
            let name = segment::name_of(*first);
            self.of += match end {
                End::At(bytes) => *bytes,
                End::AsBefore => self
                    .as_before(&format!("journal/{name}"))
                    .map_or(0, |filed| filed.bytes),
            };
        }
        for number in &numbers {
            if let Some(file) = there(cut::open_parts(self.layout, *number))? {
                self.of += file.len()?;
            }
        }
        for (first, end) in &cut.journal {
            let plain = segment::name_of(*first);
            let name = format!("journal/{plain}");
            let end = match (end, self.as_before(&name)) {
                (End::At(bytes), _) => *bytes,
                (End::AsBefore, Some(filed)) => {
                    if self.still(&filed)? {
                        files.push(filed);
                        continue;
                    }
                    filed.bytes
                }
                (End::AsBefore, None) => continue,
            };
            let file = self.layout.journal.open(&plain, OpenAs::Read)?;
            files.push(self.put(false, &name, &file, end)?);
            self.layout.journal.forget(&plain);
        }
        for number in numbers {
            let Some(file) = there(cut::open_parts(self.layout, number))? else {
                continue;
            };
            let end = if number == cut.parts.segment {
                cut.parts.offset
            } else {
                file.len()?
            };
            let plain = parts::name_of(number);
            files.push(self.put(false, &format!("parts/{plain}"), &file, end)?);
            self.layout.parts.forget(&plain);
        }
        let in_force = grounds::in_force(&self.layout.root)?;
        let unnamed = in_force.filter(|hash| !cut.grounds.contains(hash));
        for hash in cut.grounds.iter().chain(&unnamed) {
            let plain = HEXLOWER.encode(hash);
            let folder = self.layout.root.below("grounds");
            let Some(file) = there(folder.open(&plain, OpenAs::Read))? else {
                continue;
            };
            let end = file.len()?;
            files.push(self.put(false, &format!("grounds/{plain}"), &file, end)?);
        }
        if let Some(hash) = in_force {
            let name = HEXLOWER.encode(&hash);
            files.push(self.journal.put_bytes(grounds::IN_FORCE, name.as_bytes())?);
        }
        // Not clean: parts whose keys went meanwhile may still stand in the copy.
        let mark = Mark::bytes(cut.position, false);
        files.push(
            self.journal
                .put_bytes(&format!("journal/{END_MARK}"), &mark)?,
        );
        Ok(files)
    }

    /// Keys of the records before a position, and how far erasures were carried out before the first was copied.
    fn keys(
        &mut self,
        position: Position,
        mut store: Vec<u8>,
    ) -> Result<(Position, Vec<Filed>), BackupError> {
        let mut tries = 0;
        loop {
            let erased = cut::mark(&self.layout.keys, ERASED_MARK)?.min(position);
            let mut files = Vec::new();
            for (first, end) in cut::key_segments(self.layout, position)? {
                let plain = keys::name_of(first);
                let file = self.layout.keys.open(&plain, OpenAs::Read)?;
                files.push(self.put(true, &format!("keys/{plain}"), &file, end)?);
            }
            let mark = Mark::bytes(erased, false);
            files.push(self.keys.put_bytes(&format!("keys/{ERASED_MARK}"), &mark)?);
            files.push(self.keys.put_bytes(STORE_FILE, &store)?);
            // While they were copied the top key may have been changed.
            let (now, says) = store_file(self.layout)?;
            tries += 1;
            if now == store && !says.changing() {
                return Ok((erased, files));
            }
            if tries == KEY_TRIES {
                return Err(BackupError::KeyChanging);
            }
            store = now;
        }
    }

    fn as_before(&self, name: &str) -> Option<Filed> {
        self.before?.file(name).cloned()
    }

    fn still(&mut self, filed: &Filed) -> Result<bool, StoreError> {
        let (place, went, of) = (self.journal, &mut self.went, self.of);
        let progress = &mut *self.progress;
        place.still_has(filed, &mut |bytes| {
            *went += bytes;
            progress(at(*went, of));
        })
    }

    fn put(
        &mut self,
        of_keys: bool,
        name: &str,
        file: &Open,
        end: u64,
    ) -> Result<Filed, StoreError> {
        let place = if of_keys { self.keys } else { self.journal };
        let (went, of) = (&mut self.went, self.of);
        let progress = &mut *self.progress;
        let Put { filed, copied } = place.put(name, file, end, &mut |bytes| {
            *went += bytes;
            progress(at(*went, of));
        })?;
        if copied {
            self.copied.files += 1;
            self.copied.bytes += filed.bytes;
        }
        Ok(filed)
    }

    /// Reads the copy as a store.
    fn check(&mut self, mapped: &Arc<Mapped>, names: Names<'_>) -> Result<Report, StoreError> {
        let (went, progress) = (self.went, &mut *self.progress);
        let mut report = check_all(mapped.layout(&self.layout.top), names, &mut |read| {
            progress(Progress {
                bytes: went + read.bytes,
                bytes_all: went + read.bytes_all,
            });
        })?;
        let damages = std::mem::take(&mut report.damages).into_iter();
        report.damages = damages.map(|damage| mapped.of_place(damage)).collect();
        Ok(report)
    }
}

/// A file, when it is there; that one is missing is told by the check, with the records that it belongs to.
fn there(opened: Result<Open, StoreError>) -> Result<Option<Open>, StoreError> {
    match opened {
        Err(StoreError::Damage { .. }) => Ok(None),
        opened => opened.map(Some),
    }
}

/// Source and copy are each read once before the copy is checked.
fn at(went: u64, of: u64) -> Progress {
    Progress {
        bytes: went,
        bytes_all: of.saturating_mul(3).max(went),
    }
}
