//! With the locks taken out, the test of duplicates fails: it looks at the right thing.

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
