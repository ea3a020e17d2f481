//! The committer: one thread that gathers what waits into a group, makes the group durable, applies it to the views and only then answers.
//! While one group is on its way to the disk the next one gathers. It decides nothing: what it is given is already judged, and locks travel with it.
//!
//! What takes long is done before or in pieces, so that a large submission holds up no small one: its parts are sealed and written by who hands it in, and its
//! rows come into the views between the groups of others.

mod group;
mod long;
mod submission;
#[cfg(test)]
mod tests;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::bell::Bell;
use super::pseudonym::Outer;
use super::{LedgerError, blocking};
use crate::clock::Clock;
use crate::store::{Journal, Position, SetAside, StoreError, Views};
use group::{Answer, Waiting, Work};
use long::Pieces;
pub(crate) use submission::{Also, Submission};

/// What ends the process: called with the error once; nothing can be promised after it.
pub type OnFatal = Arc<dyn Fn(&LedgerError) + Send + Sync>;

/// The committer and its thread.
pub(crate) struct Committer {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    outer: Outer,
    queue: Mutex<Option<Sender<Waiting>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for Committer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Committer")
    }
}

impl Committer {
    /// Starts the thread. `on_fatal` is called on it when nothing can be promised any more. Err: the operating system gives no thread.
    pub(crate) fn start(
        journal: Arc<dyn Journal>,
        views: Arc<dyn Views>,
        clock: Arc<dyn Clock>,
        outer: Outer,
        bell: Arc<Bell>,
        on_fatal: OnFatal,
    ) -> Result<Self, LedgerError> {
        let (queue, waiting) = mpsc::channel();
        let work = Work {
            journal: Arc::clone(&journal),
            views,
            clock: Arc::clone(&clock),
            outer: outer.clone(),
            bell,
        };
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || {
                let ended = catch_unwind(AssertUnwindSafe(|| work.run(&waiting)));
                match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => on_fatal(&error),
                    Err(_) => on_fatal(&LedgerError::Stopped),
                }
            })
            .map_err(|_| LedgerError::NoMeans { what: "thread" })?;
        Ok(Self {
            journal,
            clock,
            outer,
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// One that takes nothing, of a ledger that is only read.
    pub(crate) fn ended(journal: Arc<dyn Journal>, clock: Arc<dyn Clock>, outer: Outer) -> Self {
        Self {
            journal,
            clock,
            outer,
            queue: Mutex::new(None),
            thread: Mutex::new(None),
        }
    }

    /// Hands a record in and waits until it is durable and applied. Gives its position and its time.
    /// Err: nothing was recorded; but of [`LedgerError::Unsettled`] it may be durable, and the process ends.
    pub(crate) async fn commit(
        &self,
        submission: Submission,
    ) -> Result<(Position, Timestamp), LedgerError> {
        let (answer, answered) = oneshot::channel();
        let waiting = if submission.takes_long() {
            let (journal, outer) = (Arc::clone(&self.journal), self.outer.clone());
            let now = self.clock.now();
            blocking(move || Ok(made_ready(submission, &*journal, &outer, now, answer)?)).await?
        } else {
            Waiting {
                with_content: submission.with_content(),
                also_aside: submission.also.iter().map(|_| None).collect(),
                submission,
                aside: None,
                pieces: None,
                answer,
            }
        };
        {
            let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            let queue = queue.as_ref().ok_or(LedgerError::Stopped)?;
            queue.send(waiting).map_err(|_| LedgerError::Stopped)?;
        }
        answered.await.map_err(|_| LedgerError::Unsettled)?
    }

    /// Ends the thread after everything handed in is durable and answered.
    pub(crate) fn stop(&self) {
        drop(
            self.queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of the thread was told through `on_fatal` already.
            let _ = thread.join();
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Does what takes long of a submission: large bodies are written before it joins a group, and its rows are brought into the order in which they are applied.
/// Err: a body could not be written.
fn made_ready(
    mut submission: Submission,
    journal: &dyn Journal,
    outer: &Outer,
    now: Timestamp,
    answer: oneshot::Sender<Answer>,
) -> Result<Waiting, StoreError> {
    let with_content = submission.with_content();
    let pieces = Pieces::of(&mut submission, outer);
    let mut aside = None;
    if submission.is_large() {
        aside = Some(journal.set_aside(submission.entry(now))?);
    }
    let mut also_aside: Vec<Option<SetAside>> = Vec::with_capacity(submission.also.len());
    for also in &mut submission.also {
        also_aside.push(if also.is_large() {
            Some(journal.set_aside(also.entry(now))?)
        } else {
            None
        });
    }
    Ok(Waiting {
        submission,
        with_content,
        aside,
        also_aside,
        pieces,
        answer,
    })
}
