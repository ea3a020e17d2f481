//! Files that are no message of the standards, as a provider fetches them: with their name in the context, and in a ZIP file under it.

use std::path::Path;

use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::config::Config;
use knooppunt::envelope::vsp::zip;
use knooppunt::mailbox::Filter;
use serde_json::json;

use super::{PULL, Provider, uuid};
use crate::ggk;
use crate::world::{GEMEENTE_A, ZORG_A};

const CONTENT: &[u8] = b"\xff\xfe\x00naam;bedrag\r\n";
const FILES: &str = "[[tekstBestand]]\nfunctie = \"BUDGET-CSV\"\nsender = \"0289\"\n";

#[tokio::test]
async fn a_file_of_a_municipality_is_listed_found_fetched_and_confirmed() {
    for zipped in [false, true] {
        let pull = format!("{FILES}[[pull]]\nparty = \"zorg-a\"\nzip = {zipped}\n");
        let provider = Provider::registered(&pull);
        ggk::file_sent(&provider.door, &uuid(3), "Overzicht.csv", CONTENT).await;
        let waiting = provider.waiting("zorg-a", "").await;
        let [told] = &waiting[..] else {
            panic!("one waits: {waiting:?}")
        };
        let stroom = json!({
            "berichttype": "tekstBestand", "berichtsubtype": "BUDGET-CSV", "berichtversie": 3, "berichtsubversie": 2, "actie": "tekstBestand"
        });
        assert_eq!(told["routeringgegevens"]["berichtstroom"], stroom);
        assert_eq!(
            told["verwerkingscontext"][4],
            json!({"sleutel": "Bestandsnaam", "waarde": ["Overzicht.csv"]})
        );
        for (subtype, found) in [("BUDGET-CSV", 1), ("JW301", 0), ("LIJST", 0)] {
            let zoekpad = json!({
                "zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "tekstBestand", "berichtsubtype": subtype
            });
            assert_eq!(provider.search("zorg-a", &zoekpad).await.len(), found);
        }
        let path = format!("{PULL}/{}", uuid(3));
        let payload = provider
            .get("zorg-a", &format!("{path}/payload"))
            .await
            .body;
        assert_eq!(told["basisgegevens"]["payload"]["grootte"], payload.len());
        if zipped {
            assert_eq!(zip::only_file(&payload, 1_000).as_deref(), Ok(CONTENT));
            assert!(payload.windows(13).any(|name| name == b"Overzicht.csv"));
        } else {
            assert_eq!(payload, CONTENT);
        }
        assert_eq!(provider.delete("zorg-a", &path).await.status, 202);
        assert!(provider.waiting("zorg-a", "").await.is_empty());
    }
}

#[tokio::test]
async fn after_the_days_of_its_functie_a_file_is_still_found_and_its_repeat_is_the_same_file() {
    let provider = Provider::registered(&format!("{FILES}until = 2026-03-01\n"));
    let sent = async || ggk::file_sent(&provider.door, &uuid(3), "Overzicht.csv", CONTENT).await;
    sent().await;
    provider
        .door
        .world
        .clock
        .advance(SignedDuration::from_hours(24));
    sent().await;
    let zoekpad = json!({
        "zoekpadType": "ZoekpadOpBerichtstroom", "berichttype": "tekstBestand", "berichtsubtype": "BUDGET-CSV"
    });
    assert_eq!(provider.search("zorg-a", &zoekpad).await.len(), 1);
}

#[tokio::test]
async fn of_a_mailbox_only_the_files_under_a_functie_are_looked_at() {
    let provider = Provider::registered(FILES);
    let world = &provider.door.world;
    for number in 1..4 {
        let id = format!("T{number}");
        world.sent("JW301", GEMEENTE_A, ZORG_A, &id).await;
    }
    ggk::file_sent(&provider.door, &uuid(3), "Overzicht.csv", CONTENT).await;
    let files = async |functie: &str| {
        let filter = Filter {
            functie: Some(functie.to_owned()),
            ..Filter::default()
        };
        let caller = world.caller("zorg-a");
        let page = world.mailbox.list(&caller, filter, None, 10).await;
        page.unwrap().messages
    };
    let [file] = &files("Budget-csv").await[..] else {
        panic!("one file waits")
    };
    assert_eq!(file.kind.name(), "BUDGET-CSV");
    assert!(files("BUDGET").await.is_empty());
    assert_eq!(provider.waiting("zorg-a", "").await.len(), 4);
}

#[tokio::test]
async fn the_files_under_a_functie_may_have_terms_of_their_own() {
    let provider = Provider::registered(FILES);
    let world = &provider.door.world;
    let start = world.sent("JW301", GEMEENTE_A, ZORG_A, "T1").await;
    ggk::file_sent(&provider.door, &uuid(3), "Overzicht.csv", CONTENT).await;
    let text = "[retention.files.budget-csv]\nat_most_d = 7\n";
    let config = Config::parse(Path::new("knooppunt.toml"), text).unwrap();
    let retention = world.retention(config.retention);
    for (days, erased) in [(6, 0), (1, 1), (52, 0), (1, 1)] {
        world.clock.advance(SignedDuration::from_hours(24 * days));
        let swept = retention.sweep(world.clock.now()).await.unwrap();
        assert_eq!(swept.erased, erased, "after {days} more days");
        if days == 52 {
            assert_eq!(world.waiting("zorg-a").await, [start.id], "the file went");
        }
    }
}
