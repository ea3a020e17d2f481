//! What is judged again of one scope while it has its turn: the oldest first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::queue::Due;
use crate::ledger::{self, Ledger, LedgerError, MessageId};

/// What is left of it.
pub(super) struct Round {
    ledger: Arc<Ledger>,
    /// Name of the scope in the views.
    scope: [u8; 16],
    /// All that waits from this position on.
    all_from: Option<u64>,
    /// These as well, by position.
    some: BTreeMap<u64, MessageId>,
    /// And these, of which the position was not asked for yet.
    unplaced: BTreeSet<MessageId>,
}

impl Round {
    pub(super) fn of(ledger: &Arc<Ledger>, scope: [u8; 16], due: Due) -> Self {
        let mut round = Self {
            ledger: Arc::clone(ledger),
            scope,
            all_from: None,
            some: BTreeMap::new(),
            unplaced: BTreeSet::new(),
        };
        round.add(due);
        round
    }

    /// This as well.
    pub(super) fn add(&mut self, Due { all_from, some }: Due) {
        self.all_from = match (self.all_from, all_from) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.unplaced.extend(some);
    }

    /// The oldest, which is not left any more then; `None`: nothing is. Err: the views cannot be read, and all of it is left.
    pub(super) async fn oldest(&mut self) -> Result<Option<MessageId>, LedgerError> {
        let (ledger, scope, from) = (Arc::clone(&self.ledger), self.scope, self.all_from);
        let unplaced = self.unplaced.clone();
        let read = move || {
            let first = match from {
                Some(from) => ledger.held_in(&scope, from, 1)?.pop(),
                None => None,
            };
            let mut placed = Vec::with_capacity(unplaced.len());
            for message in unplaced {
                let row = ledger.message_row(message)?;
                placed.extend(row.map(|row| (row.position, message)));
            }
            Ok((first, placed))
        };
        let (first, placed) = ledger::blocking(read).await?;
        self.unplaced.clear();
        self.some.extend(placed);
        if let Some(first) = first {
            self.some.insert(first.position, first.message);
        } else {
            self.all_from = None;
        }
        let Some((position, message)) = self.some.pop_first() else {
            return Ok(None);
        };
        self.all_from = self
            .all_from
            .map(|from| from.max(position.saturating_add(1)));
        Ok(Some(message))
    }

    pub(super) fn left(self) -> Due {
        let mut some = self.unplaced;
        some.extend(self.some.into_values());
        Due {
            all_from: self.all_from,
            some,
        }
    }
}
