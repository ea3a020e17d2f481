//! Finding messages by any combination of conditions, newest first.
//!
//! Each condition that the index has lists for is measured on a few of its lists; the one that holds for the fewest messages leads. Its lists, one for each
//! municipality, law and value, are read side by side in the order of the journal, and every message met is held against the other conditions: by what its row
//! says, then by whether it stands in their lists, and at last by its state. So a page costs what the rarest condition has, not what there is.
//!
//! What a page may cost is bounded: [`ROWS_MAX`] rows of lists and [`LOOKUPS_MAX`] look-ups. The worst is a condition pair of which each is common and both
//! together are rare: such a page ends where the bound is met, may be short or empty, and its `next` goes on from there. As only lists within the scope are read, the
//! bound tells nothing of what is outside.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::vec;

use jiff::civil::Date;
use knooppunt_standard::terms::Term;

use super::ask::{Question, Status, Terms};
use super::error::AuditError;
use crate::ledger::{Facet, Ledger, Listed, Message, MessageId, Place};
use crate::register::{CodeKind, PartyCode, Reach, Scope};
use crate::terms::Warning;

/// Most rows of lists that a page reads.
pub const ROWS_MAX: usize = 20_000;
/// Most look-ups of single rows that a page makes beside them.
pub const LOOKUPS_MAX: usize = 10_000;
/// What it costs to read a message with its state.
const MESSAGE_LOOKUPS: usize = 10;
/// Most lists that are read side by side; a condition with more of them does not lead.
const LISTS_MAX: usize = 5_000;
/// Lists that a condition is measured on, and rows of each.
const MEASURED_LISTS: usize = 8;
const MEASURED_ROWS: usize = 32;
/// Most makers and kinds for which a reference is tried.
const TRIES_MAX: usize = 20_000;

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
    /// The question within a scope. Err: it names a municipality, a law or days that are not in it.
    pub(super) fn within(
        scope: &'a Scope,
        question: &'a Question,
        ledger: &'a Ledger,
        (warning, today): (Warning, Date),
    ) -> Result<Self, AuditError> {
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
        let reaches = asked
            .filter_map(|reach| reach.within(question.from, question.until))
            .collect();
        Ok(Self {
            ledger,
            scope,
            question,
            reaches,
            warning,
            today,
            looked_up: 0,
        })
    }

    /// The reaches in which it is put.
    pub(super) fn reaches(&self) -> &[Reach] {
        &self.reaches
    }

    /// The page behind a place. Err: a reference would have to be tried too often; or we could not do our work.
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

    /// The days on which a term began that stands so today; an absent end is open.
    fn days(&self, terms: Terms, term: Term) -> (Option<Date>, Option<Date>) {
        let over = self.warning.last_begun_over(term, self.today);
        let warned = self.warning.last_begun(term, self.today);
        match terms {
            Terms::Open => (None, None),
            Terms::Due => (over.and_then(|day| day.tomorrow().ok()), warned),
            Terms::Over => (None, over),
        }
    }

    /// The lists of the condition that holds for the fewest messages.
    fn leading(&mut self) -> Result<Vec<(Reach, Facet<'a>)>, AuditError> {
        let mut best: Option<(u64, Vec<(Reach, Facet<'a>)>)> = None;
        for lists in self.conditions() {
            if lists.len() > LISTS_MAX {
                continue;
            }
            let size = self.measured(&lists)?;
            if best.as_ref().is_none_or(|(least, _)| size < *least) {
                best = Some((size, lists));
            }
        }
        Ok(best.map(|(_, lists)| lists).unwrap_or_default())
    }

    /// The lists of each condition that the index has some for; those of all messages last.
    fn conditions(&self) -> Vec<Vec<(Reach, Facet<'a>)>> {
        let question = self.question;
        let over_all = |facet: Facet<'a>| -> Vec<_> {
            let reaches = self.reaches.iter();
            reaches.map(|reach| (*reach, facet)).collect()
        };
        let mut conditions: Vec<Vec<_>> = Vec::new();
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

    /// The messages of the thread or with the reference that the question names, within the scope, newest first.
    fn named(&mut self, behind: Option<Place>) -> Result<Vec<Listed>, AuditError> {
        let mut ids = Vec::new();
        if let Some(thread) = self.question.thread {
            ids.extend(self.ledger.thread(thread)?.into_iter().map(|(id, _)| id));
        }
        if let Some(reference) = &self.question.reference {
            let with: Vec<MessageId> = self.with_reference(reference)?;
            if self.question.thread.is_some() {
                ids.retain(|id| with.contains(id));
            } else {
                ids = with;
            }
        }
        let mut listed = Vec::new();
        for id in ids {
            if let Some(row) = self.ledger.message_row(id)? {
                listed.extend(Listed::within(self.scope, id, &row));
            }
        }
        listed.sort_by_key(|listed| std::cmp::Reverse(listed.place()));
        listed.dedup();
        listed.retain(|listed| behind.is_none_or(|behind| listed.place() < behind));
        Ok(listed)
    }

    /// Messages to which their makers gave this number: it is tried for the makers that the other conditions leave. Err: they leave too many.
    fn with_reference(&mut self, reference: &str) -> Result<Vec<MessageId>, AuditError> {
        let question = self.question;
        let kinds: Vec<u16> = if question.kinds.is_empty() {
            let all = knooppunt_standard::Berichtsoort::ALL.into_iter();
            all.map(knooppunt_standard::Berichtsoort::number).collect()
        } else {
            question.kinds.iter().copied().collect()
        };
        let mut makers: Vec<(knooppunt_standard::Law, PartyCode)> = Vec::new();
        for reach in &self.reaches {
            makers.push((reach.law(), reach.gemeente()));
            let providers = match question.party {
                Some(code) if code.kind() == CodeKind::Agb => vec![code],
                _ => self.ledger.providers(reach, TRIES_MAX)?,
            };
            makers.extend(providers.into_iter().map(|code| (reach.law(), code)));
        }
        makers.sort_unstable();
        makers.dedup();
        if makers.len().saturating_mul(kinds.len()) > TRIES_MAX {
            return Err(AuditError::TooMany);
        }
        let mut found = Vec::new();
        for (law, maker) in makers {
            for kind in &kinds {
                found.extend(
                    self.ledger
                        .numbered_by_maker(law, *kind, &maker, reference)?,
                );
            }
        }
        Ok(found)
    }
}

/// Messages that are held against the conditions, newest first.
enum Candidates<'a> {
    Few(vec::IntoIter<Listed>),
    Lists(Box<Merge<'a>>),
}

impl Candidates<'_> {
    fn next(&mut self, ledger: &Ledger) -> Result<Option<Listed>, AuditError> {
        match self {
            Self::Few(few) => Ok(few.next()),
            Self::Lists(merge) => merge.next(ledger),
        }
    }
}

/// Lists that are read side by side.
struct Merge<'a> {
    lists: Vec<List<'a>>,
    /// The newest of each list that is not at its end.
    heads: BinaryHeap<Head>,
    /// Whether the first rows of every list were read.
    begun: bool,
}

/// One of them, as far as it was read.
struct List<'a> {
    reach: Reach,
    facet: Facet<'a>,
    behind: Option<Place>,
    rows: VecDeque<Listed>,
    /// How many rows are read next.
    chunk: usize,
    ended: bool,
}

/// The newest message of a list.
struct Head {
    listed: Listed,
    list: usize,
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.listed.position, other.list).cmp(&(other.listed.position, self.list))
    }
}

/// Most rows of a list that are read at once.
const CHUNK_MAX: usize = 512;

impl<'a> Merge<'a> {
    fn of(lists: Vec<(Reach, Facet<'a>)>, behind: Option<Place>, limit: usize) -> Self {
        // A page is short, so many lists give few rows each.
        let chunk = (2 * limit / lists.len().max(1)).clamp(2, 128);
        let lists = lists.into_iter().map(|(reach, facet)| List {
            reach,
            facet,
            behind,
            rows: VecDeque::new(),
            chunk,
            ended: false,
        });
        Self {
            lists: lists.collect(),
            heads: BinaryHeap::new(),
            begun: false,
        }
    }

    fn next(&mut self, ledger: &Ledger) -> Result<Option<Listed>, AuditError> {
        if !self.begun {
            self.begun = true;
            for list in 0..self.lists.len() {
                self.lift(list, ledger)?;
            }
        }
        let Some(Head { listed, list }) = self.heads.pop() else {
            return Ok(None);
        };
        self.lift(list, ledger)?;
        Ok(Some(listed))
    }

    /// Puts the next message of a list among the heads.
    fn lift(&mut self, number: usize, ledger: &Ledger) -> Result<(), AuditError> {
        let Some(list) = self.lists.get_mut(number) else {
            return Ok(());
        };
        if list.rows.is_empty() && !list.ended {
            let rows = ledger.listed(&list.reach, list.facet, list.behind, list.chunk)?;
            list.ended = rows.len() < list.chunk;
            list.behind = rows.last().map(Listed::place).or(list.behind);
            list.chunk = (list.chunk * 2).min(CHUNK_MAX);
            list.rows = rows.into();
        }
        let head = list.rows.pop_front();
        self.heads.extend(head.map(|listed| Head {
            listed,
            list: number,
        }));
        Ok(())
    }
}
