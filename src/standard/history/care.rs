//! Starts and stops that were accepted and not removed since.

use std::collections::BTreeMap;

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::allocation::Product;
use super::cbor;
use super::pseudonym::Pseudonym;
use crate::opaque::opaque;

/// Starts and stops of one client under one allocation, or under none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Care {
    /// Starts.
    #[n(0)]
    starts: Standing<StartKey>,
    /// Stops. One may stand without its start: that may be older than what is known.
    #[n(1)]
    stops: Standing<StopKey>,
    /// Whether some of it is said as its provider sent it, and the municipality may call it something else ([`as_sent`](super::as_sent())).
    #[cbor(n(2), with = "cbor::flag", has_nil)]
    as_sent: bool,
}

/// What was delivered and removed, by the place of the message that did so last ([`Past::came`](super::Past::came)).
/// The later message holds, in whatever order messages were answered; within one message removals come first.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Standing<K: Ord> {
    /// What stands.
    #[n(0)]
    delivered: BTreeMap<K, u64>,
    /// What does not, though it was or may yet be delivered by an earlier message.
    #[n(1)]
    removed: BTreeMap<K, u64>,
}

/// What makes a StartProduct this one, within its client and allocation. Ordered by day first, so that what
/// started on one day stands together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct StartKey {
    /// Element Begindatum.
    #[cbor(n(1), with = "cbor::date")]
    pub begindatum: Date,
    /// Class Product.
    #[n(0)]
    pub product: Option<Product>,
}

/// What makes a StopProduct this one, within its client and allocation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct StopKey {
    /// The start that it stops.
    #[n(0)]
    pub start: StartKey,
    /// Element RedenBeeindiging.
    #[n(1)]
    pub reden: Pseudonym,
    /// Whether RedenBeeindiging is 20: stopped for a time.
    #[n(2)]
    pub temporary: bool,
    /// Element Einddatum.
    #[cbor(n(3), with = "cbor::date")]
    pub einddatum: Date,
}

impl Care {
    /// The starts, ascending.
    pub fn starts(&self) -> impl Iterator<Item = &StartKey> {
        self.starts.delivered.keys()
    }

    /// The stops, ascending.
    pub fn stops(&self) -> impl Iterator<Item = &StopKey> {
        self.stops.delivered.keys()
    }

    /// Whether this start stands.
    pub fn has_start(&self, start: &StartKey) -> bool {
        self.starts.delivered.contains_key(start)
    }

    /// Whether this stop stands.
    pub fn has_stop(&self, stop: &StopKey) -> bool {
        self.stops.delivered.contains_key(stop)
    }

    /// The stops of a start, for a time or for good.
    pub fn stops_of(&self, start: &StartKey) -> impl Iterator<Item = &StopKey> {
        let start = *start;
        self.stops
            .delivered
            .range(StopKey::first_of(start)..)
            .map(|(stop, _)| stop)
            .take_while(move |stop| stop.start == start)
    }

    /// The stops of whatever started on the day of this start; of its product only, where there is no
    /// allocation to tell starts apart (IV096).
    pub fn stops_from(&self, start: &StartKey, by_product: bool) -> impl Iterator<Item = &StopKey> {
        let StartKey {
            product,
            begindatum,
        } = *start;
        // Absent is before any product.
        let first = StartKey {
            product: product.filter(|_| by_product),
            begindatum,
        };
        self.stops
            .delivered
            .range(StopKey::first_of(first)..)
            .map(|(stop, _)| stop)
            .take_while(move |stop| {
                stop.start.begindatum == begindatum
                    && (!by_product || stop.start.product == product)
            })
    }

    /// The starts that are actual: without any stop.
    pub fn actual(&self) -> impl Iterator<Item = &StartKey> {
        self.starts().filter(|start| self.is_actual(start))
    }

    /// Whether a start has no stop.
    pub fn is_actual(&self, start: &StartKey) -> bool {
        self.stops_of(start).next().is_none()
    }

    /// Whether some of it is said as its provider sent it, and the municipality may call it something else. It stays so: under which name something is removed
    /// nobody can tell either.
    pub const fn is_as_sent(&self) -> bool {
        self.as_sent
    }

    pub(super) fn mark_as_sent(&mut self) {
        self.as_sent = true;
    }

    pub(crate) fn add_start(&mut self, start: StartKey, came: u64) {
        self.starts.deliver(start, came);
    }

    pub(crate) fn remove_start(&mut self, start: StartKey, came: u64) {
        self.starts.remove(start, came);
    }

    pub(crate) fn add_stop(&mut self, stop: StopKey, came: u64) {
        self.stops.deliver(stop, came);
    }

    pub(crate) fn remove_stop(&mut self, stop: StopKey, came: u64) {
        self.stops.remove(stop, came);
    }
}

impl<K: Ord> Standing<K> {
    fn deliver(&mut self, key: K, came: u64) {
        if self.removed.get(&key).is_some_and(|last| *last > came) {
            return;
        }
        self.removed.remove(&key);
        let last = self.delivered.entry(key).or_insert(came);
        *last = came.max(*last);
    }

    fn remove(&mut self, key: K, came: u64) {
        if self.delivered.get(&key).is_some_and(|last| *last >= came) {
            return;
        }
        self.delivered.remove(&key);
        let last = self.removed.entry(key).or_insert(came);
        *last = came.max(*last);
    }
}

impl<K: Ord> Default for Standing<K> {
    fn default() -> Self {
        Self {
            delivered: BTreeMap::new(),
            removed: BTreeMap::new(),
        }
    }
}

impl StopKey {
    /// Before all stops of a start.
    const fn first_of(start: StartKey) -> Self {
        Self {
            start,
            reden: Pseudonym([0; 16]),
            temporary: false,
            einddatum: Date::MIN,
        }
    }
}

opaque!(StartKey, StopKey);

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn start(categorie: u8, day: i8) -> StartKey {
        StartKey {
            begindatum: date(2026, 3, day),
            product: Some(Product {
                categorie: Pseudonym([categorie; 16]),
                code: None,
                household: false,
                aid: false,
            }),
        }
    }

    fn stop(categorie: u8, day: i8) -> StopKey {
        StopKey {
            start: start(categorie, day),
            reden: Pseudonym([9; 16]),
            temporary: false,
            einddatum: date(2026, 4, 1),
        }
    }

    /// Two products that began on one day and one that began on the next, all stopped.
    fn stopped() -> Care {
        let mut care = Care::default();
        for stop in [stop(1, 6), stop(2, 5), stop(1, 5)] {
            care.add_stop(stop, 7);
        }
        care
    }

    #[test]
    fn stops_are_told_in_order() {
        let care = stopped();
        let stops: Vec<_> = care.stops().copied().collect();
        assert!(stops == [stop(1, 5), stop(2, 5), stop(1, 6)]);
    }

    #[test]
    fn under_an_allocation_all_that_began_on_a_day_stop_each_other_and_without_one_each_product() {
        let care = stopped();
        let from = |categorie, by_product| {
            let start = start(categorie, 5);
            let stops = care.stops_from(&start, by_product);
            stops.copied().collect::<Vec<_>>()
        };
        for categorie in [1, 2] {
            assert!(from(categorie, false) == [stop(1, 5), stop(2, 5)]);
            assert!(from(categorie, true) == [stop(categorie, 5)]);
        }
        assert!(from(3, true).is_empty());
    }

    #[test]
    fn what_a_message_removes_and_delivers_again_stands() {
        let mut care = Care::default();
        let start = start(1, 5);
        care.add_start(start, 6);
        care.remove_start(start, 7);
        care.add_start(start, 7);
        assert!(care.has_start(&start));
        // Of an earlier message, whose answer came later, it does not stand again.
        care.remove_start(start, 9);
        care.add_start(start, 8);
        assert!(!care.has_start(&start));
    }
}
