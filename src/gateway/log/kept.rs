//! What the log keeps in its folder, and the look at it before the log goes on. `checkpoint` is the newest checkpoint that was made known, `signed` the newest that left
//! this process at all, to a witness; each was durable before. What they say must be what the journal says: a log that went on from a shorter or another journal would
//! show two histories.

use std::sync::Arc;

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
/// Making this many leaves anew is told.
const TOLD: u64 = 100_000;

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// What is signed.
    pub(crate) checkpoint: Checkpoint,
    /// With its signatures.
    pub(crate) note: SignedNote,
}

/// A log that can go on.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) files: Arc<HashFiles>,
    pub(crate) growing: Growing,
    /// The newest checkpoint that was made known.
    pub(crate) known: Option<Signed>,
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

/// Opens the folder of the log of this key. Err: as of [`go_on`].
pub(crate) fn open(
    folder: &Folder,
    journal: &dyn Journal,
    key: &VerifierKey,
) -> Result<Opened, LogError> {
    let files = Arc::new(HashFiles::open(folder.clone())?);
    let (growing, known) = go_on(folder, &files, journal, key)?;
    Ok(Opened {
        files,
        growing,
        known,
    })
}

/// Goes on behind all that left this process, and gives what was made known of it. Err: what is kept is of another log or damaged, or the journal is not the one that
/// its checkpoints were made over.
pub(crate) fn go_on(
    folder: &Folder,
    files: &HashFiles,
    journal: &dyn Journal,
    key: &VerifierKey,
) -> Result<(Growing, Option<Signed>), LogError> {
    let known = read(folder, CHECKPOINT, key)?;
    let sent = read(folder, SIGNED, key)?;
    let mut signed: Vec<&Signed> = [&known, &sent].into_iter().flatten().collect();
    signed.sort_by_key(|signed| signed.checkpoint.size());
    let records = journal.next().0;
    let size = signed.last().map_or(0, |signed| signed.checkpoint.size());
    if size > records {
        return Err(LogError::Shorter { records, size });
    }
    let mut growing = resume(files, journal, known.as_ref())?;
    for signed in signed {
        let (size, root) = (signed.checkpoint.size(), signed.checkpoint.root());
        if size < growing.size() {
            continue;
        }
        grow(&mut growing, files, journal, size)?;
        if growing.root() != *root {
            return Err(LogError::Differs { size });
        }
    }
    Ok((growing, known))
}

/// Goes on behind what was made known; from the beginning, with the files empty, when they do not hold it.
fn resume(
    files: &HashFiles,
    journal: &dyn Journal,
    known: Option<&Signed>,
) -> Result<Growing, LogError> {
    if let Some(growing) = trusted(files, journal, known)? {
        return Ok(growing);
    }
    files.clear()?;
    Ok(Growing::default())
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
    let missing = size.saturating_sub(growing.size());
    if missing >= TOLD {
        tracing::info!(
            leaves = missing,
            "the hashes of the log are made from the journal"
        );
    }
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
