//! Reads every byte of journal, parts and keys and names what is not as it was written: file and record. It changes nothing and hands out no content.
//! Views are not looked at: they can be made again from what is checked here.

mod journal;
mod keys;
mod parts;
mod record;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::Layout;
use super::files::{Disk, Files, Open, OpenAs};
use super::grounds::Grounds;
use super::journal::{END_MARK, ERASED_MARK};
use super::keys::Keys;
use super::mark::Mark;
use super::parts::{Cursor, aside_of, is_of_one, number_of};
use super::top::{KeyFolder, STORE_FILE, SystemRandomness};
use crate::store::{KeyId, KeyKind, Position, StoreError};

pub use report::{Damage, Report};

use self::keys::Slots;

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

/// Checks the store in a data folder that no process has open. `names` says of an event which grounds it names: they must be there. `Err`: it cannot be
/// checked at all (no store, in use, keys missing or wrong, unreadable).
pub fn check_named(
    data: &Path,
    keys: &Path,
    names: Names<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, StoreError> {
    let files: Arc<dyn Files> = Arc::new(Disk);
    let layout = Layout::new(&files, data, keys);
    if layout.root.read(STORE_FILE)?.is_none() {
        layout.is_whole()?;
        return Err(StoreError::NoStore {
            folder: data.display().to_string(),
        });
    }
    let _lock = layout.root.lock("lock")?;
    layout.is_whole()?;
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

/// Checks the store of a layout that nobody changes meanwhile.
pub(super) fn check_all(
    layout: Layout,
    names: Names<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, StoreError> {
    check_by(layout, None, names, progress)
}

/// The same as if these keys had gone from it, and all bytes of parts without a key.
pub(super) fn check_erased(
    layout: Layout,
    gone: &BTreeSet<KeyId>,
    names: Names<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, StoreError> {
    check_by(layout, Some(gone), names, progress)
}

fn check_by(
    layout: Layout,
    gone: Option<&BTreeSet<KeyId>>,
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
        gone,
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

struct Check<'p> {
    report: Report,
    layout: Layout,
    keys: Keys,
    /// Whether a change of the top key is under way.
    changing: bool,
    /// Keys that are taken as gone, and their parts with them; `None`: what is there is there.
    gone: Option<&'p BTreeSet<KeyId>>,
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
            let number = number_of(&name).or(aside_of(&name).map(|(number, _)| number));
            if let Some(number) = number.filter(|number| is_of_one(*number)) {
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
}
