//! The power fails at every write point while effects are erased: after it either none of them is, or all that the record names are and the views have nothing of them, and
//! erasing goes on where it was.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use knooppunt::clock::{Clock as _, ManualClock};
use knooppunt::ledger::Event;
use knooppunt::retention::RetentionSettings;
use knooppunt::store::embedded::EmbeddedJournal;
use knooppunt::store::{Journal, Memory, Part, PartKind, Position, Views};

use super::power_loss::{Noting, fail_everywhere, opened, with_batches};
use super::world::{GEMEENTE_A, PARTIES, Store, World, ZORG_A, judged, message, register, whole};
use crate::store::Batch;
use crate::store::embedded::tests::power_loss::{layout, options};
use crate::store::embedded::tests::simulated::{Media, SimulatedDisk, Step};

/// A life of two months and what became of it after nine years, as the disk and the views saw it.
struct Life {
    /// The disk before it.
    media: Media,
    steps: Vec<Step>,
    applied: Vec<(Position, Batch)>,
    clock: ManualClock,
}

fn start(
    disk: &SimulatedDisk,
    views: Arc<dyn Views>,
    clock: &ManualClock,
) -> Result<(World, Arc<EmbeddedJournal>), String> {
    let journal = opened(disk, clock).map_err(|error| format!("it does not open: {error}"))?;
    let store = Store::of(Arc::clone(&journal) as Arc<dyn Journal>, views);
    let mut world = World::at(store, clock.clone());
    world.register = register(&format!(
        "{PARTIES}{}{}{}",
        judged(GEMEENTE_A),
        judged(ZORG_A),
        whole(GEMEENTE_A)
    ));
    Ok((world, journal))
}

async fn life() -> Life {
    let disk = SimulatedDisk::new();
    layout(&disk)
        .create(&["pseudonym"], &options())
        .expect("a store");
    let views = Noting::new();
    let clock = ManualClock::at("2026-03-01T09:00:00Z".parse().expect("a moment"));
    let noted = Arc::clone(&views) as Arc<dyn Views>;
    let (world, journal) = start(&disk, noted, &clock).expect("it opens");
    let month = SignedDuration::from_hours(24 * 30);
    for number in 0..2 {
        for (sender, bericht) in [
            ("gemeente-a", "JW301"),
            ("zorg-a", "JW305"),
            ("zorg-a", "JW323"),
        ] {
            let body = message(bericht, GEMEENTE_A, ZORG_A, &format!("{bericht}-{number}"));
            world.taken(sender, &body).await;
        }
        clock.advance(month);
    }
    clock.advance(month * 90);
    let retention = world.retention(RetentionSettings::default());
    retention.sweep(clock.now()).await.expect("erased");
    journal.carry_out_erasures().expect("carried out");
    disk.take_steps();
    let media = disk.media();
    // The first month alone, then the second.
    for later in [SignedDuration::ZERO, month * 2] {
        clock.advance(later);
        let before = journal.next();
        forgets(&world).await;
        assert!(journal.next() > before || !later.is_zero());
        disk.tell(if later.is_zero() { 1 } else { 2 });
    }
    world.ledger.stop();
    assert_eq!(world.fatal.load(Ordering::SeqCst), 0);
    journal.close().expect("closed");
    Life {
        media,
        steps: disk.take_steps(),
        applied: views.applied(),
        clock,
    }
}

async fn forgets(world: &World) {
    let retention = world.retention(RetentionSettings::default());
    let now = world.clock.now();
    retention.forget(now).await.expect("effects erased");
}

/// How many effects can be read, of those that no record says are erased and of those that one does.
fn effects(world: &World) -> [usize; 2] {
    let records = world.records();
    let mut gone = Vec::new();
    for record in &records {
        if let Event::Forgotten(forgotten) = Event::decode(&record.event).expect("an event") {
            gone.extend(forgotten.messages.iter().map(|named| named.position));
            gone.extend(forgotten.others);
        }
    }
    let mut found = [0, 0];
    for record in &records {
        let part = world.store.journal.part(record, PartKind::Effect);
        if matches!(part.expect("readable"), Some(Part::Whole(_))) {
            found[usize::from(gone.contains(&record.position.0))] += 1;
        }
    }
    found
}

fn is_sound(world: &World) -> Result<(), String> {
    match world.ledger.views_are_sound(&*Memory::new().views) {
        Ok(true) => Ok(()),
        other => Err(format!("views are not what the journal makes: {other:?}")),
    }
}

/// What went wrong after the power came back, in words. `views`: how many of the batches of the life they have.
async fn look(life: &Life, told: usize, disk: &SimulatedDisk, views: usize) -> Result<(), String> {
    let views = with_batches(&life.applied[..views]);
    let (world, _journal) = start(disk, views, &life.clock)?;
    is_sound(&world)?;
    let [left, undead] = effects(&world);
    if undead > 0 {
        return Err(format!("{undead} effects that are erased are there"));
    }
    // What is carried on is one.
    if told == 2 && left > 1 {
        return Err(format!("{left} effects are there"));
    }
    // For a day after a start so long after the last record nothing is erased.
    world.clock.advance(SignedDuration::from_hours(25));
    forgets(&world).await;
    is_sound(&world)?;
    match effects(&world) {
        [0 | 1, 0] => Ok(()),
        left => Err(format!("{left:?} effects are there in the end")),
    }
}

#[tokio::test]
async fn wherever_the_power_fails_effects_are_erased_as_the_record_says_and_the_rest_goes_on() {
    let life = life().await;
    let look = async |told, disk: &SimulatedDisk, views| look(&life, told, disk, views).await;
    let views = (life.applied.len(), 2);
    let failures = fail_everywhere(life.media.clone(), &life.steps, views, look).await;
    let failures = failures.unwrap_or_else(|what| panic!("{what}"));
    assert!(failures > 20, "{failures} power failures");
}
