//! TR308: the period of a Prestatie does not end after its allocation.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of debits only, as TR307.

use super::{Level, Rule};
use crate::bericht::Periode;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::measure::Term;

pub(crate) static RULE: Rule = Rule {
    id: "TR308",
    code: "9308",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn ends_after(periode: Periode, term: Term) -> bool {
    term.end.is_some_and(|end| periode.end > end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_may_end_on_the_last_day_and_anywhere_when_there_is_none() {
        let term = |end| Term {
            begin: date(2026, 3, 2),
            end,
        };
        let periode = Periode {
            begin: date(2026, 5, 1),
            end: date(2026, 5, 31),
        };
        assert!(ends_after(periode, term(Some(date(2026, 5, 30)))));
        assert!(!ends_after(periode, term(Some(date(2026, 5, 31)))));
        assert!(!ends_after(periode, term(None)));
    }
}
