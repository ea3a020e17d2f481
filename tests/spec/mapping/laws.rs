//! Whole conversations about two products at a time, under each law.

use super::{changed, crosses, refusing, translating, with};
use crate::judge::JUDGED;
use crate::modes::MANDATE;
use crate::products::{LAWS, Two};
use crate::world::{World, on_both_stores};
use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::ledger::Mark;

const DOWN: [&str; 2] = ["gemeente-a", "zorg-a"];
const UP: [&str; 2] = ["zorg-a", "gemeente-a"];

fn by(world: World, lines: &str, rows: &[String]) -> World {
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    translating(world, lines, &rows)
}

/// A message crosses, and comes back in an answer that refuses its classes of this name.
async fn there_and_back(
    world: &World,
    ways: [&str; 2],
    forms: [&Bytes; 2],
    (class, rule, id): (&str, &str, &str),
) {
    crosses(world, ways, forms).await;
    let [sent, given] = forms;
    let answer = |form| refusing(form, class, rule, id);
    let [from, to] = ways;
    crosses(world, [to, from], [&answer(given), &answer(sent)]).await;
}

#[tokio::test]
async fn a_whole_conversation_about_two_products_is_in_the_codes_of_either_side_under_either_law() {
    on_both_stores(async |world: World| {
        let mut world = world;
        for two in LAWS {
            world = converse(world.again(), &two).await;
        }
        assert!(world.is_sound());
    })
    .await;
}

/// 301 to 320, then what is declared, after a restart and with tables that say something else.
async fn converse(world: World, two: &Two) -> World {
    let world = by(world, &two.agreed(), &two.rows());
    let own = two.allocation("T1");
    let product = ("ToegewezenProduct", "TR063", "R1");
    there_and_back(&world, DOWN, [&own, &two.canonical(&own)], product).await;

    for (own, (class, rule, id)) in [
        (two.start("S1"), ("StartProduct", "TR074", "R2")),
        (two.stop("E1"), ("StopProduct", "TR074", "R3")),
        (two.request("V1"), ("AangevraagdProduct", "TR374", "R4")),
        (two.change("W1"), ("TeWijzigenProduct", "TR349", "R5")),
        (two.change("W2"), ("NieuwProduct", "TR381", "R6")),
    ] {
        let forms = [&two.canonical(&own), &own];
        assert_ne!(forms[0], forms[1], "{class}");
        there_and_back(&world, UP, forms, (class, rule, id)).await;
    }
    // It says nothing of products, and neither does its answer.
    let refusal = with(&two.bericht("319"), "A1", &[]);
    crosses(&world, DOWN, [&refusal, &refusal]).await;
    let retour = with(&two.bericht("320"), "A1", &[]);
    crosses(&world, UP, [&retour, &retour]).await;

    let own = two.declaration("D1");
    let canonical = two.canonical(&own);
    crosses(&world, UP, [&canonical, &own]).await;
    let world = by(world.again(), &two.agreed(), &two.other_rows());
    let answer = |form| refusing(form, "Prestatie", "TR321", "A2");
    crosses(&world, DOWN, [&answer(&own), &answer(&canonical)]).await;
    let own = two.declaration("D2");
    let line = ("Prestatie", "TR321", "A3");
    there_and_back(&world, UP, [&two.canonical(&own), &own], line).await;
    world
}

#[tokio::test]
async fn a_declaration_is_judged_in_the_municipalitys_form_under_either_law() {
    for two in LAWS {
        let lines = two.lines(&format!("{MANDATE}{JUDGED}{}", two.agreed()));
        let world = by(World::new(), &lines, &two.rows());
        let own = two.allocation("T1");
        let given = crosses(&world, DOWN, [&own, &two.canonical(&own)]).await;
        assert_eq!(
            world.verdict("gemeente-a", &given).await,
            Vec::<String>::new()
        );
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        let own = two.declaration("D1");
        let granted = crosses(&world, UP, [&two.canonical(&own), &own]).await;
        let codes = world.verdict("zorg-a", &granted).await;
        assert_eq!(codes, ["0200", "8001"], "{}", two.law);
        // The second time both lines go back, in his words to him and in its own to the municipality.
        let own = two.declaration("D2");
        let again = crosses(&world, UP, [&two.canonical(&own), &own]).await;
        let codes = world.verdict("zorg-a", &again).await;
        assert_eq!(codes.iter().filter(|code| *code == "9389").count(), 2);
        let answer = world.answer_made("zorg-a", &again).await.expect("a 325");
        let answer = Bytes::from(answer);
        assert_eq!(two.canonical(&answer), answer);
        assert_ne!(two.own(&answer), answer);
        assert_eq!(super::copy_of(&world, &again).await, two.own(&answer));
        assert!(world.is_sound());
    }
}

#[tokio::test]
async fn parties_who_agreed_under_one_law_do_not_translate_under_the_other() {
    for [agreed, other] in [[0, 1], [1, 0]] {
        let rows = LAWS.iter().flat_map(Two::rows).collect::<Vec<_>>();
        let world = by(World::new(), &LAWS[agreed].agreed(), &rows);
        let own = LAWS[other].allocation("T1");
        let taken = crosses(&world, DOWN, [&own, &own]).await;
        assert_eq!(taken.marks, []);
        let own = LAWS[agreed].allocation("T2");
        crosses(&world, DOWN, [&own, &LAWS[agreed].canonical(&own)]).await;
    }
}

#[tokio::test]
async fn one_line_that_cannot_be_said_leaves_the_whole_declaration_under_either_law() {
    for two in LAWS {
        let world = by(World::new(), &two.agreed(), &two.rows());
        let own = two.allocation("T1");
        crosses(&world, DOWN, [&own, &two.canonical(&own)]).await;
        // Ninety minutes are no whole hours; the six pieces beside them could cross.
        let half = [("Volume>480<", "Volume>90<"), (">44640<", ">8370<")];
        let half = changed(&two.canonical(&two.declaration("D1")), &half);
        let taken = crosses(&world, UP, [&half, &half]).await;
        assert_eq!(taken.marks, [Mark::NotTranslated], "{}", two.law);
    }
}
