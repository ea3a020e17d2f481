//! What is asked to be decided, and why it is not taken.

use std::collections::{BTreeMap, HashMap};

use crate::intake::IntakeError;
use crate::lanes::Panicked;
use crate::ledger::{Asked, Choice, ChoiceRow, LedgerError, Waiting};

/// What is decided, on which lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The same on every line that still asks by a verdict that was seen.
    Rest {
        /// Granted, else refused.
        grant: bool,
        /// Number of that verdict, as the declaration shows it: by a later one other lines may ask.
        verdict: u64,
    },
    /// On these lines, by path: granted, or refused.
    Lines(Vec<(String, bool)>),
}

/// Why a decision is not taken. Nothing of it is recorded then.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// There is no such declaration, or it never waited.
    #[error("no declaration that waits or waited")]
    NotFound,
    /// Who asks may not decide on it, or not any more.
    #[error("no mandate to decide")]
    NoMandate,
    /// It does not wait any more: it was answered, or its answer was left to its receiver.
    #[error("it does not wait any more")]
    Over,
    /// The opposite was decided before.
    #[error("decided otherwise before")]
    Otherwise {
        /// Of which line; `None`: of all that asked, at once or in parts.
        path: Option<String>,
    },
    /// It was judged again since, so that other lines may ask.
    #[error("judged again since")]
    Changed,
    /// A line asks for no decision: it waits for a message, or for nothing.
    #[error("line {number} of the request asks for no decision")]
    NotAsked {
        /// Its number in the request, from 1.
        number: usize,
    },
    /// No line asks for a decision: the declaration waits for other messages only.
    #[error("no line asks for a decision")]
    NothingAsked,
    /// What is kept of the declaration is damaged, so that its receiver has to answer it himself.
    #[error("what is kept of it is damaged")]
    Damaged,
    /// We could not do our work: nothing is recorded, and asking again is harmless.
    #[error(transparent)]
    Failed(IntakeError),
}

impl From<LedgerError> for DecisionError {
    fn from(error: LedgerError) -> Self {
        if error.damaged() {
            Self::Damaged
        } else {
            Self::Failed(error.into())
        }
    }
}

impl From<Panicked> for DecisionError {
    fn from(bug: Panicked) -> Self {
        Self::Failed(bug.into())
    }
}

impl From<IntakeError> for DecisionError {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Ledger(error) => error.into(),
            bug @ IntakeError::Bug(_) => Self::Failed(bug),
        }
    }
}

impl Wanted {
    /// The choices that are new on what waits, by the verdict with this number. Err: one cannot be taken, so none is.
    pub(super) fn resolve(
        &self,
        waiting: Option<(&Waiting, u64)>,
        choices: &BTreeMap<String, ChoiceRow>,
    ) -> Result<Vec<Choice>, DecisionError> {
        let asked = waiting.map_or(&[][..], |(waiting, _)| &waiting.lines);
        match self {
            Self::Rest { grant, verdict } => {
                let before = choices
                    .values()
                    .find(|chosen| chosen.verdict == Some(*verdict));
                match (before, waiting) {
                    (Some(chosen), _) if chosen.grant == *grant => return Ok(Vec::new()),
                    (Some(_), _) => return Err(DecisionError::Otherwise { path: None }),
                    (None, None) => return Err(DecisionError::Over),
                    (None, Some((_, now))) if now != *verdict => {
                        return Err(DecisionError::Changed);
                    }
                    (None, Some(_)) => {}
                }
                let undecided = asked
                    .iter()
                    .filter(|line| !choices.contains_key(&line.path));
                let choose = |line: &Asked| Choice {
                    verdict: Some(*verdict),
                    ..line.choose(*grant)
                };
                let new: Vec<Choice> = undecided.map(choose).collect();
                if !new.is_empty() || choices.values().any(|chosen| chosen.grant == *grant) {
                    return Ok(new);
                }
                Err(if choices.is_empty() {
                    DecisionError::NothingAsked
                } else {
                    DecisionError::Otherwise { path: None }
                })
            }
            Self::Lines(lines) => {
                let by_path: HashMap<&str, &Asked> = asked
                    .iter()
                    .map(|line| (line.path.as_str(), line))
                    .collect();
                let mut new: BTreeMap<u32, Choice> = BTreeMap::new();
                for (number, (path, grant)) in lines.iter().enumerate() {
                    let before = choices.get(path).map(|chosen| chosen.grant);
                    let line = by_path.get(path.as_str());
                    let here = line.and_then(|line| new.get(&line.at));
                    match (before.or(here.map(|choice| choice.grant)), line) {
                        (Some(decided), _) if decided == *grant => {}
                        (Some(_), _) => {
                            let path = Some(path.clone());
                            return Err(DecisionError::Otherwise { path });
                        }
                        (None, Some(line)) => {
                            new.insert(line.at, line.choose(*grant));
                        }
                        (None, None) if waiting.is_none() => return Err(DecisionError::Over),
                        (None, None) => {
                            let number = number + 1;
                            return Err(DecisionError::NotAsked { number });
                        }
                    }
                }
                Ok(new.into_values().collect())
            }
        }
    }
}

impl Asked {
    fn choose(&self, grant: bool) -> Choice {
        Choice {
            at: self.at,
            path: self.path.clone(),
            grant,
            verdict: None,
        }
    }
}
