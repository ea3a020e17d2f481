//! Where lists are fetched from, and where never.

use knooppunt::pki::{Authority, Keys};
use knooppunt::transport::FetchSettings;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::lists::{Act, Lists};
use super::refusals::namesake;
use super::{
    INTERMEDIATE, OPERATOR, ROOT, der, failing, fetch_after, fetching, gets_in, list, publish,
    refusal,
};
use crate::tls_world::{
    Credentials, Issuers, OIN_A, Plan, World, alone, leaf_with_oin, start_time, write, year,
};

/// A certificate below `root` (an issuer when `is_ca`) that names places for the list of its issuer; certificate and key in PEM.
fn with_points(root: &Authority, name: &str, is_ca: bool, places: &[String]) -> (String, String) {
    let issuer = KeyPair::from_pem(&root.key()).unwrap();
    let issuer = Issuer::from_ca_cert_pem(root.certificate(), issuer).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    let subject = &mut params.distinguished_name;
    *subject = rcgen::DistinguishedName::new();
    subject.push(rcgen::DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2030, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params.crl_distribution_points = places
        .iter()
        .map(|place| CrlDistributionPoint {
            uris: vec![place.clone()],
        })
        .collect();
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    } else {
        let party = SanType::URI("urn:knooppunt:party:zorg-bv".try_into().unwrap());
        params.subject_alt_names.push(party);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    }
    let certificate = params.signed_by(&key, &issuer).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// Issuers of whom the intermediate says where the list of the root is.
fn issuers_that_say(places: &[String]) -> Issuers {
    let issuers = Issuers::new(Keys::EcdsaP256);
    let (certificate, key) = with_points(&issuers.root, "Test issuer", true, places);
    Issuers {
        intermediate: Authority::from_pem(&certificate, &key).unwrap(),
        ..issuers
    }
}

#[tokio::test]
async fn the_distribution_points_of_configured_certificates_are_used_and_those_that_are_not_http_are_not()
 {
    let lists = Lists::start().await;
    let places = [
        "ldap://directory.example/cn=root".to_owned(),
        lists.url(ROOT),
        "https://crl.example/root.crl".to_owned(),
    ];
    let world = World::with(Plan {
        issuers: Some(issuers_that_say(&places)),
        has_crl_files: false,
        has_intermediate: true,
        fetch: FetchSettings {
            urls: vec![lists.url(INTERMEDIATE), lists.url(OPERATOR)],
            ..FetchSettings::default()
        },
        ..Plan::default()
    })
    .await;
    publish(&world, &lists, 1, &[]);
    world.tls.fetch_due().await;
    assert_eq!(failing(&world), []);
    let mut asked = lists.paths();
    asked.sort();
    assert_eq!(asked, [INTERMEDIATE, OPERATOR, ROOT]);
    assert!(gets_in(&world, &world.gemeente_a()).await);
    let sources = world.tls.revocation().sources();
    let root = sources
        .iter()
        .find(|one| one.source.ends_with(ROOT))
        .unwrap();
    assert!(
        root.issuer.as_deref().unwrap().contains("Test root"),
        "{root:?}"
    );
}

#[tokio::test]
async fn they_are_not_used_where_the_settings_say_so() {
    let lists = Lists::start().await;
    let world = World::with(Plan {
        issuers: Some(issuers_that_say(&[lists.url(ROOT)])),
        has_intermediate: true,
        fetch: FetchSettings {
            distribution_points: false,
            ..FetchSettings::default()
        },
        ..Plan::default()
    })
    .await;
    world.tls.fetch_due().await;
    assert!(lists.paths().is_empty() && world.tls.revocation().sources().is_empty());
    assert!(gets_in(&world, &world.gemeente_a()).await, "by the files");
}

#[tokio::test]
async fn a_presented_certificate_makes_the_gateway_ask_nobody() {
    let (world, lists) = fetching(|_| {}).await;
    world.tls.fetch_due().await;
    let before = lists.paths().len();
    let inner = lists.url("/inside");
    let operator = &world.issuers.operator;
    let (leaf, key) = with_points(operator, "zorg", false, std::slice::from_ref(&inner));
    let client = Credentials { chain: leaf, key };
    assert!(gets_in(&world, &client).await);
    // Nor with an issuer of its own, which leads nowhere.
    let stranger = Authority::root("Stranger", Keys::EcdsaP256, year()).unwrap();
    let (ca, ca_key) = with_points(&stranger, "Test issuer", true, std::slice::from_ref(&inner));
    let ca = Authority::from_pem(&ca, &ca_key).unwrap();
    let leaf = ca.issue(&leaf_with_oin(OIN_A)).unwrap();
    let mut presented = alone(&leaf);
    presented.chain.push_str(ca.certificate());
    assert!(world.get_by(&presented).await.is_err());
    fetch_after(&world, 60).await;
    let asked: Vec<String> = lists.paths().split_off(before);
    assert_eq!(asked.len(), 3);
    assert!(!asked.iter().any(|path| path == "/inside"), "{asked:?}");
}

#[tokio::test]
async fn a_folder_is_enough_where_there_is_no_way_out_and_each_of_its_files_is_judged_by_itself() {
    let tray = tempfile::tempdir().unwrap();
    let lists = Lists::start().await;
    let world = World::with(Plan {
        has_crl_files: false,
        has_intermediate: true,
        fetch: FetchSettings {
            folders: vec![tray.path().to_owned()],
            ..FetchSettings::default()
        },
        ..Plan::default()
    })
    .await;
    let place = |name: &str, text: &str| write(tray.path(), name, text);
    let because = |world: &World| {
        failing(world)
            .into_iter()
            .map(|(_, code)| code)
            .collect::<Vec<_>>()
    };
    world.tls.fetch_due().await;
    assert_eq!(because(&world), ["crl-empty"]);
    let (serial, client) = world.issuers.revocable();
    place("root.crl", &list(&world.issuers.root, 1, &[], 30));
    place(
        "intermediate.crl",
        &list(&world.issuers.intermediate, 1, &[], 30),
    );
    fetch_after(&world, 5).await;
    assert_eq!(because(&world), [""; 0]);
    assert!(gets_in(&world, &client).await);
    // A former list beside the new one is nothing to be told; what is no list is, and hinders nothing.
    place(
        "intermediate-2.crl",
        &list(&world.issuers.intermediate, 2, &[&serial], 30),
    );
    fetch_after(&world, 5).await;
    assert_eq!(because(&world), [""; 0]);
    assert!(
        refusal(&world, &client)
            .await
            .contains("CertificateRevoked")
    );
    place("a-note.txt", "the lists of march");
    place("root-2.crl", &list(&world.issuers.root, 2, &[], 30));
    fetch_after(&world, 5).await;
    assert_eq!(because(&world), ["crl-not-a-list"]);
    let made = |issuer: &str| {
        let lists = world.tls.crls().into_iter();
        let mut of = lists.filter(|list| list.issuer.contains(issuer));
        of.next().unwrap().this_update
    };
    assert_eq!(
        made("Test root"),
        start_time() - jiff::SignedDuration::from_secs(598)
    );
    // The folder goes: what was taken stays.
    std::fs::remove_dir_all(tray.path()).unwrap();
    fetch_after(&world, 5).await;
    assert_eq!(because(&world), ["crl-unreadable"]);
    assert!(gets_in(&world, &world.gemeente_a()).await);
    assert!(lists.paths().is_empty());
}

#[tokio::test]
async fn through_a_proxy_the_whole_address_is_asked_for_and_its_host_is_named() {
    let (world, lists) = fetching(|plan| {
        let here = plan.fetch.urls[0].clone();
        plan.fetch.proxy = Some(here.replace(INTERMEDIATE, ""));
        plan.fetch.urls = vec![
            "http://crl.invalid/intermediate.crl".to_owned(),
            "http://crl.invalid:8080/root.crl?all=1".to_owned(),
        ];
    })
    .await;
    lists.put(
        "/root.crl?all=1",
        Act::List(der(&list(&world.issuers.root, 1, &[], 30))),
    );
    world.tls.fetch_due().await;
    assert_eq!(failing(&world), []);
    assert!(gets_in(&world, &world.gemeente_a()).await);
    let heads = lists.heads();
    let [first, second] = &heads[..] else {
        panic!("{heads:?}")
    };
    assert!(
        first.starts_with("GET http://crl.invalid/intermediate.crl HTTP/1.1\r\n"),
        "{first}"
    );
    assert!(
        first.to_lowercase().contains("host: crl.invalid\r\n"),
        "{first}"
    );
    assert!(
        second.starts_with("GET http://crl.invalid:8080/root.crl?all=1 HTTP/1.1\r\n"),
        "{second}"
    );
    assert!(
        second.to_lowercase().contains("host: crl.invalid:8080\r\n"),
        "{second}"
    );
}

#[tokio::test]
async fn every_place_that_is_configured_is_one_and_an_address_that_is_none_stops_the_start() {
    let (world, _lists) = fetching(|_| {}).await;
    let open = |change: &dyn Fn(&mut FetchSettings)| {
        let mut settings = world.settings.clone();
        change(&mut settings.fetch);
        let clock = std::sync::Arc::new(world.clock.clone());
        knooppunt::transport::TlsState::open(settings, clock)
    };
    for wrong in [
        "https://crl.example/a",
        "ftp://crl.example/a",
        "http://me@crl.example/a",
        "a.crl",
    ] {
        let refused = open(&|fetch| fetch.urls.push(wrong.to_owned())).unwrap_err();
        assert_eq!(refused.code(), "tls-fetch", "{refused}");
        let refused = open(&|fetch| fetch.proxy = Some(wrong.to_owned())).unwrap_err();
        assert_eq!(refused.code(), "tls-fetch", "{refused}");
    }
    let twice = open(&|fetch| fetch.urls.extend(fetch.urls.clone())).unwrap();
    assert_eq!(twice.revocation().sources().len(), 3);
    let never = open(&|fetch| fetch.every_s = 0).unwrap();
    let never = std::sync::Arc::new(never);
    never.fetch_due().await;
    assert!(never.crls().is_empty(), "only by the command");
    assert_eq!(never.revocation().fetch_all().await.len(), 3);
    assert_eq!(never.revocation().kept().len(), 3);
}

#[tokio::test]
async fn a_list_of_an_endpoints_issuer_counts_for_no_client_although_it_bears_the_name_of_theirs() {
    let (world, lists) = fetching(|_| {}).await;
    let (serial, revoked) = world.issuers.revocable();
    publish(&world, &lists, 1, &[&serial]);
    world.tls.fetch_due().await;
    let namesake = namesake();
    let certificate = CertificateDer::from_pem_slice(namesake.certificate().as_bytes()).unwrap();
    world.tls.revocation().endpoints_have(vec![certificate]);
    lists.put(
        INTERMEDIATE,
        Act::List(list(&namesake, 9, &[], 30).into_bytes()),
    );
    fetch_after(&world, 60).await;
    assert_eq!(failing(&world), [], "it is right for the endpoint");
    assert_eq!(world.tls.revocation().kept().len(), 4);
    let other = world.gemeente_a();
    assert!(
        refusal(&world, &revoked)
            .await
            .contains("CertificateRevoked")
    );
    assert!(gets_in(&world, &other).await);
    let world = world.restarted().await;
    assert!(
        refusal(&world, &revoked)
            .await
            .contains("CertificateRevoked")
    );
    assert!(gets_in(&world, &other).await);
}
