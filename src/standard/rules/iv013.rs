//! IV013: a version of an allocation has a time stamp of its own. Advice: no return code.
//!
//! Instructions iJw 3.2 and iWmo 3.2. The same stamp with the same content is the version sent again; with
//! other content it is not known which holds, and the first stays.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort;
use crate::history::{Toewijzing, Version};

pub(crate) static RULE: Rule = Rule {
    id: "IV013",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Berichtsoort::Toewijzing],
    since: "3.2",
    at: "Client/ToegewezenProducten/ToegewezenProduct",
};

pub(crate) fn differs_under_one_stamp(known: Option<&Toewijzing>, version: &Version) -> bool {
    let same = known.and_then(|known| known.version(version.stamp));
    same.is_some_and(|same| same != version)
}
