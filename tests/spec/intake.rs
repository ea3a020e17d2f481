//! Handing in: what is taken, what is refused, and that the same message counts once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use knooppunt::intake::{Advice, Outcome, RefusalReason};
use knooppunt::ledger::{Event, Mark};
use knooppunt::store::{Appended, Entry, Journal, Part, PartKind, Position, Record, StoreError};
use knooppunt_proof::Salt;

use crate::world::{
    GEMEENTE_A, GEMEENTE_B, PARTIES, Store, World, ZORG_A, ZORG_B, answer, broken, changed,
    message, on_both_stores, register,
};

#[tokio::test]
async fn a_message_that_is_taken_is_durable_and_stands_in_the_mailbox_of_its_receiver() {
    on_both_stores(async |world: World| {
        let body = message("JW301", GEMEENTE_A, ZORG_A, "T1");
        let taken = world.taken("gemeente-a", &body).await;
        assert_eq!(
            (taken.maker.as_str(), taken.receiver.as_str()),
            (GEMEENTE_A, ZORG_A)
        );
        assert_eq!(taken.kind.name(), "JW301");
        assert_eq!(taken.body_bytes, body.len() as u64);
        assert_eq!(world.waiting("zorg-a").await, [taken.id]);
        assert_eq!(world.records().len(), 1);
        let part = world
            .store
            .journal
            .part(&world.records()[0], PartKind::Body)
            .expect("a part");
        assert_eq!(part, Some(Part::Whole(body.to_vec())));
    })
    .await;
}

#[tokio::test]
async fn a_retour_is_made_by_its_ontvanger_and_is_for_its_afzender() {
    on_both_stores(async |world: World| {
        world.sent("JW301", GEMEENTE_A, ZORG_A, "T1").await;
        let retour = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
        assert_eq!(
            world.refused("gemeente-a", &retour).await.reason,
            RefusalReason::NotTheMaker
        );
        let taken = world.taken("zorg-a", &retour).await;
        assert_eq!(
            (taken.maker.as_str(), taken.receiver.as_str()),
            (ZORG_A, GEMEENTE_A)
        );
        assert_eq!(world.waiting("gemeente-a").await, [taken.id]);
    })
    .await;
}

#[tokio::test]
async fn the_same_bytes_again_give_the_first_outcome_and_no_record() {
    on_both_stores(async |world: World| {
        let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        let first = world.taken("zorg-a", &body).await;
        world.clock.advance(SignedDuration::from_hours(5));
        let Outcome::Repeat(again) = world.hand_in("zorg-a", &body).await else {
            panic!("a repeat is expected")
        };
        assert_eq!(again, first);
        assert_eq!(world.records().len(), 1);
        assert_eq!(world.waiting("gemeente-a").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_of_the_same_message_at_once_make_one_record_and_one_answer() {
    on_both_stores(async |world: World| {
        let world = Arc::new(world);
        let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (world, body) = (Arc::clone(&world), body.clone());
            tasks.spawn(async move { world.hand_in("zorg-a", &body).await });
        }
        let (mut taken, mut ids) = (0, BTreeSet::new());
        while let Some(outcome) = tasks.join_next().await {
            let outcome = outcome.expect("no panic");
            taken += usize::from(matches!(outcome, Outcome::Accepted(..)));
            let (Outcome::Accepted(message, _) | Outcome::Repeat(message)) = outcome else {
                panic!("neither taken nor a repeat: {outcome:?}")
            };
            ids.insert(message.id);
        }
        assert_eq!((taken, ids.len(), world.records().len()), (1, 1, 1));
        assert_eq!(world.waiting("gemeente-a").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn other_bytes_under_a_used_identity_are_refused_with_the_time_of_the_first() {
    on_both_stores(async |world: World| {
        let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        let first = world.taken("zorg-a", &body).await;
        world.clock.advance(SignedDuration::from_hours(1));
        let refusal = world.refused("zorg-a", &changed(&body)).await;
        assert_eq!(
            refusal.reason,
            RefusalReason::IdentityTaken {
                first: first.received
            }
        );
        assert!(refusal.reason.text().contains("2026-03-01T09:00:00Z"));
        assert_eq!(world.waiting("gemeente-a").await, [first.id]);
    })
    .await;
}

#[tokio::test]
async fn the_same_id_of_another_kind_or_another_maker_is_another_identity() {
    on_both_stores(async |world: World| {
        world.sent("JW305", GEMEENTE_A, ZORG_A, "X1").await;
        world.sent("JW307", GEMEENTE_A, ZORG_A, "X1").await;
        world.sent("JW305", GEMEENTE_A, ZORG_B, "X1").await;
        // The id is the maker's, whoever it is for: to another municipality it is taken already.
        let refusal = world
            .refused("zorg-a", &message("JW305", GEMEENTE_B, ZORG_A, "X1"))
            .await;
        assert!(matches!(
            refusal.reason,
            RefusalReason::IdentityTaken { .. }
        ));
    })
    .await;
}

#[tokio::test]
async fn a_refusal_at_level_1_leaves_one_fact_and_nothing_else_and_its_id_is_not_used_up() {
    on_both_stores(async |world: World| {
        let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        let empty = world.ledger.views_digest().expect("a digest");
        let refusal = world.refused("zorg-a", &broken(&body)).await;
        assert_eq!(refusal.reason, RefusalReason::Level1);
        assert_eq!(refusal.findings.count(), 1, "{:?}", refusal.findings);
        let records = world.records();
        assert_eq!(records.len(), 1);
        assert!(records[0].parts.is_empty(), "no payload, no effect");
        assert_eq!(
            world.ledger.views_digest().expect("a digest"),
            empty,
            "no thread, no mailbox entry, no identity"
        );
        let [Event::Refused(refused)] = &world.events()[..] else {
            panic!("a refusal is expected")
        };
        assert_eq!(refused.counts.values().sum::<u64>(), 1);
        assert_eq!(refused.kind.as_ref().map(|kind| kind.soort), Some(305));
        world.taken("zorg-a", &body).await;
    })
    .await;
}

#[tokio::test]
async fn two_refusals_of_the_same_bytes_cannot_be_told_to_be_that_from_their_records() {
    on_both_stores(async |world: World| {
        let body = broken(&message("JW305", GEMEENTE_A, ZORG_A, "S1"));
        world.refused("zorg-a", &body).await;
        world.refused("zorg-a", &body).await;
        let [Event::Refused(first), Event::Refused(second)] = &world.events()[..] else {
            panic!("two refusals are expected")
        };
        assert_ne!(first.salt, second.salt);
        assert_ne!(first.body, second.body);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_message_is_refused_with_findings_and_recorded_as_a_fact() {
    on_both_stores(async |world: World| {
        for body in [
            "",
            "no xml",
            "<a/>",
            "<Bericht xmlns='http://www.istandaarden.nl/ijw/9_9/jw301/schema'/>",
        ] {
            let refusal = world
                .refused("zorg-a", &body.as_bytes().to_vec().into())
                .await;
            assert!(
                matches!(
                    refusal.reason,
                    RefusalReason::Level1 | RefusalReason::UnknownKind
                ),
                "{body}: {:?}",
                refusal.reason
            );
            assert!(!refusal.findings.is_empty(), "{body}");
            assert!(refusal.kind.is_none(), "{body}");
        }
        let unknown = world.refused("zorg-a", &b"<a/>".to_vec().into()).await;
        assert_eq!(unknown.reason, RefusalReason::UnknownKind);
        assert!(world.records().iter().all(|record| record.parts.is_empty()));
    })
    .await;
}

#[tokio::test]
async fn who_is_not_the_maker_needs_a_mandate_for_the_kind_and_the_day() {
    on_both_stores(async |world: World| {
        let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        for stranger in ["zorg-b", "gemeente-a", "gemeente-b"] {
            assert_eq!(
                world.refused(stranger, &start).await.reason,
                RefusalReason::NotTheMaker,
                "{stranger}"
            );
        }
        world.taken("softwarehuis", &start).await;
        let stop = message("JW307", GEMEENTE_A, ZORG_A, "E1");
        assert_eq!(
            world.refused("softwarehuis", &stop).await.reason,
            RefusalReason::NotTheMaker,
            "no mandate for 307"
        );
        let other = message("JW305", GEMEENTE_A, ZORG_B, "S1");
        assert_eq!(
            world.refused("softwarehuis", &other).await.reason,
            RefusalReason::NotTheMaker,
            "no mandate for zorg-b"
        );
        // 30 June is the last day; it ends at midnight in Amsterdam.
        world.clock.set(crate::world::time("2026-06-30T21:59:59Z"));
        world
            .taken("softwarehuis", &message("JW305", GEMEENTE_A, ZORG_A, "S2"))
            .await;
        world.clock.set(crate::world::time("2026-06-30T22:00:00Z"));
        let late = world
            .refused("softwarehuis", &message("JW305", GEMEENTE_A, ZORG_A, "S3"))
            .await;
        assert_eq!(late.reason, RefusalReason::NotTheMaker);
    })
    .await;
}

#[tokio::test]
async fn a_stranger_learns_nothing_about_a_used_identity() {
    on_both_stores(async |world: World| {
        let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        world.taken("zorg-a", &body).await;
        assert_eq!(
            world.refused("zorg-b", &body).await.reason,
            RefusalReason::NotTheMaker
        );
        assert_eq!(
            world.refused("zorg-b", &changed(&body)).await.reason,
            RefusalReason::NotTheMaker
        );
    })
    .await;
}

#[tokio::test]
async fn a_receiver_without_an_owner_here_is_refused_at_the_door() {
    on_both_stores(async |world: World| {
        let refusal = world
            .refused("zorg-a", &message("JW305", "0599", ZORG_A, "S1"))
            .await;
        assert_eq!(refusal.reason, RefusalReason::UnknownReceiver);
    })
    .await;
}

#[tokio::test]
async fn a_release_is_taken_from_its_first_day_on() {
    on_both_stores(async |world: World| {
        world.clock.set(crate::world::time("2023-04-02T21:59:59Z"));
        let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        assert_eq!(
            world.refused("zorg-a", &body).await.reason,
            RefusalReason::ReleaseNotTaken
        );
        // Midnight in Amsterdam: 3 April.
        world.clock.set(crate::world::time("2023-04-02T22:00:00Z"));
        world.taken("zorg-a", &body).await;
    })
    .await;
}

#[tokio::test]
async fn a_repeat_gets_its_first_outcome_although_the_receiver_has_left_since() {
    on_both_stores(async |world: World| {
        let mut world = world;
        let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        let first = world.taken("zorg-a", &body).await;
        world.register = register(&PARTIES.replace("code = \"0289\"", "code = \"0599\""));
        let Outcome::Repeat(again) = world.hand_in("zorg-a", &body).await else {
            panic!("a repeat is expected")
        };
        assert_eq!(again.id, first.id);
        let fresh = world
            .refused("zorg-a", &message("JW305", GEMEENTE_A, ZORG_A, "S2"))
            .await;
        assert_eq!(fresh.reason, RefusalReason::UnknownReceiver);
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_leaves_one_fact() {
    on_both_stores(async |world: World| {
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let empty = world.ledger.views_digest().expect("a digest");
    let caller = world.caller("zorg-a");
    let advice = world
        .intake
        .dry_run(&caller, body.clone())
        .await
        .expect("advice");
    assert!(matches!(advice, Advice::WouldAccept { .. }), "{advice:?}");
    let advice = world
        .intake
        .dry_run(&caller, broken(&body))
        .await
        .expect("advice");
    assert!(matches!(advice, Advice::WouldRefuse(_)), "{advice:?}");
    let retour = answer("JW302", GEMEENTE_A, ZORG_A, "T9", "R9");
    let advice = world.intake.dry_run(&caller, retour).await.expect("advice");
    assert!(
        matches!(advice, Advice::WouldAccept { marks, .. } if marks == [Mark::UnknownQuestion])
    );
    assert_eq!(world.ledger.views_digest().expect("a digest"), empty);
    assert_eq!(world.records().len(), 3);
    assert!(world.records().iter().all(|record| record.parts.is_empty()));
    world.taken("zorg-a", &body).await;
    let advice = world
        .intake
        .dry_run(&caller, body.clone())
        .await
        .expect("advice");
    assert!(matches!(advice, Advice::WouldRepeat(_)), "{advice:?}");
    let advice = world
        .intake
        .dry_run(&caller, changed(&body))
        .await
        .expect("advice");
    assert!(
        matches!(advice, Advice::WouldRefuse(refusal) if matches!(refusal.reason, RefusalReason::IdentityTaken { .. }))
    );
    }).await;
}

#[tokio::test]
async fn the_clear_record_tells_nothing_about_a_client_or_a_senders_own_numbers() {
    on_both_stores(async |world: World| {
        let bodies = [
            (
                "gemeente-a",
                message("JW301", GEMEENTE_A, ZORG_A, "TOPSECRET1"),
            ),
            ("zorg-a", message("JW323", GEMEENTE_A, ZORG_A, "TOPSECRET2")),
            (
                "zorg-a",
                broken(&message("JW305", GEMEENTE_A, ZORG_A, "TOPSECRET3")),
            ),
        ];
        for (party, body) in &bodies {
            world.hand_in(party, body).await;
            world
                .intake
                .dry_run(&world.caller(party), body.clone())
                .await
                .expect("advice");
        }
        let clear: Vec<u8> = world
            .records()
            .into_iter()
            .flat_map(|record| record.event)
            .collect();
        let contains = |text: &str| {
            clear
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        };
        assert!(contains("zorg-a"), "the search finds what is there");
        for secret in [
            "TOPSECRET",
            "999900420",
            "Zonneveld",
            "Mila",
            "45A04",
            "260001",
            "DN260001",
        ] {
            assert!(!contains(secret), "{secret}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_no_lock_behind_and_no_half_message() {
    on_both_stores(async |world: World| {
        let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        let caller = world.caller("zorg-a");
        for polls in 1..40 {
            let mut way = Box::pin(world.intake.accept(&caller, body.clone()));
            for _ in 0..polls {
                if std::future::poll_fn(|context| {
                    std::task::Poll::Ready(way.as_mut().poll(context).is_ready())
                })
                .await
                {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(way);
        }
        let outcome = world.hand_in("zorg-a", &body).await;
        assert!(
            matches!(outcome, Outcome::Accepted(..) | Outcome::Repeat(_)),
            "{outcome:?}"
        );
        assert_eq!(world.records().len(), 1);
        assert_eq!(world.waiting("gemeente-a").await.len(), 1);
    })
    .await;
}

/// A journal that fails when told.
#[derive(Debug)]
pub(crate) struct Failing {
    pub(crate) under: Arc<dyn Journal>,
    /// Appends that fail from now on; `usize::MAX` for all.
    pub(crate) failures: AtomicUsize,
    pub(crate) fatal: bool,
    /// Which appends fail.
    pub(crate) picks: fn(&[Entry]) -> bool,
}

impl Journal for Failing {
    fn append(&self, group: Vec<Entry>) -> Result<Vec<Appended>, StoreError> {
        let left = self.failures.load(Ordering::SeqCst);
        if left == 0 || !(self.picks)(&group) {
            return self.under.append(group);
        }
        self.failures.store(left - 1, Ordering::SeqCst);
        if self.fatal {
            Err(StoreError::Ended)
        } else {
            Err(StoreError::DiskFull { bytes: 1 })
        }
    }
    fn next(&self) -> Position {
        self.under.next()
    }
    fn read(&self, position: Position) -> Result<Record, StoreError> {
        self.under.read(position)
    }
    fn read_from(&self, position: Position, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.under.read_from(position, limit)
    }
    fn salt(&self, position: Position) -> Result<Option<Salt>, StoreError> {
        self.under.salt(position)
    }
    fn part(&self, record: &Record, kind: PartKind) -> Result<Option<Part>, StoreError> {
        self.under.part(record, kind)
    }
    fn probe(&self) -> Result<(), StoreError> {
        self.under.probe()
    }
    fn free_bytes(&self) -> Result<u64, StoreError> {
        self.under.free_bytes()
    }
}

fn failing(fatal: bool) -> Store {
    let Store { journal, views, .. } = Store::memory();
    let failing = Failing {
        under: journal,
        failures: AtomicUsize::new(1),
        fatal,
        picks: |_| true,
    };
    Store::of(Arc::new(failing), views)
}

#[tokio::test]
async fn a_full_disk_is_told_and_the_next_message_is_taken() {
    let world = World::on(failing(false));
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let error = world
        .intake
        .accept(&world.caller("zorg-a"), body.clone())
        .await
        .expect_err("no room");
    assert!(error.disk_full());
    assert_eq!(world.fatal.load(Ordering::SeqCst), 0);
    world.taken("zorg-a", &body).await;
}

#[tokio::test]
async fn a_failed_write_ends_the_process_and_promises_nothing() {
    let world = World::on(failing(true));
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let error = world
        .intake
        .accept(&world.caller("zorg-a"), body.clone())
        .await
        .expect_err("a failed write");
    assert_eq!(error.code(), "stopping");
    world.ledger.stop();
    assert_eq!(
        world.fatal.load(Ordering::SeqCst),
        1,
        "the process is told to end, once"
    );
    let later = world
        .intake
        .accept(&world.caller("zorg-a"), body)
        .await
        .expect_err("nothing more is taken");
    assert_eq!(later.code(), "stopping");
    assert!(world.records().is_empty());
}

#[tokio::test]
async fn the_time_of_a_message_is_never_before_that_of_the_one_before() {
    on_both_stores(async |world: World| {
        let first = world.sent("JW305", GEMEENTE_A, ZORG_A, "S1").await;
        world.clock.advance(SignedDuration::from_secs(-30));
        let second = world.sent("JW305", GEMEENTE_A, ZORG_A, "S2").await;
        assert!(second.received >= first.received);
        assert!(first.received > Timestamp::UNIX_EPOCH);
    })
    .await;
}
