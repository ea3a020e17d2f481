//! The scenarios of `conformance/rules`: each holds as `knooppunt scenario` plays it; all worked cases are among them, as their
//! table has them; and every rule has, for each law under which it is, one that obeys it and one that breaks it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use knooppunt::scenario::{self, Expected, Scenario};
use knooppunt_standard::Law;
use knooppunt_standard::rules;
use libtest_mimic::Trial;

use crate::{cases, files, releases, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let failing = cases::known_failures();
    let mut trials = Vec::new();
    let flows = files::list(&files::own("conformance/flows"));
    for folder in folders().into_iter().chain(flows) {
        let name = cases::name_of(&folder);
        let known = failing.contains(&name);
        trials.push(trial(name, move || holds(&folder, known)));
    }
    trials.push(trial(
        "rules/every_worked_case_is_played_as_its_table_says",
        worked_cases,
    ));
    trials.push(trial(
        "rules/every_rule_is_obeyed_and_broken_under_each_law",
        both_ways,
    ));
    trials.push(trial(
        "rules/what_is_wrong_in_a_scenario_is_told",
        wrong_scenarios_are_told,
    ));
    trials.push(trial(
        "flows/what_is_wrong_about_what_waits_is_told",
        wrong_waiting_is_told,
    ));
    let name = "rules/the_table_of_worked_cases_says_what_the_published_one_says";
    let shared = files::published("rules/cases.md");
    let is_absent = shared.is_none();
    trials.push(
        trial(name, move || {
            if let Some(shared) = &shared {
                as_published(&files::text(shared));
            }
        })
        .with_ignored_flag(is_absent),
    );
    trials
}

fn folders() -> Vec<PathBuf> {
    let rules = files::list(&files::own("conformance/rules"));
    let within = rules.iter().flat_map(|rule| files::list(rule));
    within.filter(|path| path.is_dir()).collect()
}

fn holds(folder: &Path, known_to_fail: bool) {
    let report = scenario::run(folder, releases()).expect("a scenario that can be read");
    assert_eq!(
        report.differences.is_empty(),
        !known_to_fail,
        "{}\n{}",
        report.title,
        report.differences.join("\n")
    );
}

/// A scenario of ours, with the folder it stands in.
struct Own {
    name: String,
    scenario: Scenario,
}

impl Own {
    /// What is expected of the last message: it is what the scenario is about.
    fn last(&self) -> &Expected {
        &self.scenario.step.last().expect("a message").expect
    }

    fn law(&self) -> Law {
        if self.scenario.standard.starts_with("iwmo") {
            Law::Wmo
        } else {
            Law::Jw
        }
    }

    /// The rules that its last message breaks.
    fn broken(&self) -> BTreeSet<&str> {
        let last = self.last();
        let reported = last.reports.iter().flatten();
        last.rules
            .iter()
            .chain(reported)
            .map(String::as_str)
            .collect()
    }

    /// Codes of the answer that say more than "fine" or "not judged", each with the class that has them.
    fn codes(&self) -> BTreeSet<(String, String)> {
        let last = self.last();
        let class = |path: &str| {
            let class = path.rsplit('/').next().unwrap_or_default();
            class.split('[').next().unwrap_or_default().to_owned()
        };
        let header = last
            .header
            .iter()
            .map(|code| ("Header".to_owned(), code.clone()));
        let classes = last.classes.iter();
        let below = classes.flat_map(|(path, codes)| {
            let class = class(path);
            codes.iter().map(move |code| (class.clone(), code.clone()))
        });
        header
            .chain(below)
            .filter(|(_, code)| code != "0200")
            .collect()
    }
}

fn own() -> Vec<Own> {
    let read = |folder: &PathBuf| Own {
        name: cases::name_of(folder),
        scenario: Scenario::read(&folder.join("scenario.toml")).expect("a scenario"),
    };
    folders().iter().map(read).collect()
}

/// A row of `conformance/rules/cases.tsv`.
struct Row {
    number: u16,
    /// Ids, each with `A`, `R` or nothing.
    rules: Vec<(String, String)>,
    expected: String,
}

fn table() -> Vec<Row> {
    let text = files::text(&files::own("conformance/rules/cases.tsv"));
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [number, rules, expected] = cells.as_slice() else {
            panic!("{line}")
        };
        let rule = |word: &str| {
            let (id, letter) = word.split_once(':').unwrap_or((word, ""));
            (id.to_owned(), letter.to_owned())
        };
        Row {
            number: number.parse().expect("a number"),
            rules: rules.split(' ').map(rule).collect(),
            expected: (*expected).to_owned(),
        }
    })
    .collect()
}

fn worked_cases() {
    let table = table();
    let numbers: Vec<u16> = table.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=142).collect::<Vec<u16>>());
    let own = own();
    for row in &table {
        let number = row.number;
        let played: Vec<&Own> = own
            .iter()
            .filter(|own| own.scenario.cases.contains(&number))
            .collect();
        assert!(!played.is_empty(), "case {number} is not played");
        for own in played {
            let last = own.last();
            let name = &own.name;
            for (id, letter) in &row.rules {
                assert!(own.scenario.shows.contains(id), "{name} does not show {id}");
                let broken = own.broken().contains(id.as_str());
                let advised = last.advice.iter().flatten().any(|advice| advice == id);
                match letter.as_str() {
                    "A" => assert!(!broken, "{name} breaks {id}"),
                    "R" => assert!(broken || advised, "{name} does not break {id}"),
                    _ => {}
                }
            }
            let words: Vec<&str> = row.expected.split(' ').collect();
            match words.as_slice() {
                ["accept"] => assert!(last.accepted, "{name}"),
                ["accept", cents, direction] => {
                    assert!(last.accepted, "{name}");
                    assert_eq!(
                        last.granted.as_deref(),
                        Some(format!("{cents} {direction}").as_str())
                    );
                }
                ["book"] => assert_eq!(last.booked, Some(true), "{name}"),
                ["report", id] => {
                    assert_eq!(last.booked, Some(false), "{name}");
                    assert_eq!(own.broken(), BTreeSet::from([*id]), "{name}");
                }
                _ => assert_eq!(own.codes(), expected_codes(&row.expected), "{name}"),
            }
        }
    }
}

/// `Client 8187, Prestatie 0233` as pairs of class and code.
fn expected_codes(expected: &str) -> BTreeSet<(String, String)> {
    let classes = expected.split(", ");
    let pairs = classes.flat_map(|part| {
        let (class, codes) = part.split_once(' ').expect("a class and its codes");
        codes
            .split(' ')
            .map(|code| (class.to_owned(), code.to_owned()))
    });
    pairs.collect()
}

/// Rules that no message can obey or break in a scenario, with the reason.
const LEFT_OUT: [(&str, &str); 0] = [];

fn both_ways() {
    let own = own();
    let mut missing = Vec::new();
    let ids: BTreeSet<&str> = rules::all().map(|rule| rule.id).collect();
    for id in ids
        .iter()
        .filter(|id| id.starts_with("TR") || id.starts_with('C'))
    {
        if LEFT_OUT.iter().any(|(left, _)| left == id) {
            continue;
        }
        for law in [Law::Jw, Law::Wmo] {
            if !rules::all().any(|rule| rule.id == *id && rule.laws.contains(&law)) {
                continue;
            }
            let mut shown = own
                .iter()
                .filter(|own| own.law() == law && own.scenario.shows.contains(*id))
                .map(|own| own.broken().contains(id));
            let all: BTreeSet<bool> = shown.by_ref().collect();
            for (is_broken, word) in [(false, "obeys"), (true, "breaks")] {
                if !all.contains(&is_broken) {
                    missing.push(format!("nothing {word} {id} under {law}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    for id in ids
        .iter()
        .filter(|id| id.starts_with("OP") || id.starts_with("IV"))
    {
        for law in [Law::Jw, Law::Wmo] {
            let is_told = |own: &Own| {
                let last = own.last();
                own.law() == law && last.advice.iter().flatten().any(|advice| advice == id)
            };
            assert!(
                own.iter().any(is_told),
                "nothing is advised by {id} under {law}"
            );
        }
    }
    for own in &own {
        for id in own.broken() {
            assert!(
                own.scenario.shows.contains(id),
                "{} does not show {id}",
                own.name
            );
        }
        for id in &own.scenario.shows {
            assert!(
                ids.contains(id.as_str()),
                "{}: there is no rule {id}",
                own.name
            );
        }
    }
}

/// Codes that the published table names beside the outcome of a case: another outcome under another condition. Each is a
/// scenario of its own, or is part of another case.
const BESIDE: [(u16, &str); 3] = [
    (93, "9389"),  // were the content that of the earlier line as well: case 126
    (112, "9321"), // the same figures in iJw: TR321/no-sixth-week-ijw
    (130, "8017"), // with the full comparison: TR323/half-credit-compared-in-full
];

/// The case whose outcome the published table tells in amounts; the code stands with what is sent.
const IN_AMOUNTS: [u16; 2] = [134, 135];

/// Holds our table of the worked cases against the one they come from: the same rules, and the same codes that refuse.
fn as_published(text: &str) {
    let mut published: BTreeMap<u16, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", number, rules, sent, expected, ""] = cells.as_slice() else {
            continue;
        };
        let Ok(number) = number.parse::<u16>() else {
            continue;
        };
        let is_rule = |word: &&str| {
            word.starts_with("TR") || word.starts_with("CD") || word.starts_with("CS")
        };
        let rules = rules
            .split(' ')
            .filter(is_rule)
            .map(str::to_owned)
            .collect();
        let codes = codes_in(if IN_AMOUNTS.contains(&number) {
            sent
        } else {
            expected
        });
        published.insert(number, (rules, codes));
    }
    let table = table();
    assert_eq!(published.len(), table.len());
    for row in table {
        let number = row.number;
        let (rules, codes) = &published[&number];
        let with_letter = |(id, letter): &(String, String)| match letter.as_str() {
            "" => id.clone(),
            letter => format!("{id}:{letter}"),
        };
        let own: BTreeSet<String> = row.rules.iter().map(with_letter).collect();
        assert_eq!(own, *rules, "case {number}");
        // A report names its rule, and has no code that anybody is owed.
        if row.expected.starts_with("report") {
            continue;
        }
        let mut told = codes_in(&row.expected);
        told.extend(
            BESIDE
                .iter()
                .filter(|(of, _)| *of == number)
                .map(|(_, code)| (*code).to_owned()),
        );
        assert_eq!(told, *codes, "case {number}");
    }
}

/// The words of a text that are codes of our rules; not those behind "no".
fn codes_in(text: &str) -> BTreeSet<String> {
    let known: BTreeSet<&str> = rules::all().map(|rule| rule.code).collect();
    let mut found = BTreeSet::new();
    let mut before = "";
    for word in text.split_whitespace() {
        if before != "no" {
            let parts = word.split(|c: char| !c.is_ascii_alphanumeric());
            found.extend(parts.filter(|part| known.contains(part) && !part.is_empty()));
        }
        before = word.trim_start_matches('(');
    }
    found.into_iter().map(str::to_owned).collect()
}

/// A runner that says "good" of everything would be worthless: each of these must be told.
fn wrong_scenarios_are_told() {
    let folder = files::own("conformance/rules/TR019/021-unknown-number-ijw");
    let written = files::text(&folder.join("scenario.toml"));
    let folder_of = |text: &str| {
        let other = tempfile::tempdir().expect("a folder");
        let fixtures = files::own("conformance/fixtures/ijw");
        let text = text.replace("../../../fixtures/ijw", &fixtures.to_string_lossy());
        std::fs::write(other.path().join("scenario.toml"), text).expect("written");
        std::fs::copy(folder.join("1-305.xml"), other.path().join("1-305.xml")).expect("copied");
        other
    };
    let told = |from: &str, to: &str| {
        assert!(written.contains(from), "{from}");
        let other = folder_of(&written.replace(from, to));
        let report = scenario::run(other.path(), releases()).expect("a scenario");
        !report.differences.is_empty()
    };
    assert!(!told("title", "title"), "the scenario itself holds");
    assert!(told("= [\"9019\"]", "= [\"9063\"]"));
    assert!(told("rules = [\"TR019\"]", "rules = [\"TR063\"]"));
    assert!(told("header = [\"0200\"]", "header = [\"0001\"]"));
    assert!(told("StartProduct\" =", "StartProduct[2]\" ="));
    for (from, to) in [
        ("[step.expect]", "[step.expect]\naccepted = true"),
        ("rules = [\"TR019\"]", "rules = []"),
        ("message  = \"1-305.xml\"", "message  = \"none.xml\""),
        ("standard = \"ijw/3.2\"", "standard = \"iwmo/3.2\""),
        ("title", "titel"),
    ] {
        let other = folder_of(&written.replace(from, to));
        let outcome = scenario::run(other.path(), releases());
        assert!(outcome.is_err(), "{to}");
    }
}

/// The same of what waits, of decisions, and of what is judged again.
fn wrong_waiting_is_told() {
    let folder = files::own("conformance/flows/decision-and-allocation-decided-first-ijw");
    let written = files::text(&folder.join("scenario.toml"));
    let run = |from: &str, to: &str| {
        assert!(written.contains(from), "{from}");
        let other = tempfile::tempdir().expect("a folder");
        for path in files::list(&folder) {
            let name = path.file_name().expect("a name");
            std::fs::copy(&path, other.path().join(name)).expect("copied");
        }
        let fixtures = files::own("conformance/fixtures/ijw");
        let text = written.replacen(from, to, 1);
        let text = text.replace("../../fixtures/ijw", &fixtures.to_string_lossy());
        std::fs::write(other.path().join("scenario.toml"), text).expect("written");
        scenario::run(other.path(), releases())
    };
    let told = |from: &str, to: &str| {
        let report = run(from, to).expect("a scenario");
        report.differences
    };
    assert_eq!(told("title", "title"), Vec::<String>::new());
    let line = "[\"/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[1]\"]";
    let held = format!("held = {line}\n");
    let grant = format!("grant    = {line}");
    let again = "[step.expect.again.\"2-323.xml\"]\naccepted = true\ngranted = \"83000 D\"\n";
    for (from, to, word) in [
        (&held[..], "", "wacht op een besluit"),
        (
            "waits = true\nadvice = [\"TR304\", \"TR418\"]",
            "advice = [\"TR304\", \"TR418\"]",
            "wacht op het antwoord",
        ),
        ("\"TR304\", \"TR418\"", "\"TR304\"", "adviezen"),
        (
            "settings = { contract_decision = \"broken\" }\n",
            "",
            "wacht op een besluit",
        ),
        (
            &grant[..],
            "grant = [\"/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[2]\"]",
            "vraagt geen besluit",
        ),
        (
            "decides  = \"2-323.xml\"",
            "decides  = \"3-302.xml\"",
            "er wacht niets",
        ),
        ("83000 D", "27000 D", "TotaalToegekendBedrag"),
        (again, "", "2-323.xml is opnieuw beoordeeld"),
        (
            "again.\"2-323.xml\"",
            "again.\"1-301.xml\"",
            "1-301.xml is niet opnieuw beoordeeld",
        ),
    ] {
        let told = told(from, to);
        let has = told.iter().any(|difference| difference.contains(word));
        assert!(has, "{to}: {word} is not in {told:?}");
    }
    for (from, to) in [
        (&grant[..], ""),
        (&grant[..], &format!("{grant}\nrefuse = {line}")[..]),
        ("decides  =", "message  = \"3-302.xml\"\ndecides  ="),
        (
            &grant[..],
            &format!("{grant}\nanswered_by = \"receiver\"")[..],
        ),
        (
            "message  = \"3-302.xml\"",
            &format!("message  = \"3-302.xml\"\n{grant}")[..],
        ),
        ("\naccepted = true\ngranted", "\nbooked = true\ngranted"),
        ("advice = [\"TR304\"]", "rules = [\"TR304\"]"),
    ] {
        assert!(run(from, to).is_err(), "{to}");
    }
}
