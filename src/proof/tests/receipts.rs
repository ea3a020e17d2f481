//! Receipts: what is read, and what they prove.

use super::made::{Tree, entry, policy};
use crate::{CheckpointError, LogProof, NoteError, PATH_MAX, ProofError, ReceiptError};

fn parse(text: &str) -> Result<LogProof, ReceiptError> {
    LogProof::parse(text.as_bytes())
}

#[test]
fn every_entry_of_every_tree_has_a_receipt_that_reads_back_and_verifies_for_it_alone() {
    let policy = policy(3, 2);
    for size in 1..=20 {
        let tree = Tree::of(size);
        let note = tree.cosigned(&[(1, 1_000), (3, 3_000)]);
        for index in 0..size {
            let text = tree.receipt(index, note.clone()).to_string();
            let receipt = parse(&text).unwrap();
            assert_eq!(receipt.to_string(), text);
            let accepted = receipt.verify(&entry(index), &policy).unwrap();
            assert_eq!(accepted.checkpoint(), &tree.checkpoint());
            assert_eq!(accepted.receipt_time(), Some(3_000));
            for other in (0..size).filter(|other| *other != index) {
                let got = receipt.verify(&entry(other), &policy);
                assert_eq!(got, Err(ReceiptError::Proof(ProofError::RootDiffers)));
            }
        }
    }
}

#[test]
fn a_receipt_that_names_another_index_is_refused() {
    let tree = Tree::of(11);
    for index in (0..14).filter(|index| *index != 6) {
        let text = tree.receipt(6, tree.signed()).to_string();
        let text = text.replace("index 6", &format!("index {index}"));
        let got = parse(&text).unwrap().verify(&entry(6), &policy(0, 0));
        assert!(
            matches!(got, Err(ReceiptError::Proof(_))),
            "{index} {got:?}"
        );
    }
}

#[test]
fn a_path_that_is_too_short_too_long_or_in_another_order_is_refused() {
    let tree = Tree::of(11);
    let path = tree.receipt(6, tree.signed()).path().to_vec();
    let verify = |path: &[_]| {
        let receipt = LogProof::new(6, path.to_vec(), tree.signed()).unwrap();
        receipt.verify(&entry(6), &policy(0, 0)).map(|_| ())
    };
    assert_eq!(verify(&path), Ok(()));
    let length = Err(ReceiptError::Proof(ProofError::PathLength));
    assert_eq!(verify(&path[1..]), length);
    assert_eq!(verify(&path[..path.len() - 1]), length);
    assert_eq!(verify(&[&path[..], &path[..1]].concat()), length);
    let mut swapped = path.clone();
    swapped.swap(0, 1);
    assert_eq!(
        verify(&swapped),
        Err(ReceiptError::Proof(ProofError::RootDiffers))
    );
}

#[test]
fn a_node_inside_the_tree_is_no_entry() {
    let tree = Tree::of(4);
    // The node over the entries 2 and 3, offered as leaf of a tree half as large: the size of the checkpoint does not fit.
    let whole = tree.receipt(0, tree.signed());
    let inner = crate::node_hash(&crate::leaf_hash(&entry(2)), &crate::leaf_hash(&entry(3)));
    let left = crate::node_hash(&crate::leaf_hash(&entry(0)), &crate::leaf_hash(&entry(1)));
    assert_eq!(whole.path()[1], inner);
    let receipt = LogProof::new(1, vec![left], tree.signed()).unwrap();
    assert_eq!(
        receipt.verify_leaf(&inner, &policy(0, 0)),
        Err(ReceiptError::Proof(ProofError::PathLength))
    );
}

#[test]
fn who_has_the_leaf_alone_verifies_as_well() {
    let tree = Tree::of(5);
    let receipt = tree.receipt(4, tree.signed());
    let leaf = crate::leaf_hash(&entry(4));
    assert!(receipt.verify_leaf(&leaf, &policy(0, 0)).is_ok());
}

#[test]
fn extra_data_are_handed_on_and_prove_nothing() {
    let tree = Tree::of(2);
    let receipt = tree
        .receipt(0, tree.signed())
        .with_extra(b"believe me".to_vec())
        .unwrap();
    let text = receipt.to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra YmVsaWV2ZSBtZQ==\nindex 0\n"));
    let changed = text.replace("YmVsaWV2ZSBtZQ==", "bGllcw==");
    for (text, extra) in [(text, &b"believe me"[..]), (changed, b"lies")] {
        let receipt = parse(&text).unwrap();
        assert_eq!(receipt.extra_untrusted(), extra);
        assert!(receipt.verify(&entry(0), &policy(0, 0)).is_ok());
        assert!(receipt.verify(extra, &policy(0, 0)).is_err());
    }
}

#[test]
fn a_receipt_in_another_form_is_refused() {
    let tree = Tree::of(3);
    let text = tree
        .receipt(1, tree.signed())
        .with_extra(vec![1, 2])
        .unwrap()
        .to_string();
    let hash = tree.receipt(1, tree.signed()).path()[0].to_base64();
    let many = format!("{hash}\n").repeat(PATH_MAX + 1);
    let change = |from: &str, to: &str| {
        assert!(text.contains(from));
        text.replacen(from, to, 1)
    };
    for (text, error) in [
        (change("@v1", "@v2"), ReceiptError::Version),
        (change("@v1\n", "@v1 \n"), ReceiptError::Version),
        (change("c2sp", "\nc2sp"), ReceiptError::Version),
        (
            change("c2sp.org/tlog-proof@v1\n", ""),
            ReceiptError::Version,
        ),
        (change("extra AQI=", "extra "), ReceiptError::Extra),
        (change("extra AQI=", "extra AQI"), ReceiptError::Extra),
        (change("extra AQI=", "extra AQJ="), ReceiptError::Extra),
        (change("extra AQI=", "extra  AQI="), ReceiptError::Extra),
        (
            change("extra AQI=\n", "extra AQI=\nextra AQI=\n"),
            ReceiptError::Form,
        ),
        (change("extra", "Extra"), ReceiptError::Form),
        (change("index", "Index"), ReceiptError::Form),
        (change("index 1\n", ""), ReceiptError::Form),
        (change("index 1", "index"), ReceiptError::Form),
        (change("index 1", "index 01"), ReceiptError::Index),
        (change("index 1", "index -1"), ReceiptError::Index),
        (change("index 1", "index "), ReceiptError::Index),
        (
            change("index 1", "index 18446744073709551616"),
            ReceiptError::Index,
        ),
        // Without the empty line the checkpoint is read as hashes; with a second one it begins a line too early.
        (
            change("\n\n", "\n"),
            ReceiptError::Hash(crate::HashError::Base64),
        ),
        (
            change("\n\n", "\n\n\n"),
            ReceiptError::Checkpoint(CheckpointError::Size),
        ),
        (
            change("\n3\n", "\n03\n"),
            ReceiptError::Checkpoint(CheckpointError::Size),
        ),
        (
            change(&hash, hash.get(1..).unwrap()),
            ReceiptError::Hash(crate::HashError::Base64),
        ),
        (
            change(&hash, &format!("{hash} ")),
            ReceiptError::Hash(crate::HashError::Base64),
        ),
        (
            change(&format!("{hash}\n"), &many),
            ReceiptError::PathTooLong,
        ),
    ] {
        assert_eq!(parse(&text), Err(error), "{text}");
    }
    assert!(parse(&text).is_ok());
    assert_eq!(
        LogProof::parse(&[text.as_bytes(), b"\xff"].concat()),
        Err(ReceiptError::Note(NoteError::Utf8))
    );
}

#[test]
fn a_receipt_is_not_larger_than_is_said() {
    let tree = Tree::of(3);
    let receipt = || tree.receipt(1, tree.signed());
    let most = receipt()
        .with_extra(vec![1; LogProof::EXTRA_BYTES_MAX])
        .unwrap();
    assert_eq!(parse(&most.to_string()), Ok(most));
    for extra in [vec![], vec![1; LogProof::EXTRA_BYTES_MAX + 1]] {
        assert_eq!(receipt().with_extra(extra), Err(ReceiptError::Extra));
    }
    let long = vec![*tree.checkpoint().root(); PATH_MAX + 1];
    assert_eq!(
        LogProof::new(0, long, tree.signed()),
        Err(ReceiptError::PathTooLong)
    );
    let filled = "a".repeat(LogProof::BYTES_MAX + 1);
    assert_eq!(parse(&filled), Err(ReceiptError::TooLong));
}
