//! `/v1/inzagen`: who looked as an auditor at messages of the caller, or at and for one client of a municipality.
#![allow(
    unused_qualifications,
    reason = "the description macro names parameter types by their path"
)]

use std::fmt;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asker::Asker;
use super::problem::ApiError;
use super::responses::{Always, AsksLooks, Parameters};
use super::{Api, json, parameter};
use crate::audit::{AuditError, Looks, SeenLook};

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// `next` of the page before; absent for the first page.
    voor: Option<String>,
}

/// For whom is asked who looked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientBody {
    /// Code of the municipality, one of the caller's own.
    #[schema(example = "0289")]
    pub gemeente: String,
    /// Burgerservicenummer of the client, on whose behalf is asked. It is kept nowhere.
    pub bsn: String,
    /// `next` of the page before; absent for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voor: Option<u64>,
}

impl fmt::Debug for ClientBody {
    /// Without the BSN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBody")
            .field("gemeente", &self.gemeente)
            .finish_non_exhaustive()
    }
}

/// A look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LookBody {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// Position of the record that says so.
    pub position: u64,
    /// Party (register name) that looked.
    pub party: String,
    /// Its name for people, when it is in the register today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How: `search`, `message`, `thread`, `receipt`, `export` or `statistics`.
    pub look: String,
    /// For what, in the words of the one who looked; absent when he gave none that could be kept, or what is kept of it is erased or damaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Why he was not answered, as a code; absent when he was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// How many messages of the one who asks here he was shown.
    pub count: u64,
    /// The first of them, at most 20.
    pub messages: Vec<String>,
}

/// A page of looks, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LooksBody {
    /// At most 100.
    pub looks: Vec<LookBody>,
    /// Positions of looks on this page whose record is damaged: somebody looked at messages of the one who asks, or searched for the client, and who is lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<u64>,
    /// Where the next page begins; absent when there is no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

const VOOR: &str = "het getal next van de vorige bladzijde";

/// Who looked at your messages
///
/// Auditors that were shown messages that one of the caller's own codes made or received; newest first, 100 a page.
#[utoipa::path(
    get, path = "/v1/inzagen", tag = "audit", params(Asked),
    responses(
        (status = 200, description = "A page of looks", body = LooksBody),
        Always, Parameters,
    ),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    asker: Asker,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<LooksBody>, ApiError> {
    let Query(Asked { voor }) = asked.map_err(|_| ApiError::Parameters { known: "voor" })?;
    let before = parameter::parsed("voor", VOOR, voor.as_deref())?;
    let looks = api.audit.looks(&asker.caller, before).await;
    let looks = looks.map_err(ApiError::of_reading_looks)?;
    Ok(Json(LooksBody::of(&looks, &asker)))
}

/// Who looked at one client
///
/// For a municipality, on behalf of the client: auditors that were shown messages about him, and those that searched by his BSN and found nothing. A POST, so
/// that the BSN stands in no address.
#[utoipa::path(
    post, path = "/v1/inzagen", tag = "audit",
    request_body(content = ClientBody, description = "For whom"),
    responses(
        (status = 200, description = "A page of looks", body = LooksBody),
        Always, AsksLooks,
    ),
)]
pub(super) async fn of_client(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<Json<LooksBody>, ApiError> {
    let first = async |_: &Asker, _: &mut _| Ok(());
    let (asker, (), bytes) = json::read(&api, request, first).await?;
    let unreadable = |_| ApiError::of_reading_looks(AuditError::Unreadable);
    let body: ClientBody = serde_json::from_slice(&bytes).map_err(unreadable)?;
    let wrong = |_| {
        ApiError::of_reading_looks(AuditError::Condition {
            name: "gemeente",
            expected: "een gemeentecode van vier cijfers",
        })
    };
    let gemeente = body.gemeente.parse().map_err(wrong)?;
    let caller = &asker.caller;
    let looks = api.audit.looks_for(caller, gemeente, body.bsn, body.voor);
    let looks = looks.await.map_err(ApiError::of_reading_looks)?;
    Ok(Json(LooksBody::of(&looks, &asker)))
}

impl LooksBody {
    fn of(looks: &Looks, asker: &Asker) -> Self {
        let of = looks.looks.iter();
        Self {
            looks: of.map(|seen| LookBody::of(seen, asker)).collect(),
            damaged: looks.damaged.clone(),
            next: looks.next,
        }
    }
}

impl LookBody {
    fn of(seen: &SeenLook, asker: &Asker) -> Self {
        let viewed = &seen.look.viewed;
        let id = viewed.party.parse().ok();
        let party = id.and_then(|id| asker.caller.register.party(&id));
        Self {
            at: seen.look.at.to_string(),
            position: seen.look.position,
            party: viewed.party.clone(),
            name: party.map(|party| party.name.clone()),
            look: viewed.look.code().to_owned(),
            purpose: seen.look.purpose.clone(),
            refused: viewed.refused.clone(),
            count: seen.count,
            messages: seen.messages.iter().map(ToString::to_string).collect(),
        }
    }
}
