//! What came of a draw, as whoever judged it says: nothing of what was opened.

use super::scope::DrawScope;
use super::statements::DRAWS_MAX;
use crate::delivery::fields::Fields;
use crate::delivery::statement::StatementError;
use crate::delivery::writer::Writer;
use crate::hash::Hash;

/// Who looked: the steps of the ladder, the lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The client was asked.
    S1,
    /// The provider's own accountant.
    S2,
    /// Somebody bound to secrecy, appointed by the municipality.
    S3,
    /// An inquiry into fraud.
    S4,
}

impl Step {
    const ALL: [(Step, &'static str); 4] = [
        (Self::S1, "S1"),
        (Self::S2, "S2"),
        (Self::S3, "S3"),
        (Self::S4, "S4"),
    ];
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawOutcome {
    /// The record is as it should be: `ok`.
    Ok,
    /// It is not, or could not be: `bad`.
    Bad,
    /// Nobody answered in time: `silent`.
    Silent,
}

impl DrawOutcome {
    const ALL: [(DrawOutcome, &'static str); 3] = [
        (Self::Ok, "ok"),
        (Self::Bad, "bad"),
        (Self::Silent, "silent"),
    ];
}

fn find<T: Copy>(all: &[(T, &str)], text: &str) -> Option<T> {
    let found = all.iter().find(|(_, name)| *name == text);
    found.map(|(value, _)| *value)
}

fn name<T: Copy + PartialEq>(all: &[(T, &'static str)], value: T) -> &'static str {
    let found = all.iter().find(|(other, _)| *other == value);
    found.map_or("", |(_, name)| name)
}

/// The result of one draw: `knooppunt-result`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawResult {
    /// Of which draws.
    pub scope: DrawScope,
    /// Number of the draw, from 0.
    pub number: u32,
    /// Entry of the statement of the line.
    pub entry: Hash,
    /// Who looked.
    pub step: Step,
    /// What came of it.
    pub outcome: DrawOutcome,
}

impl DrawResult {
    pub(in crate::delivery) fn read(fields: &mut Fields) -> Result<DrawResult, StatementError> {
        let wrong = |key| StatementError::Value { key };
        let (step, result) = (fields.text("step")?, fields.text("result")?);
        Ok(DrawResult {
            scope: DrawScope::read(fields)?,
            number: fields.within("j", 0..=u64::from(DRAWS_MAX - 1))?,
            entry: fields.hash("entry")?,
            step: find(&Step::ALL, &step).ok_or(wrong("step"))?,
            outcome: find(&DrawOutcome::ALL, &result).ok_or(wrong("result"))?,
        })
    }

    pub(in crate::delivery) fn write(&self, to: &mut Writer) {
        self.scope.write(to);
        to.number("j", u64::from(self.number))
            .bytes("entry", self.entry.as_bytes())
            .text("step", name(&Step::ALL, self.step))
            .text("result", name(&DrawOutcome::ALL, self.outcome));
    }
}
