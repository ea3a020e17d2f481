//! What rows of tables do to each other and to the national lists: conflicts M01 to M15, each told once with file, line and remedy. What cannot be read at all
//! was told by [`Catalogue::load`]; M11 shows in messages only.
//!
//! Only confirmed rows are ever applied, and so only they conflict (M01 to M10, M14). Suggestions are held against the lists (M12, M13, M15); of what was
//! rejected or put aside only malformed codes are told. A conflict between rows is told at the later one, in the order of a key's periods where those differ,
//! else in the order of the file; its text names the other. Rows of a region are told of once, however many municipalities take them over.

mod lists;
mod m01;
mod m02;
mod m03;
mod m04;
mod m05;
mod m06;
mod m07;
mod m08;
mod m09;
mod m10;
mod m12;
mod m13;
mod m14;
mod m15;
mod sweep;

use std::collections::HashSet;
use std::ops::Range;

use crate::finding::{Class, Finding};
use crate::findings::Findings;
use crate::law::Law;
use crate::load::{Catalogue, Table};
use crate::relation::State;
use crate::row::{Key, Row};
use crate::source::Place;

use lists::{Lists, Seen, Standing};

/// All conflicts of these tables, by file and line. Time goes with n log n of the rows, whatever they are.
pub fn lint(catalogue: &Catalogue) -> Vec<Finding> {
    let lists = Lists::of(catalogue);
    let mut told = Told {
        catalogue,
        seen: HashSet::new(),
        findings: Findings::default(),
    };
    let mut included: Vec<Vec<&Table>> = catalogue.regions.iter().map(|_| Vec::new()).collect();
    for table in &catalogue.tables {
        for &region in &table.regions {
            if let Some(tables) = included.get_mut(region) {
                tables.push(table);
            }
        }
        let scope = Scope::new(catalogue, &lists, Some(table), catalogue.rows(table));
        alone(&scope, &table.own.rows, &mut told);
        together(&scope, &mut told);
    }
    for (region, tables) in catalogue.regions.iter().zip(included) {
        let rows = &region.set.rows;
        m08::starts_of_region(rows, &tables, &mut told);
        // What a row by itself is held against: municipalities that agree on it need one look.
        let mut contexts: Vec<(&[usize], Option<u32>)> = Vec::new();
        for table in tables {
            let context = (&*table.releases, table.manifest.daypart_minutes);
            if !contexts.contains(&context) {
                contexts.push(context);
                let scope = Scope::new(catalogue, &lists, Some(table), rows.iter());
                alone(&scope, rows, &mut told);
            }
        }
        if contexts.is_empty() {
            let scope = Scope::new(catalogue, &lists, None, rows.iter());
            together(&scope, &mut told);
        }
    }
    m14::check(catalogue, &mut told);
    told.findings.told()
}

/// Looks at one row, held against what its table says and the national lists.
type Alone = fn(&Scope<'_>, &Row) -> Option<Wrong>;

const CONFIRMED: &[(Class, Alone)] = &[
    (Class::M05, m05::check),
    (Class::M06, m06::check),
    (Class::M07, m07::check),
    (Class::M08, m08::starts_too_early),
    (Class::M09, m09::check),
    (Class::M10, m10::check),
];
const ANY_STATE: &[(Class, Alone)] = &[
    (Class::M12, m12::check),
    (Class::M13, m13::check),
    (Class::M15, m15::check),
];

fn alone(scope: &Scope<'_>, rows: &[Row], told: &mut Told<'_>) {
    for row in rows {
        let confirmed = if row.state == State::Confirmed {
            CONFIRMED
        } else {
            &[]
        };
        for (class, check) in ANY_STATE.iter().chain(confirmed) {
            if let Some(wrong) = check(scope, row) {
                told.tell(row.place, *class, Kind::Row, || wrong);
            }
        }
    }
}

/// Looks at confirmed rows of a table together.
fn together(scope: &Scope<'_>, told: &mut Told<'_>) {
    for rows in scope.confirmed.chunk_by(|a, b| a.key == b.key) {
        m01::check(scope, rows, told);
        m03::check(scope, rows, told);
        m08::gaps_and_overlaps(scope, rows, told);
    }
    for rows in scope
        .confirmed
        .chunk_by(|a, b| (a.key.law, a.key.code) == (b.key.law, b.key.code))
    {
        m04::check(scope, rows, told);
    }
    m02::check(scope, told);
}

/// What is wrong and what to do about it, in Dutch.
#[derive(Debug)]
struct Wrong {
    text: String,
    remedy: String,
}

impl Wrong {
    fn new(text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            remedy: remedy.into(),
        }
    }
}

/// Which of the things of one class, where a row may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Row,
    Gap,
    Overlap,
}

/// What has been told. Of a row one thing of a kind is told once.
struct Told<'c> {
    catalogue: &'c Catalogue,
    seen: HashSet<(Place, Class, Kind)>,
    findings: Findings,
}

impl Told<'_> {
    /// Whether this row was told to be of this class.
    fn has(&self, place: Place, class: Class) -> bool {
        self.seen.contains(&(place, class, Kind::Row))
    }

    fn tell(&mut self, place: Place, class: Class, kind: Kind, wrong: impl FnOnce() -> Wrong) {
        if !self.seen.insert((place, class, kind)) {
            return;
        }
        if let Some(file) = self.catalogue.file(place.file) {
            self.findings.push_with(&file.path, class, || {
                let Wrong { text, remedy } = wrong();
                file.finding(place.line, class, text, remedy)
            });
        }
    }
}

/// The rows that hold for a municipality, and what they are held against.
struct Scope<'c> {
    catalogue: &'c Catalogue,
    lists: &'c Lists<'c>,
    /// The table, and the lists as it sees them. None for a region that no municipality takes over.
    table: Option<&'c Table>,
    seen: Option<Seen<'c>>,
    /// All, by key, period and place.
    rows: Vec<&'c Row>,
    /// Those that are confirmed, in the same order.
    confirmed: Vec<&'c Row>,
}

impl<'c> Scope<'c> {
    fn new(
        catalogue: &'c Catalogue,
        lists: &'c Lists<'c>,
        table: Option<&'c Table>,
        rows: impl Iterator<Item = &'c Row>,
    ) -> Self {
        let mut rows: Vec<_> = rows.collect();
        rows.sort_unstable_by_key(|row| (row.key, row.period.from, row.place));
        let is_confirmed = |row: &&&Row| row.state == State::Confirmed;
        let confirmed = rows.iter().filter(is_confirmed).copied().collect();
        Self {
            catalogue,
            lists,
            table,
            seen: table.map(|table| lists.seen_by(table)),
            rows,
            confirmed,
        }
    }

    /// What the national lists that the table names say of this code. None without a table.
    fn standing(&self, law: Law, code: crate::Code) -> Option<Standing<'c>> {
        Some(self.seen.as_ref()?.standing(law, code))
    }

    /// All rows of this local code, by key.
    fn of_code(&self, law: Law, code: crate::Code) -> &[&'c Row] {
        let at = self.range_of_code(law, code);
        self.rows.get(at).unwrap_or_default()
    }

    fn range_of_code(&self, law: Law, code: crate::Code) -> Range<usize> {
        let key = |row: &&Row| (row.key.law, row.key.code);
        let start = self.rows.partition_point(|row| key(row) < (law, code));
        let end = self.rows.partition_point(|row| key(row) <= (law, code));
        start..end
    }

    /// Whether the row has an end and another row of its key, decided on or proposed, begins after it: what was wrong with its target was dealt with.
    fn is_followed(&self, row: &Row) -> bool {
        let Some(to) = row.period.to else {
            return false;
        };
        let after = self
            .rows
            .partition_point(|other| (other.key, other.period.from) <= (row.key, to));
        let next = self.rows.get(after);
        next.is_some_and(|next| next.key == row.key)
    }

    /// The other row, as seen from this one: `regel 3`, or with its file.
    fn elsewhere(&self, from: Place, other: Place) -> String {
        if from.file == other.file {
            format!("regel {}", other.line)
        } else {
            self.catalogue.place(other)
        }
    }
}

/// `45X48 (eenheid 04, categorie 45)`.
fn shown(key: &Key) -> String {
    let parts = [
        key.unit.map(|unit| format!("eenheid {unit}")),
        key.category.map(|category| format!("categorie {category}")),
        key.variant.map(|variant| variant.to_string()),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        key.code.to_string()
    } else {
        format!("{} ({})", key.code, parts.join(", "))
    }
}

/// `45A53`, or that there is none.
fn shown_target(row: &Row) -> String {
    row.target.map_or_else(
        || "geen landelijke code".to_owned(),
        |target| target.code.to_string(),
    )
}

/// `83.55`.
fn shown_cents(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
