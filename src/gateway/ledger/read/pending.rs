//! Messages that wait for an answer, and what they do when it accepts them.

use std::collections::VecDeque;

use jiff::civil::Date;
use knooppunt_standard::Berichtsoort;
use knooppunt_standard::history::{self, Change};
use knooppunt_standard::terms::Term;

use super::super::events::Event;
use super::super::id::MessageId;
use super::super::pseudonym::Pseudonym;
use super::super::replay::effect_of;
use super::super::views::{self, MessageRow, Pointer, Side};
use super::super::{Ledger, LedgerError};
use super::owed::PAGE;
use crate::clock::day_of;
use crate::register::PartyCode;
use crate::store::{PartKind, Position};

/// Most messages of one scope that wait for an answer of which the kind is looked at for [`Ledger::waiting_allocations`], and of those that are 301s.
const LOOKED_AT_MAX: usize = 2_000;
const WAITING_MAX: usize = 500;

/// What became of what a 301 says of an allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its provider has not answered.
    Waits,
    /// He refused it.
    Refused,
    /// It is booked, or nobody can tell.
    Stands,
}

/// A version of an allocation of which nobody knows yet whether its provider accepts it.
pub(crate) struct WaitingAllocation {
    /// Position of the 301.
    pub(crate) position: u64,
    pub(crate) nummer: history::Pseudonym,
    pub(crate) client: history::Pseudonym,
    pub(crate) version: history::Version,
}

impl Ledger {
    /// Positions of the messages in a scope that wait for an answer, oldest first, at most `limit`. Of those that came before the day `whole_since` none that
    /// was answered: what the answer did is lost to damage, which that day leaves behind.
    pub(crate) fn pending(
        &self,
        scope: Pseudonym,
        whole_since: Option<Date>,
        limit: usize,
    ) -> Result<Vec<u64>, LedgerError> {
        let scope = self.name(scope);
        let (mut from, mut found) = (0, Vec::new());
        loop {
            let rows: Vec<Pointer> = self.rows(
                views::PENDING,
                &views::joined(&scope, from),
                &views::joined(&scope, u64::MAX),
                limit,
            )?;
            let more = rows.len() == limit;
            for Pointer { position, message } in rows {
                from = position.saturating_add(1);
                if !self.is_left_behind(message, whole_since)? {
                    found.push(position);
                }
                if found.len() == limit {
                    return Ok(found);
                }
            }
            if !more {
                return Ok(found);
            }
        }
    }

    /// Whether a message that waits came before this day and was answered.
    fn is_left_behind(
        &self,
        message: MessageId,
        whole_since: Option<Date>,
    ) -> Result<bool, LedgerError> {
        let Some(since) = whole_since else {
            return Ok(false);
        };
        let row = self.message_row(message)?;
        let came_before = row.is_some_and(|row| day_of(row.received) < since);
        Ok(came_before && self.is_answered(message)?)
    }

    /// Declarations of these two that are owed an answer under an identity that is lost with their effect, oldest first: the answer names one of them.
    pub(crate) fn owed_without_identity(
        &self,
        maker: &PartyCode,
        receiver: &PartyCode,
    ) -> Result<Vec<(MessageId, MessageRow)>, LedgerError> {
        let mut damaged = Vec::new();
        let of_a_323 = (Term::DeclaratieAntwoord, PAGE);
        self.each_unanswered(receiver, Side::Owes, of_a_323, |open| {
            if open.maker == maker.as_str() && self.damaged.contains(open.position) {
                damaged.push(open.message);
            }
            true
        })?;
        let mut lost = Vec::new();
        for id in damaged {
            let row = self.message_row(id)?;
            lost.extend(
                row.filter(|row| row.body_hash.is_none())
                    .map(|row| (id, row)),
            );
        }
        lost.sort_by_key(|(_, row)| row.position);
        Ok(lost)
    }

    /// Versions of allocations in messages of a scope that wait for their receiver's answer, by ToewijzingNummer and client, oldest first. Of more than
    /// [`WAITING_MAX`] messages the last are looked at. Err: the views or an effect cannot be read.
    pub(crate) fn waiting_allocations(
        &self,
        scope: Pseudonym,
    ) -> Result<Vec<WaitingAllocation>, LedgerError> {
        let scope = self.name(scope);
        let (mut from, mut last) = (0, VecDeque::new());
        loop {
            let rows: Vec<Pointer> = self.rows(
                views::PENDING,
                &views::joined(&scope, from),
                &views::joined(&scope, u64::MAX),
                PAGE,
            )?;
            let is_last = rows.len() < PAGE;
            for pointer in rows {
                from = pointer.position.saturating_add(1);
                last.push_back(pointer);
                if last.len() > LOOKED_AT_MAX {
                    last.pop_front();
                }
            }
            if is_last {
                break;
            }
        }
        let mut positions = VecDeque::new();
        for Pointer { position, message } in last {
            let row = self.message_row(message)?;
            if row.is_some_and(|row| row.kind.soort == Berichtsoort::Toewijzing.number()) {
                positions.push_back(position);
                if positions.len() > WAITING_MAX {
                    positions.pop_front();
                }
            }
        }
        let mut waiting = Vec::new();
        for position in positions {
            for change in self.pending_of(position)?.unwrap_or_default() {
                if let Change::Toewijzing {
                    nummer,
                    client,
                    version,
                } = change
                {
                    waiting.push(WaitingAllocation {
                        position,
                        nummer,
                        client,
                        version,
                    });
                }
            }
        }
        Ok(waiting)
    }

    /// What became of what the message at a position says of an allocation: of what is no 301, and where that is damaged (which is noted) or erased, nobody can
    /// tell. Err: the views or the journal cannot be read.
    pub(crate) fn standing_of(
        &self,
        scope: Pseudonym,
        position: u64,
        toewijzing: history::Pseudonym,
    ) -> Result<Standing, LedgerError> {
        match self.allocated_at(scope, position, toewijzing) {
            Err(error) if error.damaged() => {
                self.damaged.note(position, &error);
                Ok(Standing::Stands)
            }
            told => told,
        }
    }

    fn allocated_at(
        &self,
        scope: Pseudonym,
        position: u64,
        toewijzing: history::Pseudonym,
    ) -> Result<Standing, LedgerError> {
        let record = self.journal.read(Position(position))?;
        let event = Event::decode(&record.event)
            .map_err(|cause| LedgerError::Unreadable { position, cause })?;
        let Event::Received(received) = event else {
            return Ok(Standing::Stands);
        };
        if received.kind.soort != Berichtsoort::Toewijzing.number() {
            return Ok(Standing::Stands);
        }
        if self.is_pending(scope, position)? {
            return Ok(Standing::Waits);
        }
        for answer in self.answers(received.message, PAGE)? {
            let record = self.journal.read(Position(answer.position))?;
            let Some(effect) = effect_of(&*self.journal, &record)? else {
                continue;
            };
            if effect.settles != Some(position) {
                continue;
            }
            let booked = effect.applied(answer.position)?.unwrap_or_default();
            let is_booked = booked.iter().any(
                |change| matches!(change, Change::Toewijzing { nummer, .. } if *nummer == toewijzing),
            );
            return Ok(if is_booked {
                Standing::Stands
            } else {
                Standing::Refused
            });
        }
        Ok(Standing::Stands)
    }

    /// What the message at a position does when its receiver accepts it; `None`: nobody can tell, since it was not assessed or is damaged, which is noted.
    pub(crate) fn pending_of(&self, position: u64) -> Result<Option<Vec<Change>>, LedgerError> {
        let read = || self.effect(position)?.pending(position);
        match read() {
            Err(error) if error.damaged() => {
                self.damaged.note(position, &error);
                Ok(None)
            }
            told => told,
        }
    }

    /// Whether the message at a position still waits for its receiver's answer, in this scope.
    pub(crate) fn is_pending(&self, scope: Pseudonym, position: u64) -> Result<bool, LedgerError> {
        let key = views::joined(&self.name(scope), position);
        Ok(self.views.get(views::PENDING, &key)?.is_some())
    }

    /// The day on which a record was made.
    pub(crate) fn day_of(&self, position: u64) -> Result<Date, LedgerError> {
        Ok(day_of(self.journal.read(Position(position))?.time))
    }

    /// Length of the effect of a message, as it is stored.
    pub(crate) fn effect_bytes(&self, position: u64) -> Result<u64, LedgerError> {
        let record = self.journal.read(Position(position))?;
        let effect = record
            .parts
            .iter()
            .find(|part| part.kind == PartKind::Effect);
        Ok(effect.map_or(0, |part| part.length))
    }
}
