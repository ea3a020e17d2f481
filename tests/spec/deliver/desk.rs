//! What people see of deliveries and do about them.

use std::sync::Arc;

use knooppunt::deliver::{ByHand, Desk, DeskError, May, Reason, Verdict, Which};
use knooppunt::ledger::DeliveryTurn;

use super::couriers::{Script, TAKEN, to_a, turns};
use crate::world::{GEMEENTE_A, World, ZORG_A, ZORG_B, code, on_both_stores};

fn anybody() -> May {
    Arc::new(|_, _, _| true)
}

async fn states(desk: &Desk, which: Which) -> Vec<String> {
    let codes = vec![code(GEMEENTE_A)];
    let page = desk.list(codes, anybody(), which, None, 100).await;
    let deliveries = page.expect("the desk does its work").deliveries;
    let state = |delivery: &knooppunt::deliver::Delivery| match &delivery.stopped {
        None => "waiting".to_owned(),
        Some(stopped) => format!("{} {} {}", stopped.code(), stopped.reason, stopped.attempts),
    };
    deliveries.iter().map(state).collect()
}

#[tokio::test]
async fn a_dead_letter_is_tried_again_by_hand_and_goes_before_what_came_later() {
    on_both_stores(async |world| {
        let desk = Desk::new(Arc::clone(&world.ledger));
        let refused = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
        let script = Script::new(&world, |_, _| {
            Verdict::Refused(Reason::published("StUF010"))
        });
        let mut courier = to_a(&world, &script);
        assert_eq!(courier.until_idle().await, None);
        assert_eq!(states(&desk, Which::Stopped).await, ["dead StUF010 1"]);
        script.answer_by(|_, _| TAKEN);
        let behind = world.sent("JW307", GEMEENTE_A, ZORG_A, "2").await;
        let retried = desk
            .do_by_hand(refused.id, anybody(), ByHand::Retry, None)
            .await;
        assert_eq!(retried.expect("it waits").stopped, None);
        assert_eq!(courier.until_idle().await, None);
        assert_eq!(script.taken(), [refused.id, behind.id]);
        assert!(states(&desk, Which::All).await.is_empty());
        let gone = desk
            .do_by_hand(refused.id, anybody(), ByHand::Retry, None)
            .await;
        assert!(matches!(gone, Err(DeskError::NotFound)));
        let all: Vec<DeliveryTurn> = turns(&world).into_iter().map(|(turn, _)| turn).collect();
        assert_eq!(all, [DeliveryTurn::Dead, DeliveryTurn::Again]);
    })
    .await;
}

#[tokio::test]
async fn a_stuck_message_is_given_up_by_hand_and_frees_its_pair_but_stays_in_the_mailbox() {
    let world = World::new();
    let desk = Desk::new(Arc::clone(&world.ledger));
    let stuck = world.sent("JW305", GEMEENTE_A, ZORG_A, "1").await;
    let behind = world.sent("JW307", GEMEENTE_A, ZORG_A, "2").await;
    let id = stuck.id;
    let script = Script::new(&world, move |asked, _| {
        if asked.id == id {
            Verdict::NotTaken(Reason::new("timeout"))
        } else {
            TAKEN
        }
    });
    let mut courier = to_a(&world, &script);
    assert!(courier.until_idle().await.is_some());
    assert_eq!(states(&desk, Which::All).await, ["waiting", "waiting"]);
    for _ in 0..2 {
        let by = Some("gemeente-a".to_owned());
        let dropped = desk.do_by_hand(id, anybody(), ByHand::Drop, by).await;
        let stopped = dropped.expect("it waits").stopped.expect("given up");
        assert_eq!(
            (stopped.code(), stopped.reason.as_str()),
            ("dropped", "by-hand")
        );
    }
    assert_eq!(turns(&world).len(), 1, "again changes nothing");
    assert_eq!(courier.until_idle().await, None);
    assert_eq!(script.taken(), [behind.id]);
    assert_eq!(world.waiting("gemeente-a").await, [stuck.id]);
}

#[tokio::test]
async fn who_may_not_see_a_message_finds_no_delivery_of_it_and_pages_go_on() {
    let world = World::new();
    let desk = Desk::new(Arc::clone(&world.ledger));
    let mut sent = Vec::new();
    for number in 0..5 {
        let maker = if number % 2 == 0 { ZORG_A } else { ZORG_B };
        sent.push(
            world
                .sent("JW305", GEMEENTE_A, maker, &number.to_string())
                .await
                .id,
        );
    }
    let nobody: May = Arc::new(|_, _, _| false);
    let hidden = desk
        .do_by_hand(sent[0], Arc::clone(&nobody), ByHand::Drop, None)
        .await;
    assert!(matches!(hidden, Err(DeskError::NotFound)));
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let codes = vec![code(GEMEENTE_A)];
        let page = desk
            .list(codes, anybody(), Which::All, after, 2)
            .await
            .unwrap();
        seen.extend(page.deliveries.iter().map(|delivery| delivery.message.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, sent);
    let codes = vec![code(GEMEENTE_A)];
    let page = desk
        .list(codes, nobody, Which::All, None, 100)
        .await
        .unwrap();
    assert!(page.deliveries.is_empty());
}
