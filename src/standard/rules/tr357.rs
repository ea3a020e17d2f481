//! TR357: a change from today or earlier is a change from the beginning of the allocation.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The day of Dagtekening is not in the future. That a future day lies
//! inside the allocated period is IV092, which has no return code.

use jiff::civil::Date;

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;

pub(crate) static RULE: Rule = Rule {
    id: "TR357",
    code: "9357",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct",
};

pub(crate) fn begins_neither_later_nor_at_first(
    gewenste_ingangsdatum: Date,
    ingangsdatum: Date,
    dagtekening: Date,
) -> bool {
    gewenste_ingangsdatum <= dagtekening && gewenste_ingangsdatum != ingangsdatum
}
