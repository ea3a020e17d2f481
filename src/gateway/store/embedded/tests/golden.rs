//! Every version of every file that was ever written stays readable.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::erasure::everything;
use super::simulated::Seeded;
use super::{erasing, folders, small, with_body};
use crate::store::contract::at;
use crate::store::embedded::files::{Disk, Files};
use crate::store::embedded::{Layout, Options, check};
use crate::store::{Entry, Journal, KeyKind, Part, Position};

#[test]
fn version_1_of_every_file_reads_back_as_it_was_written() {
    reads_back("store-1", Options::default().large_part_bytes);
}

#[test]
fn large_parts_in_segments_of_their_own_read_back_as_they_were_written() {
    reads_back("store-2", 1);
}

/// The store in a folder reads back, and is written byte for byte so today; parts from a size on have segments of their own.
fn reads_back(name: &str, large_part_bytes: u64) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        journal_segment_bytes: 2 << 10,
        part_segment_bytes: 1 << 10,
        large_part_bytes,
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
    // This program still writes it, byte for byte.
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
