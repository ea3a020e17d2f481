//! TR373: another budget or another total volume counts from the beginning of the allocation.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Total is Frequentie 6, allocated or asked for. A change of Einddatum
//! alone is none; IV092 is wider and has no return code.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use crate::bericht::{Frequentie, TeWijzigenProduct};
use crate::history::Version;

pub(crate) static RULE: Rule = Rule {
    id: "TR373",
    code: "9373",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct",
};

pub(crate) fn changes_a_total_later(product: &TeWijzigenProduct<'_>, toewijzing: &Version) -> bool {
    let is_total = [product.omvang, toewijzing.omvang]
        .into_iter()
        .flatten()
        .any(|omvang| omvang.frequentie == Frequentie::Totaal);
    let changes_total =
        product.budget != toewijzing.budget || is_total && product.omvang != toewijzing.omvang;
    changes_total && product.gewenste_ingangsdatum != toewijzing.ingangsdatum
}
