//! The log as an operator, a party and an auditor meet it: the real program, its files and its commands.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use bytes::Bytes;
use knooppunt::api::ontvangstbewijs::{KeysBody, ReceiptBody};
use knooppunt::receipt::{InLog, Receipt, ReceiptError};
use knooppunt_proof::Policy;

use crate::site::{Running, Site};

const DECLARATIE: &[u8] = include_bytes!("../../conformance/messages/ijw/JW323/plain/message.xml");

/// `knooppunt log` or another command, in the folder of a site: exit code and all that it said.
fn command(site: &Site, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_knooppunt")));
    command.current_dir(site.path("")).args(arguments);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("it runs");
    let said = String::from_utf8([stdout, stderr].concat()).expect("text");
    (status.code(), said)
}

fn logged() -> Site {
    let site = Site::small();
    site.configure("message_log", "origin", "log.example/knooppunt");
    site
}

/// Hands a declaration in and gets its receipt.
async fn receipt(running: &Running) -> (Vec<u8>, ReceiptBody) {
    let mut client = running.client("aanbieder");
    let body = Bytes::from_static(DECLARATIE);
    let taken = client.post_xml("/v1/berichten", body).await.expect("taken");
    let taken: serde_json::Value = serde_json::from_slice(&taken.body).expect("JSON");
    let id = taken["id"].as_str().expect("an id");
    let path = format!("/v1/berichten/{id}/ontvangstbewijs");
    let answer = client.get(&path).await.expect("a receipt");
    let receipt = serde_json::from_slice(&answer.body).expect("a receipt");
    (answer.body.to_vec(), receipt)
}

#[tokio::test]
async fn a_receipt_shows_that_its_message_is_in_the_log_and_is_verified_offline() {
    let site = logged();
    let running = site.starts(&["--create"]);
    let (text, body) = receipt(&running).await;
    let keys = running.client("gemeente").get("/v1/sleutels").await;
    let keys: KeysBody = serde_json::from_slice(&keys.expect("keys").body).expect("keys");
    assert!(
        running
            .tells("/gezond")
            .contains("\"name\":\"log\",\"ok\":true")
    );
    assert!(running.tells("/metrics").contains("knooppunt_log_size 1"));
    assert_eq!(running.stop(), Some(0));

    let policy: Policy = keys.log.expect("a log").policy.parse().expect("a policy");
    let signed = Receipt {
        statement: body.statement,
        signature: body.signature,
    };
    let stated = signed.verify(&keys.keys[0].pem).expect("it holds");
    let in_log = InLog {
        log: body.log,
        record: Some(body.record),
        salt: body.salt,
    };
    let shown = in_log.verify(&stated, &policy).expect("it is in the log");
    assert!(shown.record && shown.size > stated.position);
    let of_another = InLog {
        record: in_log
            .record
            .as_ref()
            .map(|record| record.replace('A', "B")),
        ..in_log.clone()
    };
    let wrong = of_another.verify(&stated, &policy).expect_err("changed");
    assert!(matches!(wrong, ReceiptError::Record), "{wrong}");

    fs::write(site.path("bewijs.json"), text).expect("written");
    fs::write(site.path("sleutel.pem"), &keys.keys[0].pem).expect("written");
    fs::write(site.path("log.beleid"), policy.to_string()).expect("written");
    let verify = ["receipt", "verify", "bewijs.json", "--key", "sleutel.pem"];
    let with = [&verify[..], &["--log", "log.beleid"]].concat();
    let (code, said) = command(&site, &with);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("het staat in het logboek log.example/knooppunt"),
        "{said}"
    );
    let (code, said) = command(
        &site,
        &["log", "key", "--config", "knooppunt.toml", "--policy"],
    );
    assert_eq!((code, said), (Some(0), policy.to_string()));
}

#[tokio::test]
async fn an_export_is_verified_offline_and_one_changed_byte_names_the_record() {
    let site = logged();
    let running = site.starts(&["--create"]);
    let (_, body) = receipt(&running).await;
    assert!(body.log.is_some());
    assert_eq!(running.stop(), Some(0));
    let config = ["--config", "knooppunt.toml"];
    let export = [&["log", "export", "--out", "uit"][..], &config].concat();
    let (code, said) = command(&site, &export);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = command(&site, &["log", "verify", "uit"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("holds: 1 records"), "{said}");
    let file = site.path("uit").join("records.jsonl");
    let whole = fs::read_to_string(&file).expect("lines");
    let at = whole.find("\"record\":\"").expect("a record") + 30;
    let mut changed = whole.into_bytes();
    changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
    fs::write(&file, changed).expect("written");
    let (code, said) = command(&site, &["log", "verify", "uit"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("record 0"), "{said}");
    let (code, _) = command(&site, &["log", "verify", "nergens"]);
    assert_eq!(code, Some(2));
    let (code, said) = command(&site, &[&["log", "prove", "0"][..], &config].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.starts_with("c2sp.org/tlog-proof@v1\nindex 0\n"),
        "{said}"
    );
    let (code, said) = command(&site, &[&["log", "prove", "1"][..], &config].concat());
    assert_eq!(code, Some(1), "{said}");
}

#[tokio::test]
async fn a_store_of_before_gets_a_log_from_its_first_record_on_and_an_older_folder_stops_the_start()
{
    let site = Site::small();
    let running = site.starts(&["--create"]);
    let (_, before) = receipt(&running).await;
    assert_eq!(before.log, None);
    assert_eq!(running.stop(), Some(0));
    assert!(!site.path("keys").join("log.key").exists());
    let copied = site.path("older");
    copy(&site.path("data"), &copied);

    site.configure("message_log", "origin", "log.example/knooppunt");
    let running = site.starts(&[]);
    let path = "/v1/postvak";
    let page = running.client("gemeente").get(path).await.expect("a page");
    let page: serde_json::Value = serde_json::from_slice(&page.body).expect("JSON");
    let id = page["messages"][0]["id"].as_str().expect("an id");
    let mut client = running.client("gemeente");
    let acknowledged = client.delete(&format!("{path}/{id}")).await;
    assert_eq!(acknowledged.expect("an answer").status.as_u16(), 204);
    let path = format!("/v1/berichten/{id}/ontvangstbewijs");
    let again = client.get(&path).await.expect("a receipt");
    let again: ReceiptBody = serde_json::from_slice(&again.body).expect("a receipt");
    assert!(again.log.is_some(), "it is in the log from record 0 on");
    assert_eq!(running.stop(), Some(0));

    fs::remove_dir_all(site.path("data").join("journal")).expect("removed");
    copy(&copied.join("journal"), &site.path("data").join("journal"));
    let (code, said) = site.fails(&[]);
    assert_eq!(code, Some(2), "{said}");
    fs::remove_dir_all(site.path("data")).expect("removed");
    copy(&copied, &site.path("data"));
    let (code, said) = site.fails(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("log.key") && said.contains("older data folder"),
        "{said}"
    );
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().expect("a type").is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}
