//! What every backend must do: one test a trait, called by each backend with a way to make an empty one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use super::{
    Batch, CHAIN_START, Collection, EVENT_BYTES_MAX, Entry, Journal, KeyId, KeyKind, Part,
    PartKind, Position, StoreError, Views,
};

/// An entry at a second of 2026 with an event and no more.
pub(crate) fn entry(second: i64, event: &str) -> Entry {
    Entry {
        time: at(second),
        event: event.into(),
        parts: Vec::new(),
        erases: Vec::new(),
    }
}

/// A second of 2026.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

fn key(position: u64, kind: KeyKind) -> KeyId {
    KeyId {
        position: Position(position),
        kind,
    }
}

/// The promises of [`Journal`].
pub(crate) fn journal(empty: &dyn Fn() -> Arc<dyn Journal>) {
    positions_start_at_0_without_gaps(&*empty());
    a_group_is_taken_whole_or_not_at_all(&*empty());
    time_never_goes_back(&*empty());
    reading_past_the_end_says_so(&*empty());
    parts_come_back_as_they_were(&*empty());
    what_was_set_aside_is_appended_like_any_other(&*empty());
    an_erased_key_takes_its_own_parts_and_no_others(&*empty());
    every_record_hangs_on_the_one_before(&*empty());
    a_leaf_is_that_of_its_record_and_salt(&*empty());
    a_salt_goes_with_the_last_of_its_two_keys(&*empty());
    threads_append_and_read_together(&*empty());
}

fn positions_start_at_0_without_gaps(journal: &dyn Journal) {
    assert_eq!(journal.next(), Position(0));
    assert!(journal.append(Vec::new()).unwrap().is_empty());
    let first = journal.append(vec![entry(1, "a"), entry(2, "b")]).unwrap();
    let second = journal.append(vec![entry(3, "c")]).unwrap();
    let places: Vec<u64> = first
        .iter()
        .chain(&second)
        .map(|appended| appended.position.0)
        .collect();
    assert_eq!(places, [0, 1, 2]);
    assert_eq!(journal.next(), Position(3));
    assert_eq!(journal.read(Position(1)).unwrap().event, b"b");
    assert_eq!(journal.read(Position(1)).unwrap().appended(), first[1]);
    let events: Vec<Vec<u8>> = journal
        .read_from(Position(1), 10)
        .unwrap()
        .into_iter()
        .map(|record| record.event)
        .collect();
    assert_eq!(events, [b"b", b"c"]);
    assert_eq!(journal.read_from(Position(0), 2).unwrap().len(), 2);
    journal.probe().unwrap();
    assert_eq!(journal.next(), Position(3), "a probe is not a record");
    assert!(journal.free_bytes().unwrap() > 0);
}

fn a_group_is_taken_whole_or_not_at_all(journal: &dyn Journal) {
    let largest = "x".repeat(EVENT_BYTES_MAX);
    journal.append(vec![entry(1, &largest)]).unwrap();
    let too_large = "x".repeat(EVENT_BYTES_MAX + 1);
    let refused = journal.append(vec![entry(1, "good"), entry(1, &too_large)]);
    assert!(
        matches!(refused, Err(StoreError::TooLarge { .. })),
        "{refused:?}"
    );
    let mut twice = entry(1, "twice");
    twice.parts = vec![(PartKind::Body, vec![1]), (PartKind::Body, vec![2])];
    let refused = journal.append(vec![entry(1, "good"), twice]);
    assert!(
        matches!(
            refused,
            Err(StoreError::PartTwice {
                kind: PartKind::Body
            })
        ),
        "{refused:?}"
    );
    let mut own = entry(1, "erases itself");
    own.erases = vec![key(1, KeyKind::Content)];
    let refused = journal.append(vec![own]);
    assert!(
        matches!(
            refused,
            Err(StoreError::NoKeyYet {
                position: Position(1)
            })
        ),
        "{refused:?}"
    );
    let mut many = entry(1, &largest);
    many.erases = vec![key(0, KeyKind::Content); 2_000];
    let refused = journal.append(vec![many]);
    assert!(
        matches!(&refused, Err(error @ StoreError::TooLarge { .. }) if !error.fatal()),
        "{refused:?}"
    );
    assert_eq!(journal.next(), Position(1));
    journal.append(vec![entry(1, "after")]).unwrap();
    assert_eq!(journal.read(Position(1)).unwrap().event, b"after");
}

fn time_never_goes_back(journal: &dyn Journal) {
    let appended = journal
        .append(vec![entry(10, "a"), entry(5, "b"), entry(11, "c")])
        .unwrap();
    let later = journal.append(vec![entry(0, "d")]).unwrap();
    let times: Vec<Timestamp> = appended
        .iter()
        .chain(&later)
        .map(|appended| appended.time)
        .collect();
    assert_eq!(times, [at(10), at(10), at(11), at(11)]);
    assert_eq!(journal.read(Position(3)).unwrap().time, at(11));
}

fn reading_past_the_end_says_so(journal: &dyn Journal) {
    assert!(matches!(
        journal.read(Position(0)),
        Err(StoreError::NoRecord {
            position: Position(0)
        })
    ));
    assert!(journal.read_from(Position(0), 5).unwrap().is_empty());
    assert!(journal.read_from(Position(u64::MAX), 5).unwrap().is_empty());
    journal.append(vec![entry(0, "a")]).unwrap();
    assert!(matches!(
        journal.read(Position(1)),
        Err(StoreError::NoRecord {
            position: Position(1)
        })
    ));
    assert!(journal.read_from(Position(0), 0).unwrap().is_empty());
}

fn parts_come_back_as_they_were(journal: &dyn Journal) {
    let chunk = 64 * 1024;
    let sizes = [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk];
    for (second, size) in (0..).zip(sizes) {
        let mut with_parts = entry(second, "parts");
        let body: Vec<u8> = (0..size)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        with_parts.parts = PartKind::ALL
            .into_iter()
            .map(|kind| (kind, [&body[..], &[kind.number()]].concat()))
            .collect();
        with_parts.parts[1].1 = body.clone();
        let position = journal
            .append(vec![entry(second, "none"), with_parts])
            .unwrap()[1]
            .position;
        let record = journal.read(position).unwrap();
        for kind in PartKind::ALL {
            let mut expected = body.clone();
            if kind != PartKind::Answer {
                expected.push(kind.number());
            }
            assert_eq!(
                journal.part(&record, kind).unwrap(),
                Some(Part::Whole(expected)),
                "{kind:?} of {size}"
            );
        }
        let without = journal.read(Position(position.0 - 1)).unwrap();
        assert_eq!(journal.part(&without, PartKind::Body).unwrap(), None);
    }
}

fn what_was_set_aside_is_appended_like_any_other(journal: &dyn Journal) {
    let large = |second, byte: u8| Entry {
        parts: vec![
            (PartKind::Body, vec![byte; 1 << 20]),
            (PartKind::Effect, vec![byte]),
        ],
        ..entry(second, "large")
    };
    let never = journal.set_aside(large(1, 1)).unwrap();
    let second = journal.set_aside(large(2, 2)).unwrap();
    let first = journal.set_aside(large(3, 3)).unwrap();
    assert_eq!(journal.next(), Position(0), "nothing is appended by it");
    let too_large = entry(4, &"x".repeat(EVENT_BYTES_MAX + 1));
    let refused = journal
        .set_aside(too_large)
        .and_then(|aside| journal.append_set_aside(vec![aside]));
    assert!(
        matches!(refused, Err(StoreError::TooLarge { .. })),
        "{refused:?}"
    );
    journal
        .append_set_aside(vec![first, entry(5, "small").into()])
        .unwrap();
    drop(never);
    journal.append_set_aside(vec![second]).unwrap();
    journal.append(vec![large(6, 4)]).unwrap();
    for (position, byte) in [(0, 3), (2, 2), (3, 4)] {
        let record = journal.read(Position(position)).unwrap();
        assert_eq!(record.event, b"large");
        for (kind, bytes) in [(PartKind::Body, 1 << 20), (PartKind::Effect, 1)] {
            let part = journal.part(&record, kind).unwrap();
            assert!(part == Some(Part::Whole(vec![byte; bytes])), "{kind:?}");
        }
    }
    let mut erasing = entry(7, "erased");
    erasing.erases = vec![key(2, KeyKind::Content)];
    journal.append(vec![erasing]).unwrap();
    let record = journal.read(Position(2)).unwrap();
    assert_eq!(
        journal.part(&record, PartKind::Body).unwrap(),
        Some(Part::Erased)
    );
}

fn an_erased_key_takes_its_own_parts_and_no_others(journal: &dyn Journal) {
    let full = |second| {
        let mut full = entry(second, "full");
        full.parts = PartKind::ALL
            .into_iter()
            .map(|kind| (kind, vec![kind.number(); 100]))
            .collect();
        full
    };
    journal.append(vec![full(0), full(1), full(2)]).unwrap();
    let erased = |erases: &[KeyId], position: u64| -> Vec<PartKind> {
        if !erases.is_empty() {
            let mut erasing = entry(9, "erased");
            erasing.erases = erases.to_vec();
            journal.append(vec![erasing]).unwrap();
        }
        let record = journal.read(Position(position)).unwrap();
        PartKind::ALL
            .into_iter()
            .filter(
                |kind| match journal.part(&record, *kind).unwrap().unwrap() {
                    Part::Erased => true,
                    Part::Whole(bytes) => {
                        assert_eq!(bytes, vec![kind.number(); 100]);
                        false
                    }
                },
            )
            .collect()
    };
    assert_eq!(
        erased(&[key(1, KeyKind::Content)], 1),
        [
            PartKind::Body,
            PartKind::Answer,
            PartKind::Mapped,
            PartKind::Envelope
        ]
    );
    assert!(erased(&[], 0).is_empty() && erased(&[], 2).is_empty());
    assert_eq!(
        erased(&[key(0, KeyKind::Effect), key(1, KeyKind::Content)], 0),
        [PartKind::Effect, PartKind::Findings]
    );
    assert_eq!(
        erased(&[key(0, KeyKind::Content), key(1, KeyKind::Effect)], 0),
        PartKind::ALL
    );
    assert_eq!(erased(&[], 1), PartKind::ALL);
    assert!(erased(&[], 2).is_empty());

    // a group may erase what it adds itself, and a record without parts has keys like any other
    let next = journal.next().0;
    let mut erasing = entry(10, "erased");
    erasing.erases = vec![key(next, KeyKind::Content), key(next - 1, KeyKind::Effect)];
    journal.append(vec![full(10), erasing]).unwrap();
    assert_eq!(
        erased(&[], next),
        [
            PartKind::Body,
            PartKind::Answer,
            PartKind::Mapped,
            PartKind::Envelope
        ]
    );
    assert_eq!(journal.read(Position(next + 1)).unwrap().erases.len(), 2);
}

fn every_record_hangs_on_the_one_before(journal: &dyn Journal) {
    journal
        .append(vec![entry(0, "same"), entry(0, "same")])
        .unwrap();
    journal.append(vec![entry(0, "same")]).unwrap();
    let records = journal.read_from(Position(0), 10).unwrap();
    let mut chain = CHAIN_START;
    for record in &records {
        chain = super::record::chain_hash(&chain, &record.leaf, &record.bytes());
        assert_eq!(chain, record.chain);
    }
    assert_ne!(records[0].leaf, records[1].leaf, "a leaf is salted");
}

fn a_leaf_is_that_of_its_record_and_salt(journal: &dyn Journal) {
    assert!(journal.leaves(Position(0), 5).unwrap().is_empty());
    let refused = journal.salt(Position(0)).unwrap_err();
    assert!(matches!(
        refused,
        StoreError::NoRecord {
            position: Position(0)
        }
    ));
    for second in 0..40 {
        journal
            .append(vec![entry(second, "same"), entry(second, "same")])
            .unwrap();
    }
    let mut leaves = Vec::new();
    while leaves.len() < 80 {
        let more = journal.leaves(Position(leaves.len() as u64), 7).unwrap();
        assert!((1..=7).contains(&more.len()), "{} at once", more.len());
        leaves.extend(more);
    }
    assert!(journal.leaves(Position(80), 7).unwrap().is_empty());
    for (position, leaf) in (0..).map(Position).zip(leaves) {
        let record = journal.read(position).unwrap();
        let salt = journal.salt(position).unwrap().expect("it is kept");
        let entry = knooppunt_proof::event_entry(&salt, &record.bytes());
        assert_eq!(knooppunt_proof::leaf_hash(entry.as_bytes()), leaf);
        assert_eq!(record.leaf, *leaf.as_bytes());
    }
}

fn a_salt_goes_with_the_last_of_its_two_keys(journal: &dyn Journal) {
    let full = |second| Entry {
        parts: vec![(PartKind::Body, vec![1]), (PartKind::Effect, vec![2])],
        ..entry(second, "full")
    };
    journal.append((0..4).map(full).collect()).unwrap();
    let erase = |keys: &[KeyId]| {
        let erasing = Entry {
            erases: keys.to_vec(),
            ..entry(9, "erased")
        };
        journal.append(vec![erasing]).unwrap();
    };
    let kept = || -> Vec<bool> {
        let salts = (0..4).map(|position| journal.salt(Position(position)).unwrap());
        salts.map(|salt| salt.is_some()).collect()
    };
    let leaves = journal.leaves(Position(0), 4).unwrap();
    erase(&[key(0, KeyKind::Content), key(1, KeyKind::Effect)]);
    assert_eq!(kept(), [true, true, true, true]);
    erase(&[key(0, KeyKind::Effect), key(2, KeyKind::Content)]);
    assert_eq!(kept(), [false, true, true, true]);
    erase(&[
        key(1, KeyKind::Content),
        key(3, KeyKind::Content),
        key(3, KeyKind::Effect),
    ]);
    assert_eq!(kept(), [false, false, true, false]);
    assert_eq!(
        journal.leaves(Position(0), 4).unwrap(),
        leaves,
        "the log stays as it is"
    );
}

fn threads_append_and_read_together(journal: &dyn Journal) {
    let (threads, rounds) = (8_i64, 25_i64);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = Position(0);
            while !done.load(Ordering::SeqCst) || seen < journal.next() {
                for record in journal.read_from(seen, 7).unwrap() {
                    assert_eq!(record.position, seen);
                    if record.part(PartKind::Body).is_some() {
                        assert_eq!(
                            journal.part(&record, PartKind::Body).unwrap(),
                            Some(Part::Whole(record.event.clone()))
                        );
                    }
                    seen = record.position.next();
                }
            }
        });
        let writers: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mut places = Vec::new();
                    for round in 0..rounds {
                        let text = format!("{thread}:{round}");
                        let mut first = entry(round, &text);
                        first
                            .parts
                            .push((PartKind::Body, text.clone().into_bytes()));
                        let group = journal
                            .append(vec![first, entry(round, &format!("{text}b"))])
                            .unwrap();
                        assert_eq!(
                            group[1].position,
                            group[0].position.next(),
                            "a group stays together"
                        );
                        assert!(journal.next() > group[1].position);
                        places.push((group[0].position, text));
                    }
                    places
                })
            })
            .collect();
        let mut all = BTreeMap::new();
        for writer in writers {
            let places = writer.join().unwrap();
            assert!(
                places.windows(2).all(|pair| pair[0].0 < pair[1].0),
                "one thread's appends keep their order"
            );
            all.extend(places);
        }
        done.store(true, Ordering::SeqCst);
        reader.join().unwrap();
        assert_eq!(all.len(), usize::try_from(threads * rounds).unwrap());
        for (position, text) in all {
            assert_eq!(journal.read(position).unwrap().event, text.as_bytes());
        }
    });
}

const FRUIT: Collection = Collection::of("fruit");
const TREES: Collection = Collection::of("trees");

/// The promises of [`Views`].
pub(crate) fn views(empty: &dyn Fn() -> Arc<dyn Views>) {
    rows_are_kept_by_collection_and_in_order(&*empty());
    applying_twice_is_applying_once(&*empty());
    clearing_leaves_nothing(&*empty());
    filling_gives_what_applying_gives(&*empty());
    whoever_finds_a_pointer_finds_what_it_points_at(&*empty());
    what_goes_is_gone_from_the_lists_first(&*empty());
}

/// A reader looks while batches are applied that delete: whoever does not find what a list leads to finds it in the list no more.
fn what_goes_is_gone_from_the_lists_first(views: &dyn Views) {
    const LIST: Collection = Collection::walked("a list");
    const POINTED_AT: Collection = Collection::pointed_at("what is pointed at");
    const ROWS: u64 = 4_000;
    const AT_ONCE: u64 = 400;
    let mut batch = Batch::new();
    for row in 0..ROWS {
        batch.put(LIST, row.to_be_bytes(), *b"somewhere");
        batch.put(POINTED_AT, row.to_be_bytes(), *b"here");
    }
    views.apply(Position(1), batch).unwrap();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for batch_at in 0..ROWS / AT_ONCE {
                let mut batch = Batch::new();
                for row in batch_at * AT_ONCE..(batch_at + 1) * AT_ONCE {
                    batch.delete(LIST, row.to_be_bytes());
                    batch.delete(POINTED_AT, row.to_be_bytes());
                }
                views.apply(Position(batch_at + 2), batch).unwrap();
            }
        });
        loop {
            let listed = views.range(LIST, b"", &[0xff; 9], 10_000).unwrap();
            for (key, _) in &listed {
                let is_there = views.get(POINTED_AT, key).unwrap().is_some();
                assert!(is_there || views.get(LIST, key).unwrap().is_none());
            }
            if listed.is_empty() {
                break;
            }
        }
    });
}

/// A reader looks while batches are applied: by name `a list` sorts before `a pointer` and that before `what is pointed at`, and none may be written before
/// what it leads to.
fn whoever_finds_a_pointer_finds_what_it_points_at(views: &dyn Views) {
    const LIST: Collection = Collection::walked("a list");
    const POINTERS: Collection = Collection::of("a pointer");
    const POINTED_AT: Collection = Collection::pointed_at("what is pointed at");
    const BATCHES: u64 = 200;
    const ROWS: u64 = 20;
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for number in 0..BATCHES {
                let mut batch = Batch::new();
                for row in number * ROWS..(number + 1) * ROWS {
                    batch.put(LIST, row.to_be_bytes(), *b"somewhere");
                    batch.put(POINTERS, row.to_be_bytes(), *b"there");
                    batch.put(POINTED_AT, row.to_be_bytes(), *b"here");
                }
                views.apply(Position(number + 1), batch).unwrap();
            }
        });
        let (mut next, mut found) = (0_u64, 0);
        while found < BATCHES * ROWS {
            let from = next.to_be_bytes();
            for (key, _) in views.range(LIST, &from, &[0xff; 9], 1_000).unwrap() {
                assert!(views.get(POINTERS, &key).unwrap().is_some());
                assert!(views.get(POINTED_AT, &key).unwrap().is_some());
                next = u64::from_be_bytes(key.try_into().unwrap()) + 1;
                found += 1;
            }
        }
    });
}

fn rows_are_kept_by_collection_and_in_order(views: &dyn Views) {
    assert_eq!(views.position().unwrap(), Position(0));
    assert_eq!(views.get(FRUIT, b"apple").unwrap(), None);
    assert!(views.range(FRUIT, b"", b"\xff", 10).unwrap().is_empty());
    let mut batch = Batch::new();
    for name in ["pear", "apple", "fig", "plum"] {
        batch.put(FRUIT, name, name.to_uppercase());
    }
    batch.put(TREES, "apple", "tree");
    batch.put(FRUIT, "nut", "no fruit");
    batch.delete(FRUIT, "nut");
    batch.delete(FRUIT, "never there");
    assert_eq!(batch.len(), 8);
    views.apply(Position(3), batch).unwrap();
    assert_eq!(views.position().unwrap(), Position(3));
    assert_eq!(views.get(FRUIT, b"apple").unwrap().unwrap(), b"APPLE");
    assert_eq!(views.get(TREES, b"apple").unwrap().unwrap(), b"tree");
    assert_eq!(views.get(FRUIT, b"nut").unwrap(), None);
    let names = |rows: super::Rows| -> Vec<String> {
        rows.into_iter()
            .map(|(key, _)| String::from_utf8(key).unwrap())
            .collect()
    };
    assert_eq!(
        names(views.range(FRUIT, b"", b"z", 10).unwrap()),
        ["apple", "fig", "pear", "plum"]
    );
    assert_eq!(
        names(views.range(FRUIT, b"fig", b"plum", 10).unwrap()),
        ["fig", "pear"]
    );
    assert_eq!(
        names(views.range(FRUIT, b"fig", b"z", 2).unwrap()),
        ["fig", "pear"]
    );
    assert!(views.range(FRUIT, b"z", b"a", 10).unwrap().is_empty());
    assert!(views.range(FRUIT, b"a", b"a", 10).unwrap().is_empty());
    assert!(views.range(FRUIT, b"a", b"z", 0).unwrap().is_empty());
}

fn applying_twice_is_applying_once(views: &dyn Views) {
    let mut batch = Batch::new();
    batch.put(FRUIT, "a", "1");
    batch.delete(FRUIT, "a");
    batch.put(FRUIT, "b", "2");
    let mut more = Batch::new();
    more.put(FRUIT, "b", "3");
    batch.extend(more);
    for _ in 0..2 {
        views.apply(Position(1), batch.clone()).unwrap();
        assert_eq!(views.position().unwrap(), Position(1));
        let rows = views.range(FRUIT, b"", b"z", 9).unwrap();
        assert_eq!(rows, [(b"b".to_vec(), b"3".to_vec())]);
    }
}

fn filling_gives_what_applying_gives(views: &dyn Views) {
    let mut sorter = views.sorter().unwrap();
    for (key, value) in [
        ("b", Some("1")),
        ("a", Some("2")),
        ("b", Some("3")),
        ("c", Some("4")),
        ("c", None),
    ] {
        let value = value.map(str::as_bytes);
        sorter.push(key.as_bytes(), value).unwrap();
    }
    let sorted = sorter.sorted().unwrap().map(Result::unwrap);
    let rows: Vec<_> = sorted
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
    let all = [TREES, FRUIT].into_iter().flat_map(|collection| {
        let rows = rows.clone().into_iter();
        rows.map(move |(key, value)| Ok((collection, key, value)))
    });
    views.fill(&mut { all }).unwrap();
    assert_eq!(views.position().unwrap(), Position(0));
    views.apply(Position(4), Batch::new()).unwrap();
    assert_eq!(views.position().unwrap(), Position(4));
    for collection in [FRUIT, TREES] {
        let rows = views.range(collection, b"", b"z", 9).unwrap();
        let expected = [("a", "2"), ("b", "3")];
        assert!(
            rows.iter()
                .map(|(key, value)| (&key[..], &value[..]))
                .eq(expected.map(|(key, value)| (key.as_bytes(), value.as_bytes())))
        );
    }
    let mut more = Batch::new();
    more.delete(FRUIT, "a");
    views.apply(Position(5), more).unwrap();
    assert_eq!(views.get(FRUIT, b"a").unwrap(), None);

    views.clear().unwrap();
    let wrong = || StoreError::Views {
        what: "of a row".into(),
    };
    let rows = [Ok((FRUIT, b"a".to_vec(), b"1".to_vec())), Err(wrong())];
    let refused = views.fill(&mut rows.into_iter()).unwrap_err();
    assert_eq!(refused.to_string(), wrong().to_string());
    assert_eq!(views.position().unwrap(), Position(0));
}

fn clearing_leaves_nothing(views: &dyn Views) {
    let mut batch = Batch::new();
    batch.put(FRUIT, "a", "1");
    batch.put(TREES, "b", "2");
    views.apply(Position(7), batch).unwrap();
    views.clear().unwrap();
    assert_eq!(views.position().unwrap(), Position(0));
    assert_eq!(views.get(FRUIT, b"a").unwrap(), None);
    let mut batch = Batch::new();
    batch.put(TREES, "c", "3");
    views.apply(Position(2), batch).unwrap();
    assert_eq!(
        views.range(TREES, b"", b"z", 9).unwrap(),
        [(b"c".to_vec(), b"3".to_vec())]
    );
}
