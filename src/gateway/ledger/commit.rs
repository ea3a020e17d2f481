//! The committer: one thread that gathers what waits into a group, makes the group durable, applies it to the views and only then answers.
//! While one group is on its way to the disk the next one gathers. It decides nothing: what it is given is already judged, and locks travel with it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::effect::Effect;
use super::events::Event;
use super::lock::Held;
use super::past::PastRows;
use super::pseudonym::Outer;
use super::views;
use super::{LedgerError, blocking};
use crate::clock::Clock;
use crate::store::{Appended, Batch, Entry, Journal, KeyId, PartKind, Position, SetAside, Views};

/// Most submissions in one group.
const GROUP_MAX: usize = 512;
/// Most bytes of parts in one group: keeps a group of large bodies from holding up everybody.
const GROUP_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Bytes from which a body, of a message or of an answer that is recorded with it, is written before it joins a group.
const LARGE_BYTES: usize = 1 << 20;

/// What ends the process: called with the error once; nothing can be promised after it.
pub type OnFatal = Arc<dyn Fn(&LedgerError) + Send + Sync>;

/// One record to be, on its way to the journal, and those that become durable with it or not at all.
pub(crate) struct Submission {
    pub(crate) event: Event,
    pub(crate) effect: Option<Effect>,
    pub(crate) body: Option<bytes::Bytes>,
    /// The findings part.
    pub(crate) findings: Option<Vec<u8>>,
    /// The envelope part.
    pub(crate) envelope: Option<Vec<u8>>,
    pub(crate) erases: Vec<KeyId>,
    /// Records that follow it: the verdict that follows from it, the answer that was made, and the copy of that.
    pub(crate) also: Vec<Also>,
    /// What the effects make of the past, worked out under the lock of the scope.
    pub(crate) past: PastRows,
    /// Freed after the record is durable and applied, also when the one who waits for the answer has gone away.
    pub(crate) held: Held,
}

/// What is recorded with something else.
pub(crate) struct Also {
    pub(crate) event: Event,
    pub(crate) effect: Effect,
    pub(crate) body: Option<bytes::Bytes>,
    /// The findings part.
    pub(crate) findings: Option<Vec<u8>>,
}

impl Also {
    fn bytes(&self) -> usize {
        self.body.as_ref().map_or(0, bytes::Bytes::len)
    }

    fn entry(&mut self, time: Timestamp) -> Entry {
        let body = self.body.take().map(Vec::from);
        let parts = [
            body.map(|body| (PartKind::Body, body)),
            Some((PartKind::Effect, self.effect.encode())),
            self.findings.take().map(|part| (PartKind::Findings, part)),
        ];
        Entry {
            time,
            event: self.event.encode(),
            parts: parts.into_iter().flatten().collect(),
            erases: Vec::new(),
        }
    }
}

impl Submission {
    /// A record without parts.
    pub(crate) fn fact(event: Event, held: Held) -> Self {
        Self {
            event,
            effect: None,
            body: None,
            findings: None,
            envelope: None,
            erases: Vec::new(),
            also: Vec::new(),
            past: PastRows::default(),
            held,
        }
    }

    fn bytes(&self) -> usize {
        let also = self.also.iter().map(Also::bytes);
        self.body.as_ref().map_or(0, bytes::Bytes::len) + also.sum::<usize>()
    }

    /// Whether it brings content, which cannot be tried again without what it brings. A declaration of which nothing more than its standing changes has an
    /// effect of a few bytes, and is tried again with it: that it is left to its receiver is what lets content go where a disk is full.
    fn with_content(&self) -> bool {
        let brings = self.body.is_some()
            || self.findings.is_some()
            || self.envelope.is_some()
            || !self.also.is_empty();
        let stands = matches!(self.event, Event::Reconsidered(_));
        brings || (self.effect.is_some() && !stands)
    }

    /// The entry it becomes. The body goes into it; it is copied only while somebody else still holds it.
    fn entry(&mut self, time: Timestamp) -> Entry {
        let body = self
            .body
            .take()
            .map(|body| (PartKind::Body, Vec::from(body)));
        let effect = self.effect.as_ref();
        let effect = effect.map(|effect| (PartKind::Effect, effect.encode()));
        let findings = self.findings.take();
        let findings = findings.map(|findings| (PartKind::Findings, findings));
        let envelope = self.envelope.take();
        let envelope = envelope.map(|envelope| (PartKind::Envelope, envelope));
        let parts = [body, effect, findings, envelope];
        Entry {
            time,
            event: self.event.encode(),
            parts: parts.into_iter().flatten().collect(),
            erases: self.erases.clone(),
        }
    }
}

struct Waiting {
    submission: Submission,
    with_content: bool,
    /// The entry it becomes, when its large parts are durable already.
    aside: Option<SetAside>,
    /// The same of what is recorded with it, in order.
    also_aside: Vec<Option<SetAside>>,
    answer: oneshot::Sender<Result<(Position, Timestamp), LedgerError>>,
}

/// The committer and its thread.
pub(crate) struct Committer {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    queue: Mutex<Option<Sender<Waiting>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

fn is_large(body: &bytes::Bytes) -> bool {
    body.len() >= LARGE_BYTES
}

impl fmt::Debug for Committer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Committer")
    }
}

/// What waits for a record that is on its way to the disk.
struct Promised {
    /// One a record, in the order of the records.
    said: Vec<(Event, Option<Effect>)>,
    past: PastRows,
    erases: Vec<KeyId>,
    held: Held,
    answer: oneshot::Sender<Result<(Position, Timestamp), LedgerError>>,
    with_content: bool,
}

impl Promised {
    fn answer(self, outcome: Result<(Position, Timestamp), LedgerError>) {
        drop(self.held);
        // The one who asked may have gone away; what was decided stands all the same.
        let _ = self.answer.send(outcome);
    }
}

struct Work {
    journal: Arc<dyn Journal>,
    views: Arc<dyn Views>,
    clock: Arc<dyn Clock>,
    outer: Outer,
}

impl Committer {
    /// Starts the thread. `on_fatal` is called on it when nothing can be promised any more. Err: the operating system gives no thread.
    pub(crate) fn start(
        journal: Arc<dyn Journal>,
        views: Arc<dyn Views>,
        clock: Arc<dyn Clock>,
        outer: Outer,
        on_fatal: OnFatal,
    ) -> Result<Self, LedgerError> {
        let (queue, waiting) = mpsc::channel();
        let work = Work {
            journal: Arc::clone(&journal),
            views,
            clock: Arc::clone(&clock),
            outer,
        };
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || {
                let ended = catch_unwind(AssertUnwindSafe(|| work.run(&waiting)));
                match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => on_fatal(&error),
                    Err(_) => on_fatal(&LedgerError::Stopped),
                }
            })
            .map_err(|_| LedgerError::NoMeans { what: "thread" })?;
        Ok(Self {
            journal,
            clock,
            queue: Mutex::new(Some(queue)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// One that takes nothing, of a ledger that is only read.
    pub(crate) fn ended(journal: Arc<dyn Journal>, clock: Arc<dyn Clock>) -> Self {
        Self {
            journal,
            clock,
            queue: Mutex::new(None),
            thread: Mutex::new(None),
        }
    }

    /// Hands a record in and waits until it is durable and applied. Gives its position and its time.
    /// Err: it may or may not be durable; the process ends.
    pub(crate) async fn commit(
        &self,
        mut submission: Submission,
    ) -> Result<(Position, Timestamp), LedgerError> {
        let with_content = submission.with_content();
        // A large body is written before it joins a group, so that it holds up nobody in it.
        let mut aside = None;
        if submission.body.as_ref().is_some_and(is_large) {
            let entry = submission.entry(self.clock.now());
            aside = Some(self.set_aside(entry).await?);
        }
        let mut also_aside = Vec::with_capacity(submission.also.len());
        for also in &mut submission.also {
            also_aside.push(if also.body.as_ref().is_some_and(is_large) {
                let entry = also.entry(self.clock.now());
                Some(self.set_aside(entry).await?)
            } else {
                None
            });
        }
        let (answer, answered) = oneshot::channel();
        {
            let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            let queue = queue.as_ref().ok_or(LedgerError::Stopped)?;
            queue
                .send(Waiting {
                    submission,
                    with_content,
                    aside,
                    also_aside,
                    answer,
                })
                .map_err(|_| LedgerError::Stopped)?;
        }
        answered.await.map_err(|_| LedgerError::Stopped)?
    }

    async fn set_aside(&self, entry: Entry) -> Result<SetAside, LedgerError> {
        let journal = Arc::clone(&self.journal);
        blocking(move || Ok(journal.set_aside(entry)?)).await
    }

    /// Ends the thread after everything handed in is durable and answered.
    pub(crate) fn stop(&self) {
        drop(
            self.queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of the thread was told through `on_fatal` already.
            let _ = thread.join();
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Work {
    fn run(&self, waiting: &Receiver<Waiting>) -> Result<(), LedgerError> {
        while let Ok(first) = waiting.recv() {
            let mut bytes = first.submission.bytes();
            let mut group = vec![first];
            while group.len() < GROUP_MAX
                && bytes < GROUP_BYTES_MAX
                && let Ok(next) = waiting.try_recv()
            {
                bytes += next.submission.bytes();
                group.push(next);
            }
            self.commit(group)?;
        }
        Ok(())
    }

    fn commit(&self, group: Vec<Waiting>) -> Result<(), LedgerError> {
        let time = self.clock.now();
        let mut entries = Vec::with_capacity(group.len());
        let mut rest = Vec::with_capacity(group.len());
        for waiting in group {
            let Waiting {
                mut submission,
                with_content,
                aside,
                also_aside,
                answer,
            } = waiting;
            entries.push(aside.unwrap_or_else(|| submission.entry(time).into()));
            let Submission {
                event,
                effect,
                erases,
                also,
                past,
                held,
                ..
            } = submission;
            let mut said = vec![(event, effect)];
            for (mut also, aside) in also.into_iter().zip(also_aside) {
                entries.push(aside.unwrap_or_else(|| also.entry(time).into()));
                said.push((also.event, Some(also.effect)));
            }
            rest.push(Promised {
                said,
                past,
                erases,
                held,
                answer,
                with_content,
            });
        }
        self.append(entries, rest)
    }

    /// Makes a group durable, applies and answers it. Where it cannot be written (a full disk, for one) those with content are told; acknowledgements,
    /// erasures and facts of others in the group must not fail by that, so they are tried again as a group of their own, and at last one by one.
    fn append(&self, entries: Vec<SetAside>, mut rest: Vec<Promised>) -> Result<(), LedgerError> {
        let (records, begun) = (entries.len(), Instant::now());
        let appended = match self.journal.append_set_aside(entries) {
            Ok(appended) => appended,
            Err(error) if error.fatal() => return Err(error.into()),
            Err(error) => return self.apart(rest, &error.into()),
        };
        let durable = begun.elapsed();
        let mut batch = Batch::default();
        let said = rest.iter().flat_map(|promised| &promised.said);
        for ((event, effect), Appended { position, time, .. }) in said.zip(&appended) {
            batch.extend(views::rows(
                *position,
                *time,
                event,
                effect.as_ref(),
                &self.outer,
            ));
        }
        let mut past = PastRows::default();
        for promised in &mut rest {
            past.extend(std::mem::take(&mut promised.past));
        }
        if let (Some(first), Some(last)) = (appended.first(), appended.last()) {
            // The journal has the records, so nothing is lost; but nobody may be answered from views that lack them.
            past.apply(&*self.views, first.position, last.position.next(), batch)?;
        }
        seen(records, durable, begun.elapsed().saturating_sub(durable));
        let mut appended = appended.into_iter();
        for promised in rest {
            let records = promised.said.len();
            if let Some(Appended { position, time, .. }) = appended.next() {
                promised.answer(Ok((position, time)));
            }
            appended.by_ref().take(records - 1).for_each(drop);
        }
        Ok(())
    }

    /// After an error by which nothing of the group was written.
    fn apart(&self, group: Vec<Promised>, error: &LedgerError) -> Result<(), LedgerError> {
        let of_one = group.len() == 1;
        let (told, again): (Vec<_>, Vec<_>) = group
            .into_iter()
            .partition(|promised| of_one || promised.with_content);
        let singly = told.is_empty();
        for promised in told {
            promised.answer(Err(error.clone()));
        }
        let time = self.clock.now();
        // These have no content, so each is one record, at most with its effect.
        let entry = |promised: &Promised| {
            let said = promised.said.first();
            let effect = said.and_then(|(_, effect)| effect.as_ref());
            SetAside::from(Entry {
                time,
                event: said.map_or_else(Vec::new, |(event, _)| event.encode()),
                parts: effect
                    .map(|effect| (PartKind::Effect, effect.encode()))
                    .into_iter()
                    .collect(),
                erases: promised.erases.clone(),
            })
        };
        if again.is_empty() {
            return Ok(());
        }
        if !singly {
            return self.append(again.iter().map(entry).collect(), again);
        }
        for promised in again {
            self.append(vec![entry(&promised)], vec![promised])?;
        }
        Ok(())
    }
}

/// Figures of one group: how many records, how long until they were durable, how long until the views had them.
fn seen(records: usize, durable: Duration, applied: Duration) {
    let records_seen = u32::try_from(records).unwrap_or(u32::MAX);
    metrics::histogram!("knooppunt_group_records").record(f64::from(records_seen));
    metrics::histogram!("knooppunt_journal_append_seconds").record(durable.as_secs_f64());
    metrics::histogram!("knooppunt_views_apply_seconds").record(applied.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use super::super::events::{Acknowledged, DryRun, Named, Reconsidered, Turn};
    use super::super::id::MessageId;
    use super::super::pseudonym::Pseudonym;
    use super::*;
    use crate::clock::ManualClock;
    use crate::store::{Memory, Part, Record, StoreError};

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
                    answer,
                };
                (waiting, answered)
            })
            .unzip();
        work.commit(waiting)
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
            Arc::new(|error| panic!("the store works: {error}")),
        )
        .expect("a thread");
        let sizes = [LARGE_BYTES + 1, LARGE_BYTES - 1, LARGE_BYTES];
        let also = |bytes: usize| Also {
            event: dry_run("zorg-a".to_owned()).event,
            effect: Effect::new(Pseudonym([1; 16]), [1; 32], None, Vec::new()),
            body: Some(vec![b'x'; bytes].into()),
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
}
