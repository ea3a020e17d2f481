//! Messages that are changed a little, the same ones for the same seed, without end.
//! Makes them only: verdicts are asked elsewhere.

use knooppunt_standard::ElementDescription;

use crate::edits::{self, CATEGORIES, Category, HARMLESS};
use crate::random::Random;

/// One changed message.
#[derive(Clone, Debug)]
pub(crate) struct Mutant {
    /// Its place in the sequence, from 0.
    pub(crate) number: usize,
    /// What was done to it, in order; empty when nothing was.
    pub(crate) edits: Vec<Category>,
    /// The message.
    pub(crate) bytes: Vec<u8>,
}

/// The sequence for one message kind.
#[derive(Debug)]
pub(crate) struct Mutants<'a> {
    bases: &'a [String],
    shape: &'a ElementDescription,
    random: Random,
    number: usize,
}

impl<'a> Mutants<'a> {
    /// Mutants of these messages, which are all of the kind that `shape` describes. Each pair of seed and stream has its own sequence.
    pub(crate) fn new(
        bases: &'a [String],
        shape: &'a ElementDescription,
        seed: u64,
        stream: u64,
    ) -> Self {
        Self {
            bases,
            shape,
            random: Random::new(seed, stream),
            number: 0,
        }
    }
}

impl Iterator for Mutants<'_> {
    type Item = Mutant;

    fn next(&mut self) -> Option<Mutant> {
        let base = self.random.pick(self.bases)?;
        let from: &[(Category, usize)] = if self.random.chance(55) {
            &HARMLESS
        } else {
            &CATEGORIES
        };
        let wanted = [1, 1, 1, 1, 2, 2, 3][self.random.below(7)];
        let mut bytes = base.clone().into_bytes();
        let mut done = Vec::new();
        // An edit may find no place; a text that can no longer be scanned takes no further one.
        for _ in 0..12 {
            if done.len() == wanted {
                break;
            }
            let Ok(text) = std::str::from_utf8(&bytes) else {
                break;
            };
            let category = draw(&mut self.random, from);
            if let Some(edited) = edits::apply(category, &mut self.random, text, self.shape) {
                bytes = edited;
                done.push(category);
            }
        }
        let number = self.number;
        self.number += 1;
        Some(Mutant {
            number,
            edits: done,
            bytes,
        })
    }
}

fn draw(random: &mut Random, from: &[(Category, usize)]) -> Category {
    let total = from.iter().map(|(_, weight)| weight).sum();
    let mut left = random.below(total);
    for (category, weight) in from {
        if left < *weight {
            return *category;
        }
        left -= weight;
    }
    Category::Value
}
