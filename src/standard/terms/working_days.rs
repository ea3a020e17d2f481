//! Which days are working days: not Saturday, Sunday or a day of the Algemene termijnenwet (article 3).
//! The days stand in a data file; a year that is not in it is not known, so that nobody relies on guessed days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

use crate::error::LoadError;

/// The working days of the years that a data file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingDays {
    /// By year: days that are none though they may fall on Monday to Friday.
    years: BTreeMap<i16, BTreeSet<Date>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Vec<Year>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    year: i16,
    days: Vec<Day>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    day: Date,
    #[serde(rename = "name")]
    _name: String,
}

impl WorkingDays {
    /// The data file of this repository, 2024 to 2032: a verdict names it by its hash.
    pub const BUILT_IN: &str = include_str!("holidays.toml");

    /// The days of 2024 to 2032 that come with this library.
    pub fn built_in() -> Self {
        // A test reads the file: were it wrong, no year would be known, and every term would be unknown.
        Self::read(Self::BUILT_IN).unwrap_or(Self {
            years: BTreeMap::new(),
        })
    }

    /// Reads a data file; `file` names it in an error.
    ///
    /// ```toml
    /// [[year]]
    /// year = 2033
    /// days = [
    ///   { day = "2033-04-15", name = "Goede Vrijdag" },
    /// ]
    /// ```
    ///
    /// `Err`: not in this form, a year that comes twice, or a day that is not in its year.
    pub fn load(file: &str, text: &str) -> Result<Self, LoadError> {
        Self::read(text).map_err(|reason| LoadError::Data {
            file: file.to_owned(),
            reason,
        })
    }

    fn read(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let mut years = BTreeMap::new();
        for Year { year, days } in file.year {
            if days.iter().any(|day| day.day.year() != year) {
                return Err(format!("year {year} has a day of another year"));
            }
            let days = days.into_iter().map(|day| day.day).collect();
            if years.insert(year, days).is_some() {
                return Err(format!("year {year} comes twice"));
            }
        }
        Ok(Self { years })
    }

    /// Whether a day is a working day; `None` when its year is not known.
    pub fn is_working_day(&self, day: Date) -> Option<bool> {
        let holidays = self.years.get(&day.year())?;
        let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        Some(!is_weekend && !holidays.contains(&day))
    }

    /// The working day number `count` after a day, which itself does not count. `None` when a year is not known.
    pub fn after(&self, day: Date, count: u8) -> Option<Date> {
        let mut day = day;
        let mut left = count;
        while left > 0 {
            day = day.tomorrow().ok()?;
            left -= u8::from(self.is_working_day(day)?);
        }
        Some(day)
    }

    /// The working day number `count` before a day, which itself does not count; the day itself when `count` is 0. `None` when a year is not known.
    pub fn before(&self, day: Date, count: u8) -> Option<Date> {
        let mut day = day;
        let mut left = count;
        while left > 0 {
            day = day.yesterday().ok()?;
            left -= u8::from(self.is_working_day(day)?);
        }
        Some(day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;

    use super::*;

    /// Easter Sunday of a year (Gauss, with the two exceptions of the Gregorian calendar).
    fn easter(year: i16) -> Date {
        let year = i32::from(year);
        let century = year / 100;
        let moon = (15 + century - century / 4 - (13 + 8 * century) / 25) % 30;
        let sunday = (4 + century - century / 4) % 7;
        let full_moon = (19 * (year % 19) + moon) % 30;
        let week = (2 * (year % 4) + 4 * (year % 7) + 6 * full_moon + sunday) % 7;
        let is_late = (full_moon == 29 && week == 6)
            || (full_moon == 28 && week == 6 && (11 * moon + 11) % 30 < 19);
        let days = full_moon + week - if is_late { 7 } else { 0 };
        date(i16::try_from(year).unwrap(), 3, 22) + days.days()
    }

    #[test]
    fn every_year_has_the_days_of_the_law() {
        let days = WorkingDays::read(WorkingDays::BUILT_IN).unwrap();
        assert_eq!(
            days.years.keys().copied().collect::<Vec<_>>(),
            (2024..=2032).collect::<Vec<i16>>()
        );
        for (year, holidays) in &days.years {
            let year = *year;
            let kings = date(year, 4, 27);
            let kings = if kings.weekday() == Weekday::Sunday {
                date(year, 4, 26)
            } else {
                kings
            };
            let after_easter = |days: i32| easter(year) + days.days();
            let law = BTreeSet::from([
                date(year, 1, 1),
                after_easter(-2),
                after_easter(1),
                kings,
                date(year, 5, 5),
                after_easter(39),
                after_easter(50),
                date(year, 12, 25),
                date(year, 12, 26),
            ]);
            assert_eq!(*holidays, law, "{year}");
        }
        assert_eq!(easter(2026), date(2026, 4, 5));
    }

    #[test]
    fn a_year_that_is_not_in_the_file_is_not_known() {
        let days = WorkingDays::built_in();
        assert_eq!(days.is_working_day(date(2032, 12, 24)), Some(true));
        assert_eq!(days.is_working_day(date(2033, 1, 3)), None);
        assert_eq!(days.after(date(2032, 12, 28), 3), Some(date(2032, 12, 31)));
        assert_eq!(days.after(date(2032, 12, 29), 3), None);
        assert_eq!(days.after(date(2032, 12, 29), 0), Some(date(2032, 12, 29)));
    }

    #[test]
    fn a_file_that_contradicts_itself_is_refused() {
        let year = |number: i16, day: &str| {
            format!("[[year]]\nyear = {number}\ndays = [{{ day = \"{day}\", name = \"x\" }}]\n")
        };
        let good = year(2033, "2033-01-01");
        assert!(WorkingDays::load("f", &good).is_ok());
        for bad in [
            format!("{good}{good}"),
            year(2033, "2034-01-01"),
            year(2033, "2033-02-30"),
            "[[year]]\nyear = 2033\n".to_owned(),
            String::new(),
        ] {
            let refused = WorkingDays::load("f", &bad);
            assert!(
                matches!(refused, Err(LoadError::Data { file, .. }) if file == "f"),
                "{bad}"
            );
        }
    }
}
