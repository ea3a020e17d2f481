//! One value against one simple type, put into a message where that type stands.
//! Our own list always; the list measured with two other validators where it is at hand.

use knooppunt_standard::{ContentDescription, ElementDescription, Limits};
use libtest_mimic::Trial;

use crate::{compare, files, releases, scan, trial};

/// Values that XML Schema takes and we do not: a year outside 1900 to 2199.
const OTHER_YEARS: [&str; 3] = ["-2026-01-01", "12026-01-01", "0001-01-01"];

pub(crate) fn trials() -> Vec<Trial> {
    let measured = files::published("xsd/facet-probes.tsv");
    let absent = measured.is_none();
    vec![
        trial("probes/our_own_list_holds", || {
            let count = probe(
                &files::text(&files::own("conformance/schema/probes.tsv")),
                2,
            );
            assert!(count >= 200, "only {count} probes");
        }),
        trial("probes/the_measured_list_holds", move || {
            let count = probe(&files::text(&measured.expect("ignored when absent")), 2);
            assert_eq!(count, 163);
        })
        .with_ignored_flag(absent),
    ]
}

/// Tries every line (type, value as JSON, verdict); gives how many there were.
fn probe(list: &str, verdict_column: usize) -> usize {
    let mut count = 0;
    let mut wrong = Vec::new();
    for line in list.lines().skip(1).filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (name, value, expected) = (columns[0], value(columns[1]), columns[verdict_column]);
        let (message, place) = message_with(name, &value);
        let checked = releases().check(message.as_bytes(), &Limits::default());
        let codes: Vec<&str> = checked
            .findings
            .list
            .iter()
            .map(|finding| finding.code)
            .collect();
        let verdict = match codes.as_slice() {
            [] => "valid",
            ["date-range"] if OTHER_YEARS.contains(&value.as_str()) && expected == "valid" => {
                "valid"
            }
            _ => "invalid",
        };
        if verdict != expected || checked.findings.count() > 1 {
            wrong.push(format!(
                "{name} {value:?} at {place}: expected {expected}, found {codes:?}"
            ));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    count
}

/// The value of a JSON string; `"ab" ... (200 characters)` repeats it up to that length.
fn value(json: &str) -> String {
    let Some((json, length)) = json.split_once(" ... (") else {
        return serde_json::from_str(json).expect("a JSON string");
    };
    let length: usize = length
        .trim_end_matches(" characters)")
        .parse()
        .expect("a length");
    let part: String = serde_json::from_str(json).expect("a JSON string");
    part.chars().cycle().take(length).collect()
}

/// A message in which an element of this type, or with this name, has this value; and its path.
fn message_with(name: &str, value: &str) -> (String, String) {
    for (standard, prefix) in files::STANDARDS {
        for number in files::KINDS {
            let kind = format!("{prefix}{number}");
            let schema = compare::measured(standard, &kind);
            let Some(path) = path_to(&schema.root, name, "") else {
                continue;
            };
            let message = files::text(&files::own(&format!(
                "conformance/messages/{standard}/{kind}/full/message.xml"
            )));
            let elements = scan::scan(&message).expect("our own messages are plain");
            let Some(element) = find(&message, &elements, &path) else {
                continue;
            };
            let mut changed = message[..element.content.start].to_owned();
            changed.push_str(&value.replace('&', "&amp;").replace('<', "&lt;"));
            changed.push_str(&message[element.content.end..]);
            return (changed, format!("{kind}{path}"));
        }
    }
    panic!("no message has an element of type {name}");
}

fn find<'e>(text: &str, elements: &'e [scan::Element], path: &str) -> Option<&'e scan::Element> {
    let path_of = |element: &'e scan::Element| {
        let mut element = element;
        let mut path = format!("/{}", element.local(text));
        while let Some(parent) = element.parent {
            element = &elements[parent];
            path = format!("/{}{path}", element.local(text));
        }
        path
    };
    elements.iter().find(|element| path_of(element) == path)
}

/// The path of the first element of a type, without a pattern of its own, or of that name where it has one.
fn path_to(element: &ElementDescription, name: &str, above: &str) -> Option<String> {
    let path = format!("{above}/{}", element.name);
    match &element.content {
        ContentDescription::Elements(children) => children
            .iter()
            .find_map(|child| path_to(child, name, &path)),
        ContentDescription::Value(_) => {
            let wanted = if name.starts_with("LDT_") {
                element.type_name.as_deref() == Some(name)
            } else {
                element.name == name
            };
            wanted.then_some(path)
        }
    }
}
