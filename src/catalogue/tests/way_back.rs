//! M02 and what the tables answer are one: it is told of a table exactly when some product has no unambiguous way back by it.

use std::collections::BTreeSet;

use jiff::civil::date;
use proptest::prelude::*;
use proptest::sample::select;

use super::national::{MAP, read, row, table};
use crate::compiled::Compiled;
use crate::lint::lint;
use crate::translate::{Product, Question, Reason};
use crate::{Class, Finding, Law, Municipality, Unit};

const LOCALS: &[&str] = &["45X48", "45X48", "45X49", "45X47", "45A48", "P5005"];
const TARGETS: &[&str] = &["45A48", "45A48", "45A53", "P5005"];
const CATEGORIES: &[&str] = &["43", "44", "45"];

/// Volumes and tariffs that come out whole, or not, in every unit of time there is here.
const AMOUNTS: &[u64] = &[1, 60, 90, 180, 240];

/// A row as [`row`] takes it: one of few codes, so that rows get in each other's way.
fn rows() -> impl Strategy<Value = String> {
    let units = select(
        &[
            "",
            "",
            " unit=04",
            " unit=01",
            " unit=82",
            " unit=04 c_unit=01 factor=60/1",
            " unit=04 c_unit=01 factor=60/1",
            " unit=01 c_unit=04 factor=1/60",
            " unit=16 c_unit=04 factor=4/1",
            " unit=16 c_unit=01 factor=60/1",
            " unit=04 c_unit=04",
            " c_unit=01 factor=60/1",
            " unit=82 c_unit=84",
            " factor=2/1",
        ][..],
    );
    let relations = prop_oneof![
        6 => Just("exact"), 1 => Just("close"), 3 => Just("local-narrower"), 1 => Just("local-broader"), 1 => Just("none"),
    ];
    (
        (select(LOCALS), relations, select(TARGETS), units),
        select(&["", "", "", " category=45", " category=44"][..]),
        select(&["", "", "", "", " c_category=45", " c_category=44"][..]),
        select(&["", "", " preferred=yes"][..]),
        select(&["", "", "", " variant=inspanningsgericht", " variant=outputgericht"][..]),
        select(&["", "", " valid_to=2024-05-31", " valid_from=2024-07-01"][..]),
        select(&["", "", "", "", "", " state=suggested"][..]),
        select(&["", " tariff=60.00", " tariff=60.00", " tariff=1.00"][..]),
    )
        .prop_map(|((code, relation, target, units), category, c_category, preferred, variant, period, state, tariff)| {
            let target = if relation == "none" { String::new() } else { format!(" {target}{c_category}") };
            let units = if relation == "none" { "" } else { units };
            format!("{code} {relation}{target}{units}{category}{preferred}{variant}{period}{state}{tariff} collision=accepted")
        })
}

fn manifests() -> impl Strategy<Value = String> {
    let daypart = select(
        &[
            "",
            "daypart_minutes = 240\n",
            "daypart_minutes = 60\n",
            "daypart_minutes = 90\n",
        ][..],
    );
    let apply = select(&["\"exact\"", "\"exact\", \"close\", \"local-narrower\""][..]);
    (daypart, apply).prop_map(|(daypart, apply)| {
        format!("municipality = \"0777\"\nmade_up = true\npublished = 2010-10-28\ncanonical = [\"jz21-2025-02\", \"jz21-2019-02\"]\napply = [{apply}]\n{daypart}")
    })
}

/// What the lint says, and the products, there and back, between which nothing decides.
fn judged(manifest: &str, short: &[String]) -> (Vec<Finding>, BTreeSet<String>, BTreeSet<String>) {
    let rows: Vec<_> = short.iter().map(|one| row(one)).collect();
    let catalogue = read(&[("gm0777/manifest.toml", manifest), (MAP, &table(&rows))]);
    let compiled = Compiled::of(&catalogue).unwrap();
    let (mut back, mut forth) = (BTreeSet::new(), BTreeSet::new());
    for question in questions() {
        let shown = || format!("{:?} {}", question.product, question.on);
        let reason = compiled.back(&question, None).reason;
        if matches!(reason, Reason::SeveralWays | Reason::CategoryUnknown) {
            back.insert(shown());
        }
        if compiled.forth(&question, None).reason == Reason::RowsDisagree {
            forth.insert(shown());
        }
    }
    (lint(&catalogue), back, forth)
}

fn questions() -> impl Iterator<Item = Question> {
    let codes: BTreeSet<_> = LOCALS.iter().chain(TARGETS).collect();
    let days = [date(2024, 3, 1), date(2024, 6, 1), date(2024, 8, 1)];
    let units = Unit::ALL.into_iter().map(Some).chain([None]);
    let counted = units.flat_map(|unit| {
        let is_time = unit.is_some_and(|unit| unit.minutes(Some(1)).is_some());
        let amounts = if is_time { AMOUNTS } else { &AMOUNTS[..1] };
        let both = move |volume: &'static u64| amounts.iter().map(move |tariff| (*volume, *tariff));
        amounts
            .iter()
            .flat_map(both)
            .map(move |amounts| (unit, amounts))
    });
    let counted: Vec<_> = counted.collect();
    codes.into_iter().flat_map(move |code| {
        let counted = counted.clone();
        CATEGORIES.iter().flat_map(move |category| {
            let counted = counted.clone();
            days.into_iter().flat_map(move |on| {
                counted
                    .clone()
                    .into_iter()
                    .map(move |(unit, (volume, tariff))| Question {
                        law: Law::Jw,
                        municipality: Municipality::new(777).unwrap(),
                        product: Product {
                            category: category.parse().ok(),
                            code: code.parse().ok(),
                            unit,
                            volume: Some(volume),
                            tariff_cents: Some(tariff),
                        },
                        on,
                    })
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_way_back_is_told_to_be_ambiguous_exactly_when_it_is(manifest in manifests(), short in prop::collection::vec(rows(), 1..5)) {
        let (findings, back, forth) = judged(&manifest, &short);
        let of = |class| findings.iter().filter(move |one: &&Finding| one.class == class);
        prop_assert_eq!(of(Class::M02).count() > 0, !back.is_empty(), "{} {:#?} {:?} {:#?}", manifest, short, back.first(), findings);
        prop_assert!(forth.is_empty() || of(Class::M01).count() > 0, "{:#?} {:?}", short, forth.first());
        for finding in of(Class::M02) {
            prop_assert!(&*finding.file == MAP && finding.line >= 2, "{}", finding);
        }
    }
}
