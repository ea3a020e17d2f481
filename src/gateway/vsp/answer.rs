//! What the door answers when it does not do what was asked: 400 for what cannot be understood, 422 for a message whose receipt fails and that is not to be sent
//! again unchanged, 404 without a body, and what else the gateway has to say. Bodies are `ValidationProblemDetails`; nothing in them is from a message.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::api::problem::ApiError;
use crate::envelope::tables::Condition;
use crate::envelope::vsp::metadata::Wrong;
use crate::intake::IntakeError;
use crate::lanes::Panicked;
use crate::mailbox::MailboxError;

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Answer {
    /// It cannot be understood: 400.
    Wrong(Wrong),
    /// Its receipt fails: 422.
    Receipt(Condition),
    /// There is none, or not for the caller: 404 without a body.
    Absent,
    /// What every door says in the same way.
    Other(ApiError),
}

impl Answer {
    pub(super) fn wrong(place: &str, expected: &'static str) -> Self {
        Self::Wrong(Wrong::at(place, expected))
    }
}

/// `ValidationProblemDetails` as published.
#[derive(Serialize)]
struct Details {
    #[serde(rename = "type")]
    type_urn: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    errors: BTreeMap<String, Vec<&'static str>>,
}

impl From<Wrong> for Answer {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl From<Condition> for Answer {
    fn from(condition: Condition) -> Self {
        Self::Receipt(condition)
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        if matches!(error, ApiError::NotFound) {
            Self::Absent
        } else if matches!(error, ApiError::TooLarge { .. }) {
            Self::Receipt(Condition::PayloadTooLarge)
        } else if matches!(error, ApiError::LengthRequired) {
            let expected = "De lengte van de inhoud, of Transfer-Encoding: chunked.";
            Self::wrong("Content-Length", expected)
        } else {
            Self::Other(error)
        }
    }
}

impl From<MailboxError> for Answer {
    fn from(error: MailboxError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<IntakeError> for Answer {
    fn from(error: IntakeError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<Panicked> for Answer {
    fn from(_: Panicked) -> Self {
        Self::Other(ApiError::Bug)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let details = match self {
            Self::Absent => return StatusCode::NOT_FOUND.into_response(),
            Self::Other(error) => return error.into_response(),
            Self::Wrong(Wrong(wrong)) => {
                tracing::info!(code = "wrong-request", "request not done");
                let mut errors: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
                for (place, expected) in wrong {
                    errors.entry(place).or_default().push(expected);
                }
                Details {
                    type_urn: "urn:knooppunt:problem:wrong-request",
                    title: "De aanvraag is niet zoals beschreven",
                    status: StatusCode::BAD_REQUEST.as_u16(),
                    detail: "Herstel wat bij errors staat en doe de aanvraag opnieuw.".to_owned(),
                    errors,
                }
            }
            Self::Receipt(condition) => {
                let code = condition.vsp().unwrap_or("BRS33");
                tracing::info!(code = condition.name(), "not received");
                metrics::counter!("knooppunt_refusals_total", "code" => condition.name())
                    .increment(1);
                Details {
                    type_urn: "urn:knooppunt:problem:not-received",
                    title: "Het bericht is niet ontvangen",
                    status: StatusCode::UNPROCESSABLE_ENTITY.as_u16(),
                    detail: format!("{code}: {}", condition.text()),
                    errors: BTreeMap::from([(code.to_owned(), vec![condition.text()])]),
                }
            }
        };
        let status =
            StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Strings, numbers and lists of them, which JSON can always say.
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
