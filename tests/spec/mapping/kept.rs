//! What is kept: both forms under one key, and what was given by allocation, which outlives them.

use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::ledger::Event;
use knooppunt::mailbox::Content;
use knooppunt::receipt::Statement;
use knooppunt::retention::RetentionSettings;
use knooppunt::store::PartKind;
use knooppunt::translation::Tables;
use sha2::{Digest as _, Sha256};

use super::{AGREED, ROWS, allocation, crosses, declaration, translating};
use crate::products::NO_ROWS;
use crate::world::{Store, World, on_both_stores};

const DOWN: [&str; 2] = ["gemeente-a", "zorg-a"];
const UP: [&str; 2] = ["zorg-a", "gemeente-a"];

#[tokio::test]
async fn both_forms_go_together_and_what_was_given_is_still_known() {
    on_both_stores(async |world: World| {
        let world = translating(world, AGREED, &ROWS);
        let [own, canonical] = allocation("T1");
        let sent = crosses(&world, DOWN, [&own, &canonical]).await;
        world.acknowledge("zorg-a", sent.id).await;
        world.clock.advance(SignedDuration::from_hours(24 * 61));
        let swept = world.retention(RetentionSettings::default());
        let swept = swept.sweep(world.clock.now()).await.expect("erased");
        assert_eq!(swept.erased, 1);
        for party in ["zorg-a", "gemeente-a"] {
            let content = world.content(party, sent.id).await;
            assert!(matches!(content, Content::Erased { .. }), "{party}");
        }
        // Over a restart as well, and in views that are made anew.
        let world = translating(world.again(), AGREED, &NO_ROWS);
        let [canonical, own] = declaration("D1");
        crosses(&world, UP, [&canonical, &own]).await;
    })
    .await;
}

#[tokio::test]
async fn a_table_that_changes_changes_no_running_allocation() {
    let world = translating(World::new(), AGREED, &ROWS);
    let [own, canonical] = allocation("T1");
    crosses(&world, DOWN, [&own, &canonical]).await;
    let rows = ["jw 45 45X48 04 exact 45A53 - - 2020-01-01"];
    let world = translating(world, AGREED, &rows);
    let [canonical, own] = declaration("D1");
    crosses(&world, UP, [&canonical, &own]).await;
    // A later version of it too; and another allocation goes by the table of now.
    let [own, canonical] = allocation("T2");
    crosses(&world, DOWN, [&own, &canonical]).await;
    let [own, _] = allocation("T3");
    let own = super::changed(&own, &[(">260001<", ">260009<")]);
    let given = super::changed(&own, &[(">45X48<", ">45A53<")]);
    crosses(&world, DOWN, [&own, &given]).await;
}

#[tokio::test]
async fn tables_that_ask_to_hold_messages_are_refused_and_those_of_before_that_did_are_read_as_ever()
 {
    let mut files = crate::tables::files("0289", &ROWS);
    let manifest = files
        .iter_mut()
        .find(|(path, _)| path == "gm0289/manifest.toml");
    let (_, manifest) = manifest.expect("a manifest");
    manifest.extend(b"on_ambiguous = \"hold\"\n");
    let refused = Tables::of(files.clone()).expect_err("refused").to_string();
    assert!(
        refused.contains("gm0289/manifest.toml:") && refused.contains(" F08"),
        "{refused}"
    );
    let tables = Tables::again(files).expect("read");
    let world = translating(World::new(), AGREED, &NO_ROWS);
    world.intake.translations().swap(tables);
    let [own, canonical] = allocation("T1");
    crosses(&world, DOWN, [&own, &canonical]).await;
}

#[tokio::test]
async fn a_receipt_names_both_forms_and_the_rows_and_verifies_offline() {
    on_both_stores(async |world: World| {
        let world = translating(world, AGREED, &ROWS);
        let [own, canonical] = allocation("T1");
        let sent = crosses(&world, DOWN, [&own, &canonical]).await;
        let key = world.receipts.public_key_pem();
        let mut seen = Vec::new();
        for party in DOWN {
            let receipt = world.mailbox.receipt(&world.caller(party), sent.id).await;
            let receipt = receipt.expect("a receipt");
            let stated: Statement = receipt.verify(&key).expect("it holds");
            let hash = |body: &[u8]| data_encoding::HEXLOWER.encode(&Sha256::digest(body));
            assert_eq!(stated.format, "knooppunt/receipt/3");
            assert_eq!(stated.payload_sha256, hash(&own));
            let mapped = stated.mapped.expect("the other form");
            assert_eq!(mapped.sha256, hash(&canonical));
            assert_eq!(mapped.bytes, canonical.len() as u64);
            assert_eq!(mapped.rows, ["gm0289/map.tsv:2"]);
            assert!(mapped.table.is_some());
            seen.push(receipt);
        }
        assert_eq!(seen[0], seen[1]);
        for (from, to) in [("/3", "/1"), ("gm0289", "gm0288")] {
            let mut other = seen[0].clone();
            other.statement = other.statement.replace(from, to);
            assert_ne!(other, seen[0]);
            assert!(other.verify(&key).is_err(), "{to}");
        }
        // By what is known, without a table.
        let [canonical, own] = declaration("D1");
        let sent = crosses(&world, UP, [&canonical, &own]).await;
        let receipt = world
            .mailbox
            .receipt(&world.caller("zorg-a"), sent.id)
            .await;
        let stated = receipt.expect("a receipt").verify(&key).expect("it holds");
        assert!(stated.mapped.expect("the other form").rows.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_record_tells_nothing_of_products_and_the_store_is_sound() {
    let world = translating(World::on(Store::on_disk()), AGREED, &ROWS);
    let [own, canonical] = allocation("T1");
    crosses(&world, DOWN, [&own, &canonical]).await;
    let records = world.records();
    let kinds: Vec<PartKind> = records[0].parts.iter().map(|part| part.kind).collect();
    assert_eq!(kinds[..2], [PartKind::Body, PartKind::Mapped]);
    let Event::Received(received) = &world.events()[0] else {
        panic!("a message")
    };
    assert_eq!(received.mapped_bytes, Some(canonical.len() as u64));
    assert!(received.inputs.catalogue.is_some());
    for word in [&b"45X48"[..], b"45A48", b"map.tsv"] {
        let shows = records[0]
            .event
            .windows(word.len())
            .any(|seen| seen == word);
        assert!(!shows, "{}", String::from_utf8_lossy(word));
    }
    let report = world.checked();
    assert!(report.is_sound(), "{report:?}");
}

#[tokio::test]
async fn an_answer_goes_by_what_was_known_with_the_message_that_it_answers() {
    let rows = [
        "jw 45 45X48 - exact 45A48 - - 2020-01-01",
        "jw 45 45X49 - exact 45A48 - - 2020-01-01",
    ];
    let world = translating(World::new(), AGREED, &rows);
    let of = |id: &str, code: &str| super::with("JW301", id, &[(">45A04<", code)]);
    let first = [of("T1", ">45X48<"), of("T1", ">45A48<")];
    let second = [of("T2", ">45X49<"), of("T2", ">45A48<")];
    for [own, canonical] in [&first, &second] {
        crosses(&world, DOWN, [own, canonical]).await;
    }
    // He answers the first when he has the second already: it is about what the first said.
    let made = |form: &bytes::Bytes| super::refusing(form, "ToegewezenProduct", "TR063", "R1");
    let [own, canonical] = first.map(|form| made(&form));
    crosses(&world, UP, [&canonical, &own]).await;
}
