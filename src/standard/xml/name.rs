//! The names that the loaded schemas know, as numbers, so that checking compares integers.
//! Does not hold names that only occur in messages.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A name as two numbers: namespace and local part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) space: u16,
    pub(crate) local: u16,
}

/// Number of a namespace or local part that no schema knows.
pub(crate) const UNKNOWN: u16 = u16::MAX;

impl Name {
    /// A name that no schema knows.
    pub(crate) const UNKNOWN: Self = Self {
        space: UNKNOWN,
        local: UNKNOWN,
    };
}

/// Every namespace and local part of the loaded schemas, each with its number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    spaces: Words,
    locals: Words,
}

impl Vocabulary {
    /// The number of a namespace, new when it was not known. `None` when all numbers are given out.
    pub(crate) fn add_space(&mut self, uri: &str) -> Option<u16> {
        self.spaces.add(uri)
    }

    /// The number of a local part, new when it was not known. `None` when all numbers are given out.
    pub(crate) fn add_local(&mut self, local: &str) -> Option<u16> {
        self.locals.add(local)
    }

    /// The number of a namespace, or [`UNKNOWN`].
    pub(crate) fn space(&self, uri: &str) -> u16 {
        self.spaces.number(uri)
    }

    /// The number of a local part, or [`UNKNOWN`].
    pub(crate) fn local(&self, local: &str) -> u16 {
        self.locals.number(local)
    }

    /// Whether a local part is, but for a slip, one that a schema knows: equal but for case, or at most two letters off
    /// and no more than one in four of its letters.
    pub(crate) fn resembles_local(&self, local: &str) -> bool {
        let lower = local.to_lowercase();
        self.locals.texts.iter().any(|known| {
            let slips = (known.len() / LETTERS_PER_SLIP).min(MOST_SLIPS);
            known.len().abs_diff(lower.len()) <= MOST_SLIPS
                && distance(&known.to_lowercase(), &lower) <= slips
        })
    }

    /// The namespace with this number; empty for [`UNKNOWN`].
    pub(crate) fn space_text(&self, number: u16) -> &str {
        self.spaces.text(number)
    }

    /// The local part with this number; empty for [`UNKNOWN`].
    pub(crate) fn local_text(&self, number: u16) -> &str {
        self.locals.text(number)
    }
}

const MOST_SLIPS: usize = 2;
const LETTERS_PER_SLIP: usize = 4;

/// How many letters must be put in, taken out or changed to make one word the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (index, a) in one.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(other.chars()) {
            let least = (left + 1)
                .min(*cell + 1)
                .min(diagonal + usize::from(a != b));
            diagonal = std::mem::replace(cell, least);
            left = least;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[derive(Clone, Debug, Default)]
struct Words {
    texts: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u16, BuildHasherDefault<Fnv>>,
}

impl Words {
    fn add(&mut self, text: &str) -> Option<u16> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        let number = u16::try_from(self.texts.len())
            .ok()
            .filter(|number| *number != UNKNOWN)?;
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        Some(number)
    }

    fn number(&self, text: &str) -> u16 {
        self.numbers.get(text).copied().unwrap_or(UNKNOWN)
    }

    fn text(&self, number: u16) -> &str {
        self.texts.get(usize::from(number)).map_or("", |text| text)
    }
}

/// FNV-1a. Fast on short words; safe here because only words of schemas are ever stored, so that
/// no message can make them collide.
#[derive(Clone)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_another_word() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("geslagt", "geslacht"), 2);
        assert_eq!(distance("kitten", "sitting"), 3);
        let mut words = Vocabulary::default();
        for word in ["Bsn", "Naam", "Geslacht"] {
            words.add_local(word).unwrap();
        }
        for slip in ["bsn", "BSN", "Naaam", "Geslagt", "geslacht", "Gesclacht"] {
            assert!(words.resembles_local(slip), "{slip}");
        }
        for other in [
            "",
            "Ans",
            "Jan",
            "Bsn1",
            "Naam12",
            "Bsn-999900006",
            "Geslacht999",
            "Gslgt",
        ] {
            assert!(!words.resembles_local(other), "{other}");
        }
    }

    #[test]
    fn a_word_keeps_its_number_and_an_unknown_one_has_none() {
        let mut words = Vocabulary::default();
        let bsn = words.add_local("Bsn").unwrap();
        let naam = words.add_local("Naam").unwrap();
        assert_ne!(bsn, naam);
        assert_eq!(words.add_local("Bsn"), Some(bsn));
        assert_eq!(words.local_text(naam), "Naam");
        assert_eq!(words.local("bsn"), UNKNOWN);
        assert_eq!(words.local_text(UNKNOWN), "");
    }
}
