//! Revocation lists that the gateway fetches by itself: what they do to who connects, and what is left when they do not come.

mod command;
pub(crate) mod lists;
mod places;
mod refusals;
mod renewed;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use knooppunt::api::ops;
use knooppunt::clock::Clock as _;
use knooppunt::pki::{Authority, Revoked, Validity};
use knooppunt::transport::{FetchSettings, Stale, TrustWarning};
use metrics_exporter_prometheus::PrometheusBuilder;
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;

use crate::certificates::G4;
use crate::tls_world::{Credentials, Plan, World, start_time, write};
use lists::{Act, Lists};

const INTERMEDIATE: &str = "/intermediate.crl";
const ROOT: &str = "/root.crl";
const OPERATOR: &str = "/operator.crl";

/// A list (PEM) of an issuer. Later numbers are later: a second each, from ten minutes before the start on.
fn list(issuer: &Authority, number: u64, revoked: &[&str], days: u32) -> String {
    let from = start_time() - SignedDuration::from_secs(600 - i64::try_from(number).unwrap());
    list_of(issuer, number, revoked, from, days)
}

fn list_of(
    issuer: &Authority,
    number: u64,
    revoked: &[&str],
    from: Timestamp,
    days: u32,
) -> String {
    let revoked: Vec<Revoked> = revoked
        .iter()
        .map(|serial| Revoked {
            serial: (*serial).to_owned(),
            at: start_time(),
        })
        .collect();
    let validity = Validity {
        from,
        ..Validity::days(from, days)
    };
    issuer.crl(number, &revoked, validity).unwrap()
}

fn der(pem: &str) -> Vec<u8> {
    let list = CertificateRevocationListDer::from_pem_slice(pem.as_bytes()).unwrap();
    list.as_ref().to_vec()
}

/// Puts the lists of all issuers in place; that of the intermediate with these certificates on it.
fn publish(world: &World, lists: &Lists, number: u64, revoked: &[&str]) {
    publish_for(world, lists, number, revoked, 30);
}

fn publish_for(world: &World, lists: &Lists, number: u64, revoked: &[&str], days: u32) {
    let issuers = &world.issuers;
    let put = |path: &str, list: Vec<u8>| lists.put(path, Act::List(list));
    put(
        INTERMEDIATE,
        list(&issuers.intermediate, number, revoked, days).into_bytes(),
    );
    // One of them in DER.
    put(ROOT, der(&list(&issuers.root, number, &[], days)));
    put(
        OPERATOR,
        list(&issuers.operator, number, &[], days).into_bytes(),
    );
}

/// A door that has no lists but those that it fetches, and a place that has one of every issuer.
async fn fetching(change: impl FnOnce(&mut Plan)) -> (World, Lists) {
    let lists = Lists::start().await;
    let mut plan = Plan {
        has_crl_files: false,
        has_intermediate: true,
        fetch: FetchSettings {
            urls: [INTERMEDIATE, ROOT, OPERATOR]
                .map(|path| lists.url(path))
                .into(),
            ..FetchSettings::default()
        },
        ..Plan::default()
    };
    change(&mut plan);
    let world = World::with(plan).await;
    publish(&world, &lists, 1, &[]);
    (world, lists)
}

/// Lets so much time pass, and fetches what is due then; gives the time until the next.
async fn fetch_after(world: &World, minutes: i64) -> Duration {
    world.clock.advance(SignedDuration::from_mins(minutes));
    world.tls.fetch_due().await
}

async fn gets_in(world: &World, client: &Credentials) -> bool {
    world
        .get_by(client)
        .await
        .is_ok_and(|answer| answer.status == 200)
}

async fn refusal(world: &World, client: &Credentials) -> String {
    let refused = world.get_by(client).await;
    refused.expect_err("was let in").to_string()
}

/// The places that fail, by the last part of their address, and why.
fn failing(world: &World) -> Vec<(String, &'static str)> {
    let failing = |warning: TrustWarning| {
        let TrustWarning::FetchFails { source, reason, .. } = warning else {
            return None;
        };
        let place = source.rsplit('/').next().unwrap().to_owned();
        Some((place, reason))
    };
    let warnings = world.tls.warnings().into_iter();
    warnings.filter_map(failing).collect()
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_once_the_list_was_fetched_without_a_restart() {
    let (world, lists) = fetching(|_| {}).await;
    let (serial, client) = world.issuers.revocable();
    let other = world.gemeente_a();
    assert!(refusal(&world, &client).await.contains("UnknownCA"));
    let missing = |warning: &TrustWarning| matches!(warning, TrustWarning::NoCrl { .. });
    assert_eq!(world.tls.warnings().len(), 3);
    assert!(world.tls.warnings().iter().all(missing));
    world.tls.fetch_due().await;
    assert_eq!(world.tls.warnings(), []);
    assert!(gets_in(&world, &client).await);
    let mut kept = world.connect(world.client(Some(&client))).await.unwrap();
    assert_eq!(kept.get("/who").await.unwrap().status, 200);

    publish(&world, &lists, 2, &[&serial]);
    fetch_after(&world, 60).await;
    assert!(
        refusal(&world, &client)
            .await
            .contains("CertificateRevoked")
    );
    assert_eq!(kept.get("/who").await.unwrap().status, 403);
    assert!(
        kept.is_ended().await,
        "an open connection does not outlive it"
    );
    assert!(gets_in(&world, &other).await);
}

#[tokio::test]
async fn lists_are_fetched_hourly_not_all_at_one_moment_and_sooner_before_they_end() {
    let (world, lists) = fetching(|_| {}).await;
    let wait = world.tls.fetch_due().await;
    assert_eq!(lists.paths().len(), 3);
    assert!(wait <= Duration::from_hours(1) && wait >= Duration::from_mins(48));
    fetch_after(&world, 47).await;
    assert_eq!(lists.paths().len(), 3, "none is due");
    fetch_after(&world, 13).await;
    assert_eq!(lists.paths().len(), 6);

    let (world, lists) = fetching(|_| {}).await;
    // This one ends in 40 minutes.
    let from = start_time() + SignedDuration::from_mins(40) - SignedDuration::from_hours(24);
    let ending = list_of(&world.issuers.root, 2, &[], from, 1);
    lists.put(ROOT, Act::List(ending.into_bytes()));
    let wait = world.tls.fetch_due().await;
    assert!(
        wait <= Duration::from_mins(20) && wait >= Duration::from_mins(16),
        "{wait:?}"
    );
}

#[tokio::test]
async fn the_last_good_lists_are_kept_over_a_restart_without_a_network() {
    let (world, lists) = fetching(|_| {}).await;
    let (serial, revoked) = world.issuers.revocable();
    let other = world.gemeente_a();
    publish(&world, &lists, 1, &[&serial]);
    world.tls.fetch_due().await;
    drop(lists);
    let world = world.restarted().await;
    assert_eq!(world.tls.warnings(), []);
    assert!(
        refusal(&world, &revoked)
            .await
            .contains("CertificateRevoked")
    );
    assert!(gets_in(&world, &other).await);
    world.tls.fetch_due().await;
    assert_eq!(failing(&world).len(), 3);
    assert!(gets_in(&world, &other).await, "what is kept stays in force");
}

#[tokio::test]
async fn a_kept_list_that_is_damaged_or_forged_is_none_and_the_next_fetch_puts_a_whole_one_in_its_place()
 {
    let (world, lists) = fetching(|_| {}).await;
    let (serial, client) = world.issuers.revocable();
    publish(&world, &lists, 1, &[&serial]);
    world.tls.fetch_due().await;
    let of_intermediate = world
        .tls
        .crls()
        .into_iter()
        .find(|list| list.revoked == 1)
        .unwrap()
        .file;
    let whole = std::fs::read(&of_intermediate).unwrap();
    let mut world = world;
    let forged = {
        let mut bytes = whole.clone();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        bytes
    };
    for damaged in [b"half a li".to_vec(), forged, Vec::new()] {
        std::fs::write(&of_intermediate, &damaged).unwrap();
        world = world.restarted().await;
        let warnings = world.tls.warnings();
        assert!(
            matches!(&warnings[..], [TrustWarning::NoCrl { issuer }] if issuer.contains("Test issuer")),
            "{warnings:?}"
        );
        assert!(refusal(&world, &client).await.contains("UnknownCA"));
        world.tls.fetch_due().await;
        assert_eq!(world.tls.warnings(), []);
        assert!(
            refusal(&world, &client)
                .await
                .contains("CertificateRevoked")
        );
        assert_eq!(std::fs::read(&of_intermediate).unwrap(), whole);
    }
}

#[tokio::test]
async fn a_list_that_ends_is_told_at_half_of_its_life_and_then_refuses_until_a_newer_one_comes() {
    let (world, lists) = fetching(|_| {}).await;
    let client = world.gemeente_a();
    let health = ops::trust(world.tls.clone());
    let said = |at: Timestamp| health(at);
    world.tls.fetch_due().await;
    assert!(said(start_time()).unwrap().contains("in order"));
    world
        .clock
        .set(start_time() + SignedDuration::from_hours(16 * 24));
    fetch_after(&world, 60).await;
    let told = said(start_time() + SignedDuration::from_hours(16 * 24)).unwrap();
    assert!(
        told.contains("Test issuer") && told.contains("no newer one is here"),
        "{told}"
    );
    assert!(gets_in(&world, &client).await);
    let ended = start_time() + SignedDuration::from_hours(30 * 24);
    world.clock.set(ended);
    fetch_after(&world, 60).await;
    assert!(refusal(&world, &client).await.contains("UnknownCA"));
    assert!(said(ended + SignedDuration::from_hours(1)).is_err());
    let issuers = &world.issuers;
    for (path, issuer) in [
        (INTERMEDIATE, &issuers.intermediate),
        (ROOT, &issuers.root),
        (OPERATOR, &issuers.operator),
    ] {
        lists.put(
            path,
            Act::List(list_of(issuer, 9, &[], ended, 30).into_bytes()),
        );
    }
    fetch_after(&world, 60).await;
    assert!(gets_in(&world, &client).await);
    assert!(said(world.clock.now()).is_ok());
}

#[tokio::test]
async fn within_the_grace_a_fetched_list_counts_although_it_has_ended() {
    let (world, lists) = fetching(|plan| plan.crl_stale = Stale::Grace { hours: 24 }).await;
    let (serial, revoked) = world.issuers.revocable();
    let client = world.gemeente_a();
    publish(&world, &lists, 1, &[&serial]);
    world.tls.fetch_due().await;
    drop(lists);
    let ended = start_time() + SignedDuration::from_hours(30 * 24);
    world.clock.set(ended + SignedDuration::from_hours(23));
    world.tls.fetch_due().await;
    assert!(gets_in(&world, &client).await);
    assert!(
        refusal(&world, &revoked)
            .await
            .contains("CertificateRevoked")
    );
    let stale = |warning: &TrustWarning| matches!(warning, TrustWarning::CrlStale { .. });
    assert_eq!(
        world.tls.warnings().iter().filter(|one| stale(one)).count(),
        3
    );
    world.clock.set(ended + SignedDuration::from_hours(25));
    assert!(refusal(&world, &client).await.contains("UnknownCA"));
}

#[tokio::test]
async fn what_is_fetched_comes_into_force_also_while_a_file_of_the_configuration_is_broken() {
    let (world, lists) = fetching(|_| {}).await;
    let (serial, client) = world.issuers.revocable();
    world.tls.fetch_due().await;
    assert!(gets_in(&world, &client).await);
    write(world.folder.path(), "server.pem", "half a certifi");
    assert!(world.tls.reload().is_err());
    publish(&world, &lists, 2, &[&serial]);
    fetch_after(&world, 60).await;
    assert!(
        refusal(&world, &client)
            .await
            .contains("CertificateRevoked")
    );
}

#[tokio::test]
async fn of_a_list_in_a_file_and_a_fetched_one_of_the_same_issuer_the_newer_one_counts() {
    let (world, lists) = fetching(|plan| plan.has_crl_files = true).await;
    let (serial, client) = world.issuers.revocable();
    // The files are of number 1.
    publish(&world, &lists, 2, &[&serial]);
    world.tls.fetch_due().await;
    assert!(
        refusal(&world, &client)
            .await
            .contains("CertificateRevoked")
    );
    world.issuers.write_crls(world.folder.path(), 3, &[], &[]);
    world.tls.reload().unwrap();
    assert!(gets_in(&world, &client).await);
}

#[tokio::test]
async fn lists_signed_with_pss_as_those_of_g4_are_taken() {
    let g4 = G4::new();
    let chain = g4.leaf.chain.clone();
    let issuer = &chain[chain.rfind("-----BEGIN CERTIFICATE-----").unwrap()..];
    let (world, lists) = fetching(|plan| {
        // The issuer stands beside the root: both are known as issuers of lists.
        plan.anchors = vec![("pkio-g4-tls", g4.root.clone())];
        plan.intermediates = Some(issuer.to_owned());
        let places = ["/g4-root.crl", "/g4-issuer.crl"];
        let url = plan.fetch.urls[0].clone();
        let urls = places.map(|path| url.replace(INTERMEDIATE, path));
        plan.fetch.urls.extend(urls);
    })
    .await;
    lists.put("/g4-root.crl", Act::List(g4.root_crl.clone().into_bytes()));
    lists.put("/g4-issuer.crl", Act::List(der(&g4.issuer_crl)));
    world.tls.fetch_due().await;
    assert_eq!(failing(&world), []);
    assert!(gets_in(&world, &g4.leaf).await);
    assert!(
        refusal(&world, &g4.revoked)
            .await
            .contains("CertificateRevoked")
    );
}

#[tokio::test]
async fn the_figures_tell_age_and_time_left_of_each_issuer_and_which_place_fails() {
    let (world, lists) = fetching(|_| {}).await;
    world.tls.fetch_due().await;
    lists.put(ROOT, Act::Close);
    fetch_after(&world, 60).await;
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        knooppunt::transport::figures::set(&world.tls, &world.registers);
    });
    let figures = handle.render();
    let line = |start: &str, words: &str| {
        let found = figures
            .lines()
            .find(|line| line.starts_with(start) && line.contains(words));
        let line = found.unwrap_or_else(|| panic!("{start} {words}: {figures}"));
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    // Made 599 s before the start, an hour ago; good for 30 days from then.
    let age = line("knooppunt_crl_age_seconds{", "Test issuer");
    assert!((age - (3600.0 + 599.0)).abs() < 0.5, "{age}");
    let left = line("knooppunt_crl_left_seconds{", "Test issuer");
    assert!((left - (30.0 * 86_400.0 - age)).abs() < 0.5, "{left}");
    let failing = |place: &str| line("knooppunt_crl_source_failing{", place) > 0.5;
    assert!(failing(ROOT) && !failing(INTERMEDIATE) && !failing(OPERATOR));
}
