//! The store on a real disk: the contracts, and what each open refuses.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::check_layout;
use super::cipher::{Cipher, open_part};
use super::files::{Disk, Files};
use super::power_loss::{layout, open};
use super::simulated::{Seeded, SimulatedDisk};
use super::{Embedded, Layout, Options, Randomness, Secret, ViewsReset, check, stats};
use crate::store::contract::{self, at, entry};
use crate::store::{
    Batch, Collection, Entry, Journal, KeyId, KeyKind, Part, PartKind, Position, StoreError, Views,
};

/// Small segments, so that every test crosses their borders.
pub(super) fn small() -> Options {
    Options {
        journal_segment_bytes: 16 << 10,
        part_segment_bytes: 16 << 10,
        key_slots: 16,
        reserve_bytes: 0,
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
fn views_in_sled_keep_the_contract() {
    let folders = std::sync::Mutex::new(Vec::new());
    contract::views(&|| {
        let (folder, store) = fresh(small());
        let views: Arc<dyn Views> = store.views;
        folders.lock().unwrap().push(folder);
        views
    });
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
fn a_store_comes_back_as_it_was_closed_or_killed() {
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
            store.close().unwrap()
        } else {
            drop(store)
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
        let stats = stats(&data).unwrap();
        assert_eq!((stats.records, stats.last_time), (102, Some(at(200))));
        assert!(
            stats.journal_segments > 1 && stats.part_segments == 1 && stats.key_segments > 5,
            "{stats:?}"
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
    assert!(matches!(stats(&nowhere), Err(StoreError::NoStore { .. })));
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
    bytes[11] = 2;
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

/// Every file below a folder with its bytes.
fn everything(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything(&path))
        } else {
            all.push((path.clone(), fs::read(&path).unwrap()))
        }
    }
    all
}

/// Opens whatever the top key opens, at whatever place of whatever file: all record keys that can be had.
fn keys_within_reach(
    top: &Secret,
    files: &[(PathBuf, Vec<u8>)],
) -> Vec<([u8; 32], [u8; 32], [u8; 32])> {
    let top = Cipher::new(top).unwrap();
    let mut segment_keys = Vec::new();
    for (_, bytes) in files {
        for at in (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"KNOOPKEY")) {
            // Head: magic, version, turn, first, made, check of the top key, nonce, wrapped key.
            let Some(head) = bytes.get(at..at + 112) else {
                continue;
            };
            let mut wrapped = head[64..112].to_vec();
            let aad = [&b"knooppunt/segment-key/1"[..], &head[20..28]].concat();
            if let Some(key) = top.open(head[52..64].try_into().unwrap(), &aad, &mut wrapped) {
                segment_keys.push(Cipher::new(&Secret::from_slice(key).unwrap()).unwrap());
            }
        }
    }
    let mut found = Vec::new();
    for (_, bytes) in files {
        for slot in bytes
            .windows(136)
            .filter(|slot| slot[..6] == [0; 6] && slot[8] < 4)
        {
            let aad = [&b"knooppunt/slot/1"[..], &slot[..9]].concat();
            for key in &segment_keys {
                let mut wrapped = slot[24..136].to_vec();
                if let Some(plain) = key.open(slot[12..24].try_into().unwrap(), &aad, &mut wrapped)
                {
                    let take = |from: usize| plain[from..from + 32].try_into().unwrap();
                    found.push((take(0), take(32), take(64)));
                }
            }
        }
    }
    found
}

#[test]
fn an_erased_payload_cannot_be_read_from_any_file_with_the_top_key_at_hand() {
    let (folder, store) = fresh(small());
    let (data, keys) = folders(&folder);
    let secret = b"Jansen, geboren op 1 april";
    for second in 0..40 {
        store
            .journal
            .append(vec![with_body(
                second,
                if second == 21 { secret } else { b"another" },
            )])
            .unwrap();
    }
    let record = store.journal.read(Position(21)).unwrap();
    let part = record.part(PartKind::Body).unwrap().clone();
    let place = usize::try_from(part.offset).unwrap();
    let part_file = data.join(format!("parts/{:010}.parts", part.segment));
    let sealed = fs::read(&part_file).unwrap()
        [place..place + usize::try_from(part.length).unwrap()]
        .to_vec();
    let top = Secret::from_slice(&fs::read(keys.join("top.key")).unwrap()).unwrap();
    let opens = |files: &[(PathBuf, Vec<u8>)], top: &Secret| {
        keys_within_reach(top, files)
            .iter()
            .filter_map(|(content, _, salt)| {
                open_part(&Secret(*content), salt, PartKind::Body, sealed.clone())
            })
            .collect::<Vec<_>>()
    };
    // The search finds it as long as it is there, so it can fail.
    assert_eq!(opens(&everything(&data), &top), [secret.to_vec()]);
    let content = keys_within_reach(&top, &everything(&data))
        .into_iter()
        .map(|(content, ..)| content);
    let content: Vec<[u8; 32]> = content
        .filter(|key| open_part(&Secret(*key), &[0; 32], PartKind::Body, sealed.clone()).is_none())
        .collect();
    assert_eq!(content.len(), 40);

    store.journal.append(vec![erasing(21)]).unwrap();
    let after = everything(folder.path());
    assert!(opens(&after, &top).is_empty());
    assert_eq!(
        keys_within_reach(&top, &after).len(),
        41,
        "the others are still there, and the erasing record's"
    );
    for (path, bytes) in &after {
        assert!(
            !bytes.windows(secret.len()).any(|window| window == secret),
            "{}",
            path.display()
        );
        assert!(
            !bytes.windows(sealed.len()).any(|window| window == sealed),
            "{}",
            path.display()
        );
    }

    // A new top key leaves nothing that the old one opens.
    store.journal.change_top_key().unwrap();
    assert!(keys_within_reach(&top, &everything(folder.path())).is_empty());
    let new = Secret::from_slice(&fs::read(keys.join("top.key")).unwrap()).unwrap();
    assert_eq!(keys_within_reach(&new, &everything(&data)).len(), 41);
    store.close().unwrap();
    let store = Embedded::open(&data, &keys, small(), at(100)).unwrap();
    assert_eq!(
        store.journal.part(&record, PartKind::Body).unwrap(),
        Some(Part::Erased)
    );
    let other = store.journal.read(Position(20)).unwrap();
    assert_eq!(
        store.journal.part(&other, PartKind::Body).unwrap(),
        Some(Part::Whole(b"another".to_vec()))
    );
}

#[test]
fn a_full_disk_shows_before_a_promise_and_reading_acknowledging_and_erasing_go_on() {
    let disk = SimulatedDisk::new();
    let options = Options {
        reserve_bytes: 200 << 10,
        ..small()
    };
    layout(&disk).create(&[], &options).unwrap();
    let journal = open(&disk, options.clone()).unwrap();
    journal.append(vec![with_body(1, &[7; 3_000])]).unwrap();
    disk.limit(Some(disk.used() + (40 << 10)));
    let mut taken = 1;
    let refused = loop {
        match journal.append(vec![with_body(2, &[7; 3_000])]) {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 100);
    };
    assert!(
        matches!(refused, StoreError::DiskFull { .. }) && !refused.fatal(),
        "{refused:?}"
    );
    assert_eq!(
        journal.next(),
        Position(taken),
        "nothing of the refused group is there"
    );
    // Without content: from the reserve.
    for _ in 0..150 {
        journal
            .append(vec![entry(
                3,
                "acknowledged, with some more text to fill the segment",
            )])
            .unwrap();
    }
    journal.append(vec![erasing(0)]).unwrap();
    let first = journal.read(Position(0)).unwrap();
    assert_eq!(
        journal.part(&first, PartKind::Body).unwrap(),
        Some(Part::Erased)
    );
    assert!(matches!(
        journal.append(vec![with_body(4, &[7; 20_000])]),
        Err(StoreError::DiskFull { .. })
    ));
    disk.limit(None);
    journal.append(vec![with_body(5, &[7; 20_000])]).unwrap();
    journal.close().unwrap();
    let report = check_layout(layout(&disk), &mut |_| {}).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[test]
fn after_a_failed_write_or_sync_nothing_more_is_promised_and_the_next_open_sorts_it_out() {
    for writes in 0..40 {
        let disk = SimulatedDisk::new();
        layout(&disk).create(&[], &small()).unwrap();
        let journal = open(&disk, small()).unwrap();
        journal.append(vec![with_body(1, b"kept")]).unwrap();
        disk.fail_after(Some(writes));
        let mut promised = 1;
        let failed = loop {
            match journal.append(vec![with_body(2, &[7; 2_000]), entry(2, "two")]) {
                Ok(_) => promised += 2,
                Err(error) => break error,
            }
        };
        assert!(failed.fatal(), "{failed:?}");
        assert_eq!(
            journal.next(),
            Position(promised),
            "what failed is shown to nobody"
        );
        assert!(matches!(
            journal.read(Position(promised)),
            Err(StoreError::NoRecord { .. })
        ));
        disk.fail_after(None);
        let after = journal.append(vec![entry(3, "after")]);
        assert!(matches!(after, Err(StoreError::Ended)), "{after:?}");
        drop(journal);
        let journal = open(&disk, small()).unwrap();
        assert!(journal.next() >= Position(promised) && journal.next() <= Position(promised + 2));
        assert_eq!(journal.read(Position(0)).unwrap().parts.len(), 2);
        journal.append(vec![entry(3, "after")]).unwrap();
        journal.close().unwrap();
        let report = check_layout(layout(&disk), &mut |_| {}).unwrap();
        assert!(report.is_sound(), "{writes}: {report:?}");
    }
}

#[test]
fn randomness_that_repeats_itself_is_refused_before_anything_is_written() {
    #[derive(Debug)]
    struct Stuck(bool);
    impl Randomness for Stuck {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), StoreError> {
            for (index, byte) in buffer.iter_mut().enumerate() {
                *byte = if self.0 {
                    5
                } else {
                    u8::try_from(index % 200).unwrap()
                };
            }
            Ok(())
        }
    }
    for same_byte in [true, false] {
        let disk = SimulatedDisk::new();
        let options = Options {
            randomness: Arc::new(Stuck(same_byte)),
            ..small()
        };
        layout(&disk).create(&[], &options).unwrap();
        let journal = open(&disk, options).unwrap();
        let first = journal.append(vec![entry(1, "a")]);
        assert_eq!(first.is_ok(), !same_byte);
        let second = journal.append(vec![entry(1, "b")]);
        assert!(matches!(second, Err(StoreError::Randomness)), "{second:?}");
        assert_eq!(journal.next().0, u64::from(!same_byte));
    }
}

const ROWS: Collection = Collection("rows");

/// A store whose views hold row `n` for every record `n`, closed or killed.
fn with_views(count: u64, close: bool) -> tempfile::TempDir {
    let (folder, store) = fresh(small());
    assert_eq!(store.views_reset, Some(ViewsReset::New));
    for position in 0..count {
        store
            .journal
            .append(vec![entry(1, &format!("event {position}"))])
            .unwrap();
    }
    fill(&store);
    if close {
        store.close().unwrap()
    } else {
        drop(store)
    }
    folder
}

/// What the ledger does: applies what the views lack.
fn fill(store: &Embedded) {
    let from = store.views_position().unwrap();
    for record in store.journal.read_from(from, usize::MAX).unwrap() {
        let mut batch = Batch::new();
        batch.put(ROWS, record.position.0.to_be_bytes(), record.event);
        store.views.apply(record.position.next(), batch).unwrap();
    }
}

fn all_rows_are_there(store: &Embedded, count: u64) {
    fill(store);
    let rows = store
        .views
        .range(ROWS, &[], &[0xff; 9], usize::MAX)
        .unwrap();
    assert_eq!(rows.len() as u64, count);
    for (position, (_, event)) in rows.into_iter().enumerate() {
        assert_eq!(event, format!("event {position}").into_bytes());
    }
}

#[test]
fn views_that_were_closed_or_whose_process_was_killed_are_trusted() {
    for close in [true, false] {
        let folder = with_views(30, close);
        let (data, keys) = folders(&folder);
        let store = Embedded::open(&data, &keys, small(), at(2)).unwrap();
        assert_eq!(store.views_reset, None);
        assert!(close == (store.views_position().unwrap() == Position(30)) || !close);
        all_rows_are_there(&store, 30);
    }
}

#[test]
fn views_are_thrown_away_after_a_power_loss_although_they_open() {
    let folder = with_views(30, false);
    let (data, keys) = folders(&folder);
    fs::write(data.join("views-1/mark"), "another boot").unwrap();
    let store = Embedded::open(&data, &keys, small(), at(2)).unwrap();
    assert_eq!(store.views_reset, Some(ViewsReset::PowerLoss));
    assert_eq!(store.views_position().unwrap(), Position(0));
    all_rows_are_there(&store, 30);
}

#[test]
fn a_view_folder_that_is_deleted_cut_or_has_bits_flipped_comes_back_whole() {
    for round in 0..8 {
        let folder = with_views(30, true);
        let (data, keys) = folders(&folder);
        let (file, bytes) = everything(&data.join("views-1"))
            .into_iter()
            .max_by_key(|(_, bytes)| bytes.len())
            .unwrap();
        match round {
            0 => fs::remove_dir_all(data.join("views-1")).unwrap(),
            1 => fs::remove_file(&file).unwrap(),
            2 => fs::write(&file, &bytes[..bytes.len() / 2]).unwrap(),
            3 => fs::write(&file, b"").unwrap(),
            _ => {
                let mut bytes = bytes;
                let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
                bytes[used * (round - 4) / 4] ^= 0x10;
                fs::write(&file, bytes).unwrap();
            }
        }
        let store = Embedded::open(&data, &keys, small(), at(2)).unwrap();
        assert!(store.views_reset.is_some(), "round {round}");
        all_rows_are_there(&store, 30);
    }
}

#[test]
fn views_that_know_more_than_the_journal_are_thrown_away() {
    let (folder, store) = fresh(small());
    let (data, keys) = folders(&folder);
    store.views.apply(Position(5), Batch::new()).unwrap();
    store.close().unwrap();
    let store = Embedded::open(&data, &keys, small(), at(2)).unwrap();
    assert_eq!(store.views_reset, Some(ViewsReset::PastJournal));
    assert_eq!(store.views_position().unwrap(), Position(0));
}

#[test]
fn another_format_of_views_is_another_folder() {
    let folder = with_views(5, true);
    let (data, keys) = folders(&folder);
    let store = Embedded::open(
        &data,
        &keys,
        Options {
            views_format: 2,
            ..small()
        },
        at(2),
    )
    .unwrap();
    assert_eq!(store.views_reset, Some(ViewsReset::New));
    all_rows_are_there(&store, 5);
    store.close().unwrap();
    let store = Embedded::open(&data, &keys, small(), at(2)).unwrap();
    assert_eq!(store.views_reset, None);
}

#[test]
fn version_1_of_every_file_reads_back_as_it_was_written() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/store-1");
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        journal_segment_bytes: 2 << 10,
        part_segment_bytes: 1 << 10,
        key_slots: 4,
        randomness: Arc::new(Seeded::new(1)),
        ..small()
    };
    let files: Arc<dyn Files> = Arc::new(Disk);
    let entries: Vec<Entry> = (0..7)
        .map(|n| with_body(n, format!("body {n}").as_bytes()))
        .chain([erasing(2)])
        .collect();
    let make = |data: &Path, keys: &Path| {
        let options = options();
        Layout::new(&files, data, keys)
            .create(&["pseudonym"], &options)
            .unwrap();
        let journal = Layout::new(&files, data, keys)
            .open(options.clone(), at(0))
            .unwrap();
        for group in entries.chunks(2) {
            journal.append(group.to_vec()).unwrap();
        }
        journal.close().unwrap();
        fs::remove_file(data.join("probe")).unwrap();
    };
    if std::env::var_os("KNOOPPUNT_WRITE_GOLDEN").is_some() {
        make(&golden.join("data"), &golden.join("keys"));
    }
    let (data, keys) = folders(&folder);
    let relative = |root: &Path| {
        let mut files: Vec<_> = everything(root)
            .into_iter()
            .map(|(path, bytes)| (path.strip_prefix(root).unwrap().to_owned(), bytes))
            .collect();
        files.sort();
        files
    };
    for (path, bytes) in relative(&golden) {
        fs::create_dir_all(folder.path().join(&path).parent().unwrap()).unwrap();
        fs::write(folder.path().join(&path), bytes).unwrap();
    }
    let report = check(&data, &keys, &mut |_| {}).unwrap();
    assert!(report.is_sound() && !report.unfinished, "{report:?}");
    let journal = Layout::new(&files, &data, &keys)
        .open(options(), at(100))
        .unwrap();
    let records = journal.read_from(Position(0), 100).unwrap();
    assert_eq!(records.len(), entries.len());
    for (record, entry) in records.iter().zip(&entries) {
        assert_eq!(
            (&record.event, record.time, record.version),
            (&entry.event, entry.time, 1)
        );
        for (kind, bytes) in &entry.parts {
            let erased = record.position == Position(2) && kind.key() == KeyKind::Content;
            let expected = if erased {
                Part::Erased
            } else {
                Part::Whole(bytes.clone())
            };
            assert_eq!(journal.part(record, *kind).unwrap(), Some(expected));
        }
    }
    drop(journal);
    // This program still writes version 1, byte for byte.
    let again = tempfile::tempdir().unwrap();
    make(&again.path().join("data"), &again.path().join("keys"));
    for ((path, written), (_, kept)) in relative(again.path()).into_iter().zip(relative(&golden)) {
        assert!(
            written == kept,
            "{} is written in another form: give it a new version",
            path.display()
        );
    }
}
