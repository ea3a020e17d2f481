//! The framing of HTTP/1.1 at the own API, over a real connection without TLS: what contradicts itself, stops or never ends.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use knooppunt::api::ApiSettings;
use knooppunt::budget::BudgetSettings;
use knooppunt::transport::{Admitted, ConnectionLimits, ConnectionSettings, Peer, serve_plain};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::door::Door;

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

/// Sends bytes and reads the answer, or all there is until the gateway closes.
async fn talk(address: std::net::SocketAddr, pieces: &[&[u8]], to_end: bool) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    for piece in pieces {
        if stream.write_all(piece).await.is_err() {
            break;
        }
    }
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(Ok(count @ 1..)) =
        tokio::time::timeout(Duration::from_secs(20), stream.read(&mut buffer)).await
    {
        said.extend_from_slice(&buffer[..count]);
        if !to_end && String::from_utf8_lossy(&said).contains("\"}") {
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
            body_idle_s: 1,
            ..ApiSettings::default()
        },
        BudgetSettings::default(),
    );
    let (address, stop) = listening(&door).await;
    let chunk = format!("186a0\r\n{}\r\n", "<".repeat(100_000)).into_bytes();
    let head = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
    let mut pieces: Vec<&[u8]> = vec![head.as_bytes()];
    pieces.extend(std::iter::repeat_n(chunk.as_slice(), 4));
    let said = talk(address, &pieces, true).await;
    assert!(
        said.starts_with("HTTP/1.1 413") && said.contains("body-too-large"),
        "{said}"
    );
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
