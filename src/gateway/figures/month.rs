//! A calendar month in Europe/Amsterdam, and when nothing that is counted of it can change any more.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};
use knooppunt_standard::terms::{Term, WorkingDays};

/// Days after its end that a month counts on when its working days are not known: longer than the longest term with all its holidays.
const CLOSES_AFTER_D: i32 = 31;

/// A calendar month, written `2026-03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

/// A text that is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a month is written as 2026-03")]
pub struct NotAMonth;

impl Month {
    /// The month of a day.
    pub fn of(day: Date) -> Self {
        Self {
            year: day.year(),
            month: day.month(),
        }
    }

    /// The month after it; itself at the end of time.
    #[must_use]
    pub fn next(self) -> Self {
        let behind = self.first_day().checked_add(1.month());
        behind.map_or(self, Self::of)
    }

    /// The month before it; itself at the begin of time.
    #[must_use]
    pub fn before(self) -> Self {
        let before = self.first_day().checked_sub(1.day());
        before.map_or(self, Self::of)
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        Date::new(self.year, self.month, 1).unwrap_or(Date::MIN)
    }

    /// Its last day.
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }

    /// The last day of which records count for it: that of the longest term for an answer to what came on its last day.
    pub fn counts_until(self, days: &WorkingDays) -> Date {
        let last = self.last_day();
        let terms = Term::OF_ANSWERS.map(|term| term.last_day(last, days));
        let ends = terms.into_iter().collect::<Option<Vec<_>>>();
        let ends = ends.and_then(|ends| ends.into_iter().max());
        ends.unwrap_or_else(|| after(last, CLOSES_AFTER_D.days()))
    }
}

/// The first moment of a day in Europe/Amsterdam.
pub(super) fn begin(day: Date) -> Timestamp {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC);
    let zoned = day.to_zoned(zone);
    zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

pub(super) fn after(day: Date, span: Span) -> Date {
    day.checked_add(span).unwrap_or(Date::MAX)
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let day: Date = format!("{text}-01").parse().map_err(|_| NotAMonth)?;
        let month = Self::of(day);
        // One way to write it.
        (month.to_string() == text)
            .then_some(month)
            .ok_or(NotAMonth)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn month(text: &str) -> Month {
        text.parse().expect("a month")
    }

    #[test]
    fn a_month_is_written_in_one_way() {
        assert_eq!(month("2026-03").to_string(), "2026-03");
        for wrong in [
            "2026-3",
            "2026-13",
            "2026-00",
            "202603",
            "2026-03-01",
            "",
            "+02026-03",
        ] {
            assert_eq!(wrong.parse::<Month>(), Err(NotAMonth), "{wrong}");
        }
        assert_eq!(month("2026-12").next(), month("2027-01"));
        assert_eq!(month("2027-01").before(), month("2026-12"));
        assert_eq!(month("2028-02").last_day(), date(2028, 2, 29));
    }

    #[test]
    fn a_month_counts_until_the_longest_term_of_its_last_day_has_passed() {
        let days = WorkingDays::built_in();
        // Ten working days after Tuesday 31 March 2026, over Good Friday and Easter Monday.
        assert_eq!(month("2026-03").counts_until(&days), date(2026, 4, 16));
        // No working days are known of 2033: longer than any term.
        assert_eq!(month("2032-12").counts_until(&days), date(2033, 1, 31));
    }

    #[test]
    fn a_month_begins_at_midnight_in_amsterdam() {
        let moment = |text: &str| text.parse::<Timestamp>().expect("a moment");
        assert_eq!(begin(date(2026, 2, 1)), moment("2026-01-31T23:00:00Z"));
        assert_eq!(begin(date(2026, 7, 1)), moment("2026-06-30T22:00:00Z"));
    }
}
