//! One leaf of a tree with the path that shows it: what a drawn minute is answered with.

use super::context::Context;
use super::node::{Leaf, Node};

/// Why a leaf is not the one that a minute leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenedError {
    /// The path has another length than the tree is deep, or the index lies outside it.
    #[error("not a path of a tree of this depth")]
    Path,
    /// Weights without a sum, or a leaf that is late in part.
    #[error("weights that make no sum")]
    Sum,
    /// The path leads to another root, or to other sums.
    #[error("the path leads to another root")]
    Root,
    /// The minute leads to another leaf.
    #[error("the minute leads to another leaf")]
    Minute,
}

impl OpenedError {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Path => "opened-path",
            Self::Sum => "opened-sum",
            Self::Root => "opened-root",
            Self::Minute => "opened-minute",
        }
    }
}

/// A node beside the way from leaf to root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sibling(pub Node);

/// A leaf, its index, and the nodes beside its way to the root, that of the leaf first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The leaf.
    pub leaf: Leaf,
    /// Where it stands, from 0. Its bits, the highest first, are the way from the root: 1 is right.
    pub index: u32,
    /// The siblings.
    pub path: Vec<Sibling>,
}

impl Opened {
    /// That `minute` leads to this leaf in the tree with this root and depth. Err: the path is of another tree, or the minute leads elsewhere.
    pub fn verify(
        &self,
        context: &Context,
        root: &Node,
        depth: u8,
        minute: u64,
    ) -> Result<(), OpenedError> {
        if self.path.len() != usize::from(depth) || u64::from(self.index) >> depth != 0 {
            return Err(OpenedError::Path);
        }
        let mut node = self.leaf.node(context).ok_or(OpenedError::Sum)?;
        let (mut begin, mut place) = (0u64, self.index);
        for (level, sibling) in (1u8..).zip(&self.path) {
            let over = if place & 1 == 0 {
                Node::over(level, &node, &sibling.0)
            } else {
                // What lies left of the way comes before the minutes of the leaf. It is below the weight of the node above, which has a sum.
                begin = begin.saturating_add(sibling.0.weight);
                Node::over(level, &sibling.0, &node)
            };
            node = over.ok_or(OpenedError::Sum)?;
            place >>= 1;
        }
        if node != *root {
            return Err(OpenedError::Root);
        }
        let is_of_leaf = minute
            .checked_sub(begin)
            .is_some_and(|rest| rest < self.leaf.weight);
        if is_of_leaf {
            Ok(())
        } else {
            Err(OpenedError::Minute)
        }
    }
}
