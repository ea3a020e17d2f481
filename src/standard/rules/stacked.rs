//! Care that is stacked: the same product twice in one period (OP259), the test that TR302, TR386, TR410 and TR361 share.
//! Sorts and looks up instead of comparing every pair, for a message can hold ten thousand rows.
//!
//! Two rows stand for the same care when Categorie and Code are equal; when Categorie is equal and one has no Code; or when
//! one has no Product at all. Periods include both days, an absent end is never. In iWmo the aids (categories 11 to 14) may
//! be stacked, also beside a row without Product: such rows are left out before.

#[cfg(test)]
pub(crate) mod class;

use std::collections::HashMap;
use std::hash::Hash;

use jiff::civil::Date;

use crate::Law;
use crate::bericht::Product;

/// What is cared for and when. `C` is whatever tells categories and codes apart: text, or a pseudonym.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Care<C> {
    /// Categorie, and Code when one product of it is meant; `None`: any product.
    pub(crate) product: Option<(C, Option<C>)>,
    /// First day.
    pub(crate) begin: Date,
    /// Last day; `None`: no end.
    pub(crate) end: Option<Date>,
}

impl<'p> Care<&'p str> {
    /// The care of a row of a message. `None` when it may be stacked.
    pub(crate) fn of(
        law: Law,
        product: Option<&'p Product<'_>>,
        begin: Date,
        end: Option<Date>,
    ) -> Option<Self> {
        let product = product.map(|product| (&*product.categorie, product.code.as_deref()));
        let may_be_stacked = product.is_some_and(|(categorie, _)| is_aid(law, categorie));
        (!may_be_stacked).then_some(Self {
            product,
            begin,
            end,
        })
    }
}

/// Whether a category is of aids, which may be stacked: 11 to 14 of iWmo (code list WMO020).
pub(crate) fn is_aid(law: Law, categorie: &str) -> bool {
    law == Law::Wmo && matches!(categorie, "11" | "12" | "13" | "14")
}

/// Rows that are looked at together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Group<C> {
    All,
    NoProduct,
    /// All of a category.
    Categorie(C),
    /// Those of a category without code.
    CategorieOnly(C),
    Code(C, C),
}

/// The rows that stand for the same care as another of them on one day or more, in their order. A row without care may be
/// stacked and does not count.
pub(crate) fn overlapping<'r, R, C: Copy + Eq + Hash>(
    rows: impl Iterator<Item = (&'r R, Option<Care<C>>)>,
) -> Vec<&'r R> {
    let counted = rows.filter_map(|(row, care)| Some((row, care?)));
    let (rows, care): (Vec<_>, Vec<_>) = counted.unzip();
    let places = stacked(&care).into_iter();
    places
        .filter_map(|place| rows.get(place).copied())
        .collect()
}

/// Places of the rows that stand for the same care as another row on one day or more, ascending.
pub(crate) fn stacked<C: Copy + Eq + Hash>(rows: &[Care<C>]) -> Vec<usize> {
    let groups = Groups::of(rows);
    let numbered = rows.iter().enumerate();
    let met = numbered.filter(|(place, row)| groups.meet(Some(*place), row));
    met.map(|(place, _)| place).collect()
}

/// Whether a row stands for the same care as one of the others on one day or more. Others among themselves, and rows, do not count.
pub(crate) fn stacked_on<C: Copy + Eq + Hash>(rows: &[Care<C>], others: &[Care<C>]) -> bool {
    let groups = Groups::of(others);
    rows.iter().any(|row| groups.meet(None, row))
}

/// Periods of rows by what they are looked at together with.
struct Groups<C>(HashMap<Group<C>, Periods>);

impl<C: Copy + Eq + Hash> Groups<C> {
    fn of(rows: &[Care<C>]) -> Self {
        let mut groups: HashMap<Group<C>, Periods> = HashMap::new();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|place| rows.get(*place).map(|row| row.begin));
        for place in order {
            let Some(row) = rows.get(place) else { continue };
            let end = row.end.unwrap_or(Date::MAX);
            let mut add = |group| {
                let periods = groups.entry(group).or_default();
                periods.push(place, row.begin, end);
            };
            add(Group::All);
            match row.product {
                None => add(Group::NoProduct),
                Some((categorie, code)) => {
                    add(Group::Categorie(categorie));
                    add(code.map_or(Group::CategorieOnly(categorie), |code| {
                        Group::Code(categorie, code)
                    }));
                }
            }
        }
        Self(groups)
    }

    /// Whether one of them, other than the one at `place`, is the same care as `row` on one day or more.
    fn meet(&self, place: Option<usize>, row: &Care<C>) -> bool {
        let against = match row.product {
            None => [Some(Group::All), None, None],
            Some((categorie, None)) => [
                Some(Group::Categorie(categorie)),
                Some(Group::NoProduct),
                None,
            ],
            Some((categorie, Some(code))) => [
                Some(Group::Code(categorie, code)),
                Some(Group::CategorieOnly(categorie)),
                Some(Group::NoProduct),
            ],
        };
        let end = row.end.unwrap_or(Date::MAX);
        against
            .into_iter()
            .flatten()
            .filter_map(|group| self.0.get(&group))
            .any(|periods| periods.meet(place, row.begin, end))
    }
}

/// Periods by first day, each with the two latest ends up to it and whose they are.
#[derive(Default)]
struct Periods {
    sorted: Vec<UpTo>,
}

#[derive(Clone, Copy)]
struct UpTo {
    begin: Date,
    latest: (Date, usize),
    second: Option<Date>,
}

impl Periods {
    /// Adds the period of a row; it begins no earlier than those before.
    fn push(&mut self, place: usize, begin: Date, end: Date) {
        let up_to = match self.sorted.last() {
            None => UpTo {
                begin,
                latest: (end, place),
                second: None,
            },
            Some(last) if end > last.latest.0 => UpTo {
                begin,
                latest: (end, place),
                second: Some(last.latest.0),
            },
            Some(last) => UpTo {
                begin,
                latest: last.latest,
                second: last.second.max(Some(end)),
            },
        };
        self.sorted.push(up_to);
    }

    /// Whether a period has a day in common with one of another row.
    fn meet(&self, place: Option<usize>, begin: Date, end: Date) -> bool {
        let before = self.sorted.partition_point(|up_to| up_to.begin <= end);
        let Some(up_to) = before.checked_sub(1).and_then(|last| self.sorted.get(last)) else {
            return false;
        };
        let latest = if Some(up_to.latest.1) == place {
            up_to.second
        } else {
            Some(up_to.latest.0)
        };
        latest.is_some_and(|latest| latest >= begin)
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// The sentence of the rule, pair by pair.
    fn naive(rows: &[Care<u8>]) -> Vec<usize> {
        let same = |a: &Care<u8>, b: &Care<u8>| match (a.product, b.product) {
            (Some((a, Some(x))), Some((b, Some(y)))) => a == b && x == y,
            (Some((a, _)), Some((b, _))) => a == b,
            (None, _) | (_, None) => true,
        };
        let meet = |a: &Care<u8>, b: &Care<u8>| {
            b.end.is_none_or(|end| a.begin <= end) && a.end.is_none_or(|end| b.begin <= end)
        };
        let hit = |(place, row): &(usize, &Care<u8>)| {
            rows.iter()
                .enumerate()
                .any(|(other, with)| other != *place && same(row, with) && meet(row, with))
        };
        rows.iter()
            .enumerate()
            .filter(hit)
            .map(|(place, _)| place)
            .collect()
    }

    fn care() -> impl Strategy<Value = Care<u8>> {
        let product = proptest::option::of((0..3_u8, proptest::option::of(0..3_u8)));
        let end = proptest::option::weighted(0.9, -2..10_i64);
        (product, 0..40_i64, end).prop_map(|(product, from, days)| {
            let begin = date(2026, 1, 1) + from.days();
            let end = days.map(|days| begin + days.days());
            Care {
                product,
                begin,
                end,
            }
        })
    }

    proptest! {
        #[test]
        fn sorting_finds_what_comparing_every_pair_finds(rows in proptest::collection::vec(care(), 0..24)) {
            prop_assert_eq!(stacked(&rows), naive(&rows));
        }

        #[test]
        fn two_lists_stack_when_a_pair_of_one_of_each_does(
            rows in proptest::collection::vec(care(), 0..6), others in proptest::collection::vec(care(), 0..6),
        ) {
            let pair = |row: &Care<u8>| others.iter().any(|other| !naive(&[*row, *other]).is_empty());
            prop_assert_eq!(stacked_on(&rows, &others), rows.iter().any(pair));
        }
    }

    #[test]
    fn the_shared_last_day_counts_and_the_day_after_does_not() {
        let care = |begin, end| Care {
            product: Some((45, Some(9))),
            begin,
            end: Some(end),
        };
        let first = care(date(2026, 3, 1), date(2026, 6, 30));
        let shares_a_day = care(date(2026, 6, 30), date(2026, 12, 31));
        let follows = care(date(2026, 7, 1), date(2026, 12, 31));
        assert_eq!(stacked(&[first, shares_a_day]), [0, 1]);
        assert_eq!(stacked(&[first, follows]), [] as [usize; 0]);
    }

    #[test]
    fn aids_are_aids_in_iwmo_only() {
        assert!(
            ["11", "12", "13", "14"]
                .iter()
                .all(|one| is_aid(Law::Wmo, one))
        );
        assert!(!is_aid(Law::Wmo, "10") && !is_aid(Law::Wmo, "15"));
        assert!(!is_aid(Law::Jw, "11"));
    }
}
