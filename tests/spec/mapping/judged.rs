//! Rules across messages go by the municipality's form, answers by the sender's bytes: a translation neither causes nor hides a finding.

use jiff::SignedDuration;
use knooppunt::ledger::Mark;
use knooppunt::mailbox::Filter;
use knooppunt::register::Mode;

use super::{AGREED, ROWS, allocation, changed, crosses, declaration, fetched, text, translating};
use crate::judge::JUDGED;
use crate::modes::MANDATE;
use crate::world::{World, on_both_stores};

pub(super) const UP: [&str; 2] = ["zorg-a", "gemeente-a"];

/// Both sides are judged for, products are translated, and 45X48 is allocated.
pub(super) async fn allocated(world: World) -> World {
    let world = translating(world, &format!("{MANDATE}{JUDGED}{AGREED}"), &ROWS);
    let [own, canonical] = allocation("T1");
    let request = (
        "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>",
        "",
    );
    let forms = [&own, &canonical].map(|form| changed(form, &[request]));
    let given = crosses(&world, ["gemeente-a", "zorg-a"], [&forms[0], &forms[1]]).await;
    assert!(
        given.marks.is_empty(),
        "{:?}",
        world.found("gemeente-a", given.id).await
    );
    assert_eq!(
        world.verdict("gemeente-a", &given).await,
        Vec::<String>::new()
    );
    world.clock.advance(SignedDuration::from_hours(24 * 5));
    world
}

#[tokio::test]
async fn a_declaration_in_canonical_codes_is_granted_and_again_refused_in_its_own() {
    on_both_stores(async |world: World| {
        let world = allocated(world).await;
        let [canonical, own] = declaration("D1");
        let granted = crosses(&world, UP, [&canonical, &own]).await;
        assert!(
            granted.marks.is_empty(),
            "{:?}",
            world.found("zorg-a", granted.id).await
        );
        assert_eq!(world.verdict("zorg-a", &granted).await, ["0200", "8001"]);

        let second = [
            (">DN260001<", ">DN260002<"),
            (">P-2602-1<", ">P-2602-2<"),
            (">D1<", ">D2<"),
        ];
        let again = [&canonical, &own].map(|form| changed(form, &second));
        let again = crosses(&world, UP, [&again[0], &again[1]]).await;
        let codes = world.verdict("zorg-a", &again).await;
        assert!(codes.contains(&"9389".to_owned()), "{codes:?}");
        // What is repeated of it is in the form of whoever reads it.
        let answer = world.answer_made("zorg-a", &again).await.expect("a 325");
        assert!(
            answer.contains(">45A48<") && !answer.contains("45X48"),
            "{answer}"
        );
        let mailbox = world.list("gemeente-a", Filter::default()).await.messages;
        let copy = mailbox
            .iter()
            .rfind(|message| message.marks.contains(&Mark::Copy));
        let copy = copy.expect("the copy of the answer");
        let copied = fetched(&world, "gemeente-a", copy.id).await;
        let copied = text(&copied);
        assert_eq!(
            copied,
            answer
                .replace(">45A48<", ">45X48<")
                .replace(">480<", ">8<")
                .replace(">01<", ">04<")
                .replace(">93<", ">5580<")
        );
        // Places are those of the bytes that the sender has.
        let found = world.found("zorg-a", again.id).await;
        let lines: Vec<&str> = text(&canonical).lines().collect();
        for finding in &found.list {
            let line = lines[finding.line as usize - 1];
            let at = &line[finding.column as usize - 1..];
            assert!(at.starts_with('<'), "{} {line}", finding.path);
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_that_was_not_allocated_is_found_on_either_side() {
    let world = allocated(World::new()).await;
    let [canonical, _] = declaration("D1");
    // A national code with a way back of its own, to another product than that of the allocation.
    let other = changed(&canonical, &[(">45A48<", ">45A53<")]);
    let refused = crosses(&world, UP, [&other, &other]).await;
    let codes = world.verdict("zorg-a", &refused).await;
    assert!(codes.contains(&"9340".to_owned()), "{codes:?}");
}

#[tokio::test]
async fn what_could_not_be_translated_is_not_refused_for_that() {
    let world = allocated(World::new()).await;
    let [canonical, _] = declaration("D1");
    let half = changed(
        &canonical,
        &[("Volume>480<", "Volume>90<"), (">44640<", ">8370<")],
    );
    let carried = crosses(&world, UP, [&half, &half]).await;
    assert_eq!(
        (carried.mode, carried.marks.clone()),
        (Mode::Guard, vec![Mark::NotTranslated])
    );
    assert_eq!(world.answer_made("zorg-a", &carried).await, None);
}
