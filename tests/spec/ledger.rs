//! Views: thrown away at will, and back from records and effects alone.

use std::sync::Arc;

use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::ledger::{Ledger, Progress};
use knooppunt::mailbox::Filter;
use knooppunt::retention::RetentionSettings;
use knooppunt::store::Memory;

use crate::world::{
    GEMEENTE_A, GEMEENTE_B, Store, World, ZORG_A, ZORG_B, answer, broken, ids, message,
    on_both_stores,
};

/// A life: questions, answers, refusals, acknowledgements, erasures, dead letters.
async fn lived(world: World) -> World {
    for number in 0..12 {
        let claim = world
            .taken(
                "zorg-a",
                &message("JW323", GEMEENTE_A, ZORG_A, &format!("D{number}")),
            )
            .await;
        world
            .refused(
                "zorg-a",
                &broken(&message("JW323", GEMEENTE_A, ZORG_A, "D99")),
            )
            .await;
        if number % 2 == 0 {
            let decided = world
                .taken(
                    "gemeente-a",
                    &answer(
                        "JW325",
                        GEMEENTE_A,
                        ZORG_A,
                        &format!("D{number}"),
                        &format!("B{number}"),
                    ),
                )
                .await;
            world.acknowledge("gemeente-a", claim.id).await;
            world.acknowledge("zorg-a", decided.id).await;
        }
        if number % 3 == 0 {
            world
                .taken(
                    "gemeente-b",
                    &answer(
                        "JW325",
                        GEMEENTE_B,
                        ZORG_B,
                        "unknown",
                        &format!("C{number}"),
                    ),
                )
                .await;
        }
        world.clock.advance(SignedDuration::from_hours(24 * 6));
        let retention = world.retention(RetentionSettings::default());
        retention.sweep(world.clock.now()).await.expect("erased");
    }
    world
}

#[tokio::test]
async fn replaying_the_journal_gives_the_identical_views_also_after_payloads_are_erased() {
    on_both_stores(async |world: World| {
        let world = lived(world).await;
        let scratch = Memory::new();
        assert!(
            world
                .ledger
                .views_are_sound(&*scratch.views)
                .expect("replayed")
        );
        assert_ne!(
            world.ledger.views_digest().expect("a digest"),
            World::new().ledger.views_digest().expect("a digest"),
            "the digest sees rows"
        );
    })
    .await;
}

#[tokio::test]
async fn a_row_that_is_wrong_is_noticed_by_the_replay() {
    on_both_stores(async |world: World| {
        let world = lived(world).await;
        let mut wrong = knooppunt::store::Batch::default();
        wrong.put(
            knooppunt::store::Collection("dead"),
            b"sixteen bytes id".to_vec(),
            b"x".to_vec(),
        );
        world
            .store
            .views
            .apply(world.store.journal.next(), wrong)
            .expect("applied");
        assert!(
            !world
                .ledger
                .views_are_sound(&*Memory::new().views)
                .expect("replayed")
        );
    })
    .await;
}

#[tokio::test]
async fn everything_is_back_when_the_views_are_thrown_away() {
    on_both_stores(async |world: World| {
    let world = lived(world).await;
    let everything = async |world: &World| {
        let mut seen = Vec::new();
        for party in ["zorg-a", "zorg-b", "gemeente-a", "gemeente-b"] {
            for message in world.list(party, Filter::default()).await.messages {
                let caller = world.caller(party);
                seen.push((
                    message.clone(),
                    world
                        .mailbox
                        .timeline(&caller, message.id)
                        .await
                        .expect("a timeline"),
                    world
                        .mailbox
                        .thread(&caller, message.id)
                        .await
                        .expect("a thread"),
                    world
                        .mailbox
                        .receipt(&caller, message.id)
                        .await
                        .expect("a receipt"),
                ));
            }
        }
        seen
    };
    let before = everything(&world).await;
    assert!(before.len() > 3, "there is something to lose");
    world.store.views.clear().expect("thrown away");
    let world = world.again();
    assert_eq!(everything(&world).await, before);
    // What depends on erased payloads as well: a repeat is still a repeat, an answer finds its thread.
    let repeat = world
        .hand_in("zorg-a", &message("JW323", GEMEENTE_A, ZORG_A, "D0"))
        .await;
    assert!(
        matches!(repeat, knooppunt::intake::Outcome::Repeat(first) if first.state.erased.is_some())
    );
    }).await;
}

#[tokio::test]
async fn views_that_lag_are_caught_up_from_where_they_are() {
    on_both_stores(async |world: World| {
        let first = world
            .taken("gemeente-a", &message("JW301", GEMEENTE_A, ZORG_A, "T1"))
            .await
            .id;
        world.ledger.stop();
        // A second record that these views were never told of, as when the process dies between the journal and the views.
        let elsewhere = Store::of(Arc::clone(&world.store.journal), Memory::new().views);
        let other = World::on(elsewhere);
        let second = other
            .taken("gemeente-a", &message("JW301", GEMEENTE_A, ZORG_A, "T2"))
            .await
            .id;
        assert_eq!(world.store.views.position().expect("a position").0, 1);
        let world = world.again();
        assert_eq!(world.store.views.position().expect("a position").0, 2);
        assert_eq!(world.waiting("zorg-a").await, [first, second]);
    })
    .await;
}

#[tokio::test]
async fn a_rebuild_tells_how_far_it_is_and_changes_the_outer_key() {
    on_both_stores(async |world: World| {
        let world = lived(world).await;
        let before = world.ledger.views_digest().expect("a digest");
        world.ledger.stop();
        let mut told: Vec<Progress> = Vec::new();
        Ledger::rebuild(
            &*world.store.journal,
            &*world.store.views,
            &mut |progress| told.push(progress),
        )
        .expect("rebuilt");
        let all = world.store.journal.next().0;
        assert_eq!(told.last(), Some(&Progress { done: all, of: all }));
        let world = world.again();
        assert_ne!(
            world.ledger.views_digest().expect("a digest"),
            before,
            "hidden pseudonyms have changed"
        );
        assert!(
            world
                .ledger
                .views_are_sound(&*Memory::new().views)
                .expect("replayed")
        );
    })
    .await;
}

#[tokio::test]
async fn a_restart_continues_where_it_stopped() {
    on_both_stores(async |world: World| {
        let first = world
            .taken("gemeente-a", &message("JW301", GEMEENTE_A, ZORG_A, "T1"))
            .await
            .id;
        let world = world.again();
        let second = world
            .taken("gemeente-a", &message("JW301", GEMEENTE_A, ZORG_A, "T2"))
            .await
            .id;
        assert_eq!(
            ids(&world.list("zorg-a", Filter::default()).await),
            [first, second]
        );
    })
    .await;
}
