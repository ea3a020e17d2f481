//! The log of a gateway and what it proves: a Merkle tree over salted hashes (RFC 6962, RFC 9162), published in the formats of C2SP (tiles, signed
//! checkpoints, cosignatures of witnesses, receipts), so that programs that are not ours can read and verify it.
//!
//! Pure: no input or output, no clock, no randomness. Whoever keeps a log brings its files, its time and its keys; whoever verifies needs nothing but the
//! bytes and the public keys. No function panics, whatever bytes it is given. What it does **not** do: it keeps nothing, asks nobody, and knows nothing of
//! messages; the bytes of an entry are bytes to it.
//!
//! [`delivery`] is the second half: proof that invoiced care was confirmed and written down, without a word about the care. Its openings are not sealed for their readers here
//! (HPKE is not built).
//!
//! ```
//! use knooppunt_proof::{Salt, event_entry, leaf_hash, node_hash};
//!
//! // An entry is the salted hash of a record, so that it tells nothing once the salt is gone.
//! let salt = Salt::new(*b"an example of thirty-two bytes !").unwrap();
//! let first = leaf_hash(event_entry(&salt, b"what happened").as_bytes());
//! let second = leaf_hash(event_entry(&salt, b"what happened then").as_bytes());
//! // The root of the tree of the two.
//! assert_ne!(node_hash(&first, &second), node_hash(&second, &first));
//! ```

mod accept;
mod base64;
mod checkpoint;
mod cosignature;
pub mod delivery;
mod ed25519;
mod entry;
pub mod export;
mod frontier;
mod hash;
mod key;
mod memory;
mod nodes;
mod note;
mod policy;
mod prove;
mod receipt;
mod tile;
mod tiled;
mod verify;
mod witness;

#[cfg(test)]
mod tests;

pub use accept::{AcceptError, Accepted, Conflict, Cosigned, conflict};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use cosignature::{CosignatureError, Cosigner, TIME_MAX};
pub use ed25519::{Ed25519Error, PublicKey};
pub use entry::{EntryError, Salt, event_entry, statement_entry};
pub use frontier::{Frontier, FrontierError};
pub use hash::{Hash, HashError, leaf_hash, node_hash};
pub use key::{Algorithm, KeyError, KeyId, KeyName, SignerKey, VerifierKey};
pub use memory::MemoryTree;
pub use nodes::{NodeError, TileNodes, TileSource};
pub use note::{NoteError, NoteSignature, SignedNote, Verified};
pub use policy::{Policy, PolicyError};
pub use prove::{Nodes, ProveError, consistency, inclusion, root};
pub use receipt::{LogProof, ReceiptError};
pub use tile::{
    ENTRY_BYTES_MAX, EntryBundle, Level, TILE_LEVEL_MAX, TILE_WIDTH, Tile, TileError, TileId,
    tiles_for, tiles_new, tiles_of,
};
pub use tiled::{TiledError, TiledTree};
pub use verify::{PATH_MAX, ProofError, root_from_inclusion, verify_consistency, verify_inclusion};
pub use witness::{
    AddCheckpoint, Answer, Refused, SIZE_TYPE, Seen, WitnessError, consider, take_cosignatures,
};
