//! TR414: a later stop of a start does not end it earlier.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The same day is allowed.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Stop;
use crate::history::{Care, StopKey};

pub(crate) static RULE: Rule = Rule {
    id: "TR414",
    code: "9414",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Stop],
    since: "3.2",
    at: "Client/StopProducten/StopProduct",
};

pub(crate) fn ends_before_an_earlier_stop(care: &Care, stop: &StopKey, by_product: bool) -> bool {
    let mut earlier = care.stops_from(&stop.start, by_product);
    earlier.any(|earlier| earlier.einddatum > stop.einddatum)
}
