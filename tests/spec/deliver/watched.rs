//! A carrier whose calls are noted: when each began and ended, and what came of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use knooppunt::clock::{Clock as _, ManualClock};
use knooppunt::deliver::{Carrier, Carry, Carrying, Owed, Reason, Refusal, Verdict};
use knooppunt::ledger::{MessageId, Words};
use tokio::sync::Notify;

/// A call of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) message: MessageId,
    /// By the time that passed since the test began.
    pub(super) began: Duration,
    pub(super) ended: Option<Ended>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) at: Duration,
    /// How long it is since the message was taken by the gateway.
    pub(super) waited: SignedDuration,
    pub(super) verdict: Verdict,
}

impl Call {
    /// Whether the endpoint did not take what it was brought.
    pub(super) fn failed(&self) -> bool {
        let verdict = self.ended.as_ref().map(|ended| &ended.verdict);
        verdict.is_some_and(|verdict| !matches!(verdict, Verdict::Taken { .. }))
    }
}

/// The carrier.
#[derive(Debug)]
pub(super) struct Watched {
    carrier: Carrier,
    clock: ManualClock,
    calls: Mutex<Vec<Call>>,
    changed: Arc<Notify>,
}

impl Watched {
    /// `changed` is told when a call begins or ends.
    pub(super) fn new(carrier: Carrier, clock: &ManualClock, changed: Arc<Notify>) -> Arc<Self> {
        Arc::new(Self {
            carrier,
            clock: clock.clone(),
            calls: Mutex::default(),
            changed,
        })
    }

    /// In the order in which they began.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("no panic").clone()
    }

    /// How many began, and how many of them ended.
    pub(super) fn counts(&self) -> (usize, usize) {
        let calls = self.calls.lock().expect("no panic");
        let ended = calls.iter().filter(|call| call.ended.is_some());
        (calls.len(), ended.count())
    }
}

/// A call that is under way; it ends when this is dropped, also when its courier is.
struct UnderWay<'a> {
    watched: &'a Watched,
    nth: usize,
    received: Timestamp,
    verdict: Verdict,
}

impl<'a> UnderWay<'a> {
    fn begins(watched: &'a Watched, owed: &Owed) -> Self {
        let mut calls = watched.calls.lock().expect("no panic");
        calls.push(Call {
            message: owed.id,
            began: watched.clock.elapsed(),
            ended: None,
        });
        watched.changed.notify_one();
        Self {
            watched,
            nth: calls.len() - 1,
            received: owed.received,
            verdict: Verdict::NotTaken(Reason::new("dropped")),
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let Self {
            watched, received, ..
        } = *self;
        watched.calls.lock().expect("no panic")[self.nth].ended = Some(Ended {
            at: watched.clock.elapsed(),
            waited: watched.clock.now().duration_since(received),
            verdict: self.verdict.clone(),
        });
        watched.changed.notify_one();
    }
}

impl Carry for Watched {
    fn carry<'a>(&'a self, owed: &'a Owed) -> Carrying<'a> {
        Box::pin(async {
            let mut under_way = UnderWay::begins(self, owed);
            let verdict = self.carrier.carry(owed).await;
            under_way.verdict = verdict.clone();
            verdict
        })
    }

    fn refuse<'a>(&'a self, refusal: &'a Refusal) -> Carrying<'a> {
        self.carrier.refuse(refusal)
    }

    fn tells_refusals(&self) -> bool {
        self.carrier.tells_refusals()
    }

    fn words(&self) -> Words {
        self.carrier.words()
    }
}
