//! The door on a gateway that runs, over mutual TLS, with a client that is not ours: curl.

use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;

use super::{PULL, PUSH, STATUS, metadata, uuid};
use crate::site::{Running, Site};
use crate::world::{GEMEENTE_A, ZORG_A, message};

/// What a gateway answers to curl: the body and the status.
fn curl(running: &Running, party: &str, path: &str, more: &[&str]) -> (Vec<u8>, u16) {
    let credentials = running.credentials(party);
    let output = Command::new("curl")
        .args(["-sS", "-w", "%{http_code}", "--noproxy", "*"])
        .arg("--cacert")
        .arg(credentials.ca)
        .arg("--cert")
        .arg(credentials.cert)
        .arg("--key")
        .arg(credentials.key)
        .args(more)
        .arg(format!("{}{path}", running.url))
        .output()
        .expect("curl, which tests/run installs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let (body, status) = output.stdout.split_at(output.stdout.len() - 3);
    let status = std::str::from_utf8(status).expect("digits");
    (body.to_vec(), status.parse().expect("a status"))
}

fn json(answer: (Vec<u8>, u16)) -> Value {
    let (body, status) = answer;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_pushes_pulls_confirms_and_asks_for_the_status() {
    let site = Site::small();
    let url = "https://vsp.example";
    site.configure("vsp", "url", url);
    let running = site.starts(&["--create"]).unheard();
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    std::fs::write(site.path("start.xml"), &start).expect("written");
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1).to_string();
    std::fs::write(site.path("meta.json"), said).expect("written");
    let meta = format!(
        "berichtMetadata=<{};type=application/json",
        site.path("meta.json").display()
    );
    let payload = format!(
        "payload=@{};type=application/octet-stream",
        site.path("start.xml").display()
    );
    let push = ["-F", meta.as_str(), "-F", payload.as_str()];
    for _ in 0..2 {
        assert_eq!(curl(&running, "aanbieder", PUSH, &push), (Vec::new(), 204));
    }
    let path = format!("{}?traceerId={}", STATUS[1], uuid(1));
    let status = json(curl(&running, "aanbieder", &path, &[]));
    assert_eq!(status[0]["berichtstatus"], "WordtAangeboden");

    let given = message("JW301", GEMEENTE_A, ZORG_A, "T1");
    let handed = running
        .client("gemeente")
        .post_xml("/v1/berichten", given.clone())
        .await;
    assert_eq!(handed.expect("an answer").status.as_u16(), 201);
    let waiting = json(curl(&running, "aanbieder", &format!("{PULL}?limit=5"), &[]));
    assert_eq!(waiting.as_array().map(Vec::len), Some(1));
    let payload = &waiting[0]["basisgegevens"]["payload"];
    let address = payload["url"].as_str().and_then(|at| at.strip_prefix(url));
    let (packed, status) = curl(&running, "aanbieder", address.expect("our address"), &[]);
    assert_eq!(
        (status, payload["grootte"].as_u64()),
        (200, Some(packed.len() as u64))
    );
    let fetched = knooppunt::envelope::vsp::zip::only_file(&packed, 100_000);
    assert_eq!(fetched.as_deref(), Ok(given.as_ref()));
    let number = waiting[0]["referentiegegevens"]["traceerId"].as_str();
    let one = format!("{PULL}/{}", number.expect("a number"));
    let deleted = curl(&running, "aanbieder", &one, &["-X", "DELETE"]);
    assert_eq!(deleted, (Vec::new(), 202));
    assert_eq!(
        json(curl(&running, "aanbieder", PULL, &[])),
        Value::Array(Vec::new())
    );
    let (_, status) = curl(&running, "aanbieder", "/v1/postvak", &[]);
    assert_eq!(status, 200, "the own API stays where it is");
    running.signal(Signal::TERM);
}
