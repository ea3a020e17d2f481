//! What is counted of real records, and when.

mod attack;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use knooppunt_standard::Law;
use tempfile::TempDir;

use super::*;
use crate::clock::ManualClock;
use crate::ledger::{
    DryRun, Effect, Event, Foundation, Held, Inputs, KindRecord, Mark, MessageId, Named,
    Pseudonyms, Received, Refused, Rejected, Submission, ThreadId,
};
use crate::register::Mode;
use crate::store::{Entry, KeyId, KeyKind, Memory};

/// A ledger with a clock, and the figures of it.
pub(crate) struct World {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) clock: ManualClock,
    pub(crate) figures: Arc<Figures>,
    pub(crate) folder: TempDir,
}

fn inputs() -> Inputs {
    Inputs {
        program: "0.1.0".to_owned(),
        schemas: None,
        register: [0; 32],
        reference: None,
        rules: None,
        working_days: None,
        came_at: None,
        catalogue: None,
    }
}

/// An event that changes no figure.
fn dry_run() -> Event {
    Event::DryRun(DryRun {
        party: "zorg-a".to_owned(),
        kind: None,
        verdict: "accepted".to_owned(),
        counts: BTreeMap::new(),
    })
}

fn kind(soort: u16) -> KindRecord {
    KindRecord {
        law: "jw".to_owned(),
        release: "3.2".to_owned(),
        soort,
        functie: None,
    }
}

/// What a message is, but for its kind and its parties.
#[derive(Default)]
struct As<'a> {
    marks: &'a [Mark],
    codes: &'a [(&'a str, u64)],
    answers: Option<Named>,
    /// Whether the record says where the message stands that it answers.
    placed: bool,
}

impl World {
    pub(crate) fn new() -> Self {
        let Memory { journal, views } = Memory::new();
        let clock = ManualClock::at("2026-03-02T09:00:00Z".parse().expect("a moment"));
        let foundation = Foundation {
            journal,
            views,
            pseudonyms: Arc::new(Pseudonyms::new(&[7; 32])),
            clock: Arc::new(clock.clone()),
        };
        let ledger = Ledger::open(foundation, Arc::new(|_| ()), &mut |_| ()).expect("it opens");
        let folder = TempDir::new().expect("a folder");
        Self {
            figures: Arc::new(Figures::new(Arc::clone(&ledger), folder.path())),
            ledger,
            clock,
            folder,
        }
    }

    pub(crate) async fn commit(&self, event: Event, effect: Option<Effect>) -> Position {
        let submission = Submission {
            effect,
            ..Submission::fact(event, Held::default())
        };
        self.ledger.commit(submission).await.expect("recorded").0
    }

    /// Something is recorded at a moment that changes no figure.
    pub(crate) async fn pass(&self, moment: &str) {
        self.at(moment);
        self.commit(dry_run(), None).await;
    }

    fn at(&self, moment: &str) {
        self.clock.set(moment.parse().expect("a moment"));
    }

    async fn refuse(&self, reason: &str) {
        let event = Event::Refused(Refused {
            kind: None,
            party: "zorg-a".to_owned(),
            reason: reason.to_owned(),
            counts: BTreeMap::new(),
            body: [0; 32],
            body_bytes: 10,
            inputs: inputs(),
            salt: [0; 16],
        });
        self.commit(event, None).await;
    }

    async fn take(&self, soort: u16, [maker, receiver]: [&str; 2], of: As<'_>) -> Named {
        let number = self.ledger.next().0 + 1;
        let mut bits = [0; 16];
        bits[..8].copy_from_slice(&number.to_be_bytes());
        let message = MessageId::from_bytes(bits);
        let codes = of.codes.iter();
        let event = Event::Received(Received {
            message,
            thread: ThreadId::from_bytes(bits),
            kind: kind(soort),
            maker: maker.to_owned(),
            receiver: receiver.to_owned(),
            party: "iemand".to_owned(),
            mode: Mode::Carry,
            marks: of.marks.to_vec(),
            question: of.answers.map(|question| question.message),
            inputs: inputs(),
            counts: codes.map(|(code, n)| ((*code).to_owned(), *n)).collect(),
            body_bytes: 10,
            wire: None,
            question_at: of
                .answers
                .filter(|_| of.placed)
                .map(|question| question.position),
            mapped_bytes: None,
        });
        let keys = Pseudonyms::new(&[7; 32]);
        let identity = keys.identity("jw", soort, maker, &message.to_string());
        let effect = Effect::new(identity, [1; 32], None, Vec::new());
        let position = self.commit(event, Some(effect)).await.0;
        Named { message, position }
    }

    async fn starts(&self, count: usize) -> Vec<Named> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(self.take(305, START, As::default()).await);
        }
        taken
    }

    async fn answer(&self, questions: &[Named]) {
        for question in questions {
            let of = As {
                answers: Some(*question),
                placed: true,
                ..As::default()
            };
            self.take(306, START_ANSWERED, of).await;
        }
    }

    pub(crate) fn count(&self) {
        while self.figures.step().expect("a step") {}
    }

    fn sums(&self, from: &str, until: &str, by: By) -> Result<Table, FiguresError> {
        self.figures.sums(&Query {
            from: month(from),
            until: month(until),
            by,
            wanted: &|_, _| true,
        })
    }

    fn march(&self) -> Sums {
        let table = self.sums("2026-03", "2026-03", By::default());
        let sums = table.expect("figures").sums;
        sums.into_values().next().unwrap_or_default()
    }

    fn file(&self, month: &str) -> PathBuf {
        self.folder
            .path()
            .join(FOLDER)
            .join(format!("{month}.{EDITION}"))
    }

    /// What the next start makes of the same journal and folder.
    fn anew(self) -> Self {
        let figures = Arc::new(Figures::new(Arc::clone(&self.ledger), self.folder.path()));
        Self { figures, ..self }
    }
}

const START: [&str; 2] = ["98980001", "0289"];
const START_ANSWERED: [&str; 2] = ["0289", "98980001"];
/// A day after all that counts for March 2026.
const CLOSED: &str = "2026-04-17T10:00:00Z";

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn told(count: u64) -> Sum {
    Sum { count, lacks: 0 }
}

fn lacks(lacks: u64) -> Sum {
    Sum { count: 0, lacks }
}

#[tokio::test]
async fn each_message_is_counted_once_by_what_became_of_it() {
    let world = World::new();
    let in_time = world.starts(11).await;
    let late = world.starts(12).await;
    let rejected = world.starts(13).await;
    world.starts(14).await;
    // Three working days after Monday 2 March.
    world.at("2026-03-05T22:59:59Z");
    world.answer(&in_time).await;
    // A second answer, one that is wrong itself, and what its receiver then refuses, change nothing.
    world.answer(&in_time).await;
    let wrong = As {
        marks: &[Mark::Reported],
        answers: late.first().copied(),
        placed: true,
        ..As::default()
    };
    world.take(306, START_ANSWERED, wrong).await;
    world.at("2026-03-05T23:00:00Z");
    world.answer(&late).await;
    for message in rejected.iter().chain(&in_time) {
        let event = Event::Rejected(Rejected {
            message: *message,
            maker: START[0].to_owned(),
            receiver: START[1].to_owned(),
            party: "gemeente-a".to_owned(),
            code: "StUF046".to_owned(),
            wire: None,
        });
        world.commit(event, None).await;
    }
    for _ in 0..15 {
        let refused = As {
            marks: &[Mark::Refused],
            codes: &[("9021", 2), ("9074", 3), ("9079", 3), ("more", 9)],
            ..As::default()
        };
        let question = world.take(305, START, refused).await;
        let made = As {
            marks: &[Mark::MadeHere],
            answers: Some(question),
            placed: false,
            ..As::default()
        };
        world.take(306, START_ANSWERED, made).await;
        let copy = As {
            marks: &[Mark::MadeHere, Mark::Copy],
            ..As::default()
        };
        world.take(306, ["0289", "0289"], copy).await;
    }
    for _ in 0..16 {
        world.refuse("level-1").await;
    }
    world.pass(CLOSED).await;
    world.count();

    let sums = world.march();
    assert_eq!(sums.in_time, told(11));
    assert_eq!(sums.late, told(12));
    assert_eq!(sums.unanswered, told(14));
    // The fifty answers are counted nowhere else: what each of them answers is.
    assert_eq!(sums.no_term, told(0));
    assert_eq!(sums.carried, told(11 + 12 + 14));
    let by_kind = By {
        soort: true,
        ..By::default()
    };
    let table = world.sums("2026-03", "2026-03", by_kind).expect("figures");
    let kinds: Vec<_> = table.sums.keys().map(|group| group.soort).collect();
    assert_eq!(kinds, [Some(0), Some(305)]);
    assert_eq!(sums.refused, told(13 + 15 + 16));
    let causes = [("9074", 15), ("StUF046", 13), ("level-1", 16)];
    let causes = causes.map(|(code, count)| (code.to_owned(), told(count)));
    assert_eq!(sums.causes, BTreeMap::from(causes));

    // A door of our own does not say for which municipality, and what was no message tells no law.
    let by = By {
        law: true,
        gemeente: true,
        ..By::default()
    };
    let table = world.sums("2026-03", "2026-03", by).expect("figures");
    let of: Vec<_> = table
        .sums
        .iter()
        .map(|(group, sums)| (group.law, sums.refused))
        .collect();
    assert_eq!(
        of,
        [(Some(None), told(16)), (Some(Some(Law::Jw)), told(28))]
    );
}

#[tokio::test]
async fn an_answer_whose_record_does_not_say_where_its_question_stands_counts_too() {
    let world = World::new();
    for question in world.starts(10).await {
        let of = As {
            answers: Some(question),
            ..As::default()
        };
        world.take(306, START_ANSWERED, of).await;
    }
    world.pass(CLOSED).await;
    world.count();
    assert_eq!(world.march().in_time, told(10));
}

#[tokio::test]
async fn a_message_belongs_to_the_month_of_its_receipt_in_amsterdam() {
    let world = World::new();
    world.at("2026-03-31T21:59:59Z");
    world.starts(10).await;
    world.at("2026-03-31T22:00:00Z");
    world.starts(20).await;
    world.pass("2026-06-01T10:00:00Z").await;
    world.count();
    let by = By {
        month: true,
        ..By::default()
    };
    let table = world.sums("2026-01", "2026-04", by).expect("figures");
    let counts: Vec<_> = table.sums.values().map(|sums| sums.unanswered).collect();
    assert_eq!(counts, [told(10), told(20)]);
}

#[tokio::test]
async fn nine_are_hidden_and_ten_are_told() {
    let world = World::new();
    let in_time = world.starts(10).await;
    world.answer(&in_time).await;
    world.starts(9).await;
    world.pass(CLOSED).await;
    world.count();
    let sums = world.march();
    assert_eq!(sums.in_time, told(10));
    assert_eq!(sums.unanswered, lacks(1));
    // The ten starts; that ten answers went the other way tells nothing, and the nine follow from nothing.
    assert_eq!(
        sums.carried,
        Sum {
            count: 10,
            lacks: 1
        }
    );
}

#[tokio::test]
async fn a_month_is_told_when_it_is_closed_and_counted_and_never_before() {
    let world = World::new();
    let open = |world: &World, month: &str| {
        let refused = world.sums("2026-03", month, By::default());
        refused.expect_err("not yet").code()
    };
    assert_eq!(open(&world, "2026-03"), "open-month", "an empty journal");
    let starts = world.starts(20).await;
    world.count();
    // The last day on which an answer to what came on 31 March is in time.
    world.pass("2026-04-16T21:59:59Z").await;
    world.count();
    assert_eq!(world.figures.waiting().expect("months"), 0);
    assert_eq!(open(&world, "2026-03"), "open-month");
    world.pass("2026-04-16T22:00:00Z").await;
    assert_eq!(open(&world, "2026-03"), "not-counted");
    assert_eq!(world.figures.waiting().expect("months"), 1);
    world.count();
    assert_eq!(world.march().unanswered, told(20));
    assert_eq!(open(&world, "2026-04"), "open-month");
    // What comes later changes nothing of it, also when it is counted anew.
    let before = std::fs::read(world.file("2026-03")).expect("a file");
    world.answer(&starts).await;
    std::fs::remove_file(world.file("2026-03")).expect("removed");
    let world = world.anew();
    assert_eq!(open(&world, "2026-03"), "not-counted");
    world.count();
    assert_eq!(
        std::fs::read(world.file("2026-03")).expect("a file"),
        before
    );
}

#[tokio::test]
async fn what_was_erased_counts_as_ever() {
    let world = World::new();
    let starts = world.starts(12).await;
    world.answer(&starts[..11]).await;
    world.pass(CLOSED).await;
    world.count();
    let before = std::fs::read(world.file("2026-03")).expect("a file");
    let kinds = [KeyKind::Content, KeyKind::Effect];
    let keys = (0..world.ledger.next().0).flat_map(|position| {
        kinds.map(|kind| KeyId {
            position: Position(position),
            kind,
        })
    });
    let entry = Entry {
        time: Timestamp::UNIX_EPOCH,
        event: dry_run().encode(),
        parts: Vec::new(),
        erases: keys.collect(),
    };
    world.ledger.journal.append(vec![entry]).expect("erased");
    std::fs::remove_dir_all(world.folder.path().join(FOLDER)).expect("removed");
    let world = world.anew();
    world.count();
    assert_eq!(
        std::fs::read(world.file("2026-03")).expect("a file"),
        before
    );
}

#[tokio::test]
async fn a_file_that_is_damaged_or_of_another_journal_is_counted_again_and_never_believed() {
    let world = World::new();
    world.starts(12).await;
    world.pass(CLOSED).await;
    world.count();
    let file = world.file("2026-03");
    let whole = std::fs::read(&file).expect("a file");
    let mut changed = whole.clone();
    changed[20] ^= 1;
    std::fs::write(&file, &changed).expect("written");
    let refused = world.sums("2026-03", "2026-03", By::default());
    assert_eq!(refused.expect_err("damaged").code(), "not-counted");
    world.count();
    assert_eq!(std::fs::read(&file).expect("a file"), whole);

    let other = World::new();
    other.starts(30).await;
    other.pass(CLOSED).await;
    other.count();
    std::fs::copy(&file, other.file("2026-03")).expect("copied");
    let other = other.anew();
    other.count();
    assert_eq!(other.march().unanswered, told(30));
}

#[tokio::test]
async fn so_many_sums_are_told_and_not_one_more() {
    let world = World::new();
    world.starts(1).await;
    world.pass(CLOSED).await;
    world.count();
    let by = By {
        soort: true,
        ..By::default()
    };
    for (more, fits) in [(0, true), (1, false)] {
        let place = |soort: usize| Place {
            law: Some(Law::Jw),
            gemeente: None,
            soort: u16::try_from(soort).expect("a number"),
        };
        let counts = BTreeMap::from([(cell::Outcome::NoTerm, 10)]);
        let counted = count::Counted {
            month: month("2026-03"),
            end: 0,
            chain: [0; 32],
            unread: 0,
            cells: (0..GROUPS_MAX + more)
                .map(|soort| (place(soort), cell::Cells::of(&counts)))
                .collect(),
        };
        kept::put(&world.file("2026-03"), &kept::encode(&counted)).expect("written");
        let sums = world.sums("2026-03", "2026-03", by);
        assert_eq!(
            sums.map(|table| table.sums.len()).ok(),
            fits.then_some(GROUPS_MAX)
        );
    }
}
