//! A row of a table: one local product, one target, one relation, one period.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::canonical::{malformed, optional};
use crate::code::{Category, Code};
use crate::factor::Factor;
use crate::findings::Findings;
use crate::law::Law;
use crate::period::{Day, Period};
use crate::relation::{Relation, State};
use crate::source::{File, Place, Text};
use crate::tsv::{Cells, Sheet};
use crate::unit::{Unit, Variant};

/// The columns of a table, in the order in which we write them.
pub const COLUMNS: &[&str] = &[
    "law",
    "category",
    "local_code",
    "unit",
    "variant",
    "relation",
    "canonical",
    "c_category",
    "c_unit",
    "factor",
    "valid_from",
    "valid_to",
    "preferred",
    "collision",
    "group",
    "state",
    "justification",
    "tariff",
    "by",
    "on",
    "local_label",
];
const LAW: usize = 0;
const CATEGORY: usize = 1;
const LOCAL_CODE: usize = 2;
const UNIT: usize = 3;
const VARIANT: usize = 4;
const RELATION: usize = 5;
const CANONICAL: usize = 6;
const C_CATEGORY: usize = 7;
const C_UNIT: usize = 8;
const FACTOR: usize = 9;
const FROM: usize = 10;
const TO: usize = 11;
const PREFERRED: usize = 12;
const COLLISION: usize = 13;
const GROUP: usize = 14;
const STATE: usize = 15;
const JUSTIFICATION: usize = 16;
const TARIFF: usize = 17;
const BY: usize = 18;
const ON: usize = 19;
const LABEL: usize = 20;
const NEEDED: &[&str] = &["local_code", "relation", "canonical", "valid_from"];

/// What a local product is found by. What is none holds for any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The law.
    pub law: Law,
    /// The local code.
    pub code: Code,
    /// The unit; none: any.
    pub unit: Option<Unit>,
    /// The category; none: any.
    pub category: Option<Category>,
    /// The variant; none: any.
    pub variant: Option<Variant>,
}

impl Key {
    /// How much it says: of two keys that both match the one with the higher rank is meant. Two keys of equal rank that both match are equal.
    pub const fn rank(&self) -> u8 {
        (self.unit.is_some() as u8) << 2
            | (self.category.is_some() as u8) << 1
            | self.variant.is_some() as u8
    }

    /// Whether a product with these fields is meant. A product without a unit or category is found by keys that ask for none.
    pub fn matches(&self, unit: Option<Unit>, category: Option<Category>) -> bool {
        let variant = unit.and_then(Unit::variant);
        (self.unit.is_none() || self.unit == unit)
            && (self.category.is_none() || self.category == category)
            && (self.variant.is_none() || self.variant == variant)
    }
}

/// What a local product is translated to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The national code.
    pub code: Code,
    /// Its category where that is another than the local product's; none: the same.
    pub category: Option<Category>,
    /// Its unit where that is another than the local product's; none: the same.
    pub unit: Option<Unit>,
}

/// A row that can be read.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it stands.
    pub place: Place,
    /// The local product.
    pub key: Key,
    /// What it is to the target.
    pub relation: Relation,
    /// The target; none only where the relation is [`Relation::None`].
    pub target: Option<Target>,
    /// Target's units in one local unit.
    pub factor: Factor,
    /// When it holds.
    pub period: Period,
    /// Taken on the way back when several lead to the same target.
    pub preferred: bool,
    /// That the local code is also a national one with another meaning is accepted (M04).
    pub collision: bool,
    /// Rows that belong together.
    pub group: Text,
    /// What was decided.
    pub state: State,
    /// Why: `manual`, `lexical 0.61`, `reused gm0363`.
    pub justification: Text,
    /// Eurocents for one local unit, where published.
    pub tariff: Option<u32>,
    /// The role that decided on the state.
    pub by: Text,
    /// When.
    pub on: Option<Date>,
    /// The local name.
    pub label: Text,
    /// The whole line, with columns we do not know.
    pub raw: Text,
}

impl Row {
    /// Whether somebody decided on it, one way or another.
    pub(crate) fn is_decided(&self) -> bool {
        self.state != State::Suggested
    }
}

/// The rows of one file.
#[derive(Debug, Default)]
pub struct RowSet {
    /// The file, among [`crate::Catalogue::files`].
    pub file: u32,
    /// Its rows, in its order. Those that could not be read are left out.
    pub rows: Vec<Row>,
}

impl RowSet {
    /// Reads the rows of a file. `law` is that of a row that does not say.
    pub(crate) fn read(file: &File, index: u32, law: Option<Law>, findings: &mut Findings) -> Self {
        let mut set = Self {
            file: index,
            rows: Vec::new(),
        };
        let Some(mut sheet) = Sheet::open(file, COLUMNS, NEEDED, findings) else {
            return set;
        };
        set.rows.reserve(file.text.len() / 64);
        while let Some(cells) = sheet.next(findings) {
            let row = read(file, index, law, &sheet, &cells, findings);
            set.rows.extend(row);
        }
        set
    }
}

fn read(
    file: &File,
    index: u32,
    law: Option<Law>,
    sheet: &Sheet<'_>,
    cells: &Cells<'_>,
    findings: &mut Findings,
) -> Option<Row> {
    let line = cells.line;
    let before = findings.len();
    let mut reading = Reading {
        file,
        sheet,
        cells,
        findings,
    };
    let law = reading.optional(LAW).or(law);
    if law.is_none() && cells.get(LAW).is_empty() {
        reading.wrong(LAW, "van twee wetten moet de rij zeggen welke");
    }
    let code = reading.code(LOCAL_CODE);
    let relation: Option<Relation> = reading.needed(RELATION);
    let has_target = !cells.get(CANONICAL).is_empty();
    let target_code = if has_target {
        reading.code(CANONICAL)
    } else {
        None
    };
    if relation.is_some_and(|relation| (relation == Relation::None) == has_target) {
        reading.wrong(
            CANONICAL,
            "bij `none` hoort geen nationale code, bij elke andere relatie wel",
        );
    }
    let key = |law, code| Key {
        law,
        code,
        unit: None,
        category: None,
        variant: None,
    };
    let (unit, category, variant) = (
        reading.optional(UNIT),
        reading.optional(CATEGORY),
        reading.optional(VARIANT),
    );
    let (c_category, c_unit) = (reading.optional(C_CATEGORY), reading.optional(C_UNIT));
    let factor = reading.optional(FACTOR).unwrap_or(Factor::ONE);
    let from = reading.needed(FROM).map(|Day(date)| date);
    let to = reading.optional(TO).map(|Day(date)| date);
    let preferred = reading.one_of(PREFERRED, "yes", "no");
    let collision = reading.one_of(COLLISION, "accepted", "");
    let state = reading.optional(STATE).unwrap_or(State::Confirmed);
    let tariff = reading.optional::<Cents>(TARIFF).map(|Cents(cents)| cents);
    let on = reading.optional(ON).map(|Day(date)| date);
    let period = from.map(|from| Period { from, to });
    if period.is_some_and(|period| period.is_turned()) {
        reading.wrong(TO, "de laatste dag ligt voor de eerste");
    }
    if findings.len() > before {
        return None;
    }
    let text = |column| Text::within(&file.text, cells.get(column));
    let text = |column: usize| {
        if cells.get(column).is_empty() {
            Text::default()
        } else {
            text(column)
        }
    };
    Some(Row {
        place: Place { file: index, line },
        key: Key {
            unit,
            category,
            variant,
            ..key(law?, code?)
        },
        relation: relation?,
        target: target_code.map(|code| Target {
            code,
            category: c_category,
            unit: c_unit,
        }),
        factor,
        period: period?,
        preferred,
        collision,
        group: text(GROUP),
        state,
        justification: text(JUSTIFICATION),
        tariff,
        by: text(BY),
        on,
        label: text(LABEL),
        raw: cells.raw,
    })
}

struct Reading<'r, 't> {
    file: &'r File,
    sheet: &'r Sheet<'t>,
    cells: &'r Cells<'t>,
    findings: &'r mut Findings,
}

impl Reading<'_, '_> {
    fn wrong(&mut self, column: usize, why: impl fmt::Display) {
        let finding = self.sheet.unreadable(self.cells.line, column, why);
        self.findings.push(finding);
    }

    fn optional<T: FromStr<Err: fmt::Display>>(&mut self, column: usize) -> Option<T> {
        optional(self.cells.get(column), |why| self.wrong(column, why)).unwrap_or(None)
    }

    fn needed<T: FromStr<Err: fmt::Display>>(&mut self, column: usize) -> Option<T> {
        if self.cells.get(column).is_empty() {
            self.wrong(column, "de cel is leeg");
        }
        self.optional(column)
    }

    fn one_of(&mut self, column: usize, yes: &str, no: &str) -> bool {
        let cell = self.cells.get(column);
        if !cell.is_empty() && cell != yes && cell != no {
            self.wrong(column, format_args!("alleen `{yes}` of `{no}`"));
        }
        cell == yes
    }

    fn code(&mut self, column: usize) -> Option<Code> {
        let cell = self.cells.get(column);
        match cell.parse() {
            Ok(code) => Some(code),
            Err(error) => {
                let finding = malformed(self.file, self.cells.line, cell, error);
                self.findings.push(finding);
                None
            }
        }
    }
}

/// Euros with at most two decimals, as eurocents.
struct Cents(u32);

impl FromStr for Cents {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "een bedrag in euro's met een punt en twee decimalen, zoals 83.55";
        let (euros, cents) = text.split_once('.').unwrap_or((text, "00"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(euros) || !digits(cents) || cents.len() != 2 {
            return Err(WRONG);
        }
        let euros: u32 = euros.parse().map_err(|_| WRONG)?;
        let cents: u32 = cents.parse().map_err(|_| WRONG)?;
        let all = euros
            .checked_mul(100)
            .and_then(|all| all.checked_add(cents));
        all.map(Self).ok_or(WRONG)
    }
}
