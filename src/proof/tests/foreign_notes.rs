//! Notes and checkpoints between this library and the crates `signed_note` and `tlog_tiles`, which are not ours: each reads what the other wrote and judges it alike.

use data_encoding::BASE64;
use serde_json::Value;
use signed_note::{Note, StandardSigner, StandardVerifier, Verifier, VerifierList};

use super::made::{Tree, log};
use super::published::{own, text};
use crate::{Checkpoint, SignedNote, VerifierKey};

/// Cases that the crate judges otherwise, and why.
const OTHERWISE: [(&str, &str); 2] = [
    ("sixty-five signatures", "its limit is a hundred"),
    (
        "one of two signatures of a known key does not hold",
        "it looks at the first of each key only",
    ),
];

/// Whether the crate opens the note of a case with the keys for notes: it knows no others.
fn opens(case: &Value, keys: &[VerifierKey]) -> bool {
    let keys = keys.iter().map(|key| {
        let key = StandardVerifier::new(&key.to_string()).unwrap();
        Box::new(key) as Box<dyn Verifier>
    });
    let known = VerifierList::new(keys.collect());
    Note::from_bytes(text(case, "note").as_bytes()).is_ok_and(|note| note.verify(&known).is_ok())
}

#[test]
fn notes_are_judged_as_another_program_judges_them() {
    let mut compared = 0;
    for case in own("signed/note.json") {
        let keys = case["keys"].as_array().unwrap().iter();
        let keys: Vec<VerifierKey> = keys
            .map(|key| key.as_str().unwrap().parse().unwrap())
            .collect();
        if keys.iter().any(|key| key.algorithm().byte() != 1) {
            continue;
        }
        let name = text(&case, "name");
        let otherwise = OTHERWISE.iter().any(|(other, _)| *other == name);
        assert_eq!(
            opens(&case, &keys),
            (case["holds"] == true) != otherwise,
            "{name}"
        );
        compared += 1;
    }
    assert!(compared > 30, "{compared}");
}

#[test]
fn another_program_signs_the_same_note() {
    // Its secret keys are written `PRIVATE+KEY+name+id+base64(kind || secret)`; the id is that of the public key.
    let ours = Tree::of(3).signed();
    let key = log().verifier().clone();
    let secret = BASE64.encode(&[&[1][..], &[107; 32]].concat());
    let secret = format!("PRIVATE+KEY+{}+{}+{secret}", key.name(), key.id());
    let signer = StandardSigner::new(&secret).unwrap();
    let mut theirs = Note::new(ours.text().as_bytes(), &[]).unwrap();
    theirs.add_sigs(&[&signer]).unwrap();
    assert_eq!(SignedNote::parse(&theirs.to_bytes()), Ok(ours.clone()));
    assert_eq!(theirs.to_bytes(), ours.to_string().into_bytes());
}

#[test]
fn checkpoints_are_read_as_another_program_reads_them() {
    let mut compared = 0;
    for case in own("signed/checkpoint.json") {
        let Ok(note) = SignedNote::parse(text(&case, "note").as_bytes()) else {
            panic!("{}", text(&case, "name"));
        };
        let ours = Checkpoint::parse(note.text());
        let theirs = tlog_tiles::Checkpoint::from_bytes(note.text().as_bytes());
        if let (Ok(ours), Ok(theirs)) = (&ours, &theirs) {
            assert_eq!(ours.origin(), theirs.origin());
            assert_eq!(ours.size(), theirs.size());
            assert_eq!(ours.root().as_bytes(), &theirs.hash().0);
            assert_eq!(theirs.to_bytes(), ours.to_string().into_bytes());
            compared += 1;
        }
        // What it lets in and this library does not.
        let looser = ["an empty tree with a root", "seventeen extension lines"];
        let looser = looser
            .iter()
            .any(|name| text(&case, "name").ends_with(name));
        assert_eq!(
            theirs.is_ok(),
            ours.is_ok() || looser,
            "{}",
            text(&case, "name")
        );
    }
    assert!(compared > 20, "{compared}");
}
