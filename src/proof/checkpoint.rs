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

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "g/jjpc4q6P6YCFFoOy42e3k/0Eq3wTIvMELnXBYUGDM=";

    #[test]
    fn a_checkpoint_reads_back_as_it_is_written_with_its_extensions() {
        let text = format!(
            "log.example/knooppunt\n18446744073709551615\n{ROOT}\none more\nline \u{2014} x\n"
        );
        let checkpoint = Checkpoint::parse(&text).unwrap();
        assert_eq!(checkpoint.origin(), "log.example/knooppunt");
        assert_eq!(checkpoint.size(), u64::MAX);
        assert_eq!(checkpoint.root().to_base64(), ROOT);
        assert_eq!(checkpoint.extensions(), ["one more", "line \u{2014} x"]);
        assert_eq!(checkpoint.to_string(), text);
    }

    #[test]
    fn a_checkpoint_in_another_form_is_refused() {
        let loose = ROOT.replace("DM=", "DN=");
        for (text, error) in [
            (String::new(), CheckpointError::Form),
            ("log\n1\n".to_owned(), CheckpointError::Form),
            (format!("log\n1\n{ROOT}"), CheckpointError::Form),
            (format!("lo\rg\n1\n{ROOT}\n"), CheckpointError::Form),
            (format!("log\n1\n{ROOT}\na\tb\n"), CheckpointError::Form),
            (format!("\n1\n{ROOT}\n"), CheckpointError::Origin),
            (
                format!("{}\n1\n{ROOT}\n", "a".repeat(256)),
                CheckpointError::Origin,
            ),
            (format!("log\n\n{ROOT}\n"), CheckpointError::Size),
            (format!("log\n01\n{ROOT}\n"), CheckpointError::Size),
            (format!("log\n+1\n{ROOT}\n"), CheckpointError::Size),
            (format!("log\n-1\n{ROOT}\n"), CheckpointError::Size),
            (format!("log\n 1\n{ROOT}\n"), CheckpointError::Size),
            (format!("log\n1 \n{ROOT}\n"), CheckpointError::Size),
            (format!("log\n0x1\n{ROOT}\n"), CheckpointError::Size),
            (format!("log\n\u{661}\n{ROOT}\n"), CheckpointError::Size),
            (
                format!("log\n18446744073709551616\n{ROOT}\n"),
                CheckpointError::Size,
            ),
            ("log\n1\n\n".to_owned(), CheckpointError::Root),
            (format!("log\n1\n{loose}\n"), CheckpointError::Root),
            ("log\n1\nAAAA\n".to_owned(), CheckpointError::Root),
            (format!("log\n0\n{ROOT}\n"), CheckpointError::Root),
            (format!("log\n1\n{ROOT}\n\n"), CheckpointError::Extension),
            (
                format!("log\n1\n{ROOT}\na\n\nb\n"),
                CheckpointError::Extension,
            ),
            (
                format!("log\n1\n{ROOT}\n{}", "a\n".repeat(17)),
                CheckpointError::Extension,
            ),
        ] {
            assert_eq!(Checkpoint::parse(&text), Err(error), "{text:?}");
        }
        assert!(Checkpoint::parse(&format!("log\n1\n{ROOT}\n{}", "a\n".repeat(16))).is_ok());
    }

    #[test]
    fn a_checkpoint_that_could_not_be_read_back_is_not_made() {
        let root = Hash::from_base64(ROOT).unwrap();
        assert_eq!(Checkpoint::new("", 1, root), Err(CheckpointError::Origin));
        assert_eq!(Checkpoint::new("a\nb", 1, root), Err(CheckpointError::Form));
        assert_eq!(Checkpoint::new("a", 0, root), Err(CheckpointError::Root));
    }
}
