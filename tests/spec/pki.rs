//! The development certificates: they work, they say what they are, and nothing is overwritten.

use super::tls_world::{
    Connection, Credentials, OIN_A, PARTIES, client_config, connect, register, start_time,
};
use axum::routing::get;
use axum::{Extension, Router};
use knooppunt::clock::ManualClock;
use knooppunt::fault::Fault;
use knooppunt::pki::{self, Client, Holder, Options, Pki, PkiError};
use knooppunt::register::{Anchor, Registers};
use knooppunt::transport::{Admitted, ConnectionLimits, TlsState, serve};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

fn options() -> Options {
    let client = |name: &str, holder| Client {
        name: name.to_owned(),
        holder,
    };
    let oin = Holder::Oin(OIN_A.parse().unwrap());
    Options {
        clients: vec![
            client("gemeente", oin.clone()),
            client("aanbieder", Holder::Party("zorg-bv".parse().unwrap())),
            client("ingetrokken", oin),
        ],
        revoked: vec!["ingetrokken".to_owned()],
        ..Options::default()
    }
}

fn credentials(pki: &Pki, name: &str) -> Credentials {
    let (chain, key) = pki.client(name);
    Credentials {
        chain: std::fs::read_to_string(chain).unwrap(),
        key: std::fs::read_to_string(key).unwrap(),
    }
}

struct Door {
    pki: Pki,
    tls: Arc<TlsState>,
    address: SocketAddr,
    clock: ManualClock,
    _stop: tokio_util::sync::DropGuard,
}

impl Door {
    async fn open(pki: Pki) -> Self {
        let clock = ManualClock::at(start_time());
        let tls = Arc::new(TlsState::open(pki.tls_settings(), Arc::new(clock.clone())).unwrap());
        let registers = Arc::new(Registers::new(register(PARTIES)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let who = async |Extension(admitted): Extension<Arc<Admitted>>| admitted.party.to_string();
        let router = Router::new().route("/who", get(who));
        let limits = ConnectionLimits::default();
        tokio::spawn(serve(
            listener,
            Arc::clone(&tls),
            registers,
            router,
            limits,
            stop.clone(),
        ));
        Self {
            pki,
            tls,
            address,
            clock,
            _stop: stop.drop_guard(),
        }
    }

    async fn who(&self, name: &str) -> io::Result<String> {
        let root = std::fs::read_to_string(self.pki.server_root()).unwrap();
        let credentials = credentials(&self.pki, name);
        let config = client_config(
            &root,
            Some(&credentials),
            rustls::DEFAULT_VERSIONS,
            &[],
            &self.clock,
        );
        let mut connection: Connection = connect(self.address, config).await?;
        Ok(connection.get("/who").await?.body)
    }
}

#[tokio::test]
async fn a_gateway_and_its_clients_work_with_what_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let pki = pki::create(&folder.path().join("pki"), &options(), start_time()).unwrap();
    let door = Door::open(pki).await;
    assert_eq!(door.tls.warnings(), []);
    assert_eq!(door.who("gemeente").await.unwrap(), "gemeente-a");
    assert_eq!(door.who("aanbieder").await.unwrap(), "zorg-bv");
    let refused = door.who("ingetrokken").await.unwrap_err().to_string();
    assert!(refused.contains("CertificateRevoked"), "{refused}");
}

#[tokio::test]
async fn a_certificate_can_be_made_and_revoked_later() {
    let folder = tempfile::tempdir().unwrap();
    let pki = pki::create(folder.path(), &options(), start_time()).unwrap();
    let door = Door::open(pki).await;
    let later = Client {
        name: "tweede".to_owned(),
        holder: Holder::Oin(OIN_A.parse().unwrap()),
    };
    door.pki.issue(&later, start_time()).unwrap();
    assert_eq!(door.who("tweede").await.unwrap(), "gemeente-a");
    pki::revoke(
        folder.path(),
        "tweede",
        start_time() + jiff::SignedDuration::from_secs(1),
    )
    .unwrap();
    door.tls.reload().unwrap();
    assert!(door.who("tweede").await.is_err());
    assert!(
        door.who("ingetrokken").await.is_err(),
        "what was revoked stays so"
    );
    assert_eq!(door.who("gemeente").await.unwrap(), "gemeente-a");
    pki::revoke(
        folder.path(),
        "intermediate",
        start_time() + jiff::SignedDuration::from_secs(2),
    )
    .unwrap();
    door.tls.reload().unwrap();
    assert!(door.who("gemeente").await.is_err());
    assert_eq!(door.who("aanbieder").await.unwrap(), "zorg-bv");
}

#[test]
fn a_fresh_crl_ends_later() {
    let folder = tempfile::tempdir().unwrap();
    let pki = pki::create(folder.path(), &options(), start_time()).unwrap();
    let clock = ManualClock::at(start_time());
    let tls = TlsState::open(pki.tls_settings(), Arc::new(clock)).unwrap();
    let before = tls.crls();
    let later = start_time() + jiff::SignedDuration::from_hours(24);
    pki::crl(folder.path(), later).unwrap();
    tls.reload().unwrap();
    for (before, after) in before.iter().zip(tls.crls()) {
        assert_eq!(before.issuer, after.issuer);
        assert_eq!(after.this_update, later);
        assert!(after.next_update > before.next_update);
        assert_eq!(before.revoked, after.revoked);
    }
    assert_eq!(before.iter().map(|crl| crl.revoked).sum::<usize>(), 1);
}

#[test]
fn openssl_agrees_with_chains_and_crls() {
    let folder = tempfile::tempdir().unwrap();
    let pki = pki::create(folder.path(), &options(), start_time()).unwrap();
    let at = folder.path();
    let crls: String = ["pkio-root", "pkio-intermediate"]
        .iter()
        .map(|name| std::fs::read_to_string(at.join(format!("crl/{name}.crl"))).unwrap())
        .collect();
    std::fs::write(at.join("all.crl"), crls).unwrap();
    let verdict = |certificate: &Path| {
        Command::new("openssl")
            .args([
                "verify",
                "-crl_check_all",
                "-x509_strict",
                "-purpose",
                "sslclient",
            ])
            .args(["-attime", &start_time().as_second().to_string()])
            .arg("-CRLfile")
            .arg(at.join("all.crl"))
            .arg("-CAfile")
            .arg(pki.server_root())
            .arg("-untrusted")
            .arg(at.join("pkio/intermediate.pem"))
            .arg(certificate)
            .output()
            .unwrap()
    };
    let good = verdict(&pki.client("gemeente").0);
    assert!(
        good.status.success(),
        "{}",
        String::from_utf8_lossy(&good.stderr)
    );
    let revoked = verdict(&pki.client("ingetrokken").0);
    assert!(String::from_utf8_lossy(&revoked.stderr).contains("certificate revoked"));
}

#[test]
fn it_says_what_it_is_for_and_keeps_keys_from_others() {
    let folder = tempfile::tempdir().unwrap();
    let pki = pki::create(folder.path(), &options(), start_time()).unwrap();
    let said =
        std::fs::read_to_string(folder.path().join("FOR-DEVELOPMENT-AND-TEST-ONLY.txt")).unwrap();
    assert!(said.starts_with("FOR DEVELOPMENT AND TEST ONLY"));
    for name in [
        "server.key",
        "pkio/root.key",
        "operator/root.key",
        "clients/gemeente.key",
    ] {
        let mode = std::fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let shown = pki::show(&pki.client("gemeente").0, Anchor::PkioG1).unwrap();
    assert_eq!(
        shown.identity().unwrap().to_string(),
        format!("pkio-g1 oin {OIN_A}")
    );
    assert!(
        shown.subject.contains("development and test"),
        "{}",
        shown.subject
    );
}

#[test]
fn nothing_is_overwritten_and_wrong_names_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pki = pki::create(folder.path(), &options(), start_time()).unwrap();
    let key = std::fs::read(folder.path().join("pkio/root.key")).unwrap();
    let again = pki::create(folder.path(), &options(), start_time()).unwrap_err();
    assert!(matches!(again, PkiError::NotEmpty(_)), "{again}");
    assert_eq!(again.fault(), Fault::Sender);
    assert_eq!(
        std::fs::read(folder.path().join("pkio/root.key")).unwrap(),
        key
    );
    let issue = |name: &str| {
        let client = Client {
            name: name.to_owned(),
            holder: Holder::Oin(OIN_A.parse().unwrap()),
        };
        pki.issue(&client, start_time()).unwrap_err().code()
    };
    assert_eq!(issue("gemeente"), "pki-taken");
    assert_eq!(issue("../elsewhere"), "pki-name");
    assert_eq!(
        pki.revoke("nobody", start_time()).unwrap_err().code(),
        "pki-unknown"
    );
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(Pki::open(empty.path()).unwrap_err().code(), "pki-file");
}
