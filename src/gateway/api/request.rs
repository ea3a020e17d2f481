//! What surrounds every request: an id, a log line, a count, and a wall against bugs.
//! The line names the route and not the address, so that nothing a caller wrote gets into the log.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use tracing::Instrument;

use super::problem::ApiError;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs the request in a task of its own: who hangs up half-way cancels nothing that was begun, and a panic is a 500 for this request only.
pub(super) async fn surround(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let method = method_name(request.method());
    let id = new_id();
    let span = tracing::info_span!("request", id, method, route);
    let started = Instant::now();
    let work = tokio::spawn(next.run(request).instrument(span.clone()));
    let mut response = match work.await {
        Ok(response) => response,
        Err(_) => span.in_scope(|| ApiError::Bug.into_response()),
    };
    let status = response.status().as_u16();
    let took = started.elapsed();
    span.in_scope(|| tracing::info!(status, took_ms = took.as_millis(), "answered"));
    metrics::counter!("knooppunt_requests_total", "route" => route.clone(), "method" => method, "status" => status.to_string()).increment(1);
    metrics::histogram!("knooppunt_request_seconds", "route" => route, "method" => method)
        .record(took);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A method of the API by its name; others are all `other`, so that nobody can make new metrics by inventing methods.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

/// 64 random bits in hexadecimal; unique enough to find a request in a log, and no secret.
fn new_id() -> String {
    let mut bits = [0; 8];
    // Without random bits the id is all zeros: a request goes on without a name of its own.
    let _ = getrandom::fill(&mut bits);
    HEXLOWER.encode(&bits)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_bug_is_a_500_for_its_own_request_and_the_next_is_served() {
        let router = Router::new()
            .route("/bug", get(async || assert_eq!(1, 2, "on purpose")))
            .route("/good", get(async || "good"))
            .layer(from_fn(surround));
        let ask = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            router.clone().oneshot(request).await.expect("an answer")
        };
        let bug = ask("/bug").await;
        assert_eq!(bug.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(bug.headers()["content-type"], "application/problem+json");
        let good = ask("/good").await;
        assert_eq!(good.status(), StatusCode::OK);
        assert_ne!(
            bug.headers()["x-request-id"],
            good.headers()["x-request-id"]
        );
    }
}
