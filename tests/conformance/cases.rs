//! The cases of `conformance/messages`: each message gives exactly the findings that stand beside it.
//! Reads no schema itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use knooppunt_standard::Limits;
use libtest_mimic::Trial;
use serde::Deserialize;

use crate::{files, releases, trial};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    title: String,
    standard: String,
    message: String,
    refused_at: Option<String>,
    findings: Vec<Expected>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Expected {
    code: String,
    at: String,
    line: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    suite: Vec<Suite>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suite {
    folder: String,
    proves: String,
    cases: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownFailures {
    failures: Vec<KnownFailure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownFailure {
    case: String,
    reason: String,
}

/// One test a case of this folder; one of the known failures must fail.
pub(crate) fn each(folder: &str, run: fn(&Path) -> Result<(), String>) -> Vec<Trial> {
    let failing = known_failures();
    let folders = folders(folder).into_iter();
    let of_case = |folder: PathBuf| {
        let name = name_of(&folder);
        let known = failing.contains(&name);
        trial(name, move || {
            let outcome = run(&folder);
            assert_eq!(outcome.is_ok(), !known, "{}", outcome.unwrap_err());
        })
    };
    folders.map(of_case).collect()
}

/// One test a case, and those about the collection itself.
pub(crate) fn trials() -> Vec<Trial> {
    let failing = known_failures();
    let mut trials = Vec::new();
    for folder in folders("messages") {
        let name = name_of(&folder);
        let known = failing.contains(&name);
        trials.push(trial(name, move || run(&folder, known)));
    }
    trials.push(trial("the_manifest_counts_every_case", || {
        let manifest: Manifest = read(&files::own("conformance/manifest.toml"));
        for suite in &manifest.suite {
            assert!(!suite.proves.is_empty());
            assert_eq!(
                folders(&suite.folder).len(),
                suite.cases,
                "cases in {}",
                suite.folder
            );
        }
    }));
    trials.push(trial(
        "every_kind_has_messages_that_are_taken_and_messages_that_are_not",
        || {
            for (standard, prefix) in files::STANDARDS {
                for number in files::KINDS {
                    let cases = folders(&format!("messages/{standard}/{prefix}{number}"));
                    let taken = cases
                        .iter()
                        .filter(|folder| case(folder).findings.is_empty())
                        .count();
                    assert!(
                        taken >= 2 && cases.len() - taken >= 4,
                        "{prefix}{number}: {taken} of {} taken",
                        cases.len()
                    );
                }
            }
        },
    ));
    trials
}

fn run(folder: &Path, known_to_fail: bool) {
    let case = case(folder);
    let kind = folder
        .parent()
        .and_then(Path::file_name)
        .expect("a kind above the case")
        .to_string_lossy()
        .into_owned();
    let body = files::read(&folder.join(&case.message));
    let checked = releases().check(&body, &Limits::default());
    let found: Vec<Expected> = checked
        .findings
        .list
        .iter()
        .map(|finding| Expected {
            code: finding.code.to_owned(),
            at: finding.path.clone(),
            line: finding.line,
        })
        .collect();
    let holds = found == case.findings && checked.findings.more == 0;
    assert_eq!(
        holds, !known_to_fail,
        "{}\nexpected {:#?}\nfound {found:#?}",
        case.title, case.findings
    );
    assert_eq!(
        case.refused_at.as_deref(),
        (!case.findings.is_empty()).then_some("schema"),
        "refused_at"
    );
    if let Some(found) = &checked.kind {
        assert_eq!(
            format!("{}/{}", found.law.standard(), found.release),
            case.standard
        );
        assert_eq!(found.name(), kind);
    } else {
        assert!(!case.findings.is_empty(), "taken without a kind");
    }
    for finding in &checked.findings.list {
        assert!(!finding.text().is_empty(), "a finding without text");
    }
}

fn case(folder: &Path) -> Case {
    read(&folder.join("case.toml"))
}

pub(crate) fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> T {
    toml::from_str(&files::text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every folder with a case or a scenario below `conformance/<path>`.
pub(crate) fn folders(path: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in files::list(&files::own("conformance").join(path)) {
        if entry.join("case.toml").exists() || entry.join("scenario.toml").exists() {
            found.push(entry);
        } else if entry.is_dir() {
            found.extend(folders(&name_of(&entry)));
        }
    }
    found
}

/// Its path below `conformance/`.
pub(crate) fn name_of(folder: &Path) -> String {
    let path = folder
        .strip_prefix(files::own("conformance"))
        .expect("below conformance");
    path.to_string_lossy().replace('\\', "/")
}

pub(crate) fn known_failures() -> BTreeSet<String> {
    let known: KnownFailures = read(&files::own("conformance/expected-failures.toml"));
    for failure in &known.failures {
        assert!(!failure.reason.is_empty(), "{} has no reason", failure.case);
        assert!(
            files::own("conformance").join(&failure.case).exists(),
            "{} is not a case",
            failure.case
        );
    }
    known
        .failures
        .into_iter()
        .map(|failure| failure.case)
        .collect()
}
