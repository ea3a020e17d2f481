//! What a group is answered when a part of it cannot be written, and what is done before it.

mod long;

use super::super::effect::Effect;
use super::super::events::{Acknowledged, DryRun, Event, Named, Reconsidered, Turn};
use super::super::id::MessageId;
use super::super::lock::Held;
use super::super::pseudonym::Pseudonym;
use super::submission::LARGE_BYTES;
use super::*;
use crate::clock::ManualClock;
use crate::store::{Appended, Entry, Memory, Part, PartKind, Record};
use knooppunt_proof::Salt;

/// A journal without room for content.
#[derive(Debug)]
struct Full(Arc<dyn Journal>);

impl Journal for Full {
    fn append(&self, group: Vec<Entry>) -> Result<Vec<Appended>, StoreError> {
        let mut parts = group.iter().flat_map(|entry| &entry.parts);
        if parts.any(|(kind, _)| *kind == PartKind::Body) {
            return Err(StoreError::DiskFull { bytes: 1 });
        }
        if group.iter().any(|entry| entry.event.len() > 200) {
            return Err(StoreError::TooLarge {
                what: "the event",
                bytes: 201,
                bytes_max: 200,
            });
        }
        self.0.append(group)
    }

    fn next(&self) -> Position {
        self.0.next()
    }

    fn read(&self, position: Position) -> Result<Record, StoreError> {
        self.0.read(position)
    }

    fn read_from(&self, position: Position, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.0.read_from(position, limit)
    }

    fn salt(&self, position: Position) -> Result<Option<Salt>, StoreError> {
        self.0.salt(position)
    }
    fn part(&self, record: &Record, kind: PartKind) -> Result<Option<Part>, StoreError> {
        self.0.part(record, kind)
    }

    fn probe(&self) -> Result<(), StoreError> {
        self.0.probe()
    }

    fn free_bytes(&self) -> Result<u64, StoreError> {
        self.0.free_bytes()
    }
}

fn acknowledgement(number: u8) -> Submission {
    let event = Event::Acknowledged(Acknowledged {
        message: MessageId::from_bytes([number; 16]),
        position: 0,
        receiver: "0289".to_owned(),
        party: "gemeente-a".to_owned(),
        closes: Vec::new(),
        over: None,
    });
    Submission::fact(event, Held::default())
}

fn dry_run(party: String) -> Submission {
    let event = Event::DryRun(DryRun {
        party,
        kind: None,
        verdict: "accepted".to_owned(),
        counts: std::collections::BTreeMap::new(),
    });
    Submission::fact(event, Held::default())
}

fn with_content() -> Submission {
    Submission {
        body: Some(bytes::Bytes::from_static(b"<a/>")),
        ..dry_run("zorg-a".to_owned())
    }
}

/// What each of a group is answered: its position, or the code of the error.
fn answers(group: Vec<Submission>) -> Vec<Result<u64, &'static str>> {
    let Memory { journal, views } = Memory::new();
    let now = "2026-03-01T09:00:00Z".parse().expect("a moment");
    let work = Work {
        journal: Arc::new(Full(journal)),
        views,
        clock: Arc::new(ManualClock::at(now)),
        outer: Outer::from_bytes(&[5; 32]).expect("a key"),
        bell: Arc::default(),
    };
    let (waiting, answered): (Vec<_>, Vec<_>) = group
        .into_iter()
        .map(|submission| {
            let (answer, answered) = oneshot::channel();
            let waiting = Waiting {
                with_content: submission.with_content(),
                submission,
                aside: None,
                also_aside: Vec::new(),
                pieces: None,
                answer,
            };
            (waiting, answered)
        })
        .unzip();
    work.commit(waiting, &mut None)
        .expect("no error that ends the process");
    answered
        .into_iter()
        .map(
            |mut answer| match answer.try_recv().expect("everybody is answered") {
                Ok((position, _)) => Ok(position.0),
                Err(error) => Err(error.code()),
            },
        )
        .collect()
}

#[test]
fn on_a_full_disk_only_who_hands_content_in_is_refused_and_not_those_who_share_his_group() {
    let group = vec![
        acknowledgement(1),
        with_content(),
        dry_run("zorg-a".to_owned()),
        acknowledgement(2),
        with_content(),
    ];
    let full = Err("store_disk_full");
    assert_eq!(answers(group), [Ok(0), full, Ok(1), Ok(2), full]);
}

/// A declaration that waited, left to its receiver.
fn released() -> Submission {
    let event = Event::Reconsidered(Reconsidered {
        message: Named {
            message: MessageId::from_bytes([7; 16]),
            position: 0,
        },
        receiver: "0289".to_owned(),
        turn: Turn::TooOld,
        inputs: None,
        counts: std::collections::BTreeMap::new(),
    });
    Submission {
        effect: Some(Effect::new(Pseudonym([1; 16]), [2; 32], None, Vec::new())),
        ..Submission::fact(event, Held::default())
    }
}

#[test]
fn on_a_full_disk_a_declaration_is_still_left_to_its_receiver_with_its_effect() {
    let group = vec![with_content(), released(), acknowledgement(1)];
    let full = Err("store_disk_full");
    assert_eq!(answers(group), [full, Ok(0), Ok(1)]);
}

#[test]
fn one_record_that_cannot_be_written_keeps_no_other_out_of_the_journal() {
    let group = vec![
        acknowledgement(1),
        dry_run("x".repeat(300)),
        acknowledgement(2),
        with_content(),
    ];
    let (large, full) = (Err("store_too_large"), Err("store_disk_full"));
    assert_eq!(answers(group), [Ok(0), large, Ok(1), full]);
}

/// A journal that notes the lengths of the bodies that are set aside.
#[derive(Debug)]
struct Noting(Arc<dyn Journal>, Mutex<Vec<usize>>);

impl Journal for Noting {
    fn append(&self, group: Vec<Entry>) -> Result<Vec<Appended>, StoreError> {
        self.0.append(group)
    }
    fn set_aside(&self, entry: Entry) -> Result<SetAside, StoreError> {
        let (_, body) = entry.parts.first().expect("a body");
        self.1.lock().expect("no panic").push(body.len());
        self.0.set_aside(entry)
    }
    fn next(&self) -> Position {
        self.0.next()
    }
    fn read(&self, position: Position) -> Result<Record, StoreError> {
        self.0.read(position)
    }
    fn read_from(&self, position: Position, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.0.read_from(position, limit)
    }
    fn salt(&self, position: Position) -> Result<Option<Salt>, StoreError> {
        self.0.salt(position)
    }
    fn part(&self, record: &Record, kind: PartKind) -> Result<Option<Part>, StoreError> {
        self.0.part(record, kind)
    }
    fn probe(&self) -> Result<(), StoreError> {
        self.0.probe()
    }
    fn free_bytes(&self) -> Result<u64, StoreError> {
        self.0.free_bytes()
    }
}

#[tokio::test]
async fn large_answers_are_written_before_their_group_as_large_messages_are() {
    let Memory { journal, views } = Memory::new();
    let noting = Arc::new(Noting(journal, Mutex::default()));
    let now = "2026-03-01T09:00:00Z".parse().expect("a moment");
    let committer = Committer::start(
        Arc::clone(&noting) as _,
        views,
        Arc::new(ManualClock::at(now)),
        Outer::from_bytes(&[5; 32]).expect("a key"),
        Arc::default(),
        Arc::new(|error| panic!("the store works: {error}")),
    )
    .expect("a thread");
    let sizes = [LARGE_BYTES + 1, LARGE_BYTES - 1, LARGE_BYTES];
    let also = |bytes: usize| Also {
        event: dry_run("zorg-a".to_owned()).event,
        effect: Effect::new(Pseudonym([1; 16]), [1; 32], None, Vec::new()),
        body: Some(vec![b'x'; bytes].into()),
        mapped: None,
        findings: None,
    };
    let submission = Submission {
        also: sizes.map(also).into(),
        ..with_content()
    };
    committer.commit(submission).await.expect("recorded");
    let aside = noting.1.lock().expect("no panic").clone();
    assert_eq!(aside, [LARGE_BYTES + 1, LARGE_BYTES]);
    for (position, bytes) in (1..).zip(sizes) {
        let record = noting.read(Position(position)).expect("a record");
        let body = noting.part(&record, PartKind::Body).expect("readable");
        assert_eq!(body, Some(Part::Whole(vec![b'x'; bytes])));
    }
}
