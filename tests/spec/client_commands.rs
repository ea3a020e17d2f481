//! `knooppunt send`, `inbox`, `fetch`, `ack`, `status` and `receipt` against a real gateway: what a script of a provider or municipality relies on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use knooppunt::client::Credentials;

use crate::site::{Running, Site};

const MESSAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/messages/ijw");

fn message(kind: &str) -> String {
    format!("{MESSAGES}/{kind}/plain/message.xml")
}

/// What a command said and its exit code.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    out: Vec<u8>,
    pub(crate) all: String,
}

/// Runs a command with the certificate of a party in the environment.
pub(crate) fn run_as(running: &Running, party: &str, arguments: &[&str]) -> Said {
    let Credentials { cert, key, ca } = running.credentials(party);
    let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .args(arguments)
        .env("KNOOPPUNT_URL", &running.url)
        .env("KNOOPPUNT_CERT", cert)
        .env("KNOOPPUNT_KEY", key)
        .env("KNOOPPUNT_CA", ca)
        .output()
        .unwrap();
    Said {
        code: output.status.code(),
        all: String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat())
            .into_owned(),
        out: output.stdout,
    }
}

/// The id in `... aangenomen als ID: ...`.
pub(crate) fn id_in(said: &str) -> String {
    let after = said
        .split(" als ")
        .nth(1)
        .unwrap_or_else(|| panic!("no id in {said}"));
    after.split(':').next().unwrap().to_owned()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, bytes).unwrap();
    file
}

#[test]
fn a_declaration_is_sent_found_fetched_acknowledged_and_receipted_by_commands_alone() {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    let (provider, municipality) = ("aanbieder", "gemeente");
    let file = message("JW323");

    let said = run_as(&running, provider, &["send", "--dry-run", &file]);
    assert_eq!(said.code, Some(0), "{}", said.all);
    assert!(said.all.contains("niets bewaard"), "{}", said.all);
    // This gateway has no lists and no past: nobody is told to mend what only could not be judged.
    assert!(
        said.all.contains("niet te beoordelen") && !said.all.contains("wat te doen"),
        "{}",
        said.all
    );
    let said = run_as(&running, municipality, &["inbox"]);
    assert!(
        said.code == Some(0) && said.all.contains("leeg"),
        "{}",
        said.all
    );

    let said = run_as(&running, provider, &["send", &file]);
    assert_eq!(said.code, Some(0), "{}", said.all);
    let id = id_in(&said.all);
    let again = run_as(&running, provider, &["send", &file]);
    assert_eq!((again.code, id_in(&again.all)), (Some(0), id.clone()));

    let said = run_as(
        &running,
        municipality,
        &["inbox", "--kind", "323", "--json"],
    );
    let line: serde_json::Value = serde_json::from_slice(&said.out).unwrap();
    assert_eq!(line["id"], id.as_str());
    let said = run_as(&running, municipality, &["inbox", "--kind", "301"]);
    assert!(said.all.contains("leeg"), "{}", said.all);

    let fetched = run_as(&running, municipality, &["fetch", &id]);
    assert_eq!(
        (fetched.code, fetched.out),
        (Some(0), fs::read(&file).unwrap())
    );
    assert_eq!(run_as(&running, municipality, &["ack", &id]).code, Some(0));
    let said = run_as(&running, municipality, &["inbox"]);
    assert!(said.all.contains("leeg"), "{}", said.all);
    let said = run_as(&running, provider, &["status", &id]);
    assert!(
        said.code == Some(0) && said.all.contains("bevestigd"),
        "{}",
        said.all
    );

    let key = run_as(&running, provider, &["receipt", "key"]);
    let receipt = run_as(&running, provider, &["receipt", "get", &id]);
    assert_eq!((key.code, receipt.code), (Some(0), Some(0)));
    let folder = tempfile::tempdir().unwrap();
    let key = write(folder.path(), "key.pem", &key.out);
    let good = write(folder.path(), "good.json", &receipt.out);
    let text = String::from_utf8(receipt.out).unwrap();
    let bad = write(
        folder.path(),
        "bad.json",
        text.replace("98980001", "98980002").as_bytes(),
    );
    assert_eq!(running.stop(), Some(0));

    // Without the gateway, and without a certificate.
    let verify = |receipt: &Path, more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_knooppunt"))
            .args(["receipt", "verify"])
            .arg(receipt)
            .arg("--key")
            .arg(&key)
            .args(more)
            .output()
            .unwrap()
            .status
            .code()
    };
    assert_eq!(verify(&good, &["--message", &file]), Some(0));
    assert_eq!(verify(&good, &["--message", &message("JW301")]), Some(1));
    assert_eq!(verify(&bad, &[]), Some(1));
    assert_eq!(verify(&key, &[]), Some(2));
}

#[test]
fn what_is_refused_is_1_and_says_what_to_change() {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(message("JW323")).unwrap();
    let wrong = write(
        folder.path(),
        "wrong.xml",
        text.replace("2026-02-28", "eind februari").as_bytes(),
    );
    let wrong = wrong.to_str().unwrap();
    for arguments in [["send", wrong].as_slice(), &["send", "--dry-run", wrong]] {
        let said = run_as(&running, "aanbieder", arguments);
        assert_eq!(said.code, Some(1), "{}", said.all);
        assert!(
            said.all.contains("Einddatum") && said.all.contains("JJJJ-MM-DD"),
            "{}",
            said.all
        );
    }
    let said = run_as(&running, "aanbieder", &["send", "--json", wrong]);
    let problem: serde_json::Value = serde_json::from_slice(&said.out).unwrap();
    assert_eq!(
        (said.code, problem["status"].as_u64()),
        (Some(1), Some(422))
    );

    let said = run_as(&running, "gemeente", &["send", &message("JW323")]);
    assert!(
        said.code == Some(1) && said.all.contains("not-the-maker"),
        "{}",
        said.all
    );
    for command in ["fetch", "ack", "status"] {
        let said = run_as(
            &running,
            "aanbieder",
            &[command, "aaaaaaaaaaaaaaaaaaaaaaaaaa"],
        );
        assert!(
            said.code == Some(1) && said.all.contains("not-found"),
            "{}",
            said.all
        );
    }
    // One refused and one taken: the worst counts, and the rest is done.
    let said = run_as(&running, "aanbieder", &["send", wrong, &message("JW323")]);
    assert_eq!(said.code, Some(1), "{}", said.all);
    id_in(&said.all);
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn what_could_not_be_done_is_2_and_says_why() {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    let said = run_as(&running, "aanbieder", &["send", "nowhere.xml"]);
    assert!(
        said.code == Some(2) && said.all.contains("nowhere.xml"),
        "{}",
        said.all
    );
    let said = run_as(&running, "aanbieder", &["inbox", "--cert", "nowhere.pem"]);
    assert!(
        said.code == Some(2) && said.all.contains("nowhere.pem"),
        "{}",
        said.all
    );
    let said = run_as(&running, "aanbieder", &["fetch", "../partij"]);
    assert!(
        said.code == Some(2) && said.all.contains("letters en cijfers"),
        "{}",
        said.all
    );
    // The root of the clients is not the root of the server.
    let other = site.path("pki/operator/root.pem");
    let said = run_as(
        &running,
        "aanbieder",
        &["inbox", "--ca", other.to_str().unwrap()],
    );
    assert!(
        said.code == Some(2) && said.all.contains("geen vertrouwde verbinding"),
        "{}",
        said.all
    );
    let url = running.url.clone();
    assert_eq!(running.stop(), Some(0));

    let running = site.starts(&[]);
    let said = run_as(&running, "aanbieder", &["inbox", "--url", &url]);
    assert!(
        said.code == Some(2) && said.all.contains("geen verbinding"),
        "{}",
        said.all
    );
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn a_file_that_never_ends_or_is_longer_than_a_message_may_be_is_not_read_to_its_end() {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    for arguments in [
        &["send", "/dev/zero"][..],
        &["send", "--dry-run", "/dev/zero"],
        &["receipt", "verify", "/dev/zero", "--key", "/dev/null"],
    ] {
        let said = run_as(&running, "aanbieder", arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.all);
        assert!(
            said.all
                .contains("/dev/zero: te groot: een bericht is ten hoogste 26214400 bytes"),
            "{arguments:?}: {}",
            said.all
        );
    }
    // Exactly as long as a message may be: it is read, and the gateway says what is wrong with it.
    let longest = site.path("longest.xml");
    fs::write(&longest, vec![b' '; 26_214_400]).unwrap();
    let said = run_as(&running, "aanbieder", &["send", longest.to_str().unwrap()]);
    assert_eq!(said.code, Some(1), "{}", said.all);
    assert_eq!(running.stop(), Some(0));
}
