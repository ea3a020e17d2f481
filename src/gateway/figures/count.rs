//! Counting a month: one pass over the records from its first moment to the last day that counts for it. It reads what records say in clear and nothing that can be
//! erased, so it comes to the same whenever it is done. What it keeps in memory is the cells, and one bit for each record of the month.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _};
use knooppunt_standard::Berichtsoort;

use super::FiguresError;
use super::cell::{Cells, Counts, Outcome, Place};
use super::month::{Month, after, begin};
use crate::clock::day_of;
use crate::ledger::{
    Event, KindRecord, Ledger, LedgerError, Mark, MessageKind, Received, Rejected, Returned,
};
use crate::register::{Pair, PartyCode};
use crate::store::{Journal, Position, Record, StoreError};
use crate::terms::{WORKING_DAYS, answer_by};

/// Where the counts of a record say how many findings were not kept: no code.
const MORE: &str = "more";
/// The cause of a refusal for which no code is said.
const NO_CODE: &str = "none";

/// A month that is being counted.
pub(super) struct Counting {
    month: Month,
    /// Its first record, the first of the month after it, and the first that counts for it no more.
    from: u64,
    until: u64,
    end: u64,
    next: u64,
    counts: BTreeMap<Place, Counts>,
    /// Of each record of the month whether what became of it is settled.
    settled: Bits,
    unread: u64,
}

/// A month that was counted, and the records it rests on.
pub(super) struct Counted {
    pub(super) month: Month,
    /// The first record that counts for it no more.
    pub(super) end: u64,
    /// Chain of the record before that: tells whether a journal is the one that was counted.
    pub(super) chain: [u8; 32],
    /// Records that could not be read for damage.
    pub(super) unread: u64,
    pub(super) cells: BTreeMap<Place, Cells>,
}

impl Counting {
    /// At the begin of a month that is closed. Err: the journal cannot be read.
    pub(super) fn of(month: Month, journal: &dyn Journal) -> Result<Self, FiguresError> {
        let from = first_from(journal, begin(month.first_day()))?;
        let until = first_from(journal, begin(month.next().first_day()))?;
        let behind = after(month.counts_until(&WORKING_DAYS), 1.day());
        let end = first_from(journal, begin(behind))?;
        Ok(Self {
            month,
            from,
            until,
            end,
            next: from,
            counts: BTreeMap::new(),
            settled: Bits::of(until.saturating_sub(from)),
            unread: 0,
        })
    }

    /// The first record that counts no more.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Counts so many records on; gives whether there are more. Err: the journal cannot be read.
    pub(super) fn step(&mut self, ledger: &Ledger, records: usize) -> Result<bool, FiguresError> {
        let left = usize::try_from(self.end - self.next).unwrap_or(usize::MAX);
        let read = ledger
            .journal
            .read_from(Position(self.next), records.min(left));
        match read {
            Ok(records) if records.is_empty() => self.next = self.end,
            Ok(records) => {
                for record in &records {
                    self.count(ledger, record)?;
                    self.next = record.position.0 + 1;
                }
            }
            Err(StoreError::Damage { .. }) => {
                self.unread += 1;
                self.next += 1;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(self.next < self.end)
    }

    /// What may be told of it. Err: the last record that counts cannot be read.
    pub(super) fn counted(self, journal: &dyn Journal) -> Result<Counted, FiguresError> {
        Ok(Counted {
            month: self.month,
            end: self.end,
            chain: chain_before(journal, self.end)?,
            unread: self.unread,
            cells: self
                .counts
                .iter()
                .map(|(place, counts)| (*place, Cells::of(counts)))
                .collect(),
        })
    }

    fn count(&mut self, ledger: &Ledger, record: &Record) -> Result<(), FiguresError> {
        let Ok(event) = Event::decode(&record.event) else {
            self.unread += 1;
            return Ok(());
        };
        let Position(position) = record.position;
        let within = position < self.until;
        match event {
            Event::Received(received) => {
                if within {
                    self.taken(record, &received);
                }
                let asked = asked_at(ledger, record.position, &received)?;
                if let Some(asked) = asked.filter(|asked| self.is_open(*asked)) {
                    self.answered(ledger, asked, record.time)?;
                }
            }
            Event::Rejected(rejected) if self.is_open(rejected.message.position) => {
                self.rejected(ledger, rejected)?;
            }
            Event::Refused(refused) if within && !is_answer(refused.kind.as_ref()) => {
                let place = place(refused.kind.as_ref(), None);
                self.add(place, Outcome::Refused(refused.reason));
            }
            Event::Returned(returned) if within && !is_answer(returned.kind.as_ref()) => {
                let place = place(returned.kind.as_ref(), parties_of(&returned));
                self.add(place, Outcome::Refused(returned.reason));
            }
            Event::Refused(_)
            | Event::Returned(_)
            | Event::Rejected(_)
            | Event::Acknowledged(_)
            | Event::DeadLettered(_)
            | Event::Erased(_)
            | Event::DryRun(_)
            | Event::Decided(_)
            | Event::Reconsidered(_)
            | Event::Imported(_)
            | Event::Told(_)
            | Event::Delivery(_)
            | Event::Brings(_)
            | Event::Viewed(_)
            | Event::Forgotten(_) => {}
        }
        Ok(())
    }

    /// A message of the month. As long as nothing more is known it is unanswered, if it is owed an answer.
    fn taken(&mut self, record: &Record, received: &Received) {
        let Some(place) = place_of(received) else {
            self.settle(record.position.0);
            return;
        };
        if received.marks.contains(&Mark::Refused) {
            self.settle(record.position.0);
            self.add(place, Outcome::Refused(cause(received)));
        } else if owes(received, record.time) {
            self.add(place, Outcome::Unanswered);
        } else {
            self.add(place, Outcome::NoTerm);
        }
    }

    /// Whether it is a message of the month of which it is not settled what became of it.
    fn is_open(&self, position: u64) -> bool {
        (self.from..self.until).contains(&position) && !self.settled.has(position - self.from)
    }

    fn answered(&mut self, ledger: &Ledger, asked: u64, at: Timestamp) -> Result<(), FiguresError> {
        let Some((question, received)) = Self::question(ledger, asked)? else {
            return Ok(());
        };
        self.settle(asked);
        if let (Some(place), Some(last)) = (place_of(&question), last_day(&question, received)) {
            let outcome = if day_of(at) <= last {
                Outcome::InTime
            } else {
                Outcome::Late
            };
            self.moves(place, &Outcome::Unanswered, outcome);
        }
        Ok(())
    }

    /// Its receiver refused it on his wire: it counts as not sent.
    fn rejected(&mut self, ledger: &Ledger, rejected: Rejected) -> Result<(), FiguresError> {
        let asked = rejected.message.position;
        let Some((question, received)) = Self::question(ledger, asked)? else {
            return Ok(());
        };
        self.settle(asked);
        if let Some(place) = place_of(&question) {
            let before = if owes(&question, received) {
                Outcome::Unanswered
            } else {
                Outcome::NoTerm
            };
            self.moves(place, &before, Outcome::Refused(rejected.code));
        }
        Ok(())
    }

    /// The message at a position, and when it was received; `None`: it cannot be read, which was counted when it was passed.
    fn question(
        ledger: &Ledger,
        position: u64,
    ) -> Result<Option<(Received, Timestamp)>, FiguresError> {
        let record = match ledger.journal.read(Position(position)) {
            Ok(record) => record,
            Err(StoreError::Damage { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(match Event::decode(&record.event) {
            Ok(Event::Received(received)) => Some((received, record.time)),
            Ok(_) | Err(_) => None,
        })
    }

    fn settle(&mut self, position: u64) {
        self.settled.set(position - self.from);
    }

    fn add(&mut self, place: Place, outcome: Outcome) {
        let counts = self.counts.entry(place).or_default();
        *counts.entry(outcome).or_default() += 1;
    }

    fn moves(&mut self, place: Place, from: &Outcome, to: Outcome) {
        let counts = self.counts.entry(place).or_default();
        if let Some(count) = counts.get_mut(from).filter(|count| **count > 0) {
            *count -= 1;
            *counts.entry(to).or_default() += 1;
        }
    }
}

/// The position of the first record from a moment on; the next one when there is none.
pub(super) fn first_from(journal: &dyn Journal, moment: Timestamp) -> Result<u64, FiguresError> {
    let (mut low, mut high) = (0, journal.next().0);
    while low < high {
        let middle = low + (high - low) / 2;
        // Times go up. A damaged record tells none: the next one that does.
        let mut at = middle;
        let time = loop {
            if at == high {
                break None;
            }
            match journal.read(Position(at)) {
                Ok(record) => break Some(record.time),
                Err(StoreError::Damage { .. }) => at += 1,
                Err(error) => return Err(error.into()),
            }
        };
        match time {
            Some(time) if time < moment => low = at + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

/// Chain of the record before a position; zeros before the first, and for one that cannot be read for damage.
pub(super) fn chain_before(journal: &dyn Journal, end: u64) -> Result<[u8; 32], FiguresError> {
    let Some(last) = end.checked_sub(1) else {
        return Ok([0; 32]);
    };
    match journal.read(Position(last)) {
        Ok(record) => Ok(record.chain),
        Err(StoreError::Damage { .. }) => Ok([0; 32]),
        Err(error) => Err(error.into()),
    }
}

/// Where the message stands that an answer answers; `None` for one that answers none, or is wrong itself.
fn asked_at(
    ledger: &Ledger,
    own: Position,
    received: &Received,
) -> Result<Option<u64>, LedgerError> {
    let Some(question) = received.question else {
        return Ok(None);
    };
    if received.marks.contains(&Mark::Reported) {
        return Ok(None);
    }
    if let Some(position) = received.asked_at(own) {
        return Ok(Some(position));
    }
    // A program of before did not say it in the record.
    Ok(ledger.message_row(question)?.map(|row| row.position))
}

/// Where a taken message is counted; `None` for one that is not: a file, an answer, or the copy that a party gets of what was answered in its own name.
fn place_of(received: &Received) -> Option<Place> {
    let parties = (received.maker.as_str(), received.receiver.as_str());
    let pair = pair(parties)?;
    let uncounted = received.kind.functie.is_some() || is_answer(Some(&received.kind));
    if uncounted || received.marks.contains(&Mark::Copy) {
        return None;
    }
    Some(place(Some(&received.kind), Some(pair)))
}

/// Whether messages of the kind answer others. Each of them is one that its question was answered, so their numbers would tell of the cells of the kind that they
/// answer: they are counted there and nowhere else.
fn is_answer(kind: Option<&KindRecord>) -> bool {
    kind.and_then(|kind| Berichtsoort::from_number(kind.soort))
        .is_some_and(|soort| soort.answers().is_some())
}

fn pair((one, other): (&str, &str)) -> Option<Pair> {
    Pair::of(one.parse().ok()?, other.parse().ok()?)
}

fn parties_of(returned: &Returned) -> Option<Pair> {
    pair((&returned.sender, returned.receiver.as_deref()?))
}

fn place(kind: Option<&KindRecord>, pair: Option<Pair>) -> Place {
    Place {
        law: kind.and_then(|kind| kind.law.parse().ok()),
        gemeente: pair.map(|pair: Pair| -> PartyCode { pair.gemeente }),
        soort: kind.map_or(0, |kind| kind.soort),
    }
}

fn owes(received: &Received, at: Timestamp) -> bool {
    last_day(received, at).is_some()
}

/// The last day on which an answer to it is in time.
fn last_day(received: &Received, at: Timestamp) -> Option<jiff::civil::Date> {
    answer_by(&MessageKind::Standard(received.kind.kind()?), at)
}

/// Of the codes that were found in a message the one that was found most; of equal ones the first.
fn cause(received: &Received) -> String {
    let codes = received.counts.iter().filter(|(code, _)| *code != MORE);
    let most = codes.rev().max_by_key(|(_, count)| **count);
    most.map_or_else(|| NO_CODE.to_owned(), |(code, _)| code.clone())
}

/// A bit for each of so many records.
struct Bits(Vec<u64>);

impl Bits {
    fn of(count: u64) -> Self {
        let words = usize::try_from(count.div_ceil(64)).unwrap_or(usize::MAX);
        Self(vec![0; words])
    }

    fn has(&self, at: u64) -> bool {
        let word = usize::try_from(at / 64).ok().and_then(|at| self.0.get(at));
        word.is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn set(&mut self, at: u64) {
        let word = usize::try_from(at / 64).ok();
        if let Some(word) = word.and_then(|at| self.0.get_mut(at)) {
            *word |= 1 << (at % 64);
        }
    }
}
