//! The name of a line: what no two lines have together.

use std::fmt;

use crate::delivery::bytes::{Lp, Secret};
use crate::delivery::tag;
use crate::delivery::value::{AgbCode, DeclaratieNummer, Gemeente, Law, ReferentieNummer};
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
