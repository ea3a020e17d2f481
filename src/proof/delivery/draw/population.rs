//! The lines that a draw is made from, in the one order that everybody can tell: by reference, as bytes, and then by entry.

use crate::delivery::line::LineStatement;
use crate::delivery::tag;
use crate::delivery::value::ReferentieNummer;
use crate::hash::Hash;

/// Why lines are none that a draw can be made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PopulationError {
    /// One statement stands there twice.
    #[error("a statement stands there twice")]
    Twice,
    /// The sum of the amounts is beyond 64 bits.
    #[error("the amounts have no sum")]
    Sum,
}

impl PopulationError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Twice => "population-twice",
            Self::Sum => "population-sum",
        }
    }
}

/// A line that can be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawable {
    /// Its reference.
    pub reference: ReferentieNummer,
    /// The entry of its statement.
    pub entry: Hash,
    /// Its amount in cents. Of 0 it is never drawn.
    pub amount: u64,
    /// Its weight.
    pub w: u64,
}

impl Drawable {
    /// Of a line's statement.
    pub fn new(line: &LineStatement, entry: Hash) -> Drawable {
        Drawable {
            reference: line.name.reference.clone(),
            entry,
            amount: line.amount,
            w: line.w,
        }
    }
}

/// All lines of a draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    lines: Vec<Drawable>,
    amount: u64,
}

impl Population {
    /// Of these lines, given in any order. Err: a statement twice, or amounts without a sum.
    pub fn new(mut lines: Vec<Drawable>) -> Result<Population, PopulationError> {
        // A provider uses a reference once (TR314), but a line that breaks this may not be refused yet when a draw is made. It is no reason not to draw: he could choose it.
        let place = |line: &Drawable| (line.reference.clone(), line.entry);
        lines.sort_by_cached_key(place);
        if !lines
            .is_sorted_by(|one, next| (&one.reference, one.entry) < (&next.reference, next.entry))
        {
            return Err(PopulationError::Twice);
        }
        let add = |sum: u64, line: &Drawable| sum.checked_add(line.amount);
        let amount = lines.iter().try_fold(0, add).ok_or(PopulationError::Sum)?;
        Ok(Population { lines, amount })
    }

    /// The lines in their order.
    pub fn lines(&self) -> &[Drawable] {
        &self.lines
    }

    /// Their amounts in sum.
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// The digest that the draw states.
    pub fn digest(&self) -> Hash {
        let entries = self.lines.iter().map(|line| &line.entry.as_bytes()[..]);
        let mut pieces: Vec<&[u8]> = vec![tag::POPULATION];
        pieces.extend(entries);
        Hash::over(&pieces)
    }

    /// The first line whose running sum exceeds this amount. None: it is not below the sum of all.
    pub(super) fn at(&self, mut amount: u64) -> Option<usize> {
        self.lines.iter().position(|line| {
            let is_in = amount < line.amount;
            amount = amount.saturating_sub(line.amount);
            is_in
        })
    }
}
