//! Terms: what a party owes another and until which day it is in time. Which terms there are and how many days they have is the standard's, and so is what
//! ends them; this knows whose they are, what day it is, and when to warn.
//!
//! Two kinds of things are owed. An answer that names its question (a retour, a 325) is owed from the receipt of the question until such an answer is taken,
//! whatever it says. The others (a decision on a request, a start, a stop) follow from what messages change, and are kept by the ledger as
//! [`knooppunt_standard::terms`] works them out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::Kind;
use knooppunt_standard::terms::{Term, WorkingDays};

use crate::clock::day_of;
use crate::ledger::{self, Ledger, LedgerError, Message, MessageId, MessageRow, Side, ThreadId};
use crate::register::PartyCode;
use crate::route::Caller;

/// Most things of one term that are looked at for one code and side.
pub const OPEN_MAX: usize = 1000;

static WORKING_DAYS: LazyLock<WorkingDays> = LazyLock::new(WorkingDays::built_in);

crate::settings! {
    /// Terms of the standards, and when is warned of them.
    pub struct TermSettings {
        /// Working days before the last day of a term on which parties are warned for the first time; 0 is on the last day itself.
        pub warn_working_days: u8 = 1,
    }
}

/// How a term stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The last day has passed.
    Over,
    /// Today is the last day.
    LastDay,
    /// The last day is near: it is warned of.
    Soon,
    /// There are days left.
    Running,
    /// The working days of the year are not known here.
    Unknown,
}

impl Standing {
    /// Stable code: `over`, `last-day`, `soon`, `running` or `unknown`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::LastDay => "last-day",
            Self::Soon => "soon",
            Self::Running => "running",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is worth a warning: near its last day, on it, or past it.
    pub fn warns(self) -> bool {
        match self {
            Self::Over | Self::LastDay | Self::Soon => true,
            Self::Running | Self::Unknown => false,
        }
    }
}

/// When is warned; for whoever shows single messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    working_days: u8,
}

impl Warning {
    /// By these settings.
    pub fn of(settings: &TermSettings) -> Self {
        Self {
            working_days: settings.warn_working_days,
        }
    }

    /// What is to be warned of with a message that is not answered; `None` where nothing is.
    pub fn of_message(self, message: &Message, today: Date) -> Option<Standing> {
        if message.state.answered.is_some() {
            return None;
        }
        let last_day = answer_by(&message.kind, message.received);
        Some(self.standing(last_day, today)).filter(|standing| standing.warns())
    }

    /// How a term with this last day stands.
    pub fn standing(self, last_day: Option<Date>, today: Date) -> Standing {
        match last_day {
            None => Standing::Unknown,
            Some(last) if last < today => Standing::Over,
            Some(last) if last == today => Standing::LastDay,
            Some(last) => {
                let first = WORKING_DAYS.before(last, self.working_days);
                if first.is_some_and(|first| first <= today) {
                    Standing::Soon
                } else {
                    Standing::Running
                }
            }
        }
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

/// How many things are owed by one term.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// In all; at [`OPEN_MAX`] it means "this many or more".
    pub open: usize,
    /// Past their last day.
    pub over: usize,
}

/// The last day for the answer to a message of this kind that was taken then; `None`: none is owed, or the working days are not known.
pub fn answer_by(kind: &Kind, received: Timestamp) -> Option<Date> {
    Term::for_answer_to(kind.soort)?.last_day(day_of(received), &WORKING_DAYS)
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

    /// What the caller owes, the first to end first; of each of his codes and of each term at most [`OPEN_MAX`]. Err: we could not do our work.
    pub async fn of(&self, caller: &Caller) -> Result<Vec<Open>, LedgerError> {
        self.list(caller, Side::Owes).await
    }

    /// What the caller waits for: the same list from the other side. Err: we could not do our work.
    pub async fn owed_to(&self, caller: &Caller) -> Result<Vec<Open>, LedgerError> {
        self.list(caller, Side::Waits).await
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
        for (message, row) in self.ledger.unanswered(&self.code, self.side, OPEN_MAX)? {
            let Some(term) = row
                .kind
                .kind()
                .and_then(|kind| Term::for_answer_to(kind.soort))
            else {
                continue;
            };
            self.add(open, term, day_of(row.received), message)?;
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
        if !self.may_see(&row, &maker, &receiver) {
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

    /// As whoever made the message or reads it for this code.
    fn may_see(&self, row: &MessageRow, maker: &PartyCode, receiver: &PartyCode) -> bool {
        (*receiver == self.code
            && self
                .caller
                .may_receive_of(receiver, &row.kind, row.received))
            || (*maker == self.code && self.caller.may_submit(maker, &row.kind))
    }
}

/// Terms that the ledger keeps by themselves; the others follow from unanswered messages.
const KEPT: [Term; 4] = [
    Term::VerzoekAntwoord,
    Term::Onderzoek,
    Term::Start,
    Term::Stop,
];

/// What the owner of a code owes, by term; terms by which he owes nothing are left out. Err: the views cannot be read.
pub(crate) fn counts(
    ledger: &Ledger,
    code: &PartyCode,
    today: Date,
) -> Result<BTreeMap<Term, Count>, LedgerError> {
    let mut counts: BTreeMap<Term, Count> = BTreeMap::new();
    let mut add = |term: Term, from: Date| {
        let count = counts.entry(term).or_default();
        count.open += 1;
        let last_day = term.last_day(from, &WORKING_DAYS);
        count.over += usize::from(last_day.is_some_and(|last| last < today));
    };
    for (_, row) in ledger.unanswered(code, Side::Owes, OPEN_MAX)? {
        if let Some(term) = row
            .kind
            .kind()
            .and_then(|kind| Term::for_answer_to(kind.soort))
        {
            add(term, day_of(row.received));
        }
    }
    for term in KEPT {
        for (from, _) in ledger.due(code, Side::Owes, term, today, OPEN_MAX)? {
            add(term, from);
        }
    }
    Ok(counts)
}

/// Terms that were told of, so that one by which nothing is owed any more is told as 0 and one by which nothing ever was is not told at all: there are
/// thousands of codes.
#[derive(Debug, Default)]
pub(crate) struct Told(BTreeSet<(PartyCode, Term)>);

impl Told {
    /// The counts of a code, and zeros for what was told before.
    pub(crate) fn with(
        &mut self,
        code: PartyCode,
        mut counts: BTreeMap<Term, Count>,
    ) -> BTreeMap<Term, Count> {
        self.0.extend(counts.keys().map(|term| (code, *term)));
        for (_, term) in self.0.range((code, Term::Retour)..=(code, Term::Stop)) {
            counts.entry(*term).or_default();
        }
        counts
    }
}
