//! What becomes of a message when its turn has come: its place in history, what levels 3 and 4 say of it, the answer that the gateway makes in its
//! receiver's name, and what it does to the past of its scope. Works it out and writes nothing; whoever calls holds the locks.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use knooppunt_standard::assess::{self, Around, Footing};
use knooppunt_standard::history::{self, Pseudonymise, RowKey, Settled};
use knooppunt_standard::retour::{self, MadeAs};
use knooppunt_standard::rules::{Breach, Level, Weight};
use knooppunt_standard::terms::{self, MessageName, OwedKey, Settles, Step, Taken};
use knooppunt_standard::{
    Assessment, Bericht, Berichtsoort, Checked, Content, Findings, Kind, Limits, Releases,
};
use sha2::{Digest as _, Sha256};

use super::held::{Again, Open};
use super::read::{Identified, Parsed};
use super::{IntakeError, across};
use crate::clock::day_of;
use crate::lanes::{Panicked, caught};
use crate::ledger::{
    self, Doing, Effect, Found, Ledger, LedgerError, Loaded, Mark, Message, MessageId, Names,
    PastRows, Pseudonym, ThreadId, Unclear,
};
use crate::reference::InForce;
use crate::register::{Mode, Pair, PartyCode, Register};

/// Most messages of one scope that may wait for an answer and still be looked at; with more, no outcome is certain.
const PENDING_MAX: usize = 500;
/// Most bytes of what those do that are looked at for one message; with more, no outcome is certain.
const PENDING_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// All that is needed to decide, owned, so that it may go to a lane.
pub(super) struct Asking {
    /// What the message will be called when it is taken.
    pub(super) id: MessageId,
    /// Whether advice may look at what the maker sent to others.
    pub(super) across: bool,
    pub(super) ledger: Arc<Ledger>,
    pub(super) releases: Arc<Releases>,
    pub(super) limits: Limits,
    pub(super) reference: Arc<InForce>,
    pub(super) register: Arc<Register>,
    pub(super) kind: Kind,
    pub(super) maker: PartyCode,
    pub(super) receiver: PartyCode,
    /// Both of them, by what they are; absent where the rules do not reach.
    pub(super) pair: Option<Pair>,
    pub(super) effect: Effect,
    /// How far it is judged when it opens a thread.
    pub(super) own_mode: Mode,
    /// The day of receipt.
    pub(super) day: Date,
    /// The day on which it is answered.
    pub(super) today: Date,
    pub(super) body: Bytes,
    pub(super) parsed: Option<Parsed>,
    /// For the answer that may be made; absent where no answer is owed.
    pub(super) naming: Option<Naming>,
    /// The day since which the past of the pair is whole: known when it is decided.
    pub(super) since: Option<Date>,
    /// When another message was taken under its identity, if one was: known when it is decided.
    pub(super) used_up: Option<Timestamp>,
    /// Set when it was taken before and is judged again.
    pub(super) again: Option<Again>,
}

/// The identification of an answer that may be made, chosen before the locks are taken.
#[derive(Clone)]
pub(super) struct Naming {
    pub(super) soort: Berichtsoort,
    pub(super) id: String,
    pub(super) identity: Pseudonym,
}

/// What was found and decided.
pub(super) enum Decision {
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
pub(super) struct Decided {
    pub(super) id: MessageId,
    pub(super) question: Option<Asked>,
    pub(super) mode: Mode,
    pub(super) marks: Vec<Mark>,
    pub(super) found: Found,
    /// The findings part.
    pub(super) findings: Option<Vec<u8>>,
    /// What only its maker is told, and only now: of what he sent to others nothing is kept with it.
    pub(super) elsewhere: Findings,
    pub(super) effect: Effect,
    pub(super) rows: PastRows,
    pub(super) answer: Option<Answer>,
}

/// The message that an answer is about.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) id: MessageId,
    pub(super) thread: ThreadId,
    pub(super) mode: Mode,
    pub(super) position: u64,
    received: Timestamp,
}

/// An answer that was made in the receiver's name.
pub(super) struct Answer {
    pub(super) kind: Kind,
    pub(super) body: Bytes,
    pub(super) effect: Effect,
    /// Of the copy for the receiver.
    pub(super) copy: Effect,
    /// That its identification is used up.
    pub(super) seen: history::Change,
}

/// What the rules say, and what follows.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) assessment: Assessment,
    pub(super) doing: Doing,
    /// What the changes were about whose waiting ends with it.
    waited: BTreeSet<OwedKey>,
    /// What the outcome hangs on that is not settled: messages that wait for an answer, or a decision of the receiver.
    pub(super) open: Option<Open>,
    /// Whether it counts as not sent when it is answered so.
    refused: bool,
}

impl Naming {
    /// For the answer to a message of this kind to this receiver; `None` where none is owed. Err: no random bytes.
    pub(super) fn random(
        ledger: &Ledger,
        kind: &Kind,
        receiver: PartyCode,
    ) -> Result<Option<Self>, LedgerError> {
        let Some(soort) = kind.soort.answered_by() else {
            return Ok(None);
        };
        // 60 random bits in 12 characters: all that an IdentificatieRetour may have.
        let id = MessageId::random()?.to_string();
        let id: String = id.chars().take(12).collect();
        let identity =
            ledger
                .pseudonyms
                .identity(kind.law.as_str(), soort.number(), receiver.as_str(), &id);
        Ok(Some(Self {
            soort,
            id,
            identity,
        }))
    }
}

impl Asking {
    /// Looks at history and decides. Err: the ledger could not be read, or a bug of ours.
    pub(super) fn decide(mut self) -> Result<Decision, IntakeError> {
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
        let (question, marks) = self.find_question()?;
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
        };
        let mut decided = blank();
        if let (Some(parsed), Some(pair)) = (parsed, self.pair) {
            match asked(|| self.judge_parsed(&mut decided, pair, parsed)) {
                Ok(()) => {}
                Err(error @ IntakeError::Ledger(_)) => return Err(error),
                // A fault of a rule takes no message away from its receiver.
                Err(IntakeError::Bug(_)) => {
                    decided = blank();
                    self.carry(&mut decided, pair)?;
                }
            }
        }
        if let (Some(first), None) = (self.used_up, &decided.answer) {
            return Ok(Decision::Other { first });
        }
        Ok(Decision::New(Box::new(decided)))
    }

    /// The message that is answered. It counts only between the same two parties: an answer under another pair must not join a thread that is not theirs.
    fn find_question(&self) -> Result<(Option<Asked>, Vec<Mark>), LedgerError> {
        let Some(question) = self.effect.question else {
            return Ok((None, Vec::new()));
        };
        let asked = match self.ledger.holder(question)? {
            Some(asked) => Some(asked),
            None => self.find_lost(question)?,
        };
        let asked =
            asked.filter(|asked| asked.maker == self.receiver && asked.receiver == self.maker);
        let Some(Message {
            id,
            thread,
            mode,
            position,
            received,
            ..
        }) = asked
        else {
            return Ok((None, vec![Mark::UnknownQuestion]));
        };
        let marks = if self.ledger.is_answered(id)? {
            vec![Mark::SecondAnswer]
        } else {
            Vec::new()
        };
        let asked = Asked {
            id,
            thread,
            mode,
            position,
            received,
        };
        Ok((Some(asked), marks))
    }

    /// The message with this identity among those of the two whose identity is lost with their effect: as its content says.
    fn find_lost(&self, identity: Pseudonym) -> Result<Option<Message>, LedgerError> {
        let Some(pair) = &self.pair else {
            return Ok(None);
        };
        let Self { ledger, .. } = self;
        if ledger.last_hole(self.kind.law.as_str(), pair)?.is_none() {
            return Ok(None);
        }
        for (id, row) in ledger.owed_without_identity(&self.receiver, &self.maker)? {
            let body = match ledger.body(&row) {
                Ok(Some(body)) => body,
                Ok(None) => continue,
                Err(error) if error.damaged() => continue,
                Err(error) => return Err(error),
            };
            let checked = self.releases.check(&body, &self.limits);
            let found = Identified::of(&checked, [0; 32], &ledger.pseudonyms);
            if found.is_some_and(|found| found.effect.identity == identity) {
                return ledger.message(id, &row).map(Some);
            }
        }
        Ok(None)
    }

    fn judge_parsed(
        &self,
        decided: &mut Decided,
        pair: Pair,
        Parsed { checked, second }: Parsed,
    ) -> Result<(), IntakeError> {
        let checked = checked.attach(&self.body).ok_or(Panicked)?;
        #[cfg(test)]
        super::tests::panic_in(super::tests::Step::Chain, &self.body);
        let bericht = Bericht::read(&checked).ok_or(Panicked)?;
        self.judge(decided, pair, &checked, &bericht, second?)
    }

    /// What becomes of a message of which the rules could not be asked, through a bug of ours: its receiver answers, and nothing is said of it. What it does
    /// when he accepts it is worked out if that goes without the rules that failed; else nobody can tell, and what rests on it stays open.
    fn carry(&self, decided: &mut Decided, pair: Pair) -> Result<(), LedgerError> {
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
        match asked(|| self.unasked(pair, &names)) {
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
    fn unasked(&self, pair: Pair, names: &Names) -> Result<(Effect, PastRows), IntakeError> {
        let checked = self.releases.check(&self.body, &self.limits);
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
            doing.pending = assess::when_accepted(&bericht, &around);
        }
        let owed = self.owed(None, (&doing, &BTreeSet::new()), names, &mut past)?;
        let effect = self.effect.clone().doing(names.scope(), &doing);
        let effect = effect.owing(owed).using(across::used(&doing));
        Ok((effect, past.into_rows()))
    }

    /// The rows of the past that a message can need.
    pub(super) fn past(&self, bericht: &Bericht<'_>, names: &Names) -> Result<Loaded, LedgerError> {
        let mut past = self.ledger.past(names.scope());
        past.load_wanted(&*self.ledger.views, bericht, names)?;
        Ok(past)
    }

    fn judge(
        &self,
        decided: &mut Decided,
        pair: Pair,
        checked: &Checked<'_>,
        bericht: &Bericht<'_>,
        second: Assessment,
    ) -> Result<(), IntakeError> {
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
            decided.answer = self.answer(bericht, &judged.assessment, decided.mode, &names);
            // What would be answered and cannot be waits for its receiver.
            waits |= decided.answer.is_none();
        }
        // Of a declaration whose outcome is open the answer is kept back as long as somebody can settle it; what else is open, or cannot be answered, its
        // receiver answers.
        let held = judged.open.take().filter(|open| !open.is_only_unclear());
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
                judged.doing.pending = assess::when_accepted(bericht, &around);
            }
            None => {}
        }
        let seen = history::seen(bericht, &names);
        judged.doing.applied.insert(0, seen);
        if let Some(answer) = &decided.answer {
            judged.doing.applied.push(answer.seen.clone());
        }
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

    /// Levels 3 and 4 of what level 2 lets through. Where the gateway would answer by them it also says whether their outcome is certain.
    pub(super) fn ask(
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
            let found = Open {
                lines: now.held,
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

    /// What waits for an answer and may change the outcome. Whether it does is not asked: of what waits any part may be accepted, in any order. What came after
    /// the message, when it is judged again, is no part of its past. The first will do, unless `all` are asked for.
    fn hangs(&self, names: &Names, footing: &Footing, all: bool) -> Result<Open, LedgerError> {
        let mut open = Open::default();
        if footing.is_certain() {
            return Ok(open);
        }
        let mut waiting = self.waiting(names)?;
        if let Some(again) = &self.again {
            waiting.retain(|position| *position < again.position);
        }
        let unclear = |open: Open, unclear, reason: &'static str| {
            metrics::counter!("knooppunt_outcomes_open_total", "bericht" => self.kind.name(), "reason" => reason).increment(1);
            let unclear = Some(unclear);
            Ok(Open { unclear, ..open })
        };
        if waiting.is_empty() {
            return Ok(open);
        }
        if waiting.len() == PENDING_MAX {
            return unclear(open, Unclear::Many, "many");
        }
        let mut bytes = 0;
        let mut known = self.ledger.past(names.scope());
        for position in waiting {
            bytes += self.ledger.effect_bytes(position)?;
            if bytes > PENDING_BYTES_MAX {
                return unclear(open, Unclear::Large, "large");
            }
            let Some(waits) = self.ledger.pending_of(position)? else {
                // Of what came before the past is whole nothing is missed.
                let came = self.ledger.day_of(position)?;
                if self.since.is_some_and(|since| came < since) {
                    continue;
                }
                return unclear(open, Unclear::Damaged, "unknown");
            };
            known.load(&*self.ledger.views, assess::taken_back(&waits))?;
            let hits = waits
                .iter()
                .flat_map(|waits| footing.hit_by(waits, known.past()));
            let hits: HashSet<RowKey> = hits.collect();
            if !hits.is_empty() {
                open.messages.push((position, hits));
                if !all {
                    break;
                }
            }
        }
        if !open.messages.is_empty() {
            metrics::counter!("knooppunt_outcomes_open_total", "bericht" => self.kind.name(), "reason" => "waits").increment(1);
        }
        Ok(open)
    }

    /// Positions of what waits for an answer in the scope, [`PENDING_MAX`] at most.
    fn waiting(&self, names: &Names) -> Result<Vec<u64>, LedgerError> {
        let hole = match &self.pair {
            Some(pair) => self.ledger.last_hole(self.kind.law.as_str(), pair)?,
            None => None,
        };
        // Where nothing was lost, what was answered waits no longer.
        let behind = self.since.filter(|_| hole.is_some());
        self.ledger.pending(names.scope(), behind, PENDING_MAX)
    }

    /// What both sides are told of a verdict, with places.
    pub(super) fn told(
        &self,
        checked: &Checked<'_>,
        assessment: &Assessment,
        mode: Mode,
        answered: bool,
    ) -> Findings {
        let (breaches, more) = told(assessment, mode, answered);
        Findings {
            more,
            ..self.releases.findings(checked, &breaches)
        }
    }

    /// The day since which the past of the pair is whole: as the register says, unless a damaged effect of that day or later is missing in it.
    pub(super) fn whole_since(&self) -> Result<Option<Date>, LedgerError> {
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

    pub(super) fn around<'a>(
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

    /// What a receiver's own answer makes of what waited for it. A second answer, and one that is wrong itself, books nothing.
    fn settle(
        &self,
        decided: &mut Decided,
        judged: &mut Judged,
        answer: &Bericht<'_>,
        names: &Names,
    ) -> Result<(), LedgerError> {
        let reports = |breach: &Breach| breach.weight == Weight::Reports;
        if judged.assessment.breaches.iter().any(reports) {
            decided.marks.push(Mark::Reported);
            return Ok(());
        }
        let Some(asked) = decided
            .question
            .filter(|_| !decided.marks.contains(&Mark::SecondAnswer))
        else {
            return Ok(());
        };
        if !self.ledger.is_pending(names.scope(), asked.position)? {
            return Ok(());
        }
        let Some(waiting) = self.ledger.pending_of(asked.position)? else {
            let refuses = matches!(&answer.content, Content::Retour(_))
                && history::settle(Vec::new(), answer, names) == Settled::Drop;
            if refuses {
                judged.doing.settles = Some(asked.position);
            } else {
                metrics::counter!("knooppunt_answers_not_booked_total", "bericht" => self.kind.name()).increment(1);
                decided.marks.push(Mark::NotBooked);
            }
            return Ok(());
        };
        judged.waited = OwedKey::of(&waiting);
        match history::settle(waiting, answer, names) {
            Settled::Apply(changes) => {
                judged.doing.applied = changes;
                judged.doing.settles = Some(asked.position);
            }
            Settled::Drop => judged.doing.settles = Some(asked.position),
            Settled::Report(assessment) => {
                judged.assessment.breaches.extend(assessment.breaches);
                judged.assessment.sort();
                decided.marks.push(Mark::Reported);
            }
        }
        Ok(())
    }

    /// Applies what the message does to the past at once, and says what that and what waits of it do to what the two parties owe each other.
    fn owed(
        &self,
        question: Option<Asked>,
        (doing, waited): (&Doing, &BTreeSet<OwedKey>),
        names: &Names,
        past: &mut Loaded,
    ) -> Result<Vec<Step>, LedgerError> {
        let views = &*self.ledger.views;
        let mut keys = OwedKey::of(&doing.applied);
        keys.extend(OwedKey::of(&doing.pending));
        keys.extend(waited);
        past.load(views, keys.iter().flat_map(OwedKey::rows))?;
        let mut unknown = terms::unknown(past.past(), &doing.applied);
        unknown.extend(terms::unknown(past.past(), &doing.pending));
        past.apply(views, &doing.applied)?;
        let mut owed = BTreeMap::new();
        for key in keys {
            if let Some(row) = self.ledger.owed(names.scope(), &key)? {
                owed.insert(key, row);
            }
        }
        let settles = question.filter(|_| doing.settles.is_some());
        let taken = Taken {
            message: MessageName(*self.id.as_bytes()),
            day: self.day,
            waits: &doing.pending,
            counts: &doing.applied,
            settles: settles.map(|asked| Settles {
                message: MessageName(*asked.id.as_bytes()),
                day: day_of(asked.received),
                waited,
            }),
            history_from: self.since,
        };
        Ok(terms::steps(&taken, past.past(), &unknown, &owed))
    }

    fn may_answer(&self, mode: Mode, judged: &Judged) -> bool {
        self.naming.is_some()
            && match mode {
                Mode::Carry => false,
                Mode::Guard => judged.assessment.refused_at_message(),
                Mode::Judge => judged.assessment.refused_at_message() || judged.open.is_none(),
            }
    }

    /// The answer in the receiver's name, itself valid at level 1. `None`: none can be made that may be sent, so the receiver answers. That is so for one
    /// that would be larger than a message may be (OP179), and never a reason to take the message in later.
    pub(super) fn answer(
        &self,
        bericht: &Bericht<'_>,
        assessment: &Assessment,
        mode: Mode,
        names: &Names,
    ) -> Option<Answer> {
        let naming = self.naming.as_ref()?;
        let made_as = MadeAs {
            identificatie: &naming.id,
            dagtekening: self.today,
        };
        let none = |reason: &'static str| {
            metrics::counter!("knooppunt_answers_not_made_total", "bericht" => self.kind.name(), "reason" => reason).increment(1);
        };
        let body = match retour::answer(&self.releases, bericht, assessment, made_as) {
            Ok(body) => body,
            Err(why) => {
                none("no-form");
                tracing::warn!(%why, bericht = self.kind.name(), %mode, "no answer can be made: the receiver answers");
                return None;
            }
        };
        if body.len() > self.limits.body_bytes {
            none("too-large");
            tracing::warn!(bytes = body.len(), bericht = self.kind.name(), %mode, "the answer is larger than a message may be: the receiver answers");
            return None;
        }
        let answer = self.answer_of(body, naming, names);
        if answer.is_none() {
            none("not-valid");
            tracing::error!(bericht = self.kind.name(), %mode, "an answer of ours is not valid: the receiver answers");
        }
        answer
    }

    /// An answer of these bytes; `None`: they are not valid at level 1, or not of the kind that is owed.
    fn answer_of(&self, body: Vec<u8>, naming: &Naming, names: &Names) -> Option<Answer> {
        let checked = self.releases.check(&body, &self.limits);
        let kind = checked
            .kind
            .clone()
            .filter(|kind| checked.findings.is_empty() && kind.soort == naming.soort)?;
        let hash = Sha256::digest(&body).into();
        let Identified { effect, .. } = Identified::of(&checked, hash, &self.ledger.pseudonyms)?;
        let seen = history::seen(&Bericht::read(&checked)?, names);
        let copy = Effect::new(
            self.ledger.pseudonyms.copy(effect.identity),
            hash,
            effect.question,
            effect.clients.clone(),
        );
        drop(checked);
        Some(Answer {
            kind,
            body: body.into(),
            effect,
            copy,
            seen,
        })
    }
}

/// Does work that asks the rules: one that panics is a bug of ours like one that says so.
pub(super) fn asked<T>(work: impl FnOnce() -> Result<T, IntakeError>) -> Result<T, IntakeError> {
    caught(work).unwrap_or_else(|panicked| Err(panicked.into()))
}

fn is_declaratie(bericht: &Bericht<'_>) -> bool {
    matches!(bericht.content, Content::Declaratie(_))
}

/// Most breaches of a message that are kept of those that neither refuse it nor report it.
const ADVICE_MAX: usize = 1000;

/// What both sides are told: what did not lead to an answer of ours is advice. All that refuses or reports and the first of the rest, and how many more there are.
fn told(assessment: &Assessment, mode: Mode, answered: bool) -> (Vec<Breach>, u64) {
    let refuses =
        |breach: &Breach| answered && (mode == Mode::Judge || breach.rule.level == Level::Message);
    let tell = |breach: &Breach| Breach {
        weight: if breach.weight == Weight::Refuses && !refuses(breach) {
            Weight::Advises
        } else {
            breach.weight
        },
        ..*breach
    };
    let (mut advice, mut more) = (0, 0);
    let mut breaches: Vec<Breach> = assessment.breaches.iter().map(tell).collect();
    // What is wrong in an answer is told whole, as what refuses is.
    let whole = |breach: &Breach| matches!(breach.weight, Weight::Refuses | Weight::Reports);
    breaches.retain(|breach| {
        advice += usize::from(!whole(breach));
        let kept = whole(breach) || advice <= ADVICE_MAX;
        more += u64::from(!kept);
        kept
    });
    (breaches, more)
}
