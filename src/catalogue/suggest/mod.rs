//! For a local product without a row: ten national products it may be, each with score and reasons, and how sure it is that there is a counterpart at all.
//!
//! A suggestion is never applied: it becomes a row of state `suggested`, which a person confirms, rejects or ignores ([`states`]). Compares names, units,
//! categories, codes and tariffs; reads no messages and learns nothing by itself. How good it is on real tables is what [`evaluate`] measures.

pub mod evaluate;
mod index;
mod known;
mod lexicon;
mod reason;
mod score;
pub mod states;
mod words;

use std::collections::HashMap;

pub use index::National;
pub use lexicon::{Lexicon, LexiconError};
pub use reason::{Reason, Why};

use crate::code::{Category, Code};
use crate::law::{Law, Municipality};
use crate::load::Catalogue;
use crate::relation::Relation;
use crate::unit::{Unit, Variant};
use index::Index;
use known::Known;
use words::Cutter;

/// Most candidates of a product.
pub const CANDIDATES_MAX: usize = 10;

/// A local product that has no row yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// Whose it is: its own tables do not count as what others chose, and what it rejected before is not suggested again.
    pub municipality: Option<Municipality>,
    /// Its law.
    pub law: Law,
    /// Its category, as the municipality's messages have it.
    pub category: Option<Category>,
    /// Its own code.
    pub code: Option<Code>,
    /// Its own name.
    pub label: String,
    /// What it is counted in.
    pub unit: Option<Unit>,
    /// What it is paid for, where the municipality says so; else the unit says it.
    pub variant: Option<Variant>,
    /// Eurocents for one unit.
    pub tariff_cents: Option<u32>,
}

/// A national product that a local one may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The product.
    pub product: National,
    /// 0 to 1: order of the candidates. Not how sure it is that there is a counterpart; that is [`Suggestions::confidence`].
    pub score: f32,
    /// What the local product probably is to it, by which name says more. A guess for who decides.
    pub relation: Relation,
    /// Why, heaviest first.
    pub reasons: Vec<Reason>,
}

/// What was found for a local product.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestions {
    /// 0 to 1: how sure it is that the lists have a counterpart at all, where one product in ten has none. Below [`CONFIDENCE_MIN`] whoever decides does well
    /// to look whether there is one.
    pub confidence: f32,
    /// At most [`CANDIDATES_MAX`], best first.
    pub candidates: Vec<Candidate>,
}

/// Below this it is doubtful that there is a counterpart. Not the middle: to look once too often costs less than a wrong row.
pub const CONFIDENCE_MIN: f32 = 0.8;

impl Suggestions {
    /// Whether it is doubtful that there is one.
    pub fn expects_none(&self) -> bool {
        self.confidence < CONFIDENCE_MIN
    }
}

/// Suggests national products of the releases it was made of.
#[derive(Debug)]
pub struct Suggester {
    lexicon: Lexicon,
    cutter: Cutter,
    jw: Index,
    wmo: Index,
    known: Known,
}

impl Suggester {
    /// Of the releases of these names, in this order: of one law the first that has a code decides. All releases when none is named, the latest first. What
    /// the tables say counts with it: what others confirmed and pay, what was rejected.
    pub fn of(catalogue: &Catalogue, releases: &[String], lexicon: Lexicon) -> Self {
        let mut chosen: Vec<_> = if releases.is_empty() {
            catalogue.releases.iter().collect()
        } else {
            releases
                .iter()
                .filter_map(|name| catalogue.release(name))
                .collect()
        };
        if releases.is_empty() {
            chosen
                .sort_by(|a, b| (b.entry.date, &a.entry.name).cmp(&(a.entry.date, &b.entry.name)));
        }
        let mut products = Vec::new();
        for release in chosen {
            let Some(file) = catalogue.file(release.file) else {
                continue;
            };
            products.extend(release.products.iter().map(|product| National {
                law: release.entry.law,
                code: product.code,
                category: product.category,
                variant: product.variant,
                name: file.get(product.name).to_owned(),
                release: release.entry.name.clone(),
            }));
        }
        let categories = catalogue
            .categories
            .iter()
            .map(|named| ((named.law, named.category), named.name.to_string()))
            .collect();
        Self {
            known: Known::of(catalogue, &Cutter::default()),
            ..Self::of_products(products, &categories, lexicon)
        }
    }

    /// Of these products and names of categories, without what tables say. Of products with one law and code the first counts.
    pub fn of_products(
        products: Vec<National>,
        categories: &HashMap<(Law, Category), String>,
        lexicon: Lexicon,
    ) -> Self {
        let cutter = Cutter::default();
        let mut known = std::collections::HashSet::new();
        let (jw, wmo) = products
            .into_iter()
            .filter(|product| known.insert((product.law, product.code)))
            .partition(|product| product.law == Law::Jw);
        Self {
            jw: Index::of(jw, categories, &lexicon, &cutter),
            wmo: Index::of(wmo, categories, &lexicon, &cutter),
            lexicon,
            cutter,
            known: Known::default(),
        }
    }

    /// The same with these names as what others confirmed: law, name, national code, and a number for whose it is.
    fn knowing<'n>(mut self, names: impl IntoIterator<Item = (Law, &'n str, Code, u16)>) -> Self {
        for (law, label, code, whose) in names {
            self.known.add_name(law, label, code, whose, &self.cutter);
        }
        self
    }

    /// How many national products there are to choose from.
    pub fn products(&self) -> usize {
        self.jw.entries.len() + self.wmo.entries.len()
    }

    /// The best candidates for a local product. The same for the same product, always.
    pub fn suggest(&self, local: &Local) -> Suggestions {
        let index = self.index(local.law);
        score::suggest(index, &self.lexicon, &self.cutter, &self.known, local)
    }

    fn index(&self, law: Law) -> &Index {
        match law {
            Law::Jw => &self.jw,
            Law::Wmo => &self.wmo,
        }
    }
}
