//! Cases 55 to 73: 317.

use jiff::civil::date;
use knooppunt_standard::Law;

use super::message::{BSN1, BSN2, BSN3, BSN4, Changed, Message, New, ROW, Row, allocates, wishes};
use super::requests::{DAY, open};
use super::world::{A1002, Outcome, World};

/// 1001 changed as in case 55.
const C1001: Changed = Changed {
    nummer: 1001,
    from: "2026-05-04",
    to: "2026-12-31",
    size: "5x04x2",
    budget: 0,
};

const NEW: New = New {
    product: "45/45A04",
    from: "2026-06-01",
    to: "2026-12-31",
    size: "2x04x4",
};

/// A 317 of case 55's day and client.
fn wish(id: &str, unchanged: &[u64], changed: &[Changed], new: &[New]) -> Message {
    wishes(id, DAY, BSN1, id, unchanged, changed, new)
}

fn judge(unchanged: &[u64], changed: &[Changed], new: &[New]) -> Outcome {
    World::jw().send(&wish("W1", unchanged, changed, new))
}

/// The request of case 55 is open.
pub(super) fn wished() -> World {
    let mut world = World::jw();
    world.accepts(&wish("W1", &[1002, 1004, 1005], &[C1001], &[]));
    world
}

#[test]
fn case_55_a_change_of_one_of_all_actual_allocations_is_accepted() {
    let mut world = World::jw();
    let outcome = world.accepts(&wish("W1", &[1002, 1004, 1005], &[C1001], &[]));
    assert_eq!((outcome.advised.len(), outcome.not_assessed.len()), (0, 0));
    assert_eq!(world.open_requests(BSN1), 1);
}

#[test]
fn case_56_nothing_is_judged_of_a_client_without_allocations() {
    let mut world = World::jw();
    let message = wishes("M1", DAY, BSN4, "W9", &[1002, 1004], &[C1001], &[NEW]);
    let refused = [
        "Client 8187",
        "Verzoek 0233",
        "OngewijzigdProduct[1] 0233",
        "OngewijzigdProduct[2] 0233",
        "TeWijzigenProduct 0233",
        "NieuwProduct 0233",
    ];
    world.refuses(&message, &refused);
    world.history_from = Some(date(2026, 1, 1));
    let message = wishes("M2", DAY, BSN4, "W9", &[8001], &[], &[NEW]);
    let outcome = world.accepts(&message);
    let not_assessed = ["TR304 Client", "TR350 OngewijzigdProduct"];
    assert_eq!(outcome.not_assessed, not_assessed);
}

#[test]
fn case_57_every_actual_allocation_is_named() {
    let outcome = judge(&[1002, 1004], &[C1001], &[]);
    assert_eq!(outcome.refused, ["Verzoek 9349"]);
}

#[test]
fn case_58_what_stays_is_known() {
    let outcome = judge(&[1002, 1004, 1005, 9999], &[C1001], &[]);
    assert_eq!(outcome.refused, ["OngewijzigdProduct[4] 9350"]);
}

#[test]
fn case_59_what_stays_is_actual() {
    let new = New {
        product: "46/46A01",
        from: "2026-08-01",
        ..NEW
    };
    let message = wishes(
        "M1",
        "2026-07-01",
        BSN1,
        "W1",
        &[1001, 1002, 1005],
        &[],
        &[new],
    );
    World::jw().refuses(&message, &["OngewijzigdProduct[1] 9350"]);
}

#[test]
fn case_60_what_changes_is_known() {
    let unknown = Changed {
        nummer: 9999,
        ..C1001
    };
    let outcome = judge(&[1001, 1002, 1004, 1005], &[unknown], &[]);
    assert_eq!(outcome.refused, ["TeWijzigenProduct 9351"]);
}

#[test]
fn an_allocation_of_another_client_is_not_actual() {
    let other = Changed {
        nummer: 1003,
        ..C1001
    };
    let outcome = judge(&[1001, 1002, 1004, 1005, 1007], &[other], &[]);
    assert_eq!(
        outcome.refused,
        ["OngewijzigdProduct[5] 9350", "TeWijzigenProduct 9351"]
    );
}

#[test]
fn an_allocation_that_may_be_older_than_the_past_is_not_refused() {
    let mut world = World::jw();
    world.history_from = Some(date(2026, 1, 1));
    let unknown = Changed {
        nummer: 9998,
        ..C1001
    };
    let message = wish("W1", &[1001, 1002, 1004, 1005, 9999], &[unknown], &[]);
    let outcome = world.accepts(&message);
    assert_eq!(
        outcome.not_assessed,
        ["TR350 OngewijzigdProduct[5]", "TR351 TeWijzigenProduct"]
    );
}

#[test]
fn case_61_a_change_from_today_is_not_in_the_future() {
    let change = Changed { from: DAY, ..C1001 };
    let outcome = judge(&[1002, 1004, 1005], &[change], &[]);
    assert_eq!(outcome.refused, ["TeWijzigenProduct 9357"]);
}

#[test]
fn case_62_a_change_from_the_beginning_is_accepted() {
    let change = Changed {
        from: "2026-03-02",
        ..C1001
    };
    assert_eq!(
        judge(&[1002, 1004, 1005], &[change], &[]),
        Outcome::default()
    );
}

#[test]
fn a_change_after_the_allocation_ends_is_advice() {
    let change = Changed {
        from: "2026-06-01",
        ..C1001
    };
    let outcome = judge(&[1002, 1004, 1005], &[change], &[]);
    assert_eq!(outcome.refused, [""; 0]);
    assert_eq!(outcome.advised, ["IV092 TeWijzigenProduct"]);
}

#[test]
fn case_63_a_new_product_is_not_stacked_on_one_that_is_extended() {
    let outcome = judge(&[1002, 1004, 1005], &[C1001], &[NEW]);
    assert_eq!(outcome.refused, ["Verzoek 9361"]);
}

#[test]
fn case_64_a_new_product_follows_one_that_ends() {
    let new = New { to: "", ..NEW };
    let outcome = judge(&[1001, 1002, 1004, 1005], &[], &[new]);
    assert_eq!(outcome, Outcome::default());
}

#[test]
fn an_allocation_does_not_both_stay_and_change() {
    let outcome = judge(&[1001, 1002, 1004, 1005], &[C1001], &[]);
    assert_eq!(outcome.refused, ["Verzoek 9361"]);
}

#[test]
fn aids_may_stack_under_the_wmo_but_one_of_them_does_not_both_stay_and_change() {
    let aid = |nummer| Row {
        nummer,
        product: "12/12A01",
        from: "2026-03-01",
        to: "2026-12-31",
        size: "1x82x4",
        ..ROW
    };
    let change = Changed {
        nummer: 3001,
        from: "2026-05-04",
        to: "2026-12-31",
        size: "2x82x4",
        budget: 0,
    };
    for (unchanged, refused) in [(&[3002][..], &[][..]), (&[3001, 3002], &["Verzoek 9361"])] {
        let mut world = World::empty();
        let rows = [aid(3001), aid(3002)];
        world.accepts(&allocates("H1", "2026-02-20", BSN1, &rows).under(Law::Wmo));
        let message = wish("W1", unchanged, &[change], &[]).under(Law::Wmo);
        world.refuses(&message, refused);
    }
}

/// 1005, a total of 40, becomes 60.
const C1005: Changed = Changed {
    nummer: 1005,
    from: "2026-05-01",
    to: "",
    size: "60x14x6",
    budget: 0,
};

#[test]
fn case_65_a_total_changes_from_the_beginning() {
    let outcome = judge(&[1001, 1002, 1004], &[C1005], &[]);
    assert_eq!(outcome.refused, ["TeWijzigenProduct 9373"]);
}

#[test]
fn case_66_a_total_that_changes_from_the_beginning_is_accepted() {
    let change = Changed {
        from: "2026-04-01",
        ..C1005
    };
    assert_eq!(
        judge(&[1001, 1002, 1004], &[change], &[]),
        Outcome::default()
    );
}

#[test]
fn a_volume_that_becomes_a_total_changes_from_the_beginning() {
    let change = Changed {
        size: "5x04x6",
        ..C1001
    };
    let outcome = judge(&[1002, 1004, 1005], &[change], &[]);
    assert_eq!(outcome.refused, ["TeWijzigenProduct 9373"]);
}

#[test]
fn case_67_a_change_of_a_product_with_a_code_repeats_its_volume() {
    let change = Changed {
        from: "2026-03-02",
        size: "",
        ..C1001
    };
    let outcome = judge(&[1002, 1004, 1005], &[change], &[]);
    assert_eq!(outcome.refused, ["TeWijzigenProduct 9411"]);
}

/// 1003, a category with a budget of 5,000.00, gets 6,000.00.
const C1003: Changed = Changed {
    nummer: 1003,
    from: "2026-03-01",
    to: "2026-12-31",
    size: "",
    budget: 600_000,
};

fn judge_budget(bsn: &str, change: Changed) -> Outcome {
    World::jw().send(&wishes("M1", DAY, bsn, "W1", &[], &[change], &[]))
}

#[test]
fn case_68_a_category_without_code_has_no_volume() {
    let change = Changed {
        size: "5x04x4",
        budget: 0,
        ..C1003
    };
    let outcome = judge_budget(BSN2, change);
    assert_eq!(outcome.refused, ["TeWijzigenProduct 9412"]);
}

#[test]
fn case_69_an_allocation_without_product_has_no_volume() {
    let change = Changed {
        nummer: 1007,
        from: "2026-01-01",
        size: "5x04x4",
        budget: 0,
        ..C1003
    };
    let outcome = judge_budget(BSN3, change);
    assert_eq!(outcome.refused, ["TeWijzigenProduct 9375"]);
}

#[test]
fn case_70_another_budget_from_the_beginning_is_accepted() {
    let change = C1003;
    assert_eq!(judge_budget(BSN2, change), Outcome::default());
}

#[test]
fn another_budget_from_a_later_day_is_refused() {
    let change = Changed {
        from: "2026-05-01",
        ..C1003
    };
    let outcome = judge_budget(BSN2, change);
    assert_eq!(outcome.refused, ["TeWijzigenProduct 9373"]);
}

#[test]
fn case_71_requests_of_both_kinds_share_their_references() {
    let mut world = open();
    let message = wishes("M1", DAY, BSN1, "V2", &[1002, 1004, 1005], &[C1001], &[]);
    world.refuses(&message, &["Verzoek 9347"]);
}

#[test]
fn case_72_a_request_for_change_waits_for_the_one_before() {
    wished().refuses(
        &wish("W2", &[1002, 1004, 1005], &[C1001], &[]),
        &["Verzoek 9374"],
    );
}

#[test]
fn a_new_product_is_in_the_agreed_list() {
    let new = New {
        product: "46/46A09",
        ..NEW
    };
    let outcome = judge(&[1002, 1004, 1005], &[C1001], &[new]);
    assert_eq!(outcome.refused, ["NieuwProduct S329"]);
}

#[test]
fn case_73_a_new_product_begins_in_the_future() {
    let new = New {
        product: "46/46A01",
        from: DAY,
        ..NEW
    };
    let outcome = judge(&[1001, 1002, 1004, 1005], &[], &[new]);
    assert_eq!(outcome.refused, ["Header 0001"]);
}

#[test]
fn an_allocation_that_a_receiver_took_for_another_client_is_his() {
    let mut world = World::jw();
    let row = Row {
        made: "2026-03-20",
        ..A1002
    };
    let message = allocates("H1", "2026-03-20", BSN2, &[row]);
    let changes = world.when_accepted(&message);
    world.past.apply_all(&changes);
    let without = wish("M1", &[1004, 1005], &[C1001], &[]);
    world.clone().accepts(&without);
    let with = wish("M2", &[1002, 1004, 1005], &[C1001], &[]);
    world.refuses(&with, &["OngewijzigdProduct[1] 9350"]);
}

#[test]
fn a_volume_may_be_asked_for_what_ended_by_2020() {
    let mut world = World::empty();
    let old = Row {
        nummer: 3001,
        from: "2020-01-01",
        made: "2020-01-01",
        to: "2026-12-31",
        budget: 100_000,
        ..ROW
    };
    world.accepts(&allocates("F1", "2020-01-02", BSN1, &[old]));
    let asks = |to| {
        let change = Changed {
            nummer: 3001,
            from: "2020-01-01",
            to,
            size: "5x04x4",
            budget: 0,
        };
        world.clone().send(&wish("W1", &[], &[change], &[])).refused
    };
    assert_eq!(asks("2020-12-31"), [""; 0]);
    assert_eq!(asks("2021-01-01"), ["TeWijzigenProduct 9375"]);
    assert_eq!(asks(""), ["TeWijzigenProduct 9375"]);
}
