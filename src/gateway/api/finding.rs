//! Findings as JSON: the first of them, and how many there are of each code.

use std::collections::BTreeMap;

use knooppunt_standard::Finding;
use knooppunt_standard::rules::Weight;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ledger::{Found, Left};
use crate::translation::why;

/// One finding. It has a place and never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingBody {
    /// Level of the standard: 1 is the schema, 2 the message itself, 3 earlier messages, 4 outside sources.
    pub level: u8,
    /// Rule that was broken: `XSD`, or the published id of the rule.
    #[schema(example = "TR074")]
    pub rule: String,
    /// Stable code; above level 1 the return code of the standard, empty where a rule has none.
    pub code: String,
    /// What follows: `refuses`, `advises` (nothing is refused for it), `reports` (a fault in an answer, which is owed no answer) or `not-assessed` (what it
    /// rests on is not known here).
    pub weight: String,
    /// Path of the element, with an index where there are more of a name.
    #[schema(example = "/Bericht/Client/Bsn")]
    pub path: String,
    /// Line, from 1, in the bytes as they were handed in. The form that a receiver gets when products are translated has the same lines.
    pub line: u32,
    /// Column in characters, from 1, in the same bytes. In that other form it is another where a translated value of another length stands before it on its line.
    pub column: u32,
    /// What is expected, in Dutch.
    pub text: String,
    /// What to do, in Dutch; absent at level 1, where the text says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Findings of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FindingsBody {
    /// The first findings in document order; at most 100 unless the gateway is set otherwise.
    pub findings: Vec<FindingBody>,
    /// How many findings there are beyond those shown.
    pub findings_more: u64,
    /// How many findings there are of each code, or of each rule where it has none, among those that were kept (of level 1, and of what refuses nothing, at
    /// most 1,000).
    pub findings_by_code: BTreeMap<String, u64>,
    /// Of a message with the mark `not-translated` or `stands-twice`: why, by product; at most 100. For its maker and its receiver, and of one that is refused at
    /// once too (but for what programs of before recorded). Absent otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_translated: Vec<NotTranslatedBody>,
}

/// A product that kept its message from being translated, or that its receiver has twice (`stands-twice`). It has a place and never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotTranslatedBody {
    /// Stable code of the reason, as `GET /v1/catalogus/...` has them, or one of `written-otherwise`, `other-fields`, `other-amount`, `collapse`, `stands-twice`, `no-table`, `other-unit`,
    /// `too-many-products`, `no-way-back`, `other-findings`, `too-large`, `damaged`, `fault`.
    #[schema(example = "volume-not-whole")]
    pub reason: String,
    /// What is so, in Dutch.
    pub text: String,
    /// What can be done, in Dutch.
    pub remedy: String,
    /// Path of the class of the product; absent when no product is to blame, and of a message of before places were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Line, from 1, as of findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1, as of findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl FindingsBody {
    /// The first `shown_max` of these findings, and the counts.
    pub(super) fn of(found: &Found, shown_max: usize) -> Self {
        let shown = found.first.iter().take(shown_max);
        let shown: Vec<FindingBody> = shown.map(FindingBody::from).collect();
        Self {
            findings_more: found.count.saturating_sub(shown.len() as u64),
            findings: shown,
            findings_by_code: found.by_code.clone(),
            not_translated: found
                .not_translated
                .iter()
                .map(NotTranslatedBody::from)
                .collect(),
        }
    }
}

impl NotTranslatedBody {
    /// Whether its receiver has it twice: it was not to become anything else.
    pub(crate) fn is_twice(&self) -> bool {
        self.reason == why::TWICE
    }
}

impl From<&Left> for NotTranslatedBody {
    fn from(left: &Left) -> Self {
        let [text, remedy] = why::told(&left.reason);
        let place = left.place.as_ref();
        Self {
            reason: left.reason.clone(),
            text: text.to_owned(),
            remedy: remedy.to_owned(),
            path: place.map(|place| place.path.clone()),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
        }
    }
}

impl From<&Finding> for FindingBody {
    fn from(finding: &Finding) -> Self {
        Self {
            level: finding.level,
            rule: finding.rule.to_owned(),
            code: finding.code.to_owned(),
            weight: weight(finding.weight).to_owned(),
            path: finding.path.clone(),
            line: finding.line,
            column: finding.column,
            text: finding.text().to_owned(),
            remedy: finding.remedy().map(str::to_owned),
        }
    }
}

fn weight(weight: Weight) -> &'static str {
    match weight {
        Weight::Refuses => "refuses",
        Weight::Advises => "advises",
        Weight::Reports => "reports",
        Weight::NotAssessed => "not-assessed",
    }
}
