//! Which tiles a tree has, which it has got since it was smaller, and which of them prove something about some of its leaves.

use std::collections::BTreeSet;

use super::{Level, TILE_HEIGHT, TILE_WIDTH, TileError, TileId};

/// Levels of tiles in the largest tree.
const LEVELS: u8 = 8;

/// Every tile of hashes of a tree of `size` leaves, level by level from the leaves, and in each from left to right.
///
/// ```
/// use knooppunt_proof::tiles_of;
///
/// let paths: Vec<String> = tiles_of(70_000).map(|id| id.path()).collect();
/// // 273 full tiles of leaves and one of 112, of which a full and a partial one stand for the full ones, and one tile for the full one of those.
/// assert_eq!(paths.len(), 273 + 1 + 2 + 1);
/// assert_eq!(paths[272..], ["tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]);
/// ```
pub fn tiles_of(size: u64) -> impl Iterator<Item = TileId> {
    tiles_new(0, size)
}

/// The tiles of a tree of `new` leaves that the same tree of `old` leaves did not have; one that grew is another tile. None when `new` is not over `old`.
pub fn tiles_new(old: u64, new: u64) -> impl Iterator<Item = TileId> {
    (0..LEVELS).flat_map(move |level| {
        let hashes = |size: u64| size >> (u32::from(level) * u32::from(TILE_HEIGHT));
        let (old, new) = (hashes(old), hashes(new));
        let wide = u64::from(TILE_WIDTH);
        let tiles = if new > old {
            old / wide..new.div_ceil(wide)
        } else {
            0..0
        };
        tiles.filter_map(move |index| {
            let width = (new - index * wide).min(wide);
            let width = u16::try_from(width).ok()?;
            TileId::new(Level::Hashes(level), index, width).ok()
        })
    })
}

/// Exactly the tiles out of which [`crate::TiledTree`] confirms the leaves at these indices in a tree of `size` leaves: above each leaf every full tile, and
/// the partial tiles of the right edge, which make the root. Each once; the highest level first and in each from left to right, so that
/// what confirms a tile stands before it. Nothing for no leaves. Err: an index that is not below `size`.
///
/// ```
/// use knooppunt_proof::tiles_for;
///
/// let paths = |indices: &[u64]| -> Vec<String> {
///     tiles_for(indices.iter().copied(), 70_000).unwrap().iter().map(|id| id.path()).collect()
/// };
/// // The edge is tile/2/000.p/1, tile/1/001.p/17 and tile/0/273.p/112; a leaf in the last of them needs nothing else.
/// assert_eq!(paths(&[69_999]), ["tile/2/000.p/1", "tile/1/001.p/17", "tile/0/273.p/112"]);
/// assert_eq!(paths(&[0]), ["tile/2/000.p/1", "tile/1/000", "tile/1/001.p/17", "tile/0/000", "tile/0/273.p/112"]);
/// assert!(tiles_for([70_000], 70_000).is_err());
/// ```
pub fn tiles_for(
    indices: impl IntoIterator<Item = u64>,
    size: u64,
) -> Result<Vec<TileId>, TileError> {
    let (mut needed, mut is_any) = (BTreeSet::new(), false);
    for index in indices {
        if index >= size {
            return Err(TileError::LeafBeyond { index, size });
        }
        let mut tile = index;
        for level in 0..LEVELS {
            tile >>= TILE_HEIGHT;
            // What stands above a partial tile does not contain it: the edge, below, confirms it.
            let Some(id) = TileId::of(level, tile, size).filter(|id| !id.is_partial()) else {
                break;
            };
            if !needed.insert(id) {
                break;
            }
        }
        is_any = true;
    }
    let mut needed: Vec<TileId> = needed.into_iter().collect();
    needed.extend(edge_of(size).filter(|_| is_any));
    needed.sort_by_key(|id| (std::cmp::Reverse(id.level()), id.index()));
    Ok(needed)
}

/// The partial tiles of a tree, the highest level first: together they make its root.
pub(crate) fn edge_of(size: u64) -> impl Iterator<Item = TileId> {
    (0..LEVELS).rev().filter_map(move |level| {
        let hashes = size >> (u32::from(level) * u32::from(TILE_HEIGHT));
        TileId::of(level, hashes / u64::from(TILE_WIDTH), size)
    })
}
