//! The real program with an endpoint in its register: brought when it comes, the same after a kill, and decided on by hand.

use std::process::{Command, Output};
use std::time::Duration;

use bytes::Bytes;

use super::ggk::{bv03, fo03};
use super::server::{Act, Server};
use crate::site::{Running, Site, now, party};
use crate::tls_world::patiently;

const START: &[u8] = include_bytes!("../../../conformance/messages/ijw/JW305/plain/message.xml");

fn site(server: &Server) -> Site {
    let site = Site::small();
    let register = [
        party("gemeente", "gemeentecode", &["0289".to_owned()]),
        party("aanbieder", "agb", &["98980001".to_owned()]),
        server.endpoint("gemeente", "ggk0210", "/ggk"),
    ];
    site.register(&register.concat());
    site
}

/// Hands the message in; gives its id.
async fn send(running: &Running) -> String {
    let mut client = running.client("aanbieder");
    let body = Bytes::from_static(START);
    let answer = client.post_xml("/v1/berichten", body).await.unwrap();
    assert_eq!(answer.status.as_u16(), 201, "{:?}", answer.body);
    let taken: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    taken["id"].as_str().unwrap().to_owned()
}

/// Asks until the message is in this state.
async fn until_state(running: &Running, id: &str, state: &str) {
    let mut client = running.client("aanbieder");
    let asking = async {
        loop {
            let answer = client.get(&format!("/v1/berichten/{id}")).await.unwrap();
            let whole: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            if whole["state"] == state {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    patiently(asking).await;
}

fn deliver(running: &Running, words: &[&str]) -> Output {
    let of = running.credentials("gemeente");
    let mut command = Command::new(env!("CARGO_BIN_EXE_knooppunt"));
    command
        .arg("deliver")
        .args(words)
        .arg("--url")
        .arg(&running.url);
    command
        .arg("--cert")
        .arg(of.cert)
        .arg("--key")
        .arg(of.key)
        .arg("--ca")
        .arg(of.ca);
    command.output().expect("the program runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_brought_when_it_comes_and_a_kill_while_it_is_under_way_brings_it_again_the_same()
 {
    let server = Server::start(now()).await;
    server.script(&[Act::Hang], bv03("{number}"));
    let site = site(&server);
    let running = site.starts(&["--create"]).unheard();
    let asked = server.asked.notified();
    let id = send(&running).await;
    patiently(asked).await;
    let asked = server.asked.notified();
    running.kill();
    let running = site.starts(&[]).unheard();
    patiently(asked).await;
    until_state(&running, &id, "acknowledged").await;
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body, "one identity");
    let figures = running.tells("/metrics");
    assert!(
        figures.contains("knooppunt_deliveries_waiting{party=\"gemeente\",older_than=\"0s\"} 0"),
        "{figures}"
    );
    assert!(running.tells("/gezond").contains("\"deliveries\""));
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_sees_its_dead_letter_and_has_it_tried_again_and_an_operator_does_so_on_a_stopped_gateway()
 {
    let server = Server::start(now()).await;
    server.script(&[fo03(500, "StUF010", "client")], bv03("{number}"));
    let site = site(&server);
    let running = site.starts(&["--create"]).unheard();
    let id = send(&running).await;
    let listing = async {
        loop {
            let listed = deliver(&running, &["list", "--stopped", "--json"]);
            assert_eq!(listed.status.code(), Some(0), "{listed:?}");
            if !listed.stdout.is_empty() {
                return String::from_utf8(listed.stdout).unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    let listed = tokio::time::timeout(Duration::from_mins(1), listing)
        .await
        .unwrap();
    assert!(
        listed.contains(&id) && listed.contains("\"StUF010\""),
        "{listed}"
    );
    let unknown = deliver(&running, &["retry", "aaaaaaaaaaaaaaaaaaaaaaaaaa"]);
    assert_eq!(unknown.status.code(), Some(1), "{unknown:?}");
    let dropped = deliver(&running, &["drop", &id]);
    assert_eq!(dropped.status.code(), Some(0), "{dropped:?}");
    assert_eq!(running.stop(), Some(0));
    let offline = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_knooppunt"));
        command
            .arg("deliver")
            .args(words)
            .arg("--config")
            .arg(site.path("knooppunt.toml"));
        command.output().expect("the program runs")
    };
    let listed = offline(&["list"]);
    let said = String::from_utf8(listed.stdout).unwrap();
    assert!(said.contains("opgegeven") && said.contains(&id), "{said}");
    let retried = offline(&["retry", &id]);
    assert_eq!(retried.status.code(), Some(0), "{retried:?}");
    let running = site.starts(&[]).unheard();
    until_state(&running, &id, "acknowledged").await;
    assert_eq!(server.requests().len(), 2);
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_whose_files_are_not_there_stops_the_start_and_names_party_and_file() {
    let server = Server::start(now()).await;
    let site = site(&server);
    std::fs::remove_file(server.papers.file("us.key")).unwrap();
    let (code, said) = site.fails(&["--create"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("gemeente") && said.contains("us.key"),
        "{said}"
    );
}
