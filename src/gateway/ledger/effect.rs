//! The effect part of a taken message: what the ledger must remember of it after its content is erased. Encrypted under the record's effect key, which
//! outlives the content key; pseudonyms only.

use minicbor::{Decode, Encode};

use super::events::EventError;
use super::pseudonym::Pseudonym;

/// What a taken message did to the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Effect {
    /// Version of this form: 1.
    #[n(0)]
    version: u8,
    /// Identity: law, kind, maker and the maker's number.
    #[n(1)]
    pub identity: Pseudonym,
    /// SHA-256 of the body as it was handed in: tells a repeat from another message under the same identity.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub body_hash: [u8; 32],
    /// Identity of the message that this one answers, known to us or not; absent for a message that is no answer.
    #[n(3)]
    pub question: Option<Pseudonym>,
    /// Every client in it, towards the municipality of the pair; sorted, each once.
    #[n(4)]
    pub clients: Vec<Pseudonym>,
}

impl Effect {
    /// An effect of the present version.
    pub fn new(
        identity: Pseudonym,
        body_hash: [u8; 32],
        question: Option<Pseudonym>,
        mut clients: Vec<Pseudonym>,
    ) -> Self {
        clients.sort_unstable();
        clients.dedup();
        Self {
            version: 1,
            identity,
            body_hash,
            question,
            clients,
        }
    }

    /// Identity of the message that opened the thread: the question's for an answer, else its own.
    pub(crate) fn thread(&self) -> Pseudonym {
        self.question.unwrap_or(self.identity)
    }

    /// The bytes of the part.
    pub fn encode(&self) -> Vec<u8> {
        let encoded = minicbor::to_vec(self);
        debug_assert!(encoded.is_ok(), "writing into memory cannot fail");
        encoded.unwrap_or_default()
    }

    /// Reads a part of any version ever written. Err: it is of a later program, or not one of ours.
    pub fn decode(bytes: &[u8]) -> Result<Self, EventError> {
        let effect: Self =
            minicbor::decode(bytes).map_err(|cause| EventError::Malformed(cause.to_string()))?;
        if effect.version == 1 {
            Ok(effect)
        } else {
            Err(EventError::Version(effect.version))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An effect as version 1 wrote it.
    const GOLDEN: &str = include_str!("../../../tests/golden/effect-1.txt");

    #[test]
    fn an_effect_of_version_1_is_read_and_written_as_ever() {
        let clients = vec![Pseudonym([5; 16]), Pseudonym([4; 16]), Pseudonym([5; 16])];
        let effect = Effect::new(
            Pseudonym([1; 16]),
            [2; 32],
            Some(Pseudonym([3; 16])),
            clients,
        );
        assert_eq!(
            effect.clients,
            [Pseudonym([4; 16]), Pseudonym([5; 16])],
            "sorted, each once"
        );
        assert_eq!(
            data_encoding::HEXLOWER.encode(&effect.encode()),
            GOLDEN.trim()
        );
        assert_eq!(Effect::decode(&effect.encode()), Ok(effect));
    }

    #[test]
    fn an_effect_of_a_later_program_is_told() {
        let effect = Effect {
            version: 2,
            ..Effect::new(Pseudonym([1; 16]), [2; 32], None, Vec::new())
        };
        assert_eq!(
            Effect::decode(&effect.encode()),
            Err(EventError::Version(2))
        );
    }
}
