//! The validator with the schemas of this repository: any bytes. No panic, findings in document
//! order and within the body, a tree whose ranges lie in the body; and the long way finds the same.
#![no_main]

#[path = "files.rs"]
mod files;

use std::sync::LazyLock;

use knooppunt_standard::{Checked, Header, Limits, Releases};
use libfuzzer_sys::fuzz_target;

static RELEASES: LazyLock<Releases> =
    LazyLock::new(|| Releases::load(files::below("schemas")).unwrap());

fuzz_target!(|body: &[u8]| {
    let limits = Limits {
        findings: 50,
        ..Limits::default()
    };
    let checked = RELEASES.check(body, &limits);
    let list = &checked.findings.list;
    assert!(list.len() <= limits.findings);
    assert!(
        list.windows(2)
            .all(|two| (two[0].line, two[0].column) <= (two[1].line, two[1].column))
    );
    assert!(list.iter().all(|finding| !finding.text().is_empty()));
    for node in checked.tree.nodes() {
        let range = node.range();
        assert!(range.start <= range.end && range.end <= body.len());
        assert!(node.text().len() <= range.len());
        assert!(
            node.children()
                .all(|child| child.range().start >= range.start)
        );
    }
    let in_steps = RELEASES.check_in_steps(body, &limits);
    assert_eq!(checked.kind, in_steps.kind);
    assert_eq!(checked.findings, in_steps.findings);
    let elements = |checked: &Checked<'_>| -> Vec<_> {
        let nodes = checked.tree.nodes();
        nodes
            .map(|node| {
                (
                    node.name().to_owned(),
                    node.range(),
                    node.children().count(),
                )
            })
            .collect()
    };
    assert_eq!(elements(&checked), elements(&in_steps));
    if checked.findings.is_empty() {
        assert!(checked.kind.is_some() && Header::read(&checked).is_some());
    }
});
