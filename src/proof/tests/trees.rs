//! Roots and proofs of every tree of up to 300 leaves, against the naive tree.

use std::sync::LazyLock;

use super::naive;
use crate::{
    Frontier, Hash, MemoryTree, ProofError, leaf_hash, root_from_inclusion, verify_consistency,
    verify_inclusion,
};

const SIZE_MAX: usize = 300;

/// The first leaves of one tree that all tests share.
pub(super) fn leaves(count: usize) -> &'static [Hash] {
    &GROWN.leaves()[..count]
}

/// A tree of three levels of tiles, which was every smaller tree once.
pub(super) static GROWN: LazyLock<MemoryTree> = LazyLock::new(|| {
    (0..70_001)
        .map(|n| leaf_hash(format!("leaf {n}").as_bytes()))
        .collect()
});

fn spoiled(hash: &Hash, bit: usize) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    Hash::new(bytes)
}

/// The path with one bit of one of its hashes turned.
fn with_a_bit_turned(path: &[Hash], at: usize, bit: usize) -> Vec<Hash> {
    let mut path = path.to_vec();
    path[at] = spoiled(&path[at], bit);
    path
}

#[test]
fn the_frontier_says_the_root_of_every_size() {
    let leaves = leaves(SIZE_MAX);
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), naive::root(&[]));
    for (n, leaf) in leaves.iter().enumerate() {
        frontier.push(*leaf);
        assert_eq!(frontier.size(), n as u64 + 1);
        assert_eq!(frontier.root(), naive::root(&leaves[..=n]), "{}", n + 1);
    }
}

#[test]
fn every_leaf_of_every_tree_verifies_where_it_stands_and_nowhere_else() {
    let leaves = leaves(SIZE_MAX);
    for size in 1..=SIZE_MAX {
        let tree = &leaves[..size];
        let root = naive::root(tree);
        // Every leaf of small trees, of larger ones both edges and some between.
        let step = (size / 12).max(1);
        for index in (0..size).step_by(step).chain([size - 1]) {
            let path = naive::inclusion(index, tree);
            let verify = |leaf: &Hash, index: usize, size: usize, path: &[Hash], root: &Hash| {
                verify_inclusion(leaf, index as u64, size as u64, path, root)
            };
            let leaf = &tree[index];
            assert_eq!(verify(leaf, index, size, &path, &root), Ok(()));
            let bit = size * 31 + index * 7;
            let wrong = Err(ProofError::RootDiffers);
            assert_eq!(
                verify(&spoiled(leaf, bit), index, size, &path, &root),
                wrong
            );
            assert_eq!(
                verify(leaf, index, size, &path, &spoiled(&root, bit)),
                wrong
            );
            for at in 0..path.len() {
                let path = with_a_bit_turned(&path, at, bit + at);
                assert_eq!(verify(leaf, index, size, &path, &root), wrong);
            }
            for other in [index ^ 1, index + 1, index.wrapping_sub(1), index ^ 64] {
                assert!(
                    verify(leaf, other, size, &path, &root).is_err(),
                    "{other}/{size}"
                );
            }
            let length = Err(ProofError::PathLength);
            let longer = [&path[..], &[root]].concat();
            assert_eq!(verify(leaf, index, size, &longer, &root), length);
            if let Some((_, shorter)) = path.split_last() {
                assert_eq!(verify(leaf, index, size, shorter, &root), length);
            }
        }
    }
}

#[test]
fn every_tree_is_shown_to_be_the_beginning_of_every_larger_one_and_no_other_is() {
    let leaves = leaves(SIZE_MAX);
    let roots: Vec<Hash> = (0..=SIZE_MAX).map(|n| naive::root(&leaves[..n])).collect();
    let verify = |old: usize, old_root: &Hash, new: usize, new_root: &Hash, path: &[Hash]| {
        verify_consistency(old as u64, old_root, new as u64, new_root, path)
    };
    for new in 1..=SIZE_MAX {
        let step = (new / 12).max(1);
        for old in (1..=new).step_by(step).chain([new.max(2) - 1]) {
            let path = naive::consistency(old, &leaves[..new]);
            let (first, second) = (&roots[old], &roots[new]);
            assert_eq!(
                verify(old, first, new, second, &path),
                Ok(()),
                "{old}, {new}"
            );
            let bit = new * 29 + old * 13;
            assert!(verify(old, &spoiled(first, bit), new, second, &path).is_err());
            assert!(verify(old, first, new, &spoiled(second, bit), &path).is_err());
            for at in 0..path.len() {
                let path = with_a_bit_turned(&path, at, bit + at);
                assert!(
                    verify(old, first, new, second, &path).is_err(),
                    "{old}, {new}, {at}"
                );
            }
            let longer = [&path[..], &[*first]].concat();
            let length = Err(ProofError::PathLength);
            assert_eq!(verify(old, first, new, second, &longer), length);
            if let Some((_, shorter)) = path.split_last() {
                assert_eq!(verify(old, first, new, second, shorter), length);
            }
            if old < new {
                let beyond = ProofError::OldBeyond {
                    old: new as u64,
                    new: old as u64,
                };
                assert_eq!(verify(new, second, old, first, &path), Err(beyond));
            }
        }
    }
}

#[test]
fn a_tree_without_leaves_holds_nothing_and_proves_nothing() {
    let leaf = leaf_hash(b"");
    let empty = Hash::EMPTY_ROOT;
    let beyond = Err(ProofError::IndexBeyond { index: 0, size: 0 });
    assert_eq!(verify_inclusion(&leaf, 0, 0, &[], &empty), beyond);
    for (new, root) in [(0, empty), (1, leaf)] {
        let refused = verify_consistency(0, &empty, new, &root, &[]);
        assert_eq!(refused, Err(ProofError::OldEmpty));
    }
}

#[test]
fn the_largest_sizes_and_longest_paths_are_read_like_others() {
    let leaf = leaf_hash(b"");
    let path = |length| vec![leaf; length];
    let last = u64::MAX - 1;
    // Of 2^64 - 1 leaves the first has 64 levels above it, and the last one level less: nothing stands to its right.
    assert!(root_from_inclusion(&leaf, 0, u64::MAX, &path(64)).is_ok());
    assert!(root_from_inclusion(&leaf, last, u64::MAX, &path(63)).is_ok());
    for (index, length) in [(0, 63), (0, 65), (0, 10_000), (last, 62), (last, 64)] {
        let refused = root_from_inclusion(&leaf, index, u64::MAX, &path(length));
        assert_eq!(refused, Err(ProofError::PathLength), "{index}, {length}");
    }
    let beyond = root_from_inclusion(&leaf, u64::MAX, u64::MAX, &path(64));
    assert!(matches!(beyond, Err(ProofError::IndexBeyond { .. })));
    for length in [0, 1, 63, 64, 65, 10_000] {
        let refused = verify_consistency(1 << 63, &leaf, u64::MAX, &leaf, &path(length));
        assert!(refused.is_err());
    }
}
