//! Exports of the log, and what becomes of them when somebody touches them.

use std::fs;
use std::path::Path;

use knooppunt_proof::Policy;
use knooppunt_proof::export::About;

use super::super::{ExportFault, InFolder, Log, Unverified, verify_export};
use super::world::Site;
use crate::store::contract::entry;
use crate::store::{Entry, KeyId, KeyKind, Position};

const MADE: About = About {
    made: 1_790_000_000,
    by: None,
    purpose: None,
    scope: None,
};

fn verified(folder: &Path, policy: &Policy) -> Result<(u64, u64), Unverified> {
    let (mut records, mut erased) = (0, 0);
    verify_export(folder, policy, &mut |shown| {
        records += 1;
        erased += u64::from(shown.record.is_none());
    })?;
    Ok((records, erased))
}

fn export(log: &Log, range: (u64, u64), folder: &Path) -> Result<u64, ExportFault> {
    let view = |record: &crate::store::Record| Some(format!("{{\"at\":{}}}", record.position));
    let written = log.export_range(range, MADE, folder, &view, &mut |_| ());
    written.map(|manifest| manifest.records)
}

#[tokio::test]
async fn an_export_holds_offline_also_where_salts_are_erased() {
    let site = Site::new();
    let log = site.open().unwrap();
    site.records(600);
    let both = [KeyKind::Content, KeyKind::Effect];
    let erases = both.map(|kind| KeyId {
        position: Position(300),
        kind,
    });
    let erasing = Entry {
        erases: erases.to_vec(),
        ..entry(700, "erased")
    };
    site.journal.append(vec![erasing]).unwrap();
    log.step().await;
    let folder = tempfile::tempdir().unwrap();
    for (range, count, erased) in [((0, 601), 601, 1), ((290, 310), 20, 1), ((5, 6), 1, 0)] {
        let out = folder.path().join(format!("{range:?}"));
        assert_eq!(export(&log, range, &out).unwrap(), count);
        assert_eq!(verified(&out, log.policy()).unwrap(), (count, erased));
    }
    let out = folder.path().join("chosen");
    let bundle = &mut InFolder::new(&out);
    let chosen = log.export_selection([0, 7, 300, 600], MADE, bundle, &|_| None, &mut |_| ());
    assert_eq!(chosen.unwrap().records, 4);
    assert_eq!(verified(&out, log.policy()).unwrap(), (4, 1));
}

#[tokio::test]
async fn what_is_not_under_a_checkpoint_is_not_exported_and_no_folder_is_written_over() {
    let site = Site::new();
    let log = site.open().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    site.records(10);
    let none = export(&log, (0, 10), &out).unwrap_err();
    assert_eq!(none.code(), "export-no-checkpoint");
    log.step().await;
    site.records(1);
    let beyond = export(&log, (0, 11), &out).unwrap_err();
    assert_eq!(beyond.code(), "export-beyond");
    export(&log, (7, 5), &out).unwrap_err();
    assert!(!out.exists());
    export(&log, (0, 10), &out).unwrap();
    let again = export(&log, (0, 10), &out).unwrap_err();
    assert_eq!(again.code(), "export-not-new");
    assert_eq!(verified(&out, log.policy()).unwrap(), (10, 0));
}

#[tokio::test]
async fn a_byte_that_is_changed_a_file_that_is_missing_and_one_too_many_are_named() {
    let site = Site::new();
    let log = site.open().unwrap();
    site.records(600);
    log.step().await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    export(&log, (100, 400), &out).unwrap();
    let wrong = |policy: &Policy| match verified(&out, policy).unwrap_err() {
        Unverified::Wrong(error) => error,
        error @ Unverified::Io { .. } => panic!("{error}"),
    };
    let lines = fs::read_to_string(out.join("records.jsonl")).unwrap();
    let record = lines.lines().nth(50).unwrap();
    let at = record.find("\"record\":\"").unwrap() + 20;
    let mut bytes = record.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    let changed = lines.replace(record, std::str::from_utf8(&bytes).unwrap());
    fs::write(out.join("records.jsonl"), changed).unwrap();
    assert_eq!(wrong(log.policy()).record(), Some(150));
    fs::write(out.join("records.jsonl"), &lines).unwrap();

    let tile = out.join("tile/0/001");
    let whole = fs::read(&tile).unwrap();
    fs::remove_file(&tile).unwrap();
    assert_eq!(wrong(log.policy()).file(), "tile/0/001");
    fs::write(&tile, &whole).unwrap();
    fs::write(out.join("tile/0/007"), &whole).unwrap();
    assert_eq!(wrong(log.policy()).file(), "tile/0/007");
    fs::remove_file(out.join("tile/0/007")).unwrap();

    // What keeps whoever opens it waiting, or is a folder, is not the file that has this name.
    let named = rustix::fs::Mode::RUSR;
    fs::remove_file(&tile).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &tile, rustix::fs::FileType::Fifo, named, 0).unwrap();
    assert_eq!(wrong(log.policy()).file(), "tile/0/001");
    fs::remove_file(&tile).unwrap();
    fs::write(&tile, &whole).unwrap();
    fs::remove_file(out.join("records.jsonl")).unwrap();
    fs::create_dir(out.join("records.jsonl")).unwrap();
    assert_eq!(wrong(log.policy()).file(), "records.jsonl");
    fs::remove_dir(out.join("records.jsonl")).unwrap();

    let shorter = lines.split_inclusive('\n').take(299).collect::<String>();
    fs::write(out.join("records.jsonl"), shorter).unwrap();
    wrong(log.policy());
    fs::write(out.join("records.jsonl"), &lines).unwrap();
    assert_eq!(verified(&out, log.policy()).unwrap(), (300, 0));

    let mut other = Site::new();
    other.secret[0] ^= 1;
    let other = other.open().unwrap();
    wrong(other.policy());
}
