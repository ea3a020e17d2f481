//! A client of the own API over mTLS: one connection, kept open, made anew when the gateway closed it. The commands
//! `send`, `inbox`, `fetch`, `ack`, `decide`, `status` and `demo` use it. It knows HTTP, not what the answers mean.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::fault::Fault;

/// The largest answer that is read: a message of 256 MB and what stands around it.
const ANSWER_BYTES_MAX: usize = 260 * 1024 * 1024;

/// How long may pass before the first byte of an answer that takes long to find.
const FIRST_BYTE_WITHIN: Duration = Duration::from_mins(15);

/// Who calls, and whom.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// PEM file with the client certificate and its intermediates, leaf first.
    pub cert: PathBuf,
    /// PEM file with the private key of the client certificate.
    pub key: PathBuf,
    /// PEM file with the roots that the gateway's certificate must lead to.
    pub ca: PathBuf,
}

/// Why there is no answer. A refusal by the gateway is an [`Answer`], not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// A certificate or key file is absent or is not what it should be.
    #[error("{}: {reason}", file.display())]
    File {
        /// The file that was named.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The address is not an `https://host[:port]` address.
    #[error("not an https address: {0}")]
    Address(String),
    /// Nobody listens at the address, or it cannot be reached.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Host and port.
        address: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The two did not accept each other's certificate, or do not speak the same TLS.
    #[error("TLS with {address}: {reason}")]
    Tls {
        /// Host and port.
        address: String,
        /// What went wrong; an alert of the other side counts.
        reason: String,
    },
    /// The connection broke before the whole answer was there.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// No answer in time.
    #[error("no answer within {0} s")]
    Timeout(u64),
    /// What came cannot be kept.
    #[error("cannot keep the answer: {0}")]
    Kept(std::io::Error),
    /// The answer is larger than 260 MiB.
    #[error("the answer is larger than {ANSWER_BYTES_MAX} bytes")]
    TooLarge,
}

impl ClientError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "client-file",
            Self::Address(_) => "client-address",
            Self::Connect { .. } => "client-connect",
            Self::Tls { .. } => "client-tls",
            Self::Broken(_) => "client-broken",
            Self::Timeout(_) => "client-timeout",
            Self::Kept(_) => "client-kept",
            Self::TooLarge => "client-too-large",
        }
    }

    /// Who has to do something before it can succeed.
    pub fn fault(&self) -> Fault {
        match self {
            Self::File { .. } | Self::Address(_) | Self::Kept(_) => Fault::Ours,
            Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Broken(_)
            | Self::Timeout(_)
            | Self::TooLarge => Fault::Peer,
        }
    }
}

/// What the gateway answered, whole.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// HTTP headers.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: Bytes,
}

/// A client of one gateway with one certificate.
#[derive(Debug)]
pub struct Client {
    tls: Arc<ClientConfig>,
    name: ServerName<'static>,
    /// `host:port`, as in the Host header.
    address: String,
    timeout: Duration,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    /// Reads the certificate files and the address (`https://host[:port]`); connects at the first request.
    /// Err: a file cannot be read or does not hold what it should, or the address is not one.
    pub fn new(url: &str, credentials: &Credentials) -> Result<Self, ClientError> {
        let not_an_address = || ClientError::Address(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| not_an_address())?;
        if uri.scheme_str() != Some("https") || !matches!(uri.path(), "" | "/") {
            return Err(not_an_address());
        }
        let host = uri.host().ok_or_else(not_an_address)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| not_an_address())?;
        Ok(Self {
            tls: Arc::new(tls_config(credentials)?),
            name,
            address: format!("{host}:{}", uri.port_u16().unwrap_or(443)),
            timeout: Duration::from_mins(2),
            open: None,
        })
    }

    /// Fetches what stands at `path`, query included.
    pub async fn get(&mut self, path: &str) -> Result<Answer, ClientError> {
        self.request(Method::GET, path, &[], Bytes::new()).await
    }

    /// Hands in an XML body at `path`.
    pub async fn post_xml(&mut self, path: &str, body: Bytes) -> Result<Answer, ClientError> {
        self.post(path, "application/xml", body).await
    }

    async fn post(&mut self, path: &str, media: &str, body: Bytes) -> Result<Answer, ClientError> {
        let headers = [(header::CONTENT_TYPE, media.to_owned())];
        self.post_with(path, &headers, body).await
    }

    /// Hands in a body at `path` under these headers, its media type among them: for the wires of others.
    pub async fn post_with(
        &mut self,
        path: &str,
        headers: &[(HeaderName, String)],
        body: Bytes,
    ) -> Result<Answer, ClientError> {
        self.request(Method::POST, path, headers, body).await
    }

    /// Hands in a JSON body at `path`.
    pub async fn post_json(&mut self, path: &str, body: Bytes) -> Result<Answer, ClientError> {
        self.post(path, "application/json", body).await
    }

    /// Hands in a JSON body at `path` and writes the body of an answer that does it to `out` as it comes, so that it may be of any size: the answer then has none. Any
    /// other answer is read as ever. Err: also when `out` cannot be written.
    pub async fn post_json_to(
        &mut self,
        path: &str,
        body: Bytes,
        out: &mut (dyn std::io::Write + Send),
    ) -> Result<Answer, ClientError> {
        let headers = [(header::CONTENT_TYPE, "application/json".to_owned())];
        let mut sender = self.ready().await?;
        let asked = self.send(&mut sender, &Method::POST, path, &headers, body);
        let late = || ClientError::Timeout(FIRST_BYTE_WITHIN.as_secs());
        let asked = tokio::time::timeout(FIRST_BYTE_WITHIN, asked).await;
        let (head, mut coming) = asked.map_err(|_| late())??.into_parts();
        if !head.status.is_success() {
            let body = whole(coming).await?;
            self.open = Some(sender);
            return Ok(Answer {
                status: head.status,
                headers: head.headers,
                body,
            });
        }
        loop {
            let frame = tokio::time::timeout(self.timeout, coming.frame()).await;
            let frame = frame.map_err(|_| ClientError::Timeout(self.timeout.as_secs()))?;
            let Some(frame) = frame else { break };
            let frame = frame.map_err(|error| broken(&self.address, &error))?;
            if let Ok(bytes) = frame.into_data() {
                out.write_all(&bytes).map_err(ClientError::Kept)?;
            }
        }
        self.open = Some(sender);
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: Bytes::new(),
        })
    }

    /// Deletes what stands at `path`.
    pub async fn delete(&mut self, path: &str) -> Result<Answer, ClientError> {
        self.request(Method::DELETE, path, &[], Bytes::new()).await
    }

    /// Sends one request and reads the whole answer. Every request may be repeated, on the wires of others as well, so a
    /// kept connection that turns out to be closed is made anew once.
    async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(HeaderName, String)],
        body: Bytes,
    ) -> Result<Answer, ClientError> {
        let seconds = self.timeout.as_secs();
        let whole = async {
            let kept = self.open.as_ref().is_some_and(|open| !open.is_closed());
            match self.once(&method, path, headers, body.clone()).await {
                Err(ClientError::Broken(_)) if kept => {
                    self.once(&method, path, headers, body).await
                }
                outcome => outcome,
            }
        };
        tokio::time::timeout(Duration::from_secs(seconds), whole)
            .await
            .map_err(|_| ClientError::Timeout(seconds))?
    }

    async fn once(
        &mut self,
        method: &Method,
        path: &str,
        headers: &[(HeaderName, String)],
        body: Bytes,
    ) -> Result<Answer, ClientError> {
        let mut sender = self.ready().await?;
        let answer = self.send(&mut sender, method, path, headers, body).await?;
        let (head, body) = answer.into_parts();
        let body = whole(body).await?;
        self.open = Some(sender);
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }

    async fn ready(&mut self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        match self.open.take() {
            Some(open) if !open.is_closed() => Ok(open),
            _ => self.connect().await,
        }
    }

    async fn send(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        method: &Method,
        path: &str,
        headers: &[(HeaderName, String)],
        body: Bytes,
    ) -> Result<Response<Incoming>, ClientError> {
        let broken = |error: hyper::Error| broken(&self.address, &error);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.address);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| ClientError::Broken(error.to_string()))?;
        sender.ready().await.map_err(broken)?;
        sender.send_request(request).await.map_err(broken)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        let stream =
            TcpStream::connect(&self.address)
                .await
                .map_err(|source| ClientError::Connect {
                    address: self.address.clone(),
                    source,
                })?;
        let _ = stream.set_nodelay(true);
        let tls = TlsConnector::from(self.tls.clone())
            .connect(self.name.clone(), stream)
            .await
            .map_err(|error| ClientError::Tls {
                address: self.address.clone(),
                reason: error.to_string(),
            })?;
        let (sender, connection) = http1::handshake(TokioIo::new(tls))
            .await
            .map_err(|error| broken(&self.address, &error))?;
        // What ends the connection reaches the request that waits for it.
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// A body that is read whole.
async fn whole(body: Incoming) -> Result<Bytes, ClientError> {
    let read = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let read = read.map_err(|error| {
        if error.is::<LengthLimitError>() {
            ClientError::TooLarge
        } else {
            ClientError::Broken(error.to_string())
        }
    });
    Ok(read?.to_bytes())
}

/// Under TLS 1.3 the gateway's verdict on our certificate comes after the handshake, as an alert below hyper's own words.
fn broken(address: &str, error: &hyper::Error) -> ClientError {
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        reason = format!("{reason}: {inner}");
        let io = inner
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if let Some(tls) = io.and_then(|io| io.downcast_ref::<rustls::Error>()) {
            return ClientError::Tls {
                address: address.to_owned(),
                reason: tls.to_string(),
            };
        }
        cause = inner.source();
    }
    ClientError::Broken(reason)
}

fn tls_config(credentials: &Credentials) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore::empty();
    for root in certificates(&credentials.ca)? {
        roots
            .add(root)
            .map_err(|error| wrong(&credentials.ca, &error))?;
    }
    let key = PrivateKeyDer::from_pem_file(&credentials.key)
        .map_err(|error| wrong(&credentials.key, &error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&credentials.cert, &error))?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates(&credentials.cert)?, key)
        .map_err(|error| wrong(&credentials.cert, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let found: Vec<_> = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| wrong(file, &error))?;
    if found.is_empty() {
        return Err(wrong(file, &"no certificate in it"));
    }
    Ok(found)
}

fn wrong(file: &Path, reason: &dyn std::fmt::Display) -> ClientError {
    ClientError::File {
        file: file.to_owned(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody() -> Credentials {
        let absent = PathBuf::from("/nonexistent/cert.pem");
        Credentials {
            cert: absent.clone(),
            key: absent.clone(),
            ca: absent,
        }
    }

    #[test]
    fn only_an_https_address_without_a_path_is_an_address() {
        for url in [
            "http://localhost",
            "localhost:8443",
            "https://localhost/v1",
            "https://",
            "x y",
        ] {
            let error = Client::new(url, &nobody()).unwrap_err();
            assert_eq!(error.code(), "client-address", "{url}");
        }
    }

    #[test]
    fn a_certificate_file_that_is_not_there_is_named() {
        let error = Client::new("https://localhost:8443", &nobody()).unwrap_err();
        assert_eq!(error.code(), "client-file");
        assert!(
            error.to_string().contains("/nonexistent/cert.pem"),
            "{error}"
        );
    }
}
