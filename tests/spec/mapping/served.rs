//! A gateway with a folder of tables, as an operator runs it.

use std::fs;

use bytes::Bytes;
use rustix::process::Signal;

use super::{ROWS, allocation, changed, declaration, text, with};
use crate::client_commands::{id_in, run_as};
use crate::modes::MANDATE;
use crate::products::{LAWS, Two};
use crate::site::{Running, Site};
use crate::tables::{files, lay};
use crate::verdict::{ASKS, JUDGED, knooppunt, parties, send};

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
    assert_eq!(answer.status.as_u16(), 200, "{taken}");
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

/// The ids of what was handed in, in order.
async fn sent(running: &Running, party: &str, body: Bytes, given_to: (&str, &Bytes)) -> String {
    let taken = send(running, party, body).await;
    let (to, form) = given_to;
    assert_eq!(given(running, to, &taken).await, text(form));
    taken["id"].as_str().expect("an id").to_owned()
}

/// All that the two sides are shown: what waits for them, and of each message its content, its findings and its receipt.
async fn shown(running: &Running, ids: &[String]) -> Vec<(String, u16, Bytes)> {
    let mut shown = Vec::new();
    for party in ["gemeente", "aanbieder"] {
        let mut client = running.client(party);
        let lists = ["/v1/postvak", "/v1/besluiten", "/v1/termijnen"].map(str::to_owned);
        let of_each = ids.iter().flat_map(|id| {
            let rest = ["", "/bevindingen", "/ontvangstbewijs"];
            let said = rest.map(|what| format!("/v1/berichten/{id}{what}"));
            said.into_iter().chain([format!("/v1/postvak/{id}/inhoud")])
        });
        for path in lists.into_iter().chain(of_each) {
            let answer = client.get(&path).await.expect("an answer");
            let status = answer.status.as_u16();
            shown.push((format!("{party} {path}"), status, answer.body));
        }
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_about_several_products_under_either_law_are_made_again_after_the_tables_changed_and_views_anew_show_the_same()
 {
    let site = Site::small();
    let asks = ASKS.replace("\"broken\"", "\"broken-or-unknown\"");
    let lines = format!("{}{JUDGED}{asks}{AGREED}", parties());
    site.register(&lines.replace("[\"jw\"]", "[\"jw\", \"wmo\"]"));
    site.configure("catalogue", "folder", "mappings");
    let all = |rows: fn(&Two) -> Vec<String>| LAWS.iter().flat_map(rows).collect::<Vec<_>>();
    lay(&site.path("mappings"), files("0289", &all(Two::rows)));
    let mut running = site.starts(&["--create"]);
    let mut ids = Vec::new();
    for two in LAWS {
        let own = two.allocation("T1");
        let canonical = two.canonical(&own);
        ids.push(sent(&running, "gemeente", own, ("aanbieder", &canonical)).await);
        let own = two.declaration("D1");
        let canonical = two.canonical(&own);
        let declared = sent(&running, "aanbieder", canonical, ("gemeente", &own)).await;
        ids.push(declared);
    }
    let other = files("0289", &all(Two::other_rows));
    lay(&site.path("mappings"), other);
    running.signal(Signal::HUP);
    running.until("product codes reloaded");
    // One of the two lines is granted, and that is what the same month is judged by.
    let mut gemeente = running.client("gemeente");
    for id in [&ids[1], &ids[3]] {
        let line = "/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie";
        let decision = format!(
            "{{\"lines\": [{{\"path\": \"{line}[1]\", \"decision\": \"grant\"}}, {{\"path\": \"{line}[2]\", \"decision\": \"refuse\"}}]}}"
        );
        let decided = gemeente
            .post_json(&format!("/v1/besluiten/{id}"), decision.into())
            .await;
        let decided = decided.expect("an answer");
        assert_eq!(decided.status.as_u16(), 200, "{:?}", decided.body);
    }
    for two in LAWS {
        let own = two.declaration("D2");
        let canonical = two.canonical(&own);
        let again = sent(&running, "aanbieder", canonical, ("gemeente", &own)).await;
        ids.push(again);
    }
    let before = shown(&running, &ids).await;
    assert_eq!(running.stop(), Some(0));
    let replayed = |id: &str| {
        let (code, said) = knooppunt(&site, &["verdict", "replay", id]);
        assert_eq!(code, Some(0), "{said}");
        said
    };
    let first: Vec<String> = ids.iter().map(|id| replayed(id)).collect();
    for said in &first {
        assert!(said.contains("byte for byte"), "{said}");
        let form = "the form that its receiver got comes out again\n";
        assert!(said.contains(form), "{said}");
    }
    assert!(first[1].contains("judged again") && first[3].contains("judged again"));
    for command in ["check", "rebuild", "check"] {
        let (code, said) = knooppunt(&site, &["store", command]);
        assert_eq!(code, Some(0), "{command}: {said}");
    }
    let again: Vec<String> = ids.iter().map(|id| replayed(id)).collect();
    assert_eq!(again, first);
    // What was packed is there for the next start, and damage to it changes nothing.
    let packed = site.path("data/tables.packed");
    let mut bytes = fs::read(&packed).expect("packed");
    bytes[99] ^= 1;
    fs::write(&packed, bytes).expect("written");
    let running = site.starts(&[]);
    assert_eq!(shown(&running, &ids).await, before);
    assert_eq!(running.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_back_from_a_copy_translates_by_the_tables_in_force_then_and_makes_verdicts_again()
 {
    let site = Site::small();
    site.register(&format!("{}{JUDGED}{AGREED}", parties()));
    site.configure("catalogue", "folder", "mappings");
    let mut backup = toml::Table::new();
    backup.insert("folder".into(), "copies".into());
    backup.insert("keys".into(), "copies-of-keys".into());
    site.configure("store", "backup", backup);
    write(&site, &ROWS);
    let mut running = site.starts(&["--create"]);
    let request = (
        "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>",
        "",
    );
    let [own, _] = allocation("T1").map(|form| changed(&form, &[request]));
    let taken = send(&running, "gemeente", own).await;
    let mut ids = vec![taken["id"].as_str().expect("an id").to_owned()];
    // Other tables, that no record names yet.
    write(&site, &["jw 45 45X48 - exact 45A53 - - 2020-01-01"]);
    running.signal(Signal::HUP);
    running.until("product codes reloaded");
    assert_eq!(running.stop(), Some(0));
    let (code, said) = knooppunt(&site, &["store", "backup"]);
    assert_eq!(code, Some(0), "{said}");

    // The disk is lost, and the folder of tables has gone bad.
    fs::remove_dir_all(site.path("data")).expect("removed");
    write(&site, &["jw 45 - 04 exact 45A48 01 60/1 2020-01-01"]);
    let (code, said) = knooppunt(&site, &["store", "restore"]);
    assert_eq!(code, Some(0), "{said}");
    let running = site.starts(&[]);
    let another = [
        request,
        (">T1<", ">T2<"),
        (">260001<", ">260002<"),
        (">999900420<", ">999900018<"),
    ];
    let [own, _] = allocation("T1").map(|form| changed(&form, &another));
    let taken = send(&running, "gemeente", own.clone()).await;
    let as_given = changed(&own, &[(">45X48<", ">45A53<")]);
    assert_eq!(given(&running, "aanbieder", &taken).await, text(&as_given));
    ids.push(taken["id"].as_str().expect("an id").to_owned());
    assert_eq!(running.stop(), Some(0));
    for id in &ids {
        let (code, said) = knooppunt(&site, &["verdict", "replay", id]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("byte for byte"), "{said}");
    }
    assert_eq!(knooppunt(&site, &["store", "check"]).0, Some(0));
}

#[test]
fn commands_tell_what_stands_twice_and_do_not_say_of_what_nobody_gets_that_he_gets_it() {
    let site = Site::small();
    site.register(&format!("{}{MANDATE}{AGREED}", parties()));
    site.configure("catalogue", "folder", "mappings");
    write(&site, &ROWS);
    let running = site.starts(&["--create"]);
    let send = |party: &str, name: &str, body: &Bytes, code: i32| {
        let file = site.path(name);
        fs::write(&file, body).expect("written");
        let said = run_as(&running, party, &["send", file.to_str().expect("a path")]);
        assert_eq!(said.code, Some(code), "{}", said.all);
        said.all
    };
    let [own, _] = allocation("T1");
    send("gemeente", "t1.xml", &own, 0);
    let national = with(
        "JW301",
        "T2",
        &[(">45A04<", ">45A48<"), (">260001<", ">260002<")],
    );
    let said = send("gemeente", "t2.xml", &national, 0);
    let twice = [
        "bij de ontvanger dubbel",
        "staat dubbel: ",
        "[stands-twice]",
    ];
    assert!(twice.iter().all(|words| said.contains(words)), "{said}");
    let id = id_in(&said);
    for party in ["gemeente", "aanbieder"] {
        let said = run_as(&running, party, &["status", &id]).all;
        assert!(twice.iter().all(|words| said.contains(words)), "{said}");
    }

    // No whole number of hours; and then its lines are not what it asks in all, so that it goes to nobody.
    let [canonical, _] = declaration("D1");
    let half = changed(
        &canonical,
        &[("Volume>480<", "Volume>90<"), (">44640<", ">8370<")],
    );
    let other = [
        (">D1<", ">D2<"),
        ("TotaalBedrag>8370<", "TotaalBedrag>8371<"),
    ];
    let refused = changed(&half, &other);
    for (name, body, gets) in [("d1.xml", &half, true), ("d2.xml", &refused, false)] {
        let said = send("aanbieder", name, body, i32::from(!gets));
        let status = run_as(&running, "aanbieder", &["status", &id_in(&said)]).all;
        for said in [said, status] {
            assert!(said.contains("konden niet worden vertaald"), "{said}");
            assert!(said.contains("[volume-not-whole]"), "{said}");
            assert_eq!(said.contains("de ontvanger krijgt"), gets, "{said}");
        }
    }
    assert_eq!(running.stop(), Some(0));
}
