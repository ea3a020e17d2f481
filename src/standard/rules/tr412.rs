//! TR412: an allocation of a category without Code has a budget, so no Omvang is asked for it.
//!
//! Technical rules iJw 3.2 and iWmo 3.2, for what ends after 2020 or not at all, as TR375.

use super::{Level, Rule};
use crate::bericht::TeWijzigenProduct;
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use crate::history::Version;

pub(crate) static RULE: Rule = Rule {
    id: "TR412",
    code: "9412",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct",
};

pub(crate) fn asks_for_volume(product: &TeWijzigenProduct<'_>, toewijzing: &Version) -> bool {
    let has_no_code = toewijzing
        .product
        .is_some_and(|product| product.code.is_none());
    has_no_code && super::tr375::ends_after_2020(product) && product.omvang.is_some()
}
