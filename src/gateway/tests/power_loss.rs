//! The power fails at every write point of a life of messages, and comes back to whatever the disk kept and to views of any moment: who was told
//! something finds it so, and what was refused left nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::clock::{Clock as _, ManualClock};
use knooppunt::intake::Outcome;
use knooppunt::ledger::{Message, MessageId};
use knooppunt::mailbox::{Content, Filter};
use knooppunt::retention::RetentionSettings;
use knooppunt::store::embedded::EmbeddedJournal;
use knooppunt::store::{Batch, Collection, Journal, Memory, Position, Rows, StoreError, Views};

use super::world::{GEMEENTE_A, Store, World, ZORG_A, answer, broken, changed, ids, message};
use crate::store::embedded::tests::power_loss::{layout, options};
use crate::store::embedded::tests::simulated::{Media, SimulatedDisk, Step};

const PARTIES: [&str; 2] = ["gemeente-a", "zorg-a"];

/// Views that note what is applied to them, so that those of any moment can be made again.
#[derive(Debug)]
pub(super) struct Noting {
    views: Arc<dyn Views>,
    applied: Mutex<Vec<(Position, Batch)>>,
}

impl Noting {
    pub(super) fn new() -> Arc<Self> {
        let Memory { views, .. } = Memory::new();
        Arc::new(Self {
            views,
            applied: Mutex::default(),
        })
    }

    pub(super) fn applied(&self) -> Vec<(Position, Batch)> {
        self.applied.lock().expect("no panic").clone()
    }
}

impl Views for Noting {
    fn position(&self) -> Result<Position, StoreError> {
        self.views.position()
    }

    fn apply(&self, next: Position, batch: Batch) -> Result<(), StoreError> {
        let noted = (next, batch.clone());
        self.applied.lock().expect("no panic").push(noted);
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
}

/// What somebody was told.
#[derive(Debug, Clone)]
enum Promise {
    /// To a sender: it is taken.
    Taken(Letter),
    /// To a sender: it is not taken; the body that may still come under its identity.
    Refused { right: Bytes },
    /// To a receiver: it is acknowledged.
    Acknowledged(MessageId),
    /// To an operator: its content is erased.
    Erased(MessageId),
}

/// A message that was taken.
#[derive(Debug, Clone)]
struct Letter {
    id: MessageId,
    sender: &'static str,
    receiver: &'static str,
    body: Bytes,
}

/// A life, as the disk and the views saw it.
struct Life {
    /// The disk before it.
    media: Media,
    steps: Vec<Step>,
    promises: Vec<Promise>,
    applied: Vec<(Position, Batch)>,
    /// When it was over.
    end: ManualClock,
}

/// While a life is lived.
struct Living {
    disk: SimulatedDisk,
    journal: Arc<EmbeddedJournal>,
    world: World,
    promises: Vec<Promise>,
}

pub(super) fn opened(
    disk: &SimulatedDisk,
    clock: &ManualClock,
) -> Result<Arc<EmbeddedJournal>, StoreError> {
    layout(disk).open(options(), clock.now()).map(Arc::new)
}

impl Living {
    fn promise(&mut self, promise: Promise) {
        self.promises.push(promise);
        self.disk.tell(self.promises.len());
    }

    async fn takes(
        &mut self,
        sender: &'static str,
        receiver: &'static str,
        body: &Bytes,
    ) -> Message {
        let message = self.world.taken(sender, body).await;
        self.promise(Promise::Taken(Letter {
            id: message.id,
            sender,
            receiver,
            body: body.clone(),
        }));
        message
    }

    async fn refuses(&mut self, sender: &str, body: &Bytes, right: &Bytes) {
        self.world.refused(sender, body).await;
        let right = right.clone();
        self.promise(Promise::Refused { right });
    }

    async fn acknowledges(&mut self, receiver: &str, id: MessageId) {
        self.world.acknowledge(receiver, id).await;
        self.promise(Promise::Acknowledged(id));
    }

    /// Erases what is due; what is gone from then on.
    async fn sweeps(&mut self) {
        let retention = self.world.retention(RetentionSettings::default());
        let now = self.world.clock.now();
        retention.sweep(now).await.expect("erased");
        for promise in self.promises.clone() {
            if let Promise::Taken(letter) = promise {
                let caller = self.world.caller(letter.sender);
                let message = self.world.mailbox.message(&caller, letter.id).await;
                let state = message.expect("a message").state;
                if state.erased.is_some() {
                    self.promise(Promise::Erased(letter.id));
                }
            }
        }
    }
}

/// Questions, answers, repeats, refusals of every kind, acknowledgements, erasures and a change of the top key.
async fn life(syncs: bool) -> Life {
    let disk = SimulatedDisk::new();
    layout(&disk)
        .create(&["pseudonym"], &options())
        .expect("a store");
    disk.take_steps();
    let media = disk.media();
    let shown = if syncs {
        disk.clone()
    } else {
        disk.without_syncs()
    };
    let views = Noting::new();
    let clock = ManualClock::at("2026-03-01T09:00:00Z".parse().expect("a moment"));
    let journal = opened(&shown, &clock).expect("it opens");
    let store = Store::of(
        Arc::clone(&journal) as Arc<dyn Journal>,
        Arc::clone(&views) as Arc<dyn Views>,
    );
    let mut living = Living {
        disk,
        world: World::at(store, clock),
        journal,
        promises: Vec::new(),
    };
    for number in 0..4 {
        living.world.clock.advance(SignedDuration::from_hours(30));
        let start = message("JW305", GEMEENTE_A, ZORG_A, &format!("S{number}"));
        let started = living.takes("zorg-a", "gemeente-a", &start).await;
        let again = living.world.hand_in("zorg-a", &start).await;
        assert!(matches!(again, Outcome::Repeat(before) if before.id == started.id));
        // Other bytes under the same identity, and a mistake: the one says nothing of what may come, the other does.
        living.world.refused("zorg-a", &changed(&start)).await;
        let right = message("JW305", GEMEENTE_A, ZORG_A, &format!("R{number}"));
        living.refuses("zorg-a", &broken(&right), &right).await;
        living.acknowledges("gemeente-a", started.id).await;
        let (asked, own) = (format!("S{number}"), format!("T{number}"));
        let retour = answer("JW306", GEMEENTE_A, ZORG_A, &asked, &own);
        let retour = living.takes("gemeente-a", "zorg-a", &retour).await;
        if number != 1 {
            living.acknowledges("zorg-a", retour.id).await;
        }
        if number == 2 {
            living.journal.change_top_key().expect("changed");
        }
        living.sweeps().await;
        if number % 2 == 1 {
            living.journal.carry_out_erasures().expect("carried out");
        }
    }
    let Living {
        disk,
        journal,
        world,
        promises,
    } = living;
    world.ledger.stop();
    assert_eq!(world.fatal.load(std::sync::atomic::Ordering::SeqCst), 0);
    journal.close().expect("closed");
    Life {
        media,
        steps: disk.take_steps(),
        promises,
        applied: views.applied(),
        end: world.clock.clone(),
    }
}

/// Views as they were after these batches.
pub(super) fn with_batches(applied: &[(Position, Batch)]) -> Arc<dyn Views> {
    let Memory { views, .. } = Memory::new();
    for (next, batch) in applied {
        views.apply(*next, batch.clone()).expect("applied");
    }
    views
}

/// What went wrong after the power came back, in words. `views`: how many of the batches of the life they have.
async fn look(
    life: &Life,
    promised: usize,
    disk: &SimulatedDisk,
    views: usize,
) -> Result<(), String> {
    let journal = opened(disk, &life.end).map_err(|error| format!("it does not open: {error}"))?;
    let store = Store::of(journal, with_batches(&life.applied[..views]));
    let world = World::at(store, life.end.clone());
    let mut taken = BTreeMap::new();
    for (at, promise) in life.promises.iter().enumerate() {
        if let Promise::Taken(letter) = promise {
            taken.insert(letter.id, (letter, at < promised));
        }
    }
    let told = &life.promises[..promised];
    let mut waiting = Vec::new();
    for party in PARTIES {
        let page = world.list(party, Filter::default()).await;
        if !page.messages.is_sorted_by_key(|message| message.position) {
            return Err(format!("{party}: not oldest first"));
        }
        for id in ids(&page) {
            let known = taken
                .get(&id)
                .is_some_and(|(letter, _)| letter.receiver == party);
            if !known || waiting.contains(&id) {
                return Err(format!("{party}: {id} should not wait, or not twice"));
            }
            waiting.push(id);
        }
    }
    let whether = |wanted: MessageId, is: fn(&Promise) -> Option<MessageId>| {
        let of = |promises: &[Promise]| promises.iter().any(|promise| is(promise) == Some(wanted));
        (of(told), of(&life.promises))
    };
    for (letter, _) in taken.values().filter(|(_, told)| *told) {
        let id = letter.id;
        let (read, perhaps_read) = whether(id, acknowledged);
        if read && waiting.contains(&id) || !perhaps_read && !waiting.contains(&id) {
            return Err(format!("{id}: acknowledged {read}, and it waits or not"));
        }
        let (gone, perhaps_gone) = whether(id, erased);
        let caller = world.caller(letter.receiver);
        let content = world.mailbox.body(&caller, id).await;
        let content = content.map_err(|error| format!("{id}: {error}"))?;
        let is_right = match &content {
            Content::Whole { body, .. } => !gone && *body == letter.body,
            Content::Erased { .. } => perhaps_gone,
        };
        if !is_right {
            return Err(format!("{id}: erased {gone}, but {content:?}"));
        }
        let again = world.hand_in(letter.sender, &letter.body).await;
        if !matches!(&again, Outcome::Repeat(before) if before.id == id) {
            return Err(format!("{id} again: {again:?}"));
        }
    }
    for promise in told {
        if let Promise::Refused { right } = promise {
            let first = world.hand_in("zorg-a", right).await;
            if !matches!(first, Outcome::Accepted(..)) {
                return Err(format!("a refusal used an identity up: {first:?}"));
            }
        }
    }
    is_sound(&world)
}

/// Stops it; an error is that its views are not what the journal makes.
pub(super) fn is_sound(world: &World) -> Result<(), String> {
    world.ledger.stop();
    let sound = world.ledger.views_are_sound(&*Memory::new().views);
    if matches!(sound, Ok(true)) {
        Ok(())
    } else {
        Err(format!("views are not what the journal makes: {sound:?}"))
    }
}

fn acknowledged(promise: &Promise) -> Option<MessageId> {
    match promise {
        Promise::Acknowledged(id) => Some(*id),
        Promise::Taken(_) | Promise::Refused { .. } | Promise::Erased(_) => None,
    }
}

fn erased(promise: &Promise) -> Option<MessageId> {
    match promise {
        Promise::Erased(id) => Some(*id),
        Promise::Taken(_) | Promise::Refused { .. } | Promise::Acknowledged(_) => None,
    }
}

/// Lets the power fail at every step of a life, `each` times where not all is synced, and has somebody look: at what was told, the disk, and how many of the
/// `batches` the views have. The answer is the first thing that went wrong, or how often it failed.
pub(super) async fn fail_everywhere(
    mut media: Media,
    steps: &[Step],
    (batches, each): (usize, usize),
    look: impl AsyncFn(usize, &SimulatedDisk, usize) -> Result<(), String>,
) -> Result<usize, String> {
    let (mut told, mut failures) = (0, 0);
    for (index, step) in steps.iter().enumerate() {
        media.step(step);
        if let Step::Told(count) = step {
            told = *count;
        }
        // What was not synced is all gone, all there, or anything between; views are gone, or of any moment of the life.
        let seeds = if media.is_settled() { 1 } else { each };
        for nth in index..index + seeds {
            let seed = match nth % 3 {
                2 => 2 + index as u64,
                all => all as u64,
            };
            let views = (index * 7 + failures) % (batches + 1);
            let views = if failures % 2 == 0 { 0 } else { views };
            look(told, &media.after_power_loss(seed), views)
                .await
                .map_err(|what| {
                    format!("power lost after step {index}, seed {seed}, {views} batches in the views: {what}")
                })?;
            failures += 1;
        }
    }
    Ok(failures)
}

async fn life_fails_everywhere(life: &Life) -> Result<usize, String> {
    let look =
        async |promised, disk: &SimulatedDisk, views| look(life, promised, disk, views).await;
    let views = (life.applied.len(), 3);
    fail_everywhere(life.media.clone(), &life.steps, views, look).await
}

#[tokio::test]
async fn whoever_was_told_something_finds_it_so_wherever_the_power_fails() {
    let life = life(true).await;
    let count = |is: fn(&Promise) -> Option<MessageId>| life.promises.iter().filter_map(is).count();
    assert!(
        life.steps.len() > 150 && count(acknowledged) > 5 && count(erased) > 2,
        "{} steps, {:?}",
        life.steps.len(),
        life.promises
    );
    let failures = life_fails_everywhere(&life).await;
    let failures = failures.unwrap_or_else(|what| panic!("{what}"));
    assert!(failures > 700, "{failures} power failures");
}

#[tokio::test]
async fn with_the_sync_calls_taken_out_somebody_was_told_what_is_not_so() {
    let lost = life_fails_everywhere(&life(false).await).await;
    assert!(lost.is_err(), "{lost:?}");
}
