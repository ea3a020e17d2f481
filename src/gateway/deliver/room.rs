//! Memory for messages on their way to endpoints: so much in all, whatever the number of endpoints. It counts and allocates nothing.
//!
//! Fair by turns: who waits is served in the order in which he came, and an endpoint has one large message under way at most, so that it comes behind all
//! others for its next. A quarter is for small messages alone: they never wait for large ones. Endpoints that did not take what they were last asked may
//! have a third together: each holds its part until its time is over when it hangs, and the others need not wait for that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::settings::DeliverSettings;

/// Bytes of a message from which it is large.
const LARGE_BYTES: u64 = 256 << 10;
/// Bytes of memory counted for each byte of a message: itself, what is written around it in base64 or in a ZIP file, and what reading it takes.
const BYTES_PER_BODY_BYTE: u64 = 3;
/// What is counted for the call itself.
const AROUND_BYTES: u64 = 64 << 10;
/// In what is counted: a permit is so many bytes.
const UNIT_BYTES: u64 = 1 << 10;

/// The memory for what is on its way to all endpoints. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Room {
    small: Part,
    large: Part,
    in_use: Arc<AtomicU64>,
}

#[derive(Debug, Clone)]
struct Part {
    all: Share,
    /// What of it may be used for endpoints in doubt.
    in_doubt: Share,
}

#[derive(Debug, Clone)]
struct Share {
    units: u32,
    free: Arc<Semaphore>,
}

impl Part {
    fn of(bytes: u64) -> Self {
        Self {
            all: Share::of(bytes),
            in_doubt: Share::of(bytes / 3),
        }
    }
}

impl Share {
    fn of(bytes: u64) -> Self {
        let units = u32::try_from(bytes / UNIT_BYTES).unwrap_or(u32::MAX).max(1);
        let free = Semaphore::new(usize::try_from(units).unwrap_or(usize::MAX));
        Self {
            units,
            free: Arc::new(free),
        }
    }

    /// Waits for so many units, or for all that there are; how many these are. The semaphore is never closed.
    async fn taken(&self, units: u32) -> (u32, Option<OwnedSemaphorePermit>) {
        let units = units.min(self.units);
        let free = Arc::clone(&self.free);
        (units, free.acquire_many_owned(units).await.ok())
    }
}

impl Room {
    /// As large as is set, with nothing in it.
    pub(super) fn of(settings: &DeliverSettings) -> Self {
        let small = settings.bytes_max / 4;
        Self {
            small: Part::of(small),
            large: Part::of(settings.bytes_max - small),
            in_use: Arc::default(),
        }
    }

    /// Bytes that are counted for what is under way.
    pub(super) fn in_use(&self) -> u64 {
        self.in_use.load(Ordering::Relaxed)
    }
}

/// The place of one endpoint in the room.
#[derive(Debug)]
pub(super) struct Seat {
    room: Room,
    /// Its one large message.
    large: Semaphore,
}

/// Memory for one message, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Taken<'s> {
    bytes: u64,
    in_use: &'s AtomicU64,
    _turn: Option<SemaphorePermit<'s>>,
    _in_doubt: Option<OwnedSemaphorePermit>,
    _units: Option<OwnedSemaphorePermit>,
}

impl Seat {
    pub(super) fn of(room: &Room) -> Self {
        Self {
            room: room.clone(),
            large: Semaphore::new(1),
        }
    }

    /// Waits for memory for a message of so many bytes; one that needs more than there is has all of it for itself. `in_doubt`: the endpoint did not take
    /// what it was last asked.
    pub(super) async fn taken(&self, body_bytes: u64, in_doubt: bool) -> Taken<'_> {
        let is_large = body_bytes >= LARGE_BYTES;
        let part = if is_large {
            &self.room.large
        } else {
            &self.room.small
        };
        // Neither semaphore is ever closed.
        let turn = if is_large {
            self.large.acquire().await.ok()
        } else {
            None
        };
        let bytes = body_bytes
            .saturating_mul(BYTES_PER_BODY_BYTE)
            .saturating_add(AROUND_BYTES);
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX);
        // Always in this order, so that nobody waits for who waits for him.
        let doubtful = if in_doubt {
            part.in_doubt.taken(units).await.1
        } else {
            None
        };
        let (units, permit) = part.all.taken(units).await;
        let bytes = u64::from(units) * UNIT_BYTES;
        self.room.in_use.fetch_add(bytes, Ordering::Relaxed);
        Taken {
            bytes,
            in_use: &self.room.in_use,
            _turn: turn,
            _in_doubt: doubtful,
            _units: permit,
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.in_use.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::task::JoinSet;

    use super::*;

    /// The largest message of the standards.
    const MESSAGE: u64 = 26_214_400;

    fn room(bytes_max: u64) -> Room {
        Room::of(&DeliverSettings {
            bytes_max,
            ..DeliverSettings::default()
        })
    }

    /// Polls what is under way until none of it gets any further.
    async fn settled() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_thousand_endpoints_with_the_largest_message_each_stay_within_the_bytes_that_are_set()
    {
        let room = room(DeliverSettings::default().bytes_max);
        let (most, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let mut under_way = JoinSet::new();
        for _ in 0..1000 {
            let (seat, room) = (Seat::of(&room), room.clone());
            let (most, done) = (Arc::clone(&most), Arc::clone(&done));
            under_way.spawn(async move {
                let _taken = seat.taken(MESSAGE, false).await;
                most.fetch_max(room.in_use(), Ordering::Relaxed);
                settled().await;
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
        under_way.join_all().await;
        let most = most.load(Ordering::Relaxed);
        assert!(most <= DeliverSettings::default().bytes_max, "{most}");
        assert!(most >= 2 * 3 * MESSAGE, "more than one at once: {most}");
        assert_eq!(done.load(Ordering::Relaxed), 1000);
        assert_eq!(room.in_use(), 0, "and given back");
    }

    #[tokio::test]
    async fn an_endpoint_with_many_large_messages_comes_behind_the_others_for_each_of_them() {
        let room = room(2 * 3 * MESSAGE);
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut under_way = JoinSet::new();
        let many = Arc::new(Seat::of(&room));
        for (name, seat) in [
            ("many", Some(&many)),
            ("many", Some(&many)),
            ("many", Some(&many)),
        ]
        .into_iter()
        .chain([("one", None), ("two", None)])
        {
            let seat = seat.map_or_else(|| Arc::new(Seat::of(&room)), Arc::clone);
            let order = Arc::clone(&order);
            under_way.spawn(async move {
                let _taken = seat.taken(MESSAGE, false).await;
                order.lock().expect("no panic").push(name);
                settled().await;
            });
        }
        under_way.join_all().await;
        let order = order.lock().expect("no panic");
        assert_eq!(*order, ["many", "one", "two", "many", "many"]);
    }

    #[tokio::test]
    async fn a_small_message_does_not_wait_for_large_ones_and_one_byte_less_is_small() {
        let room = room(4 << 20);
        let held = Seat::of(&room);
        let _held = held.taken(MESSAGE, false).await;
        let (small, large) = (Seat::of(&room), Seat::of(&room));
        let taken = small.taken(LARGE_BYTES - 1, false).await;
        drop(taken);
        tokio::select! {
            biased;
            _ = large.taken(LARGE_BYTES, false) => panic!("there is no room for it"),
            () = settled() => {}
        }
    }

    #[tokio::test]
    async fn endpoints_that_hang_again_and_again_leave_the_others_two_thirds() {
        let room = room(DeliverSettings::default().bytes_max);
        for bytes in [MESSAGE, LARGE_BYTES - 1] {
            let mut hanging = JoinSet::new();
            for _ in 0..400 {
                let seat = Seat::of(&room);
                hanging.spawn(async move {
                    let _taken = seat.taken(bytes, true).await;
                    std::future::pending::<()>().await;
                });
            }
            settled().await;
            let held = room.in_use();
            assert!(held > 0 && held <= DeliverSettings::default().bytes_max / 4);
            for _ in 0..10 {
                let seat = Seat::of(&room);
                tokio::select! {
                    biased;
                    _taken = seat.taken(bytes, false) => {}
                    () = settled() => panic!("an endpoint that is well waits"),
                }
            }
            hanging.shutdown().await;
            assert_eq!(room.in_use(), 0);
        }
    }

    #[tokio::test]
    async fn an_endpoint_in_doubt_waits_for_its_turn_among_all() {
        let room = room(2 * 3 * MESSAGE);
        let (first, doubtful, next) = (Seat::of(&room), Seat::of(&room), Seat::of(&room));
        let held = first.taken(MESSAGE, false).await;
        let mut waits = Box::pin(doubtful.taken(MESSAGE, true));
        let mut after = Box::pin(next.taken(MESSAGE, false));
        for _ in 0..2 {
            tokio::select! {
                biased;
                _ = &mut waits => panic!("there is no room for it"),
                _ = &mut after => panic!("it came later"),
                () = settled() => {}
            }
        }
        drop(held);
        drop(waits.await);
        drop(after.await);
        assert_eq!(room.in_use(), 0);
    }

    #[tokio::test]
    async fn what_needs_more_than_there_is_goes_alone() {
        let room = room(1 << 20);
        let seat = Seat::of(&room);
        let taken = seat.taken(MESSAGE, false).await;
        assert_eq!(room.in_use(), (1 << 20) / 4 * 3);
        drop(taken);
        assert_eq!(room.in_use(), 0);
    }
}
