//! Proposes what a table should say under a new national release: of each row whose target changed, the row gets a last day, and a new row begins the day after it,
//! for somebody to confirm. A published row is otherwise never edited, and nothing changes with retroactive effect (protocol of change, 2.0).
//!
//! Proposes; decides nothing: new rows are `suggested`, and so apply to no message. Rows that a release leaves alone stay byte for byte, with their remarks and with
//! columns we do not know.

mod calendar;
mod edit;

use std::fmt;

use jiff::civil::Date;
use serde_json::json;

pub use calendar::warnings;
use edit::Edit;

use crate::canonical::Release;
use crate::code::Code;
use crate::diff::{Change, Diff, Kind};
use crate::load::Catalogue;
use crate::relation::{Relation, State};
use crate::row::{Row, RowSet};

/// When.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The first day of new rows: 1 January, unless another day was announced.
    pub from: Date,
    /// The day on which this is proposed.
    pub today: Date,
}

/// Why nothing can be proposed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// New rows would begin in the past.
    #[error("nieuwe rijen kunnen niet ingaan op {from}: dat ligt niet na vandaag ({today})")]
    Retroactive {
        /// The first day that was asked for.
        from: Date,
        /// The day on which it was asked.
        today: Date,
    },
    /// The two releases are of different lists.
    #[error("{0} en {1} zijn geen uitgaven van dezelfde lijst")]
    OtherList(String, String),
    /// The older release is not older.
    #[error("{0} is niet ouder dan {1}")]
    NotOlder(String, String),
    /// The rows come from no file of this catalogue.
    #[error("de tabel heeft geen bestand met rijen")]
    NoFile,
}

/// What is proposed for one row, or noted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its line in the old table.
    pub line: u32,
    /// The local code.
    pub code: Code,
    /// What happened to its target; [`Kind::Added`]: the local code itself has become a national one.
    pub kind: Kind,
    /// What is proposed, in Dutch.
    pub text: String,
    /// How many rows are proposed.
    pub rows: usize,
}

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The table's file before.
    pub file: String,
    /// What the file would say: the whole text of a new map.tsv.
    pub table: String,
    /// What was proposed and why, by line.
    pub notes: Vec<Note>,
    /// Confirmed rows with a target in the older release that stay as they are.
    pub unchanged: usize,
    /// Confirmed rows of which the newer release says nothing, since it is not complete for the form of their target.
    pub not_judged: usize,
    /// What the calendar of changes says, in Dutch.
    pub warnings: Vec<String>,
}

impl Proposal {
    /// As lines of JSON: one for each note (`regel`, `code`, `soort`, `voorstel`, `nieuwe_rijen`) and each warning (`waarschuwing`).
    pub fn to_json_lines(&self) -> String {
        let notes = self.notes.iter().map(|note| {
            json!({
                "bestand": self.file,
                "regel": note.line,
                "code": note.code.as_str(),
                "soort": note.kind.as_str(),
                "voorstel": note.text,
                "nieuwe_rijen": note.rows,
            })
        });
        let warnings = self.warnings.iter();
        let warnings = warnings.map(|warning| json!({ "waarschuwing": warning }));
        notes
            .chain(warnings)
            .fold(String::new(), |text, line| text + &line.to_string() + "\n")
    }
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: usize = self.notes.iter().map(|note| note.rows).sum();
        writeln!(
            f,
            "{}: {} rijen aangewezen, {rows} nieuwe rijen voorgesteld, {} blijven zoals ze zijn, {} niet te beoordelen.",
            self.file,
            self.notes.len(),
            self.unchanged,
            self.not_judged
        )?;
        for warning in &self.warnings {
            writeln!(f, "let op: {warning}")?;
        }
        for note in &self.notes {
            writeln!(
                f,
                "{}:{}: {} ({}): {}",
                self.file, note.line, note.code, note.kind, note.text
            )?;
        }
        Ok(())
    }
}

/// Proposes a table under the newer of two releases of a list: of the own rows of a municipality, or of those of a region. Err: it can not be asked so.
pub fn propose(
    catalogue: &Catalogue,
    rows: &RowSet,
    old: &Release,
    new: &Release,
    plan: Plan,
) -> Result<Proposal, MigrateError> {
    let names = || (old.entry.name.clone(), new.entry.name.clone());
    if (old.entry.law, &old.entry.list) != (new.entry.law, &new.entry.list) {
        let (old, new) = names();
        return Err(MigrateError::OtherList(old, new));
    }
    if old.entry.date >= new.entry.date {
        let (old, new) = names();
        return Err(MigrateError::NotOlder(old, new));
    }
    let last = plan.from.yesterday().ok();
    let Some(last) = last.filter(|_| plan.from > plan.today) else {
        return Err(MigrateError::Retroactive {
            from: plan.from,
            today: plan.today,
        });
    };
    let file = catalogue.file(rows.file).ok_or(MigrateError::NoFile)?;
    let diff = Diff::of_releases(catalogue, old, new);
    let law = new.entry.law;
    let mut proposal = Proposal {
        file: file.path.to_string(),
        table: String::new(),
        notes: Vec::new(),
        unchanged: 0,
        not_judged: 0,
        warnings: warnings(plan, new),
    };
    let mut edits: Vec<Edit> = Vec::new();
    for row in &rows.rows {
        let is_concerned = row.key.law == law
            && row.state == State::Confirmed
            && row.period.to.is_none_or(|to| to >= plan.from);
        if !is_concerned {
            continue;
        }
        if let Some(added) = became_national(&diff, row) {
            proposal.notes.push(note(row, Kind::Added, 0, added));
        }
        let Some(target) = row.target.filter(|target| old.get(target.code).is_some()) else {
            continue;
        };
        let Some(change) = strongest(diff.of(law, target.code)) else {
            let is_silent = diff.not_judged.binary_search(&(law, target.code)).is_ok();
            if is_silent {
                proposal.not_judged += 1;
            } else {
                proposal.unchanged += 1;
            }
            continue;
        };
        let new_rows = new_rows(row, change, new, plan.from);
        let what = said(change, &new.entry.name);
        if row.period.from >= plan.from {
            let text = format!(
                "{what}. De rij gaat zelf pas in op {}: pas haar aan voordat zij ingaat.",
                row.period.from
            );
            proposal.notes.push(note(row, change.kind, 0, text));
            continue;
        }
        let text = format!(
            "{what}. De rij eindigt op {last}; {}.",
            shown(&new_rows, plan.from)
        );
        proposal
            .notes
            .push(note(row, change.kind, new_rows.len(), text));
        edits.push(Edit {
            line: row.place.line,
            last,
            rows: new_rows,
        });
    }
    proposal.table = edit::apply(&file.text, &edits);
    Ok(proposal)
}

fn note(row: &Row, kind: Kind, rows: usize, text: String) -> Note {
    Note {
        line: row.place.line,
        code: row.key.code,
        kind,
        text,
        rows,
    }
}

/// Of what happened to a code the thing that matters most to who points at it: that it is gone, then that it moved, then that its text changed.
fn strongest(changes: &[Change]) -> Option<&Change> {
    let weight = |change: &&Change| match change.kind {
        Kind::Removed | Kind::Merged | Kind::Split => 3,
        Kind::Moved => 2,
        Kind::Relabelled => 1,
        Kind::Added | Kind::Retargeted => 0,
    };
    changes.iter().max_by_key(weight).filter(|c| weight(c) > 0)
}

/// That a new national code is one of the municipality's own with perhaps another meaning (M04).
fn became_national(diff: &Diff, row: &Row) -> Option<String> {
    let mut changes = diff.of(row.key.law, row.key.code).iter();
    let added = changes.find(|change| change.kind == Kind::Added)?;
    Some(format!(
        "De eigen code is nu ook landelijk (`{}`): kies een andere code, of kijk of zij hetzelfde betekent.",
        added.new.as_deref().unwrap_or_default()
    ))
}

fn said(change: &Change, release: &str) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match (change.kind, change.into.as_slice()) {
        (Kind::Moved, []) => {
            let category = change.categories.1;
            let category = category.map(|category| category.to_string());
            format!(
                "Het doel {} heeft in {release} categorie {}",
                change.code,
                category.unwrap_or_default()
            )
        }
        (Kind::Relabelled, _) => format!(
            "Het doel {} heet in {release} `{}` in plaats van `{}` (gelijkenis {:.2})",
            change.code,
            text(&change.new),
            text(&change.old),
            change.similarity.unwrap_or_default()
        ),
        _ => format!(
            "Het doel {} (`{}`) staat niet meer in {release}",
            change.code,
            text(&change.old)
        ),
    }
}

fn shown(rows: &[Vec<(&'static str, String)>], from: Date) -> String {
    let value = |row: &[(&str, String)], column: &str| {
        let cell = row.iter().find(|(name, _)| *name == column);
        cell.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let targets: Vec<String> = rows
        .iter()
        .map(|row| match &*value(row, "canonical") {
            "" => "none".to_owned(),
            code => code.to_owned(),
        })
        .collect();
    format!("voorgesteld vanaf {from}: {}", targets.join(", "))
}

/// The new rows for a row whose target changed so, each as the cells in which it differs from the old row.
fn new_rows(
    row: &Row,
    change: &Change,
    new: &Release,
    from: Date,
) -> Vec<Vec<(&'static str, String)>> {
    let base = |relation: Relation, target: Option<Code>| {
        let category = target
            .and_then(|target| new.get(target))
            .and_then(|product| product.category)
            .filter(|category| row.key.category.is_some_and(|local| local != *category));
        let mut cells = vec![
            ("relation", relation.to_string()),
            (
                "canonical",
                target.map_or_else(String::new, |code| code.to_string()),
            ),
            (
                "c_category",
                category.map_or_else(String::new, |category| category.to_string()),
            ),
            ("valid_from", from.to_string()),
            ("state", State::Suggested.to_string()),
            ("justification", format!("release {}", new.entry.name)),
            ("by", String::new()),
            ("on", String::new()),
        ];
        if target.is_none() {
            cells.push(("c_unit", String::new()));
            cells.push(("factor", String::new()));
        }
        cells
    };
    match (change.kind, change.into.as_slice()) {
        (Kind::Split, parts) => parts
            .iter()
            .map(|part| {
                let mut cells = base(Relation::LocalBroader, Some(*part));
                cells.push(("group", format!("splitsing-{}", change.code)));
                cells
            })
            .collect(),
        (Kind::Relabelled | Kind::Moved, []) => vec![base(row.relation, Some(change.code))],
        (_, []) => vec![base(Relation::None, None)],
        (_, successors) => successors
            .iter()
            .map(|code| base(row.relation, Some(*code)))
            .collect(),
    }
}
