//! The bytes of a key segment: its head, which holds the segment key wrapped by the top key, and a slot for each record.
//!
//! A segment has two heads of a page each, of which one is used (the other takes over when the top key changes), then slots of 140 bytes:
//! position, what is in it, nonce, wrapped keys and salt, CRC-32C.

use zeroize::{Zeroize, Zeroizing};

use super::bytes::{Put, Take};
use super::cipher::{Cipher, Secret, TAG_BYTES};
use super::top::{Randomness, TopKeys};
use crate::store::{KeyKind, Position, StoreError};

const MAGIC: &[u8; 8] = b"KNOOPKEY";
/// Version of head and slot that is written now.
const KEYS_VERSION: u32 = 1;
/// Bytes of one head.
pub(crate) const HEAD_BYTES: usize = 4096;
/// Where slots begin.
pub(crate) const SLOTS_AT: usize = 2 * HEAD_BYTES;
/// Bytes of a slot.
pub(crate) const SLOT_BYTES: usize = 8 + 1 + 3 + 12 + PLAIN_BYTES + TAG_BYTES + 4;
const PLAIN_BYTES: usize = 96;

/// Bits that say what a slot still holds.
pub(super) const CONTENT: u8 = 1;
pub(super) const EFFECT: u8 = 2;

/// Two keys and a salt of one record, wiped when dropped.
pub(crate) struct RecordKeys {
    pub(crate) content: Secret,
    pub(crate) effect: Secret,
    pub(crate) salt: [u8; 32],
}

impl RecordKeys {
    pub(crate) fn key(&self, kind: KeyKind) -> &Secret {
        match kind {
            KeyKind::Content => &self.content,
            KeyKind::Effect => &self.effect,
        }
    }
}

/// What a slot holds now.
pub(crate) struct Slot {
    pub(crate) position: Position,
    pub(super) held: u8,
    pub(super) keys: Option<RecordKeys>,
}

impl Slot {
    /// Keys and salt when the key of this kind is still there.
    pub(crate) fn for_key(&self, kind: KeyKind) -> Option<&RecordKeys> {
        self.keys.as_ref().filter(|_| self.held & bit(kind) != 0)
    }

    /// The salt, which goes with the last key.
    pub(crate) fn salt(&self) -> Option<&[u8; 32]> {
        self.keys.as_ref().map(|keys| &keys.salt)
    }
}

pub(super) fn bit(kind: KeyKind) -> u8 {
    match kind {
        KeyKind::Content => CONTENT,
        KeyKind::Effect => EFFECT,
    }
}

/// What a segment's head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// Grows with each change of the top key.
    pub(super) turn: u64,
    pub(crate) first: Position,
    /// When it was made, in microseconds.
    pub(crate) made: i64,
    /// Check value of the top key that wraps this segment's key.
    pub(crate) top: [u8; 16],
    nonce: [u8; 12],
    wrapped: Vec<u8>,
}

impl Head {
    pub(super) fn write(&self) -> Vec<u8> {
        Put::default()
            .raw(MAGIC)
            .u32(KEYS_VERSION)
            .u64(self.turn)
            .u64(self.first.0)
            .i64(self.made)
            .raw(&self.top)
            .raw(&self.nonce)
            .raw(&self.wrapped)
            .crc_padded(HEAD_BYTES)
    }

    fn read(bytes: &[u8]) -> Option<Head> {
        let mut take = Take::new(bytes);
        if take.raw(8)? != MAGIC || take.u32()? != KEYS_VERSION {
            return None;
        }
        let head = Head {
            turn: take.u64()?,
            first: Position(take.u64()?),
            made: take.i64()?,
            top: take.array()?,
            nonce: take.array()?,
            wrapped: take.raw(32 + TAG_BYTES)?.to_vec(),
        };
        take.crc_padded()?;
        Some(head)
    }

    pub(super) fn new(
        key: &Secret,
        turn: u64,
        first: Position,
        made: i64,
        top: &TopKeys,
        random: &dyn Randomness,
    ) -> Result<Head, StoreError> {
        let mut nonce = [0; 12];
        random.fill(&mut nonce)?;
        let mut wrapped = key.0.to_vec();
        let (check, cipher) = top.newest();
        cipher
            .seal(nonce, &head_aad(first), &mut wrapped)
            .ok_or(StoreError::Randomness)?;
        Ok(Head {
            turn,
            first,
            made,
            top: check,
            nonce,
            wrapped,
        })
    }

    pub(super) fn unwrap(&self, top: &TopKeys) -> Option<Secret> {
        let mut wrapped = Zeroizing::new(self.wrapped.clone());
        let plain =
            top.with_check(&self.top)?
                .open(self.nonce, &head_aad(self.first), &mut wrapped)?;
        Secret::from_slice(plain)
    }
}

fn head_aad(first: Position) -> Vec<u8> {
    [&b"knooppunt/segment-key/1"[..], &first.0.to_be_bytes()].concat()
}

/// The two heads of a segment's bytes: good, empty (all zero) or neither.
pub(crate) enum HeadCopy {
    Good(Head),
    Empty,
    Broken,
}

pub(crate) fn heads(bytes: &[u8]) -> [HeadCopy; 2] {
    let one = |at: usize| match bytes.get(at..at + HEAD_BYTES) {
        None => HeadCopy::Broken,
        Some(copy) if copy.iter().all(|byte| *byte == 0) => HeadCopy::Empty,
        Some(copy) => Head::read(copy).map_or(HeadCopy::Broken, HeadCopy::Good),
    };
    [one(0), one(HEAD_BYTES)]
}

fn slot_aad(position: Position, held: u8) -> Vec<u8> {
    [&b"knooppunt/slot/1"[..], &position.0.to_be_bytes(), &[held]].concat()
}

/// A slot's bytes. A slot whose keys are both gone holds neither keys nor salt.
pub(super) fn write_slot(
    position: Position,
    held: u8,
    keys: Option<&RecordKeys>,
    cipher: &Cipher,
    random: &dyn Randomness,
    out: &mut Vec<u8>,
) -> Result<(), StoreError> {
    let start = out.len();
    out.extend_from_slice(&position.0.to_be_bytes());
    out.extend_from_slice(&[held, 0, 0, 0]);
    match keys {
        Some(keys) if held != 0 => {
            let mut nonce = [0; 12];
            random.fill(&mut nonce)?;
            let mut plain = Vec::with_capacity(PLAIN_BYTES + TAG_BYTES);
            for (bit, secret) in [(CONTENT, &keys.content), (EFFECT, &keys.effect)] {
                plain.extend_from_slice(if held & bit == 0 {
                    &[0; 32]
                } else {
                    secret.bytes()
                });
            }
            plain.extend_from_slice(&keys.salt);
            if cipher
                .seal(nonce, &slot_aad(position, held), &mut plain)
                .is_none()
            {
                plain.zeroize();
                return Err(StoreError::Randomness);
            }
            out.extend_from_slice(&nonce);
            out.extend_from_slice(&plain);
        }
        Some(_) | None => out.resize(start + SLOT_BYTES - 4, 0),
    }
    let crc = crc32c::crc32c(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&crc.to_be_bytes());
    Ok(())
}

pub(super) fn read_slot(bytes: &[u8], position: Position, cipher: &Cipher) -> Option<Slot> {
    let mut take = Take::new(bytes);
    if take.u64()? != position.0 {
        return None;
    }
    let held = take.u8()?;
    if take.raw(3)? != [0; 3] || held > (CONTENT | EFFECT) {
        return None;
    }
    let nonce = take.array()?;
    let wrapped = take.raw(PLAIN_BYTES + TAG_BYTES)?;
    take.crc()?;
    if held == 0 {
        let empty = nonce == [0; 12] && wrapped.iter().all(|byte| *byte == 0);
        return empty.then_some(Slot {
            position,
            held,
            keys: None,
        });
    }
    let mut wrapped = Zeroizing::new(wrapped.to_vec());
    let plain = cipher.open(nonce, &slot_aad(position, held), &mut wrapped)?;
    let mut fields = Take::new(plain);
    let keys = RecordKeys {
        content: Secret(fields.array()?),
        effect: Secret(fields.array()?),
        salt: fields.array()?,
    };
    Some(Slot {
        position,
        held,
        keys: Some(keys),
    })
}
