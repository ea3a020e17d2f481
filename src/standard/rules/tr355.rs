//! TR355: an answer names a request that this provider sent to this municipality.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Where it is broken TR359, TR360 and TR365 have no basis.

use super::{Level, Rule, Verdict};
use crate::assess::Around;
use crate::bericht::berichtsoort::Berichtsoort::Antwoord;
use crate::history::Verzoek;

pub(crate) static RULE: Rule = Rule {
    id: "TR355",
    code: "9355",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Antwoord],
    since: "3.2",
    at: "Antwoord",
};

pub(crate) fn names_a_request(around: &Around<'_>, known: Option<&Verzoek>) -> Verdict {
    if known.is_some_and(|verzoek| verzoek.request.is_some()) {
        Verdict::Holds
    } else {
        around.absent(None)
    }
}
