//! What holds for every body, whatever is in it.

use knooppunt_standard::{Header, Limits};
use proptest::prelude::*;

use crate::support::{RELEASES, START};

/// Asserts what must hold for any body.
fn holds(body: &[u8]) {
    let limits = Limits {
        findings: 20,
        ..Limits::default()
    };
    let checked = RELEASES.check(body, &limits);
    let findings = &checked.findings;
    assert!(findings.list.len() <= 20);
    assert!(findings.more == 0 || findings.list.len() == 20);
    assert!(
        findings
            .list
            .iter()
            .zip(findings.list.iter().skip(1))
            .all(|(a, b)| (a.line, a.column) <= (b.line, b.column))
    );
    let lines = body.split(|byte| matches!(byte, b'\n' | b'\r')).count();
    for finding in &findings.list {
        assert!(finding.line as usize <= lines);
        assert!(!finding.text().is_empty() && !finding.code.is_empty());
    }
    for node in checked.tree.nodes() {
        let range = node.range();
        assert!(range.start <= range.end && range.end <= body.len());
        assert_eq!(node.raw().len(), range.len());
        assert!(!node.name().is_empty());
        for child in node.children() {
            assert!(range.start <= child.range().start);
            assert!(child.range().end <= range.end || !findings.is_empty());
        }
    }
    // Valid means: a kind, a root, a header.
    assert_eq!(
        findings.is_empty(),
        findings.is_empty() && Header::read(&checked).is_some()
    );
}

/// A piece of XML or of a message, or anything else.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "<s:Bsn>",
        "</s:Bsn>",
        "<s:Bsn/>",
        "<",
        ">",
        "/>",
        "</",
        "&",
        ";",
        "&amp;",
        "&#65;",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "<?",
        "?>",
        "'",
        "\"",
        "=",
        " xmlns:s='u'",
        " xmlns=''",
        "s:",
        "\r\n",
        "\t",
        "é",
        "\u{1F600}",
        "2026-02-30",
        "<s:Client>",
        "</s:Client>",
        "<!DOCTYPE",
        "<?xml version='1.0'?>",
        "\u{FEFF}",
        "\0",
        "xsi:type='a'",
    ]);
    prop_oneof![
        4 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_judged_without_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        holds(&body);
    }

    #[test]
    fn any_pieces_of_xml_are_judged_without_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        holds(&pieces.concat());
    }

    #[test]
    fn a_message_with_a_piece_put_in_or_taken_out_is_judged(at in 0..START.len(), cut in 0_usize..60, insert in piece()) {
        let bytes = START.as_bytes();
        let end = (at + cut).min(bytes.len());
        holds(&[&bytes[..at], &insert, &bytes[end..]].concat());
    }

    #[test]
    fn a_message_with_two_elements_exchanged_is_judged(first in 3_usize..38, second in 3_usize..38) {
        let mut lines: Vec<&str> = START.lines().collect();
        lines.swap(first, second);
        holds(lines.join("\n").as_bytes());
    }
}
