//! The time, passed in: no other module asks the operating system what time it is, so a test decides what "later" means.
//! Beside it the time that passed, which nobody can set: a clock that jumps is told by the two going apart.
//! Receipt times are UTC; a day is a day in Europe/Amsterdam. That a record's time is never before that of the record before it is
//! the store's promise, not the clock's.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::Date};

/// Tells the time. Any thread may ask.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present moment, UTC.
    fn now(&self) -> Timestamp;

    /// How much time has passed since some moment in this process; setting the clock does not change it.
    fn elapsed(&self) -> Duration;
}

/// The clock since a start.
#[derive(Debug)]
pub struct Course {
    clock: Arc<dyn Clock>,
    began: Timestamp,
    began_elapsed: Duration,
    /// The last moment that was known before the start.
    before: Option<Timestamp>,
}

impl Course {
    /// From now on; `before` is the time of the last record.
    pub fn from_now(clock: Arc<dyn Clock>, before: Option<Timestamp>) -> Self {
        Self {
            began: clock.now(),
            began_elapsed: clock.elapsed(),
            clock,
            before,
        }
    }

    /// Time that passed since the start.
    pub fn passed(&self) -> SignedDuration {
        let passed = self.clock.elapsed().saturating_sub(self.began_elapsed);
        SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX)
    }

    /// By how much more the clock went forward since the start than time passed; negative when it went forward by less.
    pub fn jumped(&self) -> SignedDuration {
        self.clock
            .now()
            .duration_since(self.began)
            .saturating_sub(self.passed())
    }

    /// How long, by the clock, the time before the start is without a record.
    pub fn gap(&self) -> SignedDuration {
        self.before.map_or(SignedDuration::ZERO, |before| {
            self.began.duration_since(before)
        })
    }
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

    fn elapsed(&self) -> Duration {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGAN.elapsed()
    }
}

/// A clock that stands still until it is moved; for tests and for replaying a day. Clones share one time.
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<Mutex<(Timestamp, Duration)>>,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn at(start: Timestamp) -> Self {
        Self {
            now: Arc::new(Mutex::new((start, Duration::ZERO))),
        }
    }

    /// Puts the clock at `time`, also backwards: a step, by which no time passes.
    pub fn set(&self, time: Timestamp) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).0 = time;
    }

    /// Lets time pass; a negative duration steps the clock back. It stops at the ends of time instead of overflowing.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let end = if by.is_negative() {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        now.0 = now.0.checked_add(by).unwrap_or(end);
        now.1 = now
            .1
            .saturating_add(Duration::try_from(by).unwrap_or_default());
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn elapsed(&self) -> Duration {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).1
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
