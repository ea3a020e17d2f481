//! Checkpoints (C2SP tlog-checkpoint): how large the tree of a log is and what its root is, as the text of a signed note.

use std::fmt;

use crate::hash::Hash;
use crate::key::SignerKey;
use crate::note::{NoteError, SignedNote};

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Not three lines or more, each ending in a newline, or a control character in one.
    #[error("a checkpoint is lines of origin, size and root, each ending in a newline")]
    Form,
    /// The origin is empty or too long.
    #[error("the origin of a checkpoint is 1 to {max} bytes", max = Checkpoint::ORIGIN_BYTES_MAX)]
    Origin,
    /// The size is no number, has zeros before it, or is too large.
    #[error("the size of a checkpoint is a number below 2^64 without zeros before it")]
    Size,
    /// The root is no hash in base64, or of an empty tree not the hash of nothing.
    #[error(
        "the root of a checkpoint is 44 characters of base64, and of an empty tree the hash of nothing"
    )]
    Root,
    /// An extension line is empty, or there are more than [`Checkpoint::EXTENSIONS_MAX`].
    #[error("a checkpoint has at most {max} extension lines, and none is empty", max = Checkpoint::EXTENSIONS_MAX)]
    Extension,
}

impl CheckpointError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Form => "checkpoint-form",
            Self::Origin => "checkpoint-origin",
            Self::Size => "checkpoint-size",
            Self::Root => "checkpoint-root",
            Self::Extension => "checkpoint-extension",
        }
    }
}

/// Size and root of a log's tree. Its text is what is signed.
///
/// ```
/// use knooppunt_proof::{Checkpoint, Hash};
///
/// let text = "log.example/knooppunt\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
/// let checkpoint = Checkpoint::parse(text).unwrap();
/// assert_eq!(checkpoint, Checkpoint::new("log.example/knooppunt", 0, Hash::EMPTY_ROOT).unwrap());
/// assert_eq!(checkpoint.to_string(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// Longest origin, in bytes.
    pub const ORIGIN_BYTES_MAX: usize = 255;
    /// Most extension lines. They are for others: this program writes none.
    pub const EXTENSIONS_MAX: usize = 16;

    /// Of a log's origin (the name of its key), the number of leaves and the root over them. Err: the origin has a control character, is empty or too long; the tree is
    /// empty and `root` is not the hash of nothing.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Checkpoint, CheckpointError> {
        if origin.is_empty() || origin.len() > Self::ORIGIN_BYTES_MAX {
            return Err(CheckpointError::Origin);
        }
        if origin.contains(|c| c < ' ') {
            return Err(CheckpointError::Form);
        }
        if size == 0 && root != Hash::EMPTY_ROOT {
            return Err(CheckpointError::Root);
        }
        Ok(Checkpoint {
            origin: origin.to_owned(),
            size,
            root,
            extensions: Vec::new(),
        })
    }

    /// Reads the text of a checkpoint. Err: any other text.
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointError::Form)?;
        let mut lines = text.split('\n');
        let mut next = || lines.next().ok_or(CheckpointError::Form);
        let (origin, size, root) = (next()?, next()?, next()?);
        let size = read_size(size).ok_or(CheckpointError::Size)?;
        let root = Hash::from_base64(root).map_err(|_| CheckpointError::Root)?;
        let mut checkpoint = Checkpoint::new(origin, size, root)?;
        for line in lines {
            if line.is_empty() || checkpoint.extensions.len() == Self::EXTENSIONS_MAX {
                return Err(CheckpointError::Extension);
            }
            if line.contains(|c| c < ' ') {
                return Err(CheckpointError::Form);
            }
            checkpoint.extensions.push(line.to_owned());
        }
        Ok(checkpoint)
    }

    /// Which log it is of.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree of that size.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// Lines after the root, which mean nothing here.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Signs it. A log signs no checkpoint that does not continue every one that it signed before. Err: the note would be over a limit.
    pub fn sign(&self, key: &SignerKey) -> Result<SignedNote, NoteError> {
        SignedNote::sign(&self.to_string(), key)
    }
}

impl fmt::Display for Checkpoint {
    /// The text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.extensions
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A number as these formats write it: decimal digits, no sign, no zeros before it. None: anything else, or 2^64 and above.
pub(crate) fn read_size(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.parse().ok()
}
