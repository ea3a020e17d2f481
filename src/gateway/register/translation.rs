//! Who agrees that products are translated in messages with whom. It says that both do; what becomes of a product is for the tables of the municipality.

use jiff::civil::Date;

use super::code::{Pair, PartyCode};
use super::party::Period;

/// That the owner of a code agrees to translation of products in messages with another, or with everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// Whose line it is: a municipality or a provider.
    pub code: PartyCode,
    /// With whom; `None`: with every provider, or every municipality.
    pub with: Option<PartyCode>,
    /// The laws it holds for: `jw`, `wmo`.
    pub laws: Vec<String>,
    /// Days of receipt.
    pub period: Period,
}

impl Agreed {
    fn holds(&self, law: &str, [code, with]: [PartyCode; 2], on: Date) -> bool {
        self.code == code
            && self.with.is_none_or(|named| named == with)
            && self.laws.iter().any(|named| named == law)
            && self.period.contains(on)
    }

    /// Whether some message falls under both lines.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.code == other.code
            && self.with == other.with
            && self.laws.iter().any(|law| other.laws.contains(law))
            && self.period.overlaps(&other.period)
    }
}

/// Whether both sides of a pair agree on a day.
pub(super) fn both(lines: &[Agreed], law: &str, pair: &Pair, on: Date) -> bool {
    let (gemeente, aanbieder) = (pair.gemeente, pair.aanbieder);
    [[gemeente, aanbieder], [aanbieder, gemeente]]
        .into_iter()
        .all(|sides| lines.iter().any(|line| line.holds(law, sides, on)))
}
