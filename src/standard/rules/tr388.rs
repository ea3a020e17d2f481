//! TR388: a ProductPeriode ends on the last day of its month, or on that of the allocation within it.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of debits. Starts and stops never matter (OP364). Beside 9308 both codes are given.

use super::{Level, Rule};
use crate::bericht::Periode;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::measure::{self, Term};

pub(crate) static RULE: Rule = Rule {
    id: "TR388",
    code: "9388",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn is_other_day(periode: Periode, term: Term) -> bool {
    periode.end != measure::expected_end(periode.end, term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_ends_with_its_month_or_with_the_allocation() {
        let term = Term {
            begin: date(2026, 3, 2),
            end: Some(date(2026, 5, 30)),
        };
        let from = |begin, end| is_other_day(Periode { begin, end }, term);
        assert!(!from(date(2026, 3, 2), date(2026, 3, 31)));
        assert!(!from(date(2026, 4, 1), date(2026, 4, 30)));
        assert!(!from(date(2026, 5, 1), date(2026, 5, 30)));
        assert!(from(date(2026, 5, 1), date(2026, 5, 31)));
        assert!(from(date(2026, 4, 1), date(2026, 4, 29)));
    }
}
