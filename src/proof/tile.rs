//! The tree as C2SP `tlog-tiles` publishes it: files of up to 256 hashes of one level, of which every proof can be made. What a tile is called, what it
//! consists of, and which tiles a tree has. Where they are kept is the business of whoever keeps them.

mod cover;
mod entries;
mod hashes;
mod id;

pub(crate) use cover::edge_of;
pub use cover::{tiles_for, tiles_new, tiles_of};
pub use entries::EntryBundle;
pub use hashes::Tile;
pub use id::{Level, TileId};

/// Hashes in a full tile.
pub const TILE_WIDTH: u16 = 256;
/// Bits of an index that one level of tiles takes: its tiles are trees of this height.
pub(crate) const TILE_HEIGHT: u8 = 8;
/// The highest level of tiles that a path can name.
pub const TILE_LEVEL_MAX: u8 = 63;
/// The longest entry that a bundle can hold, in bytes.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// Why something is no tile of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// The text is not the path of a tile, or not written as the path of that tile is.
    #[error("not the path of a tile")]
    Path,
    /// The level is over [`TILE_LEVEL_MAX`].
    #[error("level {level} is over {TILE_LEVEL_MAX}")]
    Level {
        /// That was asked for.
        level: u8,
    },
    /// The width is 0 or over [`TILE_WIDTH`].
    #[error("a tile is 1 to {TILE_WIDTH} wide, not {width}")]
    Width {
        /// Hashes or entries.
        width: usize,
    },
    /// Not 32 bytes for each hash.
    #[error("a tile of {width} hashes has {} bytes, not {bytes}", usize::from(*width) * 32)]
    HashBytes {
        /// Hashes that it should have.
        width: u16,
        /// Bytes that it has.
        bytes: usize,
    },
    /// Not as many entries as the bundle is wide, or a length that the bytes do not bear out.
    #[error("not a bundle of {width} entries, each after its length")]
    EntryBytes {
        /// Entries that it should have.
        width: u16,
    },
    /// An entry is longer than [`ENTRY_BYTES_MAX`].
    #[error("an entry of {bytes} bytes does not go into a bundle")]
    EntryLength {
        /// Of the entry.
        bytes: usize,
    },
    /// The tree has no such tile.
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
}

impl TileError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Path => "tile-path",
            Self::Level { .. } => "tile-level",
            Self::Width { .. } => "tile-width",
            Self::HashBytes { .. } => "tile-hash-bytes",
            Self::EntryBytes { .. } => "tile-entry-bytes",
            Self::EntryLength { .. } => "tile-entry-length",
            Self::Beyond { .. } => "tile-beyond",
            Self::LeafBeyond { .. } => "tile-leaf-beyond",
        }
    }
}
