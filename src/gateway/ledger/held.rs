//! Declarations whose answer the gateway keeps back: why each waits, what was decided on its lines, and the rows that tell of it.
//!
//! Knows no rules and decides nothing: it keeps what was found and what was chosen. Paths name places in a message, never a value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use knooppunt_standard::history::{self, Change, Series};
use minicbor::{Decode, Encode};

use super::commit::Submission;
use super::effect::Effect;
use super::events::{Decided, Event, Named, Reconsidered, Turn};
use super::id::MessageId;
use super::pseudonym::{Outer, Pseudonym};
use super::views::{self, MessageRow, Pointer, StampRow, joined, mailbox_key, row};
use super::{Ledger, LedgerError, blocking};
use crate::register::PartyCode;
use crate::store::{Batch, Collection, Position};

/// Receiving code, a zero byte and position of a declaration -> [`HeldRow`], while the gateway keeps its answer back.
pub(crate) const HELD: Collection = Collection::of("held");
/// Scope (hidden) and position of the same -> [`Pointer`].
pub(crate) const HELD_SCOPES: Collection = Collection::of("held-scopes");
/// Message id and path of a line -> [`ChoiceRow`]: what was decided on it.
pub(crate) const CHOICES: Collection = Collection::of("choices");
/// Message id -> [`JudgedRow`]: where its last verdict stands when that is not its own record.
pub(crate) const JUDGED: Collection = Collection::of("judged");
/// Message id -> [`StampRow`]: when its answer was left to its receiver after all.
pub(crate) const RELEASED: Collection = Collection::of("released");

/// Rows of a scope that are read at once.
const HELD_PAGE: usize = 100;

/// Why the answer to a declaration is kept back.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Waiting {
    /// Lines on which its receiver has to decide, in document order.
    #[n(0)]
    pub(crate) lines: Vec<Asked>,
    /// Messages of the same two parties that wait for an answer, which may change its outcome; oldest first.
    #[n(1)]
    pub(crate) messages: Vec<Awaited>,
    /// Set when more waits than was looked at, so that there may be other messages too.
    #[n(2)]
    pub(crate) unclear: Option<Unclear>,
    /// The declarations before it as a series (TR318): later ones that are answered meanwhile do not make it one that goes back.
    #[n(3)]
    pub(crate) series: Series,
}

/// A line that asks for a decision.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Asked {
    /// Number of the element in the tree.
    #[n(0)]
    pub(crate) at: u32,
    /// Path of the element.
    #[n(1)]
    pub(crate) path: String,
    /// Published id of the rule that asks.
    #[n(2)]
    pub(crate) rule: String,
}

/// A message that is waited for.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Awaited {
    /// Position of its record.
    #[n(0)]
    pub(crate) position: u64,
    /// The first lines that it may change, by path; none: the declaration as a whole.
    #[n(1)]
    pub(crate) paths: Vec<String>,
    /// How many lines there are beyond those.
    #[n(2)]
    pub(crate) more: u64,
}

/// Why it is not known which messages are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Unclear {
    /// More of them wait in the scope than are looked at.
    #[n(0)]
    Many,
    /// They are larger together than is looked at.
    #[n(1)]
    Large,
    /// What one of them would do is lost to damage.
    #[n(2)]
    Damaged,
}

/// What was decided on a line.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Choice {
    /// Number of the element in the tree.
    #[n(0)]
    pub(crate) at: u32,
    /// Path of the element.
    #[n(1)]
    pub(crate) path: String,
    /// Granted, else refused.
    #[n(2)]
    pub(crate) grant: bool,
    /// When it was decided with all that still asked: position of the record that said what asks.
    #[n(3)]
    pub(crate) verdict: Option<u64>,
}

/// A declaration whose answer is kept back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct HeldRow {
    /// Position of the declaration.
    #[n(0)]
    pub(crate) position: u64,
    #[n(1)]
    pub(crate) message: MessageId,
    /// Position of the record that says why.
    #[n(2)]
    pub(crate) judged: u64,
    /// How many lines asked for a decision by that record.
    #[n(3)]
    pub(crate) lines: u64,
    /// How many messages it waited for by that record; one where that is unclear.
    #[n(4)]
    pub(crate) messages: u64,
}

/// What was decided on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct ChoiceRow {
    /// Position of the decision.
    #[n(0)]
    pub(crate) position: u64,
    /// Number of the element in the tree.
    #[n(1)]
    pub(crate) at: u32,
    #[n(2)]
    pub(crate) grant: bool,
    /// As that of the [`Choice`].
    #[n(3)]
    pub(crate) verdict: Option<u64>,
}

/// Where the last verdict on a declaration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct JudgedRow {
    /// Position of the record with its findings.
    #[n(0)]
    pub(crate) position: u64,
    /// How many findings it has now.
    #[n(1)]
    pub(crate) findings: u64,
}

impl Waiting {
    /// Positions of the messages that are waited for.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = u64> {
        self.messages.iter().map(|awaited| awaited.position)
    }

    /// Whether nothing is waited for now that was not waited for before. The record of before says enough then: what of it is settled stands in the past, and
    /// with a record for every settlement of every declaration behind it the journal would grow with the square of what waits.
    pub(crate) fn is_rest_of(&self, before: &Self) -> bool {
        let awaited = |waiting: &Self| -> BTreeSet<u64> { waiting.awaited().collect() };
        self.lines == before.lines
            && self.unclear == before.unclear
            && awaited(self).is_subset(&awaited(before))
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (lines, messages) = (self.lines.len(), self.messages.len());
        write!(f, "Waiting({lines} lines, {messages} messages)")
    }
}

impl std::fmt::Debug for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Choice({}, {})", self.at, self.grant)
    }
}

/// From the record of a declaration, or the last on it, the gateway keeps its answer back.
pub(super) fn hold(
    batch: &mut Batch,
    scope: &[u8; 16],
    receiver: &str,
    (position, message): (u64, MessageId),
    judged: u64,
    waiting: &Waiting,
) {
    let messages = waiting.messages.len() as u64;
    let held = HeldRow {
        position,
        message,
        judged,
        lines: waiting.lines.len() as u64,
        messages: messages.max(u64::from(waiting.unclear.is_some())),
    };
    batch.put(HELD, mailbox_key(receiver, position), row(&held));
    let pointer = Pointer { position, message };
    batch.put(HELD_SCOPES, joined(scope, position), row(&pointer));
}

/// It does not keep it back any more.
pub(super) fn end(batch: &mut Batch, scope: Option<&[u8; 16]>, receiver: &str, position: u64) {
    batch.delete(HELD, mailbox_key(receiver, position));
    // Without its scope, which is lost when the effect is damaged, the pointer stays and points at nothing held.
    if let Some(scope) = scope {
        batch.delete(HELD_SCOPES, joined(scope, position));
    }
}

/// What a decision changes.
pub(super) fn decided(
    batch: &mut Batch,
    position: Position,
    event: &Decided,
    effect: Option<&Effect>,
) {
    let choices = effect.and_then(|effect| effect.choices.as_deref());
    for choice in choices.unwrap_or_default() {
        let chosen = ChoiceRow {
            position: position.0,
            at: choice.at,
            grant: choice.grant,
            verdict: choice.verdict,
        };
        let key = choice_key(event.message.message, &choice.path);
        batch.put(CHOICES, key, row(&chosen));
    }
}

/// What judging again changes.
pub(super) fn reconsidered(
    batch: &mut Batch,
    position: Position,
    at: Timestamp,
    event: &Reconsidered,
    effect: Option<&Effect>,
    outer: &Outer,
) {
    let named = event.message;
    let scope = effect
        .and_then(|effect| effect.scope)
        .map(|scope| outer.hide(scope));
    let waiting = effect.and_then(|effect| effect.waiting.as_ref());
    if let (Some(waiting), Some(scope)) = (waiting, &scope) {
        let of = (named.position, named.message);
        hold(batch, scope, &event.receiver, of, position.0, waiting);
    } else if event.turn == Turn::Waits {
        // Damaged: for what is not known, and that shows when it is looked at. It stands where it stood in its scope.
        let held = HeldRow {
            position: named.position,
            message: named.message,
            judged: position.0,
            lines: 0,
            messages: 1,
        };
        let key = mailbox_key(&event.receiver, named.position);
        batch.put(HELD, key, row(&held));
    } else {
        end(batch, scope.as_ref(), &event.receiver, named.position);
    }
    if let (Some(effect), Some(scope)) = (effect, scope)
        && let Some(settled) = effect.settles
    {
        batch.delete(views::PENDING, joined(&scope, settled));
    }
    let id = named.message.as_bytes().to_vec();
    if event.inputs.is_some() {
        let judged = JudgedRow {
            position: position.0,
            findings: event.counts.values().sum(),
        };
        batch.put(JUDGED, id.clone(), row(&judged));
    }
    if event.turn.releases() {
        let stamp = StampRow {
            position: position.0,
            at,
        };
        batch.put(RELEASED, id, row(&stamp));
    } else {
        // Its first effect is damaged, and this verdict on it is not.
        batch.delete(RELEASED, id);
    }
}

/// Leaves the answer to a declaration to its receiver because its content goes, if it is kept back. Under the locks of its thread and scope, so that it is
/// answered before or not at all. Err: the ledger could not do its work.
pub(crate) async fn release(ledger: Arc<Ledger>, id: MessageId) -> Result<(), LedgerError> {
    let reading = Arc::clone(&ledger);
    let held = blocking(move || reading.held_row(id)).await?;
    let Some((row, scope)) = held else {
        return Ok(());
    };
    let name = ledger.name(scope);
    let locks = ledger.locks.message(&[], row.lock, Some(name)).await;
    let reading = Arc::clone(&ledger);
    let held = blocking(move || {
        let Some((row, _)) = reading.held_row(id)? else {
            return Ok(None);
        };
        let effect = reading.about(&row, scope)?.0;
        Ok(Some((row, effect)))
    });
    let Some((row, effect)) = held.await? else {
        return Ok(());
    };
    let event = Event::Reconsidered(Reconsidered {
        message: Named {
            message: id,
            position: row.position,
        },
        receiver: row.receiver,
        turn: Turn::TooOld,
        inputs: None,
        counts: BTreeMap::new(),
    });
    let submission = Submission {
        effect: Some(effect),
        ..Submission::fact(event, locks)
    };
    ledger.commit(submission).await?;
    metrics::counter!("knooppunt_judged_again_total", "outcome" => Turn::TooOld.code())
        .increment(1);
    Ok(())
}

fn choice_key(message: MessageId, path: &str) -> Vec<u8> {
    let mut key = message.as_bytes().to_vec();
    key.extend_from_slice(path.as_bytes());
    key
}

impl Ledger {
    /// Declarations for one code whose answer is kept back, from a position on, oldest first.
    pub(crate) fn held(
        &self,
        code: &PartyCode,
        from: u64,
        limit: usize,
    ) -> Result<Vec<HeldRow>, LedgerError> {
        let code = code.as_str();
        let (from, to) = (mailbox_key(code, from), mailbox_key(code, u64::MAX));
        self.rows(HELD, &from, &to, limit)
    }

    /// The declaration at a position for this code, while its answer is kept back.
    pub(crate) fn held_at(
        &self,
        code: &str,
        position: u64,
    ) -> Result<Option<HeldRow>, LedgerError> {
        self.row(HELD, &mailbox_key(code, position))
    }

    /// Declarations of a scope, by its name in the views, whose answer is kept back, from a position on, oldest first.
    pub(crate) fn held_in(
        &self,
        scope: &[u8; 16],
        from: u64,
        limit: usize,
    ) -> Result<Vec<Pointer>, LedgerError> {
        let (from, to) = (joined(scope, from), joined(scope, u64::MAX));
        self.rows(HELD_SCOPES, &from, &to, limit)
    }

    /// Declarations of a scope that ask for a decision and have a line under one of these allocations, oldest first; also those of which nobody can tell. All that
    /// waits in the scope is looked at.
    pub(crate) fn asking_under(
        &self,
        scope: &[u8; 16],
        allocations: &BTreeSet<history::Pseudonym>,
    ) -> Result<Vec<Pointer>, LedgerError> {
        let (mut asking, mut from) = (Vec::new(), 0);
        if allocations.is_empty() {
            return Ok(asking);
        }
        loop {
            let some = self.held_in(scope, from, HELD_PAGE)?;
            let Some(last) = some.last() else {
                return Ok(asking);
            };
            from = last.position.saturating_add(1);
            for held in some {
                let row = self.message_row(held.message)?;
                let row = row.map(|row| self.held_at(&row.receiver, held.position));
                let asks = row.transpose()?.flatten().is_some_and(|row| row.lines > 0);
                if asks && self.declares_under(held.position, allocations)? {
                    asking.push(held);
                }
            }
        }
    }

    /// Whether the declaration at a position, which waits, has a line under one of these allocations.
    fn declares_under(
        &self,
        position: u64,
        allocations: &BTreeSet<history::Pseudonym>,
    ) -> Result<bool, LedgerError> {
        let declares = |change: &Change| matches!(change, Change::Granted { line, .. } if allocations.contains(&line.toewijzing));
        let changes = self.pending_of(position)?;
        Ok(changes.is_none_or(|changes| changes.iter().any(declares)))
    }

    /// The scopes in which an answer is kept back, by their names in the views.
    pub(crate) fn held_scopes(&self) -> Result<Vec<[u8; 16]>, LedgerError> {
        let mut scopes: Vec<[u8; 16]> = Vec::new();
        loop {
            let last = scopes.last();
            let from = last.map_or_else(Vec::new, |scope| joined(scope, u64::MAX));
            let rows = self.views.range(HELD_SCOPES, &from, &[0xff; 40], 1)?;
            let next = rows.first().and_then(|(key, _)| key.first_chunk());
            match next {
                Some(scope) => scopes.push(*scope),
                None => return Ok(scopes),
            }
        }
    }

    /// The row and the scope of a declaration while its answer is kept back.
    fn held_row(&self, id: MessageId) -> Result<Option<(MessageRow, Pseudonym)>, LedgerError> {
        let Some(row) = self.message_row(id)? else {
            return Ok(None);
        };
        if self.held_at(&row.receiver, row.position)?.is_none() {
            return Ok(None);
        }
        let scope = self.scope_of(&row)?;
        Ok(Some((row, scope)))
    }

    /// The scope of a held declaration.
    pub(crate) fn scope_of(&self, row: &MessageRow) -> Result<Pseudonym, LedgerError> {
        let pair = row.pair().ok_or(LedgerError::Views {
            what: "a held declaration of other parties than a municipality and a provider",
        })?;
        Ok(self.pseudonyms.scope_name(&row.kind.law, pair))
    }

    /// The effect of a record about a message of this scope that was taken before, and whether that of the message itself is whole: where it is damaged the new
    /// one stays that of this message as far as is known.
    pub(crate) fn about(
        &self,
        row: &MessageRow,
        scope: Pseudonym,
    ) -> Result<(Effect, bool), LedgerError> {
        let (mut effect, whole) = match self.effect(row.position) {
            Ok(effect) => (effect.about(), true),
            Err(error) if error.damaged() => {
                self.damaged.note(row.position, &error);
                let hash = row.body_hash.unwrap_or_default();
                let effect = Effect::new(Pseudonym([0; 16]), hash, None, Vec::new());
                (effect, false)
            }
            Err(error) => return Err(error),
        };
        effect.scope = Some(scope);
        Ok((effect, whole))
    }

    /// Why a declaration waits. Err: what is kept of it is damaged, or the store cannot be read.
    pub(crate) fn waiting_of(&self, held: &HeldRow) -> Result<Waiting, LedgerError> {
        let effect = self.effect(held.judged)?;
        effect.waiting.ok_or(LedgerError::Views {
            what: "a held declaration that does not wait",
        })
    }

    /// The message whose record stands at a position; `None` when it tells of another thing.
    pub(crate) fn message_at(
        &self,
        position: u64,
    ) -> Result<Option<(MessageId, MessageRow)>, LedgerError> {
        let record = self.journal.read(Position(position))?;
        let event = Event::decode(&record.event)
            .map_err(|cause| LedgerError::Unreadable { position, cause })?;
        let Event::Received(received) = event else {
            return Ok(None);
        };
        let row = self.message_row(received.message)?;
        Ok(row.map(|row| (received.message, row)))
    }

    /// What was decided on the lines of a message, by path.
    pub(crate) fn choices(
        &self,
        message: MessageId,
    ) -> Result<BTreeMap<String, ChoiceRow>, LedgerError> {
        // A path begins with a slash, and no byte of it is 0xff.
        let (from, mut to) = (message.as_bytes().to_vec(), message.as_bytes().to_vec());
        to.push(0xff);
        let rows = self.views.range(CHOICES, &from, &to, usize::MAX)?;
        let unfit = || LedgerError::Views {
            what: "a decision that is not one of ours",
        };
        rows.into_iter()
            .map(|(key, value)| {
                let path = key
                    .get(16..)
                    .and_then(|path| std::str::from_utf8(path).ok());
                let row = minicbor::decode(&value).map_err(|_| unfit())?;
                Ok((path.ok_or_else(unfit)?.to_owned(), row))
            })
            .collect()
    }

    /// Where the last verdict on a message stands, when that is not its own record.
    pub(crate) fn judged_again(&self, id: MessageId) -> Result<Option<JudgedRow>, LedgerError> {
        self.row(JUDGED, id.as_bytes())
    }
}
