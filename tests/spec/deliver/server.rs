//! An endpoint that is not ours: a small HTTP server over mutual TLS that notes what it is asked and answers by script, also not at all.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use knooppunt::register::{Register, Source};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::endpoint::papers::Papers;
pub(super) use crate::endpoint::request::Request;
use crate::endpoint::wire::answer;

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

#[derive(Default)]
pub(super) struct Noted {
    pub(super) requests: Vec<Request>,
    script: VecDeque<Act>,
    usual: Option<Act>,
}

/// The server, with everything that belongs to it in a folder.
pub(super) struct Server {
    pub(super) papers: Papers,
    pub(super) address: SocketAddr,
    pub(super) noted: Arc<Mutex<Noted>>,
    /// Told when a request was read whole.
    pub(super) asked: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(super) async fn start(now: Timestamp) -> Self {
        let papers = Papers::made(now);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (noted, asked) = (Arc::new(Mutex::new(Noted::default())), Arc::default());
        let task = tokio::spawn(serve(
            listener,
            papers.acceptor(),
            Arc::clone(&noted),
            Arc::clone(&asked),
        ));
        Self {
            papers,
            address,
            noted,
            asked,
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
        let lines = self.papers.lines(party, kind, port, path, more);
        let source = Source {
            name: self.papers.file("register.toml").display().to_string(),
            bytes: format!("{parties}{lines}").into_bytes(),
        };
        Register::load(vec![source]).expect("a register")
    }

    /// The lines of a register by which a party has this endpoint.
    pub(super) fn endpoint(&self, party: &str, kind: &str, path: &str) -> String {
        self.papers
            .lines(party, kind, self.address.port(), path, "")
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
            while let Some(request) = Request::read(&mut stream).await {
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
                        answer(status, media, &body)
                    }
                };
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}
