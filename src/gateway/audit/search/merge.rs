//! Lists that are read side by side, newest message first.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::vec;

use super::super::error::AuditError;
use crate::ledger::{Facet, Ledger, Listed, Place};
use crate::register::Reach;

/// Messages that are held against the conditions, newest first.
pub(super) enum Candidates<'a> {
    Few(vec::IntoIter<Listed>),
    Lists(Box<Merge<'a>>),
}

impl Candidates<'_> {
    pub(super) fn next(&mut self, ledger: &Ledger) -> Result<Option<Listed>, AuditError> {
        match self {
            Self::Few(few) => Ok(few.next()),
            Self::Lists(merge) => merge.next(ledger),
        }
    }
}

/// Lists that are read side by side.
pub(super) struct Merge<'a> {
    lists: Vec<List<'a>>,
    /// The newest of each list that is not at its end.
    heads: BinaryHeap<Head>,
    /// Whether the first rows of every list were read.
    begun: bool,
}

/// One of them, as far as it was read.
struct List<'a> {
    reach: Reach,
    facet: Facet<'a>,
    behind: Option<Place>,
    rows: VecDeque<Listed>,
    /// How many rows are read next.
    chunk: usize,
    ended: bool,
}

/// The newest message of a list.
struct Head {
    listed: Listed,
    list: usize,
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.listed.position, other.list).cmp(&(other.listed.position, self.list))
    }
}

/// Most rows of a list that are read at once.
const CHUNK_MAX: usize = 512;

impl<'a> Merge<'a> {
    pub(super) fn of(lists: Vec<(Reach, Facet<'a>)>, behind: Option<Place>, limit: usize) -> Self {
        // A page is short, so many lists give few rows each.
        let chunk = (2 * limit / lists.len().max(1)).clamp(2, 128);
        let lists = lists.into_iter().map(|(reach, facet)| List {
            reach,
            facet,
            behind,
            rows: VecDeque::new(),
            chunk,
            ended: false,
        });
        Self {
            lists: lists.collect(),
            heads: BinaryHeap::new(),
            begun: false,
        }
    }

    fn next(&mut self, ledger: &Ledger) -> Result<Option<Listed>, AuditError> {
        if !self.begun {
            self.begun = true;
            for list in 0..self.lists.len() {
                self.lift(list, ledger)?;
            }
        }
        let Some(Head { listed, list }) = self.heads.pop() else {
            return Ok(None);
        };
        self.lift(list, ledger)?;
        Ok(Some(listed))
    }

    /// Puts the next message of a list among the heads.
    fn lift(&mut self, number: usize, ledger: &Ledger) -> Result<(), AuditError> {
        let Some(list) = self.lists.get_mut(number) else {
            return Ok(());
        };
        if list.rows.is_empty() && !list.ended {
            let rows = ledger.listed(&list.reach, list.facet, list.behind, list.chunk)?;
            list.ended = rows.len() < list.chunk;
            list.behind = rows.last().map(Listed::place).or(list.behind);
            list.chunk = (list.chunk * 2).min(CHUNK_MAX);
            list.rows = rows.into();
        }
        let head = list.rows.pop_front();
        self.heads.extend(head.map(|listed| Head {
            listed,
            list: number,
        }));
        Ok(())
    }
}
