//! `scenario.toml`: the format of a scenario. Reads it and nothing beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use knooppunt_standard::assess;
use serde::Deserialize;

use super::ScenarioError;

/// A scenario as its file says it; paths are relative to its folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, as one sentence.
    pub title: String,
    /// Standard and release of its messages: `ijw/3.2`.
    pub standard: String,
    /// Numbers of the worked cases that it is.
    #[serde(default)]
    pub cases: BTreeSet<u16>,
    /// Ids of the rules that it shows, obeyed or broken.
    #[serde(default)]
    pub shows: BTreeSet<String>,
    /// Folder of a scenario whose messages come first; its reference data holds here as well.
    pub after: Option<PathBuf>,
    /// Folder of reference data: `gemeenten/*.toml`, `products/*.toml`, `contracts/*.toml`.
    pub reference: Option<PathBuf>,
    /// First day since which every message is in the scenario; when it is not given, all of them are.
    pub history_from: Option<Date>,
    /// Readings of rules, as in the configuration.
    #[serde(default)]
    pub settings: assess::Settings,
    /// The messages, in order.
    #[serde(default)]
    pub step: Vec<Step>,
}

/// One message and what must come of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// File of the message.
    pub message: String,
    /// Day on which it comes in, in Europe/Amsterdam.
    pub received: Date,
    /// Who answers it.
    #[serde(default)]
    pub answered_by: AnsweredBy,
    /// What the answer is called and dated.
    #[serde(default)]
    pub made_as: MadeAs,
    /// What must come of it.
    pub expect: Expected,
}

/// Who answers a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnsweredBy {
    /// It is answered here, in the receiver's name; what it changes counts at once.
    #[default]
    Gateway,
    /// The receiver answers by a later message of the scenario; until then what it changes is pending.
    Receiver,
}

/// What the maker of an answer adds to it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MadeAs {
    /// IdentificatieRetour, or Identificatie of a 325; `A1` for the first message when it is not given.
    pub identificatie: Option<String>,
    /// DagtekeningRetour, or Dagtekening of a 325; the day of receipt when it is not given.
    pub dagtekening: Option<Date>,
}

/// What must come of a message. What is not given is not looked at, but for codes: a class that is not named has 0200.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expected {
    /// It is refused by its schema (level 1): there is no answer.
    pub schema: bool,
    /// It is accepted: the answer has no RetourCodes, or is a 325 with 8001.
    pub accepted: bool,
    /// Codes of the answer's header.
    pub header: BTreeSet<String>,
    /// Codes of classes of the answer, by path: `/Bericht/Client/StartProducten/StartProduct[2]`.
    pub classes: BTreeMap<String, BTreeSet<String>>,
    /// TotaalToegekendBedrag of a 325, cents and direction: `77500 D`.
    pub granted: Option<String>,
    /// The rules that refuse, by id: these and no others.
    pub rules: BTreeSet<String>,
    /// The rules that advise: these and no others.
    pub advice: Option<BTreeSet<String>>,
    /// The rules that could not be assessed: these and no others.
    pub not_assessed: Option<BTreeSet<String>>,
    /// Of an answer that comes in: the rules that it breaks, these and no others.
    pub reports: Option<BTreeSet<String>>,
    /// Of an answer that comes in: whether what it answers is settled by it.
    pub booked: Option<bool>,
    /// Lines of a 323 that wait for a decision, by path in the message: these and no others. There is no answer yet.
    pub held: BTreeSet<String>,
    /// Nothing is answered: the outcome hangs on an earlier message that waits for its receiver's own answer.
    pub waits: bool,
    /// File with the whole answer; compared by elements, namespaces and values.
    pub answer: Option<String>,
}

impl Scenario {
    /// Reads a file. `Err`: it cannot be read, or is not in the format.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let bytes = super::read(path)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| ScenarioError::format(path, "the file is not UTF-8"))?;
        let scenario: Self = toml::from_str(&text)
            .map_err(|error| ScenarioError::format(path, error.to_string().trim_end()))?;
        for step in &scenario.step {
            if let Err(reason) = step.expect.is_whole() {
                return Err(ScenarioError::format(
                    path,
                    format!("{}: {reason}", step.message),
                ));
            }
        }
        Ok(scenario)
    }
}

impl Expected {
    /// Whether it says one thing of the outcome, and does not contradict itself.
    fn is_whole(&self) -> Result<(), &'static str> {
        let is_answer = self.booked.is_some() || self.reports.is_some();
        let ways = [
            self.schema,
            self.accepted,
            !self.header.is_empty(),
            !self.held.is_empty(),
            self.waits,
            is_answer,
        ];
        if ways.into_iter().filter(|is| *is).count() != 1 {
            return Err(
                "expect says one of: schema = true, accepted = true, header = [...], held = [...], waits = true, or booked and reports",
            );
        }
        if !self.classes.is_empty() && self.header.is_empty() {
            return Err("classes have codes only where the header has");
        }
        if !self.header.is_empty() && self.rules.is_empty() {
            return Err("a refusal names its rules");
        }
        if self.header.is_empty() && self.held.is_empty() && !self.rules.is_empty() {
            return Err("rules refuse only where the header has codes or lines are held");
        }
        Ok(())
    }
}
