//! The rules that are built, held against the published lists, and level 2 held against the published example messages.
//! The lists are no part of this repository: without them these tests say so and compare nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::PathBuf;

use knooppunt_standard::rules::{self, Rule};
use knooppunt_standard::{Bericht, Finding, Law, assess};

use crate::support::{RELEASES, check, root};

/// A path below the published files: in the folder that `KNOOPPUNT_SHARED` names, else in `../shared`.
fn published(path: &str) -> Option<PathBuf> {
    let named = env::var_os("KNOOPPUNT_SHARED");
    let is_named = named.is_some();
    let folder = named.unwrap_or_else(|| "../shared".into());
    let standards = root().join(folder).join("standards");
    assert!(
        !is_named || standards.is_dir(),
        "KNOOPPUNT_SHARED is set, but {} is no folder",
        standards.display()
    );
    let found = Some(standards.join(path)).filter(|path| path.exists());
    if found.is_none() {
        println!("{path} is not here: nothing is compared");
    }
    found
}

/// The rows of a table with tabs, by the names of its first line.
fn table(path: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let text = fs::read_to_string(published(path)?).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let row = |line: &str| {
        let cells = line.split('\t').map(str::to_owned);
        names
            .iter()
            .map(|name| (*name).to_owned())
            .zip(cells)
            .collect()
    };
    Some(lines.map(row).collect())
}

/// What a published list says of a rule, and what is built.
#[derive(Debug, PartialEq, Eq)]
struct Listed {
    level: u8,
    code: String,
    laws: BTreeSet<String>,
    berichten: BTreeSet<u16>,
}

impl Listed {
    fn of(rule: &Rule) -> Self {
        Self {
            level: rule.level.number(),
            code: rule.code.to_owned(),
            laws: rule
                .laws
                .iter()
                .map(|law| law.standard().to_owned())
                .collect(),
            berichten: rule.berichten.iter().map(|soort| soort.number()).collect(),
        }
    }
}

/// `both (texts differ)`, `ijw`.
fn laws(cell: &str) -> BTreeSet<String> {
    let all = [Law::Jw, Law::Wmo].map(|law| law.standard().to_owned());
    let is_meant = |law: &String| cell.starts_with("both") || cell == law.as_str();
    all.into_iter().filter(is_meant).collect()
}

fn numbers(cell: &str) -> BTreeSet<u16> {
    cell.split(',')
        .map(|number| number.parse().unwrap())
        .collect()
}

/// Published rules that are not built, each with the reason.
fn not_built() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("conformance/rules-not-built.toml")).unwrap();
    let file: toml::Table = text.parse().unwrap();
    let list = file["rules"].as_array().unwrap();
    list.iter()
        .map(|entry| {
            assert!(!entry["reason"].as_str().unwrap().is_empty());
            entry["id"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn every_published_technical_rule_is_built_as_published() {
    let Some(rows) = table("rules/technical-rules.tsv") else {
        return;
    };
    let not_built = not_built();
    let mut missing = Vec::new();
    for row in &rows {
        let id = row["id"].as_str();
        let Some(rule) = rules::find(id) else {
            if !not_built.contains(id) {
                missing.push(id);
            }
            continue;
        };
        assert!(
            !not_built.contains(id),
            "{id} is built: take it off the list"
        );
        let expected = Listed {
            level: match row["level"].as_str() {
                "message-content" => 2,
                "cross-message" => 3,
                "external-source" => 4,
                other => panic!("{id}: {other}"),
            },
            code: row["return_code"].replace("n.v.t.", ""),
            laws: laws(&row["standard"]),
            berichten: numbers(&row["messages"]),
        };
        assert_eq!(Listed::of(rule), expected, "{id}");
    }
    assert!(
        missing.is_empty(),
        "not built, and not in rules-not-built.toml: {missing:?}"
    );
    let published: BTreeSet<&str> = rows.iter().map(|row| row["id"].as_str()).collect();
    for rule in rules::all().filter(|rule| rule.id.starts_with("TR")) {
        assert!(
            published.contains(rule.id),
            "{} is published nowhere",
            rule.id
        );
    }
}

#[test]
fn every_published_condition_on_content_is_built_as_published() {
    let Some(rows) = table("rules/conditions.tsv") else {
        return;
    };
    let rows: Vec<_> = rows
        .iter()
        .filter(|row| row["checkable_by"] == "message-content")
        .collect();
    assert_eq!(rows.len(), 78);
    let mut by_id: BTreeMap<&str, (Listed, BTreeSet<&str>)> = BTreeMap::new();
    for row in rows {
        let entry = by_id.entry(&row["id"]).or_insert_with(|| {
            let listed = Listed {
                level: 2,
                code: row["return_code"].clone(),
                laws: laws(&row["standard"]),
                berichten: BTreeSet::new(),
            };
            (listed, BTreeSet::new())
        });
        entry.0.berichten.extend(numbers(&row["message"]));
        entry.1.extend(row["element_path"].split('|'));
    }
    let mut built: BTreeSet<&str> = rules::all()
        .map(|rule| rule.id)
        .filter(|id| id.starts_with('C'))
        .collect();
    for (id, (listed, places)) in by_id {
        let rule = rules::find(id).unwrap_or_else(|| panic!("{id} is not built"));
        assert_eq!(Listed::of(rule), listed, "{id}");
        assert_eq!(rule.at.split('|').collect::<BTreeSet<_>>(), places, "{id}");
        built.remove(id);
    }
    assert!(built.is_empty(), "published nowhere: {built:?}");
}

/// Rule and path of what a valid message breaks at level 2; `None` when it is not valid at level 1.
fn broken(body: &[u8]) -> Option<Vec<Finding>> {
    let checked = check(body);
    let bericht = Bericht::read(&checked)?;
    let assessment = assess::message(&bericht);
    Some(RELEASES.findings(&checked, &assessment.breaches).list)
}

/// What the published examples break, worked out by hand from the published rules; beside these, nothing.
const EXAMPLES: &[(&str, &str)] = &[
    // A new product that ends in 2024 and begins in 2026.
    (
        "ijw/3.2/JW317.xml",
        "CS003 /Bericht/Client/Verzoek/NieuweProducten/NieuwProduct[1]/Einddatum",
    ),
    // Two lines of one client under one reference.
    (
        "ijw/3.2/JW323.xml",
        "TR101 /Bericht/Declaratie/Clienten/Client[2]/Prestaties/Prestatie[3]",
    ),
    // A new product from Dagtekening itself.
    (
        "iwmo/3.2/WMO317.xml",
        "TR380 /Bericht/Client/Verzoek/NieuweProducten/NieuwProduct[1]/GewensteIngangsdatum",
    ),
];

#[test]
fn the_published_examples_break_what_was_worked_out_by_hand() {
    let Some(folder) = published("messages") else {
        return;
    };
    let (mut judged, mut found) = (0, BTreeSet::new());
    for standard in ["ijw/3.2", "iwmo/3.2"] {
        for entry in fs::read_dir(folder.join(standard)).unwrap() {
            let file = entry.unwrap().path();
            let name = format!("{standard}/{}", file.file_name().unwrap().to_str().unwrap());
            let body = fs::read(&file).unwrap();
            for finding in broken(&body).into_iter().flatten() {
                found.insert((name.clone(), format!("{} {}", finding.rule, finding.path)));
            }
            judged += usize::from(check(&body).findings.is_empty());
        }
    }
    assert_eq!(
        judged, 19,
        "21 examples, of which two are not valid at level 1"
    );
    let expected = EXAMPLES
        .iter()
        .map(|(name, told)| ((*name).to_owned(), (*told).to_owned()));
    assert_eq!(found, expected.collect());
}

#[test]
fn what_others_saw_in_the_examples_is_seen_here() {
    let Some(rows) = table("messages/verdicts.tsv") else {
        return;
    };
    let folder = published("").unwrap();
    let mut seen = 0;
    for row in rows.iter().filter(|row| row["path"].contains("/3.2/")) {
        let body = fs::read(folder.join(&row["path"])).unwrap();
        let Some(findings) = broken(&body) else {
            continue;
        };
        let soort = check(&body).kind.unwrap().soort;
        let named = row.get("beyond_xsd").map_or("", String::as_str);
        for id in named
            .split("; ")
            .filter_map(|said| Some(said.split_once(':')?.0))
        {
            // Rules of other levels, and rules that do not judge this kind (a retour repeats what it answers).
            let judged = rules::find(id)
                .filter(|rule| rule.level.number() == 2 && rule.berichten.contains(&soort));
            if judged.is_some() {
                assert!(
                    findings.iter().any(|finding| finding.rule == id),
                    "{}: {id}",
                    row["path"]
                );
                seen += 1;
            }
        }
    }
    assert_eq!(
        seen, 1,
        "CS003 of JW317; TR383 is seen in a retour, the others are of other levels"
    );
}

#[test]
fn a_plain_message_of_every_kind_keeps_every_rule_of_level_2() {
    let folder = root().join("conformance/messages");
    let mut kinds = 0;
    for standard in ["ijw", "iwmo"] {
        for entry in fs::read_dir(folder.join(standard)).unwrap() {
            let message = entry.unwrap().path().join("plain/message.xml");
            let findings = broken(&fs::read(&message).unwrap()).unwrap();
            assert_eq!(findings, [], "{}", message.display());
            kinds += 1;
        }
    }
    assert_eq!(kinds, 28);
}
