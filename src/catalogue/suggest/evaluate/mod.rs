//! How good suggestions are on real local products, by half: the one that lexicon and weights were made on, and the one kept apart. Never mixes in made-up rows.

mod data;
mod report;
mod split;
#[cfg(test)]
mod tests;

pub use data::{Data, EvaluateError, Labelled, Origin, Query, RELEASES, Texts};
pub use report::{Figures, Line, Miss, NoneFigures, Report, Variation};
pub use split::{HELD_OUT, Half, TUNED};

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{CANDIDATES_MAX, Lexicon, LexiconError, Local, National, Suggester, Suggestions};
use crate::code::Category;
use crate::law::{Law, Municipality};

/// What came of one local product.
#[derive(Debug)]
pub struct Outcome<'d> {
    /// The product.
    pub query: &'d Query,
    /// What was suggested.
    pub suggestions: Suggestions,
    /// The place of the first acceptable candidate, from 1. None: not among those given, or there is no counterpart.
    pub place: Option<usize>,
}

/// Suggests for every product of the data what this variation of the engine sees.
pub fn run(data: &Data, variation: Variation) -> Result<Vec<Outcome<'_>>, LexiconError> {
    let mut suggester = of_products(data, variation, |_| true)?;
    if variation == Variation::WithOthers {
        // What the half that was tuned on has, never the other; of an owner's own product its own rows do not count.
        let confirmed = data.queries.iter().filter(|query| {
            query.half == Half::Tuned
                && matches!(query.relation, Labelled::Exact | Labelled::Narrower)
        });
        let names = confirmed.flat_map(|query| {
            let whose = number(data, &query.owner);
            let name =
                move |code: &crate::Code| (query.local.law, &*query.local.label, *code, whose);
            query.targets.iter().map(name)
        });
        suggester = suggester.knowing(names);
    }
    let of = |query| outcome(data, &suggester, query, variation);
    Ok(data.queries.iter().map(of).collect())
}

fn of_products(
    data: &Data,
    variation: Variation,
    is_in: impl Fn(&National) -> bool,
) -> Result<Suggester, LexiconError> {
    let lexicon = match variation {
        Variation::All | Variation::WithOthers | Variation::LexiconAlone => Lexicon::ours()?,
        Variation::WithoutEarly => Lexicon::ours_without_early()?,
        Variation::Words | Variation::Unit | Variation::Category | Variation::Both => {
            Lexicon::empty()
        }
    };
    let products = data.products.iter().filter(|product| is_in(product));
    Ok(Suggester::of_products(
        products.cloned().collect(),
        &data.categories,
        lexicon,
    ))
}

fn outcome<'d>(
    data: &Data,
    suggester: &Suggester,
    query: &'d Query,
    variation: Variation,
) -> Outcome<'d> {
    let mut local: Local = query.local.clone();
    local.municipality = Municipality::new(number(data, &query.owner));
    if !variation.has_unit() {
        local.unit = None;
    }
    if !variation.has_category() {
        local.category = None;
    }
    let suggestions = suggester.suggest(&local);
    let place = suggestions
        .candidates
        .iter()
        .take(CANDIDATES_MAX)
        .position(|candidate| query.targets.contains(&candidate.product.code))
        .map(|at| at + 1);
    Outcome {
        query,
        suggestions,
        place,
    }
}

/// A number for an owner: its place among them.
fn number(data: &Data, owner: &str) -> u16 {
    let owners: BTreeSet<&str> = data.queries.iter().map(|query| &*query.owner).collect();
    let at = owners.iter().position(|known| *known == owner);
    at.and_then(|at| u16::try_from(at).ok()).unwrap_or(u16::MAX)
}

/// Every product with a counterpart once more, with the whole category of its counterparts taken out of the list: now it has none.
fn withheld(data: &Data) -> Result<Vec<Outcome<'_>>, LexiconError> {
    let mut without: BTreeMap<(Law, BTreeSet<Option<Category>>), Suggester> = BTreeMap::new();
    let mut outcomes = Vec::new();
    for query in data
        .queries
        .iter()
        .filter(|query| !query.targets.is_empty())
    {
        let law = query.local.law;
        let gone: BTreeSet<_> = data
            .products
            .iter()
            .filter(|product| product.law == law && query.targets.contains(&product.code))
            .map(|product| product.category)
            .collect();
        let suggester = match without.entry((law, gone)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let gone = &place.key().1;
                let is_in =
                    |product: &National| product.law == law && !gone.contains(&product.category);
                let suggester = of_products(data, Variation::All, is_in)?;
                place.insert(suggester)
            }
        };
        outcomes.push(outcome(data, suggester, query, Variation::All));
    }
    Ok(outcomes)
}

/// The whole report.
pub fn evaluate(data: &Data) -> Result<Report, LexiconError> {
    let mut variations = Vec::new();
    for variation in Variation::ALL {
        variations.push((variation, run(data, variation)?));
    }
    Ok(Report::of(data, &variations, &withheld(data)?))
}
