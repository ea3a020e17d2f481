//! The logs of a store in its copies: what they signed last is put back with it, and that it was put back is known until somebody settles it.

use super::{DAY, MADE, backs_up, begun, lossy, restores};
use crate::store::Position;
use crate::store::embedded::backup::{Accepted, AcceptedLog, signed_in};
use crate::store::embedded::tests::power_loss::layout;
use crate::store::embedded::tests::simulated::SimulatedDisk;
use crate::store::embedded::{KeptLog, KeptLogs, LOGS};

const NAME: &str = "log.example/one";

/// A store of 20 records that signed something over them, and its copy.
fn copied(named: bool) -> SimulatedDisk {
    let (disk, journal, mut life) = begun();
    life.goes_on(&journal, 20);
    journal.guarded_key_or_new("log").unwrap();
    let root = layout(&disk).root;
    let folder = root.below("log");
    folder.create().unwrap();
    if named {
        for (name, over) in [("checkpoint", 18), ("signed", 20)] {
            let note = format!("{NAME}\n{over}\n");
            folder.replace(name, note.as_bytes()).unwrap();
        }
        let mut logs = KeptLogs::default();
        logs.keep(NAME);
        logs.keep("log.example/before");
        logs.write(&root).unwrap();
    }
    folder.replace("hashes-0", b"made again").unwrap();
    backs_up(&disk, MADE).unwrap();
    disk
}

fn accepted(vouched: bool) -> Accepted {
    Accepted {
        log: Some(AcceptedLog {
            name: NAME.to_owned(),
            key: "log",
            vouched,
        }),
        ..Accepted::default()
    }
}

fn kept(disk: &SimulatedDisk) -> KeptLogs {
    KeptLogs::read(&super::again(disk).root).unwrap()
}

fn put_back(records: u64, known: u64) -> KeptLog {
    KeptLog::PutBack {
        records: Position(records),
        known: Position(known),
    }
}

#[test]
fn what_a_log_signed_last_is_put_back_and_it_is_known_that_it_was_put_back() {
    let disk = copied(true);
    let restored = restores(&disk, MADE + 1, &Accepted::default()).unwrap();
    assert_eq!(restored.logs_stopped, ["log.example/before", NAME]);
    let folder = super::again(&disk).root.below("log");
    assert_eq!(folder.list().unwrap(), ["checkpoint", "signed"]);
    let signed = folder.read("signed").unwrap().unwrap();
    assert_eq!(signed, format!("{NAME}\n20\n").into_bytes());
    assert_eq!(kept(&disk).of(NAME), Some(put_back(20, 20)));
    assert_eq!(kept(&disk).of("log.example/before"), Some(put_back(20, 20)));
}

#[test]
fn a_log_that_somebody_vouches_for_goes_on_but_not_over_a_loss() {
    let disk = copied(true);
    let restored = restores(&disk, MADE + 1, &accepted(true)).unwrap();
    assert_eq!(restored.logs_stopped, ["log.example/before"]);
    assert_eq!(kept(&disk).of(NAME), Some(KeptLog::Kept));

    let disk = copied(true);
    let known = super::Known {
        position: Position(23),
        by: "a receipt".to_owned(),
    };
    let all_the_same = Accepted {
        known: vec![known],
        log: accepted(true).log,
        ..lossy()
    };
    let restored = restores(&disk, MADE + 1, &all_the_same).unwrap();
    assert!(restored.logs_stopped.contains(&NAME.to_owned()));
    assert_eq!(kept(&disk).of(NAME), Some(put_back(20, 23)));
}

#[test]
fn a_copy_of_a_program_that_did_not_copy_logs_is_known_by_the_key_of_its_log() {
    let disk = copied(false);
    let restored = restores(&disk, MADE + 1, &accepted(false)).unwrap();
    assert_eq!(restored.logs_stopped, [NAME]);
    assert_eq!(kept(&disk).of(NAME), Some(put_back(20, 20)));
    let of_another_key = Accepted {
        log: accepted(false).log.map(|log| AcceptedLog {
            key: "other",
            ..log
        }),
        ..Accepted::default()
    };
    let disk = copied(false);
    let restored = restores(&disk, MADE + 1, &of_another_key).unwrap();
    assert!(restored.logs_stopped.is_empty());
    assert!(super::again(&disk).root.read(LOGS).unwrap().is_none());
}

#[test]
fn a_log_that_signed_before_it_was_named_is_known_by_what_it_signed() {
    let disk = copied(true);
    layout(&disk).root.remove(LOGS).unwrap();
    backs_up(&disk, MADE + DAY).unwrap();
    let restored = restores(&disk, MADE + DAY + 1, &Accepted::default()).unwrap();
    assert_eq!(restored.logs_stopped, [NAME]);
}

#[test]
fn what_the_logs_of_a_copy_signed_is_told_to_who_asks_witnesses() {
    let folder = tempfile::tempdir().unwrap();
    assert!(signed_in(folder.path()).unwrap().is_empty());
}
