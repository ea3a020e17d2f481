//! Terms of answers: which messages wait for an answer of their receiver, and until which day he is in time. How many days a term has is the standard's;
//! this knows who must answer what, and what day it is.

use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::Kind;
use knooppunt_standard::terms::{Term, WorkingDays};

use crate::clock::day_of;
use crate::ledger::{self, Ledger, LedgerError, MessageId};
use crate::register::PartyCode;
use crate::route::Caller;

/// Most unanswered messages to one code that are looked at.
pub const OPEN_MAX: usize = 1000;

static WORKING_DAYS: LazyLock<WorkingDays> = LazyLock::new(WorkingDays::built_in);

/// How a term stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The last day has passed.
    Over,
    /// Today is the last day.
    LastDay,
    /// There is a day left after today.
    Running,
    /// The working days of the year are not known here.
    Unknown,
}

impl Standing {
    /// Stable code: `over`, `last-day`, `running` or `unknown`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::LastDay => "last-day",
            Self::Running => "running",
            Self::Unknown => "unknown",
        }
    }

    fn of(last_day: Option<Date>, today: Date) -> Self {
        match last_day {
            None => Self::Unknown,
            Some(last) if last < today => Self::Over,
            Some(last) if last == today => Self::LastDay,
            Some(_) => Self::Running,
        }
    }
}

/// A message that waits for its receiver's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Which message.
    pub message: MessageId,
    /// Its kind.
    pub kind: Kind,
    /// Who made it.
    pub maker: PartyCode,
    /// Who must answer.
    pub receiver: PartyCode,
    /// When it was taken.
    pub received: Timestamp,
    /// The last day on which an answer is in time; `None`: the working days of the year are not known.
    pub last_day: Option<Date>,
    /// How that stands today.
    pub standing: Standing,
}

/// The last day for the answer to a message of this kind that was taken then; `None`: none is owed, or the working days are not known.
pub fn answer_by(kind: &Kind, received: Timestamp) -> Option<Date> {
    Term::for_answer_to(kind.soort)?.last_day(day_of(received), &WORKING_DAYS)
}

/// Which answers are owed. Every answer depends on who asks.
pub struct Terms {
    ledger: Arc<Ledger>,
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

impl Terms {
    /// The terms of the messages in this ledger.
    pub fn new(ledger: Arc<Ledger>) -> Self {
        Self { ledger }
    }

    /// What the caller has to answer, the first to end first; of each of his codes at most [`OPEN_MAX`] messages. Err: we could not do our work.
    pub async fn of(&self, caller: &Caller) -> Result<Vec<Open>, LedgerError> {
        let (ledger, caller) = (Arc::clone(&self.ledger), caller.clone());
        ledger::blocking(move || {
            let mut open = Vec::new();
            for code in caller.receivable_codes() {
                let owed = unanswered(&ledger, &code, caller.day())?;
                open.extend(owed.into_iter().filter(|open| {
                    let kind = ledger::KindRecord::of(&open.kind);
                    caller.may_receive_of(&code, &kind, open.received)
                }));
            }
            open.sort_by_key(|open| (open.last_day.unwrap_or(Date::MAX), open.received));
            Ok(open)
        })
        .await
    }
}

/// What the owner of a code has to answer, in no order, at most [`OPEN_MAX`]. Err: the views cannot be read.
pub(crate) fn unanswered(
    ledger: &Ledger,
    code: &PartyCode,
    today: Date,
) -> Result<Vec<Open>, LedgerError> {
    let mut open = Vec::new();
    for (message, row) in ledger.unanswered(code, OPEN_MAX)? {
        let (Some(kind), Ok(maker)) = (row.kind.kind(), row.maker.parse()) else {
            continue;
        };
        let last_day = answer_by(&kind, row.received);
        open.push(Open {
            message,
            kind,
            maker,
            receiver: *code,
            received: row.received,
            last_day,
            standing: Standing::of(last_day, today),
        });
    }
    Ok(open)
}
