//! `/v1/berichten`: hand a message in, try what would happen, and ask what became of it.
#![allow(
    unused_qualifications,
    reason = "the description macro names parameter types by their path"
)]

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use knooppunt_standard::Law;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asker::{Asker, Named};
use super::finding::FindingsBody;
use super::message::{MessageBody, MomentBody};
use super::problem::{ApiError, RefusedMessage};
use super::responses::{Always, HandsIn, OfMessage};
use super::{Api, body, media};
use crate::intake::{Advice, Outcome, Refusal, RefusalReason};
use crate::ledger::{Found, Mark, Message, MessageId, MessageKind};
use crate::register::Mode;

/// How a message is handed in.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Handing {
    /// `true`: say what would happen, and store nothing of the message.
    #[serde(default)]
    proef: bool,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TakenBody {
    /// The message.
    #[serde(flatten)]
    pub message: MessageBody,
    /// `true` when the same bytes were taken before: the message is that one, with its state of now. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
    /// What levels 2 to 4 found in it. With the mark `refused` the sender's mailbox holds the answer that says so.
    #[serde(flatten)]
    pub findings: FindingsBody,
}

/// What would become of a message that was only tried; a message that would be refused is answered with the problem it would get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TriedBody {
    /// Always `true`.
    pub dry_run: bool,
    /// `accept`; `refuse` when the gateway would answer it with a refusal in its receiver's name; `repeat` when the same bytes were taken before.
    pub would: String,
    /// How far the gateway would judge it for its receiver: `carry`, `guard` or `judge`.
    pub mode: String,
    /// `jw` or `wmo`.
    pub law: String,
    /// Release of the standard.
    pub release: String,
    /// Published name of its kind.
    #[schema(example = "JW301")]
    pub bericht: String,
    /// What would be unusual about it, as in a taken message.
    pub marks: Vec<String>,
    /// The message that was taken before, for `repeat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What levels 2 to 4 say of it; for `repeat` see the message.
    #[serde(flatten)]
    pub findings: FindingsBody,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusBody {
    /// The message.
    #[serde(flatten)]
    pub message: MessageBody,
    /// What happened to it, oldest first.
    pub timeline: Vec<MomentBody>,
    /// The messages of its thread that the caller may see, oldest first, itself included.
    pub thread_messages: Vec<MessageBody>,
    /// What levels 2 to 4 found in it; a message that was taken has no findings of level 1.
    #[serde(flatten)]
    pub findings: FindingsBody,
}

/// Hand in a message
///
/// The body is one iJw or iWmo message as XML. What is taken is durable before it is answered, and handing the same bytes in
/// again is harmless: the answer is the first outcome.
#[utoipa::path(
    post, path = "/v1/berichten", tag = "berichten", params(Handing),
    request_body(content((String = "application/xml"), (String = "text/xml")), description = "One message in UTF-8, at most 26,214,400 bytes"),
    responses(
        (status = 201, description = "Taken", body = TakenBody, headers(("Location" = String, description = "Where its status stands"))),
        (status = 200, description = "The same bytes were taken before (`TakenBody`), or with `proef=true` what would happen (`TriedBody`)", body = TakenOrTried),
        Always, HandsIn,
    ),
)]
pub(super) async fn hand_in(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut head, mut body) = request.into_parts();
    let read = async {
        let mut asker = Asker::from_request_parts(&mut head, &api).await?;
        asker.permit.hands_in()?;
        let handing = Query::<Handing>::try_from_uri(&head.uri);
        let Query(Handing { proef }) = handing.map_err(|_| ApiError::Parameter {
            name: "proef",
            expected: "true of false, en geen andere parameter",
        })?;
        api.health.may_take()?;
        media::require_xml(&head.headers)?;
        let large = asker.caller.large_bytes_max();
        let limits = api.settings.for_message(large);
        if large.is_some() {
            // Messages that are no larger than those of others have no larger share.
            asker.permit.widen_above(api.settings.body_bytes_max);
        }
        let announced = body::announced(&head.headers, head.version, &limits)?;
        let permit = &mut asker.permit;
        let bytes = body::read(&mut body, announced, permit, &limits).await?;
        Ok((asker, proef, bytes))
    };
    let (asker, proef, bytes) = match read.await {
        Ok(whole) => whole,
        Err(error) => {
            body::read_away(body, &head.headers, &error, &api.settings);
            return Err(error);
        }
    };
    if proef {
        try_out(&api, &asker, bytes).await
    } else {
        take(&api, &asker, bytes).await
    }
}

async fn take(api: &Api, asker: &Asker, bytes: Bytes) -> Result<Response, ApiError> {
    let shown_max = api.settings.findings_shown_max;
    let (message, found) = match api.intake.accept(&asker.caller, bytes).await? {
        Outcome::Accepted(message, found) => (message, Some(found)),
        Outcome::Repeat(message) => (message, None),
        Outcome::Refused(refusal) => return Err(refused(refusal, false, shown_max)),
        // Only what came over a wire of others is refused after its receipt.
        Outcome::Returned(_) => return Err(ApiError::Bug),
    };
    let repeat = found.is_none();
    if !repeat {
        // A repeat is answered from what was written before and says nothing of the disk now.
        api.health.wrote();
    }
    tracing::info!(message = %message.id, bericht = message.kind.label(), bytes = message.body_bytes, repeat, "taken");
    metrics::counter!("knooppunt_taken_total", "bericht" => message.kind.label(), "repeat" => if repeat { "true" } else { "false" }).increment(1);
    let found = if let Some(found) = found {
        found
    } else {
        let mailbox = &api.mailbox;
        mailbox.found(&asker.caller, message.id, shown_max).await?
    };
    let findings = FindingsBody::of(&found, shown_max);
    if !repeat {
        count(&message, &findings);
    }
    let body = TakenBody {
        message: MessageBody::from(&message),
        repeat,
        findings,
    };
    let status = if repeat {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let mut response = (status, Json(body)).into_response();
    if let (false, Ok(location)) = (
        repeat,
        HeaderValue::from_str(&format!("/v1/berichten/{}", message.id)),
    ) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn try_out(api: &Api, asker: &Asker, bytes: Bytes) -> Result<Response, ApiError> {
    let tried = match api.intake.dry_run(&asker.caller, bytes).await? {
        Advice::WouldAccept {
            kind,
            mode,
            marks,
            found,
        } => {
            let refused = marks.contains(&Mark::Refused);
            let would = if refused { "refuse" } else { "accept" };
            TriedBody {
                findings: FindingsBody::of(&found, api.settings.findings_shown_max),
                ..tried(would, &MessageKind::Standard(kind), mode, &marks, None)
            }
        }
        Advice::WouldRepeat(message) => tried(
            "repeat",
            &message.kind,
            message.mode,
            &message.marks,
            Some(message.id),
        ),
        Advice::WouldRefuse(refusal) => {
            return Err(refused(refusal, true, api.settings.findings_shown_max));
        }
    };
    Ok(Json(tried).into_response())
}

/// Figures of what levels 2 to 4 said of a message that was taken.
fn count(message: &Message, findings: &FindingsBody) {
    if message.mode.answers() {
        let refused = message.marks.contains(&Mark::Refused);
        let verdict = match (refused, message.state.answered) {
            (true, _) => "refused",
            (false, Some(_)) => "accepted",
            (false, None) if message.marks.contains(&Mark::Held) => "held",
            (false, None) => "passed",
        };
        metrics::counter!("knooppunt_verdicts_total", "bericht" => message.kind.label(), "mode" => message.mode.as_str(), "verdict" => verdict).increment(1);
    }
    for (code, number) in &findings.findings_by_code {
        metrics::counter!("knooppunt_findings_total", "code" => code.clone()).increment(*number);
    }
}

fn tried(
    would: &str,
    kind: &MessageKind,
    mode: Mode,
    marks: &[Mark],
    id: Option<MessageId>,
) -> TriedBody {
    TriedBody {
        dry_run: true,
        mode: mode.as_str().to_owned(),
        findings: FindingsBody::default(),
        would: would.to_owned(),
        law: kind.law().map_or("", Law::as_str).to_owned(),
        release: kind.release().to_owned(),
        bericht: kind.name().to_owned(),
        marks: marks.iter().map(|mark| mark.code().to_owned()).collect(),
        id: id.map(|id| id.to_string()),
    }
}

/// What is said about a refused message, and the count of it.
fn refused(refusal: Refusal, dry_run: bool, shown_max: usize) -> ApiError {
    let (status, first_received) = match refusal.reason {
        RefusalReason::NotTheMaker => (StatusCode::FORBIDDEN, None),
        RefusalReason::IdentityTaken { first } | RefusalReason::SentBefore { first } => {
            (StatusCode::CONFLICT, Some(first))
        }
        RefusalReason::NumberTaken => (StatusCode::CONFLICT, None),
        RefusalReason::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, None),
        RefusalReason::Level1
        | RefusalReason::UnknownKind
        | RefusalReason::ReleaseNotTaken
        | RefusalReason::UnknownReceiver
        | RefusalReason::OtherParty
        | RefusalReason::OtherKind
        | RefusalReason::FileNotAllowed
        | RefusalReason::Unopened(_)
        | RefusalReason::NotReceived(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
    };
    let rules = if first_received.is_some() {
        " (BRS20, IB016)"
    } else {
        ""
    };
    let code = refusal.reason.code();
    if !dry_run {
        metrics::counter!("knooppunt_refusals_total", "code" => code).increment(1);
        for finding in &refusal.findings.list {
            metrics::counter!("knooppunt_findings_total", "code" => finding.code).increment(1);
        }
    }
    ApiError::Refused(Box::new(RefusedMessage {
        status,
        code,
        detail: format!("{}{rules}", refusal.reason.text()),
        bericht: refusal.kind.as_ref().map(|kind| kind.name().to_owned()),
        first_received,
        dry_run,
        findings: FindingsBody::of(&Found::of(refusal.findings), shown_max),
    }))
}

/// What became of a message
///
/// For its maker and its receiver. What is another's is answered like what does not exist.
#[utoipa::path(
    get, path = "/v1/berichten/{id}", tag = "berichten", params(("id" = String, Path, description = "Id of the message")),
    responses(
        (status = 200, description = "The message, its timeline and its thread", body = StatusBody),
        Always, OfMessage,
    ),
)]
pub(super) async fn status(
    State(api): State<Arc<Api>>,
    asker: Asker,
    Named(id): Named,
) -> Result<Json<StatusBody>, ApiError> {
    let message = api.mailbox.message(&asker.caller, id).await?;
    let timeline = api.mailbox.timeline(&asker.caller, id).await?;
    let thread = api.mailbox.thread(&asker.caller, id).await?;
    let shown_max = api.settings.findings_shown_max;
    let found = api.mailbox.found(&asker.caller, id, shown_max).await?;
    let (today, warning) = (asker.caller.day(), api.terms.warning());
    let body = |message| MessageBody::on(message, today, warning);
    Ok(Json(StatusBody {
        message: body(&message),
        timeline: timeline.iter().map(MomentBody::from).collect(),
        thread_messages: thread.iter().map(body).collect(),
        findings: FindingsBody::of(&found, shown_max),
    }))
}

/// Either answer with status 200.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[allow(
    dead_code,
    reason = "describes the two bodies in OpenAPI; the handler makes each of them itself"
)]
pub(super) enum TakenOrTried {
    /// Taken before.
    Taken(Box<TakenBody>),
    /// Tried.
    Tried(Box<TriedBody>),
}
