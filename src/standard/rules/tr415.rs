//! TR415: nothing follows a stop for good.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Removals of the same message come first, so a stop for good can be
//! replaced in one message.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Stop;
use crate::history::{Care, StopKey};

pub(crate) static RULE: Rule = Rule {
    id: "TR415",
    code: "9415",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Stop],
    since: "3.2",
    at: "Client/StopProducten/StopProduct",
};

pub(crate) fn is_stopped_for_good(care: &Care, stop: &StopKey, by_product: bool) -> bool {
    let mut earlier = care.stops_from(&stop.start, by_product);
    earlier.any(|earlier| !earlier.temporary)
}
