//! The time, passed in: no other module asks the operating system what time it is, so a test decides what "later" means.
//! Receipt times are UTC; a day is a day in Europe/Amsterdam. That a record's time is never before that of the record before it is
//! the store's promise, not the clock's.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::Date};

/// Tells the time. Any thread may ask.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present moment, UTC.
    fn now(&self) -> Timestamp;
}

/// The clock of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place where the time is asked for"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is moved; for tests and for replaying a day. Clones share one time.
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<Mutex<Timestamp>>,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn at(start: Timestamp) -> Self {
        Self {
            now: Arc::new(Mutex::new(start)),
        }
    }

    /// Puts the clock at `time`, also backwards.
    pub fn set(&self, time: Timestamp) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Moves the clock; a negative duration moves it back. It stops at the ends of time instead of overflowing.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let end = if by.is_negative() {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        *now = now.checked_add(by).unwrap_or(end);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The day in the Netherlands (Europe/Amsterdam) on which `time` falls. The time-zone table is built into the program.
pub fn day_of(time: Timestamp) -> Date {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC);
    time.to_zoned(zone).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_amsterdam_in_winter_and_in_summer() {
        let day = |text: &str| day_of(text.parse().expect("a timestamp")).to_string();
        assert_eq!(day("2026-01-31T22:59:59Z"), "2026-01-31");
        assert_eq!(day("2026-01-31T23:00:00Z"), "2026-02-01");
        assert_eq!(day("2026-06-30T21:59:59Z"), "2026-06-30");
        assert_eq!(day("2026-06-30T22:00:00Z"), "2026-07-01");
    }

    #[test]
    fn a_manual_clock_moves_only_when_told_and_its_clones_with_it() {
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a timestamp");
        let clock = ManualClock::at(start);
        let clone = clock.clone();
        assert_eq!(clone.now(), start);
        clock.advance(SignedDuration::from_hours(24));
        assert_eq!(clone.now().to_string(), "2026-03-02T12:00:00Z");
        clock.advance(SignedDuration::from_hours(-48));
        assert_eq!(clone.now().to_string(), "2026-02-28T12:00:00Z");
    }
}
