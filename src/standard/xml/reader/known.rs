//! Names met before in a body, so that a name is taken apart once and not per element.
//! Forgets: a name may drive out another; what it says is never wrong.

use super::super::name::Name;

/// Names as they are written, each with the bindings it was met in.
pub(super) struct KnownNames {
    slots: [KnownName; SLOTS],
}

const SLOTS: usize = 256;

#[derive(Clone, Copy)]
struct KnownName {
    start: u32,
    len: u32,
    generation: u32,
    name: Name,
}

impl Default for KnownNames {
    fn default() -> Self {
        let nothing = KnownName {
            start: 0,
            len: 0,
            generation: 0,
            name: Name::UNKNOWN,
        };
        Self {
            slots: [nothing; SLOTS],
        }
    }
}

impl KnownNames {
    fn slot(qname: &str) -> usize {
        let bytes = qname.as_bytes();
        let tail = match bytes.last_chunk::<8>() {
            Some(tail) => u64::from_le_bytes(*tail),
            None => bytes
                .iter()
                .fold(0, |tail, byte| tail << 8 | u64::from(*byte)),
        };
        let mixed =
            (tail ^ (qname.len() as u64).rotate_left(56)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // The top eight bits: one of 256 slots.
        usize::from(mixed.to_be_bytes()[0])
    }

    /// The name that is written `qname` in the bindings `generation`.
    pub(super) fn get(&self, body: &str, qname: &str, generation: u32) -> Option<Name> {
        let slot = self.slots.get(Self::slot(qname))?;
        let start = slot.start as usize;
        let same = slot.generation == generation
            && slot.len as usize == qname.len()
            && body.as_bytes().get(start..start + qname.len()) == Some(qname.as_bytes());
        (same && slot.len > 0).then_some(slot.name)
    }

    /// Remembers the name that is written `qname`, which begins at byte `start`, in the bindings `generation`.
    pub(super) fn put(&mut self, start: usize, qname: &str, generation: u32, name: Name) {
        // Both fit: a body has fewer than 2^32 bytes.
        if let (Some(slot), Ok(start), Ok(len)) = (
            self.slots.get_mut(Self::slot(qname)),
            u32::try_from(start),
            u32::try_from(qname.len()),
        ) {
            *slot = KnownName {
                start,
                len,
                generation,
                name,
            };
        }
    }
}
