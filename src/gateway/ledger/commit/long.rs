//! A submission with very many rows, as that of a declaration of 10,000 lines: its record is made in a group as any other is, but the rows that only its own
//! scope reads come into the views piece by piece, and groups of others go between. Its locks are held until the last piece is there, and whoever judges or
//! only tries a message takes them too, so nobody sees half.

use std::collections::BTreeSet;
use std::vec;

use jiff::Timestamp;

use super::super::LedgerError;
use super::super::index::{Listed, rows};
use super::super::past::{PastRows, Span};
use super::super::pseudonym::Outer;
use super::super::views::{self, NumberRow};
use super::group::Promised;
use super::submission::Submission;
use crate::store::{Batch, Position, Views};

/// Rows in one piece: a few milliseconds of work for an engine, which is what a small message may have to wait.
const PIECE_ROWS: usize = 500;

/// Rows that come into the views together.
#[derive(Default)]
struct Piece {
    rows: PastRows,
    numbers: Vec<NumberRow>,
    /// Clients of the message, as the index has them.
    clients: Vec<[u8; 16]>,
}

/// All rows of a submission that wait for their turn.
pub(super) struct Pieces(Vec<Piece>);

impl Pieces {
    /// Those of a long submission, which loses its rows of the past; `None`: it is not a long one. To be called by who hands it in, since sorting and hiding so
    /// many rows takes time.
    pub(super) fn of(submission: &mut Submission, outer: &Outer) -> Option<Self> {
        if !submission.is_long() {
            return None;
        }
        let mut numbers = views::numbers(
            Position::default(),
            &submission.event,
            submission.effect.as_ref(),
            outer,
        );
        numbers.sort_unstable();
        let mut numbers = numbers.into_iter();
        let mut clients = rows::hidden(submission.effect.as_ref(), outer);
        clients.sort_unstable();
        let mut clients = clients.into_iter();
        let past = std::mem::take(&mut submission.past).pieces(PIECE_ROWS);
        let mut pieces: Vec<Piece> = past
            .into_iter()
            .map(|rows| Piece {
                rows,
                numbers: numbers.by_ref().take(PIECE_ROWS).collect(),
                clients: Vec::new(),
            })
            .collect();
        while numbers.len() > 0 || clients.len() > 0 {
            pieces.push(Piece {
                rows: PastRows::default(),
                numbers: numbers.by_ref().take(PIECE_ROWS).collect(),
                clients: clients.by_ref().take(PIECE_ROWS).collect(),
            });
        }
        Some(Self(pieces))
    }
}

/// A long submission whose record is durable.
pub(super) struct Long {
    span: Span,
    /// Where the views come to with the last piece: the groups until now are in them.
    next: Position,
    pieces: vec::IntoIter<Piece>,
    /// The message, if it is in the index.
    listed: Option<Listed>,
    /// Numbers of the provider that later records used: theirs are the last.
    overtaken: BTreeSet<[u8; 16]>,
    promised: Promised,
    recorded: (Position, Timestamp),
}

impl Long {
    /// The rows of the rest of its group come next, by [`Long::let_by`].
    pub(super) fn new(
        (span, next): (Span, Position),
        Pieces(pieces): Pieces,
        listed: Option<Listed>,
        promised: Promised,
        recorded: (Position, Timestamp),
    ) -> Self {
        Self {
            span,
            next,
            pieces: pieces.into_iter(),
            listed,
            overtaken: BTreeSet::new(),
            promised,
            recorded,
        }
    }

    /// Applies a group of others that comes between. Err: the views cannot be written.
    pub(super) fn let_by(
        &mut self,
        views: &dyn Views,
        next: Position,
        rows: PastRows,
        numbers: Vec<NumberRow>,
        mut batch: Batch,
    ) -> Result<(), LedgerError> {
        self.overtaken.extend(numbers.iter().map(|row| row.number));
        views::put_numbers(&mut batch, numbers);
        self.next = next;
        self.span.add(views, rows, batch)
    }

    /// Applies the next piece. After the last one it is answered, and `None` is left. Err: the views cannot be written.
    pub(super) fn step(mut self, views: &dyn Views) -> Result<Option<Self>, LedgerError> {
        let Some(Piece {
            rows: past,
            mut numbers,
            clients,
        }) = self.pieces.next()
        else {
            let none = (PastRows::default(), Batch::default());
            self.span.end(views, self.next, none.0, none.1)?;
            self.promised.answer(Ok(self.recorded));
            return Ok(None);
        };
        numbers.retain(|row| !self.overtaken.contains(&row.number));
        // Where its record stands was not known when they were made ready.
        for row in &mut numbers {
            row.position = self.recorded.0;
        }
        let mut batch = Batch::default();
        views::put_numbers(&mut batch, numbers);
        if let Some(listed) = &self.listed {
            rows::put_clients(&mut batch, rows::clients(listed, &clients));
        }
        self.span.add(views, past, batch)?;
        Ok(Some(self))
    }
}
