//! Fo01: a municipality learns at its endpoint that what it sent was refused after its receipt was confirmed.

use knooppunt::clock::Clock as _;
use knooppunt::envelope::wire::{Side, Wire};
use knooppunt::intake::{Handed, Outcome};
use knooppunt::ledger::{Door, Event};

use super::ggk::{bv03, courier, fo03, to_gemeente, tries};
use super::server::{Act, Server};
use crate::world::{GEMEENTE_A, World, ZORG_A, broken, message};

const NUMBER: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";

/// Hands in, over the wire of the GGk, a message of the municipality that breaks its schema.
async fn refused(world: &World, number: &str, id: &str) {
    let body = broken(&message("JW301", GEMEENTE_A, ZORG_A, id));
    let side = |code: &str, applicatie: &str| Side {
        code: code.to_owned(),
        applicatie: Some(applicatie.to_owned()),
        ..Side::default()
    };
    let (from, to) = (side(GEMEENTE_A, "Suite <4>"), side(ZORG_A, "GGk"));
    let mut wire = Wire::new(Door::Ggk0210, from, to, number.to_owned());
    wire.functie = Some("JW301".to_owned());
    wire.functie_version = Some(3);
    wire.functie_subversion = Some(2);
    wire.applicatie_version = Some(2);
    wire.applicatie_subversion = Some(10);
    let handed = Handed {
        wire: Some(wire.with_content(&body)),
        body,
    };
    let outcome = world
        .intake
        .accept(&world.caller("gemeente-a"), handed)
        .await;
    let outcome = outcome.expect("intake does its work");
    assert!(matches!(outcome, Outcome::Returned(_)), "{outcome:?}");
}

fn told(world: &World) -> usize {
    let events = world.events();
    let told = events
        .iter()
        .filter(|event| matches!(event, Event::Told(_)));
    told.count()
}

#[tokio::test]
async fn a_fo01_names_the_refused_message_and_says_code_place_and_what_to_do() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], bv03("{number}"));
    let mut courier = courier(&world, &to_gemeente(&server, ""));
    refused(&world, NUMBER, "T1").await;
    assert_eq!(courier.until_idle().await, None);
    let [request] = &server.requests()[..] else {
        panic!("asked once")
    };
    assert!(
        request
            .head
            .contains("soapaction: \"http://www.egem.nl/StUF/StUF0301/Fo01\""),
        "{}",
        request.head
    );
    for (element, value) in [
        ("berichtcode", "Fo01"),
        ("crossRefnummer", NUMBER),
        ("code", "IB014"),
        ("plek", "client"),
        ("details", "JW301-00020010"),
        ("tijdstipBericht", "20260301100000000"),
    ] {
        assert_eq!(request.value(element), value, "{element}");
    }
    let text = request.text();
    assert!(
        text.contains("<StUF:organisatie>0289</StUF:organisatie><StUF:applicatie>Suite &lt;4&gt;</StUF:applicatie></StUF:ontvanger>"),
        "{text}"
    );
    assert!(
        !text.contains("Mila") && !text.contains("xmlBestand"),
        "{text}"
    );
    assert_ne!(request.value("referentienummer"), NUMBER);
    assert_eq!(told(&world), 1);
    assert_eq!(courier.until_idle().await, None);
    assert_eq!(server.requests().len(), 1, "once");
}

#[tokio::test]
async fn a_fo01_that_is_not_taken_comes_again_the_same_also_after_a_start_and_in_order() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    let plain = Act::Answer(500, "text/plain", String::new());
    server.script(&[plain], bv03("{number}"));
    refused(&world, NUMBER, "T1").await;
    refused(&world, "b6e9f182-bc44-4f27-9863-9a5ccc1e1cf0", "T2").await;
    let mut before = courier(&world, &to_gemeente(&server, ""));
    assert!(before.until_idle().await.is_some());
    assert_eq!(told(&world), 0);
    drop(before);
    let world = world.again();
    let mut after = courier(&world, &to_gemeente(&server, ""));
    assert_eq!(after.until_idle().await, None);
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0].body, requests[1].body, "one identity");
    assert_eq!(requests[1].value("crossRefnummer"), NUMBER);
    assert_eq!(told(&world), 2);
}

#[tokio::test]
async fn a_fo01_that_the_municipality_refuses_is_not_told_again() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], fo03(500, "StUF025", "client"));
    refused(&world, NUMBER, "T1").await;
    let mut courier = courier(&world, &to_gemeente(&server, ""));
    tries(&world, &mut courier, 3).await;
    assert_eq!(server.requests().len(), 1);
    assert_eq!(told(&world), 1, "it cannot be told any more");
}
