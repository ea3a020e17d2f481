//! `/v1/audit`: what an auditor asks within his scope. Each is a POST, so that neither a BSN nor a purpose stands in an address.
#![allow(
    unused_qualifications,
    reason = "the description macro names parameter types by their path"
)]

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, Request, State};
use data_encoding::{BASE64, HEXLOWER};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asker::{Asker, Named};
use super::finding::FindingsBody;
use super::message::{MessageBody, MomentBody};
use super::problem::{ApiError, Errand};
use super::responses::{Always, Looks, OfMessage};
use super::{Api, json};
use crate::audit::{Ask, AuditError, Conversation, FINDINGS_MAX, InLog, Opened, Proof};
use crate::ledger::{Inputs, Look, ThreadId};

/// For what somebody looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PurposeBody {
    /// For what, at most 500 characters. It is kept, shown to those whose messages are shown, and names no client: nine digits that may be a BSN are refused.
    #[schema(example = "Onderzoek 2026-14, rechtmatigheid")]
    pub purpose: Option<String>,
}

/// For what somebody looks at a thread, and which page of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ThreadBody {
    /// For what, as everywhere.
    #[schema(example = "Onderzoek 2026-14, rechtmatigheid")]
    pub purpose: Option<String>,
    /// `next` of the page before, of the same thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// A page of the messages that were found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerBody {
    /// Newest first.
    pub messages: Vec<MessageBody>,
    /// `page` of the next page; absent when there is no more. A page may be short, or empty, and still have a next one: what a page may cost is bounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Position of the record that says that this was looked at.
    pub look: u64,
}

/// Messages with everything that is known of how they went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConversationBody {
    /// Oldest first; of a thread those within the scope, at most 20 a page.
    pub messages: Vec<OpenedBody>,
    /// `page` of the next page of the thread; absent when there is no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Records of the log under its newest checkpoint: what says so at a position below this can be proved to stand in the log. Absent where no log is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_size: Option<u64>,
    /// Position of the record that says that this was looked at.
    pub look: u64,
}

/// One message: what happened to it, and who judged it on which grounds. Never anything of its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenedBody {
    /// The message.
    #[serde(flatten)]
    pub message: MessageBody,
    /// What happened to it, oldest first.
    pub timeline: Vec<MomentBody>,
    /// The last verdict of the gateway.
    pub verdict: VerdictBody,
    /// What that verdict found.
    #[serde(flatten)]
    pub findings: FindingsBody,
    /// What its receiver decided on lines of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<LineDecidedBody>,
    /// The signed receipt; absent when what it states is lost to damage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<SignedBody>,
}

/// What a verdict was made with: hashes are SHA-256, hexadecimal, of what the gateway keeps by them; what is absent was not used, or not kept at the time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VerdictBody {
    /// Position of the record that has it.
    pub position: u64,
    /// Version of the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Of the schemas of the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schemas: Option<String>,
    /// Of the sources of the rules and of what asks them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// Of the register: parties, mandates, modes and readings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<String>,
    /// Of the reference data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Of the working days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_days: Option<String>,
    /// Of the tables of product codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
}

/// The signed receipt of a message, as its parties have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedBody {
    /// JSON text that was signed; its `format` stands before it in what was signed.
    pub statement: String,
    /// Ed25519 signature, 64 bytes in base64.
    pub signature: String,
    /// Whether the log shows that its record stands there: `proved`, `not-yet` (no checkpoint is over it yet; ask again in a second) or `no-log` (none is kept here).
    #[schema(example = "proved")]
    pub in_log: String,
    /// That its leaf stands in the log: a C2SP tlog-proof. Absent when it is not `proved`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// The record that the leaf stands for, which tells nothing about a client: its bytes in base64.
    pub record: String,
    /// The salt of the leaf, 32 bytes in base64; absent when it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}

/// A line on which the receiver decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineDecidedBody {
    /// Path of the line.
    pub path: String,
    /// `grant` or `refuse`.
    pub decision: String,
    /// Party (register name) that decided.
    pub party: String,
    /// Position of the record that says so.
    pub position: u64,
}

/// Search messages
///
/// For an auditor, within the scope of the register; every condition holds, newest first. The look is written down before it is answered, and so is one that is
/// refused. A condition that reaches over the scope is refused and not narrowed.
#[utoipa::path(
    post, path = "/v1/audit/berichten", tag = "audit",
    request_body(content = Ask, description = "What is asked, and for what"),
    responses(
        (status = 200, description = "A page of messages", body = AnswerBody),
        Always, Looks,
    ),
)]
pub(super) async fn search(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<Json<AnswerBody>, ApiError> {
    let first = async |_: &Asker, _: &mut _| may_look(&api);
    let (asker, (), bytes) = json::read(&api, request, first).await?;
    let ask = asked::<Ask>(&api, &asker, Look::Search, &bytes).await?;
    let answer = api.audit.search(&asker.caller, ask).await;
    let answer = answer.map_err(ApiError::of_looking)?;
    api.health.wrote();
    let (today, warning) = (asker.caller.day(), api.terms.warning());
    let messages = answer.messages.iter();
    Ok(Json(AnswerBody {
        messages: messages
            .map(|message| MessageBody::on(message, today, warning))
            .collect(),
        next: answer.next,
        look: answer.look,
    }))
}

/// Open a message
///
/// For an auditor: what happened to it, what it was judged with, what was found, and its receipt. What is outside the scope is answered like what does not exist.
#[utoipa::path(
    post, path = "/v1/audit/berichten/{id}", tag = "audit", params(("id" = String, Path, description = "Id of the message")),
    request_body(content = PurposeBody, description = "For what"),
    responses(
        (status = 200, description = "The message", body = ConversationBody),
        Always, Looks, OfMessage,
    ),
)]
pub(super) async fn message(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<Json<ConversationBody>, ApiError> {
    let first = async |_: &Asker, head: &mut _| {
        may_look(&api)?;
        let named = Named::from_request_parts(head, &api).await;
        Ok(named.ok().map(|Named(id)| id))
    };
    let (asker, id, bytes) = json::read(&api, request, first).await?;
    let PurposeBody { purpose } = asked(&api, &asker, Look::Message, &bytes).await?;
    let opened = api.audit.message(&asker.caller, id, purpose).await;
    shown(&api, &asker, opened)
}

/// Open a thread
///
/// For an auditor: the question and its answers, oldest first, each as a message is opened; those outside the scope are left out. In pages, each of which is a look.
#[utoipa::path(
    post, path = "/v1/audit/draden/{thread}", tag = "audit", params(("thread" = String, Path, description = "Id of the thread")),
    request_body(content = ThreadBody, description = "For what, and which page"),
    responses(
        (status = 200, description = "The messages of the thread", body = ConversationBody),
        Always, Looks, OfMessage,
    ),
)]
pub(super) async fn thread(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<Json<ConversationBody>, ApiError> {
    let first = async |_: &Asker, head: &mut _| {
        may_look(&api)?;
        let text = Path::<String>::from_request_parts(head, &api).await;
        Ok(text
            .ok()
            .and_then(|Path(text)| text.parse::<ThreadId>().ok()))
    };
    let (asker, thread, bytes) = json::read(&api, request, first).await?;
    let ThreadBody { purpose, page } = asked(&api, &asker, Look::Thread, &bytes).await?;
    let opened = api.audit.thread(&asker.caller, thread, purpose, page).await;
    shown(&api, &asker, opened)
}

/// Whether a look can be written down now.
pub(super) fn may_look(api: &Api) -> Result<(), ApiError> {
    let now = api.health.may_take();
    Ok(now.map_err(|not_now| Errand::Look.not_begun(not_now))?)
}

/// What was asked. Err: the body says nothing of the kind, which is written down as a look that was tried.
pub(super) async fn asked<T: DeserializeOwned>(
    api: &Api,
    asker: &Asker,
    look: Look,
    bytes: &[u8],
) -> Result<T, ApiError> {
    if let Ok(asked) = serde_json::from_slice(bytes) {
        return Ok(asked);
    }
    let refused = api
        .audit
        .refuse(&asker.caller, look, AuditError::Unreadable);
    Err(ApiError::of_looking(refused.await))
}

fn shown(
    api: &Api,
    asker: &Asker,
    opened: Result<Conversation, AuditError>,
) -> Result<Json<ConversationBody>, ApiError> {
    let opened = opened.map_err(ApiError::of_looking)?;
    api.health.wrote();
    let (today, warning) = (asker.caller.day(), api.terms.warning());
    let messages = opened.messages.iter();
    Ok(Json(ConversationBody {
        messages: messages
            .map(|one| OpenedBody {
                message: MessageBody::on(&one.message, today, warning),
                ..OpenedBody::from(one)
            })
            .collect(),
        next: opened.next,
        log_size: api.log.as_ref().map(|log| log.size()),
        look: opened.look,
    }))
}

impl From<&Opened> for OpenedBody {
    fn from(opened: &Opened) -> Self {
        let decisions = opened.decisions.iter().map(|decided| LineDecidedBody {
            path: decided.path.clone(),
            decision: if decided.granted { "grant" } else { "refuse" }.to_owned(),
            party: decided.party.clone(),
            position: decided.position,
        });
        let receipt = opened.receipt.as_ref().map(SignedBody::from);
        Self {
            message: MessageBody::from(&opened.message),
            timeline: opened.timeline.iter().map(MomentBody::from).collect(),
            verdict: VerdictBody::of(opened.judged_at, opened.inputs.as_ref()),
            findings: FindingsBody::of(&opened.found, FINDINGS_MAX),
            decisions: decisions.collect(),
            receipt,
        }
    }
}

impl From<&Proof> for SignedBody {
    fn from(proof: &Proof) -> Self {
        let (in_log, log) = match &proof.in_log {
            InLog::Proved(log) => ("proved", Some(log.clone())),
            InLog::NotYet => ("not-yet", None),
            InLog::NoLog => ("no-log", None),
        };
        Self {
            statement: proof.receipt.statement.clone(),
            signature: proof.receipt.signature.clone(),
            in_log: in_log.to_owned(),
            log,
            record: BASE64.encode(&proof.logged.record),
            salt: (proof.logged.salt.as_ref()).map(|salt| BASE64.encode(salt.as_bytes())),
        }
    }
}

impl VerdictBody {
    fn of(position: u64, inputs: Option<&Inputs>) -> Self {
        let Some(inputs) = inputs else {
            return Self {
                position,
                ..Self::default()
            };
        };
        let text = |hash: Option<[u8; 32]>| hash.map(|hash| HEXLOWER.encode(&hash));
        Self {
            position,
            program: Some(inputs.program.clone()),
            schemas: text(inputs.schemas),
            rules: text(inputs.rules),
            register: text(Some(inputs.register)),
            reference: text(inputs.reference),
            working_days: text(inputs.working_days),
            catalogue: text(inputs.catalogue),
        }
    }
}
