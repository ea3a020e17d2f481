//! Sums of what is told of months. A sum says of how many cells it lacks the number, each of them 1 to 9; it is made of what is told and of nothing else.

use std::collections::BTreeMap;

use knooppunt_standard::Law;

use super::cell::{Cells, Outcome, Place, Told};
use super::month::Month;
use crate::register::PartyCode;

/// A sum of cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Messages in the cells that are told.
    pub count: u64,
    /// Cells that are not told, each of 1 to 9 messages more.
    pub lacks: u64,
}

/// What became of messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Carried to their receivers.
    pub carried: Sum,
    /// Of these answered within the term.
    pub in_time: Sum,
    /// Answered after it.
    pub late: Sum,
    /// Not answered as long as the month counts.
    pub unanswered: Sum,
    /// Owed no answer.
    pub no_term: Sum,
    /// Refused.
    pub refused: Sum,
    /// Of these by cause.
    pub causes: BTreeMap<String, Sum>,
}

/// What sums are made for one by one.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is asked or not, whatever the others are"
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct By {
    /// Each month.
    pub month: bool,
    /// Each law.
    pub law: bool,
    /// Each municipality.
    pub gemeente: bool,
    /// Each kind.
    pub soort: bool,
}

/// What the messages of one sum have in common; `None`: it is not asked one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// The month.
    pub month: Option<Month>,
    /// The law; `Some(None)`: it could not be known.
    pub law: Option<Option<Law>>,
    /// The municipality; `Some(None)`: it is not said.
    pub gemeente: Option<Option<PartyCode>>,
    /// Number of the Berichtsoort, 0 where it could not be known.
    pub soort: Option<u16>,
}

impl By {
    pub(super) fn group(self, month: Month, place: &Place) -> Group {
        Group {
            month: self.month.then_some(month),
            law: self.law.then_some(place.law),
            gemeente: self.gemeente.then_some(place.gemeente),
            soort: self.soort.then_some(place.soort),
        }
    }
}

impl Sum {
    fn add(&mut self, told: Told) {
        match told {
            Some(count) => self.count += count,
            None => self.lacks += 1,
        }
    }
}

impl Sums {
    /// Adds a place of a month.
    pub(super) fn add(&mut self, cells: &Cells) {
        // Of a whole that is told no cell is lacking.
        let [carried, refused] = [cells.carried, cells.refused].map(|whole| whole.is_some());
        self.carried.count += cells.carried.unwrap_or(0);
        self.refused.count += cells.refused.unwrap_or(0);
        for (outcome, told) in &cells.each {
            let (of, whole, is_told) = match outcome {
                Outcome::InTime => (&mut self.in_time, &mut self.carried, carried),
                Outcome::Late => (&mut self.late, &mut self.carried, carried),
                Outcome::Unanswered => (&mut self.unanswered, &mut self.carried, carried),
                Outcome::NoTerm => (&mut self.no_term, &mut self.carried, carried),
                Outcome::Refused(cause) => {
                    let of = self.causes.entry(cause.clone()).or_default();
                    (of, &mut self.refused, refused)
                }
            };
            of.add(*told);
            if !is_told {
                whole.add(*told);
            }
        }
    }
}
