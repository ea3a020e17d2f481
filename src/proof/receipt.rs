//! Receipts (C2SP tlog-proof, version 1): that an entry stands at an index of a log, with all that is needed to verify it without asking anybody.

use std::fmt;

use data_encoding::BASE64;

use crate::accept::{AcceptError, Accepted};
use crate::base64;
use crate::checkpoint::{Checkpoint, CheckpointError, read_size};
use crate::hash::{Hash, HashError, leaf_hash};
use crate::note::{NoteError, SignedNote};
use crate::policy::Policy;
use crate::verify::{PATH_MAX, ProofError, verify_inclusion};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Why a receipt is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// Longer than [`LogProof::BYTES_MAX`].
    #[error("the receipt is longer than {max} bytes", max = LogProof::BYTES_MAX)]
    TooLong,
    /// The first line is not that of version 1.
    #[error("the receipt does not begin with {HEADER}")]
    Version,
    /// No lines of index and path, an empty line, and a checkpoint.
    #[error("not an index, a path, an empty line and a checkpoint")]
    Form,
    /// The extra data is not in base64, is empty, or is longer than [`LogProof::EXTRA_BYTES_MAX`].
    #[error("the extra data of the receipt is not 1 to {max} bytes in base64", max = LogProof::EXTRA_BYTES_MAX)]
    Extra,
    /// The index is no number, or has zeros before it.
    #[error("the index of the receipt is no number below 2^64 without zeros before it")]
    Index,
    /// A line of the path is no hash.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The path is longer than that of any tree.
    #[error("the path of the receipt is longer than {PATH_MAX} hashes")]
    PathTooLong,
    /// Under the path stands no signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// What is signed is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The policy does not take the checkpoint.
    #[error(transparent)]
    Accept(#[from] AcceptError),
    /// The entry does not stand there.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl ReceiptError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "receipt-too-long",
            Self::Version => "receipt-version",
            Self::Form => "receipt-form",
            Self::Extra => "receipt-extra",
            Self::Index => "receipt-index",
            Self::Hash(error) => error.code(),
            Self::PathTooLong => "receipt-path-too-long",
            Self::Note(error) => error.code(),
            Self::Checkpoint(error) => error.code(),
            Self::Accept(error) => error.code(),
            Self::Proof(error) => error.code(),
        }
    }
}

/// A receipt: index, path and signed checkpoint. Kept in files that end in `.tlog-proof`.
///
/// ```
/// use knooppunt_proof::{LogProof, Policy};
///
/// // The entry is the only one of its log, so there is no path.
/// let text = "\
/// c2sp.org/tlog-proof@v1
/// index 0
///
/// log.example/knooppunt
/// 1
/// g/jjpc4q6P6YCFFoOy42e3k/0Eq3wTIvMELnXBYUGDM=
///
/// — log.example/knooppunt UrVis05HJpDJQ2YTG66+ZQPH49VEFcb7Etwj7RJkeqHxinHN+krAGABN2hBtDckJILDA15/EJls7r1C2OexOOTtaFQk=
/// — a.example/witness 8ViKXAAAAABrSdIAw+O4rLv3eeQuS0WvfCG7gVoJMXjt3TDxPCItHr5rLio4RWvmJajz/MzpztVsQ4kc8OPLKIIHSU3HwelmHNaCAg==
/// ";
/// let policy: Policy = "\
/// log log.example/knooppunt+52b562b3+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs
/// witness a a.example/witness+f1588a5c+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c
/// quorum a
/// ".parse().unwrap();
/// let receipt = LogProof::parse(text.as_bytes()).unwrap();
/// let accepted = receipt.verify(b"an entry", &policy).unwrap();
/// assert_eq!(accepted.receipt_time(), Some(1_800_000_000));
/// assert!(receipt.verify(b"another entry", &policy).is_err());
/// assert_eq!(receipt.to_string(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogProof {
    index: u64,
    path: Vec<Hash>,
    extra: Vec<u8>,
    note: SignedNote,
}

impl LogProof {
    /// Longest receipt, in bytes.
    pub const BYTES_MAX: usize = SignedNote::BYTES_MAX + 96 * 1024;
    /// Longest extra data, in bytes.
    pub const EXTRA_BYTES_MAX: usize = 64 * 1024;

    /// Of the index from 0, the path from the leaf's sibling up, and the checkpoint of a tree that has it. Err: the path is longer than that of any tree, or the note is no
    /// checkpoint.
    pub fn new(index: u64, path: Vec<Hash>, note: SignedNote) -> Result<LogProof, ReceiptError> {
        if path.len() > PATH_MAX {
            return Err(ReceiptError::PathTooLong);
        }
        Checkpoint::parse(note.text())?;
        Ok(LogProof {
            index,
            path,
            extra: Vec::new(),
            note,
        })
    }

    /// With extra data for whoever reads it; nothing vouches for them, so they may help to make an entry and never be believed. Err: [`ReceiptError::Extra`].
    pub fn with_extra(self, extra: Vec<u8>) -> Result<LogProof, ReceiptError> {
        if extra.is_empty() || extra.len() > Self::EXTRA_BYTES_MAX {
            return Err(ReceiptError::Extra);
        }
        Ok(LogProof { extra, ..self })
    }

    /// Reads a receipt; nothing is verified. Err: [`ReceiptError`] without [`ReceiptError::Accept`] and [`ReceiptError::Proof`].
    pub fn parse(bytes: &[u8]) -> Result<LogProof, ReceiptError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(ReceiptError::TooLong);
        }
        let text = str::from_utf8(bytes).map_err(|_| NoteError::Utf8)?;
        let rest = text.strip_prefix(HEADER).ok_or(ReceiptError::Version)?;
        let rest = rest.strip_prefix('\n').ok_or(ReceiptError::Version)?;
        let (head, note) = rest.split_once("\n\n").ok_or(ReceiptError::Form)?;
        let mut lines = head.split('\n').peekable();
        let extra = lines.next_if(|line| line.starts_with("extra "));
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = read_size(index.ok_or(ReceiptError::Form)?).ok_or(ReceiptError::Index)?;
        if lines.clone().count() > PATH_MAX {
            return Err(ReceiptError::PathTooLong);
        }
        let path = lines.map(Hash::from_base64).collect::<Result<_, _>>()?;
        let proof = LogProof::new(index, path, SignedNote::parse(note.as_bytes())?)?;
        match extra.and_then(|line| line.strip_prefix("extra ")) {
            None => Ok(proof),
            Some(extra) => {
                proof.with_extra(base64::decode(extra.as_bytes()).ok_or(ReceiptError::Extra)?)
            }
        }
    }

    /// Index of the entry in the log, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The path from the leaf's sibling up.
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// The checkpoint as it was signed.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// Extra data, mostly none. **Not vouched for by anything**, also of a receipt that verifies.
    pub fn extra_untrusted(&self) -> &[u8] {
        &self.extra
    }

    /// That `entry` stands at the index in a log that `policy` takes. Err: the checkpoint is not taken, or the path does not lead from the entry to its root.
    pub fn verify(&self, entry: &[u8], policy: &Policy) -> Result<Accepted, ReceiptError> {
        self.verify_leaf(&leaf_hash(entry), policy)
    }

    /// As [`LogProof::verify`] for who has the leaf's hash alone, because the entry was erased.
    pub fn verify_leaf(&self, leaf: &Hash, policy: &Policy) -> Result<Accepted, ReceiptError> {
        let accepted = policy.accept(&self.note)?;
        let checkpoint = accepted.checkpoint();
        verify_inclusion(
            leaf,
            self.index,
            checkpoint.size(),
            &self.path,
            checkpoint.root(),
        )?;
        Ok(accepted)
    }
}

impl fmt::Display for LogProof {
    /// The receipt as it is sent and kept: reads back as itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if !self.extra.is_empty() {
            writeln!(f, "extra {}", BASE64.encode(&self.extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path
            .iter()
            .try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}
