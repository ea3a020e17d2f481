//! An issuer that has got a new key and kept its name: who is below the one key is judged by the lists of that key, and by no other.

use knooppunt::pki::{Authority, Keys, Leaf, Validity};
use knooppunt::transport::TrustWarning;

use super::lists::Act;
use super::{INTERMEDIATE, failing, fetch_after, fetching, gets_in, list, refusal};
use crate::tls_world::{
    Credentials, Issuers, OIN_A, Plan, World, alone, leaf_with_oin, start_time, year,
};

fn long() -> Validity {
    Validity::days(start_time(), 3650)
}

/// A client below this issuer, with the serial number to revoke it by.
fn below(issuer: &Authority) -> (String, Credentials) {
    let issued = issuer.issue(&leaf_with_oin(OIN_A)).unwrap();
    let client = Credentials {
        chain: format!("{}{}", issued.certificate, issuer.certificate()),
        key: issued.key.clone(),
    };
    (issued.serial, client)
}

#[tokio::test]
async fn the_list_of_an_issuer_with_a_new_key_and_the_name_of_before_shuts_out_nobody_below_the_former_key()
 {
    let renewed = Authority::root("Test operator", Keys::EcdsaP256, long()).unwrap();
    let (world, lists) = fetching(|plan| {
        plan.anchors
            .push(("vecozo", renewed.certificate().to_owned()));
        let url = plan.fetch.urls[0].replace(INTERMEDIATE, "/renewed.crl");
        plan.fetch.urls.push(url);
    })
    .await;
    let leaf = Leaf::with_party("leaf", &"zorg-bv".parse().unwrap(), year());
    let client = alone(&world.issuers.operator.issue(&leaf).unwrap());
    world.tls.fetch_due().await;
    assert!(gets_in(&world, &client).await);
    let of_new = |warning: &TrustWarning| matches!(warning, TrustWarning::NoCrl { issuer } if issuer.ends_with("CN=Test operator"));
    let told = world.tls.warnings();
    assert!(told.iter().any(of_new), "the new key has none: {told:?}");
    lists.put(
        "/renewed.crl",
        Act::List(list(&renewed, 5, &[], 30).into_bytes()),
    );
    fetch_after(&world, 60).await;
    assert_eq!(failing(&world), []);
    assert_eq!(world.tls.warnings(), []);
    assert!(gets_in(&world, &client).await);
}

#[tokio::test]
async fn of_two_issuers_of_one_name_in_files_each_counts_for_those_below_its_own_key() {
    let issuers = Issuers::new(Keys::EcdsaP256);
    let renewed = issuers.root.intermediate("Test issuer", long()).unwrap();
    let (former, below_former) = below(&issuers.intermediate);
    let (revoked, revoked_below_new) = below(&renewed);
    let (_, below_new) = below(&renewed);
    // The door knows neither of the two: clients bring them.
    let world = World::with(Plan {
        crls: vec![list(&renewed, 50, &[&revoked], 30)],
        issuers: Some(issuers),
        ..Plan::default()
    })
    .await;
    assert!(gets_in(&world, &below_former).await);
    assert!(gets_in(&world, &below_new).await);
    let said = refusal(&world, &revoked_below_new).await;
    assert!(said.contains("CertificateRevoked"), "{said}");
    world.revoke(&[&former], &[]);
    let said = refusal(&world, &below_former).await;
    assert!(said.contains("CertificateRevoked"), "{said}");
    assert!(gets_in(&world, &below_new).await);
}

#[tokio::test]
async fn a_list_of_another_key_is_no_list_of_an_issuer_that_has_none() {
    let issuers = Issuers::new(Keys::EcdsaP256);
    let renewed = issuers.root.intermediate("Test issuer", long()).unwrap();
    let (_, below_former) = below(&issuers.intermediate);
    let (_, below_new) = below(&renewed);
    let world = World::with(Plan {
        issuers: Some(issuers),
        ..Plan::default()
    })
    .await;
    assert!(gets_in(&world, &below_former).await);
    let said = refusal(&world, &below_new).await;
    assert!(said.contains("UnknownCA"), "{said}");
}

#[tokio::test]
async fn a_connection_ends_when_the_list_of_its_own_key_ends_and_not_with_that_of_the_other() {
    let issuers = Issuers::new(Keys::EcdsaP256);
    let renewed = issuers.root.intermediate("Test issuer", long()).unwrap();
    let (_, below_former) = below(&issuers.intermediate);
    let (_, below_new) = below(&renewed);
    let world = World::with(Plan {
        crls: vec![list(&renewed, 50, &[], 1)],
        issuers: Some(issuers),
        ..Plan::default()
    })
    .await;
    let connect = async |client: &Credentials| {
        let open = world.connect(world.client(Some(client))).await;
        open.unwrap()
    };
    let (mut of_former, mut of_new) = (connect(&below_former).await, connect(&below_new).await);
    assert_eq!(of_former.get("/who").await.unwrap().status, 200);
    assert_eq!(of_new.get("/who").await.unwrap().status, 200);
    world.clock.set("2026-03-02T12:00:00Z".parse().unwrap());
    assert_eq!(of_former.get("/who").await.unwrap().status, 200);
    assert_eq!(of_new.get("/who").await.unwrap().status, 403);
}
