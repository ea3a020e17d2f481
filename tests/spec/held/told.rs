//! Nothing that is told of what waits holds anything from a message.

use knooppunt::api::besluiten::DeclarationBody;
use knooppunt::telemetry::{LogFormat, LogLevel, TelemetrySettings, subscriber};
use metrics_exporter_prometheus::PrometheusBuilder;

use super::{LINE, Office, READERS, Waiting, at_contract, declaration, declaration_of_both, line};
use crate::door::Door;
use crate::silence::Lines;
use crate::world::World;

#[tokio::test]
async fn nothing_that_is_told_of_what_waits_holds_anything_from_a_message() {
    let world = Waiting::allocated(World::new(), "").await;
    let taken = world.taken("zorg-a", &declaration_of_both("CANARY1")).await;
    world
        .taken("zorg-a", &at_contract(&declaration("CANARY2")))
        .await;
    let held = world.held("gemeente-a").await;
    let mut said = vec![format!("{held:?}")];
    for standing in &held {
        for line in &standing.lines {
            let finding = line.finding.as_ref().expect("a rule");
            said.push(format!("{} {:?}", finding.text(), finding.remedy()));
        }
    }
    for wanted in [line(LINE, true), line(LINE, false), line("CANARY3", false)] {
        said.push(format!("{:?}", world.decide(taken.id, wanted).await));
    }
    world
        .decided(taken.id, world.rest(taken.id, false).await)
        .await;
    world.judge_again().await;
    for record in world.records() {
        said.push(String::from_utf8_lossy(&record.event).into_owned());
    }
    let said = said.concat();
    assert!(
        said.contains("TR418") && said.contains(LINE),
        "something is told"
    );
    for canary in [
        "CANARY",
        "999900420",
        "999900432",
        "45A04",
        "58000",
        "7250",
        "260002",
    ] {
        assert!(!said.contains(canary), "{canary} is told");
    }
}

#[tokio::test]
async fn no_log_line_no_figure_and_no_answer_of_the_api_about_what_waits_holds_anything_from_a_message()
 {
    let lines = Lines::default();
    let settings = TelemetrySettings {
        format: LogFormat::Json,
        level: LogLevel::Debug,
    };
    let writer = lines.clone();
    let _logging = tracing::subscriber::set_default(subscriber(&settings, move || writer.clone()));
    // With one dispatcher alone, another thread that reaches a log line first decides for all that nobody listens to it.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let recorder = PrometheusBuilder::new().build_recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);

    let waiting = Waiting::allocated(World::new(), READERS).await;
    let body = declaration_of_both("CANARY1");
    let text = String::from_utf8_lossy(&body);
    // Looked for as they are: numbers of requests have nine digits in a row too.
    assert!(
        text.contains("999900420") && text.contains("999900432"),
        "there are BSNs to be found"
    );
    let taken = waiting.taken("zorg-a", &body).await;
    let later = at_contract(&declaration("CANARY2"));
    let later = waiting.taken("zorg-a", &later).await;
    let office = Office {
        id: taken.id.to_string(),
        door: Door::above(waiting.world),
    };
    let mut said = String::new();
    let later = format!("/v1/besluiten/{}", later.id);
    for (party, path) in [
        ("gemeente-a", "/v1/besluiten"),
        ("gemeente-a", &office.path()),
        ("gemeente-a", &later),
        ("lezer", &later),
        ("zorg-a", &later),
        ("gemeente-a", "/v1/besluiten/CANARY3"),
        ("gemeente-a", "/v1/besluiten?cursor=CANARY4"),
    ] {
        said += &String::from_utf8_lossy(&office.door.get(party, path).await.body);
    }
    for (party, body) in [
        ("lezer", r#"{"rest": "grant"}"#.to_owned()),
        ("gemeente-a", r#"{"rest": "CANARY5"}"#.to_owned()),
        (
            "gemeente-a",
            r#"{"lines": [{"path": "CANARY6", "decision": "grant"}]}"#.to_owned(),
        ),
        (
            "gemeente-a",
            format!(r#"{{"lines": [{{"path": "{LINE}", "decision": "grant"}}]}}"#),
        ),
        (
            "gemeente-a",
            format!(r#"{{"lines": [{{"path": "{LINE}", "decision": "refuse"}}]}}"#),
        ),
        (
            "gemeente-a",
            r#"{"lines": [{"path": "/Bericht", "decision": "grant"}]}"#.to_owned(),
        ),
    ] {
        said += &String::from_utf8_lossy(&office.post(party, &body).await.body);
    }
    let whole: DeclarationBody = office.one("gemeente-a").await;
    let rest = format!(
        r#"{{"lines": [{{"path": "{}", "decision": "refuse"}}]}}"#,
        whole.lines[0].path
    );
    said += &String::from_utf8_lossy(&office.post("gemeente-a", &rest).await.body);
    said += &String::from_utf8_lossy(&office.door.get("gemeente-a", &office.path()).await.body);
    assert!(
        said.contains("TR418") && said.contains("answered"),
        "something is told: {said}"
    );

    let logged = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("text");
    assert!(
        logged.contains("decided") && logged.contains("/v1/besluiten/{id}"),
        "{logged}"
    );
    let figures = recorder.handle().render();
    // Names and labels, without the numbers, which have digits of every kind.
    let figures: Vec<&str> = figures
        .lines()
        .map(|line| line.rsplit_once(' ').map_or(line, |(series, _)| series))
        .collect();
    let figures = figures.join("\n");
    assert!(
        figures.contains("knooppunt_lines_decided_total"),
        "{figures}"
    );
    // What the caller himself sent wrongly is not told back to him either.
    for text in [&said, &logged, &figures] {
        for canary in ["CANARY", "45A04", "P-CANARY", "999900420", "999900432"] {
            assert!(!text.contains(canary), "{canary} in {text}");
        }
    }
}
