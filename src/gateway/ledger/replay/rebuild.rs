//! Making all views from nothing, fast. Rows of a million messages have random keys, and an engine that gets them in the order of the journal looks for the
//! place of each. So the journal is read first and all rows are sorted beside the views; then the engine gets them in the order of their keys, each
//! once: what was put and deleted again never reaches it.
//!
//! Rows of the past are made from the row before, so what records do to it is sorted by scope, and each scope is worked out by itself. Memory: 64 MiB for
//! each of the two sorters, 64 KiB for each 64 MiB that they set aside, and the past of one pair of parties. Until the last row stands the position of the
//! views is 0, so that a start after a kill begins anew; nothing of what was sorted is left then.

use std::sync::mpsc::{self, SyncSender};
use std::thread;

use super::super::LedgerError;
use super::super::effect::{Effect, changes};
use super::super::past::Loaded;
use super::super::pseudonym::{Outer, Pseudonym};
use super::super::views::PAST;
use super::{Progress, STEP, ended_early, key_row, said_by};
use crate::store::{
    Batch, Collection, Journal, Position, Row, Rows, Sorted, Sorter, StoreError, Views,
};

/// Steps of the journal that wait to be sorted.
const READ_AHEAD: usize = 4;
/// Rows after which the progress is told.
const TOLD_EVERY: u64 = 10_000;

/// Clears the views and makes them from the whole journal under this outer key.
pub(super) fn under(
    journal: &dyn Journal,
    views: &dyn Views,
    outer: &Outer,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), LedgerError> {
    views.clear()?;
    let next = journal.next();
    if next == Position(0) {
        return written(views.apply(next, key_row(outer)));
    }
    let mut all = All::new(views)?;
    all.read(journal, next, outer, progress)?;
    all.write(views, next, outer, progress)?;
    written(views.apply(next, key_row(outer)))
}

fn written<T>(done: Result<T, StoreError>) -> Result<T, LedgerError> {
    done.map_err(LedgerError::views_not_written)
}

/// All that the journal says, being sorted.
struct All {
    /// Collections in the order in which they came up: the first byte of a key is the place here.
    collections: Vec<Collection>,
    rows: Sorter,
    /// Scope and position -> what the record there did to the past.
    past: Sorter,
    changes: u64,
}

impl All {
    fn new(views: &dyn Views) -> Result<Self, LedgerError> {
        Ok(Self {
            collections: Vec::new(),
            rows: written(views.sorter())?,
            past: written(views.sorter())?,
            changes: 0,
        })
    }

    fn read(
        &mut self,
        journal: &dyn Journal,
        end: Position,
        outer: &Outer,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), LedgerError> {
        // One thread reads and decrypts, this one sorts.
        let (send, receive) = mpsc::sync_channel(READ_AHEAD);
        let mut next = Position(0);
        thread::scope(|threads| {
            threads.spawn(move || read_all(journal, end, outer, &send));
            for some in receive {
                for Read {
                    position,
                    rows,
                    effect,
                } in some?
                {
                    self.take(&rows)?;
                    if let Some(effect) = &effect {
                        self.take_past(position, effect, outer)?;
                    }
                    next = position.next();
                }
                progress(Progress {
                    done: next.0 / 2,
                    of: end.0,
                });
            }
            if next == end {
                Ok(())
            } else {
                Err(ended_early())
            }
        })
    }

    fn take_past(
        &mut self,
        position: Position,
        effect: &Effect,
        outer: &Outer,
    ) -> Result<(), LedgerError> {
        // Read when its scope has its turn.
        let (Some(scope), Some(applied)) = (effect.scope, effect.applied_bytes()) else {
            return Ok(());
        };
        let mut key = outer.hide(scope).to_vec();
        key.extend_from_slice(&position.0.to_be_bytes());
        let mut done = scope.0.to_vec();
        done.extend_from_slice(applied);
        written(self.past.push(&key, Some(&done)))
    }

    fn take(&mut self, rows: &Batch) -> Result<(), LedgerError> {
        let mut key = Vec::with_capacity(64);
        for change in rows.changes() {
            let known = self
                .collections
                .iter()
                .position(|of| *of == change.collection);
            let number = known.unwrap_or_else(|| {
                self.collections.push(change.collection);
                self.collections.len() - 1
            });
            key.clear();
            key.push(u8::try_from(number).unwrap_or(u8::MAX));
            key.extend_from_slice(&change.key);
            written(self.rows.push(&key, change.value.as_deref()))?;
            self.changes += 1;
        }
        Ok(())
    }

    fn write(
        self,
        views: &dyn Views,
        end: Position,
        outer: &Outer,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), LedgerError> {
        let Self {
            collections,
            rows,
            past,
            changes,
        } = self;
        let mut count = 0_u64;
        let mut filled = written(rows.sorted())?.filter_map(|row| {
            count += 1;
            if count.is_multiple_of(TOLD_EVERY) {
                let half = (end.0 / 2).saturating_mul(count) / changes.max(count);
                progress(Progress {
                    done: end.0 / 2 + half,
                    of: end.0,
                });
            }
            placed(&collections, row).transpose()
        });
        written(views.fill(&mut filled))?;
        let mut failure = None;
        let mut filled = PastOfAll::new(written(past.sorted())?, views, outer)
            .map_while(|row| row.map_err(|error| failure = Some(error)).ok())
            .map(Ok);
        written(views.fill(&mut filled))?;
        failure.map_or(Ok(()), Err)?;
        progress(Progress {
            done: end.0,
            of: end.0,
        });
        Ok(())
    }
}

/// What a record says.
struct Read {
    position: Position,
    rows: Batch,
    effect: Option<Effect>,
}

/// Reads the journal up to its end, some records at a time, as long as somebody takes them.
fn read_all(
    journal: &dyn Journal,
    end: Position,
    outer: &Outer,
    send: &SyncSender<Result<Vec<Read>, LedgerError>>,
) {
    let mut next = Position(0);
    while next < end {
        let some = read_some(journal, next, outer);
        let last = match &some {
            Ok(some) => some.last().map(|read| read.position),
            Err(_) => None,
        };
        if send.send(some).is_err() {
            return;
        }
        match last {
            Some(last) => next = last.next(),
            None => return,
        }
    }
}

fn read_some(
    journal: &dyn Journal,
    from: Position,
    outer: &Outer,
) -> Result<Vec<Read>, LedgerError> {
    let records = journal.read_from(from, STEP)?;
    let read = records.iter().map(|record| {
        let (rows, effect) = said_by(journal, record, outer)?;
        Ok(Read {
            position: record.position,
            rows,
            effect,
        })
    });
    read.collect()
}

type Change = Result<(Vec<u8>, Option<Vec<u8>>), StoreError>;

/// The row of a change; `None` when it is deleted in the end.
fn placed(collections: &[Collection], change: Change) -> Result<Option<Row>, StoreError> {
    let (mut key, Some(value)) = change? else {
        return Ok(None);
    };
    let number = usize::from(*key.first().unwrap_or(&u8::MAX));
    let collection = collections.get(number).ok_or_else(|| StoreError::Views {
        what: "a row of no collection".into(),
    })?;
    key.drain(..1);
    Ok(Some((*collection, key, value)))
}

/// The rows of the past, scope by scope in the order of their hidden names: the order of the view.
struct PastOfAll<'v> {
    done: std::iter::Peekable<Sorted>,
    views: &'v dyn Views,
    outer: &'v Outer,
    rows: std::vec::IntoIter<(Vec<u8>, Vec<u8>)>,
}

impl<'v> PastOfAll<'v> {
    fn new(done: Sorted, views: &'v dyn Views, outer: &'v Outer) -> Self {
        Self {
            done: done.peekable(),
            views,
            outer,
            rows: Vec::new().into_iter(),
        }
    }

    /// The rows of the next scope; `None` after the last.
    fn scope(&mut self) -> Result<Option<Rows>, LedgerError> {
        let mut loaded: Option<(Pseudonym, Loaded)> = None;
        while let Some(next) = self.done.next_if(|next| match (next, &loaded) {
            (Ok((_, Some(done))), Some((scope, _))) => done.starts_with(&scope.0),
            _ => true,
        }) {
            let (key, done) = written(next)?;
            let parts = done.as_ref().and_then(|done| done.split_first_chunk());
            let (Some((scope, done)), Some(position)) = (parts, key.last_chunk()) else {
                return Err(LedgerError::Views {
                    what: "a change of the past that is not one of ours",
                });
            };
            let scope = Pseudonym(*scope);
            let (_, loaded) =
                loaded.get_or_insert_with(|| (scope, Loaded::from_nothing(scope, self.outer)));
            let done = changes(Some(done), u64::from_be_bytes(*position))?;
            loaded.apply(self.views, &done.unwrap_or_default())?;
        }
        Ok(loaded.map(|(_, loaded)| loaded.into_rows().sorted()))
    }
}

impl Iterator for PastOfAll<'_> {
    type Item = Result<Row, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.rows.next() {
                return Some(Ok((PAST, key, value)));
            }
            match self.scope() {
                Ok(Some(rows)) => self.rows = rows.into_iter(),
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use knooppunt_standard::history;

    use super::super::super::effect::Doing;
    use super::super::super::events::{
        Acknowledged, Erased, Event, Inputs, KindRecord, Named, Received,
    };
    use super::super::super::id::{MessageId, ThreadId};
    use super::super::{catch_up, digest, replay_into};
    use super::*;
    use crate::register::Mode;
    use crate::store::embedded::{Options, ViewsEngine};
    use crate::store::{Embedded, Entry, Memory, PartKind};

    /// Records of messages in three scopes: some wait for an answer, some answer, some are acknowledged and erased.
    const RECORDS: u64 = 2_500;

    fn at(position: u64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + i64::try_from(position).unwrap()).unwrap()
    }

    fn id(position: u64) -> MessageId {
        // Spread, as real ids are.
        let spread = position.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        MessageId::from_bytes(
            [spread, position.to_be_bytes()]
                .concat()
                .try_into()
                .unwrap(),
        )
    }

    fn entry(position: u64) -> Entry {
        let before = Named {
            message: id(position.saturating_sub(3)),
            position: position.saturating_sub(3),
        };
        let receiver = format!("9898000{}", position % 7);
        let mut parts = Vec::new();
        let event = match position % 5 {
            3 => Event::Acknowledged(Acknowledged {
                message: before.message,
                position: before.position,
                receiver: format!("9898000{}", before.position % 7),
                party: "zorg-a".into(),
                closes: vec![before],
            }),
            4 => Event::Erased(Erased {
                messages: vec![Named {
                    message: id(position - 4),
                    position: position - 4,
                }],
            }),
            turn => {
                let mut referentie = [0; 16];
                referentie[..8].copy_from_slice(&(position / 40).to_be_bytes());
                let refused = history::Change::Refused {
                    referentie: history::Pseudonym(referentie),
                };
                let doing = Doing {
                    applied: if turn == 1 {
                        vec![refused.clone()]
                    } else {
                        Vec::new()
                    },
                    pending: if turn == 0 { vec![refused] } else { Vec::new() },
                    settles: (turn == 2).then(|| position - 2),
                };
                let named = Pseudonym(*id(position).as_bytes());
                let scope = Pseudonym([u8::try_from(position / 5 % 3).unwrap(); 16]);
                let effect = Effect::new(named, [1; 32], None, vec![named]).doing(scope, &doing);
                parts.push((PartKind::Effect, effect.encode()));
                Event::Received(Received {
                    message: id(position),
                    thread: ThreadId::from_bytes(*id(position).as_bytes()),
                    kind: KindRecord {
                        law: "jw".into(),
                        release: "3.2".into(),
                        soort: 323,
                    },
                    maker: "98980009".into(),
                    receiver,
                    party: "zorg-a".into(),
                    mode: Mode::Carry,
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
                    },
                    counts: BTreeMap::new(),
                    body_bytes: 10,
                    wire: None,
                })
            }
        };
        Entry {
            time: at(position),
            event: event.encode(),
            parts,
            erases: Vec::new(),
        }
    }

    fn outer() -> Outer {
        Outer::from_bytes(&[5; 32]).unwrap()
    }

    /// What the rows are when the records are applied one after the other.
    fn one_by_one(journal: &dyn Journal) -> [u8; 32] {
        let scratch = Memory::new();
        replay_into(journal, &*scratch.views, &outer(), &mut |_| ()).unwrap();
        let empty = Memory::new();
        let digests = [&scratch, &empty].map(|store| digest(&*store.views).unwrap());
        assert_ne!(digests[0], digests[1]);
        digests[0]
    }

    struct Place(tempfile::TempDir, ViewsEngine);

    impl Place {
        fn options(&self) -> Options {
            Options {
                journal_segment_bytes: 1 << 20,
                part_segment_bytes: 1 << 20,
                reserve_bytes: 0,
                views_reserve_bytes: 0,
                views_engine: self.1,
                // Many pieces.
                views_sorted_bytes: 50_000,
                ..Options::default()
            }
        }

        fn folders(&self) -> [std::path::PathBuf; 2] {
            ["data", "keys"].map(|name| self.0.path().join(name))
        }

        fn filled(&self) -> Embedded {
            let [data, keys] = self.folders();
            let store = Embedded::create(&data, &keys, &[], self.options(), at(0)).unwrap();
            store
                .journal
                .append((0..RECORDS).map(entry).collect())
                .unwrap();
            store
        }

        fn again(&self) -> Embedded {
            let [data, keys] = self.folders();
            Embedded::open(&data, &keys, self.options(), at(RECORDS)).unwrap()
        }
    }

    fn on_each_engine(test: fn(&Place)) {
        for engine in ViewsEngine::ALL {
            test(&Place(tempfile::tempdir().unwrap(), engine));
        }
    }

    #[test]
    fn views_made_from_nothing_are_those_of_applying_record_by_record() {
        on_each_engine(|place| {
            let store = place.filled();
            let mut told = Vec::new();
            under(&*store.journal, &*store.views, &outer(), &mut |at| {
                told.push(at);
            })
            .unwrap();
            assert_eq!(digest(&*store.views).unwrap(), one_by_one(&*store.journal));
            assert_eq!(store.views_position().unwrap(), Position(RECORDS));
            assert!(told.is_sorted_by_key(|progress| progress.done));
            let whole = Progress {
                done: RECORDS,
                of: RECORDS,
            };
            assert_eq!(told.last(), Some(&whole));
            // A later start takes them as they are.
            let mut replayed = Vec::new();
            let kept = catch_up(&*store.journal, &*store.views, &mut |at| replayed.push(at));
            assert_eq!(kept.unwrap().as_bytes(), outer().as_bytes());
            assert!(replayed.is_empty());
        });
    }

    /// Views of which the process is killed while they are filled with the row of this number.
    #[derive(Debug)]
    struct Killed<'v> {
        views: &'v dyn Views,
        at: usize,
    }

    impl Views for Killed<'_> {
        fn position(&self) -> Result<Position, StoreError> {
            self.views.position()
        }
        fn apply(&self, next: Position, batch: Batch) -> Result<(), StoreError> {
            self.views.apply(next, batch)
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
        fn sorter(&self) -> Result<Sorter, StoreError> {
            self.views.sorter()
        }
        fn fill(
            &self,
            rows: &mut dyn Iterator<Item = Result<Row, StoreError>>,
        ) -> Result<(), StoreError> {
            self.views.fill(&mut rows.take(self.at))?;
            Err(StoreError::Views {
                what: "killed".into(),
            })
        }
    }

    #[test]
    fn a_rebuild_that_was_cut_off_anywhere_is_begun_anew_by_the_next_start() {
        on_each_engine(|place| {
            let store = place.filled();
            let expected = one_by_one(&*store.journal);
            let mut store = Some(store);
            for at in [0, 1, 700, 9_000] {
                let running = store.take().unwrap();
                let killed = Killed {
                    views: &*running.views,
                    at,
                };
                assert!(under(&*running.journal, &killed, &outer(), &mut |_| ()).is_err());
                // Without a clean stop.
                drop(running);
                let started = place.again();
                assert_eq!(started.views_position().unwrap(), Position(0));
                catch_up(&*started.journal, &*started.views, &mut |_| ()).unwrap();
                assert_eq!(started.views_position().unwrap(), Position(RECORDS));
                under(&*started.journal, &*started.views, &outer(), &mut |_| ()).unwrap();
                assert_eq!(digest(&*started.views).unwrap(), expected);
                let left = std::fs::read_dir(place.folders()[0].join("views-1")).unwrap();
                let named = left.filter(|entry| {
                    let name = entry.as_ref().unwrap().file_name();
                    name.to_string_lossy().starts_with("sorting")
                });
                assert_eq!(named.count(), 0);
                store = Some(started);
            }
        });
    }
}
