//! Reading the index, as far as a [`Reach`] goes: there is no other way in.

use std::fmt;

use jiff::civil::Date;
use knooppunt_standard::Law;

use super::super::views::{self, IdentityRow};
use super::super::{Ledger, LedgerError};
use super::key::{self, Value};
use super::{Facet, INDEX, Listed};
use crate::ledger::MessageId;
use crate::register::{PartyCode, Reach};

/// Where a message stands in every list that it is in: later messages come before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Day of receipt.
    pub(crate) day: Date,
    /// Position of its record.
    pub(crate) position: u64,
}

impl fmt::Debug for Facet<'_> {
    /// Without the BSN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            Self::Provider(code) => write!(f, "Provider({code})"),
            Self::Kind(soort) => write!(f, "Kind({soort})"),
            Self::Code(code) => write!(f, "Code({code})"),
            Self::Client(_) => f.write_str("Client"),
            Self::Open(term) => write!(f, "Open({})", term.as_str()),
            Self::Waiting => f.write_str("Waiting"),
            Self::Dead => f.write_str("Dead"),
            Self::Rejected => f.write_str("Rejected"),
        }
    }
}

impl Ledger {
    /// Messages of a reach with a facet, newest first, at most `limit`; only those behind a place when one is given.
    pub(crate) fn listed(
        &self,
        reach: &Reach,
        facet: Facet<'_>,
        behind: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Listed>, LedgerError> {
        let (law, gemeente) = (reach.law(), reach.gemeente());
        let value = Value::of(facet, (law, gemeente), &self.pseudonyms, &self.outer);
        let list = key::list(law, gemeente, &value);
        let ((first, last), at) = (reach.days(), |day, position| {
            [&list[..], &key::place(day, position)].concat()
        });
        let newest = at(last, u64::MAX);
        let from = match behind {
            // The first key past the place itself.
            Some(place) => newest.max([&at(place.day, place.position)[..], &[0]].concat()),
            None => newest,
        };
        let end = [&at(first, 0)[..], &[0]].concat();
        let rows = self.views.range(INDEX, &from, &end, limit)?;
        let rows = rows.iter().map(|(key, value)| {
            key::listed(law, gemeente, key, value).ok_or(LedgerError::Views {
                what: "a row of the index that is not one of ours",
            })
        });
        rows.collect()
    }

    /// Whether a message that was found has a facet too.
    pub(crate) fn is_listed(&self, listed: &Listed, facet: Facet<'_>) -> Result<bool, LedgerError> {
        let of = (listed.law, listed.gemeente);
        let value = Value::of(facet, of, &self.pseudonyms, &self.outer);
        Ok(self.views.get(INDEX, &key::key(listed, &value))?.is_some())
    }

    /// The providers of messages in a reach, at most `limit`.
    pub(crate) fn providers(
        &self,
        reach: &Reach,
        limit: usize,
    ) -> Result<Vec<PartyCode>, LedgerError> {
        let (law, gemeente) = (reach.law(), reach.gemeente());
        let list = |code| key::list(law, gemeente, &Value::Provider(code));
        let last = [&list(PartyCode::Agb(*b"99999999"))[..], &[0xff; 13]].concat();
        let mut from = list(PartyCode::Agb(*b"00000000"));
        let mut providers = Vec::new();
        // Of each provider one row is read, and then what lies behind all of his.
        while providers.len() < limit {
            let rows = self.views.range(INDEX, &from, &last, 1)?;
            let Some((key, value)) = rows.first() else {
                break;
            };
            let listed = key::listed(law, gemeente, key, value).ok_or(LedgerError::Views {
                what: "a row of the index that is not one of ours",
            })?;
            let facet = Facet::Provider(listed.aanbieder);
            if !self.listed(reach, facet, None, 1)?.is_empty() {
                providers.push(listed.aanbieder);
            }
            from = [&list(listed.aanbieder)[..], &[0xff; 13]].concat();
        }
        Ok(providers)
    }

    /// The message to which its maker gave this number.
    pub(crate) fn numbered_by_maker(
        &self,
        law: Law,
        soort: u16,
        maker: &PartyCode,
        number: &str,
    ) -> Result<Option<MessageId>, LedgerError> {
        let identity = self
            .pseudonyms
            .identity(law.as_str(), soort, maker.as_str(), number);
        let row: Option<IdentityRow> = self.row(views::IDENTITIES, &self.name(identity))?;
        Ok(row.map(|row| row.message))
    }
}
