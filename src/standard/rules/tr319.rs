//! TR319: care lies in the DeclaratiePeriode or before it.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Both periods lie within one month (CS337, CS340), so that their last days tell. Credits too.

use super::{Level, Rule};
use crate::bericht::Periode;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;

pub(crate) static RULE: Rule = Rule {
    id: "TR319",
    code: "9319",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

pub(crate) fn lies_after(periode: Periode, declaratie_periode: Periode) -> bool {
    periode.end > declaratie_periode.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn care_of_an_earlier_month_may_be_declared_late_and_of_a_later_one_not_yet() {
        let month = |month, last| Periode {
            begin: date(2026, month, 1),
            end: date(2026, month, last),
        };
        assert!(lies_after(month(4, 30), month(3, 31)));
        assert!(!lies_after(month(3, 31), month(3, 31)));
        assert!(!lies_after(month(3, 31), month(5, 31)));
    }
}
