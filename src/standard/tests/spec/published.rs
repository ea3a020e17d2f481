//! The published example messages, against the verdicts that xmllint gave.

use std::fs;

use crate::support::{check, codes, shared};

#[test]
fn published_examples_get_the_verdict_and_the_number_of_errors_of_xmllint() {
    let Some(verdicts) = shared("standards/messages/verdicts.tsv") else {
        println!("no verdicts.tsv beside the repository; nothing compared");
        return;
    };
    let mut count = 0;
    for row in fs::read_to_string(verdicts).unwrap().lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let (path, verdict, errors) = (columns[0], columns[2], columns[4]);
        if !path.contains("/3.2/") {
            continue;
        }
        let body = fs::read(shared(&format!("standards/{path}")).unwrap()).unwrap();
        let checked = check(&body);
        assert_eq!(
            checked.findings.is_empty(),
            verdict == "valid",
            "{path}: {:?}",
            codes(&checked)
        );
        assert_eq!(
            checked.findings.count().to_string(),
            errors,
            "{path}: {:?}",
            codes(&checked)
        );
        let name = path.rsplit('/').next().unwrap().trim_end_matches(".xml");
        assert_eq!(checked.kind.unwrap().to_string(), name);
        count += 1;
    }
    assert_eq!(count, 21);
}
