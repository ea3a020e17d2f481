//! The own API as parties meet it: over mutual TLS on a real listener, with the client that the commands use.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use knooppunt::api::berichten::TakenBody;
use knooppunt::api::ops;
use knooppunt::api::partij::PartyBody;
use knooppunt::api::postvak::PageBody;
use knooppunt::client::{Client, Credentials};
use knooppunt::clock::{Clock, ManualClock, SystemClock};
use knooppunt::pki::{self, Holder, Options, Pki};
use knooppunt::register::{Register, Registers, Source};
use knooppunt::transport::{ConnectionLimits, TlsState, serve};
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::door::Door;
use crate::world::{GEMEENTE_A, PARTIES, ZORG_A, message};

/// A gateway with a real door: `gemeente-a` and `zorg-a` have certificates, `stranger` has one of the same authority and stands in no register.
struct Gate {
    door: Door,
    folder: TempDir,
    pki: Pki,
    tls: Arc<TlsState>,
    registers: Arc<Registers>,
    address: std::net::SocketAddr,
    stop: CancellationToken,
}

fn register(with_zorg_a: bool) -> Register {
    let certificate = |party: &str| {
        format!(
            "certificate = [{{ anchor = \"operator-ca\", uri = \"urn:knooppunt:party:{party}\" }}]\n"
        )
    };
    let mut text = PARTIES.to_owned();
    for party in ["gemeente-a", "zorg-a"] {
        if party == "gemeente-a" || with_zorg_a {
            let id = format!("id = \"{party}\"\n");
            text = text.replace(&id, &format!("{id}{}", certificate(party)));
        }
    }
    Register::load(vec![Source {
        name: "parties.toml".to_owned(),
        bytes: text.into(),
    }])
    .expect("a register")
}

impl Gate {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clients = ["gemeente-a", "zorg-a", "stranger"].map(|name| pki::Client {
            name: name.to_owned(),
            holder: Holder::Party(name.parse().expect("a party id")),
        });
        let options = Options {
            clients: clients.to_vec(),
            ..Options::default()
        };
        // The client checks the gateway's certificate by the time of the system, so the gateway has it too.
        let pki = pki::create(&folder.path().join("pki"), &options, SystemClock.now())
            .expect("certificates");
        let tls = Arc::new(TlsState::open(pki.tls_settings(), Arc::new(SystemClock)).expect("TLS"));
        let registers = Arc::new(Registers::new(register(true)));
        let door = Door::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        tokio::spawn(serve(
            listener,
            Arc::clone(&tls),
            Arc::clone(&registers),
            door.router(),
            ConnectionLimits::default(),
            stop.clone(),
        ));
        Self {
            door,
            folder,
            pki,
            tls,
            registers,
            address,
            stop,
        }
    }

    fn client(&self, name: &str) -> Client {
        let (cert, key) = self.pki.client(name);
        let credentials = Credentials {
            cert,
            key,
            ca: self.pki.server_root(),
        };
        Client::new(
            &format!("https://localhost:{}", self.address.port()),
            &credentials,
        )
        .expect("a client")
    }
}

fn json<T: DeserializeOwned>(body: &Bytes) -> T {
    serde_json::from_slice(body).expect("JSON of this shape")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_travels_from_maker_to_receiver_byte_for_byte() {
    let gate = Gate::open().await;
    let (mut maker, mut receiver) = (gate.client("gemeente-a"), gate.client("zorg-a"));
    let body = message("JW301", GEMEENTE_A, ZORG_A, "T1");
    let answer = maker
        .post_xml("/v1/berichten", body.clone())
        .await
        .expect("an answer");
    assert_eq!(answer.status, StatusCode::CREATED);
    let taken: TakenBody = json(&answer.body);
    let page: PageBody = json(&receiver.get("/v1/postvak").await.expect("an answer").body);
    let [waiting] = page.messages.as_slice() else {
        panic!("one message waits")
    };
    assert_eq!(waiting.id, taken.message.id);
    let content = receiver
        .get(&format!("/v1/postvak/{}/inhoud", waiting.id))
        .await
        .expect("an answer");
    assert_eq!((content.status, content.body), (StatusCode::OK, body));
    let acknowledged = receiver
        .delete(&format!("/v1/postvak/{}", waiting.id))
        .await
        .expect("an answer");
    assert_eq!(acknowledged.status, StatusCode::NO_CONTENT);
    let party: PartyBody = json(&receiver.get("/v1/partij").await.expect("an answer").body);
    assert_eq!(
        (party.party.as_str(), party.certificate.anchor.as_str()),
        ("zorg-a", "operator-ca")
    );
    gate.stop.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_gets_nothing_and_who_leaves_the_register_gets_nothing_from_the_next_request_on()
{
    let gate = Gate::open().await;
    let mut stranger = gate.client("stranger");
    for path in [
        "/v1/partij",
        "/v1/openapi.json",
        "/v1/sleutels",
        "/v1/postvak",
    ] {
        let answer = stranger.get(path).await.expect("an answer");
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    let mut leaving = gate.client("zorg-a");
    assert_eq!(
        leaving.get("/v1/postvak").await.expect("an answer").status,
        StatusCode::OK
    );
    gate.registers.swap(register(false));
    assert_eq!(
        leaving.get("/v1/postvak").await.expect("an answer").status,
        StatusCode::FORBIDDEN
    );
    gate.stop.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_25_mb_goes_in_and_comes_back_whole() {
    let gate = Gate::open().await;
    let mut body = message("JW301", GEMEENTE_A, ZORG_A, "T1").to_vec();
    while body.len() < 25_000_000 {
        body.extend([b"<!--".as_slice(), &vec![b'c'; 999_993], b"-->"].concat());
    }
    let body = Bytes::from(body);
    let answer = gate
        .client("gemeente-a")
        .post_xml("/v1/berichten", body.clone())
        .await
        .expect("an answer");
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
    let id = json::<TakenBody>(&answer.body).message.id;
    let content = gate
        .client("zorg-a")
        .get(&format!("/v1/postvak/{id}/inhoud"))
        .await
        .expect("an answer");
    assert!(
        content.body == body,
        "{} bytes came back",
        content.body.len()
    );
    assert_eq!(gate.door.api.budget.in_flight_bytes(), 0);
    gate.stop.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_handshake_are_dropped_and_others_are_served_meanwhile() {
    let gate = Gate::open().await;
    let mut plain = TcpStream::connect(gate.address)
        .await
        .expect("a connection");
    plain
        .write_all(b"GET /v1/postvak HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .expect("written");
    let idle = TcpStream::connect(gate.address)
        .await
        .expect("a connection that says nothing");
    assert_eq!(
        gate.client("zorg-a")
            .get("/v1/postvak")
            .await
            .expect("an answer")
            .status,
        StatusCode::OK
    );
    let mut said = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), plain.read_to_end(&mut said)).await;
    assert!(
        ended.is_ok() && !String::from_utf8_lossy(&said).contains("HTTP/1.1"),
        "no word of HTTP outside TLS: {said:?}"
    );
    drop(idle);
    gate.stop.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_sees_a_revocation_list_that_ends() {
    let gate = Gate::open().await;
    let watch = ops::trust(Arc::clone(&gate.tls));
    assert!(watch(SystemClock.now()).is_ok());
    let clock = ManualClock::at(SystemClock.now());
    let tls = TlsState::open(gate.pki.tls_settings(), Arc::new(clock.clone())).expect("TLS");
    let watch = ops::trust(Arc::new(tls));
    clock.advance(jiff::SignedDuration::from_hours(24 * 20));
    assert!(
        watch(clock.now()).is_ok_and(|said| said.contains("ends at")),
        "it ages, and is well"
    );
    clock.advance(jiff::SignedDuration::from_hours(24 * 11));
    assert!(
        watch(clock.now()).is_err_and(|said| said.contains("CRL")),
        "clients are refused now"
    );
    assert!(gate.folder.path().exists());
}
