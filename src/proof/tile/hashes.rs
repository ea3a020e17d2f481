//! A tile: consecutive hashes of one level.

use super::{TILE_WIDTH, TileError};
use crate::frontier::Frontier;
use crate::hash::Hash;

/// 1 to 256 consecutive hashes of one level. Its bytes are the hashes, one after the other: a full tile has 8,192.
///
/// ```
/// use knooppunt_proof::{Tile, leaf_hash, node_hash};
///
/// let [a, b] = [leaf_hash(b"a"), leaf_hash(b"b")];
/// let tile = Tile::new(vec![a, b]).unwrap();
/// assert_eq!(tile.to_bytes(), [*a.as_bytes(), *b.as_bytes()].concat());
/// assert_eq!(Tile::parse(&tile.to_bytes(), 2).unwrap(), tile);
/// assert_eq!(tile.root(), node_hash(&a, &b));
/// assert!(Tile::parse(&tile.to_bytes(), 3).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    hashes: Vec<Hash>,
}

impl Tile {
    /// Of its hashes. Err: none, or more than [`TILE_WIDTH`].
    pub fn new(hashes: Vec<Hash>) -> Result<Tile, TileError> {
        let width = hashes.len();
        if width == 0 || width > usize::from(TILE_WIDTH) {
            return Err(TileError::Width { width });
        }
        Ok(Tile { hashes })
    }

    /// Of the bytes of a tile of `width` hashes. Err: a width that no tile has, or not exactly 32 bytes for each.
    pub fn parse(bytes: &[u8], width: u16) -> Result<Tile, TileError> {
        let (hashes, rest) = bytes.as_chunks::<{ Hash::BYTES }>();
        if !rest.is_empty() || hashes.len() != usize::from(width) {
            let bytes = bytes.len();
            return Err(TileError::HashBytes { width, bytes });
        }
        Tile::new(hashes.iter().copied().map(Hash::new).collect())
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes
            .iter()
            .flat_map(Hash::as_bytes)
            .copied()
            .collect()
    }

    /// Its hashes: 1 to 256.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The same tile when it held only its first `width` hashes. Err: it holds fewer, or `width` is 0.
    pub fn narrowed(&self, width: u16) -> Result<Tile, TileError> {
        let width = usize::from(width);
        let hashes = self.hashes.get(..width).unwrap_or_default();
        if hashes.is_empty() {
            return Err(TileError::Width { width });
        }
        Ok(Tile {
            hashes: hashes.to_vec(),
        })
    }

    /// The root of the tree that has its hashes for leaves: of a full tile the hash that stands for it in the tile above.
    pub fn root(&self) -> Hash {
        self.root_before(None)
    }

    /// The root of the tree over its hashes and over what stands to their right: a smaller tree, which ends the level below.
    pub(crate) fn root_before(&self, right: Option<Hash>) -> Hash {
        let mut frontier = Frontier::new();
        frontier.extend(self.hashes.iter().copied().chain(right));
        frontier.root()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_exactly_the_bytes_of_its_hashes() {
        for width in [1_u16, 2, 255, 256] {
            let bytes: Vec<u8> = (0..usize::from(width) * 32)
                .map(|n| n.to_le_bytes()[0])
                .collect();
            let tile = Tile::parse(&bytes, width).unwrap();
            assert_eq!(tile.hashes().len(), usize::from(width));
            assert_eq!(tile.to_bytes(), bytes);
            for other in [bytes.len() - 1, bytes.len() - 32] {
                let refused = TileError::HashBytes {
                    width,
                    bytes: other,
                };
                assert_eq!(Tile::parse(&bytes[..other], width), Err(refused));
            }
            let longer = [&bytes[..], &[0]].concat();
            assert!(Tile::parse(&longer, width).is_err());
        }
    }

    #[test]
    fn a_tile_without_hashes_or_with_more_than_256_is_none() {
        assert_eq!(Tile::parse(&[], 0), Err(TileError::Width { width: 0 }));
        let refused = Err(TileError::Width { width: 257 });
        assert_eq!(Tile::parse(&[0; 257 * 32], 257), refused);
        assert_eq!(Tile::new(vec![]), Err(TileError::Width { width: 0 }));
    }

    #[test]
    fn a_full_tile_can_stand_for_what_it_was_before() {
        let tile = Tile::new((0..=255).map(|n| Hash::new([n; 32])).collect()).unwrap();
        assert_eq!(tile.narrowed(256).as_ref(), Ok(&tile));
        let narrow = tile.narrowed(3).unwrap();
        assert_eq!(narrow.hashes(), &tile.hashes()[..3]);
        for width in [0, 257] {
            assert!(tile.narrowed(width).is_err());
        }
    }
}
