//! What the door of the GGk says, as an HTTP response: everything is SOAP, whatever was wrong.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::api::problem::ApiError;
use crate::envelope::ggk::read::Fault;
use crate::envelope::ggk::write::{self, Own};
use crate::envelope::ggk::{Stuurgegevens, Unread};
use crate::envelope::mapping::minted;
use crate::envelope::tables::Condition;
use crate::envelope::wire::uuid_text;
use crate::ledger::MessageId;

/// What is said.
pub(super) enum Answer {
    /// The message is stored.
    Stored(Box<Stuurgegevens>, Own),
    /// It is refused at once.
    Refused(Box<Stuurgegevens>, Condition, Option<String>, Timestamp),
    /// Nothing can be addressed to its sender.
    Fault(Fault, String),
    /// The request was not done, before or beside its message.
    Http(ApiError),
}

impl Answer {
    /// What is wrong with a message that is not read.
    pub(super) fn unread(unread: Unread, at: Timestamp) -> Self {
        match unread {
            Unread::Fault(class, text) => Self::Fault(class, text),
            Unread::Condition(condition, of) => Self::Refused(of, condition, None, at),
        }
    }

    /// The code for figures.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Stored(..) => "Bv03",
            Self::Refused(_, condition, ..) => condition.fo03().unwrap_or("Fo03"),
            Self::Fault(class, _) => class.as_str(),
            Self::Http(error) => error.code(),
        }
    }
}

/// A number of an answer that nothing hangs on.
fn fresh() -> String {
    // Without random bits all such numbers are one: an answer goes out all the same.
    let id = MessageId::random().unwrap_or(MessageId::from_bytes([0; 16]));
    uuid_text(minted(id))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let code = self.code();
        tracing::info!(code, "said on the wire of the GGk");
        metrics::counter!("knooppunt_ggk_answers_total", "code" => code).increment(1);
        let (status, retry, text) = match self {
            Self::Stored(of, own) => (StatusCode::OK, None, write::bv03(&of, &own)),
            Self::Refused(of, condition, details, at) => {
                let own = Own {
                    number: fresh(),
                    at,
                };
                let text = write::fo03(&of, &own, condition, details.as_deref());
                (StatusCode::INTERNAL_SERVER_ERROR, None, text)
            }
            Self::Fault(class, text) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                None,
                write::fault(class, &text),
            ),
            Self::Http(error) => {
                let by_sender = error.fault() == crate::fault::Fault::Sender;
                let class = if by_sender && error.retry_after_s().is_none() {
                    Fault::Client
                } else {
                    Fault::Server
                };
                let text = write::fault(class, &error.problem().detail);
                (error.status(), error.retry_after_s(), text)
            }
        };
        let mut response = (status, text).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/xml; charset=utf-8"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(retry) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry));
        }
        response
    }
}
