//! From the seed to lines and minutes: numbers without bias, the same for everybody who has root and nonces.

use super::population::Population;
use super::scope::DrawScope;
use crate::delivery::bytes::{Secret, mac};
use crate::delivery::tag;
use crate::hash::Hash;

/// What was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// Number of the draw, from 0.
    pub number: u32,
    /// Which line of the population, in its order.
    pub line: usize,
    /// Which minute of the line: below its weight. None: the line has no weight, so nothing can be opened and the draw is bad.
    pub minute: Option<u64>,
}

/// The seed of the draws over a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Of the root of the log and both nonces.
    pub fn new(scope: &DrawScope, root: &Hash, municipality: &Secret, provider: &Secret) -> Seed {
        let scope = scope.hash();
        let seed = Hash::over(&[
            tag::SEED,
            scope.as_bytes(),
            root.as_bytes(),
            municipality.as_bytes(),
            provider.as_bytes(),
        ]);
        Seed(*seed.as_bytes())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The number below `range` for a draw and stage. None: `range` is 0.
    pub fn below(&self, range: u64, number: u32, stage: u8) -> Option<u64> {
        if range == 0 {
            return None;
        }
        // Numbers at or above the last multiple of the range below 2^64 would make small results likelier: they are passed over.
        let (range, all) = (u128::from(range), 1u128 << 64);
        let limit = range * (all / range);
        let mut numbers = (0..u32::MAX).map(|round| self.number(number, stage, round));
        let taken = numbers.find(|number| u128::from(*number) < limit)?;
        u64::try_from(u128::from(taken) % range).ok()
    }

    fn number(&self, number: u32, stage: u8, round: u32) -> u64 {
        let (number, round) = (number.to_be_bytes(), round.to_be_bytes());
        let mac = mac(&self.0, &[tag::DRAW, &number, &[stage], &round]);
        mac.iter()
            .take(8)
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    /// One draw: a line by its cents, then a minute of that line. None: no line has an amount.
    pub fn draw(&self, number: u32, population: &Population) -> Option<Drawn> {
        let cent = self.below(population.amount(), number, 0)?;
        let line = population.at(cent)?;
        let w = population.lines().get(line)?.w;
        Some(Drawn {
            number,
            line,
            minute: self.below(w, number, 1),
        })
    }
}
