//! Over what a draw goes: the lines of one provider for one municipality under one law, in a month's draw.

use crate::delivery::bytes::{Lp, Secret};
use crate::delivery::date::Month;
use crate::delivery::fields::Fields;
use crate::delivery::statement::StatementError;
use crate::delivery::tag;
use crate::delivery::value::{AgbCode, Gemeente, Law};
use crate::delivery::writer::Writer;
use crate::hash::Hash;

/// Law, municipality, provider, and the month that names the draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawScope {
    /// Under which law.
    pub law: Law,
    /// The municipality.
    pub gem: Gemeente,
    /// The provider.
    pub agb: AgbCode,
    /// The month that names the draw.
    pub month: Month,
}

impl DrawScope {
    /// Its hash.
    pub fn hash(&self) -> Hash {
        let scope = Lp::new()
            .text(self.law.as_str())
            .text(self.gem.as_str())
            .text(self.agb.as_str())
            .text(&self.month.to_string());
        Hash::over(&[tag::SCOPE, scope.as_bytes()])
    }

    /// The commitment of the municipality to its nonce for the draws of a month, of all providers.
    pub fn commit(law: Law, gem: &Gemeente, month: Month, nonce: &Secret) -> Hash {
        let about = Lp::new()
            .text(law.as_str())
            .text(gem.as_str())
            .text(&month.to_string());
        Hash::over(&[tag::NONCE, about.as_bytes(), nonce.as_bytes()])
    }

    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<DrawScope, StatementError> {
        Ok(DrawScope {
            law: fields.read("law")?,
            gem: fields.read("gem")?,
            agb: fields.read("agb")?,
            month: fields.read("month")?,
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        to.text("law", self.law.as_str())
            .text("gem", self.gem.as_str())
            .text("agb", self.agb.as_str())
            .text("month", &self.month.to_string());
    }
}
