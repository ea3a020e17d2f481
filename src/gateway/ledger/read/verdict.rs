//! What was found in a message when it was last judged.

use std::collections::BTreeMap;

use super::super::events::{Event, Mark};
use super::super::findings::{self, FindingsPage, Found};
use super::super::id::MessageId;
use super::super::translation::Left;
use super::super::views::MessageRow;
use super::super::{Ledger, LedgerError};
use crate::store::{Part, PartKind, Position};

impl Ledger {
    /// Where the last verdict on a message stands, and how many findings it has.
    fn last_verdict(&self, id: MessageId, row: &MessageRow) -> Result<(u64, u64), LedgerError> {
        let again = self.judged_again(id)?;
        Ok(again.map_or((row.position, row.findings), |judged| {
            (judged.position, judged.findings)
        }))
    }

    /// What levels 2 to 4 found in a message when it was last judged: `limit` findings from the `from`th on. Erased findings are counted.
    pub(crate) fn findings(
        &self,
        id: MessageId,
        row: &MessageRow,
        from: usize,
        limit: usize,
    ) -> Result<FindingsPage, LedgerError> {
        let (position, count) = self.last_verdict(id, row)?;
        let nothing = FindingsPage {
            count,
            ..FindingsPage::default()
        };
        if count == 0 {
            return Ok(nothing);
        }
        let record = self.journal.read(Position(position))?;
        match self.journal.part(&record, PartKind::Findings)? {
            Some(Part::Whole(bytes)) => {
                let (list, kept) = findings::decode(&bytes, from, limit)
                    .map_err(|cause| LedgerError::Unreadable { position, cause })?;
                Ok(FindingsPage {
                    list,
                    kept,
                    ..nothing
                })
            }
            Some(Part::Erased) | None => Ok(nothing),
        }
    }

    /// The first `limit` of them with the counts of the record; the counts alone when they are damaged, which is noted.
    pub(crate) fn found(
        &self,
        id: MessageId,
        row: &MessageRow,
        limit: usize,
    ) -> Result<Found, LedgerError> {
        let (position, count) = self.last_verdict(id, row)?;
        let not_translated = self.left(row)?;
        if count == 0 {
            return Ok(Found {
                not_translated,
                ..Found::default()
            });
        }
        let first = match self.findings(id, row, 0, limit.min(Found::FIRST_MAX)) {
            Ok(page) => page.list,
            Err(error) if error.damaged() => {
                self.damaged.note(position, &error);
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        let record = self.journal.read(Position(position))?;
        let counts = match Event::decode(&record.event) {
            Ok(Event::Received(received)) => received.counts,
            Ok(Event::Reconsidered(again)) => again.counts,
            Ok(_) => BTreeMap::new(),
            Err(cause) => return Err(LedgerError::Unreadable { position, cause }),
        };
        Ok(Found {
            not_translated,
            ..Found::with(first, counts, count)
        })
    }

    /// Why the products of a message were not translated although they were to be, and which its receiver has twice; nothing when that is damaged, which is noted.
    fn left(&self, row: &MessageRow) -> Result<Vec<Left>, LedgerError> {
        let says = |mark: &Mark| matches!(mark, Mark::NotTranslated | Mark::StandsTwice);
        if !row.marks.iter().any(says) {
            return Ok(Vec::new());
        }
        match self.translation(row.position) {
            Ok(translation) => Ok(translation.map_or_else(Vec::new, |kept| kept.left)),
            Err(error) if error.damaged() => {
                self.damaged.note(row.position, &error);
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }
}
