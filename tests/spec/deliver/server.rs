//! An endpoint that is not ours: a small HTTP server over mutual TLS that notes what it is asked and answers by script, also not at all.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use knooppunt::pki::{Authority, Keys, Leaf, Revoked, Validity};
use knooppunt::register::{Register, Source};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What it does with one request.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// Answers with this status, media type and body, in which `{number}` stands for the number of the message it is asked about.
    Answer(u16, &'static str, String),
    /// Answers half, and closes.
    Half,
    /// Closes without an answer.
    Close,
    /// Never answers.
    Hang,
    /// Sends its caller elsewhere.
    Redirect,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("text")
    }

    /// The text of the first element of this name, whatever its prefix.
    pub(super) fn value(&self, element: &str) -> String {
        let text = self.text();
        let open = format!(":{element}>");
        let start = text.find(&open).expect("the element is there") + open.len();
        text[start..].split('<').next().expect("text").to_owned()
    }
}

#[derive(Default)]
pub(super) struct Noted {
    pub(super) requests: Vec<Request>,
    script: VecDeque<Act>,
    usual: Option<Act>,
}

/// The server, with everything that belongs to it in a folder.
pub(super) struct Server {
    pub(super) folder: TempDir,
    pub(super) address: SocketAddr,
    pub(super) noted: Arc<Mutex<Noted>>,
    /// Told when a request was read whole.
    pub(super) asked: Arc<Notify>,
    root: Authority,
    serial: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn validity(now: Timestamp) -> Validity {
    Validity::days(now, 397)
}

impl Server {
    pub(super) async fn start(now: Timestamp) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root =
            Authority::root("Endpoint root", Keys::EcdsaP256, validity(now)).expect("a root");
        let own = root
            .issue(&Leaf::server(&["localhost".to_owned()], validity(now)))
            .expect("a server");
        let client = root
            .issue(&Leaf::bare("knooppunt", validity(now)))
            .expect("a client");
        for (name, text) in [
            ("us.pem", client.certificate.as_str()),
            ("us.key", client.key.as_str()),
            ("roots.pem", root.certificate()),
        ] {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        let pem = |text: &str| CertificateDer::from_pem_slice(text.as_bytes()).expect("PEM");
        roots.add(pem(root.certificate())).expect("a root");
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .expect("a verifier");
        let time = Arc::new(At(now));
        let config = ServerConfig::builder_with_details(provider, time)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![pem(&own.certificate)],
                PrivateKeyDer::from_pem_slice(own.key.as_bytes()).expect("a key"),
            )
            .expect("a configuration");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (noted, asked) = (Arc::new(Mutex::new(Noted::default())), Arc::default());
        let task = tokio::spawn(serve(
            listener,
            TlsAcceptor::from(Arc::new(config)),
            Arc::clone(&noted),
            Arc::clone(&asked),
        ));
        Self {
            folder,
            address,
            noted,
            asked,
            root,
            serial: own.serial,
            task,
        }
    }

    /// What it does with the next requests, and with all after these.
    pub(super) fn script(&self, next: &[Act], usual: Act) {
        let mut noted = self.noted.lock().expect("no panic");
        noted.script = next.to_vec().into();
        noted.usual = Some(usual);
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.noted.lock().expect("no panic").requests.clone()
    }

    /// A revocation list of its issuer, with its own certificate on it or not.
    pub(super) fn write_crl(&self, revoked: bool, from: Timestamp, days: u32) {
        let on_it = Revoked {
            serial: self.serial.clone(),
            at: from,
        };
        let list: &[Revoked] = if revoked { &[on_it] } else { &[] };
        let crl = self
            .root
            .crl(1, list, Validity::days(from, days))
            .expect("a list");
        std::fs::write(self.folder.path().join("endpoint.crl"), crl).expect("written");
    }

    /// A register in which a party has this endpoint; `more` are lines of the endpoint.
    pub(super) fn register(
        &self,
        parties: &str,
        party: &str,
        kind: &str,
        path: &str,
        more: &str,
    ) -> Register {
        let port = self.address.port();
        let text = format!(
            "{parties}\n[[endpoint]]\nparty = \"{party}\"\nkind = \"{kind}\"\nurl = \"https://localhost:{port}{path}\"\n\
             certificate = \"us.pem\"\nkey = \"us.key\"\nroots = \"roots.pem\"\n{more}\n"
        );
        let source = Source {
            name: self
                .folder
                .path()
                .join("register.toml")
                .display()
                .to_string(),
            bytes: text.into_bytes(),
        };
        Register::load(vec![source]).expect("a register")
    }

    /// The lines of a register by which a party has this endpoint.
    pub(super) fn endpoint(&self, party: &str, kind: &str, path: &str) -> String {
        let (port, folder) = (self.address.port(), self.folder.path().display());
        format!(
            "[[endpoint]]\nparty = \"{party}\"\nkind = \"{kind}\"\nurl = \"https://localhost:{port}{path}\"\n\
             certificate = \"{folder}/us.pem\"\nkey = \"{folder}/us.key\"\nroots = \"{folder}/roots.pem\"\n"
        )
    }

    /// Another root in place of the one that its certificate leads to.
    pub(super) fn write_other_root(&self, now: Timestamp) {
        let other =
            Authority::root("Another root", Keys::EcdsaP256, validity(now)).expect("a root");
        write(self.folder.path(), "roots.pem", other.certificate());
    }

    pub(super) fn write_own_root(&self) {
        write(self.folder.path(), "roots.pem", self.root.certificate());
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("written");
}

#[derive(Debug)]
struct At(Timestamp);

impl rustls::time_provider::TimeProvider for At {
    fn current_time(&self) -> Option<rustls_pki_types::UnixTime> {
        let seconds = u64::try_from(self.0.as_second()).ok()?;
        let since = std::time::Duration::from_secs(seconds);
        Some(rustls_pki_types::UnixTime::since_unix_epoch(since))
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    noted: Arc<Mutex<Noted>>,
    asked: Arc<Notify>,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        let (acceptor, noted, asked) = (acceptor.clone(), Arc::clone(&noted), Arc::clone(&asked));
        tokio::spawn(async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            while let Some(request) = read(&mut stream).await {
                let act = {
                    let mut noted = noted.lock().expect("no panic");
                    noted.requests.push(request.clone());
                    let next = noted.script.pop_front();
                    next.or_else(|| noted.usual.clone()).unwrap_or(Act::Close)
                };
                asked.notify_one();
                let answer = match act {
                    Act::Close => return,
                    Act::Hang => return std::future::pending().await,
                    Act::Half => {
                        let half = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: 900\r\n\r\n<soap:Env";
                        let _ = stream.write_all(half.as_bytes()).await;
                        let _ = stream.shutdown().await;
                        return;
                    }
                    Act::Redirect => "HTTP/1.1 302 Found\r\nlocation: https://localhost:1/\r\ncontent-length: 0\r\n\r\n".to_owned(),
                    Act::Answer(status, media, body) => {
                        let body = if body.contains("{number}") {
                            body.replace("{number}", &request.value("referentienummer"))
                        } else {
                            body
                        };
                        format!(
                            "HTTP/1.1 {status} x\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\r\n{body}",
                            body.len()
                        )
                    }
                };
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}

async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
            let length: usize = head
                .to_lowercase()
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned))?
                .parse()
                .ok()?;
            if bytes.len() >= end + 4 + length {
                let body = bytes[end + 4..end + 4 + length].to_vec();
                return Some(Request { head, body });
            }
        }
        let mut some = vec![0; 16_384];
        let count = stream.read(&mut some).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&some[..count]);
    }
}
