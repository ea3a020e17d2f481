//! One scope whose messages come one a day: what is owed in it, and from which day.

use jiff::civil::{date, time};

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::*;
use crate::assess::Around;
use crate::history::{
    Answer, Change, Past, Pseudonym, Reden, Request, RequestKind, Stamp, StartKey, StopKey, Version,
};
use crate::terms::Term;

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
