//! What is judged again of one scope while it has its turn: the oldest first.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::queue::Due;
use crate::ledger::{self, Ledger, LedgerError, MessageId};

/// What is left of it.
pub(super) struct Round {
    ledger: Arc<Ledger>,
    /// Name of the scope in the views.
    scope: [u8; 16],
    /// What is due; of single messages those of which the position was not asked for yet.
    due: Due,
    /// The others, by position.
    placed: BTreeMap<u64, MessageId>,
}

impl Round {
    pub(super) fn of(ledger: &Arc<Ledger>, scope: [u8; 16], due: Due) -> Self {
        Self {
            ledger: Arc::clone(ledger),
            scope,
            due,
            placed: BTreeMap::new(),
        }
    }

    /// This as well.
    pub(super) fn add(&mut self, due: Due) {
        self.due.add(due);
    }

    /// The oldest, which is not left any more then; `None`: nothing is. Err: the views cannot be read, and all of it is left.
    pub(super) async fn oldest(&mut self) -> Result<Option<MessageId>, LedgerError> {
        let (ledger, scope, from) = (Arc::clone(&self.ledger), self.scope, self.due.all_from);
        let (unplaced, under) = (self.due.some.clone(), self.due.under.clone());
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
            let asking = ledger.asking_under(&scope, &under)?;
            placed.extend(asking.iter().map(|held| (held.position, held.message)));
            Ok((first, placed))
        };
        let (first, placed) = ledger::blocking(read).await?;
        self.due.some.clear();
        self.due.under.clear();
        self.placed.extend(placed);
        if let Some(first) = first {
            self.placed.insert(first.position, first.message);
        } else {
            self.due.all_from = None;
        }
        let Some((position, message)) = self.placed.pop_first() else {
            return Ok(None);
        };
        let all_from = self.due.all_from;
        self.due.all_from = all_from.map(|from| from.max(position.saturating_add(1)));
        Ok(Some(message))
    }

    pub(super) fn left(mut self) -> Due {
        self.due.some.extend(self.placed.into_values());
        self.due
    }
}
