//! How much is owed, counted: for figures of operators, and for a party that looks into its mailbox every minute. Nothing is read of a message here but what
//! the rows of terms say themselves, unless the caller acts for the code by mandate.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use knooppunt_standard::terms::Term;

use super::standing::{Standing, WORKING_DAYS, Warning};
use super::{KEPT, OPEN_MAX, may_see};
use crate::clock::day_of;
use crate::ledger::{Ledger, LedgerError, Side};
use crate::register::PartyCode;
use crate::route::Caller;

/// How many things are owed by one term.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// In all; at [`OPEN_MAX`] it means "this many or more".
    pub open: usize,
    /// Past their last day.
    pub over: usize,
}

/// How much a caller owes by terms that are warned of. At [`OPEN_MAX`] of one code and term it means "this many or more".
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
        for (_, row) in ledger.unanswered(&code, Side::Owes, OPEN_MAX)? {
            let term = row.kind.kind();
            let Some(term) = term.and_then(|kind| Term::for_answer_to(kind.soort)) else {
                continue;
            };
            let standing = warning.of_term(term, day_of(row.received), today);
            if standing.warns() && (owns || caller.may_receive_of(&code, &row.kind, row.received)) {
                warned.add(standing);
            }
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
