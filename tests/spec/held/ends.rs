//! What else ends the waiting: an answer of the municipality itself, the longest term, a mandate that ended, a limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::intake::{DecisionError, Outcome};
use knooppunt::ledger::{Event, Mark};
use knooppunt::mailbox::Content;
use knooppunt::retention::RetentionSettings;

use super::{Waiting, allocation, at_contract, declaration, with};
use crate::intake::Failing;
use crate::judge::own_325;
use crate::world::{GEMEENTE_A, Store, World, ZORG_B, message, on_both_stores, register};

#[tokio::test]
async fn the_municipalitys_own_325_ends_the_waiting_and_a_wrong_one_does_not() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        let right = own_325("D1", "A2");
        let wrong = with(&with(&right, "DND1", "DNX"), ">A2<", ">A1<");
        let wrong = world.taken("gemeente-a", &wrong).await;
        assert_eq!(wrong.marks, [Mark::Reported]);
        assert_eq!(world.held("gemeente-a").await.len(), 1);
        // Both sides have read all of it: the content stays, for it is judged again from it.
        world.acknowledge("gemeente-a", taken.id).await;
        world.acknowledge("zorg-a", wrong.id).await;
        world.clock.advance(SignedDuration::from_hours(48));
        let retention = world.retention(RetentionSettings::default());
        retention.sweep(world.clock.now()).await.expect("swept");
        assert!(matches!(
            world.content("gemeente-a", taken.id).await,
            Content::Whole { .. }
        ));

        let own = world.taken("gemeente-a", &right).await;
        assert!(own.marks.is_empty(), "{:?}", own.marks);
        assert!(world.held("gemeente-a").await.is_empty() && world.owed().await.is_empty());
        let over = world
            .decide(taken.id, world.rest(taken.id, true).await)
            .await;
        assert!(matches!(over, Err(DecisionError::Over)), "{over:?}");
        assert_eq!(world.codes(taken.id).await, None, "the gateway made none");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn at_the_longest_term_the_answer_is_left_to_the_municipality_before_the_content_goes() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        let later = world
            .taken("zorg-a", &at_contract(&declaration("D2")))
            .await;
        world.acknowledge("gemeente-a", later.id).await;
        world.clock.advance(SignedDuration::from_hours(24 * 61));
        let retention = world.retention(RetentionSettings::default());
        retention.sweep(world.clock.now()).await.expect("swept");
        assert!(world.held("gemeente-a").await.is_empty());
        let state = world.seen("gemeente-a", taken.id).await.state;
        let order = [state.dead, state.released, state.erased];
        assert!(
            order.iter().all(Option::is_some) && order.is_sorted(),
            "{state:?}"
        );
        let state = world.seen("gemeente-a", later.id).await.state;
        assert!(
            state.dead.is_none() && state.released.is_some(),
            "it was read, and waited all the same"
        );
        let owed = world.owed().await;
        assert!(
            owed.contains(&taken.id) && owed.contains(&later.id),
            "an answer is still owed"
        );
        assert!(matches!(
            world
                .decide(taken.id, world.rest(taken.id, true).await)
                .await,
            Err(DecisionError::Over)
        ));
        world.intake.queue_all().expect("queued");
        assert_eq!(world.judge_again().await, 0);

        let own = world.taken("gemeente-a", &own_325("D1", "A1")).await;
        assert!(!own.marks.contains(&Mark::SecondAnswer));
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_declaration_that_cannot_be_left_to_its_receiver_keeps_its_content_and_nobody_elses() {
    let Store { journal, views, .. } = Store::memory();
    let failing = Arc::new(Failing {
        under: journal,
        failures: AtomicUsize::new(usize::MAX),
        fatal: false,
        picks: |group| {
            let events = group.iter().map(|entry| Event::decode(&entry.event));
            events
                .into_iter()
                .any(|event| matches!(event, Ok(Event::Reconsidered(_))))
        },
    });
    let world = World::on(Store::of(Arc::clone(&failing) as _, views));
    let world = Waiting::allocated(world, "").await;
    let waits = world.taken("zorg-a", &declaration("D1")).await;
    let other = world
        .taken("zorg-b", &message("JW305", GEMEENTE_A, ZORG_B, "S1"))
        .await;
    world.clock.advance(SignedDuration::from_hours(24 * 61));
    let retention = world.retention(RetentionSettings::default());
    retention.sweep(world.clock.now()).await.expect("swept");
    let state = world.seen("gemeente-a", waits.id).await.state;
    assert!(
        state.erased.is_none() && state.released.is_none(),
        "{state:?}"
    );
    let state = world.seen("gemeente-a", other.id).await.state;
    assert!(state.erased.is_some(), "{state:?}");

    failing.failures.store(0, Ordering::SeqCst);
    retention.sweep(world.clock.now()).await.expect("swept");
    let state = world.seen("gemeente-a", waits.id).await.state;
    assert!(
        state.erased.is_some() && state.released <= state.erased,
        "{state:?}"
    );
    assert!(world.held("gemeente-a").await.is_empty() && world.is_sound());
}

#[tokio::test]
async fn without_the_mandate_to_answer_nothing_is_answered_any_more() {
    let mut world = Waiting::allocated(World::new(), "").await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    let ended = world
        .parties
        .replace("until = 2026-12-31", "until = 2026-03-05");
    world.world.register = register(&ended);
    world.intake.queue_all().expect("queued");
    assert_eq!(world.judge_again().await, 0);
    assert!(world.held("gemeente-a").await.is_empty());
    assert!(
        world
            .seen("gemeente-a", taken.id)
            .await
            .state
            .released
            .is_some()
    );
    assert_eq!(world.codes(taken.id).await, None);
    assert_eq!(world.owed().await, [taken.id]);
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_mandate_that_ends_by_its_date_is_noticed_on_the_first_day_without_it() {
    let mut world = Waiting::allocated(World::new(), "").await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    let ends = world
        .parties
        .replace("until = 2026-12-31", "until = 2026-03-07");
    world.world.register = register(&ends);
    // Received on the sixth.
    for waits in [true, true, false] {
        assert_eq!(world.judge_again().await, 0);
        assert_eq!(world.held("gemeente-a").await.len(), usize::from(waits));
        world.clock.advance(SignedDuration::from_hours(24));
    }
    let state = world.seen("gemeente-a", taken.id).await.state;
    assert!(
        state.released.is_some() && state.answered.is_none(),
        "{state:?}"
    );
    assert_eq!(world.owed().await, [taken.id]);
    assert!(world.is_sound());
}

#[tokio::test]
async fn with_more_waiting_between_the_two_than_is_looked_at_a_declaration_is_left_to_the_municipality()
 {
    let world = Waiting::new(World::new(), "");
    let mut held = Vec::new();
    for number in 0..501 {
        if number == 499 {
            world.clock.advance(SignedDuration::from_hours(24 * 5));
        }
        if number >= 499 {
            let body = declaration(&format!("D{number}"));
            held.push(world.taken("zorg-a", &body).await.marks);
        }
        let given = allocation(&format!("T{number}"));
        world.taken("gemeente-a", &given).await;
    }
    assert_eq!(held, [[Mark::Held], [Mark::Waits]]);
    assert_eq!(world.held("gemeente-a").await.len(), 1);
    assert!(world.is_sound());
}

#[tokio::test]
async fn the_same_bytes_again_are_a_repeat_while_they_wait_and_after() {
    let world = Waiting::allocated(World::new(), "").await;
    let body = declaration("D1");
    let taken = world.taken("zorg-a", &body).await;
    for decided in [false, true] {
        let Outcome::Repeat(again) = world.hand_in("zorg-a", &body).await else {
            panic!("not a repeat")
        };
        assert_eq!((again.id, again.marks), (taken.id, taken.marks.clone()));
        assert_eq!(again.state.answered.is_some(), decided);
        if !decided {
            world
                .decided(taken.id, world.rest(taken.id, true).await)
                .await;
        }
    }
}

#[tokio::test]
async fn a_second_declaration_under_a_held_ones_identification_is_refused_at_once() {
    let world = Waiting::allocated(World::new(), "").await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    let other = with(&declaration("D1"), "P-D1", "P-D9");
    let other = world.taken("zorg-a", &other).await;
    assert_eq!(other.marks, [Mark::Refused]);
    assert_eq!(world.codes(other.id).await.expect("an answer"), ["9056"]);
    world
        .decided(taken.id, world.rest(taken.id, true).await)
        .await;
    assert_eq!(
        world.codes(taken.id).await.expect("an answer"),
        ["0200", "8001"],
        "and the first by itself"
    );
    assert!(world.is_sound());
}
