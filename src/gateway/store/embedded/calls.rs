//! Calls of the engine that are under way: a call cannot be broken off, but whoever looks can see that one does not return. Nobody waits for anybody here: a
//! thread that gives way to others makes thousands of calls for a large message.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Calls that are seen at the same time, far more than there are threads; further ones are not.
const SLOTS: usize = 256;

/// All calls that did not return yet.
#[derive(Debug)]
pub(super) struct Calls {
    from: Instant,
    /// When each began: microseconds since `from`, and one more; 0 for no call.
    begun: Box<[AtomicU64]>,
    /// Where the next one looks for a place.
    next: AtomicUsize,
}

/// A call; it has returned when this is dropped.
#[derive(Debug)]
pub(super) struct Call<'c>(Option<&'c AtomicU64>);

impl Default for Calls {
    fn default() -> Self {
        Self {
            from: Instant::now(),
            begun: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            next: AtomicUsize::new(0),
        }
    }
}

impl Calls {
    pub(super) fn begin(&self) -> Call<'_> {
        let now = self.now() + 1;
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let places = (0..SLOTS).filter_map(|more| self.begun.get(first.wrapping_add(more) % SLOTS));
        let free = |place: &&AtomicU64| {
            let taken = place.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
            taken.is_ok()
        };
        Call(places.into_iter().find(free))
    }

    /// For how long the oldest call has been under way; zero when there is none.
    pub(super) fn longest(&self) -> Duration {
        let begun = self.begun.iter().map(|place| place.load(Ordering::Relaxed));
        let oldest = begun.filter(|begun| *begun > 0).min();
        let under_way = oldest.map_or(0, |begun| self.now().saturating_sub(begun - 1));
        Duration::from_micros(under_way)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.from.elapsed().as_micros()).unwrap_or(u64::MAX - 1)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.0 {
            place.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When the oldest call began.
    fn oldest(calls: &Calls) -> Option<u64> {
        let begun = calls
            .begun
            .iter()
            .map(|place| place.load(Ordering::Relaxed));
        begun.filter(|begun| *begun > 0).min()
    }

    #[test]
    fn the_oldest_call_that_did_not_return_is_the_one_that_counts() {
        let calls = Calls::default();
        assert_eq!(calls.longest(), Duration::ZERO);
        let first = calls.begin();
        let begun = oldest(&calls);
        let second = calls.begin();
        assert_eq!(oldest(&calls), begun);
        drop(first);
        assert!(oldest(&calls) >= begun);
        drop(second);
        assert_eq!((oldest(&calls), calls.longest()), (None, Duration::ZERO));
    }

    #[test]
    fn one_call_past_those_that_are_seen_is_made_all_the_same() {
        let calls = Calls::default();
        let seen: Vec<_> = (0..SLOTS).map(|_| calls.begin()).collect();
        assert!(seen.iter().all(|call| call.0.is_some()));
        assert!(calls.begin().0.is_none());
        drop(seen);
        assert!(calls.begin().0.is_some());
    }
}
