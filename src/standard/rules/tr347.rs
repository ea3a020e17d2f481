//! TR347: a provider uses a ReferentieAanbieder for one request.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The number of a request that a 319 refused stays used; one of a
//! message that its retour refused is free.

use super::{Level, Rule, Verdict};
use crate::bericht::berichtsoort::Berichtsoort::{VerzoekToewijzing, VerzoekWijziging};
use crate::history::Verzoek;

pub(crate) static RULE: Rule = Rule {
    id: "TR347",
    code: "9347",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekToewijzing, VerzoekWijziging],
    since: "3.2",
    at: "Client/AangevraagdeProducten/AangevraagdProduct|Client/Verzoek",
};

/// Where only an answer to the number is known, the request is older than the past; it may be this one, sent late.
pub(crate) fn is_free(known: Option<&Verzoek>) -> Verdict {
    match known {
        None => Verdict::Holds,
        Some(verzoek) if verzoek.request.is_some() => Verdict::Broken,
        Some(_) => Verdict::NotAssessed,
    }
}
