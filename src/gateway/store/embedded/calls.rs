//! Calls of the engine that are under way: a call cannot be broken off, but whoever looks can see that one does not return.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// All calls that did not return yet.
#[derive(Debug, Default)]
pub(super) struct Calls(Mutex<UnderWay>);

#[derive(Debug, Default)]
struct UnderWay {
    /// Number of the next call.
    next: u64,
    begun: BTreeMap<u64, Instant>,
}

/// A call; it has returned when this is dropped.
#[derive(Debug)]
pub(super) struct Call<'c> {
    of: &'c Calls,
    number: u64,
}

impl Calls {
    pub(super) fn begin(&self) -> Call<'_> {
        let mut under_way = self.lock();
        let number = under_way.next;
        under_way.next += 1;
        under_way.begun.insert(number, Instant::now());
        Call { of: self, number }
    }

    /// For how long the oldest call has been under way; zero when there is none.
    pub(super) fn longest(&self) -> Duration {
        let under_way = self.lock();
        let oldest = under_way.begun.first_key_value();
        oldest.map_or(Duration::ZERO, |(_, begun)| begun.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.of.lock().begun.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_call_that_did_not_return_is_the_one_that_counts() {
        let calls = Calls::default();
        assert_eq!(calls.longest(), Duration::ZERO);
        let (first, second) = (calls.begin(), calls.begin());
        let oldest = |calls: &Calls| *calls.lock().begun.first_key_value().unwrap().0;
        assert_eq!(oldest(&calls), 0);
        drop(first);
        assert_eq!(oldest(&calls), 1);
        drop(second);
        assert_eq!(calls.longest(), Duration::ZERO);
    }
}
