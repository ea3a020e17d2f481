//! TR314: a ReferentieNummer is used once.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Delivered before means: in a declaration that was processed, whether the Prestatie was granted or
//! refused; the lines of a declaration that was refused on its header or as a whole count as not sent. Of two in one message both are
//! refused. Uniqueness over municipalities cannot be known by one of them (OP095).

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::{Past, Pseudonym};

pub(crate) static RULE: Rule = Rule {
    id: "TR314",
    code: "8021",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn was_delivered(past: &Past, referentie: Pseudonym) -> bool {
    past.prestatie(referentie).is_some_and(|line| line.declared)
}
