//! Hostile input at the own API: each kind has one clear answer, memory stays bounded, and the next good message is taken as if nothing had happened.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use bytes::Bytes;
use http_body::Frame;
use knooppunt::api::ApiSettings;
use knooppunt::budget::BudgetSettings;
use knooppunt::transport::{Admitted, ConnectionLimits, ConnectionSettings, Peer, serve_plain};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::door::{Door, Reply, is};
use crate::world::{GEMEENTE_A, ZORG_A, message};

const BODY_BYTES_MAX: usize = 26_214_400;

fn allocation(id: &str) -> Bytes {
    message("JW301", GEMEENTE_A, ZORG_A, id)
}

fn text(id: &str) -> String {
    String::from_utf8(allocation(id).to_vec()).expect("text")
}

/// The message with something put after its XML declaration.
fn after_declaration(piece: &str) -> String {
    text("T1").replacen("?>", &format!("?>{piece}"), 1)
}

/// The message with attributes put into its root.
fn in_root(attributes: &str) -> String {
    text("T1").replacen(
        "<jw301:Bericht ",
        &format!("<jw301:Bericht {attributes} "),
        1,
    )
}

/// A sound message of nearly this many bytes: one client with very many products.
fn large(bytes: usize) -> String {
    let text = text("T1");
    let (start, end) = (
        text.find("<jw301:ToegewezenProduct>").expect("a product"),
        text.find("</jw301:ToegewezenProducten>")
            .expect("the end of the products"),
    );
    let products = text[start..end].repeat((bytes - text.len()) / (end - start));
    format!("{}{products}{}", &text[..end], &text[end..])
}

/// Hands in what must be refused for its form; gives the codes of the findings. A good message afterwards is taken.
async fn codes(body: impl Into<Bytes>) -> Vec<String> {
    let door = Door::new();
    let reply = door.hand_in("gemeente-a", body).await;
    let problem = reply.problem();
    assert_eq!(problem.status, 422, "{problem:?}");
    assert!(["level-1", "unknown-kind"].contains(&problem.code.as_str()));
    assert!(
        reply.body.len() < 100_000,
        "the answer is short, whatever was sent"
    );
    let good = door.hand_in("gemeente-a", allocation("T1")).await;
    assert_eq!(good.status, StatusCode::CREATED);
    problem
        .findings
        .into_iter()
        .map(|finding| finding.code)
        .collect()
}

async fn assert_first(body: impl Into<Bytes>, code: &str) {
    let codes = codes(body).await;
    assert_eq!(codes.first().map(String::as_str), Some(code), "{codes:?}");
}

#[tokio::test]
async fn a_billion_laughs_are_a_document_type_and_nothing_is_expanded() {
    let mut entities = "<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..10 {
        let earlier = format!("&l{};", level - 1).repeat(10);
        entities += "<!ENTITY l";
        entities += &level.to_string();
        entities += " \"";
        entities += &earlier;
        entities += "\">";
    }
    let body =
        after_declaration(&format!("<!DOCTYPE Bericht [{entities}]>")).replace(">Mila<", ">&l9;<");
    assert_first(body, "xml-doctype").await;
}

#[tokio::test]
async fn an_external_entity_is_a_document_type_and_nothing_is_fetched() {
    let body =
        after_declaration("<!DOCTYPE Bericht [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>")
            .replace(">Mila<", ">&x;<");
    assert_first(body, "xml-doctype").await;
    assert_first(text("T1").replace(">Mila<", ">&x;<"), "xml-entity").await;
}

#[tokio::test]
async fn a_million_levels_are_one_too_many_after_thirty_two() {
    let deep = format!("{}{}", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000));
    let codes = codes(deep).await;
    assert!(codes.iter().any(|code| code == "limit-depth"), "{codes:?}");
}

#[tokio::test]
async fn an_attribute_of_20_mb_is_past_its_limit() {
    let codes = codes(in_root(&format!("a=\"{}\"", "x".repeat(20_000_000)))).await;
    assert!(
        codes.iter().any(|code| code == "limit-attribute"),
        "{codes:?}"
    );
}

#[tokio::test]
async fn a_hundred_and_one_attributes_are_past_their_limit() {
    let attributes: Vec<String> = (0..101).map(|number| format!("a{number}=\"\"")).collect();
    let codes = codes(in_root(&attributes.join(" "))).await;
    assert!(
        codes.iter().any(|code| code == "limit-attributes"),
        "{codes:?}"
    );
}

#[tokio::test]
async fn an_attribute_of_100_mb_is_a_body_too_large_before_it_is_read() {
    let door = Door::new();
    let request = door
        .request("gemeente-a", Method::POST, "/v1/berichten")
        .header("content-type", "application/xml")
        .header("content-length", 100_000_000)
        .body(unread())
        .expect("a request");
    assert_eq!(
        door.send(request).await.refusal(),
        is(413, "body-too-large")
    );
}

#[tokio::test]
async fn one_byte_over_the_limit_is_413_and_the_limit_itself_is_read() {
    let door = Door::new();
    let mut body = text("T1").into_bytes();
    while body.len() < BODY_BYTES_MAX {
        let comment = (BODY_BYTES_MAX - body.len()).clamp(7, 1_000_000) - 7;
        body.extend([b"<!--".as_slice(), &vec![b'c'; comment], b"-->"].concat());
    }
    assert_eq!(body.len(), BODY_BYTES_MAX);
    let reply = door.hand_in("gemeente-a", body.clone()).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.body);
    body.push(b'\n');
    let reply = door.hand_in("gemeente-a", body.clone()).await;
    assert_eq!(reply.refusal(), is(413, "body-too-large"));
    assert!(reply.problem().detail.contains("26214400"));
    let reply = chunked(&door, Body::from(body)).await;
    assert_eq!(
        reply.refusal(),
        is(413, "body-too-large"),
        "without a length as well"
    );
}

#[tokio::test]
async fn an_empty_body_is_said_to_be_empty() {
    assert_first("", "xml-empty").await;
    assert_first(" \r\n\t", "xml-empty").await;
}

#[tokio::test]
async fn a_byte_order_mark_of_utf_8_is_taken_and_comes_back() {
    let door = Door::new();
    let body: Bytes = [b"\xEF\xBB\xBF".as_slice(), &allocation("T1")]
        .concat()
        .into();
    let reply = door.hand_in("gemeente-a", body.clone()).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{:?}", reply.body);
    let location = reply
        .header("location")
        .replace("/v1/berichten/", "/v1/postvak/");
    assert_eq!(
        door.get("zorg-a", &format!("{location}/inhoud")).await.body,
        body
    );
}

#[tokio::test]
async fn another_encoding_is_named_as_such() {
    let little: Vec<u8> = text("T1")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let big: Vec<u8> = text("T1")
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_first([b"\xFF\xFE".as_slice(), &little].concat(), "xml-utf16").await;
    assert_first([b"\xFE\xFF".as_slice(), &big].concat(), "xml-utf16").await;
    assert_first(little, "xml-utf16").await;
    assert_first(text("T1").replace("UTF-8", "ISO-8859-1"), "xml-encoding").await;
    let latin = text("T1").replace("Mila", "Zo@").into_bytes();
    let latin: Vec<u8> = latin
        .into_iter()
        .map(|byte| if byte == b'@' { 0xEB } else { byte })
        .collect();
    assert_first(latin, "xml-not-utf8").await;
}

#[tokio::test]
async fn a_nul_is_no_character() {
    assert_first(text("T1").replace("Mila", "Mi\0la"), "xml-character").await;
    assert_first(
        text("T1").replace("Mila", "Mi&#0;la"),
        "xml-character-reference",
    )
    .await;
}

#[tokio::test]
async fn a_second_root_is_one_too_many() {
    let codes = codes(format!("{}<a/>", text("T1"))).await;
    assert!(
        codes.iter().any(|code| code == "xml-second-root"),
        "{codes:?}"
    );
}

#[tokio::test]
async fn a_message_cut_in_half_is_unclosed_when_its_length_is_right() {
    let whole = text("T1");
    let codes = codes(whole[..whole.len() / 2].to_owned()).await;
    assert!(codes.iter().any(|code| code == "xml-unclosed"), "{codes:?}");
}

#[tokio::test]
async fn a_body_shorter_than_announced_or_broken_off_is_400_and_not_used() {
    let door = Door::new();
    let body = allocation("T1");
    let request = door
        .request("gemeente-a", Method::POST, "/v1/berichten")
        .header("content-type", "application/xml")
        .header("content-length", body.len() + 1)
        .body(Body::from(body.clone()))
        .expect("a request");
    assert_eq!(
        door.send(request).await.refusal(),
        is(400, "body-broken-off")
    );
    let frames: Vec<Result<Frame<Bytes>, io::Error>> = vec![
        Ok(Frame::data(body)),
        Err(io::ErrorKind::ConnectionReset.into()),
    ];
    let reply = chunked(&door, Body::new(Frames(frames.into_iter()))).await;
    assert_eq!(reply.refusal(), is(400, "body-broken-off"));
    assert!(
        door.world.records().is_empty(),
        "what did not come whole was never looked at"
    );
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}

#[tokio::test]
async fn a_type_that_is_not_xml_in_utf_8_is_415() {
    let door = Door::new();
    for headers in [
        vec![],
        vec![("content-type", "application/json")],
        vec![("content-type", "application/xml; charset=iso-8859-1")],
        vec![("content-type", "text/xml; charset=utf-16")],
        vec![("content-type", "multipart/form-data; boundary=a")],
        vec![
            ("content-type", "application/xml"),
            ("content-type", "application/xml"),
        ],
        vec![
            ("content-type", "application/xml"),
            ("content-encoding", "gzip"),
        ],
    ] {
        let mut request = door
            .request("gemeente-a", Method::POST, "/v1/berichten")
            .header("content-length", 10);
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let reply = door.send(request.body(unread()).expect("a request")).await;
        assert_eq!(
            reply.refusal(),
            is(415, "media-type-not-taken"),
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn a_body_without_length_or_with_two_is_refused_before_it_is_read() {
    let door = Door::new();
    for (headers, answer) in [
        (vec![], is(411, "length-required")),
        (vec![("content-length", "ten")], is(400, "wrong-framing")),
        (vec![("content-length", "-1")], is(400, "wrong-framing")),
        (vec![("content-length", "+10")], is(400, "wrong-framing")),
        (
            vec![("content-length", "10"), ("content-length", "11")],
            is(400, "wrong-framing"),
        ),
        (
            vec![("content-length", "10"), ("transfer-encoding", "chunked")],
            is(400, "wrong-framing"),
        ),
        (
            vec![("content-length", "99999999999999999999999")],
            is(413, "body-too-large"),
        ),
    ] {
        let mut request = door
            .request("gemeente-a", Method::POST, "/v1/berichten")
            .header("content-type", "text/xml");
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let reply = door.send(request.body(unread()).expect("a request")).await;
        assert_eq!(reply.refusal(), answer, "{headers:?}");
    }
}

#[tokio::test]
async fn chunks_without_end_end_at_the_limit_of_a_message() {
    let door = Door::new();
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    let endless = std::iter::repeat_with(move || {
        let chunk = Bytes::from(vec![b'<'; 100_000]);
        counted.fetch_add(100_000, Ordering::SeqCst);
        Ok::<_, Infallible>(Frame::data(chunk))
    });
    let reply = chunked(&door, Body::new(Frames(endless))).await;
    assert_eq!(reply.refusal(), is(413, "body-too-large"));
    assert!(sent.load(Ordering::SeqCst) <= BODY_BYTES_MAX as u64 + 100_000);
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}

#[tokio::test]
async fn chunks_reserve_room_as_they_come_and_get_429_when_it_ends() {
    let budget = BudgetSettings {
        party_bytes_max: 3 << 20,
        ..BudgetSettings::default()
    };
    let door = Door::with(ApiSettings::default(), budget);
    let small = chunked(&door, Body::from(allocation("T1"))).await;
    assert_eq!(small.status, StatusCode::CREATED);
    let large = vec![b' '; (1 << 20) + 1];
    let reply = chunked(&door, Body::from(large)).await;
    assert_eq!(reply.refusal(), is(429, "party-share-in-use"));
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_pauses_is_cut_off() {
    let door = Door::new();
    let started = Instant::now();
    let reply = chunked(&door, drip(Duration::from_hours(1))).await;
    assert_eq!(reply.refusal(), is(408, "body-too-slow"));
    assert_eq!(started.elapsed().as_secs(), 10);
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_cut_off_after_its_grace() {
    let door = Door::new();
    let started = Instant::now();
    let reply = chunked(&door, drip(Duration::from_secs(1))).await;
    assert_eq!(reply.refusal(), is(408, "body-too-slow"));
    assert_eq!(
        started.elapsed().as_secs(),
        10,
        "a byte a second earns no time"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_bodies_of_25_mb_at_once_three_are_read_and_seven_get_429_and_memory_stays_in_the_budget()
 {
    const TOGETHER: usize = 10;
    let door = Arc::new(Door::new());
    let body_bytes = 25_000_000_usize;
    // Handed in by one who is not the maker: checked from end to end, and nothing of it is kept.
    let large = Bytes::from(large(body_bytes));
    let body_bytes = large.len();
    let before = resident_bytes();
    let peak = Peak::watch();
    let gate = Arc::new(Semaphore::new(0));
    let mut sending = JoinSet::new();
    for _ in 0..TOGETHER {
        let (door, gate, large) = (Arc::clone(&door), Arc::clone(&gate), large.clone());
        sending.spawn(async move {
            let pieces = large.len().div_ceil(1 << 20);
            let frames = (0..pieces).map(move |piece| {
                // Made anew for each piece, as bytes from a connection are.
                let end = large.len().min((piece + 1) << 20);
                Frame::data(Bytes::copy_from_slice(&large[piece << 20..end]))
            });
            let opened = async move { gate.acquire().await.expect("a gate").forget() };
            let body = Gated {
                gate: Some(Box::pin(opened)),
                frames,
            };
            let request = door
                .request("gemeente-b", Method::POST, "/v1/berichten")
                .header("content-type", "application/xml")
                .header("content-length", body_bytes)
                .body(Body::new(body))
                .expect("a request");
            door.send(request).await.refusal()
        });
    }
    // Those without room are answered while nobody has sent a byte yet.
    for _ in 0..7 {
        let refusal = sending
            .join_next()
            .await
            .expect("an answer")
            .expect("no panic");
        assert_eq!(refusal, is(429, "party-share-in-use"));
    }
    assert_eq!(door.api.budget.in_flight_bytes(), 3 * 3 * body_bytes as u64);
    gate.add_permits(TOGETHER);
    for _ in 0..3 {
        let refusal = sending
            .join_next()
            .await
            .expect("an answer")
            .expect("no panic");
        assert_eq!(refusal, is(403, "not-the-maker"));
    }
    assert_eq!(door.api.budget.in_flight_bytes(), 0);
    let grown = peak.end().saturating_sub(before);
    let budget = BudgetSettings::default().party_bytes_max;
    println!(
        "ten bodies of 25 MB at once: resident memory grew by {} MB",
        grown / 1_000_000
    );
    assert!(
        grown <= budget,
        "resident memory grew by {grown} bytes, more than the share of {budget}"
    );
}

// Over a real connection, without TLS: the framing of HTTP/1.1 itself.

/// A listener before a door; every request is that of `gemeente-a`.
async fn listening(door: &Door) -> (std::net::SocketAddr, CancellationToken) {
    let template = door
        .request("gemeente-a", Method::GET, "/")
        .body(())
        .expect("a request");
    let admitted = template
        .extensions()
        .get::<Arc<Admitted>>()
        .cloned()
        .expect("who asks");
    let peer = template
        .extensions()
        .get::<Arc<Peer>>()
        .cloned()
        .expect("the certificate");
    let router = door
        .router()
        .layer(from_fn(move |mut request: Request, next: Next| {
            request.extensions_mut().insert(Arc::clone(&admitted));
            request.extensions_mut().insert(Arc::clone(&peer));
            next.run(request)
        }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let limits = ConnectionLimits::from(&ConnectionSettings::default());
    tokio::spawn(serve_plain(listener, router, limits, stop.clone()));
    (address, stop)
}

/// Sends bytes, says that no more will come when asked to, and reads until the gateway closes or `enough` was said.
async fn talk(address: std::net::SocketAddr, pieces: &[&[u8]], finish: bool) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    for piece in pieces {
        if stream.write_all(piece).await.is_err() {
            break;
        }
    }
    if finish {
        stream.shutdown().await.expect("half closed");
    }
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(Ok(count @ 1..)) =
        tokio::time::timeout(Duration::from_secs(20), stream.read(&mut buffer)).await
    {
        said.extend_from_slice(&buffer[..count]);
        if String::from_utf8_lossy(&said).contains("\"}") {
            break;
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

const HEAD: &str =
    "POST /v1/berichten HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/xml\r\n";

#[tokio::test]
async fn over_a_connection_a_body_that_stops_coming_is_408() {
    let door = Door::with(
        ApiSettings {
            body_idle_s: 1,
            ..ApiSettings::default()
        },
        BudgetSettings::default(),
    );
    let (address, stop) = listening(&door).await;
    let said = talk(
        address,
        &[HEAD.as_bytes(), b"Content-Length: 100\r\n\r\n<Bericht"],
        false,
    )
    .await;
    assert!(
        said.starts_with("HTTP/1.1 408") && said.contains("body-too-slow"),
        "{said}"
    );
    stop.cancel();
}

#[tokio::test]
async fn over_a_connection_lengths_that_contradict_are_refused() {
    let door = Door::new();
    let (address, stop) = listening(&door).await;
    for framing in [
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\n<a/> ",
        "Content-Length: x\r\n\r\n<a/>",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n<a/>\r\n",
        "Transfer-Encoding: gzip\r\n\r\n<a/>",
    ] {
        let said = talk(address, &[HEAD.as_bytes(), framing.as_bytes()], false).await;
        assert!(said.starts_with("HTTP/1.1 400"), "{framing:?}: {said}");
    }
    let said = talk(address, &[HEAD.as_bytes(), b"\r\n"], false).await;
    assert!(
        said.starts_with("HTTP/1.1 411") && said.contains("length-required"),
        "{said}"
    );
    assert!(door.world.records().is_empty());
    stop.cancel();
}

#[tokio::test]
async fn over_a_connection_chunks_without_end_are_413_and_the_connection_is_closed() {
    let door = Door::with(
        ApiSettings {
            body_bytes_max: 300_000,
            ..ApiSettings::default()
        },
        BudgetSettings::default(),
    );
    let (address, stop) = listening(&door).await;
    let chunk = format!("186a0\r\n{}\r\n", "<".repeat(100_000)).into_bytes();
    let head = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
    let mut pieces: Vec<&[u8]> = vec![head.as_bytes()];
    pieces.extend(std::iter::repeat_n(chunk.as_slice(), 4));
    let said = talk(address, &pieces, false).await;
    assert!(
        said.starts_with("HTTP/1.1 413") && said.contains("body-too-large"),
        "{said}"
    );
    assert!(said.to_lowercase().contains("connection: close"), "{said}");
    stop.cancel();
}

#[tokio::test]
async fn over_a_connection_429_comes_before_the_body_is_asked_for() {
    let budget = BudgetSettings {
        party_bytes_max: 1000,
        ..BudgetSettings::default()
    };
    let door = Door::with(ApiSettings::default(), budget);
    let (address, stop) = listening(&door).await;
    let asking = b"Expect: 100-continue\r\nContent-Length: 25000000\r\n\r\n";
    let said = talk(address, &[HEAD.as_bytes(), asking], false).await;
    assert!(
        said.starts_with("HTTP/1.1 429") && !said.contains("100 Continue"),
        "{said}"
    );
    assert!(said.to_lowercase().contains("retry-after: 2"), "{said}");
    stop.cancel();
}

/// A body that must not be looked at.
fn unread() -> Body {
    Body::new(Frames(std::iter::once_with(
        || -> Result<Frame<Bytes>, Infallible> { panic!("the body was looked at") },
    )))
}

async fn chunked(door: &Door, body: Body) -> Reply {
    let request = door
        .request("gemeente-a", Method::POST, "/v1/berichten")
        .header("content-type", "application/xml")
        .header("transfer-encoding", "chunked")
        .body(body)
        .expect("a request");
    door.send(request).await
}

/// A body of single bytes with a pause before each.
fn drip(pause: Duration) -> Body {
    Body::new(Drip {
        pause,
        next: Box::pin(tokio::time::sleep(pause)),
    })
}

struct Drip {
    pause: Duration,
    next: Pin<Box<tokio::time::Sleep>>,
}

impl http_body::Body for Drip {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        ready!(self.next.as_mut().poll(context));
        self.next = Box::pin(tokio::time::sleep(self.pause));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"<")))))
    }
}

/// A body whose first byte comes when the gate opens.
struct Gated<I> {
    gate: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    frames: I,
}

impl<I: Iterator<Item = Frame<Bytes>> + Unpin> http_body::Body for Gated<I> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(gate) = self.gate.as_mut() {
            ready!(gate.as_mut().poll(context));
            self.gate = None;
        }
        Poll::Ready(self.frames.next().map(Ok))
    }
}

/// A body of these frames.
struct Frames<I>(I);

impl<I: Iterator<Item = Result<Frame<Bytes>, E>> + Unpin, E> http_body::Body for Frames<I> {
    type Data = Bytes;
    type Error = E;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        Poll::Ready(self.0.next())
    }
}

/// Looks at the resident memory every millisecond, for its highest value.
struct Peak {
    ended: Arc<AtomicBool>,
    looking: std::thread::JoinHandle<u64>,
}

impl Peak {
    fn watch() -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&ended);
        let looking = std::thread::spawn(move || {
            let mut highest = resident_bytes();
            while !stop.load(Ordering::SeqCst) {
                highest = highest.max(resident_bytes());
                std::thread::sleep(Duration::from_millis(1));
            }
            highest
        });
        Self { ended, looking }
    }

    fn end(self) -> u64 {
        self.ended.store(true, Ordering::SeqCst);
        self.looking.join().expect("the highest value")
    }
}

/// Bytes of memory that this process has resident.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("a line");
    let kib: u64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .expect("a number");
    kib * 1024
}
