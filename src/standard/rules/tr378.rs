//! TR378: a municipality is in the list of CBS, on the day of the message or on that which it is about.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The text names Ingangsdatum and ToewijzingIngangsdatum; of a
//! message without one the allocations that it refers to have it. In the header it is the code among
//! Afzender and Ontvanger; in an iJw 319 also the Gemeente of Woonplaatsbeginsel.

use jiff::civil::Date;

use super::{Level, Rule, Verdict};
use crate::reference::{Listed, Reference};

pub(crate) static RULE: Rule = Rule {
    id: "TR378",
    code: "S300",
    level: Level::Reference,
    laws: Rule::BOTH,
    berichten: Rule::NO_RETOUR,
    since: "3.2",
    at: "Header|Antwoord/Woonplaatsbeginsel",
};

/// Listed on one of the days. Where a day is not known, or there is no list for it, it cannot be said that it is on none.
pub(crate) fn listed(
    reference: &Reference,
    code: &str,
    days: impl Iterator<Item = Option<Date>>,
) -> Verdict {
    let mut verdict = Verdict::Broken;
    for day in days {
        let Some(day) = day else {
            verdict = Verdict::NotAssessed;
            continue;
        };
        match reference.gemeente(code, day) {
            Listed::Yes => return Verdict::Holds,
            Listed::Unknown => verdict = Verdict::NotAssessed,
            Listed::No => {}
        }
    }
    verdict
}
