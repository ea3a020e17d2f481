//! Connections: every wait has an end, every limit a test one past it, and a reload is one step.

use super::tls_world::{
    Connection, Credentials, OIN_A, OIN_B, PATIENCE, Plan, World, leaf_with_oin, patiently,
    start_time, write, write_server,
};
use axum::Router;
use axum::routing::get;
use jiff::SignedDuration;
use knooppunt::fault::Fault;
use knooppunt::register::Warning;
use knooppunt::transport::{
    ConnectionLimits, ConnectionSettings, TlsError, TlsSettings, TlsState, serve_plain,
};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Long enough for what is to happen before it on a busy machine, short enough to wait for.
const SHORT: Duration = Duration::from_millis(500);
/// The same where a whole handshake has to happen before it.
const HANDSHAKE: Duration = Duration::from_millis(1500);

async fn connected(world: &World, client: &Credentials) -> Connection {
    world.connect(world.client(Some(client))).await.unwrap()
}

/// Reads until the other side ends the connection.
async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = patiently(stream.read_to_end(&mut bytes)).await;
    bytes
}

#[test]
fn the_defaults_are_the_published_limits() {
    let limits = ConnectionLimits::from(&ConnectionSettings::default());
    assert_eq!(limits.header_bytes_max, 16 * 1024);
    assert_eq!(limits.connection_age, Duration::from_mins(10));
}

#[tokio::test]
async fn a_slow_handshake_is_cut_off_and_hinders_nobody() {
    let world = World::limited(|limits| limits.handshake_timeout = HANDSHAKE).await;
    let mut silent = TcpStream::connect(world.address).await.unwrap();
    let mut drip = TcpStream::connect(world.address).await.unwrap();
    // The first bytes of a handshake record that never gets complete.
    drip.write_all(&[0x16, 0x03, 0x01, 0x02]).await.unwrap();
    assert_eq!(world.get_by(&world.gemeente_a()).await.unwrap().status, 200);
    assert_eq!(read_to_end(&mut silent).await, b"");
    read_to_end(&mut drip).await;
}

#[tokio::test]
async fn handshakes_under_way_are_bounded_and_go_on_when_one_ends() {
    let world = World::limited(|limits| {
        limits.handshakes_max = 2;
        limits.handshake_timeout = HANDSHAKE;
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(TcpStream::connect(world.address).await.unwrap());
    }
    // Behind four that say nothing, two at a time: it waits for their timeouts and then gets in.
    assert_eq!(world.get_by(&world.gemeente_a()).await.unwrap().status, 200);
}

#[tokio::test]
async fn what_is_no_tls_is_closed() {
    let world = World::new().await;
    let mut plain = TcpStream::connect(world.address).await.unwrap();
    plain
        .write_all(b"GET /who HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let answer = read_to_end(&mut plain).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[tokio::test]
async fn a_header_that_does_not_get_complete_is_cut_off() {
    let world = World::limited(|limits| limits.header_timeout = SHORT).await;
    let mut slow = connected(&world, &world.gemeente_a()).await;
    slow.stream
        .write_all(b"GET /who HTTP/1.1\r\nhost: local")
        .await
        .unwrap();
    assert!(slow.is_ended().await);
}

#[tokio::test]
async fn a_header_of_the_limit_is_taken_and_one_byte_more_is_not() {
    let world = World::new().await;
    let max = ConnectionLimits::default().header_bytes_max;
    for (size, status) in [(max, 200), (max + 1, 431), (10 * max, 431)] {
        let mut client = connected(&world, &world.gemeente_a()).await;
        let start = "GET /who HTTP/1.1\r\nhost: localhost\r\nx: ";
        let filler = "a".repeat(size - start.len() - 4);
        // The server may answer before it has read everything and then close: writing may fail.
        let _ = client
            .stream
            .write_all(format!("{start}{filler}\r\n\r\n").as_bytes())
            .await;
        assert_eq!(
            client.answer().await.unwrap().status,
            status,
            "{size} bytes"
        );
    }
}

#[tokio::test]
async fn a_header_line_too_many_is_not_taken() {
    let world = World::new().await;
    let max = ConnectionLimits::default().headers_max;
    for (lines, status) in [(max, 200), (max + 1, 431)] {
        let mut client = connected(&world, &world.gemeente_a()).await;
        let more = "x: y\r\n".repeat(lines - 1);
        let request = format!("GET /who HTTP/1.1\r\nhost: localhost\r\n{more}\r\n");
        client.stream.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(
            client.answer().await.unwrap().status,
            status,
            "{lines} lines"
        );
    }
}

#[tokio::test]
async fn a_connection_ends_at_its_age_although_it_is_used() {
    let world = World::limited(|limits| limits.connection_age = 2 * SHORT).await;
    let mut client = connected(&world, &world.gemeente_a()).await;
    let begun = std::time::Instant::now();
    let mut answers = 0;
    while let Ok(answer) = client.get("/who").await {
        assert_eq!(answer.status, 200);
        answers += 1;
        if answer.head.contains("connection: close") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the connection goes on and on");
    }
    assert!(answers > 0);
    assert!(client.is_ended().await);
}

#[tokio::test]
async fn a_request_under_way_is_finished_when_its_connection_comes_of_age() {
    let world = World::limited(|limits| limits.connection_age = SHORT).await;
    let client = world.gemeente_a();
    let mut idle = connected(&world, &client).await;
    let mut busy = connected(&world, &client).await;
    assert_eq!(idle.get("/who").await.unwrap().status, 200);
    busy.send("/hold").await.unwrap();
    patiently(world.held.notified()).await;
    // The idle connection is the older one: when it ends, the age has passed for it at least.
    assert!(idle.is_ended().await);
    world.release.notify_one();
    assert_eq!(busy.answer().await.unwrap().body, "released");
    assert!(busy.is_ended().await);
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off_after_the_drain_time() {
    let world = World::limited(|limits| {
        limits.connection_age = SHORT;
        limits.drain_timeout = SHORT;
    })
    .await;
    let mut busy = connected(&world, &world.gemeente_a()).await;
    busy.send("/hold").await.unwrap();
    patiently(world.held.notified()).await;
    assert!(busy.is_ended().await);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    for alpn in [b"http/1.1".as_slice(), b"h2"] {
        let world = World::limited(|limits| limits.idle_timeout = SHORT).await;
        let config = world.client_of(Some(&world.gemeente_a()), rustls::DEFAULT_VERSIONS, &[alpn]);
        let mut client = world.connect(config).await.unwrap();
        if alpn == b"h2" {
            client.stream.write_all(H2_PREFACE).await.unwrap();
        } else {
            assert_eq!(client.get("/who").await.unwrap().status, 200);
        }
        assert!(client.is_ended().await);
    }
}

#[tokio::test]
async fn a_request_that_is_worked_on_is_not_idle() {
    let world = World::limited(|limits| limits.idle_timeout = SHORT).await;
    let client = world.gemeente_a();
    let mut busy = connected(&world, &client).await;
    busy.send("/hold").await.unwrap();
    patiently(world.held.notified()).await;
    let mut idle = connected(&world, &client).await;
    assert!(idle.is_ended().await, "the idle timeout has passed");
    world.release.notify_one();
    assert_eq!(busy.answer().await.unwrap().body, "released");
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_cut_off() {
    let world = World::limited(|limits| limits.write_timeout = SHORT).await;
    let mut slow = connected(&world, &world.gemeente_a()).await;
    slow.send("/big").await.unwrap();
    // It reads nothing: the server gives up and drops the answer.
    patiently(world.big_dropped.notified()).await;
    drop(slow);
}

#[tokio::test]
async fn a_client_that_takes_a_few_bytes_now_and_then_is_cut_off_too() {
    let world = World::limited(|limits| {
        limits.write_timeout = SHORT;
        limits.write_bytes_min = 1 << 40;
    })
    .await;
    let mut slow = connected(&world, &world.gemeente_a()).await;
    slow.send("/big").await.unwrap();
    let mut few = [0; 64];
    let dropped = world.big_dropped.notified();
    tokio::pin!(dropped);
    let give_up = tokio::time::Instant::now() + PATIENCE;
    loop {
        assert!(tokio::time::Instant::now() < give_up, "still served");
        // A client is slow only if it waits between its bytes.
        tokio::time::sleep(SHORT / 100).await;
        tokio::select! {
            biased;
            () = &mut dropped => break,
            read = slow.stream.read(&mut few) => if read.is_err() { break },
        }
    }
}

#[tokio::test]
async fn a_party_has_its_share_of_connections_and_another_party_its_own() {
    let world = World::limited(|limits| limits.connections_party_max = 2).await;
    let client = world.gemeente_a();
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut connection = connected(&world, &client).await;
        assert_eq!(connection.get("/who").await.unwrap().status, 200);
        kept.push(connection);
    }
    // Another certificate of the same party has no share of its own.
    assert!(world.get_by(&world.gemeente_a()).await.is_err());
    let other = world.issuers.pkio(&leaf_with_oin(OIN_B));
    assert_eq!(world.get_by(&other).await.unwrap().body, "gemeente-b oin");
    drop(kept);
    // The place comes free when the server has seen the end of a connection.
    let give_up = tokio::time::Instant::now() + PATIENCE;
    while world.get_by(&client).await.is_err() {
        assert!(
            tokio::time::Instant::now() < give_up,
            "the places never came free"
        );
    }
}

#[tokio::test]
async fn one_connection_too_many_waits_until_another_ends() {
    let world = World::limited(|limits| limits.connections_max = 1).await;
    let client = world.gemeente_a();
    let mut first = connected(&world, &client).await;
    assert_eq!(first.get("/who").await.unwrap().status, 200);
    let second = world.get_by(&client);
    tokio::pin!(second);
    let early = tokio::time::timeout(SHORT, &mut second).await;
    assert!(early.is_err(), "the second was served beside the first");
    drop(first);
    assert_eq!(second.await.unwrap().status, 200);
}

#[tokio::test]
async fn while_one_party_has_all_connections_another_gets_its_even_share_of_them_and_no_more() {
    let world = World::limited(|limits| {
        limits.connections_max = 4;
        limits.drain_timeout = SHORT;
        limits.handshake_timeout = HANDSHAKE;
    })
    .await;
    let (a, b) = (
        world.gemeente_a(),
        world.issuers.pkio(&leaf_with_oin(OIN_B)),
    );
    let mut many = Vec::new();
    for _ in 0..4 {
        let mut connection = connected(&world, &a).await;
        assert_eq!(connection.get("/who").await.unwrap().status, 200);
        many.push(connection);
    }
    // The one that is busy stays; of the idle ones the oldest goes.
    many[0].send("/hold").await.unwrap();
    patiently(world.held.notified()).await;
    let mut few = Vec::new();
    for gone in [1, 2] {
        let mut connection = connected(&world, &b).await;
        assert_eq!(connection.get("/who").await.unwrap().body, "gemeente-b oin");
        few.push(connection);
        assert!(many[gone].is_ended().await);
    }
    assert_eq!(many[3].get("/who").await.unwrap().body, "gemeente-a oin");
    // Two of four are an even share: nobody makes room for a third, of either.
    assert!(world.get_by(&b).await.is_err());
    assert!(world.get_by(&a).await.is_err());
    for connection in &mut few {
        assert_eq!(connection.get("/who").await.unwrap().status, 200);
    }
    world.release.notify_one();
    assert_eq!(many[0].answer().await.unwrap().body, "released");
}

#[tokio::test]
async fn connections_that_say_nothing_make_room_as_well() {
    let world = World::limited(|limits| limits.connections_max = 3).await;
    let mut silent = Vec::new();
    for _ in 0..3 {
        silent.push(connected(&world, &world.gemeente_a()).await);
    }
    let b = world.issuers.pkio(&leaf_with_oin(OIN_B));
    assert_eq!(world.get_by(&b).await.unwrap().body, "gemeente-b oin");
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way_and_takes_nothing_new() {
    let world = World::new().await;
    let client = world.gemeente_a();
    let mut busy = connected(&world, &client).await;
    let mut idle = connected(&world, &client).await;
    assert_eq!(idle.get("/who").await.unwrap().status, 200);
    busy.send("/hold").await.unwrap();
    patiently(world.held.notified()).await;
    world.stop.cancel();
    assert!(idle.is_ended().await);
    let refused = TcpStream::connect(world.address).await;
    assert!(refused.is_err() || world.get_by(&client).await.is_err());
    assert!(!world.server.is_finished());
    world.release.notify_one();
    assert_eq!(busy.answer().await.unwrap().body, "released");
    patiently(world.server).await.unwrap();
}

// HTTP/2, by hand: frames of RFC 9113, header fields from the static table of RFC 7541.

/// Connection preface and an empty SETTINGS frame.
const H2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const GOAWAY: u8 = 7;
const END_STREAM_AND_HEADERS: u8 = 0x5;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// GET of a path, with further header fields already encoded.
fn h2_get(path: &str, more: &[u8]) -> Vec<u8> {
    // :method GET, :scheme https, :path literal, :authority literal.
    let mut block = vec![0x82, 0x87, 0x04, u8::try_from(path.len()).unwrap()];
    block.extend(path.as_bytes());
    block.extend([0x01, 1, b'x']);
    block.extend(more);
    block
}

/// The next frame: kind, stream, payload.
async fn next_frame(client: &mut Connection) -> io::Result<(u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    patiently(client.stream.read_exact(&mut head)).await?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    patiently(client.stream.read_exact(&mut payload)).await?;
    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    Ok((head[3], stream, payload))
}

async fn h2(world: &World) -> Connection {
    let config = world.client_of(
        Some(&world.gemeente_a()),
        rustls::DEFAULT_VERSIONS,
        &[b"h2"],
    );
    let mut client = world.connect(config).await.unwrap();
    client.stream.write_all(H2_PREFACE).await.unwrap();
    client
}

/// First byte of the header block of the answer on a stream: 0x88 is status 200.
async fn h2_status(client: &mut Connection, stream: u32) -> u8 {
    loop {
        let (kind, on, payload) = next_frame(client).await.unwrap();
        if kind == HEADERS && on == stream {
            return payload[0];
        }
    }
}

#[tokio::test]
async fn http2_is_served_and_ends_when_the_certificate_is_revoked() {
    // This client does not answer the ping that ends a connection in good order: the drain time ends it.
    let world = World::limited(|limits| limits.drain_timeout = SHORT).await;
    let (serial, client) = world.issuers.revocable();
    let config = world.client_of(Some(&client), rustls::DEFAULT_VERSIONS, &[b"h2"]);
    let mut client = world.connect(config).await.unwrap();
    client.stream.write_all(H2_PREFACE).await.unwrap();
    let get = h2_get("/who", &[]);
    client
        .stream
        .write_all(&frame(HEADERS, END_STREAM_AND_HEADERS, 1, &get))
        .await
        .unwrap();
    assert_eq!(h2_status(&mut client, 1).await, 0x88);
    world.revoke(&[&serial], &[]);
    client
        .stream
        .write_all(&frame(HEADERS, END_STREAM_AND_HEADERS, 3, &get))
        .await
        .unwrap();
    assert_ne!(h2_status(&mut client, 3).await, 0x88);
    assert!(client.is_ended().await);
}

#[tokio::test]
async fn a_header_list_too_large_is_refused_on_http2() {
    let world = World::new().await;
    let mut client = h2(&world).await;
    // Ten fields of 2,000 bytes: 20,000 bytes in two frames, above the 16,384 of the limit.
    let mut more = Vec::new();
    for _ in 0..10 {
        more.extend([0x00, 1, b'y', 0x7f, 0xd1, 0x0e]);
        more.extend(vec![b'a'; 2000]);
    }
    let block = h2_get("/who", &more);
    let (first, second) = block.split_at(16_000);
    client
        .stream
        .write_all(&frame(HEADERS, 0x1, 1, first))
        .await
        .unwrap();
    client
        .stream
        .write_all(&frame(9, 0x4, 1, second))
        .await
        .unwrap();
    // Refused with an answer, a reset of the stream or the end of the connection; never served.
    loop {
        match next_frame(&mut client).await {
            Ok((HEADERS, 1, payload)) => {
                assert_ne!(payload[0], 0x88);
                break;
            }
            Ok((RST_STREAM | GOAWAY, _, _)) | Err(_) => break,
            Ok(_) => {}
        }
    }
}

#[tokio::test]
async fn a_stream_too_many_is_refused_and_the_others_go_on() {
    let world = World::limited(|limits| limits.streams_max = 2).await;
    let mut client = h2(&world).await;
    // The limit holds once the client has acknowledged the server's SETTINGS.
    assert_eq!(next_frame(&mut client).await.unwrap().0, 4);
    client
        .stream
        .write_all(&frame(4, 0x1, 0, &[]))
        .await
        .unwrap();
    for stream in [1, 3] {
        let get = frame(
            HEADERS,
            END_STREAM_AND_HEADERS,
            stream,
            &h2_get("/hold", &[]),
        );
        client.stream.write_all(&get).await.unwrap();
    }
    let get = frame(HEADERS, END_STREAM_AND_HEADERS, 5, &h2_get("/who", &[]));
    client.stream.write_all(&get).await.unwrap();
    loop {
        let (kind, stream, payload) = next_frame(&mut client).await.unwrap();
        assert!(kind != HEADERS, "stream {stream} was answered");
        if kind == RST_STREAM {
            assert_eq!((stream, payload), (5, vec![0, 0, 0, 7]), "REFUSED_STREAM");
            break;
        }
    }
    world.release.notify_waiters();
    world.release.notify_one();
    h2_status_of_any(&mut client).await;
}

async fn h2_status_of_any(client: &mut Connection) {
    loop {
        let (kind, _, payload) = next_frame(client).await.unwrap();
        if kind == HEADERS {
            assert_eq!(payload[0], 0x88);
            return;
        }
    }
}

#[tokio::test]
async fn a_flood_of_opened_and_cancelled_streams_ends_the_connection() {
    let world = World::new().await;
    let mut client = h2(&world).await;
    let get = h2_get("/hold", &[]);
    let mut flood = Vec::new();
    for number in 0..5000_u32 {
        flood.extend(frame(HEADERS, END_STREAM_AND_HEADERS, 2 * number + 1, &get));
        flood.extend(frame(RST_STREAM, 0, 2 * number + 1, &[0, 0, 0, 8]));
    }
    // The server may hang up while we are still writing.
    let _ = patiently(client.stream.write_all(&flood)).await;
    let mut goaway = None;
    while let Ok((kind, _, payload)) = next_frame(&mut client).await {
        if kind == GOAWAY {
            goaway = payload.get(4..8).map(<[u8]>::to_vec);
        }
    }
    if let Some(code) = goaway {
        assert_eq!(code, [0, 0, 0, 11], "ENHANCE_YOUR_CALM");
    }
    assert_eq!(world.get_by(&world.gemeente_a()).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_client_that_opens_no_window_for_its_answer_is_cut_off_on_http2_too() {
    let world = World::limited(|limits| limits.idle_timeout = SHORT).await;
    let mut client = h2(&world).await;
    let get = frame(HEADERS, END_STREAM_AND_HEADERS, 1, &h2_get("/big", &[]));
    client.stream.write_all(&get).await.unwrap();
    // It reads everything that comes but never lets more come than the first window.
    assert!(client.is_ended().await);
    patiently(world.big_dropped.notified()).await;
}

#[tokio::test]
async fn the_plain_listener_asks_for_no_certificate_and_has_the_same_limits() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let limits = ConnectionLimits {
        header_timeout: SHORT,
        ..ConnectionLimits::default()
    };
    let router = Router::new().route("/gezond", get(async || "ja"));
    let server = tokio::spawn(serve_plain(listener, router, limits, stop.clone()));
    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(b"GET /gezond HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let answer = String::from_utf8(read_to_end(&mut client).await).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("ja"),
        "{answer}"
    );
    let mut silent = TcpStream::connect(address).await.unwrap();
    assert_eq!(read_to_end(&mut silent).await, b"");
    stop.cancel();
    patiently(server).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_under_load_swaps_in_one_step_and_no_request_falls_between() {
    let world = Arc::new(World::new().await);
    let client = world.gemeente_a();
    let stop = Arc::new(AtomicBool::new(false));
    let served = Arc::new(AtomicU64::new(0));
    let mut loads = Vec::new();
    for kept in [true, false] {
        let (world, stop, served, client) = (
            Arc::clone(&world),
            Arc::clone(&stop),
            Arc::clone(&served),
            client.clone(),
        );
        loads.push(tokio::spawn(async move {
            let mut connection = connected(&world, &client).await;
            while !stop.load(Ordering::Relaxed) {
                if !kept {
                    connection = connected(&world, &client).await;
                }
                assert_eq!(connection.get("/who").await.unwrap().body, "gemeente-a oin");
                served.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for round in 0..30 {
        let before = served.load(Ordering::Relaxed);
        world
            .issuers
            .write_crls(world.folder.path(), 3 + round, &["0badcafe"], &[]);
        if round % 3 == 0 {
            write_server(world.folder.path(), &world.issuers);
        }
        world.tls.reload().unwrap();
        while served.load(Ordering::Relaxed) < before + 3 {
            assert!(
                loads.iter().all(|load| !load.is_finished()),
                "a client failed"
            );
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    for load in loads {
        load.await.unwrap();
    }
}

#[tokio::test]
async fn a_reload_that_fails_leaves_what_was_in_force() {
    let world = World::new().await;
    let client = world.gemeente_a();
    let (serial, revoked) = world.issuers.revocable();
    world.revoke(&[&serial], &[]);
    let good_crl = std::fs::read_to_string(world.path("crl/root.crl")).unwrap();
    let good_key = std::fs::read_to_string(world.path("server.key")).unwrap();
    let good_root = std::fs::read_to_string(world.path("root.pem")).unwrap();
    let cases = [
        ("crl/root.crl", "not a list", good_crl, "tls-crl"),
        ("server.key", client.key.as_str(), good_key, "tls-rejected"),
        ("root.pem", "nothing", good_root, "tls-unusable"),
    ];
    for (file, wrong, good, code) in cases {
        write(world.folder.path(), file, wrong);
        let error = world.tls.reload().unwrap_err();
        assert_eq!(
            (error.code(), error.fault()),
            (code, Fault::Ours),
            "{error}"
        );
        assert_eq!(world.get_by(&client).await.unwrap().status, 200);
        assert!(world.get_by(&revoked).await.is_err(), "still revoked");
        write(world.folder.path(), file, &good);
    }
    world.tls.reload().unwrap();
}

#[tokio::test]
async fn files_that_change_come_into_force_by_themselves() {
    let world = World::with(Plan {
        reload_every_s: 1,
        ..Plan::default()
    })
    .await;
    let fresh = tokio::spawn(Arc::clone(&world.tls).keep_fresh(world.stop.clone()));
    let (serial, client) = world.issuers.revocable();
    assert_eq!(world.get_by(&client).await.unwrap().status, 200);
    world
        .issuers
        .write_crls(world.folder.path(), 2, &[&serial], &[]);
    let give_up = tokio::time::Instant::now() + PATIENCE;
    while world.get_by(&client).await.is_ok() {
        assert!(tokio::time::Instant::now() < give_up, "never read again");
    }
    world.stop.cancel();
    patiently(fresh).await.unwrap();
}

#[tokio::test]
async fn our_own_certificate_is_reloaded_and_its_end_is_warned_about() {
    let world = World::new().await;
    let client = world.gemeente_a();
    let own = async || {
        let mut connection = connected(&world, &client).await;
        assert_eq!(connection.get("/who").await.unwrap().status, 200);
        let session = connection.stream.get_ref().1;
        session.peer_certificates().unwrap()[0].as_ref().to_vec()
    };
    let before = own().await;
    assert_eq!(own().await, before);
    write_server(world.folder.path(), &world.issuers);
    world.tls.reload().unwrap();
    assert_ne!(own().await, before);
    world
        .clock
        .set(world.tls.own_certificate_ends() - SignedDuration::from_hours(59 * 24));
    let texts: Vec<String> = world
        .tls
        .warnings()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains("our own certificate ends")),
        "{texts:?}"
    );
}

#[tokio::test]
async fn a_party_is_warned_about_60_and_14_days_before_its_certificate_ends() {
    let world = World::new().await;
    let client = world.gemeente_a();
    assert_eq!(world.get_by(&client).await.unwrap().status, 200);
    let ends = start_time() + SignedDuration::from_hours(397 * 24);
    let days_before = |days: i64| ends - SignedDuration::from_hours(days * 24);
    let warned = |days: i64| -> Vec<(String, Warning, bool)> {
        let list = world.registers.expiring(days_before(days));
        list.iter()
            .map(|one| (one.party.to_string(), one.warning, one.replaced))
            .collect()
    };
    let of = |warning, replaced| vec![("gemeente-a".to_owned(), warning, replaced)];
    assert_eq!(warned(61), []);
    assert_eq!(warned(60), of(Warning::Within60Days, false));
    assert_eq!(warned(15), of(Warning::Within60Days, false));
    assert_eq!(warned(14), of(Warning::Within14Days, false));
    assert_eq!(warned(0), of(Warning::Ended, false));
    // Once the party comes with a later one, the warning says that it was replaced.
    let mut later = leaf_with_oin(OIN_A);
    later.validity.until += SignedDuration::from_hours(24 * 400);
    assert_eq!(
        world
            .get_by(&world.issuers.pkio(&later))
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(warned(14), of(Warning::Within14Days, true));
}

#[test]
fn a_configuration_that_would_let_nobody_or_anybody_in_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pki = knooppunt::pki::create(
        &folder.path().join("pki"),
        &knooppunt::pki::Options::default(),
        start_time(),
    )
    .unwrap();
    let good = pki.tls_settings();
    let open = |settings: TlsSettings| -> TlsError {
        let clock = knooppunt::clock::ManualClock::at(start_time());
        TlsState::open(settings, Arc::new(clock)).unwrap_err()
    };
    let none = TlsSettings {
        anchors: BTreeMap::new(),
        ..good.clone()
    };
    assert!(open(none).to_string().contains("nobody could connect"));
    let mut misspelt = good.clone();
    let pkio = misspelt.anchors.remove("pkio-g1").unwrap();
    misspelt.anchors.insert("pkio".to_owned(), pkio.clone());
    assert!(open(misspelt).to_string().contains("anchors are"));
    let mut twice = good.clone();
    twice.anchors.insert("vecozo".to_owned(), pkio);
    assert!(
        open(twice)
            .to_string()
            .contains("a root belongs to one anchor")
    );
    let missing = TlsSettings {
        certificate: folder.path().join("none.pem"),
        ..good
    };
    assert_eq!(open(missing).code(), "tls-unreadable");
}
