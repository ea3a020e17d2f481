//! `knooppunt verdict replay` as an operator meets it: on a data folder that a real gateway has filled.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use bytes::Bytes;

use crate::site::{Running, Site, party};
use crate::world::message;

/// Both parties leave judging to the gateway, and the past between them is whole.
pub(crate) const JUDGED: &str = r#"
[[mandate]]
for = "0289"
direction = "answer"
laws = ["jw"]
from = 2015-01-01

[[mandate]]
for = "98980001"
direction = "answer"
laws = ["jw"]
from = 2015-01-01

[[mode]]
for = "0289"
mode = "judge"
laws = ["jw"]

[[mode]]
for = "98980001"
mode = "judge"
laws = ["jw"]

[[history]]
gemeente = "0289"
laws = ["jw"]
since = 2015-01-01
"#;

/// The parties of [`Site::small`].
pub(crate) fn parties() -> String {
    [
        party("gemeente", "gemeentecode", &["0289".to_owned()]),
        party("aanbieder", "agb", &["98980001".to_owned()]),
    ]
    .concat()
}

/// The municipality decides on lines with another tariff than that of its contract.
pub(crate) const ASKS: &str = r#"
[[reading]]
for = "0289"
settings = { contract_decision = "broken" }
"#;

fn contract(tarief: u32) -> String {
    format!(
        "title = 'Contract'\nlaw = 'jw'\ngemeente = '0289'\naanbieder = '98980001'\n\
         line = [{{ code = '45A04', eenheid = '04', product_tarief = {tarief} }}]\n"
    )
}

/// A site whose messages are all judged, by a contract with this tariff.
pub(crate) fn judged(tarief: u32) -> Site {
    let site = Site::small();
    site.register(&format!("{}{JUDGED}", parties()));
    fs::create_dir_all(site.path("reference/contracts")).unwrap();
    fs::write(site.path("reference/contracts/c.toml"), contract(tarief)).unwrap();
    site.configure("reference", "folder", "reference");
    site
}

pub(crate) async fn send(running: &Running, party: &str, body: Bytes) -> serde_json::Value {
    let answer = running.client(party).post_xml("/v1/berichten", body).await;
    let answer = answer.unwrap();
    let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer.status.as_u16(), 201, "{said}");
    said
}

async fn sent(running: &Running, party: &str, body: Bytes) -> String {
    let taken = send(running, party, body).await;
    taken["id"].as_str().unwrap().to_owned()
}

/// The plain message of a kind, changed so.
pub(crate) fn with(bericht: &str, id: &str, changes: &[(&str, &str)]) -> Bytes {
    let body = message(bericht, "0289", "98980001", id);
    let text = std::str::from_utf8(&body).unwrap();
    let changed = changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in the message");
        text.replace(from, to)
    });
    changed.into()
}

/// The allocation of the plain messages, without the request that it names.
pub(crate) fn allocation(id: &str) -> Bytes {
    let reference = "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>";
    with("JW301", id, &[(reference, "")])
}

/// An allocation, its start, a declaration with another tariff than that of the contract, and a start of an allocation that is not there.
async fn chain(running: &Running) -> [String; 4] {
    let unknown = [("ToewijzingNummer>260001<", "ToewijzingNummer>260099<")];
    [
        sent(running, "gemeente", allocation("T1")).await,
        sent(running, "aanbieder", with("JW305", "S1", &[])).await,
        sent(running, "aanbieder", with("JW323", "D1", &[])).await,
        sent(running, "aanbieder", with("JW305", "S2", &unknown)).await,
    ]
}

pub(crate) fn knooppunt(site: &Site, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
        .args(arguments)
        .arg("--config")
        .arg(site.path("knooppunt.toml"))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

fn replay(site: &Site, id: &str) -> (Option<i32>, String) {
    knooppunt(site, &["verdict", "replay", id])
}

/// Every verdict of the chain is made again, and of the last two something was found.
fn all_are_equal(site: &Site, ids: &[String]) {
    for id in ids {
        let (code, said) = replay(site, id);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("byte for byte"), "{said}");
        assert!(!said.contains("MARKED"), "it is the same program: {said}");
    }
    for id in &ids[2..] {
        let (_, said) = replay(site, id);
        assert!(!said.contains("equal: 0 findings"), "{said}");
    }
}

fn files_of(site: &Site, folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(site.path("data").join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_is_made_again_byte_for_byte_after_tariff_register_and_views_were_changed() {
    let site = judged(7000);
    let running = site.starts(&["--create"]);
    let ids = chain(&running).await;
    let (code, said) = replay(&site, &ids[0]);
    assert_eq!(code, Some(2), "the gateway has it open: {said}");
    assert!(said.contains("in use by another process"), "{said}");
    assert_eq!(running.stop(), Some(0));
    all_are_equal(&site, &ids);

    // Another tariff, nothing is judged any more and nothing is known of the past; and messages came since that changed the past.
    fs::write(site.path("reference/contracts/c.toml"), contract(7250)).unwrap();
    site.register(&parties());
    let running = site.starts(&[]);
    sent(&running, "aanbieder", with("JW323", "D2", &[])).await;
    let removed = [("StatusAanlevering>1<", "StatusAanlevering>3<")];
    sent(&running, "aanbieder", with("JW305", "S3", &removed)).await;
    assert_eq!(running.stop(), Some(0));
    all_are_equal(&site, &ids);

    assert_eq!(knooppunt(&site, &["store", "rebuild"]).0, Some(0));
    all_are_equal(&site, &ids);
    assert!(!site.path("data/scratch").exists(), "it cleans up");
    let (_, said) = knooppunt(&site, &["store", "stats"]);
    let bytes: u64 = files_of(&site, "grounds")
        .iter()
        .map(|file| fs::metadata(file).unwrap().len())
        .sum();
    let of = |what: &str| {
        let line = said.lines().find(|line| line.ends_with(what));
        let word = line.and_then(|line| line.split_whitespace().next());
        word.unwrap_or_else(|| panic!("{said}"))
            .parse::<u64>()
            .unwrap()
    };
    assert!(of("bytes of grounds") >= bytes, "{said}");
    // Schemas of releases of which no message came.
    let unnamed = of("files in grounds that no record names");
    assert!(unnamed > 0 && unnamed < bytes, "{said}");
    assert_eq!(knooppunt(&site, &["store", "check"]).0, Some(0));
    let running = site.starts(&[]);
    assert_eq!(running.stop(), Some(0), "a gateway serves it as ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_whose_grounds_are_gone_or_changed_is_not_made_again_and_store_check_tells() {
    let site = judged(7000);
    let running = site.starts(&["--create"]);
    let [.., id] = chain(&running).await;
    assert_eq!(running.stop(), Some(0));
    let register = fs::read(site.path("register.toml")).unwrap();
    let kept = files_of(&site, "grounds").into_iter().find(|file| {
        let bytes = fs::read(file).unwrap();
        bytes.ends_with(&register)
    });
    let kept = kept.expect("the register is kept");
    let right = fs::read(&kept).unwrap();

    let mut wrong = right.clone();
    wrong[20] ^= 1;
    fs::write(&kept, wrong).unwrap();
    let (code, said) = replay(&site, &id);
    assert_eq!(code, Some(1), "{said}");
    let (code, said) = knooppunt(&site, &["store", "check"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("DAMAGE grounds/"), "{said}");

    fs::remove_file(&kept).unwrap();
    let (code, said) = replay(&site, &id);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("grounds unknown: the register"), "{said}");
    let (code, said) = knooppunt(&site, &["store", "check"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("DAMAGE grounds/"), "{said}");

    // The next start keeps what it has in force.
    let running = site.starts(&[]);
    assert_eq!(running.stop(), Some(0));
    assert_eq!(fs::read(&kept).unwrap(), right);
    assert_eq!(replay(&site, &id).0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_erasure_and_for_what_was_never_judged_it_says_why_there_is_no_verdict() {
    let site = judged(7000);
    site.configure("retention", "after_acknowledged_h", 0);
    let running = site.starts(&["--create"]);
    let [id, ..] = chain(&running).await;
    let page = running.client("gemeente").get("/v1/postvak").await.unwrap();
    let page: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
    let made = page["messages"][0]["id"].as_str().unwrap().to_owned();
    for (party, of) in [("aanbieder", &id), ("gemeente", &made)] {
        let path = format!("/v1/postvak/{of}");
        let answer = running.client(party).delete(&path).await.unwrap();
        assert_eq!(answer.status.as_u16(), 204);
    }
    assert_eq!(running.stop(), Some(0));
    assert_eq!(replay(&site, &id).0, Some(0));
    let (code, said) = replay(&site, &made);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("made this message itself"), "{said}");

    // What is due is erased at the start.
    let mut running = site.starts(&[]);
    running.until("content erased");
    assert_eq!(running.stop(), Some(0));
    let (code, said) = replay(&site, &id);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("payload erased"), "{said}");
    let (code, said) = replay(&site, "01JQ3V8Z5N0000000000000000");
    assert_eq!(code, Some(2), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_in_the_past_of_a_message_waits_again_when_its_verdict_is_made_again() {
    let site = judged(7250);
    // The provider answers itself: its allocation waits for its 302 while the start is judged.
    let mandate = JUDGED.replace(
        "for = \"98980001\"\nmode = \"judge\"",
        "for = \"98980001\"\nmode = \"carry\"",
    );
    site.register(&format!("{}{mandate}", parties()));
    let running = site.starts(&["--create"]);
    sent(&running, "gemeente", allocation("T1")).await;
    let open = send(&running, "aanbieder", with("JW305", "S1", &[])).await;
    assert!(
        open.to_string().contains("waits"),
        "its outcome hangs on the allocation: {open}"
    );
    let id = open["id"].as_str().unwrap().to_owned();
    let accepts = crate::world::answer("JW302", "0289", "98980001", "T1", "R1");
    let accepts = sent(&running, "aanbieder", accepts).await;
    let judged = sent(&running, "aanbieder", with("JW323", "D1", &[])).await;
    assert_eq!(running.stop(), Some(0));
    for id in [id, accepts, judged] {
        let (code, said) = replay(&site, &id);
        assert_eq!(code, Some(0), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_declaration_that_waited_the_verdict_that_stands_is_made_again_and_what_it_booked_is_in_the_past_of_later_ones()
 {
    for word in ["grant", "refuse"] {
        let site = judged(7000);
        site.register(&format!("{}{JUDGED}{ASKS}", parties()));
        let running = site.starts(&["--create"]);
        sent(&running, "gemeente", allocation("T1")).await;
        let first = send(&running, "aanbieder", with("JW323", "D1", &[])).await;
        assert!(first.to_string().contains("held"), "{first}");
        let first = first["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/besluiten/{first}");
        let mut gemeente = running.client("gemeente");
        let seen = gemeente.get(&path).await.unwrap();
        let seen: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
        let verdict = &seen["verdict"];
        let decided = format!("{{\"rest\": \"{word}\", \"verdict\": {verdict}}}");
        let decided = gemeente.post_json(&path, decided.into()).await.unwrap();
        assert_eq!(decided.status.as_u16(), 200, "{:?}", decided.body);
        // The same month again: what became of the first line decides on it.
        let changes = [("DN260001", "DN260002"), ("P-2602-1", "P-2602-9")];
        let second = sent(&running, "aanbieder", with("JW323", "D2", &changes)).await;
        assert_eq!(running.stop(), Some(0));
        fs::write(site.path("reference/contracts/c.toml"), contract(7250)).unwrap();
        let (code, said) = replay(&site, &first);
        assert_eq!(code, Some(0), "{word}: {said}");
        assert!(
            said.contains("judged again") && !said.contains("equal: 0 findings"),
            "{word}: {said}"
        );
        let (code, said) = replay(&site, &second);
        assert_eq!(code, Some(0), "{word}: {said}");
        assert!(!said.contains("judged again"), "{word}: {said}");
        assert_eq!(knooppunt(&site, &["store", "rebuild"]).0, Some(0));
        let (code, said) = replay(&site, &first);
        assert_eq!(code, Some(0), "{word}: {said}");
    }
}
