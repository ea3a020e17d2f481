//! `POST /berichten` of REST push V1: a message comes in. 204 when its receipt is durable, also when it is refused for its content: its status tells that.

use std::sync::Arc;

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts as Head;
use bytes::Bytes;

use super::Vsp;
use super::answer::Answer;
use super::body::{self, Coming};
use super::receipt;
use crate::api::ApiSettings;
use crate::api::asker::Asker;
use crate::api::body::{announced, reserve};
use crate::api::problem::ApiError;
use crate::envelope::tables::Condition;
use crate::envelope::vsp::metadata::BerichtMetadata;
use crate::envelope::vsp::parts::{self, Limits, Parts, PartsError};
use crate::envelope::vsp::zip::{self, ZipFault};
use crate::intake::{Handed, OnWire, Outcome};

/// Takes a message.
pub(super) async fn push(
    State(vsp): State<Arc<Vsp>>,
    request: Request,
) -> Result<StatusCode, Answer> {
    let (mut head, body) = request.into_parts();
    let settings = &whole(&vsp);
    let length = announced(&head.headers, head.version, settings);
    let coming = Coming::new(body, length.as_ref().ok().copied().flatten(), settings);
    let read = read(&vsp, settings, &mut head, &coming, length).await;
    let (mut asker, parts) = match read {
        Ok(whole) => whole,
        Err(answer) => {
            if let Some(rest) = coming.rest() {
                body::read_away(rest, &head.headers, &answer, settings);
            }
            return Err(answer);
        }
    };
    let metadata = BerichtMetadata::read(&parts.metadata)?;
    if parts.payload.is_empty() {
        return Err(Answer::wrong("payload", "Niet leeg."));
    }
    let (mut wire, fault) = match receipt::look(&asker.caller, &metadata) {
        Ok(wire) => (wire, None),
        Err(fault) => match receipt::as_sent(&metadata) {
            Some(wire) => (wire, Some(fault)),
            None => return not_received(&vsp, &asker, parts.payload, fault).await,
        },
    };
    let content = match unpack(&vsp, &mut asker, parts.payload.clone()).await? {
        Ok((body, zipped)) => {
            wire.zipped = zipped;
            Ok(body)
        }
        Err(fault) => Err(fault),
    };
    let fits = |body: &Bytes| receipt::fits(&asker.caller, &wire, body.len());
    let fault = fault.or_else(|| content.as_ref().ok().and_then(|body| fits(body).err()));
    if let Some(fault) = fault {
        // What was taken stays taken, whatever is known of its parties since.
        let wire = wire.with_content(content.as_ref().unwrap_or(&parts.payload));
        let before = vsp.api.intake.on_wire_before(&asker.caller, &wire).await?;
        return match before {
            OnWire::Same(outcome) => told(&vsp, &outcome),
            OnWire::New | OnWire::Other => not_received(&vsp, &asker, parts.payload, fault).await,
        };
    }
    drop(parts.metadata);
    let caller = &asker.caller;
    let intake = &vsp.api.intake;
    let outcome = match content {
        Ok(body) => {
            drop(parts.payload);
            let wire = Some(wire.with_content(&body));
            intake.accept(caller, Handed { body, wire }).await?
        }
        Err(fault) => {
            let wire = wire.with_content(&parts.payload);
            let fault = fault.condition();
            intake
                .refuse_unopened(caller, wire, &parts.payload, fault)
                .await?
        }
    };
    told(&vsp, &outcome)
}

/// Records that it is not received, and says why.
async fn not_received(
    vsp: &Vsp,
    asker: &Asker,
    payload: Bytes,
    fault: Condition,
) -> Result<StatusCode, Answer> {
    let intake = &vsp.api.intake;
    intake.not_received(&asker.caller, payload, fault).await?;
    Err(fault.into())
}

/// The limits of a whole body: what counts against the limit of a message is its payload, and there is room for all that goes around it.
fn whole(vsp: &Vsp) -> ApiSettings {
    let settings = &vsp.api.settings;
    let around = vsp.settings.json_bytes_max + parts::OUTSIDE_BYTES_MAX;
    ApiSettings {
        body_bytes_max: settings.body_bytes_max.saturating_add(around),
        ..settings.clone()
    }
}

/// Both parts, within the promised memory.
async fn read(
    vsp: &Vsp,
    settings: &ApiSettings,
    head: &mut Head,
    coming: &Coming,
    length: Result<Option<u64>, ApiError>,
) -> Result<(Asker, Parts), Answer> {
    let api = &vsp.api;
    let mut asker = Asker::from_request_parts(head, api).await?;
    asker.permit.hands_in().map_err(ApiError::from)?;
    api.health.may_take().map_err(ApiError::from)?;
    let boundary = body::boundary(&head.headers)?;
    let announced = length?;
    let permit = &mut asker.permit;
    reserve(announced, permit, settings).await?;
    let limits = Limits {
        metadata_bytes_max: vsp.settings.json_bytes_max,
        payload_bytes_max: api.settings.body_bytes_max,
        announced,
        room: &mut |bytes| {
            let bytes = bytes.min(settings.body_bytes_max);
            permit.reserve_now(bytes).map_err(ApiError::from)
        },
    };
    let parts = match parts::read(coming.pieces(), &boundary, limits).await {
        Ok(parts) => parts,
        Err(PartsError::Wrong(wrong)) => return Err(wrong.into()),
        Err(PartsError::TooLarge) => return Err(Condition::PayloadTooLarge.into()),
        Err(PartsError::Stream(error)) => return Err(error.into()),
    };
    coming.to_its_end().await?;
    Ok((asker, parts))
}

/// The message itself, and whether it came in a ZIP file.
async fn unpack(
    vsp: &Vsp,
    asker: &mut Asker,
    payload: Bytes,
) -> Result<Result<(Bytes, bool), ZipFault>, Answer> {
    if !zip::is_zip(&payload) {
        return Ok(Ok((payload, false)));
    }
    let bytes_max = vsp.api.settings.body_bytes_max;
    let (intake, packed) = (&vsp.api.intake, payload.clone());
    let bytes = payload.len();
    let look = move || zip::announced(&packed, bytes_max);
    let length = match intake.in_lane(&asker.caller, bytes, look).await? {
        Ok(length) => length,
        Err(fault) => return Ok(Err(fault)),
    };
    // As much as was reserved for the body itself is there; what it grows to has to be reserved too.
    asker
        .permit
        .reserve_now(length.saturating_add(bytes as u64))
        .map_err(ApiError::from)?;
    let inflate = move || zip::only_file(&payload, bytes_max);
    let large = usize::try_from(length).unwrap_or(usize::MAX);
    let inflated = intake.in_lane(&asker.caller, large, inflate).await?;
    Ok(inflated.map(|inflated| (Bytes::from(inflated), true)))
}

/// What the sender is told now.
fn told(vsp: &Vsp, outcome: &Outcome) -> Result<StatusCode, Answer> {
    let (bericht, repeat) = match outcome {
        Outcome::Refused(refusal) => return Err(refusal.condition().into()),
        Outcome::Accepted(message, _) => (Some(message.kind.label()), false),
        Outcome::Repeat(message) => (Some(message.kind.label()), true),
        Outcome::Returned(returned) => (None, returned.refusal.is_none()),
    };
    if !repeat {
        vsp.api.health.wrote();
    }
    if let Some(bericht) = bericht {
        tracing::info!(bericht, repeat, "taken");
        let repeat = if repeat { "true" } else { "false" };
        metrics::counter!("knooppunt_taken_total", "bericht" => bericht, "repeat" => repeat)
            .increment(1);
    }
    if let Outcome::Returned(returned) = outcome
        && let Some(refusal) = &returned.refusal
    {
        let code = refusal.wire_code();
        tracing::info!(code, "received and refused");
        metrics::counter!("knooppunt_refusals_total", "code" => code).increment(1);
    }
    Ok(StatusCode::NO_CONTENT)
}
