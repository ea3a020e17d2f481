//! An engine that ends or stops writing on the way: what the views then say they have, they have.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::*;
use crate::store::embedded::tests::room::{RESERVE, World};

const PAST: Collection = Collection::of("past");
const UNDO: Collection = Collection::of("undo");
const MAILBOXES: Collection = Collection::of("mailboxes");

/// An engine that writes so many more rows and then kills the process; with `None` it stopped writing, and answers nothing either.
#[derive(Debug)]
struct Ends {
    engine: Option<Box<dyn Engine>>,
    rows_left: Mutex<usize>,
    batches: u64,
}

impl Ends {
    /// Takes the place of the engine of these views.
    fn after(views: &EmbeddedViews, rows: usize) {
        let mut engine = views.engine_mut();
        let ends = Ends {
            batches: engine.as_ref().unwrap().batches(),
            engine: engine.take(),
            rows_left: Mutex::new(rows),
        };
        *engine = Some(Box::new(ends));
    }

    fn kept(&self) -> Result<&dyn Engine, StoreError> {
        self.engine.as_deref().ok_or_else(|| StoreError::Views {
            what: "the engine could not read or write".into(),
        })
    }
}

impl Engine for Ends {
    fn position(&self) -> Result<Position, StoreError> {
        self.kept()?.position()
    }
    fn apply(&self, next: Position, rows: &Changes) -> Result<(), StoreError> {
        let engine = self.kept()?;
        let mut left = self.rows_left.lock().unwrap();
        let count = rows.values().map(std::collections::BTreeMap::len).sum();
        if *left >= count {
            *left -= count;
            return engine.apply(next, rows);
        }
        // As sled writes them: row by row, the position last.
        let mut first = Changes::new();
        let all = rows
            .iter()
            .flat_map(|(of, rows)| rows.iter().map(move |row| (*of, row)));
        for (of, (key, value)) in all.take(*left) {
            let of = first.entry(of).or_default();
            of.insert(key.clone(), value.clone());
        }
        engine.apply(engine.position()?, &first).unwrap();
        panic!("killed");
    }
    fn batches(&self) -> u64 {
        self.batches
    }
    fn get(&self, of: Collection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.kept()?.get(of, key)
    }
    fn range(
        &self,
        of: Collection,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, StoreError> {
        self.kept()?.range(of, from, to, limit)
    }
    fn fill(&self, rows: &mut dyn Iterator<Item = Row>) -> Result<(), StoreError> {
        self.kept()?.fill(rows)
    }
    fn settle(&self) -> Result<(), StoreError> {
        self.kept()?.settle()
    }
}

/// Puts rows, deletes those without a value.
fn put(
    views: &EmbeddedViews,
    next: u64,
    of: Collection,
    rows: &[(&str, &str)],
) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    for (key, value) in rows {
        if value.is_empty() {
            batch.delete(of, *key);
        } else {
            batch.put(of, *key, *value);
        }
    }
    views.apply(Position(next), batch)
}

fn text(views: &EmbeddedViews, of: Collection, key: &str) -> String {
    let value = views.get(of, key.as_bytes()).unwrap();
    String::from_utf8(value.unwrap_or_default()).unwrap()
}

/// Two records that change rows of the past, as the ledger applies them: what the rows were, the rows, what they were is forgotten.
fn two_records_of_the_past(views: &EmbeddedViews) -> Result<(), StoreError> {
    put(views, 3, UNDO, &[("0", "a and b were 1")])?;
    put(views, 4, PAST, &[("a", "2"), ("b", "2")])?;
    put(views, 4, UNDO, &[("0", "")])?;
    put(views, 4, UNDO, &[("0", "b was 2")])?;
    put(views, 5, PAST, &[("b", "3")])?;
    put(views, 5, UNDO, &[("0", "")])
}

#[test]
fn killed_anywhere_while_what_waited_for_room_is_written_each_changed_row_is_of_the_position_or_what_it_was_is_known()
 {
    for engine in ViewsEngine::ALL {
        for rows in 0..8 {
            let world = World::new(engine);
            let views = world.views();
            put(&views, 3, PAST, &[("a", "1"), ("b", "1")]).unwrap();
            world.has_free(0);
            two_records_of_the_past(&views).unwrap();
            Ends::after(&views, rows);
            world.has_free(100 * RESERVE);
            let written = AssertUnwindSafe(|| put(&views, 5, MAILBOXES, &[("last", "1")]));
            assert!(catch_unwind(written).is_err(), "{rows} rows");
            drop(views);

            let views = world.views();
            let there = ["a", "b"].map(|key| text(&views, PAST, key)).concat();
            let undo = text(&views, UNDO, "0");
            let position = views.position().unwrap().0;
            let whole = match position {
                3 => there == "11" || undo == "a and b were 1",
                4 => there == "22" || undo == "b was 2",
                5 => there == "23",
                _ => false,
            };
            assert!(whole, "{engine:?}, {rows} rows: {position} {there} {undo}");
        }
    }
}

/// Views into which a long submission comes piece by piece, and the rows of others between: the position stays. Then the engine stops writing.
fn with_an_engine_that_stopped(world: &World, lost: bool) -> EmbeddedViews {
    let views = world.views();
    put(&views, 3, PAST, &[("a", "1")]).unwrap();
    let kept = views.folder.join("kept");
    drop(views.engine_mut().take());
    copy(&views.database(), &kept);
    *views.engine_mut() = Some(views.open_engine().unwrap());
    put(&views, 3, PAST, &[("b", "1")]).unwrap();
    put(&views, 3, MAILBOXES, &[("of another", "1")]).unwrap();

    Ends::after(&views, 0);
    let batches = views.engine_mut().as_ref().unwrap().batches();
    drop(views.engine_mut().take());
    if lost {
        fs::remove_dir_all(views.database()).unwrap();
        fs::rename(&kept, views.database()).unwrap();
    }
    *views.engine_mut() = Some(Box::new(Ends {
        engine: None,
        rows_left: Mutex::default(),
        batches,
    }));
    views
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn what_an_engine_that_stopped_lost_of_batches_at_one_position_is_noticed_and_a_start_begins_where_it_stands()
 {
    for engine in ViewsEngine::ALL {
        let world = World::new(engine);
        let views = with_an_engine_that_stopped(&world, true);
        for _ in 0..2 {
            let refused = put(&views, 5, PAST, &[("c", "1")]).unwrap_err().to_string();
            assert!(refused.contains("views"), "{refused}");
        }
        drop(views);
        let views = world.views();
        assert_eq!(views.position().unwrap(), Position(3));
        assert_eq!(text(&views, PAST, "a"), "1");
        assert_eq!(text(&views, PAST, "c"), "");
    }
}

#[test]
fn an_engine_that_stopped_and_lost_nothing_is_opened_anew_and_has_it_all() {
    for engine in ViewsEngine::ALL {
        let world = World::new(engine);
        let views = with_an_engine_that_stopped(&world, false);
        put(&views, 5, PAST, &[("c", "1")]).unwrap();
        put(&views, 6, PAST, &[("d", "1")]).unwrap();
        views.close().unwrap();
        let views = world.views();
        assert_eq!(views.position().unwrap(), Position(6));
        let past = ["a", "b", "c", "d"].map(|key| text(&views, PAST, key));
        assert_eq!(past.concat(), "1111");
        assert_eq!(text(&views, MAILBOXES, "of another"), "1");
    }
}

#[test]
fn what_an_engine_that_stopped_lost_of_a_fill_is_noticed() {
    for engine in ViewsEngine::ALL {
        let world = World::new(engine);
        let views = world.views();
        let mut rows = [Ok((PAST, b"a".to_vec(), b"1".to_vec()))].into_iter();
        views.fill(&mut rows).unwrap();
        let batches = views.engine_mut().as_ref().unwrap().batches();
        drop(views.engine_mut().take());
        fs::remove_dir_all(views.database()).unwrap();
        *views.engine_mut() = Some(Box::new(Ends {
            engine: None,
            rows_left: Mutex::default(),
            batches,
        }));
        assert!(put(&views, 5, PAST, &[("b", "1")]).is_err());
    }
}
