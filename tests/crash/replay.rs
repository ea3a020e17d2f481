//! Whether the rows of the ledger, as they came to be, are those that the journal alone makes.

use std::sync::Arc;

use jiff::SignedDuration;
use knooppunt::clock::SystemClock;
use knooppunt::ledger::{Foundation, Ledger, Pseudonyms};
use knooppunt::retention::{Retention, RetentionSettings};
use knooppunt::store::{Embedded, Memory};

use crate::site::{self, Site};

/// Opens the stopped store, and compares every row with a replay; then erases every content, with `and_effects` every effect too, and compares again.
pub(crate) async fn rows_are_those_of_the_journal(site: &Site, and_effects: bool) {
    let config = site.config();
    let now = site::now();
    let store = Embedded::open(
        &config.store.folder,
        &config.store.keys,
        config.store.options(),
        now,
    )
    .expect("the store opens");
    let pseudonyms = store.journal.guarded_key("pseudonym").expect("the key");
    let foundation = Foundation {
        journal: Arc::clone(&store.journal) as _,
        views: Arc::clone(&store.views) as _,
        pseudonyms: Arc::new(Pseudonyms::new(pseudonyms.bytes())),
        clock: Arc::new(SystemClock),
    };
    let ledger = Ledger::open(
        foundation,
        Arc::new(|error| panic!("the store works: {error}")),
        &mut |_| (),
    )
    .expect("the ledger opens");
    let is_sound = || {
        let scratch = Memory::new();
        ledger.views_are_sound(&*scratch.views).expect("replayed")
    };
    assert!(is_sound(), "every row is the one that the journal makes");
    let retention = Retention::new(Arc::clone(&ledger), RetentionSettings::default());
    let later = now + SignedDuration::from_hours(24 * 61);
    let swept = retention.sweep(later).await.expect("erased");
    assert!(swept.erased > 0, "there was content to erase");
    let left = retention.due(later, 1).await.expect("looked for");
    assert!(left.is_empty(), "every content is erased");
    assert!(
        is_sound(),
        "every row is the one that the journal makes without any content"
    );
    if and_effects {
        let years_later = later + SignedDuration::from_hours(24 * 366 * 8);
        let forgotten = retention.forget(years_later).await.expect("forgotten");
        assert!(forgotten > 0, "there were effects to erase");
        assert!(
            is_sound(),
            "every row is the one that the journal makes without any effect"
        );
    }
    ledger.stop();
    drop((ledger, retention));
    store.close().expect("a clean close");
}
