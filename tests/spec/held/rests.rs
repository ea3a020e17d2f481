//! What a declaration that waits rests on, and how often it is looked at because of that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use knooppunt::clock::Clock as _;
use knooppunt::ledger::{Event, Mark};

use super::{LINE, Waiting, allocation, at_contract, declaration, line, of_other, paths, with};
use crate::world::{GEMEENTE_A, World, ZORG_A, answer, on_both_stores};

/// A later version of the allocation, with this after its first day.
fn version(id: &str, after: &str) -> Bytes {
    let end = "<jw301:Einddatum>2026-12-31</jw301:Einddatum>";
    let body = with(&allocation(id), end, after);
    with(&body, ">2026-01-05<", ">2026-03-05<")
}

impl Waiting {
    /// What waits is judged again. Gives how many were answered, and how many looked at.
    async fn looked_again(&self) -> (usize, usize) {
        let looks = AtomicUsize::new(0);
        let now = || {
            looks.fetch_add(1, Ordering::SeqCst);
            (Arc::clone(&self.register), self.clock.now())
        };
        let answered = self.intake.judge_again(&now, &|| true).await;
        (answered.expect("judged again"), looks.into_inner())
    }

    fn judged_anew(&self) -> usize {
        self.count(|event| matches!(event, Event::Reconsidered(_)))
    }
}

#[tokio::test]
async fn a_line_under_an_allocation_that_is_taken_back_asks_nobody_any_more() {
    on_both_stores(async |world: World| {
        let world = Waiting::allocated(world, "").await;
        let asks = world.taken("zorg-a", &declaration("D1")).await;
        let behind = at_contract(&declaration("D2"));
        let behind = world.taken("zorg-a", &behind).await;
        let other = of_other(&declaration("D3"));
        let other = world.taken("zorg-a", &other).await;
        let back = version(
            "T3",
            "<jw301:Einddatum>2026-02-01</jw301:Einddatum><jw301:RedenWijziging>13</jw301:RedenWijziging>",
        );
        let back = world.taken("gemeente-a", &back).await;
        assert_eq!(back.marks, [Mark::Waits], "it hangs on what waits");
        assert!(!world.intake.is_queued(), "nothing counts yet");
        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T3", "R3");
        world.taken("zorg-a", &accepts).await;
        assert_eq!(world.looked_again().await, (2, 2), "and none of the other client");
        for id in [asks.id, behind.id] {
            let codes = world.codes(id).await.expect("an answer");
            assert!(codes.contains(&"9384".to_owned()), "{codes:?}");
        }
        let decisions = world.count(|event| matches!(event, Event::Decided(_)));
        assert_eq!(decisions, 0);
        let held = world.held("gemeente-a").await;
        let left: Vec<_> = held.iter().map(|one| one.message.id).collect();
        assert_eq!(left, [other.id]);
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_line_under_an_allocation_that_changes_elsewhere_asks_on_and_that_is_no_record() {
    let world = Waiting::allocated(World::new(), "").await;
    let asks = world.taken("zorg-a", &declaration("D1")).await;
    // Of another client: nothing under it waits.
    let end = "<jw301:Einddatum>2026-11-30</jw301:Einddatum>";
    let elsewhere = of_other(&version("T3", end));
    let elsewhere = world.taken("gemeente-a", &elsewhere).await;
    assert!(elsewhere.state.answered.is_some(), "{:?}", elsewhere.marks);
    assert_eq!(world.looked_again().await, (0, 0));
    // It ends earlier, and after the month of the line.
    world.taken("gemeente-a", &version("T4", end)).await;
    let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T4", "R4");
    world.taken("zorg-a", &accepts).await;
    assert_eq!(world.looked_again().await, (0, 1));
    assert_eq!(world.judged_anew(), 0);
    let held = world.held("gemeente-a").await;
    assert_eq!(paths(&held[0]), [LINE]);
    world.decided(asks.id, line(LINE, true)).await;
    let codes = world.codes(asks.id).await.expect("an answer");
    assert_eq!(codes, ["0200", "8001"]);
    // Nothing waits any more, so that no allocation is worth a look.
    let later = with(&version("T5", end), ">2026-03-05<", ">2026-03-06<");
    world.taken("gemeente-a", &later).await;
    assert!(!world.intake.is_queued());
    assert!(world.is_sound());
}

#[tokio::test]
async fn of_ten_years_of_months_in_a_row_each_is_looked_at_a_few_times_and_not_once_for_each_before_it()
 {
    const MONTHS: usize = 120;
    let world = Waiting::allocated(World::new(), "").await;
    let mut taken = Vec::new();
    for number in 0..MONTHS {
        let body = declaration(&format!("D{number}"));
        let message = world.taken("zorg-a", &body).await;
        assert_eq!(message.marks, [Mark::Held]);
        taken.push(message.id);
    }
    let mut looks = 0;
    for id in &taken {
        world.decided(*id, line(LINE, false)).await;
        let (answered, looked) = world.looked_again().await;
        assert_eq!(answered, 0, "each asks for itself");
        looks += looked;
    }
    // Half of those that are waited for, then half of the rest: that is the logarithm of their number for each, and one for the last.
    let each = MONTHS.ilog2() as usize + 1;
    assert!(looks <= MONTHS * each, "{looks}");
    assert!(
        looks >= MONTHS - 1,
        "each was looked at when nothing was left: {looks}"
    );
    assert!(world.held("gemeente-a").await.is_empty());
    assert!(world.is_sound());
}
