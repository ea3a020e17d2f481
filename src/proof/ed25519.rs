//! Ed25519 (RFC 8032), verified strictly: of one message and key no two programs that follow these rules judge a signature differently, and a signature
//! can't be bent into another one. Knows nothing of names or notes.

use std::fmt;

use ed25519_dalek::{Signature, VerifyingKey};

/// Why a key or signature is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ed25519Error {
    /// The 32 bytes are no point of the curve, one written in a second way, or one of the eight points of small order, for which signatures can be made without a
    /// secret.
    #[error("not a sound Ed25519 public key")]
    Key,
    /// The signature does not hold under the strict rules.
    #[error("the Ed25519 signature does not hold")]
    Signature,
}

impl Ed25519Error {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Key => "ed25519-key",
            Self::Signature => "ed25519-signature",
        }
    }
}

/// An Ed25519 public key: a point of the curve, canonically written and not of small order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Its length in bytes.
    pub const BYTES: usize = 32;
    /// Length of a signature in bytes.
    pub const SIGNATURE_BYTES: usize = 64;

    /// Of its 32 bytes. Err: no such point, not canonical (RFC 8032 section 5.1.3: a y of the field's prime or above, or a zero x with its sign set), or of
    /// small order.
    pub fn new(bytes: &[u8; 32]) -> Result<PublicKey, Ed25519Error> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| Ed25519Error::Key)?;
        let canonical = key.to_edwards().compress().to_bytes() == *bytes;
        if !canonical || key.is_weak() {
            return Err(Ed25519Error::Key);
        }
        Ok(PublicKey(key))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether `signature` (R and s, 64 bytes) is of this key over `message`. Err: it is not, or not in the one way that is accepted: s below the order of the
    /// group, R canonical and not of small order, and the equation holds without multiplying by the cofactor.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), Ed25519Error> {
        // Strict verification compares R as bytes with the R that it computes, whose writing is canonical.
        self.0
            .verify_strict(message, &Signature::from_bytes(signature))
            .map_err(|_| Ed25519Error::Signature)
    }
}

impl From<&ed25519_dalek::SigningKey> for PublicKey {
    fn from(secret: &ed25519_dalek::SigningKey) -> PublicKey {
        // A multiple of the base point by a clamped scalar: never of small order, and written by the library itself.
        PublicKey(secret.verifying_key())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PublicKey({})",
            data_encoding::HEXLOWER.encode(self.as_bytes())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer as _, SigningKey};

    fn signed(message: &[u8]) -> (PublicKey, [u8; 64]) {
        let secret = SigningKey::from_bytes(&[3; 32]);
        (PublicKey::from(&secret), secret.sign(message).to_bytes())
    }

    /// A number of 32 bytes, least byte first, from the way people write it.
    fn little_endian(hex: &str) -> [u8; 32] {
        let mut bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        bytes.reverse();
        bytes.try_into().unwrap()
    }

    /// The prime of the field, 2^255 - 19.
    const PRIME: &str = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
    /// Order of the group, 2^252 + 27742317777372353535851937790883648493.
    const ORDER: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

    #[test]
    fn a_signature_holds_for_its_message_and_key_alone() {
        let (key, signature) = signed(b"one");
        assert_eq!(key.verify(b"one", &signature), Ok(()));
        assert_eq!(key.verify(b"two", &signature), Err(Ed25519Error::Signature));
        let other = PublicKey::from(&SigningKey::from_bytes(&[4; 32]));
        assert_eq!(
            other.verify(b"one", &signature),
            Err(Ed25519Error::Signature)
        );
        assert_eq!(PublicKey::new(key.as_bytes()), Ok(key));
    }

    #[test]
    fn any_bit_of_a_signature_that_changes_breaks_it() {
        let (key, signature) = signed(b"one");
        for bit in 0..512 {
            let mut changed = signature;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                key.verify(b"one", &changed),
                Err(Ed25519Error::Signature),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn s_with_the_order_of_the_group_added_is_another_writing_of_a_signature_and_refused() {
        let (key, mut signature) = signed(b"one");
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(little_endian(ORDER)) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert_eq!(key.verify(b"one", &signature), Err(Ed25519Error::Signature));
    }

    #[test]
    fn the_points_of_small_order_are_no_keys() {
        // y = 1 (the neutral point), y = -1 (order 2), y = 0 with both signs (order 4); and y of the points of order 8, both signs of y and x.
        let one = format!("{:064x}", 1);
        let minus_one = PRIME.replace("ed", "ec");
        let zero = format!("{:064x}", 0);
        let eight = "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7";
        let minus_eight = "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826";
        for y in [&one, &minus_one, &zero, eight, minus_eight] {
            for sign in [0, 0x80] {
                let mut bytes = little_endian(y);
                bytes[31] |= sign;
                assert_eq!(PublicKey::new(&bytes), Err(Ed25519Error::Key), "{y} {sign}");
            }
        }
    }

    #[test]
    fn a_key_that_is_written_in_a_second_way_is_refused() {
        // y = 3 is on the curve and of large order; so is y = 3 + p, which fits 255 bits and is the same point.
        let three = little_endian(&format!("{:064x}", 3));
        assert!(PublicKey::new(&three).is_ok());
        let mut second = little_endian(PRIME);
        second[0] += 3;
        assert_eq!(PublicKey::new(&second), Err(Ed25519Error::Key));
    }

    #[test]
    fn bytes_that_are_no_point_are_no_key() {
        // y = 2 gives no x.
        let two = little_endian(&format!("{:064x}", 2));
        assert_eq!(PublicKey::new(&two), Err(Ed25519Error::Key));
    }
}
