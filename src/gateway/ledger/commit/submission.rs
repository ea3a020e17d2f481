//! What is handed to the committer: a record to be, and those that become durable with it or not at all.

use jiff::Timestamp;

use super::super::carried::Carried;
use super::super::effect::Effect;
use super::super::events::Event;
use super::super::lock::Held;
use super::super::look::Looked;
use super::super::past::PastRows;
use crate::store::{Batch, Entry, KeyId, PartKind};

/// Bytes from which a body, of a message or of an answer that is recorded with it, is written before it joins a group.
pub(super) const LARGE_BYTES: usize = 1 << 20;
/// Rows of the past, numbers and clients beyond which they come into the views in pieces.
pub(super) const LONG_ROWS: usize = 1_000;

/// One record to be, on its way to the journal, and those that become durable with it or not at all.
pub(crate) struct Submission {
    pub(crate) event: Event,
    pub(crate) effect: Option<Effect>,
    pub(crate) body: Option<bytes::Bytes>,
    /// The form that its receiver gets, where that is another.
    pub(crate) mapped: Option<Vec<u8>>,
    /// The findings part.
    pub(crate) findings: Option<Vec<u8>>,
    /// The envelope part.
    pub(crate) envelope: Option<Vec<u8>>,
    /// The effect part of a look, which has none of a message.
    pub(crate) looked: Option<Looked>,
    /// The effect part of a record that erases effects.
    pub(crate) carried: Option<Carried>,
    pub(crate) erases: Vec<KeyId>,
    /// What the effects that it erases made in the views, being taken back.
    pub(crate) withdraws: Batch,
    /// Records that follow it: the verdict that follows from it, the answer that was made, and the copy of that.
    pub(crate) also: Vec<Also>,
    /// What the effects make of the past, worked out under the lock of the scope.
    pub(crate) past: PastRows,
    /// Freed after the record is durable and applied, also when the one who waits for the answer has gone away.
    pub(crate) held: Held,
}

/// What is recorded with something else.
pub(crate) struct Also {
    pub(crate) event: Event,
    pub(crate) effect: Effect,
    pub(crate) body: Option<bytes::Bytes>,
    /// The form that its receiver gets, where that is another.
    pub(crate) mapped: Option<Vec<u8>>,
    /// The findings part.
    pub(crate) findings: Option<Vec<u8>>,
}

impl Also {
    pub(super) fn is_large(&self) -> bool {
        self.bytes() >= LARGE_BYTES
    }

    fn bytes(&self) -> usize {
        self.body.as_ref().map_or(0, bytes::Bytes::len) + self.mapped.as_ref().map_or(0, Vec::len)
    }

    /// The entry it becomes; the body goes into it.
    pub(super) fn entry(&mut self, time: Timestamp) -> Entry {
        let said = (&self.event, Some(self.effect.encode()));
        let brought = [self.mapped.take(), self.findings.take(), None];
        entry(time, said, self.body.take(), brought, &[])
    }
}

impl Submission {
    /// A record without parts.
    pub(crate) fn fact(event: Event, held: Held) -> Self {
        Self {
            event,
            effect: None,
            body: None,
            mapped: None,
            findings: None,
            envelope: None,
            looked: None,
            carried: None,
            erases: Vec::new(),
            withdraws: Batch::new(),
            also: Vec::new(),
            past: PastRows::default(),
            held,
        }
    }

    /// Bytes of the bodies.
    pub(super) fn bytes(&self) -> usize {
        let also = self.also.iter().map(Also::bytes);
        let own = self.body.as_ref().map_or(0, bytes::Bytes::len);
        own + self.mapped.as_ref().map_or(0, Vec::len) + also.sum::<usize>()
    }

    /// Whether it brings content, which cannot be tried again without what it brings. A declaration of which nothing more than its standing changes has an
    /// effect of a few bytes, and is tried again with it: that it is left to its receiver is what lets content go where a disk is full.
    pub(super) fn with_content(&self) -> bool {
        let brings = self.body.is_some()
            || self.findings.is_some()
            || self.envelope.is_some()
            || self.looked.is_some()
            || self.carried.is_some()
            || !self.also.is_empty();
        let stands = matches!(self.event, Event::Reconsidered(_));
        brings || (self.effect.is_some() && !stands)
    }

    pub(super) fn is_large(&self) -> bool {
        self.body
            .as_ref()
            .is_some_and(|body| body.len() >= LARGE_BYTES)
    }

    /// Whether making it ready for a group takes longer than a small message may wait.
    pub(super) fn takes_long(&self) -> bool {
        self.is_large() || self.is_long() || self.also.iter().any(Also::is_large)
    }

    /// Whether its rows are so many that they come into the views in [`Pieces`].
    pub(super) fn is_long(&self) -> bool {
        let effect = self.effect.as_ref();
        let numbers = effect.and_then(|effect| effect.numbers.as_ref());
        let clients = effect.map_or(0, |effect| effect.clients.len());
        self.past.len() + numbers.map_or(0, Vec::len) + clients > LONG_ROWS
    }

    /// The entry it becomes; what it brings goes into it.
    pub(super) fn entry(&mut self, time: Timestamp) -> Entry {
        let effect = match (&self.looked, &self.carried) {
            (Some(looked), _) => Some(looked.encode()),
            (None, Some(carried)) => Some(carried.encode()),
            (None, None) => self.effect.as_ref().map(Effect::encode),
        };
        let brought = [
            self.mapped.take(),
            self.findings.take(),
            self.envelope.take(),
        ];
        entry(
            time,
            (&self.event, effect),
            self.body.take(),
            brought,
            &self.erases,
        )
    }
}

/// The entry that a record becomes. The body is copied only while somebody else still holds it.
pub(super) fn entry(
    time: Timestamp,
    (event, effect): (&Event, Option<Vec<u8>>),
    body: Option<bytes::Bytes>,
    [mapped, findings, envelope]: [Option<Vec<u8>>; 3],
    erases: &[KeyId],
) -> Entry {
    let parts = [
        (PartKind::Body, body.map(Vec::from)),
        (PartKind::Mapped, mapped),
        (PartKind::Effect, effect),
        (PartKind::Findings, findings),
        (PartKind::Envelope, envelope),
    ];
    let there = parts.into_iter();
    Entry {
        time,
        event: event.encode(),
        parts: there
            .filter_map(|(kind, part)| Some((kind, part?)))
            .collect(),
        erases: erases.to_vec(),
    }
}
