//! What does not belong, where the gateway judges: an answer to what nobody sent, a second one, one of the wrong party, one for another declaration, an old
//! version after a newer one, a removal of what was never sent, an answer to an answer. Each is taken and told; none changes what is known of the past.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::SignedDuration;
use knooppunt::intake::RefusalReason;
use knooppunt::ledger::{Mark, Message};
use knooppunt_standard::rules::Weight;

use crate::judge::{allocated, allocation, declaration, own_325, start, with};
use crate::world::{
    GEMEENTE_A, World, ZORG_A, ZORG_B, answer, judged as judged_for, on_both_stores, whole,
};

/// A retour that refuses what it answers.
fn declines(bericht: &str, aanbieder: &str, asked: &str, id: &str) -> Bytes {
    let own = bericht.to_lowercase();
    let end = format!("</{own}:XsdVersieRetour>");
    let codes = format!(
        "{end}<{own}:RetourCodes><{own}:RetourCode>0001</{own}:RetourCode></{own}:RetourCodes>"
    );
    with(
        &answer(bericht, GEMEENTE_A, aanbieder, asked, id),
        &end,
        &codes,
    )
}

/// That the rows are those of the journal, and that the start of the plain messages under this identification comes out so.
async fn the_next_start(world: &World, id: &str, codes: &[&str]) {
    let started = world.taken("zorg-a", &start(id)).await;
    let verdict = world.verdict("zorg-a", &started).await;
    for code in codes {
        let has = verdict.iter().any(|found| found == code);
        assert!(has, "{id}: {code} is not in {verdict:?}");
    }
    assert_eq!(codes.is_empty(), verdict.is_empty(), "{id}: {verdict:?}");
    assert!(world.is_sound(), "{id}");
}

/// The name that the gateway gave the 306 that it made to a start.
async fn name_of_its_306(world: &World, started: &Message) -> String {
    let made = world.answer_made("zorg-a", started).await;
    let made = made.expect("its 306");
    let (_, name) = made.split_once(":IdentificatieRetour>").expect("a name");
    name.split('<').next().expect("its end").to_owned()
}

async fn is_carried(world: &World, party: &str, message: &Message) {
    let waiting = world.waiting(party).await;
    assert!(
        waiting.contains(&message.id),
        "its receiver gets it all the same"
    );
}

#[tokio::test]
async fn an_answer_to_what_nobody_sent_makes_nothing_of_it() {
    on_both_stores(async |world: World| {
        let world = world.mixed();
        let stray = answer("JW302", GEMEENTE_A, ZORG_A, "T404", "R1");
        let stray = world.taken("zorg-a", &stray).await;
        assert_eq!(stray.marks, [Mark::UnknownQuestion]);
        is_carried(&world, "gemeente-a", &stray).await;
        the_next_start(&world, "S1", &["9019"]).await;

        // Nor is it the answer to what comes under that identification later.
        let late = world.taken("gemeente-a", &allocation("T404")).await;
        assert_eq!(late.state.answered, None);
        let open = world.taken("zorg-a", &start("S2")).await;
        assert_eq!(open.marks, [Mark::Waits]);
        let accepts = answer("JW302", GEMEENTE_A, ZORG_A, "T404", "R2");
        let accepts = world.taken("zorg-a", &accepts).await;
        assert!(
            accepts.marks.is_empty(),
            "the first answer to it: {:?}",
            accepts.marks
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn an_answer_of_the_receiver_after_the_one_that_was_made_for_him_is_a_second_and_takes_nothing_back()
 {
    on_both_stores(async |world: World| {
        let world = allocated(world).await;
        let started = world.taken("zorg-a", &start("S1")).await;
        assert!(started.state.answered.is_some() && started.marks.is_empty());
        for (bericht, asked, party, receiver) in [
            ("JW306", "S1", "gemeente-a", "zorg-a"),
            ("JW302", "T1", "zorg-a", "gemeente-a"),
        ] {
            let second = declines(bericht, ZORG_A, asked, "R9");
            let second = world.taken(party, &second).await;
            assert_eq!(second.marks, [Mark::SecondAnswer], "{bericht}");
            is_carried(&world, receiver, &second).await;
        }
        the_next_start(&world, "S2", &["9074"]).await;

        let declared = world.taken("zorg-a", &declaration("D1")).await;
        assert!(declared.marks.is_empty());
        let own = world.taken("gemeente-a", &own_325("D1", "A9")).await;
        assert!(own.marks.contains(&Mark::SecondAnswer), "{:?}", own.marks);
        let again = with(&declaration("D2"), ">P-D2<", ">P-D1<");
        let again = world.taken("zorg-a", &again).await;
        let verdict = world.verdict("zorg-a", &again).await;
        assert!(
            verdict.contains(&"8021".to_owned()),
            "what was granted stands: {verdict:?}"
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn an_answer_of_another_provider_settles_nothing_and_nobody_answers_in_anothers_name() {
    on_both_stores(async |world: World| {
        let world = world.mixed();
        world.taken("gemeente-a", &allocation("T1")).await;
        let stray = answer("JW302", GEMEENTE_A, ZORG_B, "T1", "R1");
        let stray = world.taken("zorg-b", &stray).await;
        assert_eq!(stray.marks, [Mark::UnknownQuestion]);
        let open = world.taken("zorg-a", &start("S1")).await;
        assert_eq!(open.marks, [Mark::Waits], "nothing is settled by it");

        let right = answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R2");
        for party in ["zorg-b", "gemeente-a"] {
            let refused = world.refused(party, &right).await;
            assert_eq!(refused.reason, RefusalReason::NotTheMaker, "{party}");
        }
        let open = world.taken("zorg-a", &start("S2")).await;
        assert_eq!(open.marks, [Mark::Waits]);
        let settles = world.taken("zorg-a", &right).await;
        assert!(settles.marks.is_empty(), "{:?}", settles.marks);
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_325_for_another_declaration_number_is_reported_and_what_waits_waits_on() {
    on_both_stores(async |world: World| {
        let world = world.mixed();
        // It hangs on the allocation, so that its 325 is kept back.
        world.taken("gemeente-a", &allocation("T1")).await;
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        let declared = world.taken("zorg-a", &declaration("D1")).await;
        assert_eq!(declared.marks, [Mark::Held]);
        let wrong = with(&own_325("D1", "A1"), ">DND1<", ">DN404<");
        let wrong = world.taken("gemeente-a", &wrong).await;
        assert_eq!(wrong.marks, [Mark::Reported]);
        let found = world.found("gemeente-a", wrong.id).await;
        let reported = found
            .list
            .iter()
            .find(|finding| finding.weight == Weight::Reports);
        assert_eq!(reported.map(|finding| finding.rule), Some("TR376"));
        assert_eq!(world.seen("zorg-a", declared.id).await.state.answered, None);

        let right = world.taken("gemeente-a", &own_325("D1", "A2")).await;
        assert!(right.marks.is_empty(), "{:?}", right.marks);
        let again = with(&declaration("D2"), ">P-D2<", ">P-D1<");
        let again = world.taken("zorg-a", &again).await;
        assert_eq!(
            again.marks,
            [Mark::Held],
            "certain is only that it was declared before"
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn an_old_version_of_an_allocation_after_a_newer_one_is_accepted_and_does_not_count() {
    on_both_stores(async |world: World| {
        let world = world.judged();
        let of = |id: &str, hours: &str, day: &str| {
            let body = with(&allocation(id), "Volume>8<", &format!("Volume>{hours}<"));
            with(
                &body,
                "Toewijzingsdatum>2026-01-05<",
                &format!("Toewijzingsdatum>{day}<"),
            )
        };
        for (id, hours, day) in [("T2", "4", "2026-01-05"), ("T1", "8", "2026-01-02")] {
            let given = world.taken("gemeente-a", &of(id, hours, day)).await;
            assert!(given.marks.is_empty(), "{id}: {:?}", given.marks);
            assert!(world.verdict("gemeente-a", &given).await.is_empty(), "{id}");
        }
        world.clock.advance(SignedDuration::from_hours(24 * 5));
        let declared = world.taken("zorg-a", &declaration("D1")).await;
        let verdict = world.verdict("zorg-a", &declared).await;
        assert!(
            verdict.contains(&"9321".to_owned()),
            "eight hours of four: {verdict:?}"
        );
        assert!(world.is_sound());
    })
    .await;
}

#[tokio::test]
async fn a_removal_of_what_was_never_sent_is_refused_and_removes_nothing() {
    on_both_stores(async |world: World| {
        let world = allocated(world).await;
        let removal = |id: &str| with(&start(id), "StatusAanlevering>1<", "StatusAanlevering>3<");
        let removed = world.taken("zorg-a", &removal("S1")).await;
        assert_eq!(removed.marks, [Mark::Refused]);
        let verdict = world.verdict("zorg-a", &removed).await;
        assert!(verdict.contains(&"9063".to_owned()), "{verdict:?}");
        the_next_start(&world, "S2", &[]).await;
        // Of another day: that one was never sent either.
        let other = with(
            &removal("S3"),
            "Begindatum>2026-02-02<",
            "Begindatum>2026-02-01<",
        );
        let other = world.taken("zorg-a", &other).await;
        assert_eq!(other.marks, [Mark::Refused]);
        the_next_start(&world, "S4", &["9074"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_retour_to_a_retour_answers_nothing() {
    on_both_stores(async |world: World| {
        let world = allocated(world).await;
        let started = world.taken("zorg-a", &start("S1")).await;
        let name = name_of_its_306(&world, &started).await;
        let answer = declines("JW306", ZORG_A, &name, "R9");
        let answer = world.taken("gemeente-a", &answer).await;
        assert_eq!(
            answer.marks,
            [Mark::UnknownQuestion],
            "a 306 is not asked anything"
        );
        is_carried(&world, "zorg-a", &answer).await;
        let answer = declines("JW306", ZORG_A, "R9", "R10");
        let answer = world.taken("gemeente-a", &answer).await;
        assert_eq!(
            answer.marks,
            [Mark::UnknownQuestion],
            "nor is the municipality's own"
        );
        the_next_start(&world, "S2", &["9074"]).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_carried_before_the_municipality_left_judging_to_the_gateway_is_still_its_own_to_answer()
 {
    on_both_stores(async |world: World| {
        // The provider leaves it to the gateway from the start, the municipality answers itself.
        let more = format!("{}{}", judged_for(ZORG_A), whole(GEMEENTE_A));
        let world = world.with(&more);
        let given = world.taken("gemeente-a", &allocation("T1")).await;
        assert!(given.state.answered.is_some());
        let carried = world.taken("zorg-a", &start("S1")).await;
        assert_eq!(
            (&carried.marks[..], carried.state.answered),
            (&[][..], None)
        );

        let world = world.judged();
        let open = world.taken("zorg-a", &start("S2")).await;
        assert_eq!(
            open.marks,
            [Mark::Waits],
            "the start before it may stand or not"
        );
        let declined = declines("JW306", ZORG_A, "S1", "R1");
        let declined = world.taken("gemeente-a", &declined).await;
        assert_eq!(declined.mode, carried.mode, "a thread keeps its mode");
        let accepted = answer("JW306", GEMEENTE_A, ZORG_A, "S2", "R2");
        world.taken("gemeente-a", &accepted).await;
        the_next_start(&world, "S3", &["9074"]).await;
    })
    .await;
}

#[tokio::test]
async fn every_answer_of_ours_has_a_name_of_its_own_and_its_receiver_cannot_use_it_for_another() {
    on_both_stores(async |world: World| {
        let world = allocated(world).await;
        let mut names = BTreeSet::new();
        for number in 1..=12 {
            let started = world.taken("zorg-a", &start(&format!("S{number}"))).await;
            let name = name_of_its_306(&world, &started).await;
            assert!((1..=12).contains(&name.len()), "{name}");
            assert!(names.insert(name), "each its own: {names:?}");
        }
        let used = names.first().expect("some");
        let own = declines("JW306", ZORG_A, "S2", used);
        let refused = world.refused("gemeente-a", &own).await;
        assert_eq!(refused.reason.code(), "identity-taken");
        assert!(world.is_sound());
    })
    .await;
}
