//! TR307: the period of a Prestatie does not begin before its allocation.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. A debit is held against the version of the allocation that holds now; a credit repeats
//! a debit that was granted and is not asked.

use super::{Level, Rule};
use crate::bericht::Periode;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::measure::Term;

pub(crate) static RULE: Rule = Rule {
    id: "TR307",
    code: "9307",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn begins_before(periode: Periode, term: Term) -> bool {
    periode.begin < term.begin
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_may_begin_on_the_first_day() {
        let term = Term {
            begin: date(2026, 3, 2),
            end: None,
        };
        let from = |begin| Periode {
            begin,
            end: date(2026, 3, 31),
        };
        assert!(begins_before(from(date(2026, 3, 1)), term));
        assert!(!begins_before(from(date(2026, 3, 2)), term));
    }
}
