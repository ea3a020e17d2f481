//! What the outcome of a message hangs on: messages between the same two parties that wait for an answer.

use std::collections::HashSet;

use knooppunt_standard::assess::{self, Footing};
use knooppunt_standard::history::RowKey;

use super::Asking;
use crate::intake::held::Open;
use crate::ledger::{LedgerError, Names, Unclear};

/// Most messages of one scope that may wait for an answer and still be looked at; with more, no outcome is certain.
const PENDING_MAX: usize = 500;

/// Most bytes of what those do that are looked at for one message; with more, no outcome is certain.
const PENDING_BYTES_MAX: u64 = 8 * 1024 * 1024;

impl Asking {
    /// What waits for an answer and may change the outcome. Whether it does is not asked: of what waits any part may be accepted, in any order. What came after
    /// the message, when it is judged again, is no part of its past. The first will do, unless `all` are asked for.
    pub(super) fn hangs(
        &self,
        names: &Names,
        footing: &Footing,
        all: bool,
    ) -> Result<Open, LedgerError> {
        let mut open = Open::default();
        if footing.is_certain() {
            return Ok(open);
        }
        let mut waiting = self.waiting(names)?;
        if let Some(again) = &self.again {
            waiting.retain(|position| *position < again.position);
        }
        let unclear = |open: Open, unclear, reason: &'static str| {
            metrics::counter!("knooppunt_outcomes_open_total", "bericht" => self.kind.name(), "reason" => reason).increment(1);
            let unclear = Some(unclear);
            Ok(Open { unclear, ..open })
        };
        if waiting.is_empty() {
            return Ok(open);
        }
        if waiting.len() == PENDING_MAX {
            return unclear(open, Unclear::Many, "many");
        }
        let mut bytes = 0;
        let mut known = self.ledger.past(names.scope());
        for position in waiting {
            bytes += self.ledger.effect_bytes(position)?;
            if bytes > PENDING_BYTES_MAX {
                return unclear(open, Unclear::Large, "large");
            }
            let Some(waits) = self.ledger.pending_of(position)? else {
                // Of what came before the past is whole nothing is missed.
                let came = self.ledger.day_of(position)?;
                if self.since.is_some_and(|since| came < since) {
                    continue;
                }
                return unclear(open, Unclear::Damaged, "unknown");
            };
            known.load(&*self.ledger.views, assess::taken_back(&waits))?;
            let hits = waits
                .iter()
                .flat_map(|waits| footing.hit_by(waits, known.past()));
            let hits: HashSet<RowKey> = hits.collect();
            if !hits.is_empty() {
                open.messages.push((position, hits));
                if !all {
                    break;
                }
            }
        }
        if !open.messages.is_empty() {
            metrics::counter!("knooppunt_outcomes_open_total", "bericht" => self.kind.name(), "reason" => "waits").increment(1);
        }
        Ok(open)
    }

    /// Positions of what waits for an answer in the scope, [`PENDING_MAX`] at most.
    fn waiting(&self, names: &Names) -> Result<Vec<u64>, LedgerError> {
        let hole = match &self.pair {
            Some(pair) => self.ledger.last_hole(self.kind.law.as_str(), pair)?,
            None => None,
        };
        // Where nothing was lost, what was answered waits no longer.
        let behind = self.since.filter(|_| hole.is_some());
        self.ledger.pending(names.scope(), behind, PENDING_MAX)
    }
}
