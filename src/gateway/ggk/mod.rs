//! The door for software of municipalities: `OntvangAsynchroon` of the GGk, in SOAP. It puts that wire around intake: what the published checks of StUF see is told
//! at once as Fo03, everything else is confirmed with Bv03 when it is durable and refused afterwards with an Fo01. It judges nothing.

mod answer;
mod receive;
mod settings;
mod wsdl;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use crate::api::Api;
use crate::api::asker::Asker;
use crate::api::problem::ApiError;
use crate::api::request::surround;
use answer::Answer;

pub use settings::{GgkSettings, UnknownQuestion};

/// What the door stands on.
#[derive(Debug)]
pub struct Ggk {
    api: Arc<Api>,
    settings: GgkSettings,
}

impl Ggk {
    /// A door beside the own API.
    pub fn new(api: Arc<Api>, settings: GgkSettings) -> Self {
        Self { api, settings }
    }
}

/// The routes of the door; none while it is closed. Every request must carry `Arc<Admitted>` in its extensions, as `transport::serve` sees to.
pub fn router(ggk: Arc<Ggk>) -> Router {
    if !ggk.settings.open {
        return Router::new();
    }
    let mut router = Router::new();
    let paths = [
        (ggk.settings.path_ggk0210.clone(), "ggk0210.wsdl"),
        (ggk.settings.path_ggk0310.clone(), "ggk0310.wsdl"),
    ];
    for (path, model) in paths {
        let describe =
            async move |State(ggk): State<Arc<Ggk>>, _counted: Counted, request: Request| {
                describe(&ggk, &request, model)
            };
        let methods = post(receive::receive)
            .get(describe)
            .fallback(async || Answer::Http(ApiError::Method));
        router = router.route(&path, methods);
    }
    let health = Arc::clone(&ggk.api.health);
    router
        .layer(from_fn_with_state(health, surround))
        .with_state(ggk)
}

/// A recognised caller, for what needs no more than that.
struct Counted(#[allow(dead_code, reason = "it counts among his requests while it is held")] Asker);

impl FromRequestParts<Arc<Ggk>> for Counted {
    type Rejection = Answer;

    /// Err: as [`Asker`].
    async fn from_request_parts(parts: &mut Parts, ggk: &Arc<Ggk>) -> Result<Self, Answer> {
        let asker = Asker::from_request_parts(parts, &ggk.api).await;
        asker.map(Self).map_err(Answer::Http)
    }
}

/// The description of the service, in files that name each other.
fn describe(ggk: &Ggk, request: &Request, model: &'static str) -> Response {
    let uri = request.uri();
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or(uri.host())
        .filter(|host| settings::is_host(host));
    let base = match (ggk.settings.url.as_str(), host) {
        ("", Some(host)) => format!("https://{host}"),
        ("", None) => "https://localhost".to_owned(),
        (url, _) => url.to_owned(),
    };
    let address = format!("{base}{}", uri.path());
    let asked = wsdl::asked(uri.query().unwrap_or_default(), model);
    let Some(text) = asked.and_then(|name| wsdl::file(name, &address)) else {
        return Answer::Http(ApiError::Method).into_response();
    };
    let mut response = (StatusCode::OK, text).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/xml; charset=utf-8"),
    );
    response
}
