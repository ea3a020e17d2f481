//! Load over mTLS: kept HTTP/1.1 connections that each send one request after the other.
//!
//! It measures what a sender sees: from the first byte of the request to the last byte of the answer.
//! Sessions are never resumed; every connection does a full handshake with its own certificate.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Files of one client: certificate chain, private key and the authority of the server, as PEM.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// Certificate chain, leaf first.
    pub(crate) cert: std::path::PathBuf,
    /// Private key.
    pub(crate) key: std::path::PathBuf,
    /// Authority that issued the server's certificate.
    pub(crate) ca: std::path::PathBuf,
}

impl Credentials {
    /// TLS settings without resumption.
    pub(crate) fn connector(&self) -> TlsConnector {
        let mut roots = rustls::RootCertStore::empty();
        for ca in CertificateDer::pem_file_iter(&self.ca).expect("ca file") {
            roots.add(ca.expect("ca certificate")).expect("ca is a trust anchor");
        }
        let chain = CertificateDer::pem_file_iter(&self.cert).expect("cert file").map(|c| c.expect("certificate")).collect();
        let key = PrivateKeyDer::from_pem_file(&self.key).expect("key file");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .expect("client certificate");
        config.resumption = Resumption::disabled();
        TlsConnector::from(Arc::new(config))
    }
}

/// One kept connection.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

/// Status and body of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Whole body.
    pub(crate) body: Bytes,
}

impl Connection {
    /// Connects and shakes hands. An error is the peer's: refused, handshake, no route.
    pub(crate) async fn open(address: SocketAddr, connector: &TlsConnector) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        let stream = connector.connect(name, stream).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(Connection { sender })
    }

    /// Sends one request and reads the whole answer.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        body: Bytes,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        self.sender.ready().await?;
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("content-type", "application/xml")
            .body(Full::new(body))?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    }
}

/// What one run of load showed.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Time each accepted message took, sorted.
    pub(crate) latencies: Vec<Duration>,
    /// Answers other than 201.
    pub(crate) others: Vec<u16>,
    /// Length of the run.
    pub(crate) elapsed: Duration,
}

impl Figures {
    /// Accepted messages a second.
    pub(crate) fn rate(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "counts below 2^52")]
        let count = self.latencies.len() as f64;
        count / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }

    /// The latency that `share` (0 to 1) of the messages did not exceed.
    pub(crate) fn percentile(&self, share: f64) -> Duration {
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        let index = ((self.latencies.len() as f64) * share) as usize;
        self.latencies.get(index.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// Sends messages on `connections` kept connections for `length`; `make(connection, n)` gives each body.
pub(crate) async fn run<M>(address: SocketAddr, clients: &[Credentials], connections: usize, length: Duration, make: M) -> Figures
where
    M: Fn(usize, u32) -> Vec<u8> + Send + Sync + 'static,
{
    let make = Arc::new(make);
    let mut open = Vec::new();
    for index in 0..connections {
        let credentials = clients.get(index % clients.len()).expect("at least one client");
        let connector = credentials.connector();
        let connection = Connection::open(address, &connector).await.expect("the gateway takes the connection");
        open.push((connector, connection));
    }
    let start = Instant::now();
    let mut tasks = Vec::new();
    for (index, (connector, mut connection)) in open.into_iter().enumerate() {
        let make = Arc::clone(&make);
        tasks.push(tokio::spawn(async move {
            let (mut latencies, mut others) = (Vec::new(), Vec::new());
            let mut n = 0;
            while start.elapsed() < length {
                let body = Bytes::from(make(index, n));
                n += 1;
                let from = Instant::now();
                match connection.send("POST", "/v1/berichten", body).await {
                    Ok(answer) if answer.status == 201 => latencies.push(from.elapsed()),
                    Ok(answer) => others.push(answer.status),
                    // The gateway ends connections at their age: a client opens a new one.
                    Err(_) => match Connection::open(address, &connector).await {
                        Ok(new) => connection = new,
                        Err(_) => break,
                    },
                }
            }
            (latencies, others)
        }));
    }
    let mut figures = Figures::default();
    for task in tasks {
        let (latencies, others) = task.await.expect("a load task does not panic");
        figures.latencies.extend(latencies);
        figures.others.extend(others);
    }
    figures.elapsed = start.elapsed();
    figures.latencies.sort_unstable();
    figures
}
