//! Views that are damaged or not to be trusted come back whole.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::erasure::everything;
use super::{folders, fresh, kept_by, small};
use crate::store::contract::{at, entry};
use crate::store::embedded::{Embedded, Options, ViewsEngine, ViewsReset};
use crate::store::{Batch, Collection, Journal, Position, StoreError, Views};

const ROWS: Collection = Collection::of("rows");

/// A store whose views hold row `n` for every record `n`, closed or only let go: the views are then written but not marked as clean.
fn with_views(engine: ViewsEngine, count: u64, close: bool) -> tempfile::TempDir {
    let (folder, store) = fresh(kept_by(engine));
    assert_eq!(store.views_reset, Some(ViewsReset::New));
    for position in 0..count {
        store
            .journal
            .append(vec![entry(1, &format!("event {position}"))])
            .unwrap();
    }
    fill(&store);
    if close {
        store.close().unwrap();
    } else {
        drop(store);
    }
    folder
}

/// What the ledger does: applies what the views lack.
fn fill(store: &Embedded) {
    let from = store.views_position().unwrap();
    for record in store.journal.read_from(from, usize::MAX).unwrap() {
        let mut batch = Batch::new();
        batch.put(ROWS, record.position.0.to_be_bytes(), record.event);
        store.views.apply(record.position.next(), batch).unwrap();
    }
}

fn all_rows_are_there(store: &Embedded, count: u64) {
    fill(store);
    let rows = store
        .views
        .range(ROWS, &[], &[0xff; 9], usize::MAX)
        .unwrap();
    assert_eq!(rows.len() as u64, count);
    for (position, (_, event)) in rows.into_iter().enumerate() {
        assert_eq!(event, format!("event {position}").into_bytes());
    }
}

#[test]
fn views_that_were_closed_are_trusted_and_have_it_all() {
    for engine in ViewsEngine::ALL {
        let folder = with_views(engine, 30, true);
        let (data, keys) = folders(&folder);
        let store = Embedded::open(&data, &keys, kept_by(engine), at(2)).unwrap();
        assert_eq!(store.views_reset, None);
        assert_eq!(store.views_position().unwrap(), Position(30));
        all_rows_are_there(&store, 30);
    }
}

/// Where the process that is killed keeps its store, and by which engine its views.
const KILLED_IN: &str = "KNOOPPUNT_TEST_KILLED_IN";
const KILLED_WITH: &str = "KNOOPPUNT_TEST_KILLED_WITH";

#[test]
#[ignore = "it is the process that the next test kills, and ends no other way"]
fn fills_views_until_it_is_killed() {
    let Some(folder) = std::env::var_os(KILLED_IN) else {
        return;
    };
    let folder = Path::new(&folder);
    let with = std::env::var(KILLED_WITH).unwrap();
    let engine = ViewsEngine::ALL
        .into_iter()
        .find(|engine| engine.name() == with);
    let (data, keys) = (folder.join("data"), folder.join("keys"));
    let options = kept_by(engine.unwrap());
    let store = Embedded::create(&data, &keys, &[], options, at(0)).unwrap();
    for first in (0..).step_by(10) {
        let group = (first..first + 10).map(|n| entry(1, &format!("event {n}")));
        store.journal.append(group.collect()).unwrap();
        fill(&store);
        writeln!(std::io::stdout(), "applied {}", first + 10).unwrap();
    }
}

#[test]
fn views_of_a_process_that_was_killed_are_trusted_and_never_ahead_of_their_rows() {
    let runs = ViewsEngine::ALL
        .into_iter()
        .flat_map(|engine| [10, 200, 1_000].map(|applied| (engine, applied)));
    for (engine, applied) in runs {
        let folder = tempfile::tempdir().unwrap();
        let (data, keys) = folders(&folder);
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--nocapture", "--exact"])
            .arg("store::embedded::tests::views::fills_views_until_it_is_killed")
            .env(KILLED_IN, folder.path())
            .env(KILLED_WITH, engine.name())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        let reached = said
            .lines()
            .map(Result::unwrap)
            .any(|line| line == format!("applied {applied}"));
        process.kill().unwrap();
        assert!(!process.wait().unwrap().success() && reached);

        let store = Embedded::open(&data, &keys, kept_by(engine), at(2)).unwrap();
        assert_eq!(store.views_reset, None);
        let (position, next) = (store.views_position().unwrap(), store.journal.next());
        assert!(position <= next && next >= Position(applied));
        for row in 0..position.0 {
            assert_eq!(
                store.views.get(ROWS, &row.to_be_bytes()).unwrap(),
                Some(format!("event {row}").into_bytes()),
                "row {row} of views that say {position}"
            );
        }
        all_rows_are_there(&store, next.0);
    }
}

#[test]
fn views_are_thrown_away_after_a_power_loss_although_they_open() {
    for engine in ViewsEngine::ALL {
        let folder = with_views(engine, 30, false);
        let (data, keys) = folders(&folder);
        fs::write(data.join("views-1/mark"), "another boot").unwrap();
        let store = Embedded::open(&data, &keys, kept_by(engine), at(2)).unwrap();
        assert_eq!(store.views_reset, Some(ViewsReset::PowerLoss));
        assert_eq!(store.views_position().unwrap(), Position(0));
        all_rows_are_there(&store, 30);
    }
}

/// What is done to a folder of views.
#[derive(Debug)]
enum Harm {
    Deleted,
    FileDeleted,
    FileHalved,
    FileEmptied,
    /// One bit, at this many quarters of what is used of the file.
    BitFlipped(usize),
}

fn harm(views: &Path, harm: &Harm) {
    // The file with the most in it: an engine may take room before it has something to write.
    let used = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0);
    let (file, mut bytes) = everything(views)
        .into_iter()
        .max_by_key(|(_, bytes)| used(bytes))
        .unwrap();
    let end = used(&bytes);
    match harm {
        Harm::Deleted => fs::remove_dir_all(views).unwrap(),
        Harm::FileDeleted => fs::remove_file(&file).unwrap(),
        Harm::FileHalved => fs::write(&file, &bytes[..end / 2]).unwrap(),
        Harm::FileEmptied => fs::write(&file, b"").unwrap(),
        Harm::BitFlipped(quarter) => {
            bytes[end * quarter / 4] ^= 0x10;
            fs::write(&file, bytes).unwrap();
        }
    }
}

#[test]
fn a_view_folder_that_is_deleted_cut_or_has_bits_flipped_comes_back_whole() {
    for engine in ViewsEngine::ALL {
        for done in [
            Harm::Deleted,
            Harm::FileDeleted,
            Harm::FileHalved,
            Harm::FileEmptied,
            Harm::BitFlipped(0),
            Harm::BitFlipped(1),
            Harm::BitFlipped(2),
            Harm::BitFlipped(3),
        ] {
            let folder = with_views(engine, 30, true);
            let (data, keys) = folders(&folder);
            harm(&data.join("views-1"), &done);
            let store = Embedded::open(&data, &keys, kept_by(engine), at(2)).unwrap();
            assert!(store.views_reset.is_some(), "{engine:?}, {done:?}");
            all_rows_are_there(&store, 30);
        }
    }
}

#[test]
fn views_of_another_engine_are_refused_with_what_to_do_and_are_as_they_were() {
    for (kept, wanted) in [
        (ViewsEngine::Sled, ViewsEngine::Fjall),
        (ViewsEngine::Fjall, ViewsEngine::Sled),
    ] {
        let folder = with_views(kept, 30, true);
        let (data, keys) = folders(&folder);
        let refused = Embedded::open(&data, &keys, kept_by(wanted), at(2)).unwrap_err();
        let said = refused.to_string();
        assert!(matches!(refused, StoreError::OtherEngine { .. }), "{said}");
        for part in [kept.name(), wanted.name(), "knooppunt store rebuild"] {
            assert!(said.contains(part), "{said}");
        }
        let store = Embedded::open(&data, &keys, kept_by(kept), at(2)).unwrap();
        assert_eq!(store.views_reset, None);
        assert_eq!(store.views_position().unwrap(), Position(30));
        store.close().unwrap();

        let change_over = Options {
            views_change_over: true,
            ..kept_by(wanted)
        };
        let store = Embedded::open(&data, &keys, change_over, at(2)).unwrap();
        assert_eq!(store.views_reset, Some(ViewsReset::OtherEngine));
        assert_eq!(store.views_position().unwrap(), Position(0));
        all_rows_are_there(&store, 30);
        store.close().unwrap();
        let store = Embedded::open(&data, &keys, kept_by(wanted), at(2)).unwrap();
        assert_eq!(store.views_reset, None);
        assert!(!data.join("views-1").join(kept.folder()).exists());
    }
}

#[test]
fn views_that_know_more_than_the_journal_are_thrown_away() {
    for engine in ViewsEngine::ALL {
        let (folder, store) = fresh(kept_by(engine));
        let (data, keys) = folders(&folder);
        store.views.apply(Position(5), Batch::new()).unwrap();
        store.close().unwrap();
        let store = Embedded::open(&data, &keys, kept_by(engine), at(2)).unwrap();
        assert_eq!(store.views_reset, Some(ViewsReset::PastJournal));
        assert_eq!(store.views_position().unwrap(), Position(0));
    }
}

#[test]
fn another_format_of_views_is_another_folder() {
    let folder = with_views(ViewsEngine::default(), 5, true);
    let (data, keys) = folders(&folder);
    let store = Embedded::open(
        &data,
        &keys,
        Options {
            views_format: 2,
            ..small()
        },
        at(2),
    )
    .unwrap();
    assert_eq!(store.views_reset, Some(ViewsReset::New));
    all_rows_are_there(&store, 5);
    store.close().unwrap();
    let store = Embedded::open(&data, &keys, small(), at(2)).unwrap();
    assert_eq!(store.views_reset, None);
}

#[test]
fn views_that_are_filled_with_many_rows_are_all_there_while_filling_and_after() {
    ViewsEngine::ALL.into_iter().for_each(fill_with_many);
}

fn fill_with_many(engine: ViewsEngine) {
    let (folder, store) = fresh(kept_by(engine));
    let (data, keys) = folders(&folder);
    store
        .journal
        .append((0..120).map(|_| entry(1, "event")).collect())
        .unwrap();
    let rows = |store: &Embedded| {
        let count = |from: u64, to: u64| {
            store
                .views
                .range(ROWS, &from.to_be_bytes(), &to.to_be_bytes(), usize::MAX)
                .unwrap()
                .len() as u64
        };
        count(0, 300_000) + count(300_000, 600_000)
    };
    // More than half a million: the engine is opened anew on the way.
    for step in 0..120_u64 {
        let mut batch = Batch::new();
        for row in step * 5_000..(step + 1) * 5_000 {
            batch.put(ROWS, row.to_be_bytes(), b"row");
        }
        store.views.apply(Position(step + 1), batch).unwrap();
        store.views.tidy().unwrap();
        assert_eq!(store.views_position().unwrap(), Position(step + 1));
    }
    assert_eq!(rows(&store), 600_000);
    store.close().unwrap();
    let store = Embedded::open(&data, &keys, kept_by(engine), at(2)).unwrap();
    assert_eq!(
        (store.views_reset, store.views_position().unwrap()),
        (None, Position(120))
    );
    assert_eq!(rows(&store), 600_000);
}
