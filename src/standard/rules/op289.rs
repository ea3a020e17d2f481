//! OP289: care without an allocation has one actual start of a product. Advice: no return code.
//!
//! Process rules iJw 3.2 and iWmo 3.2, named by TR326, which speaks of allocations only.

use std::collections::BTreeSet;

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Start;
use crate::history::Product;

pub(crate) static RULE: Rule = Rule {
    id: "OP289",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Start],
    since: "3.2",
    at: "Client/StartProducten/StartProduct",
};

/// `actual`: products of the client's actual starts that name no allocation.
pub(crate) fn has_actual_start_of(
    actual: &BTreeSet<Option<Product>>,
    product: Option<&Product>,
) -> bool {
    actual.contains(&product.copied())
}
