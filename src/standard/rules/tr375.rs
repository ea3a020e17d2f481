//! TR375: an allocation without Product has a budget, so no Omvang is asked for it.
//!
//! Technical rules iJw 3.2 and iWmo 3.2, for what ends after 2020 or not at all; we take the Einddatum that is
//! asked for. TR412 would say the same of such an allocation and is then not asked.

use super::{Level, Rule};
use crate::bericht::TeWijzigenProduct;
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use crate::history::Version;

pub(crate) static RULE: Rule = Rule {
    id: "TR375",
    code: "9375",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct",
};

pub(crate) fn asks_for_volume(product: &TeWijzigenProduct<'_>, toewijzing: &Version) -> bool {
    toewijzing.product.is_none() && ends_after_2020(product) && product.omvang.is_some()
}

pub(super) fn ends_after_2020(product: &TeWijzigenProduct<'_>) -> bool {
    product.einddatum.is_none_or(|end| end.year() > 2020)
}
