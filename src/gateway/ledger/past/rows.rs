//! What records make of rows of the past, and how that comes into the views.
//!
//! Unlike other rows, a row of the past is made from the row before. So that batches which a crash left half applied can be applied again, what their rows
//! were is written first (the undo), put back before they are applied again, and deleted after them: see [`Span`].

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::super::LedgerError;
use super::super::views::{PAST, UNDO};
use super::unfit;
use crate::store::{Batch, Position, Views};

/// Rows in one chunk of the undo.
const CHUNK: usize = 500;

/// What records do to the past: rows as they become, and as they were.
#[derive(Default)]
pub(crate) struct PastRows {
    rows: Vec<Changed>,
}

/// A row that changes, under its key in the view.
pub(super) struct Changed {
    pub(super) key: Vec<u8>,
    /// As it stood in the view; `None`: there was none.
    pub(super) was: Option<Vec<u8>>,
    /// `None`: it goes.
    pub(super) becomes: Option<Vec<u8>>,
}

/// A row as it was; `None`: there was none.
#[derive(Encode, Decode)]
struct Were {
    #[cbor(n(0), with = "minicbor::bytes")]
    key: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    row: Option<Vec<u8>>,
}

/// One chunk of the undo of batches that are applied to views at a position.
#[derive(Encode, Decode)]
struct Undo {
    #[n(0)]
    at: u64,
    #[n(1)]
    were: Vec<Were>,
}

impl std::fmt::Debug for PastRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PastRows({})", self.rows.len())
    }
}

impl FromIterator<Changed> for PastRows {
    fn from_iter<T: IntoIterator<Item = Changed>>(rows: T) -> Self {
        Self {
            rows: rows.into_iter().collect(),
        }
    }
}

impl PastRows {
    /// How many rows change.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Both. The rows are of different scopes, or those of `other` were made from these.
    pub(crate) fn extend(&mut self, other: Self) {
        self.rows.extend(other.rows);
    }

    /// As they become, in the order of their keys in the view; `None`: there is none.
    pub(in super::super) fn sorted(mut self) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        self.sort();
        let rows = self.rows.into_iter();
        rows.map(|row| (row.key, row.becomes)).collect()
    }

    /// The same in pieces of at most so many rows, in the order of their keys in the view: neighbours share pages.
    pub(crate) fn pieces(mut self, rows_max: usize) -> Vec<Self> {
        self.sort();
        let mut pieces = Vec::with_capacity(self.rows.len().div_ceil(rows_max.max(1)));
        let mut rows = self.rows.into_iter();
        loop {
            let piece: Self = rows.by_ref().take(rows_max).collect();
            if piece.rows.is_empty() {
                return pieces;
            }
            pieces.push(piece);
        }
    }

    /// Of several changes of one row the order stays.
    fn sort(&mut self) {
        self.rows.sort_by(|one, other| one.key.cmp(&other.key));
    }

    /// Applies a batch that begins at `at` and these rows with it.
    pub(crate) fn apply(
        self,
        views: &dyn Views,
        at: Position,
        next: Position,
        batch: Batch,
    ) -> Result<(), LedgerError> {
        Span::from(at).end(views, next, self, batch)
    }

    /// Adds them to a batch.
    fn put(self, batch: &mut Batch) {
        for row in self.rows {
            match row.becomes {
                Some(becomes) => batch.put(PAST, row.key, becomes),
                None => batch.delete(PAST, row.key),
            }
        }
    }
}

/// Batches that come into the views together: their position stays where it is until the last one, so that after a crash before that all of them are
/// taken back and applied anew.
#[derive(Debug)]
pub(crate) struct Span {
    at: Position,
    /// Chunks of the undo so far.
    chunks: u32,
}

impl Span {
    /// Nothing yet, in views that stand at `at`.
    pub(crate) fn from(at: Position) -> Self {
        Self { at, chunks: 0 }
    }

    /// Applies a batch that is not the last. Err: the views cannot be written.
    pub(crate) fn add(
        &mut self,
        views: &dyn Views,
        rows: PastRows,
        mut batch: Batch,
    ) -> Result<(), LedgerError> {
        self.keep(views, &rows)?;
        rows.put(&mut batch);
        write(views, self.at, batch)
    }

    /// Applies the last batch, with which the views come to `next`. Err: the views cannot be written.
    pub(crate) fn end(
        mut self,
        views: &dyn Views,
        next: Position,
        rows: PastRows,
        mut batch: Batch,
    ) -> Result<(), LedgerError> {
        self.keep(views, &rows)?;
        rows.put(&mut batch);
        write(views, next, batch)?;
        if self.chunks == 0 {
            return Ok(());
        }
        // In a batch of its own, after it: a crash may cut a batch off anywhere, and until it is whole its undo is needed.
        let mut done = Batch::default();
        for chunk in 0..self.chunks {
            done.delete(UNDO, chunk.to_be_bytes());
        }
        write(views, next, done)
    }

    /// Writes what rows were, before they change.
    fn keep(&mut self, views: &dyn Views, rows: &PastRows) -> Result<(), LedgerError> {
        if rows.rows.is_empty() {
            return Ok(());
        }
        let mut undo = Batch::default();
        for some in rows.rows.chunks(CHUNK) {
            let were = some.iter().map(|row| Were {
                key: row.key.clone(),
                row: row.was.clone(),
            });
            let chunk = Undo {
                at: self.at.0,
                were: were.collect(),
            };
            undo.put(UNDO, self.chunks.to_be_bytes(), bytes(&chunk));
            self.chunks += 1;
        }
        // A chunk that ends the list, so that an older, longer undo is never read on.
        undo.delete(UNDO, self.chunks.to_be_bytes());
        write(views, self.at, undo)
    }
}

/// Puts rows back that batches applied to views at `at` may have changed before a crash. Err: the views cannot be read or written.
pub(in super::super) fn undo(views: &dyn Views, at: Position) -> Result<(), LedgerError> {
    // What was written first counts: a row that changed twice was there before the first time.
    let mut rows: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
    let mut chunks = 0_u32;
    for number in 0_u32.. {
        let Some(chunk) = views.get(UNDO, &number.to_be_bytes())? else {
            break;
        };
        let chunk: Undo = minicbor::decode(&chunk).map_err(|_| unfit())?;
        if chunk.at != at.0 {
            break;
        }
        for Were { key, row } in chunk.were {
            rows.entry(key).or_insert(row);
        }
        chunks += 1;
    }
    if chunks == 0 {
        return Ok(());
    }
    let mut batch = Batch::default();
    for (key, row) in rows {
        match row {
            Some(row) => batch.put(PAST, key, row),
            None => batch.delete(PAST, key),
        }
    }
    write(views, at, batch)?;
    // What is applied now writes an undo of its own at the same position, and a later chunk of this one has values from in between. The last goes first and
    // each in a batch of its own, so that what a crash leaves is the beginning of it, which puts back what stands there already.
    for number in (0..chunks).rev() {
        let mut done = Batch::default();
        done.delete(UNDO, number.to_be_bytes());
        write(views, at, done)?;
    }
    Ok(())
}

fn write(views: &dyn Views, next: Position, batch: Batch) -> Result<(), LedgerError> {
    let written = views.apply(next, batch);
    written.map_err(LedgerError::views_not_written)
}

fn bytes(chunk: &Undo) -> Vec<u8> {
    let encoded = minicbor::to_vec(chunk);
    debug_assert!(encoded.is_ok(), "writing into memory cannot fail");
    encoded.unwrap_or_default()
}
