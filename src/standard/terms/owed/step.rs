//! What one message does to what is owed: pure, from the past as it leaves it and the rows as they were.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::{MessageName, Owed, OwedKey, Running};
use crate::assess::Around;
use crate::history::{Answer, Change, Past, Pseudonym, Toewijzing, Version, Verzoek};

/// What a message does to one thing owed. Holds what was and what becomes, so that a replay needs no rows before it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Step {
    /// Which.
    #[n(0)]
    pub key: OwedKey,
    /// The term that ran before, and the day that began it.
    #[n(1)]
    pub was: Option<Running>,
    /// How it stands now; `None`: it is owed no more.
    #[n(2)]
    pub now: Option<Owed>,
}

/// A message that was taken, as far as terms go.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'a> {
    /// Its name.
    pub message: MessageName,
    /// The day of receipt.
    pub day: Date,
    /// What it changes when its receiver accepts it.
    pub waits: &'a [Change],
    /// What it changed at once; of an answer what it made count.
    pub counts: &'a [Change],
    /// Set for the answer that ends the waiting of an earlier message.
    pub settles: Option<Settles<'a>>,
    /// Since when all traffic of the scope passes; `None`: never all of it.
    pub history_from: Option<Date>,
}

/// An earlier message that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Settles<'a> {
    /// Its name.
    pub message: MessageName,
    /// The day of its receipt.
    pub day: Date,
    /// What its changes were about.
    pub waited: &'a BTreeSet<OwedKey>,
}

/// The allocations in these changes of which nothing is in the past. To be asked before the changes are applied to it.
pub fn unknown(past: &Past, changes: &[Change]) -> BTreeSet<Pseudonym> {
    let numbers = changes.iter().filter_map(|change| {
        if let Change::Toewijzing { nummer, .. } = change {
            Some(*nummer)
        } else {
            None
        }
    });
    numbers
        .filter(|nummer| past.toewijzing(*nummer).is_none())
        .collect()
}

/// What a message does to what is owed, by key; what stays as it was is left out. `past` is as the message leaves it, with the rows of [`OwedKey::rows`];
/// `unknown` as [`unknown`] said before; `owed` has every row that there is of the keys of its changes and of those that it settles.
pub fn steps(
    taken: &Taken<'_>,
    past: &Past,
    unknown: &BTreeSet<Pseudonym>,
    owed: &BTreeMap<OwedKey, Owed>,
) -> Vec<Step> {
    let mut book = Book {
        taken: *taken,
        past,
        unknown,
        owed: owed.clone(),
    };
    if let Some(settles) = taken.settles {
        book.settle(settles);
    }
    for change in taken.waits {
        book.waits(change);
    }
    for change in taken.counts {
        book.counts(change);
    }
    for key in OwedKey::of(taken.counts) {
        book.stop(key);
    }
    let keys: BTreeSet<OwedKey> = owed.keys().chain(book.owed.keys()).copied().collect();
    keys.into_iter()
        .filter(|key| owed.get(key) != book.owed.get(key))
        .map(|key| Step {
            key,
            was: owed.get(&key).and_then(|was| was.term(&key)),
            now: book.owed.get(&key).cloned(),
        })
        .collect()
}

/// What a change means for what is owed, whether it waits or counts.
enum Meaning {
    /// The request is being looked into.
    Investigates(OwedKey),
    /// It is owed no more.
    Ends(OwedKey),
    /// Something may be owed from now on.
    Opens,
    Nothing,
}

impl Meaning {
    fn of(change: &Change) -> Self {
        match change {
            Change::Answered {
                verzoek,
                answer: Answer::Investigating,
                ..
            } => Self::Investigates(OwedKey::Verzoek(*verzoek)),
            Change::Honoured { verzoek, .. } | Change::Answered { verzoek, .. } => {
                Self::Ends(OwedKey::Verzoek(*verzoek))
            }
            Change::Toewijzing {
                nummer, version, ..
            } if version.is_removed() => Self::Ends(OwedKey::Start(*nummer)),
            Change::Started {
                toewijzing: Some(toewijzing),
                ..
            } => Self::Ends(OwedKey::Start(*toewijzing)),
            Change::StartRemoved {
                client,
                toewijzing: Some(toewijzing),
                ..
            }
            | Change::Stopped {
                client,
                toewijzing: Some(toewijzing),
                ..
            } => Self::Ends(OwedKey::Stop {
                client: *client,
                toewijzing: *toewijzing,
            }),
            Change::Toewijzing { .. } | Change::Requested { .. } => Self::Opens,
            Change::Started { .. }
            | Change::StartRemoved { .. }
            | Change::Stopped { .. }
            | Change::StopRemoved { .. }
            | Change::Seen { .. }
            | Change::Declared { .. }
            | Change::Granted { .. }
            | Change::Refused { .. }
            | Change::CareAsSent { .. } => Self::Nothing,
        }
    }
}

struct Book<'a> {
    taken: Taken<'a>,
    past: &'a Past,
    unknown: &'a BTreeSet<Pseudonym>,
    owed: BTreeMap<OwedKey, Owed>,
}

impl Book<'_> {
    /// The earlier message waits no longer. What it made owed is owed no more when nothing of it counts.
    fn settle(&mut self, settles: Settles<'_>) {
        let accepted = OwedKey::of(self.taken.counts);
        for key in settles.waited {
            if let Some(row) = self.owed.get_mut(key) {
                row.forget(settles.message);
                if row.dormant || row.message == settles.message && !accepted.contains(key) {
                    self.close(*key);
                }
            }
        }
    }

    fn waits(&mut self, change: &Change) {
        let message = self.taken.message;
        match Meaning::of(change) {
            Meaning::Investigates(key) => self.edit_or_await(key, |row| {
                row.investigating.insert(message);
            }),
            Meaning::Ends(key) => self.edit_or_await(key, |row| {
                row.ending.insert(message);
            }),
            Meaning::Opens => self.open(change),
            Meaning::Nothing => {}
        }
    }

    fn counts(&mut self, change: &Change) {
        match Meaning::of(change) {
            Meaning::Investigates(key) => {
                if let Some(row) = self.owed.get_mut(&key) {
                    row.investigated = true;
                }
            }
            // A stop is worked out anew, from the past that knows of the change.
            Meaning::Ends(OwedKey::Stop { .. }) | Meaning::Nothing => {}
            Meaning::Ends(key) => {
                self.owed.remove(&key);
            }
            Meaning::Opens => {
                // What an answer makes count made it owed when it came, and what has ended since stays so.
                if self.taken.settles.is_none() {
                    self.open(change);
                }
            }
        }
    }

    /// What a message makes owed when it comes, accepted or not.
    fn open(&mut self, change: &Change) {
        let Taken { message, day, .. } = self.taken;
        if let Change::Requested { verzoek, request } = change
            && self.past.verzoek(*verzoek).is_none_or(Verzoek::is_open)
        {
            let owed = Owed::new(message, day, request.dagtekening);
            self.arise(OwedKey::Verzoek(*verzoek), owed);
        }
        if let Change::Toewijzing {
            nummer,
            client,
            version,
        } = change
            && self.is_retroactive(*nummer, version)
            && self
                .past
                .care(*client, Some(*nummer))
                .is_none_or(|care| care.starts().next().is_none())
        {
            let owed = Owed::new(message, day, version.ingangsdatum);
            self.arise(OwedKey::Start(*nummer), owed);
        }
    }

    /// Whether this is the first of an allocation, made after the care that it allows was to begin. That it is the first is certain only where every earlier
    /// message passed: no message tells when an allocation was sent.
    fn is_retroactive(&self, nummer: Pseudonym, version: &Version) -> bool {
        let all_passed = self
            .taken
            .history_from
            .is_some_and(|since| since <= Around::FIRST_DAY);
        all_passed
            && self.unknown.contains(&nummer)
            && !version.is_removed()
            && version.ingangsdatum < version.stamp.date
    }

    /// Works out anew whether a stop is owed. Where traffic goes other ways too it may have gone there.
    fn stop(&mut self, key: OwedKey) {
        let OwedKey::Stop { client, toewijzing } = key else {
            return;
        };
        let allocated = self.past.toewijzing(toewijzing);
        let version = allocated.and_then(Toewijzing::current);
        let end = version
            .filter(|version| !version.is_removed())
            .and_then(|version| version.einddatum);
        let care = self.past.care(client, Some(toewijzing));
        let runs = care.is_some_and(|care| care.actual().next().is_some());
        let Some(end) = end.filter(|_| runs && self.taken.history_from.is_some()) else {
            self.close(key);
            return;
        };
        let (message, day) = match self.taken.settles {
            Some(settles) => (settles.message, settles.day),
            None => (self.taken.message, self.taken.day),
        };
        let owed = Owed::new(message, end.max(day), end);
        match self.owed.get_mut(&key) {
            Some(row) if !row.dormant && row.says != end => *row = owed.ended_by_what_ends(row),
            _ => self.arise(key, owed),
        }
    }

    /// It is owed from now on, unless it was already; what waits to end it stays so.
    fn arise(&mut self, key: OwedKey, owed: Owed) {
        match self.owed.get_mut(&key) {
            Some(row) if row.dormant => *row = owed.ended_by_what_ends(row),
            Some(_) => {}
            None => drop(self.owed.insert(key, owed)),
        }
    }

    /// It is owed no more. What waits to end it is kept for the day on which it is owed again.
    fn close(&mut self, key: OwedKey) {
        if let Some(row) = self.owed.get_mut(&key) {
            row.dormant = true;
            if row.ending.is_empty() && row.investigating.is_empty() {
                self.owed.remove(&key);
            }
        }
    }

    /// Notes of something owed that a message that waits would change it; also where it may be owed only later.
    fn edit_or_await(&mut self, key: OwedKey, edit: impl FnOnce(&mut Owed)) {
        let Taken { message, day, .. } = self.taken;
        let may_arise = match key {
            OwedKey::Verzoek(verzoek) => self.past.verzoek(verzoek).is_none_or(Verzoek::is_open),
            // Only the first message of an allocation begins it.
            OwedKey::Start(toewijzing) => self.past.toewijzing(toewijzing).is_none(),
            OwedKey::Stop { .. } => true,
        };
        if may_arise {
            let dormant = || Owed {
                dormant: true,
                ..Owed::new(message, day, day)
            };
            self.owed.entry(key).or_insert_with(dormant);
        }
        if let Some(row) = self.owed.get_mut(&key) {
            edit(row);
        }
    }
}
