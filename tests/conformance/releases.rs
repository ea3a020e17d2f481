//! Releases as folders: a new one needs no code, and the published examples get the verdicts that were measured.
//! Does not compare schemas: that is `compare`.

use knooppunt_standard::{Limits, Releases};
use libtest_mimic::Trial;

use crate::files::ReleaseFolder;
use crate::{files, releases, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let absent = files::published("messages/verdicts.tsv").is_none();
    let loads = files::releases().into_iter().map(|folder| {
        trial(
            format!("releases/{folder}_loads_alone_with_all_its_kinds"),
            move || loads_alone(&folder),
        )
    });
    let others = [
        trial(
            "releases/a_made_up_release_is_a_folder_and_needs_no_code",
            made_up_release,
        ),
        trial(
            "releases/published_examples_get_the_measured_verdicts",
            measured_verdicts,
        )
        .with_ignored_flag(absent),
        trial(
            "releases/the_faults_of_two_published_examples_are_found_at_their_lines",
            known_faults,
        )
        .with_ignored_flag(absent),
    ];
    loads.chain(others).collect()
}

/// A release needs no other one, is the one its folder says, and takes a kind for each of its schemas.
fn loads_alone(folder: &ReleaseFolder) {
    let prefix = format!("{folder}/");
    let mut files = files::own_schemas();
    files.retain(|(path, _)| path.starts_with(&prefix));
    let loaded = Releases::load(files).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let [release] = loaded.list() else {
        panic!("{} releases in {folder}", loaded.list().len())
    };
    assert_eq!(
        (&*release.standard, &*release.release),
        (folder.standard.as_str(), folder.release.as_str())
    );
    assert!(!folder.kinds.is_empty(), "{folder} has no message");
    assert_eq!(release.soorten.len(), folder.kinds.len(), "kinds");
    assert_eq!(loaded.describe().len(), folder.kinds.len(), "schemas");
}

/// iJw 9.9 as nobody published it: a start message with one more element.
fn made_up_release() {
    let newer = |text: &str| text.replace("/3_2/", "/9_9/").replace("\"3.2\"", "\"9.9\"");
    let mut all = files::own_schemas();
    let added: Vec<(String, Vec<u8>)> = all
        .iter()
        .filter(|(path, _)| path.starts_with("ijw/3.2/"))
        .map(|(path, bytes)| {
            let mut text = newer(std::str::from_utf8(bytes).expect("UTF-8"));
            if path.ends_with("JW305.xsd") {
                let place = "<xs:element name=\"StatusAanlevering\" type=\"base:LDT_StatusAanlevering\"/>";
                assert!(text.contains(place));
                text = text.replace(place, &format!("{place}\n<xs:element name=\"Locatie\" type=\"base:LDT_Plaatsnaam\" minOccurs=\"0\"/>"));
            }
            (path.replace("ijw/3.2/", "ijw/9.9/"), text.into_bytes())
        })
        .collect();
    assert!(added.len() > 15);
    all.extend(added);
    let releases = Releases::load(all).expect("one more release loads");
    assert_eq!(releases.list().len(), files::releases().len() + 1);

    let plain = files::text(&files::own(
        "conformance/messages/ijw/JW305/plain/message.xml",
    ));
    let place = "</jw305:StatusAanlevering>";
    let with_location = plain.replace(
        place,
        &format!("{place}<jw305:Locatie>Wageningen</jw305:Locatie>"),
    );
    let verdict = |message: &str| {
        let checked = releases.check(message.as_bytes(), &Limits::default());
        let codes: Vec<&str> = checked
            .findings
            .list
            .iter()
            .map(|finding| finding.code)
            .collect();
        (checked.kind.map(|kind| kind.release.to_string()), codes)
    };
    assert_eq!(
        verdict(&newer(&with_location)),
        (Some("9.9".into()), vec![])
    );
    assert_eq!(verdict(&newer(&plain)), (Some("9.9".into()), vec![]));
    assert_eq!(verdict(&plain), (Some("3.2".into()), vec![]));
    assert_eq!(
        verdict(&with_location),
        (Some("3.2".into()), vec!["element-unexpected"])
    );
}

/// Every example of release 3.2 is valid or not, as xmllint and xmlschema found.
fn measured_verdicts() {
    let table =
        files::text(&files::published("messages/verdicts.tsv").expect("ignored when absent"));
    let mut seen = 0;
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (path, measured) = (columns[0], columns[2]);
        if !path.contains("/3.2/") {
            continue;
        }
        let body = files::read(&files::published(path).expect("the example is there"));
        let checked = releases().check(&body, &Limits::default());
        let verdict = if checked.findings.is_empty() {
            "valid"
        } else {
            "invalid"
        };
        assert_eq!(verdict, measured, "{path}: {:?}", checked.findings);
        assert_eq!(
            checked.findings.count().to_string(),
            columns[4],
            "number of findings in {path}"
        );
        if let Some(first) = checked.findings.list.first() {
            let line = columns[5].split_once(':').map_or("", |(line, _)| line);
            assert_eq!(first.line.to_string(), line, "line in {path}");
        }
        seen += 1;
    }
    assert_eq!(seen, 21);
}

/// JW315 names 31 June twice; JW318 has a RetourCode where none may stand.
fn known_faults() {
    let found = |name: &str| {
        let body = files::read(
            &files::published(&format!("messages/ijw/3.2/{name}.xml"))
                .expect("ignored when absent"),
        );
        let checked = releases().check(&body, &Limits::default());
        let findings: Vec<(&str, String, u32)> = checked
            .findings
            .list
            .iter()
            .map(|finding| (finding.code, finding.path.clone(), finding.line))
            .collect();
        (String::from_utf8(body).expect("UTF-8"), findings)
    };
    let (text, findings) = found("JW315");
    let lines: Vec<u32> = (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.contains("2027-06-31"))
        .map(|(number, _)| number)
        .collect();
    assert_eq!(lines.len(), 2);
    let expected: Vec<_> = (1..)
        .zip(lines)
        .map(|(index, line)| {
            let path = format!("/Bericht/Client/AangevraagdeProducten/AangevraagdProduct[{index}]/ToewijzingEinddatum");
            ("value-date", path, line)
        })
        .collect();
    assert_eq!(findings, expected);

    let (_, findings) = found("JW318");
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].2, 33);
    assert!(
        findings[0].1.starts_with("/Bericht/Client/Verzoek"),
        "{findings:?}"
    );
}
