//! What the log keeps in its folder, and the look at it before the log goes on. `checkpoint` is the newest checkpoint that was made known, `signed` the newest that left
//! this process at all, to a witness; each was durable before. What they say must be what the journal says: a log that went on from a shorter or another journal would
//! show two histories.

use knooppunt_proof::{Checkpoint, Hash, Policy, SignedNote, VerifierKey};

use super::error::LogError;
use super::hashes::{Growing, HashFiles};
use crate::store::embedded::{Folder, KeptLog, KeptLogs};
use crate::store::{Journal, Position, StoreError};

/// Folder of the log in the data folder.
pub(crate) const FOLDER: &str = "log";
/// The newest checkpoint that was made known, with its cosignatures.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// The newest checkpoint that was sent to a witness.
pub(crate) const SIGNED: &str = "signed";
/// Leaves that are read from the journal at once.
const STEP: usize = 4_096;
/// Leaves before the end of a checkpoint that are held against the journal at every start.
const COMPARED: u64 = 256;

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// What is signed.
    pub(crate) checkpoint: Checkpoint,
    /// With its signatures.
    pub(crate) note: SignedNote,
}

/// Whether the store knows that this log is kept of it. Err: it does, and what it signed is missing, or it was put back: what it signed last stands nowhere here.
pub(crate) fn may_go_on(root: &Folder, folder: &Folder, policy: &Policy) -> Result<bool, LogError> {
    let origin = policy.origin().as_str();
    match KeptLogs::read(root)?.of(origin) {
        None => Ok(false),
        Some(KeptLog::PutBack { records, known }) if known > records => Err(LogError::Lost {
            origin: origin.to_owned(),
            records: records.0,
            known: known.0,
        }),
        Some(KeptLog::PutBack { records, .. }) => Err(LogError::PutBack {
            origin: origin.to_owned(),
            records: records.0,
        }),
        Some(KeptLog::Kept) => {
            if signed_something(folder)? {
                return Ok(true);
            }
            Err(LogError::Missing {
                origin: origin.to_owned(),
                folder: folder.path().display().to_string(),
            })
        }
    }
}

/// Whether something that a log signed stands in its folder.
pub(crate) fn signed_something(folder: &Folder) -> Result<bool, StoreError> {
    let there = folder.list()?;
    Ok(there
        .iter()
        .any(|name| name == CHECKPOINT || name == SIGNED))
}

/// What a log signed last, as its folder has it: notes, in no order.
pub(crate) fn notes(folder: &Folder) -> Result<Vec<Vec<u8>>, StoreError> {
    let notes: Result<Vec<_>, _> = [CHECKPOINT, SIGNED]
        .map(|name| folder.read(name))
        .into_iter()
        .collect();
    Ok(notes?.into_iter().flatten().collect())
}

/// What a log signed, as its folder has it.
#[derive(Debug, Default)]
pub(crate) struct SignedLast {
    /// The newest that was made known.
    pub(crate) known: Option<Signed>,
    /// The newest that was sent to a witness.
    pub(crate) sent: Option<Signed>,
}

impl SignedLast {
    /// Err: it is of another log, or damaged.
    pub(crate) fn read(folder: &Folder, key: &VerifierKey) -> Result<SignedLast, LogError> {
        Ok(SignedLast {
            known: read(folder, CHECKPOINT, key)?,
            sent: read(folder, SIGNED, key)?,
        })
    }

    /// Both, in no order.
    pub(crate) fn all(&self) -> Vec<Signed> {
        [&self.known, &self.sent]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Err: they are over more records than there are.
    pub(crate) fn within(&self, records: u64) -> Result<(), LogError> {
        let sizes = self.all();
        let size = sizes.iter().map(|signed| signed.checkpoint.size()).max();
        match size {
            Some(size) if size > records => Err(LogError::Shorter { records, size }),
            Some(_) | None => Ok(()),
        }
    }
}

/// Goes on behind all that left this process. None: the files do not hold it, and are to be made anew. Err: the journal is shorter, or is not the one that was signed.
pub(crate) fn go_on(
    signed: &SignedLast,
    files: &HashFiles,
    journal: &dyn Journal,
) -> Result<Option<Growing>, LogError> {
    signed.within(journal.next().0)?;
    let Some(mut growing) = trusted(files, journal, signed.known.as_ref())? else {
        return Ok(None);
    };
    if let Some(Signed { checkpoint, .. }) = &signed.sent {
        let (size, root) = (checkpoint.size(), checkpoint.root());
        if size >= growing.size() {
            match grow(&mut growing, files, journal, size) {
                // The files may have the leaf of the record that cannot be read.
                Err(LogError::Store(StoreError::Damage { .. })) => return Ok(None),
                grown => grown?,
            }
            if growing.root() != *root {
                return Err(LogError::Differs { size });
            }
        }
    }
    Ok(Some(growing))
}

/// Goes on behind what was made known, when the files hold it as it was: the root at its size is the one that was signed, and its last leaves are those of the
/// journal. None: they are to be made anew.
fn trusted(
    files: &HashFiles,
    journal: &dyn Journal,
    known: Option<&Signed>,
) -> Result<Option<Growing>, LogError> {
    let Some(Signed { checkpoint, .. }) = known else {
        return Ok(None);
    };
    let size = checkpoint.size();
    if !files.hold(size)? {
        return Ok(None);
    }
    let growing = Growing::behind(files, size)?;
    if growing.root() != *checkpoint.root() {
        return Ok(None);
    }
    let compared = COMPARED.min(size);
    let first = size - compared;
    let mut at = first;
    while at < size {
        let count = usize::try_from(size - at).unwrap_or(STEP);
        let leaves = match journal.leaves(Position(at), count) {
            // A damaged record is told elsewhere and stops nobody: what was signed over it stands.
            Err(StoreError::Damage { .. }) => break,
            leaves => leaves?,
        };
        let kept = files.read(0, at, leaves.len())?;
        let same = leaves.iter().flat_map(Hash::as_bytes).eq(&kept);
        if leaves.is_empty() || !same {
            return Ok(None);
        }
        at += leaves.len() as u64;
    }
    Ok(Some(growing))
}

/// Appends the leaves of the journal up to this size.
pub(crate) fn grow(
    growing: &mut Growing,
    files: &HashFiles,
    journal: &dyn Journal,
    size: u64,
) -> Result<(), LogError> {
    while growing.size() < size {
        let from = growing.size();
        let count = usize::try_from(size - from).unwrap_or(STEP).min(STEP);
        let leaves = journal.leaves(Position(from), count)?;
        if leaves.is_empty() {
            // Whoever asks for so many knows that they are there.
            return Err(LogError::Shorter {
                records: from,
                size,
            });
        }
        growing.append(files, &leaves)?;
    }
    Ok(())
}

pub(crate) fn read(
    folder: &Folder,
    name: &str,
    key: &VerifierKey,
) -> Result<Option<Signed>, LogError> {
    let Some(bytes) = folder.read(name)? else {
        return Ok(None);
    };
    let damaged = |why: String| LogError::Damaged {
        file: folder.shown(name),
        why,
    };
    let note = SignedNote::parse(&bytes).map_err(|error| damaged(error.to_string()))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|error| damaged(error.to_string()))?;
    if note.open(std::slice::from_ref(key)).is_err() || checkpoint.origin() != key.name().as_str() {
        return Err(LogError::Other {
            file: folder.shown(name),
            found: checkpoint.origin().to_owned(),
            wanted: key.name().to_string(),
        });
    }
    Ok(Some(Signed { checkpoint, note }))
}
