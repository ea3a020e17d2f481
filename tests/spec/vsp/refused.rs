//! What is refused for its content: received with 204, and then told as the status of the message, by both of its numbers.

use axum::http::StatusCode;
use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::envelope::vsp::zip;
use knooppunt::ledger::Event;
use knooppunt::retention::RetentionSettings;

use super::{Provider, metadata, uuid};
use crate::door::{taken, waiting};
use crate::verdict::with;
use crate::world::{GEMEENTE_A, World, ZORG_A, broken, message};

fn start(id: &str) -> Bytes {
    message("JW305", GEMEENTE_A, ZORG_A, id)
}

/// A ZIP file of these names, each with a start of care.
fn packed(names: &[&str]) -> Vec<u8> {
    use std::io::{Cursor, Write as _};
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        let options = ::zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).expect("a file");
        writer.write_all(&start("Z1")).expect("written");
    }
    writer.finish().expect("whole").into_inner()
}

#[tokio::test]
async fn each_code_of_content_is_received_and_found_by_number_and_by_conversation() {
    let provider = Provider::new();
    taken(&provider.door, "zorg-a", start("S0")).await;
    let text = |body: &Bytes| String::from_utf8(body.to_vec()).expect("text");
    let in_zip = zip::pack("a.zip", &packed(&["a.xml"])).expect("packed");
    let mut secret = packed(&["a.xml"]);
    let entry = secret
        .windows(4)
        .position(|window| window == b"PK\x01\x02")
        .expect("an entry");
    secret[entry + 8] |= 1;
    secret[6] |= 1;
    let large = zip::pack("a.xml", &b" ".repeat(26_214_401)).expect("packed");
    let whole = packed(&["a.xml"]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("BRS13", broken(&start("S1")).to_vec()),
        ("BRS14", b"no xml at all".to_vec()),
        (
            "BRS14",
            text(&start("S1")).replace("</jw305:Header>", "").into(),
        ),
        ("BRS14", in_zip),
        ("BRS14", zip::pack("a.xml", b"").expect("packed")),
        ("BRS15", whole[..whole.len() - 8].to_vec()),
        ("BRS16", packed(&["a.xml", "b.xml"])),
        ("BRS17", secret),
        ("BRS19", large),
        (
            "BRS20",
            text(&start("S0"))
                .replace("</jw305:Bericht>", " </jw305:Bericht>")
                .into(),
        ),
        ("BRS21", packed(&[])),
        ("BRS29", packed(&["a/b.xml"])),
        ("BRS29", packed(&["../b.xml"])),
        (
            "BRS33",
            text(&start("S1"))
                .replace("ijw/3_2/jw305", "ijw/9_9/jw305")
                .into(),
        ),
        ("BRS33", message("JW307", GEMEENTE_A, ZORG_A, "E1").to_vec()),
    ];
    for (number, (code, payload)) in (100..).zip(&cases) {
        let said = metadata("JW305", ZORG_A, GEMEENTE_A, number);
        provider.received("zorg-a", &said, payload).await;
        assert_eq!(
            provider.why("zorg-a", &uuid(number)).await,
            *code,
            "case {number}"
        );
        let records = provider.door.world.records().len();
        provider.received("zorg-a", &said, payload).await;
        assert_eq!(
            provider.door.world.records().len(),
            records,
            "the same again stores nothing"
        );
        assert_eq!(
            provider.refused("zorg-a", &said, &start("S9")).await,
            "BRS114"
        );
        let query = format!("traceerId={}", uuid(number));
        for other in ["zorg-b", "gemeente-a"] {
            assert!(provider.statuses(other, &query).await.is_empty(), "{other}");
        }
    }
    assert_eq!(
        waiting(&provider.door, "gemeente-a", "").await.len(),
        1,
        "none but the first"
    );
}

#[tokio::test]
async fn of_a_wrong_form_every_finding_is_a_melding_with_its_place_and_no_value() {
    let provider = Provider::new();
    let text = String::from_utf8(broken(&start("S1")).to_vec()).expect("text");
    let text = text.replace("<jw305:Bsn>", "<jw305:Bsn>CANARY");
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    provider.received("zorg-a", &said, text.as_bytes()).await;
    let status = provider.status("zorg-a", &uuid(1)).await;
    let meldingen = status["meldingen"].as_array().expect("meldingen");
    assert!(meldingen.len() >= 2, "{meldingen:?}");
    for melding in meldingen {
        assert_eq!(melding["code"], "BRS13");
        let place = melding["toelichting"].as_str().expect("a place");
        assert!(
            place.starts_with("Regel ") && place.contains("/Bericht/"),
            "{place}"
        );
    }
    assert!(!status.to_string().contains("CANARY"));
    assert_eq!(status["referentiegegevens"]["referentieId"], "dossier 12");
}

#[tokio::test]
async fn a_start_that_breaks_rules_is_refused_as_brs28_where_the_receiver_leaves_that_to_the_gateway()
 {
    let provider = Provider::above(crate::door::Door::above(World::new().judged()));
    let wrong = [("Begindatum>2026-02-02<", "Begindatum>2026-02-20<")];
    let body = with("JW305", "S1", &wrong);
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    provider.received("zorg-a", &said, &body).await;
    let mine = provider
        .statuses("zorg-a", &format!("traceerId={}", uuid(1)))
        .await;
    let [status, retour] = mine.as_slice() else {
        panic!("the message and the answer that was made to it: {mine:?}");
    };
    assert_eq!(status["berichtstatus"], "AfgekeurdDoorDienst");
    let melding = &status["meldingen"][0];
    assert_eq!(melding["code"], "BRS28", "{melding}");
    assert!(
        melding["toelichting"]
            .as_str()
            .is_some_and(|place| place.contains("TR")),
        "{melding}"
    );
    assert_eq!(retour["berichtstroom"]["berichtsubtype"], "JW306");
    assert_eq!(retour["referentiegegevens"]["alsAntwoordOp"], uuid(1));
    assert_eq!(retour["berichtstatus"], "WordtAangeboden");
    let waits = provider.waiting("zorg-a", "").await;
    assert_eq!(
        waits.len(),
        1,
        "the answer of the gateway waits for the sender"
    );
    assert_eq!(waits[0]["referentiegegevens"]["conversatieId"], uuid(1));
}

#[tokio::test]
async fn a_refusal_keeps_numbers_only_when_its_content_is_erased_and_a_restart_knows_it() {
    let mut provider = Provider::new();
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    provider.received("zorg-a", &said, b"no xml at all").await;
    let returned = provider.door.world.events().into_iter().find_map(|event| {
        if let Event::Returned(returned) = event {
            Some(returned)
        } else {
            None
        }
    });
    let returned = returned.expect("a record of it");
    let shown = format!("{returned:?}");
    assert!(
        !shown.contains("dossier") && !shown.contains("Zorgpakket"),
        "{shown}"
    );
    provider
        .door
        .world
        .clock
        .advance(SignedDuration::from_hours(24 * 61));
    let retention = provider.door.world.retention(RetentionSettings::default());
    retention.sweep(jiff::Timestamp::MAX).await.expect("swept");
    assert_eq!(provider.why("zorg-a", &uuid(1)).await, "BRS14");
    let status = provider.status("zorg-a", &uuid(1)).await;
    assert!(
        status["referentiegegevens"]["referentieId"].is_null(),
        "what a sender may fill is gone"
    );
    let register = std::sync::Arc::clone(&provider.door.world.register);
    let mut world = provider.door.world.again();
    world.register = register;
    provider = Provider::above(crate::door::Door::above(world));
    assert_eq!(provider.why("zorg-a", &uuid(1)).await, "BRS14");
    assert_eq!(
        provider.refused("zorg-a", &said, &start("S1")).await,
        "BRS114"
    );
}

#[tokio::test]
async fn the_own_api_refuses_the_same_at_once() {
    let provider = Provider::new();
    let reply = provider.door.hand_in("zorg-a", broken(&start("S1"))).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
}
