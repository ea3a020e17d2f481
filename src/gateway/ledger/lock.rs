//! Locks by name: whoever looks at history and then adds to it holds the lock from the first look until what it added is durable *and* applied, so nobody
//! reads an effect that could vanish and no two of the same message are taken.
//!
//! Order, always: identities (by stripe), then thread, then scope. A lock is a stripe chosen by the name's pseudonym: two names may share one, which costs a short wait and nothing else;
//! in return the locks take a fixed room.

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

    /// All locks of a message that is handed in: its identity and that of the answer which may be made to it, its thread (named by the identity of the
    /// question), and the scope whose past it reads and changes.
    pub(crate) async fn message(
        &self,
        identities: &[Name],
        thread: Name,
        scope: Option<Name>,
    ) -> Held {
        let mut held = Held::default();
        let mut places: Vec<_> = identities.iter().copied().map(place).collect();
        // Two names may share a stripe, which is taken once; and everybody takes stripes in one order.
        places.sort_unstable();
        places.dedup();
        for place in places {
            held.0.extend(take(&self.identities, place).await);
        }
        held.0.extend(take(&self.threads, place(thread)).await);
        if let Some(scope) = scope {
            held.0.extend(take(&self.scopes, place(scope)).await);
        }
        held
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
