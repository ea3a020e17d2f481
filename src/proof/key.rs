//! Names and keys of logs and witnesses, in the text in which C2SP signed-note writes them. Which keys are trusted is no matter of this module ([`crate::Policy`]).

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signer as _, SigningKey};

use crate::base64;
use crate::ed25519::{Ed25519Error, PublicKey};
use crate::hash::Hash;
use crate::note::NoteSignature;

/// Why a name or a key is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The name is empty, too long, or has a space, a plus sign or a control character.
    #[error("a key name is 1 to {max} bytes without spaces, plus signs and control characters", max = KeyName::BYTES_MAX)]
    Name,
    /// Not `name+id+key` with an id of eight hexadecimal digits and a key in base64.
    #[error(
        "a verifier key is written name+id+key: eight hexadecimal digits in lower case, then base64"
    )]
    Text,
    /// The kind of signature is none that is used here.
    #[error("a key of a kind that is not used here: {0:#04x}")]
    Algorithm(u8),
    /// The id is not the one of this name and key.
    #[error("the id of the key is not the one that its name and bytes give")]
    Id,
    /// No sound public key.
    #[error(transparent)]
    Public(#[from] Ed25519Error),
}

impl KeyError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "key-name",
            Self::Text => "key-text",
            Self::Algorithm(_) => "key-algorithm",
            Self::Id => "key-id",
            Self::Public(error) => error.code(),
        }
    }
}

/// Name of a key, such as `log.example/knooppunt`: by convention an address without its scheme, which need not exist.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Longest name, in bytes: newer cosignatures carry the name with a length of one byte.
    pub const BYTES_MAX: usize = 255;

    /// Of its text. Err: empty, longer than [`KeyName::BYTES_MAX`], or with a space of any script, a plus sign or a character below U+0020.
    pub fn new(name: &str) -> Result<KeyName, KeyError> {
        let refused = |c: char| c.is_whitespace() || c == '+' || c < ' ';
        if name.is_empty() || name.len() > Self::BYTES_MAX || name.contains(refused) {
            return Err(KeyError::Name);
        }
        Ok(KeyName(name.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyName({})", self.0)
    }
}

/// Short id of a key under its name, by which its signatures are found: the first four bytes of SHA-256 over `name || 0x0A || kind || public key`. No proof of
/// anything: another key with the same id is easily made, and its signatures then fail.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    fn of(name: &KeyName, algorithm: Algorithm, public: &[u8; 32]) -> KeyId {
        let hash = Hash::over(&[name.0.as_bytes(), b"\n", &[algorithm.byte()], public]);
        let [a, b, c, d, ..] = *hash.as_bytes();
        KeyId([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// What a key signs, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// The text of a note, as it is (kind 0x01): how a log signs its checkpoint.
    Note,
    /// The text of a checkpoint together with a time (kind 0x04): how a witness cosigns it.
    Cosignature,
}

impl Algorithm {
    /// The byte that stands for it before the public key.
    pub fn byte(self) -> u8 {
        match self {
            Self::Note => 0x01,
            Self::Cosignature => 0x04,
        }
    }

    fn of(byte: u8) -> Result<Algorithm, KeyError> {
        match byte {
            0x01 => Ok(Self::Note),
            0x04 => Ok(Self::Cosignature),
            other => Err(KeyError::Algorithm(other)),
        }
    }
}

/// A public key with its name and what it signs: `name+id+base64(kind || public key)`, called a vkey.
///
/// ```
/// use knooppunt_proof::{Algorithm, SignerKey, KeyName, VerifierKey};
///
/// let name = KeyName::new("log.example/knooppunt").unwrap();
/// let signer = SignerKey::new(name, &[7; 32]);
/// let text = signer.verifier().to_string();
/// assert_eq!(text, "log.example/knooppunt+52b562b3+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs");
/// let key: VerifierKey = text.parse().unwrap();
/// assert_eq!(key.name().as_str(), "log.example/knooppunt");
/// assert_eq!(key.algorithm(), Algorithm::Note);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    algorithm: Algorithm,
    public: PublicKey,
}

impl VerifierKey {
    /// Of its parts; the id follows from them.
    pub fn new(name: KeyName, algorithm: Algorithm, public: PublicKey) -> VerifierKey {
        VerifierKey {
            id: KeyId::of(&name, algorithm, public.as_bytes()),
            name,
            algorithm,
            public,
        }
    }

    /// Its name. Of a log it is the origin of its checkpoints.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Its id under that name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key itself.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    /// Reads a vkey. Err: another form, an id in capitals or not of this key, an unknown kind, or no sound public key.
    fn from_str(text: &str) -> Result<VerifierKey, KeyError> {
        let (name, rest) = text.split_once('+').ok_or(KeyError::Text)?;
        // The key in base64 may have plus signs of its own.
        let (id, key) = rest.split_once('+').ok_or(KeyError::Text)?;
        let name = KeyName::new(name)?;
        let id = HEXLOWER.decode(id.as_bytes()).map_err(|_| KeyError::Text)?;
        let id = KeyId(id.try_into().map_err(|_| KeyError::Text)?);
        let key = base64::decode(key.as_bytes()).ok_or(KeyError::Text)?;
        let (&kind, public) = key.split_first().ok_or(KeyError::Text)?;
        let algorithm = Algorithm::of(kind)?;
        let public = public.try_into().map_err(|_| KeyError::Text)?;
        let key = VerifierKey::new(name, algorithm, PublicKey::new(public)?);
        if key.id != id {
            return Err(KeyError::Id);
        }
        Ok(key)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.algorithm.byte()];
        key.extend(self.public.as_bytes());
        write!(f, "{}+{}+{}", self.name, self.id, BASE64.encode(&key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

/// The secret with which a log signs its checkpoints ([`Algorithm::Note`]). Wiped from memory when it is dropped; never written.
pub struct SignerKey {
    verifier: VerifierKey,
    secret: SigningKey,
}

impl SignerKey {
    /// Of the 32 secret bytes (RFC 8032 section 5.1.5), which the caller wipes.
    pub fn new(name: KeyName, secret: &[u8; 32]) -> SignerKey {
        let secret = SigningKey::from_bytes(secret);
        SignerKey {
            verifier: VerifierKey::new(name, Algorithm::Note, PublicKey::from(&secret)),
            secret,
        }
    }

    /// Its public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs the text of a note.
    pub(crate) fn sign(&self, text: &str) -> NoteSignature {
        let signature = self.secret.sign(text.as_bytes());
        NoteSignature::new(&self.verifier, signature.to_bytes().to_vec())
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({})", self.verifier.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "log.example/knooppunt+52b562b3+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

    fn read(text: &str) -> Result<VerifierKey, KeyError> {
        text.parse()
    }

    #[test]
    fn a_key_reads_back_as_it_is_written() {
        let key = read(TEXT).unwrap();
        assert_eq!(key.to_string(), TEXT);
        assert_eq!(key.id().to_string(), "52b562b3");
        let name = KeyName::new("log.example/knooppunt").unwrap();
        let signer = SignerKey::new(name, &[7; 32]);
        assert_eq!(*signer.verifier(), key);
    }

    #[test]
    fn one_key_has_another_id_under_another_name_and_of_another_kind() {
        let key = read(TEXT).unwrap();
        let named = |name: &str, kind| {
            VerifierKey::new(KeyName::new(name).unwrap(), kind, *key.public()).id()
        };
        assert_eq!(named("log.example/knooppunt", Algorithm::Note), key.id());
        assert_ne!(named("log.example/other", Algorithm::Note), key.id());
        assert_ne!(
            named("log.example/knooppunt", Algorithm::Cosignature),
            key.id()
        );
    }

    #[test]
    fn a_key_with_an_id_that_is_not_its_own_is_refused() {
        assert_eq!(
            read(&TEXT.replace("52b562b3", "52b562b4")),
            Err(KeyError::Id)
        );
        assert_eq!(
            read(&TEXT.replace("knooppunt", "knooppunt2")),
            Err(KeyError::Id)
        );
    }

    #[test]
    fn a_key_in_another_form_is_refused() {
        for (from, to) in [
            ("52b562b3", "52B562B3"),
            ("52b562b3", "52b562b"),
            ("52b562b3", "52b562b300"),
            ("RtIs", "RtI"),
            ("RtIs", "RtIs\n"),
            ("RtIs", "RtIs="),
            ("+52b562b3+", "+"),
            ("+52b562b3+", " "),
            // The key with its kind and one byte more, or without any.
            (
                "AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs",
                "AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIsAA==",
            ),
            ("AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs", "AQ=="),
            ("AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs", ""),
        ] {
            assert_eq!(read(&TEXT.replace(from, to)), Err(KeyError::Text), "{to:?}");
        }
    }

    #[test]
    fn a_key_of_another_kind_is_told_by_its_kind() {
        // ML-DSA-44, which witnesses may have as well.
        let other = TEXT.replace("+AepK", "+BupK");
        assert_eq!(read(&other), Err(KeyError::Algorithm(0x06)));
    }

    #[test]
    fn a_key_that_is_a_point_of_small_order_is_refused() {
        let weak = BASE64.encode(&[&[1u8][..], &[0; 32]].concat());
        let text = format!("log.example/knooppunt+52b562b3+{weak}");
        assert_eq!(read(&text), Err(KeyError::Public(Ed25519Error::Key)));
    }

    #[test]
    fn a_name_has_no_space_of_any_script_no_plus_sign_and_no_control_character() {
        for name in [
            "",
            " ",
            "a b",
            "a\u{00a0}b",
            "a\u{3000}b",
            "a\u{0085}",
            "a+b",
            "a\tb",
            "a\n",
            "a\u{1}",
        ] {
            assert_eq!(KeyName::new(name), Err(KeyError::Name), "{name:?}");
        }
        assert!(KeyName::new("brévier.example/één").is_ok());
        assert!(KeyName::new(&"a".repeat(KeyName::BYTES_MAX)).is_ok());
        assert_eq!(
            KeyName::new(&"a".repeat(KeyName::BYTES_MAX + 1)),
            Err(KeyError::Name)
        );
    }

    #[test]
    fn a_secret_is_not_shown() {
        let signer = SignerKey::new(KeyName::new("a").unwrap(), &[7; 32]);
        assert_eq!(format!("{signer:?}"), "SignerKey(a)");
    }
}
