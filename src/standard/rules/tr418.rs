//! TR418: the ProductTarief of a Prestatie is that of the contract.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of debits in units that have a tariff. Minutes under a contract by the hour show a sixtieth of it,
//! halves up. Without a contract for the code and unit on the first day of the period it is not assessed.

use super::{Level, Rule, Verdict};
use crate::bericht::Eenheid;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::measure::Tarief;

pub(crate) static RULE: Rule = Rule {
    id: "TR418",
    code: "0611",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn agreed(eenheid: Eenheid, shown: Option<u64>, contract: Option<Tarief>) -> Verdict {
    match (shown, contract) {
        // Euros have no tariff; another unit without one is refused at level 2 (CD087).
        _ if eenheid == Eenheid::Euro => Verdict::Holds,
        (None, _) => Verdict::Holds,
        (Some(shown), Some(contract)) => Verdict::broken_if(shown != contract.shown()),
        (Some(_), None) => Verdict::NotAssessed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_tariff_is_that_of_the_contract_and_of_minutes_its_sixtieth() {
        let hours = |shown, contract| agreed(Eenheid::Uur, Some(shown), contract);
        assert_eq!(hours(5500, Some(Tarief::Unit(5500))), Verdict::Holds);
        assert_eq!(hours(5600, Some(Tarief::Unit(5500))), Verdict::Broken);
        assert_eq!(hours(5600, None), Verdict::NotAssessed);
        let minutes = |shown| agreed(Eenheid::Minuut, Some(shown), Some(Tarief::Hour(5550)));
        assert_eq!(minutes(93), Verdict::Holds);
        assert_eq!(minutes(92), Verdict::Broken);
        assert_eq!(agreed(Eenheid::Euro, None, None), Verdict::Holds);
        let euros = |contract| agreed(Eenheid::Euro, Some(1), contract);
        assert_eq!(euros(None), Verdict::Holds);
        assert_eq!(euros(Some(Tarief::Unit(2))), Verdict::Holds);
    }
}
