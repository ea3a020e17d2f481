//! Views made from nothing are those of applying record by record, on each engine, also after a kill in the middle.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use knooppunt_standard::history;

use super::super::super::effect::Doing;
use super::super::super::events::{
    Acknowledged, Erased, Event, Inputs, KindRecord, Named, Received,
};
use super::super::super::id::{MessageId, ThreadId};
use super::super::super::pseudonym::Pseudonym;
use super::super::super::views::{DAMAGED, HOLES};
use super::super::{catch_up, digest, replay_into};
use super::*;
use crate::register::Mode;
use crate::store::embedded::{Options, ViewsEngine};
use crate::store::{Embedded, Entry, Memory, PartKind, Rows};

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
            over: None,
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
                    functie: None,
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
                    catalogue: None,
                },
                counts: BTreeMap::new(),
                body_bytes: 10,
                wire: None,
                question_at: None,
                mapped_bytes: None,
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

#[test]
fn a_pair_with_more_rows_than_are_held_in_memory_comes_to_the_same() {
    on_each_engine(|place| {
        let store = place.filled();
        let expected = one_by_one(&*store.journal);
        for rows_max in [0, 1, 7, 60] {
            let (journal, views) = (&*store.journal, &*store.views);
            with_rows_max(journal, views, &outer(), rows_max, &mut |_| ()).unwrap();
            assert_eq!(digest(views).unwrap(), expected, "{rows_max} rows");
            assert_eq!(store.views_position().unwrap(), Position(RECORDS));
        }
    });
}

#[test]
fn a_damaged_effect_is_noted_by_a_rebuild_as_it_is_by_a_replay() {
    use std::os::unix::fs::FileExt as _;
    on_each_engine(|place| {
        let store = place.filled();
        // One that was booked, one that waits, and one that settles.
        for position in [101, 200, 302] {
            let record = store.journal.read(Position(position)).unwrap();
            let part = record.part(PartKind::Effect).unwrap();
            let name = format!("parts/{:010}.parts", part.segment);
            let [data, _] = place.folders();
            let mut options = std::fs::File::options();
            let file = options.read(true).write(true);
            let file = file.open(data.join(name)).unwrap();
            let mut byte = [0];
            file.read_exact_at(&mut byte, part.offset + 5).unwrap();
            file.write_all_at(&[byte[0] ^ 1], part.offset + 5).unwrap();
        }
        let scratch = Memory::new();
        replay_into(&*store.journal, &*scratch.views, &outer(), &mut |_| ()).unwrap();
        under(&*store.journal, &*store.views, &outer(), &mut |_| ()).unwrap();
        for collection in [DAMAGED, HOLES] {
            let rows = |views: &dyn Views| views.range(collection, &[], &[0xff; 40], 100).unwrap();
            let noted = rows(&*store.views);
            assert_eq!(noted, rows(&*scratch.views), "{}", collection.name());
            assert!(!noted.is_empty());
        }
        let damaged = store.views.range(DAMAGED, &[], &[0xff; 40], 100).unwrap();
        let positions = damaged.iter().map(|(key, _)| key.clone());
        let expected = [101_u64, 200, 302].map(|position| position.to_be_bytes().to_vec());
        assert_eq!(positions.collect::<Vec<_>>(), expected);
        let digests = [&*store.views as &dyn Views, &*scratch.views].map(digest);
        let [rebuilt, replayed] = digests.map(Result::unwrap);
        assert_eq!(rebuilt, replayed);
    });
}

/// Views of which the process is killed when so many rows were written.
#[derive(Debug)]
struct Killed<'v> {
    views: &'v dyn Views,
    left: AtomicUsize,
}

impl Killed<'_> {
    /// Whether it lives on after another so many rows.
    fn lives(&self, rows: usize) -> bool {
        let taken = |left: usize| left.checked_sub(rows);
        let lives = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, taken);
        lives.is_ok()
    }
}

fn killed() -> StoreError {
    StoreError::Views {
        what: "killed".into(),
    }
}

impl Views for Killed<'_> {
    fn position(&self) -> Result<Position, StoreError> {
        self.views.position()
    }
    fn apply(&self, next: Position, batch: Batch) -> Result<(), StoreError> {
        if !self.lives(batch.len()) {
            return Err(killed());
        }
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
        let mut lives = true;
        let mut until = rows.take_while(|_| {
            lives = self.lives(1);
            lives
        });
        self.views.fill(&mut until)?;
        if lives { Ok(()) } else { Err(killed()) }
    }
}

#[test]
fn a_rebuild_that_was_cut_off_anywhere_is_begun_anew_by_the_next_start() {
    on_each_engine(|place| {
        let store = place.filled();
        let expected = one_by_one(&*store.journal);
        // Rows of the past are the last that are written, in one step or in many.
        let rows_max = 20;
        let whole = Killed {
            views: &*store.views,
            left: AtomicUsize::new(usize::MAX),
        };
        with_rows_max(&*store.journal, &whole, &outer(), rows_max, &mut |_| ()).unwrap();
        let rows = usize::MAX - whole.left.into_inner();
        let mut store = Some(store);
        for left in [0, 1, 700, 9_000, rows - 60, rows - 30, rows - 2] {
            let running = store.take().unwrap();
            let killed = Killed {
                views: &*running.views,
                left: AtomicUsize::new(left),
            };
            let made = with_rows_max(&*running.journal, &killed, &outer(), rows_max, &mut |_| ());
            assert!(made.is_err(), "{left} of {rows} rows");
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
