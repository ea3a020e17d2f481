//! TR333: a DeclaratieNummer is used once.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Only declarations that were processed count: the number of one that was refused on its header or as a
//! whole is free again (IV087).

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::{Past, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "TR333",
    code: "9333",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie",
};

pub(crate) fn is_used(past: &Past, nummer: Pseudonym) -> bool {
    past.declaratie(nummer).is_some()
}
