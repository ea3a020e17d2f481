//! Applies the exchanges of one scope to the ledger, a batch at a time: each batch is one commit, and its files are told when it is durable.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;
use knooppunt_standard::Bericht;
use knooppunt_standard::assess::{self, Around, Settings};
use knooppunt_standard::history::{self, Change, Past, RowKey, Settled};
use knooppunt_standard::reference::Reference;
use knooppunt_standard::terms::{self, MessageName, Owed, OwedKey, Step, Taken};

use super::file::Entry;
use super::order::Exchange;
use super::{Fate, Import, ImportError, Span, Why};
use crate::ledger::{
    self, Also, Doing, Effect, Event, Held, KindRecord, LedgerError, Loaded, Names, Submission,
};
use crate::register::Pair;

/// Most exchanges in one commit.
const BATCH_MAX: usize = 200;
/// Most bytes of changes in one commit, of which the last exchange may be more.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What an exchange does to the past.
struct Done {
    /// That the numbers of question and answer are used.
    seen: [Change; 2],
    changes: Vec<Change>,
    accepted: bool,
}

/// Applies exchanges of one scope in their order. Gives the span of those that were taken, if any.
pub(super) async fn scope(
    import: &Import,
    exchanges: &[Exchange],
    told: &mut dyn FnMut(&Path, &Fate),
) -> Result<Option<Span>, ImportError> {
    let Some(first) = exchanges.first() else {
        return Ok(None);
    };
    let (law, pair) = (first.question.kind.law.as_str(), first.question.pair);
    let names = import.ledger.pseudonyms.scope(law, pair);
    let mut span: Option<Span> = None;
    let mut rest = exchanges;
    while !rest.is_empty() {
        let mut batch = Batch::new(import, &names, first).await;
        while let Some((exchange, after)) = rest.split_first()
            && !batch.is_full()
        {
            batch.add(exchange)?;
            rest = after;
        }
        for (entry, fate) in batch.commit().await? {
            told(&entry.path, &fate);
            if matches!(fate, Fate::Taken { .. }) {
                let of = span.get_or_insert(Span {
                    law,
                    pair,
                    first: entry.day,
                    last: entry.day,
                });
                of.first = of.first.min(entry.day);
                of.last = of.last.max(entry.day);
            }
        }
    }
    Ok(span)
}

/// Exchanges on their way to one commit.
struct Batch<'i> {
    import: &'i Import,
    names: &'i Names,
    past: Loaded,
    records: Vec<(Event, Effect)>,
    fates: Vec<(&'i Entry, Fate)>,
    bytes: usize,
    /// What is owed as this batch leaves it.
    owed: BTreeMap<OwedKey, Option<Owed>>,
    held: Held,
}

impl<'i> Batch<'i> {
    /// Takes the lock of the scope, which is held until the batch is durable and applied.
    async fn new(import: &'i Import, names: &'i Names, first: &Exchange) -> Self {
        let ledger = &import.ledger;
        let identity = ledger.name(first.question.identity);
        let scope = ledger.name(names.scope());
        let locks = &ledger.locks;
        let held = locks.message(&[identity], identity, Some(scope)).await;
        Self {
            held,
            import,
            names,
            past: import.ledger.past(names.scope()),
            records: Vec::new(),
            fates: Vec::new(),
            bytes: 0,
            owed: BTreeMap::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.fates.len() >= 2 * BATCH_MAX || self.bytes >= BATCH_BYTES_MAX
    }

    fn add(&mut self, exchange: &'i Exchange) -> Result<(), LedgerError> {
        let (question, answers) = self.take(exchange)?;
        self.fates.push((&exchange.question, question));
        self.fates.extend(exchange.answers.iter().zip(answers));
        Ok(())
    }

    /// What becomes of a question and of each answer to it; what they change is applied to the past in memory.
    fn take(&mut self, exchange: &Exchange) -> Result<(Fate, Vec<Fate>), LedgerError> {
        let Exchange {
            question, answers, ..
        } = exchange;
        let all = |fate: &Fate| (fate.clone(), vec![fate.clone(); answers.len()]);
        match self.import.is_imported(question)? {
            Some(true) => return Ok((Fate::Known, self.known(answers)?)),
            Some(false) => return Ok(all(&Fate::Left(Why::NumberTaken))),
            None => {}
        }
        let carried: Result<Vec<_>, _> = answers
            .iter()
            .map(|answer| self.import.is_carried(answer))
            .collect();
        let carried = carried?;
        let each = |other: Why| {
            let fate = |carried: &Option<bool>| match carried {
                Some(true) => Fate::Carried,
                Some(false) => Fate::Left(Why::NumberTaken),
                None => Fate::Left(other),
            };
            carried.iter().map(fate).collect()
        };
        match self.import.is_carried(question)? {
            Some(true) => return Ok((Fate::Carried, each(Why::QuestionHere))),
            Some(false) => return Ok((Fate::Left(Why::NumberTaken), each(Why::NoQuestion))),
            None => {}
        }
        if carried.iter().any(Option::is_some) {
            return Ok((Fate::Left(Why::NoAnswer), each(Why::NoQuestion)));
        }
        self.first_that_fits(exchange)
    }

    /// Of answers to a message that was imported: the one that counted then, and others.
    fn known(&mut self, answers: &[Entry]) -> Result<Vec<Fate>, LedgerError> {
        let views = &*self.import.ledger.views;
        let rows = answers.iter().map(|answer| RowKey::Message(answer.number));
        self.past.load(views, rows)?;
        let past = self.past.past();
        let fate = |answer: &Entry| match past.message(answer.number) {
            Some(_) => Fate::Known,
            None => Fate::Left(Why::SecondAnswer),
        };
        Ok(answers.iter().map(fate).collect())
    }

    /// Tries the answers in their order. One that does not fit books nothing, so the next is asked.
    fn first_that_fits(&mut self, exchange: &Exchange) -> Result<(Fate, Vec<Fate>), LedgerError> {
        let Exchange {
            question, answers, ..
        } = exchange;
        let Import {
            releases, limits, ..
        } = self.import;
        let left = |why| (Fate::Left(why), vec![Fate::Left(why); answers.len()]);
        let body = match question.again(limits.body_bytes) {
            Ok(body) => body,
            Err(why) => return Ok(left(why)),
        };
        let asked = releases.check(&body, limits);
        let Some(asked) = Bericht::read(&asked) else {
            return Ok(left(Why::Changed));
        };
        let when_accepted = self.when_accepted(&asked, question)?;
        let mut fates = Vec::with_capacity(answers.len());
        let mut taken = None;
        let mut failed = Why::NoAnswer;
        for answer in answers {
            if taken.is_some() {
                fates.push(Fate::Left(Why::SecondAnswer));
                continue;
            }
            fates.push(match self.work_out(&asked, &when_accepted, answer) {
                Err(why) => {
                    failed = why;
                    Fate::Left(why)
                }
                Ok(Done {
                    seen,
                    changes,
                    accepted,
                }) => {
                    let changes = self.placed(seen, changes, exchange.place)?;
                    self.record(exchange, &changes, accepted)?;
                    taken.insert(Fate::Taken { accepted }).clone()
                }
            });
        }
        Ok((taken.unwrap_or(Fate::Left(failed)), fates))
    }

    /// What a question changes when it is accepted.
    fn when_accepted(
        &mut self,
        asked: &Bericht<'_>,
        question: &Entry,
    ) -> Result<Vec<Change>, LedgerError> {
        let views = &*self.import.ledger.views;
        self.past.load_wanted(views, asked, self.names)?;
        let (reference, settings) = (Reference::default(), Settings::default());
        let around = Around {
            past: self.past.past(),
            pseudonyms: self.names,
            reference: &reference,
            settings: &settings,
            received: question.day,
            history_from: None,
            used_up: false,
        };
        Ok(assess::when_accepted(asked, &around))
    }

    /// Reads an answer again and works out what it makes of its question.
    fn work_out(
        &self,
        asked: &Bericht<'_>,
        when_accepted: &[Change],
        answer: &Entry,
    ) -> Result<Done, Why> {
        let Import {
            releases, limits, ..
        } = self.import;
        let said = answer.again(limits.body_bytes)?;
        let said = releases.check(&said, limits);
        let said = Bericht::read(&said).ok_or(Why::Changed)?;
        let (changes, accepted) = match history::settle(when_accepted.to_vec(), &said, self.names) {
            Settled::Apply(changes) => (changes, true),
            Settled::Drop => (Vec::new(), false),
            Settled::Report(_) => return Err(Why::AnswerWrong),
        };
        let seen = [asked, &said].map(|bericht| history::seen(bericht, self.names));
        Ok(Done {
            seen,
            changes,
            accepted,
        })
    }

    /// The changes at their place in the past, less what is known.
    fn placed(
        &mut self,
        seen: [Change; 2],
        changes: Vec<Change>,
        place: u64,
    ) -> Result<Vec<Change>, LedgerError> {
        let views = &*self.import.ledger.views;
        self.past
            .load(views, changes.iter().flat_map(Change::rows))?;
        let past = self.past.past();
        let changes = changes
            .into_iter()
            .filter(|change| !is_known(change, past))
            .map(|change| change.placed(place));
        Ok(seen.into_iter().chain(changes).collect())
    }

    /// Applies what an exchange changes to the past in memory, and makes its record.
    fn record(
        &mut self,
        exchange: &Exchange,
        changes: &[Change],
        accepted: bool,
    ) -> Result<(), LedgerError> {
        let Exchange { question, .. } = exchange;
        let keys = OwedKey::of(changes);
        let views = &*self.import.ledger.views;
        self.past.load(views, keys.iter().flat_map(OwedKey::rows))?;
        self.past.apply(views, changes)?;
        let ended = self.ended(question, changes, keys)?;
        let event = Event::Imported(ledger::Imported {
            kind: KindRecord::of(&question.kind),
            maker: question.maker.to_string(),
            receiver: question.receiver.to_string(),
            party: self.import.party.to_string(),
            accepted,
            day: number(question.day),
            inputs: self.import.inputs(exchange),
        });
        let doing = Doing {
            applied: changes.to_vec(),
            ..Doing::default()
        };
        let effect = Effect::new(question.towards, question.hash, None, Vec::new())
            .doing(self.names.scope(), &doing)
            .owing(ended);
        self.bytes += effect.encode().len();
        self.records.push((event, effect));
        Ok(())
    }

    /// What these changes do to what is owed by messages that were taken here: it is answered, or looked into. A message of before makes nothing owed: its
    /// terms are long over, or were kept where it went.
    fn ended(
        &mut self,
        question: &Entry,
        changes: &[Change],
        keys: BTreeSet<OwedKey>,
    ) -> Result<Vec<Step>, LedgerError> {
        let Import {
            ledger, register, ..
        } = self.import;
        let mut owed = BTreeMap::new();
        for key in keys {
            let row = match self.owed.get(&key) {
                Some(row) => row.clone(),
                None => ledger.owed(self.names.scope(), &key)?,
            };
            owed.extend(row.map(|row| (key, row)));
        }
        let Pair {
            gemeente,
            aanbieder,
        } = &question.pair;
        let law = question.kind.law.as_str();
        let taken = Taken {
            // Of none of its own.
            message: MessageName([0; 16]),
            day: question.day,
            waits: &[],
            counts: changes,
            settles: None,
            history_from: register.judging().history_from(law, gemeente, aanbieder),
        };
        let mut steps = terms::steps(&taken, self.past.past(), &BTreeSet::new(), &owed);
        steps.retain(|Step { key, now, .. }| {
            let was = owed.get(key).map(|owed| owed.message);
            was.is_some() && now.as_ref().is_none_or(|now| Some(now.message) == was)
        });
        let rows = steps.iter().map(|step| (step.key, step.now.clone()));
        self.owed.extend(rows);
        Ok(steps)
    }

    /// Makes it durable; of a dry run nothing is.
    async fn commit(self) -> Result<Vec<(&'i Entry, Fate)>, LedgerError> {
        let Self {
            import,
            past,
            records,
            fates,
            held,
            ..
        } = self;
        let mut records = records.into_iter();
        if import.dry_run {
            return Ok(fates);
        }
        let Some((event, effect)) = records.next() else {
            return Ok(fates);
        };
        let also = records.map(|(event, effect)| Also {
            event,
            effect,
            body: None,
            mapped: None,
            findings: None,
        });
        let submission = Submission {
            effect: Some(effect),
            also: also.collect(),
            past: past.into_rows(),
            ..Submission::fact(event, held)
        };
        import.ledger.commit(submission).await?;
        Ok(fates)
    }
}

/// Whether the past has it from a message that was taken here: that stands.
fn is_known(change: &Change, past: &Past) -> bool {
    let Change::Granted { referentie, .. } = change else {
        return false;
    };
    past.prestatie(*referentie)
        .is_some_and(|known| known.granted.is_some())
}

/// A day as a number: 20260302.
fn number(day: Date) -> u32 {
    let part = |part: i8| u32::from(part.unsigned_abs());
    u32::from(day.year().unsigned_abs()) * 10_000 + part(day.month()) * 100 + part(day.day())
}
