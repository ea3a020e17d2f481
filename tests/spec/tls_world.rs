//! A gateway door with certificates made for the test, and clients that knock on it over TCP.

use axum::extract::Path as UrlPath;
use axum::routing::{get, post};
use axum::{Extension, Router};
use jiff::Timestamp;
use knooppunt::clock::{Clock, ManualClock};
use knooppunt::pki::{Authority, Issued, Keys, Leaf, Revoked, Validity};
use knooppunt::register::{Register, Registers, Source};
use knooppunt::transport::{
    Admitted, AnchorSettings, ConnectionLimits, FetchSettings, Stale, TlsSettings, TlsState, serve,
};
use rustls::client::WebPkiServerVerifier;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes; reached only when something hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const OIN_A: &str = "00000099000000001000";
pub(crate) const OIN_B: &str = "00000099000000002000";

pub(crate) const PARTIES: &str = r#"
[[party]]
id = "gemeente-a"
name = "Gemeente A"
code = [{ kind = "gemeentecode", code = "0344" }]
certificate = [
    { anchor = "pkio-g1", oin = "00000099000000001000" },
    { anchor = "pkio-g4-tls", oin = "00000099000000001000" },
]

[[party]]
id = "gemeente-b"
name = "Gemeente B"
code = [{ kind = "gemeentecode", code = "0355" }]
certificate = [{ anchor = "pkio-g1", oin = "00000099000000002000" }]

[[party]]
id = "zorg-bv"
name = "Zorg B.V."
code = [{ kind = "agb", code = "98765432" }]
certificate = [{ anchor = "operator-ca", uri = "urn:knooppunt:party:zorg-bv" }]
"#;

/// The issuers: one hierarchy as PKIoverheid, one root of the operator.
pub(crate) struct Issuers {
    pub(crate) root: Authority,
    pub(crate) intermediate: Authority,
    pub(crate) operator: Authority,
}

/// Certificate chain and key of a client, PEM.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) chain: String,
    pub(crate) key: String,
}

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) clock: ManualClock,
    pub(crate) issuers: Issuers,
    pub(crate) settings: TlsSettings,
    pub(crate) tls: Arc<TlsState>,
    pub(crate) registers: Arc<Registers>,
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) server: JoinHandle<()>,
    /// `GET /hold` waits for it, and tells `held` that it does.
    pub(crate) release: Arc<Notify>,
    pub(crate) held: Arc<Notify>,
    /// Told when the answer of `GET /big` is dropped.
    pub(crate) big_dropped: Arc<Notify>,
}

pub(crate) struct Plan {
    pub(crate) keys: Keys,
    pub(crate) parties: String,
    pub(crate) limits: ConnectionLimits,
    pub(crate) crl_stale: Stale,
    pub(crate) reload_every_s: u64,
    /// How lists are fetched; they are kept in a folder of the world.
    pub(crate) fetch: FetchSettings,
    /// Whether lists stand in files beside those that are fetched.
    pub(crate) has_crl_files: bool,
    /// Made before, or made here.
    pub(crate) issuers: Option<Issuers>,
    /// Whether the door has the intermediate itself.
    pub(crate) has_intermediate: bool,
    /// Further anchors by name: roots in PEM.
    pub(crate) anchors: Vec<(&'static str, String)>,
    /// Intermediates (PEM) of the further anchors.
    pub(crate) intermediates: Option<String>,
    /// Further CRLs in PEM.
    pub(crate) crls: Vec<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            keys: Keys::EcdsaP256,
            parties: PARTIES.to_owned(),
            limits: ConnectionLimits::default(),
            crl_stale: Stale::Refuse,
            reload_every_s: 0,
            fetch: FetchSettings::default(),
            has_crl_files: true,
            issuers: None,
            has_intermediate: false,
            anchors: Vec::new(),
            intermediates: None,
            crls: Vec::new(),
        }
    }
}

pub(crate) fn start_time() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn year() -> Validity {
    Validity::days(start_time(), 397)
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Plan::default()).await
    }

    /// With other limits of connections.
    pub(crate) async fn limited(set: impl FnOnce(&mut ConnectionLimits)) -> Self {
        let mut plan = Plan::default();
        set(&mut plan.limits);
        Self::with(plan).await
    }

    pub(crate) async fn with(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let clock = ManualClock::at(start_time());
        let issuers = plan.issuers.unwrap_or_else(|| Issuers::new(plan.keys));
        std::fs::create_dir(at.join("crl")).unwrap();
        write(at, "root.pem", issuers.root.certificate());
        write(at, "operator.pem", issuers.operator.certificate());
        issuers.write_crls(at, 1, &[], &[]);
        write_server(at, &issuers);
        let mut anchors = BTreeMap::new();
        let mut pkio = anchor(at.join("root.pem"));
        if plan.has_intermediate {
            write(at, "intermediate.pem", issuers.intermediate.certificate());
            pkio.intermediates = Some(at.join("intermediate.pem"));
        }
        anchors.insert("pkio-g1".to_owned(), pkio);
        anchors.insert("operator-ca".to_owned(), anchor(at.join("operator.pem")));
        for (name, roots) in &plan.anchors {
            let file = format!("{name}.pem");
            write(at, &file, roots);
            let mut further = anchor(at.join(file));
            if let Some(intermediates) = &plan.intermediates {
                let file = format!("{name}-intermediates.pem");
                write(at, &file, intermediates);
                further.intermediates = Some(at.join(file));
            }
            anchors.insert((*name).to_owned(), further);
        }
        for (number, crl) in plan.crls.iter().enumerate() {
            write(at, &format!("crl/further-{number}.crl"), crl);
        }
        let settings = TlsSettings {
            certificate: at.join("server.pem"),
            key: at.join("server.key"),
            anchors,
            crls: plan
                .has_crl_files
                .then(|| at.join("crl"))
                .into_iter()
                .collect(),
            crl_stale: plan.crl_stale,
            reload_every_s: plan.reload_every_s,
            fetch: FetchSettings {
                kept: at.join("crl-kept"),
                ..plan.fetch
            },
        };
        let tls = TlsState::open(settings.clone(), Arc::new(clock.clone()));
        let tls = Arc::new(tls.unwrap());
        let registers = Arc::new(Registers::new(register(&plan.parties)));
        let release = Arc::new(Notify::new());
        let held = Arc::new(Notify::new());
        let big_dropped = Arc::new(Notify::new());
        let router = router(&release, &held, &big_dropped);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve(
            listener,
            Arc::clone(&tls),
            Arc::clone(&registers),
            router,
            plan.limits,
            stop.clone(),
        ));
        Self {
            folder,
            clock,
            issuers,
            settings,
            tls,
            registers,
            address,
            stop,
            server,
            release,
            held,
            big_dropped,
        }
    }

    /// Another gateway on the same files, as after a restart.
    pub(crate) async fn restarted(mut self) -> Self {
        self.stop.cancel();
        patiently(&mut self.server).await.unwrap();
        let tls = TlsState::open(self.settings.clone(), Arc::new(self.clock.clone()));
        self.tls = Arc::new(tls.unwrap());
        self.stop = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.address = listener.local_addr().unwrap();
        self.server = tokio::spawn(serve(
            listener,
            Arc::clone(&self.tls),
            Arc::clone(&self.registers),
            router(&self.release, &self.held, &self.big_dropped),
            ConnectionLimits::default(),
            self.stop.clone(),
        ));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A client of gemeente-a: G1-like with its OIN.
    pub(crate) fn gemeente_a(&self) -> Credentials {
        self.issuers.pkio(&leaf_with_oin(OIN_A))
    }

    /// A client configuration that may resume sessions, as ordinary clients do.
    pub(crate) fn client(&self, credentials: Option<&Credentials>) -> Arc<ClientConfig> {
        self.client_of(credentials, rustls::DEFAULT_VERSIONS, &[])
    }

    pub(crate) fn client_of(
        &self,
        credentials: Option<&Credentials>,
        versions: &[&'static SupportedProtocolVersion],
        alpn: &[&[u8]],
    ) -> Arc<ClientConfig> {
        let root = self.issuers.root.certificate();
        client_config(root, credentials, versions, alpn, &self.clock)
    }

    pub(crate) async fn connect(&self, config: Arc<ClientConfig>) -> io::Result<Connection> {
        connect(self.address, config).await
    }

    /// One request on a connection of its own. Err: the connection was refused, at whatever point.
    pub(crate) async fn get(
        &self,
        credentials: Option<&Credentials>,
        path: &str,
    ) -> io::Result<Answer> {
        let mut connection = self.connect(self.client(credentials)).await?;
        connection.get(path).await
    }

    pub(crate) async fn get_by(&self, credentials: &Credentials) -> io::Result<Answer> {
        self.get(Some(credentials), "/who").await
    }

    /// Writes CRLs with these serial numbers and reloads.
    pub(crate) fn revoke(&self, by_intermediate: &[&str], by_root: &[&str]) {
        self.issuers
            .write_crls(self.folder.path(), 2, by_intermediate, by_root);
        self.tls.reload().unwrap();
    }
}

pub(crate) struct Connection {
    pub(crate) stream: TlsStream<TcpStream>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Connection {
    pub(crate) async fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send(path).await?;
        self.answer().await
    }

    pub(crate) async fn send(&mut self, path: &str) -> io::Result<()> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        patiently(self.stream.write_all(request.as_bytes())).await
    }

    /// Reads one answer with a Content-Length.
    pub(crate) async fn answer(&mut self) -> io::Result<Answer> {
        let mut bytes = Vec::new();
        loop {
            if let Some(answer) = parse(&bytes) {
                return Ok(answer);
            }
            let mut buffer = [0; 4096];
            let count = patiently(self.stream.read(&mut buffer)).await?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            bytes.extend_from_slice(&buffer[..count]);
        }
    }

    /// Whether the server has ended the connection (waits until it does).
    pub(crate) async fn is_ended(&mut self) -> bool {
        let mut rest = [0; 4096];
        loop {
            match patiently(self.stream.read(&mut rest)).await {
                Ok(0) | Err(_) => return true,
                Ok(_) => {}
            }
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length: usize = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")
                .map(str::to_owned)
        })
        .map_or(Ok(0), |length| length.parse())
        .ok()?;
    (body.len() >= length).then(|| Answer {
        status,
        head: head.to_lowercase(),
        body: body.to_owned(),
    })
}

pub(crate) async fn connect(
    address: SocketAddr,
    config: Arc<ClientConfig>,
) -> io::Result<Connection> {
    let tcp = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = patiently(TlsConnector::from(config).connect(name, tcp)).await?;
    Ok(Connection { stream })
}

/// A wait that ends the test when it never ends.
pub(crate) async fn patiently<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("nothing happened for a long time")
}

impl Issuers {
    pub(crate) fn new(keys: Keys) -> Self {
        let long = Validity::days(start_time(), 3650);
        let root = Authority::root("Test root", keys, long).unwrap();
        Self {
            intermediate: root.intermediate("Test issuer", long).unwrap(),
            operator: Authority::root("Test operator", keys, long).unwrap(),
            root,
        }
    }

    pub(crate) fn pkio(&self, leaf: &Leaf) -> Credentials {
        self.chain(&self.intermediate.issue(leaf).unwrap())
    }

    pub(crate) fn chain(&self, issued: &Issued) -> Credentials {
        Credentials {
            chain: format!("{}{}", issued.certificate, self.intermediate.certificate()),
            key: issued.key.clone(),
        }
    }

    /// A client of gemeente-a, with the serial number to revoke it by.
    pub(crate) fn revocable(&self) -> (String, Credentials) {
        let issued = self.intermediate.issue(&leaf_with_oin(OIN_A)).unwrap();
        let client = self.chain(&issued);
        (issued.serial, client)
    }

    pub(crate) fn write_crls(
        &self,
        folder: &Path,
        number: u64,
        by_intermediate: &[&str],
        by_root: &[&str],
    ) {
        // A newer number has a later date, so that it counts as the newer one.
        let from =
            start_time() - jiff::SignedDuration::from_secs(600 - i64::try_from(number).unwrap());
        let validity = Validity {
            from,
            ..Validity::days(start_time(), 30)
        };
        let revoked = |serials: &[&str]| -> Vec<Revoked> {
            serials
                .iter()
                .map(|serial| Revoked {
                    serial: (*serial).to_owned(),
                    at: start_time(),
                })
                .collect()
        };
        let crl = |authority: &Authority, serials: &[&str]| {
            authority.crl(number, &revoked(serials), validity).unwrap()
        };
        write(
            folder,
            "crl/intermediate.crl",
            &crl(&self.intermediate, by_intermediate),
        );
        write(folder, "crl/root.crl", &crl(&self.root, by_root));
        write(folder, "crl/operator.crl", &crl(&self.operator, &[]));
    }
}

pub(crate) fn leaf_with_oin(oin: &str) -> Leaf {
    Leaf::with_oin("leaf", oin.parse().unwrap(), year())
}

pub(crate) fn alone(issued: &Issued) -> Credentials {
    Credentials {
        chain: issued.certificate.clone(),
        key: issued.key.clone(),
    }
}

pub(crate) fn register(text: &str) -> Register {
    Register::load(vec![Source {
        name: "register.toml".to_owned(),
        bytes: text.as_bytes().to_vec(),
    }])
    .unwrap()
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

pub(crate) fn write_server(folder: &Path, issuers: &Issuers) {
    let issued = issuers
        .intermediate
        .issue(&Leaf::server(&["localhost".to_owned()], year()))
        .unwrap();
    write(folder, "server.pem", &issuers.chain(&issued).chain);
    write(folder, "server.key", &issued.key);
}

/// A client that believes the server's root (PEM).
pub(crate) fn client_config(
    root: &str,
    credentials: Option<&Credentials>,
    versions: &[&'static SupportedProtocolVersion],
    alpn: &[&[u8]],
    clock: &ManualClock,
) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap())
        .unwrap();
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
    let builder = ClientConfig::builder_with_details(provider, Arc::new(ClientTime(clock.clone())))
        .with_protocol_versions(versions)
        .unwrap()
        .with_webpki_verifier(verifier);
    let mut config = match credentials {
        Some(credentials) => builder
            .with_client_auth_cert(
                CertificateDer::pem_slice_iter(credentials.chain.as_bytes())
                    .collect::<Result<_, _>>()
                    .unwrap(),
                PrivateKeyDer::from_pem_slice(credentials.key.as_bytes()).unwrap(),
            )
            .unwrap(),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

fn anchor(roots: PathBuf) -> AnchorSettings {
    AnchorSettings {
        roots,
        ..AnchorSettings::default()
    }
}

#[derive(Debug)]
struct ClientTime(ManualClock);

impl rustls::time_provider::TimeProvider for ClientTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

fn router(release: &Arc<Notify>, held: &Arc<Notify>, big_dropped: &Arc<Notify>) -> Router {
    let (release, held, big_dropped) = (
        Arc::clone(release),
        Arc::clone(held),
        Arc::clone(big_dropped),
    );
    Router::new()
        .route("/who", get(who))
        .route("/may/{direction}/{code}", get(may))
        .route(
            "/count",
            post(async |body: bytes::Bytes| body.len().to_string()),
        )
        .route(
            "/hold",
            get(async move || {
                held.notify_one();
                release.notified().await;
                "released"
            }),
        )
        .route(
            "/big",
            get(async move || axum::body::Body::new(Endless(Guard(Arc::clone(&big_dropped))))),
        )
}

/// Says who is asking: `party identity-kind`.
async fn who(Extension(admitted): Extension<Arc<Admitted>>) -> String {
    format!("{} {}", admitted.party, admitted.identity.key.kind())
}

/// Says whether the party may hand in or fetch a JW305 under a code today.
async fn may(
    Extension(admitted): Extension<Arc<Admitted>>,
    UrlPath((direction, code)): UrlPath<(String, String)>,
) -> String {
    let code = code.parse().unwrap();
    let today = knooppunt::clock::day_of(admitted.at);
    let register = &admitted.register;
    match direction.as_str() {
        "submit" => register.may_submit(&admitted.party, &code, "jw", 305, today),
        _ => register.may_receive(&admitted.party, &code, "jw", 305, today),
    }
    .to_string()
}

/// A body without an end.
struct Endless(Guard);

struct Guard(Arc<Notify>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl http_body::Body for Endless {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        let _ = &self.0;
        std::task::Poll::Ready(Some(Ok(http_body::Frame::data(bytes::Bytes::from_static(
            &[0; 16_384],
        )))))
    }
}
