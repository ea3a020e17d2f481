//! How many of the target's unit are one of the local unit: an exact fraction, applied exactly or not at all.

use std::fmt;
use std::str::FromStr;

/// A fraction above zero in lowest terms: `60/1` from hours to minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor {
    over: u32,
    under: u32,
}

impl Factor {
    /// One for one.
    pub const ONE: Self = Self { over: 1, under: 1 };

    /// `over/under` in lowest terms. None when one of them is zero.
    pub const fn new(over: u32, under: u32) -> Option<Self> {
        if over == 0 || under == 0 {
            return None;
        }
        let (mut a, mut b) = (over, under);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Some(Self {
            over: over / a,
            under: under / a,
        })
    }

    /// What stands above the line.
    pub const fn over(self) -> u32 {
        self.over
    }

    /// What stands below the line.
    pub const fn under(self) -> u32 {
        self.under
    }

    /// The other way round.
    #[must_use]
    pub const fn inverse(self) -> Self {
        Self {
            over: self.under,
            under: self.over,
        }
    }

    /// So many local units in the target's unit. None when that is not whole, or beyond 64 bits.
    pub fn volume(self, local: u64) -> Option<u64> {
        times(local, self.over, self.under)
    }

    /// A tariff for one local unit, in cents, for one of the target's. None when that is not whole cents.
    pub fn tariff(self, cents: u64) -> Option<u64> {
        times(cents, self.under, self.over)
    }
}

fn times(count: u64, over: u32, under: u32) -> Option<u64> {
    let product = count.checked_mul(u64::from(over))?;
    (product % u64::from(under) == 0).then(|| product / u64::from(under))
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.over, self.under)
    }
}

impl FromStr for Factor {
    type Err = NotAFactor;

    fn from_str(text: &str) -> Result<Self, NotAFactor> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
        let (over, under) = text.split_once('/').ok_or(NotAFactor)?;
        let (over, under) = (
            number(over).ok_or(NotAFactor)?,
            number(under).ok_or(NotAFactor)?,
        );
        Self::new(over, under).ok_or(NotAFactor)
    }
}

/// Not two whole numbers above zero with a stroke between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a factor is two whole numbers above zero with a stroke between, such as 60/1")]
pub struct NotAFactor;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_hour_tariff_that_does_not_divide_is_not_turned_into_one_of_a_minute() {
        let minutes: Factor = "60/1".parse().unwrap();
        assert_eq!(minutes.volume(3), Some(180));
        assert_eq!(minutes.tariff(5580), Some(93));
        assert_eq!(minutes.tariff(11_010), None);
        assert_eq!(minutes.inverse().volume(90), None);
        assert_eq!(minutes.volume(u64::MAX), None);
    }

    #[test]
    fn what_is_no_fraction_above_zero_is_no_factor() {
        for wrong in [
            "60", "0/1", "1/0", "1.5/1", "-1/1", "+1/1", "", "/", "1/1/1",
        ] {
            assert_eq!(wrong.parse::<Factor>(), Err(NotAFactor));
        }
        assert_eq!("120/2".parse::<Factor>().unwrap().to_string(), "60/1");
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_it_was(over in 1u32..10_000, under in 1u32..10_000, count in 0u64..1 << 40) {
            let factor = Factor::new(over, under).unwrap();
            if let Some(there) = factor.volume(count) {
                prop_assert_eq!(factor.inverse().volume(there), Some(count));
            }
            if let Some(there) = factor.tariff(count) {
                prop_assert_eq!(factor.inverse().tariff(there), Some(count));
            }
        }
    }
}
