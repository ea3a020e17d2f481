//! What is made known as records come, and what is proved by it.

use std::time::Duration;

use jiff::SignedDuration;
use knooppunt_proof::{
    Checkpoint, Hash, LogProof, SignedNote, TileId, event_entry, tiles_of, verify_consistency,
};

use super::world::Site;
use crate::clock::Clock as _;
use crate::store::Position;

#[tokio::test]
async fn every_record_is_under_a_checkpoint_after_a_look_and_each_continues_the_one_before() {
    let site = Site::new();
    let log = site.open().unwrap();
    log.step().await;
    assert_eq!((log.checkpoint(), log.size()), (None, 0));
    let mut before: Option<Checkpoint> = None;
    for more in [1, 1, 2, 252, 1, 300, 70_000] {
        site.records(more);
        log.step().await;
        let tree = site.tree();
        let known = log.checkpoint().unwrap();
        let taken = log
            .policy()
            .accept(&SignedNote::parse(known.as_bytes()).unwrap());
        let now = taken.unwrap().checkpoint().clone();
        assert_eq!((now.size(), *now.root()), (tree.size(), tree.root()));
        assert_eq!(
            std::fs::read_to_string(site.file("checkpoint")).unwrap(),
            known
        );
        if let Some(before) = &before {
            let path = knooppunt_proof::consistency(&*log.files, before.size(), now.size());
            verify_consistency(
                before.size(),
                before.root(),
                now.size(),
                now.root(),
                &path.unwrap(),
            )
            .unwrap();
        }
        before = Some(now);
        log.step().await;
        assert_eq!(
            log.checkpoint().unwrap(),
            known,
            "nothing new is made known"
        );
    }
}

#[tokio::test]
async fn a_record_is_proved_once_a_checkpoint_says_so_and_anybody_can_verify_it() {
    let site = Site::new();
    let log = site.open().unwrap();
    site.records(1_000);
    let none = log.prove(3, Duration::ZERO).await.unwrap();
    assert!(none.is_none(), "before it is made known");
    log.step().await;
    for position in [0, 3, 255, 256, 511, 998, 999] {
        let proved = log.prove(position, Duration::ZERO).await.unwrap().unwrap();
        let text = proved.proof.to_string();
        assert!(text.len() < 1_024, "{} bytes", text.len());
        let proof = LogProof::parse(text.as_bytes()).unwrap();
        assert_eq!((proof.index(), proved.size), (position, 1_000));
        let record = site.journal.read(Position(position)).unwrap();
        let salt = site.journal.salt(Position(position)).unwrap().unwrap();
        let entry = event_entry(&salt, &record.bytes());
        proof.verify(entry.as_bytes(), log.policy()).unwrap();
        let other = event_entry(&salt, b"another record");
        assert!(proof.verify(other.as_bytes(), log.policy()).is_err());
    }
    let none = log.prove(1_000, Duration::ZERO).await.unwrap();
    assert!(none.is_none(), "past the end");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_proof_gets_it_with_the_next_checkpoint() {
    let site = Site::new();
    let log = site.open().unwrap();
    site.records(1);
    let (waiting, ()) = tokio::join!(log.prove(0, Duration::from_secs(1)), log.step());
    assert!(waiting.unwrap().is_some());
    let none = log.prove(1, Duration::from_secs(1)).await.unwrap();
    assert!(none.is_none(), "it does not wait for ever");
}

#[tokio::test]
async fn a_receipt_waits_a_second_after_its_record_and_no_longer() {
    let site = Site::new();
    let log = site.open().unwrap();
    let recorded = site.clock.now();
    assert_eq!(log.receipt_waits(recorded), Duration::from_secs(1));
    site.clock.advance(SignedDuration::from_millis(400));
    assert_eq!(log.receipt_waits(recorded), Duration::from_millis(600));
    site.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(log.receipt_waits(recorded), Duration::ZERO);
    // A clock that is set back by an hour makes nobody wait for an hour.
    site.clock.set(recorded - SignedDuration::from_hours(1));
    assert_eq!(log.receipt_waits(recorded), Duration::from_secs(1));
}

#[tokio::test]
async fn health_goes_by_the_time_that_passed_whatever_the_clock_is_set_to() {
    let site = Site::new();
    let log = site.open().unwrap();
    site.records(1);
    assert!(log.health().is_ok());
    let now = site.clock.now();
    site.clock.set(now + SignedDuration::from_hours(1));
    assert!(log.health().is_ok(), "nobody waited for an hour");
    site.clock.set(now - SignedDuration::from_hours(1));
    site.clock.advance(SignedDuration::from_secs(11));
    assert!(log.health().is_err());
}

#[tokio::test]
async fn tiles_are_those_of_the_tree_that_was_made_known_and_nothing_behind_it() {
    let site = Site::new();
    let log = site.open().unwrap();
    site.records(70_000);
    log.step().await;
    let tree = site.tree();
    site.records(5);
    let tile = |id: &TileId| {
        let knooppunt_proof::Level::Hashes(level) = id.level() else {
            panic!("hashes");
        };
        log.tile(level, id.index(), id.width()).unwrap()
    };
    let mut tiles = 0;
    for id in tiles_of(70_000) {
        let expected = tree.hashes(id).unwrap();
        assert_eq!(tile(&id).unwrap(), expected.to_bytes(), "{}", id.path());
        tiles += 1;
    }
    assert_eq!(tiles, 273 + 1 + 1 + 1 + 1, "as the example of C2SP counts");
    let narrower: TileId = "tile/0/273.p/100".parse().unwrap();
    assert_eq!(tile(&narrower).unwrap().len(), 100 * Hash::BYTES);
    for beyond in [
        "tile/0/273.p/113",
        "tile/0/273",
        "tile/0/274.p/1",
        "tile/1/001",
        "tile/2/000.p/2",
        "tile/3/000.p/1",
        "tile/63/000.p/1",
    ] {
        assert_eq!(tile(&beyond.parse().unwrap()), None, "{beyond}");
    }
}

#[tokio::test]
async fn health_is_red_one_millisecond_after_a_record_waited_too_long() {
    let site = Site::new();
    let log = site.open().unwrap();
    assert!(log.health().is_ok());
    site.records(1);
    assert!(log.health().is_ok());
    site.clock.advance(SignedDuration::from_secs(10));
    assert!(log.health().is_ok());
    site.clock.advance(SignedDuration::from_millis(1));
    let said = log.health().unwrap_err();
    assert!(said.contains("0 of 1 records"), "{said}");
    log.step().await;
    assert!(log.health().is_ok());
    site.clock.advance(SignedDuration::from_hours(1));
    assert!(log.health().is_ok(), "nothing waits");
}
