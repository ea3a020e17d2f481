//! The record of a verdict names what it was made with, whatever came of the message.

use std::collections::BTreeSet;

use knooppunt::ledger::{Event, Inputs, Mark};

use crate::judge::{JUDGED, allocated, declaration, start, with};
use crate::modes::MANDATE;
use crate::world::{World, broken, on_both_stores};

/// Of all that was handed in, with its marks, in the order of the journal.
fn of_all(world: &World) -> Vec<(Vec<Mark>, Inputs)> {
    let events = world.events().into_iter();
    let inputs = events.filter_map(|event| {
        let Event::Received(received) = event else {
            return None;
        };
        Some((received.marks, received.inputs))
    });
    inputs.collect()
}

#[tokio::test]
async fn every_verdict_names_program_rules_schemas_register_working_days_and_the_moment_it_came() {
    on_both_stores(async |world: World| {
        let world = allocated(world).await;
        let early = with(
            &start("S2"),
            "Begindatum>2026-02-02<",
            "Begindatum>2026-02-20<",
        );
        for body in [start("S1"), early, declaration("D1")] {
            world.taken("zorg-a", &body).await;
        }
        // Another register, by which another verdict may come.
        let world = world.with(&format!("{MANDATE}{JUDGED}\n# changed\n"));
        world.taken("zorg-a", &start("S3")).await;
        world.refused("zorg-a", &broken(&start("S4"))).await;

        let all = of_all(&world);
        assert!(
            all.len() > 12,
            "answers and copies among them: {}",
            all.len()
        );
        for (marks, inputs) in &all {
            assert_eq!(inputs.program, env!("CARGO_PKG_VERSION"));
            let named = [inputs.rules, inputs.schemas, inputs.working_days];
            assert!(named.iter().all(Option::is_some), "{marks:?} {inputs:?}");
            assert!(inputs.came_at.is_some(), "{marks:?} {inputs:?}");
            assert_eq!(inputs.reference, None, "there is none");
        }
        let registers: BTreeSet<_> = all.iter().map(|(_, inputs)| inputs.register).collect();
        assert_eq!(registers.len(), 2, "each by the register that was in force");
        let last = all.last().map(|(_, inputs)| inputs.register);
        assert_ne!(last, all.first().map(|(_, inputs)| inputs.register));
        let schemas: BTreeSet<_> = all.iter().map(|(_, inputs)| inputs.schemas).collect();
        assert_eq!(schemas.len(), 1, "one standard and release");
        let moments: BTreeSet<_> = all.iter().map(|(_, inputs)| inputs.came_at).collect();
        assert_eq!(moments.len(), 2, "the allocation came five days before");
    })
    .await;
}
