//! `knooppunt decide` against a real gateway.

use crate::client_commands::run_as;
use crate::site::Site;
use crate::verdict::{JUDGED, parties, send};

use super::{LINE, OTHER_LINE, allocation, declaration_of_both, other_allocation};

/// The municipality decides on every line for which no contract is known.
const ASKS: &str = r#"
[[reading]]
for = "0289"
settings = { contract_decision = "broken-or-unknown" }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn who_decides_on_all_that_asks_names_the_verdict_that_he_saw() {
    let site = Site::small();
    site.register(&format!("{}{JUDGED}{ASKS}", parties()));
    let running = site.starts(&["--create"]);
    for body in [allocation("T1"), other_allocation("T2")] {
        send(&running, "gemeente", body).await;
    }
    let taken = send(&running, "aanbieder", declaration_of_both("D1")).await;
    let id = taken["id"].as_str().unwrap();
    let decide = |more: &[&str]| run_as(&running, "gemeente", &[&["decide"], more].concat());

    let listed = decide(&["list", id]);
    assert_eq!(listed.code, Some(0), "{}", listed.all);
    for path in [LINE, OTHER_LINE] {
        assert!(listed.all.contains(path), "{}", listed.all);
    }
    let verdict = listed.all.split("--rest --verdict ").nth(1);
    let verdict: u64 = verdict
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("a number: {}", listed.all));

    let unnamed = decide(&["refuse", id, "--rest"]);
    assert_eq!(unnamed.code, Some(2), "{}", unnamed.all);
    assert!(unnamed.all.contains("--verdict"), "{}", unnamed.all);
    let stale = (verdict - 1).to_string();
    let stale = decide(&["refuse", id, "--rest", "--verdict", &stale]);
    assert_eq!(stale.code, Some(1), "{}", stale.all);
    for said in ["judged-again", &format!("knooppunt decide list {id}")] {
        assert!(stale.all.contains(said), "{}", stale.all);
    }
    assert!(
        decide(&["list", id]).all.contains(OTHER_LINE),
        "it waits on"
    );

    assert_eq!(decide(&["grant", id, "--line", LINE]).code, Some(0));
    let verdict = verdict.to_string();
    for _ in 0..2 {
        let done = decide(&["refuse", id, "--rest", "--verdict", &verdict]);
        assert_eq!(done.code, Some(0), "{}", done.all);
        assert!(done.all.contains("beantwoord"), "{}", done.all);
        assert!(
            done.all.contains("1 toegekend, 1 afgewezen"),
            "{}",
            done.all
        );
    }
    assert_eq!(running.stop(), Some(0));
}
