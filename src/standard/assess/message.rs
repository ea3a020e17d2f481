//! Level 2: every rule that one message is judged by on its own.
//! Says which rules are asked of which kind; what each asks is in its own file under `rules`.

use super::Assessment;
use crate::bericht::berichtsoort::Berichtsoort;
use crate::bericht::{Bericht, Content, Stop};
use crate::rules::{Weight, tr018};

/// Judges the content of one message (level 2 of the standards): the technical rules and the
/// conditions and constraints that need nothing but the message. Complete, in document order.
///
/// A breach refuses, except in a 325: no answer is owed on that, so it is told ([`Weight::Reports`]).
/// Retours (302 to 320) have no rules of level 2.
pub fn message(bericht: &Bericht<'_>) -> Assessment {
    let mut assessment = Assessment::default();
    let weight = if bericht.kind.soort == Berichtsoort::DeclaratieAntwoord {
        Weight::Reports
    } else {
        Weight::Refuses
    };
    if let Content::Stop(stop) = &bericht.content {
        judge_stop(stop, weight, &mut assessment);
    }
    assessment.sort();
    assessment
}

fn judge_stop(stop: &Stop<'_>, weight: Weight, assessment: &mut Assessment) {
    for product in &stop.products {
        if tr018::ends_before_it_begins(product) {
            assessment.add(&tr018::RULE, product.node, weight);
        }
    }
}
