//! What may be owed, by which key, and who owes it.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};

use crate::history::{Change, Owner, Pseudonym, RowKey};

/// What is owed, within one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub enum OwedKey {
    /// A decision on a request, by ReferentieAanbieder: a 301 or a 319.
    #[n(1)]
    Verzoek(#[n(0)] Pseudonym),
    /// A 305 under an allocation, by ToewijzingNummer.
    #[n(2)]
    Start(#[n(0)] Pseudonym),
    /// A 307 on a client's care under an allocation.
    #[n(3)]
    Stop {
        /// The client.
        #[n(0)]
        client: Pseudonym,
        /// ToewijzingNummer.
        #[n(1)]
        toewijzing: Pseudonym,
    },
}

impl OwedKey {
    /// What these changes are about.
    pub fn of(changes: &[Change]) -> BTreeSet<Self> {
        let mut keys = BTreeSet::new();
        for change in changes {
            match change {
                Change::Requested { verzoek, .. }
                | Change::Honoured { verzoek, .. }
                | Change::Answered { verzoek, .. } => {
                    keys.insert(Self::Verzoek(*verzoek));
                }
                Change::Toewijzing { nummer, client, .. } => {
                    keys.insert(Self::Start(*nummer));
                    keys.insert(Self::Stop {
                        client: *client,
                        toewijzing: *nummer,
                    });
                }
                Change::Started {
                    client, toewijzing, ..
                }
                | Change::StartRemoved {
                    client, toewijzing, ..
                }
                | Change::Stopped {
                    client, toewijzing, ..
                }
                | Change::StopRemoved {
                    client, toewijzing, ..
                } => {
                    // Care without an allocation: nothing says when it begins or ends.
                    if let Some(toewijzing) = *toewijzing {
                        let client = *client;
                        keys.insert(Self::Start(toewijzing));
                        keys.insert(Self::Stop { client, toewijzing });
                    }
                }
                Change::Seen { .. }
                | Change::Declared { .. }
                | Change::Granted { .. }
                | Change::Refused { .. }
                | Change::CareAsSent { .. } => {}
            }
        }
        keys
    }

    /// Rows of the past that [`steps`] and [`unknown`] look at.
    pub fn rows(&self) -> Vec<RowKey> {
        match *self {
            Self::Verzoek(verzoek) => vec![RowKey::Verzoek(verzoek)],
            Self::Start(toewijzing) => vec![RowKey::Toewijzing(toewijzing)],
            Self::Stop { client, toewijzing } => vec![
                RowKey::Toewijzing(toewijzing),
                RowKey::Care {
                    client,
                    toewijzing: Some(toewijzing),
                },
            ],
        }
    }

    /// Who owes it.
    pub const fn owner(&self) -> Owner {
        match self {
            Self::Verzoek(_) => Owner::Gemeente,
            Self::Start(_) | Self::Stop { .. } => Owner::Aanbieder,
        }
    }

    /// Bytes that no other key has, the same for ever: a tag of one byte, then the parts.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Verzoek(verzoek) => [&[1][..], &verzoek.0].concat(),
            Self::Start(toewijzing) => [&[2][..], &toewijzing.0].concat(),
            Self::Stop { client, toewijzing } => [&[3][..], &client.0, &toewijzing.0].concat(),
        }
    }
}
