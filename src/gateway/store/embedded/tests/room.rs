//! Views on a disk without room: changes wait in memory, are read as if they were written, and reach the engine when there is room again.

use std::any::Any;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::embedded::ViewsEngine;
use crate::store::embedded::files::{Disk, File, Files, OpenAs};
use crate::store::embedded::views::{EmbeddedViews, ViewsOptions};
use crate::store::{Batch, Collection, Position, Rows, StoreError, Views};

const ROWS: Collection = Collection::of("rows");
/// What the views hold back in these tests; they write from twice as much on.
pub(in super::super) const RESERVE: u64 = 1 << 20;

/// The disk of this machine, which says that it has so many bytes free, and fails to make a file when it says none.
#[derive(Debug)]
struct Free(AtomicU64);

impl Files for Free {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        Disk.create_dir(path)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        Disk.list(folder)
    }
    fn open(&self, path: &Path, how: OpenAs) -> io::Result<Arc<dyn File>> {
        if how == OpenAs::New && self.0.load(Ordering::SeqCst) == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Disk.open(path, how)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }
    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        Disk.sync_dir(folder)
    }
    fn free_bytes(&self, _folder: &Path) -> io::Result<u64> {
        Ok(self.0.load(Ordering::SeqCst))
    }
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        Disk.lock(path)
    }
}

pub(in super::super) struct World {
    folder: tempfile::TempDir,
    disk: Arc<Free>,
    options: ViewsOptions,
}

impl World {
    pub(in super::super) fn new(engine: ViewsEngine) -> World {
        World {
            folder: tempfile::tempdir().unwrap(),
            disk: Arc::new(Free(AtomicU64::new(100 * RESERVE))),
            options: ViewsOptions {
                engine,
                change_over: false,
                cache_bytes: 1 << 20,
                reserve_bytes: RESERVE,
                ahead_bytes_max: 100_000,
                sorted_bytes: 20_000,
            },
        }
    }

    pub(in super::super) fn views(&self) -> EmbeddedViews {
        let disk = Arc::clone(&self.disk) as Arc<dyn Files>;
        let folder = self.folder.path().join("views");
        let (views, _reset) =
            EmbeddedViews::open(&folder, self.options, disk, Position(1_000)).unwrap();
        views
    }

    pub(in super::super) fn has_free(&self, bytes: u64) {
        self.disk.0.store(bytes, Ordering::SeqCst);
    }

    fn holds_its_reserve(&self) -> bool {
        let file = self.folder.path().join("views/reserve");
        file.metadata().is_ok_and(|known| known.len() == RESERVE)
    }
}

fn put(views: &dyn Views, next: u64, rows: &[(&str, &str)]) {
    try_put(views, next, rows).unwrap();
}

fn try_put(views: &dyn Views, next: u64, rows: &[(&str, &str)]) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    for (key, value) in rows {
        if value.is_empty() {
            batch.delete(ROWS, *key);
        } else {
            batch.put(ROWS, *key, *value);
        }
    }
    views.apply(Position(next), batch)
}

fn keys(rows: Rows) -> String {
    let keys: Vec<String> = rows
        .into_iter()
        .map(|(key, value)| {
            assert!(!value.is_empty());
            String::from_utf8(key).unwrap()
        })
        .collect();
    keys.join(" ")
}

#[test]
fn without_room_changes_are_read_as_if_they_were_written_and_are_written_when_there_is_room() {
    for engine in ViewsEngine::ALL {
        let world = World::new(engine);
        let views = world.views();
        assert!(world.holds_its_reserve());
        put(&views, 3, &[("b", "1"), ("d", "1"), ("f", "1"), ("h", "1")]);
        world.has_free(2 * RESERVE - 1);
        put(&views, 4, &[("a", "2"), ("d", ""), ("f", "2")]);
        put(&views, 5, &[("a", ""), ("c", "3"), ("z", "")]);

        let looks = |views: &EmbeddedViews| {
            assert_eq!(views.position().unwrap(), Position(5));
            assert_eq!(views.get(ROWS, b"a").unwrap(), None);
            assert_eq!(views.get(ROWS, b"b").unwrap(), Some(b"1".to_vec()));
            assert_eq!(views.get(ROWS, b"c").unwrap(), Some(b"3".to_vec()));
            assert_eq!(views.get(ROWS, b"d").unwrap(), None);
            assert_eq!(views.get(ROWS, b"f").unwrap(), Some(b"2".to_vec()));
            let range =
                |from: &[u8], to: &[u8], limit| keys(views.range(ROWS, from, to, limit).unwrap());
            assert_eq!(range(b"", b"zz", 9), "b c f h");
            assert_eq!(range(b"", b"zz", 3), "b c f");
            assert_eq!(range(b"d", b"h", 3), "f");
            assert_eq!(range(b"d", b"e", 3), "");
            assert_eq!(range(b"b", b"zz", 0), "");
        };
        looks(&views);
        // The process ends; without room the engine has what it had, and the journal is applied from there.
        views.close().unwrap();
        let views = world.views();
        assert!(!world.holds_its_reserve(), "it was given back for opening");
        assert_eq!(views.position().unwrap(), Position(3));
        assert_eq!(keys(views.range(ROWS, b"", b"z", 9).unwrap()), "b d f h");
        put(&views, 4, &[("a", "2"), ("d", ""), ("f", "2")]);
        put(&views, 5, &[("a", ""), ("c", "3"), ("z", "")]);
        looks(&views);
        world.has_free(100 * RESERVE);
        put(&views, 5, &[]);
        looks(&views);
        assert!(world.holds_its_reserve());
        views.close().unwrap();
        looks(&world.views());
    }
}

#[test]
fn one_byte_more_than_may_wait_in_memory_is_an_error_that_says_why_and_changes_nothing() {
    for engine in ViewsEngine::ALL {
        let world = World::new(engine);
        let views = world.views();
        world.has_free(0);
        let large = "x".repeat(50_000 - 144 - 2);
        put(&views, 1, &[("a", &large)]);
        let one_more = format!("{large}x");
        let refused = try_put(&views, 2, &[("b", &one_more)]).unwrap_err();
        assert!(refused.to_string().contains("no room"), "{refused}");
        assert_eq!(views.position().unwrap(), Position(1));
        assert_eq!(views.get(ROWS, b"b").unwrap(), None);
        put(&views, 2, &[("b", &large)]);
        assert_eq!(views.position().unwrap(), Position(2));
    }
}

#[test]
fn views_that_do_not_open_without_room_are_not_thrown_away_for_it() {
    for engine in ViewsEngine::ALL {
        let world = World::new(engine);
        let views = world.views();
        put(&views, 1, &[("a", "1")]);
        drop(views);
        // Stands for an engine that cannot write what it wants to write at its open.
        let database = world.folder.path().join("views").join(engine.folder());
        let aside = world.folder.path().join("aside");
        std::fs::rename(&database, &aside).unwrap();
        std::fs::write(&database, b"in the way").unwrap();
        world.has_free(0);
        let disk = Arc::clone(&world.disk) as Arc<dyn Files>;
        let folder = world.folder.path().join("views");
        let refused =
            EmbeddedViews::open(&folder, world.options, disk, Position(1_000)).unwrap_err();
        assert!(refused.to_string().contains("no room"), "{refused}");
        std::fs::remove_file(&database).unwrap();
        std::fs::rename(&aside, &database).unwrap();
        assert_eq!(world.views().get(ROWS, b"a").unwrap(), Some(b"1".to_vec()));
    }
}

/// Sorts these rows beside the views and fills them; `look` is called before each row.
fn fill(views: &dyn Views, rows: u32, mut look: impl FnMut(u32)) -> Result<(), StoreError> {
    let mut sorter = views.sorter()?;
    for row in (0..rows).rev() {
        sorter.push(&row.to_be_bytes(), Some(b"a row"))?;
    }
    let mut number = 0;
    views.fill(&mut sorter.sorted()?.map(|row| {
        look(number);
        number += 1;
        let (key, value) = row?;
        Ok((ROWS, key, value.unwrap_or_default()))
    }))?;
    views.apply(Position(1_000), Batch::new())
}

fn count(views: &dyn Views) -> usize {
    views
        .range(ROWS, b"", &[0xff; 5], usize::MAX)
        .unwrap()
        .len()
}

#[test]
fn views_that_are_filled_while_the_disk_runs_full_have_every_row_in_the_end() {
    for engine in ViewsEngine::ALL {
        let world = World::new(engine);
        let views = world.views();
        // The room ends when all but the last 500 rows are in the engine: those wait in memory.
        fill(&views, 8_500, |row| {
            if row == 7_999 {
                world.has_free(0);
            }
        })
        .unwrap();
        assert_eq!(count(&views), 8_500);
        world.has_free(100 * RESERVE);
        put(&views, 1_000, &[]);
        views.close().unwrap();
        assert_eq!(count(&world.views()), 8_500);
    }
}

#[test]
fn a_fill_for_which_there_is_no_room_at_all_says_so_and_nobody_takes_the_views_for_whole() {
    for engine in ViewsEngine::ALL {
        let world = World::new(engine);
        let views = world.views();
        world.has_free(0);
        let refused = fill(&views, 10_000, |_| ()).unwrap_err();
        assert!(refused.to_string().contains("no room"), "{refused}");
        assert_eq!(views.position().unwrap(), Position(0));
        world.has_free(100 * RESERVE);
        views.clear().unwrap();
        fill(&views, 10_000, |_| ()).unwrap();
        assert_eq!(count(&views), 10_000);
    }
}
