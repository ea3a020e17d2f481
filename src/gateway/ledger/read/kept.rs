//! Messages whose content is kept, and whose exchange is complete.

use super::super::events::{Mark, Named};
use super::super::id::MessageId;
use super::super::views::{self, KeptRow, MessageRow};
use super::super::{Ledger, LedgerError};
use super::{ROWS_MAX, decoded};

impl Ledger {
    /// Messages whose exchange is complete when this one is acknowledged now. Under the lock of its thread.
    pub(crate) fn closed_by(
        &self,
        id: MessageId,
        row: &MessageRow,
    ) -> Result<Vec<Named>, LedgerError> {
        let own = Named {
            message: id,
            position: row.position,
        };
        let mut closes = Vec::new();
        if self.held_at(&row.receiver, row.position)?.is_some() {
            // Its answer is still to come, whatever wrong one there is: it is judged again from its content.
            return Ok(closes);
        }
        if let Some(question) = row.question {
            let asked = self.message_row(question)?.ok_or(LedgerError::Views {
                what: "an answer without question",
            })?;
            // What was refused here is in nobody's mailbox, so nobody acknowledges it.
            if self.held_at(&asked.receiver, asked.position)?.is_some() {
                closes.push(own);
            } else if self.acknowledged(question)?.is_some() || asked.marks.contains(&Mark::Refused)
            {
                closes.extend([
                    Named {
                        message: question,
                        position: asked.position,
                    },
                    own,
                ]);
            }
        } else if row.kind.is_file()
            || row
                .kind
                .kind()
                .is_some_and(|kind| kind.soort.answers().is_some())
        {
            // A file is owed no answer, and what answers what we do not know is the end of it: nothing that belongs to it is still to come.
            closes.push(own);
        } else {
            for answer in self.answers(id, ROWS_MAX)? {
                if self.acknowledged(answer.message)?.is_some() {
                    closes.push(Named {
                        message: answer.message,
                        position: answer.position,
                    });
                }
            }
            if !closes.is_empty() {
                closes.push(own);
            }
        }
        // What was complete before keeps its moment, and what is erased has nothing left to keep.
        let mut open = Vec::new();
        for closed in closes {
            let key = closed.position.to_be_bytes();
            if self.views.get(views::KEPT, &key)?.is_some()
                && self.views.get(views::CLOSED, &key)?.is_none()
            {
                open.push(closed);
            }
        }
        Ok(open)
    }

    /// Messages whose content is kept, oldest first, from a position on.
    pub(crate) fn kept(&self, from: u64, limit: usize) -> Result<Vec<KeptRow>, LedgerError> {
        self.rows(
            views::KEPT,
            &from.to_be_bytes(),
            &u64::MAX.to_be_bytes(),
            limit,
        )
    }

    /// Messages whose content is kept though their exchange is complete, from a position on.
    pub(crate) fn closed(
        &self,
        from: u64,
        limit: usize,
    ) -> Result<Vec<(u64, KeptRow)>, LedgerError> {
        let rows = self.views.range(
            views::CLOSED,
            &from.to_be_bytes(),
            &u64::MAX.to_be_bytes(),
            limit,
        )?;
        rows.into_iter()
            .map(|(key, value)| {
                let position = <[u8; 8]>::try_from(key).map_err(|_| LedgerError::Views {
                    what: "a key of other length",
                })?;
                Ok((u64::from_be_bytes(position), decoded(&value)?))
            })
            .collect()
    }
}
