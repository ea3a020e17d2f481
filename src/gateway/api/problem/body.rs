//! The problem body as it is sent.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiError;
use crate::api::finding::{FindingBody, FindingsBody};

/// What there is to say about a message that was refused.
#[derive(Clone, Debug)]
pub struct RefusedMessage {
    /// HTTP status: 403, 409 or 422.
    pub status: StatusCode,
    /// Stable code of the reason.
    pub code: &'static str,
    /// What to do about it, in Dutch.
    pub detail: String,
    /// Published name of the kind, such as `JW301`; `None` when it was not recognised.
    pub bericht: Option<String>,
    /// When the message with the same identity was received, for a 409.
    pub first_received: Option<Timestamp>,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Findings of level 1.
    pub findings: FindingsBody,
}

/// RFC 9457 problem body. `type` is stable and ends in `code`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// URN of the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:knooppunt:problem:not-the-maker")]
    pub type_urn: String,
    /// The same for every problem of this type, in Dutch.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Who must do what, in Dutch.
    pub detail: String,
    /// Stable code.
    pub code: String,
    /// Who has to do something before the same request can succeed: `sender`, `peer` or `ours`.
    pub fault: String,
    /// Published name of the kind of message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "JW301")]
    pub bericht: Option<String>,
    /// When the message with the same identity was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub first_received: Option<String>,
    /// `true` when the message was only tried. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// The first findings in document order, when its form is wrong; at most 100 unless the gateway is set otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingBody>,
    /// How many findings there are beyond those shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings_more: Option<u64>,
    /// How many findings there are of each code, among the first 1,000.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings_by_code: BTreeMap<String, u64>,
}

impl ApiError {
    /// The body as it is sent.
    pub fn problem(&self) -> Problem {
        let refused = if let Self::Refused(refused) = self {
            Some(refused)
        } else {
            None
        };
        let findings =
            refused.map_or_else(FindingsBody::default, |refused| refused.findings.clone());
        Problem {
            type_urn: format!("urn:knooppunt:problem:{}", self.code()),
            title: self.title().to_owned(),
            status: self.status().as_u16(),
            detail: self.detail(),
            code: self.code().to_owned(),
            fault: self.fault().as_str().to_owned(),
            bericht: refused.and_then(|refused| refused.bericht.clone()),
            first_received: refused
                .and_then(|refused| refused.first_received)
                .map(|time| time.to_string()),
            dry_run: refused.is_some_and(|refused| refused.dry_run),
            findings_more: (!findings.findings.is_empty()).then_some(findings.findings_more),
            findings: findings.findings,
            findings_by_code: findings.findings_by_code,
        }
    }
}
