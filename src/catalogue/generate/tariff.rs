//! Tariffs of made-up products: around a middle for category and unit, with the share of hour tariffs that whole cents a minute cannot express.

use super::random::{Random, times};
use crate::law::Law;
use crate::unit::Unit;

/// How far tariffs lie apart: sigma of the log-normal distribution, in thousandths.
const SIGMA: u32 = 180;
/// Of a thousand tariffs an hour, how many are no whole number of cents a minute.
const UNEVEN: u32 = 270;
/// Beyond this a tariff is no longer one among others: percent of the middle, both ways.
const WITHIN: (u64, u64) = (68, 148);

/// The middle of what municipalities pay for one unit of this category, in cents. Of the right order; nobody's tariff.
pub(super) fn middle(law: Law, category: Option<u8>, unit: Unit) -> u64 {
    let base = match unit {
        Unit::Minute => 138,
        Unit::Hour => 8280,
        Unit::Day => 21_900,
        Unit::Daypart => 6150,
        Unit::Output => 184_000,
        Unit::Euro => 100,
        Unit::Effort => 9450,
    };
    let percent = match (law, category.unwrap_or(0)) {
        (Law::Wmo, 1) => 43,
        (Law::Wmo, 2..=7) => 82,
        (Law::Wmo, 8) => 30,
        (Law::Wmo, 11..=14) => 55,
        (Law::Wmo, _) => 95,
        (Law::Jw, 42) => 28,
        (Law::Jw, 43 | 44 | 46) => 130,
        (Law::Jw, 51..=55) => 135,
        (Law::Jw, _) => 105,
    };
    if unit == Unit::Euro {
        return base;
    }
    base * percent / 100
}

/// What one municipality pays where this is the middle.
pub(super) fn around(middle: u64, unit: Unit, random: &mut Random) -> u32 {
    let (low, high) = WITHIN;
    let drawn = times(middle, random.spread(SIGMA));
    written(
        drawn.clamp(middle * low / 100, middle * high / 100),
        unit,
        random,
    )
}

/// So many percent of a tariff, as one would write it.
pub(super) fn raised(cents: u32, percent: u64, unit: Unit, random: &mut Random) -> u32 {
    written(u64::from(cents) * percent / 100, unit, random)
}

fn written(cents: u64, unit: Unit, random: &mut Random) -> u32 {
    let cents = match unit {
        Unit::Hour => {
            let even = (cents / 60).max(1) * 60;
            if random.chance(UNEVEN) {
                even + 10 * (1 + u64::from(random.below(5)))
            } else {
                even
            }
        }
        Unit::Minute => cents.max(1),
        Unit::Day | Unit::Daypart | Unit::Effort => (cents / 5).max(1) * 5,
        Unit::Output => (cents / 100).max(1) * 100,
        Unit::Euro => 100,
    };
    u32::try_from(cents).unwrap_or(u32::MAX)
}
