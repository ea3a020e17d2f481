//! `/v1/audit/cijfers`: figures for an auditor, as JSON or as CSV. A POST, so that no purpose stands in an address.
#![allow(
    unused_qualifications,
    reason = "the description macro names parameter types by their path"
)]

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker::Asker;
use super::audit::{asked, may_look};
use super::problem::ApiError;
use super::responses::{Always, Looks};
use super::{Api, json};
use crate::audit::{AskFigures, Figured};
use crate::figures::{CSV, FiguresBody};
use crate::ledger::Look;

/// Figures within the scope of the one who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FiguredBody {
    /// The first month; absent when none of the scope is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The sums.
    #[serde(flatten)]
    pub figures: FiguresBody,
    /// Left out: of these only a part of the month lies in the scope; at most 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_part: Vec<InPartBody>,
    /// Position of the record that says that this was looked at.
    pub look: u64,
}

/// A month of a municipality of which only a part lies in the scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InPartBody {
    /// The month.
    pub month: String,
    /// `jw` or `wmo`.
    pub law: String,
    /// Code of the municipality.
    pub gemeente: String,
}

/// Ask for figures
///
/// For an auditor: how many messages of closed months within his scope were carried, answered within the term, and refused for which cause. A cell of 1 to 9 messages
/// is told by nobody, and every number is a sum of cells that are told, with how many it lacks. A month is closed when the longest term for an answer to a message of it
/// has passed. With `Accept: text/csv` the rows as CSV.
#[utoipa::path(
    post, path = "/v1/audit/cijfers", tag = "audit",
    request_body(content = AskFigures, description = "What is asked, and for what"),
    responses(
        (status = 200, description = "The sums", content((FiguredBody = "application/json"), (String = "text/csv"))),
        Always, Looks,
    ),
)]
pub(super) async fn figures(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<Response, ApiError> {
    let first = async |_: &Asker, head: &mut axum::http::request::Parts| {
        may_look(&api)?;
        Ok(wants_csv(&head.headers))
    };
    let (asker, csv, bytes) = json::read(&api, request, first).await?;
    let ask = asked::<AskFigures>(&api, &asker, Look::Statistics, &bytes).await?;
    let told = api.audit.figures(&asker.caller, &api.figures, ask).await;
    let told = told.map_err(ApiError::of_looking)?;
    api.health.wrote();
    if csv {
        let text = FiguresBody::from(&told.table).to_csv();
        return Ok(([(header::CONTENT_TYPE, CSV)], text).into_response());
    }
    Ok(Json(FiguredBody::from(&told)).into_response())
}

/// Whether CSV is the first of the two types that is named.
fn wants_csv(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::ACCEPT).iter();
    let named = named.filter_map(|types| types.to_str().ok());
    let mut types = named.flat_map(|types| types.split(','));
    let first = types.find_map(|named| {
        let essence = named.split(';').next().unwrap_or_default().trim();
        let csv = essence.eq_ignore_ascii_case("text/csv");
        (csv || essence.eq_ignore_ascii_case("application/json")).then_some(csv)
    });
    first.unwrap_or(false)
}

impl From<&Figured> for FiguredBody {
    fn from(told: &Figured) -> Self {
        let in_part = told.in_part.iter();
        Self {
            from: told.months.map(|(from, _)| from.to_string()),
            until: told.months.map(|(_, until)| until.to_string()),
            figures: FiguresBody::from(&told.table),
            in_part: in_part
                .map(|(month, law, gemeente)| InPartBody {
                    month: month.to_string(),
                    law: law.to_string(),
                    gemeente: gemeente.to_string(),
                })
                .collect(),
            look: told.look,
        }
    }
}
