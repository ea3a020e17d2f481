//! The door for software of providers: VECOZO's VSP (REST push V1, pull V1, berichtstatus V2 and V3) under its published paths, with its published statuses.
//!
//! It puts that wire around intake and mailboxes: what is not in order at receipt is told at once, what is wrong with the content afterwards, as the status of the
//! message. It judges nothing, and shows a party its own messages only.

mod answer;
mod body;
mod packed;
mod pull;
mod push;
mod receipt;
mod settings;
mod statussen;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, delete, get, post};

use crate::api::Api;
use crate::api::problem::ApiError;
use crate::api::request::surround;
use answer::Answer;
use packed::Packed;

pub use settings::VspSettings;

/// Below the base path, as published.
const PUSH: &str = "/berichten/rest-push/v1";
const PULL: &str = "/berichten/rest-pull/v1";
const STATUS_V2: &str = "/berichtstatus/rest-pull/v2";
const STATUS_V3: &str = "/berichtstatus/rest-pull/v3";

/// What the door stands on.
#[derive(Debug)]
pub struct Vsp {
    api: Arc<Api>,
    settings: VspSettings,
    packed: Packed,
}

impl Vsp {
    /// A door beside the own API.
    pub fn new(api: Arc<Api>, settings: VspSettings) -> Self {
        Self {
            api,
            settings,
            packed: Packed::default(),
        }
    }

    /// The address of a payload: never by what a request says of itself.
    fn payload_url(&self, number: &str) -> String {
        let VspSettings { url, base, .. } = &self.settings;
        format!("{url}{base}{PULL}/berichten/{number}/payload")
    }
}

/// The routes of the door; none while it is closed. Every request must carry `Arc<Admitted>` in its extensions, as `transport::serve` sees to.
pub fn router(vsp: Arc<Vsp>) -> Router {
    if vsp.settings.url.is_empty() {
        return Router::new();
    }
    let mut router: Router<Arc<Vsp>> = Router::new();
    let base = vsp.settings.base.clone();
    for (api, path, methods) in [
        (PUSH, "berichten", post(push::push)),
        (PULL, "berichten", get(pull::list)),
        (PULL, "berichten/zoeken", post(pull::search)),
        (PULL, "berichten/{traceer_id}", delete(pull::acknowledge)),
        (PULL, "berichten/{traceer_id}/payload", get(pull::payload)),
        (STATUS_V2, "berichtstatussen", get(statussen::v2)),
        (STATUS_V3, "berichtstatussen", get(statussen::v3)),
    ] {
        let methods: MethodRouter<Arc<Vsp>> =
            methods.fallback(async || Answer::from(ApiError::Method));
        // Clients put a path behind an address that ends in a slash or does not.
        for path in [
            format!("{base}{api}/{path}"),
            format!("{base}{api}//{path}"),
            format!("{base}{api}/{path}/"),
        ] {
            router = router.route(&path, methods.clone());
        }
    }
    let health = Arc::clone(&vsp.api.health);
    router
        .layer(from_fn_with_state(health, surround))
        .layer(axum::middleware::map_response(as_json))
        .with_state(vsp)
}

/// Problems are documented as plain JSON on this wire.
async fn as_json(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|media| media == "application/problem+json")
    {
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
    }
    response
}

/// A moment as the wire writes it: RFC 3339, UTC, to the millisecond.
fn moment(at: jiff::Timestamp) -> String {
    format!("{at:.3}")
}

/// The parameters of an address. Err: it cannot be read.
fn parameters(request: &Request) -> Result<Vec<(String, String)>, Answer> {
    axum::extract::Query::try_from_uri(request.uri())
        .map(|axum::extract::Query(parameters)| parameters)
        .map_err(|_| Answer::wrong("-", "Parameters in UTF-8."))
}
