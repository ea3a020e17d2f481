//! A set of mappings as cells of our own tables: to write its files, and to read what comes from others by the rules by which tables are read.

use std::fmt::Write as _;

use super::{Mapping, Set};
use crate::factor::Factor;
use crate::finding::{Class, Finding};
use crate::findings::Findings;
use crate::row::{COLUMNS, RowSet};
use crate::source::{File, Source, Text};

/// The cells of a row by [`COLUMNS`].
pub(super) type Cells = [String; COLUMNS.len()];

/// Where the cells of a file of others come from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The line, from 1; 0 where there are none.
    pub(super) line: u32,
    /// The place within the file, for people.
    pub(super) path: String,
}

/// The column of this name. It is one of ours.
pub(super) fn column(name: &str) -> usize {
    COLUMNS
        .iter()
        .position(|known| *known == name)
        .unwrap_or_default()
}

/// Empty cells.
pub(super) fn empty() -> Cells {
    std::array::from_fn(|_| String::new())
}

/// Puts a cell in its place.
pub(super) fn set(cells: &mut Cells, name: &str, cell: impl Into<String>) {
    if let Some(place) = cells.get_mut(column(name)) {
        *place = cell.into();
    }
}

/// What stands in a cell.
pub(super) fn get<'c>(cells: &'c Cells, name: &str) -> &'c str {
    cells.get(column(name)).map_or("", String::as_str)
}

/// `83.55`.
pub(super) fn euros(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

impl Mapping {
    /// Its cells. What is as it would be without saying is left empty.
    pub(super) fn cells(&self) -> Cells {
        fn shown(value: Option<impl std::fmt::Display>) -> String {
            value.map(|value| value.to_string()).unwrap_or_default()
        }
        let target = self.target.as_ref().map(|(_, target)| target);
        let mut cells = empty();
        for (name, cell) in [
            ("law", self.key.law.to_string()),
            ("category", shown(self.key.category)),
            ("local_code", self.key.code.to_string()),
            ("unit", shown(self.key.unit)),
            ("variant", shown(self.key.variant)),
            ("relation", self.relation.to_string()),
            ("canonical", shown(target.map(|target| target.code))),
            (
                "c_category",
                shown(target.and_then(|target| target.category)),
            ),
            ("c_unit", shown(target.and_then(|target| target.unit))),
            (
                "factor",
                shown(Some(self.factor).filter(|factor| *factor != Factor::ONE)),
            ),
            ("valid_from", self.period.from.to_string()),
            ("valid_to", shown(self.period.to)),
            (
                "preferred",
                if self.preferred { "yes" } else { "" }.to_owned(),
            ),
            (
                "collision",
                if self.collision { "accepted" } else { "" }.to_owned(),
            ),
            ("group", self.group.clone()),
            ("state", self.state.to_string()),
            ("justification", self.justification.clone()),
            ("tariff", self.tariff.map(euros).unwrap_or_default()),
            ("by", self.by.clone()),
            ("on", shown(self.on)),
            ("local_label", self.label.clone()),
        ] {
            set(&mut cells, name, cell);
        }
        cells
    }
}

/// Reads rows of others by the rules of our tables; each comes with the release of its target. Err: what is wrong with them, all of it.
pub(super) fn read(
    file: &str,
    rows: Vec<(Origin, Option<String>, Cells)>,
) -> Result<Vec<Mapping>, Vec<Finding>> {
    let mut findings = Findings::default();
    let mut text = COLUMNS.join("\t");
    text.push('\n');
    for (origin, _, cells) in &rows {
        for (name, cell) in COLUMNS.iter().zip(cells) {
            let is_quoted = cell.len() > 1 && cell.starts_with('"') && cell.ends_with('"');
            if is_quoted || cell.contains(char::is_control) {
                findings.push(at(
                    file,
                    origin,
                    Class::F05,
                    &format!(
                        "In `{name}` staat een tab, een regeleinde of een aanhalingsteken aan beide kanten."
                    ),
                    "Haal het weg; in een tabel kan het niet staan.",
                ));
            }
        }
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    if !findings.is_empty() {
        return Err(findings.told());
    }
    let source = Source {
        path: file.to_owned(),
        bytes: text.into_bytes(),
    };
    let Some(table) = File::of(source, &mut findings) else {
        return Err(findings.told());
    };
    let read = RowSet::read(&table, 0, None, &mut findings);
    if !findings.is_empty() {
        // The header is line 1, the first row line 2.
        let origin = |line: u32| {
            let index = usize::try_from(line).ok()?.checked_sub(2)?;
            rows.get(index).map(|(origin, _, _)| origin)
        };
        let told = findings
            .told()
            .into_iter()
            .map(|finding| match origin(finding.line) {
                Some(origin) => at(file, origin, finding.class, &finding.text, &finding.remedy),
                None => finding,
            });
        return Err(told.collect());
    }
    let text = |text: Text| table.get(text).to_owned();
    let mappings = read
        .rows
        .iter()
        .zip(rows)
        .map(|(row, (_, release, _))| Mapping::of(row, release.zip(row.target), text));
    Ok(mappings.collect())
}

fn at(file: &str, origin: &Origin, class: Class, text: &str, remedy: &str) -> Finding {
    let place = if origin.path.is_empty() {
        String::new()
    } else {
        format!("{}: ", origin.path)
    };
    Finding {
        file: file.into(),
        line: origin.line,
        class,
        count: 1,
        text: format!("{place}{text}"),
        remedy: remedy.to_owned(),
    }
}

impl Set {
    /// The files of the table below the folder of tables: a manifest that applies exact rows alone and is not enabled, and the rows. `from` says what it was
    /// made of.
    pub fn to_files(&self, from: &str) -> Vec<Source> {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let from: String = from.chars().filter(|c| !c.is_control()).collect();
        let canonical: Vec<_> = self.canonical.iter().map(|name| quoted(name)).collect();
        let mut manifest = format!(
            "# Imported from {from}.\nmunicipality = {}\nname = {}\n",
            quoted(&self.municipality.to_string()),
            quoted(&self.name)
        );
        if self.made_up {
            manifest.push_str("made_up = true\n");
        }
        let _ = write!(
            manifest,
            "published = {}\ncanonical = [{}]\napply = [\"exact\"]\nenabled = false\n",
            self.published,
            canonical.join(", ")
        );
        let mut rows = format!("# Imported from {from}.\n{}\n", COLUMNS.join("\t"));
        for mapping in &self.mappings {
            rows.push_str(&mapping.cells().join("\t"));
            rows.push('\n');
        }
        let folder = format!("gm{}", self.municipality);
        vec![
            Source {
                path: format!("{folder}/manifest.toml"),
                bytes: manifest.into_bytes(),
            },
            Source {
                path: format!("{folder}/map.tsv"),
                bytes: rows.into_bytes(),
            },
        ]
    }
}
