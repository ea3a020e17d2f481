//! Cosignatures of witnesses (C2SP tlog-cosignature, version 1 with Ed25519): at this time, this was the largest tree of that log that the witness had seen, and it
//! continued all that it had seen before. Which witnesses count is told by [`crate::Policy`].

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};

use crate::checkpoint::Checkpoint;
use crate::ed25519::PublicKey;
use crate::key::{Algorithm, KeyName, VerifierKey};
use crate::note::NoteSignature;

/// Last time that can be written, in seconds since 1970.
pub const TIME_MAX: u64 = i64::MAX as u64;

/// Why a cosignature is not made or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CosignatureError {
    /// Not 8 bytes of time and 64 of signature.
    #[error("a cosignature is 72 bytes")]
    Length,
    /// No time, or above [`TIME_MAX`].
    #[error("the time of a cosignature is not between 1 and 2^63 - 1")]
    Time,
    /// The signature does not hold.
    #[error("the cosignature does not hold")]
    Signature,
}

impl CosignatureError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Length => "cosignature-length",
            Self::Time => "cosignature-time",
            Self::Signature => "cosignature-signature",
        }
    }
}

/// The secret with which a witness cosigns ([`Algorithm::Cosignature`]): Ed25519 over `cosignature/v1`, `time N` and the text of the checkpoint, each line with its
/// newline; before the 64 bytes stands the time, 8 bytes, highest first.
///
/// ```
/// use knooppunt_proof::{Checkpoint, Cosigner, Hash, KeyName};
///
/// let witness = Cosigner::new(KeyName::new("a.example/witness").unwrap(), &[1; 32]);
/// let checkpoint = Checkpoint::new("log.example/knooppunt", 0, Hash::EMPTY_ROOT).unwrap();
/// let cosignature = witness.cosign(&checkpoint, 1_800_000_000).unwrap();
/// assert!(cosignature.to_string().starts_with("— a.example/witness 8ViKXAAAAABrSdIA"));
/// ```
///
/// Wiped from memory when it is dropped; never written.
pub struct Cosigner {
    verifier: VerifierKey,
    secret: SigningKey,
}

impl Cosigner {
    /// Of the 32 secret bytes, which the caller wipes. A secret serves one witness and nothing else: the signed bytes do not carry the name.
    pub fn new(name: KeyName, secret: &[u8; 32]) -> Cosigner {
        let secret = SigningKey::from_bytes(secret);
        Cosigner {
            verifier: VerifierKey::new(name, Algorithm::Cosignature, PublicKey::from(&secret)),
            secret,
        }
    }

    /// Its public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Cosigns `checkpoint` at `time`, seconds since 1970. Only for a checkpoint that [`crate::consider`] let pass and that is kept. Err: [`CosignatureError::Time`].
    pub fn cosign(
        &self,
        checkpoint: &Checkpoint,
        time: u64,
    ) -> Result<NoteSignature, CosignatureError> {
        let message = message(&checkpoint.to_string(), time)?;
        let mut bytes = time.to_be_bytes().to_vec();
        bytes.extend(self.secret.sign(message.as_bytes()).to_bytes());
        Ok(NoteSignature::new(&self.verifier, bytes))
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cosigner({})", self.verifier.name())
    }
}

/// The time of a cosignature (`bytes` after the id) under `text`. Err: it does not hold.
pub(crate) fn verify(
    text: &str,
    bytes: &[u8],
    public: &PublicKey,
) -> Result<u64, CosignatureError> {
    let (time, signature) = bytes.split_first_chunk().ok_or(CosignatureError::Length)?;
    let signature = signature.try_into().map_err(|_| CosignatureError::Length)?;
    let time = u64::from_be_bytes(*time);
    public
        .verify(message(text, time)?.as_bytes(), signature)
        .map_err(|_| CosignatureError::Signature)?;
    Ok(time)
}

/// What is signed: two lines before the text of the checkpoint.
fn message(text: &str, time: u64) -> Result<String, CosignatureError> {
    if !(1..=TIME_MAX).contains(&time) {
        return Err(CosignatureError::Time);
    }
    Ok(format!("cosignature/v1\ntime {time}\n{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;
    use crate::note::NoteError;

    fn witness() -> Cosigner {
        Cosigner::new(KeyName::new("w").unwrap(), &[1; 32])
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint::new("log", 1, leaf_hash(b"a")).unwrap()
    }

    #[test]
    fn a_cosignature_tells_its_time() {
        let cosignature = witness().cosign(&checkpoint(), 1_800_000_000).unwrap();
        let text = checkpoint().to_string();
        assert_eq!(
            cosignature.verify(&text, witness().verifier()),
            Ok(Some(1_800_000_000))
        );
        assert_eq!(cosignature.bytes().len(), 72);
    }

    #[test]
    fn a_cosignature_with_another_time_or_text_does_not_hold() {
        let witness = witness();
        let cosignature = witness.cosign(&checkpoint(), 1_800_000_000).unwrap();
        let text = checkpoint().to_string();
        let public = witness.verifier().public();
        let mut earlier = cosignature.bytes().to_vec();
        earlier[6] -= 1;
        assert_eq!(
            verify(&text, &earlier, public),
            Err(CosignatureError::Signature)
        );
        let longer = format!("{text}extension\n");
        assert_eq!(
            verify(&longer, cosignature.bytes(), public),
            Err(CosignatureError::Signature)
        );
    }

    #[test]
    fn a_time_that_is_none_or_too_large_is_neither_signed_nor_taken() {
        for time in [0, TIME_MAX + 1, u64::MAX] {
            assert_eq!(
                witness().cosign(&checkpoint(), time),
                Err(CosignatureError::Time)
            );
            // Signed all the same, as by a witness that does not look.
            let text = checkpoint().to_string();
            let message = format!("cosignature/v1\ntime {time}\n{text}");
            let signature = SigningKey::from_bytes(&[1; 32]).sign(message.as_bytes());
            let bytes = [&time.to_be_bytes()[..], &signature.to_bytes()].concat();
            assert_eq!(
                verify(&text, &bytes, witness().verifier().public()),
                Err(CosignatureError::Time)
            );
        }
        assert!(witness().cosign(&checkpoint(), 1).is_ok());
        assert!(witness().cosign(&checkpoint(), TIME_MAX).is_ok());
    }

    #[test]
    fn a_cosignature_of_another_length_does_not_hold() {
        let cosignature = witness().cosign(&checkpoint(), 1).unwrap();
        let bytes = cosignature.bytes();
        let text = checkpoint().to_string();
        for bytes in [&[], &bytes[..7], &bytes[..71], &[bytes, &[0]].concat()] {
            let got = verify(&text, bytes, witness().verifier().public());
            assert_eq!(got, Err(CosignatureError::Length));
        }
    }

    #[test]
    fn a_signature_of_a_note_is_no_cosignature_and_the_other_way_round() {
        let name = KeyName::new("w").unwrap();
        let as_log = crate::SignerKey::new(name.clone(), &[1; 32]);
        let text = checkpoint().to_string();
        let refused = Err(NoteError::Signature(name));
        let signature = as_log.sign(&text);
        assert_eq!(signature.verify(&text, witness().verifier()), refused);
        let cosignature = witness().cosign(&checkpoint(), 1).unwrap();
        assert_eq!(cosignature.verify(&text, as_log.verifier()), refused);
    }
}
