//! TR074: a first delivery carries a key that was not delivered before.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. What was removed since has left its key free (IV008).

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::{Start, Stop};
use crate::history::{Care, StartKey, StopKey};

pub(crate) static RULE: Rule = Rule {
    id: "TR074",
    code: "9074",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Start, Stop],
    since: "3.2",
    at: "Client/StartProducten/StartProduct|Client/StopProducten/StopProduct",
};

pub(crate) fn start_is_known(care: &Care, start: &StartKey) -> bool {
    care.has_start(start)
}

pub(crate) fn stop_is_known(care: &Care, stop: &StopKey) -> bool {
    care.has_stop(stop)
}
