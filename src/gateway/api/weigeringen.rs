//! `/v1/weigeringen`: messages of the caller that came over a wire of others and were refused after their receipt was confirmed. Who has an endpoint is told
//! there; who has none reads it here.
#![allow(
    unused_qualifications,
    reason = "the description macro names parameter types by their path"
)]

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::asker::{Asker, Named};
use super::problem::ApiError;
use super::responses::{Always, OfMessage, Tells};
use crate::envelope::tables::Generation;
use crate::intake::RefusalReason;
use crate::ledger::Melding;
use crate::mailbox::Refused;

/// A message that was refused after its receipt was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeigeringBody {
    /// Its id here.
    pub id: String,
    /// By which door it came: `ggk0210`, `ggk0310` or `vsp`.
    #[schema(example = "ggk0210")]
    pub door: String,
    /// Its number there: referentienummer or traceerId. Absent once what was written around the message is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Code of the one who sent it, by its envelope.
    pub sender: String,
    /// Code of the one it was for, by its envelope, when that is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// Published name of its kind, when it could be known; of a file its functie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "JW301")]
    pub bericht: Option<String>,
    /// When it was refused.
    #[schema(format = DateTime)]
    pub refused: String,
    /// Our code of the reason.
    #[schema(example = "level-1")]
    pub reason: String,
    /// The published code, by the list that is set: the one that an Fo01 has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "IB014")]
    pub code: Option<String>,
    /// What is wrong and what to do, in Dutch.
    pub text: String,
    /// What is wrong with its form: the first 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meldingen: Vec<MeldingBody>,
}

/// Something that is wrong with the form of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeldingBody {
    /// Stable code.
    pub code: String,
    /// What is wrong and what is expected, in Dutch; never a value.
    pub text: String,
    /// Place in the message.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
}

/// What the caller is still to be told of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeigeringenBody {
    /// Oldest first, at most 1,000.
    pub refused: Vec<WeigeringBody>,
}

/// Messages of the caller that were refused after their receipt was confirmed
///
/// Only of the wires of GGk and VSP; the own API refuses at once. Each stands here until it is deleted, delivered to the endpoint of the sender, or 60 days old.
#[utoipa::path(
    get, path = "/v1/weigeringen", tag = "berichten",
    responses(
        (status = 200, description = "What he is still to be told of", body = WeigeringenBody),
        Always,
    ),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    asker: Asker,
) -> Result<Json<WeigeringenBody>, ApiError> {
    let refused = api.mailbox.returns(&asker.caller).await?;
    let refused = refused.iter().map(|of| WeigeringBody::of(of, api.codes));
    let refused = refused.collect();
    Ok(Json(WeigeringenBody { refused }))
}

/// Say that a refusal is known
///
/// It is not listed or delivered any more. Again is harmless.
#[utoipa::path(
    delete, path = "/v1/weigeringen/{id}", tag = "berichten", params(("id" = String, Path, description = "Id of the message")),
    responses(
        (status = 204, description = "It is known"),
        Always, OfMessage, Tells,
    ),
)]
pub(super) async fn told(
    State(api): State<Arc<Api>>,
    asker: Asker,
    Named(id): Named,
) -> Result<StatusCode, ApiError> {
    let told = api.mailbox.told(&asker.caller, id).await;
    told.map_err(ApiError::of_telling)?;
    Ok(StatusCode::NO_CONTENT)
}

impl WeigeringBody {
    fn of(refused: &Refused, codes: Generation) -> Self {
        let condition = RefusalReason::condition_told(&refused.reason);
        let municipality =
            condition.is_about_municipality(&refused.sender, refused.receiver.as_deref());
        Self {
            id: refused.id.to_string(),
            door: refused.door.as_str().to_owned(),
            number: refused.number.clone(),
            sender: refused.sender.clone(),
            receiver: refused.receiver.clone(),
            bericht: refused.bericht.clone(),
            refused: refused.at.to_string(),
            reason: refused.reason.clone(),
            code: Some(condition.told(codes, municipality).to_owned()),
            text: condition.text().to_owned(),
            meldingen: refused.meldingen.iter().map(MeldingBody::from).collect(),
        }
    }
}

impl From<&Melding> for MeldingBody {
    fn from(melding: &Melding) -> Self {
        Self {
            code: melding.code.clone(),
            text: melding.text.clone(),
            path: melding.path.clone(),
            line: melding.line,
        }
    }
}
