//! TR365: after an answer another may follow only if that said it is being looked into.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. A second "looked into" is TR360 only.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Antwoord;
use crate::history::{Answer, Verzoek};

pub(crate) static RULE: Rule = Rule {
    id: "TR365",
    code: "9365",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Antwoord],
    since: "3.2",
    at: "Antwoord",
};

pub(crate) fn follows_a_final_answer(known: Option<&Verzoek>) -> bool {
    known.is_some_and(|verzoek| verzoek.answers.contains(&Answer::Refused))
}
