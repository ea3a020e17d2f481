//! An endpoint that is not ours, over mutual TLS and either wire: it keeps books of what it receives, and fails in every way as it is told to.

#![allow(
    dead_code,
    reason = "every program that uses this folder uses a part of it"
)]

pub(crate) mod door;
pub(crate) mod fault;
pub(crate) mod inbox;
pub(crate) mod papers;
pub(crate) mod request;
pub(crate) mod wire;

use std::sync::{Arc, Mutex, MutexGuard};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use door::Door;
use fault::Fault;
use inbox::{Inbox, Receipt};
use papers::Papers;
use request::Request;
use wire::{Letter, Wire};

/// `handshake_failure`, fatal, as a record of TLS.
const ALERT: [u8; 7] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28];
/// Where messages are posted.
const PATH: &str = "/postbus";

/// In which way a connection (`None`), or the request with this message on it, goes wrong.
type Plan = dyn FnMut(Option<&Letter>) -> Option<Fault> + Send;

/// A running endpoint. Its door opens and closes as its plan wants.
pub(crate) struct Endpoint {
    pub(crate) papers: Papers,
    wire: Wire,
    door: Door,
    state: Arc<State>,
    serving: Option<JoinHandle<()>>,
}

struct State {
    wire: Wire,
    own: TlsAcceptor,
    revoked: TlsAcceptor,
    plan: Mutex<Box<Plan>>,
    books: Mutex<Books>,
    /// Told whenever the books change.
    changed: Arc<Notify>,
}

#[derive(Default)]
struct Books {
    inbox: Inbox,
    connections: usize,
    hanging: usize,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}

impl Endpoint {
    /// One that is well. On a runtime, which it lives as long as.
    pub(crate) fn start(wire: Wire, now: Timestamp) -> Self {
        let papers = Papers::made(now);
        let state = State {
            wire,
            own: papers.acceptor(),
            revoked: papers.revoked_acceptor(),
            plan: Mutex::new(Box::new(|_| None)),
            books: Mutex::default(),
            changed: Arc::default(),
        };
        let mut endpoint = Self {
            papers,
            wire,
            door: Door::closed(),
            state: Arc::new(state),
            serving: None,
        };
        endpoint.opens();
        endpoint
    }

    /// Goes wrong in this way from now on, or not any more. What is under way breaks off.
    pub(crate) async fn fails(&mut self, fault: Option<Fault>) {
        self.goes_by(move |_| fault).await;
        if fault == Some(Fault::Refuses) {
            self.closes().await;
        }
    }

    /// Goes wrong by a plan from now on. What is under way breaks off.
    pub(crate) async fn goes_by(
        &mut self,
        plan: impl FnMut(Option<&Letter>) -> Option<Fault> + Send + 'static,
    ) {
        self.closes().await;
        *self.state.plan.lock().expect("no panic") = Box::new(plan);
        self.opens();
    }

    /// All that it received.
    pub(crate) fn inbox(&self) -> Inbox {
        self.state.books().inbox.clone()
    }

    /// How often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        self.state.books().connections
    }

    /// How many requests are not going to be answered, and are still waited for.
    pub(crate) fn hanging(&self) -> usize {
        self.state.books().hanging
    }

    /// Told whenever it received something, somebody connected, or hangs, or gave up.
    pub(crate) fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.state.changed)
    }

    /// The lines of a register by which a party has this endpoint; `more` are lines of it.
    pub(crate) fn lines(&self, party: &str, more: &str) -> String {
        let crl = self.papers.file("endpoint.crl");
        let more = format!(
            "crls = [\"{}\"]\n{}\n{more}",
            crl.display(),
            self.wire.lines()
        );
        let (kind, port) = (self.wire.kind(), self.door.port());
        self.papers.lines(party, kind, port, PATH, &more)
    }

    fn opens(&mut self) {
        let serving = serve(self.door.open(), Arc::clone(&self.state));
        self.serving = Some(tokio::spawn(serving));
    }

    async fn closes(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            // Its connections end with it.
            let _ = serving.await;
        }
        let mut books = self.state.books();
        books.hanging = 0;
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.expect("a connection");
                connections.spawn(Arc::clone(&state).answers(stream));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

impl State {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("no panic")
    }

    fn note(&self, what: impl FnOnce(&mut Books)) {
        what(&mut self.books());
        self.changed.notify_one();
    }

    fn planned(&self, letter: Option<&Letter>) -> Option<Fault> {
        (self.plan.lock().expect("no panic"))(letter)
    }

    /// One connection, for as long as it is of use.
    async fn answers(self: Arc<Self>, mut stream: TcpStream) {
        self.note(|books| books.connections += 1);
        let acceptor = match self.planned(None) {
            Some(Fault::Refuses) => return,
            Some(Fault::Tls) => {
                // Not before the other side said something, or it never hears the answer.
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(&ALERT).await;
                let _ = stream.shutdown().await;
                return;
            }
            Some(Fault::Revoked) => &self.revoked,
            Some(
                Fault::Hangs | Fault::Half | Fault::OtherAnswer | Fault::Bare500 | Fault::Told500,
            )
            | None => &self.own,
        };
        let Ok(mut stream) = acceptor.accept(stream).await else {
            return;
        };
        while let Some(request) = Request::read(&mut stream).await {
            let letter = self.wire.letter(&request);
            let fault = self.planned(Some(&letter));
            let number = letter.number.clone();
            let receipt = Receipt {
                letter,
                request: HEXLOWER.encode(&Sha256::digest(&request.body)),
                kept: fault.is_none_or(Fault::keeps),
                confirmed: fault.is_none(),
            };
            self.note(|books| books.inbox.0.push(receipt));
            let said = match fault {
                None => self.wire.confirmation(&number),
                Some(Fault::Refuses | Fault::Tls | Fault::Revoked) => return,
                Some(Fault::Hangs) => {
                    self.note(|books| books.hanging += 1);
                    // Until the other side gives up.
                    let _ = stream.read(&mut [0; 1]).await;
                    self.note(|books| books.hanging -= 1);
                    return;
                }
                Some(Fault::Half) => {
                    let whole = self.wire.confirmation(&number);
                    let half = whole.len() / 2;
                    let _ = stream.write_all(&whole.as_bytes()[..half]).await;
                    let _ = stream.shutdown().await;
                    return;
                }
                Some(Fault::OtherAnswer) => self.wire.other_answer(),
                Some(Fault::Bare500) => wire::answer(500, "text/plain", ""),
                Some(Fault::Told500) => self.wire.told_500(&number),
            };
            if stream.write_all(said.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}
