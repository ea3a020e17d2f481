//! The exports of `conformance/proof/exports`: made here, good ones and spoiled ones, each with what a verifier has to say of it, and read back from there.
//!
//! `KNOOPPUNT_WRITE_VECTORS=1 cargo test -p knooppunt-proof exports_of_ours` writes them anew; without, they have to be what is made. They are put together by
//! hand, not by the writer, so that they can say what the writer refuses to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use data_encoding::BASE64;
use serde_json::json;

use super::made;
use crate::export::{
    About, CHECKPOINT, ExportError, ExportSummary, ExportVerifier, ExportWriter, Files, MANIFEST,
    POLICY, RECORDS, Span, VerifyError, edge,
};
use crate::{
    Checkpoint, Hash, KeyName, MemoryTree, Policy, Salt, SignedNote, SignerKey, TileId,
    event_entry, leaf_hash, node_hash, tiles_for,
};

/// When the first record was written; the others follow a second apart.
const BEGUN: u64 = 1_790_000_000;
/// When the first witness saw the tree.
const SEEN: u64 = 1_790_100_000;
/// When exports are made.
const MADE: u64 = 1_790_100_600;

const TILE: &str = "tile/0/000";
const EDGE: &str = "tile/0/001.p/44";

/// A log of which everything is known.
#[derive(Clone)]
struct Log(Vec<([u8; 32], Vec<u8>)>);

impl Log {
    fn of(size: u64) -> Log {
        let row = |index| (salt(index), record(index, BEGUN + index, 1));
        Log((0..size).map(row).collect())
    }

    /// With something else in one place.
    fn with(mut self, index: usize, salt: [u8; 32], record: Vec<u8>) -> Log {
        self.0[index] = (salt, record);
        self
    }

    fn leaf(&self, index: u64) -> Hash {
        let (salt, record) = &self.0[usize::try_from(index).unwrap()];
        // By hand, for the salts that are refused too.
        leaf_hash(Hash::over(&[b"knooppunt/event/1", salt, record]).as_bytes())
    }

    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn tree(&self) -> MemoryTree {
        (0..self.size()).map(|index| self.leaf(index)).collect()
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new("log.example/knooppunt", self.size(), self.tree().root()).unwrap()
    }

    /// Signed by the log, and by these witnesses, five seconds apart.
    fn cosigned(&self, witnesses: &[u8]) -> SignedNote {
        let checkpoint = self.checkpoint();
        let mut note = checkpoint.sign(&made::log()).unwrap();
        for (number, time) in witnesses.iter().zip((SEEN..).step_by(5)) {
            let cosignature = made::witness(*number).cosign(&checkpoint, time);
            note.add(cosignature.unwrap()).unwrap();
        }
        note
    }

    /// The line of a record, with a readable form where the index is a multiple of five.
    fn line(&self, index: u64) -> String {
        let (salt, record) = &self.0[usize::try_from(index).unwrap()];
        let (salt, record) = (BASE64.encode(salt), BASE64.encode(record));
        let view = match view(index) {
            Some(view) => format!(r#","view":{view}"#),
            None => String::new(),
        };
        format!("{{\"index\":{index},\"salt\":\"{salt}\",\"record\":\"{record}\"{view}}}\n")
    }

    fn erased(&self, index: u64) -> String {
        let leaf = self.leaf(index);
        format!("{{\"index\":{index},\"leaf\":\"{leaf}\"}}\n")
    }

    /// The export of these records, of which some are erased, under the checkpoint that two of three witnesses signed.
    fn export(&self, span: &str, indices: &[u64], erased: &[u64]) -> Folder {
        let mut folder = Folder::default();
        folder.put(CHECKPOINT, self.cosigned(&[1, 2]).to_string());
        folder.put(POLICY, made::policy(3, 2).to_string());
        let line = |index: &u64| {
            if erased.contains(index) {
                self.erased(*index)
            } else {
                self.line(*index)
            }
        };
        folder.put(RECORDS, indices.iter().map(line).collect::<String>());
        let tree = self.tree();
        let proving = tiles_for(indices.iter().copied(), self.size()).unwrap();
        for id in edge(self.size()).chain(proving) {
            folder.put(&id.path(), tree.hashes(id).unwrap().to_bytes());
        }
        let size = self.size();
        let mut text = format!(
            "knooppunt/export/1\norigin log.example/knooppunt\nsize {size}\nrecords {}\nerased {}\n{span}\nmade {MADE}\nby auditor-north\n\
            purpose an example\nscope everything\n",
            indices.len(),
            erased.len()
        );
        let named = [CHECKPOINT, POLICY, RECORDS].map(str::to_owned);
        for path in named.into_iter().chain(edge(size).map(|id| id.path())) {
            text += &folder.named(&path);
        }
        let note = SignedNote::sign(&text, &made::log()).unwrap();
        folder.put(MANIFEST, note.to_string());
        folder
    }
}

fn salt(index: u64) -> [u8; 32] {
    *Hash::over(&[b"salt", &index.to_be_bytes()]).as_bytes()
}

fn view(index: u64) -> Option<String> {
    index
        .is_multiple_of(5)
        .then(|| format!(r#"{{"event":"example","number":{index}}}"#))
}

/// Deterministic CBOR, by hand; the event is a text and means nothing.
fn record(index: u64, time: u64, version: u8) -> Vec<u8> {
    let mut bytes = vec![0xa6, 0x00, version, 0x01];
    cbor(&mut bytes, 0, index);
    bytes.push(0x02);
    cbor(&mut bytes, 0, time * 1_000_000);
    let event = format!("event {index}");
    bytes.push(0x03);
    cbor(&mut bytes, 0x40, event.len() as u64);
    bytes.extend(event.as_bytes());
    bytes.extend([0x04, 0x80, 0x05, 0x80]);
    bytes
}

fn cbor(bytes: &mut Vec<u8>, major: u8, value: u64) {
    let wide = value.to_be_bytes();
    let (short, from) = match value {
        0..=23 => (wide[7], 8),
        24..=0xff => (24, 7),
        0x100..=0xffff => (25, 6),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 0),
    };
    bytes.push(major | short);
    bytes.extend(&wide[from..]);
}

/// An export in memory.
#[derive(Debug, Clone, Default, PartialEq)]
struct Folder(BTreeMap<String, Vec<u8>>);

impl Folder {
    fn put(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.to_owned(), bytes.into());
    }

    fn text(&self, path: &str) -> String {
        String::from_utf8(self.0[path].clone()).unwrap()
    }

    /// What a manifest says of a file.
    fn named(&self, path: &str) -> String {
        let bytes = &self.0[path];
        format!("file {path} {} {}\n", bytes.len(), Hash::over(&[bytes]))
    }

    fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Folder {
        self.put(path, bytes);
        self
    }

    fn without(mut self, path: &str) -> Folder {
        self.0.remove(path).unwrap();
        self
    }

    /// With one bit of a file changed.
    fn bent(mut self, path: &str, at: usize) -> Folder {
        self.0.get_mut(path).unwrap()[at] ^= 1;
        self
    }

    fn replaced(self, path: &str, from: &str, to: &str) -> Folder {
        let text = self.text(path);
        assert!(text.contains(from), "{from}");
        self.with(path, text.replacen(from, to, 1))
    }

    fn lines(self, change: impl FnOnce(&mut Vec<String>)) -> Folder {
        let text = self.text(RECORDS);
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        change(&mut lines);
        self.with(RECORDS, lines.concat())
    }

    /// Sealed anew by whoever has this key, the files as they are now and the text changed.
    fn sealed_by(self, key: &SignerKey, change: impl FnOnce(String) -> String) -> Folder {
        let manifest = self.text(MANIFEST);
        let text: String = manifest
            .split_inclusive('\n')
            .take_while(|line| *line != "\n")
            .map(|line| {
                match line
                    .strip_prefix("file ")
                    .and_then(|rest| rest.split_once(' '))
                {
                    Some((path, _)) => self.named(path),
                    None => line.to_owned(),
                }
            })
            .collect();
        let note = SignedNote::sign(&change(text), key).unwrap();
        self.with(MANIFEST, note.to_string())
    }

    fn sealed(self) -> Folder {
        self.sealed_by(&made::log(), |text| text)
    }

    fn sealed_saying(self, from: &str, to: &str) -> Folder {
        self.sealed_by(&made::log(), |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    }

    fn verify(&self, trusted: &Policy) -> Result<ExportSummary, ExportError> {
        let told = |error| match error {
            VerifyError::Export(error) => error,
            VerifyError::Caller(never) => match never {},
        };
        let mut files = self.clone();
        let mut verifier = ExportVerifier::open(&mut files, trusted).map_err(told)?;
        let records = self.0.get(RECORDS).ok_or(ExportError::FileMissing {
            file: RECORDS.to_owned(),
        })?;
        for piece in records.chunks(1_000) {
            verifier
                .records(&mut files, piece, |_| Ok(()))
                .map_err(told)?;
        }
        verifier.finish(self.0.keys())
    }
}

impl Files for Folder {
    type Error = Infallible;

    fn read(&mut self, path: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, Infallible> {
        let bytes = self.0.get(path);
        Ok(bytes.map(|bytes| bytes.iter().take(bytes_max + 1).copied().collect()))
    }
}

/// What a verifier has to say.
enum Said {
    Holds {
        receipt_time: Option<u64>,
        witnesses: Vec<&'static str>,
    },
    Refused {
        error: &'static str,
        file: &'static str,
        record: Option<u64>,
    },
}

struct Case {
    name: &'static str,
    title: &'static str,
    trusted: Policy,
    export: Folder,
    said: Said,
}

impl Case {
    /// What stands in `case.json`.
    fn description(&self) -> String {
        let value = match &self.said {
            Said::Holds {
                receipt_time,
                witnesses,
            } => json!({
                "title": self.title,
                "holds": true,
                "receipt_time": receipt_time,
                "witnesses": witnesses,
            }),
            Said::Refused {
                error,
                file,
                record,
            } => json!({
                "title": self.title,
                "holds": false,
                "error": error,
                "file": file,
                "record": record,
            }),
        };
        format!("{}\n", serde_json::to_string_pretty(&value).unwrap())
    }
}

fn holds(name: &'static str, title: &'static str, export: Folder) -> Case {
    Case {
        name,
        title,
        trusted: made::policy(3, 2),
        export,
        said: Said::Holds {
            receipt_time: Some(SEEN + 5),
            witnesses: vec!["w1.example", "w2.example"],
        },
    }
}

fn refused(
    name: &'static str,
    title: &'static str,
    (error, file, record): (&'static str, &'static str, Option<u64>),
    export: Folder,
) -> Case {
    Case {
        name,
        title,
        trusted: made::policy(3, 2),
        export,
        said: Said::Refused {
            error,
            file,
            record,
        },
    }
}

/// The records of the selection that most cases are made of.
const SELECTED: [u64; 6] = [0, 6, 10, 255, 256, 299];

fn selection_of(log: &Log) -> Folder {
    log.export("selection", &SELECTED, &[6])
}

fn selection() -> Folder {
    selection_of(&Log::of(300))
}

fn range() -> Folder {
    let indices: Vec<u64> = (250..262).collect();
    Log::of(300).export("range 250 262", &indices, &[])
}

/// Four records of a log of 70,000, which takes a while to make.
fn three_levels() -> Folder {
    static MADE: OnceLock<Folder> = OnceLock::new();
    let make = || Log::of(70_000).export("selection", &[0, 65_535, 65_536, 69_999], &[]);
    MADE.get_or_init(make).clone()
}

fn good() -> Vec<Case> {
    let whole: Vec<u64> = (0..300).collect();
    let sevens: Vec<u64> = (0..300).step_by(7).collect();
    let mut cases = vec![
        holds(
            "one-of-three",
            "The example of the specification: two records of a log of three, one of them erased",
            Log::of(3).export("selection", &[1, 2], &[2]),
        ),
        holds(
            "selection",
            "Six records of a log of 300, one of them erased",
            selection(),
        ),
        holds("range", "Records 250 to 261 of a log of 300", range()),
        holds(
            "whole-log",
            "All records of a log of 300; of every seventh the salt was erased",
            Log::of(300).export("range 0 300", &whole, &sevens),
        ),
        holds(
            "full-tile",
            "A log of 256 records has one full tile and above it one of one hash",
            Log::of(256).export("range 253 256", &[253, 254, 255], &[]),
        ),
        holds(
            "three-levels",
            "A log of 70,000 records, with tiles of three levels",
            three_levels(),
        ),
        holds(
            "nothing-selected",
            "No record of a log of 300: the edge of the tree is there all the same",
            Log::of(300).export("selection", &[], &[]),
        ),
        holds(
            "empty-log",
            "A log without records",
            Log::of(0).export("range 0 0", &[], &[]),
        ),
    ];
    let without = selection()
        .with(CHECKPOINT, Log::of(300).cosigned(&[]).to_string())
        .with(POLICY, made::policy(0, 0).to_string())
        .sealed();
    cases.push(Case {
        trusted: made::policy(0, 0),
        said: Said::Holds {
            receipt_time: None,
            witnesses: Vec::new(),
        },
        ..holds(
            "no-witnesses",
            "A log without witnesses is believed on its own word, and nothing says when",
            without,
        )
    });
    let more = selection()
        .with(CHECKPOINT, Log::of(300).cosigned(&[3, 2, 1, 9]).to_string())
        .sealed();
    cases.push(Case {
        said: Said::Holds {
            receipt_time: Some(SEEN + 5),
            witnesses: vec!["w3.example", "w2.example", "w1.example"],
        },
        ..holds(
            "more-witnesses",
            "Three witnesses cosigned where two are needed, and one that nobody knows: the second time counts",
            more,
        )
    });
    let own = selection()
        .with(POLICY, made::policy(3, 1).to_string())
        .sealed();
    cases.push(holds(
        "other-policy-inside",
        "The log names another quorum for itself than is trusted: what is trusted counts",
        own,
    ));
    cases
}

/// What happened to the folder after the log gave it.
fn bent() -> Vec<Case> {
    let log = Log::of(300);
    let at = |text: &str| selection().text(RECORDS).find(text).unwrap() + text.len();
    let third = at("{\"index\":10,\"salt\":\"");
    let record = third + 44 + "\",\"record\":\"".len() + 8;
    let view = at("\"number\":");
    vec![
        refused(
            "byte-of-a-record",
            "One bit of a record was changed",
            ("leaf-differs", RECORDS, Some(10)),
            selection().bent(RECORDS, record),
        ),
        refused(
            "byte-of-a-salt",
            "One bit of a salt was changed",
            ("leaf-differs", RECORDS, Some(10)),
            selection().bent(RECORDS, third + 3),
        ),
        refused(
            "byte-of-a-view",
            "A digit of a readable form was changed, which the manifest alone binds",
            ("file-changed", RECORDS, None),
            selection().bent(RECORDS, view),
        ),
        refused(
            "byte-of-a-tile",
            "One bit of a full tile was changed",
            ("tile-differs", TILE, None),
            selection().bent(TILE, 4_321),
        ),
        refused(
            "byte-of-an-edge-tile",
            "One bit of a tile at the right edge was changed",
            ("file-changed", EDGE, None),
            selection().bent(EDGE, 7),
        ),
        refused(
            "byte-of-the-manifest",
            "A word of the purpose was changed",
            ("note-signature", MANIFEST, None),
            selection().replaced(MANIFEST, "an example", "no example"),
        ),
        refused(
            "byte-of-the-checkpoint",
            "One bit of the checkpoint was changed",
            ("file-changed", CHECKPOINT, None),
            selection().bent(CHECKPOINT, 23),
        ),
        refused(
            "byte-of-the-policy",
            "One bit of the policy that the log gave along was changed",
            ("file-changed", POLICY, None),
            selection().bent(POLICY, 40),
        ),
        refused(
            "manifest-missing",
            "Without manifest it is no export",
            ("file-missing", MANIFEST, None),
            selection().without(MANIFEST),
        ),
        refused(
            "checkpoint-missing",
            "The checkpoint is not there",
            ("file-missing", CHECKPOINT, None),
            selection().without(CHECKPOINT),
        ),
        refused(
            "records-file-missing",
            "The records are not there",
            ("file-missing", RECORDS, None),
            selection().without(RECORDS),
        ),
        refused(
            "tile-missing",
            "A full tile is not there",
            ("file-missing", TILE, None),
            selection().without(TILE),
        ),
        refused(
            "edge-tile-missing",
            "A tile at the right edge is not there",
            ("file-missing", EDGE, None),
            selection().without(EDGE),
        ),
        refused(
            "tile-cut",
            "A full tile ends after 255 hashes",
            ("tile-hash-bytes", TILE, None),
            selection().with(TILE, &selection().0[TILE][..255 * 32]),
        ),
        refused(
            "tile-twice",
            "A tile is there twice, full and as it was before",
            ("file-extra", "tile/0/000.p/44", None),
            selection().with("tile/0/000.p/44", &selection().0[TILE][..44 * 32]),
        ),
        refused(
            "tile-too-many",
            "A tile is there that no record needs",
            ("file-extra", "tile/0/001", None),
            three_levels().with("tile/0/001", {
                let id: TileId = "tile/0/001".parse().unwrap();
                Log::of(512).tree().hashes(id).unwrap().to_bytes()
            }),
        ),
        refused(
            "tile-of-entries",
            "Entries are there, which no export has",
            ("file-extra", "tile/entries/000", None),
            selection().with("tile/entries/000", vec![0; 34 * 256]),
        ),
        refused(
            "tile-swapped",
            "A full tile has the bytes of its neighbour",
            ("tile-differs", "tile/0/255", None),
            {
                let export = three_levels();
                let bytes = export.0[TILE].clone();
                export.with("tile/0/255", bytes)
            },
        ),
        refused(
            "truncated-at-a-line",
            "The last record was left out",
            ("records-missing", RECORDS, None),
            selection().lines(|lines| {
                lines.pop();
            }),
        ),
        refused(
            "truncated-in-a-line",
            "The last line was cut off",
            ("line-cut", RECORDS, None),
            selection().lines(|lines| {
                let last = lines.last_mut().unwrap();
                last.truncate(40);
            }),
        ),
        refused(
            "newline-missing",
            "The last line has no end",
            ("line-cut", RECORDS, None),
            selection().lines(|lines| {
                lines.last_mut().unwrap().pop();
            }),
        ),
        refused(
            "record-dropped-from-a-range",
            "A record in the middle of a range was left out",
            ("index-gap", RECORDS, Some(255)),
            range().lines(|lines| {
                lines.remove(5);
            }),
        ),
        refused(
            "record-dropped-from-a-selection",
            "A record in the middle of a selection was left out",
            ("records-missing", RECORDS, None),
            selection().lines(|lines| {
                lines.remove(2);
            }),
        ),
        refused(
            "record-twice",
            "A record stands there twice",
            ("index-twice", RECORDS, Some(10)),
            selection().lines(|lines| {
                let line = lines[2].clone();
                lines.insert(3, line);
            }),
        ),
        refused(
            "records-swapped",
            "Two records changed places",
            ("index-order", RECORDS, Some(6)),
            selection().lines(|lines| lines.swap(1, 2)),
        ),
        refused(
            "record-added",
            "A record of the same log was added",
            ("records-extra", RECORDS, None),
            log.export("selection", &[0, 6, 10, 255, 256, 298], &[6])
                .lines(|lines| {
                    lines.push(log.line(299));
                }),
        ),
        refused(
            "proof-for-another-index",
            "A record stands under the index of another",
            ("leaf-differs", RECORDS, Some(11)),
            selection().replaced(RECORDS, "{\"index\":10,", "{\"index\":11,"),
        ),
        refused(
            "inner-node-as-leaf",
            "What is given as the leaf of an erased record is the node above it",
            ("leaf-differs", RECORDS, Some(256)),
            selection().lines(|lines| {
                let node = node_hash(&log.leaf(256), &log.leaf(257));
                lines[4] = format!("{{\"index\":256,\"leaf\":\"{node}\"}}\n");
            }),
        ),
        refused(
            "erased-as-record",
            "What was erased is given as a record, with another salt",
            ("leaf-differs", RECORDS, Some(6)),
            selection().lines(|lines| {
                let other = log.clone().with(6, salt(7), record_of(6));
                lines[1] = other.line(6);
            }),
        ),
        refused(
            "line-in-other-json",
            "A line says the same, with a space more",
            ("line-malformed", RECORDS, None),
            selection().replaced(RECORDS, "{\"index\":10,", "{\"index\": 10,"),
        ),
        refused(
            "base64-with-unused-bits",
            "A salt is written with bits that mean nothing",
            ("line-malformed", RECORDS, None),
            selection().lines(|lines| {
                let at = lines[0].find("=\",\"record").unwrap() - 1;
                let code = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
                let old = lines[0].as_bytes()[at];
                let value = code.iter().position(|c| *c == old).unwrap();
                let new = char::from(code[value + 1]).to_string();
                lines[0].replace_range(at..=at, &new);
            }),
        ),
        refused(
            "not-a-line",
            "Among the records stands an empty line",
            ("line-malformed", RECORDS, None),
            selection().lines(|lines| lines.insert(1, "\n".to_owned())),
        ),
        refused(
            "readme-beside-it",
            "A file is there that does not belong to the export",
            ("file-extra", "README", None),
            selection().with("README", "please read me"),
        ),
    ]
}

fn record_of(index: u64) -> Vec<u8> {
    record(index, BEGUN + index, 1)
}

/// What a log gave that should not have given it, or somebody who has a key.
fn lied() -> Vec<Case> {
    let log = Log::of(300);
    let name = |name: &str| KeyName::new(name).unwrap();
    let other_key = SignerKey::new(name("log.example/knooppunt"), &[66; 32]);
    let other_log = SignerKey::new(name("other.example/log"), &[66; 32]);
    let of_other = log
        .checkpoint()
        .to_string()
        .replace("log.example/knooppunt", "other.example/log");
    let fork = Log::of(300).with(20, salt(20), b"another past".to_vec());
    let changed = |index: usize, record: Vec<u8>| {
        selection_of(&Log::of(300).with(index, salt(index as u64), record))
    };
    vec![
        refused(
            "wrong-key",
            "The manifest is signed with another key under the name of the log",
            ("note-unsigned", MANIFEST, None),
            selection().sealed_by(&other_key, |text| text),
        ),
        refused(
            "manifest-of-another-log",
            "The log signed a manifest that names another log",
            ("manifest-other-log", MANIFEST, None),
            selection().sealed_saying("origin log.example/knooppunt", "origin other.example/log"),
        ),
        refused(
            "unknown-version",
            "A manifest of version 2",
            ("manifest-version", MANIFEST, None),
            selection().sealed_saying("knooppunt/export/1", "knooppunt/export/2"),
        ),
        refused(
            "checkpoint-as-manifest",
            "The log signed it, but it is a checkpoint",
            ("manifest-malformed", MANIFEST, None),
            selection().with(MANIFEST, log.cosigned(&[1, 2]).to_string()),
        ),
        refused(
            "manifest-with-a-line-more",
            "A manifest with a line that no version has",
            ("manifest-malformed", MANIFEST, None),
            selection().sealed_saying("selection\n", "selection\ncolour blue\n"),
        ),
        refused(
            "checkpoint-of-another-log",
            "The checkpoint is one that another log signed",
            ("note-unsigned", CHECKPOINT, None),
            selection()
                .with(
                    CHECKPOINT,
                    SignedNote::sign(&of_other, &other_log).unwrap().to_string(),
                )
                .sealed(),
        ),
        refused(
            "checkpoint-under-another-origin",
            "The key of the log signed a checkpoint of another log",
            ("checkpoint-other-log", CHECKPOINT, None),
            selection()
                .with(
                    CHECKPOINT,
                    SignedNote::sign(&of_other, &made::log())
                        .unwrap()
                        .to_string(),
                )
                .sealed(),
        ),
        refused(
            "checkpoint-of-another-size",
            "The checkpoint is of the same log when it was smaller",
            ("checkpoint-other-size", CHECKPOINT, None),
            selection()
                .with(CHECKPOINT, Log::of(299).cosigned(&[1, 2]).to_string())
                .sealed(),
        ),
        refused(
            "checkpoint-of-a-fork",
            "The log showed its witnesses another past than the one it gives",
            ("root-differs", CHECKPOINT, None),
            selection()
                .with(CHECKPOINT, fork.cosigned(&[1, 2]).to_string())
                .sealed(),
        ),
        refused(
            "too-few-witnesses",
            "One witness cosigned twice, and one that nobody knows",
            ("checkpoint-quorum", CHECKPOINT, None),
            selection()
                .with(CHECKPOINT, log.cosigned(&[1, 1, 9]).to_string())
                .sealed(),
        ),
        refused(
            "cosignature-of-another-checkpoint",
            "A cosignature was taken from another checkpoint",
            ("note-signature", CHECKPOINT, None),
            {
                let mut note = log.cosigned(&[1]);
                let other = Log::of(299).cosigned(&[2]);
                note.add(other.signatures()[1].clone()).unwrap();
                selection().with(CHECKPOINT, note.to_string()).sealed()
            },
        ),
        refused(
            "made-before-its-checkpoint",
            "The manifest says that it was made before the witnesses saw the checkpoint in it",
            ("manifest-too-early", MANIFEST, None),
            selection().sealed_saying(&format!("made {MADE}"), &format!("made {}", SEEN + 5 - 61)),
        ),
        refused(
            "records-missing-by-count",
            "The manifest names a record more than there are",
            ("records-missing", RECORDS, None),
            selection().sealed_saying("records 6", "records 7"),
        ),
        refused(
            "records-extra-by-count",
            "The manifest names a record less than there are",
            ("records-extra", RECORDS, None),
            selection().sealed_saying("records 6", "records 5"),
        ),
        refused(
            "erased-by-count",
            "The manifest names more erased records than there are",
            ("erased-count", RECORDS, None),
            selection().sealed_saying("erased 1", "erased 2"),
        ),
        refused(
            "range-that-is-none",
            "A selection is given as a range",
            ("index-outside", RECORDS, Some(6)),
            selection().sealed_saying("selection", "range 0 6"),
        ),
        refused(
            "outside-the-range",
            "The records stand before the range that the manifest names",
            ("index-outside", RECORDS, Some(250)),
            range().sealed_saying("range 250 262", "range 251 263"),
        ),
        refused(
            "outside-the-tree",
            "A record has an index that the tree does not have",
            ("index-outside", RECORDS, Some(300)),
            selection()
                .replaced(RECORDS, "{\"index\":299,", "{\"index\":300,")
                .sealed(),
        ),
        refused(
            "view-that-is-none",
            "A readable form is not JSON",
            ("line-malformed", RECORDS, None),
            selection()
                .replaced(RECORDS, "\"number\":10}", "\"number\":10")
                .sealed(),
        ),
        refused(
            "view-that-hides-another-index",
            "A readable form ends early, so that what reads JSON sees another index",
            ("line-malformed", RECORDS, None),
            selection()
                .replaced(
                    RECORDS,
                    "\"number\":10}",
                    "\"number\":10},\"index\":9,\"more\":{}",
                )
                .sealed(),
        ),
        refused(
            "policy-that-is-none",
            "The policy that the log gave along has no quorum",
            ("policy-no-quorum", POLICY, None),
            selection()
                .with(POLICY, format!("log {}\n", made::log().verifier()))
                .sealed(),
        ),
        refused(
            "policy-of-another-log",
            "The policy that the log gave along is of another log",
            ("policy-other-log", POLICY, None),
            selection()
                .with(
                    POLICY,
                    format!("log {}\nquorum none\n", other_log.verifier()),
                )
                .sealed(),
        ),
        refused(
            "low-entropy-salt",
            "The log hid a record behind a salt of one byte over and over",
            ("salt-weak", RECORDS, Some(10)),
            selection_of(&Log::of(300).with(10, [0x5a; 32], record_of(10))),
        ),
        refused(
            "repeated-salt",
            "The log hid two records behind one salt",
            ("salt-twice", RECORDS, Some(256)),
            selection_of(&Log::of(300).with(256, salt(10), record_of(256))),
        ),
        refused(
            "record-of-another-place",
            "The log holds at index 10 a record that says it is the eleventh",
            ("record-position", RECORDS, Some(10)),
            changed(10, record_of(11)),
        ),
        refused(
            "record-that-is-none",
            "What the log holds there is no record",
            ("record-malformed", RECORDS, Some(10)),
            changed(10, b"not CBOR".to_vec()),
        ),
        refused(
            "record-in-longer-form",
            "A record with a number that is not in its shortest form",
            ("record-malformed", RECORDS, Some(10)),
            changed(10, {
                let mut record = record_of(10);
                record.splice(4..5, [0x18, 10]);
                record
            }),
        ),
        refused(
            "record-of-version-2",
            "A record of a later version",
            ("record-version", RECORDS, Some(10)),
            changed(10, record(10, BEGUN + 10, 2)),
        ),
        refused(
            "back-dated",
            "A record says that it is older than one that stands before it",
            ("record-time-back", RECORDS, Some(255)),
            changed(255, record(255, BEGUN + 9, 1)),
        ),
        refused(
            "post-dated",
            "A record says that it was written after the witnesses had seen it",
            ("record-time-ahead", RECORDS, Some(299)),
            changed(299, record(299, SEEN + 5 + 61, 1)),
        ),
    ]
}

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
