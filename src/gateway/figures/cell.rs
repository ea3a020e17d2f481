//! What is counted of a month, and what of that may be told.
//!
//! Every message is counted in exactly one cell. A cell of 1 to 9 is hidden; what is told of a cell is the same for each of these numbers. The whole of some cells of
//! one place (its carried messages, its refusals) is told where no cell can be worked out from it ([`whole`]), and nothing that lies across places ever is: every
//! other number is a sum of what is told. So no two questions, whoever asks them, tell which of the numbers from 1 to 9
//! a hidden cell is; where a whole is told some of the nine may be ruled out, never all but one.

use std::collections::BTreeMap;

use knooppunt_standard::Law;

use crate::register::PartyCode;

/// The smallest number that is told, but for 0.
pub const TOLD_MIN: u64 = 10;

/// What messages of a month have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// `None`: it could not be known.
    pub(crate) law: Option<Law>,
    /// The municipality from or to which it goes; `None` where the record does not say it: what is refused at a door of our own.
    pub(crate) gemeente: Option<PartyCode>,
    /// Number of the Berichtsoort; 0 where it could not be known.
    pub(crate) soort: u16,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Outcome {
    /// Carried, and answered within the term.
    InTime,
    /// Carried, and answered after it.
    Late,
    /// Carried, and not answered as long as the month counts.
    Unanswered,
    /// Carried, and owed no answer.
    NoTerm,
    /// Refused, by its cause.
    Refused(String),
}

/// How many messages of a place came to what.
pub(super) type Counts = BTreeMap<Outcome, u64>;

/// What is told of a number: itself, or nothing (`None`).
pub(crate) type Told = Option<u64>;

/// What is told of a place in a month. A cell that is not here is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cells {
    /// Of all carried messages together.
    pub(crate) carried: Told,
    /// Of all refusals together.
    pub(crate) refused: Told,
    /// Of each cell that is not 0, in order.
    pub(crate) each: Vec<(Outcome, Told)>,
}

impl Outcome {
    /// Whether it is a refusal.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

impl Cells {
    /// What may be told of these counts.
    pub(super) fn of(counts: &Counts) -> Self {
        let of = |refused: bool| {
            let cells = counts.iter();
            cells
                .filter(move |(outcome, _)| outcome.is_refused() == refused)
                .map(|(_, count)| *count)
        };
        let counted = counts.iter().filter(|(_, count)| **count > 0);
        Self {
            carried: whole(of(false)),
            refused: whole(of(true)),
            each: counted
                .map(|(outcome, count)| (outcome.clone(), cell(*count)))
                .collect(),
        }
    }
}

/// What is told of one cell.
fn cell(count: u64) -> Told {
    (count == 0 || count >= TOLD_MIN).then_some(count)
}

/// What is told of the whole of some cells that are told one by one.
///
/// Where no cell is hidden it is their sum. Else the hidden ones together are its difference with the others, so it is told only when at least two are hidden, they are
/// at least [`TOLD_MIN`] together, and the mean of them lies between 1.5 and 8.5. Then each of them can be another number with the same sum: not all are 1 and not all
/// are 9. Where it is not told, all 1 and all 9 lead to the same being told.
fn whole(cells: impl Iterator<Item = u64>) -> Told {
    let (mut known, mut hidden, mut together) = (0_u64, 0_u64, 0_u64);
    for count in cells {
        if cell(count).is_some() {
            known += count;
        } else {
            hidden += 1;
            together += count;
        }
    }
    let none_follows = hidden >= 2
        && together >= TOLD_MIN
        && 3 * hidden <= 2 * together
        && 2 * together <= 17 * hidden;
    (hidden == 0 || none_follows).then_some(known + together)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(counts: &[u64]) -> Told {
        whole(counts.iter().copied())
    }

    #[test]
    fn a_cell_of_1_to_9_is_hidden_and_no_other() {
        assert_eq!(cell(0), Some(0));
        for count in 1..TOLD_MIN {
            assert_eq!(cell(count), None, "{count}");
        }
        assert_eq!(cell(TOLD_MIN), Some(10));
    }

    #[test]
    fn a_whole_is_told_where_no_cell_follows_from_it() {
        assert_eq!(told(&[]), Some(0));
        assert_eq!(told(&[12, 0, 30]), Some(42), "nothing is hidden");
        assert_eq!(told(&[480, 3]), None, "one is hidden");
        assert_eq!(told(&[480, 3, 5]), None, "fewer than ten together");
        assert_eq!(told(&[480, 4, 6]), Some(490));
        assert_eq!(told(&[9, 9]), None, "each is 9");
        assert_eq!(told(&[9, 8]), Some(17));
        assert_eq!(told(&[1; 12]), None, "each is 1");
        assert_eq!(told(&[1, 1, 1, 1, 1, 1, 1, 1, 1, 6]), Some(15));
    }
}
