//! The XML layer: any bytes, no schema. No panic, the same answer twice, and the long way.
#![no_main]

use std::sync::LazyLock;

use knooppunt_standard::{Limits, Releases};
use libfuzzer_sys::fuzz_target;

static NOTHING: LazyLock<Releases> = LazyLock::new(|| Releases::load([]).unwrap());

fuzz_target!(|body: &[u8]| {
    let limits = Limits::default();
    let checked = NOTHING.check(body, &limits);
    // Without schemas something is always wrong: the kind is unknown, or it is no XML.
    assert!(!checked.findings.is_empty() && checked.findings.list.len() <= 2);
    assert!(checked.kind.is_none() && checked.tree.is_empty());
    assert_eq!(checked.findings, NOTHING.check(body, &limits).findings);
    assert_eq!(
        checked.findings,
        NOTHING.check_in_steps(body, &limits).findings
    );
});
