//! A row of the past: one record under one key.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

use super::allocation::{Client, Toewijzing};
use super::care::Care;
use super::cbor;
use super::declaration::{Declaratie, Prestatie, Series};
use super::error::HistoryError;
use super::pseudonym::Pseudonym;
use super::request::Verzoek;
use super::seen::Seen;
use super::usage::Usage;

/// A record. Each has the kind of its key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Row {
    /// That a message came.
    #[n(1)]
    Message(#[n(0)] Seen),
    /// An allocation.
    #[n(2)]
    Toewijzing(#[n(0)] Toewijzing),
    /// A client.
    #[n(3)]
    Client(#[n(0)] Client),
    /// Starts and stops.
    #[n(4)]
    Care(#[n(0)] Care),
    /// A request.
    #[n(5)]
    Verzoek(#[n(0)] Verzoek),
    /// A declaration.
    #[n(6)]
    Declaratie(#[n(0)] Declaratie),
    /// The declarations as a series.
    #[n(7)]
    Series(#[n(0)] Series),
    /// A declared line.
    #[n(8)]
    Prestatie(#[n(0)] Prestatie),
    /// The granted debits, not credited, that stand for a content: mostly one, or none any more.
    #[n(9)]
    Content(#[n(0)] BTreeSet<Pseudonym>),
    /// What is used of an allocation.
    #[n(10)]
    Usage(#[n(0)] Usage),
    /// How many messages came.
    #[n(11)]
    Came(#[n(0)] u64),
}

impl Row {
    /// Its bytes: deterministic CBOR behind a version, the first that can say it.
    pub fn encode(&self) -> Vec<u8> {
        let is_as_sent = match self {
            Self::Care(care) => care.is_as_sent(),
            Self::Prestatie(prestatie) => prestatie.granted.is_some_and(|line| line.as_sent),
            Self::Usage(usage) => !usage.as_sent().is_empty(),
            Self::Message(_)
            | Self::Toewijzing(_)
            | Self::Client(_)
            | Self::Verzoek(_)
            | Self::Declaratie(_)
            | Self::Series(_)
            | Self::Content(_)
            | Self::Came(_) => false,
        };
        cbor::encode(self, is_as_sent)
    }

    /// Whether it says no more than that there is none: what came into it went out of it again. Nobody keeps such a row.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Client(client) => *client == Client::default(),
            Self::Content(lines) => lines.is_empty(),
            Self::Usage(usage) => *usage == Usage::default(),
            Self::Message(_)
            | Self::Toewijzing(_)
            | Self::Care(_)
            | Self::Verzoek(_)
            | Self::Declaratie(_)
            | Self::Series(_)
            | Self::Prestatie(_)
            | Self::Came(_) => false,
        }
    }

    /// Reads a row of any version ever written. Err: it is of a later program, or not one of ours.
    pub fn decode(bytes: &[u8]) -> Result<Self, HistoryError> {
        cbor::decode(bytes)
    }
}
