//! What the commands print, and the problems of decisions and terms, hold nothing from a message: planted values are looked for in all of it.

use std::fs;
use std::process::Command;

use bytes::Bytes;
use knooppunt::client::Client;

use crate::client_commands::{Said, id_in, run_as};
use crate::site::{Running, Site};
use crate::verdict::{ASKS, JUDGED, allocation, judged, knooppunt, parties, with};
use crate::world::{answer, broken};

/// What the messages hold that nobody may be told: identifications and names that are planted, and values that stand in all of them.
const VALUES: [&str; 12] = [
    "CANARY",
    "999900420",
    "999900432",
    "260001",
    "260099",
    "45A04",
    "Zonneveld",
    "Mila",
    "58000",
    "P-2602-1",
    "VOT-2025-0001",
    "2012-05-17",
];

const LINE: &str = "/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[1]";

/// All that was said so far, each with what said it.
#[derive(Default)]
struct Heard(Vec<(String, String)>);

impl Heard {
    /// Something that must be said, and hold nothing.
    fn hear(&mut self, who: &str, said: &str) {
        assert!(!said.trim().is_empty(), "{who} says nothing");
        self.0.push((who.to_owned(), said.to_owned()));
    }

    fn command(&mut self, running: &Running, party: &str, arguments: &[&str], code: i32) -> String {
        let Said {
            code: found, all, ..
        } = run_as(running, party, arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {all}");
        self.hear(&arguments.join(" "), &all);
        all
    }

    fn offline(&mut self, site: &Site, arguments: &[&str], code: i32) -> String {
        let (found, said) = knooppunt(site, arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {said}");
        self.hear(&arguments.join(" "), &said);
        said
    }

    /// Panics when one of them told a value. A path that a caller typed himself is left out of account.
    fn holds_nothing(&self) {
        for (who, said) in &self.0 {
            for value in VALUES {
                assert!(!said.contains(value), "{who} tells {value}:\n{said}");
            }
        }
    }
}

fn file(site: &Site, name: &str, body: &Bytes) -> String {
    let path = site.path(name);
    fs::write(&path, body).unwrap();
    path.display().to_string()
}

/// An allocation, a declaration that waits for a decision, its start, one without an allocation, and what levels 1 and 2 refuse; all handed in by command.
fn send_all(heard: &mut Heard, site: &Site, running: &Running) -> Vec<String> {
    let unknown = [("ToewijzingNummer>260001<", "ToewijzingNummer>260099<")];
    let early = [
        ("Begindatum>2026-02-02<", "Begindatum>2026-02-20<"),
        (">Mila<", ">CANARY9<"),
    ];
    let mut ids = Vec::new();
    for (party, name, body) in [
        ("gemeente", "1.xml", allocation("CANARY1")),
        (
            "aanbieder",
            "2.xml",
            with("JW323", "CANARY2", &[("DN260001", "CANARY3")]),
        ),
        ("aanbieder", "3.xml", with("JW305", "CANARY4", &[])),
        ("aanbieder", "4.xml", with("JW305", "CANARY5", &unknown)),
        ("aanbieder", "5.xml", with("JW305", "CANARY6", &early)),
    ] {
        let name = file(site, name, &body);
        heard.command(
            running,
            party,
            &["send", "--dry-run", &name],
            i32::from(ids.len() > 2),
        );
        let said = run_as(running, party, &["send", &name]).all;
        heard.hear("send", &said);
        ids.push(id_in(&said));
    }
    let wrong = broken(&with("JW305", "CANARY7", &[]));
    let name = file(site, "6.xml", &wrong);
    heard.command(running, "aanbieder", &["send", &name], 1);
    ids
}

/// Looks and decides by command.
fn look_and_decide(heard: &mut Heard, running: &Running, ids: &[String]) {
    for (party, more) in [("gemeente", &[][..]), ("aanbieder", &["--json"])] {
        heard.command(running, party, &[&["inbox"], more].concat(), 0);
        heard.command(running, party, &[&["status"], more].concat(), 0);
    }
    for id in ids {
        heard.command(running, "aanbieder", &["status", id], 0);
    }
    let held = &ids[1];
    for more in [&[][..], &["--json"]] {
        heard.command(
            running,
            "gemeente",
            &[&["decide", "list"], more].concat(),
            0,
        );
        heard.command(
            running,
            "gemeente",
            &[&["decide", "list", held], more].concat(),
            0,
        );
    }
    heard.command(running, "aanbieder", &["decide", "list", held], 1);
    heard.command(
        running,
        "aanbieder",
        &["decide", "refuse", held, "--rest", "--verdict", "1"],
        1,
    );
    heard.command(
        running,
        "gemeente",
        &["decide", "grant", held, "--line", "/Bericht"],
        1,
    );
    heard.command(
        running,
        "gemeente",
        &["decide", "refuse", held, "--line", LINE],
        0,
    );
    heard.command(
        running,
        "gemeente",
        &["decide", "grant", held, "--line", LINE],
        1,
    );
    heard.command(running, "gemeente", &["decide", "list", held], 0);
    heard.command(running, "gemeente", &["decide", "list"], 0);
    heard.command(running, "aanbieder", &["status", held], 0);
}

/// Everything that can be wrong with a request about decisions or terms.
async fn problems(heard: &mut Heard, running: &Running, held: &str, granted: &str) {
    let mut gemeente: Client = running.client("gemeente");
    let one = format!("/v1/besluiten/{held}");
    let mut refused = 0;
    for path in [
        "/v1/besluiten",
        "/v1/besluiten?cursor=CANARY1",
        "/v1/besluiten?limit=CANARY2",
        "/v1/besluiten?CANARY3=1",
        "/v1/besluiten/CANARY4",
        "/v1/besluiten/999900420",
        &format!("{one}?na=CANARY5"),
        &one,
        "/v1/termijnen",
        "/v1/termijnen?CANARY6=999900420",
        "/v1/termijnen/CANARY7",
    ] {
        let answer = gemeente.get(path).await.unwrap();
        refused += u32::from(answer.status.is_client_error());
        heard.hear(path, &String::from_utf8_lossy(&answer.body));
    }
    for body in [
        String::new(),
        "CANARY1".to_owned(),
        r#"{"rest": "CANARY2", "verdict": 1}"#.to_owned(),
        r#"{"rest": "grant", "verdict": "CANARY3"}"#.to_owned(),
        r#"{"rest": "grant", "verdict": 999900420, "CANARY4": 1}"#.to_owned(),
        r#"{"rest": "grant", "verdict": 999900420}"#.to_owned(),
        r#"{"lines": [{"path": "CANARY5", "decision": "grant"}]}"#.to_owned(),
        r#"{"lines": [{"path": "/Bericht/CANARY6", "decision": "grant"}, {"path": "999900420", "decision": "refuse"}]}"#.to_owned(),
        // Refused by then, and before that no word.
        format!(r#"{{"lines": [{{"path": "{LINE}", "decision": "{granted}"}}]}}"#),
    ] {
        let answer = gemeente.post_json(&one, body.clone().into()).await.unwrap();
        refused += u32::from(answer.status.is_client_error());
        heard.hear(&format!("{one} {body}"), &String::from_utf8_lossy(&answer.body));
    }
    let answer = gemeente
        .post_json("/v1/termijnen", "CANARY8".into())
        .await
        .unwrap();
    heard.hear(
        "/v1/termijnen",
        &format!(
            "{} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        ),
    );
    let answer = gemeente
        .post_xml(&one, with("JW323", "CANARY9", &[]))
        .await
        .unwrap();
    heard.hear(&one, &String::from_utf8_lossy(&answer.body));
    assert!(refused > 12, "{refused} were wrong");
}

/// Messages of before, right and wrong in many ways.
fn earlier(site: &Site) -> String {
    let folder = site.path("oud");
    fs::create_dir_all(&folder).unwrap();
    let of = |bericht, asked, id| answer(bericht, "0289", "98980001", asked, id);
    let start = |id| with("JW305", id, &[("Mila", "CANARY1")]);
    for (name, body) in [
        ("a.xml", allocation("CANARY11")),
        ("b.xml", of("JW302", "CANARY11", "CANARY12")),
        ("c.xml", start("CANARY13")),
        ("d.xml", broken(&start("CANARY14"))),
        ("e.xml", Bytes::from_static(b"CANARY15 999900420")),
        (
            "f.xml",
            with("JW305", "CANARY16", &[("98980001", "98980002")]),
        ),
        ("g.xml", of("JW306", "CANARY17", "CANARY18")),
        ("h.xml", with("JW305", "CANARY13", &[("Mila", "CANARY19")])),
        (
            "i.xml",
            with("JW323", "CANARY20", &[("Tarief>7250<", "Tarief>7251<")]),
        ),
    ] {
        fs::write(folder.join(name), body).unwrap();
    }
    folder.display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_and_no_problem_about_decisions_or_terms_tells_a_value_of_a_message() {
    let heard = &mut Heard::default();
    let site = judged(7000);
    site.register(&format!("{}{JUDGED}{ASKS}", parties()));
    let running = site.starts(&["--create"]);
    let ids = send_all(heard, &site, &running);
    problems(heard, &running, &ids[1], "CANARY").await;
    look_and_decide(heard, &running, &ids);
    problems(heard, &running, &ids[1], "grant").await;
    let logged = running.stop_and_tell();
    heard.hear("serve", &logged);

    for id in [&ids[1], &ids[3]] {
        let said = heard.offline(&site, &["verdict", "replay", id], 0);
        assert!(said.contains("equal"), "{said}");
    }
    heard.offline(
        &site,
        &["verdict", "replay", "01JQ3V8Z5N0000000000000000"],
        2,
    );
    let folder = earlier(&site);
    let import = ["ledger", "import", "--party", "gemeente", &folder];
    heard.offline(&site, &import, 1);
    for command in ["stats", "rebuild", "check"] {
        heard.offline(&site, &["store", command], 0);
    }
    let mut parts: Vec<_> = fs::read_dir(site.path("data/parts")).unwrap().collect();
    parts.sort_by_key(|entry| entry.as_ref().unwrap().path());
    let part = parts[0].as_ref().unwrap().path();
    let mut bytes = fs::read(&part).unwrap();
    let place = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[place] ^= 1;
    fs::write(&part, bytes).unwrap();
    heard.offline(&site, &["store", "check"], 1);
    for arguments in [&["rules"][..], &["rules", "--json"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_knooppunt"))
            .args(arguments)
            .output();
        heard.hear("rules", &String::from_utf8(output.unwrap().stdout).unwrap());
    }
    heard.holds_nothing();
}
