//! Terms: what a party owes another and until which day it is in time. Which terms there are and how many days they have is the standard's, and so is what
//! ends them; this knows whose they are, what day it is, and when to warn.
//!
//! Two kinds of things are owed. An answer that names its question (a retour, a 325) is owed from the receipt of the question until such an answer is taken,
//! whatever it says. The others (a decision on a request, a start, a stop) follow from what messages change, and are kept by the ledger as
//! [`knooppunt_standard::terms`] works them out.

mod count;
mod standing;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::Kind;
use knooppunt_standard::terms::Term;

pub use count::{Count, Warned};
pub(crate) use count::{Told, counts};
pub use standing::{Standing, Warning, answer_by};

pub(crate) use standing::WORKING_DAYS;

use crate::clock::day_of;
use crate::ledger::{self, Ledger, LedgerError, MessageId, MessageRow, OpenRow, Side, ThreadId};
use crate::register::PartyCode;
use crate::route::Caller;

/// Most things of one term that are told of one code and side: the first to end.
pub const OPEN_MAX: usize = 1000;

crate::settings! {
    /// Terms of the standards, and when is warned of them.
    pub struct TermSettings {
        /// Working days before the last day of a term on which parties are warned for the first time; 0 is on the last day itself.
        pub warn_working_days: u8 = 1,
    }
}

/// Something that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// By which term.
    pub term: Term,
    /// The message that makes it owed.
    pub message: MessageId,
    /// Its thread.
    pub thread: ThreadId,
    /// Its kind.
    pub kind: Kind,
    /// Who made it.
    pub maker: PartyCode,
    /// Who it was for.
    pub receiver: PartyCode,
    /// When it was taken.
    pub received: Timestamp,
    /// Who owes.
    pub owed_by: PartyCode,
    /// Who waits.
    pub owed_to: PartyCode,
    /// The last day on which it is in time; `None`: the working days of the year are not known.
    pub last_day: Option<Date>,
    /// How that stands today.
    pub standing: Standing,
}

/// What is owed. Every answer depends on who asks.
pub struct Terms {
    ledger: Arc<Ledger>,
    settings: TermSettings,
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("ledger", &self.ledger)
            .field("settings", &self.settings)
            .finish()
    }
}

impl Terms {
    /// The terms of the messages in this ledger.
    pub fn new(ledger: Arc<Ledger>, settings: TermSettings) -> Self {
        Self { ledger, settings }
    }

    /// When is warned.
    pub fn warning(&self) -> Warning {
        Warning::of(&self.settings)
    }

    /// What the caller owes, the first to end first; of each of his codes and of each term at most [`OPEN_MAX`], and none is left out for one that ends later. Who
    /// acts for a code by mandate is told those that he may see: of unanswered messages of the first 100,000 of that code and term, of the terms that the ledger
    /// keeps by themselves of the first [`OPEN_MAX`]. Err: we could not do our work.
    pub async fn of(&self, caller: &Caller) -> Result<Vec<Open>, LedgerError> {
        self.list(caller, Side::Owes).await
    }

    /// What the caller waits for: the same list from the other side. Err: we could not do our work.
    pub async fn owed_to(&self, caller: &Caller) -> Result<Vec<Open>, LedgerError> {
        self.list(caller, Side::Waits).await
    }

    /// How much the caller owes by terms that are warned of; with a code, as the one behind that code alone. For whoever asks often: the messages themselves are
    /// not read. Err: we could not do our work.
    pub async fn warned(
        &self,
        caller: &Caller,
        only: Option<PartyCode>,
    ) -> Result<Warned, LedgerError> {
        let (ledger, caller, warning) = (Arc::clone(&self.ledger), caller.clone(), self.warning());
        ledger::blocking(move || count::warned(&ledger, &caller, only, warning)).await
    }

    async fn list(&self, caller: &Caller, side: Side) -> Result<Vec<Open>, LedgerError> {
        let (ledger, caller, warning) = (Arc::clone(&self.ledger), caller.clone(), self.warning());
        ledger::blocking(move || {
            let mut open = Vec::new();
            for code in caller.codes() {
                Look {
                    ledger: &ledger,
                    caller: &caller,
                    warning,
                    code,
                    side,
                }
                .all(&mut open)?;
            }
            open.sort_by_key(|open| (open.last_day.unwrap_or(Date::MAX), open.received));
            Ok(open)
        })
        .await
    }
}

/// One code, one side, one caller.
struct Look<'a> {
    ledger: &'a Ledger,
    caller: &'a Caller,
    warning: Warning,
    code: PartyCode,
    side: Side,
}

impl Look<'_> {
    fn all(&self, open: &mut Vec<Open>) -> Result<(), LedgerError> {
        let owns = self.caller.owns(&self.code);
        let seen = |row: &OpenRow| owns || may_ask(self.caller, &self.code, self.side, row);
        let first = self
            .ledger
            .unanswered_first(&self.code, self.side, OPEN_MAX, seen)?;
        for (term, received, message) in first {
            self.add(open, term, day_of(received), message)?;
        }
        for term in KEPT {
            let today = self.caller.day();
            for (from, message) in self
                .ledger
                .due(&self.code, self.side, term, today, OPEN_MAX)?
            {
                self.add(open, term, from, message)?;
            }
        }
        Ok(())
    }

    /// Nothing of a message that the caller may not see.
    fn add(
        &self,
        open: &mut Vec<Open>,
        term: Term,
        from: Date,
        message: MessageId,
    ) -> Result<(), LedgerError> {
        let row = self
            .ledger
            .message_row(message)?
            .ok_or(LedgerError::Views {
                what: "a term without message",
            })?;
        let (Some(kind), Some(maker), Some(receiver)) =
            (row.kind.kind(), row.maker_code(), row.receiver_code())
        else {
            return Ok(());
        };
        if !may_see(self.caller, &self.code, &row) {
            return Ok(());
        }
        let other = if maker == self.code { receiver } else { maker };
        let (owed_by, owed_to) = match self.side {
            Side::Owes => (self.code, other),
            Side::Waits => (other, self.code),
        };
        let last_day = term.last_day(from, &WORKING_DAYS);
        open.push(Open {
            term,
            message,
            thread: row.thread,
            kind,
            maker,
            receiver,
            received: row.received,
            owed_by,
            owed_to,
            last_day,
            standing: self.warning.standing(last_day, self.caller.day()),
        });
        Ok(())
    }
}

/// As whoever made the message or reads it for this code.
fn may_see(caller: &Caller, code: &PartyCode, row: &MessageRow) -> bool {
    (row.receiver_code().as_ref() == Some(code)
        && caller.may_receive_of(code, &row.kind, row.received))
        || (row.maker_code().as_ref() == Some(code) && caller.may_submit(code, &row.kind))
}

/// [`may_see`] of a message that this code has to answer or waits for the answer to.
fn may_ask(caller: &Caller, code: &PartyCode, side: Side, row: &OpenRow) -> bool {
    match side {
        Side::Owes => caller.may_receive_of(code, &row.kind, row.received),
        Side::Waits => caller.may_submit(code, &row.kind),
    }
}

/// Terms that the ledger keeps by themselves; the others follow from unanswered messages.
const KEPT: [Term; 4] = [
    Term::VerzoekAntwoord,
    Term::Onderzoek,
    Term::Start,
    Term::Stop,
];
