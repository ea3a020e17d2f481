//! The description that the door gives: it leads to all its files, and means what the published one means.

use std::path::Path;
use std::process::Command;

use super::examples::published;
use super::{NUMBER, OTHER, PATH, Sent, fo01, given};
use crate::door::Door;

/// The files of a description, by following what each names, from `?wsdl` on.
async fn files(door: &Door, path: &str) -> Vec<(String, String)> {
    let mut asked = vec![format!("{path}?wsdl")];
    let mut files: Vec<(String, String)> = Vec::new();
    let mut at = 0;
    while let Some(address) = asked.get(at).cloned() {
        at += 1;
        let reply = door.get("gemeente-a", &address).await;
        assert_eq!(reply.status, 200, "{address}");
        let text = String::from_utf8(reply.body.to_vec()).expect("text");
        for reference in text.split("ocation=\"").skip(1) {
            let reference = reference.split('"').next().expect("a value");
            if let Some(query) = reference.strip_prefix("OntvangAsynchroon?") {
                let next = format!("{path}?{query}");
                if !asked.contains(&next) {
                    asked.push(next);
                }
            }
        }
        let name = address
            .rsplit_once('=')
            .map_or("service.wsdl", |(_, name)| name);
        files.push((name.to_owned(), text));
    }
    files
}

#[tokio::test]
async fn the_description_is_whole_from_either_path_and_names_its_service() {
    let door = Door::new();
    for (path, service) in [
        (PATH, "StUFOntvangAsynchroonGGK0210Service"),
        (
            "/ggk/ggk0310/OntvangAsynchroon",
            "StUFOntvangAsynchroonGGK0310Service",
        ),
    ] {
        let files = files(&door, path).await;
        let count = if service.contains("0210") { 5 } else { 6 };
        assert_eq!(files.len(), count);
        let (_, wsdl) = &files[0];
        assert!(
            wsdl.contains(service) && wsdl.contains(&format!("{path}\"")),
            "{wsdl}"
        );
    }
}

/// Whether a schema takes a document; `None` without the tool.
fn takes(schema: &Path, document: &str) -> Option<bool> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.xml");
    std::fs::write(&file, document).expect("written");
    let ran = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(schema)
        .arg(&file)
        .output()
        .ok()?;
    match ran.status.code() {
        Some(0) => Some(true),
        Some(3) => Some(false),
        other => panic!(
            "xmllint: {other:?}: {}",
            String::from_utf8_lossy(&ran.stderr)
        ),
    }
}

/// Documents with every form of every field one past what is allowed, and right ones.
fn probes(element: &str) -> Vec<String> {
    let long = |most: usize| "x".repeat(most);
    let mut probes = vec![element.to_owned()];
    for (from, to) in [
        (NUMBER, "123".to_owned()),
        (NUMBER, NUMBER.to_uppercase()),
        (NUMBER, long(41)),
        ("Jeugd &amp; Wmo", "ab".to_owned()),
        ("Jeugd &amp; Wmo", long(50)),
        ("Jeugd &amp; Wmo", long(51)),
        ("<StUF:organisatie>0289</StUF:organisatie>", String::new()),
        (">0289<", format!(">{}<", long(201))),
        ("20260301095900", "2026030".to_owned()),
        ("20260301095900", "202603010959001234".to_owned()),
        ("JW301", long(31)),
        ("JW301", String::new()),
        (">0003<", ">003<".to_owned()),
        (">0003<", ">0003a<".to_owned()),
        (
            "</StUF:zender>",
            "<StUF:gebruiker>a</StUF:gebruiker></StUF:zender>".to_owned(),
        ),
        (
            "</StUF:zender>",
            format!(
                "<StUF:administratie>{}</StUF:administratie></StUF:zender>",
                long(51)
            ),
        ),
        (
            "<GGK:applicatieVersie>0001</GGK:applicatieVersie>",
            String::new(),
        ),
        (
            "<GGK:applicatieVersie>",
            "<GGK:referentienummerBericht>1</GGK:referentienummerBericht><GGK:applicatieVersie>"
                .to_owned(),
        ),
        (
            "<GGK:applicatieVersie>",
            "<GGK:crossRefnummerBericht>1</GGK:crossRefnummerBericht><GGK:applicatieVersie>"
                .to_owned(),
        ),
        ("<GGK:xmlBestand>", "<GGK:xmlBestand>*".to_owned()),
        ("<GGK:xmlBestand>", "<GGK:xmlBestand naam='a'>".to_owned()),
        (
            "xmime:contentType=\"application/xml\"",
            "xmime:contentType=\"x\"".to_owned(),
        ),
        ("xmime:contentType=\"application/xml\"", String::new()),
        (
            "xmime:contentType",
            "StUF:bestandsnaam=\"a\" xmime:contentType".to_owned(),
        ),
        (">Di01<", ">Du01<".to_owned()),
        (">Fo01<", ">Fo03<".to_owned()),
        ("<StUF:plek>client<", "<StUF:plek>elders<".to_owned()),
        ("Mila Zonneveld", long(200)),
        ("Mila Zonneveld", long(201)),
        (
            "<StUF:detailsXML>",
            format!(
                "<StUF:details>{}</StUF:details><StUF:detailsXML>",
                long(1001)
            ),
        ),
        (">StUF055<", ">StUF0555<".to_owned()),
        (
            "<StUF:detailsXML><a><b/></a></StUF:detailsXML>",
            String::new(),
        ),
        (
            "<StUF:functie>",
            format!("<StUF:crossRefnummer>{NUMBER}</StUF:crossRefnummer><StUF:functie>"),
        ),
    ] {
        if element.contains(from) {
            probes.push(element.replacen(from, &to, 1));
        }
    }
    for (open, close) in [("<GGK:xmlBestand>", "</GGK:xmlBestand>")] {
        for name in ["a.csv", "a.b", "a b.csv"] {
            let as_text = element
                .replace(open, &format!("<GGK:tekstBestand bestandsnaam=\"{name}\">"))
                .replace(close, "</GGK:tekstBestand>");
            probes.push(as_text);
        }
    }
    probes
}

#[tokio::test]
async fn our_schemas_take_and_refuse_what_the_published_ones_do() {
    let door = Door::new();
    let body = given("T1");
    let (first, answer) = (Sent::di01(&body), Sent::du01("JW306", NUMBER, &body));
    let refusal = fo01(OTHER, NUMBER, "StUF055");
    let models = [
        (
            PATH,
            "ggk0210",
            "ggk0210/ggkberichten/ggk0210_msg_ggkberichten.xsd",
            vec![first.element(), answer.element(), refusal.clone()],
        ),
        (
            "/ggk/ggk0310/OntvangAsynchroon",
            "ggk0310",
            "ggk0310_21/ggkberichten/ggk0310_msg.xsd",
            vec![
                first.in_ggk0310(&body).element(),
                answer.in_ggk0310(&body).element(),
                refusal,
            ],
        ),
    ];
    let (mut taken, mut refused) = (0, 0);
    for (path, model, theirs, elements) in models {
        let Some(theirs) = published(theirs) else {
            return;
        };
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files(&door, path).await {
            // On disk they name each other plainly.
            let plain = text
                .replace("OntvangAsynchroon?xsd=", "")
                .replace("OntvangAsynchroon?wsdl=", "");
            std::fs::write(folder.path().join(name), plain).expect("written");
        }
        let ours = folder.path().join(format!("{model}.xsd"));
        for element in elements {
            for probe in probes(&element) {
                let (Some(ours), Some(theirs)) = (takes(&ours, &probe), takes(&theirs, &probe))
                else {
                    return;
                };
                assert_eq!(ours, theirs, "{model}: {probe}");
                *(if ours { &mut taken } else { &mut refused }) += 1;
            }
        }
    }
    assert!(taken > 20 && refused > 40, "{taken} and {refused}");
}
