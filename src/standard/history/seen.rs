//! That a message came: what is left of every message that is valid at level 1, accepted or not.

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::cbor;
use super::change::Change;
use super::pseudonym::Pseudonymise;
use crate::Bericht;
use crate::opaque::opaque;

/// A message that has been seen.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Seen {
    /// BerichtIdentificatie/Dagtekening.
    #[cbor(n(0), with = "cbor::date")]
    pub dagtekening: Date,
    /// XsdVersie/BasisschemaXsdVersie.
    #[n(1)]
    pub basisschema: String,
    /// XsdVersie/BerichtXsdVersie.
    #[n(2)]
    pub bericht: String,
}

/// What every message leaves that is valid at level 1, also one that is refused: that its
/// identification is used up (TR056). To be applied after judging, whatever the outcome.
pub fn seen(bericht: &Bericht<'_>, names: &dyn Pseudonymise) -> Change {
    Change::Seen {
        message: names.message(bericht.header.soort, bericht.header.maker_id()),
        seen: Seen {
            dagtekening: bericht.dagtekening,
            basisschema: bericht.xsd_versie.basisschema.clone().into_owned(),
            bericht: bericht.xsd_versie.bericht.clone().into_owned(),
        },
    }
}

opaque!(Seen);
