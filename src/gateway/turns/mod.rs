//! Turns: something of which there is only so much (memory, lanes, connections) is handed out to parties in turns, so that one that asks for much waits for
//! itself and not others for it. Who finds room and nobody waiting has it at once; the order of those who wait is that of [`queue`], which knows no waiting.

mod queue;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

pub(crate) use queue::{By, Short, Want};
use queue::{Queue, Ticket};

/// What is handed out. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// What it is, in figures.
    of: &'static str,
    queue: Mutex<Queue<oneshot::Sender<()>>>,
}

/// What one request was given; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    shared: Arc<Shared>,
    party: Arc<str>,
    units: u64,
}

/// What a party has, and how many of its requests wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stand {
    pub(crate) held: u64,
    pub(crate) waiting: usize,
}

impl Turns {
    /// So many units of something, which figures call so.
    pub(crate) fn new(of: &'static str, units: u64, by: By) -> Self {
        Self {
            shared: Arc::new(Shared {
                of,
                queue: Mutex::new(Queue::new(units, by)),
            }),
        }
    }

    /// Waits for the turn of a party; who goes away before gives up its place in the queue. What asks for more than there is, or than its share, would wait for
    /// ever: the caller asks for no more.
    pub(crate) async fn take(&self, party: &str, want: Want) -> Place {
        let (waits, given) = match self.begin(party, want) {
            Ok(place) => return place,
            Err(waits) => waits,
        };
        let _counted = Counted::waiting(self.shared.of);
        let since = Instant::now();
        // Its other end is dropped unused by this very wait only.
        let _ = given.await;
        metrics::histogram!("knooppunt_turn_wait_seconds", "for" => self.shared.of)
            .record(since.elapsed());
        waits.over()
    }

    /// The same for who does not wait. Err: it is not its turn, by what it is short of.
    pub(crate) fn take_now(&self, party: &str, want: Want) -> Result<Place, Short> {
        match self.begin(party, want) {
            Ok(place) => Ok(place),
            Err((waits, mut given)) => match given.try_recv() {
                Ok(()) => Ok(waits.over()),
                Err(_) => Err(self.short(party, &want)),
            },
        }
    }

    /// A place at once, or one in the queue, of which the turn may have come already.
    fn begin(&self, party: &str, want: Want) -> Result<Place, (Waits, oneshot::Receiver<()>)> {
        let mut queue = self.shared.queue();
        let party = queue.name(party);
        if queue.take(&party, &want) {
            return Ok(self.place(party, want.units));
        }
        let (tell, given) = oneshot::channel();
        let ticket = queue.join(party, want, tell);
        Shared::serve(&mut queue);
        let waits = Waits {
            turns: self.clone(),
            ticket,
            is_over: false,
        };
        Err((waits, given))
    }

    fn place(&self, party: Arc<str>, units: u64) -> Place {
        Place {
            shared: Arc::clone(&self.shared),
            party,
            units,
        }
    }

    /// What a request of a party is short of now, if it does not get what it wants.
    pub(crate) fn short(&self, party: &str, want: &Want) -> Short {
        self.shared.queue().short(party, want)
    }

    /// Units that are handed out.
    pub(crate) fn held(&self) -> u64 {
        self.shared.queue().held()
    }

    /// Requests that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.queue().waiting()
    }

    /// What a party has.
    pub(crate) fn of(&self, party: &str) -> Stand {
        self.shared.queue().of(party)
    }
}

impl Shared {
    /// Counts do not half change: a poisoned lock guards right ones.
    fn queue(&self) -> MutexGuard<'_, Queue<oneshot::Sender<()>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody whose turn has come. One that went away meanwhile gives back what it was given.
    fn serve(queue: &mut Queue<oneshot::Sender<()>>) {
        while let Some(tell) = queue.next() {
            let _ = tell.send(());
        }
    }
}

impl Place {
    /// Units that it is.
    pub(crate) fn units(&self) -> u64 {
        self.units
    }

    /// Makes it so many units, without waiting: what was begun ends before what waits to begin. Never makes it smaller. `share`: what the party may hold with
    /// it. Err: there is no room, and it is what it was.
    pub(crate) fn grow(&mut self, units: u64, share: u64) -> Result<(), Short> {
        let more = units.saturating_sub(self.units);
        self.shared.queue().grow(&self.party, more, share)?;
        self.units += more;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut queue = self.shared.queue();
        queue.give_back(&self.party, self.units);
        Shared::serve(&mut queue);
    }
}

/// One that waits, until its turn has come or it goes away.
struct Waits {
    turns: Turns,
    ticket: Ticket,
    is_over: bool,
}

impl Waits {
    /// Its turn has come.
    fn over(mut self) -> Place {
        self.is_over = true;
        self.turns
            .place(Arc::clone(&self.ticket.party), self.ticket.units)
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let mut queue = self.turns.shared.queue();
        if !queue.leave(&self.ticket) {
            // Its turn came while it went away.
            queue.give_back(&self.ticket.party, self.ticket.units);
        }
        Shared::serve(&mut queue);
    }
}

/// One that waits, in figures.
struct Counted(&'static str);

impl Counted {
    fn waiting(of: &'static str) -> Self {
        metrics::gauge!("knooppunt_waiting", "for" => of).increment(1);
        Self(of)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("knooppunt_waiting", "for" => self.0).decrement(1);
    }
}
