//! TR338: the allocation of a Prestatie is known.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of debits, in any version, also a removed one. What rests on the allocation is not asked when it is
//! not there.

use super::{Level, Rule, Verdict};
use crate::assess::Around;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::Toewijzing;

pub(crate) static RULE: Rule = Rule {
    id: "TR338",
    code: "9338",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn known(toewijzing: Option<&Toewijzing>, around: &Around<'_>) -> Verdict {
    if toewijzing.is_some() {
        Verdict::Holds
    } else {
        around.absent(None)
    }
}
