//! TR371: a 325 names the schema versions of the 323 that it answers.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Both parts of XsdVersieDeclaratie. Reported, as TR337.

use super::{Level, Rule};
use crate::bericht::Versions;
use crate::bericht::berichtsoort::Berichtsoort::DeclaratieAntwoord;
use crate::history::Declaratie;

pub(crate) static RULE: Rule = Rule {
    id: "TR371",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[DeclaratieAntwoord],
    since: "3.2",
    at: "Header",
};

pub(crate) fn is_other(named: &Versions<'_>, sent: &Declaratie) -> bool {
    (named.basisschema.as_ref(), named.bericht.as_ref())
        != (sent.basisschema.as_str(), sent.bericht.as_str())
}
