//! Places for open connections, shared by parties: as many as a party likes while there are some left, and an even share of all when there are none. Who has
//! less than that and comes is made room for: the party with the most closes one, an idle one first. It knows nothing of what is said on a connection.

use super::limits::ConnectionLimits;
use super::stream::Activity;
use crate::register::PartyId;
use crate::turns::{By, Place, Turns, Want};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Of the handshakes that may be under way, the part that one party may keep up with connections that wait for a place.
const WAITING_PART: usize = 16;

/// The places, and who has them; certificates that nobody knows are one party.
#[derive(Debug)]
pub(super) struct Seats {
    turns: Turns,
    all: usize,
    party_max: usize,
    waiting_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    parties: BTreeMap<Arc<str>, Connections>,
    number: u64,
}

/// The connections of one party.
#[derive(Debug, Default)]
struct Connections {
    open: BTreeMap<u64, Arc<Activity>>,
    /// Those of them that are to close.
    leaving: BTreeSet<u64>,
    waiting: usize,
}

/// One open connection, until dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    party: Arc<str>,
    number: u64,
    _place: Place,
}

impl Connections {
    fn all(&self) -> usize {
        self.open.len() + self.waiting
    }

    fn staying(&self) -> usize {
        self.open.len() - self.leaving.len()
    }
}

impl Seats {
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        Self {
            turns: Turns::new("connection", limits.connections_max as u64, By::Held),
            all: limits.connections_max,
            party_max: limits.connections_party_max,
            waiting_max: (limits.handshakes_max / WAITING_PART).max(1),
            taken: Mutex::default(),
        }
    }

    /// A place for a connection of a party, when its turn has come. `None`: the party has its number of connections, or too many of them wait.
    pub(super) async fn take(
        self: &Arc<Self>,
        party: Option<&PartyId>,
        activity: &Arc<Activity>,
    ) -> Option<Seat> {
        let party: Arc<str> = Arc::from(party.map_or("", PartyId::as_str));
        let waits = Waits::begin(self, &party)?;
        let want = Want {
            units: 1,
            share: u64::MAX,
            bytes: 0,
            first: false,
        };
        let place = if let Ok(place) = self.turns.take_now(&party, want) {
            place
        } else {
            self.make_room(&party)?;
            self.turns.take(&party, want).await
        };
        let number = waits.sits(activity);
        Some(Seat {
            seats: Arc::clone(self),
            party,
            number,
            _place: place,
        })
    }

    /// Has the party with the most connections close one, when this one waits for less than its even share. `None`: too many of its own wait already.
    fn make_room(&self, party: &Arc<str>) -> Option<()> {
        let mut taken = self.taken();
        let even = (self.all / taken.parties.len().max(1)).max(1);
        let own = taken.parties.get(party)?;
        if own.waiting > self.waiting_max {
            return None;
        }
        if own.all() > even {
            return Some(());
        }
        let most = taken.parties.values_mut().max_by_key(|one| one.staying())?;
        if most.staying() <= even {
            return Some(());
        }
        let staying = most
            .open
            .iter()
            .filter(|(number, _)| !most.leaving.contains(number));
        let (number, activity) = staying.min_by_key(|(_, activity)| activity.used())?;
        activity.leave.notify_one();
        most.leaving.insert(*number);
        metrics::counter!("knooppunt_connections_made_room_total").increment(1);
        Some(())
    }

    /// Counts do not half change: a poisoned lock guards right ones.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Changes the connections of a party, and forgets a party without any.
    fn of(&mut self, party: &Arc<str>, change: impl FnOnce(&mut Connections)) {
        if let Some(own) = self.parties.get_mut(party) {
            change(own);
            if own.all() == 0 {
                self.parties.remove(party);
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let number = self.number;
        self.seats.taken().of(&self.party, |own| {
            own.open.remove(&number);
            own.leaving.remove(&number);
        });
    }
}

/// A connection that waits for its place, until dropped.
struct Waits<'s> {
    seats: &'s Seats,
    party: Arc<str>,
    is_over: bool,
}

impl<'s> Waits<'s> {
    /// `None`: the party has its number of connections.
    fn begin(seats: &'s Seats, party: &Arc<str>) -> Option<Self> {
        let mut taken = seats.taken();
        let own = taken.parties.entry(Arc::clone(party)).or_default();
        if own.all() >= seats.party_max {
            return None;
        }
        own.waiting += 1;
        Some(Self {
            seats,
            party: Arc::clone(party),
            is_over: false,
        })
    }

    /// It waits no more and is open: its number.
    fn sits(mut self, activity: &Arc<Activity>) -> u64 {
        let mut taken = self.seats.taken();
        taken.number += 1;
        let number = taken.number;
        taken.of(&self.party, |own| {
            own.waiting -= 1;
            own.open.insert(number, Arc::clone(activity));
        });
        self.is_over = true;
        number
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.seats.taken().of(&self.party, |own| own.waiting -= 1);
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;
    use tokio::task::JoinSet;

    struct Sitting {
        party: &'static str,
        _seat: Seat,
        activity: Arc<Activity>,
    }

    async fn sits(seats: Arc<Seats>, party: &'static str) -> Option<Sitting> {
        let activity = Activity::new();
        let id = party.parse().expect("a party id");
        let seat = seats.take(Some(&id), &activity).await?;
        Some(Sitting {
            party,
            _seat: seat,
            activity,
        })
    }

    async fn is_asked_to_leave(sitting: &Sitting) -> bool {
        let mut asked = pin!(sitting.activity.leave.notified());
        poll_fn(|context| Poll::Ready(asked.as_mut().poll(context).is_ready())).await
    }

    fn seats(connections_max: usize, handshakes_max: usize) -> Arc<Seats> {
        Arc::new(Seats::new(&ConnectionLimits {
            connections_max,
            handshakes_max,
            ..ConnectionLimits::default()
        }))
    }

    /// Lets everything go on; who is asked to leaves.
    async fn goes_on(open: &mut Vec<Sitting>, coming: &mut JoinSet<Option<Sitting>>) {
        for _ in 0..100 {
            tokio::task::yield_now().await;
            while let Some(came) = coming.try_join_next() {
                open.extend(came.expect("no panic"));
            }
            let mut stay = Vec::new();
            for sitting in open.drain(..) {
                if !is_asked_to_leave(&sitting).await {
                    stay.push(sitting);
                }
            }
            *open = stay;
        }
    }

    fn count(open: &[Sitting], party: &str) -> usize {
        open.iter().filter(|sitting| sitting.party == party).count()
    }

    #[tokio::test]
    async fn of_three_parties_that_want_more_than_there_is_each_has_an_even_share() {
        let seats = seats(6, 256);
        let (mut open, mut coming) = (Vec::new(), JoinSet::new());
        for _ in 0..6 {
            open.extend(sits(Arc::clone(&seats), "a").await);
        }
        assert_eq!(count(&open, "a"), 6, "alone it has all there is");
        for party in ["b", "b", "b", "c", "c", "c"] {
            coming.spawn(sits(Arc::clone(&seats), party));
        }
        goes_on(&mut open, &mut coming).await;
        assert_eq!(["a", "b", "c"].map(|party| count(&open, party)), [2, 2, 2]);
        assert_eq!(coming.len(), 2, "more than an even share waits");
        open.retain(|sitting| sitting.party != "a");
        goes_on(&mut open, &mut coming).await;
        assert_eq!(["a", "b", "c"].map(|party| count(&open, party)), [0, 3, 3]);
        open.clear();
        assert_eq!((seats.turns.held(), seats.taken().parties.len()), (0, 0));
    }

    #[tokio::test]
    async fn of_one_party_a_sixteenth_of_the_handshakes_waits_and_one_more_does_not() {
        let seats = seats(1, 32);
        let (mut open, mut coming) = (Vec::new(), JoinSet::new());
        open.extend(sits(Arc::clone(&seats), "a").await);
        for _ in 0..2 {
            coming.spawn(sits(Arc::clone(&seats), "a"));
        }
        goes_on(&mut open, &mut coming).await;
        assert_eq!((open.len(), coming.len()), (1, 2));
        assert!(sits(Arc::clone(&seats), "a").await.is_none(), "a third");
        coming.spawn(sits(Arc::clone(&seats), "b"));
        goes_on(&mut open, &mut coming).await;
        assert_eq!(coming.len(), 3, "another party waits beside them");
        coming.shutdown().await;
        open.clear();
        assert_eq!((seats.turns.held(), seats.taken().parties.len()), (0, 0));
    }
}
