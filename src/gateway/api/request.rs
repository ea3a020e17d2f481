//! What surrounds every request: an id, a log line, a count, and a wall against bugs.
//! The line names the route and not the address, so that nothing a caller wrote gets into the log.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use tracing::Instrument;

use super::problem::{ApiError, Errand, Later, Why};
use crate::health::Health;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs the request in a task of its own: who hangs up half-way cancels nothing that was begun, and a panic is a 500 for this request only. While the view
/// engine hangs nothing is begun, and who waits for something that was begun waits no longer: it goes on by itself.
pub(crate) async fn surround(
    State(health): State<Arc<Health>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let method = method_name(request.method());
    let id = new_id();
    let span = tracing::info_span!("request", id, method, route);
    let started = Instant::now();
    let errand = Errand::of(method, &route);
    let hangs = |later: Later| span.in_scope(|| ApiError::Later(later).into_response());
    let mut response = if health.views_hang_now() {
        hangs(errand.not_begun(Why::ViewsHang))
    } else {
        let work = tokio::spawn(next.run(request).instrument(span.clone()));
        tokio::select! {
            biased;
            done = work => match done {
                Ok(response) => response,
                Err(_) => span.in_scope(|| ApiError::Bug.into_response()),
            },
            () = health.views_hang() => hangs(errand.under_way(Why::ViewsHang)),
        }
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
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::clock::ManualClock;
    use crate::health::HealthSettings;

    fn health() -> Arc<Health> {
        let clock = ManualClock::at("2026-03-01T12:00:00Z".parse().expect("a timestamp"));
        Arc::new(Health::new(HealthSettings::default(), Arc::new(clock)))
    }

    #[tokio::test]
    async fn while_the_view_engine_hangs_who_waits_and_who_comes_gets_503_and_what_was_begun_goes_on()
     {
        use std::sync::atomic::{AtomicU32, Ordering};
        use std::time::Duration;
        let (health, begun, done) = (
            health(),
            Arc::new(AtomicU32::new(0)),
            Arc::new(AtomicU32::new(0)),
        );
        let gate = Arc::new(tokio::sync::Notify::new());
        let router = {
            let (begun, done, gate) = (Arc::clone(&begun), Arc::clone(&done), Arc::clone(&gate));
            let work = async move || {
                begun.fetch_add(1, Ordering::SeqCst);
                gate.notified().await;
                done.fetch_add(1, Ordering::SeqCst);
                gate.notify_one();
                "done"
            };
            Router::new()
                .route("/work", get(work))
                .layer(from_fn_with_state(Arc::clone(&health), surround))
        };
        let ask = || {
            let request = Request::get("/work")
                .body(Body::empty())
                .expect("a request");
            router.clone().oneshot(request)
        };
        let waiting = tokio::spawn(ask());
        while begun.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        health.views_under_way(Duration::from_hours(1));
        let comes = ask().await.expect("an answer");
        let waited = waiting.await.expect("no panic").expect("an answer");
        for response in [comes, waited] {
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(response.headers().contains_key("retry-after"));
        }
        assert_eq!(begun.load(Ordering::SeqCst), 1, "nothing new is begun");
        gate.notify_one();
        while done.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        health.views_under_way(Duration::ZERO);
        gate.notify_one();
        assert_eq!(ask().await.expect("an answer").status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_bug_is_a_500_for_its_own_request_and_the_next_is_served() {
        let router = Router::new()
            .route("/bug", get(async || assert_eq!(1, 2, "on purpose")))
            .route("/good", get(async || "good"))
            .layer(from_fn_with_state(health(), surround));
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
