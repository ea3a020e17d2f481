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

    /// The namespace with this number; empty for [`UNKNOWN`].
    pub(crate) fn space_text(&self, number: u16) -> &str {
        self.spaces.text(number)
    }

    /// The local part with this number; empty for [`UNKNOWN`].
    pub(crate) fn local_text(&self, number: u16) -> &str {
        self.locals.text(number)
    }
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
