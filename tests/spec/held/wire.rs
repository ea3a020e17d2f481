//! What a receiver's own refusal on a wire (Fo01) does to a declaration that waits.

use knooppunt::envelope::mapping::ggk_number;
use knooppunt::ledger::Message;

use super::{LINE, READERS, Waiting, at_contract, declaration, line};
use crate::door::{Door, Reply};
use crate::ggk::{OTHER, fo01, refused, send, soap, stored, text_of};
use crate::world::World;

/// The one who decides for the municipality reads for it as well.
const READS_TOO: &str = r#"
[[mandate]]
party = "besluiter"
for = "0289"
direction = "receive"
laws = ["jw"]
from = 2026-01-01
"#;

/// A Fo01 of this party about a message.
async fn refuses(door: &Door, party: &str, about: &Message) -> Reply {
    let number = ggk_number(about.id, None);
    send(door, party, &soap(&fo01(OTHER, &number, "StUF055"))).await
}

#[tokio::test]
async fn who_only_reads_ends_no_declaration_that_waits_and_who_may_decide_does() {
    for decider in ["gemeente-a", "besluiter"] {
        let world = Waiting::allocated(World::new(), &format!("{READERS}{READS_TOO}")).await;
        let first = world.taken("zorg-a", &declaration("D1")).await;
        let later = at_contract(&declaration("D2"));
        let later = world.taken("zorg-a", &later).await;
        let Waiting {
            world,
            references,
            parties,
        } = world;
        let door = Door::above(world);
        let records = door.world.records().len();
        let reply = refuses(&door, "lezer", &first).await;
        assert_eq!(refused(&reply), "StUF052");
        assert_eq!(text_of(&reply, "StUF:plek").as_deref(), Some("client"));
        let why = text_of(&reply, "StUF:details").expect("what to do");
        assert!(why.contains("machtiging om te besluiten"), "{why}");
        assert_eq!(
            door.world.records().len(),
            records,
            "nothing of it is taken"
        );

        let ended = refuses(&door, decider, &first).await;
        assert_eq!(stored(&ended), OTHER);
        let world = Waiting {
            world: door.world,
            references,
            parties,
        };
        let state = world.seen("zorg-a", first.id).await.state;
        assert_eq!(state.code(), "rejected", "whoever sent it sees so");
        assert_eq!(world.held("gemeente-a").await.len(), 1);
        // It counts as not sent, so the month is free for the one behind it.
        assert_eq!(world.judge_again().await, 1);
        let codes = world.codes(later.id).await.expect("an answer");
        assert_eq!(codes, ["0200", "8001"]);
        assert_eq!(world.codes(first.id).await, None, "no 325 is made");
        assert!(world.held("gemeente-a").await.is_empty() && world.owed().await.is_empty());
        assert!(world.decide(first.id, line(LINE, true)).await.is_err());
        assert!(world.is_sound());
    }
}

#[tokio::test]
async fn what_was_declared_and_refused_by_who_may_not_is_still_the_municipalitys_to_decide() {
    let world = Waiting::allocated(World::new(), READERS).await;
    let taken = world.taken("zorg-a", &declaration("D1")).await;
    let Waiting {
        world,
        references,
        parties,
    } = world;
    let door = Door::above(world);
    for stranger in ["gemeente-b", "besluiter", "softwarehuis"] {
        let reply = refuses(&door, stranger, &taken).await;
        assert_eq!(refused(&reply), "StUF043", "{stranger} reads nothing of it");
    }
    refused(&refuses(&door, "lezer", &taken).await);
    let world = Waiting {
        world: door.world,
        references,
        parties,
    };
    assert!(world.waiting("gemeente-a").await.contains(&taken.id));
    assert_eq!(world.owed().await, [taken.id], "the term runs on");
    world.decided(taken.id, line(LINE, true)).await;
    let codes = world.codes(taken.id).await.expect("an answer");
    assert_eq!(codes, ["0200", "8001"]);
    assert!(world.is_sound());
}
