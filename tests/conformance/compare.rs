//! Our schemas say what the published ones say: names, order, occurrence, types, facets and namespaces of the compiled tables.
//! Compares tables; what they do with messages is asked in `verdicts`.

use std::fmt::Write as _;

use knooppunt_standard::{ContentDescription, ElementDescription, Releases, SchemaDescription};
use libtest_mimic::Trial;

use crate::{files, releases, trial};

/// One test a kind; ignored where the published files are not at hand.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for folder in files::releases() {
        let derived: &[&str] = match folder.release.as_str() {
            files::MEASURED => &files::UNPUBLISHED,
            _ => &[],
        };
        for name in folder.kinds.clone() {
            let against = if derived.contains(&name.as_str()) {
                "derived"
            } else {
                "published"
            };
            let (standard, release) = (folder.standard.clone(), folder.release.clone());
            let absent = files::published_schema(&standard, &release, &name).is_none();
            let test = format!("schema/{folder}/{name}_is_equal_to_the_{against}_one");
            let check = move || equal(&standard, &release, &name);
            trials.push(trial(test, check).with_ignored_flag(absent));
        }
    }
    trials.push(trial(
        "schema/a_comparison_sees_each_kind_of_difference",
        differences_are_seen,
    ));
    trials
}

/// What a schema of this kind and release says, from our files.
pub(crate) fn own(standard: &str, release: &str, name: &str) -> SchemaDescription {
    one(releases(), standard, release, name)
}

/// What a schema says of the kinds that our messages are of.
pub(crate) fn measured(standard: &str, name: &str) -> SchemaDescription {
    own(standard, files::MEASURED, name)
}

fn one(releases: &Releases, standard: &str, release: &str, name: &str) -> SchemaDescription {
    let namespace = format!(
        "http://www.istandaarden.nl/{standard}/{}/{}/schema",
        release.replace('.', "_"),
        name.to_lowercase()
    );
    let found = releases
        .describe()
        .into_iter()
        .find(|schema| schema.namespace == namespace);
    found.unwrap_or_else(|| panic!("no schema with namespace {namespace}"))
}

/// The published files of a standard, laid out as a release of ours. Derived ones import the basisschema from the folder beside them.
pub(crate) fn published_release(standard: &str, release: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = vec![(
        format!("{standard}/{release}/source.toml"),
        files::read(&files::own(&format!(
            "schemas/{standard}/{release}/source.toml"
        ))),
    )];
    for folder in [release.to_owned(), format!("{release}-derived")] {
        let Some(folder) = files::published(&format!("xsd/{standard}/{folder}")) else {
            continue;
        };
        for path in files::list(&folder) {
            let name = path
                .file_name()
                .expect("a file")
                .to_string_lossy()
                .into_owned();
            let text = files::text(&path)
                .replace(&format!("../{release}/basisschema.xsd"), "basisschema.xsd");
            found.push((format!("{standard}/{release}/{name}"), text.into_bytes()));
        }
    }
    found
}

fn equal(standard: &str, release: &str, name: &str) {
    let published =
        Releases::load(published_release(standard, release)).expect("the published schemas load");
    let (ours, theirs) = (
        lines(&own(standard, release, name)),
        lines(&one(&published, standard, release, name)),
    );
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len(), "elements");
    assert!(ours.len() > 15, "only {} elements", ours.len());
}

/// Every element with all that is said of it, one a line, in document order.
fn lines(schema: &SchemaDescription) -> Vec<String> {
    let mut lines = vec![schema.namespace.clone()];
    walk(&schema.root, "", &mut lines);
    lines
}

fn walk(element: &ElementDescription, above: &str, lines: &mut Vec<String>) {
    let path = format!("{above}/{}", element.name);
    let mut line = format!(
        "{path} {{{}}} {:?} {}..{:?}",
        element.namespace, element.type_name, element.min, element.max
    );
    match &element.content {
        ContentDescription::Elements(children) => {
            lines.push(line);
            for child in children {
                walk(child, &path, lines);
            }
        }
        ContentDescription::Value(value) => {
            let mut value = value.clone();
            // Codes are a set: their order has no meaning.
            value.codes.sort();
            write!(line, " {value:?}").expect("a string takes all");
            lines.push(line);
        }
    }
}

/// Each of these changes in a copy of our files shows in the comparison.
fn differences_are_seen() {
    let changes = [
        (
            "JW305.xsd",
            "name=\"Begindatum\"",
            "name=\"BeginDatum\"",
            "a name",
        ),
        (
            "JW305.xsd",
            "type=\"base:LDT_Datum\" minOccurs=\"0\"",
            "type=\"base:LDT_Datum\"",
            "occurrence",
        ),
        ("JW305.xsd", " maxOccurs=\"unbounded\"", "", "repetition"),
        (
            "JW305.xsd",
            "type=\"base:LDT_StatusAanlevering\"",
            "type=\"base:LDT_JaNee\"",
            "a type",
        ),
        (
            "JW305.xsd",
            "<xs:pattern value=\"438\"/>",
            "<xs:pattern value=\"439\"/>",
            "a fixed code",
        ),
        (
            "basisschema.xsd",
            "<xs:maxInclusive value=\"999999999\"/>",
            "<xs:maxInclusive value=\"99999999\"/>",
            "a bound",
        ),
        (
            "basisschema.xsd",
            "<xs:maxLength value=\"200\"/>",
            "<xs:maxLength value=\"201\"/>",
            "a length",
        ),
        (
            "basisschema.xsd",
            "<xs:pattern value=\"[^:Z]*\"/>",
            "<xs:pattern value=\"[^Z]*\"/>",
            "a pattern",
        ),
        (
            "basisschema.xsd",
            "<xs:enumeration value=\"55\"/>",
            "<xs:enumeration value=\"56\"/>",
            "a code",
        ),
    ];
    let plain = lines(&measured("ijw", "JW305"));
    for (file, from, to, what) in changes {
        let mut changed = files::own_schemas();
        let (_, bytes) = changed
            .iter_mut()
            .find(|(path, _)| path == &format!("ijw/3.2/{file}"))
            .expect("the file is ours");
        let text = String::from_utf8(bytes.clone()).expect("UTF-8");
        assert!(text.contains(from), "{what}: {file} has no {from}");
        *bytes = text.replacen(from, to, 1).into_bytes();
        let loaded = Releases::load(changed).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_ne!(
            lines(&one(&loaded, "ijw", files::MEASURED, "JW305")),
            plain,
            "{what} is not seen"
        );
    }
}
