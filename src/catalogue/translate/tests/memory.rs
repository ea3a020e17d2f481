//! What follows on an assignment goes by what was kept of it.

use jiff::civil::date;

use super::{Reason, Verdict, ask, assigned, becomes, product, stays, table};
use crate::translate::{Memory, MemoryError};

const ROW: &str = "jw 45 45X48 04 - exact 45A48 - 01 60/1 2024-01-01";

#[test]
fn the_product_given_comes_back_as_the_one_assigned_whatever_the_table_says_by_then() {
    let memory = assigned(&table("", &[ROW]), "45 45X48 04 3 5580");
    let later = table("", &["jw 45 45X01 - - exact 45A48 - - - 2024-01-01"]);
    let back = |text| later.back(&ask(product(text)), Some(&memory));
    becomes(
        &back("45 45A48 01 180 93"),
        "45 45X48 04 3 5580",
        Reason::Remembered,
    );
    becomes(
        &back("45 45A48 01 60 93"),
        "45 45X48 04 1 5580",
        Reason::Remembered,
    );
    becomes(&back("45 45A48"), "45 45X48", Reason::Remembered);
    becomes(&back("- 45A48"), "- 45X48", Reason::Remembered);
    assert_eq!(back("45 45A48").version, Some(memory.version));
    stays(
        &back("45 45A48 01 90 93"),
        "45 45A48 01 90 93",
        Verdict::Refuse,
        Reason::VolumeNotWhole,
    );
    stays(
        &back("45 45A48 - 180"),
        "45 45A48 - 180",
        Verdict::Refuse,
        Reason::UnitMissing,
    );
    let forth = later.forth(&ask(product("45 45X48 04 1 5580")), Some(&memory));
    becomes(&forth, "45 45A48 01 60 93", Reason::Remembered);
}

#[test]
fn what_differs_from_the_assignment_in_unit_differs_from_it_on_both_sides() {
    let table = table("", &[ROW]);
    let memory = assigned(&table, "45 45X48 04 3 5580");
    for (there, here) in [
        ("45 45A48 04 2 5580", "45 45X48 01 120 93"),
        ("45 45A48 16 2 300", "45 45X48 16 2 300"),
    ] {
        becomes(
            &table.back(&ask(product(there)), Some(&memory)),
            here,
            Reason::Remembered,
        );
        becomes(
            &table.forth(&ask(product(here)), Some(&memory)),
            there,
            Reason::Remembered,
        );
    }
}

#[test]
fn what_crossed_as_it_is_stays_though_its_code_is_a_target() {
    let table = table("", &["jw 45 45X48 - - exact 45A48 - - - 2024-01-01"]);
    let memory = assigned(&table, "45 45A48 04 3");
    assert!(!memory.is_translated());
    let question = ask(product("45 45A48 04 2"));
    stays(
        &table.back(&question, Some(&memory)),
        "45 45A48 04 2",
        Verdict::Pass,
        Reason::CrossedAsItIs,
    );
    becomes(
        &table.back(&question, None),
        "45 45X48 04 2",
        Reason::OnlyWay,
    );
    // A message that was left alone because of another of its products.
    let untouched = Memory::untouched(&ask(product("45 45X48 04 3")), memory.version);
    let again = table.forth(&ask(product("45 45X48 04 3")), Some(&untouched));
    stays(
        &again,
        "45 45X48 04 3",
        Verdict::Pass,
        Reason::CrossedAsItIs,
    );
}

#[test]
fn a_code_chosen_on_an_assignment_without_one_goes_by_the_table() {
    let table = table("", &["jw 45 45X48 - - exact 45A48 - - - 2024-01-01"]);
    let memory = assigned(&table, "45 - 04 3");
    becomes(
        &table.back(&ask(product("45 45A48 04 2")), Some(&memory)),
        "45 45X48 04 2",
        Reason::OnlyWay,
    );
    stays(
        &table.back(&ask(product("45")), Some(&memory)),
        "45",
        Verdict::Pass,
        Reason::NoCode,
    );
}

#[test]
fn a_category_that_was_changed_comes_back() {
    let table = table("", &["jw - 44X01 - - exact 45A48 45 - - 2024-01-01"]);
    let memory = assigned(&table, "44 44X01 14 3");
    becomes(
        &table.back(&ask(product("45 45A48 14 1")), Some(&memory)),
        "44 44X01 14 1",
        Reason::Remembered,
    );
}

#[test]
fn dagdelen_come_back_by_the_minutes_of_then() {
    let row = "jw 45 45X48 16 - exact 45A53 - 04 7/2 2024-01-01";
    let memory = assigned(&table("daypart_minutes = 210", &[row]), "45 45X48 16 2");
    let later = table("daypart_minutes = 240", &[]);
    becomes(
        &later.back(&ask(product("45 45A53 04 14 100")), Some(&memory)),
        "45 45X48 16 4 350",
        Reason::Remembered,
    );
}

#[test]
fn a_memory_is_read_as_it_was_written_and_nothing_else_is_one() {
    let table = table("", &[ROW]);
    for text in [
        "45 45X48 04 3 5580",
        "45 45X48 04",
        "45",
        "",
        "45 45A53 82 1",
    ] {
        let memory = assigned(&table, text);
        let bytes = memory.to_bytes();
        assert_eq!(Memory::from_bytes(&bytes), Ok(memory), "{text}");
        for end in 0..bytes.len() {
            assert_eq!(Memory::from_bytes(&bytes[..end]), Err(MemoryError::Damaged));
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(Memory::from_bytes(&longer), Err(MemoryError::Damaged));
        let mut newer = bytes;
        newer[0] = 2;
        assert_eq!(Memory::from_bytes(&newer), Err(MemoryError::Form(2)));
    }
}

/// As the first version wrote it: it stays readable for as long as assignments run.
#[test]
fn a_memory_of_the_first_form_is_read() {
    let memory = Memory {
        original: product("45 45X48 16 3 18900"),
        given: product("45 45A48 01 630 90"),
        daypart_minutes: Some(210),
        version: crate::Version([7; 32]),
        on: date(2024, 6, 1),
    };
    let golden = include_str!("../../../../tests/golden/mapping-memory-1.txt");
    let bytes: Vec<u8> = golden
        .trim()
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    assert_eq!(memory.to_bytes(), bytes);
    assert_eq!(Memory::from_bytes(&bytes), Ok(memory));
}
