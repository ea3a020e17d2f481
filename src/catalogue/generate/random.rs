//! Chance that falls the same way on every machine: ChaCha8 under a seed made of what is drawn for, and whole numbers only.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

/// One, in the fixed point of [`Random::spread`].
pub(super) const ONE: u64 = 1 << 32;

/// A stream of draws.
pub(super) struct Random(ChaCha8Rng);

impl Random {
    /// The stream of this seed for this purpose. Another purpose draws from a stream of its own, so that one municipality can be made without the others.
    pub(super) fn of(seed: u64, purpose: &str, whose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"knooppunt/catalogue/generate/1\0");
        hash.update(seed.to_be_bytes());
        hash.update(purpose.as_bytes());
        hash.update([0]);
        hash.update(whose.as_bytes());
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// A number below `bound`, each as likely as another; 0 when the bound is.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        if bound == 0 {
            return 0;
        }
        // What lies above the last whole multiple would favour the low numbers.
        let fair = u32::MAX - u32::MAX % bound;
        loop {
            let drawn = self.0.next_u32();
            if drawn < fair {
                return drawn % bound;
            }
        }
    }

    /// An index into so many things.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.below(u32::try_from(length).unwrap_or(u32::MAX)) as usize
    }

    /// Whether something happens that happens so many times in a thousand.
    pub(super) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One of these; none of nothing.
    pub(super) fn pick<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        of.get(self.index(of.len()))
    }

    /// A factor from a log-normal distribution around one, of 32 binary places; `sigma` in thousandths. The normal draw is the sum of twelve even ones less
    /// their mean, and the power of e a series in whole numbers: no floating point, which rounds differently from one mathematical library to the next.
    pub(super) fn spread(&mut self, sigma: u32) -> u64 {
        let sum: i64 = (0..12).map(|_| i64::from(self.0.next_u32() >> 16)).sum();
        // Sixteen binary places; the mean of twelve even draws is six.
        let normal = sum - 6 * 65_535;
        exponential((i128::from(normal) << 16) * i128::from(sigma) / 1000)
    }
}

/// e to the power of `x`, both of 32 binary places; `x` within -8 and 8.
fn exponential(x: i128) -> u64 {
    let mut term = i128::from(ONE);
    let mut sum = term;
    for n in 1..48 {
        term = term * x / i128::from(ONE) / n;
        sum += term;
    }
    u64::try_from(sum.max(1)).unwrap_or(u64::MAX)
}

/// This number times a factor of 32 binary places, rounded down.
pub(super) fn times(number: u64, factor: u64) -> u64 {
    let product = u128::from(number) * u128::from(factor) / u128::from(ONE);
    u64::try_from(product).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_that_of_its_seed_and_purpose() {
        let draws = |seed, purpose, whose| -> Vec<u32> {
            let mut random = Random::of(seed, purpose, whose);
            (0..4).map(|_| random.below(1_000_000)).collect()
        };
        let first = draws(1, "a", "b");
        assert_eq!(first, draws(1, "a", "b"));
        for other in [draws(2, "a", "b"), draws(1, "ab", ""), draws(1, "a", "c")] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn the_power_of_e_is_right_to_eight_places() {
        for (x, expected) in [
            (0, ONE),
            (ONE.into(), 11_674_931_554),
            (-i128::from(ONE), 1_580_030_169),
            (3 * i128::from(ONE), 86_266_724_208),
        ] {
            let off = exponential(x).abs_diff(expected);
            assert!(off < 64, "{x}: off by {off}");
        }
    }

    #[test]
    fn half_of_what_is_log_normal_lies_below_one() {
        let mut random = Random::of(7, "", "");
        let draws: Vec<u64> = (0..4000).map(|_| random.spread(180)).collect();
        let below = draws.iter().filter(|&&drawn| drawn < ONE).count();
        assert!((1850..2150).contains(&below), "{below}");
        // Two thirds lie within one sigma: e to the power of minus and plus 0.18.
        let within = draws
            .iter()
            .filter(|&&drawn| times(10_000, drawn) > 8352 && times(10_000, drawn) < 11_972)
            .count();
        assert!((2600..2860).contains(&within), "{within}");
    }
}
