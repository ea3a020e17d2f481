//! IV092: a change in the future begins within the allocated period. Advice: no return code.
//!
//! Instructions iJw 3.2 and iWmo 3.2, named by TR357.

use jiff::civil::Date;

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use crate::history::Version;

pub(crate) static RULE: Rule = Rule {
    id: "IV092",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct",
};

pub(crate) fn begins_outside(
    gewenste_ingangsdatum: Date,
    toewijzing: &Version,
    dagtekening: Date,
) -> bool {
    let is_inside = gewenste_ingangsdatum >= toewijzing.ingangsdatum
        && toewijzing
            .einddatum
            .is_none_or(|end| gewenste_ingangsdatum <= end);
    gewenste_ingangsdatum > dagtekening && !is_inside
}
