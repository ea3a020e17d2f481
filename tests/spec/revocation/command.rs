//! The real program: it fetches by itself, and a command shows and fetches lists.

use std::path::Path;
use std::process::{Command, Output};

use rustix::process::Signal;

use super::lists::{Act, Lists};
use crate::site::{Running, Site, now};
use crate::tls_world::patiently;

const NAMES: [&str; 3] = ["pkio-root", "pkio-intermediate", "operator-root"];

/// A site that has no lists but those that it fetches from there.
fn site(lists: &Lists) -> Site {
    let site = Site::small();
    site.configure("tls", "crls", toml::Value::Array(Vec::new()));
    let urls = NAMES.map(|name| toml::Value::String(lists.url(&format!("/{name}.crl"))));
    let mut fetch = toml::Table::new();
    fetch.insert("urls".to_owned(), urls.to_vec().into());
    fetch.insert("kept".to_owned(), "kept".into());
    site.configure("tls", "fetch", fetch);
    publish(&site, lists);
    site
}

/// Puts the lists of the site, as they are now, where they can be had.
fn publish(site: &Site, lists: &Lists) {
    for name in NAMES {
        let list = std::fs::read(site.path(&format!("pki/crl/{name}.crl"))).unwrap();
        lists.put(&format!("/{name}.crl"), Act::List(list));
    }
}

fn knooppunt(site: &Site, words: &[&str]) -> Output {
    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_knooppunt")));
    let command = command.args(words).current_dir(site.path(""));
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap() + &String::from_utf8_lossy(&output.stderr)
}

async fn gets_in(running: &Running) -> bool {
    let answer = running.client("aanbieder").get("/v1/partij").await;
    answer.is_ok_and(|answer| answer.status.as_u16() == 200)
}

/// Asks until the provider gets in, or does not.
async fn until_in(running: &Running, hoped: bool) {
    patiently(async {
        while gets_in(running).await != hoped {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_fetches_at_its_start_and_when_told_and_runs_on_without_a_network() {
    let lists = Lists::start().await;
    let site = site(&lists);
    let running = site.starts(&["--create"]).unheard();
    until_in(&running, true).await;
    assert!(
        running
            .tells("/metrics")
            .contains("knooppunt_crl_left_seconds{issuer=")
    );
    site.pki().revoke("aanbieder", now()).unwrap();
    publish(&site, &lists);
    running.signal(Signal::HUP);
    until_in(&running, false).await;
    assert_eq!(running.stop(), Some(0));

    drop(lists);
    let running = site.starts(&[]).unheard();
    patiently(async {
        while !running.tells("/gezond").contains("the last good one stays") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!gets_in(&running).await, "it was revoked before");
    let gemeente = running.client("gemeente").get("/v1/partij").await.unwrap();
    assert_eq!(gemeente.status.as_u16(), 200);
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_fetches_once_and_shows_what_is_there() {
    let lists = Lists::start().await;
    let site = site(&lists);
    let config = ["--config", "knooppunt.toml"];
    let run = |words: &[&str]| knooppunt(&site, &[words, &config].concat());
    let shown = run(&["crl", "list"]);
    assert_eq!(shown.status.code(), Some(1), "{}", text(&shown));
    assert!(
        text(&shown).contains("attention: no CRL of"),
        "{}",
        text(&shown)
    );

    let fetched = run(&["crl", "fetch"]);
    assert_eq!(fetched.status.code(), Some(0), "{}", text(&fetched));
    assert_eq!(
        text(&fetched).matches(": taken: ").count(),
        3,
        "{}",
        text(&fetched)
    );
    let again = run(&["crl", "fetch"]);
    assert_eq!(
        text(&again).matches(": as it was: ").count(),
        3,
        "{}",
        text(&again)
    );
    let shown = run(&["crl", "list"]);
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown));
    assert_eq!(text(&shown).matches("the next one is due at").count(), 3);
    let checked = knooppunt(&site, &["config", "check", "knooppunt.toml"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked));
    assert_eq!(text(&checked).matches("the next one is due at").count(), 3);
    assert_eq!(
        text(&checked).matches("are fetched from http://").count(),
        3
    );

    lists.put("/pkio-root.crl", Act::List(b"nothing".to_vec()));
    let failed = run(&["crl", "fetch"]);
    assert_eq!(failed.status.code(), Some(1), "{}", text(&failed));
    assert_eq!(
        text(&failed).matches(": not taken: ").count(),
        1,
        "{}",
        text(&failed)
    );
    assert_eq!(
        run(&["crl", "list"]).status.code(),
        Some(0),
        "the last good one stays"
    );

    let nowhere = Site::small();
    let failed = knooppunt(&nowhere, &["crl", "fetch", "--config", "knooppunt.toml"]);
    assert_eq!(failed.status.code(), Some(2), "{}", text(&failed));
    assert!(
        text(&failed).contains("nothing to fetch"),
        "{}",
        text(&failed)
    );
}
