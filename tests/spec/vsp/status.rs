//! Where messages are, by their number or their conversation.

use jiff::SignedDuration;
use knooppunt::deliver::{ByHand, Desk, May};
use knooppunt::envelope::wire::{Side, Wire};
use knooppunt::intake::Rejection;
use knooppunt::ledger::Door;
use knooppunt::retention::RetentionSettings;

use super::{Provider, STATUS, metadata, places_of, published, uuid};
use crate::door::{allocation, taken};
use crate::world::{GEMEENTE_A, ZORG_A, answer, message};

#[tokio::test]
async fn exactly_one_of_the_two_numbers_is_asked_for() {
    let provider = Provider::new();
    let id = uuid(1);
    for query in [
        String::new(),
        "traceerId=".to_owned(),
        "traceerId=x".to_owned(),
        format!("traceerId={id}&conversatieId={id}"),
        format!("traceerId={id}&traceerId={id}"),
        "iets=anders".to_owned(),
        "conversatieId=%ff".to_owned(),
    ] {
        for (api, path) in [published::Api::V2, published::Api::V3]
            .into_iter()
            .zip(STATUS)
        {
            let reply = provider.get("zorg-a", &format!("{path}?{query}")).await;
            assert!(!places_of(&reply).is_empty(), "{query}");
            published::answer(api, "/berichtstatussen", "get", &reply);
        }
    }
    assert!(
        provider
            .statuses("zorg-a", &format!("traceerId={id}"))
            .await
            .is_empty()
    );
    assert!(
        provider
            .statuses("zorg-a", &format!("conversatieId={id}"))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_conversation_is_all_of_its_messages_and_only_the_submitter_sees_his_own_reference() {
    let provider = Provider::new();
    provider
        .received(
            "zorg-a",
            &metadata("JW305", ZORG_A, GEMEENTE_A, 1),
            &message("JW305", GEMEENTE_A, ZORG_A, "S1"),
        )
        .await;
    taken(
        &provider.door,
        "gemeente-a",
        answer("JW306", GEMEENTE_A, ZORG_A, "S1", "R1"),
    )
    .await;
    let mut late = metadata("JW323", ZORG_A, GEMEENTE_A, 2);
    late["referentiegegevens"]["conversatieId"] = uuid(1).into();
    provider
        .received("zorg-a", &late, &message("JW323", GEMEENTE_A, ZORG_A, "D1"))
        .await;
    let all = provider
        .statuses("zorg-a", &format!("conversatieId={}", uuid(1)))
        .await;
    let kinds: Vec<_> = all
        .iter()
        .map(|item| item["berichtstroom"]["berichtsubtype"].as_str())
        .collect();
    assert_eq!(kinds, [Some("JW305"), Some("JW306"), Some("JW323")]);
    let own: Vec<_> = all
        .iter()
        .map(|item| item["referentiegegevens"]["referentieId"].as_str())
        .collect();
    assert_eq!(own, [Some("dossier 12"), None, Some("dossier 12")]);
    let answers = provider
        .statuses("zorg-a", &format!("traceerId={}", uuid(1)))
        .await;
    assert_eq!(answers, all[..2], "itself and what answers it");
    assert!(
        provider
            .statuses("zorg-b", &format!("conversatieId={}", uuid(1)))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn what_nobody_fetched_in_time_is_broken_off() {
    let provider = Provider::new();
    provider
        .received(
            "zorg-a",
            &metadata("JW305", ZORG_A, GEMEENTE_A, 1),
            &message("JW305", GEMEENTE_A, ZORG_A, "S1"),
        )
        .await;
    provider
        .door
        .world
        .clock
        .advance(SignedDuration::from_hours(24 * 61));
    let retention = provider.door.world.retention(RetentionSettings::default());
    retention.sweep(jiff::Timestamp::MAX).await.expect("swept");
    let status = provider.status("zorg-a", &uuid(1)).await;
    assert_eq!(status["berichtstatus"], "BezorgingAfgebroken");
    retention.sweep(jiff::Timestamp::MAX).await.expect("swept");
    let status = provider.status("zorg-a", &uuid(1)).await;
    assert_eq!(status["berichtstatus"], "BezorgingAfgebroken");
    assert_eq!(status["referentiegegevens"]["traceerId"], uuid(1));
}

#[tokio::test]
async fn the_number_of_a_message_of_the_own_api_stays_the_same() {
    let provider = Provider::new();
    taken(&provider.door, "gemeente-a", allocation("T1")).await;
    let told = provider.waiting("zorg-a", "").await;
    let number = told[0]["referentiegegevens"]["traceerId"]
        .as_str()
        .expect("a number")
        .to_owned();
    assert_eq!(number.as_bytes()[14], b'4', "a UUID of version 4");
    assert_eq!(provider.waiting("zorg-a", "").await, told);
    let status = provider.status("zorg-a", &number).await;
    assert_eq!(status["berichtstatus"], "WordtAangeboden");
    let mut answered = metadata("JW302", ZORG_A, GEMEENTE_A, 5);
    answered["referentiegegevens"]["conversatieId"] = number.clone().into();
    answered["referentiegegevens"]["alsAntwoordOp"] = number.clone().into();
    provider
        .received(
            "zorg-a",
            &answered,
            &answer("JW302", GEMEENTE_A, ZORG_A, "T1", "R1"),
        )
        .await;
    let both = provider
        .statuses("zorg-a", &format!("traceerId={number}"))
        .await;
    assert_eq!(both.len(), 2);
    assert_eq!(both[1]["referentiegegevens"]["alsAntwoordOp"], number);
}

#[tokio::test]
async fn what_a_municipality_refuses_on_the_ggk_is_refused_here_with_its_code() {
    let provider = Provider::new();
    let world = &provider.door.world;
    for (number, fault, code) in [
        (1, "StUF055", "BRS13"),
        (2, "X-1", "BRS13"),
        (3, "IB014", "IB014"),
    ] {
        let start = message("JW305", GEMEENTE_A, ZORG_A, &format!("S{number}"));
        let said = metadata("JW305", ZORG_A, GEMEENTE_A, number);
        provider.received("zorg-a", &said, &start).await;
        let side = |code: &str| Side {
            code: code.to_owned(),
            ..Side::default()
        };
        let mut fo01 = Wire::new(
            Door::Ggk0210,
            side(GEMEENTE_A),
            side("GGk"),
            uuid(10 + number),
        );
        fo01.answers = Some(uuid(number));
        let fo01 = fo01.with_content(fault.as_bytes());
        world.clock.advance(SignedDuration::from_secs(60));
        let rejected = world
            .intake
            .reject(&world.caller("gemeente-a"), fo01, fault)
            .await;
        assert!(
            matches!(rejected, Ok(Rejection::Settled { .. })),
            "{rejected:?}"
        );
        assert_eq!(provider.why("zorg-a", &uuid(number)).await, code);
        let status = provider.status("zorg-a", &uuid(number)).await;
        assert_ne!(
            status["berichtstatusGewijzigdOp"],
            status["berichtOntvangenOp"]
        );
    }
    assert!(world.waiting("gemeente-a").await.is_empty());
}

#[tokio::test]
async fn what_was_given_up_on_its_way_to_an_endpoint_shows_so_until_it_is_tried_again() {
    let provider = Provider::new();
    let start = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    provider
        .received("zorg-a", &metadata("JW305", ZORG_A, GEMEENTE_A, 1), &start)
        .await;
    let world = &provider.door.world;
    let desk = Desk::new(std::sync::Arc::clone(&world.ledger));
    let id = world.waiting("gemeente-a").await[0];
    for (by_hand, word) in [
        (ByHand::Drop, "BezorgingAfgebroken"),
        (ByHand::Retry, "WordtAangeboden"),
    ] {
        world.clock.advance(SignedDuration::from_secs(60));
        let anybody: May = std::sync::Arc::new(|_, _, _| true);
        let done = desk.do_by_hand(id, anybody, by_hand, None).await;
        assert!(done.is_ok(), "{done:?}");
        let status = provider.status("zorg-a", &uuid(1)).await;
        assert_eq!(status["berichtstatus"], word);
        let changed = status["berichtstatusGewijzigdOp"] != status["berichtOntvangenOp"];
        assert_eq!(changed, by_hand == ByHand::Drop);
    }
}

#[tokio::test]
async fn the_same_push_again_is_taken_as_before_also_when_its_receiver_has_left_since() {
    let mut provider = Provider::new();
    let said = metadata("JW305", ZORG_A, GEMEENTE_A, 1);
    let body = message("JW305", GEMEENTE_A, ZORG_A, "S1");
    provider.received("zorg-a", &said, &body).await;
    let parties = crate::world::PARTIES.replace("code = \"0289\"", "code = \"0599\"");
    provider.door.world.register = crate::world::register(&parties);
    provider.received("zorg-a", &said, &body).await;
    let other = metadata("JW305", ZORG_A, GEMEENTE_A, 2);
    provider.refused("zorg-a", &other, &body).await;
    let changed = message("JW305", GEMEENTE_A, ZORG_A, "S2");
    provider.refused("zorg-a", &said, &changed).await;
}
