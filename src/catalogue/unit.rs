//! What is counted of a product, and whether that is effort or output.

use std::fmt;
use std::str::FromStr;

/// A unit of care (WJ756).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// 01, a minute.
    Minute,
    /// 04, an hour.
    Hour,
    /// 14, etmaal: a day and its night. Never turned into time.
    Day,
    /// 16, dagdeel. The list says four hours, contracts say 3.5 to 4: turned into time only where the contract says how many.
    Daypart,
    /// 82, pieces of output.
    Output,
    /// 83, euros. The volume is a budget in eurocents.
    Euro,
    /// 84, pieces of effort; since 2021-01-01.
    Effort,
}

impl Unit {
    /// All, by code.
    pub const ALL: [Self; 7] = [
        Self::Minute,
        Self::Hour,
        Self::Day,
        Self::Daypart,
        Self::Output,
        Self::Euro,
        Self::Effort,
    ];

    /// The code of WJ756.
    pub const fn code(self) -> u8 {
        match self {
            Self::Minute => 1,
            Self::Hour => 4,
            Self::Day => 14,
            Self::Daypart => 16,
            Self::Output => 82,
            Self::Euro => 83,
            Self::Effort => 84,
        }
    }

    /// The unit of this code. None if WJ756 has no such code.
    pub fn of(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.code() == code)
    }

    /// The variant that a product counted in this unit has. None for euros, which count either.
    pub const fn variant(self) -> Option<Variant> {
        match self {
            Self::Minute | Self::Hour | Self::Day | Self::Daypart | Self::Effort => {
                Some(Variant::Effort)
            }
            Self::Output => Some(Variant::Output),
            Self::Euro => None,
        }
    }

    /// Minutes in one, where it is time. None for what never becomes time. A dagdeel is time only if the contract says how many minutes it has.
    pub const fn minutes(self, daypart_minutes: Option<u32>) -> Option<u32> {
        match self {
            Self::Minute => Some(1),
            Self::Hour => Some(60),
            Self::Daypart => daypart_minutes,
            Self::Day | Self::Output | Self::Euro | Self::Effort => None,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.code())
    }
}

impl FromStr for Unit {
    type Err = NotAUnit;

    fn from_str(text: &str) -> Result<Self, NotAUnit> {
        let known = Self::ALL.into_iter().find(|unit| match text.as_bytes() {
            &[tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit() => {
                (tens - b'0') * 10 + (ones - b'0') == unit.code()
            }
            _ => false,
        });
        known.ok_or(NotAUnit)
    }
}

/// Not a code of WJ756.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a unit is one of 01, 04, 14, 16, 82, 83, 84 (WJ756)")]
pub struct NotAUnit;

/// What a product is paid for (uitvoeringsvariant).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variant {
    /// Inspanningsgericht: for what is done.
    Effort,
    /// Outputgericht: for what is reached.
    Output,
}

impl Variant {
    /// As in the national lists: `inspanningsgericht`, `outputgericht`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Effort => "inspanningsgericht",
            Self::Output => "outputgericht",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Variant {
    type Err = NotAVariant;

    fn from_str(text: &str) -> Result<Self, NotAVariant> {
        match text {
            "inspanningsgericht" => Ok(Self::Effort),
            "outputgericht" => Ok(Self::Output),
            _ => Err(NotAVariant),
        }
    }
}

/// Not `inspanningsgericht` or `outputgericht`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a variant is `inspanningsgericht` or `outputgericht`")]
pub struct NotAVariant;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read_as_it_is_written() {
        for unit in Unit::ALL {
            assert_eq!(unit.to_string().parse(), Ok(unit));
            assert_eq!(Unit::of(unit.code()), Some(unit));
        }
        for wrong in ["1", "004", "15", "", "0x"] {
            assert_eq!(wrong.parse::<Unit>(), Err(NotAUnit));
        }
    }

    #[test]
    fn a_dagdeel_is_time_only_where_the_contract_says_how_long() {
        assert_eq!(Unit::Daypart.minutes(None), None);
        assert_eq!(Unit::Daypart.minutes(Some(240)), Some(240));
        assert_eq!(Unit::Day.minutes(Some(240)), None);
    }
}
