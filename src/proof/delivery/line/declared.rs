//! The line of a declaration that a statement speaks of: its facts, as the caller took them from the message.

use super::name::LineName;
use crate::delivery::subject::Subject;
use crate::delivery::value::Unit;

/// A debit line of a declaration (JW323, WMO323) as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredLine {
    /// Law by the standard of the message, Ontvanger, Afzender, DeclaratieNummer, ReferentieNummer.
    pub name: LineName,
    /// Allocation, product and ProductPeriode.
    pub subject: Subject,
    /// Eenheid.
    pub unit: Unit,
    /// GeleverdVolume.
    pub volume: u64,
    /// IngediendBedrag in cents.
    pub amount: u64,
}
