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

use crate::hash::Hash;
use crate::tile::{Tile, TileId, edge_of};

/// The tiles at the right edge of a tree of this size, from the highest level down: one for each level that is not made of full tiles only. All of them belong to
/// every export.
pub fn edge(size: u64) -> impl Iterator<Item = TileId> {
    edge_of(size)
}

/// The root of the tree of this size, by the bytes of its edge. None: they are not as many, or not as long, as they should be.
fn root_of(size: u64, edge_bytes: &[Vec<u8>]) -> Option<Hash> {
    let ids: Vec<TileId> = edge(size).collect();
    if ids.len() != edge_bytes.len() {
        return None;
    }
    let mut root = None;
    for (id, bytes) in ids.iter().zip(edge_bytes).rev() {
        root = Some(Tile::parse(bytes, id.width()).ok()?.root_before(root));
    }
    Some(root.unwrap_or(Hash::EMPTY_ROOT))
}
