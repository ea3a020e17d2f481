//! The message that an answer is about, and what the answer makes of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use knooppunt_standard::history::{self, Settled};
use knooppunt_standard::rules::{Breach, Weight};
use knooppunt_standard::terms::{self, MessageName, OwedKey, Settles, Step, Taken};
use knooppunt_standard::{Bericht, Content};

use super::{Asking, Decided, Judged};
use crate::clock::day_of;
use crate::intake::read::Identified;
use crate::ledger::{
    Doing, LedgerError, Loaded, Mark, Message, MessageId, Names, Pseudonym, ThreadId,
};
use crate::register::Mode;

/// The message that an answer is about.
#[derive(Clone, Copy)]
pub(in crate::intake) struct Asked {
    pub(in crate::intake) id: MessageId,
    pub(in crate::intake) thread: ThreadId,
    pub(in crate::intake) mode: Mode,
    pub(in crate::intake) position: u64,
    /// Whether its receiver got it in another form than its sender sent.
    pub(in crate::intake) is_mapped: bool,
    received: Timestamp,
}

impl Asking {
    /// The message that is answered. It counts only between the same two parties: an answer under another pair must not join a thread that is not theirs.
    pub(super) fn find_question(&self) -> Result<(Option<Asked>, Vec<Mark>), LedgerError> {
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
            mapped,
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
            is_mapped: mapped.is_some(),
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

    /// What a receiver's own answer makes of what waited for it. A second answer, and one that is wrong itself, books nothing.
    pub(super) fn settle(
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
    pub(super) fn owed(
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
}
