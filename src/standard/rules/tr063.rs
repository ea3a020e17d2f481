//! TR063: what is removed was delivered before, under the same key, and not removed since.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. For a removal this takes the place of all other rules of levels 3
//! and 4, but for TR071. A start is sent on or after its Begindatum and a stop on or after its Einddatum
//! (TR134): from that day on we know whether it was.

use super::{Level, Rule, Verdict};
use crate::assess::Around;
use crate::bericht::berichtsoort::Berichtsoort::{Start, Stop};
use crate::history::{Care, StartKey, StopKey};

pub(crate) static RULE: Rule = Rule {
    id: "TR063",
    code: "9063",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Start, Stop],
    since: "3.2",
    at: "Client/StartProducten/StartProduct|Client/StopProducten/StopProduct",
};

pub(crate) fn start_was_delivered(around: &Around<'_>, care: &Care, start: &StartKey) -> Verdict {
    if care.has_start(start) {
        Verdict::Holds
    } else {
        around.absent(Some(start.begindatum))
    }
}

pub(crate) fn stop_was_delivered(around: &Around<'_>, care: &Care, stop: &StopKey) -> Verdict {
    if care.has_stop(stop) {
        Verdict::Holds
    } else {
        around.absent(Some(stop.einddatum))
    }
}
