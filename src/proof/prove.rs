//! Makes proofs: the path that shows a leaf in its tree, the path that shows one tree to be the beginning of another, and the root. Where the hashes of the
//! nodes come from is said by [`Nodes`].

use crate::hash::{Hash, node_hash};

/// The hashes of a tree's nodes, wherever they are kept.
pub trait Nodes {
    /// Why a hash cannot be had.
    type Error;

    /// The hash of the complete subtree of the 2^`level` leaves that begin at leaf `index` * 2^`level`; at level 0 of one leaf.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

impl<N: Nodes + ?Sized> Nodes for &N {
    type Error = N::Error;

    fn node(&self, level: u8, index: u64) -> Result<Hash, N::Error> {
        (**self).node(level, index)
    }
}

/// Why a proof could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError<E> {
    /// The leaf's index is not below the number of leaves.
    #[error("leaf {index} does not stand in a tree of {size} leaves")]
    IndexBeyond {
        /// Of the leaf, from 0.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The older tree has more leaves than the newer.
    #[error("a tree of {old} leaves is no beginning of one of {new}")]
    OldBeyond {
        /// Leaves of the older tree.
        old: u64,
        /// Leaves of the newer tree.
        new: u64,
    },
    /// What [`Nodes`] said.
    #[error(transparent)]
    Nodes(#[from] E),
}

impl<E> ProveError<E> {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::IndexBeyond { .. } => "prove-index-beyond",
            Self::OldBeyond { .. } => "prove-old-beyond",
            Self::Nodes(_) => "prove-nodes",
        }
    }
}

/// The path that shows leaf `index` in the tree of `size` leaves: what [`crate::verify_inclusion`] takes (RFC 9162 section 2.1.3.1). Hashes that are wrong make
/// a path that does not verify. Err: there is no such leaf, or a hash cannot be had.
///
/// ```
/// use knooppunt_proof::{MemoryTree, inclusion, leaf_hash, verify_inclusion};
///
/// let tree: MemoryTree = (0..1000_u64).map(|n| leaf_hash(&n.to_be_bytes())).collect();
/// let path = inclusion(&tree, 789, 1000).unwrap();
/// let leaf = leaf_hash(&789_u64.to_be_bytes());
/// assert_eq!(verify_inclusion(&leaf, 789, 1000, &path, &tree.root()), Ok(()));
/// ```
pub fn inclusion<N: Nodes>(
    nodes: &N,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, ProveError<N::Error>> {
    if index >= size {
        return Err(ProveError::IndexBeyond { index, size });
    }
    let mut path = Vec::new();
    climb(nodes, 0, index, size, &mut path)?;
    Ok(path)
}

/// The path that shows the tree of `old` leaves to be the beginning of the tree of `new` leaves: what [`crate::verify_consistency`] takes (RFC 9162 section
/// 2.1.4.1). Empty when both are equal, and when `old` is 0. Err: `old` is over `new`, or a hash cannot be had.
pub fn consistency<N: Nodes>(
    nodes: &N,
    old: u64,
    new: u64,
) -> Result<Vec<Hash>, ProveError<N::Error>> {
    if old > new {
        return Err(ProveError::OldBeyond { old, new });
    }
    let mut path = Vec::new();
    if old == 0 || old == new {
        return Ok(path);
    }
    // The smallest complete subtree at the right edge of the older tree is a node of both; the path begins there.
    let level = trailing_zeros(old);
    let node = (old >> level) - 1;
    if !old.is_power_of_two() {
        path.push(nodes.node(level, node)?);
    }
    climb(nodes, level, node, new, &mut path)?;
    Ok(path)
}

/// The root of the tree of `size` leaves; of none, [`Hash::EMPTY_ROOT`]. Err: a hash cannot be had.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, ProveError<N::Error>> {
    Ok(range(nodes, 0, size)?)
}

/// Adds the sibling of the node and of every node above it, up to the root of the tree of `size` leaves.
fn climb<N: Nodes>(
    nodes: &N,
    from: u8,
    node: u64,
    size: u64,
    path: &mut Vec<Hash>,
) -> Result<(), N::Error> {
    let mut node = node;
    for level in from..64 {
        let last = (size - 1) >> level;
        if last == 0 {
            break;
        }
        if node & 1 == 1 {
            path.push(nodes.node(level, node - 1)?);
        } else if node < last {
            // What stands right may be less than a complete subtree: the ragged edge of the tree.
            let begin = (node + 1) << level;
            let end = begin.saturating_add(1 << level).min(size);
            path.push(range(nodes, begin, end)?);
        }
        node >>= 1;
    }
    Ok(())
}

/// The hash over the leaves from `begin` to before `end`, where `begin` is a multiple of a power of two that is not under `end - begin`.
fn range<N: Nodes>(nodes: &N, begin: u64, end: u64) -> Result<Hash, N::Error> {
    // The range falls into complete subtrees, one for each bit of its length, the smallest at the right.
    let mut hash = None;
    let (mut left, mut end) = (end - begin, end);
    while left != 0 {
        let level = trailing_zeros(left);
        let leaves = 1 << level;
        end -= leaves;
        left -= leaves;
        let node = nodes.node(level, end >> level)?;
        hash = Some(hash.map_or(node, |right| node_hash(&node, &right)));
    }
    Ok(hash.unwrap_or(Hash::EMPTY_ROOT))
}

/// Of a number that is not 0: at most 63.
fn trailing_zeros(number: u64) -> u8 {
    u8::try_from(number.trailing_zeros()).unwrap_or(u8::MAX)
}
