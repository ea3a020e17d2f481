//! Exports that a log should not have given, or somebody who has a key.

use super::case::{Case, range, refused, selection, selection_of};
use super::log::{BEGUN, Log, MADE, SEEN, record, record_of, salt};
use crate::export::{CHECKPOINT, MANIFEST, POLICY, RECORDS};
use crate::tests::made;
use crate::{KeyName, SignedNote, SignerKey};

/// A case for each lie.
pub(super) fn lied() -> Vec<Case> {
    let log = Log::of(300);
    let name = |name: &str| KeyName::new(name).unwrap();
    let other_key = SignerKey::new(name("log.example/knooppunt"), &[66; 32]);
    let other_log = SignerKey::new(name("other.example/log"), &[66; 32]);
    let of_other = log
        .checkpoint()
        .to_string()
        .replace("log.example/knooppunt", "other.example/log");
    let fork = Log::of(300).with(20, salt(20), b"another past".to_vec());
    let changed = |index: usize, record: Vec<u8>| {
        selection_of(&Log::of(300).with(index, salt(index as u64), record))
    };
    vec![
        refused(
            "wrong-key",
            "The manifest is signed with another key under the name of the log",
            ("note-unsigned", MANIFEST, None),
            selection().sealed_by(&other_key, |text| text),
        ),
        refused(
            "manifest-of-another-log",
            "The log signed a manifest that names another log",
            ("manifest-other-log", MANIFEST, None),
            selection().sealed_saying("origin log.example/knooppunt", "origin other.example/log"),
        ),
        refused(
            "unknown-version",
            "A manifest of version 2",
            ("manifest-version", MANIFEST, None),
            selection().sealed_saying("knooppunt/export/1", "knooppunt/export/2"),
        ),
        refused(
            "checkpoint-as-manifest",
            "The log signed it, but it is a checkpoint",
            ("manifest-malformed", MANIFEST, None),
            selection().with(MANIFEST, log.cosigned(&[1, 2]).to_string()),
        ),
        refused(
            "manifest-with-a-line-more",
            "A manifest with a line that no version has",
            ("manifest-malformed", MANIFEST, None),
            selection().sealed_saying("selection\n", "selection\ncolour blue\n"),
        ),
        refused(
            "checkpoint-of-another-log",
            "The checkpoint is one that another log signed",
            ("note-unsigned", CHECKPOINT, None),
            selection()
                .with(
                    CHECKPOINT,
                    SignedNote::sign(&of_other, &other_log).unwrap().to_string(),
                )
                .sealed(),
        ),
        refused(
            "checkpoint-under-another-origin",
            "The key of the log signed a checkpoint of another log",
            ("checkpoint-other-log", CHECKPOINT, None),
            selection()
                .with(
                    CHECKPOINT,
                    SignedNote::sign(&of_other, &made::log())
                        .unwrap()
                        .to_string(),
                )
                .sealed(),
        ),
        refused(
            "checkpoint-of-another-size",
            "The checkpoint is of the same log when it was smaller",
            ("checkpoint-other-size", CHECKPOINT, None),
            selection()
                .with(CHECKPOINT, Log::of(299).cosigned(&[1, 2]).to_string())
                .sealed(),
        ),
        refused(
            "checkpoint-of-a-fork",
            "The log showed its witnesses another past than the one it gives",
            ("root-differs", CHECKPOINT, None),
            selection()
                .with(CHECKPOINT, fork.cosigned(&[1, 2]).to_string())
                .sealed(),
        ),
        refused(
            "too-few-witnesses",
            "One witness cosigned twice, and one that nobody knows",
            ("checkpoint-quorum", CHECKPOINT, None),
            selection()
                .with(CHECKPOINT, log.cosigned(&[1, 1, 9]).to_string())
                .sealed(),
        ),
        refused(
            "cosignature-of-another-checkpoint",
            "A cosignature was taken from another checkpoint",
            ("note-signature", CHECKPOINT, None),
            {
                let mut note = log.cosigned(&[1]);
                let other = Log::of(299).cosigned(&[2]);
                note.add(other.signatures()[1].clone()).unwrap();
                selection().with(CHECKPOINT, note.to_string()).sealed()
            },
        ),
        refused(
            "made-before-its-checkpoint",
            "The manifest says that it was made before the witnesses saw the checkpoint in it",
            ("manifest-too-early", MANIFEST, None),
            selection().sealed_saying(&format!("made {MADE}"), &format!("made {}", SEEN + 5 - 61)),
        ),
        refused(
            "records-missing-by-count",
            "The manifest names a record more than there are",
            ("records-missing", RECORDS, None),
            selection().sealed_saying("records 6", "records 7"),
        ),
        refused(
            "records-extra-by-count",
            "The manifest names a record less than there are",
            ("records-extra", RECORDS, None),
            selection().sealed_saying("records 6", "records 5"),
        ),
        refused(
            "erased-by-count",
            "The manifest names more erased records than there are",
            ("erased-count", RECORDS, None),
            selection().sealed_saying("erased 1", "erased 2"),
        ),
        refused(
            "range-that-is-none",
            "A selection is given as a range",
            ("index-outside", RECORDS, Some(6)),
            selection().sealed_saying("selection", "range 0 6"),
        ),
        refused(
            "outside-the-range",
            "The records stand before the range that the manifest names",
            ("index-outside", RECORDS, Some(250)),
            range().sealed_saying("range 250 262", "range 251 263"),
        ),
        refused(
            "outside-the-tree",
            "A record has an index that the tree does not have",
            ("index-outside", RECORDS, Some(300)),
            selection()
                .replaced(RECORDS, "{\"index\":299,", "{\"index\":300,")
                .sealed(),
        ),
        refused(
            "view-that-is-none",
            "A readable form is not JSON",
            ("line-malformed", RECORDS, None),
            selection()
                .replaced(RECORDS, "\"number\":10}", "\"number\":10")
                .sealed(),
        ),
        refused(
            "view-that-hides-another-index",
            "A readable form ends early, so that what reads JSON sees another index",
            ("line-malformed", RECORDS, None),
            selection()
                .replaced(
                    RECORDS,
                    "\"number\":10}",
                    "\"number\":10},\"index\":9,\"more\":{}",
                )
                .sealed(),
        ),
        refused(
            "policy-that-is-none",
            "The policy that the log gave along has no quorum",
            ("policy-no-quorum", POLICY, None),
            selection()
                .with(POLICY, format!("log {}\n", made::log().verifier()))
                .sealed(),
        ),
        refused(
            "policy-of-another-log",
            "The policy that the log gave along is of another log",
            ("policy-other-log", POLICY, None),
            selection()
                .with(
                    POLICY,
                    format!("log {}\nquorum none\n", other_log.verifier()),
                )
                .sealed(),
        ),
        refused(
            "low-entropy-salt",
            "The log hid a record behind a salt of one byte over and over",
            ("salt-weak", RECORDS, Some(10)),
            selection_of(&Log::of(300).with(10, [0x5a; 32], record_of(10))),
        ),
        refused(
            "repeated-salt",
            "The log hid two records behind one salt",
            ("salt-twice", RECORDS, Some(256)),
            selection_of(&Log::of(300).with(256, salt(10), record_of(256))),
        ),
        refused(
            "record-of-another-place",
            "The log holds at index 10 a record that says it is the eleventh",
            ("record-position", RECORDS, Some(10)),
            changed(10, record_of(11)),
        ),
        refused(
            "record-that-is-none",
            "What the log holds there is no record",
            ("record-malformed", RECORDS, Some(10)),
            changed(10, b"not CBOR".to_vec()),
        ),
        refused(
            "record-in-longer-form",
            "A record with a number that is not in its shortest form",
            ("record-malformed", RECORDS, Some(10)),
            changed(10, {
                let mut record = record_of(10);
                record.splice(4..5, [0x18, 10]);
                record
            }),
        ),
        refused(
            "record-that-erases-itself",
            "A record names a key of its own as erased, and not one of an earlier record",
            ("record-malformed", RECORDS, Some(10)),
            changed(10, {
                let mut record = record_of(10);
                record.pop();
                record.extend([0x81, 0x82, 10, 0]);
                record
            }),
        ),
        refused(
            "record-of-version-2",
            "A record of a later version",
            ("record-version", RECORDS, Some(10)),
            changed(10, record(10, BEGUN + 10, 2)),
        ),
        refused(
            "back-dated",
            "A record says that it is older than one that stands before it",
            ("record-time-back", RECORDS, Some(255)),
            changed(255, record(255, BEGUN + 9, 1)),
        ),
        refused(
            "post-dated",
            "A record says that it was written after the witnesses had seen it",
            ("record-time-ahead", RECORDS, Some(299)),
            changed(299, record(299, SEEN + 5 + 61, 1)),
        ),
    ]
}
