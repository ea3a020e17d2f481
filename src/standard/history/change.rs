//! What an accepted message does to the past, as it is recorded: replay applies it again and never judges.

use minicbor::{Decode, Encode};

use super::allocation::{Stamp, Version};
use super::care::{StartKey, StopKey};
use super::cbor;
use super::declaration::{Declaratie, Line, Prestatie};
use super::error::HistoryError;
use super::key::RowKey;
use super::past::Past;
use super::pseudonym::Pseudonym;
use super::request::{Answer, Request};
use super::seen::Seen;
use crate::bericht::DebetCredit;

/// One thing that a message does to the past. Holds all it needs: what it writes follows from it, from the
/// rows it names ([`Change::rows`]) and from those that these name ([`Change::rows_more`]).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub enum Change {
    /// A message came (every message that is valid at level 1).
    #[n(1)]
    Seen {
        /// It, by kind and identification.
        #[n(0)]
        message: Pseudonym,
        /// What is kept of it.
        #[n(1)]
        seen: Seen,
    },
    /// A version of an allocation (301).
    #[n(2)]
    Toewijzing {
        /// ToewijzingNummer.
        #[n(0)]
        nummer: Pseudonym,
        /// Its client.
        #[n(1)]
        client: Pseudonym,
        /// The version.
        #[n(2)]
        version: Version,
    },
    /// A request is honoured by an allocation (301).
    #[n(3)]
    Honoured {
        /// The request, by ReferentieAanbieder.
        #[n(0)]
        verzoek: Pseudonym,
        /// The client of the allocation.
        #[n(1)]
        client: Pseudonym,
        /// ToewijzingNummer.
        #[n(2)]
        toewijzing: Pseudonym,
        /// The version that does so.
        #[n(3)]
        stamp: Stamp,
    },
    /// Care began (305).
    #[n(4)]
    Started {
        /// The client.
        #[n(0)]
        client: Pseudonym,
        /// ToewijzingNummer, if it names one.
        #[n(1)]
        toewijzing: Option<Pseudonym>,
        /// The start.
        #[n(2)]
        start: StartKey,
        /// The place of its message ([`Past::came`](super::Past::came)): the later one holds.
        #[n(3)]
        came: u64,
    },
    /// A start is removed (305).
    #[n(5)]
    StartRemoved {
        /// The client.
        #[n(0)]
        client: Pseudonym,
        /// ToewijzingNummer, if it names one.
        #[n(1)]
        toewijzing: Option<Pseudonym>,
        /// The start.
        #[n(2)]
        start: StartKey,
        /// The place of its message ([`Past::came`](super::Past::came)): the later one holds.
        #[n(3)]
        came: u64,
    },
    /// Care stopped, for a time or for good (307).
    #[n(6)]
    Stopped {
        /// The client.
        #[n(0)]
        client: Pseudonym,
        /// ToewijzingNummer, if it names one.
        #[n(1)]
        toewijzing: Option<Pseudonym>,
        /// The stop.
        #[n(2)]
        stop: StopKey,
        /// The place of its message ([`Past::came`](super::Past::came)): the later one holds.
        #[n(3)]
        came: u64,
    },
    /// A stop is removed (307).
    #[n(7)]
    StopRemoved {
        /// The client.
        #[n(0)]
        client: Pseudonym,
        /// ToewijzingNummer, if it names one.
        #[n(1)]
        toewijzing: Option<Pseudonym>,
        /// The stop.
        #[n(2)]
        stop: StopKey,
        /// The place of its message ([`Past::came`](super::Past::came)): the later one holds.
        #[n(3)]
        came: u64,
    },
    /// A request is made (315, 317).
    #[n(8)]
    Requested {
        /// It, by ReferentieAanbieder.
        #[n(0)]
        verzoek: Pseudonym,
        /// What is asked for whom.
        #[n(1)]
        request: Request,
    },
    /// A request is answered (319).
    #[n(9)]
    Answered {
        /// It, by ReferentieAanbieder.
        #[n(0)]
        verzoek: Pseudonym,
        /// Its client, when the request is known.
        #[n(1)]
        client: Option<Pseudonym>,
        /// The answer.
        #[n(2)]
        answer: Answer,
    },
    /// A declaration is processed (323).
    #[n(10)]
    Declared {
        /// It, by DeclaratieNummer.
        #[n(0)]
        nummer: Pseudonym,
        /// What is kept of it.
        #[n(1)]
        declaratie: Declaratie,
    },
    /// A line of a processed declaration is granted (323). Every line of a pending declaration is one.
    #[n(11)]
    Granted {
        /// It, by ReferentieNummer.
        #[n(0)]
        referentie: Pseudonym,
        /// Its content.
        #[n(1)]
        line: Line,
    },
    /// A line of a processed declaration is refused (323).
    #[n(12)]
    Refused {
        /// It, by ReferentieNummer.
        #[n(0)]
        referentie: Pseudonym,
    },
    /// Care was told of as its provider calls it, and the municipality may call it something else (305, 307).
    #[n(13)]
    CareAsSent {
        /// The client.
        #[n(0)]
        client: Pseudonym,
        /// ToewijzingNummer, if it names one.
        #[n(1)]
        toewijzing: Option<Pseudonym>,
    },
}

/// Bytes of changes, as they are recorded: deterministic CBOR behind a version, the first that can say it.
pub fn encode(changes: &[Change]) -> Vec<u8> {
    let is_as_sent = changes.iter().any(|change| match change {
        Change::CareAsSent { .. } => true,
        Change::Granted { line, .. } => line.as_sent,
        Change::Seen { .. }
        | Change::Toewijzing { .. }
        | Change::Honoured { .. }
        | Change::Started { .. }
        | Change::StartRemoved { .. }
        | Change::Stopped { .. }
        | Change::StopRemoved { .. }
        | Change::Requested { .. }
        | Change::Answered { .. }
        | Change::Declared { .. }
        | Change::Refused { .. } => false,
    });
    cbor::encode(&changes, is_as_sent)
}

/// Reads changes of any version ever written. Err: they are of a later program, or not ours.
pub fn decode(bytes: &[u8]) -> Result<Vec<Change>, HistoryError> {
    cbor::decode(bytes)
}

impl Change {
    /// The same of a message that came at another place: of one that is told later than it came.
    #[must_use]
    pub fn placed(mut self, place: u64) -> Self {
        if let Self::Started { came, .. }
        | Self::StartRemoved { came, .. }
        | Self::Stopped { came, .. }
        | Self::StopRemoved { came, .. } = &mut self
        {
            *came = place;
        }
        self
    }

    /// The rows that it reads or writes. All that exist must be in a past before it is applied.
    pub fn rows(&self) -> Vec<RowKey> {
        let care = |client: &Pseudonym, toewijzing: &Option<Pseudonym>| {
            vec![RowKey::Care {
                client: *client,
                toewijzing: *toewijzing,
            }]
        };
        match self {
            Self::Seen { message, .. } => vec![RowKey::Message(*message), RowKey::Came],
            Self::Toewijzing { nummer, client, .. } => {
                vec![RowKey::Toewijzing(*nummer), RowKey::Client(*client)]
            }
            Self::Honoured {
                verzoek, client, ..
            } => vec![RowKey::Verzoek(*verzoek), RowKey::Client(*client)],
            Self::Started {
                client, toewijzing, ..
            }
            | Self::StartRemoved {
                client, toewijzing, ..
            }
            | Self::Stopped {
                client, toewijzing, ..
            }
            | Self::StopRemoved {
                client, toewijzing, ..
            }
            | Self::CareAsSent { client, toewijzing } => care(client, toewijzing),
            Self::Requested { verzoek, request } => {
                vec![RowKey::Verzoek(*verzoek), RowKey::Client(request.client)]
            }
            Self::Answered {
                verzoek, client, ..
            } => {
                let client = client.map(RowKey::Client);
                [RowKey::Verzoek(*verzoek)]
                    .into_iter()
                    .chain(client)
                    .collect()
            }
            Self::Declared { nummer, .. } => vec![RowKey::Declaratie(*nummer), RowKey::Series],
            Self::Granted { referentie, line } => {
                let mut rows = vec![RowKey::Prestatie(*referentie)];
                match line.bedrag.direction {
                    DebetCredit::Debet => {
                        rows.push(RowKey::Content(line.content()));
                        rows.push(RowKey::Usage(line.toewijzing));
                    }
                    DebetCredit::Credit => rows.extend(line.vorig.map(RowKey::Prestatie)),
                }
                rows
            }
            Self::Refused { referentie } => vec![RowKey::Prestatie(*referentie)],
        }
    }

    /// The rows that it reads or writes because one of [`Change::rows`] names them, when those are in the past.
    /// They must be in it as well before it is applied. Of a list of changes they can be loaded at once: what
    /// an earlier change of the list makes a row name is among that change's own rows.
    pub fn rows_more(&self, past: &Past) -> Vec<RowKey> {
        // The debit that a credit takes back: its content may be another than that of the credit.
        let Self::Granted { line, .. } = self else {
            return Vec::new();
        };
        let vorig = line
            .vorig
            .filter(|_| line.bedrag.direction == DebetCredit::Credit);
        let row = vorig.and_then(|vorig| past.prestatie(vorig));
        row.and_then(Prestatie::debit)
            .map_or_else(Vec::new, |debit| {
                vec![
                    RowKey::Content(debit.content()),
                    RowKey::Usage(debit.toewijzing),
                ]
            })
    }
}
