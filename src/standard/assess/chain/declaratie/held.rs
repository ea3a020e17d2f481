//! Lines that wait for the municipality, because its settings ask it about its contract.

use crate::assess::Judged;
use crate::history::{Change, Pseudonym};
use crate::rules::{Breach, Weight, tr418};

/// A line that waits for a decision of the municipality. Meanwhile it counts as granted: in the sums of the lines after it, and in
/// [`Judged::changes`]. No answer can be made while a line waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Number of the element Prestatie in the tree.
    pub at: u32,
    /// Its ReferentieNummer.
    pub referentie: Pseudonym,
}

impl Judged {
    /// Takes a decision on the line at this element: granted, whatever its tariff, or refused for it (TR418). Says whether the line waited.
    pub fn decide(&mut self, at: u32, grant: bool) -> bool {
        let Some(place) = self.held.iter().position(|held| held.at == at) else {
            return false;
        };
        let held = self.held.remove(place);
        let breaches = &mut self.assessment.breaches;
        breaches.retain(|breach| breach.at != at || breach.rule != &tr418::RULE);
        if !grant {
            breaches.push(Breach {
                rule: &tr418::RULE,
                at,
                weight: Weight::Refuses,
            });
            self.assessment.sort();
            for change in &mut self.changes {
                if matches!(change, Change::Granted { referentie, .. } if *referentie == held.referentie)
                {
                    *change = Change::Refused {
                        referentie: held.referentie,
                    };
                }
            }
        }
        true
    }
}
