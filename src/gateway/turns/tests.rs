//! The order of turns against a model, and that nobody who goes away keeps what he waited for.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use proptest::prelude::*;

use super::queue::{Queue, Ticket};
use super::{By, Short, Stand, Turns, Want};

const PARTIES: usize = 4;

fn party(number: usize) -> Arc<str> {
    Arc::from(format!("party-{number}"))
}

/// So much, for who may hold all of it.
fn want(units: u64, bytes: u64) -> Want {
    Want {
        units,
        share: u64::MAX,
        bytes,
        first: false,
    }
}

/// What happens, besides turns.
#[derive(Clone, Copy, Debug)]
enum Step {
    Comes { party: usize, want: Want },
    Ends(usize),
    GoesAway(usize),
}

/// A queue with the books that a reader would keep of it.
struct Model {
    queue: Queue<usize>,
    units: u64,
    wants: Vec<(usize, Want)>,
    waiting: BTreeMap<usize, Ticket>,
    under_way: Vec<usize>,
    /// Who had his turn, in their order, and whether each party waited just before.
    turns: Vec<(usize, [bool; PARTIES])>,
}

impl Model {
    fn new(units: u64, by: By) -> Self {
        Self {
            queue: Queue::new(units, by),
            units,
            wants: Vec::new(),
            waiting: BTreeMap::new(),
            under_way: Vec::new(),
            turns: Vec::new(),
        }
    }

    fn takes(&mut self, step: Step) {
        match step {
            Step::Comes { party: of, want } => {
                let number = self.wants.len();
                self.wants.push((of, want));
                if self.queue.take(&party(of), &want) {
                    assert!(self.waiting.is_empty(), "nobody is overtaken");
                    self.begins(number);
                } else {
                    let ticket = self.queue.join(party(of), want, number);
                    self.waiting.insert(number, ticket);
                }
            }
            Step::Ends(at) if !self.under_way.is_empty() => {
                let number = self.under_way.swap_remove(at % self.under_way.len());
                let (of, want) = self.wants[number];
                self.queue.give_back(&party(of), want.units);
            }
            Step::GoesAway(at) if !self.waiting.is_empty() => {
                let at = at % self.waiting.len();
                let number = *self.waiting.keys().nth(at).unwrap();
                let ticket = self.waiting.remove(&number).unwrap();
                assert!(self.queue.leave(&ticket));
                assert!(!self.queue.leave(&ticket), "once is enough");
            }
            Step::Ends(_) | Step::GoesAway(_) => {}
        }
        loop {
            let mut waited = [false; PARTIES];
            for number in self.waiting.keys() {
                waited[self.wants[*number].0] = true;
            }
            let Some(number) = self.queue.next() else {
                break;
            };
            self.waiting.remove(&number).expect("it waited");
            self.begins(number);
            self.turns.push((number, waited));
        }
        self.is_right();
    }

    fn begins(&mut self, number: usize) {
        self.under_way.push(number);
        let (of, want) = self.wants[number];
        assert!(self.held(of) <= want.share, "its share");
    }

    fn held(&self, of: usize) -> u64 {
        let own = self.under_way.iter().map(|number| self.wants[*number]);
        own.filter(|(party, _)| *party == of)
            .map(|(_, want)| want.units)
            .sum()
    }

    fn is_right(&self) {
        let mut all = 0;
        for of in 0..PARTIES {
            let held = self.held(of);
            let waiting = self.waiting.keys();
            let waiting = waiting.filter(|number| self.wants[**number].0 == of);
            let stand = Stand {
                held,
                waiting: waiting.count(),
            };
            assert_eq!(self.queue.of(&party(of)), stand);
            all += held;
        }
        assert!(all <= self.units);
        assert_eq!(self.queue.held(), all);
        assert_eq!(self.queue.waiting(), self.waiting.len());
        // Nobody waits alone for what is there.
        if let [number] = self.waiting.keys().collect::<Vec<_>>()[..] {
            let (of, want) = self.wants[*number];
            assert!(all + want.units > self.units || self.held(of) + want.units > want.share);
        }
    }

    /// All that is under way ends, one after the other, until nobody waits.
    fn ends(&mut self) {
        while !self.under_way.is_empty() {
            self.takes(Step::Ends(0));
        }
        assert!(self.waiting.is_empty(), "everybody has had his turn");
        assert_eq!((self.queue.held(), self.queue.waiting()), (0, 0));
    }

    /// By how much the bytes of two parties differ at most, over any time in which both wait.
    fn differ(&self, one: usize, other: usize) -> i128 {
        let (mut ahead, mut low, mut high, mut most) = (0_i128, 0_i128, 0_i128, 0_i128);
        for (number, waited) in &self.turns {
            if !(waited[one] && waited[other]) {
                (ahead, low, high) = (0, 0, 0);
                continue;
            }
            let (of, want) = self.wants[*number];
            if of == one {
                ahead += i128::from(want.bytes);
            } else if of == other {
                ahead -= i128::from(want.bytes);
            }
            (low, high) = (low.min(ahead), high.max(ahead));
            most = most.max(high - low);
        }
        most
    }

    fn largest(&self, of: usize) -> i128 {
        let own = self.wants.iter().filter(|(party, _)| *party == of);
        own.map(|(_, want)| i128::from(want.bytes))
            .max()
            .unwrap_or_default()
    }
}

/// Jobs of a lane: a place each, of very different lengths.
fn jobs() -> impl Strategy<Value = Step> {
    let comes = (0..PARTIES, prop_oneof![1..100_u64, 1..1_000_u64]);
    prop_oneof![
        4 => comes.prop_map(|(party, bytes)| Step::Comes { party, want: want(1, bytes) }),
        3 => any::<usize>().prop_map(Step::Ends),
        1 => any::<usize>().prop_map(Step::GoesAway),
    ]
}

/// Bodies: memory by their length, some of parties that may have more than others.
fn bodies() -> impl Strategy<Value = Step> {
    let comes = (
        0..PARTIES,
        prop_oneof![1..5_u64, 1..30_u64],
        prop_oneof![3 => Just(30_u64), 1 => Just(60)],
        any::<bool>(),
    );
    let comes = comes.prop_map(|(party, units, share, first)| Step::Comes {
        party,
        want: Want {
            units,
            share,
            bytes: units,
            first,
        },
    });
    prop_oneof![
        4 => comes,
        3 => any::<usize>().prop_map(Step::Ends),
        1 => any::<usize>().prop_map(Step::GoesAway),
    ]
}

fn steps(step: impl Strategy<Value = Step>) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step, 0..250)
}

proptest! {
    #[test]
    fn two_parties_that_both_wait_for_a_lane_differ_by_no_more_than_their_largest(places in 1..4_u64, steps in steps(jobs())) {
        let mut model = Model::new(places, By::Bytes);
        for step in steps {
            model.takes(step);
        }
        model.ends();
        for one in 0..PARTIES {
            for other in 0..one {
                let most = model.largest(one) + model.largest(other);
                prop_assert!(model.differ(one, other) <= most);
            }
        }
    }

    #[test]
    fn every_body_has_its_turn_and_nobody_more_than_his_share_whoever_goes_away(steps in steps(bodies())) {
        let mut model = Model::new(60, By::Bytes);
        for step in steps {
            model.takes(step);
        }
        model.ends();
    }

    #[test]
    fn what_waits_for_room_is_passed_by_no_more_than_its_own_bytes(steps in steps(bodies())) {
        let mut model = Model::new(60, By::Bytes);
        let stays = steps.into_iter().filter(|step| !matches!(step, Step::GoesAway(_)));
        for step in stays {
            // Each may hold all, so that whoever waits waits for room.
            model.takes(match step {
                Step::Comes { party, want } => Step::Comes { party, want: Want { share: 60, ..want } },
                other @ (Step::Ends(_) | Step::GoesAway(_)) => other,
            });
        }
        model.ends();
        for one in 0..PARTIES {
            for other in 0..one {
                // Whoever was passed for want of room, these two may stand as far apart as that.
                let largest = (0..PARTIES).map(|of| model.largest(of)).max().unwrap_or_default();
                let most = model.largest(one) + model.largest(other) + 2 * largest;
                prop_assert!(model.differ(one, other) <= most);
            }
        }
    }

    #[test]
    fn by_what_is_held_the_party_that_waits_with_the_least_is_next(places in 1..6_u64, steps in steps(jobs())) {
        let mut model = Model::new(places, By::Held);
        for step in steps {
            let had = model.turns.len();
            model.takes(step);
            // One at a time: what came free went to one of those with the least.
            if let [(number, waited)] = &model.turns[had..] {
                let of = model.wants[*number].0;
                let held_before = model.held(of) - 1;
                for other in (0..PARTIES).filter(|other| waited[*other] && *other != of) {
                    prop_assert!(held_before <= model.held(other));
                }
            }
        }
        model.ends();
    }
}

#[test]
fn one_party_alone_has_all_there_is_and_in_the_order_in_which_it_asked() {
    let mut model = Model::new(3, By::Bytes);
    for bytes in [5, 900, 3, 40, 1, 70] {
        model.takes(Step::Comes {
            party: 0,
            want: want(1, bytes),
        });
    }
    assert_eq!(model.held(0), 3);
    model.ends();
    let order: Vec<_> = model.turns.iter().map(|(number, _)| *number).collect();
    assert_eq!(order, [3, 4, 5]);
}

#[test]
fn who_begins_to_wait_gets_nothing_back_for_the_time_he_did_not() {
    let mut model = Model::new(1, By::Bytes);
    let comes = |party| Step::Comes {
        party,
        want: want(1, 10),
    };
    for _ in 0..50 {
        model.takes(comes(0));
    }
    for _ in 0..20 {
        model.takes(Step::Ends(0));
    }
    for _ in 0..10 {
        model.takes(comes(1));
    }
    let had = model.turns.len();
    for _ in 0..8 {
        model.takes(Step::Ends(0));
    }
    let parties: Vec<_> = model.turns[had..]
        .iter()
        .map(|(number, _)| model.wants[*number].0)
        .collect();
    assert_eq!(parties.iter().filter(|party| **party == 1).count(), 4);
}

#[test]
fn a_party_at_its_share_waits_for_itself_and_holds_up_nobody() {
    let mut model = Model::new(100, By::Bytes);
    let of = |party, units| Step::Comes {
        party,
        want: Want {
            share: 40,
            ..want(units, units)
        },
    };
    model.takes(of(0, 40));
    model.takes(of(0, 30));
    for _ in 0..3 {
        model.takes(of(1, 10));
    }
    assert_eq!((model.held(0), model.held(1)), (40, 30));
    assert_eq!(model.waiting.len(), 1);
    model.ends();
}

#[test]
fn small_ones_pass_a_large_one_that_waits_for_room_until_as_much_has_passed() {
    let mut model = Model::new(100, By::Bytes);
    let of = |party, units| Step::Comes {
        party,
        want: want(units, units),
    };
    model.takes(of(0, 80));
    model.takes(of(1, 30));
    for _ in 0..3 {
        model.takes(of(2, 10));
        model.takes(Step::Ends(1));
    }
    model.takes(of(2, 10));
    let passed = model
        .turns
        .iter()
        .filter(|(number, _)| model.wants[*number].0 == 2);
    assert_eq!(passed.count(), 3, "30 units in all");
    assert_eq!(model.held(1), 0, "80 are still under way");
    model.takes(Step::Ends(0));
    assert_eq!((model.held(1), model.held(2)), (30, 10));
    model.ends();
}

/// That it has not got its turn.
async fn has_to_wait(wait: &mut Pin<Box<impl Future>>) {
    let now = poll_fn(|context| Poll::Ready(wait.as_mut().poll(context)));
    assert!(now.await.is_pending());
}

#[tokio::test]
async fn who_goes_away_while_he_waits_leaves_his_place_to_the_next() {
    let turns = Turns::new("test", 1, By::Bytes);
    let held = turns.take("a", want(1, 1)).await;
    let mut leaves = Box::pin(turns.take("b", want(1, 1)));
    let mut stays = Box::pin(turns.take("c", want(1, 1)));
    has_to_wait(&mut leaves).await;
    has_to_wait(&mut stays).await;
    assert_eq!(turns.waiting(), 2);
    drop(leaves);
    assert_eq!(turns.waiting(), 1);
    drop(held);
    drop(stays.await);
    assert_eq!((turns.held(), turns.waiting()), (0, 0));
}

#[tokio::test]
async fn who_goes_away_when_his_turn_has_just_come_gives_it_back() {
    let turns = Turns::new("test", 1, By::Bytes);
    let held = turns.take("a", want(1, 1)).await;
    let mut wait = Box::pin(turns.take("b", want(1, 1)));
    has_to_wait(&mut wait).await;
    drop(held);
    assert_eq!(
        turns.of("b"),
        Stand {
            held: 1,
            waiting: 0
        }
    );
    drop(wait);
    assert_eq!(turns.held(), 0);
}

#[tokio::test]
async fn who_does_not_wait_is_told_what_he_is_short_of_and_passes_nobody() {
    let turns = Turns::new("test", 10, By::Bytes);
    let whole = Want {
        share: 6,
        ..want(6, 6)
    };
    let mut held = turns.take_now("a", whole).expect("room");
    let more = Want {
        share: 6,
        ..want(1, 1)
    };
    assert_eq!(turns.take_now("a", more).unwrap_err(), Short::Share);
    assert_eq!(turns.take_now("b", want(5, 5)).unwrap_err(), Short::All);
    assert_eq!(held.grow(7, 6), Err(Short::Share));
    let mut wait = Box::pin(turns.take("b", want(5, 5)));
    has_to_wait(&mut wait).await;
    assert_eq!(turns.take_now("b", want(6, 6)).unwrap_err(), Short::All);
    held.grow(8, 8).expect("what was begun ends first");
    assert_eq!((held.units(), turns.held()), (8, 8));
    drop(held);
    assert_eq!(wait.await.units(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_that_come_and_go_at_once_leave_nothing() {
    let turns = Turns::new("test", 3, By::Bytes);
    let mut all = tokio::task::JoinSet::new();
    for number in 0..2_000_u64 {
        let turns = turns.clone();
        all.spawn(async move {
            let name = format!("party-{}", number % 5);
            let units = 1 + number % 3;
            let wait = turns.take(&name, want(units, 1 + number % 97));
            if number % 4 == 0 {
                tokio::select! {
                    biased;
                    place = wait => drop(place),
                    () = tokio::task::yield_now() => {}
                }
            } else {
                let place = wait.await;
                tokio::task::yield_now().await;
                assert!(turns.held() <= 3);
                drop(place);
            }
        });
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
    assert_eq!((turns.held(), turns.waiting()), (0, 0));
}

#[test]
fn who_waits_is_seen_in_the_figures_by_what_it_waits_for() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let shows = |line: &str| {
        let text = recorder.handle().render();
        assert!(text.contains(line), "{line} is not in\n{text}");
    };
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let turns = Turns::new("test", 1, By::Bytes);
            let held = turns.take("a", want(1, 1)).await;
            let mut wait = Box::pin(turns.take("b", want(1, 1)));
            has_to_wait(&mut wait).await;
            shows("knooppunt_waiting{for=\"test\"} 1");
            drop(held);
            drop(wait.await);
            shows("knooppunt_waiting{for=\"test\"} 0");
            shows("knooppunt_turn_wait_seconds_count{for=\"test\"} 1");
        });
    });
}
