//! Draws: the example of the specification, their fairness, and who could steer them.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::made::{draw_open, line, name, nonce_of_municipality, nonce_of_provider, scope};
use crate::Hash;
use crate::delivery::{
    DrawScope, Drawable, LineName, NonceReveal, Population, PopulationError, Secret, Seed,
};

fn seed(root: u8) -> Seed {
    let root = Hash::new([root; 32]);
    Seed::new(
        &scope(),
        &root,
        &nonce_of_municipality(),
        &nonce_of_provider(),
    )
}

fn drawable(reference: &str, amount: u64, w: u64) -> Drawable {
    let entry = Hash::over(&[reference.as_bytes()]);
    Drawable {
        reference: reference.parse().unwrap(),
        entry,
        amount,
        w,
    }
}

fn population(lines: &[(&str, u64, u64)]) -> Population {
    let lines = lines
        .iter()
        .map(|(reference, amount, w)| drawable(reference, *amount, *w));
    Population::new(lines.collect()).unwrap()
}

/// How far counts are from even, as chi-square.
fn chi_square(counts: &[u32]) -> f64 {
    let all: u32 = counts.iter().sum();
    let even = f64::from(all) / f64::from(u32::try_from(counts.len()).unwrap());
    counts
        .iter()
        .map(|count| (f64::from(*count) - even).powi(2) / even)
        .sum()
}

#[test]
fn the_draws_of_the_specification_come_out() {
    let seed = seed(1);
    let expected = "907a4c6fcad9d4d6f60dd77cf51df7e41ad72fe6f6c75054de08f16f4e3e1732";
    assert_eq!(HEXLOWER.encode(seed.as_bytes()), expected);
    let draws = [0, 1, 2].map(|number| (seed.below(96_000, number, 0), seed.below(720, number, 1)));
    let expected = [(37_057, 398), (23_407, 469), (22_502, 265)];
    assert_eq!(
        draws,
        expected.map(|(cent, minute)| (Some(cent), Some(minute)))
    );
    let population = population(&[("PR-2026-10-000123", 96_000, 720)]);
    let drawn = seed.draw(0, &population).unwrap();
    assert_eq!((drawn.line, drawn.minute), (0, Some(398)));
}

#[test]
fn a_line_is_drawn_by_its_cents_in_the_order_of_references() {
    // As bytes: capitals before small letters, and é behind both.
    let one = population(&[("é", 10, 1), ("b", 0, 1), ("B", 30, 1), ("a", 60, 1)]);
    let order: Vec<&str> = one
        .lines()
        .iter()
        .map(|line| line.reference.as_str())
        .collect();
    assert_eq!(order, ["B", "a", "b", "é"]);
    assert_eq!(one.amount(), 100);
    let other = population(&[("a", 60, 1), ("é", 10, 1), ("B", 30, 1), ("b", 0, 1)]);
    assert_eq!(one.digest(), other.digest());
    // Each by its share, and one without an amount never.
    let mut counts = [0i32; 4];
    for number in 0..20_000 {
        counts[seed(1).draw(number, &one).unwrap().line] += 1;
    }
    assert_eq!(counts[2], 0);
    for (count, share) in counts.into_iter().zip([30, 60, 0, 10]) {
        assert!((count - 200 * share).abs() < 400, "{counts:?}");
    }
}

#[test]
fn every_minute_is_as_likely_as_any_other() {
    let population = population(&[("a", 700, 720)]);
    let mut counts = [0; 72];
    for number in 0..36_000 {
        let minute = seed(1).draw(number, &population).unwrap().minute.unwrap();
        counts[usize::try_from(minute / 10).unwrap()] += 1;
    }
    // 71 degrees of freedom: beyond 125 in one of ten thousand.
    assert!(chi_square(&counts) < 125.0, "{counts:?}");
}

#[test]
fn numbers_are_even_also_where_64_bits_do_not_divide() {
    // Of three quarters of 2^64 a remainder would be twice as likely in its first third.
    let range = 3 << 62;
    let mut counts = [0; 3];
    for number in 0..3_000 {
        let value = seed(1).below(range, number, 0).unwrap();
        counts[usize::try_from(value >> 62).unwrap()] += 1;
    }
    assert!(chi_square(&counts) < 20.0, "{counts:?}");
    assert_eq!(seed(1).below(1, 0, 0), Some(0));
    assert_eq!(seed(1).below(0, 0, 0), None);
}

#[test]
fn nothing_is_drawn_where_there_is_nothing() {
    assert_eq!(seed(1).draw(0, &population(&[])), None);
    assert_eq!(seed(1).draw(0, &population(&[("a", 0, 720)])), None);
    // A line that claims money and no minutes cannot be opened.
    assert_eq!(
        seed(1).draw(0, &population(&[("a", 1, 0)])).unwrap().minute,
        None
    );
}

#[test]
fn a_population_has_an_order_and_a_sum() {
    let twice = Population::new(vec![drawable("a", 1, 1), drawable("a", 1, 1)]);
    assert_eq!(twice, Err(PopulationError::Twice));
    let huge = Population::new(vec![drawable("a", u64::MAX, 1), drawable("b", 1, 1)]);
    assert_eq!(huge, Err(PopulationError::Sum));
    let of_line = Drawable::new(&line(), Hash::new([1; 32]));
    assert_eq!((of_line.amount, of_line.w), (96_000, 720));
}

#[test]
fn a_reference_that_a_provider_uses_twice_does_not_keep_its_lines_from_being_drawn() {
    let of = |amount, entry| Drawable {
        entry: Hash::new([entry; 32]),
        ..drawable("a", amount, 1)
    };
    let one = Population::new(vec![of(1, 2), of(5, 1), drawable("0", 7, 1)]).unwrap();
    let other = Population::new(vec![drawable("0", 7, 1), of(5, 1), of(1, 2)]).unwrap();
    let amounts: Vec<u64> = one.lines().iter().map(|line| line.amount).collect();
    assert_eq!((amounts, one.amount()), (vec![7, 5, 1], 13));
    assert_eq!(one, other);
}

#[test]
fn a_nonce_is_the_one_that_was_committed_to() {
    let open = draw_open();
    assert!(open.opens_with(&nonce_of_municipality()));
    assert!(!open.opens_with(&nonce_of_provider()));
    let reveal = |byte| NonceReveal {
        scope: scope(),
        nonce: Secret::new([byte; 32]),
    };
    assert!(reveal(3).opens(&name(), &line().nc));
    // Changed after it was committed to, or of another line.
    assert!(!reveal(4).opens(&name(), &line().nc));
    let other = LineName {
        reference: "another".parse().unwrap(),
        ..name()
    };
    assert!(!reveal(3).opens(&other, &line().nc));
    let other = DrawScope {
        month: "2026-12".parse().unwrap(),
        ..scope()
    };
    assert_ne!(
        DrawScope::commit(other.law, &other.gem, other.month, &nonce_of_municipality()),
        open.nc
    );
}

#[test]
fn each_of_root_and_nonces_alone_changes_every_draw() {
    let of = |root: u8, municipality: u8, provider: u8| {
        let (municipality, provider) =
            (Secret::new([municipality; 32]), Secret::new([provider; 32]));
        let seed = Seed::new(&scope(), &Hash::new([root; 32]), &municipality, &provider);
        [0, 1, 2].map(|number| seed.below(1 << 40, number, 0))
    };
    let draws: BTreeSet<_> = [
        of(1, 2, 3),
        of(4, 2, 3),
        of(1, 4, 3),
        of(1, 2, 4),
        of(1, 3, 2),
    ]
    .into();
    assert_eq!(draws.len(), 5);
    let scopes: [fn(&mut DrawScope); 4] = [
        |scope| scope.law = crate::delivery::Law::Wmo,
        |scope| scope.gem = "0364".parse().unwrap(),
        |scope| scope.agb = "41234568".parse().unwrap(),
        |scope| scope.month = "2026-12".parse().unwrap(),
    ];
    for change in scopes {
        let mut other = scope();
        change(&mut other);
        assert_ne!(other.hash(), scope().hash());
    }
}

#[test]
fn who_grinds_the_log_before_the_providers_nonce_is_known_gains_nothing() {
    // The municipality tries many last entries with a guess of the provider's nonce until three of five draws fall on one line of 3 %; with the true nonce they do not.
    let lines = population(&[("a", 97, 60), ("b", 3, 60)]);
    let hits = |root: u32, provider: u8| {
        let root = Hash::over(&[&root.to_be_bytes()]);
        let seed = Seed::new(
            &scope(),
            &root,
            &nonce_of_municipality(),
            &Secret::new([provider; 32]),
        );
        (0..5)
            .filter(|number| seed.draw(*number, &lines).unwrap().line == 1)
            .count()
    };
    let ground: Vec<u32> = (0..30_000).filter(|root| hits(*root, 200) >= 3).collect();
    assert!(!ground.is_empty());
    let with_truth: usize = ground.iter().map(|root| hits(*root, 3)).sum();
    assert!(
        with_truth * 5 < 3 * ground.len(),
        "{with_truth} of {}",
        ground.len()
    );
}

#[test]
fn draws_find_a_false_share_as_often_as_they_should() {
    // Minutes 0 to 35 of 720 are false, 5 %: 59 draws find one in 95.2 % of months.
    let lines = population(&[("a", 96_000, 720)]);
    let mut found = 0;
    for month in 0..500u32 {
        let root = Hash::over(&[&month.to_be_bytes()]);
        let seed = Seed::new(
            &scope(),
            &root,
            &nonce_of_municipality(),
            &nonce_of_provider(),
        );
        let is_hit = |number| seed.draw(number, &lines).unwrap().minute.unwrap() < 36;
        found += u32::from((0..59).any(is_hit));
    }
    // Expected 475.8 with a standard deviation of 4.8.
    assert!((456..=495).contains(&found), "{found}");
}

proptest! {
    #[test]
    fn a_number_is_below_its_range_and_the_same_each_time(range in 1u64.., number: u32, stage: u8, root: u8) {
        let drawn = seed(root).below(range, number, stage).unwrap();
        prop_assert!(drawn < range);
        prop_assert_eq!(seed(root).below(range, number, stage), Some(drawn));
    }
}
