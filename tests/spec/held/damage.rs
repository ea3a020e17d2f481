//! What waits and is damaged is left to its receiver, and stays owed.

use jiff::SignedDuration;
use knooppunt::api::besluiten::DeclarationBody;
use knooppunt::intake::DecisionError;
use knooppunt::ledger::{Event, Mark, Turn};
use knooppunt::store::PartKind;

use super::{LINE, Waiting, allocation, contract, declaration, line, with};
use crate::door::Door;
use crate::world::{GEMEENTE_A, Store, World, ZORG_A, answer};

fn is_held(event: &Event) -> bool {
    matches!(event, Event::Received(received) if received.marks.contains(&Mark::Held))
}

#[tokio::test]
async fn what_cannot_be_judged_again_through_damage_is_left_to_the_municipality_at_once() {
    for kind in [PartKind::Body, PartKind::Effect] {
        for decides in [true, false] {
            let world = Waiting::allocated(World::on(Store::on_disk()), "").await;
            let taken = world.taken("zorg-a", &declaration("D1")).await;
            let world = world.damaged(kind, is_held);
            if decides {
                let decided = world.decide(taken.id, line(LINE, true)).await;
                if kind == PartKind::Body {
                    let decided = decided.expect("taken");
                    assert_eq!((decided.waits, decided.granted), (false, 1));
                } else {
                    let damaged = matches!(decided, Err(DecisionError::Damaged));
                    assert!(damaged, "{decided:?}");
                }
            } else {
                world.references.swap(contract(7250));
                world.intake.queue_all().expect("queued");
                assert_eq!(world.judge_again().await, 0);
            }
            let state = world.seen("gemeente-a", taken.id).await.state;
            assert!(
                state.released.is_some() && state.answered.is_none(),
                "{kind:?}"
            );
            assert!(world.held("gemeente-a").await.is_empty());
            assert_eq!(world.owed().await, [taken.id], "by the municipality itself");
            let over = world.decide(taken.id, line(LINE, false)).await;
            assert!(
                matches!(
                    over,
                    Err(DecisionError::Over | DecisionError::Otherwise { .. })
                ),
                "{over:?}"
            );
            assert_eq!(world.count(|event| matches!(event, Event::Reconsidered(again) if again.turn == Turn::NotMade)), 1);
        }
    }
}

#[tokio::test]
async fn an_own_325_that_books_nothing_ends_the_waiting_all_the_same() {
    let world = Waiting::allocated(World::on(Store::on_disk()), "").await;
    world.taken("zorg-a", &declaration("D1")).await;
    let world = world.damaged(PartKind::Effect, is_held);
    let own = answer("JW325", GEMEENTE_A, ZORG_A, "D1", "A1");
    let own = with(&own, "DN260001", "DND1");
    let own = world.taken("gemeente-a", &own).await;
    assert_eq!(own.marks, [Mark::NotBooked]);
    assert_eq!(world.held("gemeente-a").await.len(), 1);
    assert_eq!(world.judge_again().await, 0);
    assert!(world.held("gemeente-a").await.is_empty());
}

#[tokio::test]
async fn with_the_last_verdict_on_it_damaged_a_declaration_waits_until_it_is_looked_at_with_old_views_and_new()
 {
    fn waits(event: &Event) -> bool {
        matches!(event, Event::Reconsidered(again) if again.turn == Turn::Waits)
    }
    for anew in [false, true] {
        let world = Waiting::new(World::on(Store::on_disk()), "");
        world.taken("gemeente-a", &allocation("T1")).await;
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
        world.taken("zorg-a", &accepts).await;
        world.judge_again().await;
        let mut world = world.damaged(PartKind::Effect, waits);
        if anew {
            world = world.without_views();
        }
        let held = world.held("gemeente-a").await;
        assert_eq!(held.len(), 1, "{anew}");
        assert!(held[0].waits && held[0].unclear && held[0].lines.is_empty());
        world.intake.queue_all().expect("queued");
        assert_eq!(world.judge_again().await, 0);
        let door = Door::above(world.world);
        let path = format!("/v1/besluiten/{}", taken.id);
        let one: DeclarationBody = door.get("gemeente-a", &path).await.json();
        assert_eq!(one.state, "released", "{anew}");
        assert!(one.answer_by.is_some());
        assert!(
            door.world
                .seen("gemeente-a", taken.id)
                .await
                .state
                .released
                .is_some()
        );
    }
}
