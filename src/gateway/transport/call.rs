//! Calls of us to servers of others, over mutual TLS: with the certificate that they know us by, and only to a server whose certificate leads to the roots
//! that stand for it. It follows no redirects, reads answers up to a limit, and knows nothing of what is said.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderName, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::client::Resumption;
use rustls::{CertificateError, ClientConfig};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use super::crl::{self, CrlState};
use super::files::{certificates, own_chain, private_key};
use super::issuer::Issuer;
use super::remote_trust::RemoteTrust;
use super::revocation::Revocation;
use super::tls::{Time, TlsError};
use super::trust::name_of;
use crate::clock::Clock;
use crate::fault::Fault;

/// The largest answer that is read, in bytes: a confirmation, or a refusal with its reasons.
pub const ANSWER_BYTES_MAX: usize = 1 << 20;
/// The largest header of an answer, in bytes.
const HEADER_BYTES_MAX: usize = 16_384;
/// Header lines of an answer.
const HEADERS_MAX: usize = 100;
/// After this long a connection takes no further requests: the server's certificate is then checked anew.
const CONNECTION_AGE: Duration = Duration::from_mins(10);

/// A server of somebody else, and the files that a call of it needs.
#[derive(Debug, Clone)]
pub struct RemoteFiles {
    /// `https://name[:port]/path`; requests go to paths below it.
    pub url: String,
    /// PEM file with the certificate that we present, leaf first.
    pub certificate: PathBuf,
    /// PEM file with its private key.
    pub key: PathBuf,
    /// PEM file with the roots that the server's certificate must lead to.
    pub roots: PathBuf,
    /// Revocation lists, beside those that the gateway fetches. Where any are named here, each issuer of the server's chain must have one.
    pub crls: Vec<PathBuf>,
    /// Whether each issuer must have one in any case. Else an issuer without any list is let pass; one whose list is stale never is.
    pub crl_required: bool,
    /// How long one call may take, connecting included.
    pub timeout: Duration,
    /// Connections that are kept open for the next call.
    pub kept_max: usize,
}

/// Why there is no whole answer. Whether the server did what was asked is not known, except where the connection was never made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// Nobody listens there, or the name is not known.
    #[error("cannot connect: {0}")]
    Connect(std::io::Error),
    /// The server's certificate does not hold: another root, another name, revoked, ended, or no list to see that it is not revoked.
    #[error("the server's certificate is refused: {0}")]
    Certificate(rustls::Error),
    /// The two do not speak the same TLS, or the server refused our certificate.
    #[error("TLS: {0}")]
    Tls(String),
    /// The connection broke before the whole answer was there, or the answer is not HTTP.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// No whole answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The answer is larger than [`ANSWER_BYTES_MAX`].
    #[error("the answer is larger than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
}

impl CallError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connect",
            Self::Certificate(rustls::Error::InvalidCertificate(error)) => of_certificate(error),
            Self::Certificate(_) => "certificate-refused",
            Self::Tls(_) => "tls",
            Self::Broken(_) => "broken",
            Self::Timeout => "timeout",
            Self::TooLarge => "answer-too-large",
        }
    }

    /// Whose fault it is: always that of the other side, or of the way there.
    pub fn fault(&self) -> Fault {
        Fault::Peer
    }
}

/// What the server answered, whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Its Content-Type, where it has a readable one.
    pub content_type: Option<String>,
    /// The body, at most [`ANSWER_BYTES_MAX`] bytes.
    pub body: Bytes,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

/// A server of somebody else that can be called.
pub struct Remote {
    tls: Arc<ClientConfig>,
    trust: Arc<RemoteTrust>,
    /// Its roots, and what we present.
    certificates: Vec<CertificateDer<'static>>,
    /// Their names, in the order of `trust`.
    roots: Vec<String>,
    name: ServerName<'static>,
    /// `host:port` to connect to.
    address: String,
    /// As in the Host header.
    authority: String,
    path: String,
    timeout: Duration,
    clock: Arc<dyn Clock>,
    kept_max: usize,
    kept: Mutex<Vec<Open>>,
    own_ends: Timestamp,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remote({})", self.authority)
    }
}

/// An open connection. Dropping it ends it.
struct Open {
    sender: SendRequest<Full<Bytes>>,
    made: Duration,
    /// Generation of the fetched lists by which its certificate was checked.
    lists: u64,
    connection: JoinHandle<()>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Remote {
    /// Reads the files. Nothing is connected. `revocation`: the lists that count beside those of the files. Err: a file is missing or wrong, or the address is none;
    /// what to correct is in the text.
    pub fn open(
        files: &RemoteFiles,
        revocation: &Arc<Revocation>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, TlsError> {
        let not_an_address = || TlsError::Unusable {
            path: PathBuf::from(&files.url),
            reason: "expected an address https://name[:port]/path".to_owned(),
        };
        let uri: Uri = files.url.parse().map_err(|_| not_an_address())?;
        let host = uri.host().ok_or_else(not_an_address)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| not_an_address())?;
        let authority = uri.authority().ok_or_else(not_an_address)?;
        let (chain, own_ends) = own_chain(&files.certificate)?;
        let roots = certificates(&files.roots)?;
        let (names, anchors) = anchors(files, &roots)?;
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let certificates: Vec<_> = roots.into_iter().chain(chain.iter().cloned()).collect();
        let issuers: Vec<Issuer> = certificates.iter().filter_map(Issuer::of).collect();
        let algorithms = provider.signature_verification_algorithms;
        let trust = Arc::new(RemoteTrust {
            roots: anchors,
            files: crl::read(&files.crls, &issuers, algorithms.all)?,
            signers: issuers.iter().map(Issuer::id).collect(),
            every_issuer: files.crl_required || !files.crls.is_empty(),
            revocation: Arc::clone(revocation),
            algorithms,
        });
        Ok(Self {
            tls: Arc::new(tls_config(files, chain, Arc::clone(&trust), clock)?),
            trust,
            certificates,
            roots: names,
            name,
            address: format!("{host}:{}", uri.port_u16().unwrap_or(443)),
            authority: authority.to_string(),
            path: uri.path().to_owned(),
            timeout: files.timeout,
            clock: Arc::clone(clock),
            kept_max: files.kept_max,
            kept: Mutex::default(),
            own_ends,
        })
    }

    /// The revocation lists of its own files, by which the server is checked beside the fetched ones.
    pub fn crls(&self) -> Vec<CrlState> {
        let lists = self.trust.files.iter();
        lists.map(|crl| crl.state.clone()).collect()
    }

    /// The roots, and what we present there: where lists of its issuers may be had, and who signs them.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }

    /// The roots of which there is no revocation list, by name: what hangs below them is not checked, or refused where there must be one.
    pub fn roots_without_list(&self) -> Vec<String> {
        let lists = self.trust.lists();
        let has_list = |root: &TrustAnchor<'_>| {
            let issuer = Issuer::of_root(root);
            let algorithms = self.trust.algorithms.all;
            issuer.is_some_and(|issuer| lists.iter().any(|crl| crl.is_by(&issuer, algorithms)))
        };
        let roots = self.roots.iter().zip(&self.trust.roots);
        let without = roots.filter(|(_, root)| !has_list(root));
        without.map(|(name, _)| name.clone()).collect()
    }

    /// Whether there must be a list of every issuer.
    pub fn requires_lists(&self) -> bool {
        self.trust.every_issuer
    }

    /// Until when the certificate that we present is valid.
    pub fn own_certificate_ends(&self) -> Timestamp {
        self.own_ends
    }

    /// Posts a body to the address with `below` put behind it, and reads the whole answer. A kept connection that turns out to be closed is made anew once:
    /// what is posted must be such that it may arrive twice. Err: there is no whole answer.
    pub async fn post(
        &self,
        below: &str,
        headers: &[(HeaderName, String)],
        body: Bytes,
    ) -> Result<Answer, CallError> {
        let whole = async {
            if let Some(open) = self.take_kept() {
                match self.on(open, below, headers, body.clone()).await {
                    Err(CallError::Broken(_)) => {}
                    outcome => return outcome,
                }
            }
            let open = self.connect().await?;
            self.on(open, below, headers, body).await
        };
        tokio::time::timeout(self.timeout, whole)
            .await
            .map_err(|_| CallError::Timeout)?
    }

    fn take_kept(&self) -> Option<Open> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, lists) = (self.clock.elapsed(), self.lists());
        // What is on a list that came since is found out by connecting anew.
        kept.retain(|open| {
            !open.sender.is_closed()
                && now.saturating_sub(open.made) < CONNECTION_AGE
                && open.lists == lists
        });
        kept.pop()
    }

    fn keep(&self, open: Open) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < self.kept_max && !open.sender.is_closed() {
            kept.push(open);
        }
    }

    async fn on(
        &self,
        mut open: Open,
        below: &str,
        headers: &[(HeaderName, String)],
        body: Bytes,
    ) -> Result<Answer, CallError> {
        let path = match below {
            "" => self.path.clone(),
            below => format!("{}{below}", self.path.trim_end_matches('/')),
        };
        let mut request = Request::post(path)
            .header(HOST, &self.authority)
            .header(CONTENT_LENGTH, body.len());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| CallError::Broken(error.to_string()))?;
        open.sender.ready().await.map_err(|error| broken(&error))?;
        let answer = open.sender.send_request(request).await;
        let (head, body) = answer.map_err(|error| broken(&error))?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                CallError::TooLarge
            } else {
                CallError::Broken(error.to_string())
            }
        })?;
        self.keep(open);
        Ok(Answer {
            status: head.status,
            content_type: head
                .headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            body: body.to_bytes(),
        })
    }

    fn lists(&self) -> u64 {
        self.trust.revocation.lists().generation
    }

    async fn connect(&self) -> Result<Open, CallError> {
        let lists = self.lists();
        let stream = TcpStream::connect(&self.address)
            .await
            .map_err(CallError::Connect)?;
        let _ = stream.set_nodelay(true);
        let tls = TlsConnector::from(Arc::clone(&self.tls))
            .connect(self.name.clone(), stream)
            .await
            .map_err(|error| of_tls(&error))?;
        let (sender, connection) = Builder::new()
            .max_buf_size(HEADER_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .handshake(TokioIo::new(tls))
            .await
            .map_err(|error| broken(&error))?;
        Ok(Open {
            sender,
            made: self.clock.elapsed(),
            lists,
            // What ends the connection reaches the request that waits for it.
            connection: tokio::spawn(async move { drop(connection.await) }),
        })
    }
}

/// What the TLS library says of a handshake that failed.
fn of_tls(error: &std::io::Error) -> CallError {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(refused @ rustls::Error::InvalidCertificate(_)) => {
            CallError::Certificate(refused.clone())
        }
        _ => CallError::Tls(error.to_string()),
    }
}

/// Under TLS 1.3 the server's verdict on our certificate comes after the handshake, as an alert below hyper's own words.
fn broken(error: &hyper::Error) -> CallError {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let io = inner
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if let Some(tls) = io.and_then(|io| io.downcast_ref::<rustls::Error>()) {
            return CallError::Tls(tls.to_string());
        }
        cause = inner.source();
    }
    CallError::Broken(error.to_string())
}

/// The code of a server's certificate that does not hold.
fn of_certificate(error: &CertificateError) -> &'static str {
    let named = [
        (CertificateError::Revoked, "certificate-revoked"),
        (
            CertificateError::UnknownRevocationStatus,
            "certificate-no-crl",
        ),
        (
            CertificateError::ExpiredRevocationList,
            "certificate-crl-stale",
        ),
    ];
    let found = named.into_iter().find(|(of, _)| of == error);
    found.map_or("certificate-refused", |(_, code)| code)
}

/// The roots by name, and as webpki takes them.
fn anchors(
    files: &RemoteFiles,
    roots: &[CertificateDer<'static>],
) -> Result<(Vec<String>, Vec<TrustAnchor<'static>>), TlsError> {
    let unusable = || TlsError::Unusable {
        path: files.roots.clone(),
        reason: "a root in it cannot be read".to_owned(),
    };
    let (mut names, mut anchors) = (Vec::new(), Vec::new());
    for root in roots {
        names.push(name_of(root).ok_or_else(unusable)?);
        let anchor = webpki::anchor_from_trusted_cert(root).map_err(|_| unusable())?;
        anchors.push(anchor.to_owned());
    }
    Ok((names, anchors))
}

fn tls_config(
    files: &RemoteFiles,
    chain: Vec<CertificateDer<'static>>,
    trust: Arc<RemoteTrust>,
    clock: &Arc<dyn Clock>,
) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = private_key(&files.key)?;
    let rejected = |source| TlsError::Rejected {
        path: files.certificate.clone(),
        source,
    };
    let mut config =
        ClientConfig::builder_with_details(provider, Arc::new(Time(Arc::clone(clock))))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(rejected)?
            .dangerous()
            .with_custom_certificate_verifier(trust)
            .with_client_auth_cert(chain, key)
            .map_err(rejected)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A resumed session skips the check of the certificate: there is none.
    config.resumption = Resumption::disabled();
    Ok(config)
}
