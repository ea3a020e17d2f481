//! The validator with the schemas of this repository: any bytes. No panic, findings in document
//! order and within the body, a tree whose ranges lie in the body.
#![no_main]

#[path = "files.rs"]
mod files;

use std::sync::LazyLock;

use knooppunt_standard::{Header, Limits, Releases};
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
    if checked.findings.is_empty() {
        assert!(checked.kind.is_some() && Header::read(&checked).is_some());
    }
});
