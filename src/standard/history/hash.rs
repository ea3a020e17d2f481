//! Hashing of keys that hold pseudonyms. These are keyed digests: nobody who does not know the key can choose them so that they collide,
//! so no hash is needed here that withstands chosen keys.

use std::hash::{BuildHasher, Hasher};

/// Builds the hash for maps by pseudonym.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread;

/// Folds eight bytes at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spreading(u64);

impl BuildHasher for Spread {
    type Hasher = Spreading;

    fn build_hasher(&self) -> Spreading {
        Spreading::default()
    }
}

impl Spreading {
    const fn fold(&mut self, word: u64) {
        // An odd number with as many ones as zeros, spread evenly.
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Spreading {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.fold(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.fold(u64::from(*byte));
        }
    }

    /// One half of a pseudonym is as good as both: each bit of it is as likely as any other.
    fn write_u128(&mut self, pseudonym: u128) {
        self.fold(u64::try_from(pseudonym >> 64).unwrap_or_default());
    }

    fn write_isize(&mut self, number: isize) {
        self.fold(number.unsigned_abs() as u64);
    }

    fn write_i16(&mut self, number: i16) {
        self.fold(u64::from(number.unsigned_abs()));
    }

    fn write_i8(&mut self, number: i8) {
        self.fold(u64::from(number.unsigned_abs()));
    }

    fn write_usize(&mut self, number: usize) {
        self.fold(number as u64);
    }

    fn finish(&self) -> u64 {
        // The high bits are the best mixed, and maps look at the low ones first.
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::history::{Label, Pseudonymise as _, RowKey, Unkeyed};

    #[test]
    fn keys_are_spread_over_low_and_high_bits() {
        let keys = (0..4096).flat_map(|number: u32| {
            let pseudonym = Unkeyed.of(Label::ReferentieNummer, &number.to_string());
            [RowKey::Prestatie(pseudonym), RowKey::Usage(pseudonym)]
        });
        let hashes: Vec<u64> = keys.map(|key| Spread.hash_one(key)).collect();
        for shift in [0, 20, 51] {
            let seen: HashSet<u64> = hashes.iter().map(|hash| (hash >> shift) & 0x1fff).collect();
            // 8192 keys over 8192 places: chance fills 63 % of them.
            assert!(seen.len() > 4900, "{} at {shift}", seen.len());
        }
    }
}
