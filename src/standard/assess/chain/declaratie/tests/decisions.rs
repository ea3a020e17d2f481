//! Lines that wait for the municipality, and what its decisions make of them.

use jiff::civil::date;

use super::cases::{NONE, budget};
use super::message::{Row, Sent};
use super::world::World;
use crate::assess::{ContractDecision, Decision, Held};

/// Two lines under a tariff that is not agreed, one under one that is nowhere, one that is refused for more, and a right one.
fn to_decide() -> Sent {
    let may = |referentie: &str| Row::hours(referentie, 5, 3);
    let rows = [
        Row::hours("R1", 3, 15).size(15, "04", 5600),
        Row::hours("R2", 4, 16).size(16, "04", 5600),
        Row::hours("R3", 5, 1)
            .on(1005)
            .product("43", "43A05")
            .size(1, "14", 1000),
        may("R4"),
        budget("R5", 1).size(1, "04", 1),
    ];
    let mut rows = rows.to_vec();
    rows[2].periode = (date(2026, 5, 1), date(2026, 5, 31));
    Sent::over("DN1", 5, rows)
}

#[test]
fn a_setting_holds_lines_for_the_municipality_that_nothing_else_refuses() {
    let mut world = World::new();
    let sent = to_decide();
    let line = |number| format!("Client[1]/Prestatie[{number}]");
    assert_eq!(world.judge(&sent).held, NONE);
    world.settings.contract_decision = ContractDecision::Broken;
    assert_eq!(world.judge(&sent).held, [line(1)]);
    world.settings.contract_decision = ContractDecision::BrokenOrUnknown;
    let all = world.judge(&sent);
    assert_eq!(
        all.held,
        [line(1), line(3), "Client[2]/Prestatie[1]".to_owned()]
    );
    // What is held counts as granted: March used 15 of the 39 hours.
    let granted = all.granted().unwrap();
    assert_eq!(granted, 84_000 + 1000 + 16_500 + 1);
}

/// The world in which the municipality is asked about every tariff that it did not agree to.
fn asking() -> World {
    let mut world = World::new();
    world.settings.contract_decision = ContractDecision::BrokenOrUnknown;
    world
}

/// Decisions on the lines that wait, in their order.
fn decisions<const N: usize>(held: &[Held], grants: [bool; N]) -> [Decision; N] {
    assert_eq!(held.len(), N);
    std::array::from_fn(|place| Decision {
        at: held[place].at,
        grant: grants[place],
    })
}

#[test]
fn a_decision_grants_a_held_line_or_refuses_it_for_its_tariff() {
    let (world, sent) = (asking(), to_decide());
    let held = world.judge(&sent).judged.held;
    let decided = decisions(&held, [true, false, true]);
    let outcome = world.decide(&sent, &decided);
    assert_eq!(outcome.held, NONE);
    let line = |number| format!("Client[1]/Prestatie[{number}]");
    let refused = [format!("{} 9321", line(2)), format!("{} 0611", line(3))];
    assert_eq!(outcome.refused[0], refused[0]);
    assert!(outcome.refused.contains(&refused[1]), "{outcome:?}");
    assert_eq!(outcome.granted(), Some(84_000 + 16_500 + 1));
    // What was decided on one line leaves the others waiting.
    let first = world.decide(&sent, decided.get(..1).unwrap());
    assert_eq!(first.held, [line(3), "Client[2]/Prestatie[1]".to_owned()]);
    assert!(first.judged.assessment.waiting.contains(&held[1].at));
}

#[test]
fn what_a_decision_leaves_is_there_for_the_lines_after_it() {
    // 15 hours in March and in April wait; with both granted 9 of the 39 hours are left for May.
    let other = |referentie, month| Row::hours(referentie, month, 15).size(15, "04", 5600);
    let may = Row::hours("R3", 5, 15);
    let sent = Sent::over("DN1", 5, [other("R1", 3), other("R2", 4), may]);
    let world = asking();
    let waits = world.judge(&sent);
    assert_eq!(
        waits.refused,
        [
            "Client[1]/Prestatie[1] 0611",
            "Client[1]/Prestatie[2] 0611",
            "Client[1]/Prestatie[3] 9322"
        ]
    );
    let decide = |grants| world.decide(&sent, &decisions(&waits.judged.held, grants));
    assert_eq!(
        decide([true, true]).refused,
        ["Client[1]/Prestatie[3] 9322"]
    );
    let one = decide([true, false]);
    assert_eq!(one.refused, ["Client[1]/Prestatie[2] 0611"]);
    assert_eq!(one.granted(), Some(84_000 + 82_500));
}

#[test]
fn a_decision_stands_although_nobody_would_be_asked_any_more() {
    let (asked, sent) = (asking(), to_decide());
    let held = asked.judge(&sent).judged.held;
    let never = World::new();
    let line = |number| format!("Client[1]/Prestatie[{number}]");
    assert!(
        never
            .judge(&sent)
            .refused
            .contains(&format!("{} 0611", line(1)))
    );
    let outcome = never.decide(&sent, &decisions(&held, [true, false, true]));
    assert_eq!(
        outcome.refused[0],
        format!("{} 9321", line(2)),
        "line 1 was granted"
    );
    assert!(outcome.refused.contains(&format!("{} 0611", line(3))));
    assert_eq!(outcome.held, NONE);
}
