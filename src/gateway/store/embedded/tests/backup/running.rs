//! On a real disk, beside a store that takes records and erases as fast as it can.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::SignedDuration;

use super::{DAY, erasing, no_grounds};
use crate::store::contract::at;
use crate::store::embedded::backup::{
    Accepted, BackupError, Opening, Places, Wanted, back_up, known_in, restore,
};
use crate::store::embedded::tests::{folders, fresh, small, with_body};
use crate::store::embedded::{Embedded, Options, check};
use crate::store::{Journal, KeyId, Part, Position, Record, StoreError};

fn options() -> Options {
    Options {
        large_part_bytes: 700,
        ..small()
    }
}

fn places(folder: &Path) -> Places {
    Places {
        journal: folder.join("copies/journal"),
        keys: folder.join("copies-of-keys"),
    }
}

fn wanted(second: i64) -> Wanted {
    Wanted {
        keys_keep: SignedDuration::from_secs(30 * DAY),
        accept_damage: false,
        now: at(second),
    }
}

/// Records as fast as they go, until it is told to stop: parts of all sizes, and erasures of what is old and of what just came.
fn lives(store: &Embedded, stop: &AtomicBool) -> u64 {
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) || number < 300 {
        let entry = match number % 6 {
            4 => erasing(number - 3),
            5 => erasing(number / 2 / 6 * 6),
            size => {
                let bytes = usize::try_from(number % 17 * 60 + size).unwrap();
                with_body(number.try_into().unwrap(), &vec![7; bytes])
            }
        };
        store.journal.append(vec![entry]).unwrap();
        number += 1;
    }
    number
}

/// What was put back is the first records of what was written, with every part that is not erased.
fn is_the_beginning_of(whole: &dyn Journal, folder: &Path, position: Position) {
    let keys = folder.join("keys");
    let data = folder.join(format!("again-{position}"));
    let report = check(&data, &keys, &mut |_| {}).unwrap();
    assert!(report.is_sound() && !report.unfinished, "{report:?}");
    let store = Embedded::open(&data, &keys, options(), at(DAY)).unwrap();
    assert_eq!(store.journal.next(), position);
    let read = |journal: &dyn Journal| -> Vec<Record> {
        let mut records = Vec::new();
        while (records.len() as u64) < position.0 {
            let from = Position(records.len() as u64);
            records.extend(journal.read_from(from, 1_000).unwrap());
        }
        records.truncate(usize::try_from(position.0).unwrap());
        records
    };
    let records = read(&*store.journal);
    assert_eq!(records, read(whole));
    let erased: BTreeSet<KeyId> = records
        .iter()
        .flat_map(|record| record.erases.iter().copied())
        .collect();
    for record in &records {
        for part in &record.parts {
            let key = KeyId {
                position: record.position,
                kind: part.kind.key(),
            };
            let there = store.journal.part(record, part.kind).unwrap();
            match (there, whole.part(record, part.kind).unwrap()) {
                (Some(Part::Whole(bytes)), Some(Part::Whole(right))) => assert_eq!(bytes, right),
                (Some(Part::Whole(_)), other) => {
                    // It was erased after the copy was made.
                    assert_eq!(other, Some(Part::Erased));
                    assert!(!erased.contains(&key), "{key:?}");
                }
                (other, now) => {
                    assert_eq!(other, Some(Part::Erased));
                    assert_eq!(now, Some(Part::Erased), "{key:?}");
                }
            }
        }
    }
    store.close().unwrap();
}

#[test]
fn beside_records_and_erasures_every_copy_is_whole_up_to_its_position() {
    let (folder, store) = fresh(options());
    let (data, keys) = folders(&folder);
    let stop = AtomicBool::new(false);
    let positions = Mutex::new(Vec::new());
    let places = places(folder.path());
    std::thread::scope(|scope| {
        let living = scope.spawn(|| lives(&store, &stop));
        for number in 0..6 {
            let made = back_up(
                &data,
                &keys,
                &places,
                &wanted(number),
                &no_grounds,
                &mut |_| {},
            );
            let made = made.unwrap_or_else(|error| {
                stop.store(true, Ordering::SeqCst);
                panic!("{error}: {error:?}")
            });
            let opening = Opening {
                options: options(),
                now: at(DAY),
                only_look: false,
            };
            let onto = folder.path().join(format!("again-{}", made.position));
            let restored = restore(
                &places,
                &onto,
                &keys,
                opening,
                &Accepted::default(),
                &no_grounds,
                &mut |_| {},
            );
            match restored {
                Ok(restored) => assert_eq!(restored.position, made.position),
                // No record came in between.
                Err(BackupError::Store(StoreError::NotEmpty { .. })) => {}
                Err(error) => {
                    stop.store(true, Ordering::SeqCst);
                    panic!("{error}: {error:?}");
                }
            }
            positions.lock().unwrap().push(made.position);
        }
        stop.store(true, Ordering::SeqCst);
        assert!(living.join().unwrap() >= 300);
    });
    let positions: BTreeSet<_> = positions.into_inner().unwrap().into_iter().collect();
    for position in positions {
        is_the_beginning_of(&*store.journal, folder.path(), position);
    }
    // The keys of all of them were wrapped with one top key, and the last copy and the store know how far they are.
    let end = store.journal.next();
    assert_eq!(known_in(&data).unwrap().position, end);
    assert!(known_in(&places.journal).unwrap().position <= end);
    assert_eq!(
        known_in(&places.keys).unwrap().position,
        known_in(&places.journal).unwrap().position
    );
    store.close().unwrap();
}

#[test]
fn two_backups_at_once_do_not_get_into_each_others_way() {
    let (folder, store) = fresh(options());
    let (data, keys) = folders(&folder);
    store.journal.append(vec![with_body(1, b"body")]).unwrap();
    let places = places(folder.path());
    let first = back_up(&data, &keys, &places, &wanted(0), &no_grounds, &mut |_| {});
    assert!(first.is_ok(), "{first:?}");
    let mut second = None;
    let third = back_up(&data, &keys, &places, &wanted(1), &no_grounds, &mut |_| {
        second.get_or_insert_with(|| {
            back_up(&data, &keys, &places, &wanted(1), &no_grounds, &mut |_| {})
        });
    });
    assert!(third.is_ok(), "{third:?}");
    assert!(
        matches!(
            second,
            Some(Err(BackupError::Store(StoreError::InUse { .. })))
        ),
        "{second:?}"
    );
}

#[test]
fn what_is_left_of_a_lost_data_folder_still_says_how_far_it_went() {
    let (folder, store) = fresh(options());
    let (data, _) = folders(&folder);
    for second in 0..30 {
        store
            .journal
            .append(vec![with_body(second, b"body")])
            .unwrap();
    }
    store.close().unwrap();
    assert_eq!(known_in(&data).unwrap().position, Position(30));
    let segment = data.join("journal/00000000000000000000.journal");
    std::fs::remove_file(segment).unwrap();
    assert_eq!(known_in(&data).unwrap().position, Position(30));
    let nothing = folder.path().join("nothing");
    assert!(matches!(
        known_in(&nothing),
        Err(BackupError::NoCopy { .. })
    ));
}
