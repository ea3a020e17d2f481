//! The last step of a message that is taken: it becomes durable, with its findings, what it does to the past, and the answer to it. Decides nothing.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::decide::{Answer, Decided};
use super::{Checked, Intake, Judged, Over, Recorded, Stop};
use crate::ledger::{
    self, Also, Event, Inputs, KindRecord, LedgerError, Mark, Message, MessageId, MessageKind,
    OtherForm, State, Submission,
};
use crate::register::{PartyCode, Register};

impl Intake {
    /// The moment of truth: the message, its findings, what it does to the past, the answer to it and the copy of that become durable together or not at all.
    pub(super) async fn record(
        &self,
        judged: Judged<'_>,
        over: Option<&Over>,
    ) -> Result<Recorded, Stop> {
        let Judged {
            checked,
            decided,
            reference,
            tables,
            held,
            room,
        } = judged;
        let Checked {
            caller,
            body,
            kind,
            record,
            maker,
            receiver,
            pair,
            ..
        } = checked;
        let Decided {
            id,
            question,
            mode,
            marks,
            found,
            findings,
            elsewhere,
            effect,
            rows,
            answer,
            mapped,
            allocated,
        } = decided;
        let thread = question.map_or(id.opens(), |asked| asked.thread);
        let inputs = Inputs {
            reference: reference.hash,
            catalogue: tables.hash.filter(|_| mapped.by_table),
            ..self.inputs(&caller.register, caller.at, Some(&kind))
        };
        let said = ledger::Received {
            message: id,
            thread,
            kind: record,
            maker: maker.to_string(),
            receiver: receiver.to_string(),
            party: caller.party.to_string(),
            mode,
            marks: marks.clone(),
            question: question.map(|asked| asked.id),
            inputs,
            counts: found.counts(),
            body_bytes: body.len() as u64,
            wire: over.map(|over| over.wired.record),
            question_at: question.map(|asked| asked.position),
            mapped_bytes: mapped.body.as_ref().map(|body| body.len() as u64),
        };
        let other_form = mapped.body.as_ref().map(|body| OtherForm {
            sha256: mapped.translation.form,
            bytes: body.len() as u64,
        });
        let law = kind.law.as_str();
        let scope = pair.map(|pair| self.ledger.pseudonyms.scope_name(law, pair));
        let effect = match scope {
            Some(scope) => effect.translated(scope, mapped.translation),
            None => effect,
        };
        let effect = match over {
            Some(over) => effect.over(over.wired.marks.clone()),
            None => effect,
        };
        let answered = answer.is_some();
        let also = match answer {
            Some(answer) => answers(&caller.register, (caller.day(), None), &said, answer)?,
            None => Vec::new(),
        };
        let (body_bytes, body_hash) = (body.len() as u64, effect.body_hash);
        let submission = Submission {
            effect: Some(effect),
            body: Some(body),
            mapped: mapped.body.map(Vec::from),
            findings,
            envelope: over.map(|over| over.wired.part.clone()),
            also,
            past: rows,
            ..Submission::fact(Event::Received(said), held)
        };
        let doing = submission.effect.as_ref();
        let scope = doing.and_then(|effect| Some(self.ledger.name(effect.scope?)));
        let settles = doing.and_then(|effect| effect.settles);
        if let (Some(scope), Some(waiting)) =
            (scope, doing.and_then(|effect| effect.waiting.as_ref()))
        {
            self.queue.waits(scope, id, waiting.awaited());
        }
        let (position, received) = self.ledger.commit(submission).await?;
        drop(room);
        if let Some(scope) = scope {
            // What waited for it is judged again, beside this.
            if let Some(settled) = settles {
                self.queue.settled(scope, settled);
                if let Some(asked) = question {
                    self.queue.ended(scope, asked.id);
                }
            }
            // One that books nothing ends the waiting of what it answers all the same.
            if let Some(asked) = question.filter(|_| marks.contains(&Mark::NotBooked)) {
                self.queue.one(scope, asked.id);
                self.queue.settled(scope, asked.position);
            }
            self.queue.allocated(scope, allocated);
        }
        let state = State {
            answered: answered.then_some(received),
            ..State::default()
        };
        let message = Message {
            id,
            thread,
            kind: MessageKind::Standard(kind),
            maker,
            receiver,
            received,
            position: position.0,
            body_hash: Some(body_hash),
            body_bytes,
            mapped: other_form,
            mode,
            marks,
            findings: found.count,
            state,
        };
        Ok(Recorded::Now(message, found.and(elsewhere)))
    }
}

/// The records of an answer that was made to a message: itself, for the sender, and a copy of it for the one in whose name it was made. On the day, and to what
/// stands at this position; without one it stands right before them.
pub(in crate::intake) fn answers(
    register: &Register,
    (day, question_at): (Date, Option<u64>),
    asked: &ledger::Received,
    answer: Answer,
) -> Result<Vec<Also>, LedgerError> {
    let Answer {
        kind,
        body,
        effect,
        copy,
        copy_mapped,
        ..
    } = answer;
    let owner = asked
        .receiver
        .parse::<PartyCode>()
        .ok()
        .and_then(|code| register.party_with(&code, day));
    let said = |message, marks, question, to: &str| ledger::Received {
        message,
        thread: asked.thread,
        kind: KindRecord::of(&kind),
        maker: asked.receiver.clone(),
        receiver: to.to_owned(),
        party: owner.map_or_else(String::new, |owner| owner.id.to_string()),
        mode: asked.mode,
        marks,
        question,
        inputs: asked.inputs.clone(),
        counts: BTreeMap::new(),
        body_bytes: body.len() as u64,
        wire: None,
        question_at: question.and(question_at),
        mapped_bytes: None,
    };
    let (made, copied) = (MessageId::random()?, MessageId::random()?);
    let made = said(
        made,
        vec![Mark::MadeHere],
        Some(asked.message),
        &asked.maker,
    );
    let mut copied = said(
        copied,
        vec![Mark::MadeHere, Mark::Copy],
        None,
        &asked.receiver,
    );
    copied.mapped_bytes = copy_mapped.as_ref().map(|mapped| mapped.len() as u64);
    Ok(vec![
        Also {
            event: Event::Received(made),
            effect,
            body: Some(body.clone()),
            mapped: None,
            findings: None,
        },
        Also {
            event: Event::Received(copied),
            effect: copy,
            body: Some(body),
            mapped: copy_mapped,
            findings: None,
        },
    ])
}
