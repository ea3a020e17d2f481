//! From own to national.

use super::{Reason, Verdict, ask, becomes, forth, product, stays, table};
use crate::{Law, Municipality, Relation};

#[test]
fn a_confirmed_row_of_an_applied_relation_translates_and_names_its_line() {
    let table = table("", &["jw 45 45X48 04 - exact 45A48 - - - 2024-01-01"]);
    let answer = forth(&table, "45 45X48 04 3 5580");
    becomes(&answer, "45 45A48 04 3 5580", Reason::Row);
    assert_eq!(answer.rows[0].to_string(), "gm0777/map.tsv:2");
    assert_eq!(
        answer.version,
        table.version(Municipality::new(777).unwrap())
    );
    assert!(answer.version.is_some());
}

#[test]
fn rows_of_the_region_translate_with_the_line_in_its_own_file() {
    let table = table("", &[]);
    let answer = forth(&table, "50 501AL 82 1 100000");
    becomes(&answer, "50 P5005 82 1 100000", Reason::Row);
    assert_eq!(answer.rows[0].to_string(), "regions/wbw.tsv:2");
}

#[test]
fn what_the_table_does_not_translate_passes() {
    let rows = [
        "jw 45 45X48 04 - exact 45A48 - - - 2024-01-01 2024-05-31",
        "jw 45 45X49 04 - exact 45A48 - - - 2024-01-01 - no suggested",
        "jw 45 45X50 04 - local-broader 45A48 - - - 2024-01-01",
        "jw 45 45X51 04 - partial 45A48 - - - 2024-01-01",
        "jw 45 45X52 04 - none - - - - 2024-01-01",
        "jw 45 45X53 04 - close 45A48 - - - 2024-01-01",
        "jw 45 45X54 04 - exact 45A48 - - - 2024-01-01 - no rejected",
        "jw 45 45X55 04 - exact 45A48 - - - 2024-01-01 - no ignored",
    ];
    let table = table("apply = [\"exact\"]", &rows);
    for (asked, reason) in [
        ("45 45X48 04 3", Reason::NoRow),
        ("45 45X49 04 3", Reason::NotConfirmed),
        ("45 45X50 04 3", Reason::NotApplied(Relation::LocalBroader)),
        ("45 45X51 04 3", Reason::NotApplied(Relation::Partial)),
        ("45 45X52 04 3", Reason::NotApplied(Relation::None)),
        ("45 45X53 04 3", Reason::NotApplied(Relation::Close)),
        ("45 45X54 04 3", Reason::NotConfirmed),
        ("45 45X55 04 3", Reason::NotConfirmed),
        ("45 45X99 04 3", Reason::NoRow),
        ("45 45X48 01 3", Reason::NoRow),
        ("45 - 04 3", Reason::NoCode),
    ] {
        stays(&forth(&table, asked), asked, Verdict::Pass, reason);
    }
    let mut elsewhere = ask(product("45 45X48 04 3"));
    elsewhere.municipality = Municipality::new(363).unwrap();
    assert_eq!(table.forth(&elsewhere, None).reason, Reason::NoTable);
    assert_eq!(table.forth(&elsewhere, None).version, None);
    elsewhere.law = Law::Wmo;
    elsewhere.municipality = Municipality::new(777).unwrap();
    assert_eq!(table.forth(&elsewhere, None).reason, Reason::NoRow);
}

#[test]
fn the_key_that_says_most_decides_unit_before_category_before_variant() {
    let rows = [
        "jw - 45X48 - - exact 45A48 - - - 2024-01-01",
        "jw - 45X48 - outputgericht exact 45A53 - - - 2024-01-01",
        "jw 44 45X48 - - exact 44A27 - - - 2024-01-01",
        "jw - 45X48 84 - exact P5005 - - - 2024-01-01",
        "jw 45 45X48 16 - none - - - - 2024-01-01",
    ];
    let table = table("", &rows);
    becomes(
        &forth(&table, "45 45X48 04 3"),
        "45 45A48 04 3",
        Reason::Row,
    );
    becomes(
        &forth(&table, "45 45X48 82 3"),
        "45 45A53 82 3",
        Reason::Row,
    );
    becomes(
        &forth(&table, "44 45X48 82 3"),
        "44 44A27 82 3",
        Reason::Row,
    );
    becomes(
        &forth(&table, "44 45X48 84 3"),
        "44 P5005 84 3",
        Reason::Row,
    );
    becomes(&forth(&table, "45 45X48"), "45 45A48", Reason::Row);
    let decided = forth(&table, "45 45X48 16 3");
    stays(
        &decided,
        "45 45X48 16 3",
        Verdict::Pass,
        Reason::NotApplied(Relation::None),
    );
    assert_eq!(decided.rows[0].line, 6);
}

#[test]
fn a_row_that_nobody_confirmed_does_not_stand_before_one_that_somebody_did() {
    let rows = [
        "jw 45 45X48 04 - exact 45A53 - - - 2024-01-01 - no rejected",
        "jw - 45X48 - - exact 45A48 - - - 2024-01-01",
    ];
    let answer = forth(&table("", &rows), "45 45X48 04 3");
    becomes(&answer, "45 45A48 04 3", Reason::Row);
    assert_eq!(answer.rows.len(), 1);
}

#[test]
fn rows_of_one_key_that_disagree_are_ambiguous_and_all_named() {
    let rows = [
        "jw 45 45X48 04 - exact 45A48 - - - 2024-01-01",
        "jw 45 45X48 04 - exact 45A53 - - - 2024-03-01 - yes",
    ];
    let answer = forth(&table("", &rows), "45 45X48 04 3");
    stays(
        &answer,
        "45 45X48 04 3",
        Verdict::Ambiguous,
        Reason::RowsDisagree,
    );
    assert_eq!(answer.rows.len(), 2);
}

#[test]
fn rows_that_disagree_do_not_matter_where_one_that_says_more_decides() {
    let rows = [
        "jw - 45X48 - - exact 45A48 - - - 2024-01-01",
        "jw - 45X48 - - exact 45A53 - - - 2024-01-01",
        "jw 45 45X48 04 - exact 45A53 - - - 2024-01-01",
    ];
    let table = table("", &rows);
    becomes(
        &forth(&table, "45 45X48 04 3"),
        "45 45A53 04 3",
        Reason::Row,
    );
    let less = forth(&table, "45 45X48 01 3");
    assert_eq!(less.reason, Reason::RowsDisagree);
}

#[test]
fn what_is_broader_than_several_passes_and_names_them_all() {
    let rows = [
        "jw 45 45X48 04 - local-broader 45A48 - - - 2024-01-01",
        "jw 45 45X48 04 - local-broader 45A53 - - - 2024-01-01",
    ];
    let answer = forth(&table("", &rows), "45 45X48 04 3");
    stays(
        &answer,
        "45 45X48 04 3",
        Verdict::Pass,
        Reason::NotApplied(Relation::LocalBroader),
    );
    assert_eq!(answer.rows.len(), 2);
}

/// Bollenstreek: three products at 83.55, 95.06 and 195.91 euro are all 44A27.
#[test]
fn what_is_narrower_is_translated_only_while_its_target_has_one_tariff() {
    let row = |code: &str, from: &str, to: &str, tariff: &str| {
        format!("jw 44 {code} 14 - local-narrower 44A27 - - - {from} {to} no confirmed {tariff}")
    };
    let one = |rows: &[String]| {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        forth(&table("", &rows), "44 44X01 14 3 8355")
    };
    let first = row("44X01", "2024-01-01", "-", "83.55");
    let alone = one(std::slice::from_ref(&first));
    becomes(&alone, "44 44A27 14 3 8355", Reason::Row);
    let same = one(&[first.clone(), row("44X02", "2024-01-01", "-", "83.55")]);
    becomes(&same, "44 44A27 14 3 8355", Reason::Row);
    let before = one(&[
        first.clone(),
        row("44X02", "2022-01-01", "2023-12-31", "95.06"),
    ]);
    becomes(&before, "44 44A27 14 3 8355", Reason::Row);
    for other in [
        row("44X02", "2024-01-01", "-", "95.06"),
        row("44X02", "2024-12-31", "-", "95.06"),
        row("44X02", "2024-01-01", "-", ""),
        row("44X02", "2024-01-01", "-", "83.55").replace(" 14 ", " 82 "),
        "jw 44 44X02 14 - exact 44A27 - - - 2024-01-01 - no confirmed 95.06".to_owned(),
    ] {
        let several = one(&[first.clone(), other]);
        stays(
            &several,
            "44 44X01 14 3 8355",
            Verdict::Pass,
            Reason::SeveralTariffs,
        );
    }
    // One product by the hour and by the minute has one tariff.
    let rows = [
        "jw 45 45X48 04 - local-narrower 45A48 - 01 60/1 2024-01-01 - no confirmed 55.80",
        "jw 45 45X48 01 - local-narrower 45A48 - - - 2024-01-01 - no confirmed 0.93",
    ];
    let table = table("", &rows);
    becomes(
        &forth(&table, "45 45X48 04 3 5580"),
        "45 45A48 01 180 93",
        Reason::Row,
    );
}

#[test]
fn hours_become_minutes_only_where_volume_and_tariff_stay_whole() {
    let table = table(
        "",
        &[
            "jw 45 45X48 04 - exact 45A53 - 01 60/1 2024-01-01",
            "jw 45 45X49 01 - exact 45A48 - 04 1/60 2024-01-01",
        ],
    );
    becomes(
        &forth(&table, "45 45X48 04 3 5580"),
        "45 45A53 01 180 93",
        Reason::Row,
    );
    becomes(&forth(&table, "45 45X48 04"), "45 45A53 01", Reason::Row);
    becomes(
        &forth(&table, "45 45X49 01 120 93"),
        "45 45A48 04 2 5580",
        Reason::Row,
    );
    for (asked, reason) in [
        ("45 45X48 04 3 11010", Reason::TariffNotWhole),
        ("45 45X49 01 90 93", Reason::VolumeNotWhole),
        ("45 45X48 04 400000000000000000", Reason::VolumeNotWhole),
    ] {
        stays(&forth(&table, asked), asked, Verdict::Refuse, reason);
    }
}

#[test]
fn a_dagdeel_is_time_by_the_minutes_of_the_contract() {
    let rows = ["jw 45 45X48 16 - exact 45A53 - 04 7/2 2024-01-01"];
    let agreed = table("daypart_minutes = 210", &rows);
    becomes(
        &forth(&agreed, "45 45X48 16 2 17500"),
        "45 45A53 04 7 5000",
        Reason::Row,
    );
    stays(
        &forth(&agreed, "45 45X48 16 3"),
        "45 45X48 16 3",
        Verdict::Refuse,
        Reason::VolumeNotWhole,
    );
    for manifest in ["", "daypart_minutes = 240"] {
        let answer = forth(&table(manifest, &rows), "45 45X48 16 2 17500");
        stays(
            &answer,
            "45 45X48 16 2 17500",
            Verdict::Refuse,
            Reason::UnitsDoNotConvert,
        );
    }
}

#[test]
fn pieces_days_and_euros_never_convert() {
    for (from, to, factor) in [
        ("82", "84", "1/1"),
        ("84", "82", "1/1"),
        ("14", "04", "24/1"),
        ("04", "82", "1/1"),
        ("83", "01", "1/1"),
        ("04", "01", "59/1"),
        ("04", "-", "60/1"),
        ("82", "-", "3/1"),
        ("04", "04", "60/1"),
    ] {
        let row = format!("jw 45 45X48 {from} - exact 45A48 - {to} {factor} 2024-01-01");
        let asked = format!("45 45X48 {from} 60 6000");
        let answer = forth(&table("daypart_minutes = 240", &[&row]), &asked);
        stays(&answer, &asked, Verdict::Refuse, Reason::UnitsDoNotConvert);
    }
}

#[test]
fn without_a_unit_in_the_message_nothing_is_converted() {
    let table = table("", &["jw 45 45X48 - - exact 45A48 - 01 60/1 2024-01-01"]);
    becomes(
        &forth(&table, "45 45X48 04 3"),
        "45 45A48 01 180",
        Reason::Row,
    );
    stays(
        &forth(&table, "45 45X48"),
        "45 45X48",
        Verdict::Refuse,
        Reason::UnitMissing,
    );
    stays(
        &forth(&table, "45 45X48 01 3"),
        "45 45X48 01 3",
        Verdict::Refuse,
        Reason::UnitsDoNotConvert,
    );
}

#[test]
fn the_category_changes_only_where_the_row_says_so_and_has_to_fit_the_target() {
    let rows = [
        "jw 44 44X01 - - exact 45A48 45 - - 2024-01-01",
        "jw - 44X02 - - exact 45A48 - - - 2024-01-01",
        "jw 44 44X03 - - exact 45A48 50 - - 2024-01-01",
        "jw 44 44X04 - - exact P5005 - - - 2024-01-01",
    ];
    let table = table("", &rows);
    becomes(
        &forth(&table, "44 44X01 14 3"),
        "45 45A48 14 3",
        Reason::Row,
    );
    becomes(
        &forth(&table, "45 44X02 14 3"),
        "45 45A48 14 3",
        Reason::Row,
    );
    becomes(
        &forth(&table, "44 44X04 14 3"),
        "44 P5005 14 3",
        Reason::Row,
    );
    for asked in ["44 44X02 14 3", "44 44X03 14 3"] {
        stays(
            &forth(&table, asked),
            asked,
            Verdict::Refuse,
            Reason::CategoryDoesNotFit,
        );
    }
}
