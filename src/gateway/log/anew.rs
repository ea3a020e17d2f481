//! The hashes of a log made anew, beside those that are there: nothing of the old is gone before the new ones are whole, durable and lead to every root that was signed.
//! Of a record that the journal cannot read any more the old leaf is taken; what was signed tells whether it was right.

use knooppunt_proof::Hash;

use super::error::LogError;
use super::hashes::{Growing, HashFiles};
use super::kept::Signed;
use crate::store::embedded::Folder;
use crate::store::{Journal, Position, StoreError};

/// Folder in that of the log.
const FOLDER: &str = "anew";
/// Leaves that are read from the journal at once.
const STEP: u64 = 4_096;

/// Hashes that are being made.
#[derive(Debug)]
pub(crate) struct Anew {
    folder: Folder,
    files: HashFiles,
    growing: Growing,
    /// What was signed and is not reached yet, ascending by size; the last is where it ends.
    ahead: Vec<Signed>,
    /// The damage of the first record whose old leaf was taken.
    taken: Option<StoreError>,
    size: u64,
}

impl Anew {
    /// Begins, up to the largest of these sizes, beside the files in the folder of the log. Err: cannot be written.
    pub(crate) fn begin(log: &Folder, signed: Vec<Signed>) -> Result<Anew, LogError> {
        let folder = log.below(FOLDER);
        folder.create()?;
        for name in folder.list()? {
            folder.remove(&name)?;
        }
        let mut ahead = signed;
        ahead.sort_by_key(|signed| signed.checkpoint.size());
        Ok(Anew {
            files: HashFiles::open(folder.clone())?,
            growing: Growing::default(),
            size: ahead.last().map_or(0, |last| last.checkpoint.size()),
            ahead,
            taken: None,
            folder,
        })
    }

    /// Leaves that are made, and how many there will be.
    pub(crate) fn progress(&self) -> (u64, u64) {
        (self.growing.size(), self.size)
    }

    /// Makes so many more leaves at most; whether all are made. Err: the journal is not the one that was signed, or it cannot be read and what is there does not help.
    pub(crate) fn step(
        &mut self,
        old: &HashFiles,
        journal: &dyn Journal,
        most: u64,
    ) -> Result<bool, LogError> {
        let until = self.size.min(self.growing.size().saturating_add(most));
        loop {
            let at = self.growing.size();
            let next = self.ahead.first().map(|signed| signed.checkpoint.clone());
            if let Some(next) = next.as_ref().filter(|next| next.size() == at) {
                if self.growing.root() != *next.root() {
                    let differs = LogError::Differs { size: at };
                    return Err(self.taken.take().map_or(differs, LogError::Store));
                }
                self.ahead.remove(0);
                continue;
            }
            if at == until {
                return Ok(at == self.size);
            }
            let end = next.map_or(until, |next| next.size()).min(until);
            let count = usize::try_from((end - at).min(STEP)).unwrap_or(usize::MAX);
            let leaves = self.leaves(old, journal, at, count)?;
            self.growing.append(&self.files, &leaves)?;
        }
    }

    /// At least one leaf, at most so many.
    fn leaves(
        &mut self,
        old: &HashFiles,
        journal: &dyn Journal,
        at: u64,
        count: usize,
    ) -> Result<Vec<Hash>, LogError> {
        for count in [count, 1] {
            match journal.leaves(Position(at), count) {
                Ok(leaves) if leaves.is_empty() => {
                    let (records, size) = (at, self.size);
                    return Err(LogError::Shorter { records, size });
                }
                Ok(leaves) => return Ok(leaves),
                Err(StoreError::Damage { .. }) if count > 1 => {}
                Err(damage @ StoreError::Damage { .. }) => {
                    let Ok(leaf) = old.read(0, at, 1) else {
                        return Err(damage.into());
                    };
                    tracing::warn!(
                        record = at,
                        "of a damaged record the leaf is taken that the log had"
                    );
                    self.taken.get_or_insert(damage);
                    return Ok(super::hashes::hashes(&leaf));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Vec::new())
    }

    /// Puts them in place of the old, once [`Anew::step`] said that all are made. Err: a file cannot be written; the next start looks again at what is there.
    pub(crate) fn put_in_place(mut self, files: &HashFiles) -> Result<Growing, LogError> {
        self.growing.sync(&self.files)?;
        self.folder.sync()?;
        files.take_over(FOLDER)?;
        Ok(self.growing)
    }
}
