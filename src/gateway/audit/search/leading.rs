//! Which condition leads: the one that holds for the fewest messages, by a few of its lists. Lists are read within the reaches of the question only.

use jiff::civil::Date;
use knooppunt_standard::terms::Term;

use super::super::ask::{Question, Status, Terms};
use super::super::error::AuditError;
use super::Search;
use crate::ledger::Facet;
use crate::register::{CodeKind, Reach};

/// The lists of a condition.
pub(super) type Lists<'a> = Vec<(Reach, Facet<'a>)>;

/// Most lists that are read side by side; a condition with more of them does not lead.
const LISTS_MAX: usize = 5_000;
/// The same of those of all messages, which lead when no other can: a scope has as many parts as there are stretches of days for each law and municipality in it.
const ALL_LISTS_MAX: usize = 20_000;
/// Lists that a condition is measured on, and rows of each.
const MEASURED_LISTS: usize = 8;
const MEASURED_ROWS: usize = 32;

impl<'a> Search<'a> {
    /// The days on which a term began that stands so today; an absent end is open.
    pub(super) fn days(&self, terms: Terms, term: Term) -> (Option<Date>, Option<Date>) {
        let over = self.warning.last_begun_over(term, self.today);
        let warned = self.warning.last_begun(term, self.today);
        match terms {
            Terms::Open => (None, None),
            Terms::Due => (over.and_then(|day| day.tomorrow().ok()), warned),
            Terms::Over => (None, over),
        }
    }

    /// The lists of the condition that holds for the fewest messages. Err: each has too many.
    pub(super) fn leading(&mut self) -> Result<Lists<'a>, AuditError> {
        let mut best: Option<(u64, Lists<'a>)> = None;
        let mut conditions = self.conditions();
        let all = conditions.pop().unwrap_or_default();
        for lists in conditions {
            if lists.len() > LISTS_MAX {
                continue;
            }
            let size = self.measured(&lists)?;
            if best.as_ref().is_none_or(|(least, _)| size < *least) {
                best = Some((size, lists));
            }
        }
        if all.len() <= ALL_LISTS_MAX {
            let size = self.measured(&all)?;
            if best.as_ref().is_none_or(|(least, _)| size < *least) {
                best = Some((size, all));
            }
        }
        best.map(|(_, lists)| lists).ok_or(AuditError::TooWide)
    }

    /// The lists of each condition that the index has some for; those of all messages last.
    fn conditions(&self) -> Vec<Lists<'a>> {
        let question = self.question;
        let over_all = |facet: Facet<'a>| -> Lists<'a> {
            let reaches = self.reaches.iter();
            reaches.map(|reach| (*reach, facet)).collect()
        };
        let mut conditions: Vec<Lists<'a>> = Vec::new();
        conditions.extend(question.bsn.iter().map(|bsn| over_all(Facet::Client(bsn))));
        if !question.codes.is_empty() {
            let codes = question.codes.iter();
            conditions.push(codes.flat_map(|code| over_all(Facet::Code(code))).collect());
        }
        let of_status = match question.status {
            Some(Status::Dead) => Some(Facet::Dead),
            Some(Status::Rejected) => Some(Facet::Rejected),
            Some(Status::Waiting) => Some(Facet::Waiting),
            Some(Status::Acknowledged | Status::Answered) | None => None,
        };
        conditions.extend(of_status.map(over_all));
        if let Some(terms) = question.terms {
            let mut lists = Vec::new();
            for term in Question::TERMS {
                let (first, last) = self.days(terms, term);
                // Nothing of it stands so when no day is before the end of the term.
                if terms != Terms::Open && last.is_none() {
                    continue;
                }
                let reaches = self.reaches.iter();
                let reaches = reaches.filter_map(|reach| reach.within(first, last));
                lists.extend(reaches.map(|reach| (reach, Facet::Open(term))));
            }
            conditions.push(lists);
        }
        let provider = question.party.filter(|code| code.kind() == CodeKind::Agb);
        conditions.extend(provider.map(|code| over_all(Facet::Provider(code))));
        if !question.kinds.is_empty() {
            let kinds = question.kinds.iter();
            conditions.push(
                kinds
                    .flat_map(|kind| over_all(Facet::Kind(*kind)))
                    .collect(),
            );
        }
        conditions.push(over_all(Facet::All));
        conditions
    }

    /// About how many messages some lists have, by a few of them.
    fn measured(&mut self, lists: &[(Reach, Facet<'_>)]) -> Result<u64, AuditError> {
        let every = lists.len().div_ceil(MEASURED_LISTS).max(1);
        let (mut size, mut measured) = (0_u64, 0_u64);
        for (reach, facet) in lists.iter().step_by(every) {
            let rows = self.ledger.listed(reach, *facet, None, MEASURED_ROWS)?;
            self.looked_up += 1;
            measured += 1;
            size += match (rows.first(), rows.last()) {
                (Some(newest), Some(oldest)) if rows.len() == MEASURED_ROWS => {
                    let apart = newest.position.saturating_sub(oldest.position) + 1;
                    let all = newest.position + 1;
                    // As many to a stretch of the journal as in the newest one; never fewer than were seen.
                    (rows.len() as u64).saturating_mul(all) / apart
                }
                _ => rows.len() as u64,
            };
        }
        Ok(size.saturating_mul(lists.len() as u64) / measured.max(1))
    }
}
