//! Files that are no message of the standards, on their way to endpoints: byte for byte, under the name that their sender gave them.

use data_encoding::BASE64;
use knooppunt::clock::Clock as _;
use knooppunt::envelope::mapping::minted;
use knooppunt::envelope::vsp::zip;
use knooppunt::envelope::wire::{Side, Wire, uuid_text};
use knooppunt::intake::{Handed, Outcome};
use knooppunt::ledger::{Door, MessageId};

use super::ggk::{bv03, courier, fo03, tries};
use super::server::{Act, Server};
use super::vsp::parts;
use crate::world::{self, GEMEENTE_A, GEMEENTE_B, World, ZORG_A, register};

const NUMBER: &str = "9c0f7b90-5c69-41e5-a837-0800200c9a66";
const NAME: &str = "Overzicht_2026-Q1.csv";
const CONTENT: &[u8] = b"\xff\xfe\x00naam;bedrag\r\n\x1a--3f1c\r\n";
const FILES: &str = "
[[tekstBestand]]
functie = \"BUDGET-CSV\"
sender = \"0289\"
";

/// A world in which the first municipality sent a file to this code.
async fn sent(to: &str, name: &str) -> (World, MessageId) {
    let mut world = World::new();
    world.register = register(&format!("{}{FILES}", world::PARTIES));
    let side = |code: &str| Side {
        code: code.to_owned(),
        applicatie: Some("Suite & Co".to_owned()),
        ..Side::default()
    };
    let mut wire = Wire::new(Door::Ggk0210, side(GEMEENTE_A), side(to), NUMBER.to_owned());
    wire.functie = Some("budget-csv".to_owned());
    (wire.functie_version, wire.functie_subversion) = (Some(2), Some(1));
    (wire.applicatie_version, wire.applicatie_subversion) = (Some(4), Some(3));
    wire.file_name = Some(name.to_owned());
    let body = bytes::Bytes::from_static(CONTENT);
    let wire = Some(wire.with_content(&body));
    let caller = world.caller("gemeente-a");
    let outcome = world.intake.accept(&caller, Handed { body, wire }).await;
    let Ok(Outcome::Accepted(message, _)) = outcome else {
        panic!("not taken but {outcome:?}")
    };
    (world, message.id)
}

#[tokio::test]
async fn a_municipality_gets_a_file_as_tekst_bestand_in_either_envelope_the_same_every_time() {
    for (kind, element) in [
        (
            "ggk0210",
            format!("<GGK:bericht><GGK:tekstBestand bestandsnaam=\"{NAME}\">"),
        ),
        (
            "ggk0310",
            format!(
                "<GGK:bericht xmlns:xmime=\"http://www.w3.org/2005/05/xmlmime\" xmime:contentType=\"application/octet-stream\" StUF:bestandsnaam=\"{NAME}\">"
            ),
        ),
    ] {
        let (world, id) = sent(GEMEENTE_B, NAME).await;
        let server = Server::start(world.clock.now()).await;
        server.script(&[fo03(500, "StUF046", "server")], bv03("{number}"));
        let register = server.register(world::PARTIES, "gemeente-b", kind, "/ggk", "");
        let mut courier = courier(&world, &register);
        tries(&world, &mut courier, 2).await;
        let [first, again] = &server.requests()[..] else {
            panic!("asked twice")
        };
        assert_eq!(first.body, again.body);
        assert!(first.head.contains("ggk_Di01"), "{}", first.head);
        let text = first.text();
        let (_, content) = text.split_once(&element).expect("the element");
        let content = content.split('<').next().expect("it ends");
        assert_eq!(BASE64.decode(content.as_bytes()).as_deref(), Ok(CONTENT));
        assert_eq!(first.value("referentienummer"), NUMBER, "one number");
        assert_eq!(first.value("functie"), "BUDGET-CSV");
        assert_eq!(
            ["functieVersie", "functieSubversie", "applicatieVersie"].map(|name| first.value(name)),
            ["0002", "0001", "0004"]
        );
        assert_eq!(first.value("applicatie"), "Suite &amp; Co");
        let state = world.seen("gemeente-a", id).await.state;
        assert_eq!(state.code(), "acknowledged");
    }
}

#[tokio::test]
async fn an_answer_names_what_it_answers_by_the_number_that_its_receiver_wrote() {
    for written in ["9c0f7b90-5c69-11e5-a837-0800200c9a66", "LIJST-2026-01"] {
        let mut world = World::new();
        let lines = format!("{FILES}{}", FILES.replace("0289", "0344"));
        world.register = register(&format!("{}{lines}", world::PARTIES));
        let over = async |party: &str, door: Door, number: &str, answers: Option<String>| {
            let side = |code: &str| Side {
                code: code.to_owned(),
                applicatie: Some("Suite".to_owned()),
                ..Side::default()
            };
            let (from, to) = match party {
                "gemeente-a" => (GEMEENTE_A, GEMEENTE_B),
                _ => (GEMEENTE_B, GEMEENTE_A),
            };
            let mut wire = Wire::new(door, side(from), side(to), number.to_owned());
            wire.functie = Some("BUDGET-CSV".to_owned());
            wire.file_name = Some(NAME.to_owned());
            wire.answers = answers;
            let body = bytes::Bytes::from_static(CONTENT);
            let wire = Some(wire.with_content(&body));
            let handed = Handed { body, wire };
            match world.intake.accept(&world.caller(party), handed).await {
                Ok(Outcome::Accepted(message, _)) => message,
                outcome => panic!("not taken but {outcome:?}"),
            }
        };
        let asked = over("gemeente-a", Door::Ggk0310, written, None).await;
        // The other municipality knows it under the number that fits on its own wire.
        let known_as = uuid_text(minted(asked.id));
        let answer = over("gemeente-b", Door::Ggk0210, NUMBER, Some(known_as)).await;
        assert_eq!(answer.thread, asked.thread);
        let server = Server::start(world.clock.now()).await;
        server.script(&[], bv03("{number}"));
        let register = server.register(world::PARTIES, "gemeente-a", "ggk0310", "/ggk", "");
        let mut courier = courier(&world, &register);
        assert_eq!(courier.until_idle().await, None);
        let [request] = &server.requests()[..] else {
            panic!("asked once")
        };
        assert!(request.head.contains("ggk_Du01"), "{}", request.head);
        assert_eq!(request.value("crossRefnummer"), written);
    }
}

#[tokio::test]
async fn a_provider_gets_a_file_as_it_is_or_in_a_zip_and_its_name_in_the_context_too() {
    let long = format!("{}.csv", "a".repeat(251));
    for (name, waarde) in [
        (NAME, vec![NAME]),
        (long.as_str(), vec![&long[..250], &long[250..]]),
    ] {
        for zipped in [false, true] {
            let (world, _) = sent(ZORG_A, name).await;
            let server = Server::start(world.clock.now()).await;
            server.script(&[], Act::Answer(204, "application/json", String::new()));
            let register = server.register(
                world::PARTIES,
                "zorg-a",
                "vsp-push",
                "/berichten/rest-push/v1",
                &format!("zip = {zipped}"),
            );
            let mut courier = courier(&world, &register);
            assert_eq!(courier.until_idle().await, None);
            let parts = parts(&server.requests()[0]);
            let said: serde_json::Value = serde_json::from_slice(&parts[0].1).expect("JSON");
            assert_eq!(
                said["routeringgegevens"]["berichtstroom"],
                serde_json::json!({
                    "berichttype": "tekstBestand", "berichtsubtype": "BUDGET-CSV", "berichtversie": 2, "berichtsubversie": 1, "actie": "tekstBestand"
                })
            );
            assert_eq!(said["referentiegegevens"]["traceerId"], NUMBER);
            assert_eq!(
                said["verwerkingscontext"][4],
                serde_json::json!({ "sleutel": "Bestandsnaam", "waarde": waarde })
            );
            let (head, payload) = &parts[1];
            if zipped {
                assert!(head.contains("filename=\"BUDGET-CSV.zip\""), "{head}");
                assert_eq!(zip::only_file(payload, 1_000).as_deref(), Ok(CONTENT));
                let inside = payload.windows(name.len());
                let named = inside.filter(|window| *window == name.as_bytes()).count();
                assert!(named > 0, "the file in it has its name");
            } else {
                assert!(head.contains(&format!("filename=\"{name}\"")), "{head}");
                assert_eq!(payload, CONTENT);
            }
            assert!(world.waiting("zorg-a").await.is_empty());
        }
    }
}
