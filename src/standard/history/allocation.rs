//! Allocations with their versions, and what is known of a client.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use minicbor::{Decode, Encode};

use super::cbor;
use super::pseudonym::Pseudonym;
use crate::bericht::Omvang;
use crate::opaque::opaque;

/// An allocation: every version that was sent of it, by time stamp.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Toewijzing {
    /// Its client: that of the version that holds, where a receiver took it for another (TR332).
    #[n(0)]
    pub client: Pseudonym,
    /// Its versions, ascending by stamp, each stamp once. Never empty.
    #[n(1)]
    versions: Vec<Version>,
}

/// When a version was made: what orders versions, not when they came (IV013, OP080).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct Stamp {
    /// Element Toewijzingsdatum.
    #[cbor(n(0), with = "cbor::date")]
    pub date: Date,
    /// Element Toewijzingstijd.
    #[cbor(n(1), with = "cbor::time")]
    pub time: Time,
}

/// One version of an allocation: one ToegewezenProduct of an accepted 301.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Version {
    /// When it was made.
    #[n(0)]
    pub stamp: Stamp,
    /// Class Product.
    #[n(1)]
    pub product: Option<Product>,
    /// Element Ingangsdatum.
    #[cbor(n(2), with = "cbor::date")]
    pub ingangsdatum: Date,
    /// Element Einddatum; absent: no end.
    #[cbor(n(3), with = "cbor::date_or_none", has_nil)]
    pub einddatum: Option<Date>,
    /// Element RedenWijziging, as far as it means removal.
    #[n(4)]
    pub reden: Reden,
    /// Class Omvang.
    #[n(5)]
    pub omvang: Option<Omvang>,
    /// Element Budget, cents.
    #[n(6)]
    pub budget: Option<u64>,
    /// Element ReferentieAanbieder.
    #[n(7)]
    pub referentie: Option<Pseudonym>,
}

/// What RedenWijziging says about removal; no more of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Reden {
    /// Absent, or another reason.
    #[n(0)]
    Other,
    /// 13, removed.
    #[n(1)]
    Removed,
    /// 01, which meant removal before 13 did.
    #[n(2)]
    Formerly,
}

/// A product in pseudonyms, with what rules must see of its Categorie.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct Product {
    /// Element Categorie.
    #[n(0)]
    pub categorie: Pseudonym,
    /// Element Code.
    #[n(1)]
    pub code: Option<Pseudonym>,
    /// Whether it is household help: iWmo, Categorie 01.
    #[n(2)]
    pub household: bool,
    /// Whether it is an aid: iWmo, Categorie 11 to 14.
    #[n(3)]
    pub aid: bool,
}

/// What is known of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Client {
    /// His allocations by ToewijzingNummer.
    #[n(0)]
    pub toewijzingen: BTreeSet<Pseudonym>,
    /// His requests that may be open, by ReferentieAanbieder: each says itself whether it is (TR374).
    #[n(1)]
    pub verzoeken: BTreeSet<Pseudonym>,
}

impl Reden {
    /// Reads element RedenWijziging.
    pub fn read(code: Option<&str>) -> Self {
        match code {
            Some("13") => Self::Removed,
            Some("01") => Self::Formerly,
            _ => Self::Other,
        }
    }
}

impl Version {
    /// Whether the allocation is taken back: RedenWijziging says so and it ends on the day it begins.
    pub fn is_removed(&self) -> bool {
        self.reden != Reden::Other && self.einddatum == Some(self.ingangsdatum)
    }

    /// Whether it counts on a day: not removed, and not ended before. One that is yet to begin counts.
    pub fn is_actual_on(&self, day: Date) -> bool {
        !self.is_removed() && self.einddatum.is_none_or(|end| end >= day)
    }
}

impl Toewijzing {
    /// An allocation of which the first version came.
    pub fn new(client: Pseudonym, version: Version) -> Self {
        Self {
            client,
            versions: vec![version],
        }
    }

    /// The version that holds: that of the latest stamp (IV013).
    pub fn current(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The version with a stamp.
    pub fn version(&self, stamp: Stamp) -> Option<&Version> {
        let at = self.find(stamp).ok()?;
        self.versions.get(at)
    }

    /// Its versions, ascending by stamp.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// Adds a version. One with the stamp of an earlier one changes nothing: it is the same sent again,
    /// or not to be told apart from it.
    pub(super) fn add(&mut self, client: Pseudonym, version: Version) {
        if let Err(at) = self.find(version.stamp) {
            if at == self.versions.len() {
                self.client = client;
            }
            self.versions.insert(at, version);
        }
    }

    fn find(&self, stamp: Stamp) -> Result<usize, usize> {
        self.versions
            .binary_search_by_key(&stamp, |version| version.stamp)
    }
}

opaque!(Stamp, Version, Product);

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    fn version(day: i8, einddatum: Option<Date>, reden: Reden) -> Version {
        Version {
            stamp: Stamp {
                date: date(2026, 2, day),
                time: time(9, 0, 0, 0),
            },
            product: None,
            ingangsdatum: date(2026, 3, 1),
            einddatum,
            reden,
            omvang: None,
            budget: Some(1),
            referentie: None,
        }
    }

    #[test]
    fn the_latest_stamp_holds_whatever_came_last() {
        let mut toewijzing = Toewijzing::new(Pseudonym([1; 16]), version(20, None, Reden::Other));
        toewijzing.add(Pseudonym([2; 16]), version(10, None, Reden::Other));
        assert_eq!(toewijzing.client, Pseudonym([1; 16]));
        assert_eq!(toewijzing.current(), Some(&version(20, None, Reden::Other)));
        assert_eq!(toewijzing.versions().len(), 2);
        toewijzing.add(Pseudonym([3; 16]), version(21, None, Reden::Other));
        assert_eq!(
            toewijzing.client,
            Pseudonym([3; 16]),
            "it is whose it is now"
        );
    }

    #[test]
    fn of_two_versions_with_one_stamp_the_first_stays() {
        let first = version(20, None, Reden::Other);
        let mut toewijzing = Toewijzing::new(Pseudonym([1; 16]), first.clone());
        toewijzing.add(
            Pseudonym([2; 16]),
            version(20, Some(date(2026, 5, 1)), Reden::Other),
        );
        assert_eq!(toewijzing.versions(), [first]);
    }

    #[test]
    fn removal_needs_the_reason_and_the_dates() {
        let day = date(2026, 3, 1);
        assert!(version(20, Some(day), Reden::Removed).is_removed());
        assert!(version(20, Some(day), Reden::Formerly).is_removed());
        assert!(!version(20, Some(day), Reden::Other).is_removed());
        assert!(!version(20, None, Reden::Removed).is_removed());
    }

    #[test]
    fn what_ends_on_the_day_or_has_yet_to_begin_is_actual() {
        let ends = version(20, Some(date(2026, 5, 31)), Reden::Other);
        assert!(ends.is_actual_on(date(2026, 5, 31)));
        assert!(!ends.is_actual_on(date(2026, 6, 1)));
        assert!(version(20, None, Reden::Other).is_actual_on(date(2026, 1, 1)));
    }
}
