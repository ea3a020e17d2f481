//! What is owed between two parties, and the numbers that a provider used.

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::terms::{Owed, OwedKey, Term};

use super::super::id::MessageId;
use super::super::pseudonym::Pseudonym;
use super::super::views::{self, DueRow, OpenRow, Side};
use super::super::{Ledger, LedgerError};
use super::decoded;
use crate::register::PartyCode;

/// Most unanswered messages of one code, side and term that are looked at for those that are meant.
pub(crate) const LOOKED_AT_MAX: usize = 100_000;
/// Rows that are read at once.
pub(super) const PAGE: usize = 1_000;

impl Ledger {
    /// Messages that were not answered, to one code or made by it: of each term the `limit` that were taken first among those that `wanted` says are meant, by
    /// term and then the oldest first, with the moment in which they were taken. Where all are meant no more rows are read than are given; else of each term
    /// [`LOOKED_AT_MAX`] at most, the oldest. Err: the views cannot be read.
    pub(crate) fn unanswered_first(
        &self,
        code: &PartyCode,
        side: Side,
        limit: usize,
        wanted: impl Fn(&OpenRow) -> bool,
    ) -> Result<Vec<(Term, Timestamp, MessageId)>, LedgerError> {
        let mut first = Vec::new();
        for term in Term::OF_ANSWERS {
            let mut left = limit;
            self.each_unanswered(code, side, (term, limit.min(PAGE)), |row| {
                if wanted(&row) {
                    first.push((term, row.received, row.message));
                    left -= 1;
                }
                left > 0
            })?;
        }
        Ok(first)
    }

    /// The messages that were not answered by a term, to one code or made by it, the oldest first, so many rows at once, as long as `each` says to go on and up to
    /// [`LOOKED_AT_MAX`]. Err: the views cannot be read.
    pub(super) fn each_unanswered(
        &self,
        code: &PartyCode,
        side: Side,
        (term, page): (Term, usize),
        mut each: impl FnMut(OpenRow) -> bool,
    ) -> Result<(), LedgerError> {
        let collection = match side {
            Side::Owes => views::OPEN,
            Side::Waits => views::WAITED,
        };
        let key = |position| views::open_key(code.as_str(), term, position);
        let (mut from, mut looked_at) = (0, 0);
        while page > 0 && looked_at < LOOKED_AT_MAX {
            let rows: Vec<OpenRow> = self.rows(collection, &key(from), &key(u64::MAX), page)?;
            let (count, last) = (rows.len(), rows.last().map(|row| row.position));
            for row in rows {
                if !each(row) {
                    return Ok(());
                }
            }
            match last {
                Some(last) if count == page => from = last.saturating_add(1),
                _ => return Ok(()),
            }
            looked_at += count;
        }
        Ok(())
    }

    /// Terms of one kind and side that began on a day or before, the first to begin first: the day, and the message that makes it owed.
    pub(crate) fn due(
        &self,
        code: &PartyCode,
        side: Side,
        term: Term,
        until: Date,
        limit: usize,
    ) -> Result<Vec<(Date, MessageId)>, LedgerError> {
        let Ok(after) = until.tomorrow() else {
            return Ok(Vec::new());
        };
        let from = |day| views::due_from(code.as_str(), side, term, day);
        let rows = self
            .views
            .range(views::DUE, &from(Date::ZERO), &from(after), limit)?;
        rows.into_iter()
            .map(|(key, value)| {
                let day = views::due_day(&key).ok_or(LedgerError::Views {
                    what: "a term without a day",
                })?;
                Ok((day, decoded::<DueRow>(&value)?.message))
            })
            .collect()
    }

    /// How something that may be owed in a scope stands.
    pub(crate) fn owed(
        &self,
        scope: Pseudonym,
        key: &OwedKey,
    ) -> Result<Option<Owed>, LedgerError> {
        self.row(views::OWED, &views::owed_key(&self.outer, scope, key))
    }

    /// Of these numbers of a provider those that it used before, each with the code of the municipality towards which it did last. They are looked up in the order
    /// in which they stand in the view, each once, however often it is given: a declaration has thousands, and neighbours lie in one page of the engine.
    pub(crate) fn used_towards<T>(
        &self,
        numbers: Vec<(Pseudonym, T)>,
    ) -> Result<Vec<(T, String)>, LedgerError> {
        let named = numbers.into_iter();
        let mut named: Vec<_> = named.map(|(number, of)| (self.name(number), of)).collect();
        named.sort_by_key(|(name, _)| *name);
        let mut used = Vec::new();
        let mut last: Option<([u8; 16], Option<String>)> = None;
        for (name, of) in named {
            let towards = match &last {
                Some((same, towards)) if *same == name => towards.clone(),
                _ => {
                    let row = self.views.get(views::NUMBERS, &name)?;
                    row.map(|row| String::from_utf8_lossy(views::gemeente_of(&row)).into_owned())
                }
            };
            if let Some(code) = &towards {
                used.push((of, code.clone()));
            }
            last = Some((name, towards));
        }
        Ok(used)
    }
}
