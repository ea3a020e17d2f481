//! What several rules ask of a message: birth dates, years back, rows that come again.
//! Decides nothing by itself.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::bericht::value;
use crate::bericht::{Client, Prestatie};
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

/// So many are compared with each other; more are looked up.
const FEW: usize = 16;

/// Those of a list whose key came before, in their order. What has no key comes never again.
fn repeated_in<'i, T, K: Hash + Eq>(
    items: &'i [T],
    key: impl Fn(&'i T) -> Option<K>,
) -> impl Iterator<Item = &'i T> {
    let mut again = Vec::new();
    if items.len() > FEW {
        let keyed = items.iter().filter_map(|item| Some((key(item)?, item)));
        again.extend(repeated(keyed));
    } else {
        for (place, item) in items.iter().enumerate() {
            let before = |own: &K| {
                let before = items.iter().take(place);
                before.filter_map(&key).any(|other| other == *own)
            };
            if key(item).as_ref().is_some_and(before) {
                again.push(item);
            }
        }
    }
    again.into_iter()
}

/// Lines of a declaration whose key came before at the same client. Clients have few lines each, so that
/// looking in each is far cheaper than looking at all together; that is done only when a client comes twice.
pub(crate) fn lines_again<'c, 't, K: Hash + Eq>(
    clients: &'c [Client<'t>],
    key: impl Fn(&'c Prestatie<'t>) -> Option<K> + Copy,
) -> Vec<&'c Prestatie<'t>> {
    let by_bsn = clients.iter().map(|client| (&client.bsn, client));
    if repeated(by_bsn).next().is_none() {
        let lines = |client: &'c Client<'t>| repeated_in(&client.prestaties, key);
        return clients.iter().flat_map(lines).collect();
    }
    let lines = clients.iter().flat_map(|client| {
        let lines = client.prestaties.iter();
        lines.filter_map(move |line| Some(((&client.bsn, key(line)?), line)))
    });
    repeated(lines).collect()
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
    fn few_are_compared_and_many_looked_up_with_the_same_outcome() {
        for count in [0, 1, FEW, FEW + 1, 3 * FEW] {
            let items: Vec<usize> = (0..count).collect();
            let key = |item: &usize| (!item.is_multiple_of(3)).then_some(item % 5);
            let again: Vec<usize> = repeated_in(&items, key).copied().collect();
            let keyed = |item: &usize| Some((key(item)?, *item));
            let expected: Vec<usize> = repeated(items.iter().filter_map(keyed)).collect();
            assert_eq!(again, expected, "{count}");
            assert_eq!(again.is_empty(), count < FEW);
        }
    }

    #[test]
    fn the_first_of_a_key_is_no_repetition() {
        let keyed = [(1, 'a'), (2, 'b'), (1, 'c'), (1, 'd')];
        assert_eq!(repeated(keyed.into_iter()).collect::<String>(), "cd");
    }
}
