//! What is wrong with made-up tables is what was planted, and is told where it was: of tables, and M11 of messages that name both of its rows.

use std::collections::BTreeSet;

use super::generated::base;
use super::real;
use crate::compiled::Compiled;
use crate::generate::{Generator, Made, Plan, Planted, Regions};
use crate::lint::lint;
use crate::translate::{Dated, Product, Question, Stacked, stacks};
use crate::{Catalogue, Class, Finding, Period, Row};

/// Seeds that are tried, each with twenty municipalities.
const SEEDS: u64 = 30;

fn small(seed: u64, conflicts: bool) -> Plan {
    Plan {
        seed,
        codes: 1000,
        municipalities: 20,
        regions: if seed.is_multiple_of(2) {
            Regions::Copied
        } else {
            Regions::Included
        },
        conflicts,
    }
}

/// That these are the planted faults, at their file and line, and nothing else.
fn are_those_planted(found: &[Finding], planted: &[Planted], seed: u64) {
    let mut told: Vec<_> = found
        .iter()
        .map(|finding| (&*finding.file, finding.line, finding.class))
        .collect();
    let of_tables = planted.iter().filter(|planted| planted.class != Class::M11);
    let mut meant: Vec<_> = of_tables
        .map(|planted| (planted.file.as_str(), planted.line, planted.class))
        .collect();
    told.sort_unstable();
    meant.sort_unstable();
    let missed: Vec<_> = meant.iter().filter(|fault| !told.contains(fault)).collect();
    assert!(missed.is_empty(), "seed {seed}, not told: {missed:?}");
    for finding in found {
        let fault = (&*finding.file, finding.line, finding.class);
        assert!(meant.contains(&fault), "seed {seed}, accused: {finding}");
    }
}

fn told(made: &Made) -> Vec<Finding> {
    let (catalogue, mut findings) = Catalogue::load(made.sources.clone());
    findings.extend(lint(&catalogue));
    findings
}

/// What is told of a message in which a client has the products of these rows on the same days.
fn together(catalogue: &Catalogue, compiled: &Compiled, rows: &[&Row]) -> Vec<Finding> {
    let on = rows.iter().map(|row| row.period.from).max().unwrap();
    let asked = rows.iter().map(|row| {
        let place = catalogue.file(row.place.file).unwrap();
        let table = catalogue.tables.iter().find(|table| {
            place
                .path
                .starts_with(&format!("gm{}/", table.municipality))
        });
        let product = Product {
            category: row.key.category,
            code: Some(row.key.code),
            unit: row.key.unit,
            ..Product::default()
        };
        let question = Question {
            law: row.key.law,
            municipality: table.unwrap().municipality,
            product,
            on,
        };
        let answer = compiled.forth(&question, None);
        let dated = Dated {
            local: product,
            given: answer.product,
            period: Period { from: on, to: None },
            assignment: None,
        };
        (dated, answer.rows)
    });
    let (dated, rows): (Vec<_>, Vec<_>) = asked.unzip();
    stacks(&dated, &rows, Stacked::Assigned)
}

/// That each planted M11 is told of a message that names its two rows, at its file and line, and not of one that names either beside another. How many there are.
fn show_in_messages(made: &Made, seed: u64) -> usize {
    let (catalogue, _) = Catalogue::load(made.sources.clone());
    let compiled = Compiled::of(&catalogue).unwrap();
    let planted = made
        .planted
        .iter()
        .filter(|planted| planted.class == Class::M11);
    let planted = planted.map(|planted| {
        let table = catalogue.tables.iter().find(|table| {
            planted
                .file
                .starts_with(&format!("gm{}/", table.municipality))
        });
        let rows: Vec<&Row> = catalogue.rows(table.unwrap()).collect();
        let one = rows.iter().find(|row| {
            let file = catalogue.file(row.place.file).unwrap();
            (&*file.path, row.place.line) == (planted.file.as_str(), planted.line)
        });
        let one = *one.unwrap();
        let target = |row: &Row| (row.key.law, row.target.unwrap().code);
        let mut others = rows.iter().filter(|row| {
            row.target.is_some() && row.place != one.place && target(row) == target(one)
        });
        let other = *others.next().unwrap();
        assert!(others.next().is_none(), "seed {seed}");
        let told = together(&catalogue, &compiled, &[one, other]);
        let told: Vec<_> = told
            .iter()
            .map(|told| (&*told.file, told.line, told.class))
            .collect();
        let meant = (planted.file.as_str(), planted.line, planted.class);
        assert_eq!(told, [meant], "seed {seed}");
        let third = rows.iter().find(|row| {
            row.target.is_some() && target(row) != target(one) && row.key.law == one.key.law
        });
        for row in [one, other] {
            let beside = [row, *third.unwrap()];
            assert_eq!(together(&catalogue, &compiled, &beside), [], "seed {seed}");
        }
    });
    planted.count()
}

#[test]
fn no_clean_table_is_accused_of_anything() {
    let base = base();
    for seed in 0..SEEDS {
        let made = Generator::new(&base, small(seed, false)).unwrap().all();
        are_those_planted(&told(&made), &[], seed);
    }
}

#[test]
fn every_planted_conflict_is_told_with_its_class_file_and_line_and_nothing_else_is() {
    let base = base();
    let mut in_messages = 0;
    for seed in 0..SEEDS {
        let made = Generator::new(&base, small(seed, true)).unwrap().all();
        are_those_planted(&told(&made), &made.planted, seed);
        in_messages += show_in_messages(&made, seed);
    }
    assert!(in_messages > 5, "{in_messages}");
}

/// 145,000 codes of 342 municipalities, with conflicts; those without are clean among them.
#[test]
fn at_the_scale_of_the_country_the_same_holds() {
    let plan = Plan {
        codes: 145_000,
        municipalities: 342,
        ..small(1, true)
    };
    let made = Generator::new(&real::tables(), plan).unwrap().all();
    let files: BTreeSet<_> = made.planted.iter().map(|planted| &planted.file).collect();
    assert!(files.len() > 150 && files.len() < 300, "{}", files.len());
    are_those_planted(&told(&made), &made.planted, plan.seed);
    assert!(show_in_messages(&made, plan.seed) > 20);
}
