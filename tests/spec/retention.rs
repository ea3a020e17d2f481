//! Retention: content goes when its term is over, and everything else stays.

use std::path::Path;

use jiff::SignedDuration;
use knooppunt::config::Config;
use knooppunt::intake::Outcome;
use knooppunt::ledger::{Happening, Message};
use knooppunt::mailbox::Content;
use knooppunt::retention::{Hold, RetentionSettings, Swept, Terms};
use knooppunt::store::{Part, PartKind};

use crate::world::{GEMEENTE_A, World, ZORG_A, message, on_both_stores};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn swept(world: &World) -> Swept {
    use knooppunt::clock::Clock as _;
    world
        .retention(RetentionSettings::default())
        .sweep(world.clock.now())
        .await
        .expect("retention does its work")
}

async fn claim_and_answer(world: &World) -> (Message, Message) {
    let claim = world.sent("JW323", GEMEENTE_A, ZORG_A, "D1").await;
    let decided = world
        .answered("JW325", GEMEENTE_A, ZORG_A, "D1", "B1")
        .await;
    (claim, decided)
}

#[tokio::test]
async fn content_goes_a_day_after_message_and_answer_are_both_acknowledged() {
    on_both_stores(async |world: World| {
        let (claim, decided) = claim_and_answer(&world).await;
        world.acknowledge("gemeente-a", claim.id).await;
        world.clock.advance(DAY * 3);
        assert_eq!(
            swept(&world).await,
            Swept::default(),
            "the answer is not acknowledged"
        );
        world.acknowledge("zorg-a", decided.id).await;
        world.clock.advance(DAY - HOUR);
        assert_eq!(swept(&world).await, Swept::default(), "not yet a day");
        world.clock.advance(HOUR);
        assert_eq!(swept(&world).await, Swept { erased: 2, dead: 0 });
        assert_eq!(swept(&world).await, Swept::default(), "once");
        for record in world
            .records()
            .iter()
            .filter(|record| !record.parts.is_empty())
        {
            assert_eq!(
                world
                    .store
                    .journal
                    .part(record, PartKind::Body)
                    .expect("read"),
                Some(Part::Erased)
            );
            assert!(matches!(
                world
                    .store
                    .journal
                    .part(record, PartKind::Effect)
                    .expect("read"),
                Some(Part::Whole(_))
            ));
        }
    })
    .await;
}

#[tokio::test]
async fn the_order_of_acknowledging_makes_no_difference() {
    on_both_stores(async |world: World| {
        let (claim, decided) = claim_and_answer(&world).await;
        world.acknowledge("zorg-a", decided.id).await;
        world.clock.advance(DAY * 2);
        world.acknowledge("gemeente-a", claim.id).await;
        world.clock.advance(DAY - HOUR);
        assert_eq!(
            swept(&world).await,
            Swept::default(),
            "counted from the later of the two"
        );
        world.clock.advance(HOUR);
        assert_eq!(swept(&world).await.erased, 2);
    })
    .await;
}

#[tokio::test]
async fn a_second_answer_has_its_own_term_and_does_not_prolong_the_first() {
    on_both_stores(async |world: World| {
        let (claim, decided) = claim_and_answer(&world).await;
        world.acknowledge("gemeente-a", claim.id).await;
        world.acknowledge("zorg-a", decided.id).await;
        let second = world
            .answered("JW325", GEMEENTE_A, ZORG_A, "D1", "B2")
            .await;
        world.clock.advance(DAY - HOUR);
        world.acknowledge("zorg-a", second.id).await;
        world.clock.advance(HOUR);
        assert_eq!(swept(&world).await.erased, 2, "message and first answer");
        world.clock.advance(DAY);
        assert_eq!(swept(&world).await.erased, 1, "the second answer");
    })
    .await;
}

#[tokio::test]
async fn an_answer_to_an_unknown_message_goes_a_day_after_it_is_acknowledged() {
    on_both_stores(async |world: World| {
        let stray = world
            .answered("JW325", GEMEENTE_A, ZORG_A, "D9", "B1")
            .await;
        world.acknowledge("zorg-a", stray.id).await;
        world.clock.advance(DAY);
        assert_eq!(swept(&world).await, Swept { erased: 1, dead: 0 });
    })
    .await;
}

#[tokio::test]
async fn after_sixty_days_content_goes_in_any_case_and_what_is_unread_becomes_a_dead_letter_first()
{
    on_both_stores(async |world: World| {
        let unread = world.sent("JW305", GEMEENTE_A, ZORG_A, "S1").await;
        let unanswered = world.sent("JW305", GEMEENTE_A, ZORG_A, "S2").await;
        world.acknowledge("gemeente-a", unanswered.id).await;
        world.clock.advance(DAY * 60 - HOUR);
        assert_eq!(swept(&world).await, Swept::default());
        world.clock.advance(HOUR);
        assert_eq!(swept(&world).await, Swept { erased: 2, dead: 1 });
        assert!(
            world.waiting("gemeente-a").await.is_empty(),
            "a dead letter is not offered again"
        );
        let maker = world.caller("zorg-a");
        let happenings = async |id| {
            let timeline = world
                .mailbox
                .timeline(&maker, id)
                .await
                .expect("a timeline");
            timeline
                .into_iter()
                .map(|moment| moment.happening)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            happenings(unread.id).await,
            [
                Happening::Received,
                Happening::DeadLettered,
                Happening::Erased
            ]
        );
        assert_eq!(
            happenings(unanswered.id).await,
            [
                Happening::Received,
                Happening::Acknowledged,
                Happening::Erased
            ]
        );
        let state = world
            .mailbox
            .message(&maker, unread.id)
            .await
            .expect("the message")
            .state;
        assert_eq!(state.code(), "dead");
        world.acknowledge("gemeente-a", unread.id).await;
        let late = world.mailbox.message(&maker, unread.id).await;
        let late = late.expect("the message").state;
        assert!(late.acknowledged.is_some());
        assert_eq!(late.code(), "dead", "what was never fetched stays visible");
        // The receiver may still say that he knows of it.
        world.acknowledge("gemeente-a", unread.id).await;
        assert_eq!(swept(&world).await, Swept::default());
    })
    .await;
}

#[tokio::test]
async fn erased_content_is_told_as_such_and_is_no_error() {
    on_both_stores(async |world: World| {
        let sent = world.sent("JW305", GEMEENTE_A, ZORG_A, "S1").await;
        world.clock.advance(DAY * 60);
        swept(&world).await;
        let content = world.content("gemeente-a", sent.id).await;
        let Content::Erased { at: Some(at) } = content else {
            panic!("erased is expected: {content:?}")
        };
        let state = world.seen("zorg-a", sent.id).await.state;
        assert_eq!(state.erased, Some(at));
    })
    .await;
}

#[tokio::test]
async fn after_erasure_a_duplicate_gets_the_first_outcome_and_other_bytes_are_still_refused() {
    on_both_stores(async |world: World| {
        let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        let first = world.taken("zorg-a", &body).await;
        world.clock.advance(DAY * 60);
        swept(&world).await;
        let world = world.again();
        let Outcome::Repeat(again) = world.hand_in("zorg-a", &body).await else {
            panic!("a repeat is expected")
        };
        assert_eq!(
            (again.id, again.received, again.body_hash),
            (first.id, first.received, first.body_hash)
        );
        assert!(again.state.erased.is_some());
        world.refused("zorg-a", &crate::world::changed(&body)).await;
        // And an answer still finds its thread.
        let retour = world
            .answered("JW306", GEMEENTE_A, ZORG_A, "S1", "R1")
            .await;
        assert_eq!(retour.thread, first.thread);
    })
    .await;
}

#[tokio::test]
async fn a_kind_may_have_terms_of_its_own() {
    on_both_stores(async |world: World| {
        use knooppunt::clock::Clock as _;
        world.sent("JW305", GEMEENTE_A, ZORG_A, "S1").await;
        world.sent("JW323", GEMEENTE_A, ZORG_A, "D1").await;
        let terms = Terms {
            after_acknowledged_h: Some(1),
            at_most_d: Some(10),
        };
        let settings = RetentionSettings {
            kinds: [("JW323".to_owned(), terms)].into(),
            ..RetentionSettings::default()
        };
        let retention = world.retention(settings);
        world.clock.advance(DAY * 10);
        let due = retention
            .due(world.clock.now(), 100)
            .await
            .expect("what is due");
        assert_eq!(due.len(), 1, "the declaration only");
        assert_eq!(
            retention.erase(&due).await.expect("erased"),
            Swept { erased: 1, dead: 1 }
        );
        world.clock.advance(DAY * 50);
        assert_eq!(
            retention
                .sweep(world.clock.now())
                .await
                .expect("erased")
                .erased,
            1
        );
    })
    .await;
}

#[tokio::test]
async fn more_than_one_record_can_erase_is_erased_in_several() {
    on_both_stores(async |world: World| {
        for number in 0..520 {
            world
                .sent("JW305", GEMEENTE_A, ZORG_A, &format!("S{number}"))
                .await;
        }
        world.clock.advance(DAY * 60);
        assert_eq!(
            swept(&world).await,
            Swept {
                erased: 520,
                dead: 520
            }
        );
    })
    .await;
}

#[tokio::test]
async fn a_kind_with_one_term_of_its_own_has_the_others_of_all_kinds() {
    use knooppunt::clock::Clock as _;
    let text = "[retention]\nat_most_d = 30\n[retention.kinds.JW323]\nafter_acknowledged_h = 1\n\
                [retention.kinds.JW305]\nat_most_d = 90\n";
    let config = Config::parse(Path::new("knooppunt.toml"), text).expect("a configuration");
    on_both_stores(async |world: World| {
        claim_and_answer(&world).await;
        world.sent("JW305", GEMEENTE_A, ZORG_A, "S1").await;
        let retention = world.retention(config.retention.clone());
        for (days, erased) in [(29, 0), (1, 2), (59, 0), (1, 1)] {
            world.clock.advance(DAY * days);
            let swept = retention.sweep(world.clock.now()).await.expect("swept");
            assert_eq!(swept.erased, erased, "after {days} more days");
        }
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_jumped_erases_nothing_until_it_is_right() {
    on_both_stores(async |world: World| {
        use knooppunt::clock::Clock as _;
        let unread = world.sent("JW305", GEMEENTE_A, ZORG_A, "S1").await;
        world.clock.advance(DAY);
        let right = world.clock.now();
        world.clock.set(right + DAY * 100);
        assert_eq!(swept(&world).await, Swept::default());
        let hold = world.retention(RetentionSettings::default()).hold();
        let ahead = DAY * 100;
        assert_eq!(hold, Some(Hold::Jumped { ahead }), "health tells it");
        assert_eq!(world.waiting("gemeente-a").await, [unread.id]);
        world.clock.set(right);
        world.clock.advance(DAY * 59);
        assert_eq!(swept(&world).await, Swept { erased: 1, dead: 1 });
    })
    .await;
}

#[tokio::test]
async fn after_a_start_long_after_the_last_record_nothing_is_erased_for_a_day() {
    on_both_stores(async |world: World| {
        let unread = world.sent("JW305", GEMEENTE_A, ZORG_A, "S1").await;
        world.clock.advance(DAY * 60);
        let world = world.again();
        assert_eq!(swept(&world).await, Swept::default());
        let hold = world.retention(RetentionSettings::default()).hold();
        assert_eq!(hold, Some(Hold::Gap { gap: DAY * 60 }), "health tells it");
        assert_eq!(world.waiting("gemeente-a").await, [unread.id]);
        world.clock.advance(DAY - HOUR);
        assert_eq!(swept(&world).await, Swept::default());
        world.clock.advance(HOUR);
        assert_eq!(swept(&world).await, Swept { erased: 1, dead: 1 });
    })
    .await;
}
