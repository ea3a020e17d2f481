//! The tree as RFC 6962 section 2.1 defines it, word for word and however slow: what the library does is held against it. Nothing of the library but the type
//! of a hash is used here.

use sha2::{Digest as _, Sha256};

use crate::Hash;

/// MTH(D[n]) of section 2.1, of leaves that are hashed already.
pub(super) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::new(Sha256::digest([]).into()),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            join(root(left), root(right))
        }
    }
}

/// PATH(m, D[n]) of section 2.1.1.
pub(super) fn inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return vec![];
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) = if index < k {
        (inclusion(index, left), root(right))
    } else {
        (inclusion(index - k, right), root(left))
    };
    path.push(sibling);
    path
}

/// PROOF(m, D[n]) of section 2.1.2, for 0 < m <= n.
pub(super) fn consistency(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(old, leaves, true)
}

fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { vec![] } else { vec![root(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) = if m <= k {
        (subproof(m, left, whole), root(right))
    } else {
        (subproof(m - k, right, false), root(left))
    };
    path.push(sibling);
    path
}

/// The largest power of two below n.
fn split(n: usize) -> usize {
    let mut k = 1;
    while k * 2 < n {
        k *= 2;
    }
    k
}

fn join(left: Hash, right: Hash) -> Hash {
    let mut digest = Sha256::new();
    digest.update([1]);
    digest.update(left.as_bytes());
    digest.update(right.as_bytes());
    Hash::new(digest.finalize().into())
}
