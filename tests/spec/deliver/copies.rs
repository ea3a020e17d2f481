//! Copies of answers that were made in a party's own name: they stay in its mailbox and are no deliveries.

use std::sync::Arc;

use knooppunt::deliver::{ByHand, Desk, DeskError, May, Which};

use super::couriers::{Script, TAKEN, to_a};
use crate::judge::start_too_soon;
use crate::modes::MANDATE;
use crate::world::{self, GEMEENTE_A, World, code};

#[tokio::test]
async fn a_copy_is_not_brought_is_not_listed_as_waiting_to_be_and_stays_in_the_mailbox() {
    let mut world = World::new();
    world.register = world::register(&format!("{}{MANDATE}", world::PARTIES));
    world.taken("zorg-a", &start_too_soon("G1")).await;
    let copies = world.waiting("gemeente-a").await;
    let [copy] = copies[..] else {
        panic!("one copy")
    };
    let script = Script::new(&world, |_, _| TAKEN);
    let mut courier = to_a(&world, &script);
    assert_eq!(courier.until_idle().await, None);
    assert!(script.asked().is_empty(), "whatever the wire");
    let desk = Desk::new(Arc::clone(&world.ledger));
    let anybody: May = Arc::new(|_, _, _| true);
    for which in [Which::All, Which::Stopped] {
        let codes = vec![code(GEMEENTE_A)];
        let page = desk.list(codes, Arc::clone(&anybody), which, None, 100);
        assert!(page.await.expect("a page").deliveries.is_empty());
    }
    for what in [ByHand::Retry, ByHand::Drop] {
        let done = desk.do_by_hand(copy, Arc::clone(&anybody), what, None);
        assert!(matches!(done.await, Err(DeskError::NotFound)), "{what:?}");
    }
    assert_eq!(world.waiting("gemeente-a").await, [copy]);
}
