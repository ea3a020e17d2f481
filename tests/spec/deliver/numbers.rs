//! Under which numbers messages are known on the wire that they are brought over: a receiver finds his own back.

use bytes::Bytes;
use knooppunt::clock::Clock as _;
use knooppunt::envelope::mapping::is_ggk_number;
use knooppunt::envelope::wire::{Side, Wire};
use knooppunt::intake::{Handed, Outcome};
use knooppunt::ledger::{Door, Message};

use super::ggk::{bv03, courier};
use super::server::Server;
use crate::world::{GEMEENTE_A, PARTIES, World, ZORG_A, message};

/// Version 1, as the published examples of ggk0310 have it; and whatever fits into 40 characters.
const WRITTEN: [&str; 4] = [
    "9c0f7b90-5c69-11e5-a837-0800200c9a66",
    "WMO-2026-000123 <&> forty characters lon",
    "9C0F7B90-5C69-41E5-A837-0800200C9A66",
    "9c0f7b90-5c69-41e5-a837-0800200c9a66",
];

fn side(code: &str) -> Side {
    Side {
        code: code.to_owned(),
        applicatie: Some("Suite".to_owned()),
        ..Side::default()
    }
}

/// Hands a message in over a wire of others, under this number.
async fn over(world: &World, door: Door, party: &str, number: &str, body: Bytes) -> Message {
    let (from, to) = match party {
        "gemeente-a" => (GEMEENTE_A, ZORG_A),
        _ => (ZORG_A, GEMEENTE_A),
    };
    let wire = Wire::new(door, side(from), side(to), number.to_owned());
    let handed = Handed {
        wire: Some(wire.with_content(&body)),
        body,
    };
    let outcome = world.intake.accept(&world.caller(party), handed).await;
    let Outcome::Accepted(message, _) = outcome.expect("intake does its work") else {
        panic!("it was not taken")
    };
    message
}

#[tokio::test]
async fn a_du01_on_ggk0310_names_its_di01_by_the_number_that_the_municipality_wrote() {
    for number in WRITTEN {
        let world = World::new();
        let server = Server::start(world.clock.now()).await;
        server.script(&[], bv03("{number}"));
        let body = message("JW301", GEMEENTE_A, ZORG_A, "T1");
        over(&world, Door::Ggk0310, "gemeente-a", number, body).await;
        world
            .answered("JW302", GEMEENTE_A, ZORG_A, "T1", "R1")
            .await;
        let register = server.register(PARTIES, "gemeente-a", "ggk0310", "/x", "");
        let mut courier = courier(&world, &register);
        assert_eq!(courier.until_idle().await, None);
        let [request] = &server.requests()[..] else {
            panic!("asked once")
        };
        let escaped = number
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        assert_eq!(request.value("crossRefnummer"), escaped);
    }
}

#[tokio::test]
async fn on_ggk0210_where_such_a_number_is_not_valid_it_is_named_by_ours() {
    for number in &WRITTEN[..2] {
        let world = World::new();
        let server = Server::start(world.clock.now()).await;
        server.script(&[], bv03("{number}"));
        let body = message("JW301", GEMEENTE_A, ZORG_A, "T1");
        let asked = over(&world, Door::Ggk0310, "gemeente-a", number, body).await;
        world
            .answered("JW302", GEMEENTE_A, ZORG_A, "T1", "R1")
            .await;
        let register = server.register(PARTIES, "gemeente-a", "ggk0210", "/x", "");
        let mut courier = courier(&world, &register);
        assert_eq!(courier.until_idle().await, None);
        let [request] = &server.requests()[..] else {
            panic!("asked once")
        };
        let ours = knooppunt::envelope::mapping::ggk_number(asked.id, None);
        assert_eq!(request.value("crossRefnummer"), ours);
    }
}

#[tokio::test]
async fn a_di01_has_the_number_of_its_provider_wherever_the_wire_takes_it() {
    for (number, kind, own) in [
        (WRITTEN[0], "ggk0310", true),
        (WRITTEN[0], "ggk0210", false),
        (WRITTEN[3], "ggk0310", true),
        (WRITTEN[3], "ggk0210", true),
    ] {
        let world = World::new();
        let server = Server::start(world.clock.now()).await;
        server.script(&[], bv03("{number}"));
        let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        over(&world, Door::Vsp, "zorg-a", number, body).await;
        let register = server.register(PARTIES, "gemeente-a", kind, "/x", "");
        let mut courier = courier(&world, &register);
        assert_eq!(courier.until_idle().await, None);
        let named = server.requests()[0].value("referentienummer");
        assert_eq!(named == number, own, "{named} on {kind}");
        assert!(own || is_ggk_number(&named), "{named}");
    }
}
