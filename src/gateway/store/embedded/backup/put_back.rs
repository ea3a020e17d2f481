//! Writing a copy into a data folder, and looking at it as if that were done: which files of a copy make up the store, how much of each, and what goes of
//! them. Which copy it is, and whether it may be put back, is for `restore`.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::copy;
use super::cut::{self, Cut, End};
use super::error::BackupError;
use super::mapped::Mapped;
use super::restore::{Accepted, Later};
use super::{FOLDERS, RESTORING, log};
use crate::store::embedded::check::{Names, Progress, Report, check_erased};
use crate::store::embedded::files::{Folder, OpenAs};
use crate::store::embedded::journal::{END_MARK, ERASED_MARK, EmbeddedJournal};
use crate::store::embedded::mark::Mark;
use crate::store::embedded::parts::Cursor;
use crate::store::embedded::top::STORE_FILE;
use crate::store::embedded::{KeptLogs, LOGS, Layout, grounds, keys, parts, segment};
use crate::store::{Journal as _, KeyId, PartRef, Position, StoreError};

/// Records that are read at once.
const STEP: usize = 1_000;
/// What stands in the file of a restore that is under way, for who looks into the folder.
const RESTORING_SAYS: &[u8] = b"A restore into this folder has not come to its end.\n";

/// A file of a copy that belongs to the store.
#[derive(Debug)]
pub(super) struct Piece {
    /// Folder below the data folder; empty for that itself.
    pub(super) folder: &'static str,
    pub(super) name: String,
    /// So many bytes of it; `None`: all.
    pub(super) end: Option<u64>,
}

/// A copy, and the data folder that it is for.
pub(super) struct PutBack<'p> {
    pub(super) source: &'p Layout,
    pub(super) target: &'p Layout,
    pub(super) cut: &'p Cut,
}

impl PutBack<'_> {
    /// Whether something is in the data folder that is no restore under way.
    pub(super) fn is_in_the_way(&self) -> Result<bool, StoreError> {
        let root = &self.target.root;
        Ok(root.read(RESTORING)?.is_none() && !is_empty(&root.list()?))
    }

    /// Checks what would be there once all was put back and what is to be erased had gone. Writes nothing.
    pub(super) fn look(
        &self,
        mapped: &Arc<Mapped>,
        later: &Later,
        names: Names<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Report, BackupError> {
        let end = Mark::bytes(self.cut.position, true);
        let marks = [
            (format!("journal/{END_MARK}"), end.clone()),
            (format!("keys/{ERASED_MARK}"), end),
        ];
        let put_back = mapped.cut(&self.pieces()?, marks);
        let gone: BTreeSet<KeyId> = later.own.union(&later.erases).copied().collect();
        let layout = put_back.layout(&self.target.top);
        let mut report = check_erased(layout, &gone, names, progress)?;
        let damages = report.damages.into_iter();
        report.damages = damages.map(|damage| mapped.of_place(damage)).collect();
        Ok(report)
    }

    /// Makes the folder one in which a restore is under way; what an earlier one left is removed. Err: something else is in it.
    pub(super) fn begin(&self) -> Result<Box<dyn Any + Send + Sync>, StoreError> {
        let layout = self.target;
        layout.root.create()?;
        let lock = layout.root.lock("lock")?;
        let begun = layout.root.read(RESTORING)?.is_some();
        let in_root = layout.root.list()?;
        if !begun && !is_empty(&in_root) {
            return Err(StoreError::NotEmpty {
                folder: layout.root.path().display().to_string(),
            });
        }
        if !begun {
            layout.root.replace(RESTORING, RESTORING_SAYS)?;
        }
        for folder in FOLDERS.map(|folder| layout.root.below(folder)) {
            folder.create()?;
            remove_all(&folder)?;
        }
        for name in in_root {
            if [STORE_FILE, LOGS, grounds::IN_FORCE, "probe", "reserve"]
                .contains(&name.trim_end_matches(".new"))
            {
                layout.root.remove(&name)?;
            }
        }
        layout.root.sync()?;
        Ok(lock)
    }

    /// Writes the files.
    pub(super) fn files(&self) -> Result<(), StoreError> {
        for piece in self.pieces()? {
            let (from, to) = (&self.source.root, &self.target.root);
            let (from, to) = (from.below(piece.folder), to.below(piece.folder));
            Self::file(&from, &to, &piece.name, piece.end)?;
        }
        for folder in FOLDERS {
            self.target.root.below(folder).sync()?;
        }
        Ok(())
    }

    fn pieces(&self) -> Result<Vec<Piece>, StoreError> {
        let cut = self.cut;
        let mut pieces = Vec::new();
        let mut take = |folder, name, end| pieces.push(Piece { folder, name, end });
        for (first, end) in &cut.journal {
            let End::At(end) = end else { continue };
            take("journal", segment::name_of(*first), Some(*end));
        }
        let shared = Cursor::START.segment..=cut.parts.segment;
        for number in shared.chain(cut.of_one.iter().copied()) {
            let end = (number == cut.parts.segment).then_some(cut.parts.offset);
            take("parts", parts::name_of(number), end);
        }
        for (first, end) in cut::key_segments(self.source, cut.position)? {
            take("keys", keys::name_of(first), Some(end));
        }
        let in_force = grounds::in_force(&self.source.root)?;
        let unnamed = in_force.filter(|hash| !cut.grounds.contains(hash));
        for hash in cut.grounds.iter().chain(&unnamed) {
            take("grounds", data_encoding::HEXLOWER.encode(hash), None);
        }
        if in_force.is_some() {
            take("", grounds::IN_FORCE.to_owned(), None);
        }
        let there = self.source.root.below(log::FOLDER).list()?;
        for name in log::FILES
            .iter()
            .filter(|name| there.iter().any(|there| there == *name))
        {
            take(log::FOLDER, (*name).to_owned(), None);
        }
        Ok(pieces)
    }

    /// One file, read again as it is on the disk. One that is missing from the copy is not put back: the check tells.
    fn file(from: &Folder, to: &Folder, name: &str, end: Option<u64>) -> Result<(), StoreError> {
        let file = match from.open(name, OpenAs::Read) {
            Err(StoreError::Damage { .. }) => return Ok(()),
            opened => opened?,
        };
        let there = file.len()?;
        let end = end.map_or(there, |end| end.min(there));
        let new = to.open(name, OpenAs::New)?;
        let written = copy::copy(&file, end, &new, &mut |_| {})?;
        new.sync()?;
        to.forget(name);
        if copy::digest(&new, end, &mut |_| {})? == written {
            return Ok(());
        }
        Err(StoreError::Damage {
            file: new.shown().to_owned(),
            position: None,
            what: "what is on the disk is not what was written",
        })
    }

    /// Writes what says how far it goes, and that logs were put back. `erased`: erasures of all records before it were carried out.
    pub(super) fn marks(&self, erased: Position, logs: &KeptLogs) -> Result<(), StoreError> {
        let position = self.cut.position;
        let (journal, keys) = (&self.target.journal, &self.target.keys);
        journal.replace(END_MARK, &Mark::bytes(position, false))?;
        keys.replace(ERASED_MARK, &Mark::bytes(erased, false))?;
        if !logs.is_empty() {
            logs.write(&self.target.root)?;
        }
        let store = self.source.root.read(STORE_FILE)?.unwrap_or_default();
        self.target.root.replace(STORE_FILE, &store)
    }
}

/// Whether nothing in a folder, by these names, is in the way of a restore.
fn is_empty(names: &[String]) -> bool {
    names.iter().all(|name| name == "lock" || is_begun(name))
}

/// What the first step of a restore leaves when it is broken off.
fn is_begun(name: &str) -> bool {
    name.strip_suffix(".new") == Some(RESTORING)
}

fn remove_all(folder: &Folder) -> Result<(), StoreError> {
    for name in folder.list()? {
        folder.remove(&name)?;
    }
    folder.sync()
}

/// Punches out every part whose key is gone: it may have gone after its part was copied.
pub(super) fn punch(journal: &EmbeddedJournal, accepted: &Accepted) -> Result<(), StoreError> {
    let mut punched = BTreeSet::new();
    let mut at = Position(0);
    loop {
        let records = journal.read_from(at, STEP)?;
        let Some(last) = records.last() else { break };
        at = last.position.next();
        for record in records.iter().filter(|record| !record.parts.is_empty()) {
            let slot = match journal.keys.read(record.position) {
                // The check names it.
                Err(StoreError::Damage { .. }) if accepted.damage => continue,
                slot => slot?,
            };
            let gone = |part: &&PartRef| slot.for_key(part.kind.key()).is_none();
            for part in record.parts.iter().filter(gone) {
                match journal.parts.punch(part) {
                    Err(StoreError::Damage { .. }) if accepted.damage => continue,
                    punched => punched?,
                }
                punched.insert(part.segment);
            }
        }
    }
    punched
        .into_iter()
        .try_for_each(|segment| journal.parts.sync(segment))
}
