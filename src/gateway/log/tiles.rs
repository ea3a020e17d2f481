//! A tile of hashes, held against the signed root before anybody gets it: what is kept for years in caches that are not ours must be right.

use knooppunt_proof::{Hash, Nodes as _, node_hash};

use super::hashes::{BITS, HashFiles, WIDTH, hashes, hashes_of};
use crate::store::StoreError;

/// A tree that was signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tree {
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

/// A tile that may be given to anybody.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// The tree has no such tile, or not so many hashes in it.
    None,
    /// The hashes asked for, 32 bytes each; the tree with this root has them.
    Right(Vec<u8>),
    /// The files do not lead from this tile to the root.
    Wrong,
}

/// The first `width` hashes of tile `index` of a level. Err: the files cannot be read.
pub(crate) fn checked(
    files: &HashFiles,
    tree: Tree,
    (level, index, width): (u8, u64, u16),
) -> Result<Checked, StoreError> {
    let all = hashes_of(usize::from(level), tree.size);
    let Some(there) = index
        .checked_mul(WIDTH)
        .and_then(|first| all.checked_sub(first))
    else {
        return Ok(Checked::None);
    };
    let there = there.min(WIDTH);
    if width == 0 || u64::from(width) > there {
        return Ok(Checked::None);
    }
    let count = usize::try_from(there).unwrap_or(usize::MAX);
    let mut bytes = files.read(usize::from(level), index * WIDTH, count)?;
    let mut nodes = hashes(&bytes);
    let bottom = level * BITS;
    if there < WIDTH {
        // The tile at the right edge: behind its hashes come the leaves that do not fill another.
        nodes.extend(edge(files, tree.size, bottom)?);
    }
    let whole = subtree(&nodes);
    if root_above(files, tree.size, (bottom + BITS, index), whole)? != tree.root {
        return Ok(Checked::Wrong);
    }
    bytes.truncate(usize::from(width) * Hash::BYTES);
    Ok(Checked::Right(bytes))
}

/// The root of the subtree that these nodes are the bottom of, of which the last need not be complete.
fn subtree(nodes: &[Hash]) -> Hash {
    match nodes {
        [] => Hash::EMPTY_ROOT,
        [one] => *one,
        _ => {
            let half = nodes.len().next_power_of_two() / 2;
            let (left, right) = nodes.split_at(half);
            node_hash(&subtree(left), &subtree(right))
        }
    }
}

/// The root of the last leaves of a tree, those behind its last complete subtree of a level; none when there are none.
fn edge(files: &HashFiles, size: u64, level: u8) -> Result<Option<Hash>, StoreError> {
    let mut edge = None;
    for level in 0..level.min(64) {
        let nodes = size >> level;
        if nodes & 1 == 1 {
            let node = files.node(level, nodes - 1)?;
            edge = Some(edge.map_or(node, |right| node_hash(&node, &right)));
        }
    }
    Ok(edge)
}

/// The root of a tree, by the hash of the node of a level at an index; of the last one of its level also when its subtree is not complete.
fn root_above(
    files: &HashFiles,
    size: u64,
    (level, index): (u8, u64),
    hash: Hash,
) -> Result<Hash, StoreError> {
    let (mut hash, mut index) = (hash, index);
    for level in level..64 {
        let last = (size - 1) >> level;
        if last == 0 {
            break;
        }
        if index & 1 == 1 {
            hash = node_hash(&files.node(level, index - 1)?, &hash);
        } else if index < last {
            let is_complete = size >> level > index + 1;
            let right = if is_complete {
                Some(files.node(level, index + 1)?)
            } else {
                edge(files, size, level)?
            };
            hash = right.map_or(hash, |right| node_hash(&hash, &right));
        }
        index >>= 1;
    }
    Ok(hash)
}
