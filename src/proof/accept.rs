//! What a policy makes of a signed checkpoint: taken or not, and when its witnesses saw it. Two checkpoints that were both taken and cannot both be true are evidence against the log.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::key::{Algorithm, KeyName};
use crate::note::{NoteError, SignedNote, Verified};
use crate::policy::Policy;

/// Why a checkpoint is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// A signature of a known key does not hold, or there is none of any.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The log did not sign it, whoever else did.
    #[error("the checkpoint is not signed by the log")]
    NotByLog,
    /// What is signed is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The log's key signed a checkpoint of another log.
    #[error("the checkpoint is of another log")]
    Origin,
    /// Too few witnesses cosigned it.
    #[error("{have} of the {need} witnesses that are needed cosigned the checkpoint")]
    Quorum {
        /// Different witnesses that did.
        have: usize,
        /// The quorum.
        need: usize,
    },
}

impl AcceptError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Note(error) => error.code(),
            Self::NotByLog => "checkpoint-not-by-log",
            Self::Checkpoint(error) => error.code(),
            Self::Origin => "checkpoint-other-log",
            Self::Quorum { .. } => "checkpoint-quorum",
        }
    }
}

/// That a witness cosigned, and when first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// Its name.
    pub witness: KeyName,
    /// The earliest time of its cosignatures, in seconds since 1970.
    pub time: u64,
}

/// A checkpoint that a policy takes. Made by [`Policy::accept`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    note: SignedNote,
    checkpoint: Checkpoint,
    cosigned: Vec<Cosigned>,
    receipt_time: Option<u64>,
}

impl Accepted {
    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// It as it was signed.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// The accepted witnesses that cosigned, each once, by time and then by name.
    pub fn cosigned(&self) -> &[Cosigned] {
        &self.cosigned
    }

    /// When what is under the checkpoint was there, in seconds since 1970: the q-th smallest time among the different witnesses that cosigned, q the quorum. So fewer
    /// than q witnesses, with clocks however wrong, can't make it earlier. None: the quorum is 0; a checkpoint has no time of its own.
    pub fn receipt_time(&self) -> Option<u64> {
        self.receipt_time
    }
}

impl Policy {
    /// Takes a checkpoint that the log signed, under its own origin, and that the quorum cosigned. Err: [`AcceptError`]; nothing of the text may then be believed.
    pub fn accept(&self, note: &SignedNote) -> Result<Accepted, AcceptError> {
        let keys: Vec<_> = self.logs().iter().chain(self.witnesses()).collect();
        let verified = note.open_with(&keys)?;
        let checkpoint = self.of_log(note, &verified)?;
        let cosigned = each_once(&verified);
        let need = self.quorum();
        if cosigned.len() < need {
            let have = cosigned.len();
            return Err(AcceptError::Quorum { have, need });
        }
        let receipt_time = need
            .checked_sub(1)
            .and_then(|last| cosigned.get(last))
            .map(|cosigned| cosigned.time);
        Ok(Accepted {
            note: note.clone(),
            checkpoint,
            cosigned,
            receipt_time,
        })
    }

    /// Takes a checkpoint by the signature of the log alone, as a witness does that is asked for its own. Err: [`AcceptError`] without [`AcceptError::Quorum`].
    pub fn accept_of_log(&self, note: &SignedNote) -> Result<Checkpoint, AcceptError> {
        let verified = note.open(self.logs())?;
        self.of_log(note, &verified)
    }

    fn of_log(
        &self,
        note: &SignedNote,
        verified: &[Verified<'_>],
    ) -> Result<Checkpoint, AcceptError> {
        let by_log = |verified: &Verified<'_>| verified.key.algorithm() == Algorithm::Note;
        if !verified.iter().any(by_log) {
            return Err(AcceptError::NotByLog);
        }
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin() != self.origin().as_str() {
            return Err(AcceptError::Origin);
        }
        Ok(checkpoint)
    }
}

/// The witnesses among `verified`, each with its earliest time: one that cosigned twice, or with two keys, is one.
fn each_once(verified: &[Verified<'_>]) -> Vec<Cosigned> {
    let mut cosigned: Vec<Cosigned> = Vec::new();
    for (key, time) in verified
        .iter()
        .filter_map(|verified| Some((verified.key, verified.time?)))
    {
        match cosigned.iter_mut().find(|seen| seen.witness == *key.name()) {
            Some(seen) => seen.time = seen.time.min(time),
            None => cosigned.push(Cosigned {
                witness: key.name().clone(),
                time,
            }),
        }
    }
    cosigned.sort_by(|a, b| (a.time, &a.witness).cmp(&(b.time, &b.witness)));
    cosigned
}

/// Two checkpoints of one log and one size with different roots: the log told two stories. Whoever trusts the log's key can verify both notes, so this convicts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Leaves that both say the tree has.
    pub size: u64,
    /// The one.
    pub first: SignedNote,
    /// The other.
    pub second: SignedNote,
    /// Witnesses that cosigned both, which no honest witness does.
    pub witnesses: Vec<KeyName>,
}

/// The evidence that two checkpoints, each taken by a policy for the same log, can't both be true. None: they are of different logs, or equal, or of different sizes, where
/// only a proof of consistency can tell ([`crate::verify_consistency`]), and its failing convicts nobody but who made it.
pub fn conflict(a: &Accepted, b: &Accepted) -> Option<Conflict> {
    let (one, other) = (&a.checkpoint, &b.checkpoint);
    if one.origin() != other.origin() || one.size() != other.size() || one.root() == other.root() {
        return None;
    }
    let both = |cosigned: &&Cosigned| {
        b.cosigned
            .iter()
            .any(|in_b| in_b.witness == cosigned.witness)
    };
    Some(Conflict {
        size: one.size(),
        first: a.note.clone(),
        second: b.note.clone(),
        witnesses: a
            .cosigned
            .iter()
            .filter(both)
            .map(|cosigned| cosigned.witness.clone())
            .collect(),
    })
}
