//! Declarations whose answer the gateway keeps back: what each waits for, what its receiver decides on its lines, and how it is judged again.
//!
//! A decision, the verdict that follows from it, the one 325 and its copy become durable together or not at all, under the locks that handing in takes. Of one
//! scope what waits is judged again in the order of the journal, each in the light of those before it; nothing waits for what came after it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use knooppunt_standard::assess::{self, Decision};
use knooppunt_standard::history::{Change, Pseudonymise, Row, RowKey, Series};
use knooppunt_standard::rules::{self, Breach, Weight};
use knooppunt_standard::{Bericht, Checked, Content, Findings, Kind, Limits, Releases};
use tokio::sync::Notify;

use super::decide::{Answer, Asking, Naming};
use super::{Intake, IntakeError, answers, counts_of};
use crate::clock::day_of;
use crate::lanes::Panicked;
use crate::ledger::{
    self, Also, Asked, Awaited, Choice, ChoiceRow, Decided, Effect, Event, Ledger, LedgerError,
    Loaded, MessageId, MessageRow, Named, PastRows, Reconsidered, Submission, Turn, Unclear,
    Waiting,
};
use crate::reference::InForce;
use crate::register::{Mode, Pair, PartyCode, Register};
use crate::route::Caller;

/// Most lines that are named of each message that is waited for; the rest is counted.
const PATHS_MAX: usize = 100;
/// Most declarations of a scope that are read at once to be judged again.
const STEP: usize = 100;

/// What is decided, on which lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The same on every line that still asks: granted, or refused.
    Rest(bool),
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
    /// It does not wait any more: it was answered, or its answer was left to its receiver.
    #[error("it does not wait any more")]
    Over,
    /// The opposite was decided before.
    #[error("decided otherwise before")]
    Otherwise {
        /// Of which line; `None`: of all that asked.
        path: Option<String>,
    },
    /// A line asks for no decision: it waits for a message, or for nothing.
    #[error("line {number} of the request asks for no decision")]
    NotAsked {
        /// Its number in the request, from 1.
        number: usize,
    },
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

/// Scopes, by their names in the views, of which what waits is to be judged again. Each once: as many as there are scopes in which something waits.
#[derive(Debug, Default)]
pub(super) struct Queue {
    scopes: Mutex<BTreeSet<[u8; 16]>>,
    filled: Notify,
}

impl Queue {
    pub(super) fn add(&self, scope: [u8; 16]) {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        scopes.insert(scope);
        drop(scopes);
        self.filled.notify_one();
    }

    fn next(&self) -> Option<[u8; 16]> {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        scopes.pop_first()
    }
}

/// What the outcome of a message hangs on that is not settled.
#[derive(Default)]
pub(super) struct Open {
    /// Lines on which the receiver has to decide.
    pub(super) lines: Vec<assess::Held>,
    /// Messages that wait for an answer, by position, with the rows of the past that they and the message both touch.
    pub(super) messages: Vec<(u64, HashSet<RowKey>)>,
    /// Set when not all of those were looked at.
    pub(super) unclear: Option<Unclear>,
}

impl Open {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.messages.is_empty() && self.unclear.is_none()
    }

    /// The same in the words of the ledger: with the paths of the lines. `changes` is what the declaration changes when all of it is accepted.
    pub(super) fn waiting(
        self,
        releases: &Releases,
        checked: &Checked<'_>,
        bericht: &Bericht<'_>,
        changes: &[Change],
    ) -> Waiting {
        let touched = touched(&self.messages, bericht, changes);
        let named = touched
            .iter()
            .flat_map(|lines| lines.iter().take(PATHS_MAX));
        let asked = self.lines.iter().map(|line| line.at);
        let paths = paths(releases, checked, named.copied().chain(asked));
        let path = |at: &u32| paths.get(at).cloned().unwrap_or_default();
        let lines = self.lines.iter().map(|line| Asked {
            at: line.at,
            path: path(&line.at),
            rule: line.rule.id.to_owned(),
        });
        let messages = self.messages.iter().zip(&touched);
        let messages = messages.map(|((position, _), lines)| Awaited {
            position: *position,
            paths: lines.iter().take(PATHS_MAX).map(path).collect(),
            more: lines.len().saturating_sub(PATHS_MAX) as u64,
        });
        Waiting {
            lines: lines.collect(),
            messages: messages.collect(),
            unclear: self.unclear,
            series: Series::default(),
        }
    }
}

/// By message that is waited for: the elements of the lines that it may change, in document order; none when it may change the declaration as a whole.
fn touched(
    messages: &[(u64, HashSet<RowKey>)],
    bericht: &Bericht<'_>,
    changes: &[Change],
) -> Vec<Vec<u32>> {
    let Content::Declaratie(declaratie) = &bericht.content else {
        return vec![Vec::new(); messages.len()];
    };
    if messages.is_empty() {
        return Vec::new();
    }
    let lines = declaratie
        .clients
        .iter()
        .flat_map(|client| &client.prestaties);
    // When all of it is accepted every line is granted, in document order.
    let granted = changes.iter().filter_map(|change| {
        if let Change::Granted { line, .. } = change {
            Some((change, line))
        } else {
            None
        }
    });
    let mut by_row: HashMap<RowKey, Vec<u32>> = HashMap::new();
    for (element, (change, line)) in lines.zip(granted) {
        let own = [
            RowKey::Toewijzing(line.toewijzing),
            RowKey::Client(line.client),
        ];
        for row in change.rows().into_iter().chain(own) {
            by_row.entry(row).or_default().push(element.node.number());
        }
    }
    let of_one = |rows: &HashSet<RowKey>| {
        let lines: BTreeSet<u32> = rows
            .iter()
            .filter_map(|row| by_row.get(row))
            .flatten()
            .copied()
            .collect();
        lines.into_iter().collect()
    };
    messages.iter().map(|(_, rows)| of_one(rows)).collect()
}

/// Paths of elements of a message.
fn paths(
    releases: &Releases,
    checked: &Checked<'_>,
    elements: impl Iterator<Item = u32>,
) -> BTreeMap<u32, String> {
    let elements: BTreeSet<u32> = elements.collect();
    let Some(rule) = rules::all().next() else {
        return BTreeMap::new();
    };
    // Findings have places, whatever their rule.
    let breach = |at: &u32| Breach {
        rule,
        at: *at,
        weight: Weight::Advises,
    };
    let breaches: Vec<Breach> = elements.iter().map(breach).collect();
    let found = releases.findings(checked, &breaches);
    let paths = found.list.into_iter().map(|finding| finding.path);
    elements.into_iter().zip(paths).collect()
}

/// What a message that is judged again was, and what was decided on it.
pub(super) struct Again {
    /// Position of its record.
    pub(super) position: u64,
    /// What it waited for since it was last judged.
    waiting: Waiting,
    pub(super) decisions: Vec<Decision>,
}

/// A new verdict on a message that was taken before.
struct Verdict {
    turn: Turn,
    /// Whether the rules were asked.
    judged: bool,
    findings: Findings,
    effect: Effect,
    rows: PastRows,
    answer: Option<Answer>,
}

/// Of which kind a declaration is, and whose.
#[derive(Clone)]
struct Parties {
    kind: Kind,
    maker: PartyCode,
    receiver: PartyCode,
    pair: Pair,
}

/// All that is needed to look at one declaration again, owned, so that it may go to a lane.
struct Look {
    ledger: Arc<Ledger>,
    releases: Arc<Releases>,
    limits: Limits,
    reference: Arc<InForce>,
    register: Arc<Register>,
    at: Timestamp,
    id: MessageId,
    row: MessageRow,
    parties: Parties,
    naming: Option<Naming>,
    wanted: Option<Wanted>,
}

/// What a look at a declaration shows.
enum Looked {
    /// Nothing is to be recorded.
    AsBefore,
    /// The identification for its answer is used already: choose another.
    NameTaken,
    /// What is to be recorded: choices, a verdict, or both.
    Record(Box<(Vec<Choice>, Effect, Option<Verdict>)>),
}

impl Intake {
    /// Decides on lines of a declaration that waits for the receiver, whom the caller may decide for. When the last line is decided and nothing else is waited
    /// for, the declaration is judged again and answered in the same commit. Deciding the same again changes nothing.
    /// Err: nothing was recorded.
    pub async fn decide_lines(
        &self,
        caller: &Caller,
        id: MessageId,
        wanted: Wanted,
    ) -> Result<(), DecisionError> {
        let register = Arc::clone(&caller.register);
        let party = caller.party.to_string();
        let turn = self.look(register, caller.at, id, Some((party, wanted)));
        turn.await.map(|_| ())
    }

    /// Notes that everything that waits is to be judged again: at the start, and when a register or reference data came into force. Err: the views cannot be read.
    pub fn queue_all(&self) -> Result<(), LedgerError> {
        let mut last = None;
        while let Some(scope) = self.ledger.next_held_scope(last.as_ref())? {
            self.queue.add(scope);
            last = Some(scope);
        }
        Ok(())
    }

    /// Waits until something that waits is to be judged again.
    pub async fn queued(&self) {
        self.queue.filled.notified().await;
    }

    /// Judges again what waits in the scopes in which something was settled, in the order of the journal, with this register. Gives how many declarations
    /// were answered. Err: we could not do our work; what was not judged again stays noted.
    pub async fn judge_again(
        &self,
        register: &Arc<Register>,
        at: Timestamp,
    ) -> Result<usize, IntakeError> {
        let mut answered = 0;
        while let Some(scope) = self.queue.next() {
            match self.judge_scope_again(scope, register, at).await {
                Ok(number) => answered += number,
                Err(error) => {
                    self.queue.add(scope);
                    return Err(error);
                }
            }
        }
        Ok(answered)
    }

    async fn judge_scope_again(
        &self,
        scope: [u8; 16],
        register: &Arc<Register>,
        at: Timestamp,
    ) -> Result<usize, IntakeError> {
        let (mut from, mut answered) = (0, 0);
        loop {
            let ledger = Arc::clone(&self.ledger);
            let held = ledger::blocking(move || ledger.held_in(&scope, from, STEP)).await?;
            for pointer in &held {
                from = pointer.position.saturating_add(1);
                match self
                    .look(Arc::clone(register), at, pointer.message, None)
                    .await
                {
                    Ok(Some(Turn::Answered)) => answered += 1,
                    Ok(_) | Err(DecisionError::NotFound) => {}
                    Err(DecisionError::Failed(IntakeError::Ledger(error))) => {
                        return Err(error.into());
                    }
                    // One that cannot be judged must not hold up the others.
                    Err(error) => {
                        metrics::counter!("knooppunt_held_not_judged_total").increment(1);
                        tracing::error!(message = %pointer.message, %error, "a declaration that waits cannot be judged again: its receiver has to answer it");
                    }
                }
            }
            if held.len() < STEP {
                return Ok(answered);
            }
        }
    }

    /// Looks at one declaration under its locks and records what follows. Gives what became of it, if anything did.
    async fn look(
        &self,
        register: Arc<Register>,
        at: Timestamp,
        id: MessageId,
        wanted: Option<(String, Wanted)>,
    ) -> Result<Option<Turn>, DecisionError> {
        let ledger = Arc::clone(&self.ledger);
        let row = ledger::blocking(move || ledger.message_row(id)).await?;
        let row = row.ok_or(DecisionError::NotFound)?;
        let parties = Parties::of(&row).ok_or(DecisionError::NotFound)?;
        let Parties {
            kind,
            pair,
            receiver,
            ..
        } = parties.clone();
        let scope = self.ledger.pseudonyms.scope_name(kind.law.as_str(), pair);
        let scope = self.ledger.name(scope);
        let (party, wanted) = wanted.unzip();
        let bytes = usize::try_from(row.body_bytes).unwrap_or(usize::MAX);
        let _room = self.lanes.room(bytes).await?;
        loop {
            let naming = Naming::random(&self.ledger, &kind, receiver)?;
            let names = naming
                .iter()
                .map(|naming| self.ledger.name(naming.identity));
            let names: Vec<_> = names.collect();
            let held = self
                .ledger
                .locks
                .message(&names, row.lock, Some(scope))
                .await;
            let reference = self.references.current();
            let look = Look {
                ledger: Arc::clone(&self.ledger),
                releases: Arc::clone(&self.releases),
                limits: self.limits.clone(),
                reference: Arc::clone(&reference),
                register: Arc::clone(&register),
                at,
                id,
                row: row.clone(),
                parties: parties.clone(),
                naming,
                wanted: wanted.clone(),
            };
            let looked = self.lanes.run(bytes, move || look.look()).await??;
            let (choices, base, verdict) = match looked {
                Looked::NameTaken => continue,
                Looked::AsBefore => return Ok(None),
                Looked::Record(found) => *found,
            };
            let turn = verdict.as_ref().map(|verdict| verdict.turn);
            let inputs = ledger::Inputs {
                reference: reference.hash,
                ..self.inputs(&register, row.received, Some(&kind))
            };
            let records = Records {
                register: &register,
                at,
                id,
                row: &row,
                party: party.as_deref().unwrap_or_default(),
                inputs,
            };
            let submission = records.submission(choices, base, verdict, held)?;
            self.ledger.commit(submission).await?;
            if let Some(turn) = turn {
                metrics::counter!("knooppunt_judged_again_total", "outcome" => turn.code())
                    .increment(1);
                tracing::info!(message = %id, outcome = turn.code(), "a declaration that waited was judged again");
            }
            if turn == Some(Turn::Answered) {
                // What waited for this one.
                self.queue.add(scope);
            }
            return Ok(turn);
        }
    }
}

/// Makes the records of what a look at a declaration showed.
struct Records<'a> {
    register: &'a Register,
    at: Timestamp,
    id: MessageId,
    row: &'a MessageRow,
    /// Who decided.
    party: &'a str,
    inputs: ledger::Inputs,
}

impl Records<'_> {
    /// All of it as one: the decision first, then the verdict, the answer and its copy.
    fn submission(
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
                };
                records.extend(answers(self.register, day_of(self.at), &asked, answer)?);
            }
        }
        let mut records = records.into_iter();
        let first = records.next().ok_or(LedgerError::Views {
            what: "a look that found something to record and nothing in it",
        })?;
        Ok(Submission {
            event: first.event,
            effect: Some(first.effect),
            body: first.body,
            findings: first.findings,
            erases: Vec::new(),
            also: records.collect(),
            past,
            held,
        })
    }
}

impl Look {
    fn look(self) -> Result<Looked, DecisionError> {
        let held = self.ledger.held_at(&self.row.receiver, self.row.position)?;
        let choices = self.ledger.choices(self.id)?;
        let waiting = match &held {
            Some(held) => Some(self.ledger.waiting_of(held)?),
            None => None,
        };
        let mut new = Vec::new();
        if let Some(wanted) = &self.wanted {
            new = wanted.resolve(waiting.as_ref(), &choices)?;
            if new.is_empty() {
                return Ok(Looked::AsBefore);
            }
        }
        let Some(waiting) = waiting else {
            return Ok(Looked::AsBefore);
        };
        if self.wanted.is_some() && self.ledger.is_answered(self.id)? {
            return Err(DecisionError::Over);
        }
        let base = self.ledger.effect(self.row.position)?.about();
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
        let verdict = self.judge(waiting.clone(), decisions.collect(), &base)?;
        let as_before = new.is_empty()
            && verdict.turn == Turn::Waits
            && verdict.effect.waiting.as_ref() == Some(&waiting);
        if as_before {
            return Ok(Looked::AsBefore);
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
        let left = |turn| Verdict {
            turn,
            judged: false,
            findings: Findings::default(),
            effect: base.clone(),
            rows: PastRows::default(),
            answer: None,
        };
        let judging = self.register.judging();
        let today = day_of(self.at);
        if self.ledger.is_answered(self.id)? {
            // By its receiver, with an answer that nothing was booked by: a second one is not made.
            return Ok(left(Turn::NotMade));
        }
        if !judging.may_answer(&receiver, kind.law.as_str(), kind.soort.number(), today) {
            return Ok(left(Turn::NoMandate));
        }
        let Some(body) = self.ledger.body(&self.row)? else {
            // Nothing is erased that waits: retention leaves its answer to its receiver first.
            return Ok(left(Turn::TooOld));
        };
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
            used_up: None,
            again: Some(Again {
                position: self.row.position,
                waiting,
                decisions,
            }),
        };
        Ok(asking.judge_again(pair)?)
    }
}

impl Asking {
    /// Judges a message that was taken before: by the past as it is now, and with what was decided since.
    fn judge_again(self, pair: Pair) -> Result<Verdict, IntakeError> {
        let checked = self.releases.check(&self.body, &self.limits);
        let bericht = Bericht::read(&checked).filter(|_| checked.findings.is_empty());
        let bericht = bericht.ok_or(Panicked)?;
        let second = assess::message(&bericht);
        let law = self.kind.law.as_str();
        let names = self.ledger.pseudonyms.scope(law, pair);
        let mut past = self.past(&bericht, &names)?;
        // It is no second message under its own identification, and goes back behind none that came after it.
        let own =
            (&names as &dyn Pseudonymise).message(bericht.header.soort, bericht.header.maker_id());
        past.replace(RowKey::Message(own), None);
        let before = self.series_before(&mut past)?;
        let series = past.replace(RowKey::Series, Some(Row::Series(before)));
        let mut judged = self.ask(&bericht, pair, &names, &past, second, Mode::Judge)?;
        past.replace(RowKey::Series, series);
        let base = self.effect.clone();
        let open = judged.open.take();
        let answer = if open.is_none() {
            self.answer(&bericht, &judged.assessment, Mode::Judge, &names)
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
        } else if let Some(open) = open {
            let changes = assess::when_accepted(&bericht, &self.around(pair, past.past(), &names));
            let mut waiting = open.waiting(&self.releases, &checked, &bericht, &changes);
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

impl Wanted {
    /// The choices that are new. Err: one cannot be taken, so none is.
    fn resolve(
        &self,
        waiting: Option<&Waiting>,
        choices: &BTreeMap<String, ChoiceRow>,
    ) -> Result<Vec<Choice>, DecisionError> {
        let asked = waiting.map_or(&[][..], |waiting| &waiting.lines);
        match self {
            Self::Rest(grant) => {
                let undecided = asked
                    .iter()
                    .filter(|line| !choices.contains_key(&line.path));
                let new: Vec<Choice> = undecided.map(|line| line.choose(*grant)).collect();
                if !new.is_empty() || choices.values().any(|chosen| chosen.grant == *grant) {
                    return Ok(new);
                }
                Err(match (waiting, choices.is_empty()) {
                    (_, false) => DecisionError::Otherwise { path: None },
                    (Some(_), true) => DecisionError::NotAsked { number: 1 },
                    (None, true) => DecisionError::Over,
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
        }
    }
}

impl Parties {
    /// `None`: of a kind or parties that this program does not know, or not of a municipality and a provider.
    fn of(row: &MessageRow) -> Option<Self> {
        let code = |text: &str| text.parse::<PartyCode>().ok();
        let (maker, receiver) = (code(&row.maker)?, code(&row.receiver)?);
        Some(Self {
            kind: row.kind.kind()?,
            maker,
            receiver,
            pair: Pair::of(maker, receiver)?,
        })
    }
}
