//! TR346: the amount of a Prestatie is its volume times its tariff.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of debits in units other than euros. Minutes under a contract by the hour cost a sixtieth of it each,
//! rounded once, halves up (IV081); that holds for allocations in hours or without Omvang. Where no contract is known, minutes may cost
//! what some tariff of whole cents an hour explains that shows the same ProductTarief.

use super::{Level, Rule};
use crate::bericht::Eenheid;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::measure::{Tarief, some_hour_explains};

pub(crate) static RULE: Rule = Rule {
    id: "TR346",
    code: "9346",
    level: Level::Reference,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

/// What is declared: element Eenheid, GeleverdVolume, ProductTarief, and Bedrag in cents.
#[derive(Clone, Copy)]
pub(crate) struct Declared {
    pub(crate) eenheid: Eenheid,
    pub(crate) volume: u32,
    pub(crate) tarief: Option<u64>,
    pub(crate) cents: u64,
}

/// `by_the_hour`: the allocation is in hours, or has no Omvang.
pub(crate) fn is_wrong(of: Declared, by_the_hour: bool, contract: Option<Tarief>) -> bool {
    let Some(tarief) = of.tarief.filter(|_| of.eenheid != Eenheid::Euro) else {
        return false;
    };
    let cents = u128::from(of.cents);
    let exact = Tarief::Unit(tarief).amount(of.volume) == cents;
    if of.eenheid != Eenheid::Minuut || !by_the_hour {
        return !exact;
    }
    match contract {
        Some(hour @ Tarief::Hour(_)) => hour.amount(of.volume) != cents,
        Some(Tarief::Unit(_)) => !exact,
        None => !exact && !some_hour_explains(tarief, of.volume, of.cents),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn minutes(volume: u32, cents: u64) -> Declared {
        Declared {
            eenheid: Eenheid::Minuut,
            volume,
            tarief: Some(93),
            cents,
        }
    }

    #[test]
    fn hours_cost_their_tariff_to_the_cent() {
        let hours = |cents| Declared {
            eenheid: Eenheid::Uur,
            volume: 10,
            tarief: Some(5500),
            cents,
        };
        assert!(!is_wrong(hours(55_000), true, None));
        assert!(is_wrong(hours(55_001), true, None));
        assert!(is_wrong(hours(55_001), true, Some(Tarief::Unit(5500))));
    }

    #[test]
    fn minutes_under_a_contract_by_the_hour_cost_its_sixtieth() {
        let contract = Some(Tarief::Hour(5550));
        assert!(!is_wrong(minutes(7, 648), true, contract));
        assert!(is_wrong(minutes(7, 651), true, contract));
        assert!(
            is_wrong(minutes(7, 648), false, contract),
            "allocated in minutes"
        );
        assert!(!is_wrong(minutes(7, 651), false, contract));
        assert!(is_wrong(minutes(7, 648), true, Some(Tarief::Unit(93))));
    }

    #[test]
    fn minutes_without_a_contract_cost_what_some_hour_explains() {
        assert!(!is_wrong(minutes(7, 651), true, None));
        assert!(!is_wrong(minutes(7, 648), true, None));
        assert!(is_wrong(minutes(7, 647), true, None));
        assert!(
            is_wrong(minutes(7, 648), false, None),
            "allocated in minutes"
        );
    }

    #[test]
    fn euros_have_no_tariff_to_be_wrong() {
        let euros = Declared {
            eenheid: Eenheid::Euro,
            volume: 100,
            tarief: None,
            cents: 100,
        };
        assert!(!is_wrong(euros, true, None));
    }
}
