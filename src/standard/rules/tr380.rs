//! TR380: a new product is asked for from a day after Dagtekening.
//!
//! Technical rules iJw 3.2 and iWmo 3.2.

use super::{Level, Rule};
use crate::bericht::NieuwProduct;
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use jiff::civil::Date;

pub(crate) static RULE: Rule = Rule {
    id: "TR380",
    code: "0001",
    level: Level::Message,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/NieuweProducten/NieuwProduct/GewensteIngangsdatum",
};

pub(crate) fn should_have_begun(product: &NieuwProduct<'_>, dagtekening: Date) -> bool {
    product.gewenste_ingangsdatum <= dagtekening
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::both;

    #[test]
    fn tomorrow_is_soon_enough_and_today_is_not() {
        for sample in both(VerzoekWijziging) {
            let from = |day| {
                let path = "Client/Verzoek/NieuweProducten/NieuwProduct/GewensteIngangsdatum";
                sample.clone().with(path, day).broken()
            };
            assert_eq!(from("2026-04-02"), [] as [&str; 0]);
            assert_eq!(
                from("2026-04-01"),
                ["TR380 Client/Verzoek/NieuweProducten/NieuwProduct[1]/GewensteIngangsdatum"]
            );
        }
    }

    #[test]
    fn a_change_of_what_there_is_may_be_asked_for_from_an_earlier_day() {
        for sample in both(VerzoekWijziging) {
            let path = "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct/GewensteIngangsdatum";
            assert_eq!(sample.with(path, "2026-03-01").broken(), [] as [&str; 0]);
        }
    }
}
