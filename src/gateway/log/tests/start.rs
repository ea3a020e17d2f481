//! What is looked at before a log goes on: the files are made again from the journal, and a journal that is not the one that was made known stops it.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use knooppunt_proof::{Checkpoint, Hash, SignerKey, TileId};

use super::super::kept::SignedLast;
use super::super::sequencer::Next;
use super::super::{LogError, Standing};
use super::world::{Damaged, Site, records};
use crate::store::Memory;

/// What is done to the folder of a log.
type Spoil = fn(&Site);

async fn grown(count: i64) -> Site {
    let site = Site::new();
    let log = site.open().unwrap();
    site.records(count);
    log.step().await;
    site
}

/// What stands in the files of hashes, and that it is right.
async fn is_right(site: &Site) {
    let log = site.open().unwrap();
    log.step().await;
    let tree = site.tree();
    assert_eq!(log.size(), tree.size());
    for id in knooppunt_proof::tiles_of(tree.size()) {
        let knooppunt_proof::Level::Hashes(level) = id.level() else {
            panic!("hashes");
        };
        let tile = log.tile(level, id.index(), id.width()).unwrap();
        assert_eq!(tile.unwrap(), tree.hashes(id).unwrap().to_bytes());
    }
}

#[tokio::test]
async fn a_log_goes_on_where_it_was() {
    let site = grown(1_000).await;
    let known = fs::read_to_string(site.file("checkpoint")).unwrap();
    let log = site.open().unwrap();
    assert_eq!(log.checkpoint().unwrap(), known);
    assert!(log.prove(999, Duration::ZERO).await.unwrap().is_some());
    site.records(10);
    is_right(&site).await;
}

#[tokio::test]
async fn files_that_are_missing_short_or_torn_are_made_again_from_the_journal() {
    let spoil: [(&str, Spoil); 6] = [
        ("no file of leaves", |site| {
            fs::remove_file(site.file("hashes-0")).unwrap();
        }),
        ("no file of tiles", |site| {
            fs::remove_file(site.file("hashes-1")).unwrap();
        }),
        ("a short file", |site| {
            let file = fs::OpenOptions::new()
                .write(true)
                .open(site.file("hashes-0"));
            file.unwrap().set_len(999 * 32).unwrap();
        }),
        ("a torn end", |site| {
            let mut bytes = fs::read(site.file("hashes-0")).unwrap();
            bytes[999 * 32..].fill(0);
            fs::write(site.file("hashes-0"), bytes).unwrap();
        }),
        ("a flipped bit in a node of the right edge", |site| {
            let mut bytes = fs::read(site.file("hashes-1")).unwrap();
            bytes[40] ^= 1;
            fs::write(site.file("hashes-1"), bytes).unwrap();
        }),
        ("no hashes at all", |site| {
            for name in ["hashes-0", "hashes-1"] {
                fs::remove_file(site.file(name)).unwrap();
            }
        }),
    ];
    for (what, spoil) in spoil {
        println!("{what}");
        let site = grown(1_000).await;
        spoil(&site);
        site.records(3);
        is_right(&site).await;
    }
}

#[tokio::test]
async fn a_bit_that_flips_in_an_old_leaf_gives_no_false_proof_and_is_mended() {
    let site = grown(1_000).await;
    let mut bytes = fs::read(site.file("hashes-0")).unwrap();
    bytes[5 * 32] ^= 1;
    fs::write(site.file("hashes-0"), bytes).unwrap();
    let log = site.open().unwrap();
    assert!(log.prove(4, Duration::ZERO).await.unwrap().is_none());
    assert!(log.prove(700, Duration::ZERO).await.unwrap().is_some());
    log.step().await;
    assert!(log.prove(4, Duration::ZERO).await.unwrap().is_some());
    let first: TileId = "tile/0/000".parse().unwrap();
    let tile = log.tile(0, first.index(), first.width()).unwrap().unwrap();
    assert_eq!(tile, site.tree().hashes(first).unwrap().to_bytes());
}

#[tokio::test]
async fn hashes_that_are_made_anew_while_it_runs_are_held_against_all_that_was_signed() {
    let site = grown(1_000).await;
    let log = site.open().unwrap();
    // What left this process says another tree than the journal does.
    let signer = SignerKey::new(log.key().name().clone(), &site.secret);
    let other = Checkpoint::new(log.key().name().as_str(), 1_000, Hash::new([7; 32])).unwrap();
    let note = other.sign(&signer).unwrap();
    fs::write(site.file("signed"), note.to_string()).unwrap();
    let mut bytes = fs::read(site.file("hashes-0")).unwrap();
    bytes[5 * 32] ^= 1;
    fs::write(site.file("hashes-0"), bytes).unwrap();
    assert!(log.prove(4, Duration::ZERO).await.unwrap().is_none());
    site.records(1);
    log.step().await;
    assert_eq!(log.size(), 1_000);
    let said = log.health().unwrap_err();
    assert!(said.contains("first 1000 records"), "{said}");
}

#[tokio::test]
async fn of_a_damaged_record_the_leaf_is_taken_that_was_there_and_what_was_signed_tells_that_it_is_right()
 {
    let mut site = grown(1_000).await;
    let mut bytes = fs::read(site.file("hashes-1")).unwrap();
    bytes[40] ^= 1;
    fs::write(site.file("hashes-1"), bytes).unwrap();
    let whole = Arc::clone(&site.journal);
    site.journal = Arc::new(Damaged(Arc::clone(&whole), 300));
    drop(site.open().unwrap());
    site.journal = whole;
    is_right(&site).await;
}

#[tokio::test]
async fn hashes_that_cannot_be_made_anew_leave_those_that_are_there_as_they_are() {
    let mut site = grown(1_000).await;
    let mut bytes = fs::read(site.file("hashes-0")).unwrap();
    bytes[300 * 32] ^= 1;
    fs::write(site.file("hashes-0"), &bytes).unwrap();
    let tops = fs::read(site.file("hashes-1")).unwrap();
    let mut wrong = tops.clone();
    wrong[40] ^= 1;
    fs::write(site.file("hashes-1"), &wrong).unwrap();
    let whole = Arc::clone(&site.journal);
    site.journal = Arc::new(Damaged(Arc::clone(&whole), 300));
    for _ in 0..2 {
        let refused = site.open().unwrap_err();
        assert!(matches!(&refused, LogError::Store(_)), "{refused}");
        assert_eq!(fs::read(site.file("hashes-0")).unwrap(), bytes);
        assert_eq!(fs::read(site.file("hashes-1")).unwrap(), wrong);
    }

    // While it runs: what is right is proved on, also while it cannot be mended.
    fs::write(site.file("hashes-1"), &tops).unwrap();
    let log = site.open().unwrap();
    for _ in 0..2 {
        assert!(log.prove(301, Duration::ZERO).await.unwrap().is_none());
        log.step().await;
        assert!(log.prove(700, Duration::ZERO).await.unwrap().is_some());
        let said = log.health().unwrap_err();
        assert!(said.contains("not as they were written"), "{said}");
    }
    assert_eq!(fs::read(site.file("hashes-0")).unwrap(), bytes);
    drop(log);
    site.journal = whole;
    let log = site.open().unwrap();
    assert!(log.prove(301, Duration::ZERO).await.unwrap().is_none());
    log.step().await;
    assert!(log.prove(301, Duration::ZERO).await.unwrap().is_some());
    assert!(log.health().is_ok());
}

#[tokio::test]
async fn of_many_records_nothing_is_signed_before_all_leaves_are_made_and_health_tells_how_far_it_is()
 {
    let site = Site::new();
    site.records(70_000);
    let log = site.open().unwrap();
    assert!(matches!(log.sign_next().unwrap(), Next::Building));
    site.clock.advance(jiff::SignedDuration::from_secs(60));
    let said = log.health().unwrap();
    assert!(said.contains("building: 65536 of 70000"), "{said}");
    assert_eq!(log.checkpoint(), None);
    assert!(!site.file("signed").exists() && !site.file("checkpoint").exists());
    log.step().await;
    assert_eq!(log.size(), 70_000);
    let said = log.health().unwrap();
    assert_eq!(said, "70000 of 70000 records are under a checkpoint");
}

#[tokio::test]
async fn a_checkpoint_that_comes_late_does_not_take_the_place_of_a_newer_one() {
    let site = grown(10).await;
    let log = site.open().unwrap();
    let older = SignedLast::read(&site.folder, log.key()).unwrap();
    site.records(5);
    log.step().await;
    log.make_known(older.known.unwrap()).unwrap();
    assert_eq!(log.size(), 15);
    assert_eq!(site.open().unwrap().size(), 15);
}

#[tokio::test]
async fn nobody_waits_for_hashes_that_are_being_made_anew_and_none_makes_them_so_again() {
    let site = grown(1_000).await;
    let log = site.open().unwrap();
    for name in ["hashes-0", "hashes-1"] {
        fs::write(site.file(name), "").unwrap();
    }
    {
        let _making = log.growing();
        assert!(log.prove_now(4).unwrap().is_none());
    }
    assert!(matches!(&*log.growing(), Standing::Sound(_)));
    assert!(log.prove_now(4).unwrap().is_none());
    assert!(matches!(&*log.growing(), Standing::Wrong));
    log.step().await;
    assert!(log.prove_now(4).unwrap().is_some());
}

#[tokio::test]
async fn a_shorter_journal_stops_the_start_and_says_who_must_do_what() {
    let mut site = grown(1_000).await;
    let shorter = Memory::new().journal;
    records(&*shorter, 999);
    site.journal = shorter;
    let refused = site.open().unwrap_err();
    assert_eq!(refused.code(), "log-shorter");
    let said = refused.to_string();
    assert!(
        said.contains("999 records") && said.contains("over 1000") && said.contains("Put back"),
        "{said}"
    );
}

#[tokio::test]
async fn another_journal_of_any_length_stops_the_start() {
    for longer in [0, 1, 500] {
        let mut site = grown(1_000).await;
        let other = Memory::new().journal;
        records(&*other, 1_000 + longer);
        site.journal = other;
        let refused = site.open().unwrap_err();
        assert!(
            matches!(refused, LogError::Differs { size: 1_000 }),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn what_was_sent_to_a_witness_counts_as_what_was_made_known() {
    let mut site = grown(1_000).await;
    fs::rename(site.file("checkpoint"), site.file("signed")).unwrap();
    assert_eq!(site.open().unwrap().checkpoint(), None);
    let shorter = Memory::new().journal;
    records(&*shorter, 999);
    site.journal = shorter;
    let refused = site.open().unwrap_err();
    assert!(
        matches!(
            refused,
            LogError::Shorter {
                records: 999,
                size: 1_000
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn another_key_or_origin_and_a_damaged_checkpoint_stop_the_start() {
    let mut site = grown(10).await;
    site.secret[0] ^= 1;
    assert!(matches!(site.open(), Err(LogError::Other { .. })));
    site.secret[0] ^= 1;
    site.settings.origin = Some("other.example/log".to_owned());
    assert!(matches!(site.open(), Err(LogError::Other { .. })));
    site.settings.origin = Some("no name".to_owned());
    assert!(matches!(site.open(), Err(LogError::Origin(_))));
    site.settings.origin = Some(super::world::ORIGIN.to_owned());
    site.open().unwrap();
    let whole = fs::read(site.file("checkpoint")).unwrap();
    fs::write(site.file("checkpoint"), &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(site.open(), Err(LogError::Damaged { .. })));
}
