//! The signed texts of the log: any bytes as each of them, and sound ones with any edits. What is read is written back as it was; and whatever is edited, nothing else verifies
//! than what was signed.

use std::sync::LazyLock;

use knooppunt_proof::{
    AddCheckpoint, Answer, Checkpoint, Cosigner, Hash, KeyName, LogProof, Policy, Seen, SignedNote,
    SignerKey, VerifierKey, consider, leaf_hash, node_hash, take_cosignatures,
};

pub(crate) fn any(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    match kind % 4 {
        0 => read(bytes),
        1 => receipt(bytes),
        2 => request(bytes),
        _ => policy(bytes),
    }
}

/// A log of two entries, cosigned by two witnesses, and the texts about it.
struct Sound {
    policy: Policy,
    receipt: String,
    checkpoint: Checkpoint,
    request: String,
    seen: Seen,
}

static SOUND: LazyLock<Sound> = LazyLock::new(|| {
    let name = |name| KeyName::new(name).unwrap();
    let log = SignerKey::new(name("log.example"), &[1; 32]);
    let witnesses = [(2, "w1.example"), (3, "w2.example")];
    let witnesses = witnesses.map(|(secret, witness)| Cosigner::new(name(witness), &[secret; 32]));
    let keys = witnesses
        .each_ref()
        .map(|witness| witness.verifier().clone());
    let policy = Policy::new(vec![log.verifier().clone()], keys.to_vec(), 2).unwrap();
    let [a, b] = [leaf_hash(b"a"), leaf_hash(b"b")];
    let checkpoint = |size, root: &Hash| Checkpoint::new("log.example", size, *root).unwrap();
    let two = checkpoint(2, &node_hash(&a, &b));
    let mut note = two.sign(&log).unwrap();
    for (time, witness) in [100, 200].into_iter().zip(&witnesses) {
        note.add(witness.cosign(&two, time).unwrap()).unwrap();
    }
    let first = AddCheckpoint::new(0, vec![], checkpoint(1, &a).sign(&log).unwrap()).unwrap();
    let request = AddCheckpoint::new(1, vec![b], note.clone()).unwrap();
    Sound {
        seen: consider(None, &first, &policy).unwrap(),
        policy,
        receipt: LogProof::new(0, vec![b], note).unwrap().to_string(),
        checkpoint: two,
        request: request.to_string(),
    }
});

/// `text` with edits: where (two bytes), how many bytes go, how many come, and those.
fn edited(text: &str, mut edits: &[u8]) -> Vec<u8> {
    let mut edited = text.as_bytes().to_vec();
    while let [high, low, gone, come, rest @ ..] = edits {
        let begin = usize::from(u16::from_be_bytes([*high, *low])) % (edited.len() + 1);
        let end = (begin + usize::from(*gone)).min(edited.len());
        let (come, rest) = rest.split_at(rest.len().min(usize::from(*come)));
        edited.splice(begin..end, come.iter().copied());
        edits = rest;
    }
    edited
}

fn read(bytes: &[u8]) {
    if let Ok(note) = SignedNote::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        let _ = SOUND.policy.accept(&note);
    }
    if let Ok(receipt) = LogProof::parse(bytes) {
        assert_eq!(receipt.to_string().as_bytes(), bytes);
    }
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes);
    }
    for status in [200, 409] {
        if let Ok(Answer::Cosigned(lines)) = Answer::read(status, bytes) {
            let mut note = SOUND.seen.note().clone();
            let _ = take_cosignatures(&mut note, &lines, SOUND.policy.witnesses());
            assert_eq!(note.text(), SOUND.seen.note().text());
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
}

fn receipt(edits: &[u8]) {
    let bytes = edited(&SOUND.receipt, edits);
    let Ok(receipt) = LogProof::parse(&bytes) else {
        return;
    };
    assert_eq!(receipt.to_string().as_bytes(), bytes);
    assert!(receipt.verify(b"b", &SOUND.policy).is_err());
    if let Ok(accepted) = receipt.verify(b"a", &SOUND.policy) {
        assert_eq!((receipt.index(), receipt.path().len()), (0, 1));
        assert_eq!(accepted.checkpoint(), &SOUND.checkpoint);
        assert_eq!(accepted.receipt_time(), Some(200));
    }
}

fn request(edits: &[u8]) {
    let bytes = edited(&SOUND.request, edits);
    let Ok(request) = AddCheckpoint::parse(&bytes) else {
        return;
    };
    assert_eq!(request.to_string().as_bytes(), bytes);
    match consider(Some(&SOUND.seen), &request, &SOUND.policy) {
        Ok(seen) => {
            assert_eq!(seen.checkpoint(), &SOUND.checkpoint);
            let kept = Seen::parse(seen.to_string().as_bytes(), &SOUND.policy);
            assert_eq!(kept, Ok(seen));
        }
        Err(refused) => assert!([400, 403, 404, 409, 422].contains(&refused.status())),
    }
}

fn policy(edits: &[u8]) {
    let bytes = edited(&SOUND.policy.to_string(), edits);
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return;
    };
    if let Ok(policy) = text.parse::<Policy>() {
        assert!(policy.quorum() <= policy.witnesses().len());
        assert_eq!(policy.to_string().parse(), Ok(policy));
    }
}
