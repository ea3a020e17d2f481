//! What a path proves: that a leaf stands in a tree, and that one tree is the beginning of another (RFC 9162 sections 2.1.3.2 and 2.1.4.2).

use crate::hash::{Hash, node_hash};

/// The longest path to a leaf: the height of the largest tree. Longer ones are refused unread.
pub const PATH_MAX: usize = 64;
/// The longest path from one tree to another: it begins with a node of the older tree.
const CONSISTENCY_PATH_MAX: usize = PATH_MAX + 1;

/// Why a path proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The leaf's index is not below the number of leaves.
    #[error("leaf {index} does not stand in a tree of {size} leaves")]
    IndexBeyond {
        /// Of the leaf, from 0.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The path is shorter or longer than one in a tree of this size.
    #[error("the path is too short or too long")]
    PathLength,
    /// The leaf and the path do not make the root.
    #[error("leaf and path do not make the root")]
    RootDiffers,
    /// The older tree has no leaves: it is the beginning of every tree, and nothing can be proved about it.
    #[error("a tree without leaves proves nothing about another")]
    OldEmpty,
    /// The older tree has more leaves than the newer.
    #[error("a tree of {old} leaves is no beginning of one of {new}")]
    OldBeyond {
        /// Leaves of the older tree.
        old: u64,
        /// Leaves of the newer tree.
        new: u64,
    },
    /// The path does not make the root of the older tree.
    #[error("the path does not make the root of the older tree")]
    OldRootDiffers,
    /// The path does not make the root of the newer tree.
    #[error("the path does not make the root of the newer tree")]
    NewRootDiffers,
}

impl ProofError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::IndexBeyond { .. } => "proof-index-beyond",
            Self::PathLength => "proof-path-length",
            Self::RootDiffers => "proof-root-differs",
            Self::OldEmpty => "proof-old-empty",
            Self::OldBeyond { .. } => "proof-old-beyond",
            Self::OldRootDiffers => "proof-old-root-differs",
            Self::NewRootDiffers => "proof-new-root-differs",
        }
    }
}

/// That the leaf stands at `index` (from 0) in the tree of `size` leaves with this root; the path is from the leaf's sibling up. Err: it is not shown.
///
/// ```
/// use knooppunt_proof::{ProofError, leaf_hash, node_hash, verify_inclusion};
///
/// let [a, b, c] = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
/// let left = node_hash(&a, &b);
/// let root = node_hash(&left, &c);
/// assert_eq!(verify_inclusion(&a, 0, 3, &[b, c], &root), Ok(()));
/// assert_eq!(verify_inclusion(&c, 2, 3, &[left], &root), Ok(()));
/// assert_eq!(verify_inclusion(&a, 1, 3, &[b, c], &root), Err(ProofError::RootDiffers));
/// assert_eq!(verify_inclusion(&a, 0, 3, &[b], &root), Err(ProofError::PathLength));
/// ```
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if root_from_inclusion(leaf, index, size, path)? == *root {
        Ok(())
    } else {
        Err(ProofError::RootDiffers)
    }
}

/// The root of the tree of `size` leaves in which the leaf stands at `index` with this path. Err: there is no such tree (RFC 9162 section 2.1.3.2, up to the
/// comparison).
pub fn root_from_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
) -> Result<Hash, ProofError> {
    if index >= size {
        return Err(ProofError::IndexBeyond { index, size });
    }
    if path.len() > PATH_MAX {
        return Err(ProofError::PathLength);
    }
    // `node` and `last` are fn and sn of the RFC: the node's index in its level and that of the level's last.
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(ProofError::PathLength);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last == 0 {
        Ok(hash)
    } else {
        Err(ProofError::PathLength)
    }
}

/// That the tree of `old` leaves with the root `old_root` is the beginning of the tree of `new` leaves with the root `new_root`. Of trees of one size the
/// path is empty and the roots are equal. Err: it is not shown; of an `old` of 0 nothing can be.
///
/// ```
/// use knooppunt_proof::{ProofError, leaf_hash, node_hash, verify_consistency};
///
/// let [a, b, c] = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
/// let two = node_hash(&a, &b);
/// let three = node_hash(&two, &c);
/// assert_eq!(verify_consistency(2, &two, 3, &three, &[c]), Ok(()));
/// assert_eq!(verify_consistency(3, &three, 2, &two, &[]), Err(ProofError::OldBeyond { old: 3, new: 2 }));
/// // Another second leaf: the older tree was another.
/// let forked = node_hash(&a, &c);
/// assert_eq!(verify_consistency(2, &forked, 3, &three, &[c]), Err(ProofError::NewRootDiffers));
/// ```
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::OldBeyond { old, new });
    }
    if old == 0 {
        return Err(ProofError::OldEmpty);
    }
    if path.len() > CONSISTENCY_PATH_MAX {
        return Err(ProofError::PathLength);
    }
    if old == new {
        return match (path, old_root == new_root) {
            ([], true) => Ok(()),
            ([], false) => Err(ProofError::NewRootDiffers),
            _ => Err(ProofError::PathLength),
        };
    }
    // Of an older tree that is one complete subtree the path does not repeat the root (step 2 of the RFC).
    let (first, rest) = match path {
        [] => return Err(ProofError::PathLength),
        _ if old.is_power_of_two() => (old_root, path),
        [first, rest @ ..] => (first, rest),
    };
    let (mut node, mut last) = (old - 1, new - 1);
    let complete = node.trailing_ones();
    (node, last) = (node >> complete, last >> complete);
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError::PathLength);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::PathLength);
    }
    if old_hash != *old_root {
        return Err(ProofError::OldRootDiffers);
    }
    if new_hash != *new_root {
        return Err(ProofError::NewRootDiffers);
    }
    Ok(())
}
