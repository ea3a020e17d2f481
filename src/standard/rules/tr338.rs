//! TR338: the allocation of a Prestatie is known.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of debits, in any version, also a removed one. What rests on the allocation is not asked when it is
//! not there.

use super::{Level, Rule, Verdict};
use crate::assess::Around;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;

pub(crate) static RULE: Rule = Rule {
    id: "TR338",
    code: "9338",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn known(is_known: bool, around: &Around<'_>) -> Verdict {
    if is_known {
        Verdict::Holds
    } else {
        around.absent(None)
    }
}
