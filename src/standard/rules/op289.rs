//! OP289: care without an allocation has one actual start of a product. Advice: no return code.
//!
//! Process rules iJw 3.2 and iWmo 3.2, named by TR326, which speaks of allocations only.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Start;
use crate::history::{Care, StartKey};

pub(crate) static RULE: Rule = Rule {
    id: "OP289",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Start],
    since: "3.0",
    at: "Client/StartProducten/StartProduct",
};

pub(crate) fn has_actual_start_of(care: &Care, start: &StartKey) -> bool {
    care.actual().any(|actual| actual.product == start.product)
}
