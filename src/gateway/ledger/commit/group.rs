//! The committer's thread: gathers what waits into a group, makes the group durable, applies it to the views and answers. Between two groups it applies a piece
//! of a [`Long`] submission, when there is one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::super::LedgerError;
use super::super::bell::Bell;
use super::super::carried::{self, Carried};
use super::super::effect::Effect;
use super::super::events::Event;
use super::super::index::{self, Listed};
use super::super::lock::Held;
use super::super::look::{self, Looked};
use super::super::past::{PastRows, Span};
use super::super::pseudonym::Outer;
use super::super::views;
use super::long::{Long, Pieces};
use super::submission::{Submission, entry};
use crate::clock::Clock;
use crate::store::{Appended, Batch, Journal, KeyId, Position, SetAside, Views};

/// Most submissions in one group.
const GROUP_MAX: usize = 512;
/// Most bytes of parts in one group: keeps a group of large bodies from holding up everybody.
const GROUP_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Its position and its time.
pub(super) type Answer = Result<(Position, Timestamp), LedgerError>;

/// A submission that waits for its group.
pub(super) struct Waiting {
    pub(super) submission: Submission,
    pub(super) with_content: bool,
    /// The entry it becomes, when its large parts are durable already.
    pub(super) aside: Option<SetAside>,
    /// The same of what is recorded with it, in order.
    pub(super) also_aside: Vec<Option<SetAside>>,
    /// Its rows, when it is a long one.
    pub(super) pieces: Option<Pieces>,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What waits for a record that is on its way to the disk.
pub(super) struct Promised {
    /// One a record, in the order of the records.
    said: Vec<(Event, Option<Effect>)>,
    looked: Option<Looked>,
    carried: Option<Carried>,
    withdraws: Batch,
    past: PastRows,
    pieces: Option<Pieces>,
    erases: Vec<KeyId>,
    held: Held,
    answer: oneshot::Sender<Answer>,
    with_content: bool,
}

impl Promised {
    pub(super) fn answer(self, outcome: Answer) {
        drop(self.held);
        // The one who asked may have gone away; what was decided stands all the same.
        let _ = self.answer.send(outcome);
    }
}

/// What the thread works with.
pub(super) struct Work {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) views: Arc<dyn Views>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) outer: Outer,
    pub(super) bell: Arc<Bell>,
}

impl Work {
    /// Works until nobody can hand anything in and everything that was is answered.
    pub(super) fn run(&self, waiting: &Receiver<Waiting>) -> Result<(), LedgerError> {
        // One long submission at a time, so that what must be kept for taking it back is bounded.
        let (mut long, mut later) = (None::<Long>, VecDeque::new());
        loop {
            let first = if long.is_some() {
                waiting.try_recv().ok()
            } else if let Some(kept) = later.pop_front() {
                Some(kept)
            } else if let Ok(first) = waiting.recv() {
                Some(first)
            } else {
                return Ok(());
            };
            let mut group = Vec::new();
            let (mut bytes, mut has_long) = (0, long.is_some());
            let mut next = first;
            while let Some(one) = next {
                if one.pieces.is_some() && has_long {
                    later.push_back(one);
                } else {
                    has_long |= one.pieces.is_some();
                    bytes += one.submission.bytes();
                    group.push(one);
                }
                let has_room = group.len() < GROUP_MAX && bytes < GROUP_BYTES_MAX;
                next = has_room.then(|| waiting.try_recv().ok()).flatten();
            }
            if !group.is_empty() {
                self.commit(group, &mut long)?;
            }
            if let Some(some) = long.take() {
                long = some.step(&*self.views)?;
                if long.is_none() {
                    self.bell.ring_all();
                }
            }
        }
    }

    pub(super) fn commit(
        &self,
        group: Vec<Waiting>,
        long: &mut Option<Long>,
    ) -> Result<(), LedgerError> {
        let time = self.clock.now();
        let mut entries = Vec::with_capacity(group.len());
        let mut rest = Vec::with_capacity(group.len());
        for waiting in group {
            let Waiting {
                mut submission,
                with_content,
                aside,
                also_aside,
                pieces,
                answer,
            } = waiting;
            entries.push(aside.unwrap_or_else(|| submission.entry(time).into()));
            let Submission {
                event,
                effect,
                looked,
                carried,
                withdraws,
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
                looked,
                carried,
                withdraws,
                past,
                pieces,
                erases,
                held,
                answer,
                with_content,
            });
        }
        self.append(entries, rest, long)
    }

    /// Makes a group durable, applies and answers it. Where it cannot be written (a full disk, for one) those with content are told; acknowledgements,
    /// erasures and facts of others in the group must not fail by that, so they are tried again as a group of their own, and at last one by one.
    fn append(
        &self,
        entries: Vec<SetAside>,
        rest: Vec<Promised>,
        long: &mut Option<Long>,
    ) -> Result<(), LedgerError> {
        let (records, begun) = (entries.len(), Instant::now());
        let appended = match self.journal.append_set_aside(entries) {
            Ok(appended) => appended,
            Err(error) if error.fatal() => return Err(error.into()),
            Err(error) => return self.apart(rest, &error.into(), long),
        };
        let durable = begun.elapsed();
        let (Some(first), Some(last)) = (appended.first(), appended.last()) else {
            return Ok(());
        };
        let (at, next) = (first.position, last.position.next());
        let (mut batch, mut numbers) = (Batch::default(), Vec::new());
        let mut past = PastRows::default();
        let (mut answers, mut pieces) = (Vec::with_capacity(rest.len()), None);
        let (mut told, mut of_long) = (Vec::new(), None);
        let mut appended = appended.into_iter();
        for mut promised in rest {
            batch.extend(std::mem::take(&mut promised.withdraws));
            let own = promised.pieces.take();
            let from = numbers.len();
            let mut recorded = None;
            for (place, (event, effect)) in promised.said.drain(..).enumerate() {
                let Some(Appended { position, time, .. }) = appended.next() else {
                    continue;
                };
                recorded.get_or_insert((position, time));
                told.extend(self.bell.of(&event));
                let effect = effect.as_ref();
                batch.extend(views::rows(position, time, &event, effect, &self.outer));
                let about = index::rows::about(&*self.journal, &event, position)?;
                let stands = index::rows::stands(&event, effect);
                index::rows::rows(&mut batch, position, time, &event, stands, about.as_ref());
                if let Event::Viewed(viewed) = &event {
                    let looked = promised.looked.as_ref();
                    look::rows(&mut batch, position, viewed, looked, &self.outer);
                }
                if let Event::Forgotten(forgotten) = &event {
                    let carried = promised.carried.as_ref();
                    carried::rows(&mut batch, position, time, forgotten, carried, &self.outer);
                }
                let listed = if let Event::Received(received) = &event {
                    Listed::of(position, time, received)
                } else {
                    None
                };
                // Those of a long one are in its pieces.
                if place > 0 || own.is_none() {
                    numbers.extend(views::numbers(position, &event, effect, &self.outer));
                    if let Some(listed) = &listed {
                        let hidden = index::rows::hidden(effect, &self.outer);
                        let clients = index::rows::clients(listed, &hidden);
                        index::rows::put_clients(&mut batch, clients);
                    }
                } else {
                    of_long = listed;
                }
            }
            past.extend(std::mem::take(&mut promised.past));
            match (own, recorded) {
                (Some(own), Some(recorded)) => pieces = Some((own, from, promised, recorded)),
                (None, Some(recorded)) => answers.push((promised, recorded)),
                (_, None) => {}
            }
        }
        // The journal has the records, so nothing is lost; but nobody may be answered from views that lack them.
        if let Some(long) = long {
            long.let_by(&*self.views, next, past, numbers, batch)?;
        } else {
            match pieces {
                None => {
                    views::put_numbers(&mut batch, numbers);
                    past.apply(&*self.views, at, next, batch)?;
                }
                Some((pieces, from, promised, recorded)) => {
                    let span = Span::from(at);
                    let mut large = Long::new((span, next), pieces, of_long, promised, recorded);
                    let later = numbers.split_off(from);
                    views::put_numbers(&mut batch, numbers);
                    large.let_by(&*self.views, next, past, later, batch)?;
                    *long = Some(large);
                }
            }
        }
        self.bell.ring(told);
        seen(records, durable, begun.elapsed().saturating_sub(durable));
        for (promised, recorded) in answers {
            promised.answer(Ok(recorded));
        }
        Ok(())
    }

    /// After an error by which nothing of the group was written.
    fn apart(
        &self,
        group: Vec<Promised>,
        error: &LedgerError,
        long: &mut Option<Long>,
    ) -> Result<(), LedgerError> {
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
        let entries = |promised: &Promised| -> Vec<SetAside> {
            let said = promised.said.iter();
            let entries = said.map(|(event, effect)| {
                let said = (event, effect.as_ref().map(Effect::encode));
                entry(time, said, None, [None, None, None], &promised.erases).into()
            });
            entries.collect()
        };
        if again.is_empty() {
            return Ok(());
        }
        if !singly {
            return self.append(again.iter().flat_map(entries).collect(), again, long);
        }
        for promised in again {
            self.append(entries(&promised), vec![promised], long)?;
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
