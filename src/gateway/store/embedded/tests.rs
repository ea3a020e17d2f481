//! The store on a real disk: the contracts, and what each open refuses.

use std::sync::Arc;

use crate::store::contract::{self, at};
use crate::store::{Journal, Views};

use super::{Embedded, Options};

/// Small segments, so that every test crosses their borders.
pub(super) fn small() -> Options {
    Options {
        journal_segment_bytes: 16 << 10,
        part_segment_bytes: 16 << 10,
        key_slots: 16,
        reserve_bytes: 0,
        views_cache_bytes: 1 << 20,
        ..Options::default()
    }
}

fn fresh(options: Options) -> (tempfile::TempDir, Embedded) {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::create(
        &folder.path().join("data"),
        &folder.path().join("keys"),
        &["pseudonym"],
        options,
        at(0),
    )
    .unwrap();
    (folder, store)
}

#[test]
fn the_journal_on_a_disk_keeps_the_contract() {
    for options in [
        small(),
        Options {
            reserve_bytes: 1 << 20,
            ..Options::default()
        },
    ] {
        let folders = std::sync::Mutex::new(Vec::new());
        contract::journal(&|| {
            let (folder, store) = fresh(options.clone());
            let journal: Arc<dyn Journal> = store.journal;
            folders.lock().unwrap().push(folder);
            journal
        });
    }
}

#[test]
fn views_in_sled_keep_the_contract() {
    let folders = std::sync::Mutex::new(Vec::new());
    contract::views(&|| {
        let (folder, store) = fresh(small());
        let views: Arc<dyn Views> = store.views;
        folders.lock().unwrap().push(folder);
        views
    });
}
