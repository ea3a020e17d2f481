//! Which tiles an export needs, found while its records come by in ascending order: the full tiles above each, once, and those of the right edge.

use crate::tile::{Level, TILE_WIDTH, TileId, edge_of};

/// Levels of tiles in the largest tree.
const LEVELS: usize = 8;

/// The full tiles above the leaves so far, and which of them were met in a listing.
#[derive(Debug)]
pub(super) struct Needed {
    size: u64,
    full: [Vec<Full>; LEVELS],
    edge: Vec<(TileId, bool)>,
}

#[derive(Debug, Clone, Copy)]
struct Full {
    index: u64,
    is_met: bool,
}

/// What a tile of a listing is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Met {
    First,
    Again,
    NotNeeded,
}

impl Needed {
    /// In a tree of this size.
    pub(super) fn new(size: u64) -> Needed {
        Needed {
            size,
            full: Default::default(),
            edge: edge_of(size).map(|id| (id, false)).collect(),
        }
    }

    /// Adds a leaf, which is not before the one added last.
    pub(super) fn add(&mut self, leaf: u64) {
        let (mut index, mut hashes) = (leaf, self.size);
        for full in &mut self.full {
            (index, hashes) = (index >> 8, hashes >> 8);
            let is_there = full.last().is_some_and(|last| last.index == index);
            if index >= hashes || is_there {
                return;
            }
            let is_met = false;
            full.push(Full { index, is_met });
        }
    }

    /// All of them: the edge from the highest level down, then the full tiles, so that what confirms a tile stands before it.
    pub(super) fn ids(&self) -> impl Iterator<Item = TileId> {
        let edge = self.edge.iter().map(|(id, _)| *id);
        let full = (0..8_u8).zip(&self.full).rev();
        edge.chain(full.flat_map(|(level, tiles)| {
            let full =
                move |tile: &Full| TileId::new(Level::Hashes(level), tile.index, TILE_WIDTH).ok();
            tiles.iter().filter_map(full)
        }))
    }

    /// Notes that a listing has this tile.
    pub(super) fn meet(&mut self, id: TileId) -> Met {
        let met = if id.is_partial() {
            let mut edge = self.edge.iter_mut();
            edge.find(|(own, _)| *own == id).map(|(_, is_met)| is_met)
        } else if let Level::Hashes(level) = id.level() {
            self.full.get_mut(usize::from(level)).and_then(|full| {
                let at = full.binary_search_by_key(&id.index(), |tile| tile.index);
                full.get_mut(at.ok()?).map(|tile| &mut tile.is_met)
            })
        } else {
            None
        };
        match met {
            None => Met::NotNeeded,
            Some(is_met) if *is_met => Met::Again,
            Some(is_met) => {
                *is_met = true;
                Met::First
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::tile::tiles_for;

    #[test]
    fn they_are_the_tiles_that_prove_these_leaves() {
        for size in [
            1,
            255,
            256,
            257,
            300,
            65_535,
            65_536,
            65_537,
            70_000,
            1 << 40,
        ] {
            for step in [1, 7, 255, 256, 1_000, size] {
                let leaves: Vec<u64> = (0..size)
                    .step_by(usize::try_from(step).unwrap())
                    .take(600)
                    .collect();
                let mut needed = Needed::new(size);
                for leaf in &leaves {
                    needed.add(*leaf);
                }
                let ids: Vec<TileId> = needed.ids().collect();
                let set: BTreeSet<TileId> = ids.iter().copied().collect();
                assert_eq!(set.len(), ids.len(), "none twice");
                let proving = tiles_for(leaves, size).unwrap().into_iter().collect();
                assert_eq!(set, proving, "{size} {step}");
            }
        }
    }

    #[test]
    fn a_tile_is_met_once_or_again_or_was_not_needed() {
        let mut needed = Needed::new(70_000);
        needed.add(0);
        let mut meet = |path: &str| needed.meet(path.parse().unwrap());
        assert_eq!(meet("tile/0/000"), Met::First);
        assert_eq!(meet("tile/0/000"), Met::Again);
        assert_eq!(meet("tile/0/001"), Met::NotNeeded);
        assert_eq!(meet("tile/0/000.p/7"), Met::NotNeeded);
        assert_eq!(meet("tile/0/273.p/112"), Met::First);
        assert_eq!(meet("tile/0/273.p/112"), Met::Again);
        assert_eq!(meet("tile/entries/000"), Met::NotNeeded);
        assert_eq!(meet("tile/9/000"), Met::NotNeeded);
    }
}
