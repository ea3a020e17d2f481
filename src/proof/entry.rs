//! Entries of the log: salted hashes of what they stand for. As long as the salt is kept, whoever has the bytes can show that they are meant; once it is erased,
//! the entry is a random number to everybody.

use std::fmt;

use crate::hash::Hash;

/// Stands before salt and record in the entry of a record.
const EVENT: &[u8] = b"knooppunt/event/1";
/// Stands before salt and bytes in the entry of a statement.
const STATEMENT: &[u8] = b"knooppunt/entry/1";

/// Why something is no part of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The salt is one byte over and over, so it came from no source of randomness.
    #[error("the salt is one byte repeated: it hides nothing")]
    WeakSalt,
}

impl EntryError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::WeakSalt => "salt-weak",
        }
    }
}

/// The salt of an entry: 32 random bytes, used once.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// Of 32 bytes from a source of randomness. Err: all of them are equal.
    pub fn new(bytes: [u8; 32]) -> Result<Salt, EntryError> {
        let [first, rest @ ..] = &bytes;
        if rest.iter().all(|byte| byte == first) {
            return Err(EntryError::WeakSalt);
        }
        Ok(Salt(bytes))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(32 bytes)")
    }
}

/// The entry of a journal record: `SHA-256("knooppunt/event/1" || salt || record)`, the record's bytes as they stand in the journal.
pub fn event_entry(salt: &Salt, record: &[u8]) -> Hash {
    Hash::over(&[EVENT, &salt.0, record])
}

/// The entry of a signed statement: `SHA-256("knooppunt/entry/1" || salt || bytes)`, the bytes exactly as they were signed.
pub fn statement_entry(salt: &Salt, bytes: &[u8]) -> Hash {
    Hash::over(&[STATEMENT, &salt.0, bytes])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_of_one_byte_repeated_is_refused() {
        assert_eq!(Salt::new([0; 32]), Err(EntryError::WeakSalt));
        assert_eq!(Salt::new([0xff; 32]), Err(EntryError::WeakSalt));
        let mut salt = [0; 32];
        salt[31] = 1;
        assert!(Salt::new(salt).is_ok());
    }

    #[test]
    fn a_record_and_a_statement_of_the_same_bytes_have_other_entries() {
        let mut salt = [7; 32];
        salt[0] = 8;
        let salt = Salt::new(salt).unwrap();
        assert_ne!(event_entry(&salt, b"x"), statement_entry(&salt, b"x"));
    }
}
