//! Exports to which something happened after the log gave them.

use super::case::{Case, range, refused, selection, three_levels};
use super::log::{EDGE, Log, TILE, record_of, salt};
use crate::export::{CHECKPOINT, MANIFEST, POLICY, RECORDS};
use crate::{TileId, node_hash};

/// A case for each thing that can happen to a folder.
pub(super) fn bent() -> Vec<Case> {
    let log = Log::of(300);
    let at = |text: &str| selection().text(RECORDS).find(text).unwrap() + text.len();
    let third = at("{\"index\":10,\"salt\":\"");
    let record = third + 44 + "\",\"record\":\"".len() + 8;
    let view = at("\"number\":");
    vec![
        refused(
            "byte-of-a-record",
            "One bit of a record was changed",
            ("leaf-differs", RECORDS, Some(10)),
            selection().bent(RECORDS, record),
        ),
        refused(
            "byte-of-a-salt",
            "One bit of a salt was changed",
            ("leaf-differs", RECORDS, Some(10)),
            selection().bent(RECORDS, third + 3),
        ),
        refused(
            "byte-of-a-view",
            "A digit of a readable form was changed, which the manifest alone binds",
            ("file-changed", RECORDS, None),
            selection().bent(RECORDS, view),
        ),
        refused(
            "byte-of-a-tile",
            "One bit of a full tile was changed",
            ("tile-differs", TILE, None),
            selection().bent(TILE, 4_321),
        ),
        refused(
            "byte-of-an-edge-tile",
            "One bit of a tile at the right edge was changed",
            ("file-changed", EDGE, None),
            selection().bent(EDGE, 7),
        ),
        refused(
            "byte-of-the-manifest",
            "A word of the purpose was changed",
            ("note-signature", MANIFEST, None),
            selection().replaced(MANIFEST, "an example", "no example"),
        ),
        refused(
            "byte-of-the-checkpoint",
            "One bit of the checkpoint was changed",
            ("file-changed", CHECKPOINT, None),
            selection().bent(CHECKPOINT, 23),
        ),
        refused(
            "byte-of-the-policy",
            "One bit of the policy that the log gave along was changed",
            ("file-changed", POLICY, None),
            selection().bent(POLICY, 40),
        ),
        refused(
            "manifest-missing",
            "Without manifest it is no export",
            ("file-missing", MANIFEST, None),
            selection().without(MANIFEST),
        ),
        refused(
            "checkpoint-missing",
            "The checkpoint is not there",
            ("file-missing", CHECKPOINT, None),
            selection().without(CHECKPOINT),
        ),
        refused(
            "records-file-missing",
            "The records are not there",
            ("file-missing", RECORDS, None),
            selection().without(RECORDS),
        ),
        refused(
            "tile-missing",
            "A full tile is not there",
            ("file-missing", TILE, None),
            selection().without(TILE),
        ),
        refused(
            "edge-tile-missing",
            "A tile at the right edge is not there",
            ("file-missing", EDGE, None),
            selection().without(EDGE),
        ),
        refused(
            "tile-cut",
            "A full tile ends after 255 hashes",
            ("tile-hash-bytes", TILE, None),
            selection().with(TILE, &selection().0[TILE][..255 * 32]),
        ),
        refused(
            "tile-twice",
            "A tile is there twice, full and as it was before",
            ("file-extra", "tile/0/000.p/44", None),
            selection().with("tile/0/000.p/44", &selection().0[TILE][..44 * 32]),
        ),
        refused(
            "tile-too-many",
            "A tile is there that no record needs",
            ("file-extra", "tile/0/001", None),
            three_levels().with("tile/0/001", {
                let id: TileId = "tile/0/001".parse().unwrap();
                Log::of(512).tree().hashes(id).unwrap().to_bytes()
            }),
        ),
        refused(
            "tile-of-entries",
            "Entries are there, which no export has",
            ("file-extra", "tile/entries/000", None),
            selection().with("tile/entries/000", vec![0; 34 * 256]),
        ),
        refused(
            "tile-swapped",
            "A full tile has the bytes of its neighbour",
            ("tile-differs", "tile/0/255", None),
            {
                let export = three_levels();
                let bytes = export.0[TILE].clone();
                export.with("tile/0/255", bytes)
            },
        ),
        refused(
            "truncated-at-a-line",
            "The last record was left out",
            ("records-missing", RECORDS, None),
            selection().lines(|lines| {
                lines.pop();
            }),
        ),
        refused(
            "truncated-in-a-line",
            "The last line was cut off",
            ("line-cut", RECORDS, None),
            selection().lines(|lines| {
                let last = lines.last_mut().unwrap();
                last.truncate(40);
            }),
        ),
        refused(
            "newline-missing",
            "The last line has no end",
            ("line-cut", RECORDS, None),
            selection().lines(|lines| {
                lines.last_mut().unwrap().pop();
            }),
        ),
        refused(
            "record-dropped-from-a-range",
            "A record in the middle of a range was left out",
            ("index-gap", RECORDS, Some(255)),
            range().lines(|lines| {
                lines.remove(5);
            }),
        ),
        refused(
            "record-dropped-from-a-selection",
            "A record in the middle of a selection was left out",
            ("records-missing", RECORDS, None),
            selection().lines(|lines| {
                lines.remove(2);
            }),
        ),
        refused(
            "record-twice",
            "A record stands there twice",
            ("index-twice", RECORDS, Some(10)),
            selection().lines(|lines| {
                let line = lines[2].clone();
                lines.insert(3, line);
            }),
        ),
        refused(
            "records-swapped",
            "Two records changed places",
            ("index-order", RECORDS, Some(6)),
            selection().lines(|lines| lines.swap(1, 2)),
        ),
        refused(
            "record-added",
            "A record of the same log was added",
            ("records-extra", RECORDS, None),
            log.export("selection", &[0, 6, 10, 255, 256, 298], &[6])
                .lines(|lines| {
                    lines.push(log.line(299));
                }),
        ),
        refused(
            "proof-for-another-index",
            "A record stands under the index of another",
            ("leaf-differs", RECORDS, Some(11)),
            selection().replaced(RECORDS, "{\"index\":10,", "{\"index\":11,"),
        ),
        refused(
            "inner-node-as-leaf",
            "What is given as the leaf of an erased record is the node above it",
            ("leaf-differs", RECORDS, Some(256)),
            selection().lines(|lines| {
                let node = node_hash(&log.leaf(256), &log.leaf(257));
                lines[4] = format!("{{\"index\":256,\"leaf\":\"{node}\"}}\n");
            }),
        ),
        refused(
            "erased-as-record",
            "What was erased is given as a record, with another salt",
            ("leaf-differs", RECORDS, Some(6)),
            selection().lines(|lines| {
                let other = log.clone().with(6, salt(7), record_of(6));
                lines[1] = other.line(6);
            }),
        ),
        refused(
            "line-in-other-json",
            "A line says the same, with a space more",
            ("line-malformed", RECORDS, None),
            selection().replaced(RECORDS, "{\"index\":10,", "{\"index\": 10,"),
        ),
        refused(
            "base64-with-unused-bits",
            "A salt is written with bits that mean nothing",
            ("line-malformed", RECORDS, None),
            selection().lines(|lines| {
                let at = lines[0].find("=\",\"record").unwrap() - 1;
                let code = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
                let old = lines[0].as_bytes()[at];
                let value = code.iter().position(|c| *c == old).unwrap();
                let new = char::from(code[value + 1]).to_string();
                lines[0].replace_range(at..=at, &new);
            }),
        ),
        refused(
            "not-a-line",
            "Among the records stands an empty line",
            ("line-malformed", RECORDS, None),
            selection().lines(|lines| lines.insert(1, "\n".to_owned())),
        ),
        refused(
            "readme-beside-it",
            "A file is there that does not belong to the export",
            ("file-extra", "README", None),
            selection().with("README", "please read me"),
        ),
    ]
}
