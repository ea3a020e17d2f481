//! TR389: care is declared once, until it is credited.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Same client, allocation, product and ProductPeriode to the day: a granted debit stands and no granted
//! credit points at it. Refused debits do not block, as they can never be credited (IV085). Credits of this message come first (OP366).

use super::{Level, Rule};
use crate::bericht::Periode;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::{Pseudonym, Usage};

pub(crate) static RULE: Rule = Rule {
    id: "TR389",
    code: "9389",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

/// Whether one of the granted debits of a content is not taken back by this message.
pub(crate) fn stands<'p>(
    mut granted: impl Iterator<Item = &'p Pseudonym>,
    is_credited: impl Fn(Pseudonym) -> bool,
) -> bool {
    granted.any(|debit| !is_credited(*debit))
}

pub(crate) fn overlaps(usage: &Usage, periode: Periode) -> bool {
    let mut periods = usage.periods().iter().map(|counted| counted.periode);
    periods
        .any(|other| other != periode && other.begin <= periode.end && periode.begin <= other.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bericht::DebetCredit;
    use crate::history::Line;
    use jiff::civil::date;

    #[test]
    fn periods_overlap_that_share_a_day_and_are_not_the_same() {
        let mut usage = Usage::default();
        // 2 to 31 March.
        usage.add(&Line::sample(DebetCredit::Debet));
        let overlaps = |begin, end| overlaps(&usage, Periode { begin, end });
        assert!(overlaps(date(2026, 3, 1), date(2026, 3, 31)));
        assert!(overlaps(date(2026, 3, 31), date(2026, 4, 30)));
        assert!(overlaps(date(2026, 2, 1), date(2026, 3, 2)));
        assert!(overlaps(date(2026, 3, 10), date(2026, 3, 11)));
        assert!(!overlaps(date(2026, 3, 2), date(2026, 3, 31)), "the same");
        assert!(!overlaps(date(2026, 2, 1), date(2026, 3, 1)), "before");
        assert!(!overlaps(date(2026, 4, 1), date(2026, 4, 30)), "after");
    }
}
