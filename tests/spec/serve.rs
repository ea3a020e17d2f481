//! `knooppunt serve` as an operator meets it: the real program, its exit codes, its signals and what it says.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use knooppunt::client::Client;
use knooppunt::ledger::{Acknowledged, Event, MessageId};
use knooppunt::store::embedded::Options;
use knooppunt::store::{Embedded, Entry, Journal as _};
use rustix::process::Signal;

use crate::site::{Running, Site, now, party};

const DECLARATIE: &[u8] = include_bytes!("../../conformance/messages/ijw/JW323/plain/message.xml");

/// A register without the provider.
fn gemeente() -> String {
    party("gemeente", "gemeentecode", &["0289".to_owned()])
}

async fn get(client: &mut Client, path: &str) -> (u16, String) {
    let answer = client.get(path).await.unwrap();
    (
        answer.status.as_u16(),
        String::from_utf8(answer.body.to_vec()).unwrap(),
    )
}

#[test]
fn without_a_data_folder_it_does_not_start_and_says_how_one_is_made() {
    let site = Site::small();
    let (code, said) = site.fails(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--create"), "{said}");
    assert!(
        !site.path("data").join("store").exists() && !site.path("keys").join("top.key").exists()
    );
}

#[test]
fn a_store_is_made_once_and_never_over_another() {
    let site = Site::small();
    assert_eq!(site.starts(&["--create"]).stop(), Some(0));
    let (code, said) = site.fails(&["--create"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("not empty"), "{said}");
}

#[test]
fn a_missing_or_wrong_key_file_stops_the_start_and_nothing_is_made_anew() {
    for name in ["top.key", "pseudonym.key", "receipt.key"] {
        let site = Site::small();
        assert_eq!(site.starts(&["--create"]).stop(), Some(0));
        let file = site.path("keys").join(name);
        let right = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let (code, said) = site.fails(&[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(name) && said.contains("missing"), "{said}");
        assert!(!file.exists());
        fs::write(&file, right.iter().map(|byte| byte ^ 1).collect::<Vec<_>>()).unwrap();
        let (code, said) = site.fails(&[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(
            said.contains(name) && said.contains("does not belong"),
            "{said}"
        );
        fs::write(&file, right).unwrap();
        assert_eq!(site.starts(&[]).stop(), Some(0));
    }
}

#[test]
fn a_wrong_configuration_register_or_address_stops_the_start_with_its_place() {
    let site = Site::small();
    site.register(&gemeente().replace("id = \"gemeente\"", "id = \"Not An Id\""));
    let (code, said) = site.fails(&["--create"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("register.toml:2"), "{said}");

    let site = Site::small();
    let running = site.starts(&["--create"]);
    let other = Site::small();
    let text = fs::read_to_string(other.path("knooppunt.toml")).unwrap();
    let taken = running.url.trim_start_matches("https://");
    fs::write(
        other.path("knooppunt.toml"),
        text.replacen("127.0.0.1:0", taken, 2),
    )
    .unwrap();
    let (code, said) = other.fails(&["--create"]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("cannot listen on") && said.contains(taken),
        "{said}"
    );

    fs::write(other.path("knooppunt.toml"), "colour = 1\n").unwrap();
    let (code, said) = other.fails(&[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("knooppunt.toml:1:1"), "{said}");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_stop_and_after_a_kill() {
    let site = Site::small();
    let running = site.starts(&["--create"]);
    let answer = running
        .client("aanbieder")
        .post_xml("/v1/berichten", Bytes::from_static(DECLARATIE))
        .await
        .unwrap();
    assert_eq!(answer.status.as_u16(), 201);
    let taken: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let path = format!("/v1/postvak/{}/inhoud", taken["id"].as_str().unwrap());
    assert_eq!(running.stop(), Some(0));

    let running = site.starts(&[]);
    assert_eq!(
        running.client("gemeente").get(&path).await.unwrap().body,
        DECLARATIE
    );
    running.kill();

    let running = site.starts(&[]);
    assert_eq!(
        running.client("gemeente").get(&path).await.unwrap().body,
        DECLARATIE
    );
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_the_xml_section_decides_what_is_taken() {
    let site = Site::small();
    site.configure("xml", "depth_max", 3);
    let hand_in = async |running: &Running| {
        let body = Bytes::from_static(DECLARATIE);
        let mut client = running.client("aanbieder");
        let answer = client.post_xml("/v1/berichten", body).await.unwrap();
        (
            answer.status.as_u16(),
            String::from_utf8(answer.body.to_vec()).unwrap(),
        )
    };
    let running = site.starts(&["--create"]);
    let (status, said) = hand_in(&running).await;
    assert_eq!(status, 422, "{said}");
    assert!(said.contains("depth"), "{said}");
    assert_eq!(running.stop(), Some(0));
    site.configure("xml", "depth_max", 32);
    let running = site.starts(&[]);
    assert_eq!(hand_in(&running).await.0, 201);
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn a_second_sigterm_ends_a_stop_that_waits_for_someone() {
    let site = Site::small();
    let mut running = site.starts(&["--create"]);
    // A plain connection that begins a request and never ends it: the stop waits for it.
    let mut stuck = TcpStream::connect(&running.ops).unwrap();
    stuck.write_all(b"GET /gezond HTTP/1.1\r\nHost").unwrap();
    running.signal(Signal::TERM);
    running.until("stopping");
    running.signal(Signal::TERM);
    running.until("a second signal");
    assert_eq!(running.ends(), Some(1));
}

/// Adds records that make rows, so many that making them takes a while.
fn fill(site: &Site, records: u64) {
    let settings = site.config().store;
    let store =
        Embedded::open(&settings.folder, &settings.keys, Options::default(), now()).unwrap();
    let entry = |number: u64| {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        let event = Event::Acknowledged(Acknowledged {
            message: MessageId::from_bytes(id),
            position: number,
            receiver: "0289".to_owned(),
            party: "gemeente".to_owned(),
            closes: Vec::new(),
            over: None,
        });
        Entry {
            time: now(),
            event: event.encode(),
            parts: Vec::new(),
            erases: Vec::new(),
        }
    };
    for first in (0..records).step_by(1_000) {
        let group = (first..first + 1_000).map(entry).collect();
        store.journal.append(group).unwrap();
    }
    store.close().unwrap();
}

#[tokio::test]
async fn sigterm_while_views_are_made_anew_ends_the_start_and_the_next_one_goes_on() {
    let site = Site::small();
    assert_eq!(site.starts(&["--create"]).stop(), Some(0));
    fill(&site, 30_000);
    // The last record is one that shows whether everything was made.
    let running = site.starts(&[]);
    let body = Bytes::from_static(DECLARATIE);
    let mut client = running.client("aanbieder");
    let answer = client.post_xml("/v1/berichten", body).await.unwrap();
    assert_eq!(answer.status.as_u16(), 201);
    assert_eq!(running.stop(), Some(0));
    for folder in left_in(&site.path("data")) {
        if folder.to_string_lossy().contains("views") {
            fs::remove_dir_all(folder).unwrap();
        }
    }

    let mut running = site.runs(&mut site.command(&[]));
    running.until("views are made anew");
    running.signal(Signal::TERM);
    running.until("stopped before serving");
    assert_eq!(running.ends(), Some(0));
    let running = site.starts(&[]);
    let waiting = get(&mut running.client("gemeente"), "/v1/postvak").await;
    assert!(waiting.1.contains("JW323"), "{waiting:?}");
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test]
async fn sighup_takes_a_good_register_at_once_and_leaves_the_old_one_when_the_new_one_is_wrong() {
    let site = Site::small();
    let both = fs::read_to_string(site.path("register.toml")).unwrap();
    site.register(&gemeente());
    let mut running = site.starts(&["--create"]);
    let mut aanbieder = running.client("aanbieder");
    assert_eq!(get(&mut aanbieder, "/v1/partij").await.0, 403);

    site.register(&both);
    running.signal(Signal::HUP);
    running.until("register reloaded");
    assert_eq!(
        get(&mut running.client("aanbieder"), "/v1/partij").await.0,
        200
    );

    site.register("this is no register");
    running.signal(Signal::HUP);
    running.until("register not reloaded");
    assert_eq!(
        get(&mut running.client("aanbieder"), "/v1/partij").await.0,
        200
    );
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test]
async fn sighup_puts_a_revocation_in_force_also_on_an_open_connection() {
    let site = Site::small();
    let mut running = site.starts(&["--create"]);
    let mut aanbieder = running.client("aanbieder");
    assert_eq!(get(&mut aanbieder, "/v1/partij").await.0, 200);
    site.pki().revoke("aanbieder", now()).unwrap();
    running.signal(Signal::HUP);
    running.until("certificates and revocation lists reloaded");
    let refused = aanbieder.get("/v1/partij").await;
    assert!(refused.is_err() || refused.unwrap().status.as_u16() == 403);
    assert!(running.client("aanbieder").get("/v1/partij").await.is_err());
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn the_demo_comes_out_as_it_should_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .arg("demo")
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for audited in [
        "toezichthouder",
        "wijst record",
        "elk op zijn plaats in het logboek",
    ] {
        assert!(said.contains(audited), "{said}");
    }
    for name in ["JW301", "JW302", "JW305", "JW306", "JW323", "JW325"] {
        assert!(said.contains(name), "{said}");
    }
    for on_a_wire in ["Bv03", "Bezorgd", "Fo01", "IB014", "AfgekeurdDoorDienst"] {
        assert!(said.contains(on_a_wire), "{said}");
    }
    assert!(!said.contains("FOUT"), "{said}");
    assert!(
        left_in(folder.path()).is_empty(),
        "{:?}",
        left_in(folder.path())
    );
}

fn left_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}
