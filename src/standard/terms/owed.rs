//! What a party owes that no answer by name ends: a decision on a request, the report of a start, the report of a stop. Worked out from what messages change in
//! the past of their scope, one message after the other.
//!
//! Knows what passed and nothing else. A decision is owed from the receipt of the request (OP274, OP346). That care began or ended is told by the very message
//! that is owed, so only two of the terms of OP271 and OP272 can be known before it comes: the start under an allocation that was made with retroactive effect,
//! and the stop of care whose allocation has ended. Both presume what no message says; see [`Owed::term`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::Term;
use crate::assess::Around;
use crate::history::{
    Answer, Change, Owner, Past, Pseudonym, RowKey, Toewijzing, Version, Verzoek,
};

/// The keeper's name of a message: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct MessageName(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

/// What is owed, within one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub enum OwedKey {
    /// A decision on a request, by ReferentieAanbieder: a 301 or a 319.
    #[n(1)]
    Verzoek(#[n(0)] Pseudonym),
    /// A 305 under an allocation, by ToewijzingNummer.
    #[n(2)]
    Start(#[n(0)] Pseudonym),
    /// A 307 on a client's care under an allocation.
    #[n(3)]
    Stop {
        /// The client.
        #[n(0)]
        client: Pseudonym,
        /// ToewijzingNummer.
        #[n(1)]
        toewijzing: Pseudonym,
    },
}

/// How something owed stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Owed {
    /// The message that makes it owed.
    #[n(0)]
    pub message: MessageName,
    /// The day that begins its term.
    #[cbor(n(1), with = "day")]
    from: Date,
    /// The day that the message says: Dagtekening of a request, Ingangsdatum or Einddatum of an allocation.
    #[cbor(n(2), with = "day")]
    says: Date,
    /// Whether an accepted 319 said that it is being looked into.
    #[n(3)]
    investigated: bool,
    /// 319s that say so and are not yet accepted.
    #[n(4)]
    investigating: BTreeSet<MessageName>,
    /// Messages that end it and are not yet accepted: what is sent is not owed, unless it is refused.
    #[n(5)]
    ending: BTreeSet<MessageName>,
    /// Nothing is owed: kept for the messages that would end it and are not yet accepted, so that it is not owed when it arises while they wait.
    #[cbor(n(6), default)]
    dormant: bool,
}

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

/// A term that runs, or will when its day has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct Running {
    /// Which.
    #[n(0)]
    pub term: Term,
    /// The day that begins it; that day itself does not count.
    #[cbor(n(1), with = "day")]
    pub from: Date,
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

impl OwedKey {
    /// What these changes are about.
    pub fn of(changes: &[Change]) -> BTreeSet<Self> {
        let mut keys = BTreeSet::new();
        for change in changes {
            match change {
                Change::Requested { verzoek, .. }
                | Change::Honoured { verzoek, .. }
                | Change::Answered { verzoek, .. } => {
                    keys.insert(Self::Verzoek(*verzoek));
                }
                Change::Toewijzing { nummer, client, .. } => {
                    keys.insert(Self::Start(*nummer));
                    keys.insert(Self::Stop {
                        client: *client,
                        toewijzing: *nummer,
                    });
                }
                Change::Started {
                    client, toewijzing, ..
                }
                | Change::StartRemoved {
                    client, toewijzing, ..
                }
                | Change::Stopped {
                    client, toewijzing, ..
                }
                | Change::StopRemoved {
                    client, toewijzing, ..
                } => {
                    // Care without an allocation: nothing says when it begins or ends.
                    if let Some(toewijzing) = *toewijzing {
                        let client = *client;
                        keys.insert(Self::Start(toewijzing));
                        keys.insert(Self::Stop { client, toewijzing });
                    }
                }
                Change::Seen { .. }
                | Change::Declared { .. }
                | Change::Granted { .. }
                | Change::Refused { .. } => {}
            }
        }
        keys
    }

    /// Rows of the past that [`steps`] and [`unknown`] look at.
    pub fn rows(&self) -> Vec<RowKey> {
        match *self {
            Self::Verzoek(verzoek) => vec![RowKey::Verzoek(verzoek)],
            Self::Start(toewijzing) => vec![RowKey::Toewijzing(toewijzing)],
            Self::Stop { client, toewijzing } => vec![
                RowKey::Toewijzing(toewijzing),
                RowKey::Care {
                    client,
                    toewijzing: Some(toewijzing),
                },
            ],
        }
    }

    /// Who owes it.
    pub const fn owner(&self) -> Owner {
        match self {
            Self::Verzoek(_) => Owner::Gemeente,
            Self::Start(_) | Self::Stop { .. } => Owner::Aanbieder,
        }
    }

    /// Bytes that no other key has, the same for ever: a tag of one byte, then the parts.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Verzoek(verzoek) => [&[1][..], &verzoek.0].concat(),
            Self::Start(toewijzing) => [&[2][..], &toewijzing.0].concat(),
            Self::Stop { client, toewijzing } => [&[3][..], &client.0, &toewijzing.0].concat(),
        }
    }
}

impl Owed {
    fn new(message: MessageName, from: Date, says: Date) -> Self {
        Self {
            message,
            from,
            says,
            investigated: false,
            investigating: BTreeSet::new(),
            ending: BTreeSet::new(),
            dormant: false,
        }
    }

    /// The term that runs; `None` while a message that ends it waits to be accepted, or nothing is owed.
    ///
    /// A start under an allocation with retroactive effect is due five working days after its receipt (OP271); that care has begun is presumed. A stop is due
    /// at the latest five working days after the last day of the allocation (OP272), or after the day on which that was told when it came later; that care
    /// did not end before, or under another allocation, is presumed.
    pub fn term(&self, key: &OwedKey) -> Option<Running> {
        if self.dormant || !self.ending.is_empty() {
            return None;
        }
        let looked_into = self.investigated || !self.investigating.is_empty();
        let (term, from) = match key {
            OwedKey::Verzoek(_) if looked_into => (Term::Onderzoek, self.says),
            OwedKey::Verzoek(_) => (Term::VerzoekAntwoord, self.from),
            OwedKey::Start(_) => (Term::Start, self.from),
            OwedKey::Stop { .. } => (Term::Stop, self.from),
        };
        Some(Running { term, from })
    }

    fn forget(&mut self, message: MessageName) {
        self.investigating.remove(&message);
        self.ending.remove(&message);
    }

    /// The same, with what waits to end this one.
    fn ended_by_what_ends(self, other: &mut Self) -> Self {
        Self {
            investigating: std::mem::take(&mut other.investigating),
            ending: std::mem::take(&mut other.ending),
            ..self
        }
    }
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
        let ends = |row: &mut Owed| {
            row.ending.insert(message);
        };
        match change {
            Change::Answered {
                verzoek,
                answer: Answer::Investigating,
                ..
            } => self.edit_or_await(OwedKey::Verzoek(*verzoek), |row| {
                row.investigating.insert(message);
            }),
            Change::Honoured { verzoek, .. } | Change::Answered { verzoek, .. } => {
                self.edit_or_await(OwedKey::Verzoek(*verzoek), ends);
            }
            Change::Toewijzing {
                nummer, version, ..
            } if version.is_removed() => self.edit_or_await(OwedKey::Start(*nummer), ends),
            Change::Started {
                toewijzing: Some(toewijzing),
                ..
            } => self.edit_or_await(OwedKey::Start(*toewijzing), ends),
            Change::StartRemoved {
                client,
                toewijzing: Some(toewijzing),
                ..
            }
            | Change::Stopped {
                client,
                toewijzing: Some(toewijzing),
                ..
            } => {
                let (client, toewijzing) = (*client, *toewijzing);
                self.edit_or_await(OwedKey::Stop { client, toewijzing }, ends);
            }
            Change::Toewijzing { .. } | Change::Requested { .. } => self.open(change),
            Change::Started { .. }
            | Change::StartRemoved { .. }
            | Change::Stopped { .. }
            | Change::StopRemoved { .. }
            | Change::Seen { .. }
            | Change::Declared { .. }
            | Change::Granted { .. }
            | Change::Refused { .. } => {}
        }
    }

    fn counts(&mut self, change: &Change) {
        match change {
            Change::Answered {
                verzoek,
                answer: Answer::Investigating,
                ..
            } => {
                if let Some(row) = self.owed.get_mut(&OwedKey::Verzoek(*verzoek)) {
                    row.investigated = true;
                }
            }
            Change::Honoured { verzoek, .. } | Change::Answered { verzoek, .. } => {
                self.owed.remove(&OwedKey::Verzoek(*verzoek));
            }
            Change::Toewijzing {
                nummer, version, ..
            } if version.is_removed() => {
                self.owed.remove(&OwedKey::Start(*nummer));
            }
            Change::Started {
                toewijzing: Some(toewijzing),
                ..
            } => {
                self.owed.remove(&OwedKey::Start(*toewijzing));
            }
            Change::Toewijzing { .. } | Change::Requested { .. } => {
                // What an answer makes count made it owed when it came, and what has ended since stays so.
                if self.taken.settles.is_none() {
                    self.open(change);
                }
            }
            Change::Started { .. }
            | Change::StartRemoved { .. }
            | Change::Stopped { .. }
            | Change::StopRemoved { .. }
            | Change::Seen { .. }
            | Change::Declared { .. }
            | Change::Granted { .. }
            | Change::Refused { .. } => {}
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

/// A day in CBOR: the number YYYYMMDD.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that derived code calls"
)]
mod day {
    use jiff::civil::Date;
    use minicbor::decode::{Decoder, Error as DecodeError};
    use minicbor::encode::{Encoder, Error as EncodeError, Write};

    pub(super) fn encode<C, W: Write>(
        day: &Date,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        let part = |number: i16| u32::from(number.unsigned_abs());
        let number =
            part(day.year()) * 10_000 + part(day.month().into()) * 100 + part(day.day().into());
        encoder.u32(number)?.ok()
    }

    pub(super) fn decode<C>(decoder: &mut Decoder<'_>, _: &mut C) -> Result<Date, DecodeError> {
        let number = decoder.u32()?;
        let day = || {
            let year = i16::try_from(number / 10_000).ok()?;
            let month = i8::try_from(number / 100 % 100).ok()?;
            Date::new(year, month, i8::try_from(number % 100).ok()?).ok()
        };
        day().ok_or_else(|| DecodeError::message("no day"))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::history::{Reden, Request, RequestKind, Stamp, StartKey, StopKey};

    const VERZOEK: Pseudonym = Pseudonym([1; 16]);
    const CLIENT: Pseudonym = Pseudonym([2; 16]);
    const TOEWIJZING: Pseudonym = Pseudonym([3; 16]);
    const STOP: OwedKey = OwedKey::Stop {
        client: CLIENT,
        toewijzing: TOEWIJZING,
    };

    fn day(day: i8) -> Date {
        date(2026, 3, day)
    }

    /// One scope whose messages come one a day.
    struct Scope {
        past: Past,
        owed: BTreeMap<OwedKey, Owed>,
        history_from: Option<Date>,
    }

    impl Scope {
        fn new() -> Self {
            Self {
                past: Past::new(),
                owed: BTreeMap::new(),
                history_from: Some(Around::FIRST_DAY),
            }
        }

        fn take(&mut self, taken: Taken<'_>) {
            let mut unknown = unknown(&self.past, taken.counts);
            unknown.extend(super::unknown(&self.past, taken.waits));
            self.past.apply_all(taken.counts);
            for Step { key, was, now } in steps(&taken, &self.past, &unknown, &self.owed) {
                let before = self.owed.get(&key).and_then(|owed| owed.term(&key));
                assert_eq!(was, before, "a step says what was");
                let bytes = minicbor::to_vec(&now).unwrap();
                assert_eq!(minicbor::decode::<Option<Owed>>(&bytes).unwrap(), now);
                match now {
                    Some(now) => drop(self.owed.insert(key, now)),
                    None => drop(self.owed.remove(&key)),
                }
            }
        }

        /// A message that its receiver answers himself comes on this day, named after it.
        fn waits(&mut self, on: i8, waits: &[Change]) {
            self.take(Taken {
                waits,
                ..self.message(on)
            });
        }

        /// One that counts at once.
        fn counts(&mut self, on: i8, counts: &[Change]) {
            self.take(Taken {
                counts,
                ..self.message(on)
            });
        }

        /// The answer to the message of a day: what counts of it.
        fn settles(&mut self, on: i8, of: i8, waited: &[Change], counts: &[Change]) {
            self.take(Taken {
                counts,
                settles: Some(Settles {
                    message: name(of),
                    day: day(of),
                    waited: &OwedKey::of(waited),
                }),
                ..self.message(on)
            });
        }

        fn message(&self, on: i8) -> Taken<'static> {
            Taken {
                message: name(on),
                day: day(on),
                waits: &[],
                counts: &[],
                settles: None,
                history_from: self.history_from,
            }
        }

        fn running(&self, key: OwedKey) -> Option<(Term, Date)> {
            let running = self.owed.get(&key)?.term(&key)?;
            Some((running.term, running.from))
        }
    }

    fn name(day: i8) -> MessageName {
        MessageName([day.unsigned_abs(); 16])
    }

    fn requested() -> Change {
        Change::Requested {
            verzoek: VERZOEK,
            request: Request {
                client: CLIENT,
                kind: RequestKind::Toewijzing,
                dagtekening: date(2026, 2, 27),
            },
        }
    }

    fn answered(answer: Answer) -> Change {
        Change::Answered {
            verzoek: VERZOEK,
            client: Some(CLIENT),
            answer,
        }
    }

    fn honoured() -> Change {
        Change::Honoured {
            verzoek: VERZOEK,
            client: CLIENT,
            toewijzing: TOEWIJZING,
            stamp: stamp(1),
        }
    }

    fn stamp(on: i8) -> Stamp {
        Stamp {
            date: day(on),
            time: time(9, 0, 0, 0),
        }
    }

    fn allocated(on: i8, begin: Date, end: Option<Date>) -> Change {
        Change::Toewijzing {
            nummer: TOEWIJZING,
            client: CLIENT,
            version: Version {
                stamp: stamp(on),
                product: None,
                ingangsdatum: begin,
                einddatum: end,
                reden: Reden::Other,
                omvang: None,
                budget: None,
                referentie: None,
            },
        }
    }

    fn removed(on: i8, begin: Date) -> Change {
        let Change::Toewijzing {
            nummer,
            client,
            version,
        } = allocated(on, begin, Some(begin))
        else {
            panic!("an allocation")
        };
        Change::Toewijzing {
            nummer,
            client,
            version: Version {
                reden: Reden::Removed,
                ..version
            },
        }
    }

    fn started(came: u64) -> Change {
        Change::Started {
            client: CLIENT,
            toewijzing: Some(TOEWIJZING),
            start: start(),
            came,
        }
    }

    fn start() -> StartKey {
        StartKey {
            begindatum: day(1),
            product: None,
        }
    }

    fn stopped(came: u64, temporary: bool) -> Change {
        Change::Stopped {
            client: CLIENT,
            toewijzing: Some(TOEWIJZING),
            stop: StopKey {
                start: start(),
                reden: Pseudonym([9; 16]),
                temporary,
                einddatum: day(5),
            },
            came,
        }
    }

    #[test]
    fn a_request_runs_until_the_last_of_what_was_sent_to_end_it_is_refused_or_one_is_accepted() {
        let key = OwedKey::Verzoek(VERZOEK);
        let five = Some((Term::VerzoekAntwoord, day(2)));
        let mut scope = Scope::new();
        scope.waits(2, &[requested()]);
        assert_eq!(scope.running(key), five);
        scope.waits(3, &[honoured()]);
        scope.waits(4, &[answered(Answer::Refused)]);
        assert_eq!(scope.running(key), None);
        scope.settles(5, 3, &[honoured()], &[]);
        assert_eq!(scope.running(key), None, "the other may yet be accepted");
        scope.settles(6, 4, &[answered(Answer::Refused)], &[]);
        assert_eq!(scope.running(key), five);
        // Its own retour comes last, and makes nothing owed anew.
        scope.counts(7, &[honoured()]);
        scope.settles(8, 2, &[requested()], &[requested()]);
        assert_eq!(scope.owed, BTreeMap::new());
    }

    #[test]
    fn a_request_that_is_looked_into_runs_from_its_own_day_also_while_the_319_waits() {
        let key = OwedKey::Verzoek(VERZOEK);
        let looks = [answered(Answer::Investigating)];
        let eight_weeks = Some((Term::Onderzoek, date(2026, 2, 27)));
        let mut scope = Scope::new();
        scope.counts(2, &[requested()]);
        scope.waits(3, &looks);
        assert_eq!(scope.running(key), eight_weeks);
        scope.settles(4, 3, &looks, &looks);
        assert_eq!(scope.running(key), eight_weeks);
        scope.counts(5, &[answered(Answer::Refused)]);
        assert_eq!(scope.owed, BTreeMap::new());
        scope.waits(6, &looks);
        scope.waits(7, &[requested()]);
        assert_eq!(scope.owed, BTreeMap::new(), "its number was refused before");
    }

    #[test]
    fn a_start_is_presumed_of_the_first_of_an_allocation_made_after_its_first_day() {
        let key = OwedKey::Start(TOEWIJZING);
        let began = |begin, on| {
            let mut scope = Scope::new();
            scope.counts(on, &[allocated(on, begin, None)]);
            scope.running(key)
        };
        assert_eq!(began(day(4), 5), Some((Term::Start, day(5))));
        assert_eq!(began(day(5), 5), None, "made on its first day");
        for from in [None, Some(date(2015, 1, 2))] {
            let mut scope = Scope::new();
            scope.history_from = from;
            scope.counts(5, &[allocated(5, day(1), None)]);
            assert_eq!(scope.running(key), None, "an earlier version may have come");
        }
        let mut scope = Scope::new();
        scope.counts(5, &[allocated(5, day(5), None)]);
        scope.counts(6, &[allocated(6, day(5), Some(day(9)))]);
        assert_eq!(scope.running(key), None, "a later version begins no term");
    }

    #[test]
    fn a_presumed_start_ends_with_a_start_or_with_the_allocation() {
        let key = OwedKey::Start(TOEWIJZING);
        let owed = || {
            let mut scope = Scope::new();
            scope.counts(5, &[allocated(5, day(1), None)]);
            assert!(scope.running(key).is_some());
            scope
        };
        let mut scope = owed();
        scope.counts(6, &[started(1)]);
        assert_eq!(scope.owed, BTreeMap::new());
        let mut scope = owed();
        scope.counts(6, &[removed(6, day(1))]);
        assert_eq!(scope.owed, BTreeMap::new());
        let mut scope = owed();
        scope.waits(6, &[removed(6, day(1))]);
        assert_eq!(scope.running(key), None);
        scope.settles(7, 6, &[removed(6, day(1))], &[]);
        assert_eq!(scope.running(key), Some((Term::Start, day(5))));
    }

    #[test]
    fn a_stop_is_owed_from_the_end_of_the_allocation_or_when_that_was_told_until_there_is_any() {
        let mut scope = Scope::new();
        scope.counts(1, &[allocated(1, day(1), None)]);
        scope.counts(2, &[started(1)]);
        assert_eq!(scope.running(STOP), None, "it has no end");
        scope.counts(3, &[allocated(3, day(1), Some(day(20)))]);
        assert_eq!(scope.running(STOP), Some((Term::Stop, day(20))));
        scope.waits(4, &[stopped(2, false)]);
        assert_eq!(scope.running(STOP), None, "it was sent");
        scope.counts(5, &[allocated(5, day(1), Some(day(2)))]);
        assert_eq!(scope.running(STOP), None, "and still is");
        scope.settles(6, 4, &[stopped(2, false)], &[]);
        assert_eq!(scope.running(STOP), Some((Term::Stop, day(5))));
        let mut temporary = Scope::new();
        temporary.counts(1, &[allocated(1, day(1), Some(day(20))), started(1)]);
        assert!(temporary.running(STOP).is_some());
        temporary.counts(2, &[stopped(2, true)]);
        assert_eq!(
            temporary.owed,
            BTreeMap::new(),
            "nothing tells when a pause ends"
        );
        scope.counts(7, &[removed(7, day(1))]);
        assert_eq!(
            scope.running(STOP),
            None,
            "care under no allocation ends on no day"
        );
    }

    #[test]
    fn a_stop_that_was_sent_before_it_was_owed_is_not_owed_while_it_waits() {
        let ended = || {
            let mut scope = Scope::new();
            scope.counts(1, &[allocated(1, day(1), Some(day(2)))]);
            scope.waits(3, &[started(1)]);
            scope.waits(4, &[stopped(2, false)]);
            scope.settles(5, 3, &[started(1)], &[started(1)]);
            assert_eq!(scope.running(STOP), None, "it lies with its receiver");
            scope
        };
        let mut refused = ended();
        refused.settles(6, 4, &[stopped(2, false)], &[]);
        assert_eq!(refused.running(STOP), Some((Term::Stop, day(3))));
        let mut accepted = ended();
        accepted.settles(6, 4, &[stopped(2, false)], &[stopped(2, false)]);
        assert_eq!(accepted.owed, BTreeMap::new());
        // Nothing is kept of what is refused before anything is owed.
        let mut scope = Scope::new();
        scope.waits(4, &[stopped(2, false)]);
        scope.settles(5, 4, &[stopped(2, false)], &[]);
        assert_eq!(scope.owed, BTreeMap::new());
    }

    #[test]
    fn a_start_that_was_sent_before_its_retroactive_allocation_is_not_owed_while_it_waits() {
        let key = OwedKey::Start(TOEWIJZING);
        let mut scope = Scope::new();
        scope.waits(4, &[started(1)]);
        scope.waits(5, &[allocated(5, day(1), None)]);
        assert_eq!(scope.running(key), None, "it lies with its receiver");
        scope.settles(6, 4, &[started(1)], &[]);
        assert_eq!(scope.running(key), Some((Term::Start, day(5))));
    }

    #[test]
    fn what_waits_to_end_something_owed_outlasts_the_message_that_made_it_owed() {
        let key = OwedKey::Verzoek(VERZOEK);
        let mut scope = Scope::new();
        scope.waits(2, &[requested()]);
        scope.waits(3, &[answered(Answer::Refused)]);
        scope.settles(4, 2, &[requested()], &[]);
        scope.waits(5, &[requested()]);
        assert_eq!(
            scope.running(key),
            None,
            "its answer lies with its receiver"
        );
        scope.settles(6, 3, &[answered(Answer::Refused)], &[]);
        assert_eq!(scope.running(key), Some((Term::VerzoekAntwoord, day(5))));
        scope.settles(7, 5, &[requested()], &[]);
        assert_eq!(scope.owed, BTreeMap::new());
    }

    #[test]
    fn a_stop_is_owed_only_where_all_traffic_passes_and_never_of_care_without_an_allocation() {
        let mut scope = Scope::new();
        scope.history_from = None;
        scope.counts(1, &[allocated(1, day(1), Some(day(20))), started(1)]);
        assert_eq!(scope.owed, BTreeMap::new());
        let without = Change::Started {
            client: CLIENT,
            toewijzing: None,
            start: start(),
            came: 1,
        };
        assert_eq!(OwedKey::of(&[without]), BTreeSet::new());
    }

    #[test]
    fn no_two_things_owed_have_the_same_bytes() {
        let keys = [
            OwedKey::Verzoek(TOEWIJZING),
            OwedKey::Start(TOEWIJZING),
            STOP,
        ];
        let bytes: BTreeSet<Vec<u8>> = keys.iter().map(OwedKey::to_bytes).collect();
        assert_eq!(bytes.len(), keys.len());
        assert_eq!(bytes.iter().map(Vec::len).collect::<Vec<_>>(), [17, 17, 33]);
    }
}
