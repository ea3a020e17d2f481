//! TR411: a change of an allocation with a product Code repeats the Omvang.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Also where only the Einddatum changes.

use super::{Level, Rule};
use crate::bericht::TeWijzigenProduct;
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use crate::history::Version;

pub(crate) static RULE: Rule = Rule {
    id: "TR411",
    code: "9411",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct",
};

pub(crate) fn lacks_volume(product: &TeWijzigenProduct<'_>, toewijzing: &Version) -> bool {
    let has_code = toewijzing
        .product
        .is_some_and(|product| product.code.is_some());
    has_code && product.omvang.is_none()
}
