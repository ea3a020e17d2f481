//! Damage of one part: what stood in it is lost, the rest of the mailbox and of the gateway is not.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use knooppunt::intake::Outcome;
use knooppunt::ledger::{Ledger, Message};
use knooppunt::mailbox::{Content, Filter, MailboxError};
use knooppunt::store::{PartKind, PartRef, Position};

use crate::world::{GEMEENTE_A, Store, World, ZORG_A, ids, message};

/// Changes one bit in the middle of a part.
pub(crate) fn flip(data: &Path, part: &PartRef) {
    let path = data.join(format!("parts/{:010}.parts", part.segment));
    let file = fs::File::options()
        .read(true)
        .write(true)
        .open(path)
        .expect("the part segment");
    let at = part.offset + part.length / 2;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).expect("read");
    byte[0] ^= 4;
    file.write_all_at(&byte, at).expect("written");
}

/// Three declarations, and one bit changed in a part of the second.
async fn with_one_bit_flipped(kind: PartKind) -> (World, [Message; 3]) {
    let world = World::on(Store::on_disk());
    let mut sent = Vec::new();
    for number in 0..3 {
        let body = message("JW323", GEMEENTE_A, ZORG_A, &format!("D{number}"));
        sent.push(world.taken("zorg-a", &body).await);
    }
    let sent = <[Message; 3]>::try_from(sent).expect("three");
    let record = &world.records()[1];
    let part = record
        .parts
        .iter()
        .find(|part| part.kind == kind)
        .cloned()
        .expect("the part");
    (world.again_after(|data| flip(data, &part)), sent)
}

/// The first and the third message as whole as ever, and all three acknowledged.
async fn the_others_are_served(world: &World, sent: &[Message; 3]) {
    let caller = world.caller("gemeente-a");
    let page = world.list("gemeente-a", Filter::default()).await;
    assert_eq!(ids(&page), sent.each_ref().map(|message| message.id));
    for number in [0, 2] {
        let id = sent[number].id;
        assert_eq!(page.messages[number].body_hash, sent[number].body_hash);
        let content = world.mailbox.body(&caller, id).await.expect("the content");
        let Content::Whole { body, .. } = content else {
            panic!("whole is expected: {content:?}")
        };
        let handed_in = message("JW323", GEMEENTE_A, ZORG_A, &format!("D{number}"));
        assert_eq!(body, handed_in);
        world.mailbox.receipt(&caller, id).await.expect("a receipt");
    }
}

#[tokio::test]
async fn one_flipped_bit_in_an_effect_part_touches_no_other_message_and_stops_no_start() {
    let (world, sent) = with_one_bit_flipped(PartKind::Effect).await;
    the_others_are_served(&world, &sent).await;
    let page = world.list("gemeente-a", Filter::default()).await;
    assert_eq!(
        page.messages[1].body_hash, sent[1].body_hash,
        "the views have its hash"
    );
    assert_eq!(world.ledger.damaged(), 0, "nobody had to read it yet");
    // A repeat is still told from the views.
    let again = message("JW323", GEMEENTE_A, ZORG_A, "D1");
    let outcome = world.hand_in("zorg-a", &again).await;
    assert!(
        matches!(&outcome, Outcome::Repeat(message) if message.id == sent[1].id),
        "{outcome:?}"
    );

    // Views thrown away: the start makes what it can, and knows of the damage at every later start too.
    world.store.views.clear().expect("thrown away");
    let world = world.again();
    assert_eq!(world.ledger.damaged(), 1, "health can tell");
    the_others_are_served(&world, &sent).await;
    let page = world.list("gemeente-a", Filter::default()).await;
    assert_eq!(
        page.messages[1].body_hash, sent[1].body_hash,
        "the body is whole, and gives its hash"
    );
    let world = world.again();
    assert_eq!(world.ledger.damaged(), 1);
    the_others_are_served(&world, &sent).await;
    let content = world
        .mailbox
        .body(&world.caller("gemeente-a"), sent[1].id)
        .await;
    assert!(matches!(content, Ok(Content::Whole { .. })), "{content:?}");
    for message in &sent {
        world.acknowledge("gemeente-a", message.id).await;
    }
    assert_eq!(world.waiting("gemeente-a").await, []);

    world.ledger.stop();
    Ledger::rebuild(&*world.store.journal, &*world.store.views, &mut |_| ()).expect("rebuilt");
    let world = world.again();
    assert_eq!(world.waiting("gemeente-a").await, []);
}

#[tokio::test]
async fn one_flipped_bit_in_a_body_part_is_said_for_that_message_and_touches_no_other() {
    let (world, sent) = with_one_bit_flipped(PartKind::Body).await;
    the_others_are_served(&world, &sent).await;
    let caller = world.caller("gemeente-a");
    let content = world.mailbox.body(&caller, sent[1].id).await;
    assert!(
        matches!(content, Err(MailboxError::Damaged)),
        "never served: {content:?}"
    );
    assert_eq!(world.ledger.damaged(), 1, "health can tell");
    world.store.views.clear().expect("thrown away");
    let world = world.again();
    the_others_are_served(&world, &sent).await;
    for message in &sent {
        world.acknowledge("gemeente-a", message.id).await;
    }
    assert_eq!(world.waiting("gemeente-a").await, []);
}

#[tokio::test]
async fn with_body_and_effect_damaged_a_message_is_listed_without_hash_and_gets_no_receipt() {
    let (world, sent) = with_one_bit_flipped(PartKind::Effect).await;
    let part = world.records()[1]
        .parts
        .iter()
        .find(|part| part.kind == PartKind::Body)
        .cloned()
        .expect("a body");
    world.store.views.clear().expect("thrown away");
    let world = world.again_after(|data| flip(data, &part));
    the_others_are_served(&world, &sent).await;
    let page = world.list("gemeente-a", Filter::default()).await;
    assert_eq!(page.messages[1].body_hash, None);
    let receipt = world
        .mailbox
        .receipt(&world.caller("zorg-a"), sent[1].id)
        .await;
    assert!(matches!(receipt, Err(MailboxError::Damaged)), "{receipt:?}");
    world.acknowledge("gemeente-a", sent[1].id).await;
}

#[tokio::test]
async fn with_body_and_effect_damaged_a_repeat_is_told_while_the_views_are_there() {
    let (world, sent) = with_one_bit_flipped(PartKind::Effect).await;
    let parts = world.records()[1].parts.clone();
    let body = parts.iter().find(|part| part.kind == PartKind::Body);
    let body = body.cloned().expect("a body");
    let world = world.again_after(|data| flip(data, &body));
    let same = message("JW323", GEMEENTE_A, ZORG_A, "D1");
    let caller = world.caller("zorg-a");
    let again = world.intake.accept(&caller, same).await;
    assert!(
        matches!(&again, Ok(Outcome::Repeat(message)) if message.id == sent[1].id),
        "{again:?}"
    );
    assert_eq!(world.events().len(), sent.len(), "and nothing is recorded");
}

#[tokio::test]
async fn a_check_of_the_store_names_the_file_and_the_record_of_a_damaged_part() {
    for kind in [PartKind::Effect, PartKind::Body] {
        let (world, _) = with_one_bit_flipped(kind).await;
        let report = world.checked();
        let named: Vec<_> = report
            .damages
            .iter()
            .map(|damage| (damage.file.as_str(), damage.position))
            .collect();
        assert_eq!(named, [("parts/0000000001.parts", Some(Position(1)))]);
    }
}
