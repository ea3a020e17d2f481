//! Every command that the README names is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The pieces of the README in which commands stand: between single quotes of code, and lines of blocks of code.
fn commands(readme: &str) -> Vec<&str> {
    let blocks = readme.split("```").skip(1).step_by(2).flat_map(str::lines);
    let outside = readme.split("```").step_by(2);
    let inline = outside.flat_map(|text| text.split('`').skip(1).step_by(2));
    blocks.chain(inline).map(str::trim).collect()
}

fn source_text(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_text(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_command_of_ours_that_it_names_is_there() {
    let readme = readme();
    let mut named = BTreeSet::new();
    for command in commands(&readme) {
        let mut words = command.split_whitespace();
        if words.next() != Some("knooppunt") {
            continue;
        }
        let is_word = |word: &&str| {
            word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
        };
        let words: Vec<_> = words.take_while(is_word).collect();
        let inner = [
            "store",
            "pki",
            "crl",
            "receipt",
            "config",
            "verdict",
            "ledger",
            "catalogue",
            "audit",
        ];
        let depth = if words.first().is_some_and(|first| inner.contains(first)) {
            2
        } else {
            1
        };
        named.insert(words.into_iter().take(depth).collect::<Vec<_>>());
    }
    assert!(named.len() > 12, "{named:?}");
    for words in named {
        let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
            .args(&words)
            .arg("--help")
            .output()
            .unwrap();
        assert!(output.status.success(), "knooppunt {}", words.join(" "));
    }
}

#[test]
fn every_test_that_it_names_is_there() {
    let readme = readme();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut spec, mut lib) = (String::new(), String::new());
    source_text(&root.join("tests/spec"), &mut spec);
    source_text(&root.join("src/gateway"), &mut lib);
    let mods = fs::read_to_string(root.join("tests/spec.rs")).unwrap();
    let mut named = 0;
    for command in commands(&readme) {
        for (start, text) in [
            ("cargo test --test spec ", format!("{spec}{mods}")),
            ("cargo test --lib ", lib.clone()),
        ] {
            let Some(filter) = command.strip_prefix(start) else {
                continue;
            };
            named += 1;
            let is_there = text.lines().any(|line| {
                let line = line.trim_start();
                (line.starts_with("fn ")
                    || line.starts_with("async fn ")
                    || line.starts_with("mod "))
                    && line.contains(filter)
            });
            assert!(is_there, "no test {filter}");
        }
    }
    assert!(named > 8, "{named}");
}
