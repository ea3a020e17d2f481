//! The name of a line: what no two lines have together.

use std::fmt;

use crate::delivery::bytes::{Lp, Secret};
use crate::delivery::fields::Fields;
use crate::delivery::statement::StatementError;
use crate::delivery::tag;
use crate::delivery::value::{AgbCode, DeclaratieNummer, Gemeente, Law, ReferentieNummer};
use crate::delivery::writer::Writer;
use crate::hash::Hash;

/// Law, municipality, provider, declaration and reference of a line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineName {
    /// Under which law.
    pub law: Law,
    /// The municipality that is to pay.
    pub gem: Gemeente,
    /// The provider that declares.
    pub agb: AgbCode,
    /// Number of the declaration.
    pub decl: DeclaratieNummer,
    /// Reference of the line.
    pub reference: ReferentieNummer,
}

impl LineName {
    /// As statements have it.
    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<LineName, StatementError> {
        Ok(LineName {
            law: fields.read("law")?,
            gem: fields.read("gem")?,
            agb: fields.read("agb")?,
            decl: fields.read("decl")?,
            reference: fields.read("ref")?,
        })
    }

    /// Writes it as [`LineName::read`] reads it.
    pub(in crate::delivery) fn write<'a>(&self, to: &'a mut Writer) -> &'a mut Writer {
        to.text("law", self.law.as_str())
            .text("gem", self.gem.as_str())
            .text("agb", self.agb.as_str())
            .text("decl", self.decl.as_str())
            .text("ref", self.reference.as_str())
    }

    /// Adds its parts to a list.
    pub(in crate::delivery) fn onto(&self, list: Lp) -> Lp {
        list.text(self.law.as_str())
            .text(self.gem.as_str())
            .text(self.agb.as_str())
            .text(self.decl.as_str())
            .text(self.reference.as_str())
    }

    /// The commitment to the nonce of the provider for this line (nc).
    pub fn commit(&self, nonce: &Secret) -> Hash {
        let name = self.onto(Lp::new());
        Hash::over(&[tag::NONCE, name.as_bytes(), nonce.as_bytes()])
    }
}

impl fmt::Debug for LineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LineName")
    }
}
