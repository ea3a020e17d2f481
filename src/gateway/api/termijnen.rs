//! `/v1/termijnen`: which answers the caller owes, and until when.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::asker::Asker;
use super::problem::{ApiError, Problem};
use crate::terms::{Open, Standing};

/// A message that the caller has to answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermBody {
    /// Id of the message.
    pub id: String,
    /// Published name of its kind.
    #[schema(example = "JW323")]
    pub bericht: String,
    /// Code of the one who made it.
    pub maker: String,
    /// Code of the one who has to answer.
    pub receiver: String,
    /// When it was taken.
    #[schema(format = DateTime)]
    pub received: String,
    /// The last day on which an answer is in time (Europe/Amsterdam). Absent when the working days of the year are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub answer_by: Option<String>,
    /// `running`, `last-day` (today), `over` or `unknown`.
    pub standing: String,
}

/// What the caller has to answer, the first to end first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermsBody {
    /// At most 1,000 for each of his codes.
    pub open: Vec<TermBody>,
    /// How many of them end today.
    pub last_day: usize,
    /// How many of them are over.
    pub over: usize,
}

/// Answers that the caller owes
///
/// Three working days for a retour, ten for a 325 (OP090); what the gateway answered in his name is not here.
#[utoipa::path(
    get, path = "/v1/termijnen", tag = "postvak",
    responses(
        (status = 200, description = "What is to be answered", body = TermsBody),
        (status = 403, description = "The certificate belongs to no party", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests under way", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 500, description = "A fault of the gateway: repeating it later is harmless, and the operator finds it by `X-Request-Id`", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    asker: Asker,
) -> Result<Json<TermsBody>, ApiError> {
    let open = api.terms.of(&asker.caller).await?;
    let count = |standing| open.iter().filter(|open| open.standing == standing).count();
    Ok(Json(TermsBody {
        last_day: count(Standing::LastDay),
        over: count(Standing::Over),
        open: open.iter().map(TermBody::from).collect(),
    }))
}

impl From<&Open> for TermBody {
    fn from(open: &Open) -> Self {
        Self {
            id: open.message.to_string(),
            bericht: open.kind.name().to_owned(),
            maker: open.maker.to_string(),
            receiver: open.receiver.to_string(),
            received: open.received.to_string(),
            answer_by: open.last_day.map(|day| day.to_string()),
            standing: open.standing.code().to_owned(),
        }
    }
}
