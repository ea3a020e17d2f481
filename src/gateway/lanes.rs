//! Lanes for work that needs the processor: off the async threads, and large bodies in a lane of their own, so that one 25 MB declaration does not delay
//! thousands of small messages. A caller that goes away does not free its lane before the work is done.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
        /// Bytes of memory that larger bodies may take together while they are judged, until they are durable, beside what `[budget]` counts for reading
        /// them: 512 MiB. 18 are counted for each byte of a body (`cargo bench --bench memory`); who finds no room waits for it.
        pub judging_bytes_max: u64 = 512 << 20,
    }
}

/// Bytes of memory that are counted for each byte of a body while it is judged: rows of the past and what becomes of them, for a declaration of which every
/// line is granted. `cargo bench --bench memory` prints up to 12.5 at 930 bytes a line; what is kept goes by the line, and the shortest lines have 660 bytes:
/// 12.5 x 930 / 660 = 17.6.
const JUDGING_BYTES_PER_BODY_BYTE: u64 = 18;
/// Bytes that room is handed out by.
const ROOM_UNIT_BYTES: u64 = 1024;

impl LaneSettings {
    /// Bytes of the largest body that can be judged within `judging_bytes_max`.
    pub(crate) fn body_bytes_max(&self) -> u64 {
        self.judging_bytes_max / JUDGING_BYTES_PER_BODY_BYTE
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
    judging: Arc<Semaphore>,
    judging_units_max: u32,
}

/// Room in memory for judging one body; freed when dropped.
#[derive(Debug)]
pub(crate) struct Room {
    _taken: Option<OwnedSemaphorePermit>,
}

impl Lanes {
    /// Lanes as set; a lane of width 0 would stand still, so each has at least one place.
    pub fn new(settings: &LaneSettings) -> Self {
        let units = (settings.judging_bytes_max / ROOM_UNIT_BYTES).max(1);
        let judging_units_max = u32::try_from(units).unwrap_or(u32::MAX);
        Self {
            small: Arc::new(Semaphore::new(settings.small.max(1))),
            large: Arc::new(Semaphore::new(settings.large.max(1))),
            large_from_bytes: settings.large_from_bytes,
            judging: Arc::new(Semaphore::new(judging_units_max as usize)),
            judging_units_max,
        }
    }

    /// Waits for room in memory to judge a body of this length. To be asked before any lock is taken: who waits holds up nobody. A small body takes none, so
    /// that it waits for no large one; one that is larger than all the room takes all of it. Err: never in a gateway that runs.
    pub(crate) async fn room(&self, body_bytes: usize) -> Result<Room, Panicked> {
        if body_bytes <= self.large_from_bytes {
            return Ok(Room { _taken: None });
        }
        let units =
            (body_bytes as u64).saturating_mul(JUDGING_BYTES_PER_BODY_BYTE) / ROOM_UNIT_BYTES;
        let units = u32::try_from(units).map_or(self.judging_units_max, |units| {
            units.min(self.judging_units_max)
        });
        let taken = Arc::clone(&self.judging).acquire_many_owned(units).await;
        Ok(Room {
            _taken: Some(taken.map_err(|_| Panicked)?),
        })
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
            ..LaneSettings::default()
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
            ..LaneSettings::default()
        });
        assert_eq!(
            lanes.run(1, || assert_eq!(1, 2, "on purpose")).await,
            Err(Panicked)
        );
        assert_eq!(lanes.run(1, || 7).await, Ok(7));
    }

    #[tokio::test]
    async fn one_large_body_past_the_room_for_judging_waits_and_a_small_one_does_not() {
        let lanes = Arc::new(Lanes::new(&LaneSettings {
            large_from_bytes: 1_000,
            judging_bytes_max: 18 * 10 * 1024,
            ..LaneSettings::default()
        }));
        let eight = lanes.room(8 * 1024).await;
        let two = lanes.room(2 * 1024).await.expect("there is room for both");
        let waits = tokio::spawn({
            let lanes = Arc::clone(&lanes);
            async move { lanes.room(1_001).await.is_ok() }
        });
        tokio::task::yield_now().await;
        assert!(!waits.is_finished(), "one past the room");
        assert!(lanes.room(1_000).await.is_ok(), "a small one takes none");
        drop(two);
        assert!(waits.await.expect("no panic"));
        drop(eight);
        assert!(
            lanes.room(usize::MAX).await.is_ok(),
            "the largest takes all"
        );
    }
}
