//! A gateway with a folder of tables, as an operator runs it.

use std::fs;

use rustix::process::Signal;

use super::{ROWS, allocation, changed, declaration, text};
use crate::site::{Running, Site};
use crate::tables::{files, lay};
use crate::verdict::{JUDGED, knooppunt, parties, send};

const AGREED: &str = super::AGREED;

fn write(site: &Site, rows: &[&str]) {
    lay(&site.path("mappings"), files("0289", rows));
}

async fn given(running: &Running, party: &str, taken: &serde_json::Value) -> String {
    let id = taken["id"].as_str().expect("an id");
    let answer = running
        .client(party)
        .get(&format!("/v1/postvak/{id}/inhoud"))
        .await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status.as_u16(), 200);
    text(&answer.body).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_with_an_error_leave_those_in_force_over_a_start_too_and_verdicts_are_made_again() {
    let site = Site::small();
    site.register(&format!("{}{JUDGED}{AGREED}", parties()));
    site.configure("catalogue", "folder", "mappings");
    write(&site, &ROWS);
    let mut running = site.starts(&["--create"]);
    let request = (
        "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>",
        "",
    );
    let [own, canonical] = allocation("T1").map(|form| changed(&form, &[request]));
    let taken = send(&running, "gemeente", own).await;
    assert_eq!(taken["mapped"]["bytes"], canonical.len());
    assert_eq!(given(&running, "aanbieder", &taken).await, text(&canonical));
    let mut ids = vec![taken["id"].as_str().expect("an id").to_owned()];

    // A row without a code: nothing of the folder is taken.
    write(&site, &["jw 45 - 04 exact 45A48 01 60/1 2020-01-01"]);
    running.signal(Signal::HUP);
    running.until("product codes not reloaded");
    assert_eq!(running.stop(), Some(0));
    let running = site.starts(&[]);
    let [canonical, own] = declaration("D1");
    let taken = send(&running, "aanbieder", canonical).await;
    assert_eq!(given(&running, "gemeente", &taken).await, text(&own));
    ids.push(taken["id"].as_str().expect("an id").to_owned());
    assert_eq!(running.stop(), Some(0));
    for id in &ids {
        let (code, said) = knooppunt(&site, &["verdict", "replay", id]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("byte for byte"), "{said}");
    }
    assert_eq!(knooppunt(&site, &["store", "rebuild"]).0, Some(0));
    let (code, said) = knooppunt(&site, &["verdict", "replay", &ids[1]]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(knooppunt(&site, &["store", "check"]).0, Some(0));
    // The tables are kept as long as a record names them.
    let kept = fs::read_dir(site.path("data/grounds")).expect("a folder");
    let kept = kept.map(|file| file.expect("a file").path());
    let tables = kept.into_iter().find(|file| {
        let bytes = fs::read(file).expect("readable");
        bytes.windows(7).any(|seen| seen == b"map.tsv")
    });
    fs::remove_file(tables.expect("the tables are kept")).expect("removed");
    let (code, said) = knooppunt(&site, &["store", "check"]);
    assert_eq!(code, Some(1), "{said}");
    let (code, said) = knooppunt(&site, &["verdict", "replay", &ids[0]]);
    assert_eq!(code, Some(2), "{said}");
}
