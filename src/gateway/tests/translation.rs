//! The power fails at every write point of a conversation whose products are translated: after it a message is there with both of its forms, what is remembered
//! of it, its answer and the copy of that, or nothing of it is, and handing all of it in again comes to what it comes to without a failure.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::clock::{Clock as _, ManualClock};
use knooppunt::intake::Outcome;
use knooppunt::ledger::{Mark, Message};
use knooppunt::mailbox::{Content, Filter};
use knooppunt::receipt::Statement;
use knooppunt::retention::RetentionSettings;
use knooppunt::store::embedded::EmbeddedJournal;
use knooppunt::store::{Journal, Position, Views};
use sha2::{Digest as _, Sha256};

use super::power_loss::{Noting, fail_everywhere, is_sound, opened, with_batches};
use super::products::{LAWS, Two, translating};
use super::world::{GEMEENTE_A, Store, World, ZORG_A, judged, whole};
use crate::store::Batch;
use crate::store::embedded::tests::power_loss::{layout, options};
use crate::store::embedded::tests::simulated::{Media, SimulatedDisk, Step};

/// A message with both of its forms.
struct Letter {
    from: &'static str,
    to: &'static str,
    sent: Bytes,
    given: Bytes,
    /// By the tables of the time before, in which what is allocated stands; else by others, in which each own code is the other one's.
    is_first: bool,
}

/// An allocation; with other tables what is declared; and, after all of that was erased, what is declared once more.
fn letters(two: &Two) -> [Letter; 3] {
    let [gemeente, zorg] = ["gemeente-a", "zorg-a"];
    let down = |own: Bytes| Letter {
        from: gemeente,
        to: zorg,
        given: two.canonical(&own),
        sent: own,
        is_first: true,
    };
    let up = |own: Bytes| Letter {
        from: zorg,
        to: gemeente,
        sent: two.canonical(&own),
        given: own,
        is_first: false,
    };
    [
        down(two.allocation("T1")),
        up(two.declaration("D1")),
        up(two.declaration("D2")),
    ]
}

/// Which of them is handed in after the others were erased.
const LATE: usize = 2;

/// A conversation as the disk and the views saw it.
struct Life {
    two: Two,
    /// The disk before it.
    media: Media,
    steps: Vec<Step>,
    applied: Vec<(Position, Batch)>,
    /// What was told of each message.
    taken: Vec<Message>,
    clock: ManualClock,
}

fn by(two: &Two, world: World, is_first: bool) -> World {
    let judged = format!("{}{}", judged(GEMEENTE_A), judged(ZORG_A));
    let lines = two.lines(&format!("{judged}{}", whole(GEMEENTE_A)));
    let rows = if is_first {
        two.rows()
    } else {
        two.other_rows()
    };
    translating(world, &format!("{lines}{}", two.agreed()), &rows)
}

fn start(
    disk: &SimulatedDisk,
    views: Arc<dyn Views>,
    clock: &ManualClock,
) -> Result<(World, Arc<EmbeddedJournal>), String> {
    let journal = opened(disk, clock).map_err(|error| format!("it does not open: {error}"))?;
    let store = Store::of(Arc::clone(&journal) as Arc<dyn Journal>, views);
    Ok((World::at(store, clock.clone()), journal))
}

async fn life(two: Two, syncs: bool) -> Life {
    let disk = SimulatedDisk::new();
    layout(&disk)
        .create(&["pseudonym"], &options())
        .expect("a store");
    disk.take_steps();
    let media = disk.media();
    let views = Noting::new();
    let clock = ManualClock::at("2026-03-01T09:00:00Z".parse().expect("a moment"));
    let shown = if syncs {
        disk.clone()
    } else {
        disk.without_syncs()
    };
    let noted = Arc::clone(&views) as Arc<dyn Views>;
    let (mut world, journal) = start(&shown, noted, &clock).expect("it opens");
    let mut taken = Vec::new();
    for (at, letter) in letters(&two).iter().enumerate() {
        if at == LATE {
            erases(&world, &taken).await;
            disk.tell(LATE + 1);
        }
        if at == 0 || !letter.is_first {
            world = by(&two, world, letter.is_first);
        }
        taken.push(world.taken(letter.from, &letter.sent).await);
        let told = if at < LATE { at + 1 } else { LATE + 2 };
        disk.tell(told);
        clock.advance(SignedDuration::from_hours(24 * 5));
    }
    world.ledger.stop();
    assert_eq!(world.fatal.load(Ordering::SeqCst), 0);
    journal.close().expect("closed");
    Life {
        two,
        media,
        steps: disk.take_steps(),
        applied: views.applied(),
        taken,
        clock,
    }
}

/// What was taken is read, and erased when its time has come.
async fn erases(world: &World, taken: &[Message]) {
    world.clock.advance(SignedDuration::from_hours(24 * 61));
    let retention = world.retention(RetentionSettings::default());
    let swept = retention.sweep(world.clock.now()).await.expect("erased");
    assert!(swept.erased >= taken.len() as u64, "{swept:?}");
}

/// What went wrong after the power came back, in words. `views`: how many of the batches of the life they have.
async fn look(life: &Life, told: usize, disk: &SimulatedDisk, views: usize) -> Result<(), String> {
    let Life { two, clock, .. } = life;
    let views = with_batches(&life.applied[..views]);
    let (mut world, _journal) = start(disk, views, clock)?;
    // Beside the letters one thing is told: that all before the last was erased.
    let is_erased = told > LATE;
    let told = if is_erased { told - 1 } else { told };
    for (at, letter) in letters(two).iter().enumerate() {
        world = by(two, world, letter.is_first);
        let before = world.records().len();
        let outcome = world.hand_in(letter.from, &letter.sent).await;
        let message = match outcome {
            Outcome::Repeat(message) if world.records().len() == before => message,
            // Nothing of it is there: with its answer and the copy of that it comes now.
            Outcome::Accepted(message, _) if at >= told => message,
            other @ (Outcome::Accepted(..)
            | Outcome::Repeat(_)
            | Outcome::Refused(_)
            | Outcome::Returned(_)) => {
                return Err(format!("{at} of {told} told: {other:?}"));
            }
        };
        if at < told && message.id != life.taken[at].id {
            return Err(format!("{at} is another message"));
        }
        is_whole(&world, letter, &message, is_erased && at < LATE)
            .await
            .map_err(|what| format!("{at}: {what}"))?;
        if at != LATE {
            continue;
        }
        // What was declared for the first time is granted, and its repetition is not.
        let codes = answer(&world, two, &message).await?;
        if codes != 2 {
            return Err(format!("{codes} lines of the last are given back"));
        }
    }
    is_sound(&world)
}

/// Both forms and the receipt are there, each for who is to have it; or all of it is erased.
async fn is_whole(
    world: &World,
    letter: &Letter,
    message: &Message,
    is_erased: bool,
) -> Result<(), String> {
    if message.mapped.is_none() || !message.marks.is_empty() {
        return Err(format!("it is not translated: {message:?}"));
    }
    let mut gone = Vec::new();
    for (party, form) in [(letter.from, &letter.sent), (letter.to, &letter.given)] {
        let caller = world.caller(party);
        let content = world.mailbox.body(&caller, message.id).await;
        match content.map_err(|error| format!("{party}: {error}"))? {
            Content::Whole { body, .. } if body == *form => gone.push(false),
            Content::Erased { .. } => gone.push(true),
            Content::Whole { .. } => return Err(format!("{party} has another form")),
        }
        let receipt = world.mailbox.receipt(&caller, message.id).await;
        let receipt = receipt.map_err(|error| error.to_string())?;
        let stated: Statement = receipt
            .verify(&world.receipts.public_key_pem())
            .map_err(|error| error.to_string())?;
        let hash = |form: &Bytes| data_encoding::HEXLOWER.encode(&Sha256::digest(form));
        let mapped = stated.mapped.map(|mapped| mapped.sha256);
        if stated.payload_sha256 != hash(&letter.sent) || mapped != Some(hash(&letter.given)) {
            return Err("the receipt names other forms".to_owned());
        }
    }
    if gone[0] != gone[1] || is_erased && !gone[0] {
        return Err(format!("erased: {gone:?}, and to be: {is_erased}"));
    }
    Ok(())
}

/// How many lines the 325 to a declaration gives back; it is in the provider's form, and the copy of it in the municipality's.
async fn answer(world: &World, two: &Two, declared: &Message) -> Result<usize, String> {
    let mut forms = Vec::new();
    for party in ["zorg-a", "gemeente-a"] {
        let page = world.list(party, Filter::default()).await;
        let made = page.messages.iter().filter(|message| {
            message.thread == declared.thread && message.marks.contains(&Mark::MadeHere)
        });
        let [made] = made.collect::<Vec<_>>()[..] else {
            return Err(format!("not one 325 for {party}"));
        };
        let Content::Whole { body, .. } = world.content(party, made.id).await else {
            return Err(format!("the 325 for {party} has no content"));
        };
        forms.push(Bytes::from(body));
    }
    if two.canonical(&forms[0]) != forms[0] || two.own(&forms[0]) != forms[1] {
        return Err("the 325 is not in the form of whoever reads it".to_owned());
    }
    Ok(String::from_utf8_lossy(&forms[0]).matches(">9389<").count())
}

async fn life_fails_everywhere(life: &Life) -> Result<usize, String> {
    let look = async |told, disk: &SimulatedDisk, views| look(life, told, disk, views).await;
    // Once at each write: all that was not synced gone, there, or in between by turns.
    let views = (life.applied.len(), 1);
    fail_everywhere(life.media.clone(), &life.steps, views, look).await
}

#[tokio::test]
async fn wherever_the_power_fails_a_translated_message_is_there_with_both_forms_and_its_memory_or_not_at_all()
 {
    let [_, two] = LAWS;
    let life = life(two, true).await;
    let failures = life_fails_everywhere(&life).await;
    let failures = failures.unwrap_or_else(|what| panic!("{what}"));
    assert!(failures > 100, "{failures} power failures");
}

#[tokio::test]
async fn with_the_sync_calls_taken_out_somebody_was_told_of_a_translation_that_is_not_there() {
    let [two, _] = LAWS;
    let lost = life_fails_everywhere(&life(two, false).await).await;
    assert!(lost.is_err(), "{lost:?}");
}
