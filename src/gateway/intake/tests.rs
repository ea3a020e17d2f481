//! With the locks taken out, the test of duplicates fails: it looks at the right thing. And what becomes of a message on which our own rules fail.

use std::sync::Arc;

use bytes::Bytes;
use knooppunt_standard::Limits;

use super::{Intake, Outcome};
use crate::clock::{Clock as _, ManualClock};
use crate::lanes::{LaneSettings, Lanes};
use crate::ledger::{Foundation, Ledger, Locks, Pseudonyms};
use crate::register::{Register, Source};
use crate::route::Caller;
use crate::store::{Journal as _, Memory};

const PARTIES: &str = r#"
    [[party]]
    id = "gemeente-a"
    name = "Gemeente A"
    code = [{ kind = "gemeentecode", code = "0289" }]

    [[party]]
    id = "zorg-a"
    name = "Zorg A"
    code = [{ kind = "agb", code = "98980001" }]
"#;

/// Records that a hundred of the same message at once make.
async fn a_hundred_at_once(locks: Locks) -> u64 {
    let Memory { journal, views } = Memory::new();
    let clock = ManualClock::at("2026-03-01T09:00:00Z".parse().expect("a moment"));
    let source = Source {
        name: "parties.toml".to_owned(),
        bytes: PARTIES.into(),
    };
    let register = Arc::new(Register::load(vec![source]).expect("a register"));
    let caller = Caller {
        party: "zorg-a".parse().expect("a party"),
        register,
        at: clock.now(),
    };
    let pseudonyms = Arc::new(Pseudonyms::new(&[1; 32]));
    let foundation = Foundation {
        journal: journal.clone(),
        views,
        pseudonyms,
        clock: Arc::new(clock),
    };
    let ledger =
        Ledger::open_with(foundation, locks, Arc::new(|_| ()), &mut |_| ()).expect("a ledger");
    let releases = Arc::new(crate::schemas::releases(None).expect("the releases"));
    let intake = Arc::new(Intake::new(
        ledger,
        releases,
        Limits::default(),
        Lanes::new(&LaneSettings::default()),
    ));
    let body = Bytes::from_static(include_bytes!(
        "../../../conformance/messages/ijw/JW305/plain/message.xml"
    ));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (intake, caller, body) = (Arc::clone(&intake), caller.clone(), body.clone());
        tasks.spawn(async move { intake.accept(&caller, body).await });
    }
    while let Some(done) = tasks.join_next().await {
        let outcome = done.expect("no panic").expect("intake does its work");
        assert!(
            matches!(outcome, Outcome::Accepted(..) | Outcome::Repeat(_)),
            "{outcome:?}"
        );
    }
    journal.next().0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn with_the_locks_taken_out_the_same_message_is_recorded_more_than_once() {
    assert_eq!(a_hundred_at_once(Locks::new()).await, 1);
    let mut most = 0;
    for _ in 0..20 {
        most = most.max(a_hundred_at_once(Locks::absent()).await);
    }
    assert!(
        most > 1,
        "the test of duplicates would not notice that the locks are gone"
    );
}

/// Where a test makes the work on a message panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Level 2.
    Message,
    /// Levels 3 and 4.
    Chain,
    /// What it changes when it is accepted.
    Accepted,
    /// All of it, when it waited and is judged again.
    Again,
}

/// Panics in a message that asks for it: its client is called so.
pub(super) fn panic_in(step: Step, body: &[u8]) {
    let name = format!(">Bug{step:?}");
    let named = body.windows(name.len()).any(|seen| seen == name.as_bytes());
    assert!(!named, "999900420 canary");
}

mod bugs {
    use std::sync::Arc;

    use bytes::Bytes;
    use jiff::SignedDuration;

    use knooppunt::clock::Clock as _;
    use knooppunt::intake::Outcome;
    use knooppunt::ledger::Mark;

    use crate::tests::products::{AGREED, changed, translating, with};
    use crate::tests::world::{
        GEMEENTE_A, PARTIES, World, ZORG_A, answer, judged, message, register, whole,
    };

    fn judging() -> String {
        judged(GEMEENTE_A) + &whole(GEMEENTE_A)
    }

    fn world(more: &str) -> World {
        let mut world = World::new();
        world.register = register(&format!("{PARTIES}{more}"));
        world
    }

    /// A start of care, on which these steps fail.
    fn failing(id: &str, steps: &[&str]) -> Bytes {
        let body = message("JW305", GEMEENTE_A, ZORG_A, id);
        let mut text = String::from_utf8(body.to_vec()).expect("text");
        for (name, step) in ["Voornamen>Mila", "Achternaam>Zonneveld"].iter().zip(steps) {
            let (element, _) = name.split_once('>').expect("a name");
            assert!(text.contains(name));
            text = text.replace(name, &format!("{element}>{step}"));
        }
        text.into()
    }

    /// A start of somebody else's care, for which there is no allocation.
    fn of_another(id: &str) -> Bytes {
        let body = message("JW305", GEMEENTE_A, ZORG_A, id);
        let text = std::str::from_utf8(&body).expect("text");
        text.replace(">999900420<", ">999900432<").into()
    }

    #[tokio::test]
    async fn a_message_on_which_our_rules_fail_is_carried_and_says_so() {
        let judging = judging();
        let guarded = judging.replace("\"judge\"", "\"guard\"");
        let waits = [Mark::NotAssessed, Mark::Waits];
        for (more, marks) in [("", &waits[..1]), (&guarded, &waits), (&judging, &waits)] {
            let world = world(more);
            for step in ["BugMessage", "BugChain"] {
                let body = failing(step, &[step]);
                let taken = world.taken("zorg-a", &body).await;
                assert_eq!(taken.marks, marks, "{step}");
                assert_eq!(taken.findings, 0, "nothing is said of it");
                assert!(world.waiting("gemeente-a").await.contains(&taken.id));
                let again = world.hand_in("zorg-a", &body).await;
                assert!(matches!(again, Outcome::Repeat(first) if first.id == taken.id));
            }
        }
    }

    /// What it would say in the municipality's words is not known, and so it is booked.
    #[tokio::test]
    async fn where_products_are_translated_it_says_that_its_own_were_not() {
        let own = with("JW301", "T1", &[(">45A04<", ">45X48<")]);
        let row = ["jw 45 45X48 - exact 45A48 - - 2020-01-01"];
        for (agreed, marks) in [
            (AGREED, &[Mark::NotTranslated, Mark::NotAssessed][..]),
            ("", &[Mark::NotAssessed]),
        ] {
            let world = translating(World::new(), agreed, &row);
            world.taken("gemeente-a", &own).await;
            let start = failing("S1", &["BugMessage"]);
            let start = changed(&start, &[(">45A04<", ">45A48<")]);
            let taken = world.taken("zorg-a", &start).await;
            assert_eq!(taken.marks, marks);
            let caller = world.caller("gemeente-a");
            let found = world.mailbox.found(&caller, taken.id, 10).await;
            let told = found.expect("found").not_translated;
            let reasons: Vec<_> = told.iter().map(|left| left.reason.as_str()).collect();
            assert_eq!(reasons.is_empty(), agreed.is_empty());
            assert!(reasons.iter().all(|reason| *reason == "fault"));
        }
    }

    #[tokio::test]
    async fn what_it_does_when_it_is_accepted_waits_all_the_same() {
        let world = world(&judging());
        world.taken("zorg-a", &failing("S1", &["BugChain"])).await;
        let other = world.taken("zorg-a", &of_another("S2")).await;
        assert_eq!(
            other.marks,
            [Mark::Refused],
            "nothing that waits is about it"
        );
        let same = message("JW305", GEMEENTE_A, ZORG_A, "S3");
        let same = world.taken("zorg-a", &same).await;
        assert_eq!(same.marks, [Mark::Waits]);
        let accepts = answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R1");
        let accepts = world.taken("gemeente-a", &accepts).await;
        assert!(accepts.marks.is_empty(), "it is booked");
    }

    #[tokio::test]
    async fn where_that_cannot_be_told_every_outcome_is_open_until_the_past_is_said_to_begin_after_it()
     {
        let mut world = world(&judging());
        let untold = failing("S1", &["BugChain", "BugAccepted"]);
        world.taken("zorg-a", &untold).await;
        let other = world.taken("zorg-a", &of_another("S2")).await;
        assert_eq!(other.marks, [Mark::Waits]);
        let accepts = answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R1");
        let accepts = world.taken("gemeente-a", &accepts).await;
        assert_eq!(accepts.marks, [Mark::NotBooked]);
        assert_eq!(
            world.taken("zorg-a", &of_another("S3")).await.marks,
            [Mark::Waits]
        );

        let later = judging().replace("2015-01-01", "2026-03-02");
        world.register = register(&format!("{PARTIES}{later}"));
        world.clock.advance(SignedDuration::from_hours(24));
        // What is not known may be older now: the start is accepted.
        let since = message("JW305", GEMEENTE_A, ZORG_A, "S4");
        let since = std::str::from_utf8(&since).expect("text");
        let since = since.replace(">999900420<", ">999900444<");
        let since = world.taken("zorg-a", &since.into()).await;
        assert_eq!(since.marks, []);
        assert!(since.state.answered.is_some());
    }

    #[tokio::test]
    async fn what_waited_and_cannot_be_judged_again_is_left_to_its_receiver() {
        let world = world(&judging());
        let in_text = |body: &Bytes, from: &str, to: &str| -> Bytes {
            let text = std::str::from_utf8(body).expect("text");
            assert!(text.contains(from), "{from}");
            text.replace(from, to).into()
        };
        let given = message("JW301", GEMEENTE_A, ZORG_A, "T1");
        let reference = "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>";
        world
            .taken("gemeente-a", &in_text(&given, reference, ""))
            .await;
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        let declared = message("JW323", GEMEENTE_A, ZORG_A, "D1");
        let declared = in_text(&declared, "P-2602-1", "BugAgain");
        let taken = world.taken("zorg-a", &declared).await;
        assert_eq!(taken.marks, [Mark::Held]);
        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1");
        world.taken("zorg-a", &accepts).await;
        let now = || (Arc::clone(&world.register), world.clock.now());
        let answered = world.intake.judge_again(&now, &|| true);
        assert_eq!(answered.await.expect("nothing stops the others"), 0);
        let state = world.seen("gemeente-a", taken.id).await.state;
        assert!(state.released.is_some() && state.answered.is_none());
    }

    #[tokio::test]
    async fn other_bytes_under_a_used_identification_that_cannot_be_answered_are_refused_at_the_door()
     {
        let world = world(&judging());
        let first = message("JW305", GEMEENTE_A, ZORG_A, "S1");
        world.taken("zorg-a", &first).await;
        let refusal = world.refused("zorg-a", &failing("S1", &["BugChain"])).await;
        assert_eq!(refusal.reason.code(), "identity-taken");
    }
}
