//! TR326: an allocation has one actual start: one that no stop has ended.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. A stop for a time ends it too. Speaks of allocations: a start
//! without ToewijzingNummer is judged by OP289, which is advice.

use std::collections::BTreeSet;

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Start;
use crate::history::Product;

pub(crate) static RULE: Rule = Rule {
    id: "TR326",
    code: "9326",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Start],
    since: "3.2",
    at: "Client/StartProducten/StartProduct",
};

/// `actual`: products of the actual starts under the allocation.
pub(crate) fn has_actual_start(actual: &BTreeSet<Option<Product>>) -> bool {
    !actual.is_empty()
}
