//! TR360: that a request is being looked into (VerzoekAntwoord 2) is the first answer to it.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. A 319 that its 320 refused is no answer.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Antwoord;
use crate::history::{Answer, Verzoek};

pub(crate) static RULE: Rule = Rule {
    id: "TR360",
    code: "9360",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Antwoord],
    since: "3.2",
    at: "Antwoord",
};

pub(crate) fn is_looked_into_late(answer: Answer, known: Option<&Verzoek>) -> bool {
    answer == Answer::Investigating && known.is_some_and(|verzoek| !verzoek.answers.is_empty())
}
