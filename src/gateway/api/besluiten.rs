//! `/v1/besluiten`: declarations whose 325 the gateway keeps back, why each waits, and deciding on their lines.
#![allow(
    unused_qualifications,
    reason = "the description macro names parameter types by their path"
)]

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, Request, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asker::{Asker, Named};
use super::problem::{ApiError, Errand};
use super::responses::{Always, Decides, OfDeclaration, Parameters, ReadsParts};
use super::{Api, json, parameter};
use crate::decisions::{Awaited, DECLARATIONS_MAX, Line, Standing};
use crate::intake::Wanted;
use crate::terms::answer_by;

/// Which page of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Most declarations on the page, 1 to 100; 100 when not given.
    limit: Option<String>,
}

/// From which line on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct Place {
    /// `next` of the page before; absent for the first page.
    na: usize,
}

/// A line on which a decision is asked. It has a place and never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineBody {
    /// Path of the Prestatie, with an index where there are more of a name. A decision names the line by it.
    #[schema(example = "/Bericht/Declaratie/Clienten/Client[1]/Prestaties/Prestatie[2]")]
    pub path: String,
    /// Published id of the rule that asks.
    #[schema(example = "TR418")]
    pub rule: String,
    /// Return code that the line gets when it is refused.
    pub code: String,
    /// What the rule expects, in Dutch.
    pub text: String,
    /// What the provider has to do when the line is refused, in Dutch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// A message that is waited for: its own answer may change the outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AwaitedBody {
    /// Its id; absent when the caller may not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Published name of its kind; absent like the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "JW301")]
    pub bericht: Option<String>,
    /// The first lines that it may change, by path, at most 10 in the list and 100 with the declaration itself; none when it may change the declaration as a whole.
    pub lines: Vec<String>,
    /// How many lines there are beyond those.
    pub lines_more: u64,
}

/// A declaration whose 325 the gateway keeps back, or kept back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeclarationBody {
    /// Id of the message.
    pub id: String,
    /// Published name of its kind.
    #[schema(example = "JW323")]
    pub bericht: String,
    /// Code of the provider.
    pub maker: String,
    /// Code of the municipality.
    pub receiver: String,
    /// When it was taken.
    #[schema(format = DateTime)]
    pub received: String,
    /// The last day on which the 325 is in time (Europe/Amsterdam): the term runs on while it waits. Absent when it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub answer_by: Option<String>,
    /// `waits`; `answered`; or `released`, when the gateway left the answer to the municipality.
    pub state: String,
    /// Number of the verdict by which it waits: a decision on the `rest` names it. Absent when it does not wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<u64>,
    /// Lines that ask for a decision, in document order: at most 100 in the list, 1,000 a page with the declaration itself.
    pub lines: Vec<LineBody>,
    /// How many such lines there are beyond those shown.
    pub lines_more: u64,
    /// Where the next page of lines begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
    /// Messages that it waits for, oldest first: at most 10 in the list, all of them with the declaration itself.
    pub waits_for: Vec<AwaitedBody>,
    /// How many such messages there are beyond those shown; absent when there are none.
    #[serde(default, skip_serializing_if = "is_none_left")]
    pub waits_for_more: u64,
    /// `true` when it may wait for other messages too: more of them wait than the gateway looks at, or what it keeps of one is damaged. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unclear: bool,
    /// How many lines were granted by a decision.
    pub granted: u64,
    /// How many lines were refused by one.
    pub refused: u64,
}

/// A page of declarations that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeclarationsBody {
    /// Oldest first.
    pub declarations: Vec<DeclarationBody>,
    /// `cursor` of the next page; absent when this was the last for now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Granted or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// Granted, whatever the rule says; other rules still count.
    Grant,
    /// Refused, with the return code of the rule that asks.
    Refuse,
}

/// A decision on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineDecision {
    /// Path of the line, as the declaration shows it.
    pub path: String,
    /// What is decided.
    pub decision: Word,
}

/// What is decided: either `rest` with `verdict`, or `lines`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionBody {
    /// The same on every line that still asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Word>,
    /// With `rest`: the `verdict` of the declaration as it was seen. When it was judged again since, other lines may ask, and nothing is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<u64>,
    /// On these lines; all are taken or none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineDecision>,
}

const LIMIT: &str = "een aantal van 1 tot en met 100";

/// What waits for a decision, or for another message
///
/// For the municipality: who may read its mailbox, or decide for it. Oldest first; of each declaration the first 100 lines, and the first 10 messages that it waits for.
/// A page may be empty and still have a `next`: most of what waits may not be the caller's to see.
#[utoipa::path(
    get, path = "/v1/besluiten", tag = "besluiten", params(Asked),
    responses(
        (status = 200, description = "A page of declarations", body = DeclarationsBody),
        Always, Parameters,
    ),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    asker: Asker,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<DeclarationsBody>, ApiError> {
    let Query(Asked { cursor, limit }) = asked.map_err(|_| ApiError::Parameters {
        known: "cursor en limit",
    })?;
    let cursor = parameter::cursor(cursor.as_deref())?;
    let limit = parameter::limit(limit.as_deref(), DECLARATIONS_MAX, DECLARATIONS_MAX, LIMIT)?;
    let page = api.decisions.list(&asker.caller, cursor, limit).await?;
    let declarations = page.declarations.iter();
    Ok(Json(DeclarationsBody {
        declarations: declarations
            .map(|one| DeclarationBody::of(one, 0))
            .collect(),
        next: page.next.map(|next| next.to_string()),
    }))
}

/// One declaration that waits, or waited
///
/// With every line that still asks for a decision, 1,000 a page.
#[utoipa::path(
    get, path = "/v1/besluiten/{id}", tag = "besluiten", params(("id" = String, Path, description = "Id of the message"), Place),
    responses(
        (status = 200, description = "The declaration", body = DeclarationBody),
        Always, Parameters, OfDeclaration, ReadsParts,
    ),
)]
pub(super) async fn one(
    State(api): State<Arc<Api>>,
    asker: Asker,
    Named(id): Named,
    from: Result<Query<Place>, QueryRejection>,
) -> Result<Json<DeclarationBody>, ApiError> {
    let Query(Place { na }) = from.map_err(|_| ApiError::Parameter {
        name: "na",
        expected: "het getal next van de vorige bladzijde, en geen andere parameter",
    })?;
    let standing = api.decisions.one(&asker.caller, id, na).await?;
    Ok(Json(DeclarationBody::of(&standing, na)))
}

/// Decide on lines of a declaration
///
/// For the municipality itself, or who has its mandate to decide: a mandate to receive is not enough. What is decided is durable before it is answered; with
/// the last line decided and nothing else waited for, the gateway judges the declaration again and makes the one 325 in the same step. Deciding the same
/// again changes nothing.
#[utoipa::path(
    post, path = "/v1/besluiten/{id}", tag = "besluiten", params(("id" = String, Path, description = "Id of the message")),
    request_body(content = DecisionBody, description = "What is decided"),
    responses(
        (status = 200, description = "Decided, now or before: the declaration as it stands now", body = DeclarationBody),
        Always, OfDeclaration, Decides,
    ),
)]
pub(super) async fn decide(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<Json<DeclarationBody>, ApiError> {
    let first = async |asker: &Asker, head: &mut _| {
        let Named(id) = Named::from_request_parts(head, &api).await?;
        if !api.decisions.may_decide(&asker.caller, id).await? {
            return Err(ApiError::MayNotDecide);
        }
        let now = api.health.may_take();
        now.map_err(|not_now| Errand::Decide.not_begun(not_now))?;
        Ok(id)
    };
    let (asker, id, bytes) = json::read(&api, request, first).await?;
    let wanted = wanted(&bytes)?;
    let decided = api.decisions.decide(&asker.caller, id, wanted).await;
    let standing = decided.map_err(ApiError::of_deciding)?;
    api.health.wrote();
    tracing::info!(message = %id, granted = standing.granted, refused = standing.refused, waits = standing.waits, "decided");
    Ok(Json(DeclarationBody::of(&standing, 0)))
}

fn wanted(bytes: &[u8]) -> Result<Wanted, ApiError> {
    let grants = |word| word == Word::Grant;
    let body: DecisionBody = serde_json::from_slice(bytes).map_err(|_| ApiError::NoDecision)?;
    match (body.rest, body.verdict, body.lines) {
        (Some(word), Some(verdict), lines) if lines.is_empty() => Ok(Wanted::Rest {
            grant: grants(word),
            verdict,
        }),
        (None, None, lines) if !lines.is_empty() => {
            let lines = lines.into_iter();
            Ok(Wanted::Lines(
                lines
                    .map(|line| (line.path, grants(line.decision)))
                    .collect(),
            ))
        }
        _ => Err(ApiError::NoDecision),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives the field")]
fn is_none_left(more: &u64) -> bool {
    *more == 0
}

impl DeclarationBody {
    fn of(standing: &Standing, from: usize) -> Self {
        let message = &standing.message;
        let state = if standing.waits {
            "waits"
        } else if message.state.answered.is_some() {
            "answered"
        } else {
            "released"
        };
        let answer_by = (state != "answered").then(|| answer_by(&message.kind, message.received));
        Self {
            id: message.id.to_string(),
            bericht: message.kind.name().to_owned(),
            maker: message.maker.to_string(),
            receiver: message.receiver.to_string(),
            received: message.received.to_string(),
            answer_by: answer_by.flatten().map(|day| day.to_string()),
            state: state.to_owned(),
            verdict: standing.verdict,
            lines: standing.lines.iter().map(LineBody::from).collect(),
            lines_more: standing.more,
            next: (standing.more > 0).then_some((from + standing.lines.len()) as u64),
            waits_for: standing.messages.iter().map(AwaitedBody::from).collect(),
            waits_for_more: standing.messages_more,
            unclear: standing.unclear,
            granted: standing.granted,
            refused: standing.refused,
        }
    }
}

impl From<&Line> for LineBody {
    fn from(line: &Line) -> Self {
        let finding = line.finding.as_ref();
        let text =
            |of: fn(&knooppunt_standard::Finding) -> String| finding.map(of).unwrap_or_default();
        Self {
            path: line.path.clone(),
            rule: text(|finding| finding.rule.to_owned()),
            code: text(|finding| finding.code.to_owned()),
            text: text(|finding| finding.text().to_owned()),
            remedy: finding.and_then(|finding| finding.remedy().map(str::to_owned)),
        }
    }
}

impl From<&Awaited> for AwaitedBody {
    fn from(awaited: &Awaited) -> Self {
        let message = awaited.message.as_ref();
        Self {
            id: message.map(|(id, _)| id.to_string()),
            bericht: message.map(|(_, kind)| kind.name().to_owned()),
            lines: awaited.paths.clone(),
            lines_more: awaited.more,
        }
    }
}
