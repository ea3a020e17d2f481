//! Release folders: what is taken, what is refused, and that a new one needs no code.

use std::collections::BTreeMap;

use jiff::civil::date;
use knooppunt_standard::{Berichtsoort, Law, Limits, LoadError, Releases};

use crate::support::{RELEASES, START, files, root};

/// iJw 3.2 of this repository as another release: other folder, namespace and dates.
fn made_up() -> BTreeMap<String, Vec<u8>> {
    let later = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        let text = text
            .replace("ijw/3_2/", "ijw/9_8/")
            .replace("release = \"3.2\"", "release = \"9.8\"");
        text.replace(
            "\"2023-04-03\"",
            "\"2027-01-01\"\naccepted_until = \"2028-12-31\"",
        )
        .into_bytes()
    };
    let all = files(&root().join("schemas/ijw/3.2"));
    all.into_iter()
        .map(|(name, bytes)| (format!("ijw/9.8/{name}"), later(bytes)))
        .collect()
}

fn load(files: BTreeMap<String, Vec<u8>>) -> Result<Releases, LoadError> {
    Releases::load(files)
}

#[test]
fn both_standards_are_here_with_fourteen_kinds_each() {
    // Of 3.2: a release that is put beside it may have other kinds.
    let list: Vec<_> = RELEASES
        .list()
        .iter()
        .filter(|release| &*release.release == "3.2")
        .collect();
    let names: Vec<_> = list
        .iter()
        .map(|release| (&*release.standard, release.law))
        .collect();
    assert_eq!(names, [("ijw", Law::Jw), ("iwmo", Law::Wmo)]);
    for release in &list {
        assert_eq!(release.soorten, Berichtsoort::ALL);
        assert!(release.is_taken_on(date(2026, 1, 1)) && !release.is_taken_on(date(2023, 4, 2)));
    }
    assert_ne!(list[0].hash, list[1].hash);
    assert!(
        RELEASES
            .codelijst("gemeenten")
            .unwrap()
            .find("0363", date(2026, 1, 1))
            .is_some()
    );
}

#[test]
fn a_new_release_is_a_folder_and_stands_beside_the_old_one() {
    let mut all: BTreeMap<_, _> = files(&root().join("schemas")).into_iter().collect();
    all.extend(made_up());
    let releases = load(all).unwrap();
    assert_eq!(releases.list().len(), RELEASES.list().len() + 1);
    let body = START.replace("ijw/3_2/", "ijw/9_8/");
    let checked = releases.check(body.as_bytes(), &Limits::default());
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    let kind = checked.kind.unwrap();
    assert_eq!((&*kind.release, kind.soort), ("9.8", Berichtsoort::Start));
    let release = releases.release_of(&kind).unwrap();
    assert!(release.is_taken_on(date(2028, 12, 31)) && !release.is_taken_on(date(2029, 1, 1)));
    let checked = releases.check(START.as_bytes(), &Limits::default());
    assert_eq!(&*checked.kind.unwrap().release, "3.2");
}

#[test]
fn the_hash_changes_with_any_byte_of_any_file() {
    let hash = |files| load(files).unwrap().list()[0].hash;
    let mut changed = made_up();
    changed.get_mut("ijw/9.8/JW301.xsd").unwrap().push(b'\n');
    assert_ne!(hash(made_up()), hash(changed));
    assert_eq!(hash(made_up()), hash(made_up()));
}

fn replace(files: &mut BTreeMap<String, Vec<u8>>, name: &str, from: &str, to: &str) {
    let bytes = files.get_mut(&format!("ijw/9.8/{name}")).unwrap();
    let text = String::from_utf8(std::mem::take(bytes)).unwrap();
    assert!(text.contains(from), "{from}");
    *bytes = text.replacen(from, to, 1).into_bytes();
}

#[test]
fn a_folder_that_is_not_right_is_refused_by_file_and_line() {
    let refused = |change: fn(&mut BTreeMap<String, Vec<u8>>)| {
        let mut files = made_up();
        change(&mut files);
        load(files).unwrap_err()
    };
    let no_source = refused(|files| drop(files.remove("ijw/9.8/source.toml")));
    assert_eq!(
        (no_source.code(), no_source.to_string()),
        ("schema-no-source", "ijw/9.8: no source.toml".to_owned())
    );

    let key = refused(|files| replace(files, "source.toml", "law = ", "owner = \"x\"\nlaw = "));
    assert!(
        key.to_string().starts_with("ijw/9.8/source.toml: line "),
        "{key}"
    );

    let name = refused(|files| {
        replace(
            files,
            "source.toml",
            "release = \"9.8\"",
            "release = \"9.9\"",
        );
    });
    assert_eq!(name.code(), "schema-data");

    let gone = refused(|files| drop(files.remove("ijw/9.8/JW301.xsd")));
    assert!(
        gone.to_string().contains("there is no file JW301.xsd"),
        "{gone}"
    );

    let construct = refused(|files| replace(files, "JW301.xsd", "<xs:sequence>", "\n<xs:choice>"));
    assert!(
        construct.to_string().starts_with("ijw/9.8/JW301.xsd:"),
        "{construct}"
    );
    assert_eq!(construct.code(), "schema-construct");

    let type_name =
        refused(|files| replace(files, "JW301.xsd", "base:LDT_AgbCode", "base:LDT_Absent"));
    assert!(
        type_name.to_string().contains("LDT_Absent is not defined"),
        "{type_name}"
    );

    let kind = refused(|files| replace(files, "JW301.xsd", "jw301/schema", "jw399/schema"));
    assert_eq!(kind.code(), "schema-construct");

    let stray = refused(|files| drop(files.insert("ijw/9.8/notes.txt".to_owned(), Vec::new())));
    assert_eq!(stray.code(), "schema-place");

    let unsourced = refused(|files| {
        let bytes = files["ijw/9.8/JW301.xsd"].clone();
        files.insert("ijw/9.8/JW399.xsd".to_owned(), bytes);
    });
    assert!(
        unsourced
            .to_string()
            .contains("no [[file]] says where JW399.xsd comes from"),
        "{unsourced}"
    );
}

#[test]
fn what_a_new_release_adds_or_changes_holds_for_its_messages_and_no_others() {
    let mut all: BTreeMap<_, _> = files(&root().join("schemas")).into_iter().collect();
    let mut newer = made_up();
    let status = "<xs:element name=\"StatusAanlevering\" type=\"base:LDT_StatusAanlevering\"/>";
    let added = format!("{status}\n<xs:element name=\"Locatie\" type=\"base:LDT_Geslacht\"/>");
    replace(&mut newer, "JW305.xsd", status, &added);
    // One digit more in the number of a person.
    let nine = "<xs:maxLength value=\"9\"/>\n      <xs:pattern value=\"[0-9]{9}\"/>";
    let ten = nine.replace("\"9\"", "\"10\"").replace("{9}", "{10}");
    replace(&mut newer, "basisschema.xsd", nine, &ten);
    all.extend(newer);
    let releases = load(all).unwrap();
    let found = |body: &str| {
        let checked = releases.check(body.as_bytes(), &Limits::default());
        let list = checked.findings.list.iter();
        list.map(|finding| (finding.code, finding.path.clone()))
            .collect::<Vec<_>>()
    };
    let place = "</s:StatusAanlevering>\n";
    let changed = START
        .replace("999900006", "0999900006")
        .replace(place, &format!("{place}<s:Locatie>1</s:Locatie>\n"));
    let product = |number: u8| format!("/Bericht/Client/StartProducten/StartProduct[{number}]");
    let in_old = found(&changed);
    assert_eq!(in_old.len(), 3, "{in_old:?}");
    assert_eq!(in_old[0], ("value-long", "/Bericht/Client/Bsn".to_owned()));
    assert_eq!(in_old[1].0, "element-unexpected");
    assert_eq!(found(&changed.replace("ijw/3_2/", "ijw/9_8/")), []);
    assert_eq!(found(START), []);
    assert_eq!(
        found(&START.replace("ijw/3_2/", "ijw/9_8/")),
        [
            ("value-pattern", "/Bericht/Client/Bsn".to_owned()),
            ("element-missing", format!("{}/Locatie", product(1))),
            ("element-missing", format!("{}/Locatie", product(2))),
        ]
    );
}

#[test]
fn two_schemas_for_one_namespace_are_refused() {
    let mut all = made_up();
    all.extend(made_up().into_iter().map(|(name, bytes)| {
        let text = String::from_utf8(bytes)
            .unwrap()
            .replace("release = \"9.8\"", "release = \"9.9\"");
        (name.replace("9.8", "9.9"), text.into_bytes())
    }));
    assert_eq!(load(all).unwrap_err().code(), "schema-twice");
}
