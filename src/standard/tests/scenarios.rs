//! Every scenario of `conformance/` as the library's own test: played by the code of `knooppunt scenario`, without building the
//! gateway, so that whoever changes a rule, or lets a tool change it, hears of it in seconds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    clippy::unused_self,
    reason = "the scenario module is the gateway's, whose library and commands use the rest of it"
)]

use std::fs;
use std::path::{Path, PathBuf};

use knooppunt_standard::Releases;

#[path = "../../gateway/fault.rs"]
mod fault;
#[path = "../../gateway/scenario/mod.rs"]
mod scenario;

/// A path below the root of this repository.
fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// All files below a folder, with their path from `root`.
fn below(root: &Path, folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for path in list(folder) {
        if path.is_dir() {
            below(root, &path, found);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            found.push((name, fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn every_scenario_comes_out_as_it_says() {
    let mut files = Vec::new();
    below(&own("schemas"), &own("schemas"), &mut files);
    let releases = Releases::load(files).unwrap();
    let rules = list(&own("conformance/rules"));
    let folders = rules
        .iter()
        .filter(|path| path.is_dir())
        .flat_map(|rule| list(rule))
        .chain(list(&own("conformance/flows")))
        .filter(|path| path.join("scenario.toml").exists());
    let mut played = 0;
    for folder in folders {
        let report = scenario::run(&folder, &releases).unwrap();
        assert!(
            report.differences.is_empty(),
            "{}: {}\n{}",
            folder.display(),
            report.title,
            report.differences.join("\n")
        );
        played += 1;
    }
    assert!(played >= 600, "only {played} scenarios");
}
