//! Everything the own API answers when it does not do what was asked, as RFC 9457 problem bodies.
//! Status, retry advice, log level and text follow from one enum; none of it contains anything from a message.

mod body;
mod from;
mod later;
mod text;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::audit::{AuditError, PurposeError};
use crate::budget::NoRoom;
use crate::fault::Fault;
use crate::figures::FiguresError;
use crate::intake::DecisionError;

pub use body::{Problem, RefusedMessage};
pub use later::{Errand, Later, Why};

/// Seconds after which a request that found no room may be repeated.
const RETRY_SOON_S: u32 = 2;
/// Seconds after which a request may be repeated when somebody has to do something first.
const RETRY_LATER_S: u32 = 60;

/// Why a request was not done.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// The connection carries no certificate that the gateway has checked.
    #[error("no client certificate")]
    NoCertificate,
    /// Does not exist, or is not the caller's to see: the answer is the same.
    #[error("not found")]
    NotFound,
    /// The address exists and the method does not.
    #[error("method not allowed")]
    Method,
    /// The payload was erased.
    #[error("the payload was erased")]
    Erased,
    /// What is kept of the message is damaged.
    #[error("what is kept is damaged")]
    Damaged,
    /// A parameter of the address is not what the description says.
    #[error("parameter {name} is wrong")]
    Parameter {
        /// Name of the parameter.
        name: &'static str,
        /// What it should be, in Dutch.
        expected: &'static str,
    },
    /// A parameter of the address is unknown, is there twice, or is no text.
    #[error("a parameter is unknown or there twice")]
    Parameters {
        /// Which there are, in Dutch.
        known: &'static str,
    },
    /// The caller may see the declaration and not decide on it.
    #[error("no mandate to decide")]
    MayNotDecide,
    /// A decision that is not `application/json`.
    #[error("not JSON")]
    JsonType,
    /// The body is no decision.
    #[error("no decision in the body")]
    NoDecision,
    /// A decision that cannot be taken.
    #[error("not decided: {0}")]
    NotDecided(DecisionError),
    /// A look of an auditor that is not answered.
    #[error("not looked: {0}")]
    NotLooked(AuditError),
    /// Neither `application/xml` nor `text/xml`, or a charset other than UTF-8, or compressed.
    #[error("media type not taken")]
    MediaType,
    /// HTTP/1 request with neither Content-Length nor chunked coding.
    #[error("no length")]
    LengthRequired,
    /// Content-Length is not a number, is given twice or does not match.
    #[error("framing is wrong")]
    Framing,
    /// Larger than the body of such a request may be.
    #[error("body larger than {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: u64,
    },
    /// The body came more slowly than the gateway waits.
    #[error("body too slow")]
    TooSlow,
    /// The body ended before its announced length, or the connection broke.
    #[error("body broken off")]
    Truncated,
    /// No room for the request now.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// Not done now; the same request may succeed later.
    #[error(transparent)]
    Later(#[from] Later),
    /// The message was judged and refused.
    #[error("message refused: {}", .0.code)]
    Refused(Box<RefusedMessage>),
    /// The store or another part of the gateway could not do its work.
    #[error("failed: {code}")]
    Failed {
        /// Code of the error below.
        code: &'static str,
    },
    /// An assertion did not hold.
    #[error("bug")]
    Bug,
}

impl ApiError {
    /// Stable code; the last piece of the problem's URN.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCertificate => "no-certificate",
            Self::NotFound => "not-found",
            Self::Method => "method-not-allowed",
            Self::Erased => "erased",
            Self::Damaged => "damaged",
            Self::Parameter { .. } | Self::Parameters { .. } => "wrong-parameter",
            Self::MediaType | Self::JsonType => "media-type-not-taken",
            Self::MayNotDecide => "no-mandate-to-decide",
            Self::NoDecision => "no-decision",
            Self::NotDecided(error) => match error {
                DecisionError::NotAsked { .. } | DecisionError::NothingAsked => "no-decision-asked",
                DecisionError::Otherwise { .. } => "decided-otherwise",
                DecisionError::Changed => "judged-again",
                DecisionError::Over => "not-waiting",
                DecisionError::NotFound => "not-found",
                DecisionError::NoMandate => "no-mandate-to-decide",
                DecisionError::Damaged => "damaged",
                DecisionError::Failed(error) => error.code(),
            },
            Self::NotLooked(error) => error.code(),
            Self::LengthRequired => "length-required",
            Self::Framing => "wrong-framing",
            Self::TooLarge { .. } => "body-too-large",
            Self::TooSlow => "body-too-slow",
            Self::Truncated => "body-broken-off",
            Self::NoRoom(no_room) => no_room.code(),
            Self::Later(later) => later.why.code(),
            Self::Refused(refused) => refused.code,
            Self::Failed { code } => code,
            Self::Bug => "bug",
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NoCertificate
            | Self::NotFound
            | Self::Method
            | Self::Erased
            | Self::Parameter { .. }
            | Self::Parameters { .. }
            | Self::MediaType
            | Self::MayNotDecide
            | Self::JsonType
            | Self::NoDecision
            | Self::NotDecided(
                DecisionError::NotFound
                | DecisionError::NoMandate
                | DecisionError::Over
                | DecisionError::Otherwise { .. }
                | DecisionError::Changed
                | DecisionError::NotAsked { .. }
                | DecisionError::NothingAsked,
            )
            | Self::LengthRequired
            | Self::Framing
            | Self::TooLarge { .. }
            | Self::TooSlow
            | Self::Truncated
            | Self::NoRoom(NoRoom::PartyShare | NoRoom::PartyRequests)
            | Self::Refused(_) => Fault::Sender,
            Self::NotLooked(error) => error.fault(),
            Self::NoRoom(NoRoom::InAll)
            | Self::Later(_)
            | Self::Damaged
            | Self::NotDecided(DecisionError::Damaged | DecisionError::Failed(_))
            | Self::Failed { .. }
            | Self::Bug => Fault::Ours,
        }
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoCertificate
            | Self::MayNotDecide
            | Self::NotDecided(DecisionError::NoMandate) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Erased => StatusCode::GONE,
            Self::Parameter { .. }
            | Self::Parameters { .. }
            | Self::Framing
            | Self::Truncated
            | Self::NoDecision => StatusCode::BAD_REQUEST,
            Self::NotDecided(DecisionError::NotAsked { .. } | DecisionError::NothingAsked) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::NotDecided(
                DecisionError::NotFound
                | DecisionError::Over
                | DecisionError::Otherwise { .. }
                | DecisionError::Changed,
            ) => StatusCode::CONFLICT,
            Self::NotLooked(error) => match error {
                AuditError::NoAuditor | AuditError::OverScope { .. } => StatusCode::FORBIDDEN,
                AuditError::Purpose(PurposeError::Bsn | PurposeError::Characters) => {
                    StatusCode::UNPROCESSABLE_ENTITY
                }
                AuditError::Purpose(_)
                | AuditError::Page
                | AuditError::Condition { .. }
                | AuditError::TooMany
                | AuditError::Figures(FiguresError::Open { .. } | FiguresError::TooMany)
                | AuditError::TooWide
                | AuditError::ExportTooLarge
                | AuditError::Unreadable => StatusCode::BAD_REQUEST,
                AuditError::NoLog => StatusCode::CONFLICT,
                AuditError::NotInLog | AuditError::Figures(FiguresError::NotCounted { .. }) => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                AuditError::ExportsBusy => StatusCode::TOO_MANY_REQUESTS,
                AuditError::NotFound => StatusCode::NOT_FOUND,
                AuditError::Figures(_) | AuditError::Ledger(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::MediaType | Self::JsonType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::LengthRequired => StatusCode::LENGTH_REQUIRED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NoRoom(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Later(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(refused) => refused.status,
            Self::Damaged
            | Self::NotDecided(DecisionError::Damaged | DecisionError::Failed(_))
            | Self::Failed { .. }
            | Self::Bug => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which the same request may succeed; `None` when repeating it unchanged is of no use.
    pub fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::NoRoom(_) | Self::NotLooked(AuditError::NotInLog) => Some(RETRY_SOON_S),
            Self::Later(later) => Some(later.retry_after_s()),
            Self::NotLooked(
                AuditError::ExportsBusy | AuditError::Figures(FiguresError::NotCounted { .. }),
            ) => Some(RETRY_LATER_S),
            Self::NoCertificate
            | Self::NotFound
            | Self::Method
            | Self::Erased
            | Self::Damaged
            | Self::Parameter { .. }
            | Self::Parameters { .. }
            | Self::MediaType
            | Self::MayNotDecide
            | Self::JsonType
            | Self::NoDecision
            | Self::NotDecided(_)
            | Self::NotLooked(_)
            | Self::LengthRequired
            | Self::Framing
            | Self::TooLarge { .. }
            | Self::TooSlow
            | Self::Truncated
            | Self::Refused(_)
            | Self::Failed { .. }
            | Self::Bug => None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = self.code();
        match (self.fault(), self.retry_after_s()) {
            (Fault::Ours, None) => tracing::error!(code, "request not done"),
            // Busy, stopping or short of disk: health and figures tell it once, not each request anew.
            (Fault::Ours, Some(_)) => tracing::warn!(code, "request not done now"),
            (Fault::Sender | Fault::Peer, _) => tracing::info!(code, "request not done"),
        }
        metrics::counter!("knooppunt_problems_total", "code" => self.code(), "fault" => self.fault().as_str()).increment(1);
        // A problem is strings, numbers and lists of them, which JSON can always say.
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(retry_after_s) = self.retry_after_s() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        response
    }
}
