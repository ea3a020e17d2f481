//! The public vectors of transparency-dev/merkle: proofs of inclusion and consistency, most of them with a planted error.

use data_encoding::BASE64;
use serde_json::Value;

use super::published::{below, folder, number, text};
use crate::{Hash, verify_consistency, verify_inclusion};

fn inclusion(case: &Value, index: u64, size: u64) -> bool {
    let (Some(leaf), Some(root)) = (hash(case, "leafHash"), hash(case, "root")) else {
        return false;
    };
    verify_inclusion(&leaf, index, size, &path(case), &root).is_ok()
}

fn consistency(case: &Value, old: u64, new: u64) -> bool {
    let (Some(first), Some(second)) = (hash(case, "root1"), hash(case, "root2")) else {
        return false;
    };
    verify_consistency(old, &first, new, &second, &path(case)).is_ok()
}

/// None where nothing stands: that is no hash, and whoever reads it has refused it.
fn hash(case: &Value, name: &str) -> Option<Hash> {
    Some(text(case, name))
        .filter(|text| !text.is_empty())
        .map(any)
}

/// `null` is a path without hashes.
fn path(case: &Value) -> Vec<Hash> {
    let hashes = case["proof"].as_array().into_iter().flatten();
    hashes.map(|hash| any(hash.as_str().unwrap())).collect()
}

/// Some stand for any hash at all and are no 32 bytes, which a [`Hash`] cannot be: a hash of those bytes stands for them here, so that what was equal still is.
fn any(text: &str) -> Hash {
    let bytes = BASE64.decode(text.as_bytes()).unwrap();
    Hash::from_base64(text).unwrap_or_else(|_| Hash::over(&[b"any", &bytes]))
}

/// Runs the cases of a folder that `holds` can say, and gives how many those were.
fn run(name: &str, holds: impl Fn(&Value) -> Option<bool>) -> Option<usize> {
    let folder = folder("merkle/testdata")?;
    let mut run = 0;
    for (path, case) in below(&folder.join(name)) {
        let expected = !case["wantErr"].as_bool().unwrap();
        let Some(holds) = holds(&case) else { continue };
        assert_eq!(holds, expected, "{}", path.display());
        run += 1;
    }
    Some(run)
}

#[test]
fn inclusion_is_judged_as_the_public_vectors_judge_it() {
    let run = run("inclusion", |case| {
        Some(inclusion(
            case,
            number(case, "leafIdx"),
            number(case, "treeSize"),
        ))
    });
    assert!(run.is_none_or(|run| run == 98), "{run:?}");
}

#[test]
fn consistency_is_judged_as_the_public_vectors_judge_it() {
    let run = run("consistency", |case| {
        Some(consistency(
            case,
            number(case, "size1"),
            number(case, "size2"),
        ))
    });
    assert!(run.is_none_or(|run| run == 98), "{run:?}");
}

// Subtrees are not of RFC 9162 but of the draft of Merkle Tree Certificates: the log has no use for them, and the library no functions. Some of their cases say what
// an ordinary proof says, though: a subtree that is a tree by itself, and one that begins at the first leaf. Those are run: 184 of
// 204 and 91 of 118.

#[test]
fn a_leaf_in_a_subtree_is_a_leaf_of_the_tree_that_it_would_be_alone() {
    let run = run("subtreeinclusion", |case| {
        let (begin, end) = (number(case, "start"), number(case, "end"));
        let size = end.checked_sub(begin).filter(|size| *size > 0)?;
        let is_subtree = begin.is_multiple_of(size.checked_next_power_of_two()?);
        let index = number(case, "leafIdx").checked_sub(begin)?;
        is_subtree.then(|| inclusion(case, index, size))
    });
    assert!(run.is_none_or(|run| run == 184), "{run:?}");
}

#[test]
fn a_subtree_from_the_first_leaf_on_is_an_older_tree() {
    let run = run("subtreeconsistency", |case| {
        let (begin, end) = (number(case, "start"), number(case, "end"));
        let is_tree = begin == 0 && end > 0;
        is_tree.then(|| consistency(case, end, number(case, "size")))
    });
    assert!(run.is_none_or(|run| run == 91), "{run:?}");
}
