//! `/v1/termijnen`: what the caller owes and what he waits for, and until when.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::asker::Asker;
use super::problem::ApiError;
use super::responses::Always;
use crate::terms::{Open, Standing, Warned};

/// Something that one party owes another. Nothing in it is about a client but the id of the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermBody {
    /// What is owed: `retour`, `declaratie-antwoord` (325), `verzoek-antwoord` (301 or 319 on a request), `onderzoek` (the same after a 319 that says that it is
    /// being looked into), `start` (305 under an allocation made with retroactive effect) or `stop` (307 on care whose allocation has ended).
    #[schema(example = "retour")]
    pub term: String,
    /// That it is owed follows from no message with certainty: care may not have begun, or goes on otherwise.
    pub presumed: bool,
    /// Id of the message that makes it owed.
    pub id: String,
    /// Its thread.
    pub thread: String,
    /// Published name of its kind.
    #[schema(example = "JW323")]
    pub bericht: String,
    /// Code of the one who made it.
    pub maker: String,
    /// Code of the one it was for.
    pub receiver: String,
    /// Code of the one who owes.
    pub owed_by: String,
    /// Code of the one who waits.
    pub owed_to: String,
    /// When the message was taken.
    #[schema(format = DateTime)]
    pub received: String,
    /// The last day on which it is in time (Europe/Amsterdam). Absent when the working days of the year are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub answer_by: Option<String>,
    /// `running`, `soon` (it is warned of), `last-day` (today), `over` or `unknown`.
    pub standing: String,
}

/// How many terms are near their end or past it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermCounts {
    /// How many end soon: within the working days that the gateway warns before.
    pub soon: usize,
    /// How many end today.
    pub last_day: usize,
    /// How many are over.
    pub over: usize,
}

/// What the caller owes and what he waits for, the first to end first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TermsBody {
    /// What he owes: at most 1,000 for each of his codes and each term, the first to end. Who acts for a code by mandate sees those that he may of the first 100,000
    /// messages of a term that wait for an answer.
    pub open: Vec<TermBody>,
    /// What others owe him, in the same form.
    pub waiting: Vec<TermBody>,
    /// Of what he owes.
    #[serde(flatten)]
    pub counts: TermCounts,
}

/// What the caller owes, and what he waits for
///
/// A retour within three working days, a 325 within ten (OP090), a decision on a request within five and after "in onderzoek" within eight weeks of its
/// Dagtekening (OP274, OP346), a start and a stop within five (OP271, OP272) as far as what passes tells that they are owed: a start only between two of whom
/// all traffic passes since 2015-01-01. What was sent is not owed unless it is refused; what the gateway answered in somebody's name is owed by nobody.
#[utoipa::path(
    get, path = "/v1/termijnen", tag = "postvak",
    responses(
        (status = 200, description = "What is owed", body = TermsBody),
        Always,
    ),
)]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    asker: Asker,
) -> Result<Json<TermsBody>, ApiError> {
    let open = api.terms.of(&asker.caller).await?;
    let waiting = api.terms.owed_to(&asker.caller).await?;
    Ok(Json(TermsBody {
        counts: TermCounts::of(&open),
        open: open.iter().map(TermBody::from).collect(),
        waiting: waiting.iter().map(TermBody::from).collect(),
    }))
}

impl TermCounts {
    pub(super) fn of(open: &[Open]) -> Self {
        let count = |standing| open.iter().filter(|open| open.standing == standing).count();
        Self {
            soon: count(Standing::Soon),
            last_day: count(Standing::LastDay),
            over: count(Standing::Over),
        }
    }
}

impl From<Warned> for TermCounts {
    fn from(warned: Warned) -> Self {
        let Warned {
            soon,
            last_day,
            over,
        } = warned;
        Self {
            soon,
            last_day,
            over,
        }
    }
}

impl From<&Open> for TermBody {
    fn from(open: &Open) -> Self {
        Self {
            term: open.term.as_str().to_owned(),
            presumed: open.term.is_presumed(),
            id: open.message.to_string(),
            thread: open.thread.to_string(),
            bericht: open.kind.name().to_owned(),
            maker: open.maker.to_string(),
            receiver: open.receiver.to_string(),
            owed_by: open.owed_by.to_string(),
            owed_to: open.owed_to.to_string(),
            received: open.received.to_string(),
            answer_by: open.last_day.map(|day| day.to_string()),
            standing: open.standing.code().to_owned(),
        }
    }
}
