//! Every route as its description tells it: each status that is documented comes, each that comes is documented, and who is refused is told who must do what.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, header};
use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::api::berichten::TakenBody;
use knooppunt::api::besluiten::DeclarationsBody;
use knooppunt::api::postvak::PageBody;
use knooppunt::api::weigeringen::WeigeringenBody;
use knooppunt::api::{ApiSettings, document};
use knooppunt::budget::BudgetSettings;
use knooppunt::ledger::MessageId;
use knooppunt::retention::RetentionSettings;

use crate::bodies::{drip, unread};
use crate::door::{Door, Reply, allocation, is, taken};
use crate::ggk::{Sent as OverGgk, stored};
use crate::held::{LINE, READERS, Waiting, declaration_of_both};
use crate::intake::Failing;
use crate::judge::declaration;
use crate::lookups::Looked;
use crate::random::Random;
use crate::world::{GEMEENTE_A, Store, World, ZORG_A, ZORG_B, broken, changed, message};

/// Method in small letters, path as it is described, status.
type Answer = (String, String, u16);

/// What the description says, and what came.
struct Walk {
    documented: BTreeSet<Answer>,
    came: BTreeSet<Answer>,
}

impl Walk {
    fn new() -> Self {
        let description: serde_json::Value = serde_json::from_str(document()).expect("JSON");
        let mut documented = BTreeSet::new();
        for (path, methods) in description["paths"].as_object().expect("paths") {
            for (method, said) in methods.as_object().expect("methods") {
                for status in said["responses"].as_object().expect("responses").keys() {
                    let status = status.parse().expect("a status");
                    documented.insert((method.clone(), path.clone(), status));
                }
            }
        }
        Self {
            documented,
            came: BTreeSet::new(),
        }
    }

    /// Every operation, with this id in its address.
    fn operations(&self, id: &str) -> BTreeSet<(Method, String, String)> {
        let documented = self.documented.iter();
        documented
            .map(|(method, path, _)| {
                let name = method.to_uppercase();
                let method = Method::from_bytes(name.as_bytes()).expect("a method");
                (method, path.clone(), address(path, id))
            })
            .map(|(method, path, address)| (method.to_string(), path, address))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|(method, path, address)| (method.parse().expect("a method"), path, address))
            .collect()
    }

    /// Notes an answer. It must be documented; one that is no success says what to do, and whether to come again.
    fn note(&mut self, method: &Method, path: &str, reply: &Reply) {
        let status = reply.status.as_u16();
        let answer = (method.as_str().to_lowercase(), path.to_owned(), status);
        assert!(
            self.documented.contains(&answer),
            "{answer:?} is not documented: {:?}",
            reply.body
        );
        self.came.insert(answer);
        if status >= 400 {
            let problem = reply.problem();
            let detail = &problem.detail;
            assert!(
                detail.ends_with(['.', ')']) && detail.contains(' '),
                "{method} {path}: {detail}"
            );
            let later = status == 429 || status == 503;
            let retry = reply.headers.contains_key(header::RETRY_AFTER);
            assert_eq!(retry, later, "{method} {path} {status}");
        }
    }

    /// Sends it and notes the answer.
    async fn send(&mut self, door: &Door, path: &str, request: Request<Body>) -> Reply {
        let method = request.method().clone();
        let reply = door.send(request).await;
        self.note(&method, path, &reply);
        reply
    }

    /// The same without a body; to this address.
    async fn ask(
        &mut self,
        door: &Door,
        party: &str,
        method: Method,
        path: &str,
        id: &str,
    ) -> Reply {
        let (address, query) = path.split_once('?').unwrap_or((path, ""));
        let (address, template) = (self::address(address, id), address);
        let uri = if query.is_empty() {
            address
        } else {
            format!("{address}?{query}")
        };
        let request = door.request(party, method, &uri).body(Body::empty());
        self.send(door, template, request.expect("a request")).await
    }

    /// The same with a body of a media type and this length.
    async fn post(
        &mut self,
        door: &Door,
        at: (&str, &str, &str),
        media: &str,
        body: Sent,
    ) -> Reply {
        let (party, path, id) = at;
        let (template, _) = path.split_once('?').unwrap_or((path, ""));
        let request = door
            .request(party, Method::POST, &address(path, id))
            .header(header::CONTENT_TYPE, media);
        let request = match body {
            Sent::Whole(body) => request
                .header(header::CONTENT_LENGTH, body.len())
                .body(Body::from(body)),
            Sent::Short(body) => request
                .header(header::CONTENT_LENGTH, body.len() + 1)
                .body(Body::from(body)),
            Sent::Announced(bytes) => request.header(header::CONTENT_LENGTH, bytes).body(unread()),
            Sent::Unframed => request.body(unread()),
            Sent::Slow => request
                .header(header::CONTENT_LENGTH, 9)
                .body(drip(Duration::from_hours(1))),
        };
        self.send(door, template, request.expect("a request")).await
    }
}

enum Sent {
    Whole(Bytes),
    /// One byte less than it says.
    Short(Bytes),
    /// A length, and a body that nobody may look at.
    Announced(u64),
    /// Neither length nor chunks.
    Unframed,
    Slow,
}

const XML: &str = "application/xml";
const JSON: &str = "application/json";
/// By which the deliveries of a provider are told; nothing is brought in this test.
const ENDPOINT: &str = r#"
[[endpoint]]
party = "zorg-b"
kind = "vsp-push"
url = "https://vsp.zorg-b.example/push/v1"
certificate = "us.pem"
key = "us.key"
roots = "roots.pem"
"#;

/// Who audits: messages of everybody, and of one municipality only.
const AUDITORS: &str = r#"
[[party]]
id = "toezicht"
name = "Toezicht"

[[auditor]]
party = "toezicht"
laws = ["jw", "wmo"]
gemeenten = ["0289", "0344"]
from = 2026-01-01
until = 2026-12-31
"#;

/// What answers without views.
const FROM_MEMORY: [(&str, &str); 4] = [
    ("get", "/v1/catalogus/{wet}/{gemeente}/{categorie}/{code}"),
    ("get", "/v1/partij"),
    ("get", "/v1/sleutels"),
    ("post", FIGURES),
];
const HAND_IN: &str = "/v1/berichten";
const DECIDE: &str = "/v1/besluiten/{id}";
const SEARCH: &str = "/v1/audit/berichten";
const FIGURES: &str = "/v1/audit/cijfers";
const LOOKS: &str = "/v1/inzagen";
const EXPORT: &str = "/v1/audit/uitvoer";
const PURPOSE: &str = r#"{"purpose": "Onderzoek"}"#;

/// A gateway that is asked to decide, on views that can be looked at and can fail; no byte of a body is waited for.
async fn asked() -> (Door, Arc<Looked>, MessageId) {
    let Store { journal, views, .. } = Store::memory();
    let looked = Arc::new(Looked::at(views));
    let store = Store::of(journal, Arc::clone(&looked) as Arc<_>);
    let readers = format!("{READERS}{ENDPOINT}{AUDITORS}");
    let waiting = Waiting::allocated(World::on(store), &readers).await;
    let held = waiting.taken("zorg-a", &declaration_of_both("D1")).await.id;
    let settings = ApiSettings {
        body_idle_s: 0,
        decision_bytes_max: 2000,
        ..ApiSettings::default()
    };
    let door = Door::on(waiting.world, settings, BudgetSettings::default());
    (door, looked, held)
}

/// A path with what stands for its names.
fn address(path: &str, id: &str) -> String {
    path.replace("{id}", id)
        .replace("{thread}", id)
        .replace("{wet}/{gemeente}/{categorie}/{code}", "jw/0289/45/45A48")
}

/// An allocation that the gateway does not judge.
fn carried(id: &str) -> Bytes {
    message("JW301", GEMEENTE_A, ZORG_B, id)
}

/// Who asks here, so that there is something for him.
fn asker(path: &str) -> &'static str {
    if path.starts_with("/v1/audit") {
        return "toezicht";
    }
    let of_gemeente = ["/v1/besluiten", "/v1/inzagen", "/v1/weigeringen"];
    if of_gemeente.iter().any(|start| path.starts_with(start)) {
        "gemeente-a"
    } else {
        "zorg-b"
    }
}

/// The id of something of gemeente-a that was refused after its receipt was confirmed.
async fn refused_over_a_wire(door: &Door) -> String {
    stored(&OverGgk::di01(b"<a").to(door).await);
    let list: WeigeringenBody = door.get("gemeente-a", "/v1/weigeringen").await.json();
    list.refused.first().expect("one").id.clone()
}

/// What hands a message in is answered.
async fn hands_in(walk: &mut Walk, door: &Door) -> TakenBody {
    let at = |party| (party, HAND_IN, "");
    let whole = |body: &Bytes| Sent::Whole(body.clone());
    let body = carried("W1");
    let reply = walk.post(door, at("gemeente-a"), XML, whole(&body)).await;
    let first = reply.json();
    walk.post(door, at("gemeente-a"), XML, whole(&body)).await;
    let proef = ("gemeente-a", "/v1/berichten?proef=true", "");
    walk.post(door, proef, XML, whole(&body)).await;
    let wrong = ("gemeente-a", "/v1/berichten?proef=ja", "");
    for (at, media, sent, status) in [
        (wrong, XML, whole(&body), 400),
        (at("gemeente-a"), XML, Sent::Short(body.clone()), 400),
        (at("gemeente-b"), XML, whole(&body), 403),
        (at("gemeente-a"), XML, Sent::Slow, 408),
        (at("gemeente-a"), XML, whole(&changed(&body)), 409),
        (at("gemeente-a"), XML, Sent::Unframed, 411),
        (at("gemeente-a"), XML, Sent::Announced(26_214_401), 413),
        (at("gemeente-a"), JSON, whole(&body), 415),
        (at("gemeente-a"), XML, whole(&broken(&body)), 422),
    ] {
        let reply = walk.post(door, at, media, sent).await;
        assert_eq!(reply.status.as_u16(), status, "{:?}", reply.body);
    }
    first
}

/// What who decides is answered.
async fn decides(walk: &mut Walk, door: &Door, held: &str, never_held: &str) {
    let at = |party| (party, DECIDE, held);
    let line = |path: &str, word: &str| {
        let text = format!(r#"{{"lines": [{{"path": "{path}", "decision": "{word}"}}]}}"#);
        Sent::Whole(text.into())
    };
    let nobodys = ("gemeente-a", DECIDE, never_held);
    for (at, media, sent, status) in [
        (at("gemeente-a"), JSON, Sent::Whole("{}".into()), 400),
        (at("gemeente-a"), JSON, Sent::Short("{}".into()), 400),
        (at("lezer"), JSON, line(LINE, "grant"), 403),
        (nobodys, JSON, line(LINE, "grant"), 404),
        (at("zorg-a"), JSON, line(LINE, "grant"), 404),
        (at("gemeente-a"), JSON, Sent::Slow, 408),
        (at("gemeente-a"), JSON, Sent::Unframed, 411),
        (at("gemeente-a"), JSON, Sent::Announced(2001), 413),
        (at("gemeente-a"), XML, line(LINE, "grant"), 415),
        (at("gemeente-a"), JSON, line("/Bericht", "grant"), 422),
        (at("besluiter"), JSON, line(LINE, "grant"), 200),
        (at("gemeente-a"), JSON, line(LINE, "grant"), 200),
        (at("gemeente-a"), JSON, line(LINE, "refuse"), 409),
    ] {
        let reply = walk.post(door, at, media, sent).await;
        assert_eq!(reply.status.as_u16(), status, "{:?}", reply.body);
    }
}

/// What who audits is answered, and who asks whether somebody did.
async fn looks(walk: &mut Walk, door: &Door, first: &str) {
    let ask = |text: &str| Sent::Whole(Bytes::copy_from_slice(text.as_bytes()));
    let open = |path: &'static str| {
        [("toezicht", 200), ("gemeente-a", 403)]
            .map(|(party, status)| ((party, path, first), status))
    };
    let nowhere = "b".repeat(26);
    for path in ["/v1/audit/berichten/{id}", "/v1/audit/draden/{thread}"] {
        for (at, status) in open(path) {
            let reply = walk.post(door, at, JSON, ask(PURPOSE)).await;
            assert_eq!(reply.status.as_u16(), status, "{:?}", reply.body);
        }
        let reply = walk
            .post(door, ("toezicht", path, &nowhere), JSON, ask(PURPOSE))
            .await;
        assert_eq!(reply.status.as_u16(), 404, "{:?}", reply.body);
    }
    let client = r#"{"gemeente": "0289", "bsn": "999900006"}"#;
    let not_his = r#"{"gemeente": "0344", "bsn": "999900006"}"#;
    let reply = walk
        .post(door, ("gemeente-a", LOOKS, ""), JSON, ask(client))
        .await;
    assert_eq!(reply.status.as_u16(), 200, "{:?}", reply.body);
    let reply = walk
        .post(door, ("gemeente-a", LOOKS, ""), JSON, ask(not_his))
        .await;
    assert_eq!(reply.status.as_u16(), 404, "{:?}", reply.body);
    let reply = walk
        .post(door, ("toezicht", SEARCH, ""), JSON, ask(PURPOSE))
        .await;
    assert_eq!(reply.status.as_u16(), 200, "{:?}", reply.body);
    for (party, status) in [("toezicht", 200), ("gemeente-a", 403)] {
        let reply = walk
            .post(door, (party, FIGURES, ""), JSON, ask(PURPOSE))
            .await;
        assert_eq!(reply.status.as_u16(), status, "{:?}", reply.body);
    }
    let no_log = Door::above(World::new().with(AUDITORS));
    for (door, purpose, status) in [
        (door, PURPOSE, 200),
        (&no_log, PURPOSE, 409),
        (door, r#"{"purpose": "voor 9999.00.006"}"#, 422),
    ] {
        let at = ("toezicht", EXPORT, "");
        let reply = walk.post(door, at, JSON, ask(purpose)).await;
        assert_eq!(reply.status.as_u16(), status, "{:?}", reply.body);
    }
    let names_a_client = r#"{"purpose": "voor 9999.00.006"}"#;
    for (path, party) in [
        (SEARCH, "toezicht"),
        (FIGURES, "toezicht"),
        ("/v1/audit/berichten/{id}", "toezicht"),
        ("/v1/audit/draden/{thread}", "toezicht"),
    ] {
        let at = (party, path, first);
        let reply = walk.post(door, at, JSON, ask(names_a_client)).await;
        assert_eq!(reply.refusal(), is(422, "purpose-names-a-client"), "{path}");
    }
    for (path, party) in [
        (SEARCH, "toezicht"),
        (FIGURES, "toezicht"),
        (EXPORT, "toezicht"),
        ("/v1/audit/berichten/{id}", "toezicht"),
        ("/v1/audit/draden/{thread}", "toezicht"),
        (LOOKS, "gemeente-a"),
    ] {
        let at = (party, path, first);
        for (media, sent, status) in [
            (JSON, Sent::Whole("{".into()), 400),
            (JSON, Sent::Short("{}".into()), 400),
            (JSON, Sent::Slow, 408),
            (JSON, Sent::Unframed, 411),
            (JSON, Sent::Announced(2001), 413),
            (XML, ask(PURPOSE), 415),
        ] {
            let reply = walk.post(door, at, media, sent).await;
            assert_eq!(reply.status.as_u16(), status, "{path}: {:?}", reply.body);
        }
    }
}

#[tokio::test]
async fn every_documented_status_comes_and_every_status_that_comes_is_documented() {
    let mut walk = Walk::new();
    let (door, looked, held) = asked().await;
    let first = hands_in(&mut walk, &door).await.message.id;
    let held = held.to_string();
    decides(&mut walk, &door, &held, &first).await;
    let of_log = tempfile::tempdir().expect("a folder");
    let door = door.logged(of_log.path()).await;
    looks(&mut walk, &door, &first).await;

    // Tried again, by the one it is for; of another there is none.
    let retry = "/v1/leveringen/{id}";
    for (asker, status) in [("zorg-b", 200), ("zorg-a", 404)] {
        let reply = walk.ask(&door, asker, Method::POST, retry, &first).await;
        assert_eq!(reply.status.as_u16(), status, "{:?}", reply.body);
    }

    let refused = refused_over_a_wire(&door).await;
    let id = |path: &str| match path.split('/').nth(2) {
        Some("besluiten") => &held,
        Some("weigeringen") => &refused,
        _ => &first,
    };

    // What is read: by the one it is for, by nobody, with a parameter that is wrong.
    for (method, path, _) in walk.operations("") {
        let asker = asker(&path);
        let id = id(&path);
        if method == Method::POST {
            continue;
        }
        let reply = walk.ask(&door, asker, method.clone(), &path, id).await;
        assert!(
            reply.status.is_success(),
            "{method} {path}: {:?}",
            reply.body
        );
        if path.contains("{id}") {
            let unknown = "a".repeat(26);
            let reply = walk
                .ask(&door, asker, method.clone(), &path, &unknown)
                .await;
            assert_eq!(reply.status.as_u16(), 404, "{method} {path}");
        }
        let parameters = (method.as_str().to_lowercase(), path.clone(), 400);
        if walk.documented.contains(&parameters) {
            let wrong = format!("{path}?anders=1");
            let reply = walk.ask(&door, asker, method.clone(), &wrong, id).await;
            assert_eq!(reply.status.as_u16(), 400, "{method} {path}");
        }
    }

    // Erased.
    door.world
        .clock
        .advance(SignedDuration::from_hours(24 * 70));
    let retention = door.world.retention(RetentionSettings::default());
    retention.sweep(jiff::Timestamp::MAX).await.expect("swept");
    while door.api.figures.step().expect("counted") {}
    let content = "/v1/postvak/{id}/inhoud";
    let reply = walk
        .ask(&door, "zorg-b", Method::GET, content, &first)
        .await;
    assert_eq!(reply.status.as_u16(), 410);
    let later = SignedDuration::from_hours(24 * 366 * 8);
    let later = knooppunt::clock::Clock::now(&door.world.clock) + later;
    assert!(retention.forget(later).await.expect("forgotten") > 0);
    let receipt = "/v1/berichten/{id}/ontvangstbewijs";
    let reply = walk
        .ask(&door, "zorg-b", Method::GET, receipt, &first)
        .await;
    assert_eq!(reply.status.as_u16(), 410);

    // Every operation: a stranger, a full house, views that fail, views that hang.
    let json = |path: &str| {
        let of_json = ["/v1/besluiten", "/v1/audit", "/v1/inzagen"];
        if of_json.iter().any(|start| path.starts_with(start)) {
            JSON
        } else {
            XML
        }
    };
    let content = |path: &str| match path {
        "/v1/inzagen" => Bytes::from_static(br#"{"gemeente": "0289", "bsn": "999900006"}"#),
        _ if path.starts_with("/v1/audit") => Bytes::from_static(PURPOSE.as_bytes()),
        _ => carried("W2"),
    };
    let request = |party: Option<&str>, method: &Method, path: &str, address: &str| {
        let request = match party {
            Some(party) => door.request(party, method.clone(), address),
            None => Request::builder().method(method.clone()).uri(address),
        };
        let body = if method == Method::POST {
            content(path)
        } else {
            Bytes::new()
        };
        request
            .header(header::CONTENT_TYPE, json(path))
            .header(header::CONTENT_LENGTH, body.len())
            .body(Body::from(body))
            .expect("a request")
    };
    for (method, path, _) in walk.operations("") {
        let address = address(&path, id(&path));
        let party = if path == HAND_IN {
            "gemeente-a"
        } else {
            asker(&path)
        };
        let reply = walk
            .send(&door, &path, request(None, &method, &path, &address))
            .await;
        assert_eq!(reply.status.as_u16(), 403, "{method} {path}");

        let full: Vec<_> = (0..64).map(|_| door.api.budget.admit(party)).collect();
        let reply = walk
            .send(&door, &path, request(Some(party), &method, &path, &address))
            .await;
        assert_eq!(reply.status.as_u16(), 429, "{method} {path}");
        drop(full);

        looked.fail(true);
        let reply = door
            .send(request(Some(party), &method, &path, &address))
            .await;
        looked.fail(false);
        let needs_views = !FROM_MEMORY
            .iter()
            .any(|(_, from_memory)| *from_memory == path);
        assert_eq!(
            reply.status.as_u16(),
            if needs_views { 500 } else { 200 },
            "{method} {path}"
        );
        walk.note(&method, &path, &reply);

        door.api.health.views_under_way(Duration::from_hours(1));
        let reply = walk
            .send(&door, &path, request(Some(party), &method, &path, &address))
            .await;
        assert_eq!(reply.status.as_u16(), 503, "{method} {path}");
        door.api.health.views_under_way(Duration::ZERO);
    }

    // Only a bug of ours makes these fail.
    let never = FROM_MEMORY.map(|(method, path)| (method.to_owned(), path.to_owned(), 500));
    let missing: Vec<_> = walk.documented.difference(&walk.came).collect();
    assert_eq!(missing, never.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn what_was_on_its_way_when_the_gateway_ended_is_not_said_to_be_unrecorded() {
    let Store { journal, views, .. } = Store::memory();
    let failing = Arc::new(Failing {
        under: journal,
        failures: 0.into(),
        fatal: true,
        picks: |_| true,
    });
    let store = Store::of(Arc::clone(&failing) as Arc<_>, views);
    let door = Door::above(World::on(store));
    let id = taken(&door, "gemeente-a", allocation("T1"))
        .await
        .message
        .id;
    failing
        .failures
        .store(1, std::sync::atomic::Ordering::SeqCst);
    let acknowledged = door.delete("zorg-a", &format!("/v1/postvak/{id}")).await;
    assert_eq!(acknowledged.refusal(), (503, "stopping".to_owned()));
    let said = acknowledged.problem().detail;
    assert!(said.contains("kan al vastgelegd zijn"), "{said}");
    // The next finds a gateway that has ended, and nothing of it was begun.
    let refused = door.hand_in("gemeente-a", allocation("T2")).await;
    assert_eq!(refused.refusal(), (503, "stopping".to_owned()));
    let said = refused.problem().detail;
    assert!(said.contains("Er is niets aangenomen"), "{said}");
}

/// Values that a parameter gets from people who make mistakes, and from those who look for some.
const VALUES: [&str; 40] = [
    "",
    "0",
    "1",
    "2",
    "100",
    "101",
    "1000",
    "1001",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "00",
    "007",
    "true",
    "TRUE",
    "false",
    "ja",
    "jw",
    "JW",
    "wmo",
    "301",
    "323",
    "65536",
    "0289",
    "98980001",
    "9898000",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
    "%00",
    "%ff%fe",
    "%F0%9F%92%A9",
    "2026-03-01",
    "1=1",
    "%26limit%3D9",
    "%0d%0aX-A:%20b",
    "..%2F..",
    "%C2%A0",
    "null",
];

#[tokio::test]
async fn whatever_stands_in_a_query_or_an_id_gets_a_page_or_is_named_and_never_fails() {
    let (door, _, held) = asked().await;
    for number in 0..3 {
        let other = message("JW301", GEMEENTE_A, ZORG_A, &format!("F{number}"));
        taken(&door, "gemeente-a", other).await;
    }
    let late = declaration("D2");
    taken(&door, "zorg-a", late).await;
    let mut walk = Walk::new();
    let held = held.to_string();
    let names = [
        "code",
        "wet",
        "soort",
        "maker",
        "waarschuwing",
        "cursor",
        "limit",
        "na",
        "proef",
        "x",
    ];
    let paths = [
        "/v1/postvak",
        "/v1/besluiten",
        "/v1/besluiten/{id}",
        "/v1/berichten/{id}/bevindingen",
        "/v1/berichten/{id}",
    ];
    let mut random = Random::new(20_261_122, 1);
    let (mut pages, mut named) = (0, 0);
    for _ in 0..1500 {
        let path = *random.pick(&paths).expect("a path");
        let mut query = Vec::new();
        for _ in 0..=random.below(3) {
            let name = random.pick(&names).expect("a name");
            let value = random.pick(&VALUES).expect("a value");
            query.push(format!("{name}={value}"));
        }
        let query = query.join("&");
        let id = if random.chance(80) {
            held.clone()
        } else {
            random
                .pick(&VALUES)
                .expect("a value")
                .replace(['=', ' '], "")
        };
        let id = if id.is_empty() { "x".to_owned() } else { id };
        let reply = walk
            .ask(
                &door,
                "gemeente-a",
                Method::GET,
                &format!("{path}?{query}"),
                &id,
            )
            .await;
        let at = format!("{path}?{query} of {id}");
        match reply.status.as_u16() {
            200 => pages += 1,
            400 => {
                named += 1;
                let said = reply.problem().detail;
                assert!(names.iter().any(|name| said.contains(name)), "{at}: {said}");
            }
            404 => assert!(path.contains("{id}"), "{at}"),
            status => panic!("{status} to {at}"),
        }
        let limit = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("limit="));
        let limit = limit.and_then(|limit| limit.parse().ok()).unwrap_or(1000);
        if reply.status.as_u16() == 200 && path == "/v1/postvak" {
            let page: PageBody = reply.json();
            assert!(page.messages.len() <= limit, "{at}");
        }
        if reply.status.as_u16() == 200 && path == "/v1/besluiten" {
            let page: DeclarationsBody = reply.json();
            assert!(page.declarations.len() <= limit, "{at}");
        }
    }
    assert!(
        pages > 100 && named > 100,
        "{pages} pages, {named} refusals"
    );
}
