//! What a made-up table is made of, before it is written.

use jiff::civil::Date;

use super::Operator;
use crate::code::{Category, Code};
use crate::factor::Factor;
use crate::finding::Class;
use crate::law::Law;
use crate::relation::{Relation, State};
use crate::unit::{Unit, Variant};

/// A local code with all its rows.
#[derive(Debug, Clone)]
pub(super) struct Local {
    pub(super) code: Code,
    pub(super) operator: Operator,
    pub(super) lines: Vec<Line>,
}

/// Who is concerned by what is done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Others have its code or its target.
    Among,
    /// Nothing else in the list has its code or its target.
    Alone,
    /// Every list of its law has this product in this unit.
    Anchor,
}

/// A row as it will be written. Code and target are text, since a planted one may be none.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) law: Law,
    pub(super) category: Option<Category>,
    pub(super) code: String,
    pub(super) unit: Option<Unit>,
    pub(super) variant: Option<Variant>,
    pub(super) relation: Relation,
    pub(super) canonical: String,
    pub(super) c_category: Option<Category>,
    pub(super) c_unit: Option<Unit>,
    pub(super) factor: Factor,
    pub(super) from: Date,
    pub(super) to: Option<Date>,
    pub(super) preferred: bool,
    pub(super) collision: bool,
    pub(super) group: String,
    pub(super) state: State,
    pub(super) justification: String,
    pub(super) tariff: Option<u32>,
    pub(super) label: String,
    /// Who else is concerned by it.
    pub(super) standing: Standing,
    /// What was planted here; rows of one fault have the same number.
    pub(super) planted: Vec<(Class, u32)>,
}
