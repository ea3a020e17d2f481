//! What an auditor asks: as it comes in, and as it is once every condition is what it should be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use knooppunt_standard::terms::Term;
use knooppunt_standard::{Berichtsoort, Law};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::AuditError;
use super::purpose::{has_bsn, is_bsn};
use crate::ledger::ThreadId;
use crate::register::{CodeKind, PartyCode};

/// Most messages on a page, and how many when nothing is said.
pub const PAGE_MAX: usize = 100;
const PAGE_DEFAULT: usize = 50;
/// Most values of one condition.
const VALUES_MAX: usize = 400;
/// Most characters of a reference or a code.
const TEXT_CHARS_MAX: usize = 64;

/// A search: conditions that all hold together; of one with several values any. A condition that is left out is none.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ask {
    /// For what is searched, at most 500 characters. It is kept, shown to those whose messages are shown, and names no client: nine digits that may be a BSN are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Onderzoek 2026-14, rechtmatigheid")]
    pub purpose: Option<String>,
    /// `jw`, `wmo`; within the scope.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub laws: Vec<String>,
    /// Codes of municipalities within the scope.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gemeenten: Vec<String>,
    /// Code of a party that made or received the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// Numbers of kinds: 301, 323.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<u16>,
    /// First day of receipt (Europe/Amsterdam).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub from: Option<String>,
    /// Last day of receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub until: Option<String>,
    /// Id of a thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Identificatie that its maker gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Return codes that the gateway found, and ids of rules that have none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// `waiting`, `acknowledged`, `answered`, `rejected` or `dead`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How the term stands within which its receiver has to answer: `open`, `due` (its end is near or today) or `over`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// Burgerservicenummer of a client. It is kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bsn: Option<String>,
    /// Most messages on the page, 1 to 100; 50 when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// `next` of the page before, with the same conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

impl fmt::Debug for Ask {
    /// Nothing of what is asked: it may tell of a client.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ask")
    }
}

/// The status that is asked for, by the codes that messages show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Waiting,
    Acknowledged,
    Answered,
    Rejected,
    Dead,
}

impl Status {
    const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Acknowledged,
        Self::Answered,
        Self::Rejected,
        Self::Dead,
    ];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Acknowledged => "acknowledged",
            Self::Answered => "answered",
            Self::Rejected => "rejected",
            Self::Dead => "dead",
        }
    }
}

/// How the term stands that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Terms {
    Open,
    Due,
    Over,
}

impl Terms {
    const ALL: [Self; 3] = [Self::Open, Self::Due, Self::Over];

    fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Due => "due",
            Self::Over => "over",
        }
    }
}

/// Conditions that are what they should be.
#[derive(Default)]
pub(super) struct Question {
    pub(super) laws: BTreeSet<Law>,
    pub(super) gemeenten: BTreeSet<PartyCode>,
    pub(super) party: Option<PartyCode>,
    pub(super) kinds: BTreeSet<u16>,
    pub(super) from: Option<Date>,
    pub(super) until: Option<Date>,
    pub(super) thread: Option<ThreadId>,
    pub(super) reference: Option<String>,
    pub(super) codes: BTreeSet<String>,
    pub(super) status: Option<Status>,
    pub(super) terms: Option<Terms>,
    pub(super) bsn: Option<String>,
    pub(super) limit: usize,
    /// What a page of its answer is bound to.
    pub(super) bytes: Vec<u8>,
}

impl Question {
    /// Reads the conditions. Err: the first that is not what it should be.
    pub(super) fn of(ask: &Ask) -> Result<Self, AuditError> {
        let wrong = |name, expected| AuditError::Condition { name, expected };
        let counts = [
            ("laws", ask.laws.len()),
            ("gemeenten", ask.gemeenten.len()),
            ("kinds", ask.kinds.len()),
            ("codes", ask.codes.len()),
        ];
        if let Some((name, _)) = counts.into_iter().find(|(_, count)| *count > VALUES_MAX) {
            return Err(wrong(name, "ten hoogste 400 waarden"));
        }
        let plain = |text: &str| {
            (1..=TEXT_CHARS_MAX).contains(&text.chars().count()) && !text.contains(char::is_control)
        };
        let code = |code: &String| {
            plain(code) && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !has_bsn(code)
        };
        let known = |kind: &u16| Berichtsoort::from_number(*kind).is_some();
        if !ask.kinds.iter().all(known) {
            return Err(wrong("kinds", "nummers van berichtsoorten, zoals 301"));
        }
        if !ask.codes.iter().all(code) {
            return Err(wrong(
                "codes",
                "retourcodes of namen van regels, zoals 9074",
            ));
        }
        let reference = ask.reference.as_deref();
        if !reference.is_none_or(plain) {
            return Err(wrong(
                "reference",
                "de Identificatie van een bericht, 1 tot 64 tekens",
            ));
        }
        let bsn = ask.bsn.as_deref();
        if !bsn.is_none_or(|bsn| is_bsn(bsn.as_bytes())) {
            return Err(wrong("bsn", "een burgerservicenummer van negen cijfers"));
        }
        let limit = ask.limit.unwrap_or(PAGE_DEFAULT);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(wrong("limit", "een aantal van 1 tot en met 100"));
        }
        let day = |name, text: &Option<String>| {
            let expected = "een dag, zoals 2026-03-01";
            let parsed = text.as_deref().map(str::parse::<Date>).transpose();
            parsed.map_err(|_| wrong(name, expected))
        };
        Ok(Self {
            laws: all(&ask.laws).map_err(|_| wrong("laws", "jw of wmo"))?,
            gemeenten: all(&ask.gemeenten)
                .ok()
                .filter(|codes: &BTreeSet<PartyCode>| {
                    codes
                        .iter()
                        .all(|code| code.kind() == CodeKind::Gemeentecode)
                })
                .ok_or(wrong("gemeenten", "gemeentecodes van vier cijfers"))?,
            party: parsed(ask.party.as_deref()).map_err(|_| {
                wrong(
                    "party",
                    "een gemeentecode van vier of een AGB-code van acht cijfers",
                )
            })?,
            kinds: ask.kinds.iter().copied().collect(),
            from: day("from", &ask.from)?,
            until: day("until", &ask.until)?,
            thread: parsed(ask.thread.as_deref())
                .map_err(|_| wrong("thread", "het id van een gesprek, 26 tekens"))?,
            reference: reference.map(str::to_owned),
            codes: ask.codes.iter().cloned().collect(),
            status: one(
                ask.status.as_deref(),
                &Status::ALL,
                Status::code,
                wrong(
                    "status",
                    "waiting, acknowledged, answered, rejected of dead",
                ),
            )?,
            terms: one(
                ask.terms.as_deref(),
                &Terms::ALL,
                Terms::code,
                wrong("terms", "open, due of over"),
            )?,
            bsn: bsn.map(str::to_owned),
            limit,
            bytes: bound(ask),
        })
    }

    /// The conditions as a look is written down with them: without the BSN and the reference, which are pseudonyms there, and the thread.
    pub(super) fn filters(&self) -> BTreeMap<String, Vec<String>> {
        let mut filters = BTreeMap::new();
        let mut put = |name: &str, values: Vec<String>| {
            if !values.is_empty() {
                filters.insert(name.to_owned(), values);
            }
        };
        let text = |value: Option<String>| value.into_iter().collect();
        put("laws", self.laws.iter().map(ToString::to_string).collect());
        put(
            "gemeenten",
            self.gemeenten.iter().map(ToString::to_string).collect(),
        );
        put("party", text(self.party.map(|code| code.to_string())));
        put(
            "kinds",
            self.kinds.iter().map(ToString::to_string).collect(),
        );
        put("from", text(self.from.map(|day| day.to_string())));
        put("until", text(self.until.map(|day| day.to_string())));
        put("codes", self.codes.iter().cloned().collect());
        put(
            "status",
            text(self.status.map(|status| status.code().to_owned())),
        );
        put(
            "terms",
            text(self.terms.map(|terms| terms.code().to_owned())),
        );
        filters
    }

    /// The terms of answers whose question a message may be.
    pub(super) const TERMS: [Term; 2] = Term::OF_ANSWERS;
}

/// What makes two questions the same: every condition, and neither the purpose nor the page and its size.
fn bound(ask: &Ask) -> Vec<u8> {
    let conditions = Ask {
        purpose: None,
        limit: None,
        page: None,
        ..ask.clone()
    };
    serde_json::to_vec(&conditions).unwrap_or_default()
}

fn all<T: FromStr + Ord>(texts: &[String]) -> Result<BTreeSet<T>, T::Err> {
    texts.iter().map(|text| text.parse()).collect()
}

fn parsed<T: FromStr>(text: Option<&str>) -> Result<Option<T>, T::Err> {
    text.map(str::parse).transpose()
}

/// The one of these whose code a text is; `None` without a text. Err: it is the code of none of them.
fn one<T: Copy>(
    text: Option<&str>,
    all: &[T],
    code: fn(T) -> &'static str,
    wrong: AuditError,
) -> Result<Option<T>, AuditError> {
    let Some(text) = text else { return Ok(None) };
    let known = all.iter().copied().find(|one| code(*one) == text);
    known.map(Some).ok_or(wrong)
}
