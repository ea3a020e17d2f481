//! Starts and stops that were accepted and not removed since.

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::allocation::Product;
use super::cbor;
use super::pseudonym::Pseudonym;

/// Starts and stops of one client under one allocation, or under none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Care {
    /// Starts, ascending, each once.
    #[n(0)]
    starts: Vec<StartKey>,
    /// Stops, ascending, each once. A stop may stand without its start: that may be older than what is known.
    #[n(1)]
    stops: Vec<StopKey>,
}

/// What makes a StartProduct this one, within its client and allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct StartKey {
    /// Class Product.
    #[n(0)]
    pub product: Option<Product>,
    /// Element Begindatum.
    #[cbor(n(1), with = "cbor::date")]
    pub begindatum: Date,
}

/// What makes a StopProduct this one, within its client and allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
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
    pub fn starts(&self) -> &[StartKey] {
        &self.starts
    }

    /// The stops, ascending.
    pub fn stops(&self) -> &[StopKey] {
        &self.stops
    }

    /// Whether this start stands.
    pub fn has_start(&self, start: &StartKey) -> bool {
        self.starts.binary_search(start).is_ok()
    }

    /// Whether this stop stands.
    pub fn has_stop(&self, stop: &StopKey) -> bool {
        self.stops.binary_search(stop).is_ok()
    }

    /// The stops of a start, for a time or for good.
    pub fn stops_of<'a>(&'a self, start: &'a StartKey) -> impl Iterator<Item = &'a StopKey> {
        self.stops.iter().filter(move |stop| stop.start == *start)
    }

    /// The stops of whatever started on the day of this start; of its product only, where there is no
    /// allocation to tell starts apart (IV096).
    pub fn stops_from(&self, start: &StartKey, by_product: bool) -> impl Iterator<Item = &StopKey> {
        let StartKey {
            product,
            begindatum,
        } = *start;
        self.stops.iter().filter(move |stop| {
            stop.start.begindatum == begindatum && (!by_product || stop.start.product == product)
        })
    }

    /// The starts that are actual: without any stop.
    pub fn actual(&self) -> impl Iterator<Item = &StartKey> {
        let stopped = |start: &StartKey| self.stops_of(start).next().is_some();
        self.starts.iter().filter(move |start| !stopped(start))
    }

    pub(crate) fn add_start(&mut self, start: StartKey) {
        if let Err(at) = self.starts.binary_search(&start) {
            self.starts.insert(at, start);
        }
    }

    pub(crate) fn remove_start(&mut self, start: &StartKey) {
        if let Ok(at) = self.starts.binary_search(start) {
            self.starts.remove(at);
        }
    }

    pub(crate) fn add_stop(&mut self, stop: StopKey) {
        if let Err(at) = self.stops.binary_search(&stop) {
            self.stops.insert(at, stop);
        }
    }

    pub(crate) fn remove_stop(&mut self, stop: &StopKey) {
        if let Ok(at) = self.stops.binary_search(stop) {
            self.stops.remove(at);
        }
    }
}
