//! A verdict as the municipality states it to the provider: of one line, and of the draws over its provider and month.

use std::fmt;
use std::str::FromStr;

use super::bound::{is_upper95_bp, upper95_bp};
use super::level::Level;
use super::result::{Check, Checks, Outcome};
use crate::delivery::date::Month;
use crate::delivery::draw::DRAWS_MAX;
use crate::delivery::fields::Fields;
use crate::delivery::json::Value;
use crate::delivery::line::LineName;
use crate::delivery::statement::StatementError;
use crate::delivery::value::ValueError;
use crate::delivery::writer::Writer;
use crate::key::KeyName;

/// Most reasons of one verdict.
pub const REASONS_MAX: usize = 16;

/// Why a verdict is as it is: a stable code, 1 to 32 small letters, digits, `_` and `-`, such as `geen_kaart`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason(String);

impl Reason {
    /// Its code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Reason {
    type Err = ValueError;

    /// Of its code. Err: another form.
    fn from_str(text: &str) -> Result<Reason, ValueError> {
        let known = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')
        };
        let fits = (1..=32).contains(&text.len()) && text.bytes().all(known);
        fits.then(|| Reason(text.to_owned())).ok_or(ValueError)
    }
}

/// What the draws over the lines of a provider and month showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawings {
    /// The month that names the draw.
    pub month: Month,
    /// How many draws: 0 to [`DRAWS_MAX`].
    pub k: u32,
    /// How many of them were bad.
    pub bad: u32,
    /// How many were not answered. With the bad ones not more than `k`.
    pub silent: u32,
}

impl Drawings {
    /// The share of false money that they leave possible, in hundredths of a percent; what was not answered counts as bad.
    pub fn upper95_bp(&self) -> u32 {
        upper95_bp(self.k, self.bad.saturating_add(self.silent))
    }
}

/// A verdict: `knooppunt-verdict`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Of which line.
    pub name: LineName,
    /// What was shown of it.
    pub level: Level,
    /// Its weight.
    pub w: u64,
    /// How much of it was confirmed; not above `w`.
    pub confirmed: u64,
    /// How much of that by codes alone; not above `confirmed`.
    pub by_codes: u64,
    /// How much was late; not above `w`.
    pub late: u64,
    /// Index of its statement in the log; 0 where there is none.
    pub index: u64,
    /// Which log. None: there is no statement in any.
    pub origin: Option<KeyName>,
    /// Its checks.
    pub checks: Checks,
    /// The result.
    pub outcome: Outcome,
    /// Why, in no order that means anything; each once.
    pub reasons: Vec<Reason>,
    /// The draws over its provider and month.
    pub population: Drawings,
}

impl Verdict {
    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<Verdict, StatementError> {
        let wrong = |key| StatementError::Value { key };
        let name = LineName::read(fields)?;
        let w = fields.number("w")?;
        let confirmed = fields.within("conf", 0..=w)?;
        let origin = match fields.text("origin")?.as_str() {
            "" => None,
            text => Some(KeyName::new(text).map_err(|_| wrong("origin"))?),
        };
        let (level, outcome) = (fields.number("level")?, fields.text("result")?);
        Ok(Verdict {
            name,
            level: Level::from_number(level).ok_or(wrong("level"))?,
            w,
            confirmed,
            by_codes: fields.within("code", 0..=confirmed)?,
            late: fields.within("late", 0..=w)?,
            index: fields.number("index")?,
            origin,
            checks: fields.object("checks", read_checks)?,
            outcome: Outcome::from_text(&outcome).ok_or(wrong("result"))?,
            reasons: read_reasons(fields)?,
            population: fields.object("population", read_drawings)?,
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        let (checks, drawn) = (&self.checks, &self.population);
        self.name
            .write(to)
            .number("level", u64::from(self.level.number()))
            .number("w", self.w)
            .number("conf", self.confirmed)
            .number("code", self.by_codes)
            .number("late", self.late)
            .number("index", self.index)
            .text("origin", self.origin.as_ref().map_or("", KeyName::as_str))
            .object("checks", |to| {
                to.text("match", checks.matches.as_str())
                    .text("strip", checks.strip.as_str())
                    .text("incl", checks.incl.as_str())
                    .text("witness", checks.witness.as_str())
                    .text("nf", checks.nf.as_str())
                    .text("late", checks.late.as_str());
            })
            .text("result", self.outcome.as_str())
            .texts("reasons", self.reasons.iter().map(Reason::to_string))
            .object("population", |to| {
                to.text("month", &drawn.month.to_string())
                    .number("k", u64::from(drawn.k))
                    .number("bad", u64::from(drawn.bad))
                    .number("silent", u64::from(drawn.silent))
                    .number("upper95_bp", u64::from(drawn.upper95_bp()));
            });
    }
}

fn read_checks(fields: &mut Fields) -> Result<Checks, StatementError> {
    let mut check = |key| {
        let text = fields.text(key)?;
        Check::from_text(&text).ok_or(StatementError::Value { key })
    };
    Ok(Checks {
        matches: check("match")?,
        strip: check("strip")?,
        incl: check("incl")?,
        witness: check("witness")?,
        nf: check("nf")?,
        late: check("late")?,
    })
}

fn read_reasons(fields: &mut Fields) -> Result<Vec<Reason>, StatementError> {
    let key = "reasons";
    let read = |item| match item {
        Value::Text(text) => text.parse().ok(),
        Value::Number(_) | Value::List(_) | Value::Object(_) => None,
    };
    let items = fields.list(key)?.into_iter();
    let reasons: Option<Vec<Reason>> = items.map(read).collect();
    let reasons = reasons.ok_or(StatementError::Value { key })?;
    let mut sorted = reasons.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if reasons.len() > REASONS_MAX || sorted.len() != reasons.len() {
        return Err(StatementError::Value { key });
    }
    Ok(reasons)
}

fn read_drawings(fields: &mut Fields) -> Result<Drawings, StatementError> {
    let month = fields.read("month")?;
    let k = fields.within("k", 0..=u64::from(DRAWS_MAX))?;
    let bad = fields.within("bad", 0..=u64::from(k))?;
    let drawings = Drawings {
        month,
        k,
        bad,
        silent: fields.within("silent", 0..=u64::from(k - bad))?,
    };
    // Not believed, but made again.
    let key = "upper95_bp";
    let seen = drawings.bad + drawings.silent;
    if !is_upper95_bp(k, seen, fields.number(key)?) {
        return Err(StatementError::Value { key });
    }
    Ok(drawings)
}
