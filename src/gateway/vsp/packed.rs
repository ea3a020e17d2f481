//! Payloads in ZIP files for those who fetch them so: made anew each time, since the same bytes always give the same file; length and hash are remembered, because
//! every list names them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use crate::api::problem::ApiError;
use crate::envelope::vsp::zip;
use crate::ledger::MessageId;

/// Messages of which length and hash are remembered; then the older half is forgotten.
const REMEMBERED_MAX: usize = 20_000;

/// Length and SHA-256 of a packed payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) bytes: u64,
    pub(super) hash: [u8; 32],
}

/// What is remembered: two halves, of which the older one goes.
#[derive(Default)]
pub(super) struct Packed(Mutex<Halves>);

#[derive(Default)]
struct Halves {
    young: HashMap<MessageId, Size>,
    old: HashMap<MessageId, Size>,
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Packed")
    }
}

impl Packed {
    pub(super) fn known(&self, message: MessageId) -> Option<Size> {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(size) = halves.young.get(&message) {
            return Some(*size);
        }
        let size = halves.old.remove(&message)?;
        halves.keep(message, size);
        Some(size)
    }

    pub(super) fn remember(&self, message: MessageId, size: Size) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.keep(message, size);
    }
}

impl Halves {
    fn keep(&mut self, message: MessageId, size: Size) {
        if self.young.len() >= REMEMBERED_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(message, size);
    }
}

/// A payload in a ZIP file, under this name. Err: a bug.
pub(super) fn pack(file_name: &str, body: &[u8]) -> Result<(Vec<u8>, Size), Answer> {
    let packed = zip::pack(file_name, body).map_err(|_| Answer::Other(ApiError::Bug))?;
    let size = Size {
        bytes: packed.len() as u64,
        hash: Sha256::digest(&packed).into(),
    };
    Ok((packed, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_lately_is_remembered_and_not_more_than_so_many() {
        let packed = Packed::default();
        let id = |number: u32| {
            let mut bits = [0; 16];
            bits[..4].copy_from_slice(&number.to_be_bytes());
            MessageId::from_bytes(bits)
        };
        let size = Size {
            bytes: 1,
            hash: [2; 32],
        };
        for number in 0..30_000 {
            packed.remember(id(number), size);
            assert!(packed.known(id(0)).is_some(), "{number}");
        }
        assert_eq!(packed.known(id(1)), None);
        assert_eq!(packed.known(id(29_999)), Some(size));
        let halves = packed.0.lock().expect("no panic");
        assert!(halves.young.len() + halves.old.len() <= REMEMBERED_MAX);
    }
}
