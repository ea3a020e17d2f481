//! The exports of `conformance/proof/exports`: made here, good ones and spoiled ones, each with what a verifier has to say of it, and read back from there.
//!
//! `KNOOPPUNT_WRITE_VECTORS=1 cargo test -p knooppunt-proof exports_of_ours` writes them anew; without, they have to be what is made. They are put together by
//! hand, not by the writer, so that they can say what the writer refuses to.

mod bent;
mod case;
mod folder;
mod good;
mod lied;
mod log;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bent::bent;
use case::{Case, SELECTED, Said};
use folder::Folder;
use good::good;
use lied::lied;
use log::{Log, MADE, record_of, salt, view};

use super::made;
use crate::export::{About, CHECKPOINT, ExportWriter, MANIFEST, POLICY, RECORDS, Span, edge};
use crate::{
    Checkpoint, Hash, KeyName, Policy, Salt, SignedNote, event_entry, leaf_hash, node_hash,
};

fn cases() -> Vec<Case> {
    [good(), bent(), lied()].into_iter().flatten().collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/proof/exports")
}

/// All files below a folder, by their path in it.
fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            let inner = files_below(&entry.path());
            files.extend(
                inner
                    .into_iter()
                    .map(|(path, bytes)| (format!("{name}/{path}"), bytes)),
            );
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    files
}

#[test]
fn each_export_that_stands_there_is_the_one_that_is_made_and_is_judged_as_it_says() {
    let cases = cases();
    if std::env::var_os("KNOOPPUNT_WRITE_VECTORS").is_some() {
        for case in &cases {
            let folder = folder().join(case.name);
            if folder.exists() {
                fs::remove_dir_all(&folder).unwrap();
            }
            let mut files = case.export.0.clone();
            files = files
                .into_iter()
                .map(|(path, bytes)| (format!("export/{path}"), bytes))
                .collect();
            files.insert("case.json".to_owned(), case.description().into_bytes());
            files.insert("trusted".to_owned(), case.trusted.to_string().into_bytes());
            for (path, bytes) in files {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
        }
    }
    let there = fs::read_dir(folder()).unwrap().count();
    assert_eq!(there, cases.len());
    for case in &cases {
        let name = case.name;
        let mut files = files_below(&folder().join(name));
        let description = files.remove("case.json").unwrap();
        assert_eq!(String::from_utf8(description).unwrap(), case.description());
        let trusted = String::from_utf8(files.remove("trusted").unwrap()).unwrap();
        assert_eq!(trusted.parse(), Ok(case.trusted.clone()), "{name}");
        let export = files
            .into_iter()
            .map(|(path, bytes)| (path.strip_prefix("export/").unwrap().to_owned(), bytes))
            .collect();
        let export = Folder(export);
        assert!(export == case.export, "{name} is not what is made");
        match (&case.said, export.verify(&case.trusted)) {
            (
                Said::Holds {
                    receipt_time,
                    witnesses,
                },
                Ok(summary),
            ) => {
                assert_eq!(summary.accepted.receipt_time(), *receipt_time, "{name}");
                let cosigned = summary.accepted.cosigned().iter();
                let names: Vec<&str> = cosigned.map(|one| one.witness.as_str()).collect();
                assert_eq!(names, *witnesses, "{name}");
            }
            (
                Said::Refused {
                    error,
                    file,
                    record,
                },
                Err(found),
            ) => {
                let said = (found.code(), found.file(), found.record());
                assert_eq!(said, (*error, *file, *record), "{name}: {found}");
            }
            (_, found) => panic!("{name}: {found:?}"),
        }
    }
}

#[test]
fn the_writer_makes_the_good_ones_byte_by_byte() {
    let rows: Vec<u64> = (0..300).collect();
    let sevens: Vec<u64> = (0..300).step_by(7).collect();
    let whole = Span::Range { from: 0, to: 300 };
    for (size, span, indices, erased, expected) in [
        (3, Span::Selection, vec![1, 2], vec![2], "one-of-three"),
        (
            300,
            Span::Selection,
            SELECTED.to_vec(),
            vec![6],
            "selection",
        ),
        (300, whole, rows, sevens, "whole-log"),
        (
            0,
            Span::Range { from: 0, to: 0 },
            vec![],
            vec![],
            "empty-log",
        ),
    ] {
        let log = Log::of(size);
        let tree = log.tree();
        let bytes = |id| tree.hashes(id).unwrap().to_bytes();
        let about = About {
            made: MADE,
            by: Some("auditor-north".to_owned()),
            purpose: Some("an example".to_owned()),
            scope: Some("everything".to_owned()),
        };
        let (note, policy) = (log.cosigned(&[1, 2]), made::policy(3, 2));
        let edge: Vec<Vec<u8>> = edge(size).map(bytes).collect();
        let mut writer = ExportWriter::begin(&note, &policy, span, about, &edge).unwrap();
        let mut lines = Vec::new();
        for index in indices {
            if erased.contains(&index) {
                writer.erased(index, log.leaf(index), &mut lines).unwrap();
                continue;
            }
            let (salt, record) = &log.0[usize::try_from(index).unwrap()];
            let (salt, view) = (Salt::new(*salt).unwrap(), view(index));
            assert_eq!(
                leaf_hash(event_entry(&salt, record).as_bytes()),
                log.leaf(index)
            );
            writer
                .record(index, &salt, record, view.as_deref(), &mut lines)
                .unwrap();
        }
        let written = writer.finish().unwrap();
        let mut folder = Folder::default();
        folder.put(CHECKPOINT, note.to_string());
        folder.put(POLICY, policy.to_string());
        folder.put(RECORDS, lines);
        for id in written.tiles() {
            folder.put(&id.path(), bytes(id));
        }
        let manifest = written.manifest.sign(&made::log()).unwrap();
        folder.put(MANIFEST, manifest.to_string());
        let case = good().into_iter().find(|case| case.name == expected);
        assert!(folder == case.unwrap().export, "{expected}");
    }
}

#[test]
fn the_example_of_the_specification_is_the_one_that_is_made() {
    let spec = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SPEC.md")).unwrap();
    let case = good().into_iter().find(|case| case.name == "one-of-three");
    let export = case.unwrap().export;
    for path in [MANIFEST, CHECKPOINT, POLICY, RECORDS] {
        assert!(spec.contains(&export.text(path)), "{path}");
    }
    let log = Log::of(3);
    let entry = Hash::over(&[b"knooppunt/event/1", &salt(1), &record_of(1)]);
    let statement = Hash::over(&[b"knooppunt/entry/1", &salt(1), &record_of(1)]);
    let left = node_hash(&log.leaf(0), &log.leaf(1));
    let hashes = [
        Hash::new(salt(1)),
        entry,
        statement,
        log.leaf(0),
        log.leaf(1),
        log.leaf(2),
        left,
        log.tree().root(),
    ];
    for hash in hashes {
        assert!(spec.contains(&hash.to_hex()), "{hash:?}");
    }
    for leaf in [log.leaf(0), log.leaf(2)] {
        assert!(spec.contains(&format!("\n{leaf}\n")), "in the receipt");
    }
}

/// What is limited, with the limit as the specification writes it.
#[test]
fn the_limits_of_the_specification_are_those_of_the_code() {
    use crate::export as e;
    let spec = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SPEC.md")).unwrap();
    let limits = spec.split("## 13. Limits").nth(1).unwrap();
    let limits = limits.split("## 14").next().unwrap();
    for limit in [
        e::RECORD_BYTES_MAX,
        e::VIEW_BYTES_MAX,
        e::VIEW_DEPTH_MAX,
        e::LINE_BYTES_MAX,
        usize::try_from(e::RECORDS_MAX).unwrap(),
        e::ABOUT_BYTES_MAX,
        SignedNote::BYTES_MAX,
        SignedNote::SIGNATURES_MAX,
        KeyName::BYTES_MAX,
        Checkpoint::ORIGIN_BYTES_MAX,
        Checkpoint::EXTENSIONS_MAX,
        Policy::BYTES_MAX,
        Policy::KEYS_MAX,
        crate::LogProof::BYTES_MAX,
        crate::LogProof::EXTRA_BYTES_MAX,
        crate::PATH_MAX,
    ] {
        let digits = limit.to_string();
        let mut groups: Vec<&str> = Vec::new();
        let mut rest = digits.as_str();
        while let Some((head, tail)) = rest.len().checked_sub(3).map(|at| rest.split_at(at)) {
            groups.insert(0, tail);
            rest = head;
        }
        groups.insert(0, rest);
        groups.retain(|group| !group.is_empty());
        assert!(limits.contains(&groups.join(",")), "{limit}");
    }
}

/// Every name of an error that a case calls for has its place in the specification.
#[test]
fn the_specification_has_every_name_of_an_error_that_a_case_calls_for() {
    let spec = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SPEC.md")).unwrap();
    let names = spec.split("## 12. Names of errors").nth(1).unwrap();
    let names = names.split("## 13").next().unwrap();
    for case in cases() {
        if let Said::Refused { error, .. } = case.said {
            assert!(names.contains(&format!("`{error}`")), "{error}");
        }
    }
}
