//! TR337: a 325 answers a 323 that was sent.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Identificatie and Dagtekening of DeclaratieIdentificatie are those of the 323. No answer is owed on a
//! 325: a fault in it is reported and nothing is booked.

use super::{Level, Rule};
use crate::bericht::DeclaratieRetour;
use crate::bericht::berichtsoort::Berichtsoort::DeclaratieAntwoord;
use crate::history::{Declaratie, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "TR337",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[DeclaratieAntwoord],
    since: "3.2",
    at: "Header",
};

/// `message` is the pseudonym of the 323 that the answer names.
pub(crate) fn is_answer_to(
    answer: &DeclaratieRetour<'_>,
    message: Pseudonym,
    sent: &Declaratie,
) -> bool {
    sent.message == message && sent.dagtekening == answer.declaratie_dagtekening
}
