//! Erasing effects and findings, and withdrawing from the views all that they made there.
//!
//! All effects between two parties that are old enough go together, the oldest first, so that of what one began and a later one ended the end never goes alone.
//! What of their past has not ended, or was changed by an effect that is kept, is [carried on](super::carried) by the record that says what was erased. So views that are
//! made from the journal afterwards are those that withdrawing leaves: a row goes when no kept effect changed it, and then no kept effect makes it again. One
//! thing alone is told apart only by being made anew: a number that an erased and a kept effect both used, where the later use changed nothing.
//!
//! A record of this kind that the views do not have yet, after a crash, has them made anew: of what it withdraws nobody knows any more what it made.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use knooppunt_standard::history::{Row, RowKey};

use super::as_of::{Between, brought};
use super::carried::{CARRIED, Carried, CarriedRow};
use super::commit::Submission;
use super::effect::Effect;
use super::events::{Event, Forgotten, Named, Parties};
use super::lock::Held;
use super::look;
use super::past::Loaded;
use super::pseudonym::Pseudonym;
use super::replay::{effect_of, event_of, rows_of};
use super::translation::{self, Remembered};
use super::views::KEPT;
use super::{Ledger, LedgerError, blocking};
use crate::clock::day_of;
use crate::register::{Pair, PartyCode};
use crate::store::{Batch, Collection, KeyId, KeyKind, Part, Position, Record, StoreError};

/// Records that are looked at together.
const STEP: usize = 500;
/// Bytes of effects beyond which a step ends.
const STEP_BYTES: u64 = 4 << 20;

/// Records of two parties, or of nobody's past, of which the effects are to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lane {
    between: Option<Parties>,
    /// Their positions, ascending; none: only what is carried on is looked at again.
    positions: Vec<u64>,
    /// Of these parties no effect is kept up to here after it.
    until: u64,
}

/// A walk over the journal, from its beginning to the first record that is not old enough.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    next: u64,
    /// Of whom something may not go yet, and with it nothing that came later.
    waits: BTreeSet<Option<Parties>>,
    /// The first of these.
    first: Option<u64>,
    /// The day as of which everything carried on was looked at.
    seen: Option<Date>,
}

impl Walk {
    /// What may go next of the effects of records from before this day; `None` at the end of the walk, and the next one begins where something had to wait.
    pub(crate) fn next(
        &mut self,
        ledger: &Ledger,
        before: Date,
    ) -> Result<Option<Vec<Lane>>, LedgerError> {
        let mut lanes: BTreeMap<Option<Parties>, Vec<u64>> = BTreeMap::new();
        let (mut bytes, mut at_end) = (0, false);
        let records = ledger.journal.read_from(Position(self.next), STEP)?;
        at_end |= records.len() < STEP;
        for record in &records {
            if day_of(record.time) >= before {
                at_end = true;
                break;
            }
            if bytes >= STEP_BYTES {
                at_end = false;
                break;
            }
            self.next = record.position.0.saturating_add(1);
            let parts = record.parts.iter();
            let mut parts = parts.filter(|part| part.kind.key() == KeyKind::Effect);
            let Some(part) = parts.next() else { continue };
            bytes += part.length + parts.map(|part| part.length).sum::<u64>();
            let event = event_of(record)?;
            if matches!(event, Event::Forgotten(_)) {
                // What it carries on goes with what comes next of its parties.
                continue;
            }
            match ledger.journal.part(record, part.kind) {
                Ok(Some(Part::Erased) | None) => continue,
                Ok(Some(Part::Whole(_))) | Err(StoreError::Damage { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            let (of, about) = ledger.whose(record, &event)?;
            let is_kept = ledger.views.get(KEPT, &about.to_be_bytes())?.is_some();
            if is_kept || self.waits.contains(&of) {
                self.first.get_or_insert(record.position.0);
                self.waits.insert(of);
                continue;
            }
            lanes.entry(of).or_default().push(record.position.0);
        }
        let until = self.next.saturating_sub(1);
        let mut lanes: Vec<Lane> = lanes
            .into_iter()
            .map(|(between, positions)| Lane {
                between,
                positions,
                until,
            })
            .collect();
        if lanes.is_empty() && at_end && self.seen != Some(before) {
            self.seen = Some(before);
            lanes = ledger.carrying(until)?;
            lanes.retain(|lane| !self.waits.contains(&lane.between));
        }
        if lanes.is_empty() && at_end {
            self.next = self.first.take().unwrap_or(self.next);
            self.waits.clear();
            return Ok(None);
        }
        Ok(Some(lanes))
    }
}

/// What erasing the effects of a lane comes to.
struct Plan {
    event: Forgotten,
    carried: Option<Carried>,
    withdraws: Batch,
    past: super::past::PastRows,
    erases: Vec<KeyId>,
}

impl Ledger {
    /// Erases the effects and the findings of a lane, of records from before this day, and withdraws what they made. Gives how many records have none
    /// any more. Err: it could not be done, and nothing is erased.
    pub(crate) async fn forget(
        self: &Arc<Self>,
        lane: Lane,
        before: Date,
    ) -> Result<u64, LedgerError> {
        let scope = lane.between.as_ref().and_then(|of| self.scope_between(of));
        let held = match scope {
            Some(scope) => self.locks.scope(self.name(scope)).await,
            None => Held::default(),
        };
        let ledger = Arc::clone(self);
        let plan = blocking(move || ledger.plan(&lane, scope, before)).await?;
        let Some(plan) = plan else { return Ok(0) };
        let count = plan.event.messages.len() + plan.event.others.len();
        let submission = Submission {
            carried: plan.carried,
            withdraws: plan.withdraws,
            past: plan.past,
            erases: plan.erases,
            ..Submission::fact(Event::Forgotten(plan.event), held)
        };
        self.commit(submission).await?;
        Ok(count as u64)
    }

    /// The parties whose past a record is of, and the position of the message that it is about.
    fn whose(&self, record: &Record, event: &Event) -> Result<(Option<Parties>, u64), LedgerError> {
        let about = match event {
            Event::Decided(decided) => decided.message.position,
            Event::Reconsidered(reconsidered) => reconsidered.message.position,
            Event::Rejected(rejected) => rejected.message.position,
            Event::Received(_)
            | Event::Refused(_)
            | Event::Acknowledged(_)
            | Event::DeadLettered(_)
            | Event::Erased(_)
            | Event::DryRun(_)
            | Event::Imported(_)
            | Event::Returned(_)
            | Event::Told(_)
            | Event::Delivery(_)
            | Event::Brings(_)
            | Event::Viewed(_)
            | Event::Forgotten(_) => record.position.0,
        };
        let brought = brought(&*self.journal, event)?;
        let between = Between::of_event(brought.as_ref().unwrap_or(event));
        Ok((between.and_then(Between::pair), about))
    }

    fn scope_between(&self, parties: &Parties) -> Option<Pseudonym> {
        let (gemeente, aanbieder): (PartyCode, PartyCode) = (
            parties.gemeente.parse().ok()?,
            parties.aanbieder.parse().ok()?,
        );
        let pair = Pair::of(gemeente, aanbieder)?;
        Some(self.pseudonyms.scope_name(&parties.law, pair))
    }

    /// All parties of whom something is carried on.
    fn carrying(&self, until: u64) -> Result<Vec<Lane>, LedgerError> {
        let (mut lanes, mut from) = (Vec::new(), Vec::new());
        loop {
            let rows = self.views.range(CARRIED, &from, &[0xff; 17], STEP)?;
            for (_, value) in &rows {
                let record = self.journal.read(Position(number(value)?))?;
                if let Event::Forgotten(forgotten) = event_of(&record)? {
                    lanes.push(Lane {
                        between: forgotten.between,
                        positions: Vec::new(),
                        until,
                    });
                }
            }
            match rows.last() {
                Some((key, _)) if rows.len() == STEP => from = [&key[..], &[0]].concat(),
                _ => return Ok(lanes),
            }
        }
    }

    /// Works out what is erased, withdrawn and carried on. Under the lock of the scope.
    fn plan(
        &self,
        lane: &Lane,
        scope: Option<Pseudonym>,
        before: Date,
    ) -> Result<Option<Plan>, LedgerError> {
        let mut plan = Plan {
            event: Forgotten {
                messages: Vec::new(),
                others: Vec::new(),
                between: lane.between.clone(),
            },
            carried: None,
            withdraws: Batch::new(),
            past: super::past::PastRows::default(),
            erases: Vec::new(),
        };
        let mut effects = Vec::new();
        for position in &lane.positions {
            let record = self.journal.read(Position(*position))?;
            let event = event_of(&record)?;
            let message = if let Event::Received(received) = &event {
                Some(received.message)
            } else if let Event::Returned(returned) = &event {
                Some(returned.message)
            } else {
                None
            };
            if let Some(message) = message {
                let position = *position;
                plan.event.messages.push(Named { message, position });
            } else {
                plan.event.others.push(*position);
            }
            plan.erases.extend(keys_of(record.position));
            let effect = self.withdraw(&mut plan.withdraws, &record, &event)?;
            effects.extend(effect.map(|effect| (*position, effect)));
        }
        let Some(scope) = scope else {
            return Ok((!plan.erases.is_empty()).then_some(plan));
        };
        let hidden = self.outer.hide(scope);
        let before_it = self.views.get(CARRIED, &hidden)?;
        let before_it = before_it.as_deref().map(number).transpose()?;
        let mut carried = None;
        if let Some(position) = before_it {
            let record = self.journal.read(Position(position))?;
            carried = Carried::of(&*self.journal, &record)?;
            plan.event.others.push(position);
            plan.erases.extend(keys_of(Position(position)));
        }
        let lasting = Lasting {
            ledger: self,
            scope,
            until: lane.until,
            before,
        };
        let (rows, dropped) = lasting.rows(carried.as_ref(), &effects)?;
        let ended = |rows: usize| carried.as_ref().is_some_and(|of| of.rows.len() == rows);
        if lane.positions.is_empty() && ended(rows.len()) {
            // All of it is still needed.
            return Ok(None);
        }
        plan.past = dropped;
        let memories = lasting.memories(carried.as_ref(), &effects, &mut plan.withdraws)?;
        plan.carried = Some(Carried::new(scope, rows, memories));
        Ok(Some(plan))
    }

    /// Withdraws what an effect made of which the record still stands. Gives the effect; `None` of a look, and of a damaged one, of which nobody knows what it made.
    fn withdraw(
        &self,
        withdraws: &mut Batch,
        record: &Record,
        event: &Event,
    ) -> Result<Option<Effect>, LedgerError> {
        let (mut with, mut without) = (Batch::new(), Batch::new());
        let mut of_message = None;
        if let Event::Viewed(viewed) = event {
            match look::looked_of(&*self.journal, record) {
                Ok(looked) => {
                    look::rows(
                        &mut with,
                        record.position,
                        viewed,
                        looked.as_ref(),
                        &self.outer,
                    );
                }
                Err(error) if error.damaged() => {}
                Err(error) => return Err(error),
            }
            look::rows(&mut without, record.position, viewed, None, &self.outer);
        } else {
            match effect_of(&*self.journal, record) {
                Ok(effect) => of_message = effect,
                Err(error) if error.damaged() => {}
                Err(error) => return Err(error),
            }
            let of = |effect, is_erased| {
                rows_of(
                    &*self.journal,
                    record,
                    (event, effect),
                    is_erased,
                    &self.outer,
                )
            };
            if of_message.is_some() {
                with = of(of_message.as_ref(), false)?;
            }
            without = of(None, true)?;
        }
        let left: BTreeMap<(Collection, Vec<u8>), Vec<u8>> = without
            .into_changes()
            .into_iter()
            .filter_map(|change| Some(((change.collection, change.key), change.value?)))
            .collect();
        for change in with.into_changes() {
            let Some(made) = change.value else { continue };
            let place = (change.collection, change.key);
            let becomes = left.get(&place);
            // What a later record made of it is not this one's.
            if becomes == Some(&made) || self.views.get(place.0, &place.1)? != Some(made) {
                continue;
            }
            match becomes {
                Some(becomes) => withdraws.put(place.0, place.1, becomes.clone()),
                None => withdraws.delete(place.0, place.1),
            }
        }
        Ok(of_message)
    }
}

/// Tells what of the past of a scope goes on.
struct Lasting<'l> {
    ledger: &'l Ledger,
    scope: Pseudonym,
    until: u64,
    before: Date,
}

impl Lasting<'_> {
    /// The rows that are carried on, in the order of their keys, and those that go.
    fn rows(
        &self,
        carried: Option<&Carried>,
        effects: &[(u64, Effect)],
    ) -> Result<(Vec<CarriedRow>, super::past::PastRows), LedgerError> {
        let views = &*self.ledger.views;
        let mut made = Loaded::from_nothing(self.scope, &self.ledger.outer);
        let mut was: BTreeMap<RowKey, (Row, u64)> = BTreeMap::new();
        for of in carried.iter().flat_map(|carried| &carried.rows) {
            let (key, row) = read(of)?;
            was.insert(key, (row, of.since));
        }
        let stood = was.iter().map(|(key, (row, _))| (*key, row.clone()));
        made.restate(views, stood)?;
        for (position, effect) in effects {
            let changes = effect.applied(*position)?;
            made.apply(views, &changes.unwrap_or_default())?;
        }
        let mut now = self.ledger.past(self.scope);
        let touched: BTreeSet<RowKey> = made.keys().collect();
        now.load(views, touched.iter().copied())?;
        let hang_on: BTreeSet<RowKey> = touched
            .iter()
            .flat_map(|key| now.past().rows_of_credit(key))
            .collect();
        let tell: Vec<RowKey> = touched
            .iter()
            .flat_map(|key| now.past().rows_of_end(key))
            .collect();
        now.load(views, hang_on.iter().copied().chain(tell))?;
        let newest = self.ledger.journal.next().0.saturating_sub(1);
        let (mut lasting, mut gone) = (Vec::new(), BTreeSet::new());
        for key in touched.union(&hang_on) {
            let Some(row) = now.past().row(key) else {
                continue;
            };
            let before = was.get(key).filter(|(before, _)| *before == row);
            let since = match before {
                Some((_, since)) => *since,
                None if made.past().row(key).as_ref() == Some(&row) => self.until,
                // Some effect that is kept changed it, and its scope is locked.
                None => newest,
            };
            if since <= self.until && now.past().has_ended(key, self.before) {
                gone.insert(*key);
            }
            lasting.push((*key, row, since));
        }
        // What tells of a row that it ended must not hang on an effect that is kept either.
        let past = now.past();
        let stays = |key: &RowKey| {
            let tell = past.rows_of_end(key);
            let mut tell = tell.iter().filter(|of| past.has(of));
            !gone.contains(key) || !tell.all(|of| gone.contains(of))
        };
        let (lasting, gone): (Vec<_>, Vec<_>) =
            lasting.into_iter().partition(|(key, ..)| stays(key));
        let rows = lasting.into_iter().map(|(key, row, since)| CarriedRow {
            key: key.to_bytes(),
            row: row.encode(),
            since,
        });
        let gone = gone.into_iter().map(|(key, ..)| key);
        Ok((rows.collect(), now.without(gone)))
    }

    /// What stays remembered of allocations that have not ended; the rest of what was carried on is withdrawn.
    fn memories(
        &self,
        carried: Option<&Carried>,
        effects: &[(u64, Effect)],
        withdraws: &mut Batch,
    ) -> Result<Vec<Remembered>, LedgerError> {
        let of_effects = effects
            .iter()
            .flat_map(|(position, effect)| translation::memories_of(*position, effect));
        let before = carried.iter().flat_map(|carried| &carried.memories);
        let mut lasting = Vec::new();
        for memory in before.cloned().chain(of_effects) {
            let Some(toewijzing) = memory.kept.toewijzing else {
                continue;
            };
            let mut past = self.ledger.past(self.scope);
            let key = RowKey::Toewijzing(toewijzing);
            past.load(&*self.ledger.views, [key])?;
            if past.past().has_ended(&key, self.before) {
                translation::withdraw(withdraws, self.scope, &memory, &self.ledger.outer);
            } else {
                lasting.push(memory);
            }
        }
        Ok(lasting)
    }
}

/// A carried row and its key.
pub(super) fn read(of: &CarriedRow) -> Result<(RowKey, Row), LedgerError> {
    let row = Row::decode(&of.row).ok();
    let read = RowKey::from_bytes(&of.key).zip(row);
    read.ok_or(LedgerError::Views {
        what: "a row that is carried on and not one of ours",
    })
}

/// Both keys, so that the salt of the leaf goes with them.
fn keys_of(position: Position) -> [KeyId; 2] {
    [KeyKind::Content, KeyKind::Effect].map(|kind| KeyId { position, kind })
}

fn number(value: &[u8]) -> Result<u64, LedgerError> {
    let bytes = <[u8; 8]>::try_from(value);
    bytes
        .map(u64::from_be_bytes)
        .map_err(|_| LedgerError::Views {
            what: "a position that is none",
        })
}
