//! Which refusals of a declaration as a whole wait for nothing that may be accepted later.

use super::message::{Row, Sent};
use super::world::World;
use jiff::civil::date;

/// DN1 over March was processed, with fifteen hours.
fn after_march() -> World {
    let mut world = World::new();
    world.take(&Sent::over("DN1", 3, [Row::hours("R1", 3, 15)]));
    world
}

/// A line on the allocation of the others, under a number of its own.
fn line(referentie: &str, month: i8) -> Row {
    let row = Row::hours(referentie, 3, 1);
    row.periode(date(2026, month, 1), date(2026, month, 28))
}

#[test]
fn a_good_declaration_hangs_on_one_that_waits_on_the_same_allocation() {
    let sent = Sent::over("DN3", 4, [line("R3", 4)]).named("M3");
    let waits = Sent::over("DN2", 4, [line("R2", 4)]).named("M2");
    assert!(after_march().hangs(&sent, &waits));
}

#[test]
fn a_used_number_hangs_on_nothing_but_whether_its_month_will_lie_behind() {
    let world = after_march();
    let sent = Sent::over("DN1", 3, [line("R3", 3)]).named("M3");
    assert_eq!(world.judge(&sent).refused, ["Declaratie 9333"]);
    let waits = |month| Sent::over("DN2", month, [line("R2", month)]).named("M2");
    assert!(!world.hangs(&sent, &waits(3)));
    assert!(world.hangs(&sent, &waits(4)), "it would go back as well");
}

#[test]
fn a_month_that_lies_behind_hangs_on_nothing_but_whether_its_number_will_be_used() {
    let world = after_march();
    let sent = Sent::over("DN3", 2, [line("R3", 2)]).named("M3");
    assert_eq!(world.judge(&sent).refused, ["Declaratie 8214"]);
    let waits = |nummer| Sent::over(nummer, 4, [line("R2", 4)]).named("M2");
    assert!(!world.hangs(&sent, &waits("DN2")));
    assert!(
        world.hangs(&sent, &waits("DN3")),
        "it would be used as well"
    );
}

#[test]
fn a_used_number_over_a_month_that_lies_behind_hangs_on_nothing() {
    let world = after_march();
    let sent = Sent::over("DN1", 2, [line("R3", 2)]).named("M3");
    assert_eq!(
        world.judge(&sent).refused,
        ["Declaratie 8214", "Declaratie 9333"]
    );
    for nummer in ["DN1", "DN2"] {
        let waits = Sent::over(nummer, 4, [line("R2", 4)]).named("M2");
        assert!(!world.hangs(&sent, &waits));
    }
}
