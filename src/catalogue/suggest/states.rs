//! What was decided of rows, as text in and text out: suggestions are added, and rows confirmed, rejected, put aside or taken back, many at once, by role and date.
//!
//! Only the columns `state`, `by`, `on` and `justification` of the rows meant are changed; every other cell, column we do not know, remark and order stays as it
//! is. What a published row means is never changed: a confirmed row whose first day has come is ended with a last day and followed by a new row, not taken back.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;

use super::Local;
use crate::code::Code;
use crate::relation::{Relation, State};

const STATE: &str = "state";
const BY: &str = "by";
const ON: &str = "on";
const JUSTIFICATION: &str = "justification";
const LABEL: &str = "local_label";
const CODE: &str = "local_code";
const CANONICAL: &str = "canonical";
const FROM: &str = "valid_from";
const RELATION: &str = "relation";

/// Longest name of a role, and longest justification.
pub const ROLE_CHARACTERS_MAX: usize = 60;

/// Which rows are meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Pick {
    /// The row on this line of the file, from 1.
    Line(u32),
    /// The rows of this local code; with a national code only those that lead to it.
    Code(Code, Option<Code>),
    /// The rows of state `suggested` whose justification ends with a score of at least this much: `lexical 0.61`.
    Scored(f32),
}

/// What is decided of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The state they get.
    pub state: State,
    /// The role that decides, never a person's name: `contractbeheer`.
    pub by: String,
    /// The day.
    pub on: Date,
    /// Why, where that is to be written down; else what stands there stays.
    pub justification: Option<String>,
}

/// Why a row that was meant stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It has this state already.
    Already,
    /// It is confirmed and its first day has come: messages were or may be translated by it.
    Published,
    /// A cell that the decision rests on cannot be read.
    Unreadable,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Already => "was al zo",
            Self::Published => {
                "geldt al; geef de rij een laatste dag (`valid_to`) en zet een nieuwe rij eronder"
            }
            Self::Unreadable => "is niet te lezen; verbeter de rij eerst",
        })
    }
}

/// A table after a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The table.
    pub text: String,
    /// The lines that were changed, from 1.
    pub changed: Vec<u32>,
    /// The lines that were meant and stay as they are.
    pub left: Vec<(u32, Left)>,
}

/// Why a table was not changed at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// It has no header, or one without a column that is needed.
    #[error("the table has no column `{0}`")]
    NoColumn(&'static str),
    /// The role or the justification is empty, too long, or has a tab or an end of line in it.
    #[error("a role and a justification are words on one line, of at most 60 characters")]
    Words,
}

/// Adds a suggestion to a table as a row of state `suggested`, at its end. A pair that the table has already, in whatever state, is not added again: what was
/// rejected for a code and its name stays rejected. `from` is the first day of the row. Err: the table has no header that rows can be read by.
pub fn propose(
    text: &str,
    local: &Local,
    code: Code,
    candidates: &[(Code, Relation, f32)],
    from: Date,
    decision: &Decision,
) -> Result<Decided, StateError> {
    let role = words(&decision.by)?;
    let mut table = Table::read(text, &[CODE, CANONICAL, FROM, RELATION])?;
    table.need(&[STATE, JUSTIFICATION, BY, ON, LABEL]);
    let cutter = super::words::Cutter::default();
    let label = super::known::folded(&local.label, &cutter);
    let known: Vec<(Option<Code>, bool)> = table
        .rows()
        .filter(|row| row.get(CODE).parse() == Ok(code))
        .map(|row| {
            let is_same_name = super::known::folded(row.get(LABEL), &cutter) == label;
            (row.get(CANONICAL).parse().ok(), is_same_name)
        })
        .collect();
    let mut decided = Decided {
        text: String::new(),
        changed: Vec::new(),
        left: Vec::new(),
    };
    let name: String = local
        .label
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    for (canonical, relation, score) in candidates {
        if known.contains(&(Some(*canonical), true)) {
            continue;
        }
        let cell = |column: &str| -> String {
            match column {
                "law" => local.law.to_string(),
                "category" => local.category.map_or_else(String::new, |it| it.to_string()),
                "unit" => local.unit.map_or_else(String::new, |it| it.to_string()),
                "tariff" => local.tariff_cents.map_or_else(String::new, |cents| {
                    format!("{}.{:02}", cents / 100, cents % 100)
                }),
                CODE => code.to_string(),
                RELATION => relation.to_string(),
                CANONICAL => canonical.to_string(),
                FROM => from.to_string(),
                STATE => State::Suggested.to_string(),
                JUSTIFICATION => format!("lexical {score:.2}"),
                BY => role.to_owned(),
                ON => decision.on.to_string(),
                LABEL => name.trim().to_owned(),
                _ => String::new(),
            }
        };
        let cells: Vec<String> = table.columns.iter().map(|column| cell(column)).collect();
        decided.changed.push(table.push(cells.join("\t")));
    }
    decided.text = table.text();
    Ok(decided)
}

/// Gives the rows that are meant a state. Confirming, rejecting and putting aside are one thing; taking back is giving `suggested` again.
pub fn decide(text: &str, picks: &[Pick], decision: &Decision) -> Result<Decided, StateError> {
    let role = words(&decision.by)?;
    let why = decision.justification.as_deref().map(words).transpose()?;
    let mut table = Table::read(text, &[CODE, CANONICAL, FROM])?;
    table.need(&[STATE, BY, ON]);
    if why.is_some() {
        table.need(&[JUSTIFICATION]);
    }
    let mut changes = Vec::new();
    let mut left = Vec::new();
    for row in table.rows() {
        if !picks.iter().any(|pick| row.is_meant(pick)) {
            continue;
        }
        let Some(state) = row.state() else {
            left.push((row.line, Left::Unreadable));
            continue;
        };
        if state == decision.state {
            left.push((row.line, Left::Already));
            continue;
        }
        if state == State::Confirmed {
            match row.get(FROM).parse::<Date>() {
                Ok(from) if from > decision.on => {}
                Ok(_) => {
                    left.push((row.line, Left::Published));
                    continue;
                }
                Err(_) => {
                    left.push((row.line, Left::Unreadable));
                    continue;
                }
            }
        }
        changes.push(row.line);
    }
    let state = decision.state.to_string();
    let on = decision.on.to_string();
    for &line in &changes {
        table.set(line, STATE, &state);
        table.set(line, BY, role);
        table.set(line, ON, &on);
        if let Some(why) = why {
            table.set(line, JUSTIFICATION, why);
        }
    }
    Ok(Decided {
        text: table.text(),
        changed: changes,
        left,
    })
}

fn words(text: &str) -> Result<&str, StateError> {
    let trimmed = text.trim();
    let is_sound = !trimmed.is_empty()
        && trimmed.chars().count() <= ROLE_CHARACTERS_MAX
        && !trimmed.chars().any(char::is_control);
    is_sound.then_some(trimmed).ok_or(StateError::Words)
}

/// The lines of a table; only those that are changed are written anew.
struct Table<'t> {
    lines: Vec<Cow<'t, str>>,
    /// How each line ends.
    ends: Vec<&'t str>,
    columns: Vec<String>,
    header: usize,
}

struct RowOf<'r> {
    line: u32,
    columns: &'r [String],
    text: &'r str,
}

impl RowOf<'_> {
    /// The cell of a column; empty where there is none.
    fn get(&self, column: &str) -> &str {
        let at = self.columns.iter().position(|known| known == column);
        at.and_then(|at| self.text.split('\t').nth(at))
            .unwrap_or_default()
    }

    /// Its state; an empty cell is confirmed. None: it cannot be read.
    fn state(&self) -> Option<State> {
        match self.get(STATE) {
            "" => Some(State::Confirmed),
            cell => cell.parse().ok(),
        }
    }

    fn is_meant(&self, pick: &Pick) -> bool {
        match pick {
            Pick::Line(line) => self.line == *line,
            Pick::Code(code, target) => {
                self.get(CODE).parse() == Ok(*code)
                    && target.is_none_or(|target| self.get(CANONICAL).parse() == Ok(target))
            }
            Pick::Scored(least) => {
                let score = self.get(JUSTIFICATION).rsplit(' ').next();
                self.state() == Some(State::Suggested)
                    && score
                        .and_then(|score| score.parse::<f32>().ok())
                        .is_some_and(|score| score >= *least)
            }
        }
    }
}

impl<'t> Table<'t> {
    fn read(text: &'t str, needed: &[&'static str]) -> Result<Self, StateError> {
        let (mut lines, mut ends) = (Vec::new(), Vec::new());
        for line in text.split_inclusive('\n') {
            let bare = line.trim_end_matches(['\r', '\n']);
            lines.push(Cow::Borrowed(bare));
            ends.push(line.get(bare.len()..).unwrap_or_default());
        }
        let header = lines
            .iter()
            .position(|line| !line.is_empty() && !line.starts_with('#'));
        let first = needed.first().copied().unwrap_or(CODE);
        let header = header.ok_or(StateError::NoColumn(first))?;
        let columns: Vec<String> = lines
            .get(header)
            .map(|line| {
                line.trim_start_matches('\u{feff}')
                    .split('\t')
                    .map(ToOwned::to_owned)
                    .collect()
            })
            .unwrap_or_default();
        for column in needed {
            if !columns.iter().any(|known| known == column) {
                return Err(StateError::NoColumn(column));
            }
        }
        Ok(Self {
            lines,
            ends,
            columns,
            header,
        })
    }

    /// Adds the columns that it lacks, empty, behind the others.
    fn need(&mut self, columns: &[&str]) {
        for column in columns {
            if self.columns.iter().any(|known| known == column) {
                continue;
            }
            self.columns.push((*column).to_owned());
            for (at, line) in self.lines.iter_mut().enumerate().skip(self.header) {
                let added = if at == self.header { column } else { "" };
                if at == self.header || !line.is_empty() && !line.starts_with('#') {
                    let longer = format!("{line}\t{added}");
                    *line = longer.into();
                }
            }
        }
    }

    fn rows(&self) -> impl Iterator<Item = RowOf<'_>> {
        let rows = self.lines.iter().enumerate().skip(self.header + 1);
        rows.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(at, line)| RowOf {
                line: u32::try_from(at + 1).unwrap_or(u32::MAX),
                columns: &self.columns,
                text: line,
            })
    }

    fn set(&mut self, line: u32, column: &str, value: &str) {
        let at = self.columns.iter().position(|known| known == column);
        let place = self.lines.get_mut((line as usize).saturating_sub(1));
        if let (Some(at), Some(place)) = (at, place) {
            let mut cells: Vec<&str> = place.split('\t').collect();
            if let Some(cell) = cells.get_mut(at) {
                *cell = value;
            }
            let written = cells.join("\t");
            *place = written.into();
        }
    }

    /// Adds a line at the end; which one it is.
    fn push(&mut self, line: String) -> u32 {
        if let Some(end) = self.ends.last_mut()
            && end.is_empty()
        {
            *end = "\n";
        }
        self.lines.push(line.into());
        self.ends.push("\n");
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (line, end) in self.lines.iter().zip(&self.ends) {
            text.push_str(line);
            text.push_str(end);
        }
        text
    }
}
