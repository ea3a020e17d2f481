//! A log of which everything is known, and exports of it, put together by hand.

use data_encoding::BASE64;

use super::folder::Folder;
use crate::export::{CHECKPOINT, MANIFEST, POLICY, RECORDS, edge};
use crate::tests::made;
use crate::{Checkpoint, Hash, MemoryTree, SignedNote, leaf_hash, tiles_for};

/// When the first record was written; the others follow a second apart.
pub(super) const BEGUN: u64 = 1_790_000_000;
/// When the first witness saw the tree.
pub(super) const SEEN: u64 = 1_790_100_000;
/// When exports are made.
pub(super) const MADE: u64 = 1_790_100_600;

pub(super) const TILE: &str = "tile/0/000";
pub(super) const EDGE: &str = "tile/0/001.p/44";

/// A log of which everything is known.
#[derive(Clone)]
pub(super) struct Log(pub(super) Vec<([u8; 32], Vec<u8>)>);

impl Log {
    pub(super) fn of(size: u64) -> Log {
        let row = |index| (salt(index), record(index, BEGUN + index, 1));
        Log((0..size).map(row).collect())
    }

    /// With something else in one place.
    pub(super) fn with(mut self, index: usize, salt: [u8; 32], record: Vec<u8>) -> Log {
        self.0[index] = (salt, record);
        self
    }

    pub(super) fn leaf(&self, index: u64) -> Hash {
        let (salt, record) = &self.0[usize::try_from(index).unwrap()];
        // By hand, for the salts that are refused too.
        leaf_hash(Hash::over(&[b"knooppunt/event/1", salt, record]).as_bytes())
    }

    pub(super) fn size(&self) -> u64 {
        self.0.len() as u64
    }

    pub(super) fn tree(&self) -> MemoryTree {
        (0..self.size()).map(|index| self.leaf(index)).collect()
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new("log.example/knooppunt", self.size(), self.tree().root()).unwrap()
    }

    /// Signed by the log, and by these witnesses, five seconds apart.
    pub(super) fn cosigned(&self, witnesses: &[u8]) -> SignedNote {
        let checkpoint = self.checkpoint();
        let mut note = checkpoint.sign(&made::log()).unwrap();
        for (number, time) in witnesses.iter().zip((SEEN..).step_by(5)) {
            let cosignature = made::witness(*number).cosign(&checkpoint, time);
            note.add(cosignature.unwrap()).unwrap();
        }
        note
    }

    /// The line of a record, with a readable form where the index is a multiple of five.
    pub(super) fn line(&self, index: u64) -> String {
        let (salt, record) = &self.0[usize::try_from(index).unwrap()];
        let (salt, record) = (BASE64.encode(salt), BASE64.encode(record));
        let view = match view(index) {
            Some(view) => format!(r#","view":{view}"#),
            None => String::new(),
        };
        format!("{{\"index\":{index},\"salt\":\"{salt}\",\"record\":\"{record}\"{view}}}\n")
    }

    pub(super) fn erased(&self, index: u64) -> String {
        let leaf = self.leaf(index);
        format!("{{\"index\":{index},\"leaf\":\"{leaf}\"}}\n")
    }

    /// The export of these records, of which some are erased, under the checkpoint that two of three witnesses signed.
    pub(super) fn export(&self, span: &str, indices: &[u64], erased: &[u64]) -> Folder {
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

pub(super) fn salt(index: u64) -> [u8; 32] {
    *Hash::over(&[b"salt", &index.to_be_bytes()]).as_bytes()
}

pub(super) fn view(index: u64) -> Option<String> {
    index
        .is_multiple_of(5)
        .then(|| format!(r#"{{"event":"example","number":{index}}}"#))
}

/// Deterministic CBOR, by hand; the event is a text and means nothing.
pub(super) fn record(index: u64, time: u64, version: u8) -> Vec<u8> {
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

pub(super) fn cbor(bytes: &mut Vec<u8>, major: u8, value: u64) {
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

pub(super) fn record_of(index: u64) -> Vec<u8> {
    record(index, BEGUN + index, 1)
}
