//! The log after a restore: it never goes on from a copy as if nothing had been signed after it, whether by witnesses or by what an operator has to say first.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::site::{Running, Site};
use crate::world::{GEMEENTE_A, ZORG_A, message};

fn logged() -> Site {
    let site = Site::small();
    site.configure("message_log", "origin", "log.example/knooppunt");
    let mut backup = toml::Table::new();
    backup.insert("folder".into(), "copies".into());
    backup.insert("keys".into(), "copies-of-keys".into());
    site.configure("store", "backup", backup);
    site
}

/// A command in the folder of the site: its exit code and what it said.
fn command(site: &Site, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .current_dir(site.path(""))
        .args(arguments)
        .args(["--config", "knooppunt.toml"])
        .output()
        .expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).expect("text"))
}

/// Takes a message, and waits until it is under a checkpoint.
async fn takes(running: &Running, number: usize) -> u64 {
    let body: Bytes = message("JW305", GEMEENTE_A, ZORG_A, &format!("S{number}"));
    let mut client = running.client("aanbieder");
    let taken = client.post_xml("/v1/berichten", body).await.expect("taken");
    let taken: Value = serde_json::from_slice(&taken.body).expect("JSON");
    let id = taken["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/berichten/{id}/ontvangstbewijs");
    let receipt = client.get(&path).await.expect("a receipt");
    let receipt: Value = serde_json::from_slice(&receipt.body).expect("JSON");
    assert!(receipt["log"].is_string(), "{receipt}");
    taken["position"].as_u64().expect("a position")
}

/// A gateway that was copied, went on by one message, and lost its disk.
async fn lost(site: &Site) {
    let running = site.starts(&["--create"]).unheard();
    takes(&running, 1).await;
    let (code, said) = command(site, &["store", "backup"]);
    assert_eq!(code, Some(0), "{said}");
    takes(&running, 2).await;
    running.kill();
    fs::remove_dir_all(site.path("data")).expect("removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_log_stops_the_start_until_it_is_said_that_nothing_else_was_signed() {
    let site = logged();
    lost(&site).await;
    let (code, said) = command(&site, &["store", "restore"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("LOG STOPS: log.example/knooppunt"), "{said}");
    assert!(site.path("data/log/checkpoint").exists());
    let (code, said) = site.fails(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("could show two histories") && said.contains("knooppunt log resume"),
        "{said}"
    );
    let (code, said) = command(&site, &["log", "resume"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("too few of them vouch"), "{said}");

    // Here more was signed, so the log has ended, and another one begins.
    site.configure("message_log", "origin", "log.example/second");
    fs::rename(site.path("data/log"), site.path("ended")).expect("moved");
    let running = site.starts(&[]).unheard();
    takes(&running, 3).await;
    assert_eq!(running.stop(), Some(0));

    // A planned move: stopped, copied, put back.
    let moved = site.path("moved");
    for (key, value) in [("folder", "copies-2"), ("keys", "copies-of-keys-2")] {
        let file = site.path("knooppunt.toml");
        let text = fs::read_to_string(&file).expect("a configuration");
        let mut config: toml::Table = toml::from_str(&text).expect("TOML");
        let backup = config["store"]["backup"].as_table_mut().expect("a section");
        backup.insert(key.to_owned(), value.into());
        fs::write(&file, config.to_string()).expect("written");
    }
    let (code, said) = command(&site, &["store", "backup"]);
    assert_eq!(code, Some(0), "{said}");
    fs::rename(site.path("data"), &moved).expect("moved");
    let (code, said) = command(&site, &["store", "restore"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = command(&site, &["log", "resume", "--nothing-else-was-signed"]);
    assert_eq!(code, Some(0), "{said}");
    let running = site.starts(&[]).unheard();
    takes(&running, 4).await;
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn a_copy_of_before_there_was_a_log_is_put_back_by_a_configuration_that_names_one() {
    let site = logged();
    let file = site.path("knooppunt.toml");
    let with_log = fs::read_to_string(&file).expect("a configuration");
    let mut without: toml::Table = toml::from_str(&with_log).expect("TOML");
    without.remove("message_log");
    fs::write(&file, without.to_string()).expect("written");
    assert_eq!(site.starts(&["--create"]).unheard().stop(), Some(0));
    let (code, said) = command(&site, &["store", "backup"]);
    assert_eq!(code, Some(0), "{said}");
    fs::remove_dir_all(site.path("data")).expect("removed");
    fs::write(&file, with_log).expect("written");
    let mut witness = toml::Table::new();
    witness.insert("url".into(), "http://127.0.0.1:1".into());
    witness.insert("key".into(), new_witness(&site).into());
    let mut witnesses = toml::Table::new();
    witnesses.insert("one".into(), witness.into());
    site.configure("message_log", "witnesses", witnesses);
    let (code, said) = command(&site, &["store", "restore"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("LOG STOPS"), "{said}");
    assert_eq!(site.starts(&[]).unheard().stop(), Some(0));
}

const WITNESS: [&str; 6] = [
    "log",
    "witness",
    "--name",
    "w.example/one",
    "--key",
    "w.key",
];

/// Makes the key of a witness; its public key.
fn new_witness(site: &Site) -> String {
    let made = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .current_dir(site.path(""))
        .args(WITNESS)
        .arg("--new-key")
        .output()
        .expect("it runs");
    let key = String::from_utf8(made.stdout).expect("text");
    key.trim().to_owned()
}

/// `knooppunt log witness`, until it is dropped.
struct Watching(Child);

impl Watching {
    fn new(site: &Site) -> Watching {
        let (code, policy) = command(site, &["log", "key", "--policy"]);
        assert_eq!(code, Some(0), "{policy}");
        fs::write(site.path("log.beleid"), policy).expect("written");
        let key = new_witness(site);
        let mut child = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
            .current_dir(site.path(""))
            .args(WITNESS)
            .args([
                "--state",
                "w",
                "--log",
                "log.beleid",
                "--listen",
                "127.0.0.1:0",
            ])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let out = BufReader::new(child.stdout.take().expect("piped"));
        let mut listens = out.lines().map_while(Result::ok);
        let address = listens
            .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
            .expect("it listens");
        let mut settings = toml::Table::new();
        settings.insert("url".into(), format!("http://{address}").into());
        settings.insert("key".into(), key.into());
        let mut witnesses = toml::Table::new();
        witnesses.insert("one".into(), settings.into());
        site.configure("message_log", "witnesses", witnesses);
        site.configure("message_log", "quorum", 1);
        Watching(child)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw);
        let _ = pid.map(|pid| kill_process(pid, Signal::TERM));
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_asks_the_witnesses_and_refuses_what_is_less_than_one_cosigned() {
    let site = logged();
    let running = site.starts(&["--create"]).unheard();
    assert_eq!(running.stop(), Some(0));
    let watching = Watching::new(&site);
    let running = site.starts(&[]).unheard();
    takes(&running, 1).await;
    let (code, said) = command(&site, &["store", "backup"]);
    assert_eq!(code, Some(0), "{said}");
    running.kill();
    fs::remove_dir_all(site.path("data")).expect("removed");

    // Nothing was cosigned after the copy: the witness vouches for it.
    let (code, said) = command(&site, &["store", "restore"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("witness one: 1 records cosigned"), "{said}");
    assert!(!said.contains("LOG STOPS"), "{said}");
    let running = site.starts(&[]).unheard();
    takes(&running, 2).await;
    running.kill();

    // Now it knows of more.
    fs::remove_dir_all(site.path("data")).expect("removed");
    let (code, said) = command(&site, &["store", "restore"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("1 records would be lost: 2 are known of (witness one)"),
        "{said}"
    );
    assert!(!site.path("data/store").exists());
    let (code, said) = command(&site, &["store", "restore", "--accept-loss"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("LOG STOPS"), "{said}");
    let (_, said) = site.fails(&[]);
    assert!(said.contains("although there were 2"), "{said}");
    let arguments = ["log", "resume", "--nothing-else-was-signed"];
    let (code, said) = command(&site, &arguments);
    assert_eq!(code, Some(2), "{said}");

    // Who does not answer vouches for nothing, and that is said.
    drop(watching);
    fs::remove_dir_all(site.path("data")).expect("removed");
    let (code, said) = command(&site, &["store", "restore"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("witness one: NO ANSWER") && said.contains("LOG STOPS"),
        "{said}"
    );
}
