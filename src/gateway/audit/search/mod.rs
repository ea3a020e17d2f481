//! Finding messages by any combination of conditions, newest first.
//!
//! Each condition that the index has lists for is measured on a few of its lists; the one that holds for the fewest messages leads. Its lists, one for each
//! municipality, law and value, are read side by side in the order of the journal, and every message met is held against the other conditions: by what its row
//! says, then by whether it stands in their lists, and at last by its state. So a page costs what the rarest condition has, not what there is.
//!
//! What a page may cost is bounded: [`ROWS_MAX`] rows of lists and [`LOOKUPS_MAX`] look-ups. The worst is a condition pair of which each is common and both
//! together are rare: such a page ends where the bound is met, may be short or empty, and its `next` goes on from there. As only lists within the scope are read, the
//! bound tells nothing of what is outside.

mod leading;
mod merge;
mod named;

use jiff::civil::Date;

use merge::{Candidates, Merge};

use super::ask::Question;
use super::error::AuditError;
use crate::ledger::{Facet, Ledger, Listed, Message, Place};
use crate::register::{CodeKind, PartyCode, Reach, Scope};
use crate::terms::Warning;

/// Most rows of lists that a page reads.
pub const ROWS_MAX: usize = 20_000;
/// Most look-ups of single rows that a page makes beside them.
pub const LOOKUPS_MAX: usize = 10_000;
/// What it costs to read a message with its state.
const MESSAGE_LOOKUPS: usize = 10;

/// A page of what was found.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) messages: Vec<Message>,
    /// Behind which place the next page begins; `None`: there is no more.
    pub(super) next: Option<Place>,
}

/// A question over the reaches in which it is put.
pub(super) struct Search<'a> {
    ledger: &'a Ledger,
    scope: &'a Scope,
    question: &'a Question,
    reaches: Vec<Reach>,
    warning: Warning,
    today: Date,
    looked_up: usize,
}

impl<'a> Search<'a> {
    /// The question within a scope. Err: as of [`reaches`].
    pub(super) fn within(
        scope: &'a Scope,
        question: &'a Question,
        ledger: &'a Ledger,
        (warning, today): (Warning, Date),
    ) -> Result<Self, AuditError> {
        Ok(Self {
            ledger,
            scope,
            question,
            reaches: reaches(scope, question)?,
            warning,
            today,
            looked_up: 0,
        })
    }

    /// The page behind a place. Err: a reference would have to be tried too often, or too many lists be read; or we could not do our work.
    pub(super) fn page(mut self, behind: Option<Place>) -> Result<Page, AuditError> {
        let candidates = if self.question.thread.is_some() || self.question.reference.is_some() {
            Candidates::Few(self.named(behind)?.into_iter())
        } else {
            let lists = self.leading()?;
            Candidates::Lists(Box::new(Merge::of(lists, behind, self.question.limit)))
        };
        self.gather(candidates)
    }

    fn gather(&mut self, mut candidates: Candidates<'_>) -> Result<Page, AuditError> {
        let mut page = Page::default();
        let mut last: Option<Place> = None;
        let mut rows = 0;
        loop {
            let Some(listed) = candidates.next(self.ledger)? else {
                return Ok(page);
            };
            let place = listed.place();
            // One message may stand in several lists of the leading condition.
            if last == Some(place) {
                continue;
            }
            if page.messages.len() >= self.question.limit
                || rows >= ROWS_MAX
                || self.looked_up >= LOOKUPS_MAX
            {
                page.next = last;
                return Ok(page);
            }
            (rows, last) = (rows + 1, Some(place));
            if let Some(message) = self.holding(&listed)? {
                page.messages.push(message);
            }
        }
    }

    /// The message, if every condition holds for it.
    fn holding(&mut self, listed: &Listed) -> Result<Option<Message>, AuditError> {
        if !self.says(listed) || !self.stands(listed)? {
            return Ok(None);
        }
        self.looked_up += MESSAGE_LOOKUPS;
        let Some(row) = self.ledger.message_row(listed.message)? else {
            return Ok(None);
        };
        // The row of the message has the last word.
        if Listed::within(self.scope, listed.message, &row).as_ref() != Some(listed) {
            return Ok(None);
        }
        let message = self.ledger.message(listed.message, &row)?;
        let status = self.question.status;
        let of_status = status.is_none_or(|status| status.code() == message.state.code());
        Ok(of_status.then_some(message))
    }

    /// What its row in a list tells.
    fn says(&self, listed: &Listed) -> bool {
        let question = self.question;
        (question.kinds.is_empty() || question.kinds.contains(&listed.soort))
            && question
                .party
                .is_none_or(|code| code == listed.aanbieder || code == listed.gemeente)
            && self.reached(listed)
            && question.terms.is_none_or(|terms| {
                let days = listed.owed().map(|term| self.days(terms, term));
                days.is_some_and(|(first, last)| {
                    first.is_none_or(|first| first <= listed.day)
                        && last.is_none_or(|last| listed.day <= last)
                })
            })
    }

    /// Whether it is in one of the reaches, which are in order and apart.
    fn reached(&self, listed: &Listed) -> bool {
        let own = (listed.law, listed.gemeente, listed.day);
        let behind = self
            .reaches
            .partition_point(|reach| (reach.law(), reach.gemeente(), reach.days().0) <= own);
        let before = behind.checked_sub(1).and_then(|at| self.reaches.get(at));
        before.is_some_and(|reach| {
            let of_same = (reach.law(), reach.gemeente()) == (listed.law, listed.gemeente);
            of_same && listed.day <= reach.days().1
        })
    }

    /// What other lists tell.
    fn stands(&mut self, listed: &Listed) -> Result<bool, AuditError> {
        let question = self.question;
        if let Some(bsn) = &question.bsn {
            self.looked_up += 1;
            if !self.ledger.is_listed(listed, Facet::Client(bsn))? {
                return Ok(false);
            }
        }
        if question.terms.is_some()
            && let Some(term) = listed.owed()
        {
            self.looked_up += 1;
            if !self.ledger.is_listed(listed, Facet::Open(term))? {
                return Ok(false);
            }
        }
        for code in &question.codes {
            self.looked_up += 1;
            if self.ledger.is_listed(listed, Facet::Code(code))? {
                return Ok(true);
            }
        }
        Ok(question.codes.is_empty())
    }
}

/// The parts of a scope in which a question is put. Err: it names a municipality, a law or days that are not in it.
pub(super) fn reaches(scope: &Scope, question: &Question) -> Result<Vec<Reach>, AuditError> {
    let all = scope.reaches();
    let over = |what| AuditError::OverScope { what };
    if !question
        .laws
        .iter()
        .all(|law| all.iter().any(|reach| reach.law() == *law))
    {
        return Err(over("laws"));
    }
    let known = |code: &PartyCode| all.iter().any(|reach| reach.gemeente() == *code);
    if !question.gemeenten.iter().all(known) {
        return Err(over("gemeenten"));
    }
    let named = question
        .party
        .filter(|code| code.kind() == CodeKind::Gemeentecode);
    if !named.as_ref().is_none_or(known) {
        return Err(over("party"));
    }
    let first = all.iter().map(|reach| reach.days().0).min();
    let last = all.iter().map(|reach| reach.days().1).max();
    if question.from.is_some_and(|from| Some(from) < first) {
        return Err(over("from"));
    }
    if question.until.is_some_and(|until| Some(until) > last) {
        return Err(over("until"));
    }
    let asked = all.iter().filter(|reach| {
        (question.laws.is_empty() || question.laws.contains(&reach.law()))
            && (question.gemeenten.is_empty() || question.gemeenten.contains(&reach.gemeente()))
            && named.is_none_or(|code| code == reach.gemeente())
    });
    Ok(asked
        .filter_map(|reach| reach.within(question.from, question.until))
        .collect())
}
