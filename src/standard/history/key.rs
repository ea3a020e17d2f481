//! What a row of the past is called: its kind and the pseudonyms that name it within one scope.
//! The scope itself is no part of it; a store that holds several puts it before.

use jiff::civil::Date;
use minicbor::{Decode, Encode};

use super::cbor;
use super::pseudonym::Pseudonym;
use crate::bericht::Periode;

/// Names a row within one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// A message that has been seen, by kind and identification.
    Message(Pseudonym),
    /// An allocation, by ToewijzingNummer.
    Toewijzing(Pseudonym),
    /// A client, by BSN.
    Client(Pseudonym),
    /// The care that a client gets, under an allocation or without one (IV096).
    Care {
        /// The client.
        client: Pseudonym,
        /// The allocation that starts and stops name; `None`: they name none.
        toewijzing: Option<Pseudonym>,
    },
    /// A request, by ReferentieAanbieder.
    Verzoek(Pseudonym),
    /// A declaration, by DeclaratieNummer.
    Declaratie(Pseudonym),
    /// The declarations of the scope as a series. There is one.
    Series,
    /// A declared line, by ReferentieNummer.
    Prestatie(Pseudonym),
    /// The granted debits that stand for one content, until they are credited (TR389).
    Content(ContentKey),
    /// What is used of an allocation, by ToewijzingNummer (TR322, TR369, TR385).
    Usage(Pseudonym),
    /// How many messages came in the scope. There is one.
    Came,
}

/// What makes two debits the same care declared twice (TR389).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct ContentKey {
    /// The client.
    #[n(0)]
    pub client: Pseudonym,
    /// ToewijzingNummer.
    #[n(1)]
    pub toewijzing: Pseudonym,
    /// ProductCategorie.
    #[n(2)]
    pub categorie: Pseudonym,
    /// ProductCode.
    #[n(3)]
    pub code: Pseudonym,
    /// ProductPeriode.
    #[n(4)]
    pub periode: Periode,
}

impl RowKey {
    /// Bytes that no other key has, the same for ever: a tag of one byte, then the parts.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.tag()];
        let mut pseudonym = |part: &Pseudonym| bytes.extend_from_slice(&part.0);
        match self {
            Self::Message(part)
            | Self::Toewijzing(part)
            | Self::Client(part)
            | Self::Verzoek(part)
            | Self::Declaratie(part)
            | Self::Prestatie(part)
            | Self::Usage(part) => pseudonym(part),
            Self::Care { client, toewijzing } => {
                pseudonym(client);
                // Absent is shorter than any number: no byte is needed to say so.
                toewijzing.iter().for_each(pseudonym);
            }
            Self::Series | Self::Came => {}
            Self::Content(key) => {
                for part in [&key.client, &key.toewijzing, &key.categorie, &key.code] {
                    pseudonym(part);
                }
                let mut day = |date: Date| bytes.extend_from_slice(&cbor::day_bytes(date));
                day(key.periode.begin);
                day(key.periode.end);
            }
        }
        bytes
    }

    /// Reads what [`RowKey::to_bytes`] wrote; `None`: it did not.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (tag, rest) = bytes.split_first()?;
        let (parts, days) = rest.as_chunks::<16>();
        let parts: Vec<Pseudonym> = parts.iter().copied().map(Pseudonym).collect();
        let key = match (tag, &parts[..]) {
            (1, [part]) => Self::Message(*part),
            (2, [part]) => Self::Toewijzing(*part),
            (3, [part]) => Self::Client(*part),
            (4, [client]) => Self::Care {
                client: *client,
                toewijzing: None,
            },
            (4, [client, toewijzing]) => Self::Care {
                client: *client,
                toewijzing: Some(*toewijzing),
            },
            (5, [part]) => Self::Verzoek(*part),
            (6, [part]) => Self::Declaratie(*part),
            (7, []) => Self::Series,
            (8, [part]) => Self::Prestatie(*part),
            (9, [client, toewijzing, categorie, code]) => {
                let day = |bytes: &[u8; 4]| cbor::day_of(u32::from_be_bytes(*bytes)).ok();
                let periode = Periode {
                    begin: day(days.first_chunk()?)?,
                    end: day(days.last_chunk()?)?,
                };
                Self::Content(ContentKey {
                    client: *client,
                    toewijzing: *toewijzing,
                    categorie: *categorie,
                    code: *code,
                    periode,
                })
            }
            (10, [part]) => Self::Usage(*part),
            (11, []) => Self::Came,
            _ => return None,
        };
        (key.to_bytes() == bytes).then_some(key)
    }

    const fn tag(self) -> u8 {
        match self {
            Self::Message(_) => 1,
            Self::Toewijzing(_) => 2,
            Self::Client(_) => 3,
            Self::Care { .. } => 4,
            Self::Verzoek(_) => 5,
            Self::Declaratie(_) => 6,
            Self::Series => 7,
            Self::Prestatie(_) => 8,
            Self::Content(_) => 9,
            Self::Usage(_) => 10,
            Self::Came => 11,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_bytes_of_a_key_are_its_tag_and_its_parts() {
        let (a, b) = (Pseudonym([0xaa; 16]), Pseudonym([0xbb; 16]));
        let care = |toewijzing| RowKey::Care {
            client: a,
            toewijzing,
        };
        assert_eq!(RowKey::Series.to_bytes(), [7]);
        assert_eq!(
            RowKey::Client(a).to_bytes(),
            [&[3][..], &[0xaa; 16]].concat()
        );
        assert_eq!(care(None).to_bytes(), [&[4][..], &[0xaa; 16]].concat());
        assert_eq!(
            care(Some(b)).to_bytes(),
            [&[4][..], &[0xaa; 16], &[0xbb; 16]].concat()
        );
        let content = RowKey::Content(ContentKey {
            client: a,
            toewijzing: b,
            categorie: a,
            code: b,
            periode: Periode {
                begin: date(2026, 3, 2),
                end: date(2026, 3, 31),
            },
        });
        let days = [20_260_302_u32.to_be_bytes(), 20_260_331_u32.to_be_bytes()].concat();
        let parts = [[0xaa; 16], [0xbb; 16], [0xaa; 16], [0xbb; 16]].concat();
        assert_eq!(content.to_bytes(), [&[9][..], &parts, &days].concat());
        let every = [
            RowKey::Message(a),
            RowKey::Toewijzing(a),
            RowKey::Client(a),
            care(None),
            care(Some(b)),
            RowKey::Verzoek(a),
            RowKey::Declaratie(a),
            RowKey::Series,
            RowKey::Prestatie(a),
            content,
            RowKey::Usage(a),
            RowKey::Came,
        ];
        for key in every {
            let mut bytes = key.to_bytes();
            assert_eq!(RowKey::from_bytes(&bytes), Some(key));
            bytes.push(0);
            assert_eq!(RowKey::from_bytes(&bytes), None, "{key:?} and more");
            bytes.truncate(bytes.len() - 2);
            assert_eq!(RowKey::from_bytes(&bytes), None, "less than {key:?}");
        }
        assert_eq!(RowKey::from_bytes(&[12]), None);
    }
}
