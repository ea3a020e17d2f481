//! Lanes for work that needs the processor: off the async threads, and large bodies in a lane of their own, so that one 25 MB declaration does not delay
//! thousands of small messages. Parties that wait for a lane have it in turns, by bytes. A caller that goes away does not free its lane before the work is done.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::fault::Fault;
use crate::turns::{By, Place, Turns, Want};

crate::settings! {
    /// How many bodies are read at the same time. Parties of which bodies wait for that are served in turns, by bytes.
    pub struct LaneSettings {
        /// Bodies up to `large_from_bytes` that are read at the same time; about the number of processor cores.
        pub small: usize = 2,
        /// Larger bodies that are read at the same time.
        pub large: usize = 1,
        /// Length in bytes above which a body takes the lane of the large ones.
        pub large_from_bytes: usize = 1_000_000,
        /// Bytes of memory that larger bodies may take together while they are judged, until they are durable, beside what `[budget]` counts for reading
        /// them: 512 MiB. 20 are counted for each byte of a body (`cargo bench --bench memory`); who finds no room waits for it.
        pub judging_bytes_max: u64 = 512 << 20,
    }
}

/// Bytes of memory that are counted for each byte of a body while it is judged: rows of the past and what becomes of them, for a declaration of which every
/// line is granted. `cargo bench --bench memory` prints up to 12.5 at 930 bytes a line; what is kept goes by the line, and the shortest lines have 660 bytes:
/// 12.5 x 930 / 660 = 17.6. Where products are translated the other form stands beside it until it is recorded: as many bytes again, and half as many for its tree.
/// What the translation itself takes is given back before the past is read.
const JUDGING_BYTES_PER_BODY_BYTE: u64 = 20;
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

/// Whose work it is, how much, and how urgent.
#[derive(Clone, Copy, Debug)]
pub struct Job<'p> {
    party: &'p str,
    body_bytes: usize,
    is_awaited: bool,
}

impl<'p> Job<'p> {
    /// Of a party, on a body of this length.
    pub fn of(party: &'p str, body_bytes: usize) -> Self {
        Self {
            party,
            body_bytes,
            is_awaited: false,
        }
    }

    /// Of the gateway itself, which has turns like a party.
    pub fn own(body_bytes: usize) -> Self {
        Self::of("", body_bytes)
    }

    /// Others wait for it, since it is done under locks: it goes before what its party only begins.
    #[must_use]
    pub fn awaited(self) -> Self {
        Self {
            is_awaited: true,
            ..self
        }
    }

    fn want(self, units: u64) -> Want {
        Want {
            units,
            share: u64::MAX,
            bytes: self.body_bytes.max(1) as u64,
            first: self.is_awaited,
        }
    }
}

/// The two lanes. Clones share their places.
#[derive(Clone, Debug)]
pub struct Lanes {
    small: Turns,
    large: Turns,
    large_from_bytes: usize,
    judging: Turns,
    judging_units_max: u64,
}

/// Room in memory for judging one body; freed when dropped.
#[derive(Debug)]
pub(crate) struct Room {
    _taken: Option<Place>,
}

impl Lanes {
    /// Lanes as set; a lane of width 0 would stand still, so each has at least one place.
    pub fn new(settings: &LaneSettings) -> Self {
        let judging_units_max = (settings.judging_bytes_max / ROOM_UNIT_BYTES).max(1);
        let places = |width: usize| width.max(1) as u64;
        Self {
            small: Turns::new("small-lane", places(settings.small), By::Bytes),
            large: Turns::new("large-lane", places(settings.large), By::Bytes),
            large_from_bytes: settings.large_from_bytes,
            judging: Turns::new("judging", judging_units_max, By::Bytes),
            judging_units_max,
        }
    }

    /// Waits for room in memory to judge a body. To be asked before any lock is taken: who waits holds up nobody. A small body takes none, so that it waits for
    /// no large one; one that is larger than all the room takes all of it.
    pub(crate) async fn room(&self, job: Job<'_>) -> Room {
        if job.body_bytes <= self.large_from_bytes {
            return Room { _taken: None };
        }
        let bytes = (job.body_bytes as u64).saturating_mul(JUDGING_BYTES_PER_BODY_BYTE);
        let units = (bytes / ROOM_UNIT_BYTES).min(self.judging_units_max);
        Room {
            _taken: Some(self.judging.take(job.party, job.want(units)).await),
        }
    }

    /// Waits for a place in the lane for a body of this length and does the work there. Err: the work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        job: Job<'_>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let lane = if job.body_bytes > self.large_from_bytes {
            &self.large
        } else {
            &self.small
        };
        let place = lane.take(job.party, job.want(1)).await;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        })
        .await
        .map_err(|_| Panicked)
    }

    /// Jobs that wait: for the lane of small bodies, for that of large ones, and for room to judge.
    pub fn waiting(&self) -> [usize; 3] {
        [&self.small, &self.large, &self.judging].map(Turns::waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex, mpsc};

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
            async move {
                lanes
                    .run(Job::of("a", 11), move || finished.recv().is_ok())
                    .await
            }
        });
        assert_eq!(lanes.run(Job::of("a", 10), || "small").await, Ok("small"));
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
            lanes
                .run(Job::of("a", 1), || assert_eq!(1, 2, "on purpose"))
                .await,
            Err(Panicked)
        );
        assert_eq!(lanes.run(Job::of("a", 1), || 7).await, Ok(7));
    }

    #[tokio::test]
    async fn one_large_body_past_the_room_for_judging_waits_and_a_small_one_does_not() {
        let lanes = Arc::new(Lanes::new(&LaneSettings {
            large_from_bytes: 1_000,
            judging_bytes_max: 20 * 10 * 1024,
            ..LaneSettings::default()
        }));
        let eight = lanes.room(Job::of("a", 8 * 1024)).await;
        let two = lanes.room(Job::of("a", 2 * 1024)).await;
        let waits = tokio::spawn({
            let lanes = Arc::clone(&lanes);
            async move { lanes.room(Job::of("a", 1_001)).await }
        });
        while lanes.waiting() != [0, 0, 1] {
            tokio::task::yield_now().await;
        }
        assert!(!waits.is_finished(), "one past the room");
        drop(lanes.room(Job::of("a", 1_000)).await);
        drop(two);
        drop(waits.await.expect("no panic"));
        drop(eight);
        drop(lanes.room(Job::of("a", usize::MAX)).await);
    }

    /// A lane of one place, which is taken until the sender is dropped.
    async fn blocked() -> (Arc<Lanes>, mpsc::Sender<()>) {
        let lanes = Arc::new(Lanes::new(&LaneSettings {
            small: 1,
            ..LaneSettings::default()
        }));
        let (end, ends) = mpsc::channel::<()>();
        tokio::spawn({
            let lanes = Arc::clone(&lanes);
            async move { lanes.run(Job::own(1), move || ends.recv().is_ok()).await }
        });
        while lanes.small.held() == 0 {
            tokio::task::yield_now().await;
        }
        (lanes, end)
    }

    /// Who had his turn, in the order of turns.
    type Had = Arc<Mutex<Vec<&'static str>>>;

    /// A job that waits for its turn, and notes that it has had it.
    async fn waits(lanes: &Arc<Lanes>, job: Job<'static>, name: &'static str, had: &Had) {
        let before: usize = lanes.waiting().iter().sum();
        let (one, had) = (Arc::clone(lanes), Arc::clone(had));
        tokio::spawn(async move {
            let note = move || had.lock().expect("no panic").push(name);
            one.run(job, note).await
        });
        while lanes.waiting().iter().sum::<usize>() == before {
            tokio::task::yield_now().await;
        }
    }

    async fn all_had(lanes: &Lanes, had: &Had, number: usize) -> Vec<&'static str> {
        let _ = lanes.run(Job::of("last", 1), || ()).await;
        loop {
            let now = had.lock().expect("no panic").clone();
            if now.len() == number {
                return now;
            }
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn of_a_thousand_jobs_of_one_party_one_goes_before_the_job_of_another() {
        let (lanes, end) = blocked().await;
        let had = Had::default();
        for _ in 0..1_000 {
            waits(&lanes, Job::of("flood", 7_000), "flood", &had).await;
        }
        waits(&lanes, Job::of("other", 7_000), "other", &had).await;
        waits(&lanes, Job::of("other", 7_000), "other again", &had).await;
        drop(end);
        let had = all_had(&lanes, &had, 1_002).await;
        let at = |name| had.iter().position(|one| *one == name).expect("its turn");
        assert!(at("other") <= 1, "{:?}", &had[..4]);
        assert!(at("other again") <= 3, "{:?}", &had[..4]);
    }

    #[tokio::test]
    async fn what_others_wait_for_goes_before_what_its_party_only_begins_and_takes_no_turn_of_others()
     {
        let (lanes, end) = blocked().await;
        let had = Had::default();
        for _ in 0..3 {
            waits(&lanes, Job::of("flood", 10), "begins", &had).await;
        }
        waits(&lanes, Job::of("flood", 10).awaited(), "awaited", &had).await;
        waits(&lanes, Job::of("other", 10), "other", &had).await;
        drop(end);
        let had = all_had(&lanes, &had, 5).await;
        assert_eq!(had, ["awaited", "other", "begins", "begins", "begins"]);
    }
}
