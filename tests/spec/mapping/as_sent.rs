//! What a receiver accepted as it was sent, because it could not be translated, stands in the ledger under another name than the municipality's: no verdict rests
//! on it.

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::ledger::{Mark, Message};

use super::judged::{UP, allocated};
use super::{accepting, changed, crosses, declaration, refusing, with};
use crate::world::{World, on_both_stores};

/// In a way that we would not write it: it cannot be translated, and says the same.
const LEFT: (&str, &str) = (">45A48<", ">45A<!-- -->48<");

/// The same line in another declaration.
fn again(of: &Bytes, number: &str) -> Bytes {
    let [declaration, line, id] = ["DN26000", "P-2602-", "D"].map(|of| format!(">{of}{number}<"));
    changed(
        of,
        &[
            (">DN260001<", &declaration),
            (">P-2602-1<", &line),
            (">D1<", &id),
        ],
    )
}

/// A declaration that crosses as it was sent and that the municipality accepts itself.
async fn booked_as_sent(world: &World, sent: &Bytes, answer: &str) -> Message {
    let taken = crosses(world, UP, [sent, sent]).await;
    assert!(taken.marks.contains(&Mark::NotTranslated), "{taken:?}");
    let granted = world.taken("gemeente-a", &accepting(sent, answer)).await;
    assert_eq!(granted.marks, []);
    taken
}

async fn waits(world: &World, forms: [&Bytes; 2]) -> Message {
    let taken = crosses(world, UP, forms).await;
    assert_eq!(taken.marks, [Mark::Waits]);
    assert_eq!(world.answer_made("zorg-a", &taken).await, None);
    taken
}

#[tokio::test]
async fn a_line_that_stands_as_it_was_sent_is_not_granted_again_in_the_municipalitys_own_codes() {
    on_both_stores(async |world: World| {
        let world = allocated(world).await;
        let [canonical, own] = declaration("D1");
        booked_as_sent(&world, &changed(&canonical, &[LEFT]), "A1").await;
        // Here the gateway would grant it: the line that stands has another code.
        let own_again = again(&own, "2");
        waits(&world, [&again(&canonical, "2"), &own_again]).await;
        let refused = refusing(&own_again, "Prestatie", "TR389", "A2");
        assert_eq!(world.taken("gemeente-a", &refused).await.marks, []);
        assert!(world.is_sound());
        // It does not rest on a line of another month.
        world.clock.advance(SignedDuration::from_hours(24 * 40));
        let march = |of: &Bytes| {
            let later = [
                ("2026-02-01", "2026-03-01"),
                ("2026-02-28", "2026-03-31"),
                ("2026-03-03", "2026-04-03"),
            ];
            changed(&again(of, "3"), &later)
        };
        let third = crosses(&world, UP, [&march(&canonical), &march(&own)]).await;
        assert_eq!(third.marks, []);
        assert_eq!(world.verdict("zorg-a", &third).await, ["0200", "8001"]);
    })
    .await;
}

#[tokio::test]
async fn what_takes_it_back_waits_for_the_municipality_too_and_then_it_is_as_if_it_never_was() {
    let world = allocated(World::new()).await;
    let [canonical, own] = declaration("D1");
    booked_as_sent(&world, &changed(&canonical, &[LEFT]), "A1").await;
    let credit = |of: &Bytes| {
        let number = ">P-2602-2</ijw:ReferentieNummer>";
        let vorig =
            format!("{number}\n<ijw:VorigReferentieNummer>P-2602-1</ijw:VorigReferentieNummer>");
        changed(
            &again(of, "2"),
            &[(number, &vorig), ("DebetCredit>D<", "DebetCredit>C<")],
        )
    };
    let [canonical_credit, own_credit] = [credit(&canonical), credit(&own)];
    waits(&world, [&canonical_credit, &own_credit]).await;
    let granted = accepting(&own_credit, "A2");
    assert_eq!(world.taken("gemeente-a", &granted).await.marks, []);
    let third = crosses(&world, UP, [&again(&canonical, "3"), &again(&own, "3")]).await;
    assert_eq!(third.marks, []);
    assert_eq!(world.verdict("zorg-a", &third).await, ["0200", "8001"]);
}

#[tokio::test]
async fn a_start_that_stands_as_it_was_sent_neither_refuses_nor_lets_pass_another_of_its_allocation()
 {
    let world = allocated(World::new()).await;
    let start = |id: &str, code: &str| with("JW305", id, &[(">45A04<", code)]);
    let left = start("S1", ">45A<!-- -->48<");
    booked_as_sent(&world, &left, "A1").await;
    waits(&world, [&start("S2", ">45A48<"), &start("S2", ">45X48<")]).await;
}
