//! How much is owed, counted: for figures of operators, and for a party that looks into its mailbox every minute. Nothing is read of a message here but what
//! the rows of terms say themselves, unless the caller acts for the code by mandate.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use knooppunt_standard::terms::Term;

use super::standing::{Standing, WORKING_DAYS, Warning};
use super::{KEPT, OPEN_MAX, may_ask, may_see};
use crate::clock::day_of;
use crate::ledger::{Ledger, LedgerError, OpenRow, Side};
use crate::register::PartyCode;
use crate::route::Caller;

/// How many things are owed by one term: the first [`OPEN_MAX`] to end are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// In all; at [`OPEN_MAX`] it means "this many or more".
    pub open: usize,
    /// Past their last day; at [`OPEN_MAX`] it means "this many or more", and below it all of them.
    pub over: usize,
}

/// How much a caller owes by terms that are warned of. Of each code and term the first [`OPEN_MAX`] to end are counted: when that many of one are over, none of it
/// is counted as near its last day. What is looked at is what [`Terms::of`](super::Terms::of) looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Warned {
    /// Near their last day.
    pub soon: usize,
    /// On it.
    pub last_day: usize,
    /// Past it.
    pub over: usize,
}

impl Warned {
    /// One more that stands so; what is not warned of is not counted.
    pub(super) fn add(&mut self, standing: Standing) {
        match standing {
            Standing::Soon => self.soon += 1,
            Standing::LastDay => self.last_day += 1,
            Standing::Over => self.over += 1,
            Standing::Running | Standing::Unknown => {}
        }
    }
}

/// What the caller owes by terms that are warned of; with a code, as the one behind that code alone. Err: the views cannot be read.
pub(super) fn warned(
    ledger: &Ledger,
    caller: &Caller,
    only: Option<PartyCode>,
    warning: Warning,
) -> Result<Warned, LedgerError> {
    let today = caller.day();
    let mut warned = Warned::default();
    let mut codes = caller.codes();
    codes.retain(|code| only.is_none_or(|only| only == *code));
    for code in codes {
        // The owner of a code sees every message from and to it; who acts for it, some.
        let owns = caller.owns(&code);
        let seen = |row: &OpenRow| owns || may_ask(caller, &code, Side::Owes, row);
        for (term, received, _) in ledger.unanswered_first(&code, Side::Owes, OPEN_MAX, seen)? {
            warned.add(warning.of_term(term, day_of(received), today));
        }
        for term in KEPT {
            let Some(until) = warning.last_begun(term, today) else {
                continue;
            };
            for (from, message) in ledger.due(&code, Side::Owes, term, until, OPEN_MAX)? {
                let seen = owns || {
                    let row = ledger.message_row(message)?;
                    row.is_some_and(|row| may_see(caller, &code, &row))
                };
                if seen {
                    warned.add(warning.of_term(term, from, today));
                }
            }
        }
    }
    Ok(warned)
}

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
    for (term, received, _) in ledger.unanswered_first(code, Side::Owes, OPEN_MAX, |_| true)? {
        add(term, day_of(received));
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
