//! What an export costs: a million records of a log written to a folder with the tiles that prove them, and verified from there. Each figure stands beside its goal.
//!
//! `cargo bench -p knooppunt-proof --bench export`. Another number of records may be named behind `--`. The folder is a temporary one and is removed. Times are those of the
//! wall, files and all; the tree is there before, as it is in a gateway.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench prints, and stops at the first surprise"
)]

use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use knooppunt_proof::export::{
    About, CHECKPOINT, ExportSummary, ExportVerifier, ExportWriter, Files, MANIFEST, POLICY,
    RECORDS, Span, edge,
};
use knooppunt_proof::{
    Checkpoint, Cosigner, Hash, KeyName, MemoryTree, Policy, Salt, SignedNote, SignerKey,
    event_entry, leaf_hash,
};

const RECORDS_MADE: u64 = 1_000_000;
/// Bytes of an event: with it a record has about 500, as one of a message that was taken has.
const EVENT_BYTES: usize = 450;
const ORIGIN: &str = "log.example/knooppunt";
const BEGUN: u64 = 1_790_000_000;
const CHUNK_BYTES: usize = 1 << 20;

fn main() {
    let count = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(RECORDS_MADE);
    let keys = Keys::new();
    let tree: MemoryTree = (0..count)
        .map(|index| leaf_hash(event_entry(&salt(index), &record(index)).as_bytes()))
        .collect();
    let note = keys.cosigned(&tree);
    println!("a log of {count} records");
    let whole = Span::Range { from: 0, to: count };
    measure("all of them", &keys, &tree, &note, whole, 1);
    measure("every hundredth", &keys, &tree, &note, Span::Selection, 100);
}

fn measure(what: &str, keys: &Keys, tree: &MemoryTree, note: &SignedNote, span: Span, step: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let began = Instant::now();
    let tiles = write(folder.path(), keys, tree, note, span, step);
    let written = began.elapsed();
    let bytes: u64 = paths(folder.path())
        .iter()
        .map(|path| fs::metadata(folder.path().join(path)).map_or(0, |file| file.len()))
        .sum();
    let began = Instant::now();
    let (summary, shown) = verify(folder.path(), &keys.policy);
    let verified = began.elapsed();
    assert_eq!(summary.manifest.records, shown);
    let size = bytes as f64 / 1e6;
    println!("{what}: {shown} records, {tiles} tiles, {size:.0} MB");
    line(
        "  written with their proofs",
        written,
        shown,
        "300 s for a million",
    );
    line("  verified", verified, shown, "120 s for a million");
}

fn line(what: &str, took: Duration, records: u64, goal: &str) {
    let seconds = took.as_secs_f64();
    let each = seconds * 1e6 / records as f64;
    println!("{what:<32} {seconds:>9.2} s {each:>9.2} us each   goal {goal}");
}

/// Writes an export to a folder; returns how many tiles it has.
fn write(
    folder: &Path,
    keys: &Keys,
    tree: &MemoryTree,
    note: &SignedNote,
    span: Span,
    step: usize,
) -> usize {
    let tile = |id| tree.hashes(id).expect("a tile of the tree").to_bytes();
    let about = About {
        made: BEGUN + 2 * RECORDS_MADE,
        purpose: Some("a bench".to_owned()),
        ..About::default()
    };
    let edge: Vec<Vec<u8>> = edge(tree.size()).map(tile).collect();
    let mut writer =
        ExportWriter::begin(note, &keys.policy, span, about, &edge).expect("an export");
    let mut file = BufWriter::new(File::create(folder.join(RECORDS)).expect("a file"));
    let mut lines = Vec::new();
    for index in (0..tree.size()).step_by(step) {
        let view = format!(
            r#"{{"event":"received","position":{index},"parties":["0289","98980001"],"kind":"JW301"}}"#
        );
        writer
            .record(index, &salt(index), &record(index), Some(&view), &mut lines)
            .expect("a record");
        file.write_all(&lines).expect("disk");
        lines.clear();
    }
    file.flush().expect("disk");
    let written = writer.finish().expect("all of them");
    let mut tiles = 0;
    for id in written.tiles() {
        put(folder, &id.path(), &tile(id));
        tiles += 1;
    }
    put(folder, CHECKPOINT, note.to_string().as_bytes());
    put(folder, POLICY, keys.policy.to_string().as_bytes());
    let manifest = written.manifest.sign(&keys.log).expect("a note");
    put(folder, MANIFEST, manifest.to_string().as_bytes());
    tiles
}

fn put(folder: &Path, path: &str, bytes: &[u8]) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().expect("a folder")).expect("disk");
    fs::write(file, bytes).expect("disk");
}

fn verify(folder: &Path, policy: &Policy) -> (ExportSummary, u64) {
    struct Folder<'a>(&'a Path);
    impl Files for Folder<'_> {
        type Error = std::io::Error;
        fn read(&mut self, path: &str, _: usize) -> Result<Option<Vec<u8>>, std::io::Error> {
            fs::read(self.0.join(path)).map(Some)
        }
    }
    let mut files = Folder(folder);
    let mut verifier = ExportVerifier::open(&mut files, policy).expect("an export");
    let mut records = File::open(folder.join(RECORDS)).expect("a file");
    let (mut chunk, mut shown) = (vec![0; CHUNK_BYTES], 0);
    loop {
        let length = records.read(&mut chunk).expect("disk");
        let Some(bytes) = chunk.get(..length).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        verifier
            .records(&mut files, bytes, |_| {
                shown += 1;
                Ok(())
            })
            .expect("what was written");
    }
    let summary = verifier.finish(paths(folder)).expect("what was written");
    (summary, shown)
}

/// The paths of all files in a folder.
fn paths(folder: &Path) -> Vec<String> {
    let (mut paths, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(folder.join(&inner)).expect("a folder") {
            let entry = entry.expect("a file");
            let path = inner.join(entry.file_name());
            if entry.file_type().expect("a file").is_dir() {
                folders.push(path);
            } else {
                paths.push(path.to_str().expect("ASCII").to_owned());
            }
        }
    }
    paths
}

struct Keys {
    log: SignerKey,
    witnesses: Vec<Cosigner>,
    policy: Policy,
}

impl Keys {
    fn new() -> Keys {
        let name = |name: &str| KeyName::new(name).expect("a name");
        let log = SignerKey::new(name(ORIGIN), &[1; 32]);
        let witnesses: Vec<Cosigner> = [2, 3, 4]
            .map(|number: u8| Cosigner::new(name(&format!("w{number}.example")), &[number; 32]))
            .into();
        let keys = witnesses.iter().map(|one| one.verifier().clone()).collect();
        let policy = Policy::new(vec![log.verifier().clone()], keys, 2).expect("a policy");
        Keys {
            log,
            witnesses,
            policy,
        }
    }

    fn cosigned(&self, tree: &MemoryTree) -> SignedNote {
        let checkpoint = Checkpoint::new(ORIGIN, tree.size(), tree.root()).expect("a checkpoint");
        let mut note = checkpoint.sign(&self.log).expect("a note");
        for witness in &self.witnesses {
            let cosignature = witness.cosign(&checkpoint, BEGUN + 2 * RECORDS_MADE);
            note.add(cosignature.expect("a time")).expect("room");
        }
        note
    }
}

fn salt(index: u64) -> Salt {
    let bytes = Hash::over(&[b"salt", &index.to_be_bytes()]);
    Salt::new(*bytes.as_bytes()).expect("bytes that differ")
}

/// Version 1, with nothing but an event.
fn record(index: u64) -> Vec<u8> {
    let mut bytes = vec![0xa6, 0x00, 0x01, 0x01];
    head(&mut bytes, 0, index);
    bytes.push(0x02);
    head(&mut bytes, 0, BEGUN * 1_000_000 + index);
    bytes.push(0x03);
    head(&mut bytes, 0x40, EVENT_BYTES as u64);
    bytes.resize(bytes.len() + EVENT_BYTES, b'e');
    bytes.extend([0x04, 0x80, 0x05, 0x80]);
    bytes
}

/// A number of CBOR in its shortest form.
fn head(bytes: &mut Vec<u8>, major: u8, value: u64) {
    let wide = value.to_be_bytes();
    let (short, length) = match value {
        0..=23 => (wide.last().copied().unwrap_or(0), 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    bytes.push(major | short);
    bytes.extend(wide.iter().skip(8 - length));
}
