//! The hash of a node of the tree, and how nodes are made of entries and of each other (RFC 6962 section 2.1, RFC 9162 section 2.1.1).

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};

use crate::base64;

/// Why a text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// Not 44 characters of base64 with padding and unused bits zero.
    #[error("not a SHA-256 hash in base64 (44 characters)")]
    Base64,
}

impl HashError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Base64 => "hash-base64",
        }
    }
}

/// A SHA-256 hash: 32 bytes. Written as base64 with padding, as checkpoints have it: `47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// The root of a tree without leaves: SHA-256 of nothing.
    pub const EMPTY_ROOT: Hash = Hash([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// Of 32 bytes as they are.
    pub const fn new(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// SHA-256 over these pieces, one after the other.
    pub fn over(pieces: &[&[u8]]) -> Hash {
        let mut digest = Sha256::new();
        for piece in pieces {
            digest.update(piece);
        }
        Hash(digest.finalize().into())
    }

    /// Reads base64 with padding. Err: anything else, also base64 of which unused bits are not zero.
    pub fn from_base64(text: &str) -> Result<Hash, HashError> {
        let bytes = base64::decode(text.as_bytes()).ok_or(HashError::Base64)?;
        let bytes = bytes.try_into().map_err(|_| HashError::Base64)?;
        Ok(Hash(bytes))
    }

    /// In base64 with padding: 44 characters.
    pub fn to_base64(&self) -> String {
        BASE64.encode(&self.0)
    }

    /// In hexadecimal, lower case: 64 characters.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({})", self.to_hex())
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }
}

/// The leaf of an entry: `SHA-256(0x00 || entry)`.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash::over(&[&[0], entry])
}

/// The node over two nodes: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::over(&[&[1], &left.0, &right.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_of_no_leaves_is_the_hash_of_nothing() {
        assert_eq!(Hash::over(&[]), Hash::EMPTY_ROOT);
    }

    #[test]
    fn a_leaf_is_never_a_node() {
        let (left, right) = (Hash::new([1; 32]), Hash::new([2; 32]));
        let both = [*left.as_bytes(), *right.as_bytes()].concat();
        assert_ne!(leaf_hash(&both), node_hash(&left, &right));
        assert_eq!(leaf_hash(b""), Hash::over(&[&[0]]));
    }

    #[test]
    fn base64_comes_back_and_nothing_else_is_taken() {
        let hash = Hash::over(&[b"a"]);
        let text = hash.to_base64();
        assert_eq!(Hash::from_base64(&text), Ok(hash));
        // The last character before the padding carries two unused bits: of zeros it is an A, and a B says the same less strictly.
        let zeros = Hash::new([0; 32]).to_base64();
        let loose = zeros.replace("A=", "B=");
        let short = text.trim_end_matches('=');
        // As if two texts stood one after the other: bytes of the same number, in 48 characters.
        let two = [&hash.as_bytes()[..1], &hash.as_bytes()[1..]].map(|part| BASE64.encode(part));
        let two = two.concat();
        for wrong in ["", "AAAA", short, &loose, &two, &format!("{text}\n")] {
            assert_eq!(Hash::from_base64(wrong), Err(HashError::Base64), "{wrong}");
        }
    }
}
