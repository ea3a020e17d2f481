//! TR366: a Prestatie in a 325 was in the 323.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. By ReferentieNummer and VorigReferentieNummer together. Reported, as TR337; 9366 is its code in the lists.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::DeclaratieAntwoord;
use crate::history::{Line, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "TR366",
    code: "9366",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[DeclaratieAntwoord],
    since: "3.2",
    at: "DeclaratieAntwoord/Clienten/Client/Prestaties/Prestatie",
};

/// `sent` is the line of the 323 with its ReferentieNummer, `vorig` its VorigReferentieNummer.
pub(crate) fn was_sent(sent: Option<&Line>, vorig: Option<Pseudonym>) -> bool {
    sent.is_some_and(|line| line.vorig == vorig)
}
