//! A long life by chance, beside a model that is too simple to be wrong: whatever happens, every party sees exactly what is his, in order, and every message
//! counts once. A failure names its seed; the same seed is the same life.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use knooppunt::clock::Clock as _;
use knooppunt::intake::{Outcome, RefusalReason};
use knooppunt::ledger::{Mark, MessageId};
use knooppunt::mailbox::{Content, MailboxError};
use knooppunt::retention::RetentionSettings;

use crate::world::{
    GEMEENTE_A, GEMEENTE_B, Store, World, ZORG_A, ZORG_A_TOO, ZORG_B, answer, changed, message,
};

const PARTIES: [&str; 5] = [
    "gemeente-a",
    "gemeente-b",
    "zorg-a",
    "zorg-b",
    "softwarehuis",
];
const NOBODY: &str = "0599";

/// One message as the model has it.
#[derive(Debug)]
struct Kept {
    id: MessageId,
    bericht: &'static str,
    maker: &'static str,
    receiver: &'static str,
    body: Bytes,
    received: Timestamp,
    question: Option<usize>,
    is_answer: bool,
    acknowledged: Option<Timestamp>,
    dead: bool,
    erased: bool,
}

/// A message that somebody hands in.
struct Letter {
    bericht: &'static str,
    maker: &'static str,
    receiver: &'static str,
    id: String,
    answers: Option<(&'static str, String)>,
    body: Bytes,
}

/// What was taken, by position, and who has which identity.
#[derive(Default)]
struct Model {
    kept: Vec<Kept>,
    identities: BTreeMap<(&'static str, &'static str, String), usize>,
}

/// Chance from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }
}

fn owner(code: &str) -> &'static str {
    match code {
        GEMEENTE_A => "gemeente-a",
        GEMEENTE_B => "gemeente-b",
        ZORG_A | ZORG_A_TOO => "zorg-a",
        ZORG_B => "zorg-b",
        _ => "nobody",
    }
}

fn may_submit(party: &str, maker: &str, bericht: &str) -> bool {
    owner(maker) == party
        || party == "softwarehuis" && maker == ZORG_A && ["JW305", "JW323"].contains(&bericht)
}

fn may_receive(party: &str, receiver: &str, bericht: &str) -> bool {
    owner(receiver) == party || party == "softwarehuis" && receiver == ZORG_A && bericht == "JW301"
}

impl Letter {
    /// Few identifications, so that many are used twice.
    fn by(chance: &mut Chance) -> Self {
        let gemeente = chance.of(&[GEMEENTE_A, GEMEENTE_A, GEMEENTE_B]);
        let aanbieder = chance.of(&[ZORG_A, ZORG_A_TOO, ZORG_B]);
        let id = format!("X{}", chance.below(4));
        let answered = format!("X{}", chance.below(4));
        let nowhere = chance.below(20) == 0;
        let (bericht, from_gemeente, answers) = chance.of(&[
            ("JW301", true, None),
            ("JW302", false, Some("JW301")),
            ("JW305", false, None),
            ("JW306", true, Some("JW305")),
            ("JW323", false, None),
            ("JW325", true, Some("JW323")),
        ]);
        let gemeente = if nowhere && !from_gemeente {
            NOBODY
        } else {
            gemeente
        };
        let body = match answers {
            None => message(bericht, gemeente, aanbieder, &id),
            Some(_) => answer(bericht, gemeente, aanbieder, &answered, &id),
        };
        let other = ["JW301", "JW305"].contains(&bericht) && chance.below(4) == 0;
        let (maker, receiver) = if from_gemeente {
            (gemeente, aanbieder)
        } else {
            (aanbieder, gemeente)
        };
        Self {
            bericht,
            maker,
            receiver,
            id,
            answers: answers.map(|bericht| (bericht, answered)),
            body: if other { changed(&body) } else { body },
        }
    }
}

impl Model {
    /// Checks an outcome and remembers what was taken.
    fn hand_in(&mut self, party: &str, letter: Letter, outcome: Outcome) {
        let Letter {
            bericht,
            maker,
            receiver,
            id,
            answers,
            body,
        } = letter;
        let holder = self
            .identities
            .get(&(bericht, maker, id.clone()))
            .map(|at| &self.kept[*at]);
        if !may_submit(party, maker, bericht) {
            assert!(
                matches!(outcome, Outcome::Refused(refusal) if refusal.reason == RefusalReason::NotTheMaker)
            );
        } else if let Some(first) = holder {
            if first.body == body {
                assert!(matches!(outcome, Outcome::Repeat(message) if message.id == first.id));
            } else {
                let taken = RefusalReason::IdentityTaken {
                    first: first.received,
                };
                assert!(matches!(outcome, Outcome::Refused(refusal) if refusal.reason == taken));
            }
        } else if receiver == NOBODY {
            assert!(
                matches!(outcome, Outcome::Refused(refusal) if refusal.reason == RefusalReason::UnknownReceiver)
            );
        } else {
            let question = answers.as_ref().and_then(|(asked, id)| {
                let at = *self.identities.get(&(*asked, receiver, id.clone()))?;
                (self.kept[at].receiver == maker).then_some(at)
            });
            let answered = self
                .kept
                .iter()
                .any(|kept| question.is_some() && kept.question == question);
            let marks = match (&answers, question) {
                (Some(_), None) => vec![Mark::UnknownQuestion],
                (Some(_), Some(_)) if answered => vec![Mark::SecondAnswer],
                _ => Vec::new(),
            };
            let Outcome::Accepted(message, _) = outcome else {
                panic!("not taken: {outcome:?}")
            };
            assert_eq!(message.marks, marks);
            self.identities
                .insert((bericht, maker, id), self.kept.len());
            self.kept.push(Kept {
                id: message.id,
                bericht,
                maker,
                receiver,
                body,
                received: message.received,
                question,
                is_answer: answers.is_some(),
                acknowledged: None,
                dead: false,
                erased: false,
            });
        }
    }

    /// When the exchange that a message belongs to was complete.
    fn complete(&self, at: usize) -> Option<Timestamp> {
        let kept = &self.kept[at];
        let own = kept.acknowledged?;
        match kept.question {
            Some(question) => Some(own.max(self.kept[question].acknowledged?)),
            None if kept.is_answer => Some(own),
            None => {
                let answers = self.kept.iter().filter(|other| other.question == Some(at));
                Some(own.max(answers.filter_map(|answer| answer.acknowledged).min()?))
            }
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        for at in 0..self.kept.len() {
            let over = |since: Timestamp, hours| {
                now.duration_since(since) >= SignedDuration::from_hours(hours)
            };
            let complete = self.complete(at).is_some_and(|since| over(since, 24));
            let old = over(self.kept[at].received, 60 * 24);
            let kept = &mut self.kept[at];
            kept.dead |= !kept.erased && old && kept.acknowledged.is_none();
            kept.erased |= complete || old;
        }
    }
}

/// Every party sees what is his, and nothing else.
async fn compare(world: &World, model: &Model) {
    for party in PARTIES {
        let waiting: Vec<_> = model
            .kept
            .iter()
            .filter(|kept| {
                may_receive(party, kept.receiver, kept.bericht)
                    && kept.acknowledged.is_none()
                    && !kept.dead
            })
            .map(|kept| kept.id)
            .collect();
        assert_eq!(world.waiting(party).await, waiting, "{party}");
        let caller = world.caller(party);
        for kept in &model.kept {
            let reads = may_receive(party, kept.receiver, kept.bericht);
            let sees = reads || may_submit(party, kept.maker, kept.bericht);
            let seen = world.mailbox.message(&caller, kept.id).await;
            match seen {
                Ok(message) => {
                    assert!(sees, "{party} sees {kept:?}");
                    let state = (
                        message.state.acknowledged,
                        message.state.dead.is_some(),
                        message.state.erased.is_some(),
                    );
                    assert_eq!(
                        state,
                        (kept.acknowledged, kept.dead, kept.erased),
                        "{kept:?}"
                    );
                }
                Err(error) => assert!(
                    !sees && matches!(error, MailboxError::NotFound),
                    "{party}: {error}"
                ),
            }
            match world.mailbox.body(&caller, kept.id).await {
                Ok(Content::Whole { body, .. }) => {
                    assert!(reads && !kept.erased && body == kept.body);
                }
                Ok(Content::Erased { .. }) => assert!(reads && kept.erased),
                Err(error) => assert!(
                    !reads && matches!(error, MailboxError::NotFound),
                    "{party}: {error}"
                ),
            }
        }
    }
}

async fn live(mut world: World, seed: u64, steps: usize) {
    let mut chance = Chance(seed);
    let mut model = Model::default();
    for _ in 0..steps {
        world.clock.advance(SignedDuration::from_mins(7));
        match chance.below(44) {
            0 => world.clock.advance(SignedDuration::from_hours(24 * 20)),
            40..44 => world.clock.advance(SignedDuration::from_hours(13)),
            1 | 12 | 13 => {
                let retention = world.retention(RetentionSettings::default());
                retention.sweep(world.clock.now()).await.expect("swept");
                // After a start long after the last record nothing is erased for a day.
                if retention.hold().is_none() {
                    model.sweep(world.clock.now());
                }
            }
            2 => world = world.again(),
            3 => {
                world.store.views.clear().expect("thrown away");
                world = world.again();
            }
            4..12 if !model.kept.is_empty() => {
                let party = chance.of(&PARTIES);
                let at = chance.below(model.kept.len());
                let kept = &mut model.kept[at];
                match world
                    .mailbox
                    .acknowledge(&world.caller(party), kept.id)
                    .await
                {
                    Ok(when) => {
                        assert!(
                            may_receive(party, kept.receiver, kept.bericht),
                            "{party} acknowledged {kept:?}"
                        );
                        assert_eq!(*kept.acknowledged.get_or_insert(when), when);
                    }
                    Err(error) => assert!(
                        !may_receive(party, kept.receiver, kept.bericht)
                            && matches!(error, MailboxError::NotFound),
                        "{party}: {error}"
                    ),
                }
            }
            _ => {
                let letter = Letter::by(&mut chance);
                let party = if chance.below(8) == 0 {
                    chance.of(&PARTIES)
                } else {
                    owner(letter.maker)
                };
                let outcome = world.hand_in(party, &letter.body).await;
                model.hand_in(party, letter, outcome);
            }
        }
        // The mandates of the software house end on 30 June; before that the life is over.
        if world.clock.now() > crate::world::time("2026-06-20T00:00:00Z") {
            break;
        }
    }
    compare(&world, &model).await;
    assert!(model.kept.len() > 10, "a life with something in it");
    assert!(
        world
            .ledger
            .views_are_sound(&*knooppunt::store::Memory::new().views)
            .expect("replayed")
    );
}

#[tokio::test]
async fn whatever_happens_every_party_sees_what_is_his_and_every_message_counts_once() {
    for seed in 1..=12 {
        println!("seed {seed}, in memory");
        live(World::new(), seed, 150).await;
    }
    println!("seed 99, on disk");
    live(World::on(Store::on_disk()), 99, 120).await;
}
