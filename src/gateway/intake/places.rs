//! Where elements of a message stand, in the words of findings.

use std::collections::{BTreeMap, BTreeSet};

use knooppunt_standard::rules::{self, Breach, Weight};
use knooppunt_standard::{Checked, Releases};

use crate::ledger::ElementPlace;

/// The places of elements of a message, by number of the element in its tree.
pub(in crate::intake) fn places(
    releases: &Releases,
    checked: &Checked<'_>,
    elements: impl Iterator<Item = u32>,
) -> BTreeMap<u32, ElementPlace> {
    let elements: BTreeSet<u32> = elements.collect();
    let Some(rule) = rules::all().next() else {
        return BTreeMap::new();
    };
    // Findings have places, whatever their rule.
    let breach = |at: &u32| Breach {
        rule,
        at: *at,
        weight: Weight::Advises,
    };
    let breaches: Vec<Breach> = elements.iter().map(breach).collect();
    let found = releases.findings(checked, &breaches);
    let places = found.list.into_iter().map(|finding| ElementPlace {
        path: finding.path,
        line: finding.line,
        column: finding.column,
    });
    elements.into_iter().zip(places).collect()
}
