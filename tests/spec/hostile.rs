//! Hostile input at the own API: each kind has one clear answer, memory stays bounded, and the next good message is taken as if nothing had happened.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use http_body::Frame;
use tokio::time::Instant;

use crate::bodies::{Frames, chunked, drip, unread};
use crate::door::{Door, allocation, is};

const BODY_BYTES_MAX: usize = 26_214_400;

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
        .header("expect", "100-continue")
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
            .header("content-length", 10)
            .header("expect", "100-continue");
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
            .header("content-type", "text/xml")
            .header("expect", "100-continue");
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
    // As much again is read away, so that a sender who is still sending gets to read the answer; then it is over.
    let most = 2 * BODY_BYTES_MAX as u64 + 200_000;
    assert!(sent.load(Ordering::SeqCst) <= most);
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
