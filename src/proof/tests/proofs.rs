//! Proofs that are made of tiles, against those of the naive tree.

use std::cell::RefCell;

use proptest::prelude::*;

use super::naive;
use super::trees::{GROWN, leaves};
use crate::{
    Hash, Level, MemoryTree, NodeError, Nodes, ProveError, TileError, TileId, TileNodes,
    TileSource, consistency, inclusion, node_hash, root, verify_consistency, verify_inclusion,
};

/// Around every height at which the shape of the tiles changes.
const LARGE: [usize; 6] = [65_535, 65_536, 65_537, 65_792, 70_000, 70_001];

fn tree(leaves: &[Hash]) -> MemoryTree {
    leaves.iter().copied().collect()
}

#[test]
fn every_path_out_of_tiles_is_the_path_of_the_definition() {
    let leaves = leaves(300);
    // The tree has grown on: an older size is proved from the tiles that it had.
    let tree = &*GROWN;
    for size in 0..=leaves.len() {
        let nodes = TileNodes::new(|id: TileId| tree.tile(id), size as u64);
        let part = &leaves[..size];
        assert_eq!(root(&nodes, size as u64), Ok(naive::root(part)));
        let step = (size / 12).max(1);
        for index in (0..size).step_by(step).chain(size.checked_sub(1)) {
            let path = inclusion(&nodes, index as u64, size as u64).unwrap();
            assert_eq!(path, naive::inclusion(index, part), "{index} of {size}");
            let in_memory = inclusion(tree, index as u64, size as u64);
            assert_eq!(in_memory, Ok(path));
        }
        for old in (1..=size).step_by(step) {
            let path = consistency(&nodes, old as u64, size as u64).unwrap();
            assert_eq!(path, naive::consistency(old, part), "{old} of {size}");
            assert_eq!(consistency(tree, old as u64, size as u64), Ok(path));
        }
    }
}

/// Trees too large to be kept, of which all leaves are equal, so that all complete subtrees of a height are.
struct Alike;

impl Nodes for Alike {
    type Error = std::convert::Infallible;

    fn node(&self, level: u8, _: u64) -> Result<Hash, Self::Error> {
        let leaf = Hash::new([7; 32]);
        Ok((0..level).fold(leaf, |hash, _| node_hash(&hash, &hash)))
    }
}

#[test]
fn trees_up_to_the_largest_are_proved_by_what_is_made_of_them() {
    let sizes = [1, 3, (1 << 62) + 1, 1 << 63, (1 << 63) + 1, u64::MAX];
    let made = |size| root(&Alike, size).unwrap();
    for new in sizes {
        for old in sizes.into_iter().filter(|old| *old <= new) {
            let path = inclusion(&Alike, old - 1, new).unwrap();
            let leaf = Hash::new([7; 32]);
            let shown = verify_inclusion(&leaf, old - 1, new, &path, &made(new));
            assert_eq!(shown, Ok(()), "{old} of {new}");
            let path = consistency(&Alike, old, new).unwrap();
            let shown = verify_consistency(old, &made(old), new, &made(new), &path);
            assert_eq!(shown, Ok(()), "{old} to {new}: {} hashes", path.len());
        }
    }
}

#[test]
fn a_tree_of_three_levels_of_tiles_proves_its_leaves_and_its_growth() {
    let leaves = leaves(LARGE[5]);
    let tree = &*GROWN;
    for size in LARGE {
        let part = &leaves[..size];
        let made = naive::root(part);
        let nodes = TileNodes::new(tree, size as u64);
        assert_eq!(root(&nodes, size as u64), Ok(made));
        for index in [0, 255, 256, 12_345, 65_534, size - 1] {
            let path = inclusion(&nodes, index as u64, size as u64).unwrap();
            let shown = verify_inclusion(&leaves[index], index as u64, size as u64, &path, &made);
            assert_eq!(shown, Ok(()), "{index} of {size}");
        }
        for old in [1, 255, 256, 257, 4096, 12_345, 65_535, size] {
            let path = consistency(&nodes, old as u64, size as u64).unwrap();
            let first = naive::root(&leaves[..old]);
            let shown = verify_consistency(old as u64, &first, size as u64, &made, &path);
            assert_eq!(shown, Ok(()), "{old} of {size}");
        }
    }
}

#[test]
fn what_a_tree_does_not_have_is_no_proof() {
    let tree = tree(leaves(10));
    let nodes = TileNodes::new(&tree, 10);
    let beyond = ProveError::IndexBeyond {
        index: 10,
        size: 10,
    };
    assert_eq!(inclusion(&nodes, 10, 10), Err(beyond));
    let beyond = ProveError::OldBeyond { old: 11, new: 10 };
    assert_eq!(consistency(&nodes, 11, 10), Err(beyond));
    assert_eq!(consistency(&nodes, 0, 10), Ok(vec![]));
    assert_eq!(consistency(&nodes, 10, 10), Ok(vec![]));
    // A size that the tiles are not of.
    for size in [11, 1 << 40, u64::MAX] {
        assert!(matches!(
            inclusion(&nodes, 0, size),
            Err(ProveError::Nodes(NodeError::Beyond { size: 10, .. }))
        ));
    }
    for (level, index) in [
        (4, 0),
        (3, 1),
        (0, 10),
        (0, u64::MAX),
        (63, 1),
        (64, 0),
        (255, u64::MAX),
    ] {
        let beyond = Err(NodeError::Beyond {
            level,
            index,
            size: 10,
        });
        assert_eq!(nodes.node(level, index), beyond, "{level}, {index}");
        assert!(tree.node(level, index).is_err(), "{level}, {index}");
    }
}

#[test]
fn what_the_source_says_is_passed_on() {
    let nodes = TileNodes::new(|_| Err("the disk is gone"), 1000);
    let gone = ProveError::Nodes(NodeError::Source("the disk is gone"));
    assert_eq!(inclusion(&nodes, 5, 1000), Err(gone));
    assert_eq!(consistency(&nodes, 5, 1000), Err(gone));
    assert_eq!(root(&nodes, 1000), Err(gone));
}

#[test]
fn a_tile_of_another_width_than_was_asked_for_is_named() {
    let tree = tree(leaves(300));
    let nodes = TileNodes::new(
        |id: TileId| tree.tile(id).map(|bytes| [&bytes[..], &[0]].concat()),
        300,
    );
    let id = TileId::new(Level::Hashes(0), 1, 44).unwrap();
    let error = TileError::HashBytes {
        width: 44,
        bytes: 44 * 32 + 1,
    };
    let refused = inclusion(&nodes, 299, 300);
    assert_eq!(
        refused,
        Err(ProveError::Nodes(NodeError::Tile { id, error }))
    );
}

#[test]
fn a_tile_is_read_once_as_long_as_it_is_kept() {
    let tree = &*GROWN;
    let reads = RefCell::new(0);
    let source = |id: TileId| {
        *reads.borrow_mut() += 1;
        tree.tile(id)
    };
    let nodes = TileNodes::new(source, 70_000);
    for index in 256..512 {
        inclusion(&nodes, index, 70_000).unwrap();
    }
    // The leaf's tile, the one above it, and of the edge what stands beside the two.
    assert_eq!(reads.take(), 4);
    let nodes = TileNodes::new(source, 70_000).keeping(0);
    inclusion(&nodes, 256, 70_000).unwrap();
    let without = reads.take();
    assert!(without > 4);
    // Of two that are kept, the one that was asked for longest ago goes.
    let nodes = TileNodes::new(source, 70_000).keeping(2);
    for (index, read) in [(0, 1), (256, 1), (0, 0), (512, 1), (0, 0), (256, 1)] {
        nodes.node(0, index).unwrap();
        assert_eq!(reads.take(), read, "{index}");
    }
}

proptest! {
    #[test]
    fn a_wrong_tile_makes_no_proof_of_a_wrong_leaf(size in 1_u64..3000, at in any::<u64>(), old in any::<u64>(), tile in any::<usize>(), bit in any::<usize>()) {
        let leaves = leaves(usize::try_from(size).unwrap());
        let tree = tree(leaves);
        let ids: Vec<TileId> = crate::tiles_of(size).collect();
        let spoiled = ids[tile % ids.len()];
        let source = |id: TileId| tree.tile(id).map(|mut bytes| {
            if id == spoiled {
                let bit = bit % (bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            bytes
        });
        let nodes = TileNodes::new(source, size);
        let (index, old) = (at % size, old % size + 1);
        let leaf = &leaves[usize::try_from(index).unwrap()];
        // The bit may stand where the path does not come; a path that differs from the right one does not verify.
        let path = inclusion(&nodes, index, size).unwrap();
        let is_right = path == inclusion(&tree, index, size).unwrap();
        prop_assert_eq!(verify_inclusion(leaf, index, size, &path, &tree.root()).is_ok(), is_right);
        let path = consistency(&nodes, old, size).unwrap();
        let is_right = path == consistency(&tree, old, size).unwrap();
        let old_root = root(&tree, old).unwrap();
        prop_assert_eq!(verify_consistency(old, &old_root, size, &tree.root(), &path).is_ok(), is_right);
    }
}
