//! Whose certificate gets in: every row of the certificate matrix, over real TLS connections.

use super::tls_world::{
    Credentials, OIN_A, OIN_B, PARTIES, Plan, World, alone, leaf_with_oin, start_time, write, year,
};
use jiff::SignedDuration;
use knooppunt::api::problem::Problem;
use knooppunt::pki::{Authority, Keys, Leaf, Purpose, Validity};
use knooppunt::register::{Anchor, Key, PartyId};
use knooppunt::transport::{Peer, Stale, TrustWarning};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::path::Path;
use std::process::Command;

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// The client was refused in the handshake: it never got an HTTP answer. The alert is compared where TLS gives one.
async fn refused(world: &World, credentials: Option<&Credentials>, alert: &str) {
    let error = world
        .get(credentials, "/who")
        .await
        .expect_err("was let in");
    let text = error.to_string();
    assert!(text.contains(alert), "expected {alert:?}, got {text:?}");
}

/// The chain held, but the register knows nobody with this certificate: 403 without a reason.
async fn unknown(world: &World, credentials: &Credentials) {
    let answer = world.get_by(credentials).await.unwrap();
    assert_eq!(answer.status, 403, "{}", answer.body);
    let problem: Problem = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        (problem.type_urn.as_str(), problem.status),
        ("urn:knooppunt:problem:no-access", 403)
    );
    assert_eq!(
        (problem.code.as_str(), problem.fault.as_str()),
        ("no-access", "sender")
    );
    assert_eq!(problem.title, "Geen toegang");
    assert!(
        problem
            .detail
            .contains("is niet (meer) aangemeld, of het geldt niet (meer)"),
        "all reasons are named, so that none is told: {}",
        problem.detail
    );
    assert!(answer.head.contains("connection: close"));
}

async fn let_in(world: &World, credentials: &Credentials, who: &str) {
    let answer = world.get_by(credentials).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, who));
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let world = World::new().await;
    refused(&world, None, "CertificateRequired").await;
    let tls12 = world.client_of(None, &[&rustls::version::TLS12], &[]);
    assert!(world.connect(tls12).await.is_err(), "TLS 1.2 as well");
}

#[tokio::test]
async fn a_valid_g1_like_certificate_is_its_party() {
    let world = World::with(Plan {
        keys: Keys::Rsa2048,
        ..Plan::default()
    })
    .await;
    let client = world.gemeente_a();
    let_in(&world, &client, "gemeente-a oin").await;
    let tls12 = world.client_of(Some(&client), &[&rustls::version::TLS12], &[]);
    let answer = world
        .connect(tls12)
        .await
        .unwrap()
        .get("/who")
        .await
        .unwrap();
    assert_eq!(answer.body, "gemeente-a oin", "TLS 1.2 as well");
}

#[tokio::test]
async fn a_valid_g4_like_certificate_with_pss_signatures_is_its_party() {
    let g4 = G4::new();
    let world = World::with(Plan {
        anchors: vec![("pkio-g4-tls", g4.root.clone())],
        crls: vec![g4.root_crl.clone(), g4.issuer_crl.clone()],
        ..Plan::default()
    })
    .await;
    let_in(&world, &g4.leaf, "gemeente-a oin").await;
    refused(&world, Some(&g4.revoked), "CertificateRevoked").await;
}

#[tokio::test]
async fn a_revoked_leaf_is_refused() {
    let world = World::new().await;
    let (serial, revoked) = world.issuers.revocable();
    world.revoke(&[&serial], &[]);
    refused(&world, Some(&revoked), "CertificateRevoked").await;
    let_in(&world, &world.gemeente_a(), "gemeente-a oin").await;
}

#[tokio::test]
async fn a_leaf_revoked_by_a_reloaded_crl_is_refused_from_then_on() {
    let world = World::new().await;
    let (serial, client) = world.issuers.revocable();
    let_in(&world, &client, "gemeente-a oin").await;
    world.revoke(&[&serial], &[]);
    refused(&world, Some(&client), "CertificateRevoked").await;
}

#[tokio::test]
async fn a_leaf_below_a_revoked_intermediate_is_refused() {
    let world = World::new().await;
    let client = world.gemeente_a();
    let serial = world.issuers.intermediate.serial().to_owned();
    world.revoke(&[], &[&serial]);
    // The server's own certificate hangs below the same issuer; the client here does not ask for its CRL.
    refused(&world, Some(&client), "CertificateRevoked").await;
}

#[tokio::test]
async fn without_a_crl_of_any_issuer_of_the_chain_a_client_is_refused() {
    for missing in ["crl/intermediate.crl", "crl/root.crl"] {
        let world = World::new().await;
        let client = world.gemeente_a();
        let_in(&world, &client, "gemeente-a oin").await;
        std::fs::remove_file(world.path(missing)).unwrap();
        world.tls.reload().unwrap();
        refused(&world, Some(&client), "UnknownCA").await;
    }
}

#[tokio::test]
async fn an_issuer_without_a_crl_is_warned_about() {
    let world = World::new().await;
    assert_eq!(world.tls.warnings(), []);
    std::fs::remove_file(world.path("crl/root.crl")).unwrap();
    world.tls.reload().unwrap();
    let warnings = world.tls.warnings();
    assert!(
        matches!(&warnings[..], [TrustWarning::NoCrl { issuer }] if issuer.contains("Test root")),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn an_expired_crl_refuses_everybody_below_it() {
    let world = World::new().await;
    let client = world.gemeente_a();
    world
        .clock
        .set(start_time() + hours(30 * 24) - SignedDuration::from_secs(1));
    let_in(&world, &client, "gemeente-a oin").await;
    world.clock.set(start_time() + hours(30 * 24));
    refused(&world, Some(&client), "UnknownCA").await;
}

#[tokio::test]
async fn within_the_grace_an_expired_crl_still_counts_with_an_alarm_and_after_it_no_more() {
    let world = World::with(Plan {
        crl_stale: Stale::Grace { hours: 24 },
        ..Plan::default()
    })
    .await;
    let client = world.gemeente_a();
    let (serial, revoked) = world.issuers.revocable();
    world.revoke(&[&serial], &[]);
    world
        .clock
        .set(start_time() + hours(31 * 24) - SignedDuration::from_secs(1));
    let_in(&world, &client, "gemeente-a oin").await;
    refused(&world, Some(&revoked), "CertificateRevoked").await;
    let warnings = world.tls.warnings();
    let end = start_time() + hours(31 * 24);
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    for warning in warnings {
        assert!(
            matches!(&warning, TrustWarning::CrlStale { used_until, .. } if *used_until == end),
            "{warning:?}"
        );
    }
    world.clock.set(end);
    refused(&world, Some(&client), "UnknownCA").await;
}

#[tokio::test]
async fn a_crl_that_is_half_through_its_life_is_warned_about() {
    let world = World::new().await;
    world.clock.advance(hours(16 * 24));
    let warnings = world.tls.warnings();
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(
        warnings
            .iter()
            .all(|warning| matches!(warning, TrustWarning::CrlAges { .. }))
    );
}

#[tokio::test]
async fn a_certificate_of_another_root_is_refused_although_the_names_are_the_same() {
    let world = World::new().await;
    let long = Validity::days(start_time(), 3650);
    let root = Authority::root("Test root", Keys::EcdsaP256, long).unwrap();
    let intermediate = root.intermediate("Test issuer", long).unwrap();
    let issued = intermediate.issue(&leaf_with_oin(OIN_A)).unwrap();
    let client = Credentials {
        chain: format!("{}{}", issued.certificate, intermediate.certificate()),
        key: issued.key,
    };
    let error = world
        .get_by(&client)
        .await
        .expect_err("was let in")
        .to_string();
    assert!(error.contains("alert"), "{error}");
    let stranger = Authority::root("Other root", Keys::EcdsaP256, long).unwrap();
    let issued = stranger.issue(&leaf_with_oin(OIN_A)).unwrap();
    refused(&world, Some(&alone(&issued)), "UnknownCA").await;
}

#[tokio::test]
async fn an_expired_leaf_and_one_that_is_not_valid_yet_are_refused() {
    let world = World::new().await;
    let leaf = |from: i64, until: i64| Leaf {
        validity: Validity {
            from: start_time() + hours(from),
            until: start_time() + hours(until),
        },
        ..leaf_with_oin(OIN_A)
    };
    refused(
        &world,
        Some(&world.issuers.pkio(&leaf(-48, -1))),
        "CertificateExpired",
    )
    .await;
    refused(
        &world,
        Some(&world.issuers.pkio(&leaf(1, 48))),
        "CertificateExpired",
    )
    .await;
    let client = world.issuers.pkio(&leaf(-48, 1));
    let_in(&world, &client, "gemeente-a oin").await;
    world.clock.advance(SignedDuration::from_secs(3601));
    refused(&world, Some(&client), "CertificateExpired").await;
}

#[tokio::test]
async fn a_leaf_for_servers_only_is_refused() {
    let world = World::new().await;
    let leaf = |purpose| Leaf {
        purpose,
        ..leaf_with_oin(OIN_A)
    };
    let server = world.issuers.pkio(&leaf(Purpose::Server));
    assert!(world.get_by(&server).await.is_err());
    let both = world.issuers.pkio(&leaf(Purpose::Both));
    let_in(&world, &both, "gemeente-a oin").await;
}

#[tokio::test]
async fn an_oin_below_another_anchor_than_pkioverheid_is_nobody() {
    let world = World::new().await;
    let issued = world.issuers.operator.issue(&leaf_with_oin(OIN_A)).unwrap();
    unknown(&world, &alone(&issued)).await;
}

#[tokio::test]
async fn an_oin_without_the_policy_of_its_anchor_is_nobody() {
    let world = World::new().await;
    for policies in [vec![], vec!["2.16.528.1.1003.1.2.44.15.35.11".to_owned()]] {
        let leaf = Leaf {
            policies,
            ..leaf_with_oin(OIN_A)
        };
        unknown(&world, &world.issuers.pkio(&leaf)).await;
    }
}

#[test]
fn a_trial_policy_counts_only_where_the_settings_name_it() {
    let trial = "2.16.528.1.1003.1.2.41.15.35.11".to_owned();
    let root = Authority::root("Trial", Keys::EcdsaP256, year()).unwrap();
    let leaf = Leaf {
        policies: vec![trial.clone()],
        ..leaf_with_oin(OIN_A)
    };
    let issued = root.issue(&leaf).unwrap();
    let production: Vec<String> = Anchor::PkioG4Tls
        .policies()
        .iter()
        .map(ToString::to_string)
        .collect();
    let key = |policies: &[String]| {
        let peer = Peer::read(&issued.der, Anchor::PkioG4Tls, policies).unwrap();
        peer.identity().unwrap().key.kind()
    };
    assert_eq!(key(&production), "fingerprint");
    assert_eq!(key(std::slice::from_ref(&trial)), "oin");
    // Below an anchor that carries no OIN no policy makes one of it.
    for anchor in [Anchor::OperatorCa, Anchor::Vecozo] {
        let peer = Peer::read(&issued.der, anchor, std::slice::from_ref(&trial)).unwrap();
        assert_eq!(peer.identity().unwrap().key.kind(), "fingerprint");
    }
}

#[tokio::test]
async fn twenty_digits_that_are_no_oin_are_nobody() {
    let world = World::new().await;
    for number in [
        "12345678901234567890",
        "00000099000000001001",
        "0000009900000000100",
    ] {
        let leaf = Leaf {
            subject_number: Some(number.to_owned()),
            ..leaf_with_oin(OIN_A)
        };
        unknown(&world, &world.issuers.pkio(&leaf)).await;
    }
}

#[tokio::test]
async fn an_oin_that_the_register_does_not_know_is_nobody() {
    let world = World::new().await;
    unknown(
        &world,
        &world.issuers.pkio(&leaf_with_oin("00000099000000009000")),
    )
    .await;
}

#[tokio::test]
async fn two_certificates_of_one_party_are_the_same_party() {
    let world = World::new().await;
    let (old, new) = (world.gemeente_a(), world.gemeente_a());
    assert_ne!(old.chain, new.chain);
    let_in(&world, &old, "gemeente-a oin").await;
    let_in(&world, &new, "gemeente-a oin").await;
}

#[tokio::test]
async fn two_pinned_certificates_of_one_party_are_the_same_party_and_a_third_is_nobody() {
    let world = World::new().await;
    let bare = |name: &str| {
        world
            .issuers
            .operator
            .issue(&Leaf::bare(name, year()))
            .unwrap()
    };
    let (old, new, third) = (bare("old"), bare("new"), bare("third"));
    let peer = |der: &[u8]| Peer::read(der, Anchor::OperatorCa, &[]).unwrap();
    let old_pin = data_encoding::HEXLOWER.encode(&peer(&old.der).fingerprint);
    let new_peer = peer(&new.der);
    let Some(Key::IssuerSerial { issuer, serial }) =
        new_peer.identities.last().map(|identity| &identity.key)
    else {
        panic!("no issuer and serial: {new_peer:?}");
    };
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let party = format!(
        "[[party]]\nid = \"pinned\"\nname = \"Pinned\"\ncertificate = [\n\
         {{ anchor = \"operator-ca\", fingerprint = \"{old_pin}\" }},\n\
         {{ anchor = \"operator-ca\", issuer = \"{}\", serial = \"{}\" }},\n]\n",
        hex(issuer),
        hex(serial),
    );
    world
        .registers
        .swap(super::tls_world::register(&format!("{PARTIES}{party}")));
    let_in(&world, &alone(&old), "pinned fingerprint").await;
    let_in(&world, &alone(&new), "pinned issuer+serial").await;
    unknown(&world, &alone(&third)).await;
}

#[tokio::test]
async fn a_party_uri_counts_below_the_operators_root_only() {
    let world = World::new().await;
    let party: PartyId = "zorg-bv".parse().unwrap();
    let leaf = Leaf::with_party("zorg", &party, year());
    let_in(
        &world,
        &alone(&world.issuers.operator.issue(&leaf).unwrap()),
        "zorg-bv uri",
    )
    .await;
    unknown(&world, &world.issuers.pkio(&leaf)).await;
    let two = Leaf {
        uris: vec![
            "urn:knooppunt:party:zorg-bv".to_owned(),
            "urn:knooppunt:party:gemeente-a".to_owned(),
        ],
        ..leaf
    };
    unknown(&world, &alone(&world.issuers.operator.issue(&two).unwrap())).await;
}

#[tokio::test]
async fn a_certificate_that_stands_for_two_parties_is_nobody() {
    let world = World::new().await;
    let client = world.gemeente_a();
    let der = CertificateDer::from_pem_slice(client.chain.as_bytes()).unwrap();
    let peer = Peer::read(&der, Anchor::PkioG1, &[]).unwrap();
    let pin = data_encoding::HEXLOWER.encode(&peer.fingerprint);
    let parties = PARTIES.replace(
        r#"certificate = [{ anchor = "pkio-g1", oin = "00000099000000002000" }]"#,
        &format!(r#"certificate = [{{ anchor = "pkio-g1", fingerprint = "{pin}" }}]"#),
    );
    world.registers.swap(super::tls_world::register(&parties));
    unknown(&world, &client).await;
}

#[tokio::test]
async fn a_session_is_never_resumed_so_a_revocation_holds_for_it() {
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let world = World::new().await;
        let (serial, client) = world.issuers.revocable();
        // The same configuration twice: this client keeps every ticket and session it is given.
        let config = world.client_of(Some(&client), &[version], &[]);
        for _ in 0..2 {
            let mut connection = world.connect(config.clone()).await.unwrap();
            assert_eq!(connection.get("/who").await.unwrap().status, 200);
            let kind = connection.stream.get_ref().1.handshake_kind();
            assert_eq!(kind, Some(rustls::HandshakeKind::Full));
        }
        world.revoke(&[&serial], &[]);
        let answer = match world.connect(config).await {
            Ok(mut connection) => connection.get("/who").await,
            Err(error) => Err(error),
        };
        assert!(
            answer
                .unwrap_err()
                .to_string()
                .contains("CertificateRevoked")
        );
    }
}

#[tokio::test]
async fn a_kept_connection_does_not_outlive_the_revocation_of_its_certificate() {
    let world = World::new().await;
    let (serial, revoked) = world.issuers.revocable();
    let other = world.gemeente_a();
    let mut kept = world.connect(world.client(Some(&revoked))).await.unwrap();
    let mut bystander = world.connect(world.client(Some(&other))).await.unwrap();
    assert_eq!(kept.get("/who").await.unwrap().body, "gemeente-a oin");
    assert_eq!(bystander.get("/who").await.unwrap().status, 200);
    world.revoke(&[&serial], &[]);
    assert_eq!(kept.get("/who").await.unwrap().status, 403);
    assert!(kept.is_ended().await);
    assert_eq!(
        bystander.get("/who").await.unwrap().status,
        200,
        "the others go on"
    );
}

#[tokio::test]
async fn a_kept_connection_does_not_outlive_its_certificate_nor_the_crl_it_rests_on() {
    let world = World::new().await;
    let short = Leaf {
        validity: Validity::days(start_time(), 1),
        ..leaf_with_oin(OIN_A)
    };
    let mut by_short = world
        .connect(world.client(Some(&world.issuers.pkio(&short))))
        .await
        .unwrap();
    let mut by_long = world
        .connect(world.client(Some(&world.gemeente_a())))
        .await
        .unwrap();
    assert_eq!(by_short.get("/who").await.unwrap().status, 200);
    assert_eq!(by_long.get("/who").await.unwrap().status, 200);
    world.clock.advance(hours(25));
    assert_eq!(by_short.get("/who").await.unwrap().status, 403);
    assert_eq!(by_long.get("/who").await.unwrap().status, 200);
    world.clock.advance(hours(30 * 24));
    assert_eq!(by_long.get("/who").await.unwrap().status, 403);
}

#[tokio::test]
async fn a_kept_connection_does_not_outlive_its_place_in_the_register() {
    let world = World::new().await;
    let mut kept = world
        .connect(world.client(Some(&world.gemeente_a())))
        .await
        .unwrap();
    assert_eq!(kept.get("/who").await.unwrap().body, "gemeente-a oin");
    world.registers.swap(super::tls_world::register(
        &PARTIES.replace(OIN_A, "00000099000000003000"),
    ));
    assert_eq!(kept.get("/who").await.unwrap().status, 403);
    assert!(kept.is_ended().await);
}

#[tokio::test]
async fn a_party_without_a_mandate_may_not_act_for_another() {
    let world = World::new().await;
    let client = world.gemeente_a();
    let may = async |path: &str| world.get(Some(&client), path).await.unwrap().body;
    assert_eq!(may("/may/submit/0344").await, "true");
    assert_eq!(may("/may/submit/0355").await, "false");
    assert_eq!(may("/may/receive/98765432").await, "false");
    let mandate = "[[mandate]]\nparty = \"gemeente-a\"\nfor = \"0355\"\ndirection = \"submit\"\nlaws = [\"jw\"]\nfrom = 2026-01-01\n";
    world
        .registers
        .swap(super::tls_world::register(&format!("{PARTIES}{mandate}")));
    assert_eq!(may("/may/submit/0355").await, "true");
    assert_eq!(may("/may/receive/0355").await, "false");
}

#[tokio::test]
async fn a_client_that_sends_its_leaf_only_is_refused_unless_the_issuer_is_ours() {
    let world = World::new().await;
    let issued = world
        .issuers
        .intermediate
        .issue(&leaf_with_oin(OIN_B))
        .unwrap();
    refused(&world, Some(&alone(&issued)), "UnknownCA").await;

    let world = World::with(Plan {
        has_intermediate: true,
        ..Plan::default()
    })
    .await;
    let issued = world
        .issuers
        .intermediate
        .issue(&leaf_with_oin(OIN_B))
        .unwrap();
    let_in(&world, &alone(&issued), "gemeente-b oin").await;
    world.revoke(&[&issued.serial], &[]);
    refused(&world, Some(&alone(&issued)), "CertificateRevoked").await;
}

/// A hierarchy as PKIoverheid G4: RSA-PSS with SHA-512 and a salt of 64 on certificates and CRLs,
/// made by the openssl command at the moment of the test.
pub(crate) struct G4 {
    pub(crate) root: String,
    pub(crate) root_crl: String,
    pub(crate) issuer_crl: String,
    pub(crate) leaf: Credentials,
    pub(crate) revoked: Credentials,
}

const G4_CONFIG: &str = r"
[ca]
default_ca = any
[any]
database = index.txt
new_certs_dir = .
serial = serial
crlnumber = crlnumber
default_md = sha512
default_crl_days = 30
policy = policy
unique_subject = no
[policy]
countryName = optional
organizationName = optional
commonName = supplied
serialNumber = optional
organizationIdentifier = optional
[issuer]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = CA:false
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth,clientAuth
certificatePolicies = 2.16.528.1.1003.1.2.44.15.35.11
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
";

impl G4 {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let pss =
            "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:64 -sigopt rsa_mgf1_md:sha512";
        let dates = "-startdate 20260101000000Z -enddate 20280101000000Z";
        for authority in ["root", "issuer"] {
            std::fs::create_dir(at.join(authority)).unwrap();
            write(at, &format!("{authority}/index.txt"), "");
            write(at, &format!("{authority}/serial"), "1000\n");
            write(at, &format!("{authority}/crlnumber"), "01\n");
        }
        write(at, "ca.cnf", G4_CONFIG);
        let ca = |authority: &str, arguments: &str| {
            openssl(
                &at.join(authority),
                &format!(
                    "ca -batch -notext -config ../ca.cnf -keyfile ../{authority}.key -cert ../{authority}.pem -md sha512 {pss} {arguments}"
                ),
            );
        };
        let request = |name: &str, subject: &str| {
            openssl(
                at,
                &format!(
                    "req -new -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj {subject}"
                ),
            );
        };
        request("root", "/C=NL/O=Test/CN=G4-like-root");
        openssl(
            &at.join("root"),
            &format!(
                "ca -batch -notext -selfsign -config ../ca.cnf -keyfile ../root.key -in ../root.csr -out ../root.pem -extensions issuer -md sha512 {pss} {dates}"
            ),
        );
        request("issuer", "/C=NL/O=Test/CN=G4-like-issuer");
        ca(
            "root",
            &format!("-in ../issuer.csr -out ../issuer.pem -extensions issuer {dates}"),
        );
        for name in ["leaf", "revoked"] {
            request(
                name,
                &format!(
                    "/C=NL/O=Gemeente/CN={name}/serialNumber={OIN_A}/organizationIdentifier=NTRNL-00000002"
                ),
            );
            ca(
                "issuer",
                &format!("-in ../{name}.csr -out ../{name}.pem -extensions leaf {dates}"),
            );
        }
        ca("issuer", "-revoke ../revoked.pem");
        for authority in ["root", "issuer"] {
            ca(
                authority,
                &format!(
                    "-gencrl -out ../{authority}.crl -crl_lastupdate 20260228000000Z -crl_nextupdate 20260331000000Z"
                ),
            );
        }
        let read = |name: &str| std::fs::read_to_string(at.join(name)).unwrap();
        let credentials = |name: &str| Credentials {
            chain: read(&format!("{name}.pem")) + &read("issuer.pem"),
            key: read(&format!("{name}.key")),
        };
        let text = openssl(at, "x509 -in leaf.pem -noout -text");
        assert!(
            text.contains("rsassaPss") && text.contains("Salt Length: 0x40"),
            "{text}"
        );
        Self {
            root: read("root.pem"),
            root_crl: read("root.crl"),
            issuer_crl: read("issuer.crl"),
            leaf: credentials("leaf"),
            revoked: credentials("revoked"),
        }
    }
}

/// Runs openssl in a folder; arguments have no spaces of their own.
fn openssl(folder: &Path, arguments: &str) -> String {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the openssl command is needed for G4-like certificates");
    assert!(
        output.status.success(),
        "openssl {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
