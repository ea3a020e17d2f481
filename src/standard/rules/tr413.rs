//! TR413: a start is stopped for a time (RedenBeeindiging 20) once.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Without ToewijzingNummer the Product tells starts apart (IV096).

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Stop;
use crate::history::{Care, StopKey};

pub(crate) static RULE: Rule = Rule {
    id: "TR413",
    code: "9413",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Stop],
    since: "3.2",
    at: "Client/StopProducten/StopProduct",
};

pub(crate) fn is_stopped_for_a_time_again(care: &Care, stop: &StopKey, by_product: bool) -> bool {
    let mut earlier = care.stops_from(&stop.start, by_product);
    stop.temporary && earlier.any(|earlier| earlier.temporary)
}
