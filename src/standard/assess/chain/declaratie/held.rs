//! Lines that wait for the municipality, because its settings ask it about its contract.

use crate::history::Pseudonym;
use crate::rules::{Rule, Verdict};

/// A line that waits for a decision of the municipality. Meanwhile it counts as granted: in the sums of the lines after it, and in
/// [`Judged::changes`](crate::assess::Judged::changes). No answer can be made while a line waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Number of the element Prestatie in the tree.
    pub at: u32,
    /// Its ReferentieNummer.
    pub referentie: Pseudonym,
    /// The rule that asks the municipality; a line that it refuses gets the return code of this rule.
    pub rule: &'static Rule,
}

/// What the municipality decided on a line that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    /// Number of the element Prestatie in the tree.
    pub at: u32,
    /// Granted, whatever its tariff; else refused for it (TR418).
    pub grant: bool,
}

impl Decision {
    /// What TR418 gives by the decision on a line; `None`: there is none. It stands whatever contract or reading came into force since.
    pub(super) fn verdict(decisions: &[Self], at: u32) -> Option<Verdict> {
        let place = decisions.binary_search_by_key(&at, |decision| decision.at);
        let decision = decisions.get(place.ok()?)?;
        Some(Verdict::broken_if(!decision.grant))
    }
}
