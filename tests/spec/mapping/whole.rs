//! A message is translated whole or not at all.

use std::sync::Arc;

use knooppunt::ledger::Mark;
use knooppunt_standard::Limits;

use super::{AGREED, ROWS, allocation, changed, crosses, declaration, refusing, translating, with};
use crate::judge::JUDGED;
use crate::modes::MANDATE;
use crate::world::{World, intake};

const DOWN: [&str; 2] = ["gemeente-a", "zorg-a"];
const UP: [&str; 2] = ["zorg-a", "gemeente-a"];

/// A 301 with a second product, under the next number.
pub(super) fn with_second(id: &str, first: &str, second: &str) -> bytes::Bytes {
    let body = with("JW301", id, &[(">45A04<", &format!(">{first}<"))]);
    let text = String::from_utf8(body.to_vec()).expect("text");
    let from = text
        .find("      <jw301:ToegewezenProduct>")
        .expect("a product");
    let end = "</jw301:ToegewezenProduct>\n";
    let to = text.find(end).expect("its end") + end.len();
    let again = text[from..to]
        .replace(">260001<", ">260002<")
        .replace(first, second);
    format!("{}{again}{}", &text[..to], &text[to..]).into()
}

#[tokio::test]
async fn one_product_that_cannot_be_translated_leaves_the_whole_message_as_it_is() {
    // Eight minutes are no whole number of hours.
    let rows = [ROWS[1], "jw 45 45X61 01 exact 45A48 04 1/60 2020-01-01"];
    let world = translating(World::new(), AGREED, &rows);
    let both = with_second("T1", "45X53", "45X61");
    let both = changed(&both, &[("Eenheid>04<", "Eenheid>01<")]);
    let taken = crosses(&world, DOWN, [&both, &both]).await;
    assert_eq!(taken.marks, [Mark::NotTranslated]);
    // In whole hours both of them cross.
    let whole = changed(
        &both,
        &[
            ("Volume>8<", "Volume>120<"),
            (">T1<", ">T2<"),
            (">26000", ">27000"),
        ],
    );
    let taken = world.taken("gemeente-a", &whole).await;
    assert!(taken.mapped.is_some() && taken.marks.is_empty());
    let given = super::fetched(&world, "zorg-a", taken.id).await;
    let given = super::text(&given);
    assert!(given.contains(">45A53<") && given.contains("Volume>120<"));
    assert!(given.contains(">45A48<") && given.contains("Volume>2<"));
}

#[tokio::test]
async fn two_products_that_would_become_one_in_the_same_days_stay_apart() {
    let rows = [
        "jw 45 45X48 - exact 45A48 - - 2020-01-01",
        "jw 45 45X49 - exact 45A48 - - 2020-01-01",
    ];
    let world = translating(World::new(), AGREED, &rows);
    let both = with_second("T1", "45X48", "45X49");
    let taken = crosses(&world, DOWN, [&both, &both]).await;
    assert_eq!(taken.marks, [Mark::NotTranslated]);
    // What comes under them comes as it was given.
    let start = with("JW305", "S1", &[(">45A04<", ">45X48<")]);
    let taken = crosses(&world, UP, [&start, &start]).await;
    assert!(taken.marks.is_empty());
}

#[tokio::test]
async fn a_volume_that_is_not_whole_on_the_other_side_leaves_the_declaration_as_it_is() {
    let world = translating(World::new(), AGREED, &ROWS);
    let [own, canonical] = allocation("T1");
    crosses(&world, DOWN, [&own, &canonical]).await;
    let [canonical, _] = declaration("D1");
    let half = changed(
        &canonical,
        &[("Volume>480<", "Volume>90<"), (">44640<", ">8370<")],
    );
    let taken = crosses(&world, UP, [&half, &half]).await;
    assert_eq!(taken.marks, [Mark::NotTranslated]);
}

#[tokio::test]
async fn a_product_that_is_counted_in_another_unit_than_it_was_given_in_leaves_the_declaration_as_it_is()
 {
    for (rows, units) in [
        (
            "jw 45 45X48 04 exact 45A48 01 60/1 2020-01-01",
            ["8", "04", "5580"],
        ),
        (
            "jw 45 45X53 - exact 45A53 - - 2020-01-01",
            ["480", "01", "93"],
        ),
    ] {
        let is_counted_alike = rows.contains("45X53");
        let world = translating(World::new(), AGREED, &[rows]);
        let [own, canonical] = allocation("T1");
        let forms = if is_counted_alike {
            [">45X53<", ">45A53<"].map(|code| changed(&own, &[(">45X48<", code)]))
        } else {
            [own, canonical]
        };
        crosses(&world, DOWN, [&forms[0], &forms[1]]).await;
        // The rules let a provider declare in minutes what was allocated in hours, and say another code the other way round: neither is to be said of a code that
        // was not put back.
        let [_, declared] = declaration("D1");
        let code = if is_counted_alike {
            ">45A53<"
        } else {
            ">45A48<"
        };
        let [volume, unit, tariff] = units.map(|value| format!(">{value}<"));
        let sent = changed(
            &declared,
            &[
                (">45X48<", code),
                ("GeleverdVolume>8<", &format!("GeleverdVolume{volume}")),
                ("Eenheid>04<", &format!("Eenheid{unit}")),
                (">5580<", &tariff),
            ],
        );
        let taken = world.taken("zorg-a", &sent).await;
        assert_eq!(
            taken.marks.contains(&Mark::NotTranslated),
            !is_counted_alike,
            "{taken:?}"
        );
        if !is_counted_alike {
            assert_eq!(super::fetched(&world, "gemeente-a", taken.id).await, sent);
            let caller = world.caller("zorg-a");
            let found = world.mailbox.found(&caller, taken.id, 10).await;
            let found = found.expect("found");
            assert_eq!(found.not_translated[0].reason, "other-unit");
        }
    }
}

#[tokio::test]
async fn a_code_that_is_chosen_while_there_is_no_table_to_ask_leaves_the_declaration_as_it_is() {
    let category = with(
        "JW301",
        "T1",
        &[("\n          <ijw:Code>45A04</ijw:Code>", "")],
    );
    for (lines, is_there, marks) in [
        (AGREED, true, vec![]),
        (AGREED, false, vec![Mark::NotTranslated]),
        // Who agree no more have one form.
        ("", false, vec![]),
    ] {
        let world = translating(World::new(), AGREED, &ROWS);
        crosses(&world, DOWN, [&category, &category]).await;
        let mut world = translating(world, lines, &ROWS);
        if !is_there {
            world.intake = Arc::new(intake(&world.ledger, Limits::default()));
        }
        let [canonical, _] = declaration("D1");
        assert_eq!(world.taken("zorg-a", &canonical).await.marks, marks);
    }
}

#[tokio::test]
async fn a_code_that_no_table_knows_crosses_beside_one_that_is_translated() {
    let world = translating(World::new(), AGREED, &ROWS);
    let sent = with_second("T1", "45X48", "45A04");
    let taken = world.taken("gemeente-a", &sent).await;
    let given = super::fetched(&world, "zorg-a", taken.id).await;
    let given = super::text(&given);
    assert!(given.contains(">45A48<") && given.contains(">45A04<") && !given.contains(">45X48<"));
}

#[tokio::test]
async fn an_allocation_that_crosses_as_it_is_after_it_was_translated_is_known_by_what_was_given_last()
 {
    let rows = ["jw 45 45X61 01 exact 45A48 04 1/60 2020-01-01", ROWS[1]];
    let world = translating(World::new(), AGREED, &rows);
    let minutes = ("Eenheid>04<", "Eenheid>01<");
    let first = changed(
        &with_second("T1", "45X61", "45X53"),
        &[minutes, ("Volume>8<", "Volume>120<")],
    );
    let taken = world.taken("gemeente-a", &first).await;
    assert!(taken.mapped.is_some() && taken.marks.is_empty());
    // Ninety minutes are no whole hours: he is given the municipality's own code, and it is that what he starts.
    let second = changed(&first, &[(">T1<", ">T2<"), ("Volume>120<", "Volume>90<")]);
    let taken = crosses(&world, DOWN, [&second, &second]).await;
    assert_eq!(taken.marks, [Mark::NotTranslated]);
    let start = with("JW305", "S1", &[(">45A04<", ">45X61<")]);
    let taken = crosses(&world, UP, [&start, &start]).await;
    assert_eq!(taken.marks, []);
}

#[tokio::test]
async fn a_national_code_that_was_given_as_it_is_comes_back_as_it_is_although_it_stood_for_another_before()
 {
    let rows = [
        "jw 45 45X48 - exact 45A48 - - 2020-01-01",
        "jw 45 45X49 - exact 45A53 - - 2020-01-01",
    ];
    let world = translating(World::new(), AGREED, &rows);
    let [own, canonical] =
        [">45X48<", ">45A48<"].map(|code| with("JW301", "T1", &[(">45A04<", code)]));
    crosses(&world, DOWN, [&own, &canonical]).await;
    // Now the municipality says the national code itself, in a message that must stay as it is.
    let national = with_second("T2", "45A48", "45<!-- -->X49");
    let taken = crosses(&world, DOWN, [&national, &national]).await;
    assert_eq!(taken.marks, [Mark::NotTranslated]);
    let start = with("JW305", "S1", &[(">45A04<", ">45A48<")]);
    let taken = crosses(&world, UP, [&start, &start]).await;
    assert_eq!(taken.marks, []);
}

#[tokio::test]
async fn more_products_than_are_remembered_of_an_allocation_leave_the_declaration_as_it_is() {
    for (number, marks) in [(99, vec![]), (100, vec![Mark::NotTranslated])] {
        let world = translating(World::new(), AGREED, &ROWS);
        let code = "\n          <ijw:Code>45A04</ijw:Code>";
        let category = with("JW301", "T1", &[(code, "")]);
        crosses(&world, DOWN, [&category, &category]).await;
        // Under an allocation of a category each line has another code, and one of them is the municipality's own.
        let [canonical, _] = declaration("D1");
        let text = String::from_utf8(canonical.to_vec()).expect("text");
        let from = text.find("<jw323:Prestatie>").expect("a line");
        let end = "</jw323:Prestatie>";
        let to = text.find(end).expect("its end") + end.len();
        let more = (1..number).map(|nth| {
            text[from..to]
                .replace(">45A48<", &format!(">4Z{nth:03}<"))
                .replace(">P-2602-1<", &format!(">P-2602-1-{nth}<"))
        });
        let more: String = more.collect();
        let sent = format!("{}{more}{}", &text[..to], &text[to..]).into();
        let taken = world.taken("zorg-a", &sent).await;
        assert_eq!(taken.marks, marks, "{number}");
        assert_eq!(taken.mapped.is_some(), marks.is_empty(), "{number}");
    }
}

#[tokio::test]
async fn a_later_version_of_what_crossed_as_it_is_crosses_so_too_before_its_provider_has_answered()
{
    let rows = ["jw 45 45X61 01 exact 45A48 04 1/60 2020-01-01"];
    let of = |id: &str, volume: &str| {
        let minutes = ("Eenheid>04<", "Eenheid>01<");
        let volume = format!("Volume>{volume}<");
        with(
            "JW301",
            id,
            &[(">45A04<", ">45X61<"), minutes, ("Volume>8<", &volume)],
        )
    };
    // Ninety minutes are no whole hours.
    let (first, second) = (of("T1", "90"), of("T2", "120"));
    let world = translating(World::new(), AGREED, &rows);
    let taken = crosses(&world, DOWN, [&first, &first]).await;
    assert_eq!(taken.marks, [Mark::NotTranslated]);
    let taken = crosses(&world, DOWN, [&second, &second]).await;
    assert_eq!(taken.marks, []);
    let start = with("JW305", "S1", &[(">45A04<", ">45X61<")]);
    let taken = crosses(&world, UP, [&start, &start]).await;
    assert_eq!(taken.marks, []);

    // Before both agreed it crossed as it is as well.
    let world = translating(World::new(), "", &rows);
    crosses(&world, DOWN, [&first, &first]).await;
    let world = translating(world, AGREED, &rows);
    crosses(&world, DOWN, [&second, &second]).await;

    // What the provider refused he does not have.
    let world = translating(World::new(), AGREED, &rows);
    crosses(&world, DOWN, [&first, &first]).await;
    let refused = refusing(&first, "ToegewezenProduct", "TR063", "R1");
    world.taken("zorg-a", &refused).await;
    let hours = changed(
        &second,
        &[
            (">45X61<", ">45A48<"),
            ("Volume>120<", "Volume>2<"),
            ("Eenheid>01<", "Eenheid>04<"),
        ],
    );
    crosses(&world, DOWN, [&second, &hours]).await;
}

#[tokio::test]
async fn a_product_that_would_become_what_the_client_was_allocated_before_stays_apart() {
    let rows = [
        "jw 45 45X48 - exact 45A48 - - 2020-01-01",
        "jw 45 45X49 - exact 45A48 - - 2020-01-01",
    ];
    let reference = "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>";
    let of = |id: &str, code: &str, nummer: &str, changes: &[(&str, &str)]| {
        let own = [(">45A04<", code), (">260001<", nummer), (reference, "")];
        with("JW301", id, &[&own, changes].concat())
    };
    let (one, other) = (">45X48<", ">45X49<");
    let given = ">45A48<";
    // While it waits for the provider's answer, and when that is given at once.
    for judged in [String::new(), format!("{MANDATE}{JUDGED}")] {
        let world = translating(World::new(), &format!("{judged}{AGREED}"), &rows);
        let first = [one, given].map(|code| of("T1", code, ">260001<", &[]));
        crosses(&world, DOWN, [&first[0], &first[1]]).await;
        let second = of("T2", other, ">260002<", &[]);
        let taken = crosses(&world, DOWN, [&second, &second]).await;
        assert!(taken.marks.contains(&Mark::NotTranslated), "{taken:?}");
        let caller = world.caller("zorg-a");
        let found = world.mailbox.found(&caller, taken.id, 10);
        let told = found.await.expect("found").not_translated;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].reason, "collapse");
        // The same product twice is the municipality's own doing, and after the first has ended there are not two.
        if judged.is_empty() {
            let same = [one, given].map(|code| of("T3", code, ">260003<", &[]));
            crosses(&world, DOWN, [&same[0], &same[1]]).await;
        }
        let later = [
            ("Ingangsdatum>2026-02-01<", "Ingangsdatum>2027-01-01<"),
            (">2026-12-31<", ">2027-12-31<"),
        ];
        let later = [other, given].map(|code| of("T4", code, ">260004<", &later));
        crosses(&world, DOWN, [&later[0], &later[1]]).await;
        let client = [(">999900420<", ">999900018<")];
        let client = [other, given].map(|code| of("T5", code, ">260005<", &client));
        crosses(&world, DOWN, [&client[0], &client[1]]).await;
    }
    // What was allocated in the national code before both agreed is one of two as well.
    let world = translating(World::new(), "", &rows);
    let national = of("T1", given, ">260001<", &[]);
    crosses(&world, DOWN, [&national, &national]).await;
    let world = translating(world, AGREED, &rows);
    let second = of("T2", one, ">260002<", &[]);
    let taken = crosses(&world, DOWN, [&second, &second]).await;
    assert_eq!(taken.marks, [Mark::NotTranslated]);
}
