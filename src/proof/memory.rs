//! A tree with all its tiles in memory: for small logs, for tests, and to show what a log that keeps tiles has to do.

use std::convert::Infallible;

use crate::frontier::Frontier;
use crate::hash::Hash;
use crate::nodes::{NodeError, TileSource};
use crate::prove::Nodes;
use crate::tile::{Level, TILE_HEIGHT, TILE_WIDTH, Tile, TileError, TileId};

/// A tree that holds its tiles: 32 bytes and an eighth of a byte a leaf. Gives the tiles of every size that it has had, for a narrower tile is the beginning of
/// a wider one.
///
/// ```
/// use knooppunt_proof::{MemoryTree, leaf_hash};
///
/// let mut tree = MemoryTree::new();
/// for n in 0..300_u64 {
///     tree.push(leaf_hash(&n.to_be_bytes()));
/// }
/// assert_eq!(tree.size(), 300);
/// assert_eq!(tree.hashes("tile/0/001.p/44".parse().unwrap()).unwrap().hashes().len(), 44);
/// assert!(tree.hashes("tile/0/001.p/45".parse().unwrap()).is_err());
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryTree {
    frontier: Frontier,
    /// Of each level of tiles all hashes, from the left.
    levels: Vec<Vec<Hash>>,
}

impl MemoryTree {
    /// Without leaves.
    pub fn new() -> MemoryTree {
        MemoryTree::default()
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        self.frontier.push_noting(leaf, |level, _, hash| {
            if !level.is_multiple_of(TILE_HEIGHT) {
                return;
            }
            let level = usize::from(level / TILE_HEIGHT);
            if levels.len() == level {
                levels.push(Vec::new());
            }
            if let Some(hashes) = levels.get_mut(level) {
                hashes.push(hash);
            }
        });
    }

    /// Leaves.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// All leaves, from the first.
    pub fn leaves(&self) -> &[Hash] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// A tile of this tree, or of the smaller one it has been. Err: it has not so many hashes, or the tile is one of entries.
    pub fn hashes(&self, id: TileId) -> Result<Tile, TileError> {
        self.slice(id)
            .ok_or(TileError::Beyond {
                id,
                size: self.size(),
            })
            .and_then(|hashes| Tile::new(hashes.to_vec()))
    }

    fn subtree(&self, level: u8, index: u64) -> Option<Hash> {
        let within = level % TILE_HEIGHT;
        let begin = usize::try_from(index.checked_mul(1 << within)?).ok()?;
        let end = begin.checked_add(1 << within)?;
        let hashes = self.levels.get(usize::from(level / TILE_HEIGHT))?;
        Some(Tile::new(hashes.get(begin..end)?.to_vec()).ok()?.root())
    }

    fn slice(&self, id: TileId) -> Option<&[Hash]> {
        let Level::Hashes(level) = id.level() else {
            return None;
        };
        let begin = id.index().checked_mul(u64::from(TILE_WIDTH))?;
        let begin = usize::try_from(begin).ok()?;
        let end = begin.checked_add(usize::from(id.width()))?;
        self.levels.get(usize::from(level))?.get(begin..end)
    }
}

impl FromIterator<Hash> for MemoryTree {
    /// Of leaves in their order.
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> MemoryTree {
        let mut tree = MemoryTree::new();
        tree.extend(leaves);
        tree
    }
}

impl Extend<Hash> for MemoryTree {
    /// Appends leaves in their order.
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        for leaf in leaves {
            self.push(leaf);
        }
    }
}

impl TileSource for MemoryTree {
    type Error = TileError;

    fn tile(&self, id: TileId) -> Result<Vec<u8>, TileError> {
        self.hashes(id).map(|tile| tile.to_bytes())
    }
}

impl Nodes for MemoryTree {
    type Error = NodeError<Infallible>;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        let size = self.size();
        self.subtree(level, index)
            .ok_or(NodeError::Beyond { level, index, size })
    }
}

impl TileSource for &MemoryTree {
    type Error = TileError;

    fn tile(&self, id: TileId) -> Result<Vec<u8>, TileError> {
        (**self).tile(id)
    }
}
