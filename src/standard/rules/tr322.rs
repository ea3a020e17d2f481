//! TR322: all Prestaties of an allocation together declare no more than its term gives.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. All that were granted and not credited count ("submitted", read literally, would lock a provider out
//! by what was refused), credits of this message come first, then its debits in document order: the one that goes over is refused, a
//! later smaller one may still fit. An allocation without end is counted to the last day that is declared.

use jiff::civil::Date;

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::measure::{Size, Term};

pub(crate) static RULE: Rule = Rule {
    id: "TR322",
    code: "9322",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

/// Volumes are in base units of the allocation; `last` is the latest day of all that counts.
pub(crate) fn is_over(used: u64, volume: u64, size: &Size, term: Term, last: Date) -> bool {
    used.saturating_add(volume) > size.over_term(term, last)
}
