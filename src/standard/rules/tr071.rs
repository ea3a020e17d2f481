//! TR071: a start is not removed while a stop of it stands.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. A stop for a time counts as well: first the stop is removed, then
//! the start. Not asked where TR063 found no start.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Start;
use crate::history::{Care, StartKey};

pub(crate) static RULE: Rule = Rule {
    id: "TR071",
    code: "9071",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Start],
    since: "3.2",
    at: "Client/StartProducten/StartProduct",
};

pub(crate) fn has_stop(care: &Care, start: &StartKey) -> bool {
    care.stops_of(start).next().is_some()
}
