//! Every Dutch term in the names of our code stands in the README's glossary, and nothing else does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Words of the published element names that are English as well, or too plain to explain.
const ENGLISH: &[&str] = &[
    "budget", "client", "code", "codes", "contact", "element", "finding", "header", "land",
    "product", "relatie", "start", "status", "stop", "type", "volume", "xsd",
];

/// Dutch words that we took from the standards' texts and not from an element name.
const FROM_TEXTS: &[&str] = &[
    "berichtsoort",
    "besluiten",
    "catalogus",
    "codelijst",
    "gezond",
    "partij",
    "postvak",
    "inzagen",
    "cijfers",
    "uitvoer",
    "proef",
    "ontvangstbewijs",
    "inhoud",
    "sleutels",
    "functie",
    "melding",
    "meldingen",
    "rol",
    "stuurgegevens",
    "weigeringen",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found
}

/// `ToewijzingNummer`, `toewijzing_nummer` -> toewijzing, nummer.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if c.is_uppercase() || c == '_' {
            words.push(String::new());
        }
        if c.is_alphabetic() {
            words.last_mut().unwrap().extend(c.to_lowercase());
        }
    }
    words.retain(|word| word.len() > 2);
    words
}

/// The words of all element names in our schemas, less those that are English too.
fn dutch() -> BTreeSet<String> {
    let mut dutch: BTreeSet<String> = FROM_TEXTS.iter().map(|word| (*word).to_owned()).collect();
    for file in files(&root().join("schemas"), "xsd") {
        let text = fs::read_to_string(file).unwrap();
        for after in text.split("element name=\"").skip(1) {
            dutch.extend(words(after.split('"').next().unwrap()));
        }
    }
    for word in ENGLISH {
        dutch.remove(*word);
    }
    dutch
}

/// The words of all names in the program text; comments, texts and tests do not count.
fn in_code() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files(&root().join("src"), "rs") {
        if file.components().any(|part| part.as_os_str() == "tests") || file.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(file).unwrap();
        let code = without_texts(text.split("#[cfg(test)]").next().unwrap());
        for name in code.split(|c: char| !c.is_alphanumeric() && c != '_') {
            found.extend(words(name));
        }
    }
    found
}

/// Program text without comments and without what stands between quotes.
fn without_texts(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("r#\"") {
            rest.find("\"#").unwrap() + 2
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\\"'") {
            4
        } else if c == '"' {
            let mut escaped = false;
            let end = rest.char_indices().skip(1).find(|(_, c)| {
                let end = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                end
            });
            end.unwrap().0 + 1
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[skipped..];
    }
    code
}

/// The terms in the first column of the glossary.
fn glossary() -> BTreeSet<String> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let table = readme
        .split("\n## Glossary")
        .nth(1)
        .expect("the README has a glossary");
    table
        .split("\n## ")
        .next()
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|row| row.split('|').next())
        .flat_map(|term| {
            term.split([',', ' '])
                .map(|term| term.trim().to_lowercase())
                .collect::<Vec<_>>()
        })
        .filter(|term| !term.is_empty() && term != "term" && !term.starts_with("--"))
        .collect()
}

#[test]
fn every_dutch_term_in_code_has_a_row_in_the_glossary() {
    let (dutch, glossary) = (dutch(), glossary());
    let absent: Vec<_> = in_code()
        .into_iter()
        .filter(|word| dutch.contains(word) && !glossary.contains(word))
        .collect();
    assert!(absent.is_empty(), "not in the glossary: {absent:?}");
}

#[test]
fn every_row_of_the_glossary_is_a_term_in_code() {
    let code = in_code();
    let unused: Vec<_> = glossary()
        .into_iter()
        .filter(|term| !code.contains(term))
        .collect();
    assert!(unused.is_empty(), "nowhere in the code: {unused:?}");
}

#[test]
fn texts_and_comments_are_no_code() {
    let text =
        "let a = \"bericht \\\" x\"; // bericht\nlet b = '\"'; let c = r#\"bericht \"bericht\"#;";
    assert!(!without_texts(text).contains("bericht"));
    assert!(without_texts(text).contains("let c"));
}

#[test]
fn a_name_falls_apart_into_its_words() {
    assert_eq!(words("ToewijzingNummer"), ["toewijzing", "nummer"]);
    assert_eq!(words("read_afzender"), ["read", "afzender"]);
}
