//! TR376: a 325 names the DeclaratieNummer of the 323 that it answers.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Reported, as TR337.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::DeclaratieAntwoord;
use crate::history::Pseudonym;

pub(crate) static RULE: Rule = Rule {
    id: "TR376",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[DeclaratieAntwoord],
    since: "3.2",
    at: "DeclaratieAntwoord",
};

pub(crate) fn is_other(named: Pseudonym, sent: Pseudonym) -> bool {
    named != sent
}
