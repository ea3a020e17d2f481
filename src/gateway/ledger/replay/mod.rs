//! Making views from the journal: catching up at the start, rebuilding from nothing, comparing. Reads records and effects only, so it works the same after
//! payloads are erased. A damaged effect costs what stood in it and nothing else: the rows that the event alone makes are made, and the record is noted.

mod questions;
mod rebuild;

use sha2::{Digest as _, Sha256};

use super::LedgerError;
use super::as_of;
use super::carried::{self, Carried};
use super::damage;
use super::effect::Effect;
use super::events::{Event, Forgotten};
use super::index::{self, Listed};
use super::look::{self, Viewed};
use super::past::{self, Replayed};
use super::pseudonym::Outer;
use super::views;
use crate::store::{Batch, Journal, Part, PartKind, Position, Record, StoreError, Views};
use questions::Questions;

#[cfg(test)]
pub(super) use rebuild::under as rebuild_under;

/// Records that are applied at once.
const STEP: usize = 1000;
/// Bytes of effects beyond which a step ends: that of a declaration of 10,000 lines has over a megabyte.
const STEP_BYTES: u64 = 4 << 20;
const OUTER: &[u8] = b"outer-14";

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Records applied in this run; of views made from nothing each counts for one half when it is read and for the other when rows are written.
    pub done: u64,
    /// Records that this run has to apply.
    pub of: u64,
}

/// Brings the views up to the journal and gives their outer key. Views that are new, not trusted, do not open or are ahead of the journal are made anew.
pub(super) fn catch_up(
    journal: &dyn Journal,
    views: &dyn Views,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outer, LedgerError> {
    let known = views
        .position()
        .and_then(|position| Ok((position, views.get(views::META, OUTER)?)));
    match known {
        Ok((position, Some(key))) if Position(0) < position && position <= journal.next() => {
            if let Some(outer) = Outer::from_bytes(&key)
                && !forgets(journal, position)?
            {
                match apply_from(journal, views, position, &outer, progress) {
                    // Once: views that cannot be made anew either are no matter of their content.
                    Err(LedgerError::Store(error) | LedgerError::ViewsNotWritten(error))
                        if matches!(*error, StoreError::Views { .. }) =>
                    {
                        tracing::warn!(code = error.code(), %error, "views are made anew from the journal");
                    }
                    applied => return applied.map(|()| outer),
                }
            }
            rebuild(journal, views, progress)
        }
        Ok(_) | Err(_) => rebuild(journal, views, progress),
    }
}

/// Whether effects are erased by a record from a position on: what they made still stands in views that lack it, and nobody can tell any more what that is.
fn forgets(journal: &dyn Journal, from: Position) -> Result<bool, LedgerError> {
    let mut next = from;
    loop {
        let records = journal.read_from(next, STEP)?;
        let Some(last) = records.last() else {
            return Ok(false);
        };
        next = last.position.next();
        for record in &records {
            if matches!(event_of(record)?, Event::Forgotten(_)) {
                return Ok(true);
            }
        }
    }
}

/// Makes the views anew under a new outer key.
pub(super) fn rebuild(
    journal: &dyn Journal,
    views: &dyn Views,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outer, LedgerError> {
    let outer = Outer::random()?;
    rebuild::under(journal, views, &outer, progress)?;
    Ok(outer)
}

/// Clears the views and makes them from the whole journal under this outer key, record by record: what [`rebuild`] must come to as well.
pub(super) fn replay_into(
    journal: &dyn Journal,
    views: &dyn Views,
    outer: &Outer,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), LedgerError> {
    views.clear()?;
    views
        .apply(Position(0), key_row(outer))
        .map_err(LedgerError::views_not_written)?;
    apply_from(journal, views, Position(0), outer, progress)
}

fn apply_from(
    journal: &dyn Journal,
    views: &dyn Views,
    from: Position,
    outer: &Outer,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), LedgerError> {
    let of = journal.next().0.saturating_sub(from.0);
    let mut next = from;
    let mut questions = Questions::default();
    past::undo(views, from)?;
    while next < journal.next() {
        let records = step(journal, next)?;
        let first = next;
        let mut batch = Batch::default();
        let mut replayed = Replayed::new(views, outer);
        for record in &records {
            let said = said_by(journal, record, outer, &mut questions)?;
            if let Some(effect) = &said.effect {
                replayed.apply(effect, record.position.0)?;
            }
            if let Some(carried) = &said.carried {
                replayed.restate(carried)?;
            }
            batch.extend(said.rows);
            next = record.position.next();
        }
        if records.is_empty() {
            return Err(ended_early());
        }
        replayed.into_rows().apply(views, first, next, batch)?;
        views.tidy().map_err(LedgerError::views_not_written)?;
        progress(Progress {
            done: next.0 - from.0,
            of,
        });
    }
    Ok(())
}

/// The next records, so many that their effects fit in memory; none at the end of the journal. Err: they cannot be read.
fn step(journal: &dyn Journal, from: Position) -> Result<Vec<Record>, LedgerError> {
    let mut records = journal.read_from(from, STEP)?;
    let mut bytes = 0;
    let of_step = records.iter().take_while(|record| {
        let has_room = bytes < STEP_BYTES;
        bytes += record.part(PartKind::Effect).map_or(0, |part| part.length);
        has_room
    });
    let count = of_step.count();
    records.truncate(count);
    Ok(records)
}

/// The row of the outer key: without it views are not taken for whole.
pub(super) fn key_row(outer: &Outer) -> Batch {
    let mut batch = Batch::default();
    batch.put(views::META, OUTER, outer.as_bytes());
    batch
}

/// What a record says.
struct Said {
    /// The rows that it makes by itself.
    rows: Batch,
    /// What it does to the past.
    effect: Option<Effect>,
    /// What it carries on of the past.
    carried: Option<Carried>,
}

impl From<Batch> for Said {
    fn from(rows: Batch) -> Self {
        Self {
            rows,
            effect: None,
            carried: None,
        }
    }
}

/// What a record says. A damaged effect is noted. Records come in their order, and `questions` are those of before.
fn said_by(
    journal: &dyn Journal,
    record: &Record,
    outer: &Outer,
    questions: &mut Questions,
) -> Result<Said, LedgerError> {
    let position = record.position;
    let event = questions.place(position, event_of(record)?);
    if let Event::Viewed(viewed) = &event {
        return Ok(looked(journal, record, viewed, outer)?.into());
    }
    if let Event::Forgotten(forgotten) = &event {
        return carried_by(journal, record, forgotten, outer);
    }
    let mut damaged = Batch::default();
    let (effect, is_erased) = match effect_or_erased(journal, record) {
        Err(error) if error.damaged() => {
            let about = as_of::brought(journal, &event)?;
            damage::log(position.0, &error);
            damaged = damage::row(position.0, &error, &event, about.as_ref());
            (None, false)
        }
        read => read?,
    };
    let mut rows = rows_of(journal, record, (&event, effect.as_ref()), is_erased, outer)?;
    rows.extend(damaged);
    Ok(Said {
        effect,
        ..rows.into()
    })
}

/// The rows that a record makes by itself, of which the event is given and the effect, as it is or without one: then erased, or lost to damage.
pub(super) fn rows_of(
    journal: &dyn Journal,
    record: &Record,
    (event, effect): (&Event, Option<&Effect>),
    is_erased: bool,
    outer: &Outer,
) -> Result<Batch, LedgerError> {
    let (position, time) = (record.position, record.time);
    let mut rows = views::rows(position, time, event, effect, outer);
    if is_erased {
        rows = rows.putting_nothing_into(&carried::NOT_OF_ERASED);
    }
    views::put_numbers(&mut rows, views::numbers(position, event, effect, outer));
    let about = index::rows::about(journal, event, position)?;
    let stands = !is_erased && index::rows::stands(event, effect);
    index::rows::rows(&mut rows, position, time, event, stands, about.as_ref());
    if let Event::Received(received) = event
        && let Some(listed) = Listed::of(position, time, received)
    {
        let hidden = index::rows::hidden(effect, outer);
        index::rows::put_clients(&mut rows, index::rows::clients(&listed, &hidden));
    }
    Ok(rows)
}

/// What a record says that erases effects. With a damaged part what it carried on is lost, which is noted.
fn carried_by(
    journal: &dyn Journal,
    record: &Record,
    forgotten: &Forgotten,
    outer: &Outer,
) -> Result<Said, LedgerError> {
    let (mut rows, position) = (Batch::default(), record.position);
    let carried = match Carried::of(journal, record) {
        Err(error) if error.damaged() => {
            damage::log(position.0, &error);
            let event = Event::Forgotten(forgotten.clone());
            rows = damage::row(position.0, &error, &event, None);
            None
        }
        carried => carried?,
    };
    let of = (position, record.time);
    carried::rows(&mut rows, of.0, of.1, forgotten, carried.as_ref(), outer);
    Ok(Said {
        carried,
        ..rows.into()
    })
}

/// The rows of a look. What it was for and for whom is lost with a damaged part, which is noted; that somebody looked is not.
fn looked(
    journal: &dyn Journal,
    record: &Record,
    viewed: &Viewed,
    outer: &Outer,
) -> Result<Batch, LedgerError> {
    let (mut rows, position) = (Batch::default(), record.position);
    let looked = match look::looked_of(journal, record) {
        Err(error) if error.damaged() => {
            damage::log(position.0, &error);
            rows = damage::row(position.0, &error, &Event::Viewed(viewed.clone()), None);
            None
        }
        looked => looked?,
    };
    look::rows(&mut rows, position, viewed, looked.as_ref(), outer);
    Ok(rows)
}

fn ended_early() -> LedgerError {
    LedgerError::Views {
        what: "the journal ends before its end",
    }
}

pub(super) fn event_of(record: &Record) -> Result<Event, LedgerError> {
    Event::decode(&record.event).map_err(|cause| LedgerError::Unreadable {
        position: record.position.0,
        cause,
    })
}

/// The effect of a record when it has one that is not erased.
pub(super) fn effect_of(
    journal: &dyn Journal,
    record: &Record,
) -> Result<Option<Effect>, LedgerError> {
    effect_or_erased(journal, record).map(|(effect, _)| effect)
}

/// The same, and whether it was erased.
fn effect_or_erased(
    journal: &dyn Journal,
    record: &Record,
) -> Result<(Option<Effect>, bool), LedgerError> {
    match journal.part(record, PartKind::Effect)? {
        Some(Part::Whole(bytes)) => {
            let effect = Effect::decode(&bytes).map_err(|cause| LedgerError::Unreadable {
                position: record.position.0,
                cause,
            })?;
            Ok((Some(effect), false))
        }
        Some(Part::Erased) => Ok((None, true)),
        None => Ok((None, false)),
    }
}

/// SHA-256 over all rows in order, each key and value with its length.
pub(super) fn digest(views: &dyn Views) -> Result<[u8; 32], LedgerError> {
    let mut hash = Sha256::new();
    for collection in views::ALL {
        hash.update((collection.name().len() as u64).to_be_bytes());
        hash.update(collection.name());
        let mut from = Vec::new();
        loop {
            let rows = views.range(collection, &from, &END, STEP)?;
            for (key, value) in &rows {
                for bytes in [key, value] {
                    hash.update((bytes.len() as u64).to_be_bytes());
                    hash.update(bytes);
                }
            }
            match rows.last() {
                Some((key, _)) if rows.len() == STEP => {
                    from.clone_from(key);
                    from.push(0);
                }
                _ => break,
            }
        }
    }
    Ok(hash.finalize().into())
}

/// Past every key: ids are random bits and codes are digits, so 40 bytes of ones are never reached.
const END: [u8; 40] = [0xff; 40];
