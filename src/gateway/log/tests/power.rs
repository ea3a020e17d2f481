//! The power fails at every write point of a log: what was made known is known after it, and the log goes on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::world::Site;
use crate::store::embedded::tests::simulated::{SimulatedDisk, Step};
use crate::store::embedded::{Files, Folder};

/// What a disk may have kept of un-synced writes is tried in so many ways.
const SEEDS: u64 = 4;

fn folder(disk: &SimulatedDisk) -> Folder {
    let files: Arc<dyn Files> = Arc::new(disk.clone());
    Folder::new(files, Path::new("/data"))
}

#[tokio::test]
async fn wherever_the_power_fails_a_log_goes_on_from_what_was_made_known() {
    let disk = SimulatedDisk::new();
    let mut media = disk.media();
    let mut site = Site::new();
    site.root = folder(&disk);
    let log = site.open().unwrap();
    let mut told = Vec::new();
    for more in [1, 255, 3, 300] {
        site.records(more);
        log.step().await;
        disk.tell(told.len());
        told.push(log.size());
    }
    assert_eq!(told, [1, 256, 259, 559]);
    drop(log);
    let (mut promised, mut failures) = (0, 0);
    for step in &disk.take_steps() {
        media.step(step);
        if let Step::Told(what) = step {
            promised = told[*what];
        }
        for seed in 0..if media.is_settled() { 1 } else { SEEDS } {
            site.root = folder(&media.after_power_loss(seed));
            let log = site.open().unwrap();
            assert!(
                log.size() >= promised,
                "{} of {promised} after {step:?}",
                log.size()
            );
            log.step().await;
            assert_eq!(log.size(), 559);
            for position in [0, 255, 300, 558] {
                let proved = log.prove(position, Duration::ZERO).await.unwrap();
                assert!(proved.is_some(), "{position} after {step:?}");
            }
            failures += 1;
        }
    }
    assert!(failures > 50, "{failures} failures");
}

#[tokio::test]
async fn wherever_the_power_fails_while_hashes_are_made_anew_what_was_made_known_is_proved_after_it()
 {
    let disk = SimulatedDisk::new();
    let mut site = Site::new();
    site.root = folder(&disk);
    let log = site.open().unwrap();
    site.records(600);
    log.step().await;
    drop(log);
    disk.damage(Path::new("/data/log/hashes-1"), |bytes| bytes[40] ^= 1);
    let mut media = disk.media();
    disk.take_steps();
    drop(site.open().unwrap());
    let steps = disk.take_steps();
    let renamed = steps
        .iter()
        .filter(|step| format!("{step:?}").contains("anew/hashes-1"));
    assert!(renamed.count() > 0, "{steps:?}");
    for step in &steps {
        media.step(step);
        for seed in 0..if media.is_settled() { 1 } else { SEEDS } {
            site.root = folder(&media.after_power_loss(seed));
            let log = site.open().unwrap();
            assert_eq!(log.size(), 600);
            for position in [0, 300, 599] {
                let proved = log.prove(position, Duration::ZERO).await.unwrap();
                assert!(proved.is_some(), "{position} after {step:?}");
            }
        }
    }
}
