//! Tables, packed.

use crate::compiled::Compiled;
use crate::tests::folder;
use crate::{Municipality, OnAmbiguous, Relation};

#[test]
fn the_terms_of_a_table_are_those_of_its_manifest() {
    let (catalogue, _) = folder::load(folder::clean());
    let compiled = Compiled::of(&catalogue).unwrap();
    let municipality = Municipality::new(777).unwrap();
    let terms = compiled.terms(municipality).unwrap();
    assert!(terms.enabled && terms.made_up);
    assert_eq!(terms.on_ambiguous, OnAmbiguous::Pass);
    assert_eq!(
        terms.version,
        catalogue.table(municipality).unwrap().version
    );
    let applied = Relation::ALL.map(|relation| terms.applies(relation));
    assert_eq!(applied, [true, false, false, false, false, false]);
    assert_eq!(compiled.terms(Municipality::new(363).unwrap()), None);
    assert_eq!(compiled.size().rows, 2);
}
