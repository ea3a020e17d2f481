//! The content of a message on its way to a reader: whole in memory once, sent in slices of it, and counted in the budget until the last
//! byte is gone, so that slow readers cannot fill the memory.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::budget::Permit;

/// Bytes handed to the connection at a time.
const SLICE: usize = 64 << 10;

/// A body that keeps its place in the budget.
pub(crate) struct Download {
    rest: Bytes,
    _permit: Permit,
}

impl Download {
    pub(crate) fn new(bytes: Bytes, permit: Permit) -> Self {
        Self {
            rest: bytes,
            _permit: permit,
        }
    }

    /// The answer that it is the body of: content that nobody on the way keeps or takes for something else.
    pub(crate) fn answer(self, content_type: &'static str) -> Response {
        let mut response = Response::new(axum::body::Body::new(self));
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_TYPE, content_type),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let slice = SLICE.min(self.rest.len());
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(slice)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::budget::{Budget, BudgetSettings};

    #[tokio::test]
    async fn it_sends_every_byte_and_gives_its_room_back_when_it_is_dropped() {
        let budget = Budget::new(BudgetSettings::default());
        let mut permit = budget.admit("a").expect("room");
        permit.reserve_now(200_000).expect("room");
        let bytes: Bytes = (0..200_000_u32)
            .flat_map(u32::to_le_bytes)
            .take(200_000)
            .collect();
        let download = Download::new(bytes.clone(), permit);
        assert_eq!(download.size_hint().exact(), Some(200_000));
        assert_eq!(budget.in_flight_bytes(), 600_000);
        assert_eq!(
            download.collect().await.expect("all of it").to_bytes(),
            bytes
        );
        assert_eq!(budget.in_flight_bytes(), 0);
    }
}
