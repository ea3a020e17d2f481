//! Making all views from nothing, fast. Rows of a million messages have random keys, and an engine that gets them in the order of the journal looks for the
//! place of each. So the journal is read first and all rows are sorted beside the views; then the engine gets them in the order of their keys, each
//! once: what was put and deleted again never reaches it.
//!
//! Rows of the past are made from the row before, so what records do to it is sorted by scope, and each scope is worked out by itself. Memory: 64 MiB for
//! each of the two sorters and 64 KiB for each file that they have (less than 60), what is read ahead, 40 bytes for each message that is not answered yet, and up to [`past::ROWS_MAX`] rows of the past of one
//! pair of parties. Until the last row stands the position of the views is 0, so that a start after a kill begins anew; nothing of what was sorted is left
//! then.

mod past;
#[cfg(test)]
mod tests;

use std::sync::mpsc::{self, SyncSender};
use std::thread;

use super::super::LedgerError;
use super::super::effect::Effect;
use super::super::pseudonym::{Outer, Pseudonym};
use super::questions::Questions;
use super::{Progress, Said, ended_early, key_row, said_by, step};
use crate::store::{Batch, Collection, Journal, Position, Row, Sorter, StoreError, Views};
use past::PastOfAll;

/// Steps of the journal that wait to be sorted, beside the one that is being read and the one that is being sorted.
const READ_AHEAD: usize = 2;
/// Rows after which the progress is told.
const TOLD_EVERY: u64 = 10_000;

/// Clears the views and makes them from the whole journal under this outer key.
pub(in crate::ledger) fn under(
    journal: &dyn Journal,
    views: &dyn Views,
    outer: &Outer,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), LedgerError> {
    with_rows_max(journal, views, outer, past::ROWS_MAX, progress)
}

/// The same, with so many rows of the past of one pair in memory.
fn with_rows_max(
    journal: &dyn Journal,
    views: &dyn Views,
    outer: &Outer,
    rows_max: usize,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), LedgerError> {
    views.clear()?;
    let next = journal.next();
    if next == Position(0) {
        return written(views.apply(next, key_row(outer)));
    }
    let mut all = All::new(views)?;
    all.read(journal, next, outer, progress)?;
    all.write(views, next, (outer, rows_max), progress)?;
    written(views.apply(next, key_row(outer)))
}

fn written<T>(done: Result<T, StoreError>) -> Result<T, LedgerError> {
    done.map_err(LedgerError::views_not_written)
}

/// All that the journal says, being sorted.
struct All {
    /// Collections in the order in which they came up: the first byte of a key is the place here.
    collections: Vec<Collection>,
    rows: Sorter,
    /// Scope and position -> what the record there did to the past.
    past: Sorter,
    changes: u64,
}

impl All {
    fn new(views: &dyn Views) -> Result<Self, LedgerError> {
        Ok(Self {
            collections: Vec::new(),
            rows: written(views.sorter())?,
            past: written(views.sorter())?,
            changes: 0,
        })
    }

    fn read(
        &mut self,
        journal: &dyn Journal,
        end: Position,
        outer: &Outer,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), LedgerError> {
        // One thread reads and decrypts, this one sorts.
        let (send, receive) = mpsc::sync_channel(READ_AHEAD);
        let mut next = Position(0);
        thread::scope(|threads| {
            threads.spawn(move || read_all(journal, end, outer, &send));
            for some in receive {
                for Read { position, said } in some? {
                    self.take(&said.rows)?;
                    if let Some(effect) = &said.effect {
                        self.take_past(position, effect, outer)?;
                    }
                    if let Some(carried) = &said.carried {
                        let done = past::carried(carried);
                        self.take_done(position, (carried.scope, &done), outer)?;
                    }
                    next = position.next();
                }
                progress(Progress {
                    done: next.0 / 2,
                    of: end.0,
                });
            }
            if next == end {
                Ok(())
            } else {
                Err(ended_early())
            }
        })
    }

    fn take_past(
        &mut self,
        position: Position,
        effect: &Effect,
        outer: &Outer,
    ) -> Result<(), LedgerError> {
        // Read when its scope has its turn.
        let (Some(scope), Some(applied)) = (effect.scope, effect.applied_bytes()) else {
            return Ok(());
        };
        self.take_done(position, (scope, &past::applied(applied)), outer)
    }

    fn take_done(
        &mut self,
        position: Position,
        (scope, done): (Pseudonym, &[u8]),
        outer: &Outer,
    ) -> Result<(), LedgerError> {
        let mut key = outer.hide(scope).to_vec();
        key.extend_from_slice(&position.0.to_be_bytes());
        let done = [&scope.0[..], done].concat();
        written(self.past.push(&key, Some(&done)))
    }

    fn take(&mut self, rows: &Batch) -> Result<(), LedgerError> {
        let mut key = Vec::with_capacity(64);
        for change in rows.changes() {
            let known = self
                .collections
                .iter()
                .position(|of| *of == change.collection);
            let number = known.unwrap_or_else(|| {
                self.collections.push(change.collection);
                self.collections.len() - 1
            });
            key.clear();
            key.push(u8::try_from(number).unwrap_or(u8::MAX));
            key.extend_from_slice(&change.key);
            written(self.rows.push(&key, change.value.as_deref()))?;
            self.changes += 1;
        }
        Ok(())
    }

    fn write(
        self,
        views: &dyn Views,
        end: Position,
        (outer, rows_max): (&Outer, usize),
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), LedgerError> {
        let Self {
            collections,
            rows,
            past,
            changes,
        } = self;
        let mut count = 0_u64;
        let mut filled = written(rows.sorted())?.filter_map(|row| {
            count += 1;
            if count.is_multiple_of(TOLD_EVERY) {
                let half = (end.0 / 2).saturating_mul(count) / changes.max(count);
                progress(Progress {
                    done: end.0 / 2 + half,
                    of: end.0,
                });
            }
            placed(&collections, row).transpose()
        });
        written(views.fill(&mut filled))?;
        let mut past = PastOfAll::new(written(past.sorted())?, views, outer, rows_max);
        loop {
            let mut failure = None;
            let mut filled = past
                .by_ref()
                .map_while(|row| row.map_err(|error| failure = Some(error)).ok())
                .map(Ok);
            written(views.fill(&mut filled))?;
            failure.map_or(Ok(()), Err)?;
            if !past.write_large()? {
                break;
            }
        }
        progress(Progress {
            done: end.0,
            of: end.0,
        });
        Ok(())
    }
}

/// What a record says.
struct Read {
    position: Position,
    said: Said,
}

/// Reads the journal up to its end, some records at a time, as long as somebody takes them.
fn read_all(
    journal: &dyn Journal,
    end: Position,
    outer: &Outer,
    send: &SyncSender<Result<Vec<Read>, LedgerError>>,
) {
    let (mut next, mut questions) = (Position(0), Questions::default());
    while next < end {
        let some = read_some(journal, next, outer, &mut questions);
        let last = match &some {
            Ok(some) => some.last().map(|read| read.position),
            Err(_) => None,
        };
        if send.send(some).is_err() {
            return;
        }
        match last {
            Some(last) => next = last.next(),
            None => return,
        }
    }
}

fn read_some(
    journal: &dyn Journal,
    from: Position,
    outer: &Outer,
    questions: &mut Questions,
) -> Result<Vec<Read>, LedgerError> {
    let records = step(journal, from)?;
    let read = records.iter().map(|record| {
        Ok(Read {
            position: record.position,
            said: said_by(journal, record, outer, questions)?,
        })
    });
    read.collect()
}

type Change = Result<(Vec<u8>, Option<Vec<u8>>), StoreError>;

/// The row of a change; `None` when it is deleted in the end.
fn placed(collections: &[Collection], change: Change) -> Result<Option<Row>, StoreError> {
    let (mut key, Some(value)) = change? else {
        return Ok(None);
    };
    let number = usize::from(*key.first().unwrap_or(&u8::MAX));
    let collection = collections.get(number).ok_or_else(|| StoreError::Views {
        what: "a row of no collection".into(),
    })?;
    key.drain(..1);
    Ok(Some((*collection, key, value)))
}
