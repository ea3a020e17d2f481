//! How one thing that is owed stands: kept by whoever keeps the past, a row a key.

use std::collections::BTreeSet;

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::OwedKey;
use crate::history::cbor;
use crate::terms::Term;

/// The keeper's name of a message: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct MessageName(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

/// How something owed stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Owed {
    /// The message that makes it owed.
    #[n(0)]
    pub message: MessageName,
    /// The day that begins its term.
    #[cbor(n(1), with = "cbor::date")]
    pub(super) from: Date,
    /// The day that the message says: Dagtekening of a request, Ingangsdatum or Einddatum of an allocation.
    #[cbor(n(2), with = "cbor::date")]
    pub(super) says: Date,
    /// Whether an accepted 319 said that it is being looked into.
    #[n(3)]
    pub(super) investigated: bool,
    /// 319s that say so and are not yet accepted.
    #[n(4)]
    pub(super) investigating: BTreeSet<MessageName>,
    /// Messages that end it and are not yet accepted: what is sent is not owed, unless it is refused.
    #[n(5)]
    pub(super) ending: BTreeSet<MessageName>,
    /// Nothing is owed: kept for the messages that would end it and are not yet accepted, so that it is not owed when it arises while they wait.
    #[cbor(n(6), default)]
    pub(super) dormant: bool,
}

/// A term that runs, or will when its day has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct Running {
    /// Which.
    #[n(0)]
    pub term: Term,
    /// The day that begins it; that day itself does not count.
    #[cbor(n(1), with = "cbor::date")]
    pub from: Date,
}

impl Owed {
    pub(super) fn new(message: MessageName, from: Date, says: Date) -> Self {
        Self {
            message,
            from,
            says,
            investigated: false,
            investigating: BTreeSet::new(),
            ending: BTreeSet::new(),
            dormant: false,
        }
    }

    /// The term that runs; `None` while a message that ends it waits to be accepted, or nothing is owed.
    ///
    /// A start under an allocation with retroactive effect is due five working days after its receipt (OP271); that care has begun is presumed. A stop is due
    /// at the latest five working days after the last day of the allocation (OP272), or after the day on which that was told when it came later; that care
    /// did not end before, or under another allocation, is presumed.
    pub fn term(&self, key: &OwedKey) -> Option<Running> {
        if self.dormant || !self.ending.is_empty() {
            return None;
        }
        let looked_into = self.investigated || !self.investigating.is_empty();
        let (term, from) = match key {
            OwedKey::Verzoek(_) if looked_into => (Term::Onderzoek, self.says),
            OwedKey::Verzoek(_) => (Term::VerzoekAntwoord, self.from),
            OwedKey::Start(_) => (Term::Start, self.from),
            OwedKey::Stop { .. } => (Term::Stop, self.from),
        };
        Some(Running { term, from })
    }

    pub(super) fn forget(&mut self, message: MessageName) {
        self.investigating.remove(&message);
        self.ending.remove(&message);
    }

    /// The same, with what waits to end this one.
    pub(super) fn ended_by_what_ends(self, other: &mut Self) -> Self {
        Self {
            investigating: std::mem::take(&mut other.investigating),
            ending: std::mem::take(&mut other.ending),
            ..self
        }
    }
}
