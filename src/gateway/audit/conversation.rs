//! One message as an auditor sees it: what happened to it, who judged it on which grounds, and its receipt. Facts and places, never content.

use crate::ledger::{
    Decided, Event, Found, Happening, Inputs, Ledger, LedgerError, Listed, Message,
};
use crate::ledger::{MessageId, MessageRow, Moment};
use crate::mailbox::{MailboxError, receipt_of};
use crate::receipt::{Receipt, Receipts};
use crate::register::Scope;

/// Most findings of a message that are shown.
pub const FINDINGS_MAX: usize = 100;
/// Most lines on which somebody decided that are shown.
const CHOICES_MAX: usize = 1_000;

/// A message with everything that is known of how it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The message.
    pub message: Message,
    /// What happened to it, oldest first; an answer outside the scope is not named.
    pub timeline: Vec<Moment>,
    /// Position of the record with the last verdict of the gateway: its own, or that of the declaration judged again.
    pub judged_at: u64,
    /// What that verdict was made with; `None`: its record is damaged.
    pub inputs: Option<Inputs>,
    /// What it found.
    pub found: Found,
    /// On which lines was decided, by path.
    pub decisions: Vec<LineDecided>,
    /// The signed receipt; `None` when what it states is lost to damage.
    pub receipt: Option<Receipt>,
}

/// A line of a declaration on which its receiver decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDecided {
    /// Path of the line.
    pub path: String,
    /// Whether it was granted.
    pub granted: bool,
    /// Position of the record that says so.
    pub position: u64,
    /// Party (register name) that decided.
    pub party: String,
}

/// A message of the scope.
pub(super) fn open(
    ledger: &Ledger,
    receipts: &Receipts,
    scope: &Scope,
    (id, row): (MessageId, &MessageRow),
) -> Result<Opened, LedgerError> {
    let message = ledger.message(id, row)?;
    let mut timeline = ledger.timeline(id, row)?;
    for moment in &mut timeline {
        if let Happening::Answered { by, .. } = &mut moment.happening
            && let Some(answer) = *by
            && !is_within(ledger, scope, answer)?
        {
            *by = None;
        }
    }
    let judged_at = match ledger.judged_again(id)? {
        Some(judged) => judged.position,
        None => row.position,
    };
    let receipt = match receipt_of(ledger, receipts, &message) {
        Ok((receipt, _)) => Some(receipt),
        Err(MailboxError::Ledger(error)) if !error.damaged() => return Err(error),
        Err(_) => None,
    };
    Ok(Opened {
        timeline,
        judged_at,
        inputs: inputs(ledger, judged_at)?,
        found: ledger.found(id, row, FINDINGS_MAX)?,
        decisions: decisions(ledger, id)?,
        receipt,
        message,
    })
}

fn is_within(ledger: &Ledger, scope: &Scope, id: MessageId) -> Result<bool, LedgerError> {
    let row = ledger.message_row(id)?;
    Ok(row.is_some_and(|row| Listed::within(scope, id, &row).is_some()))
}

fn inputs(ledger: &Ledger, position: u64) -> Result<Option<Inputs>, LedgerError> {
    match ledger.event_at(position) {
        Ok(Event::Received(received)) => Ok(Some(received.inputs)),
        Ok(Event::Reconsidered(again)) => Ok(again.inputs),
        Ok(_) => Ok(None),
        Err(error) if error.damaged() => Ok(None),
        Err(error) => Err(error),
    }
}

fn decisions(ledger: &Ledger, id: MessageId) -> Result<Vec<LineDecided>, LedgerError> {
    let mut decided = Vec::new();
    for (path, choice) in ledger.choices(id)?.into_iter().take(CHOICES_MAX) {
        let event = ledger.event_at(choice.position);
        let party = if let Ok(Event::Decided(Decided { party, .. })) = event {
            party
        } else {
            String::new()
        };
        decided.push(LineDecided {
            path,
            granted: choice.grant,
            position: choice.position,
            party,
        });
    }
    Ok(decided)
}
