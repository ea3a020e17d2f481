//! A past that lacks what a damaged effect did: nothing is refused for being absent from it.

use knooppunt_standard::rules::Weight;

use crate::damage::flip;
use crate::verdict::{JUDGED, allocation};
use crate::world::{GEMEENTE_A, PARTIES, Store, World, ZORG_A, ZORG_B, message, register};
use jiff::SignedDuration;
use knooppunt::register::Mode;
use knooppunt::store::PartKind;

fn judged(mut world: World) -> World {
    world.register = register(&format!("{PARTIES}{JUDGED}"));
    world
}

/// What TR019 makes of a start on an allocation that is not in the past.
async fn absent(world: &World, party: &str, aanbieder: &str, id: &str) -> Vec<Weight> {
    let body = message("JW305", GEMEENTE_A, aanbieder, id);
    let taken = world.taken(party, &body).await;
    let found = world
        .mailbox
        .findings(&world.caller(party), taken.id, 0, 1000)
        .await
        .expect("the findings");
    let of = found.list.iter().filter(|finding| finding.rule == "TR019");
    of.map(|finding| finding.weight).collect()
}

#[tokio::test]
async fn a_rebuild_over_a_damaged_effect_leaves_absence_unassessed_between_its_two_parties_only() {
    let world = judged(World::on(Store::on_disk()));
    world.taken("gemeente-a", &allocation("T1")).await;
    let parts = world.records()[0].parts.clone();
    let effect = parts
        .into_iter()
        .find(|part| part.kind == PartKind::Effect)
        .expect("an effect");
    world.store.views.clear().expect("thrown away");
    let world = judged(world.again_after(|data| flip(data, &effect)));
    assert_eq!(world.ledger.damaged(), 1, "health can tell");
    let unassessed = [Weight::NotAssessed];
    assert_eq!(absent(&world, "zorg-a", ZORG_A, "S1").await, unassessed);
    let refused = [Weight::Refuses];
    assert_eq!(absent(&world, "zorg-b", ZORG_B, "S2").await, refused);
    let mut world = judged(world.again());
    assert_eq!(absent(&world, "zorg-a", ZORG_A, "S3").await, unassessed);

    // What is there may have been taken back by what is missing: nobody is refused for it either.
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S4");
    assert_eq!(world.taken("zorg-a", &body).await.mode, Mode::Guard);
    let body = message("JW305", GEMEENTE_A, ZORG_B, "S5");
    assert_eq!(world.taken("zorg-b", &body).await.mode, Mode::Judge);

    // A past that is whole since a later day is judged by again.
    world.clock.advance(SignedDuration::from_hours(48));
    let later = JUDGED.replace("since = 2015-01-01", "since = 2026-03-03");
    assert_ne!(later, JUDGED);
    world.register = register(&format!("{PARTIES}{later}"));
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S6");
    assert_eq!(world.taken("zorg-a", &body).await.mode, Mode::Judge);
}
