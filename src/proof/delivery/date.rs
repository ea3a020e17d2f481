//! Days, months and instants as statements write them. No calendar of time zones: what midnight in Amsterdam is on a day, the caller says.

use std::fmt;
use std::str::FromStr;

/// A text that is no day, month or instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day, month or instant of the calendar, as statements write them")]
pub struct DateError;

/// A day of the calendar in Europe/Amsterdam, from 1970-01-01 to 9999-12-31: `2026-10-03`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Of its parts. Err: no day of the calendar, or before 1970 or after 9999.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Date, DateError> {
        let is_known = (1970..=9999).contains(&year) && (1..=12).contains(&month);
        if !is_known || day == 0 || day > days_of(year, month) {
            return Err(DateError);
        }
        Ok(Date { year, month, day })
    }

    /// Its year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month that it lies in.
    pub fn month(self) -> Month {
        Month {
            year: self.year,
            month: self.month,
        }
    }

    /// So many days later. None: after 9999.
    pub fn plus_days(self, days: u8) -> Option<Date> {
        let mut date = self;
        for _ in 0..days {
            date = date.next()?;
        }
        Some(date)
    }

    fn next(self) -> Option<Date> {
        let Date { year, month, day } = self;
        let next = if day < days_of(year, month) {
            Date::new(year, month, day + 1)
        } else if month < 12 {
            Date::new(year, month + 1, 1)
        } else {
            Date::new(year + 1, 1, 1)
        };
        next.ok()
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> u64 {
        let (year, month) = (u64::from(self.year), u64::from(self.month));
        // Years that begin in March, so that the leap day is the last of its year (Hinnant, "chrono-compatible low-level date algorithms").
        let (year, month) = match month {
            1 | 2 => (year - 1, month + 9),
            _ => (year, month - 3),
        };
        let leaps = year / 4 - year / 100 + year / 400;
        let in_year = (153 * month + 2) / 5 + u64::from(self.day) - 1;
        365 * year + leaps + in_year - 719_468
    }
}

fn days_of(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
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
        let [year, month, day] = parts(text, "0000-00-00").ok_or(DateError)?;
        Date::new(year, small(month)?, small(day)?)
    }
}

/// A month of the calendar: `2026-11`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
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
        let [year, month] = parts(text, "0000-00").ok_or(DateError)?;
        Ok(Date::new(year, small(month)?, 1)?.month())
    }
}

/// A moment, to the second, in UTC: `2026-10-03T07:45:12Z`. Kept as seconds since 1970-01-01 00:00 UTC, leap seconds left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    date: Date,
    second: u32,
}

impl Instant {
    /// Seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.date.days() * 86_400 + u64::from(self.second)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = (self.second / 3_600, self.second / 60 % 60);
        let second = self.second % 60;
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}Z", self.date)
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
        let (date, time) = text.split_once('T').ok_or(DateError)?;
        let [hour, minute, second] = parts(time, "00:00:00Z").ok_or(DateError)?;
        let second = clock(hour, minute)? * 60 + u32::from(second).min(60);
        if time.get(6..8).is_none_or(|second| second > "59") {
            return Err(DateError);
        }
        Ok(Instant {
            date: date.parse()?,
            second,
        })
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
        let (date, time) = text.split_once('T').ok_or(DateError)?;
        let date: Date = date.parse()?;
        let east = time.contains('+');
        let form = if east { "00:00+00:00" } else { "00:00-00:00" };
        let [hour, minute, off_hour, off_minute] = parts(time, form).ok_or(DateError)?;
        let local = date.days() * 1_440 + u64::from(clock(hour, minute)?);
        let offset = u64::from(clock(off_hour, off_minute)?);
        // UTC itself is written +00:00, the one way.
        let utc = match (east, offset) {
            (false, 0) => None,
            (true, _) => local.checked_sub(offset),
            (false, _) => local.checked_add(offset),
        };
        let utc = utc.ok_or(DateError)?;
        Ok(LocalMinute { date, utc })
    }
}

/// Minutes since the day began.
fn clock(hour: u16, minute: u16) -> Result<u32, DateError> {
    if hour > 23 || minute > 59 {
        return Err(DateError);
    }
    Ok(u32::from(hour) * 60 + u32::from(minute))
}

fn small(number: u16) -> Result<u8, DateError> {
    u8::try_from(number).map_err(|_| DateError)
}

/// The numbers of a text of this form, in which zeros stand for digits.
fn parts<const N: usize>(text: &str, form: &str) -> Option<[u16; N]> {
    let fits = |(c, of): (char, char)| match of {
        '0' => c.is_ascii_digit(),
        other => c == other,
    };
    if text.len() != form.len() || !text.chars().zip(form.chars()).all(fits) {
        return None;
    }
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    let numbers = numbers.filter(|number| !number.is_empty());
    let numbers: Vec<u16> = numbers.map_while(|number| number.parse().ok()).collect();
    numbers.try_into().ok()
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
        ] {
            assert_eq!(wrong.parse::<Date>(), Err(DateError), "{wrong}");
        }
        for wrong in ["2026-13", "2026-1", "2026-10-", "1969-12"] {
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
        ] {
            assert_eq!(wrong.parse::<Instant>(), Err(DateError), "{wrong}");
        }
    }

    #[test]
    fn a_local_minute_is_one_minute_of_the_world() {
        let minute = |text: &str| text.parse::<LocalMinute>().map(|minute| minute.utc);
        let expected = 20_729 * 1_440 + 7 * 60;
        for same in [
            "2026-10-03T09:00+02:00",
            "2026-10-03T07:00+00:00",
            "2026-10-03T06:30-00:30",
        ] {
            assert_eq!(minute(same), Ok(expected), "{same}");
        }
        // The night in which summer time ends has two minutes called 02:30, an hour apart.
        let summer = minute("2026-10-25T02:30+02:00").unwrap();
        assert_eq!(minute("2026-10-25T02:30+01:00"), Ok(summer + 60));
        for wrong in [
            "2026-10-03T09:00Z",
            "2026-10-03T09:00",
            "2026-10-03T09:00-00:00",
            "2026-10-03T09:00:00+02:00",
            "1970-01-01T00:30+01:00",
            "2026-10-03T09:00+24:00",
        ] {
            assert_eq!(minute(wrong), Err(DateError), "{wrong}");
        }
    }
}
