//! Of every kind: what is read, and what is refused.

use proptest::prelude::*;

use super::made::{every_kind, key};
use crate::delivery::{JsonFault, STATEMENT_BYTES_MAX, Signed, Statement, StatementError};

fn text(statement: &Statement) -> String {
    String::from_utf8(statement.bytes().to_vec()).unwrap()
}

fn error(text: &str) -> Option<StatementError> {
    Statement::parse(text.as_bytes()).err()
}

/// The members of an object, each a name and how its value is written; nothing in it may hold a comma between members but at the top.
fn members(statement: &Statement) -> Vec<(String, String)> {
    let value: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(statement.bytes()).unwrap();
    let members = value.into_iter();
    members
        .map(|(name, value)| (name, value.to_string()))
        .collect()
}

fn written(members: &[(String, String)]) -> String {
    let members = members.iter();
    let members: Vec<String> = members
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn every_kind_reads_back_with_its_exact_bytes() {
    for statement in every_kind() {
        let again = Statement::parse(statement.bytes()).unwrap();
        assert!(again == statement, "{statement:?}");
        assert_eq!(
            Statement::of(again.claim().clone()).unwrap().bytes(),
            statement.bytes()
        );
    }
}

#[test]
fn the_order_of_keys_and_white_space_are_free_and_are_other_bytes() {
    for statement in every_kind() {
        let mut members = members(&statement);
        members.reverse();
        let other = written(&members).replace("\":", "\" :\n");
        let read = Statement::parse(other.as_bytes()).unwrap();
        assert!(read.claim() == statement.claim());
        assert_ne!(read.bytes(), statement.bytes());
    }
}

#[test]
fn a_missing_key_is_named_and_one_too_many_is_not() {
    for statement in every_kind() {
        let all = members(&statement);
        for missing in 0..all.len() {
            let mut fewer = all.clone();
            let (name, _) = fewer.remove(missing);
            match Statement::parse(written(&fewer).as_bytes()) {
                Err(StatementError::Missing { key }) => assert_eq!(key, name),
                other => assert!(other.is_ok() && name == "prev", "{statement:?} {name}"),
            }
        }
        let mut more = all.clone();
        more.push(("mede".into(), "1".into()));
        assert_eq!(
            error(&written(&more)),
            Some(StatementError::Unknown { names: 1 })
        );
    }
}

#[test]
fn a_value_of_another_type_is_refused() {
    for statement in every_kind() {
        let all = members(&statement);
        for (at, (name, value)) in all.iter().enumerate() {
            for other in [
                "1.5",
                "null",
                "-1",
                "true",
                "9007199254740992",
                "1e3",
                "007",
            ] {
                let mut spoiled = all.clone();
                spoiled[at].1 = other.into();
                let fault = error(&written(&spoiled));
                assert!(
                    matches!(fault, Some(StatementError::Json { .. })),
                    "{name} {other}"
                );
            }
            for other in ["{}", "[[]]", "\"\\u0000\""] {
                let mut spoiled = all.clone();
                spoiled[at].1 = other.into();
                assert!(
                    error(&written(&spoiled)).is_some(),
                    "{statement:?} {name} {other}"
                );
            }
            let other = if value.starts_with('"') { "1" } else { "\"1\"" };
            let mut spoiled = all.clone();
            spoiled[at].1 = other.into();
            assert!(
                error(&written(&spoiled)).is_some(),
                "{statement:?} {name} {other}"
            );
        }
    }
}

#[test]
fn what_programs_read_in_different_ways_is_refused() {
    let good = text(&Statement::of(key()).unwrap());
    let fault = |text: &str| match error(text) {
        Some(StatementError::Json { fault, .. }) => Some(fault),
        _ => None,
    };
    assert_eq!(fault(&format!("\u{feff}{good}")), Some(JsonFault::Form));
    assert_eq!(fault(&format!("{good}\n")), Some(JsonFault::Behind));
    assert_eq!(fault(&format!("{good}{good}")), Some(JsonFault::Behind));
    let twice = good.replacen("{\"v\":1,", "{\"v\":1,\"v\":1,", 1);
    assert_eq!(fault(&twice), Some(JsonFault::Twice));
    let half = good.replace("41234567", "\\ud8004123");
    assert_eq!(fault(&half), Some(JsonFault::Surrogate));
}

#[test]
fn another_version_and_another_kind_are_told_apart_from_damage() {
    let good = text(&Statement::of(key()).unwrap());
    assert_eq!(
        error(&good.replace("\"v\":1", "\"v\":2")),
        Some(StatementError::Version)
    );
    assert_eq!(
        error(&good.replace("\"v\":1", "\"v\":0")),
        Some(StatementError::Version)
    );
    assert_eq!(
        error(&good.replace("knooppunt-key", "knooppunt-sleutel")),
        Some(StatementError::Kind)
    );
    assert_eq!(
        error(&good.replace("knooppunt-key", "Knooppunt-key")),
        Some(StatementError::Kind)
    );
}

#[test]
fn a_statement_has_its_longest_length() {
    let good = text(&Statement::of(key()).unwrap());
    let padded =
        |length: usize| good.replacen(',', &format!("{},", " ".repeat(length - good.len())), 1);
    assert_eq!(error(&padded(STATEMENT_BYTES_MAX)), None);
    let bytes = STATEMENT_BYTES_MAX + 1;
    assert_eq!(
        error(&padded(bytes)),
        Some(StatementError::TooLong { bytes })
    );
    assert_eq!(
        error(&" ".repeat(1 << 20)),
        Some(StatementError::TooLong { bytes: 1 << 20 })
    );
}

proptest! {
    #[test]
    fn no_byte_can_be_changed_and_still_say_the_same(at: prop::sample::Index, bit in 0..8u8) {
        for statement in every_kind() {
            let mut bytes = statement.bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(other) = Statement::parse(&bytes) {
                prop_assert!(other.bytes() != statement.bytes());
                // Other white space is the only change that says the same.
                let space = b" \t\n\r";
                prop_assert!(other.claim() != statement.claim() || space.contains(&bytes[at]));
            }
        }
    }

    #[test]
    fn no_bytes_make_reading_fall(bytes: Vec<u8>, text: String) {
        let _ = Statement::parse(&bytes);
        let _ = Signed::parse(&bytes);
        let _ = Statement::parse(format!("{{\"v\":1,\"typ\":{text}}}").as_bytes());
    }
}
