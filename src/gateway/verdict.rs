//! A verdict made again from the journal and the kept grounds, and compared with the one that was given. Changes nothing: what was found then stays what was
//! found, whatever this program would find.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use knooppunt_standard::rules::Weight;
use knooppunt_standard::{Finding, Limits, Releases};

use crate::clock::{Clock, day_of};
use crate::fault::Fault;
use crate::grounds::{Again, GroundsError, RULES, working_days};
use crate::intake::{IntakeError, Judgement, Then};
use crate::ledger::{
    Between, Event, Foundation, Inputs, Ledger, LedgerError, Mark, MessageId, Progress, Received,
    Reconsidered, read_findings,
};
use crate::store::{Embedded, Journal as _, Part, PartKind, Position, Record, StoreError};

/// Why a verdict cannot be made again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerdictError {
    /// No message has this id.
    #[error("no message {0} is kept here")]
    NoMessage(MessageId),
    /// The gateway made the message itself, so it was not judged.
    #[error("the gateway made this message itself: no verdict was given on it")]
    MadeHere,
    /// It is a file that is no message of the standards, and was carried as it is.
    #[error("this is a file that is no message of the standards: no verdict was given on it")]
    File,
    /// The content is gone, as it must be after its term.
    #[error("payload erased: the findings that were recorded stay as they are")]
    PayloadErased,
    /// The findings are gone, or the effects that the past consisted of.
    #[error("effects erased: what was found, or the past that it was found on, is no longer kept")]
    EffectsErased,
    /// What it was made with is not to be had.
    #[error("grounds unknown: {0}")]
    Grounds(#[from] GroundsError),
    /// The message would not be judged any more.
    #[error("this program does not judge the message at all with what was kept of its grounds")]
    NotJudged,
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Judging failed.
    #[error(transparent)]
    Judging(#[from] IntakeError),
}

impl VerdictError {
    /// Stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoMessage(_) => "verdict-no-message",
            Self::MadeHere => "verdict-made-here",
            Self::File => "verdict-file",
            Self::PayloadErased => "verdict-payload-erased",
            Self::EffectsErased => "verdict-effects-erased",
            Self::Grounds(error) => error.code(),
            Self::NotJudged => "verdict-not-judged",
            Self::Ledger(error) => error.code(),
            Self::Judging(error) => error.code(),
        }
    }

    /// Ours, but for an id that is wrong.
    pub fn fault(&self) -> Fault {
        if matches!(self, Self::NoMessage(_)) {
            Fault::Sender
        } else {
            Fault::Ours
        }
    }

    /// Whether stored bytes are not what was written.
    pub fn damaged(&self) -> bool {
        if let Self::Ledger(error) = self {
            return error.damaged();
        }
        matches!(
            self,
            Self::Grounds(GroundsError::Store(StoreError::Damage { .. }))
        )
    }
}

impl From<StoreError> for VerdictError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

/// What came of the form that the receiver of a message got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormAgain {
    /// He got none, and none comes out.
    None,
    /// It comes out, byte for byte.
    Same,
    /// Another comes out, or none.
    Other,
    /// Nobody can tell: what it was made with is not to be had any more.
    Lost,
}

impl FormAgain {
    fn of(same: Option<bool>) -> Self {
        match same {
            None => Self::None,
            Some(true) => Self::Same,
            Some(false) => Self::Other,
        }
    }
}

/// A verdict that was made again.
#[derive(Debug)]
pub struct Replay {
    /// Position of the record of the verdict: that of the message, or where a declaration that waited was judged last.
    pub position: u64,
    /// Whether the message waited and was judged again: this is the verdict that stands.
    pub judged_again: bool,
    /// When it came in, UTC.
    pub came: Timestamp,
    /// What the verdict was made with.
    pub inputs: Inputs,
    /// Whether the program that judged then is another than this one, by its version or its rules.
    pub other_program: bool,
    /// Whether the terms count by other working days now. No finding rests on them.
    pub other_working_days: bool,
    /// How many findings were recorded.
    pub recorded: u64,
    /// Whether the form that its receiver got comes out again: of a declaration that waited too, with what it was translated by when it came.
    pub form: FormAgain,
    /// How they compare.
    pub compared: Compared,
}

/// Findings that were recorded beside those that are found now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// Equal, byte for byte as they are recorded.
    Equal,
    /// They differ; by place in the message, then by rule. Without lines: in their order, or in rules that this program does not know.
    Differs(Vec<Difference>),
}

/// One finding that is on one side only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Where, as in the finding.
    pub path: String,
    /// Id of the rule.
    pub rule: &'static str,
    /// Its return code; empty when it has none.
    pub code: &'static str,
    /// What it makes of the message: `refuses`, `advises`, `reports` or `not assessed`.
    pub weight: &'static str,
    /// Whether it was recorded and is not found now; otherwise it is found now and was not recorded.
    pub was_recorded: bool,
}

/// A store that no gateway has open, and what this program would judge with.
#[derive(Debug)]
pub struct Desk<'s> {
    /// The store.
    pub store: &'s Embedded,
    /// The ledger on it.
    pub ledger: &'s Arc<Ledger>,
    /// The releases of the configuration.
    pub releases: &'s Arc<Releases>,
    /// Limits of messages.
    pub limits: &'s Limits,
    /// The time.
    pub clock: &'s Arc<dyn Clock>,
}

impl Desk<'_> {
    /// Makes the verdict on a message again: the one that stands, where a declaration waited and was judged again. Err: it cannot be made, the text says why.
    pub fn replay(
        &self,
        id: MessageId,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Replay, VerdictError> {
        let row = self
            .ledger
            .message_row(id)?
            .ok_or(VerdictError::NoMessage(id))?;
        let position = Position(row.position);
        let record = self.store.journal.read(position)?;
        let Ok(Event::Received(received)) = Event::decode(&record.event) else {
            return Err(VerdictError::NoMessage(id));
        };
        if received.marks.contains(&Mark::MadeHere) {
            return Err(VerdictError::MadeHere);
        }
        if received.kind.is_file() {
            return Err(VerdictError::File);
        }
        let body = self.ledger.body(&row)?.ok_or(VerdictError::PayloadErased)?;
        let mapped = self.ledger.mapped(&row)?;
        let first = Given {
            position,
            inputs: received.inputs.clone(),
            counts: received.counts.clone(),
            stands_since: None,
            record,
        };
        let Given {
            position,
            inputs,
            counts,
            stands_since,
            record,
        } = self.standing(id, first)?;
        let recorded = match self.store.journal.part(&record, PartKind::Findings)? {
            Some(Part::Whole(bytes)) => Some(bytes),
            Some(Part::Erased) => return Err(VerdictError::EffectsErased),
            None => None,
        };
        let came = inputs.came_at.and_then(moment);
        let came = came.ok_or(GroundsError::Unknown)?;
        let message = Taken {
            received: &received,
            body: body.into(),
            mapped: mapped.map(Into::into),
        };
        let found = self.made(&message, (position, &inputs), stands_since, progress)?;
        let is_mapped = message.mapped.is_some() || received.inputs.catalogue.is_some();
        let form = if stands_since.is_some() && is_mapped {
            // Its form was made when it came, with what was in force then.
            let then = (Position(row.position), &received.inputs);
            match self.made(&message, then, None, progress) {
                Ok(first) => FormAgain::of(first.same_form),
                Err(VerdictError::Grounds(_) | VerdictError::EffectsErased) => FormAgain::Lost,
                Err(error) => return Err(error),
            }
        } else {
            FormAgain::of(found.same_form)
        };
        let recorded_count = counts.values().sum();
        let compared = if found.findings == recorded {
            Compared::Equal
        } else {
            let read = |part: Option<Vec<u8>>| {
                let all = |bytes: Vec<u8>| read_findings(&bytes, 0, usize::MAX);
                let read = part.map_or(Ok((Vec::new(), 0)), all);
                read.map(|(list, _)| list)
                    .map_err(|cause| LedgerError::Unreadable {
                        position: position.0,
                        cause,
                    })
            };
            Compared::Differs(differences(&read(recorded)?, &read(found.findings)?))
        };
        Ok(Replay {
            position: position.0,
            judged_again: stands_since.is_some(),
            came,
            other_program: inputs.program != env!("CARGO_PKG_VERSION")
                || inputs.rules != Some(RULES),
            other_working_days: inputs.working_days != Some(working_days()),
            inputs,
            recorded: recorded_count,
            form,
            compared,
        })
    }
}

/// A message that was judged.
struct Taken<'r> {
    received: &'r Received,
    body: Bytes,
    /// The form that its receiver got, where that is another.
    mapped: Option<Bytes>,
}

impl Desk<'_> {
    /// A verdict on a message made again: that of the record at a position, with these inputs. Err: as of [`Desk::replay`].
    fn made(
        &self,
        message: &Taken<'_>,
        (position, inputs): (Position, &Inputs),
        stands_since: Option<jiff::civil::Date>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Judgement, VerdictError> {
        let received = message.received;
        let came = inputs.came_at.and_then(moment);
        let day = day_of(came.ok_or(GroundsError::Unknown)?);
        let release = format!("{}/{}", standard(received), received.kind.release);
        let again = Again::of(&self.store.grounds, inputs, &release, self.releases)?;
        let scratch = self.store.scratch()?;
        let foundation = Foundation {
            journal: Arc::clone(&self.store.journal) as _,
            views: Arc::clone(&scratch.views),
            pseudonyms: Arc::clone(&self.ledger.pseudonyms),
            clock: Arc::clone(self.clock),
        };
        let between = Between::of(received);
        let views = Arc::clone(&scratch.views);
        let ledger = Ledger::as_of(foundation, views, between, position, progress)?
            .ok_or(VerdictError::EffectsErased)?;
        let judged = Then {
            ledger,
            releases: again.releases,
            reference: again.reference,
            register: again.register,
            tables: again.tables,
            mapped: message.mapped.clone(),
            limits: self.limits.clone(),
            received: received.clone(),
            day,
            stands_since,
            body: message.body.clone(),
        }
        .judge()?;
        drop(scratch);
        judged.ok_or(VerdictError::NotJudged)
    }
}

/// The time that inputs name.
fn moment(at: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(at).ok()
}

/// A verdict as it was recorded.
struct Given {
    position: Position,
    inputs: Inputs,
    counts: BTreeMap<String, u64>,
    /// The day on which it was given, when that is not the one on which the message came in.
    stands_since: Option<jiff::civil::Date>,
    record: Record,
}

impl Desk<'_> {
    /// The verdict that stands: `first`, unless the message waited and was judged again.
    fn standing(&self, id: MessageId, first: Given) -> Result<Given, VerdictError> {
        let Some(judged) = self.ledger.judged_again(id)? else {
            return Ok(first);
        };
        let position = Position(judged.position);
        let record = self.store.journal.read(position)?;
        let event = Event::decode(&record.event).map_err(|cause| LedgerError::Unreadable {
            position: position.0,
            cause,
        })?;
        let Event::Reconsidered(Reconsidered {
            inputs: Some(inputs),
            counts,
            ..
        }) = event
        else {
            return Ok(first);
        };
        Ok(Given {
            position,
            inputs,
            counts,
            stands_since: Some(day_of(record.time)),
            record,
        })
    }
}

/// The standard of the law of a message: the name of its folder of schemas.
fn standard(received: &Received) -> &'static str {
    received.kind.kind().map_or("", |kind| kind.law.standard())
}

/// What is on one side only. A finding that is on both as often is no difference.
fn differences(recorded: &[Finding], found: &[Finding]) -> Vec<Difference> {
    let mut sides: BTreeMap<(&str, u32, u32, &str, &str, &str), i64> = BTreeMap::new();
    for (findings, step) in [(recorded, 1), (found, -1)] {
        for finding in findings {
            let Finding {
                rule, code, path, ..
            } = finding;
            let key = (
                path.as_str(),
                finding.line,
                finding.column,
                *rule,
                *code,
                word(finding.weight),
            );
            *sides.entry(key).or_default() += step;
        }
    }
    sides
        .into_iter()
        .flat_map(|((path, _, _, rule, code, weight), count)| {
            let one = Difference {
                path: path.to_owned(),
                rule,
                code,
                weight,
                was_recorded: count > 0,
            };
            std::iter::repeat_n(one, usize::try_from(count.unsigned_abs()).unwrap_or(0))
        })
        .collect()
}

const fn word(weight: Weight) -> &'static str {
    match weight {
        Weight::Refuses => "refuses",
        Weight::Advises => "advises",
        Weight::Reports => "reports",
        Weight::NotAssessed => "not assessed",
    }
}

#[cfg(test)]
mod tests {
    use knooppunt_standard::rules;

    use super::*;

    fn findings(of: &[(&str, Weight, &str)]) -> Vec<Finding> {
        let finding = |(id, weight, path): &(&str, Weight, &str)| {
            let rule = rules::find(id).expect("a rule");
            Finding::of_rule(rule, *weight, (*path).to_owned(), (1, 1))
        };
        of.iter().map(finding).collect()
    }

    #[test]
    fn a_difference_names_rule_code_and_place_of_what_is_on_one_side_only() {
        let both = ("TR134", Weight::Refuses, "/Bericht/a[1]");
        let recorded = findings(&[both, ("TR074", Weight::Refuses, "/Bericht/a[2]")]);
        let found = findings(&[both, both, ("TR074", Weight::Advises, "/Bericht/a[2]")]);
        let told: Vec<_> = differences(&recorded, &found)
            .into_iter()
            .map(|line| {
                (
                    line.rule,
                    line.code,
                    line.weight,
                    line.path,
                    line.was_recorded,
                )
            })
            .collect();
        let (first, second) = ("/Bericht/a[1]".to_owned(), "/Bericht/a[2]".to_owned());
        assert_eq!(
            told,
            [
                ("TR134", "0001", "refuses", first, false),
                ("TR074", "9074", "advises", second.clone(), false),
                ("TR074", "9074", "refuses", second, true),
            ]
        );
        assert_eq!(differences(&recorded, &recorded), []);
    }
}
