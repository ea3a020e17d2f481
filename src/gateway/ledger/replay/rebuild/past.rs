//! The past of every pair of parties, worked out one pair after the other from what its records did.

use std::iter::Peekable;
use std::vec;

use super::super::super::LedgerError;
use super::super::super::carried::{Carried, CarriedRow};
use super::super::super::effect::changes;
use super::super::super::forget;
use super::super::super::past::Loaded;
use super::super::super::pseudonym::{Outer, Pseudonym};
use super::super::super::views::{PAST, row};
use crate::store::{Batch, Position, Row, Rows, Sorted, StoreError, Views};

/// Rows of one pair that are held in memory, beside those of one record: about 600 bytes each. Three of them are a line of a declaration.
pub(super) const ROWS_MAX: usize = 250_000;
/// Rows of a larger pair that go into the views at once.
const WRITTEN_AT_ONCE: usize = 5_000;
/// Bytes of the name of a scope.
const SCOPE: usize = 16;
/// First byte of changes.
const APPLIED: u8 = 0;
/// First byte of rows that are carried on.
const CARRIED: u8 = 1;

/// What a record applied to the past, to be sorted.
pub(super) fn applied(changes: &[u8]) -> Vec<u8> {
    [&[APPLIED], changes].concat()
}

/// What a record carries on of the past, to be sorted.
pub(super) fn carried(carried: &Carried) -> Vec<u8> {
    [&[CARRIED][..], &row(&carried.rows)].concat()
}

/// What a record did, under its scope (hidden) and its position.
type Change = (Vec<u8>, Option<Vec<u8>>);

/// The rows of the past, scope by scope in the order of their hidden names: the order of the view. They end before a scope with more rows than are held in
/// memory, which [`PastOfAll::write_large`] takes; then they go on.
pub(super) struct PastOfAll<'v> {
    done: Peekable<Sorted>,
    views: &'v dyn Views,
    outer: &'v Outer,
    rows: vec::IntoIter<(Vec<u8>, Vec<u8>)>,
    rows_max: usize,
    /// A scope of which more is there than is held in memory.
    large: Option<(Pseudonym, Loaded)>,
}

impl<'v> PastOfAll<'v> {
    pub(super) fn new(
        done: Sorted,
        views: &'v dyn Views,
        outer: &'v Outer,
        rows_max: usize,
    ) -> Self {
        Self {
            done: done.peekable(),
            views,
            outer,
            rows: Vec::new().into_iter(),
            rows_max,
            large: None,
        }
    }

    /// Applies what the next record of a scope did, when one is left. Err: it is not one of ours, or the views cannot be read.
    fn apply_next(&mut self, scope: Pseudonym, loaded: &mut Loaded) -> Result<bool, LedgerError> {
        let of_scope = |next: &Result<Change, StoreError>| match next {
            Ok((_, Some(done))) => done.starts_with(&scope.0),
            Ok((_, None)) | Err(_) => true,
        };
        let Some(next) = self.done.next_if(of_scope) else {
            return Ok(false);
        };
        let (key, done) = next.map_err(LedgerError::views_not_written)?;
        let parts = done.as_ref().and_then(|done| done.split_at_checked(SCOPE));
        let (Some((_, done)), Some(position)) = (parts, key.last_chunk()) else {
            return Err(unfit());
        };
        match done.split_first() {
            Some((&APPLIED, done)) => {
                let done = changes(Some(done), u64::from_be_bytes(*position))?;
                loaded.apply(self.views, &done.unwrap_or_default())?;
            }
            Some((&CARRIED, rows)) => {
                let rows: Vec<CarriedRow> = minicbor::decode(rows).map_err(|_| unfit())?;
                let rows: Result<Vec<_>, _> = rows.iter().map(forget::read).collect();
                loaded.restate(self.views, rows?)?;
            }
            _ => return Err(unfit()),
        }
        Ok(true)
    }

    /// The rows of the next scope; `None` after the last, or when it is a large one.
    fn scope(&mut self) -> Result<Option<Rows>, LedgerError> {
        let scope = match self.done.peek() {
            None => return Ok(None),
            Some(Ok((_, Some(done)))) => done.first_chunk().copied().ok_or_else(unfit)?,
            Some(Ok((_, None))) => return Err(unfit()),
            // Told when it is taken.
            Some(Err(_)) => [0; SCOPE],
        };
        let scope = Pseudonym(scope);
        let mut loaded = Loaded::from_nothing(scope, self.outer);
        while self.apply_next(scope, &mut loaded)? {
            if loaded.len() > self.rows_max {
                self.large = Some((scope, loaded));
                return Ok(None);
            }
        }
        let rows = loaded.into_rows().sorted().into_iter();
        let rows = rows.filter_map(|(key, row)| Some((key, row?)));
        Ok(Some(rows.collect()))
    }

    /// Works a scope out that has more rows than are held in memory: what was worked out of it goes into the views, and is read from there. `false`: there is
    /// none, and nothing is left.
    pub(super) fn write_large(&mut self) -> Result<bool, LedgerError> {
        let Some((scope, mut loaded)) = self.large.take() else {
            return Ok(false);
        };
        while self.apply_next(scope, &mut loaded)? {
            if loaded.len() > self.rows_max {
                let full = std::mem::replace(&mut loaded, Loaded::new(scope, self.outer));
                self.write(full)?;
            }
        }
        self.write(loaded)?;
        Ok(true)
    }

    fn write(&self, loaded: Loaded) -> Result<(), LedgerError> {
        let mut rows = loaded.into_rows().sorted().into_iter().peekable();
        while rows.peek().is_some() {
            let mut batch = Batch::new();
            for (key, row) in rows.by_ref().take(WRITTEN_AT_ONCE) {
                match row {
                    Some(row) => batch.put(PAST, key, row),
                    None => batch.delete(PAST, key),
                }
            }
            // The position stays: until all is there nobody takes them for whole.
            let written = self.views.apply(Position(0), batch);
            written.map_err(LedgerError::views_not_written)?;
        }
        let tidied = self.views.tidy();
        tidied.map_err(LedgerError::views_not_written)
    }
}

fn unfit() -> LedgerError {
    LedgerError::Views {
        what: "a change of the past that is not one of ours",
    }
}

impl Iterator for PastOfAll<'_> {
    type Item = Result<Row, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Who is told that they end may ask again.
        while self.large.is_none() {
            if let Some((key, value)) = self.rows.next() {
                return Some(Ok((PAST, key, value)));
            }
            match self.scope() {
                Ok(Some(rows)) => self.rows = rows.into_iter(),
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}
