//! Receipts: signed, the same every time, and worth nothing when changed.

use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::receipt::{Receipt, ReceiptError, Receipts};
use knooppunt::retention::RetentionSettings;
use sha2::{Digest as _, Sha256};

use crate::world::{GEMEENTE_A, World, ZORG_A, message, on_both_stores};

#[tokio::test]
async fn a_receipt_states_what_was_taken_and_anybody_can_verify_it() {
    on_both_stores(async |world: World| {
        let body = message("JW323", GEMEENTE_A, ZORG_A, "D1");
        let sent = world.taken("zorg-a", &body).await;
        let receipt = world
            .mailbox
            .receipt(&world.caller("zorg-a"), sent.id)
            .await
            .expect("a receipt");
        let stated = receipt
            .verify(&world.receipts.public_key_pem())
            .expect("it holds");
        assert_eq!(stated.message, sent.id.to_string());
        assert_eq!(stated.bericht, "JW323");
        assert_eq!(
            (stated.maker.as_str(), stated.receiver.as_str()),
            (ZORG_A, GEMEENTE_A)
        );
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&body));
        assert_eq!(stated.payload_sha256, hash);
        assert_eq!(stated.received, "2026-03-01T09:00:00Z");
        assert_eq!((stated.verdict.as_str(), stated.position), ("accepted", 0));
        assert_eq!(stated.gateway, "knooppunt.example");
        assert_eq!(stated.format, "knooppunt/receipt/3");
        let leaf = world.records()[0].leaf;
        assert_eq!(stated.leaf, Some(data_encoding::HEXLOWER.encode(&leaf)));
    })
    .await;
}

#[tokio::test]
async fn both_parties_get_the_same_bytes_every_time_also_after_erasure_and_a_restart() {
    on_both_stores(async |world: World| {
        let sent = world.sent("JW323", GEMEENTE_A, ZORG_A, "D1").await;
        let first = world
            .mailbox
            .receipt(&world.caller("zorg-a"), sent.id)
            .await
            .expect("a receipt");
        world.acknowledge("gemeente-a", sent.id).await;
        world.clock.advance(SignedDuration::from_hours(24 * 60));
        let swept = world
            .retention(RetentionSettings::default())
            .sweep(world.clock.now())
            .await
            .expect("erased");
        assert_eq!(swept.erased, 1);
        let world = world.again();
        for party in ["zorg-a", "gemeente-a"] {
            let later = world
                .mailbox
                .receipt(&world.caller(party), sent.id)
                .await
                .expect("a receipt");
            assert_eq!(later, first, "{party}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_receipt_that_was_changed_or_signed_by_another_does_not_hold() {
    on_both_stores(async |world: World| {
        let sent = world.sent("JW323", GEMEENTE_A, ZORG_A, "D1").await;
        let receipt = world
            .mailbox
            .receipt(&world.caller("zorg-a"), sent.id)
            .await
            .expect("a receipt");
        let key = world.receipts.public_key_pem();
        for at in 0..receipt.statement.len() {
            let mut bytes = receipt.statement.clone().into_bytes();
            bytes[at] ^= 1;
            let statement = String::from_utf8(bytes).expect("ASCII");
            let changed = Receipt {
                statement,
                ..receipt.clone()
            };
            assert!(
                matches!(changed.verify(&key), Err(ReceiptError::Signature)),
                "byte {at}"
            );
        }
        let other = Receipts::new(&[1; 32], "knooppunt.example").public_key_pem();
        assert!(matches!(
            receipt.verify(&other),
            Err(ReceiptError::Signature)
        ));
        assert!(matches!(
            receipt.verify("no key"),
            Err(ReceiptError::PublicKey)
        ));
        let cut = Receipt {
            signature: receipt.signature[..40].to_owned(),
            ..receipt.clone()
        };
        assert!(matches!(cut.verify(&key), Err(ReceiptError::Signature)));
    })
    .await;
}

/// Given before the log: of format 1, and of format 2 with a translated form.
const BEFORE_THE_LOG: [&str; 2] = [
    include_str!("../golden/receipt-1.json"),
    include_str!("../golden/receipt-2.json"),
];
/// The key that signed them.
const THEIR_KEY: &str = include_str!("../golden/receipt-key.pem");

#[test]
fn receipts_from_before_the_log_still_hold_and_have_no_leaf() {
    for (text, format) in BEFORE_THE_LOG.into_iter().zip(1..) {
        let receipt: Receipt = serde_json::from_str(text).expect("a receipt");
        let stated = receipt.verify(THEIR_KEY).expect("it holds");
        assert_eq!(stated.format, format!("knooppunt/receipt/{format}"));
        assert_eq!((stated.leaf, stated.mapped.is_some()), (None, format == 2));
    }
}
