//! Applies the exchanges of one scope to the ledger, a batch at a time: each batch is one commit, and its files are told when it is durable.

use std::path::Path;

use jiff::civil::Date;
use knooppunt_standard::Bericht;
use knooppunt_standard::assess::{self, Around, Settings};
use knooppunt_standard::history::{self, Change, Past, RowKey, Settled};
use knooppunt_standard::reference::Reference;

use super::file::Entry;
use super::order::Exchange;
use super::{Fate, Import, ImportError, Span, Why};
use crate::ledger::{
    self, Also, Doing, Effect, Event, Held, KindRecord, LedgerError, Loaded, Names, Submission,
};

/// Most exchanges in one commit.
const BATCH_MAX: usize = 200;
/// Most bytes of changes in one commit, of which the last exchange may be more.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What an exchange does to the past.
struct Done {
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
        let mut fates = Vec::with_capacity(exchange.answers.len());
        let mut taken = None;
        let mut failed = Why::NoAnswer;
        for answer in &exchange.answers {
            if taken.is_some() {
                fates.push(Fate::Left(Why::SecondAnswer));
                continue;
            }
            fates.push(match self.work_out(exchange, answer)? {
                Err(why) => {
                    failed = why;
                    Fate::Left(why)
                }
                Ok(Done { changes, accepted }) => {
                    let views = &*self.import.ledger.views;
                    self.past.apply(views, &changes)?;
                    self.record(exchange, &changes, accepted);
                    taken.insert(Fate::Taken { accepted }).clone()
                }
            });
        }
        Ok((taken.unwrap_or(Fate::Left(failed)), fates))
    }

    /// Reads a question and an answer again and works out what they change.
    fn work_out(
        &mut self,
        exchange: &Exchange,
        answer: &Entry,
    ) -> Result<Result<Done, Why>, LedgerError> {
        let Exchange {
            question, place, ..
        } = exchange;
        let Import {
            ledger,
            releases,
            limits,
            ..
        } = self.import;
        let again = |entry: &Entry| entry.again(limits.body_bytes);
        let (asked, said) = match (again(question), again(answer)) {
            (Ok(asked), Ok(said)) => (asked, said),
            (Err(why), _) | (_, Err(why)) => return Ok(Err(why)),
        };
        let asked = releases.check(&asked, limits);
        let said = releases.check(&said, limits);
        let (Some(asked), Some(said)) = (Bericht::read(&asked), Bericht::read(&said)) else {
            return Ok(Err(Why::Changed));
        };
        let views = &*ledger.views;
        self.past.load_wanted(views, &asked, self.names)?;
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
        let when_accepted = assess::when_accepted(&asked, &around);
        let (changes, accepted) = match history::settle(when_accepted, &said, self.names) {
            Settled::Apply(changes) => (changes, true),
            Settled::Drop => (Vec::new(), false),
            Settled::Report(_) => return Ok(Err(Why::AnswerWrong)),
        };
        self.past
            .load(views, changes.iter().flat_map(Change::rows))?;
        let past = self.past.past();
        let changes = changes
            .into_iter()
            .filter(|change| !is_known(change, past))
            .map(|change| change.placed(*place));
        let seen = [&asked, &said].map(|bericht| history::seen(bericht, self.names));
        Ok(Ok(Done {
            changes: seen.into_iter().chain(changes).collect(),
            accepted,
        }))
    }

    fn record(&mut self, exchange: &Exchange, changes: &[Change], accepted: bool) {
        let Exchange { question, .. } = exchange;
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
            .doing(self.names.scope(), &doing);
        self.bytes += effect.encode().len();
        self.records.push((event, effect));
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
