//! TR382: a stop belongs to a start with the same key.
//!
//! Technical rules iJw 3.2 and iWmo 3.2; the code list of return codes has 9069 at a TR069 that 3.2 no longer
//! has. Any start that was accepted and not removed will do, also one that is stopped: TR413 to TR415 say
//! what may follow a stop.

use super::{Level, Rule, Verdict};
use crate::assess::Around;
use crate::bericht::berichtsoort::Berichtsoort::Stop;
use crate::history::{Care, StartKey};

pub(crate) static RULE: Rule = Rule {
    id: "TR382",
    code: "9069",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Stop],
    since: "3.2",
    at: "Client/StopProducten/StopProduct",
};

pub(crate) fn has_its_start(around: &Around<'_>, care: &Care, start: &StartKey) -> Verdict {
    if care.has_start(start) {
        Verdict::Holds
    } else {
        around.absent(Some(start.begindatum))
    }
}
