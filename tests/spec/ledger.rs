//! Views: thrown away at will, and back from records and effects alone.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::intake::Outcome;
use knooppunt::ledger::{Ledger, Mark, Progress};
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
            .sent("JW323", GEMEENTE_A, ZORG_A, &format!("D{number}"))
            .await;
        world
            .refused(
                "zorg-a",
                &broken(&message("JW323", GEMEENTE_A, ZORG_A, "D99")),
            )
            .await;
        if number % 2 == 0 {
            let decided = world
                .answered(
                    "JW325",
                    GEMEENTE_A,
                    ZORG_A,
                    &format!("D{number}"),
                    &format!("B{number}"),
                )
                .await;
            world.acknowledge("gemeente-a", claim.id).await;
            world.acknowledge("zorg-a", decided.id).await;
        }
        if number % 3 == 0 {
            world
                .answered(
                    "JW325",
                    GEMEENTE_B,
                    ZORG_B,
                    "unknown",
                    &format!("C{number}"),
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
            knooppunt::store::Collection::of("dead"),
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

/// All that the parties can see of their waiting messages.
async fn everything(world: &World) -> Vec<impl PartialEq + std::fmt::Debug + use<>> {
    let mut seen = Vec::new();
    for party in ["zorg-a", "zorg-b", "gemeente-a", "gemeente-b"] {
        for message in world.list(party, Filter::default()).await.messages {
            let (caller, mailbox) = (world.caller(party), &world.mailbox);
            let timeline = mailbox
                .timeline(&caller, message.id)
                .await
                .expect("a timeline");
            let thread = mailbox.thread(&caller, message.id).await.expect("a thread");
            let receipt = mailbox
                .receipt(&caller, message.id)
                .await
                .expect("a receipt");
            seen.push((message, timeline, thread, receipt));
        }
    }
    seen
}

/// What depends on erased payloads: a repeat is still a repeat, and an answer finds its thread.
async fn history_holds(world: &World) {
    let repeat = world
        .hand_in("zorg-a", &message("JW323", GEMEENTE_A, ZORG_A, "D0"))
        .await;
    let Outcome::Repeat(first) = repeat else {
        panic!("a repeat is expected: {repeat:?}")
    };
    assert!(first.state.erased.is_some());
    let late = answer(
        "JW325",
        GEMEENTE_A,
        ZORG_A,
        "D1",
        &format!("L{}", world.ledger.next()),
    );
    assert!(
        !world
            .taken("gemeente-a", &late)
            .await
            .marks
            .contains(&Mark::UnknownQuestion)
    );
}

#[tokio::test]
async fn everything_is_back_when_the_views_are_thrown_away() {
    on_both_stores(async |world: World| {
        let world = lived(world).await;
        let before = everything(&world).await;
        assert!(before.len() > 3, "there is something to lose");
        world.store.views.clear().expect("thrown away");
        let world = world.again();
        assert_eq!(everything(&world).await, before);
        history_holds(&world).await;
    })
    .await;
}

#[tokio::test]
async fn everything_is_back_when_the_folder_of_the_views_is_deleted_cut_or_damaged() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 3] = [
        ("deleted", delete),
        ("cut", |folder| change(folder, cut)),
        ("damaged", |folder| change(folder, |bytes| flip_many(bytes))),
    ];
    let mut world = lived(World::on(Store::on_disk())).await;
    for (name, damage) in damages {
        let before = everything(&world).await;
        world = world.again_after(|data| {
            let views = fs::read_dir(data)
                .expect("a folder")
                .map(|entry| entry.expect("an entry").path());
            let views: Vec<_> = views
                .filter(|path| path.display().to_string().contains("views-"))
                .collect();
            assert_eq!(views.len(), 1);
            damage(&views[0]);
        });
        assert_eq!(everything(&world).await, before, "{name}");
        history_holds(&world).await;
    }
}

fn delete(folder: &Path) {
    fs::remove_dir_all(folder).expect("deleted");
}

fn cut(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() / 2);
}

fn flip_many(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().step_by(97) {
        *byte ^= 0x10;
    }
}

/// Changes every file below a folder.
fn change(folder: &Path, how: fn(&mut Vec<u8>)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            change(&path, how);
        } else {
            let mut bytes = fs::read(&path).expect("read");
            how(&mut bytes);
            fs::write(&path, bytes).expect("written");
        }
    }
}

#[tokio::test]
async fn views_that_lag_are_caught_up_from_where_they_are() {
    on_both_stores(async |world: World| {
        let first = world.sent("JW301", GEMEENTE_A, ZORG_A, "T1").await.id;
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
        let first = world.sent("JW301", GEMEENTE_A, ZORG_A, "T1").await.id;
        let world = world.again();
        let second = world.sent("JW301", GEMEENTE_A, ZORG_A, "T2").await.id;
        assert_eq!(
            ids(&world.list("zorg-a", Filter::default()).await),
            [first, second]
        );
    })
    .await;
}

/// Changes one bit of the file that holds most below a folder; where, follows from `turn`.
fn flip_one(folder: &Path, turn: usize) {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                // What an engine lays out in advance is zeros, and nothing is read there.
                let bytes = fs::read(&path).expect("read");
                files.push((bytes.iter().filter(|byte| **byte != 0).count(), path));
            }
        }
    }
    let (_, path) = files.into_iter().max().expect("a file");
    let mut bytes = fs::read(&path).expect("read");
    let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let at = used[(turn * 7919 + 13) % used.len()];
    bytes[at] ^= 1 << (turn % 8);
    fs::write(&path, bytes).expect("written");
}

#[tokio::test]
async fn one_flipped_bit_in_the_views_is_never_served() {
    let mut world = lived(World::on(Store::on_disk())).await;
    for turn in 0..8 {
        let before = everything(&world).await;
        world = world.again_after(|data| {
            let views = fs::read_dir(data)
                .expect("a folder")
                .map(|entry| entry.expect("an entry").path());
            views
                .filter(|path| path.display().to_string().contains("views-"))
                .for_each(|folder| flip_one(&folder, turn));
        });
        assert_eq!(everything(&world).await, before, "turn {turn}");
    }
}
