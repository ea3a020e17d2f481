//! Leaves and nodes, and how their hashes are made.

use super::context::Context;
use crate::delivery::record::Nf;
use crate::delivery::tag;
use crate::hash::Hash;

/// What stands at an index: a record, a rounding, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// Weight units of the line that it accounts for.
    pub weight: u64,
    /// How many of them were written down late: none or all.
    pub late: u64,
    /// Duplicate value.
    pub nf: Nf,
    /// Commitment to the record; 32 random bytes where there is none.
    pub c: Hash,
}

impl Leaf {
    /// Its node in the tree of this line. None: late is neither nothing nor the whole weight.
    pub fn node(&self, context: &Context) -> Option<Node> {
        if self.late != 0 && self.late != self.weight {
            return None;
        }
        let hash = Hash::over(&[
            tag::LEAF,
            context.0.as_bytes(),
            &self.weight.to_be_bytes(),
            &self.late.to_be_bytes(),
            &self.nf.0,
            self.c.as_bytes(),
        ]);
        Some(Node {
            weight: self.weight,
            late: self.late,
            hash,
        })
    }
}

/// A node: what is below it, in sum, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Weight below it.
    pub weight: u64,
    /// Late weight below it.
    pub late: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Node {
    /// The node over two, `level` above the leaves (1 is directly above). None: a sum is beyond 64 bits.
    pub fn over(level: u8, left: &Node, right: &Node) -> Option<Node> {
        let hash = Hash::over(&[
            tag::NODE,
            &[level],
            &left.weight.to_be_bytes(),
            &left.late.to_be_bytes(),
            left.hash.as_bytes(),
            &right.weight.to_be_bytes(),
            &right.late.to_be_bytes(),
            right.hash.as_bytes(),
        ]);
        Some(Node {
            weight: left.weight.checked_add(right.weight)?,
            late: left.late.checked_add(right.late)?,
            hash,
        })
    }
}
