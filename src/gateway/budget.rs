//! Memory for bodies in flight, handed out before a body is read: so much in all, so much a party, so many requests a party; who finds none waits for the turn
//! of his party. It counts promises and allocates nothing; who reads a body keeps its [`Permit`] for as long as the body or what was made of it lives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use crate::turns::{By, Place, Short, Turns, Want};

crate::settings! {
    /// How much may be in flight, and how long a request waits for it. Who finds no memory waits until it is the turn of his party: parties that wait are served
    /// in turns by bytes, and a party waits for itself when it holds its share.
    pub struct BudgetSettings {
        /// Bytes of memory that all bodies in flight may take together: 1 GiB.
        pub in_flight_bytes_max: u64 = 1 << 30,
        /// Bytes of memory counted for each byte of a body: the body, its tree, and what is written of it.
        pub bytes_per_body_byte: u64 = 3,
        /// Bytes of memory that the bodies of one party may take together: 256 MiB, room for three messages of the largest size. It holds also while nobody else
        /// waits, since what is being read cannot be taken back when somebody comes.
        pub party_bytes_max: u64 = 256 << 20,
        /// Requests of one party that may be under way at the same time, those that wait included; further ones get 429.
        pub party_requests_max: u32 = 64,
        /// Of these, requests that hand a message in: the queue of one party. The others are left to it for reading and acknowledging.
        pub party_hand_ins_max: u32 = 48,
        /// Seconds that a request waits for memory before it gets 429; 0: none.
        pub turn_timeout_s: u64 = 20,
    }
}

/// Why there is no room now. All three pass by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoRoom {
    /// The memory for all parties together is in use.
    #[error("the memory for bodies in flight is in use")]
    InAll,
    /// This party uses its whole share.
    #[error("the party uses its whole share of the memory for bodies in flight")]
    PartyShare,
    /// This party has its largest number of requests under way.
    #[error("the party has its largest number of requests under way")]
    PartyRequests,
}

impl NoRoom {
    /// Stable code for answers and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::InAll => "budget-in-use",
            Self::PartyShare => "party-share-in-use",
            Self::PartyRequests => "party-requests-in-use",
        }
    }
}

impl From<Short> for NoRoom {
    fn from(short: Short) -> Self {
        match short {
            Short::Share => Self::PartyShare,
            Short::All => Self::InAll,
        }
    }
}

/// What one party has in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InFlight {
    /// Bytes of budget.
    pub bytes: u64,
    /// Requests under way.
    pub requests: u32,
    /// Those of them that wait for memory.
    pub waiting: usize,
}

/// The budget of the process. Clones share one account.
#[derive(Clone, Debug)]
pub struct Budget {
    account: Arc<Account>,
}

#[derive(Debug)]
struct Account {
    settings: BudgetSettings,
    memory: Turns,
    requests: Mutex<BTreeMap<Arc<str>, Requests>>,
}

/// Requests of a party under way.
#[derive(Debug, Default)]
struct Requests {
    all: u32,
    hand_ins: u32,
}

impl Account {
    /// Only additions and subtractions, none of which can panic half-way, so a poisoned lock still guards right counts.
    fn requests(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Requests>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Budget {
    /// An empty account with these limits.
    pub fn new(settings: BudgetSettings) -> Self {
        Self {
            account: Arc::new(Account {
                memory: Turns::new("memory", settings.in_flight_bytes_max, By::Bytes),
                requests: Mutex::default(),
                settings,
            }),
        }
    }

    /// Admits one request of a party, with no memory yet. Err: the party has its largest number under way.
    pub fn admit(&self, party: &str) -> Result<Permit, NoRoom> {
        let mut requests = self.account.requests();
        let party: Arc<str> = match requests.get_key_value(party) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::from(party),
        };
        let held = requests.entry(Arc::clone(&party)).or_default();
        if held.all >= self.account.settings.party_requests_max {
            return Err(NoRoom::PartyRequests);
        }
        held.all += 1;
        drop(requests);
        Ok(Permit {
            account: Arc::clone(&self.account),
            party,
            share_bytes: self.account.settings.party_bytes_max,
            widens_above: u64::MAX,
            hands_in: false,
            place: None,
        })
    }

    /// Bytes of budget in use by all together.
    pub fn in_flight_bytes(&self) -> u64 {
        self.account.memory.held()
    }

    /// Requests that wait for memory.
    pub fn waiting(&self) -> usize {
        self.account.memory.waiting()
    }

    /// What each party has in flight; a party that was admitted once stays in the list, with zeros.
    pub fn by_party(&self) -> Vec<(Arc<str>, InFlight)> {
        let requests = self.account.requests();
        let parties = requests.iter().map(|(party, held)| {
            let stand = self.account.memory.of(party);
            let in_flight = InFlight {
                bytes: stand.held,
                requests: held.all,
                waiting: stand.waiting,
            };
            (Arc::clone(party), in_flight)
        });
        parties.collect()
    }
}

/// One admitted request and the memory promised to it; both are given back when it is dropped.
#[derive(Debug)]
pub struct Permit {
    account: Arc<Account>,
    party: Arc<str>,
    /// Bytes of memory that the bodies of the party may take together when this one is among them.
    share_bytes: u64,
    /// Bytes of body above which the share has room for that body.
    widens_above: u64,
    hands_in: bool,
    /// What was promised.
    place: Option<Place>,
}

impl Permit {
    /// The request hands a message in. Err: so many of the party do.
    pub fn hands_in(&mut self) -> Result<(), NoRoom> {
        if self.hands_in {
            return Ok(());
        }
        let mut requests = self.account.requests();
        let held = requests.entry(Arc::clone(&self.party)).or_default();
        if held.hand_ins >= self.account.settings.party_hand_ins_max {
            return Err(NoRoom::PartyRequests);
        }
        held.hand_ins += 1;
        self.hands_in = true;
        Ok(())
    }

    /// The share of the party has room for one body of this many bytes: for a party that may exchange larger messages than others. Never makes it smaller.
    pub fn widen(&mut self, body_bytes: u64) {
        let needed = body_bytes.saturating_mul(self.account.settings.bytes_per_body_byte);
        self.share_bytes = self.share_bytes.max(needed);
    }

    /// The share has room for one body, however large, when its promise is for more than this many bytes, and else is what it is for all: for a party that
    /// may hand in larger messages than others, of which the length is not known yet.
    pub fn widen_above(&mut self, body_bytes: u64) {
        self.widens_above = body_bytes;
    }

    /// Bytes of body up to which the share is what it is for all.
    pub fn widens_above(&self) -> u64 {
        self.widens_above
    }

    /// Makes the promise large enough for a body of this many bytes; never makes it smaller. Who has no promise yet waits for the turn of his party, those who
    /// hand in after the others. Err: no room, and the promise is what it was.
    pub async fn reserve_body(&mut self, body_bytes: u64) -> Result<(), NoRoom> {
        let Some(want) = self.first_want(body_bytes)? else {
            return self.reserve_now(body_bytes);
        };
        let memory = &self.account.memory;
        let patience = Duration::from_secs(self.account.settings.turn_timeout_s);
        let turn = memory.take(&self.party, want);
        let Ok(place) = timeout(patience, turn).await else {
            return Err(memory.short(&self.party, &want).into());
        };
        self.place = Some(place);
        Ok(())
    }

    /// The same, waiting for nothing. What was begun gets more before others begin. Err: no room now, or it is the turn of others.
    pub fn reserve_now(&mut self, body_bytes: u64) -> Result<(), NoRoom> {
        if let Some(want) = self.first_want(body_bytes)? {
            let place = self.account.memory.take_now(&self.party, want)?;
            self.place = Some(place);
            return Ok(());
        }
        let (wanted, share_bytes) = self.wanted(body_bytes);
        match &mut self.place {
            Some(place) if wanted > place.units() => Ok(place.grow(wanted, share_bytes)?),
            _ => Ok(()),
        }
    }

    /// What a request without a promise asks for; none if it has one, or asks for nothing. Err: it would wait for ever.
    fn first_want(&self, body_bytes: u64) -> Result<Option<Want>, NoRoom> {
        let (units, share) = self.wanted(body_bytes);
        if self.place.is_some() || units == 0 {
            return Ok(None);
        }
        if units > share {
            return Err(NoRoom::PartyShare);
        }
        if units > self.account.settings.in_flight_bytes_max {
            return Err(NoRoom::InAll);
        }
        Ok(Some(Want {
            units,
            share,
            bytes: units,
            first: !self.hands_in,
        }))
    }

    /// Bytes of memory for a body, and the share that it counts towards.
    fn wanted(&self, body_bytes: u64) -> (u64, u64) {
        let wanted = body_bytes.saturating_mul(self.account.settings.bytes_per_body_byte);
        let share_bytes = if body_bytes > self.widens_above {
            self.share_bytes.max(wanted)
        } else {
            self.share_bytes
        };
        (wanted, share_bytes)
    }

    /// Bytes of budget promised to this request.
    pub fn bytes(&self) -> u64 {
        self.place.as_ref().map_or(0, Place::units)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut requests = self.account.requests();
        if let Some(held) = requests.get_mut(&self.party) {
            held.all = held.all.saturating_sub(1);
            held.hand_ins = held.hand_ins.saturating_sub(u32::from(self.hands_in));
        }
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn small() -> Budget {
        Budget::new(BudgetSettings {
            in_flight_bytes_max: 1000,
            bytes_per_body_byte: 3,
            party_bytes_max: 600,
            party_requests_max: 3,
            party_hand_ins_max: 2,
            turn_timeout_s: 20,
        })
    }

    #[test]
    fn three_bytes_are_counted_for_each_byte_and_given_back() {
        let budget = small();
        let mut permit = budget.admit("a").unwrap();
        permit.reserve_now(100).unwrap();
        assert_eq!(budget.in_flight_bytes(), 300);
        permit.reserve_now(50).unwrap();
        assert_eq!(permit.bytes(), 300, "a promise never shrinks");
        drop(permit);
        assert_eq!(budget.in_flight_bytes(), 0);
        assert!(is_empty(&budget));
    }

    #[test]
    fn a_body_one_byte_past_the_share_is_refused_and_changes_nothing() {
        let budget = small();
        let mut permit = budget.admit("a").unwrap();
        permit.reserve_now(200).unwrap();
        assert_eq!(permit.reserve_now(201), Err(NoRoom::PartyShare));
        assert_eq!((permit.bytes(), budget.in_flight_bytes()), (600, 600));
    }

    #[test]
    fn what_others_hold_leaves_less_than_the_share() {
        let budget = small();
        let mut first = budget.admit("a").unwrap();
        let mut second = budget.admit("b").unwrap();
        first.reserve_now(200).unwrap();
        assert_eq!(second.reserve_now(134), Err(NoRoom::InAll));
        second.reserve_now(133).unwrap();
    }

    #[test]
    fn one_request_past_the_number_of_a_party_is_refused_and_another_party_is_not() {
        let budget = small();
        let held: Vec<_> = (0..3).map(|_| budget.admit("a").unwrap()).collect();
        assert_eq!(budget.admit("a").unwrap_err(), NoRoom::PartyRequests);
        assert!(budget.admit("b").is_ok());
        drop(held);
        assert!(budget.admit("a").is_ok());
    }

    #[test]
    fn only_a_body_above_the_limit_of_others_widens_the_share() {
        let budget = small();
        let mut held = budget.admit("a").unwrap();
        held.reserve_now(100).unwrap();
        let mut permit = budget.admit("a").unwrap();
        permit.widen_above(150);
        assert_eq!(permit.reserve_now(101), Err(NoRoom::PartyShare));
        permit.reserve_now(100).unwrap();
        assert_eq!(
            permit.reserve_now(300),
            Err(NoRoom::PartyShare),
            "beside the other"
        );
        drop(held);
        permit.reserve_now(300).unwrap();
        assert_eq!(permit.bytes(), 900);
        assert_eq!(permit.reserve_now(334), Err(NoRoom::InAll));
    }

    #[test]
    fn a_body_too_large_to_count_is_refused() {
        let budget = small();
        assert_eq!(
            budget.admit("a").unwrap().reserve_now(u64::MAX),
            Err(NoRoom::PartyShare)
        );
    }

    #[test]
    fn one_message_past_the_queue_of_a_party_is_refused_and_its_reading_is_not() {
        let budget = small();
        let mut held: Vec<_> = (0..2).map(|_| budget.admit("a").unwrap()).collect();
        for permit in &mut held {
            permit.hands_in().unwrap();
            permit.hands_in().expect("it is counted once");
        }
        let mut third = budget.admit("a").expect("it may read");
        assert_eq!(third.hands_in(), Err(NoRoom::PartyRequests));
        third.reserve_now(10).expect("room to read");
        budget.admit("b").unwrap().hands_in().unwrap();
        held.pop();
        third.hands_in().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_room_waits_for_it_and_gets_it_when_it_comes() {
        let budget = small();
        let mut first = budget.admit("a").unwrap();
        first.reserve_body(200).await.unwrap();
        let mut second = budget.admit("a").unwrap();
        let other =
            tokio::spawn(async move { second.reserve_body(1).await.map(|()| second.bytes()) });
        while budget.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(budget.by_party()[0].1.waiting, 1);
        drop(first);
        assert_eq!(other.await.unwrap(), Ok(3));
        assert_eq!((budget.in_flight_bytes(), budget.waiting()), (0, 0));
        assert!(is_empty(&budget));
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_room_within_the_time_is_told_what_he_is_short_of_and_leaves_nothing() {
        let budget = small();
        let mut whole = budget.admit("a").unwrap();
        whole.reserve_body(200).await.unwrap();
        let mut own = budget.admit("a").unwrap();
        assert_eq!(own.reserve_body(1).await, Err(NoRoom::PartyShare));
        let mut other = budget.admit("b").unwrap();
        assert_eq!(other.reserve_body(134).await, Err(NoRoom::InAll));
        assert_eq!((budget.in_flight_bytes(), budget.waiting()), (600, 0));
        other.reserve_body(133).await.unwrap();
        assert_eq!(
            other.reserve_body(134).await,
            Err(NoRoom::InAll),
            "who has some and wants more does not wait: others may wait for what he has"
        );
    }

    #[tokio::test]
    async fn a_party_reads_although_its_messages_wait() {
        let budget = small();
        let mut whole = budget.admit("a").unwrap();
        whole.reserve_now(190).unwrap();
        let mut hands_in = budget.admit("a").unwrap();
        hands_in.hands_in().unwrap();
        let hands_in = tokio::spawn(async move { hands_in.reserve_body(20).await });
        while budget.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        let mut reads = budget.admit("a").unwrap();
        reads.reserve_now(10).expect("its share has room for it");
        drop((whole, reads));
        assert_eq!(hands_in.await.unwrap(), Ok(()));
    }

    fn is_empty(budget: &Budget) -> bool {
        budget
            .by_party()
            .iter()
            .all(|(_, held)| *held == InFlight::default())
    }

    #[derive(Clone, Debug)]
    enum Step {
        Admit(u8),
        Reserve(usize, u64),
        Drop(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u8..4).prop_map(Step::Admit),
            (any::<usize>(), 0u64..400).prop_map(|(permit, bytes)| Step::Reserve(permit, bytes)),
            any::<usize>().prop_map(Step::Drop),
        ]
    }

    proptest! {
        #[test]
        fn it_never_leaks_never_goes_negative_and_never_passes_a_limit(steps in prop::collection::vec(step(), 0..200)) {
            let budget = small();
            let mut permits: Vec<Permit> = Vec::new();
            for step in steps {
                match step {
                    Step::Admit(party) => permits.extend(budget.admit(&party.to_string())),
                    Step::Reserve(at, bytes) if !permits.is_empty() => {
                        let at = at % permits.len();
                        let before = permits[at].bytes();
                        let answer = permits[at].reserve_now(bytes);
                        prop_assert!(answer.is_ok() || permits[at].bytes() == before);
                        prop_assert!(answer.is_err() || permits[at].bytes() >= bytes * 3);
                    }
                    Step::Drop(at) if !permits.is_empty() => drop(permits.swap_remove(at % permits.len())),
                    Step::Reserve(..) | Step::Drop(_) => {}
                }
                prop_assert_eq!(budget.in_flight_bytes(), permits.iter().map(Permit::bytes).sum::<u64>());
                prop_assert!(budget.in_flight_bytes() <= 1000);
                for (party, held) in budget.by_party() {
                    let own = permits.iter().filter(|permit| permit.party == party);
                    prop_assert_eq!(held.bytes, own.clone().map(Permit::bytes).sum::<u64>());
                    prop_assert_eq!(held.requests as usize, own.count());
                    prop_assert_eq!(held.waiting, 0);
                    prop_assert!(held.bytes <= 600 && held.requests <= 3);
                }
            }
            drop(permits);
            prop_assert_eq!(budget.in_flight_bytes(), 0);
            prop_assert!(is_empty(&budget));
        }
    }

    #[test]
    fn many_threads_leave_the_account_empty() {
        let budget = small();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let budget = budget.clone();
                scope.spawn(move || {
                    for round in 0..500u64 {
                        if let Ok(mut permit) =
                            budget.admit(if thread % 2 == 0 { "a" } else { "b" })
                        {
                            let _ = permit.reserve_now(round % 150);
                            assert!(budget.in_flight_bytes() <= 1000);
                        }
                    }
                });
            }
        });
        assert_eq!(budget.in_flight_bytes(), 0);
        assert!(is_empty(&budget));
    }
}
