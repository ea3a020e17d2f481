//! Signed notes (C2SP signed-note): a text and the signatures under it. Whether the text is to be believed is told by [`SignedNote::open`] with the keys that one
//! trusts, and by nothing else.

use std::fmt::{self, Write as _};

use data_encoding::BASE64;

use crate::cosignature;
use crate::ed25519::PublicKey;
use crate::key::{Algorithm, KeyError, KeyId, KeyName, SignerKey, VerifierKey};

/// What every line with a signature begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";
/// Shortest signature: its id and one byte.
const SIGNATURE_BYTES_MIN: usize = 5;

/// Why a note is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Longer than [`SignedNote::BYTES_MAX`].
    #[error("the note is longer than {max} bytes", max = SignedNote::BYTES_MAX)]
    TooLong,
    /// No UTF-8.
    #[error("the note is not UTF-8")]
    Utf8,
    /// A control character other than a newline.
    #[error("the note has a control character")]
    Control,
    /// No text that ends in a newline, then an empty line, then lines with signatures, the last ending in a newline.
    #[error("not a text, an empty line and signatures")]
    Form,
    /// More than [`SignedNote::SIGNATURES_MAX`].
    #[error("the note has more than {max} signatures", max = SignedNote::SIGNATURES_MAX)]
    TooMany,
    /// A line under the text is no signature: em dash, space, name, space, base64.
    #[error("a line under the text is no signature")]
    Line,
    /// A name in a line under the text is none.
    #[error(transparent)]
    Name(#[from] KeyError),
    /// A signature of a key that is known does not hold, so the whole note is refused.
    #[error("the signature of {0} does not hold")]
    Signature(KeyName),
    /// No key that is known signed it.
    #[error("no known key signed the note")]
    Unsigned,
}

impl NoteError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "note-too-long",
            Self::Utf8 => "note-utf8",
            Self::Control => "note-control",
            Self::Form => "note-form",
            Self::TooMany => "note-signatures",
            Self::Line => "note-line",
            Self::Name(error) => error.code(),
            Self::Signature(_) => "note-signature",
            Self::Unsigned => "note-unsigned",
        }
    }
}

/// A signature under a note: whose it says it is, and its bytes, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: KeyName,
    id: KeyId,
    bytes: Vec<u8>,
}

impl NoteSignature {
    pub(crate) fn new(key: &VerifierKey, bytes: Vec<u8>) -> NoteSignature {
        NoteSignature {
            name: key.name().clone(),
            id: key.id(),
            bytes,
        }
    }

    /// Name of the key.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Id of the key under that name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What stands after the id: of a note 64 bytes, of a cosignature 72, of other kinds whatever they have.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it says it is of this key.
    pub fn is_of(&self, key: &VerifierKey) -> bool {
        self.id == key.id() && self.name == *key.name()
    }

    /// Reads one line without its newline. Err: [`NoteError::Line`], [`NoteError::Name`].
    pub(crate) fn parse(line: &str) -> Result<NoteSignature, NoteError> {
        let line = line.strip_prefix(DASH).ok_or(NoteError::Line)?;
        let (name, signature) = line.split_once(' ').ok_or(NoteError::Line)?;
        let signature = BASE64
            .decode(signature.as_bytes())
            .map_err(|_| NoteError::Line)?;
        if signature.len() < SIGNATURE_BYTES_MIN {
            return Err(NoteError::Line);
        }
        let (&id, bytes) = signature.split_first_chunk().ok_or(NoteError::Line)?;
        Ok(NoteSignature {
            name: KeyName::new(name)?,
            id: KeyId(id),
            bytes: bytes.to_vec(),
        })
    }

    /// What it says under `text`, if it is of `key`: the time of a cosignature. Err: it does not hold.
    pub(crate) fn verify(&self, text: &str, key: &VerifierKey) -> Result<Option<u64>, NoteError> {
        let refused = || NoteError::Signature(self.name.clone());
        match key.algorithm() {
            Algorithm::Note => {
                let bytes: &[u8; PublicKey::SIGNATURE_BYTES] =
                    self.bytes.as_slice().try_into().map_err(|_| refused())?;
                key.public()
                    .verify(text.as_bytes(), bytes)
                    .map_err(|_| refused())?;
                Ok(None)
            }
            Algorithm::Cosignature => cosignature::verify(text, &self.bytes, key.public())
                .map(Some)
                .map_err(|_| refused()),
        }
    }
}

impl fmt::Display for NoteSignature {
    /// The line, without its newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut signature = self.id.0.to_vec();
        signature.extend(&self.bytes);
        write!(f, "{DASH}{} {}", self.name, BASE64.encode(&signature))
    }
}

/// A signature that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified<'k> {
    /// Of which key.
    pub key: &'k VerifierKey,
    /// When, in seconds since 1970-01-01 UTC: of a cosignature.
    pub time: Option<u64>,
}

/// A text with at least one signature under it. The text ends in a newline; an empty line parts it from the signatures, each `— name base64(id || signature)`.
///
/// ```
/// use knooppunt_proof::{SignedNote, VerifierKey};
///
/// let text = "\
/// log.example/knooppunt
/// 1
/// g/jjpc4q6P6YCFFoOy42e3k/0Eq3wTIvMELnXBYUGDM=
///
/// — log.example/knooppunt UrVis05HJpDJQ2YTG66+ZQPH49VEFcb7Etwj7RJkeqHxinHN+krAGABN2hBtDckJILDA15/EJls7r1C2OexOOTtaFQk=
/// — somebody.else AAAAAHNvbWV0aGluZw==
/// ";
/// let key: VerifierKey = "log.example/knooppunt+52b562b3+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs".parse().unwrap();
/// let note = SignedNote::parse(text.as_bytes()).unwrap();
/// assert_eq!(note.open(&[key]).unwrap().len(), 1);
/// assert!(note.open(&[]).is_err());
/// assert_eq!(note.to_string(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Longest note, in bytes: room for [`SignedNote::SIGNATURES_MAX`] signatures of the longest kind there is.
    pub const BYTES_MAX: usize = 512 * 1024;
    /// Most signatures of a note.
    pub const SIGNATURES_MAX: usize = 64;

    /// Signs `text`. Err: the text does not end in a newline, has another control character, or the note grows too long.
    pub fn sign(text: &str, key: &SignerKey) -> Result<SignedNote, NoteError> {
        let text = sound(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::Form);
        }
        let note = SignedNote {
            text: text.to_owned(),
            signatures: vec![key.sign(text)],
        };
        note.within_limits()?;
        Ok(note)
    }

    /// Reads a note. Err: [`NoteError::TooLong`], [`NoteError::Utf8`], [`NoteError::Control`], [`NoteError::Form`], [`NoteError::TooMany`], [`NoteError::Line`] and
    /// [`NoteError::Name`]; no signature is looked at.
    pub fn parse(bytes: &[u8]) -> Result<SignedNote, NoteError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        let note = sound(str::from_utf8(bytes).map_err(|_| NoteError::Utf8)?)?;
        // The last empty line parts them: the text itself may have others.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        Ok(SignedNote {
            text: format!("{text}\n"),
            signatures: read_lines(lines)?,
        })
    }

    /// The text, with its last newline. Only to be believed after [`SignedNote::open`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its signatures, in the order of their lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Which of `keys` signed it, one for each signature of theirs in the order of the lines: a key that signed twice is there twice. Signatures of other keys are read over.
    /// Err: [`NoteError::Signature`], a signature of one of `keys` does not hold; [`NoteError::Unsigned`], there is none.
    pub fn open<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<Verified<'k>>, NoteError> {
        self.open_with(&keys.iter().collect::<Vec<_>>())
    }

    /// As [`SignedNote::open`].
    pub(crate) fn open_with<'k>(
        &self,
        keys: &[&'k VerifierKey],
    ) -> Result<Vec<Verified<'k>>, NoteError> {
        let mut verified = Vec::new();
        for signature in &self.signatures {
            for &key in keys.iter().filter(|key| signature.is_of(key)) {
                let time = signature.verify(&self.text, key)?;
                verified.push(Verified { key, time });
            }
        }
        if verified.is_empty() {
            return Err(NoteError::Unsigned);
        }
        Ok(verified)
    }

    /// Puts a signature under those that are there. Err: the note would be over a limit, and stays as it was.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        self.signatures.push(signature);
        let within = self.within_limits();
        if within.is_err() {
            self.signatures.pop();
        }
        within
    }

    /// Adds the signature of a second key of the log, as while its key is being replaced. Err: as [`SignedNote::add`].
    pub fn sign_also(&mut self, key: &SignerKey) -> Result<(), NoteError> {
        self.add(key.sign(&self.text))
    }

    /// The note with the signatures alone that say they are of `keys`.
    pub(crate) fn only(&self, keys: &[VerifierKey]) -> SignedNote {
        let of_keys = |signature: &&NoteSignature| keys.iter().any(|key| signature.is_of(key));
        SignedNote {
            text: self.text.clone(),
            signatures: self.signatures.iter().filter(of_keys).cloned().collect(),
        }
    }

    fn within_limits(&self) -> Result<(), NoteError> {
        if self.signatures.len() > Self::SIGNATURES_MAX {
            return Err(NoteError::TooMany);
        }
        if self.to_string().len() > Self::BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        Ok(())
    }
}

impl fmt::Display for SignedNote {
    /// The note as it is sent and kept: reads back as itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        f.write_char('\n')?;
        self.signatures
            .iter()
            .try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

/// Lines with signatures, the last without its newline. Err: too many, or one is none.
pub(crate) fn read_lines(lines: &str) -> Result<Vec<NoteSignature>, NoteError> {
    if lines.split('\n').count() > SignedNote::SIGNATURES_MAX {
        return Err(NoteError::TooMany);
    }
    lines.split('\n').map(NoteSignature::parse).collect()
}

/// Text without control characters other than newlines.
pub(crate) fn sound(text: &str) -> Result<&str, NoteError> {
    if text.contains(|c| c < ' ' && c != '\n') {
        return Err(NoteError::Control);
    }
    Ok(text)
}
