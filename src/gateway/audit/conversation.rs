//! One message as an auditor sees it: what happened to it, who judged it on which grounds, and its receipt. Facts and places, never content.

use crate::ledger::{
    Decided, Event, Found, Happening, Inputs, Ledger, LedgerError, Listed, Logged, Message,
};
use crate::ledger::{MessageId, MessageRow, Moment, Place, ThreadId};
use crate::log::Log;
use crate::mailbox::{MailboxError, receipt_of};
use crate::receipt::{Receipt, Receipts};
use crate::register::Scope;

/// Most findings of a message that are shown.
pub const FINDINGS_MAX: usize = 100;
/// Most messages of a thread on a page.
pub const THREAD_MAX: usize = 20;
/// Moments, findings and decisions behind which a page of a thread ends.
const TOLD_MAX: usize = 2_000;
/// Rows of a thread that are read at once.
const ROWS_AT_ONCE: usize = 100;
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
    /// The signed receipt, with what shows that its record is in the log; `None` when what it states is lost to damage.
    pub receipt: Option<Proof>,
}

/// A receipt, as its parties have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The signed statement.
    pub receipt: Receipt,
    /// Its record as the log has it.
    pub logged: Logged,
    /// Whether the log shows that it is there.
    pub in_log: InLog,
}

/// Whether the log shows that a record stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InLog {
    /// It does: a C2SP tlog-proof.
    Proved(String),
    /// No checkpoint is over it yet.
    NotYet,
    /// No log is kept.
    NoLog,
}

/// What is read to open messages.
#[derive(Clone, Copy)]
pub(super) struct Opening<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) receipts: &'a Receipts,
    pub(super) log: Option<&'a Log>,
    pub(super) scope: &'a Scope,
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

/// A page of the messages of a thread within the scope, oldest first, behind a position; and behind which place the next begins, when there are more. It ends early when its messages have much to tell.
pub(super) fn thread(
    opening: Opening<'_>,
    thread: ThreadId,
    behind: Option<u64>,
) -> Result<(Vec<Opened>, Option<Place>), LedgerError> {
    let Opening { ledger, scope, .. } = opening;
    let (mut opened, mut told, mut last) = (Vec::new(), 0, None);
    let mut from = behind.map_or(0, |behind| behind.saturating_add(1));
    loop {
        let some = ledger.thread_from(thread, from, ROWS_AT_ONCE)?;
        for (id, row) in &some {
            from = row.position.saturating_add(1);
            let Some(listed) = Listed::within(scope, *id, row) else {
                continue;
            };
            if opened.len() == THREAD_MAX || told >= TOLD_MAX {
                return Ok((opened, last));
            }
            let one = open(opening, (*id, row))?;
            told += one.timeline.len() + one.found.first.len() + one.decisions.len();
            opened.push(one);
            last = Some(listed.place());
        }
        if some.len() < ROWS_AT_ONCE {
            return Ok((opened, None));
        }
    }
}

/// A message of the scope.
pub(super) fn open(
    opening: Opening<'_>,
    (id, row): (MessageId, &MessageRow),
) -> Result<Opened, LedgerError> {
    let Opening { ledger, scope, .. } = opening;
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
    let receipt = match receipt_of(ledger, opening.receipts, &message) {
        Ok((receipt, logged)) => Some(Proof {
            in_log: in_log(opening.log, logged.position),
            receipt,
            logged,
        }),
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

fn in_log(log: Option<&Log>, position: u64) -> InLog {
    let Some(log) = log else {
        return InLog::NoLog;
    };
    match log.prove_now(position) {
        Ok(Some(proved)) => InLog::Proved(proved.proof.to_string()),
        Ok(None) => InLog::NotYet,
        Err(error) => {
            // Told by the log's own health; the receipt holds without.
            tracing::error!(code = error.code(), %error, "a receipt without its proof");
            InLog::NotYet
        }
    }
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
