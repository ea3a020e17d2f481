//! The restore drill: a copy is made while messages come in, the disk is lost, and the copy is put back, all with the commands that an operator types.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use knooppunt::receipt::Receipt;
use serde_json::Value;

use crate::site::{Running, Site};
use crate::tls_world::patiently;
use crate::world::{GEMEENTE_A, ZORG_A, answer, message};

/// A site whose copies go into two folders beside it.
fn site(keys_keep_d: i64) -> Site {
    let site = Site::small();
    keeps(&site, keys_keep_d);
    site
}

fn keeps(site: &Site, keys_keep_d: i64) {
    let mut backup = toml::Table::new();
    backup.insert("folder".into(), "copies".into());
    backup.insert("keys".into(), "copies-of-keys".into());
    backup.insert("keys_keep_d".into(), keys_keep_d.into());
    site.configure("store", "backup", backup);
}

/// `knooppunt store ...`: its exit code and what it said.
fn store(site: &Site, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .arg("store")
        .args(arguments)
        .arg("--config")
        .arg(site.path("knooppunt.toml"))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// One that says with `--json` that all is sound.
fn sound(site: &Site, arguments: &[&str]) -> Value {
    let (code, said) = store(site, &[arguments, &["--json"]].concat());
    assert_eq!(code, Some(0), "{arguments:?}: {said}");
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["sound"], true, "{said}");
    said
}

fn lose_the_disk(site: &Site) {
    fs::remove_dir_all(site.path("data")).unwrap();
}

/// A message that was taken, and what its sender has of it.
#[derive(Debug)]
struct Letter {
    id: String,
    position: u64,
    body: Bytes,
    receipt: Receipt,
}

async fn get(running: &Running, party: &str, path: &str) -> (u16, Bytes) {
    let answer = running.client(party).get(path).await.unwrap();
    (answer.status.as_u16(), answer.body)
}

async fn get_json(running: &Running, party: &str, path: &str) -> Value {
    let (status, body) = get(running, party, path).await;
    assert_eq!(status, 200, "{path}");
    serde_json::from_slice(&body).unwrap()
}

async fn takes(running: &Running, party: &str, body: Bytes) -> Letter {
    let answer = running
        .client(party)
        .post_xml("/v1/berichten", body.clone())
        .await
        .unwrap();
    assert_eq!(answer.status.as_u16(), 201);
    let taken: Value = serde_json::from_slice(&answer.body).unwrap();
    let id = taken["id"].as_str().unwrap().to_owned();
    let receipt = receipt(running, party, &id).await;
    Letter {
        position: taken["position"].as_u64().unwrap(),
        receipt,
        body,
        id,
    }
}

async fn receipt(running: &Running, party: &str, id: &str) -> Receipt {
    let path = format!("/v1/berichten/{id}/ontvangstbewijs");
    serde_json::from_value(get_json(running, party, &path).await).unwrap()
}

fn start(number: usize) -> Bytes {
    message("JW305", GEMEENTE_A, ZORG_A, &format!("S{number}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_before_the_position_of_the_copy_is_there_once_intact_and_in_order() {
    let site = site(30);
    let running = Arc::new(site.starts(&["--create"]).unheard());
    let mut letters = Vec::new();
    for number in 0..30 {
        letters.push(takes(&running, "aanbieder", start(number)).await);
    }
    let keys = get_json(&running, "aanbieder", "/v1/sleutels").await;
    let pem = keys["keys"][0]["pem"].as_str().unwrap().to_owned();

    // Messages come in all the while.
    let (stop, came) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let (stops, comes, gateway) = (Arc::clone(&stop), Arc::clone(&came), Arc::clone(&running));
    let sender = tokio::spawn(async move {
        let mut letters = Vec::new();
        while !stops.load(Ordering::SeqCst) {
            let number = 1_000 + comes.fetch_add(1, Ordering::SeqCst);
            letters.push(takes(&gateway, "aanbieder", start(number)).await);
        }
        letters
    });
    while came.load(Ordering::SeqCst) < 5 {
        tokio::task::yield_now().await;
    }
    let said = tokio::task::block_in_place(|| sound(&site, &["backup"]));
    stop.store(true, Ordering::SeqCst);
    letters.extend(sender.await.unwrap());
    for number in 0..10 {
        letters.push(takes(&running, "aanbieder", start(2_000 + number)).await);
    }
    let position = said["position"].as_u64().unwrap();
    let known = letters.last().unwrap().position + 1;
    assert!(30 < position && position < known, "{said}");
    assert_eq!(said["records"], position);

    Arc::into_inner(running).unwrap().kill();
    lose_the_disk(&site);

    // Who has a receipt of a later message knows that it is not all.
    let (code, said) = store(&site, &["restore", "--known", &known.to_string()]);
    assert_eq!(code, Some(2), "{said}");
    let lost = format!("{} records would be lost", known - position);
    assert!(
        said.contains(&lost) && said.contains("--accept-loss"),
        "{said}"
    );
    assert!(!site.path("data/store").exists());
    let looked = sound(&site, &["restore", "--dry-run"]);
    assert_eq!(looked["records"], position);
    assert!(!site.path("data/store").exists());

    let said = sound(&site, &["restore"]);
    assert_eq!(said["position"], position);
    let (code, said) = store(&site, &["check"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = store(&site, &["restore"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("not empty"), "{said}");

    let running = site.starts(&[]).unheard();
    // It looks how old the last copy is.
    let tells_age = async {
        while !running
            .tells("/metrics")
            .contains("knooppunt_backup_age_seconds ")
        {
            tokio::task::yield_now().await;
        }
    };
    patiently(tells_age).await;
    let page = get_json(&running, "gemeente", "/v1/postvak?limit=1000").await;
    let waiting: Vec<_> = page["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["id"].as_str().unwrap())
        .collect();
    letters.sort_by_key(|letter| letter.position);
    let (there, lost): (Vec<_>, Vec<_>) = letters
        .iter()
        .partition(|letter| letter.position < position);
    let expected: Vec<_> = there.iter().map(|letter| letter.id.as_str()).collect();
    assert_eq!(waiting, expected, "once, and in order");
    for letter in there {
        let path = format!("/v1/postvak/{}/inhoud", letter.id);
        assert_eq!(
            get(&running, "gemeente", &path).await,
            (200, letter.body.clone())
        );
        let again = receipt(&running, "aanbieder", &letter.id).await;
        assert_eq!(again, letter.receipt);
        let stated = again.verify(&pem).unwrap();
        assert_eq!(stated.position, letter.position);
    }
    // What came later is unknown here, and taken when it is sent again.
    for letter in lost {
        let path = format!("/v1/berichten/{}", letter.id);
        assert_eq!(get(&running, "aanbieder", &path).await.0, 404);
        takes(&running, "aanbieder", letter.body.clone()).await;
    }
    assert_eq!(running.stop(), Some(0));
    // And the next copy goes on from the one that was put back.
    let said = sound(&site, &["backup"]);
    assert_eq!(said["position"], known);
}

/// Waits until the content of a message is erased.
async fn erased(running: &Running, party: &str, id: &str) {
    let path = format!("/v1/postvak/{id}/inhoud");
    for _ in 0..100_000 {
        if get(running, party, &path).await.0 == 410 {
            return;
        }
    }
    panic!("{id} is not erased");
}

/// Puts the copy back into an empty folder; what comes of fetching a declaration.
async fn after_restore(site: &Site, arguments: &[&str], id: &str) -> u16 {
    lose_the_disk(site);
    sound(site, arguments);
    let running = site.starts(&[]).unheard();
    let path = format!("/v1/postvak/{id}/inhoud");
    let (status, _) = get(&running, "gemeente", &path).await;
    assert_eq!(running.stop(), Some(0));
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_after_a_copy_stays_erased_when_a_later_one_says_so_or_its_keys_have_expired()
 {
    let site = site(30);
    let running = site.starts(&["--create"]).unheard();
    let declared = message("JW323", GEMEENTE_A, ZORG_A, "D1");
    let declared = takes(&running, "aanbieder", declared).await;
    let answered = answer("JW325", GEMEENTE_A, ZORG_A, "D1", "B1");
    let answered = takes(&running, "gemeente", answered).await;
    for (party, letter) in [("gemeente", &declared), ("aanbieder", &answered)] {
        let path = format!("/v1/postvak/{}", letter.id);
        let status = running.client(party).delete(&path).await.unwrap().status;
        assert_eq!(status.as_u16(), 204);
    }
    let first = sound(&site, &["backup"]);
    assert_eq!(running.stop(), Some(0));

    site.configure("retention", "after_acknowledged_h", 0);
    let running = site.starts(&[]).unheard();
    erased(&running, "gemeente", &declared.id).await;
    let second = sound(&site, &["backup"]);
    assert_eq!(running.stop(), Some(0));
    site.configure("retention", "after_acknowledged_h", 24);
    assert_eq!(second["key_copies"], 2);

    assert_eq!(after_restore(&site, &["restore"], &declared.id).await, 410);
    // By the keys of before the erasure: what the journal says is erased is erased.
    let older = first["position"].to_string();
    let with_older = ["restore", "--keys-of", &older, "--accept-loss"];
    assert_eq!(
        after_restore(&site, &with_older, &declared.id).await,
        410,
        "the journal wins"
    );
    let looked = [&with_older[..], &["--dry-run"]].concat();
    let looked = sound(&site, &looked);
    assert_eq!(looked["records"], first["position"]);
    assert_eq!(looked["parts_erased"], 2, "{looked}");
    assert!(looked["parts"].as_u64().unwrap() > 2, "{looked}");
    assert_eq!(looked["folder_in_the_way"], true, "nothing was put back");

    // Keys that have expired are removed by the next copy, and nothing is put back by those of a copy whose life is over.
    assert_eq!(after_restore(&site, &["restore"], &declared.id).await, 410);
    keeps(&site, 0);
    let (code, said) = store(&site, &["backup"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains(&format!("removed: the copy of keys of position {older}")),
        "{said}"
    );
    lose_the_disk(&site);
    let (code, said) = store(&site, &["restore"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("expired") && said.contains("--expired-keys"),
        "{said}"
    );
    let (code, said) = store(&site, &["restore", "--keys-of", &older, "--expired-keys"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no whole copy of keys"), "{said}");
    fs::create_dir(site.path("data")).unwrap();
    let told = ["restore", "--expired-keys"];
    assert_eq!(after_restore(&site, &told, &declared.id).await, 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_in_a_copy_is_1_with_the_file_and_what_was_begun_is_no_store() {
    let site = site(30);
    let running = site.starts(&["--create"]).unheard();
    for number in 0..3 {
        takes(&running, "aanbieder", start(number)).await;
    }
    assert_eq!(running.stop(), Some(0));
    sound(&site, &["backup"]);
    let mut parts: Vec<_> = fs::read_dir(site.path("copies/parts"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let file = parts.pop().unwrap();
    let right = fs::read(&file).unwrap();
    let mut wrong = right.clone();
    wrong[right.len() / 2] ^= 1;
    fs::write(&file, wrong).unwrap();
    fs::rename(site.path("data"), site.path("old-data")).unwrap();
    for arguments in [["restore"].as_slice(), &["restore", "--dry-run"]] {
        let (code, said) = store(&site, arguments);
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains("DAMAGE") && said.contains(file.to_str().unwrap()),
            "{said}"
        );
        assert!(!site.path("data").exists(), "nothing was begun");
    }
    // What is broken off is no store, for any command.
    fs::create_dir(site.path("data")).unwrap();
    fs::write(site.path("data/restoring"), b"").unwrap();
    for command in ["check", "stats", "rebuild", "backup"] {
        let (code, said) = store(&site, &[command]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("did not come to its end"), "{said}");
    }
    let (_, said) = site.fails(&[]);
    assert!(said.contains("did not come to its end"), "{said}");
    fs::write(&file, right).unwrap();
    let known = site.path("old-data");
    sound(&site, &["restore", "--known", known.to_str().unwrap()]);
    assert_eq!(store(&site, &["check"]).0, Some(0));
}

#[test]
fn without_folders_for_copies_or_without_a_store_it_is_2_with_what_to_do() {
    let site = Site::small();
    for command in ["backup", "restore"] {
        let (code, said) = store(&site, &[command]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("[store.backup]"), "{said}");
    }
    keeps(&site, 30);
    for (command, words) in [("backup", "no store"), ("restore", "no whole copy")] {
        let (code, said) = store(&site, &[command]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}
