//! Memory for bodies in flight, handed out before a body is read: so much in all, so much a party, so many requests a party.
//! It counts promises and allocates nothing; who reads a body keeps its [`Permit`] for as long as the body or what was made of it lives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

crate::settings! {
    /// How much may be in flight.
    pub struct BudgetSettings {
        /// Bytes of memory that all bodies in flight may take together: 1 GiB.
        pub in_flight_bytes_max: u64 = 1 << 30,
        /// Bytes of memory counted for each byte of a body: the body, its tree, and what is written of it.
        pub bytes_per_body_byte: u64 = 3,
        /// Bytes of memory that the bodies of one party may take together: 256 MiB, room for three messages of the largest size.
        pub party_bytes_max: u64 = 256 << 20,
        /// Requests of one party that may be under way at the same time.
        pub party_requests_max: u32 = 64,
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

/// What one party has in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InFlight {
    /// Bytes of budget.
    pub bytes: u64,
    /// Requests under way.
    pub requests: u32,
}

/// The budget of the process. Clones share one account.
#[derive(Clone, Debug)]
pub struct Budget {
    account: Arc<Account>,
}

#[derive(Debug)]
struct Account {
    settings: BudgetSettings,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    bytes: u64,
    parties: BTreeMap<Arc<str>, InFlight>,
}

impl Account {
    /// The book is only additions and subtractions, none of which can panic half-way, so a poisoned lock still guards a right book.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Budget {
    /// An empty account with these limits.
    pub fn new(settings: BudgetSettings) -> Self {
        Self {
            account: Arc::new(Account {
                settings,
                book: Mutex::default(),
            }),
        }
    }

    /// Admits one request of a party, with no memory yet. Err: the party has its largest number under way.
    pub fn admit(&self, party: &str) -> Result<Permit, NoRoom> {
        let mut book = self.account.book();
        let party: Arc<str> = match book.parties.get_key_value(party) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::from(party),
        };
        let held = book.parties.entry(Arc::clone(&party)).or_default();
        if held.requests >= self.account.settings.party_requests_max {
            return Err(NoRoom::PartyRequests);
        }
        held.requests += 1;
        drop(book);
        Ok(Permit {
            account: Arc::clone(&self.account),
            party,
            share_bytes: self.account.settings.party_bytes_max,
            widens_above: u64::MAX,
            bytes: 0,
        })
    }

    /// Bytes of budget in use by all together.
    pub fn in_flight_bytes(&self) -> u64 {
        self.account.book().bytes
    }

    /// What each party has in flight; a party that was admitted once stays in the list, with zeros.
    pub fn by_party(&self) -> Vec<(Arc<str>, InFlight)> {
        self.account
            .book()
            .parties
            .iter()
            .map(|(party, held)| (Arc::clone(party), *held))
            .collect()
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
    bytes: u64,
}

impl Permit {
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

    /// Makes the promise large enough for a body of this many bytes; never makes it smaller.
    /// Err: no room, and the promise is what it was.
    pub fn reserve_body(&mut self, body_bytes: u64) -> Result<(), NoRoom> {
        let settings = &self.account.settings;
        let wanted = body_bytes.saturating_mul(settings.bytes_per_body_byte);
        let more = wanted.saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        let share_bytes = if body_bytes > self.widens_above {
            self.share_bytes.max(wanted)
        } else {
            self.share_bytes
        };
        let mut book = self.account.book();
        let held = book.parties.get(&self.party).copied().unwrap_or_default();
        if held.bytes.saturating_add(more) > share_bytes {
            return Err(NoRoom::PartyShare);
        }
        if book.bytes.saturating_add(more) > settings.in_flight_bytes_max {
            return Err(NoRoom::InAll);
        }
        book.bytes += more;
        book.parties
            .entry(Arc::clone(&self.party))
            .or_default()
            .bytes += more;
        self.bytes = wanted;
        Ok(())
    }

    /// Bytes of budget promised to this request.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut book = self.account.book();
        book.bytes = book.bytes.saturating_sub(self.bytes);
        if let Some(held) = book.parties.get_mut(&self.party) {
            held.bytes = held.bytes.saturating_sub(self.bytes);
            held.requests = held.requests.saturating_sub(1);
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
        })
    }

    #[test]
    fn three_bytes_are_counted_for_each_byte_and_given_back() {
        let budget = small();
        let mut permit = budget.admit("a").unwrap();
        permit.reserve_body(100).unwrap();
        assert_eq!(budget.in_flight_bytes(), 300);
        permit.reserve_body(50).unwrap();
        assert_eq!(permit.bytes(), 300, "a promise never shrinks");
        drop(permit);
        assert_eq!(budget.in_flight_bytes(), 0);
        assert!(is_empty(&budget));
    }

    #[test]
    fn a_body_one_byte_past_the_share_is_refused_and_changes_nothing() {
        let budget = small();
        let mut permit = budget.admit("a").unwrap();
        permit.reserve_body(200).unwrap();
        assert_eq!(permit.reserve_body(201), Err(NoRoom::PartyShare));
        assert_eq!((permit.bytes(), budget.in_flight_bytes()), (600, 600));
    }

    #[test]
    fn what_others_hold_leaves_less_than_the_share() {
        let budget = small();
        let mut first = budget.admit("a").unwrap();
        let mut second = budget.admit("b").unwrap();
        first.reserve_body(200).unwrap();
        assert_eq!(second.reserve_body(134), Err(NoRoom::InAll));
        second.reserve_body(133).unwrap();
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
        held.reserve_body(100).unwrap();
        let mut permit = budget.admit("a").unwrap();
        permit.widen_above(150);
        assert_eq!(permit.reserve_body(101), Err(NoRoom::PartyShare));
        permit.reserve_body(100).unwrap();
        assert_eq!(
            permit.reserve_body(300),
            Err(NoRoom::PartyShare),
            "beside the other"
        );
        drop(held);
        permit.reserve_body(300).unwrap();
        assert_eq!(permit.bytes(), 900);
        assert_eq!(permit.reserve_body(334), Err(NoRoom::InAll));
    }

    #[test]
    fn a_body_too_large_to_count_is_refused() {
        let budget = small();
        assert_eq!(
            budget.admit("a").unwrap().reserve_body(u64::MAX),
            Err(NoRoom::PartyShare)
        );
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
                        let answer = permits[at].reserve_body(bytes);
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
                            let _ = permit.reserve_body(round % 150);
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
