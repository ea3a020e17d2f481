//! TR351: what is to change is an actual allocation of the client.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Actual as in TR349. Where it is broken the row has no basis for
//! TR357, TR373, TR375, TR411 and TR412.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;

pub(crate) static RULE: Rule = Rule {
    id: "TR351",
    code: "9351",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct",
};

/// The same sentence as TR350, about another class.
pub(crate) use super::tr350::is_actual;
