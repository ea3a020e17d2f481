//! Lines that wait for a decision of the municipality, and who decides on them.

use std::sync::Arc;

use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::decisions::Decisions;
use knooppunt::intake::{DecisionError, Now, Wanted};
use knooppunt::ledger::{Event, Mark};
use knooppunt_standard::rules::Weight;
use tokio::task::JoinSet;

use super::{
    LINE, OTHER_LINE, READERS, Waiting, allocation, at_contract, declaration, declaration_of_both,
    line, paths, with,
};
use crate::world::{GEMEENTE_A, World, ZORG_A, judged, on_both_stores, register};

#[tokio::test]
async fn a_line_with_another_tariff_waits_for_the_municipality_and_the_one_325_with_it() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let taken = world.taken("zorg-a", &declaration("D1")).await;
        assert_eq!(taken.marks, [Mark::Held]);
        assert_eq!(world.codes(taken.id).await, None, "nobody is answered yet");
        assert!(world.waiting("gemeente-a").await.contains(&taken.id));
        assert_eq!(world.owed().await, [taken.id], "the term runs on");

        let held = world.held("gemeente-a").await;
        let [standing] = &held[..] else {
            panic!("{held:?}")
        };
        assert!(standing.waits && standing.messages.is_empty() && !standing.unclear);
        assert_eq!(
            (standing.message.id, paths(standing)),
            (taken.id, vec![LINE])
        );
        let finding = standing.lines[0].finding.as_ref().expect("a rule");
        assert_eq!((finding.rule, finding.code), ("TR418", "0611"));
        assert!(!finding.text().is_empty() && finding.remedy().is_some());
        let found = world.found("zorg-a", taken.id).await;
        assert!(found.list.iter().all(|f| f.weight != Weight::Refuses));

        let granted = world.decided(taken.id, line(LINE, true)).await;
        assert!(!granted.waits && granted.lines.is_empty());
        assert_eq!((granted.granted, granted.refused), (1, 0));
        assert_eq!(
            world.codes(taken.id).await.expect("an answer"),
            ["0200", "8001"]
        );
        assert!(world.held("gemeente-a").await.is_empty() && world.owed().await.is_empty());
        assert!(
            world
                .seen("zorg-a", taken.id)
                .await
                .state
                .answered
                .is_some()
        );
        let copies = world
            .list("gemeente-a", knooppunt::mailbox::Filter::default())
            .await;
        let copies = copies
            .messages
            .iter()
            .filter(|m| m.marks.contains(&Mark::Copy) && m.thread == taken.thread);
        assert_eq!(copies.count(), 1, "the municipality has a copy");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_line_that_is_refused_gets_the_code_of_the_rule_and_the_sums_are_right() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let taken = world.taken("zorg-a", &declaration_of_both("D1")).await;
        assert_eq!(
            paths(&world.held("gemeente-a").await[0]),
            [LINE, OTHER_LINE]
        );
        let first = world.decided(taken.id, line(LINE, false)).await;
        assert!(first.waits);
        assert_eq!((paths(&first), first.refused), (vec![OTHER_LINE], 1));
        assert_eq!(
            world.codes(taken.id).await,
            None,
            "the one 325 waits for all of them"
        );
        world.decided(taken.id, line(OTHER_LINE, true)).await;
        let answer = world.answer_to(taken.id).await.expect("an answer");
        assert_eq!(
            world.codes(taken.id).await.expect("codes"),
            ["0200", "0200", "0200", "0611"]
        );
        let sums: Vec<&str> = answer
            .split("TotaalBedrag>")
            .skip(1)
            .step_by(2)
            .map(|text| text.split('<').next().expect("a sum"))
            .collect();
        assert_eq!(
            sums,
            ["116000", "58000"],
            "submitted and granted, in {answer}"
        );
        let found = world.found("zorg-a", taken.id).await;
        let refused: Vec<_> = found
            .list
            .iter()
            .filter(|f| f.weight == Weight::Refuses)
            .map(|f| (f.rule, f.path.as_str()))
            .collect();
        assert_eq!(refused, [("TR418", LINE)], "as judged in the end");
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_decision_is_taken_once_and_stands() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let taken = world.taken("zorg-a", &declaration_of_both("D1")).await;
        world.decided(taken.id, line(LINE, true)).await;
        let records = world.events().len();
        world.decided(taken.id, line(LINE, true)).await;
        assert_eq!(world.events().len(), records, "the same again is no record");

        let otherwise = world.decide(taken.id, line(LINE, false)).await;
        assert!(matches!(&otherwise, Err(DecisionError::Otherwise { path: Some(path) }) if path == LINE), "{otherwise:?}");
        let two = Wanted::Lines(vec![(OTHER_LINE.to_owned(), true), ("/Bericht/Nergens".to_owned(), true)]);
        let unasked = world.decide(taken.id, two).await;
        assert!(matches!(unasked, Err(DecisionError::NotAsked { number: 2 })), "{unasked:?}");
        let twice = Wanted::Lines(vec![(OTHER_LINE.to_owned(), true), (OTHER_LINE.to_owned(), false)]);
        assert!(matches!(world.decide(taken.id, twice).await, Err(DecisionError::Otherwise { .. })));
        assert_eq!(world.events().len(), records, "all of a decision or nothing");

        let rest = world.rest(taken.id, false).await;
        world.decided(taken.id, rest.clone()).await;
        assert_eq!(world.codes(taken.id).await.expect("an answer"), ["0200", "0200", "0200", "0611"]);
        let records = world.events().len();
        world.decided(taken.id, line(OTHER_LINE, false)).await;
        world.decided(taken.id, rest).await;
        assert!(matches!(world.decide(taken.id, line(LINE, false)).await, Err(DecisionError::Otherwise { .. })));
        let over = world.decide(taken.id, line("/Bericht/Nergens", true)).await;
        assert!(matches!(over, Err(DecisionError::Over)), "{over:?}");
        assert_eq!(world.events().len(), records);
        let events = world.events();
        let decided: Vec<(u64, u64)> = events
            .iter()
            .filter_map(|event| {
                let Event::Decided(decided) = event else {
                    return None;
                };
                assert_eq!((decided.party.as_str(), decided.receiver.as_str()), ("gemeente-a", GEMEENTE_A));
                Some((decided.granted, decided.refused))
            }).collect();
        assert_eq!(decided, [(1, 0), (0, 1)]);
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn who_may_read_for_a_municipality_sees_what_waits_and_only_who_may_decide_decides() {
    let world = Waiting::allocated(World::new(), READERS).await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    let (decisions, id) = (world.deciding(), taken.id);
    for stranger in ["zorg-a", "gemeente-b", "zorg-b", "softwarehuis"] {
        assert!(world.held(stranger).await.is_empty(), "{stranger}");
        let caller = world.caller(stranger);
        let one = decisions.one(&caller, id, 0).await;
        assert!(
            matches!(one, Err(DecisionError::NotFound)),
            "{stranger}: {one:?}"
        );
        let decided = decisions
            .decide(&caller, id, world.rest(id, true).await)
            .await;
        assert!(
            matches!(decided, Err(DecisionError::NotFound)),
            "{stranger}"
        );
    }
    let reader = world.caller("lezer");
    assert_eq!(world.held("lezer").await.len(), 1);
    assert!(!decisions.may_decide(&reader, id).await.expect("he sees it"));
    assert!(
        decisions
            .decide(&reader, id, world.rest(id, true).await)
            .await
            .is_err()
    );
    assert_eq!(world.count(|event| matches!(event, Event::Decided(_))), 0);

    assert_eq!(world.held("besluiter").await.len(), 1);
    let decided = decisions
        .decide(&world.caller("besluiter"), id, world.rest(id, true).await)
        .await;
    assert!(!decided.expect("decided").waits);
    assert!(
        world.waiting("besluiter").await.is_empty(),
        "to decide is not to read the mailbox"
    );
}

#[tokio::test]
async fn what_never_waited_is_nobodys_to_decide() {
    let world = Waiting::allocated(World::new(), "").await;
    let taken = world
        .taken("zorg-a", &at_contract(&declaration("D1")))
        .await;
    assert!(taken.marks.is_empty() && taken.state.answered.is_some());
    let one = world
        .deciding()
        .one(&world.caller("gemeente-a"), taken.id, 0)
        .await;
    assert!(matches!(one, Err(DecisionError::NotFound)));
    assert!(matches!(
        world
            .decide(taken.id, world.rest(taken.id, true).await)
            .await,
        Err(DecisionError::NotFound)
    ));
}

#[tokio::test]
async fn of_the_same_decision_on_many_connections_one_is_recorded_and_one_325_made() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let id = world.taken("zorg-a", &declaration("D1")).await.id;
        let decisions = Arc::new(world.deciding());
        let rest = [world.rest(id, false).await, world.rest(id, true).await];
        let mut tasks = JoinSet::new();
        for number in 0..30 {
            let (decisions, caller) = (Arc::clone(&decisions), world.caller("gemeente-a"));
            let wanted = rest[usize::from(number % 2 == 0)].clone();
            tasks.spawn(async move { decisions.decide(&caller, id, wanted).await });
        }
        let mut done = 0;
        while let Some(outcome) = tasks.join_next().await {
            match outcome.expect("no panic") {
                Ok(standing) => {
                    assert!(!standing.waits);
                    done += 1;
                }
                Err(DecisionError::Otherwise { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(done, 15, "all that say the same as the first");
        assert_eq!(world.count(|event| matches!(event, Event::Decided(_))), 1);
        assert!(world.codes(id).await.is_some());
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_decision_on_all_that_asks_is_about_what_was_seen_and_the_same_again_decides_nothing_more()
 {
    let world = Waiting::new(World::new(), &judged(ZORG_A));
    let given = with(&allocation("T1"), "Frequentie>4<", "Frequentie>6<");
    let given = with(
        &given,
        "Ingangsdatum>2026-02-01<",
        "Ingangsdatum>2026-01-01<",
    );
    world.taken("gemeente-a", &given).await;
    world.clock.advance(SignedDuration::from_hours(24 * 35));
    // January and February, each of them all that was allocated: of both the first is granted at most.
    let body = declaration("D1");
    let text = std::str::from_utf8(&body).expect("text");
    let (from, to) = ("<jw323:Prestatie>", "</jw323:Prestaties>");
    let first = &text[text.find(from).expect("a line")..text.find(to).expect("its end")];
    let other = first.replace("P-D1", "Q-D1");
    let other = other
        .replace("2026-02-01", "2026-01-01")
        .replace("2026-02-28", "2026-01-31");
    let both = text.replace(to, &format!("{other}{to}"));
    let both = both.replace("TotaalBedrag>58000<", "TotaalBedrag>116000<");
    let taken = world.taken("zorg-a", &both.into()).await;
    assert_eq!(paths(&world.held("gemeente-a").await[0]), [LINE]);

    let rest = world.rest(taken.id, false).await;
    let now = world.decided(taken.id, rest.clone()).await;
    let second = LINE.replace("Prestatie[1]", "Prestatie[2]");
    assert_eq!((paths(&now), now.refused), (vec![second.as_str()], 1));
    for _ in 0..2 {
        let again = world.decided(taken.id, rest.clone()).await;
        assert_eq!((paths(&again), again.refused), (vec![second.as_str()], 1));
    }
    let Wanted::Rest { verdict, .. } = rest else {
        panic!("{rest:?}")
    };
    for (grant, number) in [(true, verdict), (true, verdict + 1)] {
        let wanted = Wanted::Rest {
            grant,
            verdict: number,
        };
        let refused = world.decide(taken.id, wanted).await;
        match refused {
            Err(DecisionError::Otherwise { path: None }) => assert_eq!(number, verdict),
            Err(DecisionError::Changed) => assert_ne!(number, verdict),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.codes(taken.id).await, None);
    let granted = world.rest(taken.id, true).await;
    let done = world.decided(taken.id, granted.clone()).await;
    assert!(!done.waits);
    let after = world.decided(taken.id, granted).await;
    assert_eq!(
        (after.granted, after.refused),
        (1, 1),
        "lost on the way, and sent again"
    );
    assert_eq!(world.count(|event| matches!(event, Event::Decided(_))), 2);
    assert!(world.is_sound());
}

#[tokio::test]
async fn who_may_decide_and_who_may_answer_is_known_when_the_decision_is_recorded_and_not_when_it_was_asked()
 {
    let world = Waiting::allocated(World::new(), READERS).await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    let asks = world.caller("besluiter");
    // A register that comes into force between the two.
    let during = |parties: &str| {
        let (register, clock) = (register(parties), world.clock.clone());
        let now: Arc<Now<'static>> = Arc::new(move || (Arc::clone(&register), clock.now()));
        Decisions::new(Arc::clone(&world.ledger), Arc::clone(&world.intake), now)
    };
    let records = world.events().len();
    let without = world
        .parties
        .replace("direction = \"decide\"", "direction = \"receive\"");
    let refused = during(&without)
        .decide(&asks, taken.id, line(LINE, true))
        .await;
    assert!(
        matches!(refused, Err(DecisionError::NoMandate)),
        "{refused:?}"
    );
    assert_eq!(world.events().len(), records, "nothing of it is recorded");

    let ended = world
        .parties
        .replace("until = 2026-12-31", "until = 2026-03-05");
    assert_ne!(ended, world.parties);
    let left = during(&ended)
        .decide(&asks, taken.id, line(LINE, true))
        .await;
    let left = left.expect("decided");
    assert_eq!((left.waits, left.granted), (false, 1));
    assert_eq!(
        world.codes(taken.id).await,
        None,
        "the municipality answers itself"
    );
    let state = world.seen("gemeente-a", taken.id).await.state;
    assert!(state.released.is_some(), "{state:?}");
}
