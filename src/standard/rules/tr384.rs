//! TR384: an allocation that was removed gives nothing to declare.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of debits; the version that holds has RedenWijziging 13. The older 01 is not named: then only the
//! rules on periods bite.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::{Reden, Version};

pub(crate) static RULE: Rule = Rule {
    id: "TR384",
    code: "9384",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn is_removed(version: &Version) -> bool {
    version.reden == Reden::Removed
}
