//! Days, months and instants as statements write them: each has one writing, and the calendar is that of jiff. No time zones: what midnight in Amsterdam is on a day,
//! the caller says.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil;

/// The first day that there is.
const FIRST: civil::Date = civil::date(1970, 1, 1);

/// A text that is no day, month or instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day, month or instant of the calendar, as statements write them")]
pub struct DateError;

/// A day of the calendar in Europe/Amsterdam, from 1970-01-01 to 9999-12-31: `2026-10-03`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// Its year.
    pub fn year(self) -> u16 {
        self.0.year().unsigned_abs()
    }

    /// The month that it lies in.
    pub fn month(self) -> Month {
        Month(self.0.first_of_month())
    }

    /// So many days later. None: after 9999.
    pub fn plus_days(self, days: u8) -> Option<Date> {
        let later = self.0.checked_add(i64::from(days).days());
        later.ok().map(Date)
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> u64 {
        seconds_since_1970(self.0.into()) / 86_400
    }
}

/// Since 1970-01-01 00:00 by the same clock, to no day before which a value of this module leads.
fn seconds_since_1970(time: civil::DateTime) -> u64 {
    let since = time.duration_since(FIRST.into());
    since.as_secs().unsigned_abs()
}

/// Reads what the calendar has under this text, if this is its one writing. jiff reads other writings too (`20261003`, a sixtieth second).
fn read<T: FromStr + fmt::Display>(text: &str) -> Result<T, DateError> {
    let value: T = text.parse().map_err(|_| DateError)?;
    if value.to_string() == text {
        Ok(value)
    } else {
        Err(DateError)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Date({self})")
    }
}

impl FromStr for Date {
    type Err = DateError;

    /// Reads `2026-10-03`. Err: another form, or no such day.
    fn from_str(text: &str) -> Result<Date, DateError> {
        let date = read(text)?;
        (date >= FIRST).then_some(Date(date)).ok_or(DateError)
    }
}

/// A month of the calendar: `2026-11`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(civil::Date);

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Month({self})")
    }
}

impl FromStr for Month {
    type Err = DateError;

    /// Reads `2026-11`. Err: another form, or no such month.
    fn from_str(text: &str) -> Result<Month, DateError> {
        let first: Date = format!("{text}-01").parse()?;
        Ok(first.month())
    }
}

/// A moment, to the second, in UTC: `2026-10-03T07:45:12Z`. Leap seconds are left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(civil::DateTime);

impl Instant {
    /// Seconds since 1970.
    pub fn seconds(self) -> u64 {
        seconds_since_1970(self.0)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.0)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instant({self})")
    }
}

impl FromStr for Instant {
    type Err = DateError;

    /// Reads `2026-10-03T07:45:12Z`. Err: another form, or no such moment; a sixtieth second is none.
    fn from_str(text: &str) -> Result<Instant, DateError> {
        // Whole seconds: with a fraction it is longer.
        let whole = Some(text).filter(|text| text.len() == "2026-10-03T07:45:12Z".len());
        let time: civil::DateTime = read(
            whole
                .and_then(|text| text.strip_suffix('Z'))
                .ok_or(DateError)?,
        )?;
        (time.date() >= FIRST)
            .then_some(Instant(time))
            .ok_or(DateError)
    }
}

/// A minute of a local day with its distance from UTC: `2026-10-03T09:00+02:00`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct LocalMinute {
    /// The day by the local clock.
    pub(super) date: Date,
    /// Minutes since 1970-01-01 00:00 UTC.
    pub(super) utc: u64,
}

impl FromStr for LocalMinute {
    type Err = DateError;

    fn from_str(text: &str) -> Result<LocalMinute, DateError> {
        let (local, distance) = text.split_at_checked(16).ok_or(DateError)?;
        let Instant(local) = format!("{local}:00Z").parse()?;
        // Europe/Amsterdam has been at no other distance since 1970. With another the day of delivery would be one to choose, and with it month and lateness.
        let hours = match distance {
            "+01:00" => 1,
            "+02:00" => 2,
            _ => return Err(DateError),
        };
        let utc = (seconds_since_1970(local) / 60).checked_sub(hours * 60);
        Ok(LocalMinute {
            date: Date(local.date()),
            utc: utc.ok_or(DateError)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(text: &str) -> u64 {
        text.parse::<Date>().unwrap().days()
    }

    #[test]
    fn days_are_counted_from_1970() {
        for (text, expected) in [
            ("1970-01-01", 0),
            ("1970-03-01", 59),
            ("2000-02-29", 11_016),
            ("2000-03-01", 11_017),
            ("2026-10-03", 20_729),
            ("9999-12-31", 2_932_896),
        ] {
            assert_eq!(days(text), expected, "{text}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut date: Date = "1970-01-01".parse().unwrap();
        for number in 0..200_000 {
            assert_eq!(date.days(), number);
            assert_eq!(date.to_string().parse(), Ok(date));
            date = date.plus_days(1).unwrap();
        }
        let last: Date = "9999-12-31".parse().unwrap();
        assert_eq!(last.plus_days(1), None);
    }

    #[test]
    fn a_day_that_is_none_is_refused() {
        for wrong in [
            "",
            "2026-10-3",
            "2026-13-01",
            "2026-00-01",
            "2026-02-29",
            "2026-04-31",
            "2026-10-00",
            "1969-12-31",
            "2026-10-03 ",
            " 2026-10-03",
            "2026/10/03",
            "20261003",
            "+026-10-03",
            "2026-10-0٣",
            "2100-02-29",
            "10000-01-01",
            "2026-10-03T00:00",
            "2026-10-03T00:00:00",
            "2026-W40-6",
            "-002026-10-03",
            "+002026-10-03",
        ] {
            assert_eq!(wrong.parse::<Date>(), Err(DateError), "{wrong}");
        }
        for wrong in [
            "2026-13",
            "2026-1",
            "2026-10-",
            "1969-12",
            "2026-10-03",
            "202610",
            "",
        ] {
            assert_eq!(wrong.parse::<Month>(), Err(DateError), "{wrong}");
        }
    }

    #[test]
    fn an_instant_reads_back() {
        let text = "2026-10-03T07:45:12Z";
        let instant: Instant = text.parse().unwrap();
        assert_eq!(
            instant.seconds(),
            20_729 * 86_400 + 7 * 3_600 + 45 * 60 + 12
        );
        assert_eq!(instant.to_string(), text);
        for wrong in [
            "2026-10-03T07:45Z",
            "2026-10-03T24:00:00Z",
            "2026-10-03T07:60:00Z",
            "2026-10-03T07:45:60Z",
            "2026-10-03T07:45:12",
            "2026-10-03t07:45:12Z",
            "2026-10-03T07:45:12+00:00",
            "2026-10-03T07:45:12.0Z",
            "2026-10-03T07:45:12.5Z",
            "2026-10-03 07:45:12Z",
            "20261003T07:45:12000Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(wrong.parse::<Instant>(), Err(DateError), "{wrong}");
        }
    }

    #[test]
    fn a_local_minute_is_one_minute_of_the_world() {
        let minute = |text: &str| text.parse::<LocalMinute>().map(|minute| minute.utc);
        let expected = 20_729 * 1_440 + 7 * 60;
        for same in ["2026-10-03T09:00+02:00", "2026-10-03T08:00+01:00"] {
            assert_eq!(minute(same), Ok(expected), "{same}");
        }
        // The night in which summer time ends has two minutes called 02:30, an hour apart.
        let summer = minute("2026-10-25T02:30+02:00").unwrap();
        assert_eq!(minute("2026-10-25T02:30+01:00"), Ok(summer + 60));
        for wrong in [
            "2026-10-03T09:00Z",
            "2026-10-03T09:00",
            "2026-10-03T09:00-00:00",
            "2026-10-03T07:00+00:00",
            "2026-10-03T22:59+23:59",
            "2026-10-03T05:00-02:00",
            "2026-10-03T9:000+02:00",
            "2026-10-03T09:0é+02:00",
            "2026-10-03T09:00:00+02:00",
            "1970-01-01T00:30+01:00",
            "2026-10-03T09:00+24:00",
        ] {
            assert_eq!(minute(wrong), Err(DateError), "{wrong}");
        }
    }
}
