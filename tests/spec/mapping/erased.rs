//! What is left when contents are erased: of a message neither form, of an allocation what was given for it.

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::clock::Clock as _;
use knooppunt::ledger::Event;
use knooppunt::mailbox::Content;
use knooppunt::retention::RetentionSettings;
use knooppunt::store::{Part, PartKind};

use super::{crosses, refusing, translating};
use crate::judge::{JUDGED, without_views};
use crate::modes::MANDATE;
use crate::products::LAWS;
use crate::world::{Store, World};

const DOWN: [&str; 2] = ["gemeente-a", "zorg-a"];
const UP: [&str; 2] = ["zorg-a", "gemeente-a"];

/// How many parts of each kind can be read, and how many are erased.
fn parts(world: &World) -> [(usize, usize); 3] {
    let mut found = [(0, 0); 3];
    for record in world.records() {
        let kinds = [PartKind::Body, PartKind::Mapped, PartKind::Effect];
        for (kind, found) in kinds.into_iter().zip(&mut found) {
            match world.store.journal.part(&record, kind).expect("readable") {
                Some(Part::Whole(_)) => found.0 += 1,
                Some(Part::Erased) => found.1 += 1,
                None => {}
            }
        }
    }
    found
}

#[tokio::test]
async fn of_an_erased_message_no_form_can_be_read_and_later_ones_go_by_what_was_given() {
    for two in LAWS {
        let lines = two.lines(&format!("{MANDATE}{JUDGED}{}", two.agreed()));
        let world = World::on(Store::on_disk());
        let world = translating(world, &lines, &two.rows());
        let own = two.allocation("T1");
        let given = crosses(&world, DOWN, [&own, &two.canonical(&own)]).await;
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        let first = two.declaration("D1");
        crosses(&world, UP, [&two.canonical(&first), &first]).await;
        // Declared again it is given back: the copy of that answer has another form too.
        let again = two.declaration("D2");
        let again = crosses(&world, UP, [&two.canonical(&again), &again]).await;
        let [(bodies, 0), (mapped, 0), (effects, 0)] = parts(&world) else {
            panic!("something is erased: {:?}", parts(&world))
        };
        // Three messages, each with an answer and the copy of it; of one answer the copy differs.
        assert_eq!((bodies, mapped), (9, 4));

        world.clock.advance(SignedDuration::from_hours(24 * 61));
        let swept = world.retention(RetentionSettings::default());
        let swept = swept.sweep(world.clock.now()).await.expect("erased");
        assert_eq!(swept.erased, 9);
        let gone = [(0, bodies), (0, mapped), (effects, 0)];
        let now = parts(&world);
        assert_eq!((now[0], now[1]), (gone[0], gone[1]));
        assert!(now[2].0 >= effects && now[2].1 == 0, "{now:?}");
        for id in [given.id, again.id] {
            for party in DOWN {
                let content = world.content(party, id).await;
                assert!(matches!(content, Content::Erased { .. }), "{party}");
            }
        }

        // With views that are made anew, and other tables.
        let world = world.again_after(without_views);
        let world = translating(world, &two.agreed(), &two.other_rows());
        let own = two.declaration("D3");
        let canonical = two.canonical(&own);
        crosses(&world, UP, [&canonical, &own]).await;
        let answer = |form: &Bytes| refusing(form, "Prestatie", "TR321", "A1");
        crosses(&world, DOWN, [&answer(&own), &answer(&canonical)]).await;
        let own = two.start("S1");
        crosses(&world, UP, [&two.canonical(&own), &own]).await;
        let received = |event: &&Event| matches!(event, Event::Received(_));
        assert_eq!(world.events().iter().filter(received).count(), 12);
        assert!(world.is_sound());
        assert!(world.checked().is_sound());
    }
}
