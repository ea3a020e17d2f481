//! Tables in the forms in which others keep mappings: SSSOM as TSV ([`sssom`]) and FHIR R5 ConceptMap as JSON ([`fhir`]), both ways. What a form has no place for
//! goes into its own provision for more (extension slots, properties), and what does not survive at all is said ([`Loss`]). Our own files stay the store.
//!
//! What is imported is off until its manifest says otherwise, and is a suggestion where the file does not say that it was confirmed.

pub mod fhir;
pub mod sssom;
mod table;

#[cfg(test)]
mod tests;

use jiff::civil::Date;

use crate::factor::Factor;
use crate::finding::Finding;
use crate::law::Municipality;
use crate::load::{Catalogue, Table};
use crate::period::Period;
use crate::relation::{Relation, State};
use crate::row::{Key, Row, Target};
use crate::source::{File, Text};

/// What starts the names of our code systems: `urn:knooppunt:catalogue:gm0777:`, `urn:knooppunt:catalogue:jz21-2019-02:`.
const URN: &str = "urn:knooppunt:catalogue:";

/// The mappings of a municipality, whole: the rows of its regions stand among its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Whose.
    pub municipality: Municipality,
    /// Its name, for people.
    pub name: String,
    /// Made up, for tests.
    pub made_up: bool,
    /// When the table was published.
    pub published: Date,
    /// The releases it translates to, in its order.
    pub canonical: Vec<String>,
    /// Its rows.
    pub mappings: Vec<Mapping>,
}

/// A row that stands by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mapping {
    /// The local product.
    pub key: Key,
    /// What it is to the target.
    pub relation: Relation,
    /// The target, with the release it is a product of; none only where the relation is [`Relation::None`].
    pub target: Option<(String, Target)>,
    /// The published name of the target, for people; never read back.
    pub target_label: String,
    /// Target's units in one local unit.
    pub factor: Factor,
    /// When it holds.
    pub period: Period,
    /// Taken on the way back.
    pub preferred: bool,
    /// That the code is also a national one with another meaning is accepted.
    pub collision: bool,
    /// Rows that belong together.
    pub group: String,
    /// What was decided.
    pub state: State,
    /// Why.
    pub justification: String,
    /// Eurocents for one local unit.
    pub tariff: Option<u32>,
    /// The role that decided.
    pub by: String,
    /// When it decided.
    pub on: Option<Date>,
    /// The local name.
    pub label: String,
}

/// What does not survive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// What the manifest says of applying the table: for whoever imports it to decide.
    Terms,
    /// That rows are shared by a region: they are copied in.
    Region(String),
    /// Columns that we do not know.
    Columns {
        /// Their file.
        file: String,
        /// Their names.
        names: Vec<String>,
    },
    /// So many lines of remarks.
    Remarks {
        /// Their file.
        file: String,
        /// How many.
        lines: usize,
    },
    /// A row, since the form has no words for one in this state.
    State {
        /// Where it stands.
        place: String,
        /// Its state.
        state: State,
    },
    /// A row, since none of the table's releases has its target.
    NoRelease {
        /// Where it stands.
        place: String,
    },
    /// Something in a file of others that has no place here, by its name there.
    Foreign(String),
}

impl std::fmt::Display for Loss {
    /// In Dutch.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Terms => f.write_str(
                "wat het manifest zegt over toepassen (apply, daypart_minutes, enabled): dat beslist wie de tabel overneemt",
            ),
            Self::Region(name) => write!(
                f,
                "dat rijen van regio {name} zijn: zij staan er als rijen van de gemeente"
            ),
            Self::Columns { file, names } => {
                write!(f, "{file}: onbekende kolommen: {}", names.join(", "))
            }
            Self::Remarks { file, lines } => write!(f, "{file}: {lines} regels opmerkingen"),
            Self::State { place, state } => write!(
                f,
                "{place}: een rij met status {state}: daar heeft deze vorm geen woord voor"
            ),
            Self::NoRelease { place } => write!(
                f,
                "{place}: een rij met een landelijke code die in geen genoemde uitgave staat"
            ),
            Self::Foreign(name) => write!(f, "`{name}`: hier is er geen plaats voor"),
        }
    }
}

/// A table in another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub text: String,
    /// What it does not say.
    pub losses: Vec<Loss>,
}

/// A table out of another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What it says.
    pub set: Set,
    /// What it says more.
    pub losses: Vec<Loss>,
}

/// The mappings of a table, with what every form leaves out.
fn of(catalogue: &Catalogue, table: &Table) -> (Vec<(String, Mapping)>, Set, Vec<Loss>) {
    let mut losses = vec![Loss::Terms];
    let regions = table
        .regions
        .iter()
        .filter_map(|&region| catalogue.regions.get(region));
    let mut files = vec![table.own.file];
    for region in regions {
        losses.push(Loss::Region(region.name.clone()));
        files.push(region.set.file);
    }
    for file in files.into_iter().filter_map(|file| catalogue.file(file)) {
        // A table of a region's rows alone has none of its own: what counts as its file is the manifest.
        if std::path::Path::new(&*file.path).extension() == Some("tsv".as_ref()) {
            losses.extend(left_behind(file));
        }
    }
    let mut mappings = Vec::new();
    for row in catalogue.rows(table) {
        let place = catalogue.place(row.place);
        match mapping(catalogue, table, row) {
            Some(mapping) => mappings.push((place, mapping)),
            None => losses.push(Loss::NoRelease { place }),
        }
    }
    let set = Set {
        municipality: table.municipality,
        name: table.manifest.name.clone(),
        made_up: table.manifest.made_up,
        published: table.manifest.published,
        canonical: table
            .manifest
            .canonical
            .iter()
            .map(|(name, _)| name.clone())
            .collect(),
        mappings: Vec::new(),
    };
    (mappings, set, losses)
}

/// Columns that we do not know, and remarks.
fn left_behind(file: &File) -> Vec<Loss> {
    let mut losses = Vec::new();
    let lines = file.text.lines();
    let remarks = lines.clone().filter(|line| line.starts_with('#')).count();
    let mut header = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let names: Vec<_> = header
        .next()
        .unwrap_or_default()
        .split('\t')
        .filter(|name| !crate::row::COLUMNS.contains(name))
        .map(str::to_owned)
        .collect();
    let file = file.path.to_string();
    if !names.is_empty() {
        losses.push(Loss::Columns {
            file: file.clone(),
            names,
        });
    }
    if remarks > 0 {
        losses.push(Loss::Remarks {
            file,
            lines: remarks,
        });
    }
    losses
}

/// A row by itself. None: no release that the table names has its target.
fn mapping(catalogue: &Catalogue, table: &Table, row: &Row) -> Option<Mapping> {
    let text = |text: Text| catalogue.text(row, text).to_owned();
    let mut target_label = String::new();
    let target = match row.target {
        None => None,
        Some(target) => {
            let (release, product) = catalogue
                .releases_of(table, row.key.law)
                .find_map(|release| Some((release, release.get(target.code)?)))?;
            catalogue
                .name(release, product)
                .clone_into(&mut target_label);
            Some((release.entry.name.clone(), target))
        }
    };
    Some(Mapping {
        target_label,
        ..Mapping::of(row, target, text)
    })
}

impl Mapping {
    /// A row with this target, without its name; `text` says what stands in a cell of it.
    fn of(row: &Row, target: Option<(String, Target)>, text: impl Fn(Text) -> String) -> Self {
        Self {
            key: row.key,
            relation: row.relation,
            target,
            target_label: String::new(),
            factor: row.factor,
            period: row.period,
            preferred: row.preferred,
            collision: row.collision,
            group: text(row.group),
            state: row.state,
            justification: text(row.justification),
            tariff: row.tariff,
            by: text(row.by),
            on: row.on,
            label: text(row.label),
        }
    }
}

/// The releases that were named, and behind them those that only rows name.
fn releases(mut named: Vec<String>, mappings: &[Mapping]) -> Vec<String> {
    for mapping in mappings {
        if let Some((release, _)) = &mapping.target
            && !named.contains(release)
        {
            named.push(release.clone());
        }
    }
    named
}

/// How sure a justification says it is: the number at its end, 0 to 1.
fn confidence(justification: &str) -> Option<&str> {
    let number = justification.rsplit(' ').next()?;
    let value: f64 = number.parse().ok()?;
    let is_plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (is_plain && (0.0..=1.0).contains(&value)).then_some(number)
}

/// That something in a file of others cannot be read.
fn wrong(file: &str, line: u32, text: impl Into<String>, remedy: &str) -> Finding {
    Finding {
        file: file.into(),
        line,
        class: crate::finding::Class::F06,
        count: 1,
        text: text.into(),
        remedy: remedy.to_owned(),
    }
}
