//! The ledger as it stood before a record, for two parties: made from the recorded effects in views beside those of the store, so that it takes no more
//! memory than they do. Nothing is recorded in it.

use std::sync::Arc;

use super::commit::Committer;
use super::damage::Damaged;
use super::events::{Event, Parties, Received};
use super::lock::Locks;
use super::past::Replayed;
use super::pseudonym::Outer;
use super::replay::{Progress, effect_of, event_of};
use super::views;
use super::{Foundation, Ledger, LedgerError};
use crate::clock::Course;
use crate::register::Pair;
use crate::store::{Batch, Journal, Position, Views};

/// Records that are applied at once.
const STEP: usize = 1000;

/// Of whom a message is and to whom it goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Between<'r> {
    law: &'r str,
    maker: &'r str,
    receiver: &'r str,
}

/// What a record means for the verdict on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bears {
    /// It may have changed the past that was judged on.
    OnPast,
    /// It may have used up the identity of the message: of the same maker, to another.
    OnIdentity,
    /// Nothing.
    Not,
}

impl<'r> Between<'r> {
    /// Those of a taken message.
    pub(crate) fn of(received: &'r Received) -> Self {
        Self {
            law: &received.kind.law,
            maker: &received.maker,
            receiver: &received.receiver,
        }
    }

    /// Those of a message that an event brings; `None` for one that brings none.
    pub(super) fn of_event(event: &'r Event) -> Option<Self> {
        match event {
            Event::Received(received) => Some(Self::of(received)),
            Event::Imported(imported) => Some(Self {
                law: &imported.kind.law,
                maker: &imported.maker,
                receiver: &imported.receiver,
            }),
            Event::Forgotten(forgotten) => forgotten.between.as_ref().map(|parties| Self {
                law: &parties.law,
                maker: &parties.gemeente,
                receiver: &parties.aanbieder,
            }),
            Event::Refused(_)
            | Event::Acknowledged(_)
            | Event::DeadLettered(_)
            | Event::Delivery(_)
            | Event::Erased(_)
            | Event::DryRun(_)
            | Event::Decided(_)
            | Event::Reconsidered(_)
            | Event::Returned(_)
            | Event::Rejected(_)
            | Event::Told(_)
            | Event::Brings(_)
            | Event::Viewed(_) => None,
        }
    }

    /// Both of them, the maker first.
    pub(super) fn parties(self) -> [&'r str; 2] {
        [self.maker, self.receiver]
    }

    /// Which of them is the municipality and which the provider; `None`: they are not one of each.
    pub(super) fn pair(self) -> Option<Parties> {
        let Pair {
            gemeente,
            aanbieder,
        } = Pair::of(self.maker.parse().ok()?, self.receiver.parse().ok()?)?;
        Some(Parties {
            law: self.law.to_owned(),
            gemeente: gemeente.to_string(),
            aanbieder: aanbieder.to_string(),
        })
    }

    /// Key of what is kept of these two, whoever of them sends.
    pub(super) fn key(self) -> Vec<u8> {
        key_of(self.law, self.maker, self.receiver)
    }

    fn bears(self, event: &Event) -> Bears {
        let Some(earlier) = Between::of_event(event) else {
            return Bears::Not;
        };
        let ways = [
            (earlier.maker, earlier.receiver),
            (earlier.receiver, earlier.maker),
        ];
        if earlier.law != self.law {
            Bears::Not
        } else if ways.contains(&(self.maker, self.receiver)) {
            Bears::OnPast
        } else if earlier.maker == self.maker {
            Bears::OnIdentity
        } else {
            Bears::Not
        }
    }
}

/// Key of what is kept of two parties under a law, in whatever order they are named.
pub(super) fn key_of(law: &str, one: &str, other: &str) -> Vec<u8> {
    let (first, second) = (one.min(other), one.max(other));
    format!("{law}/{first}/{second}").into_bytes()
}

/// The event that brought the message which an event is about: itself, but for decisions on a declaration that was taken before. Err: its record cannot be read.
pub(super) fn brought(journal: &dyn Journal, event: &Event) -> Result<Option<Event>, LedgerError> {
    let position = match event {
        Event::Decided(decided) => decided.message.position,
        Event::Reconsidered(reconsidered) => reconsidered.message.position,
        Event::Rejected(rejected) => rejected.message.position,
        Event::Received(_)
        | Event::Imported(_)
        | Event::Refused(_)
        | Event::Acknowledged(_)
        | Event::DeadLettered(_)
        | Event::Delivery(_)
        | Event::Erased(_)
        | Event::DryRun(_)
        | Event::Returned(_)
        | Event::Told(_)
        | Event::Brings(_)
        | Event::Viewed(_)
        | Event::Forgotten(_) => return Ok(None),
    };
    event_of(&journal.read(Position(position))?).map(Some)
}

impl Ledger {
    /// The ledger before the record at a position, as far as it bears on a message between these two, in `scratch`, which is cleared. Reads every record
    /// before it, and the effects of those that bear on it. Every commit to it fails. `None`: one of these effects was erased since, so nobody knows the past that was. Err:
    /// store or records cannot be read; also a damaged one of these effects, since what stood in it was there to judge by.
    pub(crate) fn as_of(
        foundation: Foundation,
        scratch: Arc<dyn Views>,
        between: Between<'_>,
        position: Position,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<Arc<Self>>, LedgerError> {
        let Foundation {
            journal,
            pseudonyms,
            clock,
            ..
        } = foundation;
        let outer = Outer::random()?;
        scratch.clear()?;
        let mut next = Position(0);
        while next < position {
            let left = usize::try_from(position.0 - next.0).unwrap_or(usize::MAX);
            let records = journal.read_from(next, STEP.min(left))?;
            if records.is_empty() {
                return Err(LedgerError::Views {
                    what: "the journal ends before its end",
                });
            }
            let (first, mut batch) = (next, Batch::default());
            let mut replayed = Replayed::new(&*scratch, &outer);
            for record in &records {
                next = record.position.next();
                let event = event_of(record)?;
                let about = brought(&*journal, &event)?;
                let bears = between.bears(about.as_ref().unwrap_or(&event));
                if bears == Bears::Not {
                    continue;
                }
                if matches!(event, Event::Forgotten(_)) {
                    return Ok(None);
                }
                let Some(effect) = effect_of(&*journal, record)? else {
                    return Ok(None);
                };
                if bears == Bears::OnPast {
                    replayed.apply(&effect, record.position.0)?;
                }
                let (at, time) = (record.position, record.time);
                batch.extend(views::rows(at, time, &event, Some(&effect), &outer));
                let numbers = views::numbers(at, &event, Some(&effect), &outer);
                views::put_numbers(&mut batch, numbers);
            }
            replayed.into_rows().apply(&*scratch, first, next, batch)?;
            progress(Progress {
                done: next.0,
                of: position.0,
            });
        }
        let damaged = Damaged::known(&*scratch)?;
        let committer = Committer::ended(Arc::clone(&journal), Arc::clone(&clock), outer.clone());
        Ok(Some(Arc::new(Self {
            journal,
            views: scratch,
            pseudonyms,
            locks: Locks::new(),
            course: Course::from_now(clock, None),
            outer,
            damaged,
            bell: Arc::default(),
            committer,
        })))
    }
}
