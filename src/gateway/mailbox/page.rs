//! What waits for a caller, a page at a time: oldest first over all the mailboxes that he may read.

use std::fmt;

use knooppunt_standard::{Berichtsoort, Law};

use crate::ledger::{Ledger, LedgerError, Message};
use crate::register::{CodeKind, PartyCode};
use crate::route::Caller;
use crate::terms::Warning;

/// Most messages on one page.
pub const PAGE_MAX: usize = 1000;
/// Most waiting messages that one page looks at when a filter leaves most of them out.
const LOOKED_AT_MAX: usize = 20_000;

/// Which waiting messages are asked for; nothing set is all that the caller may read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only this mailbox.
    pub code: Option<PartyCode>,
    /// Only mailboxes of codes of this kind.
    pub of: Option<CodeKind>,
    /// Only this law.
    pub law: Option<Law>,
    /// Only this kind.
    pub soort: Option<Berichtsoort>,
    /// Only files under this functie, in any case.
    pub functie: Option<String>,
    /// Only what this code made.
    pub from: Option<PartyCode>,
    /// Only messages whose answer is to be warned of, by this.
    pub warned: Option<Warning>,
}

/// A place in the order of messages: the next page begins after it. In text a decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(u64);

impl Cursor {
    /// After the message at this position.
    pub(crate) fn at(position: u64) -> Self {
        Self(position)
    }

    /// The first position after it.
    pub(crate) fn next(self) -> u64 {
        self.0.saturating_add(1)
    }
}

/// The text is no cursor that a page gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of a page")]
pub struct NotACursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        text.parse().map(Self).map_err(|_| NotACursor)
    }
}

/// A page of waiting messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Oldest first: in the order in which they were taken.
    pub messages: Vec<Message>,
    /// Where the next page begins; absent when this was the last for now.
    pub next: Option<Cursor>,
}

/// A page of what the caller may read, from after a place on.
pub(super) fn page(
    ledger: &Ledger,
    caller: &Caller,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Page, LedgerError> {
    let codes: Vec<PartyCode> = caller
        .receivable_codes()
        .into_iter()
        .filter(|code| filter.code.is_none_or(|wanted| wanted == *code))
        .filter(|code| filter.of.is_none_or(|wanted| wanted == code.kind()))
        .collect();
    let mut from = after.map_or(0, |Cursor(position)| position.saturating_add(1));
    let mut messages = Vec::new();
    let mut looked_at = 0;
    loop {
        let mut rows = Vec::new();
        for code in &codes {
            rows.extend(
                ledger
                    .waiting(code, from, limit)?
                    .into_iter()
                    .map(|row| (*code, row)),
            );
        }
        // Every mailbox gave its oldest, so the oldest `limit` of these are the oldest of all.
        rows.sort_by_key(|(_, row)| row.position);
        rows.truncate(limit);
        let more = rows.len() == limit;
        for (code, row) in rows {
            looked_at += 1;
            from = row.position.saturating_add(1);
            let wanted = filter.law.is_none_or(|law| law.as_str() == row.kind.law)
                && filter
                    .soort
                    .is_none_or(|soort| soort.number() == row.kind.soort)
                && filter.from.is_none_or(|maker| maker.as_str() == row.maker)
                && filter.functie.as_ref().is_none_or(|wanted| {
                    let functie = row.kind.functie.as_ref();
                    functie.is_some_and(|functie| functie.eq_ignore_ascii_case(wanted))
                });
            if !wanted || !caller.may_receive(&code, &row.kind) {
                continue;
            }
            // It may have been acknowledged a moment ago; then it is listed once more.
            let whole = ledger.message_row(row.message)?.ok_or(LedgerError::Views {
                what: "a mailbox without message",
            })?;
            if !caller.may_receive_of(&code, &whole.kind, whole.received) {
                continue;
            }
            let message = ledger.message(row.message, &whole)?;
            if filter
                .warned
                .is_some_and(|warned| warned.of_message(&message, caller.day()).is_none())
            {
                continue;
            }
            messages.push(message);
            if messages.len() == limit {
                return Ok(Page {
                    messages,
                    next: Some(Cursor(row.position)),
                });
            }
        }
        if !more {
            return Ok(Page {
                messages,
                next: None,
            });
        }
        if looked_at >= LOOKED_AT_MAX {
            return Ok(Page {
                messages,
                next: Some(Cursor(from - 1)),
            });
        }
    }
}
