//! The committer: one thread that gathers what waits into a group, makes the group durable, applies it to the views and only then answers.
//! While one group is on its way to the disk the next one gathers. It decides nothing: what it is given is already judged, and locks travel with it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::LedgerError;
use super::effect::Effect;
use super::events::Event;
use super::lock::Held;
use super::pseudonym::Outer;
use super::views;
use crate::clock::Clock;
use crate::store::{Appended, Batch, Entry, Journal, KeyId, PartKind, Position, Views};

/// Most submissions in one group.
const GROUP_MAX: usize = 512;
/// Most bytes of parts in one group: keeps a group of large bodies from holding up everybody.
const GROUP_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What ends the process: called with the error once; nothing can be promised after it.
pub type OnFatal = Arc<dyn Fn(&LedgerError) + Send + Sync>;

/// One record to be, on its way to the journal.
pub(crate) struct Submission {
    pub(crate) event: Event,
    pub(crate) effect: Option<Effect>,
    pub(crate) body: Option<bytes::Bytes>,
    pub(crate) erases: Vec<KeyId>,
    /// Freed after the record is durable and applied, also when the one who waits for the answer has gone away.
    pub(crate) held: Held,
}

impl Submission {
    /// A record without parts.
    pub(crate) fn fact(event: Event, held: Held) -> Self {
        Self {
            event,
            effect: None,
            body: None,
            erases: Vec::new(),
            held,
        }
    }

    fn bytes(&self) -> usize {
        self.body.as_ref().map_or(0, bytes::Bytes::len)
    }
}

struct Waiting {
    submission: Submission,
    answer: oneshot::Sender<Result<(Position, Timestamp), LedgerError>>,
}

/// The committer and its thread.
pub(crate) struct Committer {
    queue: Mutex<Option<Sender<Waiting>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for Committer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Committer")
    }
}

struct Work {
    journal: Arc<dyn Journal>,
    views: Arc<dyn Views>,
    clock: Arc<dyn Clock>,
    outer: Outer,
}

impl Committer {
    /// Starts the thread. `on_fatal` is called on it when nothing can be promised any more. Err: the operating system gives no thread.
    pub(crate) fn start(
        journal: Arc<dyn Journal>,
        views: Arc<dyn Views>,
        clock: Arc<dyn Clock>,
        outer: Outer,
        on_fatal: OnFatal,
    ) -> Result<Self, LedgerError> {
        let (queue, waiting) = mpsc::channel();
        let work = Work {
            journal,
            views,
            clock,
            outer,
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
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Hands a record in and waits until it is durable and applied. Gives its position and its time.
    /// Err: it may or may not be durable; the process ends.
    pub(crate) async fn commit(
        &self,
        submission: Submission,
    ) -> Result<(Position, Timestamp), LedgerError> {
        let (answer, answered) = oneshot::channel();
        {
            let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            let queue = queue.as_ref().ok_or(LedgerError::Stopped)?;
            queue
                .send(Waiting { submission, answer })
                .map_err(|_| LedgerError::Stopped)?;
        }
        answered.await.map_err(|_| LedgerError::Stopped)?
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

impl Work {
    fn run(&self, waiting: &Receiver<Waiting>) -> Result<(), LedgerError> {
        while let Ok(first) = waiting.recv() {
            let mut bytes = first.submission.bytes();
            let mut group = vec![first];
            while group.len() < GROUP_MAX
                && bytes < GROUP_BYTES_MAX
                && let Ok(next) = waiting.try_recv()
            {
                bytes += next.submission.bytes();
                group.push(next);
            }
            self.commit(group)?;
        }
        Ok(())
    }

    fn commit(&self, group: Vec<Waiting>) -> Result<(), LedgerError> {
        let time = self.clock.now();
        let mut entries = Vec::with_capacity(group.len());
        let mut rest = Vec::with_capacity(group.len());
        for Waiting { submission, answer } in group {
            let Submission {
                event,
                effect,
                body,
                erases,
                held,
            } = submission;
            let mut parts = Vec::new();
            if let Some(body) = body {
                // Without a copy: by now nobody else holds the body.
                parts.push((PartKind::Body, Vec::from(body)));
            }
            if let Some(effect) = &effect {
                parts.push((PartKind::Effect, effect.encode()));
            }
            entries.push(Entry {
                time,
                event: event.encode(),
                parts,
                erases,
            });
            rest.push((event, effect, held, answer));
        }
        let (records, begun) = (rest.len(), Instant::now());
        let appended = match self.journal.append(entries) {
            Ok(appended) => appended,
            Err(error) if error.fatal() => return Err(error.into()),
            Err(error) => {
                // Nothing was written (a full disk, for one): those who wait are told, and the next group may fare better.
                let error = LedgerError::from(error);
                for (_, _, held, answer) in rest {
                    drop(held);
                    let _ = answer.send(Err(error.clone()));
                }
                return Ok(());
            }
        };
        let durable = begun.elapsed();
        let mut batch = Batch::default();
        let mut next = None;
        for ((event, effect, ..), Appended { position, time, .. }) in rest.iter().zip(&appended) {
            batch.extend(views::rows(
                *position,
                *time,
                event,
                effect.as_ref(),
                &self.outer,
            ));
            next = Some(Position(position.0 + 1));
        }
        if let Some(next) = next {
            self.views.apply(next, batch)?;
        }
        seen(records, durable, begun.elapsed().saturating_sub(durable));
        for ((_, _, held, answer), Appended { position, time, .. }) in
            rest.into_iter().zip(appended)
        {
            drop(held);
            // The one who asked may have gone away; the record stands all the same.
            let _ = answer.send(Ok((position, time)));
        }
        Ok(())
    }
}

/// Figures of one group: how many records, how long until they were durable, how long until the views had them.
fn seen(records: usize, durable: Duration, applied: Duration) {
    let records_seen = u32::try_from(records).unwrap_or(u32::MAX);
    metrics::histogram!("knooppunt_group_records").record(f64::from(records_seen));
    metrics::histogram!("knooppunt_journal_append_seconds").record(durable.as_secs_f64());
    metrics::histogram!("knooppunt_views_apply_seconds").record(applied.as_secs_f64());
}
