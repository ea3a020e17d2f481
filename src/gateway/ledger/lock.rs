//! Locks by name: whoever looks at history and then adds to it holds the lock from the first look until what it added is durable *and* applied, so nobody
//! reads an effect that could vanish and no two of the same message are taken.
//!
//! Order, always: scope, then identities (by stripe), then thread. The scope comes first because it is the one that is busy for long: who waits for it holds
//! nothing that a message of other parties needs. A lock is a stripe chosen by the name's pseudonym: two names may share one, which costs a short wait and
//! nothing else; in return the locks take a fixed room.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// The name of a lock: a pseudonym in the form that views hold.
pub(crate) type Name = [u8; 16];

/// Stripes of each set. Far more than messages under way, so that strangers seldom wait for each other.
const STRIPES: usize = 4096;

/// The three sets of locks.
pub(crate) struct Locks {
    identities: Vec<Arc<Mutex<()>>>,
    threads: Vec<Arc<Mutex<()>>>,
    scopes: Vec<Arc<Mutex<()>>>,
}

/// What one taker holds; freed when dropped.
#[derive(Default)]
pub(crate) struct Held(Vec<OwnedMutexGuard<()>>);

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Locks({} stripes)", self.identities.len())
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({})", self.0.len())
    }
}

impl Locks {
    pub(crate) fn new() -> Self {
        let stripes = || (0..STRIPES).map(|_| Arc::new(Mutex::new(()))).collect();
        Self {
            identities: stripes(),
            threads: stripes(),
            scopes: stripes(),
        }
    }

    /// No locks at all: only to show that the tests of duplicates notice.
    #[cfg(test)]
    pub(crate) fn absent() -> Self {
        Self {
            identities: Vec::new(),
            threads: Vec::new(),
            scopes: Vec::new(),
        }
    }

    /// All locks of a message that is handed in: the scope whose past it reads and changes, its identity and that of the answer which may be made to it, and
    /// its thread (named by the identity of the question).
    pub(crate) async fn message(
        &self,
        identities: &[Name],
        thread: Name,
        scope: Option<Name>,
    ) -> Held {
        let mut held = Held::default();
        if let Some(scope) = scope {
            held.0.extend(take(&self.scopes, place(scope)).await);
        }
        let mut places: Vec<_> = identities.iter().copied().map(place).collect();
        // Two names may share a stripe, which is taken once; and everybody takes stripes in one order.
        places.sort_unstable();
        places.dedup();
        for place in places {
            held.0.extend(take(&self.identities, place).await);
        }
        held.0.extend(take(&self.threads, place(thread)).await);
        held
    }

    /// The lock of one scope alone.
    pub(crate) async fn scope(&self, scope: Name) -> Held {
        let taken = take(&self.scopes, place(scope)).await;
        Held(taken.into_iter().collect())
    }

    /// The lock of one identity alone.
    pub(crate) async fn identity(&self, identity: Name) -> Held {
        let taken = take(&self.identities, place(identity)).await;
        Held(taken.into_iter().collect())
    }

    /// Whether somebody holds the lock of this thread.
    #[cfg(test)]
    pub(crate) fn is_held(&self, thread: Name) -> bool {
        let stripe = self.threads.get(place(thread));
        stripe.is_some_and(|stripe| stripe.try_lock().is_err())
    }

    /// The lock of a thread alone.
    pub(crate) async fn thread(&self, thread: Name) -> Held {
        let taken = take(&self.threads, place(thread)).await;
        Held(taken.into_iter().collect())
    }
}

fn place(name: Name) -> usize {
    usize::try_from(u128::from_be_bytes(name) % STRIPES as u128).unwrap_or_default()
}

async fn take(stripes: &[Arc<Mutex<()>>], place: usize) -> Option<OwnedMutexGuard<()>> {
    let stripe = Arc::clone(stripes.get(place)?);
    Some(stripe.lock_owned().await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lock_is_held_until_what_was_taken_is_dropped() {
        let locks = Locks::new();
        let held = locks
            .message(&[[1; 16], [3; 16], [1; 16]], [2; 16], Some([4; 16]))
            .await;
        assert_eq!(held.0.len(), 4, "one name twice is one lock");
        let waiting = locks.thread([2; 16]);
        tokio::pin!(waiting);
        assert!(
            futures_ready(&mut waiting).await.is_none(),
            "the thread is taken"
        );
        let other = locks.thread([1; 16]).await;
        assert_eq!(other.0.len(), 1, "an identity lock does not hold a thread");
        drop(held);
        assert_eq!(waiting.await.0.len(), 1);
    }

    #[tokio::test]
    async fn who_waits_for_a_busy_scope_holds_nothing_that_another_scope_needs() {
        let locks = Locks::new();
        let (busy, other) = ([1; 16], [2; 16]);
        let (identities, thread) = ([[3; 16]], [4; 16]);
        let working = locks.message(&[[5; 16]], [6; 16], Some(busy)).await;
        let waiting = locks.message(&identities, thread, Some(busy));
        tokio::pin!(waiting);
        assert!(futures_ready(&mut waiting).await.is_none());
        // The stripes of its identity and its thread, for whoever has the same ones.
        let stranger = locks.message(&identities, thread, Some(other));
        tokio::pin!(stranger);
        let stranger = futures_ready(&mut stranger).await;
        assert_eq!(stranger.map(|held| held.0.len()), Some(3));
        assert!(futures_ready(&mut waiting).await.is_none());
        drop(working);
        assert_eq!(waiting.await.0.len(), 3);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn whatever_locks_messages_share_none_waits_for_ever_and_none_holds_what_another_holds() {
        use std::sync::atomic::{AtomicBool, Ordering};
        let locks = Arc::new(Locks::new());
        let taken: Arc<Vec<AtomicBool>> =
            Arc::new((0..12).map(|_| AtomicBool::new(false)).collect());
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..8_u64 {
            let (locks, taken) = (Arc::clone(&locks), Arc::clone(&taken));
            tasks.spawn(async move {
                let mut random = task;
                let mut next = |of: u64| {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(task | 1);
                    (random >> 33) % of
                };
                let name = |number: u64| u128::from(number).to_be_bytes();
                for round in 0..2000 {
                    // Few names, so that every order of wanting them comes up; in each set the same numbers.
                    let (one, other, thread, scope) = (next(4), next(4), next(4), next(4));
                    let identities = [name(one), name(other)];
                    let scope_name = (round % 5 > 0).then(|| name(scope));
                    let held = locks.message(&identities, name(thread), scope_name).await;
                    let mut places = vec![one, other, 4 + thread];
                    places.extend(scope_name.map(|_| 8 + scope));
                    places.sort_unstable();
                    places.dedup();
                    for place in &places {
                        let before = taken[usize::try_from(*place).expect("small")]
                            .swap(true, Ordering::SeqCst);
                        assert!(!before, "two hold lock {place}");
                    }
                    tokio::task::yield_now().await;
                    for place in &places {
                        taken[usize::try_from(*place).expect("small")]
                            .store(false, Ordering::SeqCst);
                    }
                    drop(held);
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("no panic");
        }
    }

    async fn futures_ready<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(
            |context| match std::pin::Pin::new(&mut *future).poll(context) {
                std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
                std::task::Poll::Pending => std::task::Poll::Ready(None),
            },
        )
        .await
    }
}
