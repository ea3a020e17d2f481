//! Exports: a folder of records of the log with all that is needed to verify, without asking anybody, that each stands in the log at its place, and that the
//! folder is as the log gave it. Its form is that of `SPEC.md`, section 9.
//!
//! | file | holds |
//! |---|---|
//! | `manifest` | what it holds, for whom and why, and the hashes of the next three and of the right edge; signed by the log |
//! | `checkpoint` | the size and root of the tree, signed by the log and its witnesses |
//! | `policy` | the keys that the log names for itself |
//! | `records.jsonl` | a line for each record, in ascending order |
//! | `tile/...` | the tiles that lead from the root to the records, and no others |
//!
//! Writing ([`ExportWriter`]) and verifying ([`ExportVerifier`]) go line by line. They read and write no files; whoever does gives them bytes.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::convert::Infallible;
//!
//! use knooppunt_proof::export::{About, ExportVerifier, ExportWriter, Files, Span, edge};
//! use knooppunt_proof::{Checkpoint, KeyName, MemoryTree, Policy, Salt, SignerKey, event_entry, leaf_hash};
//!
//! // A log of one record: version 1, position 0, at the beginning of 1970, its event the letter x.
//! let record = [0xa6, 0, 1, 1, 0, 2, 0, 3, 0x41, b'x', 4, 0x80, 5, 0x80];
//! let salt = Salt::new(*b"an example of thirty-two bytes !").unwrap();
//! let tree: MemoryTree = [leaf_hash(event_entry(&salt, &record).as_bytes())].into_iter().collect();
//! let key = SignerKey::new(KeyName::new("log.example/knooppunt").unwrap(), &[7; 32]);
//! let policy = Policy::new(vec![key.verifier().clone()], vec![], 0).unwrap();
//! let checkpoint = Checkpoint::new("log.example/knooppunt", 1, tree.root()).unwrap().sign(&key).unwrap();
//!
//! // Whoever writes it keeps the files: here a map does.
//! let bytes = |id| tree.hashes(id).unwrap().to_bytes();
//! let edge: Vec<Vec<u8>> = edge(1).map(bytes).collect();
//! let all = Span::Range { from: 0, to: 1 };
//! let mut writer = ExportWriter::begin(&checkpoint, &policy, all, About::default(), &edge).unwrap();
//! let mut lines = Vec::new();
//! writer.record(0, &salt, &record, Some(r#"{"event":"x"}"#), &mut lines).unwrap();
//! let written = writer.finish().unwrap();
//! let mut folder = BTreeMap::from([
//!     ("checkpoint".to_owned(), checkpoint.to_string().into_bytes()),
//!     ("policy".to_owned(), policy.to_string().into_bytes()),
//!     ("records.jsonl".to_owned(), lines.clone()),
//! ]);
//! folder.extend(written.tiles().map(|id| (id.path(), bytes(id))));
//! let manifest = written.manifest.sign(&key).unwrap();
//! folder.insert("manifest".to_owned(), manifest.to_string().into_bytes());
//!
//! // Whoever verifies it reads them, and trusts the key that he knows.
//! struct Folder(BTreeMap<String, Vec<u8>>);
//! impl Files for Folder {
//!     type Error = Infallible;
//!     fn read(&mut self, path: &str, _: usize) -> Result<Option<Vec<u8>>, Infallible> {
//!         Ok(self.0.get(path).cloned())
//!     }
//! }
//! let paths: Vec<String> = folder.keys().cloned().collect();
//! let mut folder = Folder(folder);
//! let mut verifier = ExportVerifier::open(&mut folder, &policy).unwrap();
//! verifier.records(&mut folder, &lines, |shown| {
//!     assert_eq!((shown.index, shown.record.unwrap().head.event), (0, &b"x"[..]));
//!     Ok(())
//! }).unwrap();
//! assert_eq!(verifier.finish(paths).unwrap().manifest.records, 1);
//!
//! // One bit of the record, and it is named.
//! lines[80] ^= 1;
//! let mut verifier = ExportVerifier::open(&mut folder, &policy).unwrap();
//! let error = verifier.records(&mut folder, &lines, |_| Ok(())).unwrap_err();
//! assert_eq!(error.to_string(), "record 0: not what the log holds there");
//! ```

mod error;
mod line;
mod manifest;
mod needed;
mod record;
mod verifier;
mod writer;

#[cfg(test)]
mod tests;

pub use error::{ExportError, VerifyError};
pub use line::{LINE_BYTES_MAX, VIEW_BYTES_MAX, VIEW_DEPTH_MAX, ViewError};
pub use manifest::{
    ABOUT_BYTES_MAX, About, CHECKPOINT, FileSum, MANIFEST, Manifest, ManifestError, POLICY,
    RECORDS, RECORDS_MAX, Span,
};
pub use record::{ErasedKey, RECORD_BYTES_MAX, RecordError, RecordHead};
pub use verifier::{CLOCK_SLACK_S, ExportSummary, ExportVerifier, Files, Opened, Shown};
pub use writer::{ExportWriter, WriteError, Written};

use crate::tile::{TileId, edge_of};

/// The tiles at the right edge of a tree of this size, from the highest level down: one for each level that is not made of full tiles only. All of them belong to
/// every export.
pub fn edge(size: u64) -> impl Iterator<Item = TileId> {
    edge_of(size)
}
