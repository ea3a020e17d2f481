//! Keys of the index. `law | gemeentecode | facet | value | day | position`; the last two are turned round, so that the newest comes first. A value has the same
//! length in every key of its facet, or ends with a zero byte, so that no list has rows of another between its own.

use jiff::civil::Date;
use knooppunt_standard::Law;
use minicbor::{Decode, Encode};

use super::super::id::MessageId;
use super::super::pseudonym::{Outer, Pseudonyms};
use super::super::views;
use super::{Facet, Listed};
use crate::register::PartyCode;

/// Bytes of a place: day and position.
const PLACE_BYTES: usize = 12;

/// What a row says beside its key. The municipality and the law are those of its list.
#[derive(Encode, Decode)]
struct Row {
    #[n(0)]
    message: MessageId,
    #[n(1)]
    soort: u16,
    #[n(2)]
    aanbieder: String,
    #[n(3)]
    by_gemeente: bool,
}

/// The start of every key of a list.
pub(super) fn list(law: Law, gemeente: PartyCode, facet: &Value<'_>) -> Vec<u8> {
    let mut key = Vec::with_capacity(40);
    key.push(match law {
        Law::Jw => 0,
        Law::Wmo => 1,
    });
    key.extend_from_slice(gemeente.as_str().as_bytes());
    match facet {
        Value::All => key.push(0),
        Value::Provider(code) => {
            key.push(1);
            key.extend_from_slice(code.as_str().as_bytes());
        }
        Value::Kind(soort) => {
            key.push(2);
            key.extend_from_slice(&soort.to_be_bytes());
        }
        Value::Code(code) => {
            key.push(3);
            key.extend_from_slice(code.as_bytes());
            key.push(0);
        }
        Value::Client(hidden) => {
            key.push(4);
            key.extend_from_slice(hidden);
        }
        Value::Open(term) => key.extend([5, *term]),
        Value::Waiting => key.push(6),
        Value::Dead => key.push(7),
        Value::Rejected => key.push(8),
    }
    key
}

/// A facet as it stands in keys.
pub(super) enum Value<'a> {
    All,
    Provider(PartyCode),
    Kind(u16),
    Code(&'a str),
    /// Under the outer key.
    Client([u8; 16]),
    Open(u8),
    Waiting,
    Dead,
    Rejected,
}

impl<'a> Value<'a> {
    /// The client of a facet has another pseudonym towards each municipality.
    pub(super) fn of(
        facet: Facet<'a>,
        (law, gemeente): (Law, PartyCode),
        pseudonyms: &Pseudonyms,
        outer: &Outer,
    ) -> Self {
        match facet {
            Facet::All => Self::All,
            Facet::Provider(code) => Self::Provider(code),
            Facet::Kind(soort) => Self::Kind(soort),
            Facet::Code(code) => Self::Code(code),
            Facet::Client(bsn) => {
                let inner = pseudonyms.client(law.as_str(), gemeente.as_str(), bsn);
                Self::Client(outer.hide(inner))
            }
            Facet::Open(term) => Self::Open(term.number()),
            Facet::Waiting => Self::Waiting,
            Facet::Dead => Self::Dead,
            Facet::Rejected => Self::Rejected,
        }
    }
}

/// Key of a message in a list.
pub(super) fn key(listed: &Listed, value: &Value<'_>) -> Vec<u8> {
    let mut key = list(listed.law, listed.gemeente, value);
    key.extend(place(listed.day, listed.position));
    key
}

/// What the row says.
pub(super) fn row(listed: &Listed) -> Vec<u8> {
    views::row(&Row {
        message: listed.message,
        soort: listed.soort,
        aanbieder: listed.aanbieder.as_str().to_owned(),
        by_gemeente: listed.by_gemeente,
    })
}

/// The end of a key: of a later day, and of a later position on one day, comes before.
pub(super) fn place(day: Date, position: u64) -> [u8; PLACE_BYTES] {
    let mut place = [0; PLACE_BYTES];
    let (days, positions) = place.split_at_mut(4);
    days.copy_from_slice(&(!number(day)).to_be_bytes());
    positions.copy_from_slice(&(!position).to_be_bytes());
    place
}

/// A day as a number that orders days: 20260301.
fn number(day: Date) -> u32 {
    let year = u32::from(day.year().max(0).unsigned_abs());
    let (month, of_month) = (day.month().unsigned_abs(), day.day().unsigned_abs());
    year * 10_000 + u32::from(month) * 100 + u32::from(of_month)
}

fn day(number: u32) -> Option<Date> {
    let part = |of: u32| i8::try_from(of % 100).ok();
    let year = i16::try_from(number / 10_000).ok()?;
    Date::new(year, part(number / 100)?, part(number)?).ok()
}

/// What a row of a list tells; `None`: it is none of ours.
pub(super) fn listed(law: Law, gemeente: PartyCode, key: &[u8], value: &[u8]) -> Option<Listed> {
    let place = key.get(key.len().checked_sub(PLACE_BYTES)?..)?;
    let (days, positions) = (place.first_chunk::<4>()?, place.last_chunk::<8>()?);
    let row: Row = minicbor::decode(value).ok()?;
    Some(Listed {
        law,
        gemeente,
        aanbieder: row.aanbieder.parse().ok()?,
        by_gemeente: row.by_gemeente,
        soort: row.soort,
        day: day(!u32::from_be_bytes(*days))?,
        position: !u64::from_be_bytes(*positions),
        message: row.message,
    })
}
