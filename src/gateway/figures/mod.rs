//! Figures: how many messages were carried and refused in a month, for which causes, and how many were answered within the term. They are counted from what records of
//! the journal say in clear, each closed month once, in the background; what may be told of it (see `cell`) is kept in a file of the data folder that may be thrown away.
//!
//! It tells no number of 1 to 9, and none from which such a number follows, whatever is asked by however many. It knows neither auditors nor the public: who may ask
//! what is decided by [`Audit`](crate::audit::Audit) and by the pages of [`router`].

mod body;
mod cell;
mod count;
mod kept;
mod month;
mod public;
mod settings;
mod sum;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::day_of;
use crate::fault::Fault;
use crate::ledger::{self, Ledger, LedgerError};
use crate::store::{Position, StoreError};
use crate::terms::WORKING_DAYS;

pub(crate) use body::CSV;
pub use body::{CauseBody, FigureRow, FiguresBody, SumBody};
pub(crate) use cell::Place;
pub use cell::TOLD_MIN;
pub use month::{Month, NotAMonth};
pub use public::router;
pub use settings::PublicFigureSettings;
pub use sum::{By, Group, Sum, Sums};

use count::Counting;

/// How months are counted and told. Another number counts everything again.
pub const EDITION: u8 = 1;
/// Most sums in one answer.
pub const GROUPS_MAX: usize = 20_000;
/// Where the files of counted months are, in the data folder.
const FOLDER: &str = "figures";
/// Records that are counted at once.
const STEP: usize = 2_000;
/// How long is waited after that many, so that counting takes no more than a part of a core.
const PAUSE: Duration = Duration::from_millis(10);
/// How often is looked whether a month was closed.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// How long is waited after a failure.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Why there are no figures.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum FiguresError {
    /// The month still changes.
    #[error("the month {month} is not closed before the day after {until}")]
    Open {
        /// Which.
        month: Month,
        /// The last day that counts for it.
        until: jiff::civil::Date,
    },
    /// A closed month is not counted yet.
    #[error("the month {month} is being counted")]
    NotCounted {
        /// Which.
        month: Month,
    },
    /// More sums than one answer has.
    #[error("more than {GROUPS_MAX} sums")]
    TooMany,
    /// The file of a month cannot be written.
    #[error("the figures of a month cannot be kept: {0}")]
    Kept(Arc<io::Error>),
    /// The journal cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<StoreError> for FiguresError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

impl From<io::Error> for FiguresError {
    fn from(error: io::Error) -> Self {
        Self::Kept(Arc::new(error))
    }
}

impl FiguresError {
    /// Of a month that still changes.
    pub(crate) fn open(month: Month) -> Self {
        Self::Open {
            month,
            until: month.counts_until(&WORKING_DAYS),
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Open { .. } | Self::TooMany => Fault::Sender,
            Self::NotCounted { .. } | Self::Kept(_) | Self::Ledger(_) => Fault::Ours,
        }
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open-month",
            Self::NotCounted { .. } => "not-counted",
            Self::TooMany => "too-many-sums",
            Self::Kept(_) => "figures-not-kept",
            Self::Ledger(error) => error.code(),
        }
    }
}

/// What is asked.
pub(crate) struct Query<'q> {
    /// The first month.
    pub(crate) from: Month,
    /// The last one.
    pub(crate) until: Month,
    /// For what sums are made one by one.
    pub(crate) by: By,
    /// What is added up.
    pub(crate) wanted: &'q dyn Fn(Month, &Place) -> bool,
}

/// Sums over months.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// By what they have in common, in that order; none for what did not happen.
    pub sums: BTreeMap<Group, Sums>,
    /// Records that could not be read for damage: what they say is not counted.
    pub unread: u64,
}

/// The figures of a journal.
pub struct Figures {
    ledger: Arc<Ledger>,
    folder: PathBuf,
    /// Months of which the file is there and fits the journal.
    counted: Mutex<BTreeSet<Month>>,
    work: Mutex<Work>,
}

#[derive(Default)]
struct Work {
    /// Whether the files that were there are looked through.
    looked: bool,
    counting: Option<Counting>,
}

impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Figures")
            .field("counted", &self.counted().len())
            .finish_non_exhaustive()
    }
}

impl Figures {
    /// Of this ledger, kept in this data folder. Nothing is counted before [`Figures::step`].
    pub fn new(ledger: Arc<Ledger>, data: &Path) -> Self {
        Self {
            ledger,
            folder: data.join(FOLDER),
            counted: Mutex::default(),
            work: Mutex::default(),
        }
    }

    /// The first month of the journal and the last that is closed: the journal has a record of a later day than counts for it, so that nothing of it changes any
    /// more. `None`: no month is closed. Err: the journal cannot be read.
    pub fn closed(&self) -> Result<Option<(Month, Month)>, FiguresError> {
        let journal = &self.ledger.journal;
        let next = journal.next().0;
        let Some(first) = self.day(0..next)? else {
            return Ok(None);
        };
        let Some(newest) = self.day((0..next).rev())? else {
            return Ok(None);
        };
        let first = Month::of(first);
        let mut last = Month::of(newest);
        while last >= first && last.counts_until(&WORKING_DAYS) >= newest {
            last = last.before();
        }
        Ok((last >= first).then_some((first, last)))
    }

    /// How many closed months are not counted yet. Err: the journal cannot be read.
    pub fn waiting(&self) -> Result<usize, FiguresError> {
        let counted = self.counted();
        let months = self.months()?;
        Ok(months.filter(|month| !counted.contains(month)).count())
    }

    /// Sets the gauge of what is to be counted.
    pub(crate) fn gauge(&self) {
        if let Ok(waiting) = self.waiting() {
            let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
            metrics::gauge!("knooppunt_figures_months_waiting").set(f64::from(waiting));
        }
    }

    /// Does a little of the counting that is to be done; gives whether there is more. Blocks. Err: the journal cannot be read, or a file not be written; the next
    /// step tries again.
    pub fn step(&self) -> Result<bool, FiguresError> {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        if !work.looked {
            self.look()?;
            work.looked = true;
            return Ok(true);
        }
        let mut counting = match work.counting.take() {
            Some(counting) => counting,
            None => match self.first_uncounted()? {
                Some(month) => Counting::of(month, &*self.ledger.journal)?,
                None => return Ok(false),
            },
        };
        if counting.step(&self.ledger, STEP)? {
            work.counting = Some(counting);
            return Ok(true);
        }
        let counted = counting.counted(&*self.ledger.journal)?;
        let month = counted.month;
        std::fs::create_dir_all(&self.folder)?;
        kept::put(&self.file(month), &kept::encode(&counted))?;
        self.counted().insert(month);
        tracing::info!(%month, places = counted.cells.len(), "the figures of a month are counted");
        Ok(true)
    }

    /// Counts what is to be counted, in steps, and goes on doing so as months are closed.
    pub async fn keep_counting(self: Arc<Self>) {
        loop {
            let figures = Arc::clone(&self);
            let step = ledger::blocking(move || Ok(figures.step())).await;
            let wait = match step {
                Ok(Ok(true)) => PAUSE,
                Ok(Ok(false)) => LOOK_EVERY,
                Ok(Err(error)) => {
                    tracing::error!(code = error.code(), %error, "figures were not counted; it is tried again");
                    AGAIN_AFTER
                }
                Err(error) => {
                    tracing::error!(code = error.code(), %error, "counting figures ended in a bug; it is tried again");
                    AGAIN_AFTER
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Sums over months; those before the first of the journal are without messages. Blocks. Err: a month is not closed or not counted yet, or there would be too
    /// many sums.
    pub(crate) fn sums(&self, query: &Query<'_>) -> Result<Table, FiguresError> {
        let mut table = Table::default();
        let Some((first, last)) = self.closed()? else {
            return Err(FiguresError::open(query.until));
        };
        if query.until > last {
            return Err(FiguresError::open(query.until));
        }
        let (mut month, counted) = (query.from.max(first), self.counted().clone());
        while month <= query.until {
            if !counted.contains(&month) {
                return Err(FiguresError::NotCounted { month });
            }
            self.add(&mut table, month, query)?;
            month = month.next();
        }
        Ok(table)
    }

    fn add(&self, table: &mut Table, month: Month, query: &Query<'_>) -> Result<(), FiguresError> {
        let mut too_many = false;
        let wanted = |place: &Place| (query.wanted)(month, place);
        let mut take = |place, cells| {
            let group = query.by.group(month, &place);
            if table.sums.len() >= GROUPS_MAX && !table.sums.contains_key(&group) {
                too_many = true;
                return;
            }
            table.sums.entry(group).or_default().add(&cells);
        };
        let bytes = std::fs::read(self.file(month));
        let read = bytes.map(|bytes| kept::read(&bytes, month, &wanted, &mut take));
        let Ok(Ok(head)) = read else {
            tracing::warn!(%month, "the figures of a month cannot be read: it is counted again");
            self.counted().remove(&month);
            return Err(FiguresError::NotCounted { month });
        };
        table.unread += head.unread;
        if too_many {
            return Err(FiguresError::TooMany);
        }
        Ok(())
    }

    /// Which of the files that are there are of this journal and edition.
    fn look(&self) -> Result<(), FiguresError> {
        let journal = &*self.ledger.journal;
        for month in self.months()? {
            let Ok(bytes) = std::fs::read(self.file(month)) else {
                continue;
            };
            let Ok(head) = kept::read(&bytes, month, &|_| false, &mut |_, _| ()) else {
                continue;
            };
            let counting = Counting::of(month, journal)?;
            let chain = count::chain_before(journal, head.end)?;
            if (head.end, head.chain) == (counting.end(), chain) {
                self.counted().insert(month);
            }
        }
        Ok(())
    }

    fn first_uncounted(&self) -> Result<Option<Month>, FiguresError> {
        let mut months = self.months()?;
        let counted = self.counted();
        Ok(months.find(|month| !counted.contains(month)))
    }

    /// The closed months.
    fn months(&self) -> Result<impl Iterator<Item = Month> + use<>, FiguresError> {
        let closed = self.closed()?;
        let first = closed.map(|(first, _)| first);
        let months = std::iter::successors(first, |month| Some(month.next()));
        Ok(months.take_while(move |month| closed.is_some_and(|(_, last)| *month <= last)))
    }

    /// The day of the first of these records that can be read.
    fn day(
        &self,
        positions: impl Iterator<Item = u64>,
    ) -> Result<Option<jiff::civil::Date>, FiguresError> {
        for position in positions {
            match self.ledger.journal.read(Position(position)) {
                Ok(record) => return Ok(Some(day_of(record.time))),
                Err(StoreError::Damage { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    fn counted(&self) -> MutexGuard<'_, BTreeSet<Month>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, month: Month) -> PathBuf {
        self.folder.join(format!("{month}.{EDITION}"))
    }
}

#[cfg(test)]
mod tests;
