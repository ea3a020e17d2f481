//! What a municipality says of a card: for which allocation, in what quanta, how many rows, and the value of row 0 that all others lead to.

use std::fmt;

use super::strip::{CardId, Strip};
use crate::delivery::bytes::{Lp, hash_16};
use crate::delivery::fields::Fields;
use crate::delivery::statement::StatementError;
use crate::delivery::tag;
use crate::delivery::value::{AgbCode, Gemeente, Law, Unit};
use crate::delivery::writer::Writer;
use crate::hash::Hash;

/// Most rows of a card.
pub const ROWS_MAX: u32 = 4_096;
/// Largest number of an allocation (ToewijzingNummer).
pub const TOEWIJZING_MAX: u32 = 999_999_999;
/// Largest quantum: a volume has no more than eight digits either.
const QUANTUM_MAX: u64 = 99_999_999;

/// What a card is for.
#[derive(Clone, PartialEq, Eq)]
pub struct CardFacts {
    /// Under which law.
    pub law: Law,
    /// The municipality that issues it.
    pub gem: Gemeente,
    /// The provider that it is used with.
    pub agb: AgbCode,
    /// Number of the allocation: 1 to [`TOEWIJZING_MAX`].
    pub toew: u32,
    /// Number of the card within law, municipality, provider and allocation, whatever its unit: from 1.
    pub ver: u32,
    /// Unit of the lines that it serves; minutes and hours are served by each other's cards.
    pub unit: Unit,
    /// Weight units (minutes, where time is counted) that one strip stands for: from 1.
    pub quantum: u32,
    /// How many rows: 1 to [`ROWS_MAX`].
    pub rows: u32,
    /// 16 random bytes.
    pub salt: [u8; 16],
}

impl CardFacts {
    /// The id of the card.
    pub fn id(&self) -> CardId {
        let facts = Lp::new()
            .raw(&self.salt)
            .text(self.law.as_str())
            .text(self.gem.as_str())
            .text(self.agb.as_str())
            .number(u64::from(self.toew))
            .number(u64::from(self.ver))
            .text(self.unit.code())
            .number(u64::from(self.quantum))
            .number(u64::from(self.rows));
        CardId(hash_16(&[tag::CARD, facts.as_bytes()]))
    }
}

impl fmt::Debug for CardFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardFacts({} rows)", self.rows)
    }
}

/// How many strips a visit takes: its weight by the quantum, rounded half up, at least one.
pub fn quanta(weight: u32, quantum: u32) -> u32 {
    let (weight, quantum) = (u64::from(weight), u64::from(quantum.max(1)));
    let quanta = (2 * weight + quantum) / (2 * quantum);
    // Not above the weight, and so within 32 bits.
    u32::try_from(quanta.max(1)).unwrap_or(u32::MAX)
}

/// A card as its municipality states it: `knooppunt-card`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardStatement {
    /// What it is for.
    pub facts: CardFacts,
    /// The value of row 0.
    pub anchor: Strip,
    /// SHA-256 over its tag and the key of the codes, by which that key can be shown later.
    pub code_commitment: Hash,
}

impl CardStatement {
    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<CardStatement, StatementError> {
        let facts = CardFacts {
            law: fields.read("law")?,
            gem: fields.read("gem")?,
            agb: fields.read("agb")?,
            toew: fields.within("toew", 1..=u64::from(TOEWIJZING_MAX))?,
            ver: fields.within("ver", 1..=u64::from(u32::MAX))?,
            unit: fields.read("eenh")?,
            quantum: fields.within("q", 1..=QUANTUM_MAX)?,
            rows: fields.within("n", 1..=u64::from(ROWS_MAX))?,
            salt: fields.bytes("salt")?,
        };
        Ok(CardStatement {
            facts,
            anchor: Strip(fields.bytes("w0")?),
            code_commitment: fields.hash("ck")?,
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        let facts = &self.facts;
        to.text("law", facts.law.as_str())
            .text("gem", facts.gem.as_str())
            .text("agb", facts.agb.as_str())
            .number("toew", u64::from(facts.toew))
            .number("ver", u64::from(facts.ver))
            .text("eenh", facts.unit.code())
            .number("q", u64::from(facts.quantum))
            .number("n", u64::from(facts.rows))
            .bytes("salt", &facts.salt)
            .bytes("w0", &self.anchor.0)
            .bytes("ck", self.code_commitment.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_takes_its_quanta_rounded_half_up_and_at_least_one() {
        for (weight, expected) in [
            (0, 1),
            (1, 1),
            (7, 1),
            (8, 1),
            (22, 1),
            (23, 2),
            (45, 3),
            (52, 3),
            (53, 4),
        ] {
            assert_eq!(quanta(weight, 15), expected, "{weight}");
        }
        // Seven and a half minutes of a quarter are half of it.
        assert_eq!((quanta(5, 2), quanta(4, 2)), (3, 2));
        assert_eq!((quanta(u32::MAX, 1), quanta(1, 0)), (u32::MAX, 1));
        assert_eq!(quanta(240, 240), 1);
    }
}
