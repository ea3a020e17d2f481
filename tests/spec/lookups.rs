//! How much is read of the views for what is asked often, or of what has thousands of lines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use knooppunt::api::postvak::PageBody;
use knooppunt::api::termijnen::{TermBody, TermsBody};
use knooppunt::clock::Clock as _;
use knooppunt::retention::RetentionSettings;
use knooppunt::store::{Batch, Collection, Position, Rows, StoreError, Views};
use knooppunt::terms::OPEN_MAX;

use crate::door::{Door, taken};
use crate::held::declaration_of_both;
use crate::world::{GEMEENTE_A, Store, World, ZORG_A, answer, message};

/// Views that note which rows are looked up one by one, and that fail when told.
#[derive(Debug)]
pub(crate) struct Looked {
    under: Arc<dyn Views>,
    fails: AtomicBool,
    up: Mutex<Vec<(&'static str, Vec<u8>)>>,
    /// How many rows were read in order, by collection.
    rows: Mutex<BTreeMap<&'static str, usize>>,
}

impl Looked {
    pub(crate) fn at(under: Arc<dyn Views>) -> Self {
        Self {
            under,
            fails: AtomicBool::new(false),
            up: Mutex::default(),
            rows: Mutex::default(),
        }
    }

    /// Whether every read fails from now on.
    pub(crate) fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    /// What was looked up since this was asked last.
    fn taken(&self) -> Vec<(&'static str, Vec<u8>)> {
        std::mem::take(&mut *self.up.lock().expect("no panic"))
    }

    /// How many rows of a collection were read in order since this was asked last.
    fn rows(&self, of: &str) -> usize {
        let mut rows = self.rows.lock().expect("no panic");
        rows.remove(of).unwrap_or_default()
    }

    fn fine(&self) -> Result<(), StoreError> {
        if self.fails.load(Ordering::SeqCst) {
            Err(StoreError::Ended)
        } else {
            Ok(())
        }
    }
}

impl Views for Looked {
    fn position(&self) -> Result<Position, StoreError> {
        self.under.position()
    }
    fn apply(&self, next: Position, batch: Batch) -> Result<(), StoreError> {
        self.under.apply(next, batch)
    }
    fn get(&self, collection: Collection, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.fine()?;
        let mut up = self.up.lock().expect("no panic");
        up.push((collection.name(), key.to_vec()));
        self.under.get(collection, key)
    }
    fn range(
        &self,
        collection: Collection,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Rows, StoreError> {
        self.fine()?;
        let found = self.under.range(collection, from, to, limit)?;
        let mut rows = self.rows.lock().expect("no panic");
        *rows.entry(collection.name()).or_default() += found.len();
        drop(rows);
        Ok(found)
    }
    fn clear(&self) -> Result<(), StoreError> {
        self.under.clear()
    }
}

fn looked_at() -> (Door, Arc<Looked>) {
    let Store { journal, views, .. } = Store::memory();
    let looked = Arc::new(Looked::at(views));
    let store = Store::of(journal, Arc::clone(&looked) as Arc<_>);
    (Door::above(World::on(store)), looked)
}

#[tokio::test]
async fn the_first_page_of_a_mailbox_counts_what_is_owed_without_reading_a_message() {
    let (door, looked) = looked_at();
    for (day, kinds) in [
        ["JW301", "JW315"],
        ["JW305", "JW323"],
        ["JW307", "JW301"],
        ["JW301", "JW323"],
    ]
    .into_iter()
    .enumerate()
    {
        for (number, kind) in kinds.into_iter().enumerate() {
            let maker = if kind == "JW301" {
                "gemeente-a"
            } else {
                "zorg-a"
            };
            let id = format!("L{day}{number}");
            taken(&door, maker, message(kind, GEMEENTE_A, ZORG_A, &id)).await;
        }
        door.world.clock.advance(SignedDuration::from_hours(24 * 3));
    }
    let mut owed = 0;
    for party in ["gemeente-a", "zorg-a", "softwarehuis", "gemeente-b"] {
        let all: TermsBody = door.get(party, "/v1/termijnen").await.json();
        looked.taken();
        // Nothing of this kind is in a mailbox, so no message is told.
        let page: PageBody = door.get(party, "/v1/postvak?soort=318").await.json();
        assert_eq!(page.termijnen, Some(all.counts), "{party}");
        owed += all.counts.over + all.counts.soon + all.counts.last_day;
        let up = looked.taken();
        if party == "softwarehuis" {
            assert!(all.counts.over > 0, "by its mandate");
        } else {
            assert!(up.is_empty(), "{party}: {up:?}");
        }
    }
    assert!(owed > 5, "{owed}");
    for (code, over) in [(ZORG_A, true), ("98980003", false)] {
        let page = door
            .get("zorg-a", &format!("/v1/postvak?code={code}"))
            .await;
        let counts = page
            .json::<PageBody>()
            .termijnen
            .expect("on the first page");
        assert_eq!(counts.over > 0, over, "{code} alone");
    }
}

#[tokio::test]
async fn what_is_owed_costs_what_is_told_of_it_however_much_is_and_what_was_answered_costs_nothing()
{
    let (door, looked) = looked_at();
    let world = &door.world;
    for number in 0..OPEN_MAX + 20 {
        let start = message("JW305", GEMEENTE_A, ZORG_A, &format!("S{number}"));
        world.taken("zorg-a", &start).await;
        if number == 9 {
            world.clock.advance(SignedDuration::from_hours(24 * 7));
        }
    }
    let declared = message("JW323", GEMEENTE_A, ZORG_A, "D1");
    world.taken("zorg-a", &declared).await;
    for number in 0..5 {
        let retour = answer(
            "JW306",
            GEMEENTE_A,
            ZORG_A,
            &format!("S{number}"),
            &format!("R{number}"),
        );
        world.taken("gemeente-a", &retour).await;
    }
    for (party, rows) in [("gemeente-a", "open"), ("zorg-a", "waited")] {
        looked.rows(rows);
        let told: TermsBody = door.get(party, "/v1/termijnen").await.json();
        let of = |list: &[TermBody], term: &str| {
            let of_term = list.iter().filter(|one| one.term == term);
            of_term.map(|one| one.standing.clone()).collect::<Vec<_>>()
        };
        let list = if party == "zorg-a" {
            told.waiting
        } else {
            told.open
        };
        let retours = of(&list, "retour");
        assert_eq!(retours.len(), OPEN_MAX);
        assert!(retours[..5].iter().all(|standing| standing == "over"));
        assert!(
            retours[5..].iter().all(|standing| standing == "running"),
            "five of ten were answered"
        );
        assert_eq!(of(&list, "declaratie-antwoord").len(), 1);
        assert_eq!(looked.rows(rows), OPEN_MAX + 1, "{party}");
    }
    looked.rows("open");
    let page: PageBody = door.get("gemeente-a", "/v1/postvak").await.json();
    assert_eq!(page.termijnen.expect("on the first page").over, 5);
    assert_eq!(looked.rows("open"), OPEN_MAX + 1);
}

#[tokio::test]
async fn a_providers_own_numbers_are_looked_up_once_each_in_the_order_of_their_keys() {
    let (door, looked) = looked_at();
    let body = declaration_of_both("D1");
    let text = String::from_utf8(body.to_vec()).expect("text");
    // A third line with the number of the second, which is wrong and costs no look.
    let (start, end) = (
        text.rfind("<jw323:Prestatie>").expect("a line"),
        text.rfind("</jw323:Prestatie>").expect("its end") + "</jw323:Prestatie>".len(),
    );
    let body = format!("{}{}{}", &text[..end], &text[start..end], &text[end..]);
    looked.taken();
    taken(&door, "zorg-a", body.into()).await;
    let numbers: Vec<_> = looked
        .taken()
        .into_iter()
        .filter(|(collection, _)| *collection == "numbers")
        .map(|(_, key)| key)
        .collect();
    let sorted: BTreeSet<_> = numbers.iter().cloned().collect();
    assert_eq!(numbers.len(), 3, "the declaration's and two of lines");
    assert_eq!(numbers, sorted.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_complete_and_younger_than_every_term_costs_retention_no_look() {
    let (door, looked) = looked_at();
    let world = &door.world;
    let claim = world.sent("JW323", GEMEENTE_A, ZORG_A, "D1").await;
    let answer = world
        .answered("JW325", GEMEENTE_A, ZORG_A, "D1", "B1")
        .await;
    world.acknowledge("gemeente-a", claim.id).await;
    world.acknowledge("zorg-a", answer.id).await;
    for (hours, erased, looks) in [(23, 0, false), (1, 2, true)] {
        world.clock.advance(SignedDuration::from_hours(hours));
        looked.taken();
        let retention = world.retention(RetentionSettings::default());
        let due = retention.due(world.clock.now(), 10).await;
        assert_eq!(due.expect("readable").len(), erased);
        assert_eq!(!looked.taken().is_empty(), looks, "after {hours} more");
    }
}
