//! The tree itself, as the provider makes it: from leaves to the root, and from a minute back to its leaf.

use super::context::Context;
use super::node::{Leaf, Node};
use super::opened::{Opened, Sibling};

/// Depths that a tree can have: of 16, 64, 256 and 1,024 leaves.
pub const DEPTHS: [u8; 4] = [4, 6, 8, 10];

/// The depth of the tree over so many leaves: the smallest that holds them. None: more than 1,024.
pub fn depth_for(leaves: usize) -> Option<u8> {
    DEPTHS.into_iter().find(|depth| 1 << depth >= leaves)
}

/// Why leaves make no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SumTreeError {
    /// Not 16, 64, 256 or 1,024 leaves.
    #[error("{leaves} leaves make no tree")]
    Size {
        /// How many.
        leaves: usize,
    },
    /// A leaf is late in part, or a sum is beyond 64 bits.
    #[error("weights that make no sum")]
    Sum,
}

impl SumTreeError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Size { .. } => "tree-size",
            Self::Sum => "tree-sum",
        }
    }
}

/// A tree with all its leaves and nodes.
#[derive(Debug, Clone)]
pub struct SumTree {
    leaves: Vec<Leaf>,
    /// From the level of the leaves up, without the root.
    levels: Vec<Vec<Node>>,
    root: Node,
}

impl SumTree {
    /// Over these leaves, all places filled. Err: a number of them that no tree has, or weights without a sum.
    pub fn new(context: &Context, leaves: Vec<Leaf>) -> Result<SumTree, SumTreeError> {
        let size = SumTreeError::Size {
            leaves: leaves.len(),
        };
        let depth = depth_for(leaves.len()).ok_or(size)?;
        if leaves.len() != 1 << depth {
            return Err(size);
        }
        let nodes = leaves.iter().map(|leaf| leaf.node(context));
        let mut nodes: Vec<Node> = nodes.collect::<Option<_>>().ok_or(SumTreeError::Sum)?;
        let mut levels = Vec::with_capacity(usize::from(depth));
        for level in 1..=depth {
            let pairs = nodes.chunks_exact(2);
            let above = pairs.map(|pair| match pair {
                [left, right] => Node::over(level, left, right),
                _ => None,
            });
            let above = above.collect::<Option<_>>().ok_or(SumTreeError::Sum)?;
            levels.push(std::mem::replace(&mut nodes, above));
        }
        let root = nodes.first().copied().ok_or(size)?;
        Ok(SumTree {
            leaves,
            levels,
            root,
        })
    }

    /// Its root with both sums.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Levels above the leaves.
    pub fn depth(&self) -> u8 {
        u8::try_from(self.levels.len()).unwrap_or(u8::MAX)
    }

    /// Its leaves.
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// The leaf that a minute leads to, with its path. None: the minute is not below the total.
    pub fn open(&self, minute: u64) -> Option<Opened> {
        let (mut rest, mut index) = (minute, 0usize);
        if rest >= self.root.weight {
            return None;
        }
        for level in self.levels.iter().rev() {
            index *= 2;
            let left = level.get(index)?;
            if rest >= left.weight {
                rest -= left.weight;
                index += 1;
            }
        }
        let mut path = Vec::with_capacity(self.levels.len());
        let mut place = index;
        for level in &self.levels {
            path.push(Sibling(*level.get(place ^ 1)?));
            place /= 2;
        }
        Some(Opened {
            leaf: *self.leaves.get(index)?,
            index: u32::try_from(index).ok()?,
            path,
        })
    }
}
