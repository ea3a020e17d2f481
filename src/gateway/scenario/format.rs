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

/// A message that comes in, or a decision of the municipality, and what must come of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// File of the message.
    pub message: Option<String>,
    /// Of a decision: file of the declaration, a message before it, whose answer is kept back.
    pub decides: Option<String>,
    /// Lines that are granted by the decision, by path in the declaration.
    #[serde(default)]
    pub grant: BTreeSet<String>,
    /// Lines that are refused by it.
    #[serde(default)]
    pub refuse: BTreeSet<String>,
    /// Day on which it comes in, in Europe/Amsterdam.
    pub received: Date,
    /// Who answers the message.
    #[serde(default)]
    pub answered_by: AnsweredBy,
    /// What the answer to the message is called and dated.
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
    /// DagtekeningRetour, or Dagtekening of a 325; the day on which it is made when it is not given.
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
    /// Nothing is answered: the outcome hangs on an earlier message that waits for its receiver's own answer. Of a 323 lines may be held beside it.
    pub waits: bool,
    /// Of declarations that wait, by file: what comes of them now that they are judged again. All that are answered by it are named.
    pub again: BTreeMap<String, Expected>,
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
            if let Err(reason) = step.is_whole() {
                return Err(ScenarioError::format(
                    path,
                    format!("{}: {reason}", step.name()),
                ));
            }
        }
        Ok(scenario)
    }
}

impl Step {
    /// The file that it is about.
    pub(super) fn name(&self) -> &str {
        let name = self.message.as_deref().or(self.decides.as_deref());
        name.unwrap_or_default()
    }

    /// Whether it says what comes in and what is expected of it, and does not contradict itself.
    fn is_whole(&self) -> Result<(), &'static str> {
        let decides = self.decides.is_some();
        if self.message.is_some() == decides {
            return Err("a step has one of: message, decides");
        }
        if decides == (self.grant.is_empty() && self.refuse.is_empty()) {
            return Err("a decision, and nothing else, has lines to grant or to refuse");
        }
        if !self.grant.is_disjoint(&self.refuse) {
            return Err("a line is granted or refused, not both");
        }
        if decides && (self.expect.schema || self.expect.is_answer()) {
            return Err("of a decision the declaration is expected to be answered, or to wait on");
        }
        if decides && (self.answered_by == AnsweredBy::Receiver || !self.made_as.is_default()) {
            return Err(
                "who answers the declaration, and what the answer is called, stands with its message",
            );
        }
        self.expect.is_whole()?;
        for again in self.expect.again.values() {
            if again.schema || again.is_answer() || !again.again.is_empty() {
                return Err(
                    "a declaration that is judged again is expected to be answered, or to wait on",
                );
            }
            again.is_whole()?;
        }
        Ok(())
    }
}

impl MadeAs {
    fn is_default(&self) -> bool {
        self.identificatie.is_none() && self.dagtekening.is_none()
    }
}

impl Expected {
    /// Whether it is expected of a receiver's own answer.
    fn is_answer(&self) -> bool {
        self.booked.is_some() || self.reports.is_some()
    }

    /// Whether it says one thing of the outcome, and does not contradict itself.
    fn is_whole(&self) -> Result<(), &'static str> {
        let ways = [
            self.schema,
            self.accepted,
            !self.header.is_empty(),
            !self.held.is_empty() || self.waits,
            self.is_answer(),
        ];
        if ways.into_iter().filter(|is| *is).count() != 1 {
            return Err(
                "expect says one of: schema = true, accepted = true, header = [...], held = [...] and waits = true, or booked and reports",
            );
        }
        if !self.classes.is_empty() && self.header.is_empty() {
            return Err("classes have codes only where the header has");
        }
        if self.header.is_empty() != self.rules.is_empty() {
            return Err(
                "a refusal names its rules, and rules refuse only where the header has codes",
            );
        }
        Ok(())
    }
}
