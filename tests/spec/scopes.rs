//! Scopes do not touch: what comes in for one leaves the same rows behind and gets the same answers, whatever comes in for others before, between or at the
//! same moment over other connections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::intake::Outcome;
use knooppunt::ledger::{Foundation, Ledger, Mark, MessageId, Pseudonyms};
use knooppunt::store::{Batch, Collection, Memory, Position, Views as _};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::task::JoinSet;

use crate::judge::JUDGED;
use crate::modes::MANDATE;
use crate::serial::ANOTHER;
use crate::serial::messages::{Line, Sent, allocation, declaration, of_client};
use crate::world::{
    GEMEENTE_A, PARTIES, World, ZORG_A, ZORG_A_TOO, ZORG_B, answer, broken, message, register,
};

/// One municipality and three codes of providers. It leaves judging to the gateway; so do the first two, and the last answers itself.
const SCOPES: [(&str, &str, &str); 3] = [
    ("A", ZORG_A, "zorg-a"),
    ("B", ZORG_B, "zorg-b"),
    ("C", ZORG_A_TOO, "zorg-a"),
];

/// How to make one message: which kind, and choices among few values, so that messages meet each other.
type Choice = (u8, u8, u8);

/// What comes in for one scope, in order: an allocation of each client first.
fn sent(scope: usize, course: &[Choice]) -> Vec<Sent> {
    let (tag, aanbieder, provider) = SCOPES[scope];
    let given = (0..3).map(|client| Sent {
        party: "gemeente-a",
        body: allocation(aanbieder, &format!("T{tag}{client}"), client),
    });
    let rest = course.iter().enumerate().map(|(nth, (kind, one, two))| {
        let client = usize::from(*one) % 3;
        let id = format!("{tag}{nth}");
        match kind % 8 {
            0 => {
                let body = message("JW305", GEMEENTE_A, aanbieder, &format!("S{id}"));
                (provider, of_client(&body, client))
            }
            1 => {
                let body = message("JW307", GEMEENTE_A, aanbieder, &format!("S{id}"));
                (provider, of_client(&body, client))
            }
            2 | 3 => {
                let asked = format!("T{tag}{client}");
                let answers = answer("JW302", GEMEENTE_A, aanbieder, &asked, &format!("R{id}"));
                (provider, answers)
            }
            _ => {
                let line = Line {
                    client,
                    number: usize::from(*two) % 4,
                    is_credit: two % 5 == 0,
                };
                let nummer = format!("N{}", two % 16);
                let body = declaration(aanbieder, &format!("D{id}"), &nummer, &[line]);
                (provider, body)
            }
        }
    });
    given
        .chain(rest.map(|(party, body)| Sent { party, body }))
        .collect()
}

/// A world on the day of the messages. Its first record is a refusal, of which no row of the past is made.
async fn world() -> World {
    let mut world = World::new();
    world.register = register(&format!("{PARTIES}{MANDATE}{JUDGED}{ANOTHER}"));
    let wrong = broken(&message("JW301", GEMEENTE_A, ZORG_A, "X1"));
    world.refused("gemeente-a", &wrong).await;
    world.clock.advance(SignedDuration::from_hours(24 * 5));
    world
}

/// By scope, in its own order: what became of each message.
type Outcomes = [Vec<Outcome>; 3];

/// One after the other, the scopes in this order.
async fn one_by_one(world: &World, courses: &[Vec<Sent>], order: &[usize]) -> Outcomes {
    let mut outcomes = Outcomes::default();
    let mut left: Vec<_> = courses.iter().map(|course| course.iter()).collect();
    for scope in order {
        let Some(Sent { party, body }) = left[*scope].next() else {
            continue;
        };
        outcomes[*scope].push(world.hand_in(party, body).await);
    }
    for (scope, rest) in left.into_iter().enumerate() {
        for Sent { party, body } in rest {
            outcomes[scope].push(world.hand_in(party, body).await);
        }
    }
    outcomes
}

/// Each scope over a connection of its own, all at the same time.
async fn at_once(world: &World, courses: &[Vec<Sent>]) -> Outcomes {
    let mut tasks = JoinSet::new();
    for (scope, course) in courses.iter().cloned().enumerate() {
        let intake = Arc::clone(&world.intake);
        let course = course.into_iter();
        let course: Vec<_> = course
            .map(|Sent { party, body }| (world.caller(party), body))
            .collect();
        tasks.spawn(async move {
            let mut outcomes = Vec::new();
            for (caller, body) in course {
                outcomes.push(intake.accept(&caller, body).await.expect("it works"));
            }
            (scope, outcomes)
        });
    }
    let mut all = Outcomes::default();
    while let Some(done) = tasks.join_next().await {
        let (scope, outcomes) = done.expect("no panic");
        all[scope] = outcomes;
    }
    all
}

/// What is told of the messages of a scope: marks, findings and answers. How an answer of ours is called is left to chance.
async fn told(world: &World, scope: usize, outcomes: &[Outcome]) -> Vec<String> {
    let (_, _, provider) = SCOPES[scope];
    let mut told = Vec::new();
    for outcome in outcomes {
        let Outcome::Accepted(message, _) = outcome else {
            told.push(format!("{outcome:?}"));
            continue;
        };
        let caller = world.caller(provider);
        let thread = world.mailbox.thread(&caller, message.id).await;
        let found = world.found(provider, message.id).await;
        let found: Vec<_> = found
            .list
            .iter()
            .map(|finding| (finding.rule, finding.weight, finding.path.clone()))
            .collect();
        told.push(format!("{} {:?} {found:?}", message.kind, message.marks));
        for other in thread.expect("a thread") {
            if other.marks.contains(&Mark::MadeHere) {
                told.push(format!("{:?}", other.marks));
                told.push(made(world, provider, other.id).await);
            }
        }
    }
    told
}

/// An answer of ours, or the copy of it, to whom it was sent; without its name.
async fn made(world: &World, provider: &str, id: MessageId) -> String {
    let content = world.mailbox.body(&world.caller(provider), id).await;
    let party = if content.is_ok() {
        provider
    } else {
        "gemeente-a"
    };
    let body = world.body(party, id).await;
    for name in [":IdentificatieRetour>", ":Identificatie>"] {
        if let Some((before, rest)) = body.split_once(name) {
            let (_, after) = rest.split_once('<').expect("its end");
            return format!("{before}{name}<{after}");
        }
    }
    body
}

/// Key and value of a row of the views.
type Row = (Vec<u8>, Vec<u8>);

/// The rows of the past that the journal makes under the outer key of another world, by the name of their scope under that key.
fn rows(world: &World, key: &[Row]) -> BTreeMap<Vec<u8>, BTreeSet<Row>> {
    let views = Memory::new().views;
    let mut batch = Batch::new();
    for (name, value) in key {
        batch.put(META, name.clone(), value.clone());
    }
    views.apply(Position(1), batch).expect("written");
    let foundation = Foundation {
        journal: Arc::clone(&world.store.journal),
        views: Arc::clone(&views) as _,
        pseudonyms: Arc::new(Pseudonyms::new(&[7; 32])),
        clock: Arc::new(world.clock.clone()),
    };
    let ledger = Ledger::open(foundation, Arc::new(|_: &_| ()), &mut |_| ()).expect("it opens");
    ledger.stop();
    let mut scopes: BTreeMap<Vec<u8>, BTreeSet<Row>> = BTreeMap::new();
    for (name, value) in views.range(PAST, &[], &[0xff; 64], 100_000).expect("read") {
        let (scope, row) = name.split_at(16);
        let of_scope = scopes.entry(scope.to_vec()).or_default();
        of_scope.insert((row.to_vec(), value));
    }
    scopes
}

const META: Collection = Collection::of("meta");
const PAST: Collection = Collection::of("past");

/// The outer key of a world, as its views hold it.
fn outer(world: &World) -> Vec<Row> {
    let views = &world.store.views;
    let rows = views.range(META, b"outer", b"outes", 10).expect("read");
    assert_eq!(rows.len(), 1, "the outer key");
    rows
}

/// Holds two worlds against each other.
async fn same(one: (&World, &Outcomes), other: (&World, &Outcomes)) -> Result<(), TestCaseError> {
    let key = outer(one.0);
    let (left, right) = (rows(one.0, &key), rows(other.0, &key));
    prop_assert_eq!(left.len(), SCOPES.len(), "each scope has rows");
    prop_assert_eq!(
        left.keys().collect::<Vec<_>>(),
        right.keys().collect::<Vec<_>>()
    );
    let mut differ = 0;
    for (scope, rows) in &left {
        let others = &right[scope];
        prop_assert_eq!(rows.len(), others.len());
        differ += rows.difference(others).count();
    }
    // That an answer of ours came is a row under its name, which is left to chance.
    let made = |event: &&knooppunt::ledger::Event| matches!(event, knooppunt::ledger::Event::Received(received) if received.marks == [Mark::MadeHere]);
    let events = one.0.events();
    let answers = events.iter().filter(made).count();
    prop_assert!(answers > 0, "something is answered");
    prop_assert_eq!(differ, answers, "no other rows differ");
    for scope in 0..SCOPES.len() {
        let said = told(one.0, scope, &one.1[scope]).await;
        prop_assert_eq!(said, told(other.0, scope, &other.1[scope]).await);
    }
    Ok(())
}

/// What waits is judged again when all has come in.
async fn settled(world: &World) {
    let now = || (Arc::clone(&world.register), world.clock.now());
    let always = || true;
    world
        .intake
        .judge_again(&now, &always)
        .await
        .expect("judged again");
}

async fn holds(courses: [Vec<Choice>; 3], order: Vec<usize>) -> Result<(), TestCaseError> {
    let courses = courses.iter().enumerate();
    let courses: Vec<Vec<Sent>> = courses.map(|(scope, course)| sent(scope, course)).collect();
    let (apart, mixed, at_the_same_time) = (world().await, world().await, world().await);
    let apart_outcomes = one_by_one(&apart, &courses, &[]).await;
    let mixed_outcomes = one_by_one(&mixed, &courses, &order).await;
    let at_once_outcomes = at_once(&at_the_same_time, &courses).await;
    for world in [&apart, &mixed, &at_the_same_time] {
        settled(world).await;
        prop_assert!(world.is_sound());
    }
    same((&apart, &apart_outcomes), (&mixed, &mixed_outcomes)).await?;
    same(
        (&apart, &apart_outcomes),
        (&at_the_same_time, &at_once_outcomes),
    )
    .await
}

#[test]
fn messages_of_different_scopes_may_come_in_any_order_and_at_once() {
    let course = || prop::collection::vec(any::<Choice>(), 4..10);
    let order = prop::collection::vec(0..SCOPES.len(), 24);
    let config = ProptestConfig {
        cases: 4,
        failure_persistence: None,
        max_shrink_iters: 20,
        ..ProptestConfig::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(3)
        .enable_all()
        .build()
        .expect("a runtime");
    TestRunner::new(config)
        .run(
            &([course(), course(), course()], order),
            |(courses, order)| runtime.block_on(holds(courses, order)),
        )
        .unwrap();
}

#[tokio::test]
async fn a_row_that_another_scope_would_change_is_noticed() {
    let (one, other) = (world().await, world().await);
    let courses = [sent(0, &[]), sent(1, &[]), sent(2, &[])];
    let outcomes = one_by_one(&one, &courses, &[]).await;
    let more = sent(0, &[(0, 0, 0)]);
    let others = one_by_one(&other, &[more, courses[1].clone(), courses[2].clone()], &[]).await;
    let differ = same((&one, &outcomes), (&other, &others)).await;
    assert!(differ.is_err(), "one start more is another past");
}
