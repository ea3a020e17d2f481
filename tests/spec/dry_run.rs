//! Trying a message: all levels by the past as it is now, one record of the fact, and nothing of what others sent.

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::intake::Advice;
use knooppunt::ledger::{Event, KindRecord, Mark};

use crate::judge::{JUDGED, allocated, allocation, declaration, start, with};
use crate::modes::MANDATE;
use crate::serial::ANOTHER;
use crate::world::{
    GEMEENTE_A, GEMEENTE_B, World, ZORG_A, ZORG_B, judged as judged_for, message, on_both_stores,
    whole,
};

/// What trying says: marks, and the findings with their places.
async fn tried(world: &World, party: &str, body: &Bytes) -> (Vec<Mark>, Vec<String>) {
    let advice = world
        .intake
        .dry_run(&world.caller(party), body.clone())
        .await;
    let Ok(Advice::WouldAccept { marks, found, .. }) = advice else {
        panic!("{advice:?}")
    };
    let told = |finding: &knooppunt_standard::Finding| {
        format!("{} {:?} {}", finding.rule, finding.weight, finding.path)
    };
    (marks, found.first.iter().map(told).collect())
}

#[tokio::test]
async fn trying_says_what_handing_in_says_then_and_changes_nothing() {
    on_both_stores(async |world: World| {
        let world = allocated(world).await;
        for (kind, body) in [("JW305", start("S1")), ("JW323", declaration("D1"))] {
            let records = world.records().len();
            let first = tried(&world, "zorg-a", &body).await;
            assert!(first.0.is_empty(), "{kind}: {first:?}");
            assert_eq!(
                tried(&world, "zorg-a", &body).await,
                first,
                "{kind}: no second one"
            );
            let events = world.events();
            for event in &events[records..] {
                let Event::DryRun(tried) = event else {
                    panic!("{kind}: {event:?}")
                };
                assert_eq!(
                    (tried.party.as_str(), tried.verdict.as_str()),
                    ("zorg-a", "accepted")
                );
                let bericht = tried.kind.as_ref().and_then(KindRecord::kind);
                assert_eq!(bericht.map(|kind| kind.name()), Some(kind));
            }
            assert_eq!(events.len(), records + 2, "{kind}: the fact, twice");
            assert!(
                world.records()[records..]
                    .iter()
                    .all(|record| record.parts.is_empty())
            );

            let taken = world.taken("zorg-a", &body).await;
            assert_eq!(taken.marks, first.0, "{kind}: as was said");
            let found = world.found("zorg-a", taken.id).await;
            assert_eq!(
                found.list.len(),
                first.1.len(),
                "{kind}: {found:?} {first:?}"
            );
        }
        // What was taken meanwhile counts.
        let again = tried(&world, "zorg-a", &start("S2")).await;
        assert_eq!(again.0, [Mark::Refused]);
        assert!(
            again.1.iter().any(|told| told.starts_with("TR074 Refuses")),
            "{again:?}"
        );
        let again = with(&declaration("D2"), ">P-D2<", ">P-D1<");
        let again = tried(&world, "zorg-a", &again).await;
        assert!(
            again.1.iter().any(|told| told.starts_with("TR314 Refuses")),
            "{again:?}"
        );
        assert!(world.is_sound());
    })
    .await;
}

/// The four scopes of two municipalities and two providers, all judged.
fn four_scopes() -> World {
    let more = [judged_for(GEMEENTE_B), whole(GEMEENTE_B)].concat();
    World::new().with(&format!("{MANDATE}{JUDGED}{ANOTHER}{more}"))
}

/// What is tried in a scope about the one client.
fn trials(gemeente: &str, aanbieder: &str) -> [Bytes; 3] {
    ["JW305", "JW307", "JW323"].map(|kind| message(kind, gemeente, aanbieder, "X1"))
}

#[tokio::test]
async fn trying_tells_nothing_of_what_others_sent_about_the_same_client() {
    let scopes = [
        ("gemeente-a", GEMEENTE_A, "zorg-a", ZORG_A),
        ("gemeente-a", GEMEENTE_A, "zorg-b", ZORG_B),
        ("gemeente-b", GEMEENTE_B, "zorg-a", ZORG_A),
        ("gemeente-b", GEMEENTE_B, "zorg-b", ZORG_B),
    ];
    let reference = "<jw301:ReferentieAanbieder>VOT-2025-0001</jw301:ReferentieAanbieder>";
    let sent = |nth: usize| {
        let (office, gemeente, provider, aanbieder) = scopes[nth];
        let given = with(
            &message("JW301", gemeente, aanbieder, &format!("T{nth}")),
            reference,
            "",
        );
        let started = message("JW305", gemeente, aanbieder, &format!("S{nth}"));
        let declared = message("JW323", gemeente, aanbieder, &format!("D{nth}"));
        [(office, given), (provider, started), (provider, declared)]
    };
    for own in 0..scopes.len() {
        let (_, gemeente, provider, aanbieder) = scopes[own];
        for of_own in [false, true] {
            // With what is his own alone, and with all that the others sent beside it.
            let (alone, among) = (four_scopes(), four_scopes());
            for world in [&alone, &among] {
                world.clock.advance(SignedDuration::from_hours(24 * 5));
            }
            for nth in 0..scopes.len() {
                for (party, body) in sent(nth) {
                    if nth != own || of_own {
                        among.taken(party, &body).await;
                    }
                    if nth == own && of_own {
                        alone.taken(party, &body).await;
                    }
                }
            }
            for body in trials(gemeente, aanbieder) {
                let told = tried(&alone, provider, &body).await;
                let refuses = |told: &String| told.contains("Refuses");
                assert!(
                    told.1.iter().any(refuses),
                    "{told:?}: his own past is looked at"
                );
                assert_eq!(
                    tried(&among, provider, &body).await,
                    told,
                    "{gemeente} {aanbieder}, own past: {of_own}"
                );
            }
        }
    }
}

#[tokio::test]
async fn who_may_not_hand_in_may_not_try() {
    let world = World::new().judged();
    world.taken("gemeente-a", &allocation("T1")).await;
    for party in ["zorg-b", "gemeente-a", "gemeente-b"] {
        let tried = world
            .intake
            .dry_run(&world.caller(party), start("S1"))
            .await;
        let Ok(Advice::WouldRefuse(refusal)) = tried else {
            panic!("{party}: {tried:?}")
        };
        assert_eq!(refusal.reason.code(), "not-the-maker", "{party}");
        assert!(refusal.findings.is_empty(), "{party}: {refusal:?}");
    }
}
