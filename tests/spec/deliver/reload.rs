//! Registers that follow one another: an endpoint that goes and comes back has one courier at a time.

use std::sync::Arc;
use std::time::Duration;

use knooppunt::clock::Clock as _;
use knooppunt::deliver::{DeliverSettings, Deliveries};
use knooppunt::envelope::tables::Generation;
use knooppunt::ledger::Event;
use knooppunt::register::Register;

use super::ggk::bv03;
use super::server::{Act, Server};
use super::time::Time;
use crate::tls_world::patiently;
use crate::world::{GEMEENTE_A, PARTIES, World, ZORG_A, register};

#[tokio::test]
async fn an_endpoint_that_comes_back_waits_until_what_was_under_way_to_it_has_ended() {
    let world = World::new();
    let server = Server::start(world.clock.now()).await;
    server.script(&[Act::Hang], bv03("{number}"));
    let time = Time::stopped(&world.clock);
    let deliveries = Deliveries::new(
        Arc::clone(&world.ledger),
        Arc::new(world.clock.clone()),
        DeliverSettings::default(),
        Generation::default(),
    )
    .expect("random bytes");
    let there = server.register(PARTIES, "gemeente-a", "ggk0210", "/x", "");
    let begin = |register: &Register| {
        deliveries.begin(deliveries.ready(register).expect("its files are there"));
    };
    let asked = server.asked.notified();
    begin(&there);
    world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    patiently(asked).await;
    begin(&register(PARTIES));
    begin(&there);
    for _ in 0..300 {
        // More than it takes to ask again.
        tokio::task::spawn_blocking(|| {}).await.expect("no panic");
    }
    assert_eq!(server.requests().len(), 1, "one is under way");
    let asked = server.asked.notified();
    time.passes(Duration::from_secs(11)).await;
    patiently(asked).await;
    assert_eq!(server.requests().len(), 2);
    deliveries.stop().await;
    let events = world.events().into_iter();
    let ends: Vec<Option<String>> = events
        .filter_map(|event| {
            let Event::Brings(brings) = event else {
                return None;
            };
            Some(brings.endpoint)
        })
        .collect();
    let kind = || Some("ggk0210".to_owned());
    assert_eq!(ends, [kind(), None, kind()]);
}
