//! Exports that hold.

use super::case::{Case, Said, holds, range, selection, three_levels};
use super::log::{Log, SEEN};
use crate::export::{CHECKPOINT, POLICY};
use crate::tests::made;

pub(super) fn good() -> Vec<Case> {
    let whole: Vec<u64> = (0..300).collect();
    let sevens: Vec<u64> = (0..300).step_by(7).collect();
    let mut cases = vec![
        holds(
            "one-of-three",
            "The example of the specification: two records of a log of three, one of them erased",
            Log::of(3).export("selection", &[1, 2], &[2]),
        ),
        holds(
            "selection",
            "Six records of a log of 300, one of them erased",
            selection(),
        ),
        holds("range", "Records 250 to 261 of a log of 300", range()),
        holds(
            "whole-log",
            "All records of a log of 300; of every seventh the salt was erased",
            Log::of(300).export("range 0 300", &whole, &sevens),
        ),
        holds(
            "full-tile",
            "A log of 256 records has one full tile and above it one of one hash",
            Log::of(256).export("range 253 256", &[253, 254, 255], &[]),
        ),
        holds(
            "three-levels",
            "A log of 70,000 records, with tiles of three levels",
            three_levels(),
        ),
        holds(
            "nothing-selected",
            "No record of a log of 300: the edge of the tree is there all the same",
            Log::of(300).export("selection", &[], &[]),
        ),
        holds(
            "empty-log",
            "A log without records",
            Log::of(0).export("range 0 0", &[], &[]),
        ),
    ];
    let without = selection()
        .with(CHECKPOINT, Log::of(300).cosigned(&[]).to_string())
        .with(POLICY, made::policy(0, 0).to_string())
        .sealed();
    cases.push(Case {
        trusted: made::policy(0, 0),
        said: Said::Holds {
            receipt_time: None,
            witnesses: Vec::new(),
        },
        ..holds(
            "no-witnesses",
            "A log without witnesses is believed on its own word, and nothing says when",
            without,
        )
    });
    let more = selection()
        .with(CHECKPOINT, Log::of(300).cosigned(&[3, 2, 1, 9]).to_string())
        .sealed();
    cases.push(Case {
        said: Said::Holds {
            receipt_time: Some(SEEN + 5),
            witnesses: vec!["w3.example", "w2.example", "w1.example"],
        },
        ..holds(
            "more-witnesses",
            "Three witnesses cosigned where two are needed, and one that nobody knows: the second time counts",
            more,
        )
    });
    let own = selection()
        .with(POLICY, made::policy(3, 1).to_string())
        .sealed();
    cases.push(holds(
        "other-policy-inside",
        "The log names another quorum for itself than is trusted: what is trusted counts",
        own,
    ));
    cases
}
