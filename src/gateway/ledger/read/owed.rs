//! What is owed between two parties, and the numbers that a provider used.

use std::collections::{BTreeMap, BinaryHeap};

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::terms::{Owed, OwedKey, Term};

use super::super::id::MessageId;
use super::super::pseudonym::Pseudonym;
use super::super::views::{self, DueRow, OpenRow, Side};
use super::super::{Ledger, LedgerError};
use super::decoded;
use crate::register::PartyCode;

/// Most unanswered messages of one code and side that are looked at.
pub(crate) const LOOKED_AT_MAX: usize = 100_000;
/// Rows that are read at once.
const PAGE: usize = 1_000;

impl Ledger {
    /// Messages that were not answered, to one code or made by it: of each term the `limit` that were taken first among those that `wanted` says are meant, by
    /// term and then the oldest first, with the moment in which they were taken. All that are open are looked at, since their rows are in no order of time: the
    /// record of an answer, which ends them, names its question and not when that came. Of more than [`LOOKED_AT_MAX`] so many are looked at, of any age. Err:
    /// the views cannot be read.
    pub(crate) fn unanswered_first(
        &self,
        code: &PartyCode,
        side: Side,
        limit: usize,
        wanted: impl Fn(&OpenRow) -> bool,
    ) -> Result<Vec<(Term, Timestamp, MessageId)>, LedgerError> {
        let mut first: BTreeMap<Term, BinaryHeap<(Timestamp, MessageId)>> = BTreeMap::new();
        self.each_unanswered(code, side, |message, row| {
            let kind = row.kind.kind();
            if let Some(term) = kind.and_then(|kind| Term::for_answer_to(kind.soort))
                && wanted(&row)
            {
                let of_term = first.entry(term).or_default();
                of_term.push((row.received, message));
                if of_term.len() > limit {
                    of_term.pop();
                }
            }
        })?;
        let of_term = |(term, of_term): (Term, BinaryHeap<_>)| {
            let sorted = of_term.into_sorted_vec().into_iter();
            sorted.map(move |(received, message)| (term, received, message))
        };
        Ok(first.into_iter().flat_map(of_term).collect())
    }

    /// Every message that was not answered, to one code or made by it, in the order of their ids, up to [`LOOKED_AT_MAX`]. Err: the views cannot be read.
    pub(super) fn each_unanswered(
        &self,
        code: &PartyCode,
        side: Side,
        mut each: impl FnMut(MessageId, OpenRow),
    ) -> Result<(), LedgerError> {
        let collection = match side {
            Side::Owes => views::OPEN,
            Side::Waits => views::WAITED,
        };
        let mut from = views::open_key(code.as_str(), MessageId::from_bytes([0; 16]));
        let to = views::open_key(code.as_str(), MessageId::from_bytes([0xff; 16]));
        for _ in 0..LOOKED_AT_MAX / PAGE {
            let rows = self.views.range(collection, &from, &to, PAGE)?;
            let more = rows.len() == PAGE;
            for (key, value) in rows {
                let id = key.last_chunk::<16>().ok_or(LedgerError::Views {
                    what: "a key of other length",
                })?;
                each(MessageId::from_bytes(*id), decoded(&value)?);
                from = key;
            }
            if !more {
                break;
            }
            from.push(0);
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
                    row.map(|code| String::from_utf8_lossy(&code).into_owned())
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
