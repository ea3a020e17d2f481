//! IV092: a change in the future begins within the allocated period. Advice: no return code.
//!
//! Instructions iJw 3.2 and iWmo 3.2, named by TR357.

use jiff::civil::Date;

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::VerzoekWijziging;
use crate::history::Version;

pub(crate) static RULE: Rule = Rule {
    id: "IV092",
    code: "",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[VerzoekWijziging],
    since: "3.2",
    at: "Client/Verzoek/TeWijzigenProducten/TeWijzigenProduct",
};

pub(crate) fn begins_outside(
    gewenste_ingangsdatum: Date,
    toewijzing: &Version,
    dagtekening: Date,
) -> bool {
    let is_inside = gewenste_ingangsdatum >= toewijzing.ingangsdatum
        && toewijzing
            .einddatum
            .is_none_or(|end| gewenste_ingangsdatum <= end);
    gewenste_ingangsdatum > dagtekening && !is_inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Reden, Stamp};
    use jiff::civil::{date, time};

    #[test]
    fn only_a_day_after_that_of_the_message_is_in_the_future() {
        let toewijzing = Version {
            stamp: Stamp {
                date: date(2026, 2, 20),
                time: time(9, 0, 0, 0),
            },
            product: None,
            ingangsdatum: date(2026, 3, 2),
            einddatum: Some(date(2026, 3, 31)),
            reden: Reden::Other,
            omvang: None,
            budget: Some(1),
            referentie: None,
        };
        let wished = |day| begins_outside(day, &toewijzing, date(2026, 4, 15));
        assert!(!wished(date(2026, 4, 14)));
        assert!(!wished(date(2026, 4, 15)));
        assert!(wished(date(2026, 4, 16)));
        // Within the allocated period any day will do, its last one too.
        let wished = |day| begins_outside(day, &toewijzing, date(2026, 2, 1));
        assert!(wished(date(2026, 3, 1)));
        assert!(!wished(date(2026, 3, 2)) && !wished(date(2026, 3, 31)));
        assert!(wished(date(2026, 4, 1)));
    }
}
