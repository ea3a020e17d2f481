//! M11: what was apart stays apart.

use jiff::civil::date;
use proptest::prelude::*;

use super::product;
use crate::Period;
use crate::translate::{Clash, Dated, RowPlace, Stacked, collapse, stacks};

fn dated(local: &str, given: &str, from: i8, to: Option<i8>, assignment: u64) -> Dated {
    Dated {
        local: product(local),
        given: product(given),
        period: Period {
            from: date(2024, from, 1),
            to: to.map(|to| date(2024, to, 28)),
        },
        assignment: Some(assignment),
    }
}

#[test]
fn two_local_products_that_become_one_at_the_same_time_clash() {
    let products = [
        dated("45 45X48", "45 45A48", 1, Some(3), 1),
        dated("45 45X49", "45 45A48", 3, None, 2),
        dated("45 45X50", "45 45A48", 4, None, 3),
        dated("45 45A48", "45 45A48", 2, Some(2), 4),
    ];
    let clash = |first, second| Clash { first, second };
    assert_eq!(
        collapse(&products, Stacked::Assigned),
        [clash(0, 1), clash(0, 3), clash(1, 2)]
    );
    assert_eq!(collapse(&products, Stacked::Declared), []);
}

#[test]
fn a_clash_is_told_at_the_later_of_its_rows_and_names_the_other() {
    let products = [
        dated("45 45X48", "45 45A48", 1, None, 1),
        dated("45 45X49", "45 45A48", 1, None, 2),
        dated("45 45A53", "45 45A53", 1, None, 3),
        dated("45 45X53", "45 45A53", 1, None, 4),
    ];
    let row = |line| {
        vec![RowPlace {
            file: "gm0777/map.tsv".into(),
            line,
        }]
    };
    let told = stacks(
        &products,
        &[row(7), row(3), Vec::new(), row(5)],
        Stacked::Assigned,
    );
    let told: Vec<_> = told.iter().map(ToString::to_string).collect();
    let [first, second] = &told[..] else {
        panic!("two: {told:?}")
    };
    assert!(
        first.starts_with("gm0777/map.tsv:5: M11 waarschuwing: Dit product en een landelijke code"),
        "{first}"
    );
    assert!(
        second.starts_with(
            "gm0777/map.tsv:7: M11 waarschuwing: Dit product en dat van gm0777/map.tsv:3 "
        ),
        "{second}"
    );
    let none = [const { Vec::new() }; 4];
    assert_eq!(stacks(&products, &none, Stacked::Assigned), []);
    let apart = products.split_at(1).0;
    assert_eq!(stacks(apart, &[row(7)], Stacked::Assigned), []);
}

#[test]
fn what_was_one_already_or_differs_there_too_does_not_clash() {
    let products = [
        dated("45 45X48", "45 45A48", 1, None, 1),
        dated("45 45X48", "45 45A48", 1, None, 1),
        dated("45 45X49", "45 45A53", 1, None, 1),
        dated("44 45X49", "44 45A48", 1, None, 1),
        dated("45", "45", 1, None, 1),
        dated("44", "44", 1, None, 1),
    ];
    for stacked in [Stacked::Assigned, Stacked::Declared] {
        assert_eq!(collapse(&products, stacked), []);
    }
}

#[test]
fn what_moves_into_a_category_that_is_assigned_alone_clashes_with_it() {
    let products = [
        dated("46", "46", 2, Some(4), 1),
        dated("45 45X48", "46 46A22", 4, None, 2),
        dated("45 45X49", "46 46A23", 5, None, 3),
        // As they were here already, and in another category.
        dated("46 46X50", "46 46A24", 2, None, 4),
        dated("45 45X51", "45 45A48", 2, None, 5),
        dated("45", "45", 1, None, 6),
        dated("12 12315", "11 11X31", 1, None, 7),
        dated("11", "11", 1, None, 8),
    ];
    let clash = |first, second| Clash { first, second };
    assert_eq!(collapse(&products, Stacked::Assigned), [clash(0, 1)]);
    assert_eq!(collapse(&products, Stacked::Declared), []);
}

#[test]
fn a_message_of_any_length_is_looked_at_in_no_time() {
    // All of them at the same time: by pairs there would be five thousand million.
    let products: Vec<Dated> = (0..100_000)
        .map(|number| dated(&format!("45 {number:05}"), "45 45A48", 1, None, 1))
        .collect();
    for stacked in [Stacked::Assigned, Stacked::Declared] {
        assert_eq!(collapse(&products, stacked).len(), 2 * products.len() - 3);
    }
}

proptest! {
    #[test]
    fn what_is_in_a_clash_is_exactly_what_is_in_a_pair_that_clashes(
        drawn in prop::collection::vec((0..3, 0..2, 1i8..6, prop::option::of(0i8..3), 0u64..2), 0..8),
        stacked in prop::sample::select(&[Stacked::Assigned, Stacked::Declared][..]),
    ) {
        let products: Vec<Dated> = drawn
            .into_iter()
            .map(|(local, given, from, months, assignment)| {
                let (local, given) = (format!("45 45X0{local}"), format!("45 45A0{given}"));
                dated(&local, &given, from, months.map(|months| from + months), assignment)
            })
            .collect();
        let is_pair = |one: &Dated, other: &Dated| {
            one.given == other.given
                && one.local != other.local
                && one.period.overlaps(&other.period)
                && (stacked == Stacked::Assigned || one.assignment == other.assignment)
        };
        let clashes = collapse(&products, stacked);
        for clash in &clashes {
            prop_assert!(clash.first < clash.second);
            prop_assert!(is_pair(&products[clash.first], &products[clash.second]));
        }
        for (at, one) in products.iter().enumerate() {
            let is_in_pair = products.iter().any(|other| is_pair(one, other));
            let is_named = clashes.iter().any(|clash| clash.first == at || clash.second == at);
            prop_assert_eq!(is_in_pair, is_named);
        }
        prop_assert!(clashes.len() < 2 * products.len().max(1));
    }
}

#[test]
fn aids_may_overlap_when_assigned_but_are_debited_once() {
    let products = [
        dated("11 11X98", "11 11X31", 1, None, 1),
        dated("11 11X99", "11 11X31", 1, None, 1),
    ];
    assert_eq!(collapse(&products, Stacked::Assigned), []);
    assert_eq!(
        collapse(&products, Stacked::Declared),
        [Clash {
            first: 0,
            second: 1
        }]
    );
}
