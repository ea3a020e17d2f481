//! How values become the bytes that are hashed: lists with lengths before their items, keyed hashes, and the one writing of bytes in a statement.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::hash::Hash;

/// A list of items as bytes: before each its length in two bytes, the most significant first. Two lists with other items never are the same bytes.
///
/// Items are values of statements and names that have limits of their own, all far below 65,536 bytes.
#[derive(Clone, Default)]
pub(super) struct Lp(Vec<u8>);

impl Lp {
    pub(super) fn new() -> Lp {
        Lp::default()
    }

    /// With these bytes as its next item.
    pub(super) fn raw(mut self, item: &[u8]) -> Lp {
        let length = u16::try_from(item.len()).unwrap_or(u16::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(item.iter().take(usize::from(length)));
        self
    }

    /// With a text, in UTF-8, as its next item.
    pub(super) fn text(self, item: &str) -> Lp {
        self.raw(item.as_bytes())
    }

    /// With a number, in decimal digits without zeros before it, as its next item.
    pub(super) fn number(self, item: u64) -> Lp {
        self.text(&item.to_string())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A secret of 32 random bytes. Shown nowhere; whoever holds one wipes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Its length in bytes.
    pub const BYTES: usize = 32;

    /// Of 32 bytes from a source of randomness.
    pub const fn new(bytes: [u8; 32]) -> Secret {
        Secret(bytes)
    }

    /// Its bytes, for whoever keeps it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 (RFC 2104) under this key over these pieces, one after the other.
    pub(super) fn mac(&self, pieces: &[&[u8]]) -> [u8; 32] {
        mac(&self.0, pieces)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(32 bytes)")
    }
}

/// HMAC-SHA-256 under a key of 32 bytes over these pieces, one after the other.
pub(super) fn mac(key: &[u8; 32], pieces: &[&[u8]]) -> [u8; 32] {
    // A key shorter than a block of the hash is filled up with zeros (RFC 2104 section 2), so that it can be given as a block, which never fails.
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&block.into());
    for piece in pieces {
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

/// HKDF-SHA-256 (RFC 5869) to 32 bytes, the salt 16 bytes.
pub(super) fn hkdf(salt: &[u8; 16], key: &[u8; 32], info: &[&[u8]]) -> [u8; 32] {
    let mut padded = [0; 32];
    for (to, from) in padded.iter_mut().zip(salt) {
        *to = *from;
    }
    let extracted = mac(&padded, &[key]);
    let info = [info, &[&[1]]].concat();
    mac(&extracted, &info)
}

/// The first 16 bytes.
pub(super) fn first_16(bytes: &[u8; 32]) -> [u8; 16] {
    let mut first = [0; 16];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    first
}

/// SHA-256 over these pieces, its first 16 bytes.
pub(super) fn hash_16(pieces: &[&[u8]]) -> [u8; 16] {
    first_16(Hash::over(pieces).as_bytes())
}

/// Bytes as a statement has them: base64 with `-` and `_`, without padding.
pub(super) fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// The bytes of a text. None: it is not their one writing, so has padding, other letters or unused bits that are set.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

/// The same where so many bytes are expected.
pub(super) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use hkdf::Hkdf;

    use super::*;

    #[test]
    fn other_items_are_other_bytes() {
        let one = Lp::new().text("ab").text("c");
        let other = Lp::new().text("a").text("bc");
        assert_eq!(one.as_bytes(), b"\0\x02ab\0\x01c");
        assert_ne!(one.as_bytes(), other.as_bytes());
        // A card with number 12 and version 3 is none with number 1 and version 23.
        let one = Lp::new().number(12).number(3);
        let other = Lp::new().number(1).number(23);
        assert_ne!(one.as_bytes(), other.as_bytes());
    }

    #[test]
    fn a_keyed_hash_is_that_of_rfc_4231() {
        // Test case 2, its key filled up with zeros as RFC 2104 has it.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let found = mac(&key, &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(data_encoding::HEXLOWER.encode(&found), expected);
    }

    #[test]
    fn a_derived_key_is_that_of_the_library() {
        let (salt, key) = ([3; 16], [4; 32]);
        let mut expected = [0; 32];
        let info: &[&[u8]] = &[b"knooppunt/", b"toew/1"];
        Hkdf::<Sha256>::new(Some(&salt), &key)
            .expand_multi_info(info, &mut expected)
            .unwrap();
        assert_eq!(hkdf(&salt, &key, info), expected);
    }

    #[test]
    fn bytes_have_one_writing() {
        for length in 0..70 {
            let bytes = vec![0xfb; length];
            assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
        for wrong in ["+/8", "-_8=", "-_9", "-_8 ", "-", "-_8\n", "é"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
        assert_eq!(decode_array::<3>("-_8"), None);
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new([7; 32])), "Secret(32 bytes)");
    }
}
