//! Threads: an answer joins the message it answers, and nothing else does.

use knooppunt::ledger::{Happening, Mark, Worth};

use crate::world::{GEMEENTE_A, GEMEENTE_B, World, ZORG_A, ZORG_B, on_both_stores};

#[tokio::test]
async fn a_retour_and_a_325_join_the_thread_of_what_they_answer() {
    on_both_stores(async |world: World| {
        let start = world.sent("JW305", GEMEENTE_A, ZORG_A, "S1").await;
        let retour = world
            .answered("JW306", GEMEENTE_A, ZORG_A, "S1", "R1")
            .await;
        let claim = world.sent("JW323", GEMEENTE_A, ZORG_A, "D1").await;
        let decided = world
            .answered("JW325", GEMEENTE_A, ZORG_A, "D1", "B1")
            .await;
        assert_eq!(retour.thread, start.thread);
        assert_eq!(decided.thread, claim.thread);
        assert_ne!(start.thread, claim.thread);
        assert!(retour.marks.is_empty() && decided.marks.is_empty());
        for party in ["zorg-a", "gemeente-a"] {
            let thread = world
                .mailbox
                .thread(&world.caller(party), claim.id)
                .await
                .expect("a thread");
            assert_eq!(
                thread.iter().map(|message| message.id).collect::<Vec<_>>(),
                [claim.id, decided.id],
                "{party}"
            );
        }
        let asked = world.seen("zorg-a", claim.id).await;
        assert_eq!(asked.state.code(), "answered");
        let timeline = world
            .mailbox
            .timeline(&world.caller("zorg-a"), claim.id)
            .await
            .expect("a timeline");
        assert_eq!(
            timeline.last().map(|moment| moment.happening),
            Some(Happening::Answered {
                by: Some(decided.id),
                worth: Worth::Stands
            })
        );
    })
    .await;
}

#[tokio::test]
async fn an_answer_to_an_unknown_message_is_carried_in_a_thread_of_its_own_and_marked() {
    on_both_stores(async |world: World| {
        let early = world
            .answered("JW306", GEMEENTE_A, ZORG_A, "S1", "R1")
            .await;
        assert_eq!(early.marks, [Mark::UnknownQuestion]);
        assert_eq!(
            world.waiting("zorg-a").await,
            [early.id],
            "it is delivered all the same"
        );
        // The question comes later: it opens its own thread, and the early answer keeps its mark.
        let start = world.sent("JW305", GEMEENTE_A, ZORG_A, "S1").await;
        assert_ne!(start.thread, early.thread);
        let again = world.seen("zorg-a", early.id).await;
        assert_eq!(again.marks, [Mark::UnknownQuestion]);
        let known = world
            .answered("JW306", GEMEENTE_A, ZORG_A, "S1", "R2")
            .await;
        assert_eq!(
            (known.thread, known.marks),
            (start.thread, Vec::new()),
            "the first answer that came after it"
        );
    })
    .await;
}

#[tokio::test]
async fn a_second_answer_is_carried_in_the_thread_and_marked() {
    on_both_stores(async |world: World| {
        let claim = world.sent("JW323", GEMEENTE_A, ZORG_A, "D1").await;
        let first = world
            .answered("JW325", GEMEENTE_A, ZORG_A, "D1", "B1")
            .await;
        let second = world
            .answered("JW325", GEMEENTE_A, ZORG_A, "D1", "B2")
            .await;
        assert!(first.marks.is_empty());
        assert_eq!(second.marks, [Mark::SecondAnswer]);
        assert_eq!(second.thread, claim.thread);
        assert_eq!(world.waiting("zorg-a").await, [first.id, second.id]);
        let state = world.seen("zorg-a", claim.id).await.state;
        assert_eq!(state.answered, Some(first.received));
    })
    .await;
}

#[tokio::test]
async fn an_answer_joins_only_between_the_same_two_parties() {
    on_both_stores(async |world: World| {
        let claim = world.sent("JW323", GEMEENTE_A, ZORG_A, "D1").await;
        // Another municipality answers a claim that was not sent to it.
        let stray = world
            .answered("JW325", GEMEENTE_B, ZORG_A, "D1", "B1")
            .await;
        assert_eq!(stray.marks, [Mark::UnknownQuestion]);
        assert_ne!(stray.thread, claim.thread);
        // And to another provider with a claim of the same number.
        let other = world
            .answered("JW325", GEMEENTE_A, ZORG_B, "D1", "B2")
            .await;
        assert_eq!(other.marks, [Mark::UnknownQuestion]);
        let state = world.seen("zorg-a", claim.id).await.state;
        assert_eq!(state.answered, None);
        let thread = world
            .mailbox
            .thread(&world.caller("gemeente-a"), claim.id)
            .await
            .expect("a thread");
        assert_eq!(thread.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_retour_on_a_municipality_s_message_comes_from_the_provider() {
    on_both_stores(async |world: World| {
        let allocation = world.sent("JW301", GEMEENTE_A, ZORG_A, "T1").await;
        let retour = world
            .answered("JW302", GEMEENTE_A, ZORG_A, "T1", "R1")
            .await;
        assert_eq!(retour.thread, allocation.thread);
        assert_eq!(retour.receiver, allocation.maker);
    })
    .await;
}
