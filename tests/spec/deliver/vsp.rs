//! A provider's endpoint of VSP's REST push V1: what is sent there, and what its statuses mean.

use knooppunt::clock::Clock as _;
use knooppunt::envelope::mapping::vsp_number;
use knooppunt::envelope::vsp::metadata::BerichtMetadata;
use knooppunt::envelope::vsp::zip;
use knooppunt::ledger::DeliveryTurn;
use knooppunt::register::Register;

use super::couriers::turns;
use super::ggk::{courier, tries};
use super::server::{Act, Request, Server};
use crate::world::{self, GEMEENTE_A, World, ZORG_A};

const PATH: &str = "/berichtenservice/berichten/rest-push/v1/";

fn to_provider(server: &Server, more: &str) -> Register {
    // One of the two providers, since the other has an endpoint of the same kind.
    server.register(world::PARTIES, "zorg-a", "vsp-push", PATH, more)
}

fn status(status: u16, body: &str) -> Act {
    Act::Answer(status, "application/json", body.to_owned())
}

/// The two parts of a push, each with its head.
pub(super) fn parts(request: &Request) -> Vec<(String, Vec<u8>)> {
    let head = &request.head;
    let start = head.find("boundary=\"").expect("a quoted boundary") + 10;
    let boundary = head[start..].split('"').next().expect("it ends");
    let open = format!("--{boundary}\r\n").into_bytes();
    let mut found = Vec::new();
    let mut rest = request.body.as_slice();
    while let Some(after) = rest.strip_prefix(open.as_slice()) {
        let end = after
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .expect("a head");
        let content = &after[end + 4..];
        let close = format!("\r\n--{boundary}").into_bytes();
        let length = content
            .windows(close.len())
            .position(|window| window == close)
            .expect("it ends");
        let part_head = String::from_utf8(after[..end].to_vec()).expect("text");
        found.push((part_head, content[..length].to_vec()));
        rest = &content[length + 2..];
    }
    assert_eq!(rest, format!("--{boundary}--\r\n").as_bytes());
    found
}

#[tokio::test]
async fn a_push_has_metadata_and_payload_and_counts_as_taken_on_204() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], status(204, ""));
    let message = world.sent("JW301", GEMEENTE_A, ZORG_A, "1").await;
    let mut courier = courier(&world, &to_provider(&server, "zip = false"));
    assert_eq!(courier.until_idle().await, None);
    let [request] = &server.requests()[..] else {
        panic!("asked once")
    };
    assert!(
        request
            .head
            .starts_with("POST /berichtenservice/berichten/rest-push/v1/berichten HTTP/1.1"),
        "{}",
        request.head
    );
    let parts = parts(request);
    assert_eq!(parts.len(), 2);
    assert!(
        parts[0].0.contains("name=\"berichtMetadata\"") && parts[0].0.contains("application/json")
    );
    assert!(
        parts[1]
            .0
            .contains("name=\"payload\"; filename=\"JW301.xml\"")
    );
    assert_eq!(parts[1].1, world::message("JW301", GEMEENTE_A, ZORG_A, "1"));
    let said: BerichtMetadata = serde_json::from_slice(&parts[0].1).expect("as published");
    let json: serde_json::Value = serde_json::from_slice(&parts[0].1).expect("JSON");
    let number = vsp_number(message.id, None);
    assert_eq!(
        json,
        serde_json::json!({
            "routeringgegevens": {
                "afzender": { "rol": "Gemeente", "code": "0289" },
                "geadresseerden": [{ "rol": "Instelling", "code": "98980001" }],
                "berichtstroom": {
                    "berichttype": "JW", "berichtsubtype": "JW301", "berichtversie": 3, "berichtsubversie": 2, "actie": "Toewijzing"
                }
            },
            "referentiegegevens": { "conversatieId": number, "traceerId": number },
            "verwerkingscontext": [
                { "sleutel": "Applicatie", "waarde": ["Knooppunt"] },
                { "sleutel": "ApplicatieVersie", "waarde": ["0"] },
                { "sleutel": "ApplicatieSubversie", "waarde": ["1"] },
                { "sleutel": "Referentienummer", "waarde": [number] },
            ]
        })
    );
    assert_eq!(said.routeringgegevens.geadresseerden.len(), 1);
    assert!(world.waiting("zorg-a").await.is_empty());
}

#[tokio::test]
async fn unless_it_is_set_otherwise_a_receiver_gets_a_zip_with_one_file() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], status(204, ""));
    world.sent("JW301", GEMEENTE_A, ZORG_A, "1").await;
    let mut courier = courier(&world, &to_provider(&server, ""));
    assert_eq!(courier.until_idle().await, None);
    let parts = parts(&server.requests()[0]);
    assert!(
        parts[1].0.contains("filename=\"JW301.zip\""),
        "{}",
        parts[1].0
    );
    let file = zip::only_file(&parts[1].1, 1 << 20).expect("a ZIP with one file");
    assert_eq!(file, world::message("JW301", GEMEENTE_A, ZORG_A, "1"));
}

#[tokio::test]
async fn an_answer_names_the_message_that_it_answers() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], status(204, ""));
    let asked = world.sent("JW305", GEMEENTE_A, ZORG_A, "305").await;
    world
        .answered("JW306", GEMEENTE_A, ZORG_A, "305", "306")
        .await;
    let mut courier = courier(&world, &to_provider(&server, ""));
    assert_eq!(courier.until_idle().await, None);
    let parts = parts(&server.requests()[0]);
    let json: serde_json::Value = serde_json::from_slice(&parts[0].1).expect("JSON");
    let (names, number) = (&json["referentiegegevens"], vsp_number(asked.id, None));
    assert_eq!(names["alsAntwoordOp"], number);
    assert_eq!(names["conversatieId"], number);
    assert_ne!(names["traceerId"], number);
}

#[tokio::test]
async fn what_is_refused_for_good_is_a_dead_letter_with_its_published_code() {
    let problem = r#"{"title":"x","status":422,"detail":"over Mila Zonneveld","errors":{"BRS04":["niet aangesloten"]}}"#;
    for (answer, reason) in [
        (status(422, problem), "BRS04"),
        (status(422, "Mila Zonneveld"), "http-422"),
        (
            status(400, r#"{"errors":{"berichtMetadata":["x"]}}"#),
            "http-400",
        ),
    ] {
        let world = World::new();
        let server = Server::start(world.clock.now()).await;
        server.script(&[], answer);
        let message = world.sent("JW301", GEMEENTE_A, ZORG_A, "1").await;
        let mut courier = courier(&world, &to_provider(&server, ""));
        assert_eq!(courier.until_idle().await, None);
        assert_eq!(
            turns(&world),
            [(DeliveryTurn::Dead, Some(reason.to_owned()))]
        );
        assert_eq!(world.waiting("zorg-a").await, [message.id]);
    }
}

#[tokio::test]
async fn anything_else_is_tried_again_with_the_same_bytes() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    let answers = [
        status(200, ""),
        status(202, ""),
        status(401, ""),
        status(429, ""),
        status(500, ""),
        status(503, "busy"),
        Act::Half,
        Act::Redirect,
    ];
    server.script(&answers, status(204, ""));
    let message = world.sent("JW301", GEMEENTE_A, ZORG_A, "1").await;
    let mut courier = courier(&world, &to_provider(&server, ""));
    tries(&world, &mut courier, 3).await;
    assert_eq!(world.waiting("zorg-a").await, [message.id]);
    tries(&world, &mut courier, answers.len()).await;
    assert!(world.waiting("zorg-a").await.is_empty());
    let requests = server.requests();
    assert_eq!(requests.len(), answers.len() + 1);
    assert!(
        requests
            .iter()
            .all(|request| request.body == requests[0].body)
    );
}
