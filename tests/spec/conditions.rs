//! Every condition in the table of published codes is given by something: each has a test that provokes it and looks at its code.

use std::fs;
use std::path::Path;

use knooppunt::envelope::tables::{Condition, Generation};

/// Each condition with the test that provokes it, by file and name, and the code that it looks at.
const TESTS: &[(&str, &str, &str, &str)] = &[
    ("envelope-invalid", GGK_REFUSALS, CONTENT, "IB001"),
    ("sender-unknown", GGK_CHECKS, CHECKS, "StUF013"),
    ("sender-not-own", VSP_RECEIPT, RECEIPT, "BRS03"),
    ("sender-without-role", VSP_RECEIPT, RECEIPT, "BRS02"),
    ("receiver-unknown", VSP_RECEIPT, RECEIPT, "BRS04"),
    ("receiver-without-role", VSP_RECEIPT, RECEIPT, "BRS05"),
    ("receiver-other", GGK_REFUSALS, CONTENT, "IB010"),
    ("no-route", VSP_RECEIPT, RECEIPT, "BRS33"),
    (
        "payload-too-large",
        VSP_RECEIPT,
        "a_payload_of_exactly_25_mb_is_received_and_one_byte_more_is_brs06",
        "BRS06",
    ),
    ("payload-invalid", GGK_REFUSALS, CONTENT, "IB014"),
    ("payload-not-xml", VSP_REFUSED, OF_CONTENT, "BRS14"),
    ("payload-other", GGK_REFUSALS, CONTENT, "IB007"),
    ("kind-unknown", GGK_CHECKS, CHECKS, "StUF034"),
    ("kind-unsupported", GGK_CHECKS, CHECKS, "StUF037"),
    (
        "kind-inactive",
        GGK_REFUSALS,
        "a_release_that_is_not_taken_on_the_day_is_confirmed_and_then_told",
        "IB023",
    ),
    (
        "kind-not-allowed",
        "tests/spec/ggk/files.rs",
        "what_may_not_go_between_these_two_is_confirmed_and_then_told",
        "IB007",
    ),
    ("kind-and-code", GGK_CHECKS, CHECKS, "StUF040"),
    (
        "number-taken",
        GGK_CHECKS,
        "the_same_again_has_the_same_answer_to_the_byte_and_another_message_is_stuf016",
        "StUF016",
    ),
    ("identity-taken", GGK_REFUSALS, CONTENT, "IB016"),
    (
        "answers-nothing",
        GGK_CHECKS,
        "an_answer_is_taken_for_what_is_known_here_by_its_own_number_or_by_one_we_gave_it",
        "StUF043",
    ),
    ("zip-invalid", VSP_REFUSED, OF_CONTENT, "BRS15"),
    ("zip-many-files", VSP_REFUSED, OF_CONTENT, "BRS16"),
    ("zip-password", VSP_REFUSED, OF_CONTENT, "BRS17"),
    ("zip-too-large", VSP_REFUSED, OF_CONTENT, "BRS19"),
    ("zip-no-file", VSP_REFUSED, OF_CONTENT, "BRS21"),
    ("zip-folder", VSP_REFUSED, OF_CONTENT, "BRS29"),
    ("stuf-unsupported", GGK_CHECKS, CHECKS, "StUF001"),
    ("model-unknown", GGK_CHECKS, CHECKS, "StUF004"),
    ("model-version-unsupported", GGK_CHECKS, CHECKS, "StUF007"),
    ("code-unknown", GGK_CHECKS, CHECKS, "StUF022"),
    ("code-unsupported", GGK_CHECKS, CHECKS, "StUF025"),
    (
        "not-stored",
        GGK_CHECKS,
        "what_cannot_be_stored_now_is_stuf046_and_taken_later_as_it_is",
        "StUF046",
    ),
    (
        "not-authorised",
        "tests/spec/held/wire.rs",
        "who_only_reads_ends_no_declaration_that_waits_and_who_may_decide_does",
        "StUF052",
    ),
    (
        "body-invalid",
        "tests/spec/vsp/status.rs",
        "what_a_municipality_refuses_on_the_ggk_is_refused_here_with_its_code",
        "BRS13",
    ),
    (
        "not-processed",
        "src/gateway/deliver/tests.rs",
        "a_reason_that_no_list_has_a_code_for_is_told_as_not_processed",
        "StUF058",
    ),
];

const GGK_REFUSALS: &str = "tests/spec/ggk/refusals.rs";
const GGK_CHECKS: &str = "tests/spec/ggk/checks.rs";
const VSP_RECEIPT: &str = "tests/spec/vsp/receipt.rs";
const VSP_REFUSED: &str = "tests/spec/vsp/refused.rs";
const CONTENT: &str =
    "every_reason_that_shows_in_the_content_is_confirmed_and_then_told_with_its_code";
const CHECKS: &str = "every_check_has_its_code_and_none_uses_up_the_number";
const RECEIPT: &str = "each_code_of_receipt_is_told_at_once_and_leaves_the_number_free";
const OF_CONTENT: &str = "each_code_of_content_is_received_and_found_by_number_and_by_conversation";

/// The text of a test, up to the next one.
fn text_of(file: &str, test: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(file)).expect("the file is there");
    let (_, after) = text
        .split_once(&format!("fn {test}("))
        .unwrap_or_else(|| panic!("no test {test} in {file}"));
    after.split("\n}\n").next().expect("a text").to_owned()
}

fn codes_of(condition: Condition) -> Vec<&'static str> {
    let lists = [Generation::Current, Generation::Of2018];
    let fo01 = lists.map(|of| [condition.fo01(of, true), condition.fo01(of, false)]);
    let others = [condition.vsp(), condition.fo03()];
    let codes = fo01.into_iter().flatten().chain(others);
    codes.flatten().collect()
}

#[test]
fn every_condition_of_the_table_is_provoked_by_a_test_that_looks_at_its_code() {
    let tested: Vec<&str> = TESTS.iter().map(|(condition, ..)| *condition).collect();
    let table: Vec<&str> = Condition::ALL.iter().map(|of| of.name()).collect();
    assert_eq!(tested, table, "left: what is tested; right: the table");
    for (name, file, test, code) in TESTS {
        let condition = Condition::named(name).expect("a condition");
        assert!(codes_of(condition).contains(code), "{name} is not {code}");
        let text = text_of(file, test);
        assert!(text.contains(&format!("\"{code}\"")), "{test}: no {code}");
    }
}
