//! `/v1/leveringen`: what waits to be brought to the endpoint of the caller's code, what is not tried any more and why, and deciding on that by hand.
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
use super::parameter::{cursor, limit, parsed};
use super::problem::ApiError;
use super::responses::{Always, OfMessage, Parameters};
use crate::deliver::{ByHand, Delivery, DeskError, May, Which};
use crate::register::PartyCode;
use crate::route::Caller;

/// Which page of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// `true`: only what is not tried any more.
    gestopt: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Most deliveries on the page.
    limit: Option<String>,
}

/// A message that waits, of a code whose messages are brought to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryBody {
    /// Id of the message.
    pub id: String,
    /// Published name of its kind.
    #[schema(example = "JW305")]
    pub bericht: String,
    /// Code of the one who made it.
    pub maker: String,
    /// Code of the one it is for.
    pub receiver: String,
    /// When it was taken.
    #[schema(format = DateTime)]
    pub received: String,
    /// `waiting`: it is tried until it is taken. `dead`: the endpoint refused it, or it took too long. `dropped`: given up by hand. In all of these it is in
    /// the mailbox too.
    pub state: String,
    /// Why it is not tried any more: the published code that the endpoint gave (`StUF034`, `BRS04`), or one of ours (`too-old`, `by-hand`, ...).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How often it was tried before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// Since when it is not tried any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub since: Option<String>,
}

/// A page of deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveriesBody {
    /// Oldest first.
    pub deliveries: Vec<DeliveryBody>,
    /// `cursor` of the next page; absent when this was the last for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl DeliveryBody {
    /// As a caller sees it.
    pub fn of(delivery: &Delivery) -> Self {
        let (message, stopped) = (&delivery.message, delivery.stopped.as_ref());
        Self {
            id: message.id.to_string(),
            bericht: message.kind.name().to_owned(),
            maker: message.maker.to_string(),
            receiver: message.receiver.to_string(),
            received: message.received.to_string(),
            state: stopped
                .map_or("waiting", |stopped| stopped.code())
                .to_owned(),
            reason: stopped.map(|stopped| stopped.reason.clone()),
            attempts: stopped.map(|stopped| stopped.attempts),
            since: stopped.map(|stopped| stopped.at.to_string()),
        }
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::NotFound => Self::NotFound,
            DeskError::Ledger(error) => error.into(),
        }
    }
}

/// The codes of the caller whose messages are brought to an endpoint.
fn brought(caller: &Caller) -> Vec<PartyCode> {
    let (register, day) = (&caller.register, caller.day());
    let codes = caller.receivable_codes().into_iter();
    let brought = codes.filter(|code| register.endpoint_of(code, day).is_some());
    brought.collect()
}

/// He may see what he may read.
fn may(caller: &Caller) -> May {
    let (caller, brought) = (caller.clone(), brought(caller));
    Arc::new(move |code, kind, received| {
        brought.contains(code) && caller.may_receive_of(code, kind, received)
    })
}

const LIMIT: &str = "een aantal van 1 tot en met 1000";

/// What waits to be brought
///
/// For who may read the mailbox of a code of which the register has an endpoint. Oldest first; nothing for codes without one. A copy of an answer that was
/// made in the receiver's own name is not brought, and not listed.
#[utoipa::path(
    get, path = "/v1/leveringen", tag = "leveringen", params(Asked),
    responses(
        (status = 200, description = "A page of deliveries", body = DeliveriesBody),
        Always, Parameters,
    ),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    asker: Asker,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<DeliveriesBody>, ApiError> {
    let Query(asked) = asked.map_err(|_| ApiError::Parameters {
        known: "gestopt, cursor en limit",
    })?;
    let stopped = parsed("gestopt", "true of false", asked.gestopt.as_deref())?;
    let which = if stopped.unwrap_or(false) {
        Which::Stopped
    } else {
        Which::All
    };
    let after = cursor(asked.cursor.as_deref())?.map(|cursor| cursor.next().saturating_sub(1));
    let (default, most) = (api.settings.page_default, api.settings.page_max);
    let limit = limit(asked.limit.as_deref(), default, most, LIMIT)?;
    let caller = &asker.caller;
    let page = api
        .desk
        .list(brought(caller), may(caller), which, after, limit)
        .await?;
    Ok(Json(DeliveriesBody {
        deliveries: page.deliveries.iter().map(DeliveryBody::of).collect(),
        next: page.next.map(|next| next.to_string()),
    }))
}

/// Try a message again
///
/// Now, whatever was refused before, and said as it is set now; for a message that is being tried already it changes nothing.
#[utoipa::path(
    post, path = "/v1/leveringen/{id}", tag = "leveringen", params(("id" = String, Path, description = "Id of the message")),
    responses(
        (status = 200, description = "It is tried again", body = DeliveryBody),
        Always, OfMessage,
    ),
)]
pub(super) async fn retry(
    State(api): State<Arc<Api>>,
    asker: Asker,
    Named(id): Named,
) -> Result<Json<DeliveryBody>, ApiError> {
    by_hand(&api, &asker, id, ByHand::Retry).await
}

/// Give a delivery up
///
/// It is not tried any more; the message stays in the mailbox. Again changes nothing.
#[utoipa::path(
    delete, path = "/v1/leveringen/{id}", tag = "leveringen", params(("id" = String, Path, description = "Id of the message")),
    responses(
        (status = 200, description = "It is not tried any more", body = DeliveryBody),
        Always, OfMessage,
    ),
)]
pub(super) async fn drop_delivery(
    State(api): State<Arc<Api>>,
    asker: Asker,
    Named(id): Named,
) -> Result<Json<DeliveryBody>, ApiError> {
    by_hand(&api, &asker, id, ByHand::Drop).await
}

async fn by_hand(
    api: &Api,
    asker: &Asker,
    id: crate::ledger::MessageId,
    what: ByHand,
) -> Result<Json<DeliveryBody>, ApiError> {
    let (may, by) = (may(&asker.caller), asker.caller.party.to_string());
    let delivery = api.desk.do_by_hand(id, may, what, Some(by)).await?;
    tracing::info!(message = %id, ?what, "delivery decided by hand");
    Ok(Json(DeliveryBody::of(&delivery)))
}
