//! Lanes for work that needs the processor: off the async threads, and large bodies in a lane of their own, so that one 25 MB declaration does not delay
//! thousands of small messages. A caller that goes away does not free its lane before the work is done.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::fault::Fault;

crate::settings! {
    /// How many bodies are read at the same time.
    pub struct LaneSettings {
        /// Bodies up to `large_from_bytes` that are read at the same time; about the number of processor cores.
        pub small: usize = 2,
        /// Larger bodies that are read at the same time.
        pub large: usize = 1,
        /// Length in bytes above which a body takes the lane of the large ones.
        pub large_from_bytes: usize = 1_000_000,
    }
}

/// The work panicked. A bug of ours: this message is parked, the service stays up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("reading the message failed: a fault of ours")]
pub struct Panicked;

impl Panicked {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        "bug"
    }

    /// Whose fault it is: always ours.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }
}

/// Does work that must not take the rest of a message with it. Err: it panicked, which the hook for panics has told without its text; what it was changing
/// is half done and must be thrown away.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

/// The two lanes.
#[derive(Debug)]
pub struct Lanes {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
    large_from_bytes: usize,
}

impl Lanes {
    /// Lanes as set; a lane of width 0 would stand still, so each has at least one place.
    pub fn new(settings: &LaneSettings) -> Self {
        Self {
            small: Arc::new(Semaphore::new(settings.small.max(1))),
            large: Arc::new(Semaphore::new(settings.large.max(1))),
            large_from_bytes: settings.large_from_bytes,
        }
    }

    /// Waits for a place in the lane for a body of this length and does the work there. Err: the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        body_bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let lane = if body_bytes > self.large_from_bytes {
            &self.large
        } else {
            &self.small
        };
        let place = Arc::clone(lane)
            .acquire_owned()
            .await
            .map_err(|_| Panicked)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        })
        .await
        .map_err(|_| Panicked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn a_large_body_does_not_hold_up_small_ones() {
        let lanes = Arc::new(Lanes::new(&LaneSettings {
            small: 1,
            large: 1,
            large_from_bytes: 10,
        }));
        let (finish, finished) = mpsc::channel::<()>();
        let large = tokio::spawn({
            let lanes = Arc::clone(&lanes);
            async move { lanes.run(11, move || finished.recv().is_ok()).await }
        });
        assert_eq!(lanes.run(10, || "small").await, Ok("small"));
        finish.send(()).expect("the large one waits");
        assert_eq!(large.await.expect("no panic"), Ok(true));
    }

    #[tokio::test]
    async fn a_panic_parks_one_message_and_leaves_the_lane_free() {
        let lanes = Lanes::new(&LaneSettings {
            small: 1,
            large: 1,
            large_from_bytes: 10,
        });
        assert_eq!(
            lanes.run(1, || assert_eq!(1, 2, "on purpose")).await,
            Err(Panicked)
        );
        assert_eq!(lanes.run(1, || 7).await, Ok(7));
    }
}
