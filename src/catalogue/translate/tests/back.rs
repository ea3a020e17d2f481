//! From national to own, without a memory.

use super::{Reason, Verdict, back, becomes, forth, product, stays, table};

#[test]
fn the_only_local_product_that_becomes_it_is_meant() {
    let rows = [
        "jw 45 45X48 04 - exact 45A48 - 01 60/1 2024-01-01",
        "jw 45 45X47 04 - exact 45A48 - 01 60/1 2020-01-01 2023-12-31",
        "jw 45 45X46 04 - exact 45A48 - 01 60/1 2020-01-01 - no suggested",
        "jw 45 45X45 04 - local-broader 45A48 - - - 2020-01-01",
    ];
    let table = table("", &rows);
    let answer = back(&table, "45 45A48 01 180 93");
    becomes(&answer, "45 45X48 04 3 5580", Reason::OnlyWay);
    assert_eq!(answer.rows.len(), 1);
    assert_eq!(answer.rows[0].to_string(), "gm0777/map.tsv:2");
}

#[test]
fn what_no_row_leads_to_passes() {
    let table = table("", &["jw 45 45X48 04 - exact 45A48 - - - 2024-01-01"]);
    stays(
        &back(&table, "45 45A53 04 3"),
        "45 45A53 04 3",
        Verdict::Pass,
        Reason::NoRow,
    );
    stays(
        &back(&table, "45 - 04 3"),
        "45 - 04 3",
        Verdict::Pass,
        Reason::NoCode,
    );
}

#[test]
fn what_cannot_go_back_exactly_is_refused() {
    let table = table("", &["jw 45 45X48 04 - exact 45A48 - 01 60/1 2024-01-01"]);
    for (asked, reason) in [
        ("45 45A48 01 90 93", Reason::VolumeNotWhole),
        ("45 45A48 04 3", Reason::NoExactWay),
        ("45 45A48", Reason::NoExactWay),
        ("44 45A48 01 60", Reason::NoExactWay),
    ] {
        let answer = back(&table, asked);
        assert_eq!(
            (answer.verdict, answer.product),
            (Verdict::Refuse, product(asked)),
            "{asked}"
        );
        assert_eq!(answer.reason, reason, "{asked}");
    }
}

#[test]
fn of_several_the_preferred_one_is_meant_and_without_one_none() {
    let rows = |preferred: [&str; 2]| {
        let row = |code: &str, preferred: &str| {
            format!("jw 45 {code} 04 - exact 45A48 - - - 2024-01-01 - {preferred}")
        };
        [row("45X48", preferred[0]), row("45X49", preferred[1])]
    };
    let of = |preferred| {
        let [one, other] = rows(preferred);
        back(&table("", &[&one, &other]), "45 45A48 04 3")
    };
    becomes(&of(["no", "yes"]), "45 45X49 04 3", Reason::Preferred);
    for preferred in [["no", "no"], ["yes", "yes"]] {
        let answer = of(preferred);
        stays(
            &answer,
            "45 45A48 04 3",
            Verdict::Ambiguous,
            Reason::SeveralWays,
        );
        assert_eq!(
            answer.candidates,
            [product("45 45X48 04 3"), product("45 45X49 04 3")]
        );
        assert_eq!(answer.rows.len(), 2);
    }
}

#[test]
fn unit_category_and_variant_decide_between_local_products() {
    let rows = [
        "jw 45 45X48 04 - exact 45A48 - - - 2024-01-01",
        "jw 45 45X49 01 - exact 45A48 - - - 2024-01-01",
        "jw 44 50X01 - - exact P5005 - - - 2024-01-01",
        "jw 45 50X02 - outputgericht exact P5005 - - - 2024-01-01",
        "jw 45 50X03 - inspanningsgericht exact P5005 - - - 2024-01-01",
    ];
    let table = table("", &rows);
    becomes(
        &back(&table, "45 45A48 04 3"),
        "45 45X48 04 3",
        Reason::OnlyWay,
    );
    becomes(
        &back(&table, "45 45A48 01 3"),
        "45 45X49 01 3",
        Reason::OnlyWay,
    );
    becomes(
        &back(&table, "44 P5005 04 3"),
        "44 50X01 04 3",
        Reason::OnlyWay,
    );
    becomes(
        &back(&table, "45 P5005 84 3"),
        "45 50X03 84 3",
        Reason::OnlyWay,
    );
    // The region's 501AL becomes it too.
    stays(
        &back(&table, "45 P5005 82 3"),
        "45 P5005 82 3",
        Verdict::Ambiguous,
        Reason::SeveralWays,
    );
}

/// Amsterdam: 04A00 is the municipality's own, and national for something else.
#[test]
fn a_national_code_that_the_municipality_uses_itself_may_mean_itself() {
    let own = "jw 45 45A48 - - none - - - - 2024-01-01";
    let other = "jw 45 45X48 - - exact 45A48 - - - 2024-01-01";
    stays(
        &back(&table("", &[own]), "45 45A48 04 3"),
        "45 45A48 04 3",
        Verdict::Pass,
        Reason::OwnCode,
    );
    let both = back(&table("", &[own, other]), "45 45A48 04 3");
    stays(
        &both,
        "45 45A48 04 3",
        Verdict::Ambiguous,
        Reason::SeveralWays,
    );
    assert_eq!(
        both.candidates,
        [product("45 45A48 04 3"), product("45 45X48 04 3")]
    );
    let same = "jw 45 45A48 - - exact 45A48 - - - 2024-01-01";
    becomes(
        &back(&table("", &[same]), "45 45A48 04 3"),
        "45 45A48 04 3",
        Reason::OnlyWay,
    );
    let both = back(&table("", &[same, other]), "45 45A48 04 3");
    assert_eq!(both.verdict, Verdict::Ambiguous);
}

/// Two codes that changed places: each is the national name of the other.
#[test]
fn a_code_that_becomes_another_is_not_taken_for_itself() {
    let away = "jw 45 45A48 - - exact 45A53 - - - 2024-01-01";
    let refused = back(&table("", &[away]), "45 45A48 04 3");
    stays(
        &refused,
        "45 45A48 04 3",
        Verdict::Refuse,
        Reason::OtherMeaning,
    );
    let swapped = table("", &[away, "jw 45 45A53 - - exact 45A48 - - - 2024-01-01"]);
    becomes(
        &forth(&swapped, "45 45A48 04 3"),
        "45 45A53 04 3",
        Reason::Row,
    );
    becomes(
        &back(&swapped, "45 45A53 04 3"),
        "45 45A48 04 3",
        Reason::OnlyWay,
    );
    becomes(
        &back(&swapped, "45 45A48 04 3"),
        "45 45A53 04 3",
        Reason::OnlyWay,
    );
}

#[test]
fn a_row_for_any_category_that_gives_another_does_not_say_which_it_was() {
    let table = table("", &["jw - 44X01 - - exact 45A48 45 - - 2024-01-01"]);
    stays(
        &back(&table, "45 45A48 14 3"),
        "45 45A48 14 3",
        Verdict::Ambiguous,
        Reason::CategoryUnknown,
    );
}

#[test]
fn what_is_narrower_and_not_translated_is_no_way_back() {
    let rows = [
        "jw 44 44X01 14 - local-narrower 44A27 - - - 2024-01-01 - no confirmed 83.55",
        "jw 44 44X02 14 - local-narrower 44A27 - - - 2024-01-01 - no confirmed 95.06",
    ];
    stays(
        &back(&table("", &rows), "44 44A27 14 3"),
        "44 44A27 14 3",
        Verdict::Pass,
        Reason::NoRow,
    );
}
