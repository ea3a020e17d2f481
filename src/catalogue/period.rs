//! From which day to which day a row holds.

use std::fmt;

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
    text.parse()
        .map_err(|_| de::Error::custom("een dag is jaar, maand en dag, zoals 2024-01-31"))
}

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
