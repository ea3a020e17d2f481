//! Simulated time: the clock of the gateway and the timers of the runtime go together, and only when they are told to.

use std::sync::mpsc;
use std::time::Duration;

use jiff::SignedDuration;
use knooppunt::clock::{Clock as _, ManualClock};

/// How long a test may stand still, by the clock on the wall, before timers run by themselves: what hangs then fails instead.
const PATIENCE: Duration = Duration::from_mins(2);

/// The time, stopped. On a runtime of one thread.
pub(super) struct Time {
    clock: ManualClock,
    /// While this is held, the paused clock of the runtime does not go on by itself when nothing else can: it takes a blocking call for work.
    _held: mpsc::Sender<()>,
}

impl Time {
    pub(super) fn stopped(clock: &ManualClock) -> Self {
        tokio::time::pause();
        let (held, let_go) = mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || {
            let _ = let_go.recv_timeout(PATIENCE);
        });
        Self {
            clock: clock.clone(),
            _held: held,
        }
    }

    /// By [`Clock::elapsed`](knooppunt::clock::Clock::elapsed).
    pub(super) fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    /// Lets so much time pass. Timers that are due have fired; what follows from them has not happened yet.
    pub(super) async fn passes(&self, time: Duration) {
        self.clock
            .advance(SignedDuration::try_from(time).expect("short"));
        tokio::time::advance(time).await;
    }
}
