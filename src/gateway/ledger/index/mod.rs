//! The index by which messages are found again by what they have in common: one ordered collection of rows, newest message first within each list.
//!
//! A list is that of one law, one municipality and one [`Facet`], so a question is put to the lists of the municipalities that the asker may see and to no
//! other: what is elsewhere is not skipped but never met. A row tells enough of its message ([`Listed`]) to hold most conditions against it without another
//! look-up, and its key follows from the message and the facet, so that "is it in that list too?" is one look-up. Rows are functions of records and effects,
//! as those of every view; rows that end (a message waits no longer) are of a record about a message whose own record is read for its law, municipality and day.
//!
//! A client stands here by the pseudonym that effects hold for the municipality, under the outer key. When the effect of a message is erased, its row under
//! each client has to go: who erases an effect key reads the effect before, and deletes in the same batch what [`rows::clients`] gives for it. Views made anew after
//! that have no such row, for the effect is not there to make it from.
//!
//! Files that are no messages of the standards have no law and are not here, nor is the copy that a party gets of what was answered in its own name: the answer is.

mod key;
mod read;
pub(super) mod rows;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::terms::Term;
use knooppunt_standard::{Berichtsoort, Law};

use super::events::{Mark, Received};
use super::id::MessageId;
use super::views::MessageRow;
use crate::clock::day_of;
use crate::register::{Pair, PartyCode, Scope};
use crate::store::{Collection, Position};

pub(crate) use read::Place;

/// Law, municipality, facet, day and position -> what a [`Listed`] says.
pub(super) const INDEX: Collection = Collection::walked("index");

/// What messages of a list have in common, beside law and municipality.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Facet<'a> {
    /// Nothing more: every message.
    All,
    /// From or to this provider.
    Provider(PartyCode),
    /// Of this kind, by its number.
    Kind(u16),
    /// The gateway found this in it: a return code, or a rule that has none. Of a declaration that was judged again each that was ever found.
    Code(&'a str),
    /// It is about the client with this BSN.
    Client(&'a str),
    /// It waits for an answer within this term.
    Open(Term),
    /// It stands in a mailbox.
    Waiting,
    /// It left the mailbox unread.
    Dead,
    /// Its receiver refused it on his wire.
    Rejected,
}

/// A message as a row of the index tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) law: Law,
    pub(crate) gemeente: PartyCode,
    pub(crate) aanbieder: PartyCode,
    /// Whether the municipality made it.
    pub(crate) by_gemeente: bool,
    pub(crate) soort: u16,
    /// Day of receipt, Europe/Amsterdam.
    pub(crate) day: Date,
    /// Position of its record.
    pub(crate) position: u64,
    pub(crate) message: MessageId,
}

impl Listed {
    /// A message that was taken; `None` for one that is not in the index.
    pub(super) fn of(position: Position, at: Timestamp, received: &Received) -> Option<Self> {
        let (maker, receiver) = (
            received.maker.parse().ok()?,
            received.receiver.parse().ok()?,
        );
        let Pair {
            gemeente,
            aanbieder,
        } = Pair::of(maker, receiver)?;
        Some(Self {
            law: received.kind.law.parse().ok()?,
            gemeente,
            aanbieder,
            by_gemeente: maker == gemeente,
            soort: received.kind.soort,
            day: day_of(at),
            position: position.0,
            message: received.message,
        })
    }

    /// The message with this row as the index tells of it, if it is in the scope.
    pub(crate) fn within(scope: &Scope, id: MessageId, row: &MessageRow) -> Option<Self> {
        let (maker, receiver) = (row.maker_code()?, row.receiver_code()?);
        let pair = Pair::of(maker, receiver)?;
        let listed = Self {
            law: row.kind.law.parse().ok()?,
            gemeente: pair.gemeente,
            aanbieder: pair.aanbieder,
            by_gemeente: maker == pair.gemeente,
            soort: row.kind.soort,
            day: day_of(row.received),
            position: row.position,
            message: id,
        };
        scope
            .holds(listed.law, listed.gemeente, listed.day)
            .then_some(listed)
    }

    /// The term within which it is owed an answer when that stands open.
    pub(crate) fn owed(&self) -> Option<Term> {
        Berichtsoort::from_number(self.soort).and_then(Term::for_answer_to)
    }

    /// Where it stands in every list.
    pub(crate) fn place(&self) -> Place {
        Place {
            day: self.day,
            position: self.position,
        }
    }
}

/// Whether it came into a mailbox when it was taken.
fn waits(received: &Received) -> bool {
    !received.marks.contains(&Mark::Refused)
}
