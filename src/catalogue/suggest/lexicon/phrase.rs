//! Phrases of stems, the sides that are named among them, and which phrase a name begins with.

use std::collections::BTreeMap;

use super::super::words::Word;
use super::FACETS_MAX;

/// Words without sides, and the sides that were among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Phrase {
    pub(crate) stems: Vec<String>,
    pub(crate) sides: Sides,
}

/// For each facet the bits of the values that are named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sides(pub(crate) [u16; FACETS_MAX]);

impl Sides {
    pub(crate) fn add(&mut self, facet: usize, bits: u16) {
        if let Some(place) = self.0.get_mut(facet) {
            *place |= bits;
        }
    }

    pub(crate) fn get(&self, facet: usize) -> u16 {
        self.0.get(facet).copied().unwrap_or_default()
    }

    /// Takes over what the other says, where this one says nothing.
    pub(crate) fn merge(&mut self, other: Self) {
        for (own, theirs) in self.0.iter_mut().zip(other.0) {
            if *own == 0 {
                *own = theirs;
            }
        }
    }
}

/// Phrases by their first stem, longest first.
#[derive(Debug)]
pub(super) struct Phrases<T>(BTreeMap<String, Vec<(Vec<String>, T)>>);

impl<T> Default for Phrases<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Phrases<T> {
    /// Adds a phrase; of equal ones the first counts.
    pub(super) fn add(&mut self, stems: Vec<String>, what: T) {
        if let Some(first) = stems.first().cloned() {
            let known = self.0.entry(first).or_default();
            // Of equal phrases the first one counts.
            let at = known.partition_point(|(other, _)| other.len() >= stems.len());
            known.insert(at, (stems, what));
        }
    }

    /// The longest phrase that these words begin with, and how many words it has.
    pub(super) fn at(&self, words: &[Word]) -> Option<(usize, &T)> {
        let first = words.first()?;
        let known = self.0.get(&first.stem)?;
        known.iter().find_map(|(stems, what)| {
            let is_it = stems.len() <= words.len()
                && stems
                    .iter()
                    .zip(words)
                    .all(|(stem, word)| *stem == word.stem);
            is_it.then_some((stems.len(), what))
        })
    }
}
