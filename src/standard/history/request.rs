//! Requests of a provider and what became of them.

use std::collections::BTreeSet;

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::allocation::Stamp;
use super::cbor;
use super::pseudonym::Pseudonym;
use crate::opaque::opaque;

/// What is known of one ReferentieAanbieder. Numbers are never free again once a request was accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Verzoek {
    /// The request itself; `None` when only answers to it came by, as it may be older than what is known.
    #[n(0)]
    pub request: Option<Request>,
    /// Accepted 319s on it, in the order in which they were accepted.
    #[n(1)]
    pub answers: Vec<Answer>,
    /// Versions of allocations that honour it.
    #[n(2)]
    pub honoured: BTreeSet<Honoured>,
}

/// An accepted request.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Request {
    /// For whom.
    #[n(0)]
    pub client: Pseudonym,
    /// What for.
    #[n(1)]
    pub kind: RequestKind,
    /// Dagtekening of the message.
    #[cbor(n(2), with = "cbor::date")]
    pub dagtekening: Date,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum RequestKind {
    /// An allocation: one AangevraagdProduct of a 315.
    #[n(0)]
    Toewijzing,
    /// A change of what is allocated: the Verzoek of a 317.
    #[n(1)]
    Wijziging,
}

/// Element VerzoekAntwoord of an accepted 319.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Answer {
    /// 1: refused.
    #[n(0)]
    Refused,
    /// 2: being looked into.
    #[n(1)]
    Investigating,
}

/// A version of an allocation that honours a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct Honoured {
    /// Its ToewijzingNummer.
    #[n(0)]
    pub toewijzing: Pseudonym,
    /// When it was made.
    #[n(1)]
    pub stamp: Stamp,
}

impl Verzoek {
    /// Whether a 319 refused it.
    pub fn is_refused(&self) -> bool {
        self.answers.contains(&Answer::Refused)
    }

    /// Whether it waits for an answer that ends it: no 319 refused it and no 301 honoured it.
    pub fn is_open(&self) -> bool {
        !self.is_refused() && self.honoured.is_empty()
    }
}

opaque!(Request, Answer);
