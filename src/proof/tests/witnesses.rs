//! A witness, asked by a log: each answer of the protocol, and what the log makes of it.

use super::made::{Tree, log, policy, witness};
use crate::{
    AddCheckpoint, Answer, Checkpoint, KeyName, NoteError, Policy, ProofError, Refused, SIZE_TYPE,
    Seen, SignerKey, WitnessError, consider, take_cosignatures,
};

/// What a witness keeps that has cosigned the first `size` leaves.
fn seen(size: usize) -> Seen {
    consider(None, &Tree::of(size).request(0), &policy(0, 0)).unwrap()
}

#[test]
fn a_request_reads_back_as_it_is_written() {
    let text = Tree::of(11).request(6).to_string();
    let request = AddCheckpoint::parse(text.as_bytes()).unwrap();
    assert_eq!(request.to_string(), text);
    assert_eq!((request.old(), request.checkpoint().size()), (6, 11));
}

#[test]
fn a_request_in_another_form_is_refused() {
    let text = Tree::of(4).request(3).to_string();
    let hash = text.lines().nth(1).unwrap().to_owned();
    let many = format!("{hash}\n").repeat(AddCheckpoint::PATH_MAX + 1);
    let parse = |text: &str| AddCheckpoint::parse(text.as_bytes());
    let change = |from: &str, to: &str| {
        assert!(text.contains(from));
        parse(&text.replacen(from, to, 1)).unwrap_err()
    };
    assert!(parse(&text).is_ok());
    assert_eq!(change("old 3\n", ""), WitnessError::Form);
    assert_eq!(change("old", "Old"), WitnessError::Form);
    assert_eq!(change("old 3", "old 03"), WitnessError::Size);
    assert_eq!(change("old 3", "old  3"), WitnessError::Size);
    assert_eq!(change("old 3", "old -1"), WitnessError::Size);
    assert_eq!(
        change("old 3", "old 18446744073709551616"),
        WitnessError::Size
    );
    assert_eq!(
        change(&hash, hash.get(4..).unwrap()),
        WitnessError::Hash(crate::HashError::Base64)
    );
    assert_eq!(
        change(&format!("{hash}\n"), &many),
        WitnessError::PathTooLong
    );
    assert_eq!(
        change("\n4\n", "\n04\n"),
        WitnessError::Checkpoint(crate::CheckpointError::Size)
    );
    assert_eq!(
        change("\n\u{2014}", "\u{2014}"),
        WitnessError::Note(NoteError::Form)
    );
    assert_eq!(parse("old 0\n"), Err(WitnessError::Form));
    assert_eq!(
        parse(&"a".repeat(AddCheckpoint::BYTES_MAX + 1)),
        Err(WitnessError::TooLong)
    );
    assert_eq!(
        AddCheckpoint::parse(b"\xff"),
        Err(WitnessError::Note(NoteError::Utf8))
    );
}

#[test]
fn a_witness_follows_a_log_from_nothing_and_from_every_size_to_every_larger_one() {
    let policy = policy(0, 0);
    for new in 0..=12 {
        let request = Tree::of(new).request(0);
        let first = consider(None, &request, &policy).unwrap();
        assert_eq!(first.checkpoint(), request.checkpoint());
        for old in 0..=new {
            let next = consider(Some(&seen(old)), &Tree::of(new).request(old), &policy);
            assert_eq!(next.as_ref(), Ok(&first), "{old} {new}");
        }
    }
}

#[test]
fn what_a_witness_keeps_is_a_note_that_reads_back_with_the_signature_of_the_log_alone() {
    let policy = policy(0, 0);
    let note = Tree::of(3).cosigned(&[(1, 5)]);
    let request = AddCheckpoint::new(0, vec![], note).unwrap();
    let seen = consider(None, &request, &policy).unwrap();
    assert_eq!(seen.note().signatures().len(), 1);
    assert_eq!(
        Seen::parse(seen.to_string().as_bytes(), &policy),
        Ok(seen.clone())
    );
    // A file in which somebody wrote another size is no checkpoint of the log any more.
    let changed = seen.to_string().replace("\n3\n", "\n2\n");
    let got = Seen::parse(changed.as_bytes(), &policy);
    assert!(matches!(got, Err(WitnessError::Accept(_))), "{got:?}");
}

#[test]
fn an_unknown_log_is_answered_404() {
    let other = Checkpoint::new("log.example/other", 3, *Tree::of(3).checkpoint().root());
    let note = other.unwrap().sign(&log()).unwrap();
    let request = AddCheckpoint::new(0, vec![], note).unwrap();
    let refused = consider(None, &request, &policy(0, 0)).unwrap_err();
    assert_eq!(
        (refused.clone(), refused.status()),
        (Refused::UnknownLog, 404)
    );
}

#[test]
fn a_checkpoint_that_the_log_did_not_sign_is_answered_403() {
    let tree = Tree::of(3);
    let forger = SignerKey::new(log().verifier().name().clone(), &[66; 32]);
    let forged = tree.checkpoint().sign(&forger).unwrap();
    // By a key that is not known, and with a line that says it is the log's.
    let mut replaced = forged.to_string();
    replaced = replaced.replace(
        forged.signatures()[0].to_string().as_str(),
        Tree::of(2).signed().signatures()[0].to_string().as_str(),
    );
    let replaced = crate::SignedNote::parse(replaced.as_bytes()).unwrap();
    for note in [forged, replaced] {
        let request = AddCheckpoint::new(0, vec![], note).unwrap();
        let refused = consider(None, &request, &policy(0, 0)).unwrap_err();
        assert!(matches!(refused, Refused::NotByLog(_)));
        assert_eq!(refused.status(), 403);
    }
}

#[test]
fn an_old_size_above_the_size_of_the_checkpoint_is_answered_400() {
    let request = AddCheckpoint::new(4, vec![], Tree::of(3).signed()).unwrap();
    let refused = consider(Some(&seen(4)), &request, &policy(0, 0)).unwrap_err();
    assert_eq!(
        (refused.clone(), refused.status()),
        (Refused::OldBeyond, 400)
    );
}

#[test]
fn an_old_size_that_is_not_the_last_is_answered_409_with_the_last() {
    for (last, old) in [(5, 0), (5, 4), (5, 6), (0, 4)] {
        let latest = (last > 0).then(|| seen(last));
        let refused = consider(latest.as_ref(), &Tree::of(9).request(old), &policy(0, 0));
        let refused = refused.unwrap_err();
        assert_eq!(refused, Refused::Stale(last as u64));
        assert_eq!(refused.status(), 409);
        assert_eq!(refused.body(), (SIZE_TYPE, format!("{last}\n")));
        let answer = Answer::read(409, refused.body().1.as_bytes());
        assert_eq!(answer, Ok(Answer::Last(last as u64)));
    }
}

#[test]
fn a_path_that_does_not_lead_from_the_last_to_the_new_is_answered_422() {
    let right = Tree::of(9).request(5);
    let path: Vec<_> = right
        .to_string()
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .map(|line| crate::Hash::from_base64(line).unwrap())
        .collect();
    let ask = |old: usize, path: &[_]| {
        let request = AddCheckpoint::new(old as u64, path.to_vec(), Tree::of(9).signed()).unwrap();
        let latest = (old > 0).then(|| seen(old));
        consider(latest.as_ref(), &request, &policy(0, 0)).map_err(|refused| refused.status())
    };
    assert!(ask(5, &path).is_ok());
    assert_eq!(ask(5, &path[1..]), Err(422));
    assert_eq!(ask(5, &[]), Err(422));
    assert_eq!(ask(5, &[&path[..], &path[..1]].concat()), Err(422));
    // From nothing and to the same size there is no path.
    assert_eq!(ask(0, &path), Err(422));
    assert_eq!(ask(9, &path), Err(422));
    assert!(ask(9, &[]).is_ok());
}

#[test]
fn a_tree_that_does_not_continue_the_last_is_refused_however_the_path_is_made() {
    let request = Tree::forged(5).request(3);
    let other = Tree::forged(3);
    let other = consider(None, &other.request(0), &policy(0, 0)).unwrap();
    let refused = consider(Some(&other), &request, &policy(0, 0)).unwrap_err();
    assert_eq!(refused.status(), 422);
    assert!(
        matches!(refused, Refused::Proof(ProofError::OldRootDiffers)),
        "{refused:?}"
    );
}

#[test]
fn another_root_for_the_size_of_the_last_is_a_fork_with_both_notes_as_evidence() {
    let last = seen(5);
    for old in [0, 3, 5] {
        let request = AddCheckpoint::new(old, vec![], Tree::forged(5).signed()).unwrap();
        let refused = consider(Some(&last), &request, &policy(0, 0)).unwrap_err();
        assert_eq!(refused.status(), 409);
        assert_eq!(refused.body(), (SIZE_TYPE, "5\n".to_owned()));
        let Refused::Fork { seen, offered } = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(*seen, last);
        assert_eq!(*offered, Tree::forged(5).signed());
    }
}

#[test]
fn two_requests_at_once_are_told_apart_by_the_last_size() {
    // Both were made from the same last size. The first that is kept changes it, so the other is stale and can't put the tree back.
    let policy = policy(0, 0);
    let start = seen(3);
    let (small, large) = (Tree::of(4).request(3), Tree::of(9).request(3));
    let kept = consider(Some(&start), &large, &policy).unwrap();
    assert_eq!(
        consider(Some(&kept), &small, &policy),
        Err(Refused::Stale(9))
    );
}

#[test]
fn a_log_takes_the_cosignatures_of_its_witnesses_and_no_others() {
    let tree = Tree::of(3);
    let policy = policy(2, 2);
    let mut note = tree.signed();
    let line = |number, time| {
        let body = seen(3).cosign(&witness(number), time).unwrap();
        let Ok(Answer::Cosigned(lines)) = Answer::read(200, body.as_bytes()) else {
            panic!("{body}");
        };
        lines
    };
    let take = |note: &mut _, lines: &[_]| take_cosignatures(note, lines, policy.witnesses());
    let named = |number: u8| witness(number).verifier().name().clone();
    assert_eq!(take(&mut note, &line(1, 100)), Ok(vec![named(1)]));
    // Of a witness that is not known, and again of one that is there.
    assert_eq!(take(&mut note, &line(9, 100)), Ok(vec![]));
    assert_eq!(take(&mut note, &line(1, 50)), Ok(vec![]));
    assert_eq!(
        take(&mut note, &[line(2, 70), line(1, 60)].concat()),
        Ok(vec![named(2)])
    );
    assert_eq!(note.signatures().len(), 3);
    assert_eq!(policy.accept(&note).unwrap().receipt_time(), Some(100));
}

#[test]
fn an_answer_with_one_cosignature_that_does_not_hold_is_taken_in_no_part() {
    let policy = policy(2, 2);
    let mut note = Tree::of(3).signed();
    let right = witness(1).cosign(&Tree::of(3).checkpoint(), 100).unwrap();
    let wrong = witness(2).cosign(&Tree::of(4).checkpoint(), 100).unwrap();
    let failed = Err(NoteError::Signature(KeyName::new("w2.example").unwrap()));
    assert_eq!(
        take_cosignatures(&mut note, &[right, wrong], policy.witnesses()),
        failed
    );
    assert_eq!(note, Tree::of(3).signed());
}

#[test]
fn the_log_itself_is_taken_for_no_witness_in_an_answer() {
    let mut note = Tree::of(3).cosigned(&[]);
    let lines = Tree::of(3).signed().signatures().to_vec();
    assert_eq!(
        take_cosignatures(&mut note, &lines, &[log().verifier().clone()]),
        Ok(vec![])
    );
}

#[test]
fn an_answer_in_another_form_is_refused() {
    let line = seen(3).cosign(&witness(1), 5).unwrap();
    for (status, body, error) in [
        (200, String::new(), WitnessError::Form),
        (200, line.trim_end().to_owned(), WitnessError::Form),
        (
            200,
            format!("{line}\n"),
            WitnessError::Note(NoteError::Line),
        ),
        (
            200,
            format!("\n{line}"),
            WitnessError::Note(NoteError::Line),
        ),
        (200, line.repeat(65), WitnessError::Note(NoteError::TooMany)),
        (409, "5".to_owned(), WitnessError::Form),
        (409, "05\n".to_owned(), WitnessError::Size),
        (409, "\n".to_owned(), WitnessError::Size),
        (409, "5\n5\n".to_owned(), WitnessError::Size),
        (404, "5\n".to_owned(), WitnessError::Status(404)),
        (500, line.clone(), WitnessError::Status(500)),
        (302, line.clone(), WitnessError::Status(302)),
        (
            200,
            "a".repeat(AddCheckpoint::BYTES_MAX + 1),
            WitnessError::TooLong,
        ),
    ] {
        assert_eq!(
            Answer::read(status, body.as_bytes()),
            Err(error),
            "{status}"
        );
    }
    assert!(Answer::read(200, line.as_bytes()).is_ok());
}

#[test]
fn a_witness_of_several_logs_does_not_mistake_one_for_another() {
    // What is kept of one log is handed over with the policy of another: nothing is compared with it.
    let name = KeyName::new("log.example/other").unwrap();
    let other = SignerKey::new(name, &[9; 32]);
    let policy = Policy::new(vec![other.verifier().clone()], vec![], 0).unwrap();
    let root = *Tree::of(3).checkpoint().root();
    let note = Checkpoint::new("log.example/other", 3, root)
        .unwrap()
        .sign(&other)
        .unwrap();
    let request = AddCheckpoint::new(0, vec![], note).unwrap();
    assert!(consider(None, &request, &policy).is_ok());
    assert_eq!(
        consider(Some(&seen(2)), &request, &policy),
        Err(Refused::UnknownLog)
    );
}
