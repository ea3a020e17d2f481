//! Which module of the gateway may use which: the table below against the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Module, and the modules it uses. Leaves first; nothing uses what stands below it, but for [`LOOP`].
const TABLE: &[(&str, &[&str])] = &[
    ("setting", &[]),
    ("clock", &[]),
    ("fault", &[]),
    ("schemas", &["fault", "setting"]),
    ("scenario", &["fault"]),
    ("xml", &["setting"]),
    ("client", &["fault"]),
    ("product", &[]),
    ("tables", &["fault"]),
    ("turns", &[]),
    ("budget", &["setting", "turns"]),
    ("telemetry", &["setting"]),
    ("lanes", &["fault", "setting", "turns"]),
    ("health", &["clock", "setting"]),
    ("store", &["fault"]),
    ("reference", &["fault", "setting"]),
    ("register", &["clock", "fault", "setting", "transport"]),
    (
        "transport",
        &["clock", "fault", "register", "setting", "turns"],
    ),
    ("pki", &["fault", "register", "transport"]),
    ("log", &["clock", "fault", "setting", "store", "transport"]),
    ("ledger", &["clock", "fault", "register", "store"]),
    ("envelope", &["ledger", "register", "setting"]),
    (
        "translation",
        &[
            "fault", "ledger", "product", "register", "setting", "tables",
        ],
    ),
    ("retention", &["clock", "ledger", "setting", "store"]),
    ("scrub", &["clock", "setting", "store"]),
    ("receipt", &["fault", "ledger"]),
    ("route", &["clock", "ledger", "register"]),
    (
        "terms",
        &["clock", "ledger", "register", "route", "setting"],
    ),
    (
        "grounds",
        &[
            "fault",
            "ledger",
            "reference",
            "register",
            "schemas",
            "store",
            "translation",
        ],
    ),
    (
        "intake",
        &[
            "clock",
            "envelope",
            "fault",
            "grounds",
            "lanes",
            "ledger",
            "reference",
            "register",
            "route",
            "translation",
        ],
    ),
    (
        "import",
        &["clock", "fault", "grounds", "ledger", "register"],
    ),
    (
        "verdict",
        &["clock", "fault", "grounds", "intake", "ledger", "store"],
    ),
    (
        "mailbox",
        &[
            "envelope", "fault", "ledger", "receipt", "register", "route", "terms",
        ],
    ),
    (
        "figures",
        &[
            "clock", "fault", "ledger", "register", "setting", "store", "terms",
        ],
    ),
    (
        "audit",
        &[
            "fault", "figures", "ledger", "log", "mailbox", "receipt", "register", "route",
            "store", "terms",
        ],
    ),
    (
        "decisions",
        &["intake", "ledger", "mailbox", "register", "route"],
    ),
    (
        "deliver",
        &[
            "clock",
            "envelope",
            "fault",
            "intake",
            "ledger",
            "register",
            "setting",
            "transport",
        ],
    ),
    (
        "api",
        &[
            "audit",
            "budget",
            "clock",
            "decisions",
            "deliver",
            "envelope",
            "fault",
            "figures",
            "health",
            "intake",
            "ledger",
            "log",
            "mailbox",
            "receipt",
            "register",
            "retention",
            "route",
            "scrub",
            "setting",
            "terms",
            "translation",
            "transport",
        ],
    ),
    (
        "vsp",
        &[
            "api", "envelope", "intake", "lanes", "ledger", "mailbox", "register", "route",
            "setting",
        ],
    ),
    (
        "ggk",
        &[
            "api", "envelope", "fault", "intake", "ledger", "register", "route", "setting",
        ],
    ),
    (
        "config",
        &[
            "api",
            "budget",
            "deliver",
            "envelope",
            "fault",
            "figures",
            "ggk",
            "health",
            "lanes",
            "log",
            "reference",
            "register",
            "retention",
            "schemas",
            "scrub",
            "setting",
            "store",
            "telemetry",
            "terms",
            "translation",
            "transport",
            "vsp",
            "xml",
        ],
    ),
    (
        "serve",
        &[
            "api",
            "audit",
            "budget",
            "clock",
            "config",
            "decisions",
            "deliver",
            "fault",
            "figures",
            "ggk",
            "grounds",
            "health",
            "intake",
            "lanes",
            "ledger",
            "log",
            "mailbox",
            "receipt",
            "reference",
            "register",
            "retention",
            "schemas",
            "scrub",
            "store",
            "terms",
            "translation",
            "transport",
            "vsp",
        ],
    ),
    (
        "cli",
        &[
            "api",
            "audit",
            "client",
            "clock",
            "config",
            "deliver",
            "envelope",
            "figures",
            "grounds",
            "import",
            "ledger",
            "log",
            "pki",
            "receipt",
            "register",
            "scenario",
            "schemas",
            "scrub",
            "serve",
            "store",
            "tables",
            "telemetry",
            "transport",
            "verdict",
        ],
    ),
];

/// The one loop: the register says whose a certificate is, so it takes what transport has read of one, and nothing else of it.
const LOOP: (&str, &str, &str) = ("register", "transport", "crate::transport::peer::Peer");

fn gateway() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gateway")
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue; // whether tests stand in a file, a folder or below the code, they do not count
        }
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The modules that the program text of a file names as `crate::module`; comments and tests do not count.
fn used_by(text: &str) -> BTreeSet<String> {
    let code = text
        .split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut used = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let names = match after.strip_prefix('{') {
            Some(list) => list
                .split('}')
                .next()
                .unwrap_or_default()
                .split(',')
                .collect(),
            None => vec![after],
        };
        for name in names {
            let word: String = name
                .trim_start()
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            match word.as_str() {
                "" | "self" => {}
                "settings" => drop(used.insert("setting".to_owned())), // the macro of that module
                _ => drop(used.insert(word)),
            }
        }
    }
    used
}

/// Every module of the gateway with what it really uses.
fn real() -> BTreeMap<String, BTreeSet<String>> {
    let mut real: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in source_files(&gateway()) {
        let inside = file.strip_prefix(gateway()).unwrap();
        let module = inside
            .iter()
            .next()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        if matches!(module.as_str(), "lib" | "main" | "build") {
            continue;
        }
        let mut used = used_by(&fs::read_to_string(&file).unwrap());
        used.remove(&module);
        real.entry(module).or_default().extend(used);
    }
    real
}

#[test]
fn every_module_uses_what_the_table_says_and_nothing_else() {
    let table: BTreeMap<String, BTreeSet<String>> = TABLE
        .iter()
        .map(|(module, uses)| {
            (
                (*module).to_owned(),
                uses.iter().map(|used| (*used).to_owned()).collect(),
            )
        })
        .collect();
    assert_eq!(real(), table, "left: the code; right: the table");
}

#[test]
fn nothing_uses_what_stands_below_it() {
    for (row, (module, uses)) in TABLE.iter().enumerate() {
        for used in *uses {
            let place = TABLE.iter().position(|(other, _)| other == used);
            let above = place.is_some_and(|place| place < row);
            assert!(
                above || (*module, *used) == (LOOP.0, LOOP.1),
                "{module} uses {used}, which stands below it"
            );
        }
    }
}

#[test]
fn the_loop_is_one_type_wide() {
    for file in source_files(&gateway().join(LOOP.0)) {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let named = code.matches(&format!("crate::{}", LOOP.1)).count();
        assert_eq!(named, code.matches(LOOP.2).count(), "{}", file.display());
    }
}

#[test]
fn an_import_is_seen_however_it_is_written_and_not_in_comments_or_tests() {
    let text = "use crate::store::{Journal};\nuse crate::{clock, fault::Fault};\ncrate::settings! {}\n// crate::api\n#[cfg(test)]\nuse crate::cli;";
    let used: Vec<_> = used_by(text).into_iter().collect();
    assert_eq!(used, ["clock", "fault", "setting", "store"]);
}
