//! TR385: an allocation is not removed (RedenWijziging 13) while granted care is declared on it.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Lines that are credited do not count, nor do lines without an answer.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Toewijzing;
use crate::history::Usage;

pub(crate) static RULE: Rule = Rule {
    id: "TR385",
    code: "9385",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Toewijzing],
    since: "3.2",
    at: "Client/ToegewezenProducten/ToegewezenProduct",
};

pub(crate) fn is_removed_in_use(reden_wijziging: Option<&str>, usage: Option<&Usage>) -> bool {
    reden_wijziging == Some("13") && usage.is_some_and(|usage| !usage.is_empty())
}
