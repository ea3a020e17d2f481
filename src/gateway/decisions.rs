//! What waits for a decision of the caller, or for another message, before the gateway answers in his name; and deciding.
//!
//! Says who may see and decide what; intake records decisions and judges again. What a caller may not see is answered like what does not exist. Nothing told
//! here holds a value from a message: lines are named by their paths.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use knooppunt_standard::rules::{self, Weight};
use knooppunt_standard::{Finding, Kind};

use crate::intake::{DecisionError, Intake, Now, Wanted};
use crate::ledger::{
    self, ChoiceRow, HeldRow, Ledger, LedgerError, Mark, Message, MessageId, MessageRow, Waiting,
};
use crate::mailbox::{Cursor, PAGE_MAX, Sides};
use crate::register::PartyCode;
use crate::route::Caller;

/// Most declarations on one page of the list: of each the record is read that says why it waits.
pub const DECLARATIONS_MAX: usize = 100;
/// Most lines of each declaration in the list; all of them stand, in pages, with the declaration itself.
const LINES_SHOWN: usize = 100;
/// Most messages that it waits for of each declaration in the list, and most paths of each of those.
const AWAITED_SHOWN: usize = 10;
/// Most declarations that one page looks at when the caller may not see most of them.
const LOOKED_AT_MAX: usize = 20_000;

/// How much of a declaration is told.
#[derive(Debug, Clone, Copy)]
struct Shown {
    /// Lines, from the one with this number (from 0) on.
    from: usize,
    /// Most lines.
    lines: usize,
    /// Most messages that are waited for, and most paths of each.
    awaited: usize,
}

impl Shown {
    /// In the list.
    const SHORT: Self = Self {
        from: 0,
        lines: LINES_SHOWN,
        awaited: AWAITED_SHOWN,
    };

    /// With the declaration itself: all that is kept of what is waited for.
    const fn page(from: usize) -> Self {
        Self {
            from,
            lines: PAGE_MAX,
            awaited: usize::MAX,
        }
    }
}

/// A line on which a decision is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Path of the Prestatie, with its numbers.
    pub path: String,
    /// The rule that asks, with its text; `None` when this program does not know it.
    pub finding: Option<Finding>,
}

/// A message that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Which, and of which kind; `None` when the caller may not see it.
    pub message: Option<(MessageId, Kind)>,
    /// The first lines that it may change, by path; none: the declaration as a whole.
    pub paths: Vec<String>,
    /// How many lines there are beyond those.
    pub more: u64,
}

/// How a declaration that waits, or waited, stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The declaration.
    pub message: Message,
    /// Whether its answer is still kept back.
    pub waits: bool,
    /// Number of the verdict by which it waits; `None` when it does not any more.
    pub verdict: Option<u64>,
    /// Lines that still ask for a decision, in document order, from the one that was asked for.
    pub lines: Vec<Line>,
    /// How many such lines there are beyond those.
    pub more: u64,
    /// Messages that it waits for, oldest first.
    pub messages: Vec<Awaited>,
    /// How many such messages there are beyond those.
    pub messages_more: u64,
    /// Whether it may wait for other messages too: more of them wait than are looked at, or one is damaged.
    pub unclear: bool,
    /// How many lines were granted by a decision.
    pub granted: u64,
    /// How many lines were refused by one.
    pub refused: u64,
}

/// A page of declarations that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Oldest first.
    pub declarations: Vec<Standing>,
    /// Where the next page begins; absent when this was the last for now.
    pub next: Option<Cursor>,
}

/// Declarations that wait. Every answer depends on who asks.
pub struct Decisions {
    ledger: Arc<Ledger>,
    intake: Arc<Intake>,
    now: Arc<Now<'static>>,
}

impl fmt::Debug for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decisions")
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

impl Decisions {
    /// Those of this ledger, decided through this intake with the register and at the moment that `now` gives.
    pub fn new(ledger: Arc<Ledger>, intake: Arc<Intake>, now: Arc<Now<'static>>) -> Self {
        Self {
            ledger,
            intake,
            now,
        }
    }

    /// What waits for the caller, oldest first, at most `limit` (1 to [`DECLARATIONS_MAX`]) declarations. Err: we could not do our work.
    pub async fn list(
        &self,
        caller: &Caller,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, LedgerError> {
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        let limit = limit.clamp(1, DECLARATIONS_MAX);
        ledger::blocking(move || page(&ledger, &caller, after, limit)).await
    }

    /// One declaration that waits or waited, with its lines from the one with this number (from 0) on. Err: not found; damaged; or we could not do our work.
    pub async fn one(
        &self,
        caller: &Caller,
        id: MessageId,
        from: usize,
    ) -> Result<Standing, DecisionError> {
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        let found = ledger::blocking(move || {
            let row = ledger.message_row(id)?;
            let Some(row) = row.filter(|row| Sides::of(&caller, row).awaits()) else {
                return Ok(None);
            };
            if !row.marks.contains(&Mark::Held) {
                return Ok(None);
            }
            standing(&ledger, &caller, id, &row, Shown::page(from)).map(Some)
        });
        found.await?.ok_or(DecisionError::NotFound)
    }

    /// Whether the caller may decide on a declaration that he may see. Err: not found, or we could not do our work.
    pub async fn may_decide(&self, caller: &Caller, id: MessageId) -> Result<bool, DecisionError> {
        let ledger = Arc::clone(&self.ledger);
        let row = ledger::blocking(move || ledger.message_row(id)).await?;
        let row = row.filter(|row| row.marks.contains(&Mark::Held));
        let sides = row.map(|row| Sides::of(caller, &row));
        let sides = sides.filter(|sides| sides.awaits());
        Ok(sides.ok_or(DecisionError::NotFound)?.decides)
    }

    /// Decides on lines of a declaration. When this returns, what was decided is durable, and where nothing is waited for any more the declaration is answered.
    /// Err: nothing was recorded. The caller must be one who may decide.
    pub async fn decide(
        &self,
        caller: &Caller,
        id: MessageId,
        wanted: Wanted,
    ) -> Result<Standing, DecisionError> {
        if !self.may_decide(caller, id).await? {
            return Err(DecisionError::NotFound);
        }
        let (now, party) = (&*self.now, &caller.party);
        self.intake.decide_lines(now, party, id, wanted).await?;
        self.one(caller, id, 0).await
    }
}

fn page(
    ledger: &Ledger,
    caller: &Caller,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, LedgerError> {
    let codes: BTreeSet<PartyCode> = caller
        .receivable_codes()
        .into_iter()
        .chain(caller.decidable_codes())
        .collect();
    let mut from = after.map_or(0, Cursor::next);
    let (mut declarations, mut looked_at) = (Vec::new(), 0);
    loop {
        let mut rows = Vec::new();
        for code in &codes {
            rows.extend(ledger.held(code, from, limit)?);
        }
        // Of every code the oldest, so the oldest `limit` of these are the oldest of all.
        rows.sort_by_key(|row| row.position);
        rows.truncate(limit);
        let more = rows.len() == limit;
        for HeldRow {
            position, message, ..
        } in rows
        {
            looked_at += 1;
            from = position.saturating_add(1);
            let row = ledger.message_row(message)?.ok_or(LedgerError::Views {
                what: "a held declaration without message",
            })?;
            if !Sides::of(caller, &row).awaits() {
                continue;
            }
            declarations.push(standing(ledger, caller, message, &row, Shown::SHORT)?);
            if declarations.len() == limit {
                let next = Some(Cursor::at(position));
                return Ok(Page { declarations, next });
            }
        }
        if !more {
            let next = None;
            return Ok(Page { declarations, next });
        }
        if looked_at >= LOOKED_AT_MAX {
            let next = Some(Cursor::at(from - 1));
            return Ok(Page { declarations, next });
        }
    }
}

fn standing(
    ledger: &Ledger,
    caller: &Caller,
    id: MessageId,
    row: &MessageRow,
    shown: Shown,
) -> Result<Standing, LedgerError> {
    let held = ledger.held_at(&row.receiver, row.position)?;
    let (waiting, damaged) = match held.as_ref().map(|held| ledger.waiting_of(held)) {
        None => (Waiting::default(), false),
        Some(Ok(waiting)) => (waiting, false),
        // It waits, and nobody can tell for what: its receiver answers it himself.
        Some(Err(error)) if error.damaged() => (Waiting::default(), true),
        Some(Err(error)) => return Err(error),
    };
    let choices = ledger.choices(id)?;
    let undecided: Vec<_> = waiting
        .lines
        .iter()
        .filter(|line| !choices.contains_key(&line.path))
        .collect();
    let lines: Vec<Line> = undecided
        .iter()
        .skip(shown.from)
        .take(shown.lines)
        .map(|line| Line {
            path: line.path.clone(),
            finding: rules::find(&line.rule)
                .map(|rule| Finding::of_rule(rule, Weight::Advises, line.path.clone(), (0, 0))),
        })
        .collect();
    let more = undecided
        .len()
        .saturating_sub(shown.from.saturating_add(lines.len())) as u64;
    let mut messages = Vec::new();
    let (scope, mut messages_more) = (ledger.scope_of(row)?, 0);
    for awaited in &waiting.messages {
        // Settled since.
        if !ledger.is_pending(scope, awaited.position)? {
            continue;
        }
        if messages.len() == shown.awaited {
            messages_more += 1;
            continue;
        }
        let paths = awaited.paths.iter().take(shown.awaited);
        let left = awaited.paths.len().saturating_sub(shown.awaited) as u64;
        messages.push(Awaited {
            message: visible(ledger, caller, awaited.position)?,
            paths: paths.cloned().collect(),
            more: awaited.more + left,
        });
    }
    let (granted, refused) = counted(&choices);
    Ok(Standing {
        message: ledger.message(id, row)?,
        waits: held.is_some(),
        verdict: held.map(|held| held.judged),
        lines,
        more,
        messages,
        messages_more,
        unclear: damaged || waiting.unclear.is_some(),
        granted,
        refused,
    })
}

/// The message at a position, when the caller may see it.
fn visible(
    ledger: &Ledger,
    caller: &Caller,
    position: u64,
) -> Result<Option<(MessageId, Kind)>, LedgerError> {
    let Some((id, row)) = ledger.message_at(position)? else {
        return Ok(None);
    };
    let sides = Sides::of(caller, &row);
    let seen = sides.any() || sides.decides;
    Ok(row.kind.kind().filter(|_| seen).map(|kind| (id, kind)))
}

fn counted(choices: &BTreeMap<String, ChoiceRow>) -> (u64, u64) {
    let granted = choices.values().filter(|chosen| chosen.grant).count() as u64;
    (granted, choices.len() as u64 - granted)
}
