//! Asking a witness for its cosignature, and being one (C2SP tlog-witness): the text of a request, what a witness answers, and what a log makes of the answer. Sends
//! nothing and keeps nothing.

use std::fmt;

use crate::accept::AcceptError;
use crate::checkpoint::{Checkpoint, CheckpointError, read_size};
use crate::cosignature::{CosignatureError, Cosigner};
use crate::hash::{Hash, HashError};
use crate::key::{Algorithm, KeyName, VerifierKey};
use crate::note::{NoteError, NoteSignature, SignedNote, read_lines};
use crate::policy::Policy;
use crate::verify::{ProofError, verify_consistency};

/// Why a request can't be read (status 400), or an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// Longer than [`AddCheckpoint::BYTES_MAX`].
    #[error("longer than {max} bytes", max = AddCheckpoint::BYTES_MAX)]
    TooLong,
    /// No old size, hashes, an empty line and a checkpoint.
    #[error("not an old size, hashes, an empty line and a checkpoint")]
    Form,
    /// The old size is no number, or has zeros before it.
    #[error("the size is no number below 2^64 without zeros before it")]
    Size,
    /// A line of the path is no hash.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// More hashes than a path between two trees has.
    #[error("the path has more than {max} hashes", max = AddCheckpoint::PATH_MAX)]
    PathTooLong,
    /// No signed note, or a line with a signature that is none.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// What is signed is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The kept checkpoint is not of the log.
    #[error(transparent)]
    Accept(#[from] AcceptError),
    /// An answer of a status that means nothing in this protocol.
    #[error("the witness answered with status {0}")]
    Status(u16),
}

impl WitnessError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "witness-too-long",
            Self::Form => "witness-form",
            Self::Size => "witness-size",
            Self::Hash(error) => error.code(),
            Self::PathTooLong => "witness-path-too-long",
            Self::Note(error) => error.code(),
            Self::Checkpoint(error) => error.code(),
            Self::Accept(error) => error.code(),
            Self::Status(_) => "witness-status",
        }
    }
}

/// The request of a log to a witness: POST of this text to `add-checkpoint` under the witness's address. The last size that it cosigned, the path of consistency from
/// there, an empty line and the checkpoint.
///
/// ```
/// use knooppunt_proof::{AddCheckpoint, Cosigner, KeyName, Policy, consider};
///
/// let text = "\
/// old 0
///
/// log.example/knooppunt
/// 1
/// g/jjpc4q6P6YCFFoOy42e3k/0Eq3wTIvMELnXBYUGDM=
///
/// — log.example/knooppunt UrVis05HJpDJQ2YTG66+ZQPH49VEFcb7Etwj7RJkeqHxinHN+krAGABN2hBtDckJILDA15/EJls7r1C2OexOOTtaFQk=
/// ";
/// let policy: Policy = "\
/// log log.example/knooppunt+52b562b3+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs
/// quorum none
/// ".parse().unwrap();
/// let request = AddCheckpoint::parse(text.as_bytes()).unwrap();
/// let seen = consider(None, &request, &policy).unwrap();
/// // Kept and synced, then answered:
/// let witness = Cosigner::new(KeyName::new("a.example/witness").unwrap(), &[1; 32]);
/// assert_eq!(seen.cosign(&witness, 1_800_000_000).unwrap(), "\
/// — a.example/witness 8ViKXAAAAABrSdIAw+O4rLv3eeQuS0WvfCG7gVoJMXjt3TDxPCItHr5rLio4RWvmJajz/MzpztVsQ4kc8OPLKIIHSU3HwelmHNaCAg==
/// ");
/// // The same request again names a size that is no longer the last.
/// assert_eq!(consider(Some(&seen), &request, &policy).unwrap_err().status(), 409);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    old: u64,
    path: Vec<Hash>,
    note: SignedNote,
    checkpoint: Checkpoint,
}

impl AddCheckpoint {
    /// Most hashes of a path.
    pub const PATH_MAX: usize = 63;
    /// Longest request, in bytes.
    pub const BYTES_MAX: usize = SignedNote::BYTES_MAX + 4 * 1024;

    /// Of the size that the witness is thought to have cosigned last (0: none), the path of consistency from that to `note`'s size (of 0 and of an equal size: empty), and the
    /// checkpoint. Err: the path is too long, or the note is no checkpoint.
    pub fn new(old: u64, path: Vec<Hash>, note: SignedNote) -> Result<AddCheckpoint, WitnessError> {
        if path.len() > Self::PATH_MAX {
            return Err(WitnessError::PathTooLong);
        }
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(AddCheckpoint {
            old,
            path,
            note,
            checkpoint,
        })
    }

    /// Reads a request. Err: it is answered with status 400.
    pub fn parse(bytes: &[u8]) -> Result<AddCheckpoint, WitnessError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(WitnessError::TooLong);
        }
        let text = str::from_utf8(bytes).map_err(|_| NoteError::Utf8)?;
        let (head, note) = text.split_once("\n\n").ok_or(WitnessError::Form)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = read_size(old.ok_or(WitnessError::Form)?).ok_or(WitnessError::Size)?;
        if lines.clone().count() > Self::PATH_MAX {
            return Err(WitnessError::PathTooLong);
        }
        let path = lines.map(Hash::from_base64).collect::<Result<_, _>>()?;
        AddCheckpoint::new(old, path, SignedNote::parse(note.as_bytes())?)
    }

    /// The size that the witness is thought to have cosigned last.
    pub fn old(&self) -> u64 {
        self.old
    }

    /// What the checkpoint says; believed once [`consider`] let it pass. By its origin a witness of several logs finds policy and kept checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

impl fmt::Display for AddCheckpoint {
    /// The request as it is sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.path
            .iter()
            .try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}

/// What a witness keeps of a log: the last checkpoint that it let pass, with the signature of the log, so that it is evidence. Its text is a signed note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    note: SignedNote,
    checkpoint: Checkpoint,
}

impl Seen {
    /// Reads what was kept. Err: it is no checkpoint signed by the log of `policy`: the file is damaged or of another log, and the witness must not go on as if it had
    /// seen nothing.
    pub fn parse(bytes: &[u8], policy: &Policy) -> Result<Seen, WitnessError> {
        let note = SignedNote::parse(bytes)?;
        let checkpoint = policy.accept_of_log(&note)?;
        Ok(Seen { note, checkpoint })
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// It as the log signed it.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// The body of the answer with status 200, once this is kept: one line, the cosignature at `time`, seconds since 1970. Err: no time that can be written.
    pub fn cosign(&self, cosigner: &Cosigner, time: u64) -> Result<String, CosignatureError> {
        let line = cosigner.cosign(&self.checkpoint, time)?;
        Ok(format!("{line}\n"))
    }
}

impl fmt::Display for Seen {
    /// As it is kept: reads back as itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

/// Why a witness does not cosign. Each is one HTTP status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// 404: the origin is none that the witness knows.
    #[error("the log is not known")]
    UnknownLog,
    /// 403: no key of that log signed, or its signature does not hold.
    #[error(transparent)]
    NotByLog(AcceptError),
    /// 400: the old size is above the size of the checkpoint.
    #[error("the old size is above that of the checkpoint")]
    OldBeyond,
    /// 409: the last that was cosigned has another size than the request says. The log asks again with that size.
    #[error("the last checkpoint that was cosigned has the size {0}")]
    Stale(u64),
    /// 409: the log signed two roots for one size. Both notes are evidence that convicts it: keep them, tell people.
    #[error("the log signed two different trees of {} leaves", .seen.checkpoint.size())]
    Fork {
        /// What was cosigned.
        seen: Box<Seen>,
        /// What was offered now.
        offered: Box<SignedNote>,
    },
    /// 422: the path does not show that the checkpoint continues the last one.
    #[error(transparent)]
    Proof(ProofError),
}

impl Refused {
    /// HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::UnknownLog => 404,
            Self::NotByLog(_) => 403,
            Self::OldBeyond => 400,
            Self::Stale(_) | Self::Fork { .. } => 409,
            Self::Proof(_) => 422,
        }
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownLog => "witness-unknown-log",
            Self::NotByLog(error) => error.code(),
            Self::OldBeyond => "witness-old-beyond",
            Self::Stale(_) => "witness-stale",
            Self::Fork { .. } => "witness-fork",
            Self::Proof(error) => error.code(),
        }
    }

    /// Content type and body of the answer: of status 409 the size that was cosigned last, else one line that says why.
    pub fn body(&self) -> (&'static str, String) {
        let size = |size: u64| (SIZE_TYPE, format!("{size}\n"));
        match self {
            Self::Stale(last) => size(*last),
            Self::Fork { seen, .. } => size(seen.checkpoint.size()),
            Self::UnknownLog | Self::NotByLog(_) | Self::OldBeyond | Self::Proof(_) => {
                ("text/plain; charset=utf-8", format!("{self}\n"))
            }
        }
    }
}

/// Content type of an answer with status 409.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

/// Whether a witness may cosign: `latest` is what it keeps of the log of `policy` (of which only origin and keys of the log are looked at), and the answer is what it
/// keeps from now on. Err: it may not, and keeps what it had.
///
/// Reading `latest`, this, and keeping the answer are **one step**: two requests at once, each considered against the same `latest`, would let the second put the first back, and with it
/// the tree. So one lock a log around the three, the answer synced to disk before the lock is given back, and [`Seen::cosign`] after that.
pub fn consider(
    latest: Option<&Seen>,
    request: &AddCheckpoint,
    policy: &Policy,
) -> Result<Seen, Refused> {
    let checkpoint = &request.checkpoint;
    let ours = |origin: &str| origin == policy.origin().as_str();
    if !ours(checkpoint.origin()) || latest.is_some_and(|seen| !ours(seen.checkpoint.origin())) {
        return Err(Refused::UnknownLog);
    }
    policy
        .accept_of_log(&request.note)
        .map_err(Refused::NotByLog)?;
    if request.old > checkpoint.size() {
        return Err(Refused::OldBeyond);
    }
    // Whatever old size the request names: two roots of one size are told.
    if let Some(seen) = latest.filter(|seen| is_fork(&seen.checkpoint, checkpoint)) {
        return Err(Refused::Fork {
            seen: Box::new(seen.clone()),
            offered: Box::new(request.note.clone()),
        });
    }
    let last = latest.map_or(0, |seen| seen.checkpoint.size());
    if request.old != last {
        return Err(Refused::Stale(last));
    }
    match latest.filter(|_| last != 0) {
        Some(seen) => verify_consistency(
            last,
            seen.checkpoint.root(),
            checkpoint.size(),
            checkpoint.root(),
            &request.path,
        )
        .map_err(Refused::Proof)?,
        // Every tree continues the empty one, and no path says so.
        None if request.path.is_empty() => {}
        None => return Err(Refused::Proof(ProofError::PathLength)),
    }
    Ok(Seen {
        note: request.note.only(policy.logs()),
        checkpoint: checkpoint.clone(),
    })
}

fn is_fork(one: &Checkpoint, other: &Checkpoint) -> bool {
    one.size() == other.size() && one.root() != other.root()
}

/// What a witness answered to [`AddCheckpoint`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200: lines with cosignatures, not yet verified ([`take_cosignatures`]).
    Cosigned(Vec<NoteSignature>),
    /// 409: the size that the witness cosigned last. Below ours: ask again with a path from there. Above ours: the log was put back to an older state, or another runs
    /// under its name. Equal to the size that was offered and to the old size that was named: the witness saw another tree of that size.
    Last(u64),
}

impl Answer {
    /// Reads status and body. Err: [`WitnessError::Status`] for any status but 200 and 409, or a body that is none.
    pub fn read(status: u16, body: &[u8]) -> Result<Answer, WitnessError> {
        if body.len() > AddCheckpoint::BYTES_MAX {
            return Err(WitnessError::TooLong);
        }
        let line = || {
            let text = str::from_utf8(body).map_err(|_| NoteError::Utf8)?;
            text.strip_suffix('\n').ok_or(WitnessError::Form)
        };
        match status {
            200 => Ok(Answer::Cosigned(read_lines(line()?)?)),
            409 => Ok(Answer::Last(read_size(line()?).ok_or(WitnessError::Size)?)),
            other => Err(WitnessError::Status(other)),
        }
    }
}

/// Adds those of `cosignatures` to a checkpoint that are of `witnesses`, and tells whose were new. Those of other keys are read over, and a key that signed `note` before does not sign it again: the
/// earlier time stays. Err: one of a known key does not hold, or the note would be over a limit; `note` is then as it was.
pub fn take_cosignatures(
    note: &mut SignedNote,
    cosignatures: &[NoteSignature],
    witnesses: &[VerifierKey],
) -> Result<Vec<KeyName>, NoteError> {
    let mut with = note.clone();
    let mut new = Vec::new();
    for cosignature in cosignatures {
        let kind = |key: &&VerifierKey| {
            key.algorithm() == Algorithm::Cosignature && cosignature.is_of(key)
        };
        let Some(key) = witnesses.iter().find(kind) else {
            continue;
        };
        cosignature.verify(note.text(), key)?;
        if !with.signatures().iter().any(|there| there.is_of(key)) {
            with.add(cosignature.clone())?;
            new.push(key.name().clone());
        }
    }
    *note = with;
    Ok(new)
}
