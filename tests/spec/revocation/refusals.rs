//! Lists that are not taken: what was there before stays in force, and it is told why.

use std::future::{Future as _, poll_fn};
use std::task::Poll;
use std::time::Duration;

use jiff::SignedDuration;
use knooppunt::pki::{Authority, Keys, Validity};
use knooppunt::telemetry::{LogFormat, LogLevel, TelemetrySettings, subscriber};

use super::lists::{Act, Lists};
use super::{
    INTERMEDIATE, OPERATOR, ROOT, der, failing, fetch_after, fetching, gets_in, list, list_of,
    publish, refusal,
};
use crate::silence::Lines;
use crate::tls_world::{Credentials, World, patiently, start_time};

/// A door with a list on which one certificate stands, and that certificate.
async fn with_a_good_list() -> (World, Lists, Credentials) {
    let (world, lists) = fetching(|_| {}).await;
    let (serial, revoked) = world.issuers.revocable();
    publish(&world, &lists, 100, &[&serial]);
    world.tls.fetch_due().await;
    assert_eq!(failing(&world), []);
    (world, lists, revoked)
}

/// The last good list is in force: the revoked one is refused, another let in.
async fn last_good_is_kept(world: &World, revoked: &Credentials, why: &str) {
    let said = refusal(world, revoked).await;
    assert!(said.contains("CertificateRevoked"), "{why}: {said}");
    assert!(gets_in(world, &world.gemeente_a()).await, "{why}");
}

/// An issuer with the name of another and a key of its own.
pub(super) fn namesake() -> Authority {
    let long = Validity::days(start_time(), 3650);
    let root = Authority::root("Test root", Keys::EcdsaP256, long).unwrap();
    root.intermediate("Test issuer", long).unwrap()
}

#[tokio::test]
async fn a_list_that_is_not_right_is_left_and_the_last_good_one_stays_with_an_alarm() {
    let (world, lists, revoked) = with_a_good_list().await;
    let issuers = &world.issuers;
    let good = |number| list(&issuers.intermediate, number, &[], 30);
    let tampered = {
        let mut bytes = der(&good(200));
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        bytes
    };
    let stranger = Authority::root("Stranger", Keys::EcdsaP256, Validity::days(start_time(), 9));
    let ended = Validity {
        from: start_time() - SignedDuration::from_secs(400),
        until: start_time() - SignedDuration::from_secs(300),
    };
    let ended = issuers.intermediate.crl(200, &[], ended).unwrap();
    let ahead = start_time() + SignedDuration::from_hours(2000);
    let cases = [
        (
            "garbage",
            Act::List(b"<html>not here</html>".to_vec()),
            "crl-not-a-list",
        ),
        ("nothing", Act::List(Vec::new()), "crl-not-a-list"),
        (
            "half DER",
            Act::List(der(&good(200))[..60].to_vec()),
            "crl-not-a-list",
        ),
        (
            "broken PEM",
            Act::List(good(200).as_bytes()[..90].to_vec()),
            "crl-not-a-list",
        ),
        (
            "a certificate",
            Act::List(issuers.root.certificate().as_bytes().to_vec()),
            "crl-not-a-list",
        ),
        (
            "another key",
            Act::List(list(&namesake(), 200, &[], 30).into_bytes()),
            "crl-signature",
        ),
        ("a flipped bit", Act::List(tampered), "crl-signature"),
        (
            "an issuer that nobody named",
            Act::List(list(&stranger.unwrap(), 200, &[], 30).into_bytes()),
            "crl-issuer-unknown",
        ),
        ("older", Act::List(good(99).into_bytes()), "crl-older"),
        (
            "the same second, a lower number",
            Act::List(
                list_of(
                    &issuers.intermediate,
                    99,
                    &[],
                    start_time() - SignedDuration::from_secs(500),
                    30,
                )
                .into_bytes(),
            ),
            "crl-older",
        ),
        (
            "newer and ended before",
            Act::List(ended.into_bytes()),
            "crl-ended",
        ),
        (
            "of a day to come",
            Act::List(list_of(&issuers.intermediate, 200, &[], ahead, 30).into_bytes()),
            "crl-not-yet",
        ),
        (
            "404",
            Act::Status(404, good(200).into_bytes()),
            "crl-status",
        ),
        (
            "500",
            Act::Status(500, good(200).into_bytes()),
            "crl-status",
        ),
        (
            "206",
            Act::Status(206, good(200).into_bytes()),
            "crl-status",
        ),
        ("a redirect", Act::Redirect("/elsewhere.crl"), "crl-status"),
        (
            "half an answer",
            Act::Half(good(200).into_bytes()),
            "crl-broken",
        ),
        ("no answer", Act::Close, "crl-broken"),
    ];
    lists.put("/elsewhere.crl", Act::List(good(200).into_bytes()));
    for (why, act, code) in cases {
        lists.put(INTERMEDIATE, act);
        fetch_after(&world, 60).await;
        assert_eq!(
            failing(&world),
            [("intermediate.crl".to_owned(), code)],
            "{why}"
        );
        last_good_is_kept(&world, &revoked, why).await;
    }
    assert!(
        !lists.paths().iter().any(|path| path == "/elsewhere.crl"),
        "no redirect is followed"
    );
    lists.put(INTERMEDIATE, Act::List(good(200).into_bytes()));
    fetch_after(&world, 60).await;
    assert_eq!(failing(&world), [], "one that is right ends the alarm");
    assert!(
        gets_in(&world, &revoked).await,
        "it stands on none any more"
    );
}

#[tokio::test]
async fn after_a_failure_it_is_tried_again_soon_and_the_others_are_left_alone() {
    let (world, lists, revoked) = with_a_good_list().await;
    lists.put(INTERMEDIATE, Act::Close);
    let wait = fetch_after(&world, 60).await;
    assert!(wait <= Duration::from_mins(1), "{wait:?}");
    let before = lists.paths().len();
    fetch_after(&world, 1).await;
    assert_eq!(lists.paths()[before..], [INTERMEDIATE.to_owned()]);
    publish(&world, &lists, 101, &[]);
    fetch_after(&world, 2).await;
    assert_eq!(failing(&world), []);
    assert!(gets_in(&world, &revoked).await);
}

#[tokio::test]
async fn nobody_at_the_address_is_told_and_changes_nothing() {
    let (world, lists, revoked) = with_a_good_list().await;
    drop(lists);
    fetch_after(&world, 60).await;
    let codes: Vec<_> = failing(&world).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["crl-connect"; 3]);
    last_good_is_kept(&world, &revoked, "nobody there").await;
    let warnings: Vec<String> = world
        .tls
        .warnings()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        warnings
            .iter()
            .any(|text| text.contains("Test issuer") && text.contains("the last good one stays")),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn a_list_of_the_limit_is_taken_and_one_of_a_byte_more_is_not() {
    let size = |more: u64| async move {
        let (world, lists) = fetching(|_| {}).await;
        let bytes = der(&list(&world.issuers.intermediate, 1, &[], 30));
        let mut settings = world.settings.clone();
        settings.fetch.bytes_max = bytes.len() as u64 - more;
        settings.fetch.urls = vec![lists.url(INTERMEDIATE)];
        (world, lists, bytes, settings)
    };
    for (more, announced) in [(0, true), (0, false), (1, true), (1, false)] {
        let (world, lists, bytes, settings) = size(more).await;
        let act = if announced {
            Act::List(bytes)
        } else {
            Act::Unannounced(bytes)
        };
        lists.put(INTERMEDIATE, act);
        let clock = std::sync::Arc::new(world.clock.clone());
        let tls = knooppunt::transport::TlsState::open(settings, clock).unwrap();
        let looked = tls.revocation().fetch_all().await;
        let [one] = &looked[..] else {
            panic!("{looked:?}")
        };
        let code = one
            .outcome
            .as_ref()
            .err()
            .map(knooppunt::transport::Refused::code);
        let expected = (more == 1).then_some("crl-too-large");
        assert_eq!(code, expected, "announced: {announced}");
        assert_eq!(tls.revocation().kept().len(), usize::from(more == 0));
    }
}

#[tokio::test]
async fn a_list_that_does_not_come_in_time_is_given_up_and_the_others_are_fetched() {
    let (world, lists, revoked) = with_a_good_list().await;
    publish(&world, &lists, 101, &[]);
    lists.put(INTERMEDIATE, Act::Hang);
    world.clock.advance(SignedDuration::from_mins(60));
    {
        let fetching = world.tls.fetch_due();
        tokio::pin!(fetching);
        loop {
            let asked = lists.asked.notified();
            tokio::select! {
                _ = &mut fetching => panic!("it hangs"),
                () = asked => {}
            }
            if lists
                .paths()
                .last()
                .is_some_and(|path| path == INTERMEDIATE)
            {
                break;
            }
        }
        // One second before its time it is still waited for.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(58)).await;
        let waits = poll_fn(|context| Poll::Ready(fetching.as_mut().poll(context).is_pending()));
        assert!(waits.await);
        tokio::time::advance(Duration::from_secs(3)).await;
        tokio::time::resume();
        patiently(&mut fetching).await;
    }
    assert_eq!(
        failing(&world),
        [("intermediate.crl".to_owned(), "crl-timeout")]
    );
    last_good_is_kept(&world, &revoked, "a hang").await;
    let newer = world
        .tls
        .crls()
        .into_iter()
        .filter(|list| list.this_update == start_time() - SignedDuration::from_secs(600 - 101));
    assert_eq!(newer.count(), 2, "{ROOT} and {OPERATOR}");
}

#[tokio::test]
async fn a_list_is_in_force_while_the_next_place_does_not_answer() {
    let (world, lists) = fetching(|_| {}).await;
    let (serial, revoked) = world.issuers.revocable();
    world.tls.fetch_due().await;
    assert!(gets_in(&world, &revoked).await);
    publish(&world, &lists, 100, &[&serial]);
    lists.put(ROOT, Act::Hang);
    world.tls.revocation().fetch_now();
    let tls = std::sync::Arc::clone(&world.tls);
    let fetching = tokio::spawn(async move { tls.fetch_due().await });
    patiently(async {
        while lists.paths().iter().filter(|path| *path == ROOT).count() < 2 {
            lists.asked.notified().await;
        }
    })
    .await;
    let said = refusal(&world, &revoked).await;
    assert!(said.contains("CertificateRevoked"), "{said}");
    assert!(!fetching.is_finished(), "the last place hangs");
    fetching.abort();
}

#[tokio::test]
async fn what_cannot_be_kept_on_the_disk_is_in_force_all_the_same_and_kept_when_it_can_be() {
    let (world, lists, revoked) = with_a_good_list().await;
    let kept = world.path("crl-kept");
    std::fs::remove_dir_all(&kept).unwrap();
    // A file in the place of the folder.
    std::fs::write(&kept, "").unwrap();
    publish(&world, &lists, 101, &[]);
    fetch_after(&world, 60).await;
    let codes: Vec<_> = failing(&world).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["crl-not-kept"; 3]);
    assert!(gets_in(&world, &revoked).await, "the new list is in force");
    std::fs::remove_file(&kept).unwrap();
    fetch_after(&world, 60).await;
    assert_eq!(failing(&world), []);
    assert_eq!(world.restarted().await.tls.warnings(), []);
}

#[tokio::test]
async fn no_log_line_has_anything_of_what_came_but_the_name_of_its_issuer() {
    let lines = Lines::default();
    let settings = TelemetrySettings {
        format: LogFormat::Json,
        level: LogLevel::Debug,
    };
    let writer = lines.clone();
    let _logging = tracing::subscriber::set_default(subscriber(&settings, move || writer.clone()));
    // With one dispatcher alone, another thread that reaches a log line first decides for all that nobody listens to it.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let (world, lists, _) = with_a_good_list().await;
    for act in [
        Act::List(b"<html>CANARY1</html>".to_vec()),
        Act::List(b"-----BEGIN CANARY2-----\nCANARY3\n".to_vec()),
        Act::List(b"-----BEGIN X509 CRL-----\nCANARY4\n-----END X509 CRL-----\n".to_vec()),
        Act::List(b"0\x82CANARY5".to_vec()),
        Act::Status(404, b"CANARY6".to_vec()),
        Act::Redirect("/CANARY7"),
    ] {
        lists.put(INTERMEDIATE, act);
        fetch_after(&world, 60).await;
        assert_eq!(failing(&world).len(), 1);
    }
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("revocation list not taken") && logged.contains("Test issuer"),
        "{logged}"
    );
    assert!(!logged.contains("CANARY"), "{logged}");
}
