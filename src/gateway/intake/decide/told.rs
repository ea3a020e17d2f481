//! What both sides are told of a verdict.

use knooppunt_standard::rules::{Breach, Level, Weight};
use knooppunt_standard::{Assessment, Checked, Findings};

use super::Asking;
use crate::register::Mode;

/// Most breaches of a message that are kept of those that neither refuse it nor report it.
pub(in crate::intake) const ADVICE_MAX: usize = 1000;

impl Asking {
    /// What both sides are told of a verdict, with places.
    pub(in crate::intake) fn told(
        &self,
        checked: &Checked<'_>,
        assessment: &Assessment,
        mode: Mode,
        answered: bool,
    ) -> Findings {
        let (breaches, more) = told(assessment, mode, answered);
        Findings {
            more,
            ..self.releases.findings(checked, &breaches)
        }
    }
}

/// What both sides are told: what did not lead to an answer of ours is advice. All that refuses or reports and the first of the rest, and how many more there are.
fn told(assessment: &Assessment, mode: Mode, answered: bool) -> (Vec<Breach>, u64) {
    let refuses =
        |breach: &Breach| answered && (mode == Mode::Judge || breach.rule.level == Level::Message);
    let tell = |breach: &Breach| Breach {
        weight: if breach.weight == Weight::Refuses && !refuses(breach) {
            Weight::Advises
        } else {
            breach.weight
        },
        ..*breach
    };
    let (mut advice, mut more) = (0, 0);
    let mut breaches: Vec<Breach> = assessment.breaches.iter().map(tell).collect();
    // What is wrong in an answer is told whole, as what refuses is.
    let whole = |breach: &Breach| matches!(breach.weight, Weight::Refuses | Weight::Reports);
    breaches.retain(|breach| {
        advice += usize::from(!whole(breach));
        let kept = whole(breach) || advice <= ADVICE_MAX;
        more += u64::from(!kept);
        kept
    });
    (breaches, more)
}
