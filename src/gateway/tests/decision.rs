//! The power fails at every write point of decisions on a declaration that waits, and of what follows from them: after it decision, verdict, 325 and copy are
//! there together or none of them is, and deciding the same again comes to the one 325.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::clock::{Clock as _, ManualClock};
use knooppunt::intake::Wanted;
use knooppunt::ledger::{Event, Mark, Message, MessageId, Turn};
use knooppunt::mailbox::{Content, Filter};
use knooppunt::store::{Journal, Position, Views};

use super::power_loss::{Noting, fail_everywhere, is_sound, opened, with_batches};
use super::world::{GEMEENTE_A, PARTIES, Store, World, ZORG_A, judged, message, register, whole};
use crate::store::Batch;
use crate::store::embedded::tests::power_loss::{layout, options};
use crate::store::embedded::tests::simulated::{Media, SimulatedDisk, Step};

/// The municipality decides on every line for which no contract is known.
const ASKS: &str = "
[[reading]]
for = \"0289\"
settings = { contract_decision = \"broken-or-unknown\" }
";

/// What is decided, in this order.
const DECISIONS: [(&str, bool); 2] = [
    (
        "/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[1]",
        true,
    ),
    (
        "/Bericht/Declaratie/Clienten/Client[2]/Prestaties/Prestatie[1]",
        false,
    ),
];

fn replaced(body: &Bytes, changes: &[(&str, &str)]) -> Bytes {
    let text = std::str::from_utf8(body).expect("text").to_owned();
    let changed = changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from} is not there");
        text.replace(from, to)
    });
    changed.into()
}

fn allocation(id: &str) -> Bytes {
    let reference = "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>";
    replaced(
        &message("JW301", GEMEENTE_A, ZORG_A, id),
        &[(reference, "")],
    )
}

/// Of one client, and of two.
fn declarations() -> [Bytes; 2] {
    let of = |id: &str| {
        let body = message("JW323", GEMEENTE_A, ZORG_A, id);
        let (number, reference) = (format!("DN{id}"), format!("P-{id}"));
        replaced(&body, &[("DN260001", &number), ("P-2602-1", &reference)])
    };
    let two = of("D1");
    let text = std::str::from_utf8(&two).expect("text");
    let (from, to) = ("      <jw323:Client>", "    </jw323:Clienten>");
    let (_, clients) = text.split_once(from).expect("a client");
    let (client, _) = clients.split_once(to).expect("its end");
    let other = format!("{from}{client}")
        .replace("999900420", "999900432")
        .replace("260001", "260002")
        .replace("P-D1", "Q-D1");
    let two = text
        .replace(to, &format!("{other}{to}"))
        .replace("TotaalBedrag>58000<", "TotaalBedrag>116000<");
    [two.into(), of("D2")]
}

/// Decisions as the disk and the views saw them.
struct Life {
    /// The disk before them.
    media: Media,
    steps: Vec<Step>,
    applied: Vec<(Position, Batch)>,
    /// The one that is decided on, and one that waits for it.
    waiting: [Message; 2],
    clock: ManualClock,
}

fn judging(mut world: World) -> World {
    let judged = format!("{}{}", judged(GEMEENTE_A), judged(ZORG_A));
    let text = format!("{PARTIES}{judged}{}{ASKS}", whole(GEMEENTE_A));
    world.register = register(&text);
    world
}

async fn decides(world: &World, id: MessageId, (path, grant): (&str, bool)) -> Result<(), String> {
    let wanted = Wanted::Lines(vec![(path.to_owned(), grant)]);
    let caller = world.caller("gemeente-a");
    let decided = world.deciding().decide(&caller, id, wanted).await;
    decided
        .map(|_| ())
        .map_err(|error| format!("{path} is not decided: {error}"))
}

async fn judges_again(world: &World) -> Result<(), String> {
    let now = || (Arc::clone(&world.register), world.clock.now());
    let answered = world.intake.judge_again(&now, &|| true).await;
    answered.map(|_| ()).map_err(|error| error.to_string())
}

/// Two decisions by which the one is answered, then the other one by itself. Somebody is told after each.
async fn life(syncs: bool) -> Life {
    let disk = SimulatedDisk::new();
    layout(&disk)
        .create(&["pseudonym"], &options())
        .expect("a store");
    let views = Noting::new();
    let clock = ManualClock::at("2026-03-01T09:00:00Z".parse().expect("a moment"));
    let start = |disk: &SimulatedDisk| {
        let journal = opened(disk, &clock).expect("it opens");
        let store = Store::of(
            Arc::clone(&journal) as Arc<dyn Journal>,
            Arc::clone(&views) as Arc<dyn Views>,
        );
        (judging(World::at(store, clock.clone())), journal)
    };
    let (world, journal) = start(&disk);
    let other = replaced(
        &allocation("T2"),
        &[
            (">999900420<", ">999900432<"),
            ("Nummer>260001<", "Nummer>260002<"),
        ],
    );
    for body in [allocation("T1"), other] {
        world.taken("gemeente-a", &body).await;
    }
    clock.advance(SignedDuration::from_hours(24 * 5));
    let [first, second] = declarations();
    let waiting = [
        world.taken("zorg-a", &first).await,
        world.taken("zorg-a", &second).await,
    ];
    for message in &waiting {
        assert_eq!(message.marks, [Mark::Held]);
    }
    world.ledger.stop();
    journal.close().expect("closed");
    drop((world, journal));

    disk.take_steps();
    let media = disk.media();
    let (world, journal) = if syncs {
        start(&disk)
    } else {
        start(&disk.without_syncs())
    };
    world.intake.queue_all().expect("queued");
    judges_again(&world).await.expect("nothing is to be done");
    for (number, decision) in (1..).zip(DECISIONS) {
        decides(&world, waiting[0].id, decision)
            .await
            .expect("decided");
        disk.tell(number);
    }
    judges_again(&world).await.expect("judged again");
    disk.tell(3);
    world.ledger.stop();
    assert_eq!(world.fatal.load(Ordering::SeqCst), 0);
    journal.close().expect("closed");
    Life {
        media,
        steps: disk.take_steps(),
        applied: views.applied(),
        waiting,
        clock,
    }
}

/// How many records of each kind are about a declaration: decisions on it, verdicts by which it is answered, answers, copies.
fn records_of(world: &World, message: &Message) -> [usize; 4] {
    let mut found = [0; 4];
    for event in world.events() {
        if let Event::Decided(decided) = event {
            found[0] += usize::from(decided.message.message == message.id);
        } else if let Event::Reconsidered(again) = event {
            assert_eq!(again.turn, Turn::Answered);
            found[1] += usize::from(again.message.message == message.id);
        } else if let Event::Received(made) = event {
            let copy = made.thread == message.thread && made.marks.contains(&Mark::Copy);
            found[2] += usize::from(made.question == Some(message.id));
            found[3] += usize::from(copy);
        }
    }
    found
}

/// What went wrong after the power came back, in words. `views`: how many of the batches of the life they have.
async fn look(life: &Life, told: usize, disk: &SimulatedDisk, views: usize) -> Result<(), String> {
    let journal =
        opened(disk, &life.clock).map_err(|error| format!("it does not open: {error}"))?;
    let store = Store::of(journal, with_batches(&life.applied[..views]));
    let world = judging(World::at(store, life.clock.clone()));
    let [first, second] = &life.waiting;
    let now = [first, second].map(|message| records_of(&world, message));
    // By how much was told at least.
    let may_be: [[[usize; 4]; 2]; 4] = [
        [[0, 0, 0, 0], [0, 0, 0, 0]],
        [[1, 0, 0, 0], [0, 0, 0, 0]],
        [[2, 1, 1, 1], [0, 0, 0, 0]],
        [[2, 1, 1, 1], [0, 1, 1, 1]],
    ];
    if !may_be[told..].contains(&now) {
        return Err(format!("{now:?} after {told} were told"));
    }
    for decision in DECISIONS {
        decides(&world, first.id, decision).await?;
    }
    world
        .intake
        .queue_all()
        .map_err(|error| error.to_string())?;
    judges_again(&world).await?;
    let now = [first, second].map(|message| records_of(&world, message));
    if now != may_be[3] {
        return Err(format!("{now:?} after deciding again"));
    }
    for (message, code) in [(first, "0611"), (second, "9389")] {
        let page = world.list("zorg-a", Filter::default()).await;
        let answers = page.messages.iter().filter(|m| m.thread == message.thread);
        let [answer] = answers.collect::<Vec<_>>()[..] else {
            return Err("not one 325 waits for the provider".to_owned());
        };
        let Content::Whole { body, .. } = world.content("zorg-a", answer.id).await else {
            return Err("the 325 has no content".to_owned());
        };
        let codes = String::from_utf8_lossy(&body).matches(code).count();
        if codes != 1 {
            return Err(format!("{codes} times {code} in the 325"));
        }
    }
    is_sound(&world)
}

async fn life_fails_everywhere(life: &Life) -> Result<usize, String> {
    let look = async |told, disk: &SimulatedDisk, views| look(life, told, disk, views).await;
    let views = (life.applied.len(), 3);
    fail_everywhere(life.media.clone(), &life.steps, views, look).await
}

#[tokio::test]
async fn wherever_the_power_fails_a_decision_and_all_that_follows_is_there_or_nothing_and_the_same_again_comes_to_the_one_325()
 {
    let life = life(true).await;
    let failures = life_fails_everywhere(&life).await;
    let failures = failures.unwrap_or_else(|what| panic!("{what}"));
    assert!(failures > 30, "{failures} power failures");
}

#[tokio::test]
async fn with_the_sync_calls_taken_out_somebody_was_told_of_a_decision_that_is_not_there() {
    let lost = life_fails_everywhere(&life(false).await).await;
    assert!(lost.is_err(), "{lost:?}");
}
