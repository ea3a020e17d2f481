//! Twelve hours in which an endpoint is down, in every way there is: afterwards all is delivered, once each and in order, and nobody else was served any slower.
//! Real calls over mutual TLS in simulated time, so that every call, pause and moment is counted.

use std::collections::BTreeSet;
use std::time::Duration;

use knooppunt::deliver::{DeliverSettings, Reason, Verdict};

use super::play::{EVERY, HOUR, MINUTE, Play, Receiver, TO_A, TO_B, TO_C, TO_ZORG_A, TO_ZORG_B};
use super::post::Post;
use crate::endpoint::fault::Fault;
use crate::endpoint::inbox::Receipt;
use crate::random::Random;

const TWELVE_HOURS: Duration = Duration::from_hours(12);
/// As published: failures in a row after which an endpoint is left alone.
const IN_ROW: usize = 5;
/// As published: failures in all after which it is left alone too.
const IN_ALL: usize = 25;
/// The longest pause, and the longest that a message waits between two tries.
const AT_MOST: Duration = Duration::from_mins(15);
/// How long a call may take.
const CALL: Duration = Duration::from_secs(30);

/// An hour of traffic, twelve of them with the fault at the first of two receivers, and another hour.
async fn is_down(receivers: [Receiver; 2], fault: Fault) {
    let mut play = Play::usual(receivers);
    play.runs_until(HOUR).await;
    let (before, down_from) = (play.posts[0].endpoint.inbox().0.len(), play.time.now());
    play.posts[0].endpoint.fails(Some(fault)).await;
    play.runs_until(HOUR + TWELVE_HOURS).await;
    play.is_said_to_fail_by(0, fault);
    let down = &play.posts[0];
    let asked = down.endpoint.inbox().0.split_off(before);
    only_the_first_of_each_pair_was_brought(down, fault, &asked);
    let up_again = play.time.now();
    was_left_alone(down, down_from, up_again);

    play.posts[0].endpoint.fails(None).await;
    let waiting = play.world.waiting(play.posts[0].party).await.len();
    assert!(waiting >= 36, "{waiting} wait");
    play.rounds_until(up_again + AT_MOST + CALL).await;
    let calls = play.posts[0].calls_since(up_again);
    let began: BTreeSet<Duration> = calls.iter().map(|call| call.began).collect();
    assert!(
        calls.len() == waiting && began.len() == 1,
        "all of it at the first trial, at most a pause after its return: {} calls for {waiting} at {began:?}",
        calls.len()
    );
    assert!(play.world.waiting(play.posts[0].party).await.is_empty());
    play.runs_until(HOUR + TWELVE_HOURS + HOUR).await;
    play.settles(Duration::ZERO).await;
    play.everything_is_delivered().await;
    assert_eq!(play.service(1), play.undisturbed(), "nobody else is slower");
    assert_eq!(play.posts[0].standing().failures, 0);
}

/// While it was down nothing went past the first message of each pair, and that came as often as it was brought.
fn only_the_first_of_each_pair_was_brought(down: &Post, fault: Fault, asked: &[Receipt]) {
    assert_eq!(asked.is_empty(), !fault.is_asked(), "{asked:?}");
    let mut numbers: Vec<&String> = asked.iter().map(|one| &one.letter.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert!(numbers.len() <= down.sent.len(), "{numbers:?}");
    assert!(asked.iter().all(|receipt| !receipt.confirmed));
    assert!(asked.iter().all(|receipt| receipt.kept == fault.keeps()));
    let calls = down.watched.calls().len();
    assert!(down.endpoint.connections() <= calls, "none but to call");
}

/// Five failures in a row, then one trial after each pause; pauses double, from a minute up to a quarter of an hour, each shortened by up to a fifth.
fn was_left_alone(down: &Post, from: Duration, to: Duration) {
    let mut calls = down.calls_since(from);
    assert!(
        calls
            .iter()
            .all(|call| call.failed() || call.ended.is_none())
    );
    let mut ends: Vec<Duration> = calls
        .iter()
        .filter_map(|call| call.ended.as_ref())
        .map(|ended| ended.at)
        .collect();
    ends.sort_unstable();
    let mut left_alone_from = ends[IN_ROW - 1];
    let trials = calls.split_off(
        calls
            .iter()
            .position(|call| call.began > left_alone_from)
            .expect("there are trials"),
    );
    assert!(
        calls.len() < IN_ROW + down.sent.len(),
        "{} before it was left alone: five, and what was under way",
        calls.len()
    );
    let mut pause = MINUTE;
    for trial in &trials {
        let waited = trial.began.saturating_sub(left_alone_from);
        let least = pause * 4 / 5;
        assert!(waited >= least, "{waited:?} after a failure, not {least:?}");
        // Or the message that is tried waits a little longer itself.
        assert!(waited <= pause * 4 / 3, "{waited:?}, and not {pause:?}");
        pause = (pause * 2).min(AT_MOST);
        left_alone_from = trial.ended.as_ref().map_or(to, |ended| ended.at);
    }
    // Two, four and eight minutes after the first, and one each quarter of an hour or a little sooner; a trial takes up to half a minute.
    assert!(
        (45..=12 * 5 + 4).contains(&trials.len()),
        "{} trials in twelve hours",
        trials.len()
    );
}

macro_rules! every_fault {
    ($($name:ident: $receivers:expr, $fault:ident;)*) => {$(
        #[tokio::test]
        async fn $name() {
            is_down($receivers, Fault::$fault).await;
        }
    )*};
}

every_fault! {
    after_twelve_hours_in_which_nobody_listened_all_is_delivered_once_each: [TO_A, TO_B], Refuses;
    after_twelve_hours_without_a_handshake_all_is_delivered_once_each: [TO_A, TO_B], Tls;
    after_twelve_hours_with_a_revoked_certificate_all_is_delivered_once_each: [TO_A, TO_B], Revoked;
    after_twelve_hours_without_an_answer_all_is_delivered_once_each: [TO_A, TO_B], Hangs;
    after_twelve_hours_of_half_answers_all_is_delivered_once_each: [TO_A, TO_B], Half;
    after_twelve_hours_of_bv03_about_another_message_all_is_delivered_once_each: [TO_A, TO_B], OtherAnswer;
    after_twelve_hours_of_500_without_a_reason_all_is_delivered_once_each: [TO_A, TO_B], Bare500;
    after_twelve_hours_of_500_with_fo03_all_is_delivered_once_each: [TO_A, TO_B], Told500;
    after_twelve_hours_in_which_a_provider_does_not_listen_all_is_delivered_once_each: [TO_ZORG_A, TO_ZORG_B], Refuses;
    after_twelve_hours_in_which_a_provider_does_not_answer_all_is_delivered_once_each: [TO_ZORG_A, TO_ZORG_B], Hangs;
    after_twelve_hours_of_half_answers_of_a_provider_all_is_delivered_once_each: [TO_ZORG_A, TO_ZORG_B], Half;
    after_twelve_hours_of_pages_from_a_provider_all_is_delivered_once_each: [TO_ZORG_A, TO_ZORG_B], OtherAnswer;
    after_twelve_hours_of_problems_of_a_provider_all_is_delivered_once_each: [TO_ZORG_A, TO_ZORG_B], Told500;
    after_twelve_hours_with_a_revoked_certificate_of_a_provider_all_is_delivered_once_each: [TO_ZORG_A, TO_ZORG_B], Revoked;
}

#[tokio::test]
async fn after_twelve_hours_of_all_of_it_mixed_at_two_of_three_and_starts_in_between_all_is_delivered_once_each()
 {
    let mut calm = Play::usual([TO_A, TO_C, TO_B]);
    calm.runs_until(TWELVE_HOURS + HOUR).await;
    calm.everything_is_delivered().await;
    for nth in 0..3 {
        assert_eq!(calm.service(nth), calm.undisturbed(), "{nth}");
    }
    drop(calm);
    tokio::time::resume();

    let mut play = Play::usual([TO_A, TO_C, TO_B]);
    let mut faults = [Random::new(12, 1), Random::new(12, 2)];
    let mut seen = Vec::new();
    for slice in 1..=36 {
        for (post, random) in play.posts.iter_mut().zip(&mut faults) {
            // Now and then it is well for twenty minutes.
            let fault = random.pick(&Fault::ALL).copied();
            let fault = fault.filter(|_| random.chance(85));
            seen.extend(fault);
            post.endpoint.fails(fault).await;
            if slice % 9 == 0 {
                post.begins_anew(&play.world).await;
            }
        }
        play.runs_until(EVERY * slice).await;
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, Fault::ALL, "there was some of each");
    for post in &play.posts[..2] {
        let failed = post
            .watched
            .calls()
            .iter()
            .filter(|call| call.failed())
            .count();
        // Five, what is under way beside them, and four trials while the pauses are short.
        assert!(failed < 36 * (IN_ROW + 3 + 4), "{failed} calls for nothing");
    }
    for post in &mut play.posts[..2] {
        post.endpoint.fails(None).await;
    }
    play.runs_until(TWELVE_HOURS + HOUR).await;
    play.settles(Duration::ZERO).await;
    play.everything_is_delivered().await;
    assert_eq!(play.service(2), play.undisturbed(), "nobody else is slower");
}

#[tokio::test]
async fn what_is_given_up_by_the_setting_while_it_is_down_comes_by_hand_and_nothing_else_is() {
    let settings = DeliverSettings {
        give_up_after_h: 6,
        ..DeliverSettings::default()
    };
    let mut play = Play::of([(TO_A, ""), (TO_B, "")], &settings);
    play.posts[0].endpoint.fails(Some(Fault::Half)).await;
    play.runs_until(TWELVE_HOURS).await;
    play.posts[0].endpoint.fails(None).await;
    let stopped = play.stopped(0).await;
    assert!((10..=20).contains(&stopped.len()), "{}", stopped.len());
    for (_, stopped) in &stopped {
        assert_eq!(
            (stopped.code(), stopped.reason.as_str()),
            ("dead", "too-old")
        );
    }
    play.runs_until(TWELVE_HOURS + HOUR).await;
    let dead: Vec<_> = stopped.into_iter().map(|(message, _)| message).collect();
    let waiting = play.world.waiting(play.posts[0].party).await;
    assert_eq!(waiting, dead, "all but what was given up is delivered");
    play.posts[0]
        .endpoint
        .inbox()
        .nothing_comes_after_its_confirmation();
    for message in dead {
        play.retries(message).await;
    }
    play.settles(Duration::ZERO).await;
    play.everything_is_recorded().await;
    let inbox = play.posts[0].endpoint.inbox();
    inbox.same_number_same_bytes();
    inbox.nothing_comes_after_its_confirmation();
    let [mut confirmed, mut sent] = [inbox.confirmed(), play.posts[0].sent.clone()];
    for numbers in confirmed.values_mut().chain(sent.values_mut()) {
        numbers.sort_unstable();
    }
    assert_eq!(confirmed, sent);
    assert!(play.stopped(1).await.is_empty());
    assert_eq!(play.service(1), play.undisturbed());
}

/// Twelve hours in which one message is never taken, the first that comes for its pair; and then it is.
async fn one_is_stuck(more: &str) -> Play {
    let mut play = Play::of([(TO_A, more), (TO_B, "")], &DeliverSettings::default());
    let mut stuck = None;
    play.posts[0]
        .endpoint
        .goes_by(move |letter| {
            let letter = letter?;
            let stuck = stuck.get_or_insert_with(|| letter.number.clone());
            (*stuck == letter.number).then_some(Fault::Told500)
        })
        .await;
    play.runs_until(TWELVE_HOURS).await;
    assert_eq!(play.service(1), play.undisturbed(), "nobody else is slower");
    play.posts[0].endpoint.fails(None).await;
    play
}

#[tokio::test]
async fn a_message_that_is_not_taken_for_twelve_hours_holds_back_its_own_pair_only() {
    let mut play = one_is_stuck("").await;
    let confirmed = play.posts[0].endpoint.inbox().confirmed();
    let sent = &play.posts[0].sent;
    assert_eq!(sent.len(), 3);
    let others = sent
        .iter()
        .filter(|(pair, _)| confirmed.contains_key(*pair));
    let others: Vec<_> = others.collect();
    assert_eq!(
        others.len(),
        2,
        "the pair of the one that is stuck has nothing"
    );
    for (pair, numbers) in others {
        // It is left alone for a minute now and then, since all those failures count.
        assert_eq!(confirmed[pair], *numbers, "{pair:?}");
    }
    play.settles(AT_MOST).await;
    play.everything_is_delivered().await;
}

#[tokio::test]
async fn where_the_setting_says_so_later_ones_pass_a_message_that_is_not_taken_for_twelve_hours() {
    let mut play = one_is_stuck("later_may_pass = true").await;
    let sent = play.posts[0].sent.clone();
    let first = play.posts[0].endpoint.inbox().0[0].letter.clone();
    let confirmed = play.posts[0].endpoint.inbox().confirmed();
    for (pair, numbers) in &sent {
        let passed: Vec<&String> = numbers.iter().filter(|one| **one != first.number).collect();
        assert_eq!(confirmed[pair].iter().collect::<Vec<_>>(), passed);
    }
    play.settles(AT_MOST).await;
    play.everything_is_recorded().await;
    let inbox = play.posts[0].endpoint.inbox();
    inbox.same_number_same_bytes();
    inbox.nothing_comes_after_its_confirmation();
    let confirmed = &inbox.confirmed()[&first.pair];
    assert_eq!(confirmed.last(), Some(&first.number), "last of all");
    assert_eq!(confirmed.len(), sent[&first.pair].len());
}

#[tokio::test]
async fn an_endpoint_that_takes_most_is_left_alone_at_the_twenty_fifth_failure_and_not_before() {
    let mut play = Play::usual([TO_A, TO_B]);
    let mut stuck = None;
    play.posts[0]
        .endpoint
        .goes_by(move |letter| {
            let letter = letter?;
            let stuck = stuck.get_or_insert_with(|| letter.number.clone());
            (*stuck == letter.number).then_some(Fault::Bare500)
        })
        .await;
    let not_taken = Verdict::NotTaken(Reason::new("http-500"));
    loop {
        // So that no five fail in a row: what comes for other pairs is taken between every two tries of the one that is not.
        play.comes().await;
        let calls = play.posts[0].watched.calls();
        let failed = calls.iter().filter(|call| call.failed());
        let failures = failed.clone().count();
        for call in failed {
            let ended = call.ended.as_ref().map(|ended| &ended.verdict);
            assert_eq!(ended, Some(&not_taken));
        }
        let rests = play.posts[0].standing().rests;
        assert_eq!(rests, failures == IN_ALL, "{failures} failures");
        if rests {
            break;
        }
        let due = play.posts[0].due().expect("one is not taken");
        play.rounds_until(due + Duration::from_millis(1)).await;
    }
    play.posts[0].endpoint.fails(None).await;
    play.settles(AT_MOST).await;
    play.everything_is_delivered().await;
}
