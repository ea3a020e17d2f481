//! Encryption of parts, slots and segment keys with AES-256-GCM of aws-lc-rs. Nothing here knows where the bytes are kept.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::bytes::size;
use crate::store::PartKind;

/// Bytes of a tag.
pub(crate) const TAG_BYTES: usize = 16;
/// Bytes of plain text that are encrypted together.
pub(crate) const CHUNK_BYTES: usize = 64 * 1024;

/// 32 secret bytes, wiped when dropped and never shown.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret(pub(crate) [u8; 32]);

impl Secret {
    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Secret> {
        bytes.try_into().ok().map(Secret)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(32 bytes)")
    }
}

/// A key ready for use.
pub(crate) struct Cipher(LessSafeKey);

impl Cipher {
    pub(crate) fn new(secret: &Secret) -> Option<Cipher> {
        Some(Cipher(LessSafeKey::new(
            UnboundKey::new(&AES_256_GCM, &secret.0).ok()?,
        )))
    }

    /// Encrypts in place and adds the tag. A nonce is used once with a key.
    pub(crate) fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        bytes: &mut Vec<u8>,
    ) -> Option<()> {
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), bytes)
            .ok()?;
        bytes.extend_from_slice(tag.as_ref());
        Some(())
    }

    /// Decrypts in place; `None` when a bit of bytes, nonce or `aad` differs.
    pub(crate) fn open<'b>(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        bytes: &'b mut [u8],
    ) -> Option<&'b mut [u8]> {
        self.0
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), bytes)
            .ok()
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher")
    }
}

/// Stored bytes of a part of `plain` bytes: each chunk has a tag, and a part of no bytes has one empty chunk.
pub(crate) fn sealed_bytes(plain: usize) -> u64 {
    let chunks = plain.div_ceil(CHUNK_BYTES).max(1);
    plain as u64 + (chunks * TAG_BYTES) as u64
}

/// A part in chunks (STREAM): the nonce holds kind, number of the chunk and whether it is the last, so that none can be
/// cut off, moved or added. A key belongs to one record, and a record has one part of a kind, so no nonce comes twice. The record's
/// salt is bound in: with it the part belongs to this record's slot and position, which is bound to the salt there.
pub(crate) fn seal_part(
    key: &Secret,
    salt: &[u8; 32],
    kind: PartKind,
    plain: &[u8],
) -> Option<Vec<u8>> {
    let cipher = Cipher::new(key)?;
    let mut all = Vec::with_capacity(size(sealed_bytes(plain.len())));
    let mut chunk = Vec::with_capacity(plain.len().min(CHUNK_BYTES) + TAG_BYTES);
    let last = plain.len().div_ceil(CHUNK_BYTES).max(1) - 1;
    for number in 0..=last {
        let from = number * CHUNK_BYTES;
        let to = plain.len().min(from + CHUNK_BYTES);
        chunk.clear();
        chunk.extend_from_slice(plain.get(from..to)?);
        cipher.seal(
            part_nonce(kind, number, number == last)?,
            &part_aad(salt, kind),
            &mut chunk,
        )?;
        all.extend_from_slice(&chunk);
    }
    Some(all)
}

/// The part again; `None` when anything differs.
pub(crate) fn open_part(
    key: &Secret,
    salt: &[u8; 32],
    kind: PartKind,
    mut sealed: Vec<u8>,
) -> Option<Vec<u8>> {
    let cipher = Cipher::new(key)?;
    let stored = CHUNK_BYTES + TAG_BYTES;
    let last = sealed.len().div_ceil(stored).checked_sub(1)?;
    let mut plain = Vec::with_capacity(sealed.len());
    for (number, chunk) in sealed.chunks_mut(stored).enumerate() {
        let nonce = part_nonce(kind, number, number == last)?;
        plain.extend_from_slice(cipher.open(nonce, &part_aad(salt, kind), chunk)?);
    }
    Some(plain)
}

fn part_nonce(kind: PartKind, number: usize, last: bool) -> Option<[u8; NONCE_LEN]> {
    let mut nonce = [0; NONCE_LEN];
    let (head, tail) = nonce.split_at_mut(7);
    *head.first_mut()? = kind.number();
    let (counter, flag) = tail.split_at_mut(4);
    counter.copy_from_slice(&u32::try_from(number).ok()?.to_be_bytes());
    *flag.first_mut()? = u8::from(last);
    Some(nonce)
}

fn part_aad(salt: &[u8; 32], kind: PartKind) -> Vec<u8> {
    [&b"knooppunt/part/1"[..], salt, &[kind.number()]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_opens_with_its_own_key_salt_and_kind_only() {
        let (key, other) = (Secret([1; 32]), Secret([2; 32]));
        let plain = vec![9; CHUNK_BYTES + 5];
        let sealed = seal_part(&key, &[3; 32], PartKind::Body, &plain).unwrap();
        assert_eq!(sealed.len() as u64, sealed_bytes(plain.len()));
        assert_eq!(
            open_part(&key, &[3; 32], PartKind::Body, sealed.clone()),
            Some(plain)
        );
        assert_eq!(
            open_part(&other, &[3; 32], PartKind::Body, sealed.clone()),
            None
        );
        assert_eq!(
            open_part(&key, &[4; 32], PartKind::Body, sealed.clone()),
            None
        );
        assert_eq!(open_part(&key, &[3; 32], PartKind::Answer, sealed), None);
    }

    #[test]
    fn a_part_with_a_chunk_cut_off_doubled_or_moved_does_not_open() {
        let (key, salt, stored) = (Secret([1; 32]), [3; 32], CHUNK_BYTES + TAG_BYTES);
        let sealed = seal_part(&key, &salt, PartKind::Body, &vec![9; 3 * CHUNK_BYTES]).unwrap();
        assert!(open_part(&key, &salt, PartKind::Body, sealed[..2 * stored].to_vec()).is_none());
        assert!(
            open_part(
                &key,
                &salt,
                PartKind::Body,
                [&sealed[..], &sealed[2 * stored..]].concat()
            )
            .is_none()
        );
        let moved = [
            &sealed[stored..2 * stored],
            &sealed[..stored],
            &sealed[2 * stored..],
        ]
        .concat();
        assert!(open_part(&key, &salt, PartKind::Body, moved).is_none());
        assert!(open_part(&key, &salt, PartKind::Body, Vec::new()).is_none());
    }
}
