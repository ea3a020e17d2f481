//! Auditors at the door: what they find of real messages, that a look is on disk before its answer, that a BSN asked for stands nowhere, and the commands.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use knooppunt::api::audit::{AnswerBody, ConversationBody};
use knooppunt::api::inzagen::LooksBody;
use knooppunt::api::problem::Problem;
use knooppunt::ledger::{Event, Look, Viewed};
use knooppunt::receipt::{InLog, Receipt};
use knooppunt::telemetry::{LogFormat, LogLevel, TelemetrySettings, subscriber};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::client_commands::{id_in, run_as};
use crate::door::{Door, Reply, allocation, is, taken};
use crate::intake::Failing;
use crate::judge::{JUDGED, start_too_soon, without_views};
use crate::modes::MANDATE;
use crate::silence::Lines;
use crate::site::Site;
use crate::world::{Store, World};

/// Who audits 0289.
const AUDITOR: &str = r#"
[[party]]
id = "toezicht"
name = "Toezicht"

[[auditor]]
party = "toezicht"
laws = ["jw"]
gemeenten = ["0289"]
from = 2026-01-01
until = 2026-12-31
"#;

/// A client in the plain messages.
const BSN: &str = "999900420";
const SEARCH: &str = "/v1/audit/berichten";

fn audited(world: World) -> Door {
    Door::above(world.with(&format!("{MANDATE}{JUDGED}{AUDITOR}")))
}

/// A search of the auditor with these conditions beside the purpose.
async fn search(door: &Door, conditions: &str) -> Reply {
    let body = format!(r#"{{"purpose": "Onderzoek 2026-14"{conditions}}}"#);
    door.post_as("toezicht", SEARCH, "application/json", body)
        .await
}

async fn open(door: &Door, path: &str) -> Reply {
    let body = r#"{"purpose": "Onderzoek 2026-14"}"#;
    door.post_as("toezicht", path, "application/json", body)
        .await
}

fn ids(reply: &Reply) -> Vec<String> {
    let answer: AnswerBody = reply.json();
    answer
        .messages
        .into_iter()
        .map(|message| message.id)
        .collect()
}

fn looks(world: &World) -> Vec<Viewed> {
    let events = world.events().into_iter();
    events
        .filter_map(|event| {
            let Event::Viewed(viewed) = event else {
                return None;
            };
            Some(viewed)
        })
        .collect()
}

#[tokio::test]
async fn an_auditor_finds_a_refused_message_by_its_code_and_sees_who_judged_it_on_which_grounds() {
    let door = audited(World::new());
    let refused = taken(&door, "zorg-a", start_too_soon("S1")).await;
    taken(&door, "gemeente-a", allocation("A1")).await;
    let code = refused
        .findings
        .findings_by_code
        .keys()
        .next()
        .expect("a code")
        .clone();
    let found = ids(&search(&door, &format!(r#", "codes": ["{code}"]"#)).await);
    assert_eq!(found, std::slice::from_ref(&refused.message.id));

    let thread = format!("/v1/audit/draden/{}", refused.message.thread);
    let thread: ConversationBody = open(&door, &thread).await.json();
    let [asked, answered] = &thread.messages[..] else {
        panic!("the message and the answer to it: {thread:?}")
    };
    assert_eq!(asked.message.id, refused.message.id);
    assert_eq!(answered.message.bericht, "JW306");
    assert!(answered.message.marks.contains(&"made-here".to_owned()));
    let finding = asked.findings.findings.first().expect("a finding");
    assert!(!finding.rule.is_empty() && finding.path.starts_with("/Bericht"));
    let verdict = &asked.verdict;
    assert_eq!(verdict.position, asked.message.position);
    assert!(verdict.program.is_some() && verdict.schemas.is_some() && verdict.register.is_some());
    let happened: Vec<_> = asked
        .timeline
        .iter()
        .map(|moment| moment.event.as_str())
        .collect();
    assert_eq!(happened, ["received", "answered"]);
    let receipt = asked.receipt.clone().expect("a receipt");
    assert_eq!((receipt.in_log.as_str(), receipt.log), ("no-log", None));
    let receipt = Receipt {
        statement: receipt.statement,
        signature: receipt.signature,
    };
    let key = door.world.receipts.public_key_pem();
    let statement = receipt.verify(&key).expect("it holds");
    assert_eq!(statement.message, refused.message.id);

    // Who was looked at sees it; who was not does not.
    for (party, count) in [("zorg-a", 2), ("gemeente-a", 2), ("gemeente-b", 0)] {
        let seen: LooksBody = door.get(party, "/v1/inzagen").await.json();
        assert_eq!(seen.looks.len(), count, "{party}");
        assert!(
            seen.looks
                .iter()
                .all(|look| look.purpose.as_deref() == Some("Onderzoek 2026-14"))
        );
    }
}

#[tokio::test]
async fn an_auditor_hands_nothing_in_and_reads_no_content() {
    let door = audited(World::new());
    let id = taken(&door, "gemeente-a", allocation("A1"))
        .await
        .message
        .id;
    let refused = door.hand_in("toezicht", allocation("A2")).await;
    assert_eq!(refused.refusal(), is(403, "not-the-maker"));
    for path in ["inhoud", ""] {
        let reply = door
            .get("toezicht", &format!("/v1/postvak/{id}/{path}"))
            .await;
        assert_eq!(reply.status.as_u16(), 404, "{path}");
    }
    let status = door.get("toezicht", &format!("/v1/berichten/{id}")).await;
    assert_eq!(status.refusal(), is(404, "not-found"));
}

#[tokio::test]
async fn the_same_is_found_after_a_start_and_with_views_made_anew() {
    let conditions = [
        String::new(),
        format!(r#", "bsn": "{BSN}""#),
        r#", "kinds": [301], "terms": "open""#.to_owned(),
        r#", "status": "waiting""#.to_owned(),
        r#", "reference": "A1""#.to_owned(),
        r#", "party": "98980001", "from": "2026-03-01""#.to_owned(),
    ];
    // Nobody is answered for, so something stays open.
    let mut door = Door::above(World::on(Store::on_disk()).with(AUDITOR));
    taken(&door, "gemeente-a", allocation("A1")).await;
    let acknowledged = taken(&door, "gemeente-a", allocation("A2"))
        .await
        .message
        .id;
    taken(&door, "zorg-a", start_too_soon("S1")).await;
    door.delete("zorg-a", &format!("/v1/postvak/{acknowledged}"))
        .await;
    let mut before = Vec::new();
    for conditions in &conditions {
        before.push(ids(&search(&door, conditions).await));
    }
    assert!(before.iter().all(|found| !found.is_empty()), "{before:?}");
    for anew in [false, true] {
        let world = door.into_world();
        let register = Arc::clone(&world.register);
        let mut world = world.again_after(|data| {
            if anew {
                without_views(data);
            }
        });
        world.register = register;
        door = Door::above(world);
        for (conditions, found) in conditions.iter().zip(&before) {
            let again = ids(&search(&door, conditions).await);
            assert_eq!(&again, found, "{conditions}, views made anew: {anew}");
        }
    }
}

#[tokio::test]
async fn a_look_that_cannot_be_written_down_is_not_answered() {
    for fatal in [false, true] {
        let Store { journal, views, .. } = Store::memory();
        let failing = Arc::new(Failing {
            under: journal,
            failures: 0.into(),
            fatal,
            picks: |_| true,
        });
        let store = Store::of(Arc::clone(&failing) as Arc<_>, views);
        let door = audited(World::on(store));
        let id = taken(&door, "gemeente-a", allocation("A1"))
            .await
            .message
            .id;
        let path = format!("/v1/audit/berichten/{id}");
        for path in [SEARCH, &path] {
            failing.failures.store(usize::MAX, Ordering::SeqCst);
            let reply = open(&door, path).await;
            failing.failures.store(0, Ordering::SeqCst);
            assert_eq!(reply.status.as_u16(), 503, "{path}");
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            assert!(!text.contains(&id), "{text}");
        }
        assert_eq!(looks(&door.world).len(), 0, "nothing is written down");
    }
}

#[tokio::test]
async fn every_way_to_ask_wrongly_is_answered_clearly_and_written_down() {
    let door = audited(World::new());
    let id = taken(&door, "gemeente-a", allocation("A1"))
        .await
        .message
        .id;
    let nowhere = "b".repeat(26);
    let purpose = r#"{"purpose": "Onderzoek"}"#;
    let message = format!("/v1/audit/berichten/{id}");
    let (none, no_thread) = (
        format!("/v1/audit/berichten/{nowhere}"),
        format!("/v1/audit/draden/{nowhere}"),
    );
    for (party, path, body, status, code) in [
        ("toezicht", SEARCH, "{}", 400, "no-purpose"),
        ("toezicht", SEARCH, r#"{"purpose": " "}"#, 400, "no-purpose"),
        (
            "toezicht",
            SEARCH,
            r#"{"purpose": "999900420"}"#,
            422,
            "purpose-names-a-client",
        ),
        ("toezicht", SEARCH, "{", 400, "no-question"),
        (
            "toezicht",
            SEARCH,
            r#"{"purpose": "x", "naam": "Jansen"}"#,
            400,
            "no-question",
        ),
        (
            "toezicht",
            SEARCH,
            r#"{"purpose": "x", "bsn": "12"}"#,
            400,
            "wrong-condition",
        ),
        (
            "toezicht",
            SEARCH,
            r#"{"purpose": "x", "page": "AAAA"}"#,
            400,
            "wrong-page",
        ),
        (
            "toezicht",
            SEARCH,
            r#"{"purpose": "x", "gemeenten": ["0344"]}"#,
            403,
            "over-scope",
        ),
        ("gemeente-a", SEARCH, purpose, 403, "no-auditor"),
        ("toezicht", &message, "{}", 400, "no-purpose"),
        ("toezicht", &none, purpose, 404, "not-found"),
        ("toezicht", &no_thread, purpose, 404, "not-found"),
        ("zorg-a", &message, purpose, 403, "no-auditor"),
    ] {
        let before = looks(&door.world).len();
        let reply = door.post_as(party, path, "application/json", body).await;
        assert_eq!(reply.refusal(), is(status, code), "{party} {path} {body}");
        let written = looks(&door.world);
        let last = written.last().expect("written down");
        assert_eq!(written.len(), before + 1, "{body}");
        assert_eq!(
            (last.party.as_str(), last.refused.as_deref()),
            (party, Some(code))
        );
    }
    let kinds: std::collections::BTreeSet<Look> =
        looks(&door.world).iter().map(|look| look.look).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        [Look::Search, Look::Message, Look::Thread]
    );
}

#[tokio::test]
async fn an_opened_message_has_the_proof_of_the_log_or_says_that_it_is_not_covered_yet() {
    let folder = tempfile::tempdir().expect("a folder");
    let door = audited(World::new());
    let first = taken(&door, "gemeente-a", allocation("A1")).await.message;
    let door = door.logged(folder.path()).await;
    let second = taken(&door, "gemeente-a", allocation("A2")).await.message;
    let log = Arc::clone(door.api.log.as_ref().expect("a log"));
    for (id, in_log) in [(&first.id, "proved"), (&second.id, "not-yet")] {
        let path = format!("/v1/audit/berichten/{id}");
        let opened: ConversationBody = open(&door, &path).await.json();
        assert_eq!(opened.log_size, Some(log.size()));
        let [message] = &opened.messages[..] else {
            panic!("one: {opened:?}")
        };
        let receipt = message.receipt.clone().expect("a receipt");
        assert_eq!(receipt.in_log, in_log);
        assert_eq!(receipt.log.is_some(), in_log == "proved");
        assert_eq!(
            message.timeline[0].position < log.size(),
            in_log == "proved"
        );
        let signed = Receipt {
            statement: receipt.statement,
            signature: receipt.signature,
        };
        let stated = signed.verify(&door.world.receipts.public_key_pem());
        let stated = stated.expect("it holds");
        if in_log == "proved" {
            let shown = InLog {
                log: receipt.log,
                record: Some(receipt.record),
                salt: receipt.salt,
            };
            let shown = shown
                .verify(&stated, log.policy())
                .expect("it is in the log");
            assert!(shown.record);
        }
    }
}

/// Whether any file below a folder holds a text.
fn holds(folder: &Path, text: &str) -> Option<String> {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if let Some(found) = holds(&path, text) {
                return Some(found);
            }
        } else {
            let bytes = fs::read(&path).expect("readable");
            if bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
            {
                return Some(path.display().to_string());
            }
        }
    }
    None
}

#[tokio::test]
async fn a_search_by_bsn_leaves_the_bsn_in_no_file_no_log_line_no_figure_and_no_answer() {
    let lines = Lines::default();
    let settings = TelemetrySettings {
        format: LogFormat::Json,
        level: LogLevel::Debug,
    };
    let writer = lines.clone();
    let _logging = tracing::subscriber::set_default(subscriber(&settings, move || writer.clone()));
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let recorder = PrometheusBuilder::new().build_recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);

    let door = audited(World::on(Store::on_disk()));
    taken(&door, "gemeente-a", allocation("A1")).await;
    door.world.clock.advance(SignedDuration::from_hours(1));
    let mut said = Vec::new();
    // One of whom there is an allocation with its answer, one of whom there is nothing, and what is refused.
    for (bsn, count) in [(BSN, 2), ("999900006", 0)] {
        let reply = search(&door, &format!(r#", "bsn": "{bsn}""#)).await;
        assert_eq!(ids(&reply).len(), count, "{bsn}");
        said.push(String::from_utf8_lossy(&reply.body).into_owned());
        let whose = format!(r#"{{"gemeente": "0289", "bsn": "{bsn}"}}"#);
        let reply = door
            .post_as("gemeente-a", "/v1/inzagen", "application/json", whose)
            .await;
        let told: LooksBody = reply.json();
        assert_eq!(
            told.looks.len(),
            1,
            "who searched for him is told, found or not"
        );
        said.push(String::from_utf8_lossy(&reply.body).into_owned());
        for wrong in [
            format!(r#", "bsn": "{bsn}", "gemeenten": ["0344"]"#),
            format!(r#", "bsn": "{bsn}", "page": "{bsn}""#),
            format!(r#", "codes": ["{bsn}"]"#),
            format!(r#", "reference": "{bsn}""#),
        ] {
            let reply = search(&door, &wrong).await;
            said.push(String::from_utf8_lossy(&reply.body).into_owned());
        }
        let body = format!(r#"{{"purpose": "voor {bsn}"}}"#);
        let reply = door
            .post_as("toezicht", SEARCH, "application/json", body)
            .await;
        let problem: Problem = reply.json();
        said.push(problem.detail);
    }
    said.push(String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text"));
    said.push(recorder.handle().render());
    for text in said {
        assert!(!text.contains(BSN) && !text.contains("999900006"), "{text}");
    }
    door.into_world().again_after(|data| {
        for folder in [Some(data), data.parent()] {
            for bsn in [BSN, "999900006"] {
                let found = holds(folder.expect("a folder"), bsn);
                assert_eq!(found, None, "{bsn}");
            }
        }
    });
}

#[test]
fn an_auditor_and_a_municipality_do_all_of_it_by_commands() {
    let site = Site::audited();
    site.configure("message_log", "origin", "log.example/knooppunt");
    let running = site.starts(&["--create"]);
    let messages = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/messages/ijw");
    let message = format!("{messages}/JW301/plain/message.xml");
    let sent = run_as(&running, "gemeente", &["send", &message]);
    assert_eq!(sent.code, Some(0), "{}", sent.all);
    let id = id_in(&sent.all);
    let xml = fs::read_to_string(&message).expect("a message");
    let bsn = xml
        .split("Bsn>")
        .nth(1)
        .expect("a BSN")
        .split('<')
        .next()
        .expect("digits");
    let file = site.path("client.txt");
    fs::write(&file, format!("{bsn}\n")).expect("written");
    let file = file.display().to_string();
    let (file, id) = (file.as_str(), id.as_str());
    let purpose = ["--purpose", "Onderzoek 2026-14"];

    let search = [
        &["audit", "search", "--bsn-file", file, "--kind", "301"][..],
        &purpose,
    ]
    .concat();
    let found = run_as(&running, "toezicht", &search);
    assert_eq!(found.code, Some(0), "{}", found.all);
    assert!(
        found.all.contains(id) && !found.all.contains(bsn),
        "{}",
        found.all
    );
    let opened = run_as(
        &running,
        "toezicht",
        &[&["audit", "message", id][..], &purpose].concat(),
    );
    assert_eq!(opened.code, Some(0), "{}", opened.all);
    assert!(
        opened.all.contains("oordeel: ") && opened.all.contains("register: "),
        "{}",
        opened.all
    );
    let json = run_as(
        &running,
        "toezicht",
        &[&["audit", "thread", id, "--json"][..], &purpose].concat(),
    );
    assert!(
        json.all.starts_with('{') && json.all.contains("\"receipt\""),
        "{}",
        json.all
    );

    let looks = run_as(&running, "gemeente", &["audit", "looks"]);
    assert_eq!(looks.code, Some(0), "{}", looks.all);
    assert_eq!(
        looks.all.matches("Onderzoek 2026-14").count(),
        3,
        "{}",
        looks.all
    );
    let of = ["audit", "looks", "--gemeente", "0289", "--bsn-file", file];
    let of_client = run_as(&running, "gemeente", &of);
    assert_eq!(
        of_client.all.matches("Onderzoek 2026-14").count(),
        3,
        "{}",
        of_client.all
    );

    // What was found as a folder that is verified without the gateway.
    let out = site.path("uitvoer");
    let out = out.to_str().expect("a path");
    let conditions = &["audit", "export", "--thread", id, "--out", out][..];
    let export = [conditions, &purpose].concat();
    let exported = run_as(&running, "toezicht", &export);
    assert_eq!(exported.code, Some(0), "{}", exported.all);
    let verified = run_as(&running, "toezicht", &["log", "verify", out]);
    assert_eq!(verified.code, Some(0), "{}", verified.all);
    assert!(
        verified.all.starts_with("holds: 1 records") && verified.all.contains("by: toezicht"),
        "{}",
        verified.all
    );
    assert!(!Path::new(&format!("{out}.zip.deel")).exists());
    let again = run_as(&running, "toezicht", &export);
    assert_eq!(again.code, Some(2), "it is there: {}", again.all);
    let seen = run_as(&running, "gemeente", &["audit", "looks"]);
    assert!(
        seen.all.contains("exporteerde, 1 berichten"),
        "{}",
        seen.all
    );
    let lines = Path::new(out).join("records.jsonl");
    let whole = fs::read_to_string(&lines).expect("lines");
    let at = whole.find("\"record\":\"").expect("a record") + 30;
    let mut changed = whole.into_bytes();
    changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
    fs::write(&lines, changed).expect("written");
    let wrong = run_as(&running, "toezicht", &["log", "verify", out]);
    assert_eq!(wrong.code, Some(1), "{}", wrong.all);
    assert!(wrong.all.contains("record 0"), "{}", wrong.all);

    let refused = run_as(&running, "gemeente", &search);
    assert_eq!(refused.code, Some(1), "{}", refused.all);
    assert!(refused.all.contains("no-auditor"), "{}", refused.all);
}
