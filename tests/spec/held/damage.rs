//! What waits and is damaged is left to its receiver, and stays owed.

use jiff::SignedDuration;
use knooppunt::api::besluiten::DeclarationBody;
use knooppunt::intake::DecisionError;
use knooppunt::ledger::{Event, Mark, Turn};
use knooppunt::store::PartKind;

use super::{
    LINE, Waiting, allocation, at_contract, contract, declaration, declaration_of_other, line,
    other_allocation, paths,
};
use crate::door::Door;
use crate::judge::own_325;
use crate::world::{Store, World, register};

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
    let own = world.taken("gemeente-a", &own_325("D1", "A1")).await;
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
        let (world, _) = Waiting::unanswered(World::on(Store::on_disk())).await;
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        world.accepted().await;
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

fn soort(event: &Event, soort: u16) -> bool {
    matches!(event, Event::Received(received) if received.kind.soort == soort)
}

/// The past of the two parties is whole again since the third of March; it is the sixth.
fn whole_again(world: &mut Waiting) {
    let since = "since = 2026-03-03";
    let parties = world.parties.replace("since = 2015-01-01", since);
    assert!(parties.contains(since));
    world.parties = parties;
    world.world.register = register(&world.parties);
}

#[tokio::test]
async fn what_was_answered_before_the_past_is_whole_again_holds_nothing_up_although_its_answer_is_lost()
 {
    fn accepts(event: &Event) -> bool {
        soort(event, 302)
    }
    let world = Waiting::new(World::on(Store::on_disk()), "");
    let given = world.taken("gemeente-a", &allocation("T1")).await;
    world.accepted().await;
    let mut world = world.damaged(PartKind::Effect, accepts).without_views();
    assert!(
        world
            .seen("zorg-a", given.id)
            .await
            .state
            .answered
            .is_some(),
        "its record tells"
    );
    world.clock.advance(SignedDuration::from_hours(24 * 5));
    whole_again(&mut world);
    let taken = world
        .taken("zorg-a", &at_contract(&declaration("D1")))
        .await;
    assert!(
        taken.marks.is_empty() && taken.state.answered.is_some(),
        "{:?}",
        taken.marks
    );
    // What is not answered still does, whenever it came.
    let other = world.taken("gemeente-a", &other_allocation("T2")).await;
    let hangs = world
        .taken("zorg-a", &at_contract(&declaration_of_other("D2")))
        .await;
    assert_eq!(hangs.marks, [Mark::Held]);
    let held = world.held("gemeente-a").await;
    let awaited: Vec<_> = held[0]
        .messages
        .iter()
        .map(|awaited| awaited.message.as_ref().map(|(id, _)| *id))
        .collect();
    assert_eq!(awaited, [Some(other.id)]);
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_declaration_that_was_answered_holds_no_later_one_up_although_the_effect_of_its_answer_is_lost()
 {
    fn verdict(event: &Event) -> bool {
        matches!(event, Event::Reconsidered(_))
    }
    fn own(event: &Event) -> bool {
        soort(event, 325)
    }
    for decides in [true, false] {
        let world = Waiting::allocated(World::on(Store::on_disk()), "").await;
        let first = world.taken("zorg-a", &declaration("D1")).await;
        if decides {
            let granted = world.rest(first.id, true).await;
            world.decided(first.id, granted).await;
        } else {
            world.taken("gemeente-a", &own_325("D1", "A1")).await;
        }
        let of = if decides { verdict } else { own };
        let mut world = world.damaged(PartKind::Effect, of).without_views();
        world.intake.queue_all().expect("queued");
        world.judge_again().await;
        assert!(world.held("gemeente-a").await.is_empty());
        assert!(
            world
                .seen("zorg-a", first.id)
                .await
                .state
                .answered
                .is_some()
        );
        assert!(world.owed().await.is_empty());
        world.clock.advance(SignedDuration::from_hours(24 * 4));
        let parties = world.parties.replace("2015-01-01", "2026-03-08");
        world.world.register = register(&parties);
        let later = world
            .taken("zorg-a", &at_contract(&declaration("D2")))
            .await;
        assert!(later.marks.is_empty(), "{:?}", later.marks);
        assert!(world.is_sound());
    }
}

#[tokio::test]
async fn a_held_declaration_whose_first_effect_is_lost_is_left_to_its_receiver_by_its_mark_and_owed_until_he_answers()
 {
    let world = Waiting::allocated(World::on(Store::on_disk()), "").await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    assert_eq!(taken.marks, [Mark::Held]);
    let world = world.damaged(PartKind::Effect, is_held).without_views();
    assert!(world.held("gemeente-a").await.is_empty());
    for party in ["gemeente-a", "zorg-a"] {
        let state = world.seen(party, taken.id).await.state;
        assert!(
            state.released.is_some() && state.answered.is_none(),
            "{party}: {state:?}"
        );
    }
    assert_eq!(world.owed().await, [taken.id], "by the municipality itself");
    let over = world.decide(taken.id, line(LINE, true)).await;
    assert!(matches!(over, Err(DecisionError::Over)), "{over:?}");
    assert!(world.is_sound());
    let mut door = Door::above(world.world);
    let path = format!("/v1/besluiten/{}", taken.id);
    let one: DeclarationBody = door.get("gemeente-a", &path).await.json();
    assert_eq!(one.state, "released");
    assert!(one.answer_by.is_some());

    // Of another declaration, then of this one.
    let world = &mut door.world;
    for (asked, id, left) in [("D9", "A1", vec![taken.id]), ("D1", "A2", vec![])] {
        let own = world.taken("gemeente-a", &own_325(asked, id)).await;
        let known = !own.marks.contains(&Mark::UnknownQuestion);
        assert_eq!(known, left.is_empty(), "{:?}", own.marks);
        assert_eq!(world.owed().await, left);
    }
    let state = world.seen("zorg-a", taken.id).await.state;
    assert!(state.answered.is_some(), "{state:?}");
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_held_declaration_whose_first_effect_is_lost_waits_by_a_later_verdict_until_it_is_looked_at()
 {
    let (world, _) = Waiting::unanswered(World::on(Store::on_disk())).await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    world.accepted().await;
    world.judge_again().await;
    let world = world.damaged(PartKind::Effect, is_held).without_views();
    let held = world.held("gemeente-a").await;
    assert_eq!(paths(&held[0]), [LINE]);
    assert!(
        world
            .seen("gemeente-a", taken.id)
            .await
            .state
            .released
            .is_none()
    );
    world.intake.queue_all().expect("queued");
    assert_eq!(world.judge_again().await, 0);
    let state = world.seen("gemeente-a", taken.id).await.state;
    assert!(state.released.is_some(), "{state:?}");
    assert!(world.held("gemeente-a").await.is_empty());
    assert_eq!(world.owed().await, [taken.id]);
    assert!(world.is_sound());
}

#[tokio::test]
async fn what_waits_beside_a_hole_in_the_past_of_its_two_parties_is_left_to_its_receiver() {
    fn allocates(event: &Event) -> bool {
        soort(event, 301)
    }
    for decides in [true, false] {
        let world = Waiting::allocated(World::on(Store::on_disk()), "").await;
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        let world = world.damaged(PartKind::Effect, allocates).without_views();
        let held = world.held("gemeente-a").await;
        assert_eq!(paths(&held[0]), [LINE], "it is whole itself");
        if decides {
            let decided = world.decided(taken.id, line(LINE, true)).await;
            assert_eq!((decided.waits, decided.granted), (false, 1));
        } else {
            world.intake.queue_all().expect("queued");
            assert_eq!(world.judge_again().await, 0);
        }
        let state = world.seen("gemeente-a", taken.id).await.state;
        assert!(
            state.released.is_some() && state.answered.is_none(),
            "{state:?}"
        );
        assert!(world.held("gemeente-a").await.is_empty());
        assert_eq!(world.owed().await, [taken.id], "by the municipality itself");
        assert_eq!(
            world.codes(taken.id).await,
            None,
            "nobody is refused for what is lost"
        );
        assert!(world.is_sound());
    }
}
