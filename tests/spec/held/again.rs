//! What waits is judged again when what it waited for is settled, by what is in force then.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::intake::DecisionError;
use knooppunt::ledger::{Event, Mark, Message, MessageId, Turn};
use knooppunt::mailbox::Filter;
use knooppunt_standard::rules::Weight;

use super::{
    LINE, OTHER_LINE, Waiting, allocation, at_contract, contract, declaration, declaration_of_both,
    declaration_of_other, line, paths, with,
};
use crate::world::{GEMEENTE_A, Store, World, ZORG_A, answer, on_both_stores, register};

#[tokio::test]
async fn of_what_waits_everything_counts_as_granted_for_later_declarations() {
    for (grant, second) in [
        (true, vec!["0200", "0200", "0200", "9389"]),
        (false, vec!["0200", "8001"]),
    ] {
        let world = Waiting::allocated(World::new(), "").await;
        let first = world.taken("zorg-a", &declaration("D1")).await;
        let later = world
            .taken("zorg-a", &at_contract(&declaration("D2")))
            .await;
        assert_eq!(
            later.marks,
            [Mark::Held],
            "the month may be granted already"
        );
        let held = world.held("gemeente-a").await;
        assert!(held[1].lines.is_empty(), "nobody has to decide");
        let awaited = &held[1].messages[..];
        let [awaited] = awaited else {
            panic!("{awaited:?}")
        };
        assert_eq!(
            awaited
                .message
                .as_ref()
                .map(|(id, kind)| (*id, kind.name())),
            Some((first.id, "JW323"))
        );
        assert_eq!(awaited.paths, [LINE]);
        let unasked = world.decide(later.id, line(LINE, true)).await;
        assert!(
            matches!(unasked, Err(DecisionError::NotAsked { number: 1 })),
            "{unasked:?}"
        );

        world
            .decided(first.id, world.rest(first.id, grant).await)
            .await;
        assert_eq!(
            world.codes(later.id).await,
            None,
            "not before it is judged again"
        );
        assert_eq!(world.judge_again().await, 1);
        let codes = world.codes(later.id).await.expect("an answer");
        assert_eq!(codes, second);
        assert!(world.held("gemeente-a").await.is_empty());
        assert!(world.is_sound());
    }
}

#[tokio::test]
async fn what_waits_is_judged_again_in_the_order_of_the_journal() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let first = world.taken("zorg-a", &declaration("D1")).await;
        let mut later = Vec::new();
        for number in 2..6 {
            later.push(
                world
                    .taken("zorg-a", &at_contract(&declaration(&format!("D{number}"))))
                    .await
                    .id,
            );
        }
        world
            .decided(first.id, world.rest(first.id, false).await)
            .await;
        assert_eq!(world.judge_again().await, 4);
        let mut granted = Vec::new();
        for id in &later {
            granted.push(
                world
                    .codes(*id)
                    .await
                    .expect("an answer")
                    .contains(&"8001".to_owned()),
            );
        }
        assert_eq!(
            granted,
            [true, false, false, false],
            "the oldest has the month"
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn that_one_of_more_messages_is_settled_shows_and_is_no_record() {
    let world = Waiting::allocated(World::new(), "").await;
    let mut taken = Vec::new();
    for number in 1..5 {
        let body = declaration(&format!("D{number}"));
        taken.push(world.taken("zorg-a", &body).await.id);
    }
    let awaited = async || -> Vec<Vec<MessageId>> {
        let held = world.held("gemeente-a").await;
        let names = held.iter().map(|standing| {
            assert_eq!(paths(standing), [LINE], "each asks for itself");
            let messages = standing.messages.iter();
            messages
                .filter_map(|awaited| awaited.message.as_ref().map(|(id, _)| *id))
                .collect()
        });
        names.collect()
    };
    for settled in 0..2 {
        let rest: Vec<Vec<MessageId>> = (settled..4)
            .map(|last| taken[settled..last].to_vec())
            .collect();
        assert_eq!(awaited().await, rest);
        world.decided(taken[settled], line(LINE, false)).await;
        assert_eq!(world.judge_again().await, 0);
    }
    let turns = world
        .count(|event| matches!(event, Event::Reconsidered(again) if again.turn == Turn::Waits));
    assert_eq!(turns, 0);
    world.decided(taken[2], line(LINE, true)).await;
    assert_eq!(world.judge_again().await, 1);
    let codes = world.codes(taken[3]).await.expect("an answer");
    assert!(
        codes.contains(&"9389".to_owned()),
        "the month was granted: {codes:?}"
    );
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_declaration_of_a_later_month_is_answered_meanwhile_and_the_one_that_waited_goes_back_behind_none()
 {
    let world = Waiting::allocated(World::new(), "").await;
    let february = world.taken("zorg-a", &declaration("D1")).await;
    world.clock.advance(SignedDuration::from_hours(24 * 30));
    let march = at_contract(&declaration_of_other("D2"));
    let march = with(&march, "2026-02-01", "2026-03-01");
    let march = with(&march, "2026-02-28", "2026-03-31");
    let march = with(&march, "2026-03-03", "2026-04-03");
    let march = world.taken("zorg-a", &march).await;
    assert!(
        march.marks.is_empty() && march.state.answered.is_some(),
        "{:?}",
        march.marks
    );
    world
        .decided(february.id, world.rest(february.id, true).await)
        .await;
    assert_eq!(
        world.codes(february.id).await.expect("an answer"),
        ["0200", "8001"]
    );
    assert!(world.is_sound());
    // And what comes now goes back behind March.
    let late = at_contract(&declaration_of_other("D3"));
    let late = world.taken("zorg-a", &late).await;
    assert!(
        world
            .codes(late.id)
            .await
            .expect("an answer")
            .contains(&"8214".to_owned())
    );
}

#[tokio::test]
async fn a_declaration_waits_for_the_providers_own_answer_and_is_answered_when_that_comes() {
    on_both_stores(async |world: World| {
        let (world, given) = Waiting::unanswered(world).await;
        let taken = world
            .taken("zorg-a", &at_contract(&declaration("D1")))
            .await;
        assert_eq!(taken.marks, [Mark::Held]);
        let held = world.held("gemeente-a").await;
        assert_eq!(
            held[0].messages[0].message.as_ref().map(|(id, _)| *id),
            Some(given.id)
        );
        assert_eq!(world.judge_again().await, 0, "nothing was settled");

        world.accepted().await;
        assert_eq!(world.judge_again().await, 1);
        assert_eq!(
            world.codes(taken.id).await.expect("an answer"),
            ["0200", "8001"]
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn with_the_allocation_declined_the_declaration_that_waited_for_it_is_refused() {
    let (world, _) = Waiting::unanswered(World::new()).await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    assert_eq!(taken.marks, [Mark::Held]);
    let declines = with(
        &answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1"),
        "</jw302:XsdVersieRetour>",
        "</jw302:XsdVersieRetour><jw302:RetourCodes><jw302:RetourCode>0001</jw302:RetourCode></jw302:RetourCodes>",
    );
    world.taken("zorg-a", &declines).await;
    assert_eq!(world.judge_again().await, 1);
    let codes = world.codes(taken.id).await.expect("an answer");
    assert!(codes.contains(&"8187".to_owned()), "{codes:?}");
    assert!(world.is_sound());
}

#[tokio::test]
async fn what_is_judged_again_may_wait_for_a_decision_then() {
    on_both_stores(async |world: World| {
        let (world, _) = Waiting::unanswered(world).await;
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        world.accepted().await;
        assert_eq!(world.judge_again().await, 0);
        let held = world.held("gemeente-a").await;
        assert_eq!((paths(&held[0]), held[0].messages.len()), (vec![LINE], 0));
        let turns = world.count(
            |event| matches!(event, Event::Reconsidered(again) if again.turn == Turn::Waits),
        );
        assert_eq!(turns, 1);
        world.intake.queue_all().expect("queued");
        world.judge_again().await;
        let turns = world.count(|event| matches!(event, Event::Reconsidered(_)));
        assert_eq!(turns, 1, "what is as before is no record");
        world
            .decided(taken.id, world.rest(taken.id, true).await)
            .await;
        assert_eq!(
            world.codes(taken.id).await.expect("an answer"),
            ["0200", "8001"]
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn what_was_settled_before_a_stop_is_judged_again_after_the_start_and_all_comes_back_from_the_journal()
 {
    let world = Waiting::allocated(World::on(Store::on_disk()), "").await;
    let first = world.taken("zorg-a", &declaration_of_both("D1")).await;
    let later = world
        .taken("zorg-a", &at_contract(&declaration("D2")))
        .await;
    world.decided(first.id, line(LINE, false)).await;
    let world = world.without_views();
    let held = world.held("gemeente-a").await;
    assert_eq!(
        (paths(&held[0]), held[0].refused),
        (vec![OTHER_LINE], 1),
        "also what was decided"
    );
    world
        .decided(first.id, world.rest(first.id, false).await)
        .await;
    // It stops before what waited for it is judged again.
    let world = world.again();
    assert_eq!(world.codes(later.id).await, None);
    world.intake.queue_all().expect("queued");
    assert_eq!(world.judge_again().await, 1);
    assert_eq!(
        world.codes(later.id).await.expect("an answer"),
        ["0200", "8001"]
    );
    assert!(world.is_sound());
    let world = world.without_views();
    assert!(world.held("gemeente-a").await.is_empty());
    let over = world.decide(first.id, line("/Bericht/Nergens", true)).await;
    assert!(matches!(over, Err(DecisionError::Over)));
    assert!(world.is_sound());
}

#[tokio::test]
async fn a_register_that_comes_into_force_while_what_waits_is_judged_again_counts_for_the_next_one()
{
    let world = Waiting::allocated(World::new(), "").await;
    let first = world.taken("zorg-a", &declaration("D1")).await;
    let second = world.taken("zorg-a", &declaration_of_other("D2")).await;
    assert_eq!(world.held("gemeente-a").await.len(), 2);
    let ended = world
        .parties
        .replace("until = 2026-12-31", "until = 2026-03-05");
    let ended = register(&ended);
    world.references.swap(contract(7250));
    world.intake.queue_all().expect("queued");
    let turns = AtomicUsize::new(0);
    let now = || {
        let before = turns.fetch_add(1, Ordering::SeqCst) == 0;
        let register = if before { &world.register } else { &ended };
        (Arc::clone(register), world.clock.now())
    };
    assert_eq!(
        world
            .intake
            .judge_again(&now, &|| true)
            .await
            .expect("judged"),
        1
    );
    assert!(world.codes(first.id).await.is_some());
    let state = world.seen("gemeente-a", second.id).await.state;
    assert!(state.released.is_some() && state.answered.is_none());
}

#[tokio::test]
async fn a_contract_that_comes_into_force_meanwhile_answers_what_nobody_decided_and_undoes_no_decision()
 {
    let world = Waiting::allocated(World::new(), "").await;
    let asked = world.taken("zorg-a", &declaration_of_both("D1")).await;
    world.decided(asked.id, line(LINE, false)).await;
    world.references.swap(contract(7250));
    world.intake.queue_all().expect("queued");
    assert_eq!(world.judge_again().await, 1);
    let codes = world.codes(asked.id).await.expect("an answer");
    assert_eq!(
        codes,
        ["0200", "0200", "0200", "0611"],
        "the one was decided, the other is agreed now"
    );
    assert!(world.is_sound());
}

#[tokio::test]
async fn an_allocation_that_was_changed_meanwhile_counts_as_it_is_when_the_declaration_is_answered()
{
    let world = Waiting::allocated(World::new(), "").await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    assert_eq!(taken.marks, [Mark::Held]);
    let other = world.taken("zorg-a", &declaration("D2")).await;
    // Taken back as of its first day: that hangs on what waits, so the provider answers it himself.
    let back = with(
        &allocation("T3"),
        "<jw301:Einddatum>2026-12-31</jw301:Einddatum>",
        "<jw301:Einddatum>2026-02-01</jw301:Einddatum><jw301:RedenWijziging>13</jw301:RedenWijziging>",
    );
    let back = with(&back, ">2026-01-05<", ">2026-03-05<");
    let back = world.taken("gemeente-a", &back).await;
    assert_eq!(back.marks, [Mark::Waits]);
    let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T3", "R3");
    let accepts = world.taken("zorg-a", &accepts).await;
    assert!(accepts.marks.is_empty(), "{:?}", accepts.marks);
    let told = async |party: &str, id| {
        let list = world.found(party, id).await.list;
        let refuses = list.iter().filter(|found| found.weight == Weight::Refuses);
        refuses
            .map(|found| (found.rule, found.path.clone()))
            .collect::<Vec<_>>()
    };
    for Message { id, thread, .. } in [taken, other] {
        assert_eq!(told("zorg-a", id).await, [], "nobody is refused yet");
        world.decided(id, world.rest(id, true).await).await;
        let codes = world.codes(id).await.expect("an answer");
        assert!(!codes.contains(&"8001".to_owned()), "{codes:?}");
        // Both see why, in the same words; who granted the line as well.
        let why = told("zorg-a", id).await;
        assert!(!why.is_empty(), "{codes:?}");
        assert_eq!(told("gemeente-a", id).await, why);
        let copies = world.list("gemeente-a", Filter::default()).await.messages;
        let of_it = copies.iter().filter(|message| message.thread == thread);
        assert_eq!(of_it.count(), 2, "the declaration and the copy");
    }
    assert!(world.is_sound());
}

#[tokio::test]
async fn only_what_waits_for_what_was_settled_is_judged_again_and_each_once() {
    let world = Waiting::allocated(World::new(), "").await;
    let mut taken = Vec::new();
    for body in [
        declaration("D1"),
        at_contract(&declaration("D2")),
        at_contract(&declaration("D3")),
        declaration_of_other("D4"),
        at_contract(&declaration_of_other("D5")),
    ] {
        let message = world.taken("zorg-a", &body).await;
        assert_eq!(message.marks, [Mark::Held]);
        taken.push(message.id);
    }
    let looks = AtomicUsize::new(0);
    let now = || {
        looks.fetch_add(1, Ordering::SeqCst);
        (Arc::clone(&world.register), world.clock.now())
    };
    assert!(!world.intake.is_queued(), "nothing was settled yet");
    world.decided(taken[0], line(LINE, false)).await;
    assert_eq!(
        world
            .intake
            .judge_again(&now, &|| true)
            .await
            .expect("judged"),
        2
    );
    assert_eq!(
        looks.swap(0, Ordering::SeqCst),
        2,
        "the second, then the third"
    );
    assert!(
        world
            .codes(taken[2])
            .await
            .expect("an answer")
            .contains(&"9389".to_owned())
    );

    // After a start it is not known what waits for what until all of it was looked at.
    let world = world.again();
    let now = || {
        looks.fetch_add(1, Ordering::SeqCst);
        (Arc::clone(&world.register), world.clock.now())
    };
    world.intake.queue_all().expect("queued");
    assert_eq!(
        world
            .intake
            .judge_again(&now, &|| true)
            .await
            .expect("judged"),
        0
    );
    assert_eq!(looks.swap(0, Ordering::SeqCst), 2);
    world.decided(taken[3], line(LINE, true)).await;
    assert_eq!(
        world
            .intake
            .judge_again(&now, &|| true)
            .await
            .expect("judged"),
        1
    );
    assert_eq!(looks.load(Ordering::SeqCst), 1);
    assert!(world.held("gemeente-a").await.is_empty() && !world.intake.is_queued());
    assert!(world.is_sound());
}

#[tokio::test]
async fn while_nothing_may_be_recorded_nothing_is_judged_again_and_nothing_is_forgotten() {
    let world = Waiting::allocated(World::new(), "").await;
    let first = world.taken("zorg-a", &declaration("D1")).await;
    for number in 2..4 {
        let body = at_contract(&declaration(&format!("D{number}")));
        world.taken("zorg-a", &body).await;
    }
    world.decided(first.id, line(LINE, true)).await;
    let records = world.events().len();
    let now = || (Arc::clone(&world.register), world.clock.now());
    assert_eq!(
        world
            .intake
            .judge_again(&now, &|| false)
            .await
            .expect("nothing"),
        0
    );
    assert_eq!(world.events().len(), records);
    // And as soon as that is so in the midst of it.
    let turns = AtomicUsize::new(0);
    let may = || turns.fetch_add(1, Ordering::SeqCst) < 2;
    assert_eq!(world.intake.judge_again(&now, &may).await.expect("one"), 1);
    assert!(world.intake.is_queued());
    assert_eq!(world.judge_again().await, 1);
    assert!(world.held("gemeente-a").await.is_empty());
}
