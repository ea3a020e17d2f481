//! What earlier messages left behind, as far as rules ask for it: rows by key, in pseudonyms.
//!
//! A message that is accepted gives [`Change`]s; applied in order they make the rows of a [`Past`], the
//! memory of one scope: one law, one municipality, one provider. Judging reads a [`Past`] and nothing
//! else of the past. This module keeps nothing, loads nothing and knows no secret: whoever has a store
//! loads the rows that [`wanted`] names, and makes pseudonyms by his own [`Pseudonymise`].
//!
//! Source: records of the rule set of iJw 3.2 and iWmo 3.2 as far as a rule reads them. Names, birth
//! dates, addresses and free text are in no row. Dates, volumes and amounts are in clear, because rules
//! compare and add them up.

mod allocation;
mod as_sent;
mod care;
pub(crate) mod cbor;
mod change;
mod declaration;
mod ended;
mod error;
mod hash;
mod key;
mod known;
mod past;
mod pseudonym;
mod request;
mod row;
mod seen;
mod settle;
mod usage;
mod wanted;

#[cfg(test)]
mod tests;

pub use allocation::{Client, Product, Reden, Stamp, Toewijzing, Version};
pub use as_sent::{AsSent, as_sent};
pub use care::{Care, StartKey, StopKey};
pub use change::{Change, decode, encode};
pub use declaration::{Credit, Declaratie, Line, Prestatie, Series};
pub use error::HistoryError;
pub(crate) use hash::Spread;
pub use key::{ContentKey, RowKey};
pub(crate) use known::Known;
pub use past::Past;
pub use pseudonym::{Label, Owner, Pseudonym, Pseudonymise, Unkeyed};
pub use request::{Answer, Honoured, Request, RequestKind, Verzoek};
pub use row::Row;
pub use seen::{Seen, seen};
pub use settle::{Settled, settle};
pub(crate) use usage::counted;
pub use usage::{Counted, Usage};
pub use wanted::{wanted, wanted_more};
