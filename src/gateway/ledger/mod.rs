//! What happened to messages: events in the journal, their effects, and the views that questions are answered from.
//!
//! The ledger makes records and reads them back; it does not check messages (intake does) and does not know HTTP or the register. Every record is made by
//! [`Ledger`]'s committer, in groups, durable and applied before anybody is answered.

mod as_of;
mod bell;
mod carried;
mod commit;
mod damage;
mod delivery;
mod effect;
mod endpoint;
mod events;
mod findings;
mod forget;
mod held;
mod id;
mod index;
mod kind;
mod lock;
mod look;
mod message;
mod past;
mod pseudonym;
mod read;
mod replay;
mod sealed;
mod translation;
mod views;
mod wire;

use std::fmt;
use std::sync::Arc;

pub use commit::OnFatal;
pub use effect::Effect;
pub use events::{
    Acknowledged, Brings, DeadLettered, Decided, Delivery, DeliveryTurn, DryRun, Erased, Event,
    EventError, Forgotten, Imported, Inputs, KindRecord, Mark, Named, Over, Parties, Received,
    Reconsidered, Refused, Rejected, Returned, Told, Turn, Words,
};
pub use findings::{FindingsPage, Found, Melding};
pub use id::{MessageId, NoRandomness, NotAnId, ThreadId};
pub use kind::{FileKind, MessageKind};
pub use look::{Look, Looked, PastLook, Seen, SeenIn, Shown, Viewed};
pub use message::{Happening, Message, Moment, OtherForm, State, Worth};
pub use pseudonym::{Pseudonym, Pseudonyms};
pub use read::Logged;
pub(crate) use read::{Standing, WaitingAllocation};
pub use replay::Progress;
pub use translation::{ElementPlace, Kept, Left, TableRow, Translation};
pub(crate) use translation::{LEFT_MAX, MEMORIES_MAX, ROWS_MAX as TABLE_ROWS_MAX};
pub use wire::{Door, WireRecord};

pub(crate) use as_of::Between;
pub(crate) use bell::{Bell, Listener};
pub(crate) use commit::{Also, Submission};
pub(crate) use delivery::{HaltedRow, Turned, acknowledge, told, turn as turn_delivery, untold};
pub(crate) use effect::Doing;
pub(crate) use endpoint::{Brought, bring};
pub(crate) use findings::{
    counts as counts_of, decode as read_findings, encode as findings_part,
    encode_refusal as refusal_part,
};
pub(crate) use forget::Walk;
pub(crate) use held::{Asked, Awaited, Choice, ChoiceRow, HeldRow, Unclear, Waiting, release};
pub(crate) use index::{Facet, Listed, Place};
pub(crate) use lock::{Held, Locks};
pub(crate) use past::{Loaded, PastRows};
pub(crate) use pseudonym::Names;
#[cfg(test)]
pub(crate) use views::ALL as ALL_VIEWS;
pub(crate) use views::{MessageRow, OpenRow, Side};
pub(crate) use wire::{ReturnedRow, WireMarks, WireRow, Wired};

use commit::Committer;
use damage::Damaged;
use pseudonym::Outer;

use crate::clock::{Clock, Course};
use crate::fault::Fault;
use crate::store::{Journal, Position, StoreError, Views};

/// Why the ledger could not do its work.
#[derive(Debug, thiserror::Error, Clone)]
#[non_exhaustive]
pub enum LedgerError {
    /// The store could not do its work.
    #[error("{0}")]
    Store(#[source] Arc<StoreError>),
    /// A record, effect or row cannot be understood.
    #[error("position {position}: {cause}")]
    Unreadable {
        /// Which record, or whose row.
        position: u64,
        /// Why.
        cause: EventError,
    },
    /// A row of a view, or what a record points at, is not there or not what we write: the views must be rebuilt.
    #[error("the views do not fit the journal ({what}): rebuild them")]
    Views {
        /// What was wrong.
        what: &'static str,
    },
    /// The records are durable, the views could not be written: a full disk, or an engine that failed.
    #[error(
        "the journal has every record, nothing is lost, but the views could not be written ({0}): free space on the disk of the data folder, then start again"
    )]
    ViewsNotWritten(#[source] Arc<StoreError>),
    /// The committer has ended, so nothing more is recorded.
    #[error("nothing more is recorded: the process is ending")]
    Stopped,
    /// The committer ended while it had the record: it may be durable.
    #[error("the process is ending: the record may be durable or not")]
    Unsettled,
    /// The work ended in a panic.
    #[error("a fault of ours ended the work")]
    Bug,
    /// The operating system gives no thread or no random bytes.
    #[error("the operating system gives no {what}")]
    NoMeans {
        /// What was asked for.
        what: &'static str,
    },
}

impl LedgerError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Unreadable { cause, .. } => cause.code(),
            Self::Views { .. } => "views-unfit",
            Self::ViewsNotWritten(_) => "views-not-written",
            Self::Stopped | Self::Unsettled => "stopping",
            Self::Bug => "bug",
            Self::NoMeans { .. } => "no-means",
        }
    }

    /// Whose fault it is: always ours.
    pub fn fault(&self) -> Fault {
        Fault::Ours
    }

    fn views_not_written(error: StoreError) -> Self {
        Self::ViewsNotWritten(Arc::new(error))
    }

    /// Whether stored bytes are not what was written, or cannot be understood: what stood there is lost here, and nothing else.
    pub fn damaged(&self) -> bool {
        match self {
            Self::Store(error) => matches!(**error, StoreError::Damage { .. }),
            Self::Unreadable { .. } => true,
            Self::Views { .. }
            | Self::ViewsNotWritten(_)
            | Self::Stopped
            | Self::Unsettled
            | Self::Bug
            | Self::NoMeans { .. } => false,
        }
    }

    /// Whether the disk has no room: new messages are to be refused for a while, reading and acknowledging go on.
    pub fn disk_full(&self) -> bool {
        matches!(self, Self::Store(error) if matches!(**error, StoreError::DiskFull { .. }))
    }
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<NoRandomness> for LedgerError {
    fn from(_: NoRandomness) -> Self {
        Self::NoMeans {
            what: "random bytes",
        }
    }
}

/// What a ledger stands on.
#[derive(Debug, Clone)]
pub struct Foundation {
    /// The truth.
    pub journal: Arc<dyn Journal>,
    /// What is made from it.
    pub views: Arc<dyn Views>,
    /// The pseudonyms of this deployment.
    pub pseudonyms: Arc<Pseudonyms>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The ledger: shared by intake, mailboxes and retention.
pub struct Ledger {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) views: Arc<dyn Views>,
    pub(crate) pseudonyms: Arc<Pseudonyms>,
    pub(crate) locks: Locks,
    pub(crate) course: Course,
    outer: Outer,
    damaged: Damaged,
    pub(crate) bell: Arc<Bell>,
    committer: Committer,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("next", &self.journal.next())
            .finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens the ledger: views that lag are caught up with the journal (all of it when they are new, cleared or do not open), `progress` being told how far it
    /// is. `on_fatal` is called once, on the committer's thread, when a record may be lost; it must end the process.
    /// Err: store or records cannot be read.
    pub fn open(
        foundation: Foundation,
        on_fatal: OnFatal,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Arc<Self>, LedgerError> {
        Self::open_with(foundation, Locks::new(), on_fatal, progress)
    }

    pub(crate) fn open_with(
        foundation: Foundation,
        locks: Locks,
        on_fatal: OnFatal,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Arc<Self>, LedgerError> {
        let outer = replay::catch_up(&*foundation.journal, &*foundation.views, progress)?;
        let Foundation {
            journal,
            views,
            pseudonyms,
            clock,
        } = foundation;
        let damaged = Damaged::known(&*views)?;
        let before = match journal.next() {
            Position(0) => None,
            Position(next) => journal.read(Position(next - 1)).ok(),
        };
        let course = Course::from_now(Arc::clone(&clock), before.map(|record| record.time));
        let bell = Arc::new(Bell::default());
        let committer = Committer::start(
            Arc::clone(&journal),
            Arc::clone(&views),
            clock,
            outer.clone(),
            Arc::clone(&bell),
            on_fatal,
        )?;
        Ok(Arc::new(Self {
            journal,
            views,
            pseudonyms,
            locks,
            course,
            outer,
            damaged,
            bell,
            committer,
        }))
    }

    /// Throws the views away and makes them anew from the journal, under a new outer key. Not while a ledger is open on them.
    /// Gives how many records are damaged, in part or whole. Err: store or records cannot be read.
    pub fn rebuild(
        journal: &dyn Journal,
        views: &dyn Views,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<usize, LedgerError> {
        replay::rebuild(journal, views, progress)?;
        Ok(Damaged::known(views)?.count())
    }

    /// Whether the views are what the journal makes of them: replays the journal into `scratch`, which is cleared, and compares every row.
    /// Only while nothing is being recorded. Err: store or records cannot be read.
    pub fn views_are_sound(&self, scratch: &dyn Views) -> Result<bool, LedgerError> {
        replay::replay_into(&*self.journal, scratch, &self.outer, &mut |_| ())?;
        Ok(replay::digest(scratch)? == replay::digest(&*self.views)?)
    }

    /// SHA-256 over every row of the views, in order: equal views have equal digests.
    pub fn views_digest(&self) -> Result<[u8; 32], LedgerError> {
        replay::digest(&*self.views)
    }

    /// The position that the next record gets.
    pub fn next(&self) -> Position {
        self.journal.next()
    }

    /// How many records are known to be damaged, in part or whole: found by the last replay or since the start. `store check` names them all.
    pub fn damaged(&self) -> usize {
        self.damaged.count()
    }

    /// Ends recording after everything handed in is durable and answered. Reading goes on.
    pub fn stop(&self) {
        self.committer.stop();
    }

    pub(crate) async fn commit(
        &self,
        submission: Submission,
    ) -> Result<(Position, jiff::Timestamp), LedgerError> {
        self.committer.commit(submission).await
    }

    /// Rows of a scope, none yet.
    pub(crate) fn past(&self, scope: Pseudonym) -> Loaded {
        Loaded::new(scope, &self.outer)
    }

    /// The name of the lock that belongs to a pseudonym.
    pub(crate) fn name(&self, pseudonym: Pseudonym) -> [u8; 16] {
        self.outer.hide(pseudonym)
    }
}

/// Runs work that may wait for the disk on a thread that may wait. Err: it panicked; the caller treats that as a bug of ours.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, LedgerError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(ended) if ended.is_panic() => Err(LedgerError::Bug),
        Err(_) => Err(LedgerError::Stopped),
    }
}
