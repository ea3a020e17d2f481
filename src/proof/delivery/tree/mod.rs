//! The sum tree over the sessions of a line: every node carries the weight below it and how much of that was late. Each minute of the total leads to one leaf, fixed when
//! the root was committed to, so that minutes can be drawn where records could not.

mod context;
mod layout;
mod nfs;
mod node;
mod opened;
mod sums;

pub use context::Context;
pub use layout::{Entry, Layout, LayoutError, rounding_max, volume_of};
pub use nfs::{NfList, NfListError};
pub use node::{Leaf, Node};
pub use opened::{Opened, OpenedError, Sibling};
pub use sums::{DEPTHS, SumTree, SumTreeError, depth_for};
