//! What came of a message against what was expected of it, in Dutch sentences without values from a message.

use std::collections::{BTreeMap, BTreeSet};

use knooppunt_standard::rules::Weight;
use knooppunt_standard::{Bericht, Content, Limits, Node, Releases};

use super::LoadedExpected;
use super::format::Expected;
use super::play::Played;

/// Judged, and nothing to say of it.
const GOOD: &str = "0200";
/// A declaration is granted as a whole.
const GRANTED: &str = "8001";

type Codes = BTreeSet<String>;

/// What an answer says.
struct Said {
    header: Codes,
    /// Codes of each class that holds any, by path; the header is not among them.
    classes: BTreeMap<String, Codes>,
    granted: Option<String>,
}

/// What is not as expected; empty: all is.
pub(super) fn differences(
    releases: &Releases,
    loaded: &LoadedExpected,
    played: &Played,
) -> Vec<String> {
    let mut found = played.faults.clone();
    let expected = &loaded.expected;
    if expected.schema != played.schema {
        found.push(if played.schema {
            "het schema keurt het bericht af".to_owned()
        } else {
            "het schema keurt het bericht niet af".to_owned()
        });
        return found;
    }
    if expected.waits != played.waits {
        found.push(if played.waits {
            "het wacht op het antwoord op een eerder bericht".to_owned()
        } else {
            "het wacht niet op het antwoord op een eerder bericht".to_owned()
        });
    }
    let none = BTreeSet::new();
    let rules = |weight| played.rules.get(&weight).unwrap_or(&none);
    let mut same = |what: &str, expected: Option<&Codes>, made: &Codes| {
        if let Some(expected) = expected.filter(|expected| *expected != made) {
            found.push(format!(
                "{what}: verwacht {}, gevonden {}",
                words(expected),
                words(made)
            ));
        }
    };
    same(
        "regels die afkeuren",
        Some(&expected.rules),
        rules(Weight::Refuses),
    );
    same("adviezen", expected.advice.as_ref(), rules(Weight::Advises));
    same(
        "niet te beoordelen",
        expected.not_assessed.as_ref(),
        rules(Weight::NotAssessed),
    );
    same(
        "meldingen",
        expected.reports.as_ref(),
        rules(Weight::Reports),
    );
    if let Some(booked) = expected.booked
        && played.booked != Some(booked)
    {
        found.push(format!(
            "verwerkt: verwacht {}",
            if booked { "ja" } else { "nee" }
        ));
    }
    let held: Codes = expected.held.iter().map(|path| plain(path)).collect();
    if held != played.held {
        let waiting = words(&played.held);
        found.push(format!(
            "wacht op een besluit: verwacht {}, gevonden {waiting}",
            words(&held)
        ));
    }
    if let Some(answer) = &played.answer {
        found.extend(of_answer(releases, loaded, answer));
    }
    found.extend(judged_again(releases, loaded, played));
    found
}

/// Of declarations that waited: what came of them.
fn judged_again(releases: &Releases, loaded: &LoadedExpected, played: &Played) -> Vec<String> {
    let mut found = Vec::new();
    let mut expected: BTreeMap<&str, &LoadedExpected> = loaded
        .again
        .iter()
        .map(|(name, expected)| (name.as_str(), expected))
        .collect();
    for (name, again) in &played.again {
        match expected.remove(name.as_str()) {
            Some(expected) => {
                let differences = differences(releases, expected, again);
                let differences = differences.into_iter();
                found.extend(differences.map(|one| format!("{name}, opnieuw beoordeeld: {one}")));
            }
            // That it waits on need not be said.
            None if again.answer.is_none() && again.faults.is_empty() => {}
            None => found.push(format!("{name} is opnieuw beoordeeld en niet meer open")),
        }
    }
    let left = expected.keys();
    found.extend(left.map(|name| format!("{name} is niet opnieuw beoordeeld")));
    found
}

fn of_answer(releases: &Releases, loaded: &LoadedExpected, answer: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let checked = releases.check(answer, &Limits::default());
    if let Some(finding) = checked.findings.list.first() {
        return vec![format!(
            "het antwoord is ongeldig: {} ({})",
            finding.text(),
            finding.path
        )];
    }
    let Some(bericht) = Bericht::read(&checked) else {
        return vec!["het antwoord is niet te lezen".to_owned()];
    };
    let said = said(&bericht);
    let is_declaratie = matches!(bericht.content, Content::DeclaratieAntwoord(_));
    let expected = &loaded.expected;
    let header = expected_header(expected, is_declaratie);
    if said.header != header {
        found.push(format!(
            "codes van de header: verwacht {}, gemaakt {}",
            words(&header),
            words(&said.header)
        ));
    }
    let mut named: BTreeMap<String, Codes> = expected
        .classes
        .iter()
        .map(|(path, codes)| (plain(path), codes.clone()))
        .collect();
    for (path, codes) in &said.classes {
        let usual = || Codes::from([if expected.accepted { GRANTED } else { GOOD }.to_owned()]);
        let wanted = named.remove(path).unwrap_or_else(usual);
        if *codes != wanted {
            found.push(format!(
                "codes van {path}: verwacht {}, gemaakt {}",
                words(&wanted),
                words(codes)
            ));
        }
    }
    for path in named.keys() {
        found.push(format!("{path} staat niet in het antwoord"));
    }
    if expected.granted.is_some() && expected.granted != said.granted {
        found.push("TotaalToegekendBedrag is een ander bedrag".to_owned());
    }
    if let Some((name, whole)) = &loaded.answer
        && let Some(place) = first_difference(releases, whole, bericht.root)
    {
        found.push(format!("het antwoord is anders dan {name}, bij {place}"));
    }
    found
}

fn expected_header(expected: &Expected, is_declaratie: bool) -> Codes {
    if expected.accepted && is_declaratie {
        Codes::from([GOOD.to_owned()])
    } else {
        expected.header.clone()
    }
}

fn said(bericht: &Bericht<'_>) -> Said {
    let mut said = Said {
        header: Codes::new(),
        classes: BTreeMap::new(),
        granted: None,
    };
    collect(bericht.root, &mut said);
    if let Content::DeclaratieAntwoord(content) = &bericht.content {
        said.granted = content.antwoord.as_ref().map(|antwoord| {
            let granted = antwoord.totaal_toegekend;
            format!("{} {}", granted.cents, granted.direction.code())
        });
    }
    said
}

fn collect(node: Node<'_>, said: &mut Said) {
    if let Some(list) = node.child("RetourCodes") {
        let codes = list
            .children()
            .map(|code| code.text().into_owned())
            .collect();
        if node.name() == "Header" {
            said.header = codes;
        } else {
            said.classes.insert(path(node), codes);
        }
    }
    for child in node.children() {
        collect(child, said);
    }
}

/// Path of an element, with the index of each step from the second on: `/Bericht/Client/StartProducten/StartProduct[2]`.
pub(super) fn path(node: Node<'_>) -> String {
    let Some(parent) = node.parent() else {
        return format!("/{}", node.name());
    };
    let before = parent
        .children()
        .take_while(|other| other.number() < node.number())
        .filter(|other| other.name() == node.name())
        .count();
    let index = match before {
        0 => String::new(),
        more => format!("[{}]", more + 1),
    };
    format!("{}/{}{index}", path(parent), node.name())
}

/// The same path without the indexes that say "the first".
pub(super) fn plain(path: &str) -> String {
    path.replace("[1]", "")
}

/// The path of the first element that is not the same in both; values, names and namespaces count, layout does not.
fn first_difference(releases: &Releases, whole: &[u8], made: Node<'_>) -> Option<String> {
    let checked = releases.check(whole, &Limits::default());
    match checked.tree.root() {
        Some(root) if checked.findings.is_empty() => difference(root, made),
        _ => Some("/Bericht: het verwachte antwoord is zelf ongeldig".to_owned()),
    }
}

fn difference(expected: Node<'_>, made: Node<'_>) -> Option<String> {
    if (expected.name(), expected.namespace()) != (made.name(), made.namespace()) {
        return Some(path(made));
    }
    let (mut left, mut right) = (expected.children(), made.children());
    let mut any = false;
    loop {
        match (left.next(), right.next()) {
            (Some(one), Some(other)) => {
                any = true;
                if let Some(place) = difference(one, other) {
                    return Some(place);
                }
            }
            (None, None) => break,
            (Some(one), None) => return Some(path(one)),
            (None, Some(other)) => return Some(path(other)),
        }
    }
    (!any && expected.text() != made.text()).then(|| path(made))
}

fn words(codes: &Codes) -> String {
    if codes.is_empty() {
        return "niets".to_owned();
    }
    let list: Vec<&str> = codes.iter().map(String::as_str).collect();
    list.join(", ")
}
