//! What share of products is covered: of the rows of tables, and of messages where somebody counted those; by relation, law, category, region and year, with what is
//! not mapped by its use. Of one municipality this is its drift: how far its products are from the national lists.
//!
//! Counts codes, not care: a row weighs as much as any other. Written as text, as JSON, and as a chart ([`Coverage::to_svg`]).

mod count;
mod json;
mod svg;
mod text;
mod uses;

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

pub use uses::{Used, Uses};

use crate::code::{Category, Code};
use crate::law::{Law, Municipality};
use crate::load::Catalogue;
use crate::relation::Relation;

/// How a product stands to the national lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    /// A confirmed row gives it this relation.
    Related(Relation),
    /// It has no row, and its code is national: it passes as what it is.
    National,
    /// Its rows are proposed and not decided on.
    Open,
    /// It has no row that says anything, and its code is not national.
    Unmapped,
}

impl Share {
    /// All, from the best covered to what is not.
    pub const ALL: [Self; 9] = [
        Self::Related(Relation::Exact),
        Self::Related(Relation::Close),
        Self::Related(Relation::LocalNarrower),
        Self::National,
        Self::Related(Relation::LocalBroader),
        Self::Related(Relation::Partial),
        Self::Related(Relation::None),
        Self::Open,
        Self::Unmapped,
    ];

    /// As in reports: the relation, `landelijk`, `niet bevestigd`, `niet gekoppeld`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Related(relation) => relation.as_str(),
            Self::National => "landelijk",
            Self::Open => "niet bevestigd",
            Self::Unmapped => "niet gekoppeld",
        }
    }

    /// Whether it can be understood nationally without loss: the same, nearly so or narrower.
    pub const fn is_covered(self) -> bool {
        match self {
            Self::Related(relation) => relation.may_be_applied(),
            Self::National => true,
            Self::Open | Self::Unmapped => false,
        }
    }

    fn rank(self) -> usize {
        let place = Self::ALL.iter().position(|share| *share == self);
        place.unwrap_or(Self::ALL.len())
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many of each share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    counts: [u64; Share::ALL.len()],
}

impl Tally {
    /// How many of this share.
    pub fn get(&self, share: Share) -> u64 {
        self.counts.get(share.rank()).copied().unwrap_or_default()
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.counts
            .iter()
            .fold(0, |all, one| all.saturating_add(*one))
    }

    /// How many are covered.
    pub fn covered(&self) -> u64 {
        let covered = Share::ALL.into_iter().filter(|share| share.is_covered());
        covered.fold(0, |all, share| all.saturating_add(self.get(share)))
    }

    /// Those covered of a thousand, rounded down; none where there are none at all.
    pub fn covered_per_mille(&self) -> Option<u64> {
        let (covered, total) = (u128::from(self.covered()), u128::from(self.total()));
        (covered * 1000)
            .checked_div(total)
            .and_then(|share| u64::try_from(share).ok())
    }

    fn add(&mut self, share: Share, count: u64) {
        if let Some(place) = self.counts.get_mut(share.rank()) {
            *place = place.saturating_add(count);
        }
    }
}

/// What is counted: codes of tables and, where they were given, messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Different (municipality, law, local code) that a table has rows for.
    pub codes: Tally,
    /// Messages that named a product.
    pub messages: Tally,
}

/// What a part of a report is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A law.
    Law(Law),
    /// A category of a law; none: of rows that hold for any category of a code without one.
    Category(Law, Option<Category>),
    /// A region of municipalities.
    Region(String),
    /// A year: what held on a day of it, or was seen in it.
    Year(i16),
    /// A municipality.
    Municipality(Municipality),
}

/// A code that is not national.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Whose.
    pub municipality: Municipality,
    /// The law.
    pub law: Law,
    /// The category its rows name, or else the first seen in messages.
    pub category: Option<Category>,
    /// The code.
    pub code: Code,
    /// The local name, where a row gives one.
    pub label: String,
    /// How it stands by the rows that hold, or else by those that held when it was seen.
    pub share: Share,
    /// Messages that named it.
    pub messages: u64,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The day on which rows are looked at.
    pub on: Date,
    /// The municipality, where it is of one.
    pub municipality: Option<(Municipality, String)>,
    /// Whether messages were counted.
    pub has_messages: bool,
    /// All together.
    pub all: Counted,
    /// By law, category, region, year and municipality.
    pub parts: BTreeMap<Part, Counted>,
    /// Codes outside the national lists, those most used first.
    pub outside: Vec<Outside>,
}

impl Coverage {
    /// The report over all municipalities. Made-up tables count only where there are no real ones.
    pub fn of(catalogue: &Catalogue, on: Date, uses: Option<&Uses>) -> Self {
        count::count(catalogue, on, uses, None)
    }

    /// The drift of one municipality.
    pub fn of_municipality(
        catalogue: &Catalogue,
        municipality: Municipality,
        on: Date,
        uses: Option<&Uses>,
    ) -> Self {
        count::count(catalogue, on, uses, Some(municipality))
    }

    /// Codes that nothing is known of, those most used first.
    pub fn unmapped(&self) -> impl Iterator<Item = &Outside> {
        let is_unmapped =
            |outside: &&Outside| matches!(outside.share, Share::Open | Share::Unmapped);
        self.outside.iter().filter(is_unmapped)
    }
}
