//! Views that cannot be written, as on a full disk: nothing is lost, and the operator is told what to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use knooppunt::clock::ManualClock;
use knooppunt::ledger::{Foundation, Ledger, Pseudonyms};
use knooppunt::store::{Batch, Collection, Position, Rows, StoreError, Views};

use crate::world::{GEMEENTE_A, Store, World, ZORG_A, message, time};

/// Views that fail from a moment on, until they are cleared.
#[derive(Debug)]
struct Failing {
    views: Arc<dyn Views>,
    fail: AtomicBool,
    also_after_clear: bool,
    cleared: AtomicUsize,
}

impl Failing {
    fn of(views: Arc<dyn Views>, also_after_clear: bool) -> Arc<Self> {
        Arc::new(Self {
            views,
            fail: AtomicBool::new(false),
            also_after_clear,
            cleared: AtomicUsize::new(0),
        })
    }
}

impl Views for Failing {
    fn position(&self) -> Result<Position, StoreError> {
        self.views.position()
    }

    fn apply(&self, next: Position, batch: Batch) -> Result<(), StoreError> {
        if self.fail.load(Ordering::SeqCst) {
            let what = "no space left on device".to_owned();
            return Err(StoreError::Views { what });
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
        self.cleared.fetch_add(1, Ordering::SeqCst);
        self.fail.fetch_and(self.also_after_clear, Ordering::SeqCst);
        self.views.clear()
    }
}

/// One waiting message, and its acknowledgement in the journal while the views cannot be written.
async fn acknowledged_without_views(also_after_clear: bool) -> (Store, Arc<Failing>) {
    let Store { journal, views, .. } = Store::memory();
    let failing = Failing::of(views, also_after_clear);
    let store = Store::of(journal, Arc::clone(&failing) as Arc<dyn Views>);
    let world = World::on(store.clone());
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    let id = world.taken("zorg-a", &body).await.id;
    failing.fail.store(true, Ordering::SeqCst);
    let caller = world.caller("gemeente-a");
    let answered = world.mailbox.acknowledge(&caller, id).await;
    assert!(
        answered.is_err(),
        "nobody is answered from views that lack it"
    );
    world.ledger.stop();
    assert_eq!(world.fatal.load(Ordering::SeqCst), 1, "the process ends");
    assert_eq!(world.events().len(), 2, "the journal has it");
    (store, failing)
}

#[tokio::test]
async fn views_that_fail_while_catching_up_are_made_anew_once() {
    let (store, failing) = acknowledged_without_views(false).await;
    let before = failing.cleared.load(Ordering::SeqCst);
    let world = World::on(store);
    assert_eq!(failing.cleared.load(Ordering::SeqCst), before + 1);
    assert_eq!(world.waiting("gemeente-a").await, [], "it was acknowledged");
}

#[tokio::test]
async fn when_views_cannot_be_written_at_all_the_start_says_that_nothing_is_lost_and_what_to_do() {
    let (store, failing) = acknowledged_without_views(true).await;
    let foundation = || Foundation {
        journal: Arc::clone(&store.journal),
        views: Arc::clone(&store.views),
        pseudonyms: Arc::new(Pseudonyms::new(&[7; 32])),
        clock: Arc::new(ManualClock::at(time("2026-03-02T09:00:00Z"))),
    };
    let error = Ledger::open(foundation(), Arc::new(|_| ()), &mut |_| ()).unwrap_err();
    assert_eq!(error.code(), "views-not-written");
    let text = error.to_string();
    assert!(
        text.contains("nothing is lost") && text.contains("free space"),
        "{text}"
    );
    failing.fail.store(false, Ordering::SeqCst);
    Ledger::open(foundation(), Arc::new(|_| ()), &mut |_| ()).expect("with room again");
}
