//! The nodes of a tree out of its tiles: reads each tile once, makes the nodes inside it, and keeps as many tiles as it may.

use std::sync::{Arc, Mutex, PoisonError};

use crate::hash::{Hash, node_hash};
use crate::prove::Nodes;
use crate::tile::{TILE_HEIGHT, TILE_WIDTH, Tile, TileError, TileId};

/// Where tiles are kept: files, a database, a server. Every function of a [`TileId`] that gives bytes is one.
pub trait TileSource {
    /// Why a tile cannot be had.
    type Error;

    /// The bytes of this tile, exactly as wide as it says; whoever keeps only the full one gives the beginning of it.
    fn tile(&self, id: TileId) -> Result<Vec<u8>, Self::Error>;
}

impl<F, E> TileSource for F
where
    F: Fn(TileId) -> Result<Vec<u8>, E>,
{
    type Error = E;

    fn tile(&self, id: TileId) -> Result<Vec<u8>, E> {
        self(id)
    }
}

/// Why a node cannot be had from tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError<E> {
    /// The tree has no such complete subtree.
    #[error("a tree of {size} leaves has no complete subtree {index} at level {level}")]
    Beyond {
        /// Of the subtree: it has 2^level leaves.
        level: u8,
        /// Of the subtree in its level, from 0.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// What the source gave is no such tile.
    #[error("{id}: {error}")]
    Tile {
        /// The tile.
        id: TileId,
        /// What is wrong with it.
        error: TileError,
    },
    /// What the source said.
    #[error(transparent)]
    Source(#[from] E),
}

impl<E> NodeError<E> {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Beyond { .. } => "node-beyond",
            Self::Tile { error, .. } => error.code(),
            Self::Source(_) => "node-source",
        }
    }
}

/// The nodes of a tree of `size` leaves, from its tiles. It believes them: a proof that is made of wrong tiles does not verify.
///
/// Keeps the tiles that were read last, [`Self::KEPT`] of them or as many as [`Self::keeping`] says, with the nodes inside them: 16 kB for each.
///
/// ```
/// use knooppunt_proof::{MemoryTree, TileId, TileNodes, TileSource, inclusion, leaf_hash, verify_inclusion};
///
/// let tree: MemoryTree = (0..70_000_u64).map(|n| leaf_hash(&n.to_be_bytes())).collect();
/// // Any function that reads a tile will do: here one that takes it from memory.
/// let nodes = TileNodes::new(|id: TileId| tree.tile(id), 70_000);
/// let path = inclusion(&nodes, 12_345, 70_000).unwrap();
/// let leaf = leaf_hash(&12_345_u64.to_be_bytes());
/// assert_eq!(verify_inclusion(&leaf, 12_345, 70_000, &path, &tree.root()), Ok(()));
/// ```
#[derive(Debug)]
pub struct TileNodes<S> {
    source: S,
    size: u64,
    keep: usize,
    /// The one that was asked for last stands last.
    kept: Mutex<Vec<(TileId, Arc<Inner>)>>,
}

impl<S: TileSource> TileNodes<S> {
    /// Tiles that are kept: 64, so 1 MB.
    pub const KEPT: usize = 64;

    /// Of a tree of `size` leaves.
    pub fn new(source: S, size: u64) -> TileNodes<S> {
        TileNodes {
            source,
            size,
            keep: Self::KEPT,
            kept: Mutex::default(),
        }
    }

    /// Keeps so many tiles; with 0 each is read whenever it is needed.
    #[must_use]
    pub fn keeping(self, keep: usize) -> TileNodes<S> {
        TileNodes { keep, ..self }
    }

    /// Leaves of the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    fn inner(&self, id: TileId) -> Result<Arc<Inner>, NodeError<S::Error>> {
        if let Some(inner) = self.known(id) {
            return Ok(inner);
        }
        // Not under the lock: the source may be slow.
        let bytes = self.source.tile(id)?;
        let tile =
            Tile::parse(&bytes, id.width()).map_err(|error| NodeError::Tile { id, error })?;
        let inner = Arc::new(Inner::of(&tile));
        if self.keep > 0 {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= self.keep {
                kept.remove(0);
            }
            kept.push((id, Arc::clone(&inner)));
        }
        Ok(inner)
    }

    fn known(&self, id: TileId) -> Option<Arc<Inner>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().rposition(|(known, _)| *known == id)?;
        let found = kept.remove(at);
        let inner = Arc::clone(&found.1);
        kept.push(found);
        Some(inner)
    }
}

impl<S: TileSource> Nodes for TileNodes<S> {
    type Error = NodeError<S::Error>;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        let beyond = NodeError::Beyond {
            level,
            index,
            size: self.size,
        };
        let within = level % TILE_HEIGHT;
        // The node stands over the hashes from here on in the level that has tiles.
        let Some(first) = index.checked_shl(u32::from(within)) else {
            return Err(beyond);
        };
        if first >> within != index {
            return Err(beyond);
        }
        let tile = first / u64::from(TILE_WIDTH);
        let Some(id) = TileId::of(level / TILE_HEIGHT, tile, self.size) else {
            return Err(beyond);
        };
        let in_tile = (first % u64::from(TILE_WIDTH)) >> within;
        self.inner(id)?.node(within, in_tile).ok_or(beyond)
    }
}

/// The nodes inside a tile: its hashes, above them the hashes of the complete pairs, and so on.
#[derive(Debug)]
struct Inner {
    levels: Vec<Vec<Hash>>,
}

impl Inner {
    fn of(tile: &Tile) -> Inner {
        let mut levels = vec![tile.hashes().to_vec()];
        // The root of a full tile stands in the tile above.
        for _ in 1..TILE_HEIGHT {
            let below = levels.last().map_or(&[][..], Vec::as_slice);
            let (pairs, _) = below.as_chunks();
            let above = pairs.iter().map(|[left, right]| node_hash(left, right));
            levels.push(above.collect());
        }
        Inner { levels }
    }

    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        let index = usize::try_from(index).ok()?;
        self.levels.get(usize::from(level))?.get(index).copied()
    }
}
