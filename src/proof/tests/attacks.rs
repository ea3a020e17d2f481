//! Attacks on a log and on who trusts it, each tried.

use super::made::{Tree, entry, log, policy, witness};
use crate::{
    AcceptError, AddCheckpoint, Algorithm, Checkpoint, Cosigner, KeyName, LogProof, NoteError,
    Policy, ReceiptError, Refused, SignedNote, SignerKey, VerifierKey, conflict, consider,
};

#[test]
fn a_fork_that_is_shown_to_two_clients_is_evidence_once_they_compare() {
    // Each client trusts either witness alone, and each witness was shown one of the two trees: nobody did wrong but the log.
    let policy = policy(2, 1);
    let (told, other) = (Tree::of(5), Tree::forged(5));
    let a = policy.accept(&told.cosigned(&[(1, 100)])).unwrap();
    let b = policy.accept(&other.cosigned(&[(2, 100)])).unwrap();
    let evidence = conflict(&a, &b).unwrap();
    assert_eq!(evidence.size, 5);
    assert_eq!(evidence.witnesses, []);
    // Who gets the evidence needs nobody's word: both notes are signed by the log.
    let first = policy.accept_of_log(&evidence.first).unwrap();
    let second = policy.accept_of_log(&evidence.second).unwrap();
    assert_eq!(first.size(), second.size());
    assert_ne!(first.root(), second.root());
    // One witness seen twice, or a smaller tree that it continues, is no evidence.
    assert_eq!(conflict(&a, &a), None);
    let earlier = policy.accept(&Tree::of(3).cosigned(&[(1, 50)])).unwrap();
    assert_eq!(conflict(&a, &earlier), None);
}

#[test]
fn a_fork_needs_a_witness_that_lies_once_the_quorum_is_more_than_half() {
    let policy = policy(3, 2);
    let (told, other) = (Tree::of(5), Tree::forged(5));
    let mut accepted = Vec::new();
    for (tree, pair) in [(&told, [1, 2]), (&other, [2, 3])] {
        let note = tree.cosigned(&pair.map(|number| (number, 100)));
        accepted.push(policy.accept(&note).unwrap());
    }
    // It is named with the evidence.
    let evidence = conflict(&accepted[0], &accepted[1]).unwrap();
    assert_eq!(evidence.witnesses, [witness(2).verifier().name().clone()]);
    // An honest one would have refused the second.
    let seen = consider(None, &told.request(0), &policy).unwrap();
    let second = AddCheckpoint::new(5, vec![], other.signed()).unwrap();
    let refused = consider(Some(&seen), &second, &policy).unwrap_err();
    assert!(matches!(refused, Refused::Fork { .. }));
}

#[test]
fn a_log_that_was_put_back_gets_no_cosignature_for_what_it_grew_again() {
    let policy = policy(1, 1);
    let seen = consider(None, &Tree::of(9).request(0), &policy).unwrap();
    // It starts again from 6 leaves and grows other ones: the same size, a larger one and a smaller one.
    let mut forged = Vec::new();
    for size in [7, 9, 12] {
        forged.push(consider(Some(&seen), &Tree::forged(size).request(6), &policy).unwrap_err());
    }
    assert_eq!(forged[0], Refused::Stale(9));
    assert!(matches!(forged[1], Refused::Fork { .. }));
    assert_eq!(forged[2], Refused::Stale(9));
    // The answer tells the log that the witness is ahead of it. With that size it can make no path from its own leaves.
    let grown = Tree::of(12);
    let path = Tree::forged(12).request(6).to_string();
    assert!(path.starts_with("old 6\n"));
    let request = path.replacen("old 6\n", "old 9\n", 1);
    let request = AddCheckpoint::parse(request.as_bytes()).unwrap();
    assert_eq!(
        consider(Some(&seen), &request, &policy)
            .unwrap_err()
            .status(),
        422
    );
    assert!(consider(Some(&seen), &grown.request(9), &policy).is_ok());
}

#[test]
fn a_checkpoint_is_taken_from_its_log_alone() {
    let tree = Tree::of(3);
    let name = log().verifier().name().clone();
    let root = *tree.checkpoint().root();
    let policy = policy(1, 0);
    // A key that nobody knows, under the name of the log.
    let forger = SignerKey::new(name.clone(), &[66; 32]);
    let note = tree.checkpoint().sign(&forger).unwrap();
    assert_eq!(
        policy.accept(&note),
        Err(AcceptError::Note(NoteError::Unsigned))
    );
    // The key of the log, under another origin: as when one key serves two logs.
    let other = Checkpoint::new("log.example/other", 3, root).unwrap();
    assert_eq!(
        policy.accept(&other.sign(&log()).unwrap()),
        Err(AcceptError::Origin)
    );
    // A checkpoint of another log, as it is.
    let key = SignerKey::new(KeyName::new("log.example/other").unwrap(), &[8; 32]);
    let note = other.sign(&key).unwrap();
    assert_eq!(
        policy.accept(&note),
        Err(AcceptError::Note(NoteError::Unsigned))
    );
    // A witness alone does not make a checkpoint.
    let mut cosigned = tree.checkpoint().sign(&forger).unwrap();
    cosigned
        .add(witness(1).cosign(&tree.checkpoint(), 5).unwrap())
        .unwrap();
    assert_eq!(policy.accept(&cosigned), Err(AcceptError::NotByLog));
    // What the log signs is not always a checkpoint.
    let note = SignedNote::sign("something else\n", &log()).unwrap();
    assert!(matches!(
        policy.accept(&note),
        Err(AcceptError::Checkpoint(_))
    ));
}

#[test]
fn a_receipt_of_another_log_proves_nothing_here() {
    let tree = Tree::of(3);
    let key = SignerKey::new(KeyName::new("log.example/other").unwrap(), &[8; 32]);
    let other = Checkpoint::new("log.example/other", 3, *tree.checkpoint().root()).unwrap();
    let receipt = tree.receipt(1, other.sign(&key).unwrap());
    let refused = ReceiptError::Accept(AcceptError::Note(NoteError::Unsigned));
    assert_eq!(receipt.verify(&entry(1), &policy(0, 0)), Err(refused));
    // Its own policy takes it.
    let own = Policy::new(vec![key.verifier().clone()], vec![], 0).unwrap();
    assert!(receipt.verify(&entry(1), &own).is_ok());
}

#[test]
fn a_checkpoint_with_another_size_or_root_under_an_old_signature_is_refused() {
    let tree = Tree::of(3);
    let text = tree.cosigned(&[(1, 5)]).to_string();
    let failed = AcceptError::Note(NoteError::Signature(log().verifier().name().clone()));
    let root = |tree: &Tree| tree.checkpoint().root().to_base64();
    for (from, to) in [
        ("\n3\n", "\n4\n"),
        (root(&tree).as_str(), root(&Tree::forged(3)).as_str()),
        ("\n\n", "\nan extension\n\n"),
    ] {
        let note = SignedNote::parse(text.replacen(from, to, 1).as_bytes()).unwrap();
        assert_eq!(policy(1, 1).accept(&note), Err(failed.clone()));
    }
}

#[test]
fn fewer_witnesses_than_the_quorum_can_not_date_a_receipt_back() {
    let tree = Tree::of(3);
    let time = |by: &[(u8, u64)], quorum| {
        policy(3, quorum)
            .accept(&tree.cosigned(by))
            .map(|accepted| accepted.receipt_time())
    };
    // One of three says it saw the tree long before it was there.
    assert_eq!(time(&[(1, 1), (2, 2_000), (3, 3_000)], 2), Ok(Some(2_000)));
    assert_eq!(time(&[(3, 3_000), (1, 1), (2, 2_000)], 2), Ok(Some(2_000)));
    assert_eq!(time(&[(1, 1), (2, 2_000), (3, 3_000)], 3), Ok(Some(3_000)));
    // With a quorum of one, one is enough: that is what one witness means.
    assert_eq!(time(&[(1, 1), (2, 2_000), (3, 3_000)], 1), Ok(Some(1)));
    // A checkpoint has no time of its own.
    assert_eq!(time(&[(1, 1)], 0), Ok(None));
    assert_eq!(
        time(&[(1, 1)], 2),
        Err(AcceptError::Quorum { have: 1, need: 2 })
    );
}

#[test]
fn a_witness_that_cosigns_twice_counts_once_with_its_earliest_time() {
    let tree = Tree::of(3);
    let note = tree.cosigned(&[(1, 300), (1, 100), (1, 200)]);
    let refused = AcceptError::Quorum { have: 1, need: 2 };
    assert_eq!(policy(2, 2).accept(&note), Err(refused));
    let accepted = policy(2, 1).accept(&note).unwrap();
    assert_eq!(accepted.receipt_time(), Some(100));
    assert_eq!(accepted.cosigned().len(), 1);
}

#[test]
fn a_witness_with_two_keys_counts_once() {
    let tree = Tree::of(3);
    let name = witness(1).verifier().name().clone();
    let renewed = Cosigner::new(name, &[77; 32]);
    let keys = [&witness(1), &renewed, &witness(2)].map(|key| key.verifier().clone());
    let policy = Policy::new(vec![log().verifier().clone()], keys.to_vec(), 2).unwrap();
    let mut note = tree.cosigned(&[(1, 300)]);
    note.add(renewed.cosign(&tree.checkpoint(), 100).unwrap())
        .unwrap();
    let refused = AcceptError::Quorum { have: 1, need: 2 };
    assert_eq!(policy.accept(&note), Err(refused));
    note.add(witness(2).cosign(&tree.checkpoint(), 200).unwrap())
        .unwrap();
    let accepted = policy.accept(&note).unwrap();
    assert_eq!(accepted.receipt_time(), Some(200));
    assert_eq!(accepted.cosigned().len(), 2);
}

#[test]
fn one_public_key_under_two_names_does_not_make_a_quorum() {
    // The signed bytes do not carry the name, so the cosignature of one is one of the other as well.
    let tree = Tree::of(3);
    let second = KeyName::new("second.example").unwrap();
    let second = Cosigner::new(second, &[1; 32]);
    let mut note = tree.cosigned(&[(1, 100)]);
    note.add(second.cosign(&tree.checkpoint(), 100).unwrap())
        .unwrap();
    let refused = AcceptError::Quorum { have: 1, need: 2 };
    assert_eq!(policy(2, 2).accept(&note), Err(refused));
    let keys = [witness(1).verifier().clone(), second.verifier().clone()];
    assert!(Policy::new(vec![log().verifier().clone()], keys.to_vec(), 2).is_err());
}

#[test]
fn a_cosignature_is_not_moved_to_another_checkpoint_or_time() {
    let tree = Tree::of(3);
    let cosignature = witness(1).cosign(&Tree::of(2).checkpoint(), 100).unwrap();
    let mut note = tree.signed();
    note.add(cosignature).unwrap();
    let failed = NoteError::Signature(witness(1).verifier().name().clone());
    assert_eq!(policy(1, 1).accept(&note), Err(AcceptError::Note(failed)));
}

#[test]
fn a_log_goes_on_under_a_new_key_while_both_are_trusted() {
    let tree = Tree::of(3);
    let name = log().verifier().name().clone();
    let new = SignerKey::new(name, &[99; 32]);
    let both = vec![log().verifier().clone(), new.verifier().clone()];
    let policy = Policy::new(both, vec![], 0).unwrap();
    let mut twice = tree.signed();
    twice.sign_also(&new).unwrap();
    for note in [
        tree.signed(),
        tree.checkpoint().sign(&new).unwrap(),
        twice.clone(),
    ] {
        assert_eq!(
            policy.accept(&note).unwrap().checkpoint(),
            &tree.checkpoint()
        );
    }
    // One of the two that does not hold refuses it, although the other does.
    let text = twice.to_string().replace("\n3\n", "\n2\n");
    assert!(
        policy
            .accept(&SignedNote::parse(text.as_bytes()).unwrap())
            .is_err()
    );
    let old = Policy::new(vec![log().verifier().clone()], vec![], 0).unwrap();
    assert!(old.accept(&tree.checkpoint().sign(&new).unwrap()).is_err());
}

#[test]
fn a_point_of_small_order_as_key_signs_for_nobody() {
    // With the neutral point as key, the signature R = s * B holds for every message under rules that are less strict.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert!(crate::PublicKey::new(&neutral).is_err());
    let text = "log.example/knooppunt+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let error = text.parse::<VerifierKey>().unwrap_err();
    assert_eq!(error.code(), "ed25519-key");
}

#[test]
fn a_receipt_with_a_byte_changed_anywhere_never_says_anything_else() {
    // Changed in any place, it is refused or proves the very same: the entry at the same index under the same checkpoint and time.
    let tree = Tree::of(5);
    let policy = policy(2, 2);
    let receipt = tree.receipt(3, tree.cosigned(&[(1, 100), (2, 200)]));
    let right = receipt.verify(&entry(3), &policy).unwrap();
    let bytes = receipt.to_string().into_bytes();
    let mut refused = 0;
    for place in 0..bytes.len() {
        for change in [1, 0x80] {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            match LogProof::parse(&changed).and_then(|proof| proof.verify(&entry(3), &policy)) {
                Err(_) => refused += 1,
                Ok(accepted) => {
                    assert_eq!(accepted.checkpoint(), right.checkpoint(), "{place}");
                    assert_eq!(accepted.receipt_time(), right.receipt_time(), "{place}");
                }
            }
        }
    }
    assert_eq!(refused, bytes.len() * 2);
}

#[test]
fn no_kind_of_key_is_taken_for_another() {
    // The log as witness of itself, with the same secret as a cosigner: refused in a policy, and its cosignature is of nobody who is known.
    let own = Cosigner::new(KeyName::new("log.example/knooppunt").unwrap(), &[107; 32]);
    assert_eq!(own.verifier().algorithm(), Algorithm::Cosignature);
    assert_eq!(own.verifier().public(), log().verifier().public());
    let keys = vec![own.verifier().clone()];
    assert!(Policy::new(vec![log().verifier().clone()], keys, 1).is_err());
    let tree = Tree::of(3);
    let mut note = tree.signed();
    note.add(own.cosign(&tree.checkpoint(), 5).unwrap())
        .unwrap();
    let refused = AcceptError::Quorum { have: 0, need: 1 };
    assert_eq!(policy(1, 1).accept(&note), Err(refused));
}
