//! `/v1/berichten/{id}/bevindingen`: everything that levels 2 to 4 found in a message, in pages.
#![allow(
    unused_qualifications,
    reason = "the description macro names parameter types by their path"
)]

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::asker::{Asker, Named};
use super::finding::FindingBody;
use super::problem::ApiError;
use super::responses::{Always, OfMessage, Parameters, ReadsParts};
use crate::mailbox::PAGE_MAX;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// `next` of the page before; absent for the first page.
    #[serde(default)]
    na: usize,
}

/// A page of findings, in document order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingsPageBody {
    /// At most 1,000.
    pub findings: Vec<FindingBody>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// Everything that was found in a message
///
/// For its maker and its receiver; 1,000 findings a page.
#[utoipa::path(
    get, path = "/v1/berichten/{id}/bevindingen", tag = "berichten", params(("id" = String, Path, description = "Id of the message"), Asked),
    responses(
        (status = 200, description = "A page of findings", body = FindingsPageBody),
        Always, Parameters, OfMessage, ReadsParts,
    ),
)]
pub(super) async fn findings(
    State(api): State<Arc<Api>>,
    asker: Asker,
    Named(id): Named,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<FindingsPageBody>, ApiError> {
    let Query(Asked { na }) = asked.map_err(|_| ApiError::Parameter {
        name: "na",
        expected: "het getal next van de vorige bladzijde, en geen andere parameter",
    })?;
    let page = api
        .mailbox
        .findings(&asker.caller, id, na, PAGE_MAX)
        .await?;
    let next = (na as u64).saturating_add(PAGE_MAX as u64);
    Ok(Json(FindingsPageBody {
        findings: page.list.iter().map(FindingBody::from).collect(),
        next: (next < page.kept).then_some(next),
    }))
}
