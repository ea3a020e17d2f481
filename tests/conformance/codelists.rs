//! Code lists and schemas name the same codes.
//! Does not ask on which day a code holds.

use std::collections::{BTreeMap, BTreeSet};

use knooppunt_standard::{ContentDescription, ElementDescription};
use libtest_mimic::Trial;
use serde::Deserialize;

use crate::files::ReleaseFolder;
use crate::{compare, files, trial};

#[derive(Deserialize)]
pub(crate) struct List {
    pub(crate) title: String,
    types: Vec<String>,
    pub(crate) code: Vec<Row>,
}

#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) code: String,
    pub(crate) meaning: String,
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for release in files::releases() {
        let same = release.clone();
        trials.push(trial(
            format!("codelists/{release}_every_enumeration_is_a_list"),
            move || enumerations(&same),
        ));
        trials.push(trial(
            format!("codelists/{release}_every_message_code_is_in_COD002"),
            move || message_codes(&release),
        ));
    }
    trials.push(trial(
        "codelists/municipalities_have_four_digits_and_stand_once",
        municipalities,
    ));
    trials
}

fn enumerations(release: &ReleaseFolder) {
    let mut enumerated: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for kind in &release.kinds {
        collect(
            &compare::own(&release.standard, &release.release, kind).root,
            &mut enumerated,
        );
    }
    // 23 in both standards of 3.2; a later release may have more or fewer.
    assert!(
        enumerated.len() == 23 || release.release != files::MEASURED && !enumerated.is_empty(),
        "enumerated types: {:?}",
        enumerated.keys()
    );
    let mut listed = BTreeMap::new();
    for (name, list) in lists(release) {
        let codes: BTreeSet<String> = list.code.iter().map(|row| row.code.clone()).collect();
        assert_eq!(codes.len(), list.code.len(), "{name} has a code twice");
        assert!(
            list.code.iter().all(|row| !row.meaning.trim().is_empty()),
            "{name} has a code without meaning"
        );
        assert_eq!(list.types.len(), 1, "{name} fills one type");
        if name != "COD002" {
            assert_eq!(
                listed.insert(list.types[0].clone(), codes),
                None,
                "{} has two lists",
                list.types[0]
            );
        }
    }
    let types = |of: &BTreeMap<String, _>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(types(&listed), types(&enumerated), "types");
    for (name, codes) in &enumerated {
        assert_eq!(&listed[name], codes, "list and schema of {name}");
    }
}

fn collect(element: &ElementDescription, enumerated: &mut BTreeMap<String, BTreeSet<String>>) {
    match &element.content {
        ContentDescription::Elements(children) => {
            for child in children {
                collect(child, enumerated);
            }
        }
        ContentDescription::Value(value) => {
            if !value.codes.is_empty() {
                let name = element
                    .type_name
                    .clone()
                    .expect("an enumerated type has a name");
                enumerated
                    .entry(name)
                    .or_default()
                    .extend(value.codes.iter().cloned());
            }
        }
    }
}

/// The code lists of a release, by name.
pub(crate) fn lists(release: &ReleaseFolder) -> Vec<(String, List)> {
    let folder = release.folder().join("codelists");
    let read = |path: &std::path::PathBuf| {
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (
            name,
            toml::from_str(&files::text(path))
                .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        )
    };
    files::list(&folder).iter().map(read).collect()
}

fn message_codes(release: &ReleaseFolder) {
    let (_, list) = lists(release)
        .into_iter()
        .find(|(name, _)| name == "COD002")
        .expect("COD002 is there");
    let listed: BTreeMap<String, String> = list
        .code
        .into_iter()
        .map(|row| (row.meaning, row.code))
        .collect();
    let mut fixed = BTreeMap::new();
    for name in &release.kinds {
        let ContentDescription::Elements(parts) =
            compare::own(&release.standard, &release.release, name)
                .root
                .content
        else {
            panic!("no parts")
        };
        let ContentDescription::Elements(header) = &parts[0].content else {
            panic!("no header")
        };
        let ContentDescription::Value(code) = &header[0].content else {
            panic!("no code")
        };
        assert_eq!(header[0].name, "BerichtCode");
        fixed.insert(
            name.clone(),
            code.patterns.last().expect("a fixed code").clone(),
        );
    }
    assert_eq!(listed, fixed);
}

fn municipalities() {
    let list: List = toml::from_str(&files::text(&files::own(
        "schemas/codelists/gemeenten.toml",
    )))
    .expect("a list");
    let codes: BTreeSet<&str> = list.code.iter().map(|row| row.code.as_str()).collect();
    assert_eq!((codes.len(), list.code.len()), (342, 342));
    assert!(
        codes
            .iter()
            .all(|code| code.len() == 4 && code.bytes().all(|digit| digit.is_ascii_digit()))
    );
    assert!(
        codes.contains("0289"),
        "the municipality of our messages exists"
    );
}
