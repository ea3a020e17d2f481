//! TR389: care is declared once, until it is credited.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Same client, allocation, product and ProductPeriode to the day: a granted debit stands and no granted
//! credit points at it. Refused debits do not block, as they can never be credited (IV085). Credits of this message come first (OP366).

use super::{Level, Rule};
use crate::bericht::Periode;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::history::{ContentKey, Past, Pseudonym, Usage};

pub(crate) static RULE: Rule = Rule {
    id: "TR389",
    code: "9389",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

/// The granted debits, not credited, that stand for the content.
pub(crate) fn standing(past: &Past, content: ContentKey) -> impl Iterator<Item = Pseudonym> + '_ {
    past.content(content).into_iter().flatten().copied()
}

/// Whether something granted shares days with a period and is not of the same days.
pub(crate) fn overlaps(usage: &Usage, periode: Periode) -> bool {
    let mut periods = usage.periods().iter().map(|counted| counted.periode);
    periods
        .any(|other| other != periode && other.begin <= periode.end && periode.begin <= other.end)
}
