//! What operators and their monitoring look at: `/gezond` and `/metrics`, on a listener of their own without TLS, meant for loopback.
//! No figure has a label of a person or of a single message.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::budget::Budget;
use crate::deliver::Deliveries;
use crate::health::{Health, Watch};
use crate::ledger::Ledger;
use crate::log::Log;
use crate::retention::Retention;
use crate::scrub::Scrub;
use crate::transport::{TlsState, TrustWarning};

/// Sets figures that are only worked out when somebody looks, such as the age of a revocation list.
pub type Gauges = dyn Fn() + Send + Sync;

/// What the pages of operators are made from.
pub struct Ops {
    /// Shown at `/gezond`.
    pub health: Arc<Health>,
    /// Shown by party at `/metrics`.
    pub budget: Budget,
    /// Everything that was recorded in this process.
    pub metrics: PrometheusHandle,
    /// Called before the figures are shown, in this order.
    pub gauges: Vec<Box<Gauges>>,
}

impl std::fmt::Debug for Ops {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ops")
            .field("health", &self.health)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

/// The pages for operators: `/gezond` (200 when healthy, else 503, with every check as JSON) and `/metrics` (Prometheus text).
pub fn router(ops: Arc<Ops>) -> Router {
    Router::new()
        .route("/gezond", get(gezond))
        .route("/metrics", get(figures))
        .with_state(ops)
}

/// Watches certificates and revocation lists: not well when our own certificate has ended, or when clients of an issuer are refused because
/// its list is absent or past its use. What only ends soon is said, and well.
pub fn trust(tls: Arc<TlsState>) -> Box<Watch> {
    Box::new(move |now| {
        let (refused, soon): (Vec<_>, Vec<_>) = tls
            .warnings()
            .into_iter()
            .partition(|warning| refuses(warning, now));
        let said = |warnings: Vec<TrustWarning>| {
            let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
            texts.join("; ")
        };
        match (refused.is_empty(), soon.is_empty()) {
            (true, true) => Ok("certificates and revocation lists are in order".to_owned()),
            (true, false) => Ok(said(soon)),
            (false, _) => Err(said(refused)),
        }
    })
}

/// Watches damage: not well while a record is known of which a part cannot be read. The others are served all the same.
pub fn damage(ledger: Arc<Ledger>) -> Box<Watch> {
    Box::new(move |_| match ledger.damaged() {
        0 => Ok("no damaged record is known".to_owned()),
        records => Err(format!(
            "{records} damaged records are known: run `knooppunt store check` on a stopped gateway; after a repair `knooppunt store rebuild`"
        )),
    })
}

/// Watches the scrub: not well while something was found that is not as it was written. All else is served all the same.
pub fn scrub(scrub: Arc<Scrub>) -> Box<Watch> {
    Box::new(move |_| scrub.health())
}

/// Watches the log: not well when a record waits too long for a checkpoint, or a witness knows of another history.
pub fn log(log: Arc<Log>) -> Box<Watch> {
    Box::new(move |_| log.health())
}

/// Watches deliveries: not well when no messages can be brought to an endpoint by a fault of ours. That an endpoint fails is said, and well.
pub fn deliveries(deliveries: Arc<Deliveries>) -> Box<Watch> {
    Box::new(move |now| deliveries.health(now))
}

/// Watches erasure: not well while nothing is erased because the clock may have jumped.
pub fn erasure(retention: Arc<Retention>) -> Box<Watch> {
    Box::new(move |_| match retention.hold() {
        None => Ok("the clock goes as time does".to_owned()),
        Some(hold) => Err(hold.to_string()),
    })
}

fn refuses(warning: &TrustWarning, now: Timestamp) -> bool {
    match warning {
        TrustWarning::NoCrl { .. } => true,
        TrustWarning::CrlStale {
            next_update,
            used_until,
            ..
        } => now > *next_update.max(used_until),
        TrustWarning::OwnCertificateEnds { not_after } => now > *not_after,
        TrustWarning::CrlAges { .. } | TrustWarning::FetchFails { .. } => false,
    }
}

/// Moves recorded samples into their histograms every few seconds, so that they take no memory while nobody looks. Never ends.
pub async fn keep_metrics_small(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        metrics.run_upkeep();
    }
}

async fn gezond(State(ops): State<Arc<Ops>>) -> Response {
    let report = ops.health.report();
    let status = if report.healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(report)).into_response()
}

async fn figures(State(ops): State<Arc<Ops>>) -> Response {
    // Some figures are counted in the store, which blocks.
    let text = tokio::task::spawn_blocking(move || ops.text()).await;
    match text {
        Ok(text) => (
            [(
                header::CONTENT_TYPE,
                "text/plain; version=0.0.4; charset=utf-8",
            )],
            text,
        )
            .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Ops {
    fn text(&self) -> String {
        let report = self.health.report();
        metrics::gauge!("knooppunt_healthy").set(if report.healthy { 1.0 } else { 0.0 });
        for check in report.checks {
            metrics::gauge!("knooppunt_check_ok", "check" => check.name).set(if check.ok {
                1.0
            } else {
                0.0
            });
        }
        if let Some(bytes) = self.health.disk_free() {
            gauge("knooppunt_disk_free_bytes", bytes);
        }
        gauge("knooppunt_in_flight_bytes", self.budget.in_flight_bytes());
        for (party, held) in self.budget.by_party() {
            metrics::gauge!("knooppunt_party_in_flight_bytes", "party" => party.to_string())
                .set(as_figure(held.bytes));
            metrics::gauge!("knooppunt_party_requests", "party" => party.to_string())
                .set(f64::from(held.requests));
            metrics::gauge!("knooppunt_party_waiting", "party" => party.to_string())
                .set(as_figure(held.waiting as u64));
        }
        // While the view engine hangs figures from the views would hang as well.
        if !self.health.views_hang_now() {
            for set in &self.gauges {
                set();
            }
        }
        self.metrics.render()
    }
}

/// Sets a figure without labels.
pub fn gauge(name: &'static str, value: u64) {
    metrics::gauge!(name).set(as_figure(value));
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a figure past 2^53 may be off by one"
)]
pub(super) fn as_figure(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use jiff::SignedDuration;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use tower::ServiceExt;

    use super::*;
    use crate::budget::BudgetSettings;
    use crate::clock::{Clock, ManualClock};
    use crate::health::{HealthReport, HealthSettings};

    fn ops() -> (ManualClock, Arc<Ops>) {
        let clock = ManualClock::at("2026-03-01T12:00:00Z".parse().expect("a timestamp"));
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let ops = Ops {
            health: Arc::new(Health::new(HealthSettings::default(), shared)),
            budget: Budget::new(BudgetSettings::default()),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            gauges: Vec::new(),
        };
        (clock, Arc::new(ops))
    }

    async fn ask(ops: &Arc<Ops>, path: &str) -> (StatusCode, Vec<u8>) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = router(Arc::clone(ops))
            .oneshot(request)
            .await
            .expect("an answer");
        let status = response.status();
        (
            status,
            response
                .into_body()
                .collect()
                .await
                .expect("a body")
                .to_bytes()
                .to_vec(),
        )
    }

    #[tokio::test]
    async fn gezond_is_200_while_writes_reach_the_disk_and_503_when_they_do_not() {
        let (clock, ops) = ops();
        assert_eq!(
            ask(&ops, "/gezond").await.0,
            StatusCode::SERVICE_UNAVAILABLE
        );
        ops.health.wrote();
        let (status, body) = ask(&ops, "/gezond").await;
        let report: HealthReport = serde_json::from_slice(&body).expect("a report");
        assert!(status == StatusCode::OK && report.healthy);
        clock.advance(SignedDuration::from_secs(6));
        let (status, body) = ask(&ops, "/gezond").await;
        let report: HealthReport = serde_json::from_slice(&body).expect("a report");
        assert!(status == StatusCode::SERVICE_UNAVAILABLE && !report.healthy);
    }

    #[test]
    fn the_figures_show_budget_by_party_and_free_disk() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let (_, ops) = ops();
        let ops = Ops {
            health: Arc::clone(&ops.health),
            budget: ops.budget.clone(),
            metrics: recorder.handle(),
            gauges: vec![Box::new(|| gauge("knooppunt_journal_position", 42))],
        };
        ops.health.disk_has_free(3 << 30);
        let mut permit = ops.budget.admit("gemeente-a").expect("room");
        permit.reserve_now(1000).expect("room");
        let text = metrics::with_local_recorder(&recorder, || ops.text());
        for line in [
            "knooppunt_disk_free_bytes 3221225472",
            "knooppunt_in_flight_bytes 3000",
            "knooppunt_party_in_flight_bytes{party=\"gemeente-a\"} 3000",
            "knooppunt_party_requests{party=\"gemeente-a\"} 1",
            "knooppunt_party_waiting{party=\"gemeente-a\"} 0",
            "knooppunt_journal_position 42",
            "knooppunt_healthy 0",
        ] {
            assert!(
                text.lines().any(|have| have == line),
                "{line} is not in\n{text}"
            );
        }
        drop(permit);
        let text = metrics::with_local_recorder(&recorder, || ops.text());
        assert!(
            text.contains("knooppunt_party_requests{party=\"gemeente-a\"} 0"),
            "a party that is done is at zero, not stuck"
        );
    }
}
