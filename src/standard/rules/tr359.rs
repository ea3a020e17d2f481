//! TR359: a request that is honoured by an allocation is not answered.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of a 315 each product is a request, of a 317 the whole.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Antwoord;
use crate::history::Verzoek;

pub(crate) static RULE: Rule = Rule {
    id: "TR359",
    code: "9359",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Antwoord],
    since: "3.2",
    at: "Antwoord",
};

pub(crate) fn is_honoured(known: Option<&Verzoek>) -> bool {
    known.is_some_and(|verzoek| !verzoek.honoured.is_empty())
}
