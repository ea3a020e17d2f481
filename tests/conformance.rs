//! Conformance: every folder in `conformance/` is a test named by its path; beside them, our schemas are held against the
//! published ones, where those are at hand, and our verdicts against those of libxml2 (and of Xerces: tests/second-opinion/xerces).
//!
//! `cargo test --test conformance -- messages/ijw/JW301` runs some; `KNOOPPUNT_MUTANTS=100000` and `KNOOPPUNT_SEED=7` make
//! more mutants, or others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "all of this file is test code"
)]

#[path = "conformance/answers.rs"]
mod answers;
#[path = "conformance/cases.rs"]
mod cases;
#[path = "conformance/codelists.rs"]
mod codelists;
#[path = "conformance/compare.rs"]
mod compare;
#[path = "conformance/edits.rs"]
mod edits;
#[path = "conformance/exceptions.rs"]
mod exceptions;
#[path = "conformance/files.rs"]
mod files;
#[path = "conformance/mapping.rs"]
mod mapping;
#[path = "conformance/mutants.rs"]
mod mutants;
#[path = "conformance/namespaces.rs"]
mod namespaces;
#[path = "conformance/probes.rs"]
mod probes;
#[path = "conformance/random.rs"]
mod random;
#[path = "conformance/releases.rs"]
mod releases;
#[path = "conformance/scan.rs"]
mod scan;
#[path = "conformance/scenarios.rs"]
mod scenarios;
#[path = "conformance/surface.rs"]
mod surface;
#[path = "conformance/validators.rs"]
mod validators;
#[path = "conformance/values.rs"]
mod values;
#[path = "conformance/verdicts.rs"]
mod verdicts;
#[path = "conformance/wording.rs"]
mod wording;
#[path = "conformance/xmllint.rs"]
mod xmllint;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = Vec::new();
    trials.extend(cases::trials());
    trials.extend(answers::trials());
    trials.extend(codelists::trials());
    trials.extend(wording::trials());
    trials.extend(releases::trials());
    trials.extend(compare::trials());
    trials.extend(probes::trials());
    trials.extend(scenarios::trials());
    trials.extend(verdicts::trials());
    trials.extend(mapping::trials());
    libtest_mimic::run(&arguments, trials).exit();
}

/// A test that passes when `check` comes back; it fails by a panic that says why.
fn trial(name: impl Into<String>, check: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        check();
        Ok(())
    })
}

/// The releases of this repository, loaded once.
fn releases() -> &'static knooppunt_standard::Releases {
    static RELEASES: std::sync::OnceLock<knooppunt_standard::Releases> = std::sync::OnceLock::new();
    RELEASES.get_or_init(|| {
        knooppunt_standard::Releases::load(files::own_schemas()).expect("our own schemas load")
    })
}
