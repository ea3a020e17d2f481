//! The store on a real disk: the contracts, and what each open refuses.

mod backup;
mod damage;
mod erasure;
mod failing;
mod golden;
pub(crate) mod power_loss;
pub(super) mod room;
pub(crate) mod simulated;
mod views;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Embedded, Options, ViewsEngine, check};
use crate::store::contract::{self, at, entry};
use crate::store::{Entry, Journal, KeyId, KeyKind, Part, PartKind, Position, StoreError, Views};

/// Small segments, so that every test crosses their borders.
fn small() -> Options {
    Options {
        journal_segment_bytes: 16 << 10,
        part_segment_bytes: 16 << 10,
        key_slots: 16,
        reserve_bytes: 0,
        views_reserve_bytes: 0,
        views_cache_bytes: 1 << 20,
        ..Options::default()
    }
}

fn fresh(options: Options) -> (tempfile::TempDir, Embedded) {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::create(
        &folder.path().join("data"),
        &folder.path().join("keys"),
        &["pseudonym"],
        options,
        at(0),
    )
    .unwrap();
    (folder, store)
}

#[test]
fn the_journal_on_a_disk_keeps_the_contract() {
    for options in [
        small(),
        Options {
            reserve_bytes: 1 << 20,
            ..Options::default()
        },
    ] {
        let folders = std::sync::Mutex::new(Vec::new());
        contract::journal(&|| {
            let (folder, store) = fresh(options.clone());
            let journal: Arc<dyn Journal> = store.journal;
            folders.lock().unwrap().push(folder);
            journal
        });
    }
}

#[test]
fn views_keep_the_contract_in_every_engine() {
    for engine in ViewsEngine::ALL {
        let folders = std::sync::Mutex::new(Vec::new());
        contract::views(&|| {
            let (folder, store) = fresh(kept_by(engine));
            let views: Arc<dyn Views> = store.views;
            folders.lock().unwrap().push(folder);
            views
        });
    }
}

fn kept_by(engine: ViewsEngine) -> Options {
    Options {
        views_engine: engine,
        ..small()
    }
}

fn folders(folder: &tempfile::TempDir) -> (PathBuf, PathBuf) {
    (folder.path().join("data"), folder.path().join("keys"))
}

fn with_body(second: i64, body: &[u8]) -> Entry {
    Entry {
        parts: vec![
            (PartKind::Body, body.to_vec()),
            (PartKind::Effect, b"effect".to_vec()),
        ],
        ..entry(second, "event")
    }
}

fn erasing(position: u64) -> Entry {
    let erases = vec![KeyId {
        position: Position(position),
        kind: KeyKind::Content,
    }];
    Entry {
        erases,
        ..entry(50, "erased")
    }
}

#[test]
fn a_store_comes_back_as_it_was_whether_it_was_closed_or_only_let_go() {
    for close in [true, false] {
        let (folder, store) = fresh(small());
        let (data, keys) = folders(&folder);
        for second in 0..100 {
            store
                .journal
                .append(vec![with_body(second, format!("body {second}").as_bytes())])
                .unwrap();
        }
        store.journal.append(vec![erasing(7)]).unwrap();
        let pseudonym = store.journal.guarded_key("pseudonym").unwrap();
        let before = store.journal.read_from(Position(0), 1_000).unwrap();
        if close {
            store.close().unwrap();
        } else {
            drop(store);
        }
        let store = Embedded::open(&data, &keys, small(), at(200)).unwrap();
        assert_eq!(store.journal.read_from(Position(0), 1_000).unwrap(), before);
        assert_eq!(
            store.journal.part(&before[8], PartKind::Body).unwrap(),
            Some(Part::Whole(b"body 8".to_vec()))
        );
        assert_eq!(
            store.journal.part(&before[7], PartKind::Body).unwrap(),
            Some(Part::Erased)
        );
        assert_eq!(
            store.journal.part(&before[7], PartKind::Effect).unwrap(),
            Some(Part::Whole(b"effect".to_vec()))
        );
        assert_eq!(
            store.journal.guarded_key("pseudonym").unwrap().bytes(),
            pseudonym.bytes()
        );
        store.journal.append(vec![entry(200, "more")]).unwrap();
        store.close().unwrap();
        let report = check(&data, &keys, &mut |_| {}).unwrap();
        assert!(
            report.is_sound()
                && report.records == 102
                && report.parts == 199
                && report.parts_erased == 1,
            "{report:?}"
        );
    }
}

#[test]
fn a_missing_or_wrong_key_file_stops_the_open_and_nothing_is_made_anew() {
    for name in ["top.key", "pseudonym.key"] {
        let (folder, store) = fresh(small());
        let (data, keys) = folders(&folder);
        store.journal.append(vec![with_body(1, b"body")]).unwrap();
        store.close().unwrap();
        let file = keys.join(name);
        let right = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let opened = Embedded::open(&data, &keys, small(), at(2));
        assert!(
            matches!(&opened, Err(StoreError::KeyMissing { file }) if file.ends_with(name)),
            "{opened:?}"
        );
        assert!(!file.exists());
        for wrong in [
            vec![7; 32],
            right[..31].to_vec(),
            Vec::new(),
            [&right[..], b"\n"].concat(),
        ] {
            fs::write(&file, &wrong).unwrap();
            let opened = Embedded::open(&data, &keys, small(), at(2));
            assert!(
                matches!(&opened, Err(StoreError::KeyWrong { file }) if file.ends_with(name)),
                "{opened:?}"
            );
            assert_eq!(fs::read(&file).unwrap(), wrong);
        }
        fs::write(&file, &right).unwrap();
        Embedded::open(&data, &keys, small(), at(2)).unwrap();
    }
}

#[test]
fn a_key_that_a_store_never_had_is_made_once_and_guarded_from_then_on() {
    let (folder, store) = fresh(small());
    let (data, keys) = folders(&folder);
    let never = fs::read(data.join("store")).unwrap();
    let open = || Embedded::open(&data, &keys, small(), at(2));
    let key = store.journal.guarded_key_or_new("log").unwrap();
    let again = store.journal.guarded_key_or_new("log").unwrap();
    assert_eq!(key.bytes(), again.bytes());
    let asked = store.journal.guarded_key("never asked for");
    assert!(matches!(asked, Err(StoreError::KeyMissing { .. })));
    store.close().unwrap();
    assert!(check(&data, &keys, &mut |_| {}).unwrap().is_sound());
    let store = open().unwrap();
    assert_eq!(
        store.journal.guarded_key("log").unwrap().bytes(),
        key.bytes()
    );
    drop(store);

    // It ended after the store was told of it, before the file had its name.
    let (file, next) = (keys.join("log.key"), keys.join("log.next.key"));
    fs::rename(&file, &next).unwrap();
    let store = open().unwrap();
    let found = store.journal.guarded_key_or_new("log").unwrap();
    assert!(found.bytes() == key.bytes() && file.exists() && !next.exists());
    drop(store);

    fs::rename(&file, keys.join("away")).unwrap();
    let missing = open().unwrap_err();
    assert!(matches!(missing, StoreError::KeyMissing { .. }));

    // Of a data folder of before, with the key folder of now, no second key comes to be.
    fs::rename(keys.join("away"), &file).unwrap();
    fs::write(data.join("store"), never).unwrap();
    let store = open().unwrap();
    let refused = store.journal.guarded_key_or_new("log").unwrap_err();
    assert!(
        matches!(&refused, StoreError::KeyOfLater { file } if file.ends_with("log.key")),
        "{refused}"
    );
    assert_eq!(fs::read(&file).unwrap(), key.bytes());

    // It ended before the store was told of it: nobody knows that key.
    fs::rename(&file, &next).unwrap();
    let made = store.journal.guarded_key_or_new("log").unwrap();
    assert!(made.bytes() != key.bytes() && file.exists() && !next.exists());
}

#[test]
fn a_clock_more_than_a_minute_behind_the_last_record_stops_the_open() {
    let (folder, store) = fresh(small());
    let (data, keys) = folders(&folder);
    store.journal.append(vec![entry(100, "late")]).unwrap();
    store.close().unwrap();
    let opened = Embedded::open(&data, &keys, small(), at(39));
    assert!(
        matches!(opened, Err(StoreError::ClockBehind { .. })),
        "{opened:?}"
    );
    Embedded::open(&data, &keys, small(), at(40)).unwrap();
}

#[test]
fn a_folder_is_opened_by_one_process_made_once_and_not_where_there_is_none() {
    let (folder, store) = fresh(small());
    let (data, keys) = folders(&folder);
    assert!(matches!(
        Embedded::open(&data, &keys, small(), at(0)),
        Err(StoreError::InUse { .. })
    ));
    assert!(matches!(
        check(&data, &keys, &mut |_| {}),
        Err(StoreError::InUse { .. })
    ));
    drop(store);
    assert!(matches!(
        Embedded::create(&data, &keys, &[], small(), at(0)),
        Err(StoreError::NotEmpty { .. })
    ));
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(
        Embedded::open(&nowhere, &keys, small(), at(0)),
        Err(StoreError::NoStore { .. })
    ));
    assert!(matches!(
        check(&nowhere, &keys, &mut |_| {}),
        Err(StoreError::NoStore { .. })
    ));
    assert!(!nowhere.exists());
    let other_keys = folder.path().join("other");
    assert!(matches!(
        Embedded::create(&nowhere, &keys, &[], small(), at(0)),
        Err(StoreError::NotEmpty { .. })
    ));
    Embedded::create(
        &folder.path().join("other-data"),
        &other_keys,
        &[],
        small(),
        at(0),
    )
    .unwrap();
}

#[test]
fn a_segment_of_a_newer_program_is_refused_by_name() {
    let (folder, store) = fresh(small());
    let (data, keys) = folders(&folder);
    store.close().unwrap();
    let file = data.join("journal/00000000000000000000.journal");
    let mut bytes = fs::read(&file).unwrap();
    // And a field that version 1 does not have: with the version alone changed it would be a flipped bit.
    (bytes[11], bytes[100]) = (2, 7);
    fs::write(&file, bytes).unwrap();
    let opened = Embedded::open(&data, &keys, small(), at(2));
    assert!(
        matches!(
            opened,
            Err(StoreError::Version {
                found: 2,
                newest: 1,
                ..
            })
        ),
        "{opened:?}"
    );
}
