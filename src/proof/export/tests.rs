//! Whole exports: what is made is verified, and what was done to it is told. The named attacks stand in `conformance/proof/exports`; here they are tried everywhere.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::cosignature::Cosigner;
use crate::entry::{Salt, event_entry};
use crate::hash::{Hash, leaf_hash};
use crate::key::{KeyName, SignerKey};
use crate::memory::MemoryTree;
use crate::policy::Policy;

const ORIGIN: &str = "log.example/knooppunt";
const MADE: u64 = 1_790_000_600;

/// A folder in memory.
#[derive(Debug, Clone, Default, PartialEq)]
struct Folder(BTreeMap<String, Vec<u8>>);

impl Files for Folder {
    type Error = Infallible;

    fn read(&mut self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Infallible> {
        let bytes = self.0.get(path);
        Ok(bytes.map(|bytes| bytes.iter().take(bytes_max + 1).copied().collect()))
    }
}

impl Folder {
    /// Verifies it, its records cut into pieces of so many bytes.
    fn verify_in(&mut self, pieces: usize) -> Result<(ExportSummary, Vec<u64>), ExportError> {
        let mut indices = Vec::new();
        let paths: Vec<String> = self.0.keys().cloned().collect();
        let records = self.0.get(RECORDS).cloned().unwrap_or_default();
        let told = |error: VerifyError<Infallible>| match error {
            VerifyError::Export(error) => error,
            VerifyError::Caller(never) => match never {},
        };
        let mut verifier = ExportVerifier::open(self, &policy()).map_err(told)?;
        for piece in records.chunks(pieces) {
            verifier
                .records(self, piece, |shown| {
                    let at = shown.index;
                    if let Some(opened) = shown.record {
                        assert_eq!(opened.bytes, record(at));
                        assert_eq!(opened.head.position, at);
                    }
                    indices.push(at);
                    Ok(())
                })
                .map_err(told)?;
        }
        Ok((verifier.finish(paths)?, indices))
    }

    fn verify(&mut self) -> Result<ExportSummary, ExportError> {
        Ok(self.verify_in(1_000)?.0)
    }

    fn with(&self, change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>)) -> Folder {
        let mut other = self.clone();
        change(&mut other.0);
        other
    }

    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0[RECORDS].clone()).unwrap();
        text.split_inclusive('\n').map(str::to_owned).collect()
    }

    fn with_lines(&self, lines: &[String]) -> Folder {
        self.with(|files| {
            files.insert(RECORDS.to_owned(), lines.concat().into_bytes());
        })
    }
}

fn signer() -> SignerKey {
    SignerKey::new(KeyName::new(ORIGIN).unwrap(), &[1; 32])
}

fn witness(number: u8) -> Cosigner {
    let name = format!("witness-{number}.example/w");
    Cosigner::new(KeyName::new(&name).unwrap(), &[10 + number; 32])
}

fn policy() -> Policy {
    let witnesses = [1, 2].map(|number| witness(number).verifier().clone());
    Policy::new(vec![signer().verifier().clone()], witnesses.to_vec(), 2).unwrap()
}

fn salt(index: u64) -> Salt {
    Salt::new(*Hash::over(&[b"salt", &index.to_be_bytes()]).as_bytes()).unwrap()
}

/// Version 1, with an event of four bytes.
fn record(index: u64) -> Vec<u8> {
    let mut bytes = vec![0xa6, 0x00, 0x01, 0x01];
    match (u8::try_from(index), u16::try_from(index)) {
        (Ok(short @ 0..24), _) => bytes.push(short),
        (Ok(byte), _) => bytes.extend([0x18, byte]),
        (_, Ok(pair)) => {
            bytes.push(0x19);
            bytes.extend(pair.to_be_bytes());
        }
        _ => {
            bytes.push(0x1a);
            bytes.extend(u32::try_from(index).unwrap().to_be_bytes());
        }
    }
    bytes.extend([0x02, 0x1b]);
    bytes.extend((1_790_000_000_000_000 + index).to_be_bytes());
    bytes.extend([0x03, 0x44, 0x82, 0x01, 0x82, 0x00, 0x04, 0x80, 0x05, 0x80]);
    bytes
}

fn tree(size: u64) -> MemoryTree {
    (0..size)
        .map(|index| leaf_hash(event_entry(&salt(index), &record(index)).as_bytes()))
        .collect()
}

/// Every seventh record is erased, every fifth has a readable form.
fn export(size: u64, span: Span, indices: impl IntoIterator<Item = u64>) -> Folder {
    let tree = tree(size);
    let mut checkpoint = Checkpoint::new(ORIGIN, size, tree.root())
        .unwrap()
        .sign(&signer())
        .unwrap();
    let text = Checkpoint::parse(checkpoint.text()).unwrap();
    for number in [1, 2] {
        let time = 1_790_000_500 + u64::from(number);
        checkpoint
            .add(witness(number).cosign(&text, time).unwrap())
            .unwrap();
    }
    let about = About {
        made: MADE,
        by: Some("auditor-north".to_owned()),
        purpose: None,
        scope: Some("jw 0363".to_owned()),
    };
    let bytes = |id| tree.hashes(id).unwrap().to_bytes();
    let edge: Vec<Vec<u8>> = edge(size).map(bytes).collect();
    let mut writer = ExportWriter::begin(&checkpoint, &policy(), span, about, &edge).unwrap();
    let mut lines = Vec::new();
    for index in indices {
        let view = index
            .is_multiple_of(5)
            .then(|| format!(r#"{{"n":{index}}}"#));
        if index % 7 == 6 {
            let leaf = leaf_hash(event_entry(&salt(index), &record(index)).as_bytes());
            writer.erased(index, leaf, &mut lines).unwrap();
        } else {
            writer
                .record(
                    index,
                    &salt(index),
                    &record(index),
                    view.as_deref(),
                    &mut lines,
                )
                .unwrap();
        }
    }
    let written = writer.finish().unwrap();
    let note = written.manifest.sign(&signer()).unwrap();
    let mut folder = Folder::default();
    let mut put = |path: &str, bytes: Vec<u8>| folder.0.insert(path.to_owned(), bytes);
    put(CHECKPOINT, checkpoint.to_string().into_bytes());
    put(POLICY, policy().to_string().into_bytes());
    put(RECORDS, lines);
    for id in written.tiles() {
        assert_eq!(put(&id.path(), bytes(id)), None, "{id} twice");
    }
    put(MANIFEST, note.to_string().into_bytes());
    folder
}

fn a_selection() -> Folder {
    export(300, Span::Selection, [0, 6, 10, 254, 255, 256, 299])
}

fn a_range() -> Folder {
    export(300, Span::Range { from: 250, to: 262 }, 250..262)
}

/// The first and the last place, and some forty between them.
fn spread(bytes: usize) -> impl Iterator<Item = usize> {
    (0..bytes)
        .step_by(bytes / 41 + 1)
        .chain(bytes.checked_sub(1))
}

#[test]
fn an_export_of_any_tree_verifies_and_shows_its_records() {
    for size in [0, 1, 2, 255, 256, 257, 300, 512, 65_537] {
        let sparse: Vec<u64> = (0..size).step_by(499).collect();
        let last = size.saturating_sub(3)..size;
        for (span, indices) in [
            (Span::Selection, sparse),
            (Span::Selection, Vec::new()),
            (
                Span::Range {
                    from: last.start,
                    to: last.end,
                },
                last.collect(),
            ),
        ] {
            let mut folder = export(size, span, indices.iter().copied());
            let (summary, shown) = folder.verify_in(1_000).unwrap();
            assert_eq!(shown, indices, "{size}");
            assert_eq!(summary.manifest.size, size);
            assert_eq!(summary.accepted.receipt_time(), Some(1_790_000_502));
            assert_eq!(summary.policy, policy());
        }
    }
}

#[test]
fn it_says_the_same_however_its_lines_are_cut() {
    let mut folder = a_selection();
    let whole = folder.verify_in(1 << 20).unwrap();
    assert_eq!(whole.0.manifest.erased, 1);
    assert_eq!(
        whole.0.times_us,
        Some((1_790_000_000_000_000, 1_790_000_000_000_299))
    );
    for pieces in [1, 7, 64, 150] {
        assert_eq!(folder.verify_in(pieces).unwrap(), whole, "{pieces}");
    }
}

#[test]
fn a_changed_byte_of_any_file_is_told_with_the_file() {
    for folder in [a_selection(), a_range()] {
        for (path, bytes) in &folder.0 {
            for at in spread(bytes.len()) {
                let mut changed = folder.with(|files| {
                    files.get_mut(path).unwrap()[at] ^= 1;
                });
                let error = changed.verify().expect_err(path);
                assert_eq!(error.file(), path, "byte {at} of {path}: {error}");
            }
        }
    }
}

#[test]
fn a_changed_byte_of_a_record_is_told_with_the_record() {
    let folder = a_selection();
    let lines = folder.lines();
    for (number, line) in lines.iter().enumerate() {
        let parts = ["\"salt\":\"", "\"record\":\"", "\"leaf\":\""];
        for part in parts {
            let Some(at) = line.find(part) else { continue };
            let at = at + part.len() + 4;
            let mut changed = lines.clone();
            let other = if line.as_bytes()[at] == b'A' {
                "B"
            } else {
                "A"
            };
            changed[number].replace_range(at..=at, other);
            let error = folder.with_lines(&changed).verify().unwrap_err();
            assert_eq!(error.code(), "leaf-differs");
            let index = [0, 6, 10, 254, 255, 256, 299][number];
            assert_eq!(error.record(), Some(index), "{part} of line {number}");
        }
    }
}

#[test]
fn any_file_cut_short_or_longer_or_gone_is_told() {
    for folder in [a_selection(), a_range()] {
        for (path, bytes) in &folder.0 {
            for end in spread(bytes.len()) {
                let mut cut = folder.with(|files| files.get_mut(path).unwrap().truncate(end));
                let error = cut.verify().expect_err(path);
                assert_eq!(error.file(), path, "{end}: {error}");
            }
            let mut longer = folder.with(|files| files.get_mut(path).unwrap().push(b'\n'));
            assert_eq!(longer.verify().expect_err(path).file(), path);
            let mut gone = folder.with(|files| {
                files.remove(path);
            });
            assert_eq!(gone.verify().expect_err(path).file(), path);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Edits that nobody thought of: some bytes of some file become others, more or fewer.
    #[test]
    fn an_edited_export_does_not_verify_and_nothing_panics(
        file in 0_usize..7,
        at in any::<prop::sample::Index>(),
        gone in 0_usize..40,
        put in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        static SOUND: OnceLock<Folder> = OnceLock::new();
        let sound = SOUND.get_or_init(a_selection);
        let path = sound.0.keys().nth(file).unwrap();
        let edited = sound.with(|files| {
            let bytes = files.get_mut(path).unwrap();
            let at = at.index(bytes.len());
            let end = bytes.len().min(at + gone);
            bytes.splice(at..end, put);
        });
        let verified = edited.clone().verify();
        prop_assert_eq!(verified.is_ok(), edited == *sound);
        if let Err(error) = verified {
            prop_assert_eq!(error.file(), path);
        }
    }

    /// Any lines at all, after sound ones.
    #[test]
    fn lines_that_nobody_wrote_are_refused_and_nothing_panics(
        keep in 0_usize..8,
        put in "[{}\\[\\],:\"a-z0-9=/+\\\\ \n]{0,120}",
    ) {
        static SOUND: OnceLock<Folder> = OnceLock::new();
        let sound = SOUND.get_or_init(a_selection);
        let mut lines = sound.lines();
        lines.truncate(keep);
        lines.push(put.clone());
        let verified = sound.with_lines(&lines).verify();
        prop_assert_eq!(verified.is_ok(), keep >= 7 && put.is_empty());
    }
}

#[test]
fn a_line_dropped_doubled_or_swapped_is_told() {
    for folder in [a_selection(), a_range()] {
        let lines = folder.lines();
        for at in 0..lines.len() {
            let mut dropped = lines.clone();
            dropped.remove(at);
            let error = folder.with_lines(&dropped).verify().unwrap_err();
            assert!(
                ["records-missing", "index-gap"].contains(&error.code()),
                "{error}"
            );
            let mut doubled = lines.clone();
            doubled.insert(at, lines[at].clone());
            let error = folder.with_lines(&doubled).verify().unwrap_err();
            let expected = if at + 1 == lines.len() {
                "records-extra"
            } else {
                "index-twice"
            };
            assert_eq!(error.code(), expected, "{at}");
            for with in at + 1..lines.len() {
                let mut swapped = lines.clone();
                swapped.swap(at, with);
                let error = folder.with_lines(&swapped).verify().unwrap_err();
                assert!(
                    ["index-order", "index-gap"].contains(&error.code()),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn a_file_too_many_is_told() {
    let folder = a_selection();
    for path in [
        "readme",
        "tile/0/002",
        "tile/0/001",
        "tile/0/000.p/44",
        "tile/2/000.p/1",
        "tile/entries/000",
        "tile/0/000/x",
        "records.jsonl.1",
        "Manifest",
    ] {
        let mut more = folder.with(|files| {
            files.insert(path.to_owned(), vec![0; 32]);
        });
        let error = more.verify().unwrap_err();
        assert_eq!((error.code(), error.file()), ("file-extra", path));
    }
}

#[test]
fn a_file_that_a_listing_has_twice_is_told() {
    let mut folder = a_selection();
    for path in [MANIFEST, RECORDS, "tile/0/000", "tile/0/001.p/44"] {
        let mut verifier = ExportVerifier::open(&mut folder, &policy()).unwrap();
        let records = folder.0[RECORDS].clone();
        verifier.records(&mut folder, &records, |_| Ok(())).unwrap();
        let paths = folder.0.keys().map(String::as_str).chain([path]);
        let error = verifier.finish(paths).unwrap_err();
        assert_eq!((error.code(), error.file()), ("file-twice", path));
    }
}

#[test]
fn a_line_that_never_ends_is_not_kept() {
    let mut folder = a_selection();
    let mut verifier = ExportVerifier::open(&mut folder, &policy()).unwrap();
    let piece = vec![b'x'; LINE_BYTES_MAX - 1];
    verifier.records(&mut folder, &piece, |_| Ok(())).unwrap();
    assert_eq!(
        verifier.records(&mut folder, b"x", |_| Ok(())),
        Err(ExportError::LineTooLong { line: 1 }.into())
    );
}

#[test]
fn what_the_caller_says_of_a_record_ends_it() {
    #[derive(Debug, PartialEq)]
    struct Full;
    struct Reading(Folder);
    impl Files for Reading {
        type Error = Full;
        fn read(&mut self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Full> {
            self.0.read(path, bytes_max).map_err(|never| match never {})
        }
    }
    let mut folder = Reading(a_selection());
    let records = folder.0.0[RECORDS].clone();
    let mut verifier = ExportVerifier::open(&mut folder, &policy()).unwrap();
    let stopped = verifier.records(&mut folder, &records, |shown| match shown.index {
        10 => Err(Full),
        _ => Ok(()),
    });
    assert_eq!(stopped, Err(VerifyError::Caller(Full)));
}

#[test]
fn the_writer_takes_only_what_belongs_to_the_export() {
    let tree = tree(300);
    let checkpoint = Checkpoint::new(ORIGIN, 300, tree.root())
        .unwrap()
        .sign(&signer())
        .unwrap();
    let bytes: Vec<Vec<u8>> = edge(300)
        .map(|id| tree.hashes(id).unwrap().to_bytes())
        .collect();
    let begin = |span, about: &About, bytes: &[Vec<u8>]| {
        ExportWriter::begin(&checkpoint, &policy(), span, about.clone(), bytes)
    };
    let about = About::default();
    let refused = |span, about: &About, bytes: &[Vec<u8>]| begin(span, about, bytes).unwrap_err();
    assert_eq!(refused(Span::Selection, &about, &[]), WriteError::Root);
    let mut other = bytes.clone();
    other[1][0] ^= 1;
    assert_eq!(refused(Span::Selection, &about, &other), WriteError::Root);
    let range = Span::Range { from: 3, to: 301 };
    assert_eq!(
        refused(range, &about, &bytes),
        WriteError::Range { size: 300 }
    );
    let broken = About {
        purpose: Some("two\nlines".to_owned()),
        ..About::default()
    };
    assert_eq!(refused(Span::Selection, &broken, &bytes), WriteError::About);

    let mut out = Vec::new();
    let mut writer = begin(Span::Range { from: 3, to: 5 }, &about, &bytes).unwrap();
    let mut put = |writer: &mut ExportWriter, index: u64, as_of: u64, view: Option<&str>| {
        writer.record(index, &salt(as_of), &record(as_of), view, &mut out)
    };
    let misplaced = |index| Err(WriteError::Index { index });
    assert_eq!(put(&mut writer, 2, 2, None), misplaced(2));
    assert_eq!(put(&mut writer, 4, 4, None), misplaced(4));
    assert_eq!(
        put(&mut writer, 3, 4, None),
        Err(WriteError::Position {
            index: 3,
            position: 4
        })
    );
    assert_eq!(
        put(&mut writer, 3, 3, Some("[]")),
        Err(WriteError::View {
            index: 3,
            error: ViewError
        })
    );
    assert_eq!(put(&mut writer, 3, 3, None), Ok(()));
    assert_eq!(put(&mut writer, 3, 3, None), misplaced(3));
    let unfinished = WriteError::Unfinished { to: 5, written: 4 };
    assert_eq!(put(&mut writer, 5, 5, None), misplaced(5));
    assert_eq!(writer.finish().unwrap_err(), unfinished);

    let mut writer = begin(Span::Selection, &about, &bytes).unwrap();
    assert_eq!(put(&mut writer, 7, 7, None), Ok(()));
    assert_eq!(put(&mut writer, 7, 7, None), misplaced(7));
    assert_eq!(put(&mut writer, 300, 300, None), misplaced(300));
    let before = out.len();
    assert_eq!(writer.erased(3, salt_leaf(3), &mut out), misplaced(3));
    assert_eq!(out.len(), before, "nothing is left of what was refused");
}

fn salt_leaf(index: u64) -> Hash {
    leaf_hash(event_entry(&salt(index), &record(index)).as_bytes())
}

#[test]
fn what_was_refused_on_the_way_is_not_forgotten_at_the_end() {
    // The log sealed a line more than it says, so that but for the line everything agrees.
    let mut folder = a_selection();
    let sound = folder.verify().unwrap().manifest;
    folder = folder.with(|files| files.get_mut(RECORDS).unwrap().extend(b"more\n"));
    let records = folder.0[RECORDS].clone();
    let mut manifest = sound;
    for file in &mut manifest.files {
        if file.path == RECORDS {
            *file = FileSum::of(RECORDS, &records);
        }
    }
    let note = manifest.sign(&signer()).unwrap().to_string();
    folder.0.insert(MANIFEST.to_owned(), note.into_bytes());
    let mut verifier = ExportVerifier::open(&mut folder, &policy()).unwrap();
    let told = verifier.records(&mut folder, &records, |_| Ok(()));
    let extra = ExportError::RecordsExtra { expected: 7 };
    assert_eq!(told, Err(VerifyError::Export(extra.clone())));
    let again = verifier.records(&mut folder, b"", |_| Ok(()));
    assert_eq!(again, Err(VerifyError::Export(extra.clone())));
    let paths: Vec<String> = folder.0.keys().cloned().collect();
    assert_eq!(verifier.finish(paths), Err(extra));
}
