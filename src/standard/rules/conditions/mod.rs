//! Conditions and constraints (CD, CS) on the content of one message: rows of a table, interpreted.
//! The rows are in `table`, the words they are written in here, and how a message is held against them in `plan`.

mod plan;
mod table;
#[cfg(test)]
mod tests;

use super::Rule;
use crate::bericht::berichtsoort::Berichtsoort;

pub(crate) use plan::Plan;
pub(super) use table::CONDITIONS;

/// A published condition or constraint, with the rows of its table.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) rule: Rule,
    pub(super) rows: &'static [Row],
}

/// Of an element in a class: what must hold, and when.
#[derive(Debug)]
pub(super) struct Row {
    /// Kinds of message in which the class has these places.
    pub(super) soorten: &'static [Berichtsoort],
    /// Places of the class, as paths below Bericht, parted by `|`.
    pub(super) class: &'static str,
    /// The element that it is about, as a path below the class. All other paths of the row begin at the class too.
    pub(super) element: &'static str,
    /// When it counts.
    pub(super) when: Test,
    /// What must then hold.
    pub(super) must: Test,
    /// Whether it must hold then and only then.
    pub(super) only_then: bool,
}

/// What is asked of a class. Dates and codes are compared as the schema has found them right; a date has ten characters,
/// year first, so that dates compare as texts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Test {
    /// Nothing: always so.
    Always,
    /// The element is there.
    Present(&'static str),
    /// The element is not there.
    Absent(&'static str),
    /// The element is there and holds one of these codes.
    In(&'static str, &'static [&'static str]),
    /// The element is not there or holds none of these codes.
    NotIn(&'static str, &'static [&'static str]),
    /// The date is this day.
    On(&'static str, &'static str),
    /// The date is not before this day.
    From(&'static str, &'static str),
    /// There is no such date, or it is after this day.
    OpenOrAfter(&'static str, &'static str),
    /// The first date is not before the second; so too when either is not there.
    NotBefore(&'static str, &'static str),
    /// Both dates are there and the same.
    SameDay(&'static str, &'static str),
    /// Both dates are in the same month of the same year.
    SameMonth(&'static str, &'static str),
    /// The date is the first day of a month.
    FirstOfMonth(&'static str),
    /// The date is the first day of a year.
    FirstOfYear(&'static str),
    /// The date is the last day of a month.
    LastOfMonth(&'static str),
    /// The number is 0.
    Zero(&'static str),
    /// Both numbers are the same.
    SameNumber(&'static str, &'static str),
    /// The nine digits of a BSN pass the eleven-proof.
    ElevenProof(&'static str),
    /// There is no postcode, or it is a Dutch one: four digits of which the first is not 0, and two letters, together.
    DutchPostcode(&'static str),
    /// All of these hold.
    All(&'static [Test]),
}

/// The rules of the table, each once.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    CONDITIONS.iter().map(|condition| &condition.rule)
}
