//! What comes from others: its reason, its licence and its source.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Licences whose terms can be met together with the EUPL-1.2 without asking anyone. An expression of a package holds when one of
/// its alternatives is made of these only.
const TAKEN: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BlueOak-1.0.0",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "EUPL-1.2",
    "ISC",
    "MIT",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

fn manifest(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Whether the licence expression can be met with the licences in [`TAKEN`].
fn can_be_met(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    // An AND of groups in parentheses, each of them alternatives; alternatives of plain licences otherwise.
    let alternatives = |text: &str| {
        text.trim_matches(|c| c == '(' || c == ')' || c == ' ')
            .split(" OR ")
            .any(|one| {
                one.split(" AND ")
                    .all(|licence| TAKEN.contains(&licence.trim_matches(|c| "() ".contains(c))))
            })
    };
    if expression.contains('(') {
        expression.split(" AND ").all(alternatives)
    } else {
        alternatives(&expression)
    }
}

#[test]
fn every_dependency_has_a_licence_that_can_be_met() {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let rustc = String::from_utf8(rustc.stdout).unwrap();
    let host = rustc
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            host,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    for package in packages {
        let (name, licence) = (&package["name"], package["license"].as_str());
        assert!(licence.is_some_and(can_be_met), "{name}: {licence:?}");
    }
}

#[test]
fn every_dependency_comes_from_the_public_registry() {
    for line in manifest("Cargo.lock")
        .lines()
        .filter(|line| line.starts_with("source = "))
    {
        assert_eq!(
            line,
            "source = \"registry+https://github.com/rust-lang/crates.io-index\""
        );
    }
}

#[test]
fn every_dependency_says_why_it_is_here() {
    for path in ["Cargo.toml", "src/standard/Cargo.toml"] {
        let text = manifest(path);
        let mut reason = "";
        for line in text
            .lines()
            .skip_while(|line| *line != "[dependencies]")
            .skip(1)
        {
            if line.starts_with('[') {
                break;
            }
            match line.trim() {
                "" => reason = "",
                line if line.starts_with('#') => reason = line,
                line if line.contains("path = ") => {}
                line => assert!(reason.len() > 10, "{path}: {line} gives no reason"),
            }
        }
    }
}

#[test]
fn an_alternative_suffices_and_an_and_does_not() {
    assert!(can_be_met("GPL-3.0 OR MIT"));
    assert!(can_be_met("MIT/Apache-2.0"));
    assert!(can_be_met("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!can_be_met("GPL-3.0"));
    assert!(!can_be_met("MIT AND GPL-3.0"));
    assert!(!can_be_met("(MIT OR Apache-2.0) AND GPL-3.0"));
}
