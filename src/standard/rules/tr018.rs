//! TR018: a stop does not end before it begins.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Holds whatever StatusAanlevering is: a removal repeats a row that was taken.

use super::{Level, Rule};
use crate::bericht::StopProduct;
use crate::bericht::berichtsoort::Berichtsoort::Stop;

pub(crate) static RULE: Rule = Rule {
    id: "TR018",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[Stop],
    since: "3.2",
    at: "Client/StopProducten/StopProduct/Einddatum",
};

pub(crate) fn ends_before_it_begins(product: &StopProduct<'_>) -> bool {
    product.einddatum < product.begindatum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    #[test]
    fn a_stop_ends_on_the_day_it_begins_or_later() {
        for sample in both(Stop) {
            for status in ["1", "3"] {
                let sample = sample
                    .clone()
                    .with("Client/StopProducten/StopProduct/StatusAanlevering", status);
                let ends = |day| {
                    let path = "Client/StopProducten/StopProduct/Einddatum";
                    sample.clone().with(path, day).broken()
                };
                assert_eq!(ends("2026-03-05"), [] as [&str; 0]);
                assert_eq!(
                    ends("2026-03-04"),
                    ["TR018 Client/StopProducten/StopProduct[1]/Einddatum"]
                );
            }
        }
    }
}
