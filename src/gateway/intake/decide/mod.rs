//! What becomes of a message when its turn has come: its place in history, what levels 3 and 4 say of it, the answer that the gateway makes in its
//! receiver's name, and what it does to the past of its scope. Works it out and writes nothing; whoever calls holds the locks.

mod answer;
mod hangs;
mod question;
mod told;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::assess::{self, Around, Footing};
use knooppunt_standard::history::{self, Change, Pseudonymise};
use knooppunt_standard::terms::OwedKey;
use knooppunt_standard::{
    Assessment, Bericht, Checked, Content, Detached, Findings, Kind, Limits, Releases,
};

use super::held::{Again, Open};
use super::map::Mapped;
use super::read::Parsed;
use super::{IntakeError, across};
use crate::clock::day_of;
use crate::lanes::{Panicked, caught};
use crate::ledger::{
    self, Doing, Effect, Found, Ledger, LedgerError, Loaded, Mark, Message, MessageId, Names,
    PastRows,
};
use crate::reference::InForce;
use crate::register::{Mode, Pair, PartyCode, Register};
use crate::translation::Tables;

pub(super) use answer::{Answer, Naming};
pub(super) use question::Asked;
use told::ADVICE_MAX;

/// All that is needed to decide, owned, so that it may go to a lane.
pub(in crate::intake) struct Asking {
    /// What the message will be called when it is taken.
    pub(in crate::intake) id: MessageId,
    /// Whether advice may look at what the maker sent to others.
    pub(in crate::intake) across: bool,
    pub(in crate::intake) ledger: Arc<Ledger>,
    pub(in crate::intake) releases: Arc<Releases>,
    pub(in crate::intake) limits: Limits,
    pub(in crate::intake) reference: Arc<InForce>,
    pub(in crate::intake) tables: Arc<Tables>,
    pub(in crate::intake) register: Arc<Register>,
    pub(in crate::intake) kind: Kind,
    pub(in crate::intake) maker: PartyCode,
    pub(in crate::intake) receiver: PartyCode,
    /// Both of them, by what they are; absent where the rules do not reach.
    pub(in crate::intake) pair: Option<Pair>,
    pub(in crate::intake) effect: Effect,
    /// How far it is judged when it opens a thread.
    pub(in crate::intake) own_mode: Mode,
    /// The day of receipt.
    pub(in crate::intake) day: Date,
    /// The day on which it is answered.
    pub(in crate::intake) today: Date,
    pub(in crate::intake) body: Bytes,
    pub(in crate::intake) parsed: Option<Parsed>,
    /// For the answer that may be made; absent where no answer is owed.
    pub(in crate::intake) naming: Option<Naming>,
    /// The day since which the past of the pair is whole: known when it is decided.
    pub(in crate::intake) since: Option<Date>,
    /// When another message was taken under its identity, if one was: known when it is decided.
    pub(in crate::intake) used_up: Option<Timestamp>,
    /// The form that its receiver gets, of a message that was taken before.
    pub(in crate::intake) mapped: Option<Bytes>,
    /// Set when it was taken before and is judged again.
    pub(in crate::intake) again: Option<Again>,
    /// Whether what it says of products may be something else in the municipality's words: known when it is decided.
    pub(in crate::intake) as_sent: bool,
}

/// What was found and decided.
pub(in crate::intake) enum Decision {
    /// The same bytes were taken before.
    Same(Box<Message>),
    /// Other bytes were taken under its identity.
    Other { first: Timestamp },
    /// The identification for its answer is used already: choose another.
    NameTaken,
    /// It is new.
    New(Box<Decided>),
}

/// What becomes of a new message.
pub(in crate::intake) struct Decided {
    pub(in crate::intake) id: MessageId,
    pub(in crate::intake) question: Option<Asked>,
    pub(in crate::intake) mode: Mode,
    pub(in crate::intake) marks: Vec<Mark>,
    pub(in crate::intake) found: Found,
    /// The findings part.
    pub(in crate::intake) findings: Option<Vec<u8>>,
    /// What only its maker is told, and only now: of what he sent to others nothing is kept with it.
    pub(in crate::intake) elsewhere: Findings,
    pub(in crate::intake) effect: Effect,
    pub(in crate::intake) rows: PastRows,
    pub(in crate::intake) answer: Option<Answer>,
    /// What became of its products.
    pub(in crate::intake) mapped: Mapped,
    /// The allocations that it changes at once.
    pub(in crate::intake) allocated: BTreeSet<history::Pseudonym>,
}

/// A message as its sender made it.
#[derive(Clone, Copy)]
pub(in crate::intake) struct Sent<'a, 't> {
    checked: &'a Checked<'t>,
    bericht: &'a Bericht<'t>,
}

/// What the rules say, and what follows.
#[derive(Default)]
pub(in crate::intake) struct Judged {
    pub(in crate::intake) assessment: Assessment,
    pub(in crate::intake) doing: Doing,
    /// What the changes were about whose waiting ends with it.
    waited: BTreeSet<OwedKey>,
    /// What the outcome hangs on that is not settled: messages that wait for an answer, or a decision of the receiver.
    pub(in crate::intake) open: Option<Open>,
    /// Whether it counts as not sent when it is answered so.
    refused: bool,
}

impl Asking {
    /// Looks at history and decides. Err: the ledger could not be read, or a bug of ours.
    pub(in crate::intake) fn decide(mut self) -> Result<Decision, IntakeError> {
        self.since = self.whole_since()?;
        // Where what is there may have been taken back by what is missing, no rule may refuse in anybody's name.
        if self.since.is_none() && self.own_mode == Mode::Judge {
            self.own_mode = Mode::Guard;
        }
        if let Some(message) = self.ledger.holder(self.effect.identity)? {
            let first = message.received;
            if self.ledger.hash_of(&message)? == self.effect.body_hash {
                return Ok(Decision::Same(Box::new(message)));
            }
            // Whoever judges it answers it (TR056); else its receiver could not tell the two apart.
            if self.own_mode != Mode::Judge || self.parsed.is_none() {
                return Ok(Decision::Other { first });
            }
            let names = &self.ledger.pseudonyms;
            let other = names.other(self.effect.identity, &self.effect.body_hash);
            if let Some(message) = self.ledger.holder(other)? {
                return Ok(Decision::Same(Box::new(message)));
            }
            self.effect.identity = other;
            self.used_up = Some(first);
        }
        if let Some(naming) = &self.naming
            && self.ledger.holder(naming.identity)?.is_some()
        {
            return Ok(Decision::NameTaken);
        }
        let parsed = self.parsed.take();
        let (question, mut marks) = self.find_question()?;
        let (mut mapped, mut other) = (Mapped::default(), None);
        let parsed = match (parsed, self.pair) {
            (Some(parsed), Some(pair)) => {
                let (parsed, of, form) = self.map(pair, question, parsed)?;
                (mapped, other) = (of, form);
                Some(parsed)
            }
            (parsed, _) => parsed,
        };
        if mapped.left {
            marks.push(Mark::NotTranslated);
            // What it would say in the municipality's form nobody knows, and no refusal rests on what we may not know.
            self.own_mode = self.own_mode.min(Mode::Guard);
            self.as_sent = self.judged_by_other_form();
        }
        if mapped.twice {
            marks.push(Mark::StandsTwice);
            // What its receiver makes of it he says himself: it is our doing.
            self.own_mode = self.own_mode.min(Mode::Guard);
        }
        let form = mapped.body.clone().zip(other);
        let blank = || Decided {
            id: self.id,
            question,
            mode: question.map_or(self.own_mode, |asked| asked.mode),
            marks: marks.clone(),
            found: Found::default(),
            findings: None,
            elsewhere: Findings::default(),
            effect: self.effect.clone(),
            rows: PastRows::default(),
            answer: None,
            mapped: Mapped::default(),
            allocated: BTreeSet::new(),
        };
        let mut decided = blank();
        if let (Some(parsed), Some(pair)) = (parsed, self.pair) {
            match asked(|| self.judge_parsed(&mut decided, pair, parsed, form)) {
                Ok(()) => {}
                Err(error @ IntakeError::Ledger(_)) => return Err(error),
                // A fault of a rule takes no message away from its receiver.
                Err(IntakeError::Bug(_)) => {
                    decided = blank();
                    self.carry(&mut decided, pair, mapped.body.as_ref())?;
                }
            }
        }
        if let (Some(first), None) = (self.used_up, &decided.answer) {
            return Ok(Decision::Other { first });
        }
        decided
            .found
            .not_translated
            .clone_from(&mapped.translation.left);
        decided.mapped = if decided.marks.contains(&Mark::Refused) {
            mapped.not_forwarded()
        } else {
            mapped
        };
        Ok(Decision::New(Box::new(decided)))
    }

    fn judge_parsed(
        &self,
        decided: &mut Decided,
        pair: Pair,
        Parsed { checked, second }: Parsed,
        form: Option<(Bytes, Detached)>,
    ) -> Result<(), IntakeError> {
        let checked = checked.attach(&self.body).ok_or(Panicked)?;
        #[cfg(test)]
        super::tests::panic_in(super::tests::Step::Chain, &self.body);
        let bericht = Bericht::read(&checked).ok_or(Panicked)?;
        let sent = Sent {
            checked: &checked,
            bericht: &bericht,
        };
        let Some((body, other)) = form else {
            return self.judge(decided, pair, sent, None, second?);
        };
        let other = other.attach(&body).ok_or(Panicked)?;
        let other = Bericht::read(&other).ok_or(Panicked)?;
        self.judge(decided, pair, sent, Some(&other), second?)
    }

    /// What becomes of a message of which the rules could not be asked, through a bug of ours: its receiver answers, and nothing is said of it. What it does
    /// when he accepts it is worked out if that goes without the rules that failed; else nobody can tell, and what rests on it stays open.
    fn carry(
        &self,
        decided: &mut Decided,
        pair: Pair,
        form: Option<&Bytes>,
    ) -> Result<(), LedgerError> {
        let (bericht, mode) = (self.kind.name(), decided.mode);
        metrics::counter!("knooppunt_not_assessed_total", "bericht" => bericht).increment(1);
        tracing::error!(bericht, %mode, "the rules failed on a message, which is carried without them: a fault of ours");
        decided.marks.push(Mark::NotAssessed);
        let names = self.ledger.pseudonyms.scope(self.kind.law.as_str(), pair);
        if self.naming.is_some() && mode.answers() {
            decided.marks.push(Mark::Waits);
        }
        if let Some(asked) = decided.question
            && self.ledger.is_pending(names.scope(), asked.position)?
        {
            decided.marks.push(Mark::NotBooked);
        }
        match asked(|| self.unasked(pair, &names, form)) {
            Ok((effect, rows)) => {
                decided.effect = effect;
                decided.rows = rows;
            }
            Err(IntakeError::Ledger(error)) => return Err(error),
            Err(IntakeError::Bug(_)) => {
                decided.effect = self.effect.clone().untold(names.scope());
            }
        }
        Ok(())
    }

    /// What a message does to the past without a rule being asked of it.
    fn unasked(
        &self,
        pair: Pair,
        names: &Names,
        form: Option<&Bytes>,
    ) -> Result<(Effect, PastRows), IntakeError> {
        let judged = form.filter(|_| self.judged_by_other_form());
        let judged = judged.unwrap_or(&self.body);
        let checked = self.releases.check(judged, &self.limits);
        #[cfg(test)]
        super::tests::panic_in(super::tests::Step::Accepted, &self.body);
        let bericht = Bericht::read(&checked).ok_or(Panicked)?;
        let mut past = self.past(&bericht, names)?;
        let mut doing = Doing {
            applied: vec![history::seen(&bericht, names)],
            ..Doing::default()
        };
        if self.naming.is_some() {
            let around = self.around(pair, past.past(), names);
            doing.pending = self.booked(assess::when_accepted(&bericht, &around));
        }
        let owed = self.owed(None, (&doing, &BTreeSet::new()), names, &mut past)?;
        let effect = self.effect.clone().doing(names.scope(), &doing);
        let effect = effect.owing(owed).using(across::used(&doing));
        Ok((effect, past.into_rows()))
    }

    /// What is booked when its receiver accepts it, which tells whether its products are said in the municipality's words.
    fn booked(&self, changes: Vec<Change>) -> Vec<Change> {
        if self.as_sent {
            history::as_sent(changes)
        } else {
            changes
        }
    }

    /// The rows of the past that a message can need.
    pub(in crate::intake) fn past(
        &self,
        bericht: &Bericht<'_>,
        names: &Names,
    ) -> Result<Loaded, LedgerError> {
        let mut past = self.ledger.past(names.scope());
        past.load_wanted(&*self.ledger.views, bericht, names)?;
        Ok(past)
    }

    fn judge(
        &self,
        decided: &mut Decided,
        pair: Pair,
        sent: Sent<'_, '_>,
        other: Option<&Bericht<'_>>,
        second: Assessment,
    ) -> Result<(), IntakeError> {
        // The elements of both forms are the same, one by one: what is found in the one is told of the other.
        let (checked, bericht) = (sent.checked, self.municipal(sent.bericht, other));
        let law = self.kind.law.as_str();
        let names = self.ledger.pseudonyms.scope(law, pair);
        let mut past = self.past(bericht, &names)?;
        let series = past.past().series().copied().unwrap_or_default();
        let mut judged = self.ask(bericht, pair, &names, &past, second, decided.mode)?;
        if bericht.kind.soort.answers().is_some() {
            self.settle(decided, &mut judged, bericht, &names)?;
        }
        let mut waits = decided.mode.answers() && judged.open.is_some();
        if self.may_answer(decided.mode, &judged) {
            let forms = (sent.bericht, other);
            decided.answer = self.answer(forms, &judged.assessment, decided.mode, &names);
            // What would be answered and cannot be waits for its receiver.
            waits |= decided.answer.is_none();
        }
        // Of a declaration whose outcome is open the answer is kept back as long as somebody can settle it; what else is open, or cannot be answered, its
        // receiver answers.
        let held = judged.open.take().filter(|open| !open.is_left());
        let held = held.filter(|_| decided.mode == Mode::Judge && is_declaratie(bericht));
        match &decided.answer {
            Some(_) => {
                judged.doing.pending.clear();
                if judged.refused {
                    decided.marks.push(Mark::Refused);
                }
            }
            None if self.naming.is_some() => {
                if held.is_some() {
                    decided.marks.push(Mark::Held);
                } else if waits {
                    decided.marks.push(Mark::Waits);
                }
                // The receiver answers: what he accepts is what the message says, whatever the rules say of it.
                let around = self.around(pair, past.past(), &names);
                judged.doing.applied.clear();
                judged.doing.pending = self.booked(assess::when_accepted(bericht, &around));
            }
            None => {}
        }
        let seen = history::seen(bericht, &names);
        judged.doing.applied.insert(0, seen);
        if let Some(answer) = &decided.answer {
            judged.doing.applied.push(answer.seen.clone());
        }
        let allocation = |change: &Change| {
            if let Change::Toewijzing { nummer, .. } = change {
                Some(*nummer)
            } else {
                None
            }
        };
        let applied = judged.doing.applied.iter();
        decided.allocated = applied.filter_map(allocation).collect();
        let done = (&judged.doing, &judged.waited);
        let owed = self.owed(decided.question, done, &names, &mut past)?;
        decided.rows = past.into_rows();
        let effect = self.effect.clone().doing(names.scope(), &judged.doing);
        decided.effect = effect.owing(owed).using(across::used(&judged.doing));
        if let Some(open) = held {
            let pending = &judged.doing.pending;
            let mut waiting = open.waiting(&self.releases, checked, bericht, pending);
            waiting.series = series;
            decided.effect.waiting = Some(waiting);
        }
        if self.across {
            let mut advice = across::advice(&self.ledger, bericht, &names)?;
            let more = advice.len().saturating_sub(ADVICE_MAX) as u64;
            advice.truncate(ADVICE_MAX);
            decided.elsewhere = Findings {
                more,
                ..self.releases.findings(checked, &advice)
            };
        }
        let findings = self.told(
            checked,
            &judged.assessment,
            decided.mode,
            decided.answer.is_some(),
        );
        decided.findings = ledger::findings_part(&findings);
        decided.found = Found::of(findings);
        Ok(())
    }

    /// The municipality's form: what its provider sent when nothing in that is translated, or what came of it.
    pub(in crate::intake) fn municipal<'b, 't>(
        &self,
        sent: &'b Bericht<'t>,
        other: Option<&'b Bericht<'t>>,
    ) -> &'b Bericht<'t> {
        other
            .filter(|_| self.judged_by_other_form())
            .unwrap_or(sent)
    }

    /// Levels 3 and 4 of what level 2 lets through. Where the gateway would answer by them it also says whether their outcome is certain.
    pub(in crate::intake) fn ask(
        &self,
        bericht: &Bericht<'_>,
        pair: Pair,
        names: &Names,
        past: &Loaded,
        second: Assessment,
        mode: Mode,
    ) -> Result<Judged, LedgerError> {
        if second.refused_at_message() {
            return Ok(Judged {
                assessment: second,
                refused: true,
                ..Judged::default()
            });
        }
        let decisions = self
            .again
            .as_ref()
            .map_or(&[][..], |again| &again.decisions);
        let around = self.around(pair, past.past(), names);
        let now = assess::decided(bericht, &around, decisions);
        let mut open = None;
        if mode == Mode::Judge && self.naming.is_some() {
            let footing = Footing::of(bericht, &now, past.past(), past.keys());
            let hangs = self.hangs(names, &footing, is_declaratie(bericht))?;
            let on_as_sent = assess::rests_on_as_sent(bericht, past.past(), names);
            if on_as_sent {
                metrics::counter!("knooppunt_outcomes_open_total", "bericht" => self.kind.name(), "reason" => "as-sent").increment(1);
            }
            let found = Open {
                lines: now.held,
                on_as_sent,
                ..hangs
            };
            open = (!found.is_empty()).then_some(found);
        }
        let mut assessment = now.assessment;
        assessment.breaches.extend(second.breaches);
        assessment.sort();
        // Of a declaration only an error on its header or as a whole means that it counts as not sent.
        let processed = if is_declaratie(bericht) {
            !now.changes.is_empty()
        } else {
            assessment.accepts()
        };
        Ok(Judged {
            assessment,
            doing: Doing {
                applied: now.changes,
                ..Doing::default()
            },
            waited: BTreeSet::new(),
            open,
            refused: !processed,
        })
    }

    /// The day since which the past of the pair is whole: as the register says, unless a damaged effect of that day or later is missing in it.
    pub(in crate::intake) fn whole_since(&self) -> Result<Option<Date>, LedgerError> {
        let (law, Some(pair)) = (self.kind.law.as_str(), &self.pair) else {
            return Ok(None);
        };
        let judging = self.register.judging();
        let Some(since) = judging.history_from(law, &pair.gemeente, &pair.aanbieder) else {
            return Ok(None);
        };
        let hole = self.ledger.last_hole(law, pair)?;
        Ok(Some(since).filter(|since| hole.is_none_or(|hole| day_of(hole) < *since)))
    }

    pub(in crate::intake) fn around<'a>(
        &'a self,
        pair: Pair,
        past: &'a history::Past,
        names: &'a dyn Pseudonymise,
    ) -> Around<'a> {
        let judging = self.register.judging();
        Around {
            past,
            pseudonyms: names,
            reference: &self.reference.reference,
            settings: judging.settings(&pair.gemeente),
            received: self.day,
            history_from: self.since,
            used_up: self.used_up.is_some(),
        }
    }
}

/// Does work that asks the rules: one that panics is a bug of ours like one that says so.
pub(in crate::intake) fn asked<T>(
    work: impl FnOnce() -> Result<T, IntakeError>,
) -> Result<T, IntakeError> {
    caught(work).unwrap_or_else(|panicked| Err(panicked.into()))
}

fn is_declaratie(bericht: &Bericht<'_>) -> bool {
    matches!(bericht.content, Content::Declaratie(_))
}
