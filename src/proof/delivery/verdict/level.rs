//! How much a provider shows of a line.

use crate::delivery::line::LineStatement;

/// The level of a line. Level 4, of signed devices, is not built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 0: nothing was stated.
    None,
    /// 1: totals are signed.
    Totals,
    /// 2: sessions are committed to.
    Sessions,
    /// 3: and the client released rows of a card.
    Confirmed,
}

impl Level {
    /// Of a statement, or of none. Without a quorum of witnesses nothing above totals counts, and that is not the provider's fault.
    pub fn of(line: Option<&LineStatement>, is_witnessed: bool) -> Level {
        match line {
            None => Self::None,
            Some(line) if !line.has_tree() || !is_witnessed => Self::Totals,
            Some(line) if line.strips.is_empty() => Self::Sessions,
            Some(_) => Self::Confirmed,
        }
    }

    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Totals => 1,
            Self::Sessions => 2,
            Self::Confirmed => 3,
        }
    }

    /// Of its number. None: there is no such level.
    pub fn from_number(number: u64) -> Option<Level> {
        let all = [Self::None, Self::Totals, Self::Sessions, Self::Confirmed];
        all.into_iter()
            .find(|level| u64::from(level.number()) == number)
    }
}
