//! TR318: the periods of declarations do not go back.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The text asks for months in a row when care was given in each, which the receiver cannot know
//! (OP095, OP284): a gap is taken, and so is a second declaration of the latest month.

use super::{Level, Rule};
use crate::bericht::Periode;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::Series;

pub(crate) static RULE: Rule = Rule {
    id: "TR318",
    code: "8214",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie",
};

pub(crate) fn goes_back(periode: Periode, series: Option<&Series>) -> bool {
    let latest = series.and_then(|series| series.latest);
    latest.is_some_and(|latest| periode.begin < latest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_latest_month_again_or_a_gap_is_no_step_back() {
        let march = Series {
            latest: Some(date(2026, 3, 1)),
        };
        let month = |month| Periode {
            begin: date(2026, month, 1),
            end: date(2026, month, 28),
        };
        assert!(goes_back(month(2), Some(&march)));
        assert!(!goes_back(month(3), Some(&march)));
        assert!(!goes_back(month(5), Some(&march)));
        assert!(!goes_back(month(2), None));
    }
}
