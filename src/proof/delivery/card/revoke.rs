//! A card that is no longer used: lost, replaced, ended.

use crate::delivery::fields::Fields;
use crate::delivery::statement::StatementError;
use crate::delivery::value::{AgbCode, Gemeente, Law};
use crate::delivery::writer::Writer;

use super::statement::{ROWS_MAX, TOEWIJZING_MAX};

/// What a municipality says of a card that it revokes: `knooppunt-revoke`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Under which law.
    pub law: Law,
    /// The municipality that issued it.
    pub gem: Gemeente,
    /// The provider that it was used with.
    pub agb: AgbCode,
    /// Number of the allocation.
    pub toew: u32,
    /// Number of the card.
    pub ver: u32,
    /// The highest row that still counts; 0: none does.
    pub upto: u32,
}

impl Revocation {
    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<Revocation, StatementError> {
        Ok(Revocation {
            law: fields.read("law")?,
            gem: fields.read("gem")?,
            agb: fields.read("agb")?,
            toew: fields.within("toew", 1..=u64::from(TOEWIJZING_MAX))?,
            ver: fields.within("ver", 1..=u64::from(u32::MAX))?,
            upto: fields.within("upto", 0..=u64::from(ROWS_MAX))?,
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        to.text("law", self.law.as_str())
            .text("gem", self.gem.as_str())
            .text("agb", self.agb.as_str())
            .number("toew", u64::from(self.toew))
            .number("ver", u64::from(self.ver))
            .number("upto", u64::from(self.upto));
    }
}
