//! Figures at the door: what an auditor is told of closed months and what not, that he is written down first, what anybody may read, and the command.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use jiff::SignedDuration;
use knooppunt::api::cijfers::FiguredBody;
use knooppunt::figures::{FiguresBody, PublicFigureSettings, SumBody, router};
use knooppunt::ledger::{Event, Look, Viewed};
use tower::ServiceExt;

use crate::client_commands::run_as;
use crate::door::{Door, Reply, allocation, is, taken};
use crate::intake::Failing;
use crate::judge::start_too_soon;
use crate::site::Site;
use crate::world::{Store, World};

/// Who audits 0289, in April up to the tenth.
const AUDITOR: &str = r#"
[[party]]
id = "toezicht"
name = "Toezicht"

[[auditor]]
party = "toezicht"
laws = ["jw"]
gemeenten = ["0289"]
from = 2026-01-01
until = 2026-04-10
"#;

const FIGURES: &str = "/v1/audit/cijfers";
const JSON: &str = "application/json";

fn audited(store: Store) -> Door {
    Door::above(World::on(store).with(AUDITOR))
}

/// Twelve allocations and three starts in March, and something after all that counts for it; counted.
async fn march(door: &Door) {
    for number in 0..12 {
        taken(door, "gemeente-a", allocation(&format!("A{number}"))).await;
    }
    for number in 0..3 {
        taken(door, "zorg-a", start_too_soon(&format!("S{number}"))).await;
    }
    later(door, 60, "L1").await;
    count(door);
}

/// So many days pass, and then an allocation comes.
async fn later(door: &Door, days: i64, id: &str) {
    let clock = &door.world.clock;
    clock.advance(SignedDuration::from_hours(24 * days));
    taken(door, "gemeente-a", allocation(id)).await;
}

fn count(door: &Door) {
    while door.api.figures.step().expect("a step") {}
}

/// The figures for these conditions beside the purpose.
async fn ask(door: &Door, conditions: &str) -> Reply {
    let body = format!(r#"{{"purpose": "Onderzoek 2026-14"{conditions}}}"#);
    door.post_as("toezicht", FIGURES, JSON, body).await
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

fn told(count: u64) -> SumBody {
    SumBody { count, lacks: 0 }
}

#[tokio::test]
async fn an_auditor_is_told_what_became_of_messages_and_no_number_below_ten() {
    let door = audited(Store::memory());
    march(&door).await;
    let reply = ask(&door, r#", "by": ["month", "kind"]"#).await;
    assert_eq!(reply.status.as_u16(), 200, "{:?}", reply.body);
    let said: FiguredBody = reply.json();
    assert_eq!(said.from.as_deref(), Some("2026-03"));
    assert_eq!(said.until.as_deref(), Some("2026-03"));
    let [allocations, starts] = &said.figures.rows[..] else {
        panic!("two kinds: {said:?}")
    };
    assert_eq!(allocations.month.as_deref(), Some("2026-03"));
    assert_eq!(allocations.kind, Some(301));
    assert_eq!(allocations.carried, told(12));
    assert_eq!(allocations.unanswered, told(12));
    let hidden = SumBody { count: 0, lacks: 1 };
    assert_eq!((starts.kind, starts.carried), (Some(305), hidden));
    let whole: FiguredBody = ask(&door, "").await.json();
    let sums: Vec<_> = whole.figures.rows.iter().map(|row| row.carried).collect();
    assert_eq!(
        sums,
        [SumBody {
            count: 12,
            lacks: 1
        }]
    );

    // Written down as a look at figures, that showed no message.
    let written = looks(&door.world);
    let last = written.last().expect("written down");
    assert_eq!(
        (last.look, last.refused.as_deref()),
        (Look::Statistics, None)
    );
    assert_eq!((last.count, last.shown.len()), (0, 0));
    assert!(written.len() == 2 && whole.look > said.look);

    // The same as CSV, for who says that he wants that.
    let body = Bytes::from_static(br#"{"purpose": "Onderzoek", "by": ["kind"]}"#);
    let request = door
        .request("toezicht", Method::POST, FIGURES)
        .header(header::CONTENT_TYPE, JSON)
        .header(header::CONTENT_LENGTH, body.len())
        .header(header::ACCEPT, "text/csv, application/json;q=0.5")
        .body(Body::from(body))
        .expect("a request");
    let csv = door.send(request).await;
    assert_eq!(
        csv.headers[header::CONTENT_TYPE],
        "text/csv; charset=utf-8; header=present"
    );
    let text = String::from_utf8(csv.body.to_vec()).expect("text");
    assert!(text.contains("\r\n,,,301,carried,,12,0\r\n"), "{text}");
    assert!(text.contains("\r\n,,,305,carried,,0,1\r\n"), "{text}");
    assert_eq!(looks(&door.world).len(), 3);
}

#[tokio::test]
async fn figures_are_not_told_before_that_somebody_asked_is_written_down() {
    let Store { journal, views, .. } = Store::memory();
    let failing = Arc::new(Failing {
        under: journal,
        failures: 0.into(),
        fatal: false,
        picks: |_| true,
    });
    let door = audited(Store::of(Arc::clone(&failing) as Arc<_>, views));
    march(&door).await;
    failing.failures.store(usize::MAX, Ordering::SeqCst);
    let reply = ask(&door, "").await;
    failing.failures.store(0, Ordering::SeqCst);
    assert_eq!(reply.status.as_u16(), 503);
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(!text.contains("carried") && !text.contains("12"), "{text}");
    assert_eq!(looks(&door.world).len(), 0, "nothing is written down");
}

#[tokio::test]
async fn every_way_to_ask_for_figures_wrongly_is_answered_clearly_and_written_down() {
    let door = audited(Store::memory());
    march(&door).await;
    let purpose = r#"{"purpose": "Onderzoek"}"#;
    let with = |conditions: &str| format!(r#"{{"purpose": "Onderzoek", {conditions}}}"#);
    for (party, body, status, code) in [
        ("toezicht", "{}".to_owned(), 400, "no-purpose"),
        ("toezicht", "[".to_owned(), 400, "no-question"),
        (
            "toezicht",
            with(r#""bsn": "999900420""#),
            400,
            "no-question",
        ),
        (
            "toezicht",
            with(r#""kinds": [999]"#),
            400,
            "wrong-condition",
        ),
        (
            "toezicht",
            with(r#""laws": ["wlz"]"#),
            400,
            "wrong-condition",
        ),
        (
            "toezicht",
            with(r#""by": ["week"]"#),
            400,
            "wrong-condition",
        ),
        (
            "toezicht",
            with(r#""from": "2026-3""#),
            400,
            "wrong-condition",
        ),
        (
            "toezicht",
            with(r#""from": "2026-03", "until": "2026-02""#),
            400,
            "wrong-condition",
        ),
        ("toezicht", with(r#""laws": ["wmo"]"#), 403, "over-scope"),
        (
            "toezicht",
            with(r#""gemeenten": ["0344"]"#),
            403,
            "over-scope",
        ),
        ("toezicht", with(r#""from": "2025-12""#), 403, "over-scope"),
        // Of April only ten days lie in the scope.
        ("toezicht", with(r#""until": "2026-04""#), 403, "over-scope"),
        ("gemeente-a", purpose.to_owned(), 403, "no-auditor"),
    ] {
        let before = looks(&door.world).len();
        let reply = door.post_as(party, FIGURES, JSON, body.clone()).await;
        assert_eq!(reply.refusal(), is(status, code), "{party} {body}");
        let written = looks(&door.world);
        let last = written.last().expect("written down");
        assert_eq!(written.len(), before + 1, "{body}");
        assert_eq!((last.look, last.party.as_str()), (Look::Statistics, party));
        assert_eq!(last.refused.as_deref(), Some(code));
    }
}

#[tokio::test]
async fn a_month_that_changes_still_or_is_being_counted_is_told_later_and_never_wrongly() {
    let door = audited(Store::memory());
    taken(&door, "gemeente-a", allocation("A0")).await;
    let march = r#", "until": "2026-03""#;
    let reply = ask(&door, march).await;
    assert_eq!(reply.refusal(), is(400, "open-month"));
    let detail = reply.problem().detail;
    assert!(
        detail.contains("2026-03") && detail.contains("2026-04-16"),
        "{detail}"
    );
    let nothing: FiguredBody = ask(&door, "").await.json();
    assert_eq!((nothing.from, nothing.figures.rows.len()), (None, 0));

    later(&door, 60, "A1").await;
    let reply = ask(&door, march).await;
    assert_eq!(reply.refusal(), is(503, "not-counted"));
    assert_eq!(reply.headers[header::RETRY_AFTER], "60");
    count(&door);
    assert_eq!(ask(&door, march).await.status.as_u16(), 200);
    let refused: Vec<_> = looks(&door.world)
        .into_iter()
        .map(|look| look.refused)
        .collect();
    let tried = |code: &str| Some(code.to_owned());
    assert_eq!(
        refused,
        [tried("open-month"), None, tried("not-counted"), None]
    );
}

#[tokio::test]
async fn a_month_of_which_a_part_lies_in_the_scope_is_left_out_and_named() {
    let door = audited(Store::memory());
    march(&door).await;
    later(&door, 60, "M1").await;
    count(&door);
    let said: FiguredBody = ask(&door, r#", "by": ["month"]"#).await.json();
    let months: Vec<_> = said.figures.rows.iter().map(|row| &row.month).collect();
    assert_eq!(months, [&Some("2026-03".to_owned())]);
    let [left] = &said.in_part[..] else {
        panic!("April: {said:?}")
    };
    assert_eq!(
        (
            left.month.as_str(),
            left.law.as_str(),
            left.gemeente.as_str()
        ),
        ("2026-04", "jw", "0289")
    );
}

async fn page(
    door: &Door,
    by_gemeente: bool,
    path: &str,
    tag: Option<&str>,
) -> (StatusCode, HeaderMap, String) {
    let settings = PublicFigureSettings {
        listen: None,
        by_gemeente,
    };
    let pages = router(Arc::clone(&door.api.figures), &settings);
    let mut request = Request::get(path);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let request = request.body(Body::empty()).expect("a request");
    let (head, body) = pages
        .oneshot(request)
        .await
        .expect("an answer")
        .into_parts();
    let body = body.collect().await.expect("a page").to_bytes();
    let text = String::from_utf8(body.to_vec()).expect("text");
    (head.status, head.headers, text)
}

#[tokio::test]
async fn anybody_reads_closed_months_of_the_whole_country_and_of_municipalities_where_that_is_on() {
    let door = audited(Store::memory());
    let (status, _, text) = page(&door, false, "/cijfers.json", None).await;
    let nothing: FiguresBody = serde_json::from_str(&text).expect("JSON");
    assert_eq!((status.as_u16(), nothing.rows.len()), (200, 0));
    march(&door).await;
    let (_, headers, text) = page(&door, false, "/cijfers.json", None).await;
    let all: FiguresBody = serde_json::from_str(&text).expect("JSON");
    let [march] = &all.rows[..] else {
        panic!("one month of one law: {all:?}")
    };
    assert_eq!(march.month.as_deref(), Some("2026-03"));
    assert_eq!(
        march.carried,
        SumBody {
            count: 12,
            lacks: 1
        }
    );
    assert_eq!((&march.gemeente, march.kind), (&None, None));
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=3600");
    let tag = headers[header::ETAG].to_str().expect("a tag");
    let (status, _, text) = page(&door, false, "/cijfers.json", Some(tag)).await;
    assert_eq!((status.as_u16(), text.as_str()), (304, ""));

    let (_, headers, text) = page(&door, false, "/cijfers/2026-03.csv", None).await;
    assert!(
        text.contains("\r\n2026-03,jw,,301,carried,,12,0\r\n"),
        "{text}"
    );
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=86400");
    assert!(!text.contains("0289"), "{text}");
    for (path, off, on) in [
        ("/cijfers/2026-03/gemeenten.json", 404, 200),
        ("/cijfers/2026-04.json", 404, 404),
        ("/cijfers/2026-02.json", 404, 404),
        ("/cijfers/2026-03.xml", 404, 404),
        ("/cijfers/2026-03/anders.json", 404, 404),
        ("/cijfers/maart.json", 404, 404),
    ] {
        for (by_gemeente, status) in [(false, off), (true, on)] {
            let (said, ..) = page(&door, by_gemeente, path, None).await;
            assert_eq!(said.as_u16(), status, "{path} {by_gemeente}");
        }
    }
    let (_, _, text) = page(&door, true, "/cijfers/2026-03/gemeenten.json", None).await;
    let by: FiguresBody = serde_json::from_str(&text).expect("JSON");
    assert!(
        by.rows
            .iter()
            .all(|row| row.gemeente.as_deref() == Some("0289"))
    );

    later(&door, 60, "M1").await;
    let (status, headers, _) = page(&door, false, "/cijfers/2026-04.json", None).await;
    assert_eq!(status.as_u16(), 503, "it is closed, and not counted yet");
    assert_eq!(headers[header::RETRY_AFTER], "60");
    assert_eq!(
        looks(&door.world).len(),
        0,
        "what anybody may read is no look"
    );
}

/// The head and the body that an address answers without a certificate.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("written");
    let mut said = String::new();
    stream.read_to_string(&mut said).expect("text");
    said
}

#[test]
fn the_program_serves_figures_where_they_are_turned_on_and_an_auditor_asks_by_command() {
    let free = || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").to_string()
    };
    let address = free();
    let site = Site::audited();
    site.configure("public_figures", "listen", address.as_str());
    let running = site.starts(&["--create"]);
    let said = get(&address, "/cijfers.json");
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert!(
        said.contains("\"edition\":1") && said.contains("\"rows\":[]"),
        "{said}"
    );
    assert!(get(&address, "/checkpoint").starts_with("HTTP/1.1 404"));
    let asked = run_as(
        &running,
        "toezicht",
        &["audit", "figures", "--purpose", "Jaarverslag"],
    );
    assert_eq!(asked.code, Some(0), "{}", asked.all);
    assert!(
        asked
            .all
            .contains("geen maand binnen de bevoegdheid is afgesloten"),
        "{}",
        asked.all
    );
    assert!(
        asked.all.contains("vastgelegd als inzage 0"),
        "{}",
        asked.all
    );
    let csv = ["audit", "figures", "--purpose", "Jaarverslag", "--csv"];
    let asked = run_as(&running, "toezicht", &csv);
    assert_eq!(
        asked.all,
        "month,law,gemeente,kind,figure,cause,count,lacks\n"
    );
    let refused = run_as(&running, "gemeente", &csv);
    assert_eq!(refused.code, Some(1), "{}", refused.all);
    assert!(refused.all.contains("no-auditor"), "{}", refused.all);
    let metrics = running.tells("/metrics");
    assert!(
        metrics.contains("knooppunt_figures_months_waiting 0"),
        "{metrics}"
    );
    assert!(
        metrics.contains("knooppunt_public_figures_total{status=\"200\"} 1"),
        "{metrics}"
    );
    assert_eq!(running.stop(), Some(0));

    // One address serves the log and the figures.
    let (site, address) = (Site::audited(), free());
    site.configure("message_log", "origin", "log.example/knooppunt");
    let public = toml::Table::from_iter([("listen".to_owned(), address.as_str().into())]);
    site.configure("message_log", "public", public);
    site.configure("public_figures", "listen", address.as_str());
    let running = site.starts(&["--create"]);
    for path in ["/key", "/cijfers.csv"] {
        assert!(get(&address, path).starts_with("HTTP/1.1 200"), "{path}");
    }
    assert_eq!(running.stop(), Some(0));
}
