//! From which day to which day a row holds.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de};

/// A day in TOML: bare (`2024-01-01`) or between quotes.
pub(crate) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Bare(toml::value::Datetime),
        Quoted(String),
    }
    let text = match Written::deserialize(deserializer)? {
        Written::Bare(moment) => moment.to_string(),
        Written::Quoted(text) => text,
    };
    let Day(date) = text.parse().map_err(de::Error::custom)?;
    Ok(date)
}

/// A day as files write it: `2024-01-31`, and in no other way.
pub(crate) struct Day(pub(crate) Date);

impl FromStr for Day {
    type Err = NotADay;

    // By hand, in half the time of the library's reader, which also takes other forms: the tables of the country have hundreds of thousands of days.
    fn from_str(text: &str) -> Result<Self, NotADay> {
        let [year @ .., b'-', m0, m1, b'-', d0, d1] = text.as_bytes() else {
            return Err(NotADay);
        };
        if year.len() != 4 {
            return Err(NotADay);
        }
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_i16, |number, digit| {
                let digit = digit.is_ascii_digit().then(|| i16::from(digit - b'0'));
                digit.map(|digit| number * 10 + digit).ok_or(NotADay)
            })
        };
        let (year, month, day) = (number(year)?, number(&[*m0, *m1])?, number(&[*d0, *d1])?);
        let narrow = |number| i8::try_from(number).map_err(|_| NotADay);
        let date = Date::new(year, narrow(month)?, narrow(day)?);
        date.map(Self).map_err(|_| NotADay)
    }
}

/// Not a day that there is, or not written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("een dag is jaar, maand en dag, zoals 2024-01-31")]
pub(crate) struct NotADay;

/// Days from the first to the last, both included; without a last day it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day; none: open.
    pub to: Option<Date>,
}

impl Period {
    /// Without end.
    pub const fn since(from: Date) -> Self {
        Self { from, to: None }
    }

    /// Whether this day lies in it.
    pub fn holds(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// Whether the two have a day in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.to.is_none_or(|to| other.from <= to) && other.to.is_none_or(|to| self.from <= to)
    }

    /// Whether it ends before it begins.
    pub fn is_turned(&self) -> bool {
        self.to.is_some_and(|to| to < self.from)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            Some(to) => write!(f, "{} t/m {to}", self.from),
            None => write!(f, "vanaf {}", self.from),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_is_written_in_one_way() {
        for (text, day) in [
            ("2024-02-29", date(2024, 2, 29)),
            ("0044-03-15", date(44, 3, 15)),
            ("9999-12-31", date(9999, 12, 31)),
        ] {
            assert_eq!(text.parse::<Day>().map(|Day(date)| date), Ok(day));
        }
        for wrong in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-01-00",
            "20240131",
            "2024-1-31",
            "31-01-2024",
            "2024-01-31T00:00",
            "2024/01/31",
            "-024-01-31",
            "+024-01-31",
            "2024-01-3é",
            "",
        ] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn both_ends_belong_to_it() {
        let year = Period {
            from: date(2024, 1, 1),
            to: Some(date(2024, 12, 31)),
        };
        let next = Period::since(date(2025, 1, 1));
        assert!(year.holds(date(2024, 12, 31)) && !year.holds(date(2025, 1, 1)));
        assert!(!year.overlaps(&next) && !next.overlaps(&year));
        assert!(year.overlaps(&Period::since(date(2024, 12, 31))));
        assert!(next.overlaps(&Period::since(date(1900, 1, 1))));
    }
}
