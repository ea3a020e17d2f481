//! What a generator draws from: the products of the newest whole release of each list, less those that would be findings by themselves.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::PlanError;
use super::plant::letters;
use crate::canonical::Release;
use crate::code::{Category, Code};
use crate::law::Law;
use crate::load::Catalogue;
use crate::unit::Variant;

/// Fewest products of a list to make tables of.
const PRODUCTS_MIN: usize = 12;

/// A national product to start from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product<'c> {
    pub(super) code: Code,
    pub(super) category: Option<Category>,
    pub(super) variant: Option<Variant>,
    pub(super) name: &'c str,
    pub(super) from: Option<Date>,
}

/// The national products of a law.
#[derive(Debug)]
pub(super) struct National<'c> {
    pub(super) law: Law,
    /// The releases tables translate to, in their order.
    pub(super) releases: Vec<&'c str>,
    /// Products that are good targets.
    pub(super) pool: Vec<Product<'c>>,
    /// Aids, which some municipalities take over whole.
    pub(super) aids: Vec<Product<'c>>,
    /// Codes of an earlier release that are gone.
    pub(super) withdrawn: Vec<Code>,
    /// Products whose name is another than in another release of their list.
    pub(super) changed: Vec<Product<'c>>,
    /// Every code that means something in some release, of either law.
    pub(super) every: BTreeSet<Code>,
}

impl<'c> National<'c> {
    pub(super) fn of(catalogue: &'c Catalogue, law: Law) -> Result<Self, PlanError> {
        let mut newest: BTreeMap<&str, &Release> = BTreeMap::new();
        for release in &catalogue.releases {
            let entry = &release.entry;
            let newer = newest.get(entry.list.as_str()).is_none_or(|known| {
                let of = |release: &Release| (release.entry.forms.is_empty(), release.entry.date);
                of(known) < of(release)
            });
            if entry.law == law && newer {
                newest.insert(&entry.list, release);
            }
        }
        // A list of aids stands behind the list of care: of a code in both the first is meant.
        let mut chosen: Vec<&Release> = newest.into_values().collect();
        chosen.sort_by_key(|release| release.entry.list.starts_with("aids"));
        let every = catalogue
            .releases
            .iter()
            .flat_map(|release| release.products.iter().map(|product| product.code))
            .collect();
        let mut national = Self {
            law,
            releases: chosen
                .iter()
                .map(|release| release.entry.name.as_str())
                .collect(),
            pool: Vec::new(),
            aids: Vec::new(),
            withdrawn: Vec::new(),
            changed: Vec::new(),
            every,
        };
        let mut known = BTreeSet::new();
        for release in &chosen {
            let others: Vec<&Release> = catalogue
                .releases
                .iter()
                .filter(|other| {
                    other.entry.list == release.entry.list && other.entry.name != release.entry.name
                })
                .collect();
            for product in &release.products {
                if !known.insert(product.code) || product.to.is_some() {
                    continue;
                }
                let name = catalogue.name(release, product);
                let usable = Product {
                    code: product.code,
                    category: product.category,
                    variant: product.variant,
                    name,
                    from: product.from,
                };
                let named =
                    |other: &Release| other.get(product.code).map(|of| catalogue.name(other, of));
                let is_other = |other: &&Release| named(other).is_some_and(|other| other != name);
                // It was named otherwise before, and not in letter case or punctuation alone.
                let is_change = |other: &&Release| {
                    let before = named(other).map(letters);
                    other.entry.date < release.entry.date
                        && before.is_some_and(|before| before != letters(name))
                };
                if others.iter().any(is_change) {
                    national.changed.push(usable);
                } else if others.iter().any(is_other) {
                    // Neither a good target nor a conflict for certain.
                } else if release.entry.list.starts_with("aids") {
                    national.aids.push(usable);
                } else {
                    national.pool.push(usable);
                }
            }
        }
        for release in &chosen {
            let older = catalogue.releases.iter().filter(|other| {
                other.entry.list == release.entry.list && other.entry.date < release.entry.date
            });
            let gone = older
                .flat_map(|other| &other.products)
                .map(|product| product.code);
            let gone = gone.filter(|code| !known.contains(code) && release.is_complete_for(*code));
            national.withdrawn.extend(gone);
        }
        if national.pool.len() < PRODUCTS_MIN {
            return Err(PlanError::NoProducts(law));
        }
        Ok(national)
    }
}
