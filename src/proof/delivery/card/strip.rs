//! The values of a chain. `w_n` comes from the secret of the card; each other is the hash of the one above it, its place and the card hashed along.

use std::fmt;

use crate::delivery::bytes::{Secret, first_16, hash_16};
use crate::delivery::tag;

/// The id of a card: 16 bytes that look random to whoever lacks the salt of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId(pub [u8; 16]);

/// One value of the chain of a card.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Strip(pub [u8; 16]);

impl Strip {
    /// The highest value, that of row `n`.
    pub(super) fn top(secret: &Secret, id: CardId) -> Strip {
        Strip(first_16(&secret.mac(&[tag::CHAIN, &id.0])))
    }

    /// The value of row `to`, this being that of row `from`. None: `to` is above `from`.
    pub fn down(self, id: CardId, from: u32, to: u32) -> Option<Strip> {
        if to > from {
            return None;
        }
        let mut strip = self;
        for row in (to + 1..=from).rev() {
            strip = Strip(hash_16(&[tag::STRIP, &id.0, &row.to_be_bytes(), &strip.0]));
        }
        Some(strip)
    }

    /// All values from row `n` down to row 0, this being that of row `n`.
    pub(super) fn chain(self, id: CardId, n: u32) -> Vec<Strip> {
        let mut chain = vec![self];
        let mut strip = self;
        for row in (1..=n).rev() {
            strip = Strip(hash_16(&[tag::STRIP, &id.0, &row.to_be_bytes(), &strip.0]));
            chain.push(strip);
        }
        chain
    }
}

impl fmt::Debug for Strip {
    /// Shows none of it: what was not released is the client's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Strip(16 bytes)")
    }
}
