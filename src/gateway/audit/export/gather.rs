//! Finds everything that a bundle holds, before any of it is told: a few numbers a message, so that memory does not grow with what messages say.

use std::collections::BTreeMap;

use super::super::ask::Question;
use super::super::error::AuditError;
use super::super::search::Search;
use crate::ledger::{Event, Happening, Ledger, LedgerError, Listed, MessageId, MessageRow, Named};
use crate::register::{PartyCode, Scope};
use crate::terms::Warning;

/// Messages that are searched for at once.
pub(in crate::audit) const PAGE: usize = 500;
/// Most pages of a search, whatever they hold: a condition pair that is rare ends here instead of reading for ever.
const PAGES_MAX: usize = 20_000;

/// What was found.
#[derive(Debug, Default)]
pub(in crate::audit) struct Found {
    /// Every record of the bundle, in ascending order.
    pub(in crate::audit) positions: Vec<u64>,
    /// The messages: the number of their pair, and the position.
    pub(in crate::audit) messages: Vec<(u32, u64)>,
    /// Maker and receiver.
    pub(in crate::audit) pairs: Vec<(String, String)>,
    /// Records that are damaged, and so cannot be given.
    pub(in crate::audit) left_out: u64,
}

/// Everything for which the conditions hold. Err: more than `records_max` records, or it takes too long; or as of a search.
pub(in crate::audit) fn gather(
    ledger: &Ledger,
    scope: &Scope,
    question: &Question,
    when: (Warning, jiff::civil::Date),
    records_max: usize,
) -> Result<Found, AuditError> {
    let mut gathering = Gathering {
        ledger,
        scope,
        found: Found::default(),
        numbers: BTreeMap::new(),
        shared: BTreeMap::new(),
    };
    let mut behind = None;
    for _ in 0..PAGES_MAX {
        let search = Search::within(scope, question, ledger, when)?;
        let page = search.page(behind)?;
        for message in &page.messages {
            gathering.take(
                (message.maker, message.receiver),
                message.id,
                message.position,
            )?;
            if gathering.found.positions.len() > records_max {
                return Err(AuditError::ExportTooLarge);
            }
        }
        behind = page.next;
        if behind.is_none() {
            let mut found = gathering.found;
            found.positions.sort_unstable();
            found.positions.dedup();
            return Ok(found);
        }
    }
    Err(AuditError::ExportTooLarge)
}

struct Gathering<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    found: Found,
    numbers: BTreeMap<(PartyCode, PartyCode), u32>,
    /// Records about many messages that were met, and whether all of these are within the scope.
    shared: BTreeMap<u64, bool>,
}

impl Gathering<'_> {
    /// A message that was found, with the records of what happened to it.
    fn take(
        &mut self,
        pair: (PartyCode, PartyCode),
        id: MessageId,
        position: u64,
    ) -> Result<(), AuditError> {
        let Some(row) = self.ledger.message_row(id)? else {
            return Ok(());
        };
        let next = u32::try_from(self.numbers.len()).map_err(|_| AuditError::ExportTooLarge)?;
        let number = *self.numbers.entry(pair).or_insert(next);
        if number == next {
            let (maker, receiver) = pair;
            let pair = (maker.to_string(), receiver.to_string());
            self.found.pairs.push(pair);
        }
        self.found.messages.push((number, position));
        for position in records_of(self.ledger, id, &row)? {
            if self.may_be_given(position, id)? {
                self.found.positions.push(position);
            }
        }
        Ok(())
    }

    /// Whether a record about this message names no message outside the scope.
    fn may_be_given(&mut self, position: u64, id: MessageId) -> Result<bool, AuditError> {
        if let Some(known) = self.shared.get(&position) {
            return Ok(*known);
        }
        let event = match self.ledger.event_at(position) {
            Ok(event) => event,
            Err(error) if error.damaged() => {
                self.found.left_out += 1;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        match event {
            Event::Received(_)
            | Event::DeadLettered(_)
            | Event::Rejected(_)
            | Event::Decided(_)
            | Event::Reconsidered(_) => Ok(true),
            Event::Acknowledged(acknowledged) => Ok(self.all_within(&acknowledged.closes, id)?),
            Event::Erased(erased) => {
                let within = self.all_within(&erased.messages, id)?;
                self.shared.insert(position, within);
                Ok(within)
            }
            Event::Refused(_)
            | Event::DryRun(_)
            | Event::Forgotten(_)
            | Event::Imported(_)
            | Event::Returned(_)
            | Event::Told(_)
            | Event::Delivery(_)
            | Event::Brings(_)
            | Event::Viewed(_) => Ok(false),
        }
    }

    fn all_within(&self, named: &[Named], own: MessageId) -> Result<bool, LedgerError> {
        for Named { message, .. } in named {
            if *message == own {
                continue;
            }
            let row = self.ledger.message_row(*message)?;
            if row.is_none_or(|row| Listed::within(self.scope, *message, &row).is_none()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Positions of the records about a message. An answer to it is a message of its own.
fn records_of(ledger: &Ledger, id: MessageId, row: &MessageRow) -> Result<Vec<u64>, LedgerError> {
    let moments = ledger.timeline(id, row)?.into_iter();
    let own = moments.filter(|moment| !matches!(moment.happening, Happening::Answered { .. }));
    let mut positions: Vec<u64> = own.map(|moment| moment.position).collect();
    positions.extend(ledger.judged_again(id)?.map(|judged| judged.position));
    let choices = ledger.choices(id)?.into_values();
    positions.extend(choices.map(|choice| choice.position));
    positions.sort_unstable();
    positions.dedup();
    Ok(positions)
}
