//! Figures for an auditor: sums over whole closed months within his scope. A municipality of which only a part of a month lies in the scope is left out of it and named:
//! of a part nothing is told, for two parts of a month would tell of the cells between them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use knooppunt_standard::{Berichtsoort, Law};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Audit, AuditError, Tried, blocking};
use crate::figures::{By, Figures, FiguresError, Month, Place, Query, Table};
use crate::ledger::Look;
use crate::register::{CodeKind, PartyCode, Reach, Scope};
use crate::route::Caller;

/// Most values of one condition.
const VALUES_MAX: usize = 400;
/// Most left out that is named.
const IN_PART_MAX: usize = 1_000;

/// What figures are asked: conditions that all hold together; of one with several values any. A condition that is left out is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AskFigures {
    /// For what, at most 500 characters. It is kept, and names no client: nine digits that may be a BSN are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Onderzoek 2026-14, rechtmatigheid")]
    pub purpose: Option<String>,
    /// `jw`, `wmo`; within the scope.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub laws: Vec<String>,
    /// Codes of municipalities within the scope.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gemeenten: Vec<String>,
    /// Numbers of kinds: 301, 323.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<u16>,
    /// First month of receipt; when left out the first of the scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-01")]
    pub from: Option<String>,
    /// Last month of receipt; when left out the last of the scope that is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-03")]
    pub until: Option<String>,
    /// For each of what sums are made: `month`, `law`, `gemeente`, `kind`; when left out one sum of everything.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
}

/// Figures that an auditor is told.
#[derive(Debug)]
pub struct Figured {
    /// The sums.
    pub table: Table,
    /// The first and the last month; `None`: no month of the scope is closed.
    pub months: Option<(Month, Month)>,
    /// Left out, since only a part of the month lies in the scope; the first 1,000.
    pub in_part: Vec<(Month, Law, PartyCode)>,
    /// Position of the record that says that this was looked at.
    pub look: u64,
}

/// Conditions that are what they should be.
struct Question {
    laws: BTreeSet<Law>,
    gemeenten: BTreeSet<PartyCode>,
    kinds: BTreeSet<u16>,
    from: Option<Month>,
    until: Option<Month>,
    by: By,
}

type Told = (Table, Option<(Month, Month)>, Vec<(Month, Law, PartyCode)>);

impl Audit {
    /// Sums over closed months within the scope of the caller. Err: refused, and written down; or we could not do our work, and nothing is told.
    pub async fn figures(
        &self,
        caller: &Caller,
        figures: &Arc<Figures>,
        ask: AskFigures,
    ) -> Result<Figured, AuditError> {
        let (figures, asking) = (Arc::clone(figures), caller.clone());
        let (tried, outcome) = blocking(move || {
            let mut tried = Tried::of(Look::Statistics);
            let outcome = answer(&figures, &asking, &ask, &mut tried);
            (tried, outcome)
        })
        .await?;
        let told = self.told(caller, tried, outcome, |_| &[]).await?;
        let ((table, months, in_part), look) = told;
        Ok(Figured {
            table,
            months,
            in_part,
            look,
        })
    }
}

fn answer(
    figures: &Figures,
    caller: &Caller,
    ask: &AskFigures,
    tried: &mut Tried,
) -> Result<Told, AuditError> {
    let scope = tried.may(caller, ask.purpose.as_deref())?;
    let question = Question::of(ask)?;
    tried.looked.filters = question.filters();
    let reaches = question.within(&scope)?;
    let Some((from, until)) = question.months(&scope, figures)? else {
        return Ok((Table::default(), None, Vec::new()));
    };
    let wanted = |month: Month, place: &Place| {
        let (Some(law), Some(gemeente)) = (place.law, place.gemeente) else {
            return false;
        };
        let of_kind = question.kinds.is_empty() || question.kinds.contains(&place.soort);
        let reaches = reaches.get(&(law, gemeente));
        of_kind && reaches.is_some_and(|reaches| holds_whole(reaches, month))
    };
    let table = figures.sums(&Query {
        from,
        until,
        by: question.by,
        wanted: &wanted,
    })?;
    let mut in_part = BTreeSet::new();
    for ((law, gemeente), of) in &reaches {
        for reach in of {
            let (first, last) = reach.days();
            for month in [Month::of(first), Month::of(last)] {
                if (from..=until).contains(&month) && !holds_whole(of, month) {
                    in_part.insert((month, *law, *gemeente));
                }
            }
        }
    }
    let in_part = in_part.into_iter().take(IN_PART_MAX).collect();
    Ok((table, Some((from, until)), in_part))
}

/// Whether every day of a month lies in one of these.
fn holds_whole(reaches: &[Reach], month: Month) -> bool {
    reaches.iter().any(|reach| {
        let (first, last) = reach.days();
        first <= month.first_day() && month.last_day() <= last
    })
}

impl Question {
    fn of(ask: &AskFigures) -> Result<Self, AuditError> {
        let wrong = |name, expected| AuditError::Condition { name, expected };
        for (name, count) in [
            ("laws", ask.laws.len()),
            ("gemeenten", ask.gemeenten.len()),
            ("kinds", ask.kinds.len()),
            ("by", ask.by.len()),
        ] {
            if count > VALUES_MAX {
                return Err(wrong(name, "ten hoogste 400 waarden"));
            }
        }
        let laws: Result<BTreeSet<Law>, _> = ask.laws.iter().map(|text| text.parse()).collect();
        let codes: Result<BTreeSet<PartyCode>, _> =
            ask.gemeenten.iter().map(|text| text.parse()).collect();
        let codes = codes.ok().filter(|codes| {
            let mut codes = codes.iter();
            codes.all(|code| code.kind() == CodeKind::Gemeentecode)
        });
        let known = |kind: &u16| Berichtsoort::from_number(*kind).is_some();
        if !ask.kinds.iter().all(known) {
            return Err(wrong("kinds", "nummers van berichtsoorten, zoals 301"));
        }
        let month = |name, text: &Option<String>| {
            let parsed = text.as_deref().map(str::parse::<Month>).transpose();
            parsed.map_err(|_| wrong(name, "een maand, zoals 2026-03"))
        };
        let mut by = By::default();
        for text in &ask.by {
            match text.as_str() {
                "month" => by.month = true,
                "law" => by.law = true,
                "gemeente" => by.gemeente = true,
                "kind" => by.soort = true,
                _ => return Err(wrong("by", "month, law, gemeente of kind")),
            }
        }
        let (from, until) = (month("from", &ask.from)?, month("until", &ask.until)?);
        if let (Some(from), Some(until)) = (from, until)
            && from > until
        {
            return Err(wrong("until", "een maand die niet voor from ligt"));
        }
        Ok(Self {
            laws: laws.map_err(|_| wrong("laws", "jw of wmo"))?,
            gemeenten: codes.ok_or(wrong("gemeenten", "gemeentecodes van vier cijfers"))?,
            kinds: ask.kinds.iter().copied().collect(),
            from,
            until,
            by,
        })
    }

    /// The conditions as a look is written down with them.
    fn filters(&self) -> BTreeMap<String, Vec<String>> {
        fn texts<T: ToString>(values: impl IntoIterator<Item = T>) -> Vec<String> {
            values.into_iter().map(|value| value.to_string()).collect()
        }
        let by = [
            ("month", self.by.month),
            ("law", self.by.law),
            ("gemeente", self.by.gemeente),
            ("kind", self.by.soort),
        ];
        let by = by.into_iter().filter(|(_, asked)| *asked);
        let filters = [
            ("laws", texts(&self.laws)),
            ("gemeenten", texts(&self.gemeenten)),
            ("kinds", texts(&self.kinds)),
            ("from", texts(self.from)),
            ("until", texts(self.until)),
            ("by", texts(by.map(|(name, _)| name))),
        ];
        let filters = filters.into_iter().filter(|(_, values)| !values.is_empty());
        filters
            .map(|(name, values)| (name.to_owned(), values))
            .collect()
    }

    /// The parts of the scope that are asked about. Err: it reaches further.
    fn within(&self, scope: &Scope) -> Result<BTreeMap<(Law, PartyCode), Vec<Reach>>, AuditError> {
        let over = |what| AuditError::OverScope { what };
        let all = scope.reaches();
        let law = |law: &Law| all.iter().any(|reach| reach.law() == *law);
        if !self.laws.iter().all(law) {
            return Err(over("laws"));
        }
        let gemeente = |code: &PartyCode| all.iter().any(|reach| reach.gemeente() == *code);
        if !self.gemeenten.iter().all(gemeente) {
            return Err(over("gemeenten"));
        }
        let asked = all.iter().filter(|reach| {
            (self.laws.is_empty() || self.laws.contains(&reach.law()))
                && (self.gemeenten.is_empty() || self.gemeenten.contains(&reach.gemeente()))
        });
        let mut reaches: BTreeMap<_, Vec<Reach>> = BTreeMap::new();
        for reach in asked {
            let of = reaches.entry((reach.law(), reach.gemeente()));
            of.or_default().push(*reach);
        }
        Ok(reaches)
    }

    /// The first and the last month; `None`: none was named and none of the scope is closed. Err: one that was named is not in the scope whole.
    fn months(
        &self,
        scope: &Scope,
        figures: &Figures,
    ) -> Result<Option<(Month, Month)>, AuditError> {
        let reaches = scope.reaches();
        let first = reaches.iter().map(|reach| reach.days().0).min();
        let last = reaches.iter().map(|reach| reach.days().1).max();
        let outside = |month: Month| {
            Some(month.first_day()) < first || last.is_none_or(|last| month.last_day() > last)
        };
        for (what, month) in [("from", self.from), ("until", self.until)] {
            if month.is_some_and(outside) {
                return Err(AuditError::OverScope { what });
            }
        }
        let Some((oldest, newest)) = figures.closed()? else {
            return match self.until.or(self.from) {
                Some(month) => Err(FiguresError::open(month).into()),
                None => Ok(None),
            };
        };
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(None);
        };
        let until = self.until.unwrap_or(Month::of(last).min(newest));
        let from = self.from.unwrap_or(Month::of(first).max(oldest).min(until));
        if from > until {
            // It was named, and what is not named ends before it.
            return Err(FiguresError::open(from).into());
        }
        Ok(Some((from, until)))
    }
}

impl From<FiguresError> for AuditError {
    fn from(error: FiguresError) -> Self {
        match error {
            FiguresError::Ledger(error) => Self::Ledger(error),
            error @ (FiguresError::Open { .. }
            | FiguresError::NotCounted { .. }
            | FiguresError::TooMany
            | FiguresError::Kept(_)) => Self::Figures(error),
        }
    }
}
