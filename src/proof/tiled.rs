//! Tiles that are checked before they are believed: from a root that is known, downwards. Names the tile that is wrong.

use crate::hash::Hash;
use crate::nodes::TileSource;
use crate::tile::{Level, TILE_HEIGHT, Tile, TileError, TileId, edge_of};

/// Why tiles do not belong to a root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TiledError<E> {
    /// The tiles at the right edge of the tree together do not make the root: one of them is wrong, or the root is another tree's.
    #[error("the root is not made by the tiles of the edge: {}", paths(edge))]
    Root {
        /// The partial tiles of the tree, the highest level first; none if the tree has no leaves.
        edge: Vec<TileId>,
    },
    /// The tile does not hash to what stands for it in the tile above.
    #[error("{id} does not hash to what stands in {above}")]
    Differs {
        /// The tile.
        id: TileId,
        /// The tile above, which is right.
        above: TileId,
    },
    /// What the source gave is no such tile.
    #[error("{id}: {error}")]
    Tile {
        /// The tile.
        id: TileId,
        /// What is wrong with it.
        error: TileError,
    },
    /// The tree has no such tile of hashes.
    #[error("a tree of {size} leaves has no {id}")]
    Beyond {
        /// The tile.
        id: TileId,
        /// Leaves of the tree.
        size: u64,
    },
    /// The tree has no such leaf.
    #[error("a tree of {size} leaves has no leaf {index}")]
    LeafBeyond {
        /// Of the leaf, from 0.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The source does not have the tile, or cannot give it.
    #[error("{id}: {error}")]
    Source {
        /// The tile.
        id: TileId,
        /// What the source said.
        error: E,
    },
}

impl<E> TiledError<E> {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Root { .. } => "tiled-root",
            Self::Differs { .. } => "tiled-differs",
            Self::Tile { error, .. } => error.code(),
            Self::Beyond { .. } => "tiled-beyond",
            Self::LeafBeyond { .. } => "tiled-leaf-beyond",
            Self::Source { .. } => "tiled-source",
        }
    }

    /// The tiles that are meant: one, or of a root that differs those of the edge.
    pub fn tiles(&self) -> &[TileId] {
        match self {
            Self::Root { edge } => edge,
            Self::Differs { id, .. }
            | Self::Tile { id, .. }
            | Self::Beyond { id, .. }
            | Self::Source { id, .. } => std::slice::from_ref(id),
            Self::LeafBeyond { .. } => &[],
        }
    }
}

fn paths(edge: &[TileId]) -> String {
    let paths: Vec<String> = edge.iter().map(TileId::path).collect();
    paths.join(", ")
}

/// The tiles of a tree whose root and size are known. Gives nothing that does not belong to the root: the partial tiles at the right edge make the root
/// together, and every full tile hashes to what stands for it in the tile above.
///
/// Holds the edge and of each level the full tile that was read last, so at most 130 kB; who asks from left to right reads each tile once.
///
/// ```
/// use knooppunt_proof::{MemoryTree, TileId, TiledError, TiledTree, leaf_hash, tiles_for};
///
/// let tree: MemoryTree = (0..70_000_u64).map(|n| leaf_hash(&n.to_be_bytes())).collect();
/// let mut tiled = TiledTree::open(tree.root(), 70_000, |id: TileId| tree.tile(id)).unwrap();
/// assert_eq!(tiled.leaf(12_345), Ok(leaf_hash(&12_345_u64.to_be_bytes())));
///
/// // One byte of one tile is another, and that tile is named.
/// let spoiled: TileId = "tile/0/048".parse().unwrap();
/// let source = |id: TileId| tree.tile(id).map(|mut bytes| {
///     bytes[7] ^= u8::from(id == spoiled);
///     bytes
/// });
/// let mut tiled = TiledTree::open(tree.root(), 70_000, source).unwrap();
/// let wrong = tiled.check(tiles_for([0, 12_345], 70_000).unwrap()).unwrap_err();
/// assert_eq!(wrong.tiles(), [spoiled]);
/// # use knooppunt_proof::TileSource;
/// ```
#[derive(Debug)]
pub struct TiledTree<S> {
    source: S,
    held: HeldTiles,
}

impl<S: TileSource> TiledTree<S> {
    /// Reads the edge of the tree and holds it against the root. Err: a tile of the edge cannot be had, or together they make another root.
    pub fn open(root: Hash, size: u64, source: S) -> Result<TiledTree<S>, TiledError<S::Error>> {
        let held = HeldTiles::open(root, size, &mut |id| source.tile(id))?;
        Ok(TiledTree { source, held })
    }

    /// Leaves of the tree.
    pub fn size(&self) -> u64 {
        self.held.size
    }

    /// The leaf at `index`, from 0. Err: there is none, or a tile on the way to it is missing or wrong.
    pub fn leaf(&mut self, index: u64) -> Result<Hash, TiledError<S::Error>> {
        self.held.leaf(index, &mut |id| self.source.tile(id))
    }

    /// That all these tiles belong to the root. Err: of the first that does not, what is wrong; or the tree has no tile of that level, index and width.
    pub fn check(
        &mut self,
        tiles: impl IntoIterator<Item = TileId>,
    ) -> Result<(), TiledError<S::Error>> {
        tiles.into_iter().try_for_each(|id| self.tile(id).map(drop))
    }

    /// A tile that belongs to the root. Err: it or one above it is missing or wrong, or the tree has no tile of that level, index and width.
    pub fn tile(&mut self, id: TileId) -> Result<&Tile, TiledError<S::Error>> {
        self.held.tile(id, &mut |id| self.source.tile(id))
    }
}

/// The tiles of [`TiledTree`] without their source, which whoever asks brings along.
#[derive(Debug)]
pub(crate) struct HeldTiles {
    size: u64,
    edge: Vec<(TileId, Tile)>,
    /// Of each level the full tile that was read last.
    last: Vec<Option<(TileId, Tile)>>,
}

impl HeldTiles {
    /// As [`TiledTree::open`].
    pub(crate) fn open<E>(
        root: Hash,
        size: u64,
        source: &mut impl FnMut(TileId) -> Result<Vec<u8>, E>,
    ) -> Result<HeldTiles, TiledError<E>> {
        let mut edge = Vec::new();
        for id in edge_of(size) {
            edge.push((id, read(id, source)?));
        }
        let from_below = edge.iter().rev();
        let made = from_below.fold(None, |right, (_, tile)| Some(tile.root_before(right)));
        if made.unwrap_or(Hash::EMPTY_ROOT) != root {
            let edge = edge.iter().map(|(id, _)| *id).collect();
            return Err(TiledError::Root { edge });
        }
        let last = Vec::new();
        Ok(HeldTiles { size, edge, last })
    }

    /// As [`TiledTree::leaf`].
    pub(crate) fn leaf<E>(
        &mut self,
        index: u64,
        source: &mut impl FnMut(TileId) -> Result<Vec<u8>, E>,
    ) -> Result<Hash, TiledError<E>> {
        let size = self.size;
        let beyond = TiledError::LeafBeyond { index, size };
        let Some(id) = TileId::of(0, index >> TILE_HEIGHT, size) else {
            return Err(beyond);
        };
        let at = usize::from(index.to_le_bytes()[0]);
        let tile = self.tile(id, source)?;
        tile.hashes().get(at).copied().ok_or(beyond)
    }

    /// As [`TiledTree::tile`].
    fn tile<E>(
        &mut self,
        id: TileId,
        source: &mut impl FnMut(TileId) -> Result<Vec<u8>, E>,
    ) -> Result<&Tile, TiledError<E>> {
        let beyond = TiledError::Beyond {
            id,
            size: self.size,
        };
        let Level::Hashes(level) = id.level() else {
            return Err(beyond);
        };
        if TileId::of(level, id.index(), self.size) != Some(id) {
            return Err(beyond);
        }
        if self.held(id).is_none() {
            self.confirm(level, id, source)?;
        }
        self.held(id).ok_or(beyond)
    }

    fn held(&self, id: TileId) -> Option<&Tile> {
        let edge = self.edge.iter();
        edge.chain(self.last.iter().flatten())
            .find_map(|(held, tile)| (*held == id).then_some(tile))
    }

    /// Reads a full tile that the tree has, and holds it if it belongs there.
    fn confirm<E>(
        &mut self,
        level: u8,
        id: TileId,
        source: &mut impl FnMut(TileId) -> Result<Vec<u8>, E>,
    ) -> Result<(), TiledError<E>> {
        // A full tile, for the partial ones are held from the beginning; so there is one above it.
        let size = self.size;
        let beyond = TiledError::Beyond { id, size };
        let Some(above) = TileId::of(level + 1, id.index() >> TILE_HEIGHT, size) else {
            return Err(beyond);
        };
        let at = usize::from(id.index().to_le_bytes()[0]);
        let expected = self.tile(above, source)?.hashes().get(at).copied();
        let tile = read(id, source)?;
        if expected != Some(tile.root()) {
            return Err(TiledError::Differs { id, above });
        }
        let level = usize::from(level);
        if self.last.len() <= level {
            self.last.resize_with(level + 1, || None);
        }
        if let Some(last) = self.last.get_mut(level) {
            *last = Some((id, tile));
        }
        Ok(())
    }
}

fn read<E>(
    id: TileId,
    source: &mut impl FnMut(TileId) -> Result<Vec<u8>, E>,
) -> Result<Tile, TiledError<E>> {
    let bytes = source(id).map_err(|error| TiledError::Source { id, error })?;
    Tile::parse(&bytes, id.width()).map_err(|error| TiledError::Tile { id, error })
}
