//! How good suggestions are on real local products, by half: the one that lexicon and weights were made on, and the one kept apart. Never mixes in made-up rows.

mod data;
mod report;
mod split;
#[cfg(test)]
mod tests;

pub use data::{Data, EvaluateError, Labelled, Origin, Query, RELEASES, Texts};
pub use report::{Figures, Line, Miss, NoneFigures, Report, Variation};
pub use split::{HELD_OUT, Half, TUNED};

use super::{CANDIDATES_MAX, Lexicon, LexiconError, Local, Suggester, Suggestions};

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
pub fn run<'d>(data: &'d Data, variation: Variation) -> Result<Vec<Outcome<'d>>, LexiconError> {
    let lexicon = match variation {
        Variation::All | Variation::LexiconAlone => Lexicon::ours()?,
        Variation::WithoutEarly => Lexicon::ours_without_early()?,
        Variation::Words | Variation::Unit | Variation::Category | Variation::Both => {
            Lexicon::empty()
        }
    };
    let suggester = Suggester::of_products(data.products.clone(), &data.categories, lexicon);
    let of = |query: &'d Query| {
        let mut local: Local = query.local.clone();
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
    };
    Ok(data.queries.iter().map(of).collect())
}

/// The whole report.
pub fn evaluate(data: &Data) -> Result<Report, LexiconError> {
    let mut variations = Vec::new();
    for variation in Variation::ALL {
        variations.push((variation, run(data, variation)?));
    }
    Ok(Report::of(data, &variations))
}
