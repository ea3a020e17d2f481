//! What several rules ask of a message: birth dates, years back, rows that come again.
//! Decides nothing by itself.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::bericht::value;
use crate::xml::tree::Node;

/// The class Geboortedatum of a client or of someone around him (CDT_Geboortedatum, iJw and iWmo 3.2).
pub(crate) struct Birth<'t> {
    /// The element Datum.
    pub(crate) node: Node<'t>,
    /// Its value.
    pub(crate) date: Date,
    /// Element DatumGebruik: how much of it is known; absent: all.
    pub(crate) usage: Option<Cow<'t, str>>,
}

/// Every birth date below the class Client of a 301, 305, 307 or 315, in document order.
pub(crate) fn births(client: Node<'_>) -> impl Iterator<Item = Birth<'_>> {
    let around = client.child("Relaties").map(Node::children);
    let persons = std::iter::once(client).chain(around.into_iter().flatten());
    persons.filter_map(|person| {
        let class = person.child("Geboortedatum")?;
        let node = class.child("Datum")?;
        Some(Birth {
            node,
            date: value::parse_date(&node.text())?,
            usage: value::text(class, "DatumGebruik"),
        })
    })
}

/// The same day so many years earlier; 28 February where that year has no 29th.
pub(crate) fn years_before(day: Date, years: i32) -> Date {
    day.saturating_sub(years.years())
}

/// Those whose key came before, in their order.
pub(crate) fn repeated<K: Hash + Eq, T>(
    keyed: impl Iterator<Item = (K, T)>,
) -> impl Iterator<Item = T> {
    let mut seen = HashSet::with_capacity(keyed.size_hint().0);
    keyed.filter_map(move |(key, item)| (!seen.insert(key)).then_some(item))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_leap_day_goes_back_to_the_28th() {
        assert_eq!(years_before(date(2024, 2, 29), 4), date(2020, 2, 29));
        assert_eq!(years_before(date(2024, 2, 29), 5), date(2019, 2, 28));
        assert_eq!(years_before(date(2026, 4, 1), 120), date(1906, 4, 1));
    }

    #[test]
    fn the_first_of_a_key_is_no_repetition() {
        let keyed = [(1, 'a'), (2, 'b'), (1, 'c'), (1, 'd')];
        assert_eq!(repeated(keyed.into_iter()).collect::<String>(), "cd");
    }
}
