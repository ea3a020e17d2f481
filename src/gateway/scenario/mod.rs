//! Scenarios: messages in order and what must come of each, played with the same rules and answers as the gateway has, and
//! without a gateway. Keeps nothing; the format is in `conformance/README.md`.

mod compare;
mod format;
mod held;
mod pending;
mod play;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use knooppunt_standard::Releases;
use knooppunt_standard::reference::{Reference, ReferenceError};

use crate::fault::Fault;
pub use format::{Expected, Scenario};

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// A file or folder of it cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// `scenario.toml` is not as the format says.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Its reference data is not as the format says.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

impl ScenarioError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "scenario-unreadable",
            Self::Format { .. } => "scenario-format",
            Self::Reference(_) => "scenario-reference",
        }
    }

    /// Always of who wrote the scenario.
    pub fn fault(&self) -> Fault {
        Fault::Sender
    }

    pub(super) fn format(path: &Path, reason: impl Into<String>) -> Self {
        Self::Format {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its title.
    pub title: String,
    /// How many messages and decisions were played, those of the scenarios it comes after included.
    pub steps: usize,
    /// What was not as expected, a Dutch sentence each; empty: the scenario holds.
    pub differences: Vec<String>,
}

/// A scenario with everything it needs: messages and decisions in order, and reference data.
struct Loaded {
    scenario: Scenario,
    reference: Option<PathBuf>,
    steps: Vec<LoadedStep>,
}

/// A message or a decision, as it comes in.
struct LoadedStep {
    /// The file that it is about, as differences name it.
    name: String,
    received: Date,
    what: What,
    expected: LoadedExpected,
}

/// What comes in.
enum What {
    Message(LoadedMessage),
    /// Of the municipality, on lines of a declaration before it.
    Decision {
        grant: BTreeSet<String>,
        refuse: BTreeSet<String>,
    },
}

struct LoadedMessage {
    body: Vec<u8>,
    answered_by: format::AnsweredBy,
    made_as: format::MadeAs,
}

/// What is expected, with what it names.
struct LoadedExpected {
    expected: Expected,
    /// The answer that is expected to the letter, with the name of its file.
    answer: Option<(String, Vec<u8>)>,
    /// Of declarations that are judged again, by file.
    again: BTreeMap<String, LoadedExpected>,
}

impl LoadedExpected {
    fn read(folder: &Path, expected: &Expected) -> Result<Self, ScenarioError> {
        let answer = match &expected.answer {
            Some(name) => Some((name.clone(), read(&folder.join(name))?)),
            None => None,
        };
        let again = expected.again.iter().map(|(name, expected)| {
            let expected = Self::read(folder, expected)?;
            Ok((name.clone(), expected))
        });
        Ok(Self {
            expected: expected.clone(),
            answer,
            again: again.collect::<Result<_, ScenarioError>>()?,
        })
    }
}

/// Plays the scenario in a folder.
///
/// `Err`: it cannot be read, or is not in the format. That something came out otherwise is no error: see [`Report`].
pub fn run(folder: &Path, releases: &Releases) -> Result<Report, ScenarioError> {
    let loaded = load(folder, DEEPEST)?;
    let reference = match &loaded.reference {
        Some(folder) => Reference::load(files_below(folder, "")?)?,
        None => Reference::default(),
    };
    let mut play = play::Play::new(releases, &reference, &loaded.scenario);
    let mut differences = Vec::new();
    for (number, step) in (1..).zip(&loaded.steps) {
        let played = play.step(step, number);
        let what = match step.what {
            What::Message(_) => "bericht",
            What::Decision { .. } => "besluit",
        };
        for difference in compare::differences(releases, &step.expected, &played) {
            differences.push(format!("{what} {number}, {}: {difference}", step.name));
        }
    }
    Ok(Report {
        title: loaded.scenario.title,
        steps: loaded.steps.len(),
        differences,
    })
}

/// How many scenarios may stand before each other by `after`.
const DEEPEST: usize = 8;

/// Reads a scenario: what it comes after first.
fn load(folder: &Path, deepest: usize) -> Result<Loaded, ScenarioError> {
    let path = folder.join("scenario.toml");
    let scenario = Scenario::read(&path)?;
    let mut steps = Vec::new();
    let mut reference = None;
    if let Some(after) = &scenario.after {
        let Some(deeper) = deepest.checked_sub(1) else {
            return Err(ScenarioError::format(
                &path,
                format!("more than {DEEPEST} scenarios come after each other"),
            ));
        };
        let before = load(&folder.join(after), deeper)?;
        if before.scenario.standard != scenario.standard {
            return Err(ScenarioError::format(
                &path,
                "`after` is of another standard",
            ));
        }
        steps = before.steps;
        reference = before.reference;
    }
    if let Some(own) = &scenario.reference {
        reference = Some(folder.join(own));
    }
    for step in &scenario.step {
        let what = match &step.message {
            Some(name) => What::Message(LoadedMessage {
                body: read(&folder.join(name))?,
                answered_by: step.answered_by,
                made_as: step.made_as.clone(),
            }),
            None => What::Decision {
                grant: step.grant.clone(),
                refuse: step.refuse.clone(),
            },
        };
        steps.push(LoadedStep {
            name: step.name().to_owned(),
            received: step.received,
            what,
            expected: LoadedExpected::read(folder, &step.expect)?,
        });
    }
    Ok(Loaded {
        scenario,
        reference,
        steps,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, ScenarioError> {
    fs::read(path).map_err(|source| ScenarioError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// Every file below a folder of reference data: its path from there, and its bytes.
fn files_below(folder: &Path, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, ScenarioError> {
    let unreadable = |source| ScenarioError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_below(&path, &format!("{name}/"))?);
        } else {
            files.push((name, read(&path)?));
        }
    }
    Ok(files)
}
