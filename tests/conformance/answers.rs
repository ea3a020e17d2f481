//! The cases of `conformance/answers`: what the rules say of a message gives exactly this answer; and answers to whatever
//! the rules may say are valid against the published schemas in libxml2.

use std::collections::BTreeMap;
use std::path::Path;

use knooppunt_standard::retour::{self, MadeAs};
use knooppunt_standard::rules::{Breach, Level, Rule, Weight};
use knooppunt_standard::{Assessment, Bericht, Berichtsoort, Limits, Node};
use libtest_mimic::Trial;
use serde::Deserialize;

use crate::random::Random;
use crate::{cases, files, releases, trial, xmllint};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    title: String,
    standard: String,
    /// Path below `conformance/`.
    message: String,
    made_as: Made,
    refused: Vec<Refusal>,
    #[serde(default)]
    unjudged: Vec<String>,
    answer: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    identificatie: String,
    dagtekening: jiff::civil::Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    code: String,
    at: String,
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = cases::each("answers", run);
    trials.push(trial(
        "answers/to_whatever_the_rules_say_are_valid_in_libxml2",
        random_answers_are_valid,
    ));
    trials
}

fn run(folder: &Path) -> Result<(), String> {
    let case: Case = cases::read(&folder.join("case.toml"));
    let body = files::read(&files::own("conformance").join(&case.message));
    let checked = releases().check(&body, &Limits::default());
    let bericht = Bericht::read(&checked).expect("a valid message");
    let release = &bericht.kind.release;
    assert_eq!(
        format!("{}/{release}", bericht.kind.law.standard()),
        case.standard
    );
    let place = |path: &String| find(bericht.root, path).expect("an element of the message");
    let mut assessment = Assessment::default();
    for refusal in &case.refused {
        assessment.breaches.push(Breach {
            rule: rule(&refusal.code),
            at: place(&refusal.at).number(),
            weight: Weight::Refuses,
        });
    }
    let unjudged = case.unjudged.iter().map(|path| place(path).number());
    assessment.unjudged.extend(unjudged);
    assessment.sort();
    let made_as = MadeAs {
        identificatie: &case.made_as.identificatie,
        dagtekening: case.made_as.dagtekening,
    };
    let answer = retour::answer(releases(), &bericht, &assessment, made_as)
        .map_err(|error| error.to_string())?;
    let expected = files::read(&folder.join(&case.answer));
    compare(&expected, &answer).map_err(|difference| format!("{}: {difference}", case.title))
}

/// Compares two messages by their elements, namespaces and values; both must be valid. How they are laid out is free.
pub(crate) fn compare(expected: &[u8], made: &[u8]) -> Result<(), String> {
    let (expected, made) = (content(expected)?, content(made)?);
    for (expected, made) in expected.iter().zip(&made) {
        if expected != made {
            return Err(format!("expected {expected:?}, made {made:?}"));
        }
    }
    if expected.len() == made.len() {
        Ok(())
    } else {
        Err(format!(
            "expected {} elements, made {}",
            expected.len(),
            made.len()
        ))
    }
}

/// Depth, namespace, name and value of each element.
fn content(body: &[u8]) -> Result<Vec<(usize, String, String, String)>, String> {
    let checked = releases().check(body, &Limits::default());
    if let Some(finding) = checked.findings.list.first() {
        return Err(format!("not valid: {} {}", finding.path, finding.text()));
    }
    let depth = |node: Node<'_>| std::iter::successors(Some(node), |node| node.parent()).count();
    let content = checked.tree.nodes().map(|node| {
        let value = if node.children().next().is_none() {
            node.text().into_owned()
        } else {
            String::new()
        };
        let (namespace, name) = (node.namespace().to_owned(), node.name().to_owned());
        (depth(node), namespace, name, value)
    });
    Ok(content.collect())
}

/// The element at a path as findings have it: `/Bericht/Client/StartProducten/StartProduct[2]`.
pub(crate) fn find<'t>(root: Node<'t>, path: &str) -> Option<Node<'t>> {
    let steps = path.strip_prefix("/Bericht")?;
    steps.split('/').skip(1).try_fold(root, |node, step| {
        let (name, index) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
            Some((name, index)) => (name, index.parse::<usize>().ok()?),
            None => (step, 1),
        };
        let mut same = node.children().filter(|child| child.name() == name);
        same.nth(index.checked_sub(1)?)
    })
}

/// A made-up rule with this code, that lives as long as the run.
fn rule(code: &str) -> &'static Rule {
    Box::leak(Box::new(Rule {
        id: "TR000",
        code: Box::leak(code.to_owned().into_boxed_str()),
        level: if code == "0001" {
            Level::Message
        } else {
            Level::History
        },
        laws: Rule::BOTH,
        berichten: &Berichtsoort::ALL,
        since: "3.0",
        at: "",
    }))
}

/// Answers of each kind to random findings of rules.
const ANSWERS: usize = 40;
/// Any codes that an answer can hold.
const CODES: [&str; 6] = ["9332", "9019", "8187", "9321", "S300", "S329"];

fn random_answers_are_valid() {
    if !xmllint::is_there() {
        println!("xmllint is not here: nothing compared");
        return;
    }
    let rules = CODES.map(rule);
    let mut answers: BTreeMap<(String, String), Vec<Vec<u8>>> = BTreeMap::new();
    for folder in cases::folders("messages") {
        if !matches!(folder.file_name(), Some(name) if name == "plain" || name == "full") {
            continue;
        }
        let body = files::read(&folder.join("message.xml"));
        let checked = releases().check(&body, &Limits::default());
        let bericht = Bericht::read(&checked).expect("a valid message");
        let Some(soort) = bericht.kind.soort.answered_by() else {
            continue;
        };
        let law = bericht.kind.law;
        let key = (law.standard().to_owned(), soort.name(law).to_owned());
        for stream in 0..ANSWERS as u64 {
            let mut random = Random::new(5, stream);
            let mut assessment = Assessment::default();
            // Half of them below the header, which ends before element 13.
            let first = if random.chance(50) { 13 } else { 0 };
            let place = |random: &mut Random| {
                let count = checked.tree.len() - first;
                u32::try_from(first + random.below(count)).expect("few elements")
            };
            for _ in 0..random.below(5) {
                assessment.breaches.push(Breach {
                    rule: rules[random.below(rules.len())],
                    at: place(&mut random),
                    weight: Weight::Refuses,
                });
            }
            for _ in 0..random.below(3) {
                assessment.unjudged.insert(place(&mut random));
            }
            let made_as = MadeAs {
                identificatie: "R-1",
                dagtekening: jiff::civil::date(2026, 6, 1),
            };
            let answer = retour::answer(releases(), &bericht, &assessment, made_as);
            answers
                .entry(key.clone())
                .or_default()
                .push(answer.expect("an answer"));
        }
    }
    assert_eq!(answers.len(), 14, "seven kinds of two standards");
    for ((standard, name), bodies) in answers {
        let schema =
            files::published_schema(&standard, files::MEASURED, &name).unwrap_or_else(|| {
                files::own(&format!(
                    "schemas/{standard}/{}/{name}.xsd",
                    files::MEASURED
                ))
            });
        let folder = tempfile::tempdir().expect("a folder");
        let mut names = Vec::new();
        for (number, body) in bodies.iter().enumerate() {
            let file = format!("{number}.xml");
            std::fs::write(folder.path().join(&file), body).expect("written");
            names.push(file);
        }
        let valid = xmllint::valid(&schema, folder.path(), &names);
        let invalid = names.iter().find(|name| !valid.contains(*name));
        assert_eq!(invalid, None, "{name} by {}", schema.display());
    }
}
