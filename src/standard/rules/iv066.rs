//! IV066: an allocation keeps its Product and Ingangsdatum; another one has another number. Advice: no return code.
//!
//! Instructions iJw 3.2 and iWmo 3.2, named by TR332.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort;
use crate::history::{Toewijzing, Version};

pub(crate) static RULE: Rule = Rule {
    id: "IV066",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Berichtsoort::Toewijzing],
    since: "3.2",
    at: "Client/ToegewezenProducten/ToegewezenProduct",
};

pub(crate) fn changes_what_stays(known: Option<&Toewijzing>, version: &Version) -> bool {
    let current = known.and_then(Toewijzing::current);
    current.is_some_and(|current| {
        current.product != version.product || current.ingangsdatum != version.ingangsdatum
    })
}
