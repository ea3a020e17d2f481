//! Signed notes (C2SP signed-note): a text and the signatures under it. Whether the text is to be believed is told by [`SignedNote::open`] with the keys that one
//! trusts, and by nothing else.

use std::fmt::{self, Write as _};

use data_encoding::BASE64;

use crate::base64;
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
        let signature = base64::decode(signature.as_bytes()).ok_or(NoteError::Line)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(name: &str, secret: u8) -> SignerKey {
        SignerKey::new(KeyName::new(name).unwrap(), &[secret; 32])
    }

    fn parse(text: &str) -> Result<SignedNote, NoteError> {
        SignedNote::parse(text.as_bytes())
    }

    /// A line with a signature that nobody here knows, of so many bytes after the id.
    fn stranger(name: &str, bytes: usize) -> String {
        format!("{DASH}{name} {}\n", BASE64.encode(&vec![9; 4 + bytes]))
    }

    #[test]
    fn a_note_reads_back_as_it_is_written_and_opens_with_its_key() {
        let key = signer("a", 1);
        let mut note = SignedNote::sign("one\n\ntwo\n", &key).unwrap();
        note.sign_also(&signer("b", 2)).unwrap();
        let read = parse(&note.to_string()).unwrap();
        assert_eq!(read, note);
        assert_eq!(read.text(), "one\n\ntwo\n");
        let keys = [key.verifier().clone()];
        let verified = read.open(&keys).unwrap();
        assert_eq!(
            verified,
            [Verified {
                key: key.verifier(),
                time: None
            }]
        );
    }

    #[test]
    fn the_last_empty_line_parts_text_and_signatures() {
        let inner = SignedNote::sign("one\n", &signer("a", 1))
            .unwrap()
            .to_string();
        let note = SignedNote::sign(&format!("{inner}\n"), &signer("b", 2)).unwrap();
        let read = parse(&note.to_string()).unwrap();
        assert_eq!(read.text(), format!("{inner}\n"));
        assert_eq!(read.signatures().len(), 1);
        // Who knows the key of the note within alone does not believe the note around it.
        assert_eq!(
            read.open(&[signer("a", 1).verifier().clone()]),
            Err(NoteError::Unsigned)
        );
    }

    #[test]
    fn a_note_in_another_form_is_refused() {
        let line = stranger("a", 64);
        for (text, error) in [
            (String::new(), NoteError::Form),
            ("one\n".to_owned(), NoteError::Form),
            (format!("one\n{line}"), NoteError::Form),
            ("one\n\n".to_owned(), NoteError::Form),
            (format!("one\n\n{}", line.trim_end()), NoteError::Form),
            (format!("one\n\n{line}\n"), NoteError::Form),
            (format!("one\n\n{line}two\n"), NoteError::Line),
            (
                format!("one\n\n{}", line.replace(DASH, "- ")),
                NoteError::Line,
            ),
            (
                format!("one\n\n{}", line.replace(DASH, "\u{2014}")),
                NoteError::Line,
            ),
            (
                format!("one\n\n{}", line.replace(DASH, "\u{2013} ")),
                NoteError::Line,
            ),
            (
                format!("one\n\n{}", line.replace(" a ", " a  ")),
                NoteError::Line,
            ),
            (
                format!("one\n\n{}", line.replace(" a ", " a\u{a0}b ")),
                NoteError::Name(KeyError::Name),
            ),
            (
                format!("one\n\n{}", line.replace(" a ", " a+b ")),
                NoteError::Name(KeyError::Name),
            ),
            (
                format!("one\n\n{}", line.replace(" a ", "  ")),
                NoteError::Name(KeyError::Name),
            ),
            (format!("one\n\n{}", line.replace('=', "")), NoteError::Line),
            (
                format!("one\n\n{}", line.replace('\n', " \n")),
                NoteError::Line,
            ),
            // An id and nothing after it.
            (format!("one\n\n{}", stranger("a", 0)), NoteError::Line),
            (format!("one\r\n\n{line}"), NoteError::Control),
            (format!("one\t\n\n{line}"), NoteError::Control),
            (format!("one\0\n\n{line}"), NoteError::Control),
        ] {
            assert_eq!(parse(&text), Err(error), "{text:?}");
        }
        assert_eq!(SignedNote::parse(b"one\xff\n\n"), Err(NoteError::Utf8));
        assert!(parse(&format!("one\n\n{line}")).is_ok());
    }

    #[test]
    fn a_text_that_is_no_text_of_a_note_is_not_signed() {
        let key = signer("a", 1);
        assert_eq!(SignedNote::sign("one", &key), Err(NoteError::Form));
        assert_eq!(SignedNote::sign("", &key), Err(NoteError::Form));
        assert_eq!(SignedNote::sign("one\r\n", &key), Err(NoteError::Control));
        let long = format!("{}\n", "a".repeat(SignedNote::BYTES_MAX));
        assert_eq!(SignedNote::sign(&long, &key), Err(NoteError::TooLong));
    }

    #[test]
    fn signatures_of_unknown_keys_are_read_over_also_under_a_known_name_or_id() {
        let key = signer("a", 1);
        let note = SignedNote::sign("one\n", &key).unwrap();
        let same_id = BASE64.encode(&[&key.verifier().id().0[..], &[0; 64]].concat());
        let text = format!(
            "{note}{}{}{DASH}other {same_id}\n",
            stranger("a", 64),
            stranger("post-quantum", 4_900),
        );
        let keys = [key.verifier().clone()];
        assert_eq!(parse(&text).unwrap().open(&keys).unwrap().len(), 1);
        assert_eq!(parse(&text).unwrap().open(&[]), Err(NoteError::Unsigned));
    }

    #[test]
    fn one_signature_of_a_known_key_that_does_not_hold_refuses_the_whole_note() {
        let (a, b) = (signer("a", 1), signer("b", 2));
        let note = SignedNote::sign("one\n", &a).unwrap();
        let other = SignedNote::sign("two\n", &b).unwrap();
        let text = format!("{note}{}\n", other.signatures()[0]);
        let keys = [a.verifier().clone(), b.verifier().clone()];
        let failed = NoteError::Signature(b.verifier().name().clone());
        assert_eq!(parse(&text).unwrap().open(&keys), Err(failed));
        // For who does not know b, it is a line to be read over.
        assert!(parse(&text).unwrap().open(&keys[..1]).is_ok());
    }

    #[test]
    fn a_signature_of_a_known_key_with_a_byte_too_many_or_too_few_does_not_hold() {
        let key = signer("a", 1);
        let note = SignedNote::sign("one\n", &key).unwrap();
        let bytes = [&key.verifier().id().0[..], note.signatures()[0].bytes()].concat();
        let keys = [key.verifier().clone()];
        for bytes in [&bytes[..67], &[&bytes[..], &[0]].concat()] {
            let text = format!("one\n\n{DASH}a {}\n", BASE64.encode(bytes));
            let failed = NoteError::Signature(key.verifier().name().clone());
            assert_eq!(parse(&text).unwrap().open(&keys), Err(failed));
        }
    }

    #[test]
    fn a_key_that_signed_twice_is_told_twice() {
        let key = signer("a", 1);
        let mut note = SignedNote::sign("one\n", &key).unwrap();
        note.sign_also(&key).unwrap();
        let keys = [key.verifier().clone()];
        assert_eq!(
            parse(&note.to_string()).unwrap().open(&keys).unwrap().len(),
            2
        );
    }

    #[test]
    fn as_many_signatures_as_are_promised_are_taken_and_not_one_more() {
        let key = signer("a", 1);
        let mut note = SignedNote::sign("one\n", &key).unwrap();
        for number in 1..SignedNote::SIGNATURES_MAX {
            let line = stranger(&format!("w{number}"), 4_900);
            note.add(NoteSignature::parse(line.trim_end()).unwrap())
                .unwrap();
        }
        assert_eq!(parse(&note.to_string()), Ok(note.clone()));
        let before = note.clone();
        assert_eq!(note.sign_also(&key), Err(NoteError::TooMany));
        assert_eq!(note, before);
        assert_eq!(
            parse(&format!("{note}{}", stranger("more", 64))),
            Err(NoteError::TooMany)
        );
    }

    #[test]
    fn a_note_of_the_longest_length_is_taken_and_not_a_byte_more() {
        let line = stranger("a", 64);
        let text = |bytes: usize| format!("{}\n\n{line}", "a".repeat(bytes - 2 - line.len()));
        assert!(parse(&text(SignedNote::BYTES_MAX)).is_ok());
        assert_eq!(
            parse(&text(SignedNote::BYTES_MAX + 1)),
            Err(NoteError::TooLong)
        );
    }
}
