//! Values of the past as a view may hold them. AES-GCM-SIV under a key for each row: equal rows have equal values, which comparing whole views needs, and a
//! row that is written many times under one key tells nothing but whether it is the same as before. A key follows from the outer key and the pseudonyms of the
//! row, so it is nowhere on the disk.

use std::fmt;

use aws_lc_rs::aead::{AES_128_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::pseudonym::{Outer, Pseudonym};

const KEY_BYTES: usize = 16;

/// What one row is encrypted with.
pub(super) struct Sealed(Zeroizing<[u8; KEY_BYTES]>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(key hidden)")
    }
}

impl Sealed {
    /// The name of a row within the views and its key: the two halves of one HMAC over scope and key of the row.
    pub(super) fn of(outer: &Outer, scope: Pseudonym, key: &[u8]) -> ([u8; 16], Self) {
        let (name, secret) = outer.pair(&[&scope.0[..], key].concat());
        (name, Self(secret))
    }

    /// The value that a view holds.
    pub(super) fn seal(&self, mut row: Vec<u8>) -> Vec<u8> {
        let sealed = self.key().and_then(|key| {
            key.seal_in_place_append_tag(nonce(), Aad::empty(), &mut row)
                .ok()
        });
        // Nothing is written rather than something readable: a row of no bytes is told as unfit when it is read.
        debug_assert!(
            sealed.is_some(),
            "a key of 16 bytes seals what fits into memory"
        );
        sealed.map(|()| row).unwrap_or_default()
    }

    /// The row; `None` when it was not written under this key.
    pub(super) fn open(&self, value: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = value.to_vec();
        let plain = self.key()?.open_in_place(nonce(), Aad::empty(), &mut bytes);
        let length = plain.ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    fn key(&self) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&AES_128_GCM_SIV, self.0.as_slice()).ok()?;
        Some(LessSafeKey::new(key))
    }
}

/// One for all: SIV tells of two values under one key and nonce only whether they are equal.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(outer: u8, scope: u8, key: &[u8]) -> ([u8; 16], Sealed) {
        let outer = Outer::from_bytes(&[outer; 32]).expect("a key");
        Sealed::of(&outer, Pseudonym([scope; 16]), key)
    }

    #[test]
    fn a_value_opens_under_the_key_of_its_row_alone() {
        let (name, own) = sealed(1, 2, b"row");
        let value = own.seal(b"what is known".to_vec());
        assert_eq!(value, own.seal(b"what is known".to_vec()));
        assert_eq!(own.open(&value).as_deref(), Some(&b"what is known"[..]));
        for (outer, scope, key) in [(3, 2, &b"row"[..]), (1, 3, b"row"), (1, 2, b"other")] {
            let (other, sealed) = sealed(outer, scope, key);
            assert_ne!(other, name);
            assert_eq!(sealed.open(&value), None);
        }
    }

    #[test]
    fn a_value_of_which_a_bit_differs_does_not_open() {
        let (_, own) = sealed(1, 2, b"row");
        let value = own.seal(b"known".to_vec());
        for at in 0..value.len() {
            let mut wrong = value.clone();
            wrong[at] ^= 1;
            assert_eq!(own.open(&wrong), None, "byte {at}");
        }
        assert_eq!(own.open(&[]), None);
    }
}
