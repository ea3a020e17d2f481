//! TR321: one Prestatie declares no more than its allocation gives for its period.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. Of debits under an allocation with an Omvang, when the units fit (TR341). Weeks and the exception for
//! household help of iWmo are in `measure`. Other lines of the same month count in TR322 only.

use super::{Level, Rule};
use crate::bericht::Periode;
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;
use crate::measure::{Size, Term};

pub(crate) static RULE: Rule = Rule {
    id: "TR321",
    code: "9321",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

/// `volume` is in base units of the allocation.
pub(crate) fn is_over(volume: u64, size: &Size, term: Term, periode: Periode) -> bool {
    volume > size.per_prestatie(term, periode)
}
