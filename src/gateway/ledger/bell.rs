//! Who waits for something new in a mailbox, or for a refusal that is to be told, is told when it is durable and applied. It tells that there is something, not what.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::events::{DeliveryTurn, Event};

/// One who waits.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    rung: Notify,
    /// Something behind what he has seen is to be looked at again.
    again: AtomicBool,
}

impl Listener {
    /// Waits until there may be something new; at once when there was since the last wait.
    pub(crate) async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Whether what he has seen is to be looked at again; asked once.
    pub(crate) fn is_again(&self) -> bool {
        self.again.swap(false, Ordering::AcqRel)
    }

    /// Wakes him.
    pub(crate) fn ring(&self) {
        self.rung.notify_one();
    }

    /// Wakes him, to look at everything again.
    pub(crate) fn ring_again(&self) {
        self.again.store(true, Ordering::Release);
        self.rung.notify_one();
    }
}

/// Somebody who waits is to be told.
pub(super) struct Told {
    code: String,
    again: bool,
}

/// Listeners by the code whose mailbox they wait for, or the name of a party.
#[derive(Default)]
pub(crate) struct Bell {
    by_code: Mutex<HashMap<String, Vec<Arc<Listener>>>>,
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bell({} codes)", self.by_code().len())
    }
}

impl Bell {
    /// From now on the listener is told of what comes for the code.
    pub(crate) fn listen(&self, code: &str, listener: &Arc<Listener>) {
        let mut by_code = self.by_code();
        let listeners = by_code.entry(code.to_owned()).or_default();
        if !listeners.iter().any(|known| Arc::ptr_eq(known, listener)) {
            listeners.push(Arc::clone(listener));
        }
    }

    /// The listener is told of nothing any more.
    pub(crate) fn hush(&self, listener: &Arc<Listener>) {
        self.by_code().retain(|_, listeners| {
            listeners.retain(|known| !Arc::ptr_eq(known, listener));
            !listeners.is_empty()
        });
    }

    /// Who is to be told of an event when it is durable and applied; `None`: nobody waits for it.
    pub(super) fn of(&self, event: &Event) -> Option<Told> {
        let (code, again) = if let Event::Received(received) = event {
            (&received.receiver, false)
        } else if let Event::Returned(returned) = event
            && let Some(tell) = &returned.tell
        {
            (tell, false)
        } else if let Event::Delivery(delivery) = event
            && delivery.turn != DeliveryTurn::Dead
        {
            (&delivery.receiver, true)
        } else {
            return None;
        };
        self.by_code().contains_key(code).then(|| Told {
            code: code.clone(),
            again,
        })
    }

    /// These are durable and applied.
    pub(super) fn ring(&self, told: Vec<Told>) {
        let by_code = self.by_code();
        for Told { code, again } in told {
            for listener in by_code.get(&code).into_iter().flatten() {
                if again {
                    listener.ring_again();
                } else {
                    listener.ring();
                }
            }
        }
    }

    /// All that was applied can be seen from here on, also what came in while something long was being applied.
    pub(super) fn ring_all(&self) {
        for listener in self.by_code().values().flatten() {
            listener.ring();
        }
    }

    fn by_code(&self) -> MutexGuard<'_, HashMap<String, Vec<Arc<Listener>>>> {
        self.by_code.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
