//! Certificates that parties came with, so that they can be told before one ends. It forgets at a
//! restart; every party that still uses its certificate comes again.

use super::identity::Identity;
use super::party::PartyId;
use crate::transport::peer::Peer;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// Certificates remembered at most; those that end first are forgotten first.
const SEEN_MAX: usize = 20_000;
const DAY_H: i64 = 24;

/// How near the end of a certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// Within 60 days.
    Within60Days,
    /// Within 14 days.
    Within14Days,
    /// It has ended.
    Ended,
}

/// A certificate that ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// Whose it is.
    pub party: PartyId,
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
    /// When it ends.
    pub not_after: Timestamp,
    /// How near that is.
    pub warning: Warning,
    /// Whether the party has already come with a certificate that ends later.
    pub replaced: bool,
}

#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<[u8; 32], One>);

#[derive(Debug)]
struct One {
    party: PartyId,
    identity: Option<Identity>,
    not_after: Timestamp,
}

impl Seen {
    pub(super) fn add(&mut self, party: &PartyId, peer: &Peer) {
        if self.0.len() >= SEEN_MAX && !self.0.contains_key(&peer.fingerprint) {
            let first = self
                .0
                .iter()
                .min_by_key(|(key, one)| (one.not_after, **key))
                .map(|(key, _)| *key);
            if let Some(first) = first {
                self.0.remove(&first);
            }
        }
        let one = One {
            party: party.clone(),
            identity: peer.identity().cloned(),
            not_after: peer.not_after,
        };
        self.0.insert(peer.fingerprint, one);
    }

    pub(super) fn expiring(&self, now: Timestamp) -> Vec<Expiring> {
        let mut list: Vec<Expiring> = self
            .0
            .iter()
            .filter_map(|(fingerprint, one)| {
                Some(Expiring {
                    party: one.party.clone(),
                    fingerprint: *fingerprint,
                    not_after: one.not_after,
                    warning: warning(one.not_after, now)?,
                    replaced: self.0.values().any(|other| {
                        other.party == one.party
                            && other.not_after > one.not_after
                            && same_kind(other, one)
                    }),
                })
            })
            .collect();
        list.sort_by(|a, b| {
            (a.not_after, &a.party, a.fingerprint).cmp(&(b.not_after, &b.party, b.fingerprint))
        });
        list
    }
}

/// A pinned certificate is replaced by any other below its anchor, one with an OIN or URI by one with the same.
fn same_kind(a: &One, b: &One) -> bool {
    match (&a.identity, &b.identity) {
        (Some(a), Some(b)) if a.key.is_pin() && b.key.is_pin() => a.anchor == b.anchor,
        (a, b) => a == b,
    }
}

fn warning(not_after: Timestamp, now: Timestamp) -> Option<Warning> {
    let left = not_after.duration_since(now);
    if left <= SignedDuration::ZERO {
        Some(Warning::Ended)
    } else if left <= SignedDuration::from_hours(14 * DAY_H) {
        Some(Warning::Within14Days)
    } else if left <= SignedDuration::from_hours(60 * DAY_H) {
        Some(Warning::Within60Days)
    } else {
        None
    }
}
