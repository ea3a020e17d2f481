//! Tiles that are checked from the root down: those that are needed and no others, and the wrong one is named.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::trees::GROWN;
use crate::{Hash, TileError, TileId, TileSource, TiledError, TiledTree, tiles_for, tiles_of};

#[test]
fn all_tiles_of_every_small_tree_belong_to_its_root_and_to_no_other() {
    let grown = &*GROWN;
    for size in 0..=600 {
        let root = crate::root(grown, size).unwrap();
        let mut tiled = TiledTree::open(root, size, grown).unwrap();
        assert_eq!(tiled.check(tiles_of(size)), Ok(()));
        for index in 0..size {
            assert_eq!(
                tiled.leaf(index),
                Ok(grown.leaves()[usize::try_from(index).unwrap()])
            );
        }
        let beyond = TiledError::LeafBeyond { index: size, size };
        assert_eq!(tiled.leaf(size), Err(beyond));
        let other = Hash::new([7; 32]);
        let refused = TiledTree::open(other, size, grown).unwrap_err();
        let edge: Vec<TileId> = tiles_of(size).filter(TileId::is_partial).collect();
        assert_eq!(
            refused.tiles().iter().collect::<BTreeSet<_>>(),
            edge.iter().collect()
        );
        assert_eq!(refused.code(), "tiled-root");
    }
}

#[test]
fn a_tile_that_is_not_of_this_tree_is_refused_even_when_the_source_has_it() {
    let tree = &*GROWN;
    let root = crate::root(tree, 700).unwrap();
    let mut tiled = TiledTree::open(root, 700, tree).unwrap();
    for path in [
        "tile/0/002",
        "tile/0/002.p/187",
        "tile/0/003.p/1",
        "tile/1/000.p/3",
        "tile/2/000.p/1",
        "tile/entries/000",
        "tile/63/000",
    ] {
        let id = path.parse().unwrap();
        let beyond = TiledError::Beyond { id, size: 700 };
        assert_eq!(tiled.tile(id).err(), Some(beyond), "{path}");
    }
    assert!(tiled.tile("tile/0/002.p/188".parse().unwrap()).is_ok());
}

#[test]
fn who_asks_from_left_to_right_reads_each_tile_once() {
    let tree = &*GROWN;
    let root = crate::root(tree, 70_000).unwrap();
    let reads = RefCell::new(Vec::new());
    let source = |id: TileId| {
        reads.borrow_mut().push(id);
        tree.tile(id)
    };
    let mut tiled = TiledTree::open(root, 70_000, source).unwrap();
    for index in 60_000..70_000 {
        tiled.leaf(index).unwrap();
    }
    let mut read = reads.take();
    read.sort();
    let mut needed = tiles_for(60_000..70_000, 70_000).unwrap();
    needed.sort();
    assert_eq!(read, needed);
}

/// One bit of a tile turned.
fn spoil(bytes: &mut [u8], bit: usize) {
    let bit = bit % (bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn of_the_tiles_that_are_needed_none_can_be_missing_and_none_wrong(size in 1_u64..70_000, some in prop::collection::vec(any::<u64>(), 1..5), at in any::<usize>(), bit in any::<usize>()) {
        let tree = &*GROWN;
        let root = crate::root(tree, size).unwrap();
        let indices: Vec<u64> = some.iter().map(|index| index % size).collect();
        let needed = tiles_for(indices.iter().copied(), size).unwrap();
        let chosen = needed[at % needed.len()];
        let walk = |source: &dyn Fn(TileId) -> Result<Vec<u8>, TileError>| {
            let mut tiled = TiledTree::open(root, size, source)?;
            tiled.check(needed.iter().copied())?;
            indices.iter().try_for_each(|index| tiled.leaf(*index).map(drop))
        };
        let reads = RefCell::new(BTreeSet::new());
        let all = |id: TileId| {
            reads.borrow_mut().insert(id);
            tree.tile(id)
        };
        prop_assert_eq!(walk(&all), Ok(()));
        // The leaves alone ask for exactly these.
        let reads_by_leaves = {
            reads.take();
            let mut tiled = TiledTree::open(root, size, all).unwrap();
            for index in &indices {
                tiled.leaf(*index).unwrap();
            }
            reads.take()
        };
        prop_assert_eq!(reads_by_leaves, needed.iter().copied().collect::<BTreeSet<_>>());

        let missing = |id: TileId| if id == chosen { Err(TileError::Path) } else { tree.tile(id) };
        let gone = TiledError::Source { id: chosen, error: TileError::Path };
        prop_assert_eq!(walk(&missing), Err(gone));

        let wrong = |id: TileId| tree.tile(id).map(|mut bytes| {
            if id == chosen {
                spoil(&mut bytes, bit);
            }
            bytes
        });
        let refused = walk(&wrong).unwrap_err();
        prop_assert!(refused.tiles().contains(&chosen), "{:?}", refused);
        prop_assert_eq!(refused.tiles().len() == 1 || chosen.is_partial(), true);

        let short = |id: TileId| tree.tile(id).map(|mut bytes| {
            if id == chosen {
                bytes.pop();
            }
            bytes
        });
        let refused = walk(&short).unwrap_err();
        prop_assert_eq!(refused.tiles(), [chosen]);
    }
}
