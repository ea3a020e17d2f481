//! A submission with very many rows comes into the views in pieces: others go between, nobody sees half of it, and a crash at any moment leaves nothing of it
//! that a start does not make whole.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::Sender;

use knooppunt_standard::history::{self, Change};
use tokio::sync::oneshot::Receiver;

use super::super::super::effect::Doing;
use super::super::super::events::{Inputs, KindRecord, Received};
use super::super::super::id::ThreadId;
use super::super::super::lock::Locks;
use super::super::super::past::Loaded;
use super::super::super::replay::{catch_up, digest, key_row, replay_into};
use super::super::super::views::NUMBERS;
use super::super::group::Answer;
use super::*;
use crate::register::Mode;
use crate::store::{Batch, Collection, Rows};

/// Requests that a long submission answers: a row each.
const LONG: u16 = 1_300;

fn outer() -> Outer {
    Outer::from_bytes(&[5; 32]).expect("a key")
}

fn named(label: u8, number: u16) -> [u8; 16] {
    let mut named = [label; 16];
    named[..2].copy_from_slice(&number.to_be_bytes());
    named
}

/// What a message does: it answers these requests. Done twice it would stand there twice.
fn changes(requests: std::ops::Range<u16>) -> Vec<Change> {
    let change = |number| Change::Answered {
        verzoek: history::Pseudonym(named(1, number)),
        client: None,
        answer: history::Answer::Investigating,
    };
    requests.map(change).collect()
}

/// Views that note what is applied, and hand in what comes between.
struct Noting {
    views: Arc<dyn Views>,
    applied: Mutex<Vec<(Position, Batch)>>,
    /// One is handed in after each batch.
    between: Mutex<VecDeque<Between>>,
    queue: Mutex<Option<Sender<Waiting>>>,
    answers: Mutex<BTreeMap<u8, Receiver<Answer>>>,
    /// Who was answered before which batch.
    answered: Mutex<Vec<(u8, usize)>>,
}

/// Number of a message, its scope, the requests that it answers, and whether it uses a number of the provider's that others use too.
#[derive(Debug, Clone)]
struct Between {
    message: u8,
    scope: u8,
    requests: std::ops::Range<u16>,
}

impl fmt::Debug for Noting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Noting")
    }
}

impl Noting {
    fn over(views: Arc<dyn Views>) -> Arc<Self> {
        Arc::new(Self {
            views,
            applied: Mutex::default(),
            between: Mutex::default(),
            queue: Mutex::default(),
            answers: Mutex::default(),
            answered: Mutex::default(),
        })
    }

    /// A queue for what is handed in from now on.
    fn queued(&self) -> mpsc::Receiver<Waiting> {
        let (queue, waiting) = mpsc::channel();
        *self.queue.lock().expect("no panic") = Some(queue);
        waiting
    }

    /// Hands one in, worked out from the views as they are.
    fn hand_in(&self, of: &Between) {
        let scope = Pseudonym([of.scope; 16]);
        let doing = Doing {
            applied: changes(of.requests.clone()),
            ..Doing::default()
        };
        let mut loaded = Loaded::new(scope, &outer());
        loaded
            .apply(&*self.views, &doing.applied)
            .expect("readable");
        // Numbers are the provider's own over municipalities.
        let numbers = of
            .requests
            .clone()
            .map(|number| Pseudonym(named(9, number)));
        let identity = Pseudonym([of.message; 16]);
        // A long one is about as many clients, each of whom has a row in the index.
        let is_long = of.requests.len() > 1_000;
        let clients = of.requests.clone().filter(|_| is_long);
        let clients = clients.map(|number| Pseudonym(named(8, number)));
        let effect = Effect::new(identity, [1; 32], None, clients.collect());
        let submission = Submission {
            effect: Some(effect.doing(scope, &doing).using(numbers.collect())),
            past: loaded.into_rows(),
            ..Submission::fact(received(of), Held::default())
        };
        let (answer, answered) = oneshot::channel();
        let journal = Memory::new().journal;
        let waiting = made_ready(
            submission,
            &*journal,
            &outer(),
            Timestamp::UNIX_EPOCH,
            answer,
        );
        let waiting = waiting.expect("nothing is written for it");
        assert_eq!(waiting.pieces.is_some(), of.requests.len() > 1_000);
        self.answers
            .lock()
            .expect("no panic")
            .insert(of.message, answered);
        let queue = self.queue.lock().expect("no panic");
        let sent = queue.as_ref().map(|queue| queue.send(waiting).is_ok());
        assert_eq!(sent, Some(true));
    }

    fn look_who_is_answered(&self) {
        let batch = self.applied.lock().expect("no panic").len();
        self.answers
            .lock()
            .expect("no panic")
            .retain(|message, answer| {
                let is_answered = answer.try_recv().is_ok();
                if is_answered {
                    self.answered
                        .lock()
                        .expect("no panic")
                        .push((*message, batch));
                }
                !is_answered
            });
    }
}

fn received(of: &Between) -> Event {
    Event::Received(Received {
        message: MessageId::from_bytes([of.message; 16]),
        thread: ThreadId::from_bytes([of.message; 16]),
        kind: KindRecord {
            law: "jw".into(),
            release: "3.2".into(),
            soort: 323,
            functie: None,
        },
        maker: "98980009".into(),
        receiver: format!("98{:02}", of.scope),
        party: "zorg-a".into(),
        mode: Mode::Judge,
        marks: Vec::new(),
        question: None,
        inputs: Inputs {
            program: "0.1.0".into(),
            schemas: None,
            register: [0; 32],
            reference: None,
            rules: None,
            working_days: None,
            came_at: None,
            catalogue: None,
        },
        counts: BTreeMap::new(),
        body_bytes: 10,
        wire: None,
        question_at: None,
        mapped_bytes: None,
    })
}

impl Views for Noting {
    fn position(&self) -> Result<Position, StoreError> {
        self.views.position()
    }
    fn apply(&self, next: Position, batch: Batch) -> Result<(), StoreError> {
        self.look_who_is_answered();
        self.views.apply(next, batch.clone())?;
        self.applied.lock().expect("no panic").push((next, batch));
        let between = self.between.lock().expect("no panic").pop_front();
        match between {
            Some(between) => self.hand_in(&between),
            None => drop(self.queue.lock().expect("no panic").take()),
        }
        Ok(())
    }
    fn get(&self, collection: Collection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.views.get(collection, key)
    }
    fn range(
        &self,
        collection: Collection,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, StoreError> {
        self.views.range(collection, from, to, limit)
    }
    fn clear(&self) -> Result<(), StoreError> {
        self.views.clear()
    }
}

struct Life {
    journal: Arc<dyn Journal>,
    views: Arc<Noting>,
}

fn between(message: u8, scope: u8, requests: std::ops::Range<u16>) -> Between {
    Between {
        message,
        scope,
        requests,
    }
}

/// Views of which nothing is known but the outer key.
fn new_views() -> Arc<dyn Views> {
    let views = Memory::new().views;
    let apply = views.apply(Position(0), key_row(&outer()));
    apply.expect("in memory");
    views
}

fn work(journal: &Arc<dyn Journal>, views: &Arc<impl Views + 'static>) -> Work {
    Work {
        journal: Arc::clone(journal),
        views: Arc::clone(views) as _,
        clock: Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH)),
        outer: outer(),
        bell: Arc::default(),
    }
}

/// Before anything was handed in.
fn unlived() -> (Life, Work) {
    let journal: Arc<dyn Journal> = Memory::new().journal;
    let views = Noting::over(new_views());
    let work = work(&journal, &views);
    (Life { journal, views }, work)
}

impl Life {
    /// What the rows are when the journal is replayed.
    fn replayed(&self) -> [u8; 32] {
        let scratch = Memory::new();
        replay_into(&*self.journal, &*scratch.views, &outer(), &mut |_| ()).expect("readable");
        digest(&*scratch.views).expect("readable")
    }
}

/// So many of the first changes of a batch, with which it stopped.
fn cut_off(batch: &Batch, changes: usize) -> Batch {
    let mut cut = Batch::default();
    for change in &batch.changes()[..changes] {
        match &change.value {
            Some(value) => cut.put(change.collection, change.key.clone(), value.clone()),
            None => cut.delete(change.collection, change.key.clone()),
        }
    }
    cut
}

/// A small message, then a long one with small ones of other scopes between its pieces, one of which uses a number of the long one, and another long one.
fn lived() -> Life {
    let (life, work) = unlived();
    let noting = &life.views;
    let first = noting.queued();
    noting.hand_in(&between(1, 1, 0..10));
    let first = first.recv().expect("handed in");
    work.commit(vec![first], &mut None)
        .expect("the store works");
    // The second one is worked out from what the first one made.
    let waiting = noting.queued();
    *noting.between.lock().expect("no panic") = VecDeque::from([
        between(3, 2, 0..3),
        between(4, 5, 1..5),
        between(5, 3, 1_298..1_300),
        between(6, 4, 0..1_100),
        between(7, 6, 0..1),
        between(8, 7, 0..2),
    ]);
    noting.hand_in(&between(2, 1, 0..LONG));
    work.run(&waiting).expect("the store works");
    noting.look_who_is_answered();
    life
}

#[test]
fn small_ones_go_between_the_pieces_of_a_long_one_which_is_answered_when_all_of_it_is_there() {
    let life = lived();
    let answered: BTreeMap<u8, usize> = {
        let answered = life.views.answered.lock().expect("no panic");
        answered.iter().copied().collect()
    };
    assert_eq!(answered.len(), 8, "everybody is answered");
    let applied = life.views.applied.lock().expect("no panic");
    for small in [3, 4, 5, 7, 8] {
        assert!(answered[&small] < answered[&2], "{small} went between");
    }
    assert!(answered[&2] < answered[&6], "one long one at a time");
    let numbers = |(_, batch): &(Position, Batch)| {
        let rows = batch.changes().iter();
        rows.filter(|row| row.collection == NUMBERS).count()
    };
    let largest = applied.iter().map(|(_, batch)| batch.len()).max();
    assert!(largest < Some(1_100), "no batch holds up others for long");
    // All its numbers are there when it is answered, and the position is past it.
    let before = &applied[..answered[&2]];
    assert!(before.iter().map(numbers).sum::<usize>() >= usize::from(LONG));
    assert!(before.last().is_some_and(|(next, _)| *next > Position(1)));
}

#[test]
fn what_is_there_in_the_end_is_what_a_replay_makes() {
    let life = lived();
    let expected = life.replayed();
    assert_eq!(digest(&*life.views.views).expect("readable"), expected);
}

#[test]
fn after_a_crash_at_any_moment_a_start_comes_to_the_same() {
    let life = lived();
    let expected = digest(&*life.views.views).expect("readable");
    let applied = life.views.applied.lock().expect("no panic");
    let mut before_the_end = 0;
    for whole in 0..applied.len() {
        // Of the batch in which it stopped nothing, half, or all but the position came.
        for share in [0, 1, 2] {
            let views = new_views();
            let mut at = Position(0);
            for (next, batch) in &applied[..whole] {
                views.apply(*next, batch.clone()).expect("in memory");
                at = *next;
            }
            let (_, batch) = &applied[whole];
            let cut = cut_off(batch, batch.len() * share / 2);
            views.apply(at, cut).expect("in memory");
            before_the_end += usize::from(at < life.journal.next());
            if at == Position(0) {
                // Such views are made anew, under another key.
                continue;
            }
            catch_up(&*life.journal, &*views, &mut |_| ()).expect("caught up");
            let came_to = digest(&*views).expect("readable");
            assert_eq!(
                came_to, expected,
                "after {whole} batches and {share} halves"
            );
        }
    }
    assert!(before_the_end > 20, "it was cut off on the way");
}

#[tokio::test]
async fn its_locks_are_free_when_its_last_piece_is_there_and_not_before() {
    let locks = Locks::new();
    let held = locks.message(&[[1; 16]], [2; 16], Some([3; 16])).await;
    let Memory { journal, views } = Memory::new();
    let mut loaded = Loaded::new(Pseudonym([1; 16]), &outer());
    loaded.apply(&*views, &changes(0..LONG)).expect("readable");
    let submission = Submission {
        past: loaded.into_rows(),
        ..Submission::fact(dry_run("zorg-a".to_owned()).event, held)
    };
    let journal: Arc<dyn Journal> = journal;
    let work = work(&journal, &views);
    let (answer, mut answered) = oneshot::channel();
    let now = Timestamp::UNIX_EPOCH;
    let waiting = made_ready(submission, &*journal, &outer(), now, answer).expect("ready");
    let mut long = None;
    work.commit(vec![waiting], &mut long).expect("durable");
    let mut pieces = 0;
    while let Some(some) = long.take() {
        assert!(answered.try_recv().is_err());
        assert_eq!(views.position().expect("known"), Position(0));
        assert!(locks.is_held([2; 16]), "after {pieces} pieces");
        long = some.step(&*views).expect("applied");
        pieces += 1;
    }
    assert_eq!(pieces, 4, "three pieces and the end");
    assert!(answered.try_recv().is_ok());
    assert_eq!(views.position().expect("known"), Position(1));
    assert!(!locks.is_held([2; 16]));
}

/// A second crash, while the start after the first one writes what rows were.
#[test]
fn after_a_crash_in_the_start_after_a_crash_the_next_start_comes_to_the_same() {
    let (life, work) = unlived();
    let live = &life.views;
    let handed_in = |message, scope, requests| {
        let waiting = live.queued();
        live.hand_in(&between(message, scope, requests));
        waiting.recv().expect("handed in")
    };
    let small = handed_in(1, 9, 0..1);
    work.commit(vec![small], &mut None).expect("works");
    // A long one, and between its pieces two small ones of one scope, one after the other.
    let long_one = handed_in(2, 1, 0..LONG);
    let mut long = None;
    work.commit(vec![long_one], &mut long).expect("works");
    for message in [3, 4] {
        long = long.take().expect("not done").step(&**live).expect("works");
        let one = handed_in(message, 2, 0..3);
        work.commit(vec![one], &mut long).expect("works");
    }
    long = long.take().expect("not done").step(&**live).expect("works");
    assert!(long.is_some(), "its last batch is not there: a crash");
    let expected = life.replayed();

    let crashed = || {
        let views = new_views();
        for (next, batch) in live.applied.lock().expect("no panic").iter() {
            views.apply(*next, batch.clone()).expect("in memory");
        }
        views
    };
    // What the start after it does.
    let start = Noting::over(crashed());
    catch_up(&*life.journal, &*start, &mut |_| ()).expect("caught up");
    assert_eq!(digest(&*start.views).expect("readable"), expected);
    let done = start.applied.lock().expect("no panic");
    for (whole, (_, batch)) in done.iter().enumerate() {
        for some in 0..batch.len().min(20) {
            let views = crashed();
            let at = views.position().expect("known");
            for (next, batch) in &done[..whole] {
                views.apply(*next, batch.clone()).expect("in memory");
            }
            if views.position().expect("known") != at {
                continue;
            }
            views.apply(at, cut_off(batch, some)).expect("in memory");
            catch_up(&*life.journal, &*views, &mut |_| ()).expect("caught up");
            let came_to = digest(&*views).expect("readable");
            assert_eq!(came_to, expected, "batch {whole}, after {some} changes");
        }
    }
}

/// A later record of the very group in which the long one is recorded uses a number of it.
#[test]
fn a_number_used_by_a_later_record_of_the_same_group_is_the_later_ones() {
    let (life, work) = unlived();
    let noting = &life.views;
    let waiting = noting.queued();
    // Both wait when the committer looks, so that they become one group.
    noting.hand_in(&between(2, 1, 0..LONG));
    noting.hand_in(&between(3, 5, 1..5));
    work.run(&waiting).expect("the store works");
    let expected = life.replayed();
    assert_eq!(digest(&*noting.views).expect("readable"), expected);
}
