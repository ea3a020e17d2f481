//! TR369: all Prestaties of an allocation together cost no more than its Budget.
//!
//! Technical rules iJw 3.2 and iWmo 3.2. The text speaks of GeleverdVolume; with Eenheid 83 that equals the amount (CS339), and of other units
//! only the amount compares with a Budget in cents. What counts is as in TR322.

use super::{Level, Rule};
use crate::bericht::berichtsoort::Berichtsoort::Declaratie;

pub(crate) static RULE: Rule = Rule {
    id: "TR369",
    code: "9369",
    level: Level::History,
    laws: Rule::BOTH,
    berichten: &[Declaratie],
    since: "3.2",
    at: "Declaratie/Clienten/Client/Prestaties/Prestatie",
};

/// All in cents.
pub(crate) const fn is_over(used: u64, cents: u64, budget: u64) -> bool {
    used.saturating_add(cents) > budget
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn the_budget_may_be_used_to_the_cent() {
        assert!(is_over(480_000, 20_001, 500_000));
        assert!(!is_over(480_000, 20_000, 500_000));
        assert!(is_over(u64::MAX, 1, u64::MAX - 1));
    }
}
