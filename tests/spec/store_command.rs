//! `knooppunt store` as an operator meets it: on a data folder that a real gateway has filled.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use bytes::Bytes;

use crate::site::{Running, Site};

const ALLOCATION: &[u8] = include_bytes!("../../conformance/messages/ijw/JW301/plain/message.xml");
const DECLARATION: &[u8] = include_bytes!("../../conformance/messages/ijw/JW323/plain/message.xml");

/// Two messages in, one of them acknowledged.
async fn filled(running: &Running) -> String {
    let mut ids = Vec::new();
    for (name, body) in [("gemeente", ALLOCATION), ("aanbieder", DECLARATION)] {
        let answer = running
            .client(name)
            .post_xml("/v1/berichten", Bytes::from_static(body))
            .await
            .unwrap();
        assert_eq!(answer.status.as_u16(), 201);
        let taken: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        ids.push(taken["id"].as_str().unwrap().to_owned());
    }
    let path = format!("/v1/postvak/{}", ids[0]);
    let answer = running.client("aanbieder").delete(&path).await.unwrap();
    assert_eq!(answer.status.as_u16(), 204);
    ids.swap_remove(1)
}

fn store(site: &Site, command: &str) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .args(["store", command, "--config"])
        .arg(site.path("knooppunt.toml"))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// The first file in a folder of the data folder, by name.
fn first_file(site: &Site, folder: &str) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(site.path("data").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.swap_remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_0_when_sound_and_1_with_the_file_after_one_flipped_bit() {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    filled(&running).await;
    assert_eq!(running.stop(), Some(0));
    let (code, said) = store(&site, "check");
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("3 records") && said.ends_with("sound\n"),
        "{said}"
    );

    let file = first_file(&site, "journal");
    let right = fs::read(&file).unwrap();
    let mut wrong = right.clone();
    let place = right.iter().rposition(|byte| *byte != 0).unwrap() / 2;
    wrong[place] ^= 1;
    fs::write(&file, wrong).unwrap();
    let (code, said) = store(&site, "check");
    assert_eq!(code, Some(1), "{said}");
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(said.contains("DAMAGE") && said.contains(name), "{said}");

    fs::write(&file, right).unwrap();
    assert_eq!(store(&site, "check").0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuild_makes_the_views_anew_and_nothing_is_missing_after_it() {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    let waiting = filled(&running).await;
    assert_eq!(running.stop(), Some(0));
    let (code, said) = store(&site, "rebuild");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("3 records"), "{said}");

    let running = site.starts(&[]);
    let answer = running.client("gemeente").get("/v1/postvak").await.unwrap();
    let page: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(page["messages"].as_array().unwrap().len(), 1);
    assert_eq!(page["messages"][0]["id"], waiting);
    let path = format!("/v1/postvak/{waiting}/inhoud");
    assert_eq!(
        running.client("gemeente").get(&path).await.unwrap().body,
        DECLARATION
    );
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuild_changes_over_to_another_engine_and_until_then_a_start_says_what_to_do() {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    let waiting = filled(&running).await;
    assert_eq!(running.stop(), Some(0));
    for engine in ["fjall", "sled"] {
        site.configure("store", "views", engine);
        let (code, said) = site.fails(&[]);
        assert_ne!(code, Some(0));
        assert!(
            said.contains("knooppunt store rebuild") && said.contains(engine),
            "{said}"
        );
        let (code, said) = store(&site, "stats");
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("knooppunt store rebuild"), "{said}");

        let (code, said) = store(&site, "rebuild");
        assert_eq!(code, Some(0), "{said}");
        assert!(
            said.contains(&format!("3 records, kept by {engine}")),
            "{said}"
        );
        let running = site.starts(&[]);
        let answer = running.client("gemeente").get("/v1/postvak").await.unwrap();
        let page: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(page["messages"].as_array().unwrap().len(), 1);
        assert_eq!(page["messages"][0]["id"], waiting);
        assert_eq!(running.stop(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rebuild_says_1_and_how_many_records_when_it_meets_damage() {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    filled(&running).await;
    assert_eq!(running.stop(), Some(0));
    for file in fs::read_dir(site.path("data").join("parts")).unwrap() {
        let file = file.unwrap().path();
        let mut bytes = fs::read(&file).unwrap();
        for byte in bytes.iter_mut().skip(64).step_by(64) {
            *byte ^= 1;
        }
        fs::write(&file, bytes).unwrap();
    }
    let (code, said) = store(&site, "rebuild");
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("DAMAGED: ") && said.contains("store check"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stats_counts_records_by_what_they_say() {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    filled(&running).await;
    assert_eq!(running.stop(), Some(0));
    let (code, said) = store(&site, "stats");
    assert_eq!(code, Some(0), "{said}");
    for line in [
        "3  records",
        "2  messages taken",
        "1  messages acknowledged",
        "3  records in the views, kept by sled",
    ] {
        assert!(
            said.lines().any(|said| said.trim() == line),
            "{line} is not in\n{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_change_of_the_top_key_everything_is_read_with_the_new_one_and_nothing_with_the_old_one()
 {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    let waiting = filled(&running).await;
    assert_eq!(running.stop(), Some(0));
    let file = site.path("keys").join("top.key");
    let old = fs::read(&file).unwrap();
    let (code, said) = store(&site, "change-key");
    assert_eq!(code, Some(0), "{said}");
    let new = fs::read(&file).unwrap();
    assert_ne!(old, new);
    assert_eq!(store(&site, "check").0, Some(0));

    let running = site.starts(&[]);
    let path = format!("/v1/postvak/{waiting}/inhoud");
    assert_eq!(
        running.client("gemeente").get(&path).await.unwrap().body,
        DECLARATION
    );
    assert_eq!(running.stop(), Some(0));

    fs::write(&file, old).unwrap();
    let (code, said) = store(&site, "check");
    assert_ne!(code, Some(0), "{said}");
    assert!(said.contains("top.key"), "{said}");
}

#[test]
fn every_command_says_2_without_a_store_and_while_a_gateway_has_it_open() {
    let site = Site::small();
    for command in ["check", "rebuild", "stats", "change-key"] {
        let (code, said) = store(&site, command);
        assert_eq!(code, Some(2), "{command}: {said}");
        assert!(said.contains("no store"), "{said}");
    }
    let running = site.starts(&["--create"]);
    for command in ["check", "rebuild", "stats", "change-key"] {
        let (code, said) = store(&site, command);
        assert_eq!(code, Some(2), "{command}: {said}");
        assert!(said.contains("in use"), "{said}");
    }
    assert_eq!(running.stop(), Some(0));
}
