//! The right edge of a growing tree: all that is needed to append leaves and to say the root, however many leaves there were.

use crate::hash::{Hash, node_hash};

/// Why something is no frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrontierError {
    /// Not one hash for each bit that is set in the size.
    #[error("a tree of {size} leaves has {needed} complete subtrees at its edge, not {given}")]
    Nodes {
        /// Leaves of the tree.
        size: u64,
        /// Hashes that its frontier has.
        needed: usize,
        /// Hashes that were given.
        given: usize,
    },
    /// More leaves than [`Frontier::SIZE_MAX`].
    #[error("a tree of {size} leaves is too large")]
    Size {
        /// Leaves of the tree.
        size: u64,
    },
}

impl FrontierError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nodes { .. } => "frontier-nodes",
            Self::Size { .. } => "frontier-size",
        }
    }
}

/// The hashes of the complete subtrees that make up a tree, from the largest, which stands left, to the smallest: one for each bit that is set in the
/// number of leaves, so never more than 60. Appending a leaf costs two hashes on average.
///
/// ```
/// use knooppunt_proof::{Frontier, Hash, leaf_hash, node_hash};
///
/// let [a, b, c] = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
/// let mut frontier = Frontier::new();
/// assert_eq!(frontier.root(), Hash::EMPTY_ROOT);
/// frontier.extend([a, b, c]);
/// assert_eq!((frontier.size(), frontier.nodes().len()), (3, 2));
/// assert_eq!(frontier.root(), node_hash(&node_hash(&a, &b), &c));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    nodes: Vec<Hash>,
}

impl Frontier {
    /// The largest tree that a frontier is made for: 2^60 leaves, so that no one who appends leaves ever comes to the end of `u64`.
    pub const SIZE_MAX: u64 = 1 << 60;

    /// Of a tree without leaves.
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// Of a tree of `size` leaves with these complete subtrees, as [`Self::nodes`] gives them. Err: their number is not that of the bits set in the size, or
    /// the size is over [`Self::SIZE_MAX`].
    pub fn from_parts(size: u64, nodes: Vec<Hash>) -> Result<Frontier, FrontierError> {
        if size > Self::SIZE_MAX {
            return Err(FrontierError::Size { size });
        }
        let needed = size.count_ones() as usize;
        if nodes.len() != needed {
            let given = nodes.len();
            return Err(FrontierError::Nodes {
                size,
                needed,
                given,
            });
        }
        Ok(Frontier { size, nodes })
    }

    /// Leaves of the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The complete subtrees, largest first.
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// The root of the tree; of a tree without leaves [`Hash::EMPTY_ROOT`].
    pub fn root(&self) -> Hash {
        let mut smallest_first = self.nodes.iter().rev();
        let Some(last) = smallest_first.next() else {
            return Hash::EMPTY_ROOT;
        };
        smallest_first.fold(*last, |right, left| node_hash(left, &right))
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_noting(leaf, |_, _, _| ());
    }

    /// Appends a leaf, and says of every subtree that it completes the level (0: the leaf itself), the index in that level and the hash, from below. What is
    /// noted at the levels 0, 8, 16 ... is what the tiles of the tree consist of.
    pub fn push_noting(&mut self, leaf: Hash, mut note: impl FnMut(u8, u64, Hash)) {
        let (mut hash, mut level) = (leaf, 0);
        note(level, self.size, hash);
        // Each bit set at the low end of the size is a complete subtree that the one growing here makes twice as large.
        while level < 63 && (self.size >> level) & 1 == 1 {
            let Some(left) = self.nodes.pop() else { break };
            hash = node_hash(&left, &hash);
            level += 1;
            note(level, self.size >> level, hash);
        }
        self.nodes.push(hash);
        self.size += 1;
    }
}

impl Extend<Hash> for Frontier {
    /// Appends leaves in their order.
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        for leaf in leaves {
            self.push(leaf);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;

    fn of(size: u64) -> Frontier {
        let mut frontier = Frontier::new();
        frontier.extend((0..size).map(|n| leaf_hash(&n.to_be_bytes())));
        frontier
    }

    #[test]
    fn a_frontier_that_was_put_away_goes_on_as_if_it_had_not_been() {
        for size in 0..70 {
            let (mut one, kept) = (of(size), of(size));
            let mut other = Frontier::from_parts(kept.size(), kept.nodes().to_vec()).unwrap();
            assert_eq!(one, other);
            one.push(Hash::new([7; 32]));
            other.push(Hash::new([7; 32]));
            assert_eq!(one.root(), other.root());
        }
    }

    #[test]
    fn another_number_of_nodes_than_the_size_has_bits_is_refused() {
        let nodes = |count| vec![Hash::EMPTY_ROOT; count];
        for (size, given) in [(0_u64, 1), (1, 0), (6, 1), (6, 3), (8, 3)] {
            let needed = size.count_ones() as usize;
            let refused = FrontierError::Nodes {
                size,
                needed,
                given,
            };
            assert_eq!(Frontier::from_parts(size, nodes(given)), Err(refused));
        }
        let size = Frontier::SIZE_MAX;
        assert!(Frontier::from_parts(size, nodes(1)).is_ok());
        let refused = Frontier::from_parts(size + 1, nodes(2));
        assert_eq!(refused, Err(FrontierError::Size { size: size + 1 }));
    }

    #[test]
    fn what_is_noted_is_every_complete_subtree_once() {
        let mut frontier = Frontier::new();
        let mut noted = Vec::new();
        for n in 0_u8..6 {
            frontier.push_noting(leaf_hash(&[n]), |level, index, _| {
                noted.push((level, index));
            });
        }
        let expected = [
            (0, 0),
            (0, 1),
            (1, 0),
            (0, 2),
            (0, 3),
            (1, 1),
            (2, 0),
            (0, 4),
            (0, 5),
            (1, 2),
        ];
        assert_eq!(noted, expected);
    }
}
