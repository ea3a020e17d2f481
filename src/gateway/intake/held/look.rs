//! One declaration looked at again: what was decided on it since, and what the rules say of it by the past as it is now. Works it out and writes nothing;
//! whoever calls holds the locks.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use knooppunt_standard::assess::{self, Decision};
use knooppunt_standard::history::{Change, Pseudonymise, Row, RowKey, Series};
use knooppunt_standard::{Bericht, Findings, Kind, Limits, Releases};

use super::wanted::{DecisionError, Wanted};
use crate::clock::day_of;
use crate::intake::IntakeError;
use crate::intake::decide::{Answer, Asking, Naming, asked};
use crate::lanes::Panicked;
use crate::ledger::{
    Choice, ChoiceRow, Effect, Ledger, Loaded, MessageId, MessageRow, PastRows, Turn, Waiting,
};
use crate::reference::InForce;
use crate::register::{Mode, Pair, PartyCode, Register};

/// What a message that is judged again was, and what was decided on it.
pub(in crate::intake) struct Again {
    /// Position of its record.
    pub(in crate::intake) position: u64,
    /// What it waited for since it was last judged.
    waiting: Waiting,
    pub(in crate::intake) decisions: Vec<Decision>,
}

/// A new verdict on a message that was taken before.
pub(super) struct Verdict {
    pub(super) turn: Turn,
    /// Whether the rules were asked.
    pub(super) judged: bool,
    pub(super) findings: Findings,
    pub(super) effect: Effect,
    pub(super) rows: PastRows,
    pub(super) answer: Option<Answer>,
}

/// Of which kind a declaration is, and whose.
#[derive(Clone)]
pub(super) struct Parties {
    pub(super) kind: Kind,
    pub(super) maker: PartyCode,
    pub(super) receiver: PartyCode,
    pub(super) pair: Pair,
}

/// All that is needed to look at one declaration again, owned, so that it may go to a lane.
pub(super) struct Look {
    pub(super) ledger: Arc<Ledger>,
    pub(super) releases: Arc<Releases>,
    pub(super) limits: Limits,
    pub(super) reference: Arc<InForce>,
    pub(super) register: Arc<Register>,
    pub(super) at: Timestamp,
    pub(super) id: MessageId,
    pub(super) row: MessageRow,
    pub(super) parties: Parties,
    pub(super) naming: Option<Naming>,
    pub(super) wanted: Option<Wanted>,
}

/// What a look at a declaration shows.
pub(super) enum Looked {
    /// It is decided so already.
    Decided,
    /// It does not wait.
    Over,
    /// Nothing is to be recorded. It waits for the messages at these positions, or for a decision alone.
    AsBefore(Vec<u64>),
    /// The identification for its answer is used already: choose another.
    NameTaken,
    /// What is to be recorded: choices, a verdict, or both.
    Record(Box<(Vec<Choice>, Effect, Option<Verdict>)>),
}

impl Look {
    pub(super) fn look(self) -> Result<Looked, DecisionError> {
        let held = self.ledger.held_at(&self.row.receiver, self.row.position)?;
        let choices = self.ledger.choices(self.id)?;
        let law = self.parties.kind.law.as_str();
        let scope = self.ledger.pseudonyms.scope_name(law, self.parties.pair);
        let waiting = match held.as_ref().map(|held| self.ledger.waiting_of(held)) {
            None => None,
            Some(Ok(waiting)) => Some(waiting),
            Some(Err(error)) if error.damaged() => {
                // For what it waits nobody can tell any more.
                let (base, _) = self.ledger.about(&self.row, scope)?;
                let verdict = Verdict::left(Turn::NotMade, &base);
                return Ok(Looked::Record(Box::new((Vec::new(), base, Some(verdict)))));
            }
            Some(Err(error)) => return Err(error.into()),
        };
        let mut new = Vec::new();
        if let Some(wanted) = &self.wanted {
            let judged = held.as_ref().map(|held| held.judged);
            new = wanted.resolve(waiting.as_ref().zip(judged), &choices)?;
            if new.is_empty() {
                return Ok(Looked::Decided);
            }
        }
        let Some(waiting) = waiting else {
            return Ok(Looked::Over);
        };
        if self.wanted.is_some() && self.ledger.is_answered(self.id)? {
            return Err(DecisionError::Over);
        }
        let (base, whole) = self.ledger.about(&self.row, scope)?;
        let decided: HashSet<&str> = choices
            .keys()
            .map(String::as_str)
            .chain(new.iter().map(|choice| choice.path.as_str()))
            .collect();
        let undecided = waiting
            .lines
            .iter()
            .any(|line| !decided.contains(line.path.as_str()));
        if undecided && !new.is_empty() {
            return Ok(Looked::Record(Box::new((new, base, None))));
        }
        if let Some(naming) = &self.naming
            && self.ledger.holder(naming.identity)?.is_some()
        {
            return Ok(Looked::NameTaken);
        }
        let decisions = choices.values().map(|row| (row.at, row.grant));
        let decisions = decisions.chain(new.iter().map(|choice| (choice.at, choice.grant)));
        let decisions = decisions.map(|(at, grant)| Decision { at, grant });
        let verdict = if whole {
            self.judge(waiting.clone(), decisions.collect(), &base)?
        } else {
            Verdict::left(Turn::NotMade, &base)
        };
        let now = verdict.effect.waiting.as_ref();
        if let Some(now) = now.filter(|now| new.is_empty() && now.is_rest_of(&waiting)) {
            return Ok(Looked::AsBefore(now.awaited().collect()));
        }
        Ok(Looked::Record(Box::new((new, base, Some(verdict)))))
    }

    /// The declaration judged again, with what was decided. `base` is its effect without what it does.
    fn judge(
        self,
        waiting: Waiting,
        decisions: Vec<Decision>,
        base: &Effect,
    ) -> Result<Verdict, DecisionError> {
        let Parties {
            kind,
            maker,
            receiver,
            pair,
        } = self.parties;
        let left = |turn| Verdict::left(turn, base);
        let bericht = kind.clone();
        let judging = self.register.judging();
        let today = day_of(self.at);
        if self.ledger.is_answered(self.id)? {
            // By its receiver, with an answer that nothing was booked by: a second one is not made.
            return Ok(left(Turn::NotMade));
        }
        if !judging.may_answer(&receiver, kind.law.as_str(), kind.soort.number(), today) {
            return Ok(left(Turn::NoMandate));
        }
        let body = match self.ledger.body(&self.row) {
            Ok(Some(body)) => body,
            // Nothing is erased that waits: retention leaves its answer to its receiver first.
            Ok(None) => return Ok(left(Turn::TooOld)),
            Err(error) if error.damaged() => return Ok(left(Turn::NotMade)),
            Err(error) => return Err(error.into()),
        };
        let mapped = match self.ledger.mapped(&self.row) {
            Ok(mapped) => mapped,
            Err(error) if error.damaged() => return Ok(left(Turn::NotMade)),
            Err(error) => return Err(error.into()),
        };
        let id = self.id;
        let asking = Asking {
            id: self.id,
            // Its own use stands in the way of what was used before it: the first verdict has told.
            across: false,
            ledger: self.ledger,
            releases: self.releases,
            limits: self.limits,
            reference: self.reference,
            register: self.register,
            kind,
            maker,
            receiver,
            pair: Some(pair),
            effect: base.clone(),
            own_mode: Mode::Judge,
            day: day_of(self.row.received),
            today,
            body: Bytes::from(body),
            parsed: None,
            naming: self.naming,
            since: None,
            used_up: None,
            // No table is asked again: what its receiver got is there.
            tables: Arc::default(),
            mapped: mapped.map(Bytes::from),
            again: Some(Again {
                position: self.row.position,
                waiting,
                decisions,
            }),
            as_sent: false,
        };
        match asked(|| asking.judge_again(pair)) {
            Ok(verdict) => Ok(verdict),
            Err(IntakeError::Ledger(error)) if !error.damaged() => Err(error.into()),
            // A fault of a rule, or of what is kept, leaves nobody waiting for an answer that never comes.
            Err(_) => {
                let bericht = bericht.name();
                metrics::counter!("knooppunt_not_assessed_total", "bericht" => bericht)
                    .increment(1);
                tracing::error!(message = %id, bericht, "a declaration that waited could not be judged again: its receiver answers");
                Ok(left(Turn::NotMade))
            }
        }
    }
}

impl Verdict {
    /// Nothing was asked of the rules, and nothing is answered.
    fn left(turn: Turn, base: &Effect) -> Self {
        Self {
            turn,
            judged: false,
            findings: Findings::default(),
            effect: base.clone(),
            rows: PastRows::default(),
            answer: None,
        }
    }
}

impl Asking {
    /// What was found in a declaration that waited when it was last judged, made again: this is the ledger right before that verdict, with what was decided
    /// until then. `None`: by this ledger it does not wait. Err: we could not do our work.
    pub(in crate::intake) fn found_again(mut self) -> Result<Option<Findings>, IntakeError> {
        let (Some(row), Some(pair)) = (self.ledger.message_row(self.id)?, self.pair) else {
            return Ok(None);
        };
        let Some(held) = self.ledger.held_at(&row.receiver, row.position)? else {
            return Ok(None);
        };
        let decisions = self.ledger.choices(self.id)?.into_values();
        self.again = Some(Again {
            position: row.position,
            waiting: self.ledger.waiting_of(&held)?,
            decisions: decisions
                .map(|ChoiceRow { at, grant, .. }| Decision { at, grant })
                .collect(),
        });
        self.effect = self.ledger.effect(row.position)?.about();
        Ok(Some(self.judge_again(pair)?.findings))
    }

    /// Judges a message that was taken before: by the past as it is now, and with what was decided since.
    fn judge_again(mut self, pair: Pair) -> Result<Verdict, IntakeError> {
        self.since = self.whole_since()?;
        if self.since.is_none() {
            // What is there may have been taken back by what is missing: nobody is refused for it, so its receiver answers.
            return Ok(Verdict::left(Turn::NotMade, &self.effect));
        }
        let checked = self.releases.check(&self.body, &self.limits);
        #[cfg(test)]
        crate::intake::tests::panic_in(crate::intake::tests::Step::Again, &self.body);
        let bericht = Bericht::read(&checked).filter(|_| checked.findings.is_empty());
        let sent = bericht.ok_or(Panicked)?;
        let other = self.mapped.clone();
        let other = other
            .as_ref()
            .map(|body| self.releases.check(body, &self.limits));
        let other = match &other {
            Some(other) => Some(Bericht::read(other).ok_or(Panicked)?),
            None => None,
        };
        let bericht = self.municipal(&sent, other.as_ref());
        let second = assess::message(bericht);
        let law = self.kind.law.as_str();
        let names = self.ledger.pseudonyms.scope(law, pair);
        let mut past = self.past(bericht, &names)?;
        // It is no second message under its own identification, and goes back behind none that came after it.
        let own =
            (&names as &dyn Pseudonymise).message(bericht.header.soort, bericht.header.maker_id());
        past.replace(RowKey::Message(own), None);
        // Beside the past that it is judged by: what is only asked for the series is none of its own rows.
        let mut aside = self.ledger.past(names.scope());
        let before = self.series_before(&mut aside)?;
        let series = past.replace(RowKey::Series, Some(Row::Series(before)));
        let mut judged = self.ask(bericht, pair, &names, &past, second, Mode::Judge)?;
        past.replace(RowKey::Series, series);
        let base = self.effect.clone();
        let open = judged.open.take();
        let answer = if open.is_none() {
            let forms = (&sent, other.as_ref());
            self.answer(forms, &judged.assessment, Mode::Judge, &names)
        } else {
            None
        };
        let answered = answer.is_some();
        let findings = self.told(&checked, &judged.assessment, Mode::Judge, answered);
        let mut effect = base;
        effect.scope = Some(names.scope());
        let turn = if let Some(answer) = &answer {
            judged.doing.applied.push(answer.seen.clone());
            judged.doing.settles = self.again.as_ref().map(|again| again.position);
            past.apply(&*self.ledger.views, &judged.doing.applied)?;
            effect = effect.doing(names.scope(), &judged.doing);
            Turn::Answered
        } else if let Some(open) = open.filter(|open| !open.is_left()) {
            let changes = assess::when_accepted(bericht, &self.around(pair, past.past(), &names));
            let mut waiting = open.waiting(&self.releases, &checked, bericht, &changes);
            waiting.series = before;
            effect.waiting = Some(waiting);
            Turn::Waits
        } else {
            Turn::NotMade
        };
        let rows = if answer.is_some() {
            past.into_rows()
        } else {
            PastRows::default()
        };
        Ok(Verdict {
            turn,
            judged: true,
            findings,
            effect,
            rows,
            answer,
        })
    }
}

impl Asking {
    /// The declarations that came before a message that is judged again, as a series: of those that were booked when it was last judged, and of those
    /// that it waited for and that were booked since.
    fn series_before(&self, past: &mut Loaded) -> Result<Series, IntakeError> {
        let Some(again) = &self.again else {
            return Ok(Series::default());
        };
        let mut series = again.waiting.series;
        for awaited in &again.waiting.messages {
            let changes = self.ledger.pending_of(awaited.position)?;
            for change in changes.unwrap_or_default() {
                if let Change::Declared { nummer, declaratie } = change {
                    past.load(&*self.ledger.views, [RowKey::Declaratie(nummer)])?;
                    let booked = past.past().declaratie(nummer).is_some();
                    let begins = booked.then_some(declaratie.periode.begin);
                    series.latest = series.latest.max(begins);
                }
            }
        }
        Ok(series)
    }
}

impl Parties {
    /// `None`: of a kind or parties that this program does not know, or not of a municipality and a provider.
    pub(super) fn of(row: &MessageRow) -> Option<Self> {
        Some(Self {
            kind: row.kind.kind()?,
            maker: row.maker_code()?,
            receiver: row.receiver_code()?,
            pair: row.pair()?,
        })
    }
}
