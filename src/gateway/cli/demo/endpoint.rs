//! The endpoint of the municipality that speaks the GGk: a SOAP server with certificates of its own, which answers Bv03 and keeps what it got.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use knooppunt_standard::Limits;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::super::Stop;
use super::software;
use super::world::with_party;
use crate::clock::{Clock, SystemClock};
use crate::envelope::ggk::read::{self, Content, Read};
use crate::envelope::ggk::write::{self, Own};
use crate::envelope::ggk::{Operation, Stuurgegevens};
use crate::pki::{self, Options, Pki};
use crate::register::{Register, Registers, Source};
use crate::transport::{self, ConnectionLimits, TlsState};

/// Whom the municipality lets in: the gateway alone.
const REGISTER: &str = r#"
[[party]]
id = "knooppunt"
name = "Knooppunt"
certificate = [{ anchor = "operator-ca", uri = "urn:knooppunt:party:knooppunt" }]
"#;
const KNOOPPUNT: &str = "knooppunt";
const PATH: &str = "/ggk/OntvangAsynchroon";
/// How long a message may be under way to it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A message as it came in.
pub(super) struct Got {
    /// Di01, Du01 or Fo01.
    pub(super) operation: Operation,
    /// Its routing part.
    pub(super) stuurgegevens: Stuurgegevens,
    /// The message in it, decoded; empty for a Fo01.
    pub(super) content: Bytes,
    /// The code of a Fo01.
    pub(super) fault: String,
    /// What a Fo01 says about it, a line each.
    pub(super) why: Vec<String>,
}

/// The server, until stopped.
pub(super) struct Endpoint {
    url: String,
    pki: Pki,
    got: Mutex<mpsc::UnboundedReceiver<Got>>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Endpoint {
    /// Makes its certificates in a folder and listens on a free port of loopback.
    pub(super) async fn open(folder: &Path) -> Result<Self, Stop> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let options = Options {
            clients: vec![with_party(KNOOPPUNT)?],
            ..Options::default()
        };
        let pki = pki::create(folder, &options, clock.now())?;
        let source = Source {
            name: "endpoint".to_owned(),
            bytes: REGISTER.into(),
        };
        let unable = |error: &dyn std::fmt::Display| {
            Stop::unable(format!("het endpoint van de gemeente: {error}"))
        };
        let register = Register::load(vec![source]).map_err(|error| unable(&error))?;
        let tls = TlsState::open(pki.tls_settings(), clock).map_err(|error| unable(&error))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(|error| unable(&error))?;
        let address = listener.local_addr().map_err(|error| unable(&error))?;
        let (sender, got) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let task = tokio::spawn(transport::serve(
            listener,
            Arc::new(tls),
            Arc::new(Registers::new(register)),
            Router::new().route(PATH, post(receive)).with_state(sender),
            ConnectionLimits::default(),
            stop.clone(),
        ));
        Ok(Self {
            url: format!("https://localhost:{}{PATH}", address.port()),
            pki,
            got: Mutex::new(got),
            stop,
            task,
        })
    }

    /// The lines by which the register of the gateway names it.
    pub(super) fn register(&self, party: &str) -> String {
        let (certificate, key) = self.pki.client(KNOOPPUNT);
        let quoted =
            |path: &PathBuf| toml::Value::from(path.to_string_lossy().as_ref()).to_string();
        format!(
            "\n[[endpoint]]\nparty = \"{party}\"\nkind = \"ggk0210\"\nurl = \"{}\"\ncertificate = {}\nkey = {}\nroots = {}\n",
            self.url,
            quoted(&certificate),
            quoted(&key),
            quoted(&self.pki.server_root()),
        )
    }

    /// The next message that is brought; `None`: none came in time.
    pub(super) async fn next(&self) -> Option<Got> {
        let mut got = self.got.lock().await;
        tokio::time::timeout(PATIENCE, got.recv()).await.ok()?
    }

    /// Takes nothing any more.
    pub(super) async fn end(self) {
        self.stop.cancel();
        // A bug in it has been told by then: a message that was waited for did not come.
        let _ = self.task.await;
    }
}

/// Takes one message: what can be read gets its Bv03.
async fn receive(State(sender): State<mpsc::UnboundedSender<Got>>, body: Bytes) -> Response {
    let Some(got) = read_message(Vec::from(body)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Ok(number) = software::new_number() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let own = Own {
        number,
        at: SystemClock.now(),
    };
    let answer = write::bv03(&got.stuurgegevens, &own);
    if sender.send(got).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], answer).into_response()
}

fn read_message(mut buffer: Vec<u8>) -> Option<Got> {
    match read::read(&mut buffer, &Limits::default()).ok()? {
        Read::Letter(letter) => {
            let content = match letter.content.ok()? {
                Content::InPlace(range) => buffer.get(range)?.to_vec(),
                Content::Apart(bytes) => bytes,
            };
            Some(Got {
                operation: letter.operation,
                stuurgegevens: letter.stuurgegevens,
                content: content.into(),
                fault: String::new(),
                why: Vec::new(),
            })
        }
        Read::Refusal(refusal) => {
            let words = refusal.wire.context.into_iter();
            let words =
                words.filter(|said| matches!(said.key.as_str(), "omschrijving" | "details"));
            Some(Got {
                operation: Operation::Fo01,
                stuurgegevens: refusal.stuurgegevens,
                content: Bytes::new(),
                fault: refusal.fault,
                why: words.flat_map(|said| said.values).collect(),
            })
        }
    }
}
