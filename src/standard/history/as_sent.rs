//! Care that was booked as its provider sent it, although the municipality may call its product something else: two bookings of the same care then have
//! different products. No rule may refuse by what rests on it, for a translation must neither cause nor hide a finding.
//!
//! Says what is marked and how; what rests on it is for [`assess::rests_on_as_sent`](crate::assess::rests_on_as_sent).

use minicbor::{Decode, Encode};

use super::change::Change;
use super::declaration::Line;
use super::past::Past;
use crate::bericht::{Eenheid, Periode};
use crate::opaque::opaque;

/// A granted debit that was booked as its provider sent it, and was not credited since.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct AsSent {
    /// Its ProductPeriode.
    #[n(0)]
    pub periode: Periode,
    /// Its Eenheid.
    #[n(1)]
    pub eenheid: Eenheid,
}

opaque!(AsSent);

impl AsSent {
    pub(super) const fn of(debit: &Line) -> Self {
        Self {
            periode: debit.periode,
            eenheid: debit.eenheid,
        }
    }
}

/// The same changes of a message of a provider whose products are not said as the municipality says them: its lines are marked, and the care that it starts or
/// stops.
pub fn as_sent(mut changes: Vec<Change>) -> Vec<Change> {
    let mut cares = Vec::new();
    for change in &mut changes {
        match change {
            Change::Granted { line, .. } => line.as_sent = true,
            Change::Started {
                client, toewijzing, ..
            }
            | Change::StartRemoved {
                client, toewijzing, ..
            }
            | Change::Stopped {
                client, toewijzing, ..
            }
            | Change::StopRemoved {
                client, toewijzing, ..
            } => cares.push((*client, *toewijzing)),
            Change::Seen { .. }
            | Change::Toewijzing { .. }
            | Change::Honoured { .. }
            | Change::Requested { .. }
            | Change::Answered { .. }
            | Change::Declared { .. }
            | Change::Refused { .. }
            | Change::CareAsSent { .. } => {}
        }
    }
    cares.sort_unstable();
    cares.dedup();
    let cares = cares.into_iter();
    changes.extend(cares.map(|(client, toewijzing)| Change::CareAsSent { client, toewijzing }));
    changes
}

impl Past {
    /// Whether any row in it rests on what was booked as it was sent.
    pub(crate) fn has_as_sent(&self) -> bool {
        let mut lines = self.granted();
        self.usages().any(|usage| !usage.as_sent().is_empty())
            || self.cares().any(super::Care::is_as_sent)
            || lines.any(|line| line.as_sent)
    }
}
