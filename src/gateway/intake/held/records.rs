//! The records of what a look at a declaration showed: the decision, the verdict, the answer and its copy, as one.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::look::Verdict;
use crate::clock::day_of;
use crate::intake::{answers, counts_of};
use crate::ledger::{
    self, Also, Choice, Decided, Effect, Event, LedgerError, MessageId, MessageRow, Named,
    PastRows, Reconsidered, Submission,
};
use crate::register::Register;

/// Makes the records of what a look at a declaration showed.
pub(super) struct Records<'a> {
    pub(super) register: &'a Register,
    pub(super) at: Timestamp,
    pub(super) id: MessageId,
    pub(super) row: &'a MessageRow,
    /// Who decided.
    pub(super) party: &'a str,
    pub(super) inputs: ledger::Inputs,
}

impl Records<'_> {
    /// All of it as one: the decision first, then the verdict, the answer and its copy.
    pub(super) fn submission(
        self,
        choices: Vec<Choice>,
        base: Effect,
        verdict: Option<Verdict>,
        held: ledger::Held,
    ) -> Result<Submission, LedgerError> {
        let message = Named {
            message: self.id,
            position: self.row.position,
        };
        let mut records = Vec::new();
        if !choices.is_empty() {
            let granted = choices.iter().filter(|choice| choice.grant).count() as u64;
            let refused = choices.len() as u64 - granted;
            for (decision, number) in [("grant", granted), ("refuse", refused)] {
                metrics::counter!("knooppunt_lines_decided_total", "decision" => decision)
                    .increment(number);
            }
            let event = Event::Decided(Decided {
                message,
                receiver: self.row.receiver.clone(),
                party: self.party.to_owned(),
                granted,
                refused,
            });
            let mut effect = base;
            effect.choices = Some(choices);
            records.push(Also {
                event,
                effect,
                body: None,
                mapped: None,
                findings: None,
            });
        }
        let mut past = PastRows::default();
        if let Some(verdict) = verdict {
            past = verdict.rows;
            let event = Event::Reconsidered(Reconsidered {
                message,
                receiver: self.row.receiver.clone(),
                turn: verdict.turn,
                inputs: verdict.judged.then(|| self.inputs.clone()),
                counts: counts_of(&verdict.findings),
            });
            records.push(Also {
                event,
                effect: verdict.effect,
                body: None,
                mapped: None,
                findings: ledger::findings_part(&verdict.findings),
            });
            if let Some(answer) = verdict.answer {
                let asked = ledger::Received {
                    message: self.id,
                    thread: self.row.thread,
                    kind: self.row.kind.clone(),
                    maker: self.row.maker.clone(),
                    receiver: self.row.receiver.clone(),
                    party: self.row.party.clone(),
                    mode: self.row.mode,
                    marks: self.row.marks.clone(),
                    question: self.row.question,
                    inputs: self.inputs,
                    counts: BTreeMap::new(),
                    body_bytes: self.row.body_bytes,
                    wire: None,
                    question_at: None,
                    mapped_bytes: None,
                };
                let at = (day_of(self.at), Some(self.row.position));
                records.extend(answers(self.register, at, &asked, answer)?);
            }
        }
        let mut records = records.into_iter();
        let first = records.next().ok_or(LedgerError::Views {
            what: "a look that found something to record and nothing in it",
        })?;
        Ok(Submission {
            effect: Some(first.effect),
            body: first.body,
            findings: first.findings,
            also: records.collect(),
            past,
            ..Submission::fact(first.event, held)
        })
    }
}
