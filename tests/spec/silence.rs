//! What the gateway says about itself holds nothing from a message: log lines, problems and figures.

use std::io;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use knooppunt::api::figures;
use knooppunt::api::postvak::PageBody;
use knooppunt::clock::Clock as _;
use knooppunt::register::{Register, Registers, Source};
use knooppunt::retention::RetentionSettings;
use knooppunt::telemetry::{LogFormat, LogLevel, TelemetrySettings, subscriber};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::door::{Door, allocation, taken};
use crate::site::Site;
use crate::verdict::{allocation as allocated, with};
use crate::world::{GEMEENTE_A, PARTIES, World, ZORG_A, broken, changed, message};

#[derive(Clone, Default)]
pub(crate) struct Lines(pub(crate) Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("lines").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether nine digits in a row pass the check on a BSN and are of the test range, as all that are planted: others stand in numbers of requests by chance.
fn has_bsn(text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_digit())
        .filter(|digits| digits.len() == 9 && digits.starts_with("9999"))
        .any(|digits| {
            let sum: i32 = digits
                .bytes()
                .zip([9, 8, 7, 6, 5, 4, 3, 2, -1])
                .map(|(digit, weight)| i32::from(digit - b'0') * weight)
                .sum();
            sum % 11 == 0
        })
}

#[tokio::test]
async fn no_log_line_and_no_problem_holds_anything_from_a_message() {
    let lines = Lines::default();
    let settings = TelemetrySettings {
        format: LogFormat::Json,
        level: LogLevel::Debug,
    };
    let writer = lines.clone();
    let _logging = tracing::subscriber::set_default(subscriber(&settings, move || writer.clone()));
    // With one dispatcher alone, another thread that reaches a log line first decides for all that nobody listens to it.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());

    let door = Door::new();
    let text = String::from_utf8(allocation("CANARY1").to_vec()).expect("text");
    assert!(has_bsn(&text), "the messages have a BSN to be found");
    let text = text.replace("Zonneveld", "CANARY2");
    let id = taken(&door, "gemeente-a", text.clone().into())
        .await
        .message
        .id;
    let mut said = Vec::new();
    for body in [
        text.replace("CANARY2", "CANARY3"),
        text.replace("<ijw:Code>45A04", "<ijw:Code>CANARY4"),
        text.replace("jw301:Geslacht>", "jw301:NAME5>"),
        text.replace("<jw301:Client>", "<jw301:Client NAME6=\"CANARY7\">"),
        text.replace("</jw301:Bericht>", "</jw301:NAME8>"),
        text.replace(
            "http://www.istandaarden.nl/ijw/3_2/jw301/schema",
            "urn:CANARY9",
        ),
        text.replace("?>", "?><!DOCTYPE CANARY10 SYSTEM \"CANARY11\">"),
    ] {
        let reply = door.hand_in("gemeente-a", body).await;
        assert!(reply.status.is_client_error());
        said.push(String::from_utf8_lossy(&reply.body).into_owned());
    }
    door.get("zorg-a", "/v1/postvak?soort=CANARY12").await;
    door.get("zorg-a", "/v1/CANARY13/999900420").await;
    door.get("zorg-a", &format!("/v1/postvak/{id}/inhoud"))
        .await;
    door.delete("zorg-a", &format!("/v1/postvak/{id}")).await;

    let logged = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
    assert!(
        logged.contains("taken") && logged.contains("/v1/postvak/{id}/inhoud"),
        "the requests were logged"
    );
    assert!(
        !logged.contains("CANARY") && !logged.contains("NAME") && !has_bsn(&logged),
        "{logged}"
    );
    // The sender is told which of his names is not known; a value never.
    for said in said {
        assert!(!said.contains("CANARY") && !has_bsn(&said), "{said}");
    }
}

#[tokio::test]
async fn the_figures_tell_of_refusals_and_mailboxes_and_nothing_of_a_message_or_a_person() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let door = Door::new();
    let id = taken(&door, "gemeente-a", allocation("CANARY1"))
        .await
        .message
        .id;
    door.hand_in("gemeente-a", allocation("CANARY1")).await;
    door.hand_in("gemeente-a", broken(&allocation("CANARY2")))
        .await;
    door.hand_in("gemeente-b", allocation("CANARY3")).await;
    door.get("zorg-a", &format!("/v1/berichten/{id}")).await;
    door.get("zorg-a", "/v1/CANARY4/999900420").await;
    door.world.clock.advance(SignedDuration::from_hours(2));
    let source = Source {
        name: "parties.toml".to_owned(),
        bytes: PARTIES.into(),
    };
    let registers = Registers::new(Register::load(vec![source]).expect("a register"));
    let gauges = figures::of_ledger(
        Arc::clone(&door.world.ledger),
        Arc::new(registers),
        Arc::new(door.world.clock.clone()),
    );
    gauges();
    door.world
        .clock
        .advance(SignedDuration::from_hours(24 * 61));
    let retention = door.world.retention(RetentionSettings::default());
    assert!(
        retention
            .due(door.world.clock.now(), 10)
            .await
            .is_ok_and(|due| due.len() == 1)
    );
    figures::erasures_due(&retention, &door.world.clock).await;
    let text = recorder.handle().render();
    gauges();
    let later = recorder.handle().render();
    for line in [
        "knooppunt_taken_total{bericht=\"JW301\",repeat=\"false\"} 1",
        "knooppunt_taken_total{bericht=\"JW301\",repeat=\"true\"} 1",
        "knooppunt_refusals_total{code=\"level-1\"} 1",
        "knooppunt_refusals_total{code=\"not-the-maker\"} 1",
        "knooppunt_findings_total{code=\"element-missing\"} 1",
        "knooppunt_requests_total{route=\"/v1/berichten\",method=\"POST\",status=\"201\"} 1",
        "knooppunt_requests_total{route=\"/v1/berichten/{id}\",method=\"GET\",status=\"200\"} 1",
        "knooppunt_journal_position 3",
        "knooppunt_views_position 3",
        "knooppunt_mailbox_waiting{code=\"98980001\"} 1",
        "knooppunt_mailbox_oldest_seconds{code=\"98980001\"} 7200",
        "knooppunt_mailbox_waiting{code=\"98980002\"} 0",
        "knooppunt_erasures_due 1",
    ] {
        assert!(
            text.lines().any(|have| have == line),
            "{line} is not in\n{text}"
        );
    }
    let of_term = |over: u8| {
        let label = "code=\"98980001\",term=\"retour\"";
        [("open", 1), ("over", over)]
            .map(|(what, count)| format!("knooppunt_terms_{what}{{{label}}} {count}"))
    };
    for (text, over) in [(&text, 0), (&later, 1)] {
        for line in of_term(over) {
            assert!(
                text.lines().any(|have| have == line),
                "{line} is not in\n{text}"
            );
        }
    }
    // A duration may have any nine digits.
    let untimed: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("_seconds"))
        .collect();
    let untimed = untimed.join("\n");
    assert!(
        !text.contains("CANARY") && !text.contains(&id) && !has_bsn(&untimed),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_judged_is_told_in_no_log_line_no_figure_and_no_finding() {
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

    let door = Door::above(World::new().judged());
    let mut found = String::new();
    for (party, body) in [
        ("gemeente-a", allocated("CANARY1")),
        ("zorg-a", with("JW305", "CANARY2", &[])),
        // The same start under another name, which is refused for what is known of the one before.
        (
            "zorg-a",
            with("JW305", "CANARY3", &[("Zonneveld", "CANARY4")]),
        ),
        // And one that level 2 refuses.
        (
            "zorg-a",
            with(
                "JW305",
                "CANARY5",
                &[
                    ("Begindatum>2026-02-02<", "Begindatum>2026-02-20<"),
                    (">Mila<", ">CANARY6<"),
                ],
            ),
        ),
        ("zorg-a", with("JW323", "CANARY7", &[])),
    ] {
        let tried = door
            .post(party, "/v1/berichten?proef=true", body.clone())
            .await;
        assert_eq!(tried.status.as_u16(), 200);
        found.push_str(&String::from_utf8_lossy(&tried.body));
        let id = taken(&door, party, body).await.message.id;
        let page = door
            .get(party, &format!("/v1/berichten/{id}/bevindingen"))
            .await;
        assert_eq!(page.status.as_u16(), 200);
        found.push_str(&String::from_utf8_lossy(&page.body));
    }
    let figures = recorder.handle().render();
    let logged = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
    assert!(logged.contains("\"taken\""), "{logged}");
    for verdict in ["accepted", "refused"] {
        let line = format!("bericht=\"JW305\",mode=\"judge\",verdict=\"{verdict}\"");
        assert!(figures.contains(&line), "{line} is not in\n{figures}");
    }
    assert!(
        found.contains("TR074") && found.contains("TR134"),
        "{found}"
    );
    for said in [&found, &figures, &logged] {
        for value in [
            "CANARY",
            "999900420",
            "260001",
            "45A04",
            "Zonneveld",
            "Mila",
        ] {
            assert!(!said.contains(value), "{value} is told in {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_program_logs_and_shows_nothing_from_a_message_on_any_of_its_threads() {
    let site = Site::small();
    let config = site.path("knooppunt.toml");
    let text = std::fs::read_to_string(&config).expect("the configuration");
    let text = text.replace("[log]", "[log]\nlevel = \"debug\"");
    assert!(text.contains("debug"));
    std::fs::write(&config, text).expect("written");
    let running = site.starts(&["--create"]);
    let body = message("JW301", GEMEENTE_A, ZORG_A, "CANARY1");
    let text = String::from_utf8(body.to_vec()).expect("text");
    let mut maker = running.client("gemeente");
    for (body, status) in [
        (text.clone(), 201),
        (text.clone(), 200),
        (
            String::from_utf8(changed(&body).to_vec()).expect("text"),
            409,
        ),
        (text.replace("<jw301:Bsn>", "<jw301:Bsn>CANARY2"), 422),
        (
            text.replace("jw301/schema", "CANARY3")
                .replace("?>", "?><!DOCTYPE CANARY4>"),
            422,
        ),
    ] {
        let answer = maker
            .post_xml("/v1/berichten", body.into())
            .await
            .expect("an answer");
        assert_eq!(answer.status.as_u16(), status, "{:?}", answer.body);
    }
    maker.get("/v1/CANARY5/999900420").await.expect("an answer");
    let mut receiver = running.client("aanbieder");
    let page: PageBody =
        serde_json::from_slice(&receiver.get("/v1/postvak").await.expect("an answer").body)
            .expect("a page");
    let id = &page.messages[0].id;
    receiver
        .get(&format!("/v1/postvak/{id}/inhoud"))
        .await
        .expect("an answer");
    receiver
        .delete(&format!("/v1/postvak/{id}"))
        .await
        .expect("an answer");
    let health = running.tells("/gezond");
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    for check in ["written", "disk", "clock", "running", "trust"] {
        assert!(
            health.contains(&format!("{{\"name\":\"{check}\",\"ok\":true")),
            "{check}: {health}"
        );
    }
    let figures = running.tells("/metrics");
    for name in [
        "knooppunt_taken_total",
        "knooppunt_refusals_total",
        "knooppunt_disk_free_bytes",
        "knooppunt_journal_position",
        "knooppunt_party_requests",
        "knooppunt_group_records_bucket",
    ] {
        assert!(figures.contains(name), "{name} is not in\n{figures}");
    }
    let logged = running.stop_and_tell();
    assert!(
        logged.contains("\"taken\"") && logged.contains("acknowledged"),
        "{logged}"
    );
    for said in [&health, &figures, &logged] {
        assert!(
            !said.contains("CANARY") && !said.contains("999900420"),
            "{said}"
        );
    }
}
