//! A party of the chain, what it owns and since when.

use super::code::PartyCode;
use super::identity::Identity;
use jiff::civil::Date;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The register's own name for a party, for example `gemeente-utrecht`: 1 to 64 lower-case
/// letters, digits and hyphens, beginning with a letter. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyId(Arc<str>);

/// The text is not a party id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a party id has 1 to 64 lower-case letters, digits and hyphens and begins with a letter")]
pub struct PartyIdError;

impl PartyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PartyId {
    type Err = PartyIdError;

    /// Err: wrong characters, no letter first, empty or over 64.
    fn from_str(text: &str) -> Result<Self, PartyIdError> {
        let good = text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if good {
            Ok(Self(text.into()))
        } else {
            Err(PartyIdError)
        }
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Days (Europe/Amsterdam) on which something holds; both ends count, an absent end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// First day, or since ever.
    pub from: Option<Date>,
    /// Last day, or until further notice.
    pub until: Option<Date>,
}

impl Period {
    /// Whether the day is in the period.
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether there is a day in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.begins() <= other.ends() && other.begins() <= self.ends()
    }

    pub(super) fn begins(&self) -> Date {
        self.from.unwrap_or(Date::MIN)
    }

    pub(super) fn ends(&self) -> Date {
        self.until.unwrap_or(Date::MAX)
    }
}

/// Something a party has during a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held<T> {
    /// What it has.
    pub what: T,
    /// When.
    pub period: Period,
}

/// A party: a municipality, a provider, a joint body or a supplier that acts for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Own name in this register.
    pub id: PartyId,
    /// Name for people.
    pub name: String,
    /// Codes it owns (none for a party that only acts for others).
    pub codes: Vec<Held<PartyCode>>,
    /// Identities by which its certificates are known.
    pub identities: Vec<Held<Identity>>,
}

impl Party {
    /// The codes it owns on a day, in the order of the file.
    pub fn codes_on(&self, day: Date) -> impl Iterator<Item = PartyCode> + '_ {
        self.codes
            .iter()
            .filter(move |held| held.period.contains(day))
            .map(|held| held.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn both_ends_of_a_period_count() {
        let year = Period {
            from: Some(date(2026, 1, 1)),
            until: Some(date(2026, 12, 31)),
        };
        assert!(year.contains(date(2026, 1, 1)) && year.contains(date(2026, 12, 31)));
        assert!(!year.contains(date(2025, 12, 31)) && !year.contains(date(2027, 1, 1)));
        let next = Period {
            from: Some(date(2027, 1, 1)),
            until: None,
        };
        assert!(!year.overlaps(&next) && !next.overlaps(&year));
        assert!(next.overlaps(&Period::default()) && year.overlaps(&Period::default()));
    }

    #[test]
    fn a_party_id_is_plain() {
        assert!("gemeente-utrecht".parse::<PartyId>().is_ok());
        for text in ["", "Gemeente", "0344", "a b", "a/b", "é", &"a".repeat(65)] {
            assert!(text.parse::<PartyId>().is_err(), "{text:?}");
        }
    }
}
