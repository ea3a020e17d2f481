//! Making views from the journal: catching up at the start, rebuilding from nothing, comparing. Reads records and effects only, so it works the same after
//! payloads are erased. A damaged effect costs what stood in it and nothing else: the rows that the event alone makes are made, and the record is noted.

mod questions;
mod rebuild;

use sha2::{Digest as _, Sha256};

use super::LedgerError;
use super::as_of;
use super::damage;
use super::effect::Effect;
use super::events::Event;
use super::index::{self, Listed};
use super::look::{self, Viewed};
use super::past::{self, Replayed};
use super::pseudonym::Outer;
use super::views;
use crate::store::{Batch, Journal, Part, PartKind, Position, Record, StoreError, Views};
use questions::Questions;

/// Records that are applied at once.
const STEP: usize = 1000;
/// Bytes of effects beyond which a step ends: that of a declaration of 10,000 lines has over a megabyte.
const STEP_BYTES: u64 = 4 << 20;
const OUTER: &[u8] = b"outer-13";

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
            if let Some(outer) = Outer::from_bytes(&key) {
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
            let (rows, effect) = said_by(journal, record, outer, &mut questions)?;
            if let Some(effect) = &effect {
                replayed.apply(effect, record.position.0)?;
            }
            batch.extend(rows);
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

/// The rows that a record makes by itself, and its effect. A damaged effect is noted. Records come in their order, and `questions` are those of before.
fn said_by(
    journal: &dyn Journal,
    record: &Record,
    outer: &Outer,
    questions: &mut Questions,
) -> Result<(Batch, Option<Effect>), LedgerError> {
    let position = record.position;
    let event = questions.place(position, event_of(record)?);
    if let Event::Viewed(viewed) = &event {
        return Ok((looked(journal, record, viewed, outer)?, None));
    }
    let mut damaged = Batch::default();
    let effect = match effect_of(journal, record) {
        Err(error) if error.damaged() => {
            let about = as_of::brought(journal, &event)?;
            damage::log(position.0, &error);
            damaged = damage::row(position.0, &error, &event, about.as_ref());
            None
        }
        effect => effect?,
    };
    let mut rows = views::rows(position, record.time, &event, effect.as_ref(), outer);
    views::put_numbers(&mut rows, views::numbers(&event, effect.as_ref(), outer));
    indexed(&mut rows, journal, record, (&event, effect.as_ref()), outer)?;
    rows.extend(damaged);
    Ok((rows, effect))
}

/// The rows of the index that a record makes.
fn indexed(
    rows: &mut Batch,
    journal: &dyn Journal,
    record: &Record,
    (event, effect): (&Event, Option<&Effect>),
    outer: &Outer,
) -> Result<(), LedgerError> {
    let (position, time) = (record.position, record.time);
    let about = index::rows::about(journal, event, position)?;
    index::rows::rows(rows, position, time, event, effect, about.as_ref());
    if let Event::Received(received) = event
        && let Some(listed) = Listed::of(position, time, received)
    {
        let hidden = index::rows::hidden(effect, outer);
        index::rows::put_clients(rows, index::rows::clients(&listed, &hidden));
    }
    Ok(())
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
    match journal.part(record, PartKind::Effect)? {
        Some(Part::Whole(bytes)) => {
            let effect = Effect::decode(&bytes).map_err(|cause| LedgerError::Unreadable {
                position: record.position.0,
                cause,
            })?;
            Ok(Some(effect))
        }
        Some(Part::Erased) | None => Ok(None),
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
