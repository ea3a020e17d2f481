//! Bodies of requests as nobody sends them on purpose: watched, slow, endless, held back.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::door::{Door, Reply};

/// A body that notes whether anybody looked at it.
pub(crate) struct Watched {
    pub(crate) looked: Arc<AtomicBool>,
    pub(crate) bytes: u64,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.looked.store(true, Ordering::SeqCst);
        Poll::Ready(None)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes)
    }
}

/// A body that must not be looked at.
pub(crate) fn unread() -> Body {
    Body::new(Frames(std::iter::once_with(
        || -> Result<Frame<Bytes>, Infallible> { panic!("the body was looked at") },
    )))
}

pub(crate) async fn chunked(door: &Door, body: Body) -> Reply {
    let request = door
        .request("gemeente-a", Method::POST, "/v1/berichten")
        .header("content-type", "application/xml")
        .header("transfer-encoding", "chunked")
        .body(body)
        .expect("a request");
    door.send(request).await
}

/// A body of single bytes with a pause before each.
pub(crate) fn drip(pause: Duration) -> Body {
    Body::new(Drip {
        pause,
        next: Box::pin(tokio::time::sleep(pause)),
    })
}

pub(crate) struct Drip {
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
pub(crate) struct Gated<I> {
    pub(crate) gate: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    pub(crate) frames: I,
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
pub(crate) struct Frames<I>(pub(crate) I);

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

/// What is made to cost more than a message, in the place of one; `right` is one that is right.
pub(crate) fn xml_bombs(right: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = std::str::from_utf8(right).expect("text");
    let (declaration, rest) = text.split_once("?>").expect("a declaration");
    let declared = |doctype: &str| format!("{declaration}?>{doctype}{rest}");
    let laughs: Vec<String> = (1..10)
        .map(|at| {
            let ten = format!("&l{};", at - 1).repeat(10);
            format!("<!ENTITY l{at} \"{ten}\">")
        })
        .collect();
    let laughs = laughs.concat();
    let inside = |text: &str, bomb: &str| {
        let (before, after) = text.split_at(text.rfind("</").expect("an end"));
        Vec::from(format!("{before}{bomb}{after}"))
    };
    let laughing = declared(&format!("<!DOCTYPE a [<!ENTITY l0 \"ha\">{laughs}]>"));
    let attributes: Vec<String> = (0..200).map(|at| format!(" a{at}=\"\"")).collect();
    let attributes = attributes.concat();
    vec![
        ("a billion laughs", inside(&laughing, "&l9;")),
        (
            "an external entity",
            declared("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>").into(),
        ),
        (
            "a hundred thousand levels",
            inside(text, &"<a>".repeat(100_000)),
        ),
        (
            "two hundred attributes",
            inside(text, &format!("<a{attributes}/>")),
        ),
        (
            "a name of a megabyte",
            inside(text, &format!("<{}/>", "a".repeat(1 << 20))),
        ),
        (
            "a million elements",
            inside(text, &"<b/>".repeat(1_000_000)),
        ),
    ]
}
