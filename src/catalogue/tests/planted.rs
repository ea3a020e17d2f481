//! What is wrong with made-up tables is what was planted, and is told where it was.

use std::collections::BTreeSet;

use super::generated::base;
use super::real;
use crate::generate::{Generator, Made, Plan, Planted, Regions};
use crate::lint::lint;
use crate::{Catalogue, Finding};

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
    let mut meant: Vec<_> = planted
        .iter()
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
    for seed in 0..SEEDS {
        let made = Generator::new(&base, small(seed, true)).unwrap().all();
        are_those_planted(&told(&made), &made.planted, seed);
    }
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
}
