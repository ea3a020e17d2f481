//! Fo01: a municipality learns at its endpoint that what it sent was refused after its receipt was confirmed.

use knooppunt::clock::Clock as _;
use knooppunt::envelope::wire::{Side, Wire};
use knooppunt::intake::{Handed, Outcome};
use knooppunt::ledger::{Door, Event};
use knooppunt::store::PartKind;

use super::ggk::{bv03, courier, fo03, to_gemeente, tries};
use super::server::{Act, Server};
use crate::damage::flip;
use crate::world::{GEMEENTE_A, PARTIES, Store, World, ZORG_A, broken, message};

const NUMBER: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";
const OTHER_NUMBER: &str = "b6e9f182-bc44-4f27-9863-9a5ccc1e1cf0";

/// Hands in, over the wire of the GGk, a message of the municipality that breaks its schema.
pub(super) async fn refused(world: &World, number: &str, id: &str) {
    refused_by(world, "gemeente-a", number, id).await;
}

/// The same, handed in by this party.
async fn refused_by(world: &World, party: &str, number: &str, id: &str) {
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
    let outcome = world.intake.accept(&world.caller(party), handed).await;
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
    refused(&world, OTHER_NUMBER, "T2").await;
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

/// How many refusals a party is still to be told of.
async fn to_be_told(world: &World, party: &str) -> usize {
    let returns = world.mailbox.returns(&world.caller(party)).await;
    returns.expect("what is to be told").len()
}

#[tokio::test]
async fn a_fo01_that_the_municipality_refuses_is_not_tried_again_and_stays_to_be_told() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[fo03(500, "StUF025", "client")], bv03("{number}"));
    refused(&world, NUMBER, "T1").await;
    refused(&world, OTHER_NUMBER, "T2").await;
    let mut courier = courier(&world, &to_gemeente(&server, ""));
    tries(&world, &mut courier, 3).await;
    assert_eq!(server.requests().len(), 2);
    assert_eq!(told(&world), 1, "the one behind it is told");
    assert_eq!(to_be_told(&world, "gemeente-a").await, 1);
}

#[tokio::test]
async fn a_fo01_that_is_never_taken_stays_to_be_told() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], Act::Answer(503, "text/plain", String::new()));
    refused(&world, NUMBER, "T1").await;
    let mut courier = courier(&world, &to_gemeente(&server, ""));
    tries(&world, &mut courier, 2_000).await;
    assert_eq!(courier.until_idle().await, None, "it was given up");
    assert_eq!(told(&world), 0);
    assert_eq!(to_be_told(&world, "gemeente-a").await, 1);
}

#[tokio::test]
async fn who_has_an_endpoint_of_another_wire_keeps_the_refusals_of_what_he_sent_over_the_ggk() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[], Act::Answer(204, "text/plain", String::new()));
    refused_by(&world, "zorg-a", NUMBER, "T1").await;
    let register = server.register(PARTIES, "zorg-a", "vsp-push", "/x", "");
    let mut courier = courier(&world, &register);
    assert_eq!(courier.until_idle().await, None);
    assert_eq!(server.requests().len(), 0);
    assert_eq!(to_be_told(&world, "zorg-a").await, 1);
}

#[tokio::test]
async fn a_refusal_whose_envelope_is_damaged_is_told_by_its_record_and_holds_back_no_other() {
    let world = World::on(Store::on_disk());
    let server = Server::start(world.clock.now()).await;
    server.script(&[], bv03("{number}"));
    refused(&world, NUMBER, "T1").await;
    refused(&world, OTHER_NUMBER, "T2").await;
    let first = &world.records()[0];
    let mut parts = first.parts.iter();
    let part = parts.find(|part| part.kind == PartKind::Envelope).cloned();
    let part = part.expect("what its wire said");
    let world = world.again_after(|data| flip(data, &part));
    let mut courier = courier(&world, &to_gemeente(&server, ""));
    assert_eq!(courier.until_idle().await, None);
    let about: Vec<String> = server
        .requests()
        .iter()
        .map(|request| request.value("crossRefnummer"))
        .collect();
    assert_eq!(about, [NUMBER, OTHER_NUMBER]);
    assert_eq!(told(&world), 2);
}

#[tokio::test]
async fn who_has_a_mandate_for_another_kind_neither_sees_nor_ends_the_refusals_of_a_code() {
    let mut world = World::new();
    let mandate = |direction: &str, law: &str, kind: u16| {
        format!(
            "{PARTIES}\n[[mandate]]\nparty = \"softwarehuis\"\nfor = \"0289\"\ndirection = \"{direction}\"\nlaws = [\"{law}\"]\nkinds = [{kind}]\nfrom = 2026-01-01\n"
        )
    };
    refused(&world, NUMBER, "T1").await;
    for (direction, law, kind) in [
        ("receive", "wmo", 305),
        ("receive", "jw", 301),
        ("submit", "wmo", 301),
    ] {
        world.register = crate::world::register(&mandate(direction, law, kind));
        let (other, own) = (world.caller("softwarehuis"), world.caller("gemeente-a"));
        assert!(world.mailbox.returns(&other).await.unwrap().is_empty());
        let id = world.mailbox.returns(&own).await.unwrap()[0].id;
        assert!(world.mailbox.told(&other, id).await.is_err());
        assert_eq!(world.mailbox.returns(&own).await.unwrap().len(), 1);
    }
    world.register = crate::world::register(&mandate("submit", "jw", 301));
    let other = world.caller("softwarehuis");
    let id = world.mailbox.returns(&other).await.unwrap()[0].id;
    world.mailbox.told(&other, id).await.unwrap();
    assert!(world.mailbox.returns(&other).await.unwrap().is_empty());
}
