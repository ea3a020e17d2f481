//! Whether translation would stack products of one client that were apart (M11): rules that forbid the same product twice would then be broken by us.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Product, RowPlace};
use crate::code::{Category, Code};
use crate::finding::{Class, Finding};
use crate::period::Period;

/// Categories of which products may overlap (TR302, TR386, TR410, TR361, OP259, OP347 leave them out).
const MAY_OVERLAP: std::ops::RangeInclusive<u8> = 11..=14;

/// What of a client stands in a message: it decides which rules look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stacked {
    /// Assigned or requested products: the same one may not overlap, nor one with its category alone (TR302, OP259), except of categories 11 to 14.
    Assigned,
    /// Declared lines: of one assignment, the same product is debited once in a period (TR389, TR416), whatever its category.
    Declared,
}

/// A product of one client in one message, before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// As the municipality knows it.
    pub local: Product,
    /// As the provider would get it; the same when it crosses as it is.
    pub given: Product,
    /// When it is delivered.
    pub period: Period,
    /// The number of its assignment, if it has one.
    pub assignment: Option<u64>,
}

/// Two products that were apart and would be one, by their place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clash {
    /// The first of them.
    pub first: usize,
    /// The second, further on.
    pub second: usize,
}

/// Where products of one client in one message that differ here would be the same there at the same time (M11). Every product that is in such a pair is in a
/// clash, though not every pair is one: there are fewer than two clashes a product, found in n log n. Empty exactly if there is no pair. Products that are the
/// same here already are not our doing.
pub fn collapse(products: &[Dated], stacked: Stacked) -> Vec<Clash> {
    let group = |dated: &Dated| {
        let assignment = dated.assignment.filter(|_| stacked == Stacked::Declared);
        (dated.given.category, dated.given.code, assignment)
    };
    let may_clash = |dated: &Dated| {
        let category = dated.given.category.map(Category::number);
        let may_overlap = category.is_some_and(|category| MAY_OVERLAP.contains(&category));
        dated.given.code.is_some() && (stacked == Stacked::Declared || !may_overlap)
    };
    let mut order: Vec<(usize, &Dated)> = products
        .iter()
        .enumerate()
        .filter(|(_, dated)| may_clash(dated))
        .collect();
    order.sort_unstable_by_key(|(at, dated)| (group(dated), dated.period.from, *at));
    let mut clashes = Vec::new();
    for same in order.chunk_by(|a, b| group(a.1) == group(b.1)) {
        let mut longest = Longest::default();
        for &(at, dated) in same {
            if let Some(other) = longest.apart_from(dated) {
                clashes.push(Clash {
                    first: at.min(other),
                    second: at.max(other),
                });
            }
            longest.take(at, dated);
        }
        let mut next = Next::default();
        for &(at, dated) in same.iter().rev() {
            if let Some(other) = next.apart_from(dated) {
                clashes.push(Clash {
                    first: at.min(other),
                    second: at.max(other),
                });
            }
            next.take(at, dated);
        }
    }
    if stacked == Stacked::Assigned {
        clashes.extend(beside_categories(products));
    }
    clashes.sort_unstable();
    clashes.dedup();
    clashes
}

/// Assigned products that came into the category of one that is assigned by its category alone, and was another here: the same care for the rules. Each that is
/// in such a pair is in one of these.
fn beside_categories(products: &[Dated]) -> Vec<Clash> {
    let mut of: BTreeMap<Category, [Vec<(usize, &Dated)>; 2]> = BTreeMap::new();
    for (at, dated) in products.iter().enumerate() {
        let category = dated.given.category;
        let may_overlap = |category: &Category| MAY_OVERLAP.contains(&category.number());
        if let Some(category) = category.filter(|category| !may_overlap(category)) {
            let [alone, moved] = of.entry(category).or_default();
            if dated.given.code.is_none() {
                alone.push((at, dated));
            } else if dated.local.category != Some(category) {
                moved.push((at, dated));
            }
        }
    }
    let mut clashes = Vec::new();
    for [mut alone, mut moved] in of.into_values() {
        clashes.extend(overlaps(&moved, &mut alone));
        clashes.extend(overlaps(&alone, &mut moved));
    }
    clashes
}

/// Of each of these one of the others that it has a day in common with, if there is any.
fn overlaps(these: &[(usize, &Dated)], others: &mut [(usize, &Dated)]) -> Vec<Clash> {
    let end = |dated: &Dated| dated.period.to.unwrap_or(Date::MAX);
    others.sort_unstable_by_key(|(at, dated)| (dated.period.from, *at));
    // Of all that begin no later than each, the one that lasts longest.
    let mut longest: Vec<(usize, &Dated)> = Vec::with_capacity(others.len());
    for &other in others.iter() {
        let last = longest.last().copied();
        longest.push(
            last.filter(|last| end(last.1) >= end(other.1))
                .unwrap_or(other),
        );
    }
    let clash = |&(at, dated): &(usize, &Dated)| {
        let begun = others.partition_point(|(_, other)| other.period.from <= end(dated));
        let (other, _) = longest
            .get(begun.checked_sub(1)?)
            .filter(|(_, other)| end(other) >= dated.period.from)?;
        Some(Clash {
            first: at.min(*other),
            second: at.max(*other),
        })
    };
    these.iter().filter_map(clash).collect()
}

/// What is told of those clashes: of each a finding M11 at the later of the two rows that the products came by, naming the other. `rows` are those of each product.
/// Where only one came by a row it is told there; where none did, no table is to blame and nothing is told.
pub fn stacks(products: &[Dated], rows: &[Vec<RowPlace>], stacked: Stacked) -> Vec<Finding> {
    let row = |at: usize| rows.get(at)?.iter().max();
    let finding = |Clash { first, second }: Clash| {
        let (first, second) = (row(first), row(second));
        let at = first.max(second)?;
        let other = first.min(second).filter(|other| *other != at);
        let other = other.map_or_else(
            || "een landelijke code die de gemeente zelf noemt".to_owned(),
            |other| format!("dat van {other}"),
        );
        Some(Finding {
            file: at.file.clone(),
            line: at.line,
            class: Class::M11,
            count: 1,
            text: format!(
                "Dit product en {other} zijn landelijk hetzelfde: een bericht waarin een cliënt beide in dezelfde dagen heeft, blijft zoals het is."
            ),
            remedy: "Niets; heeft de gemeente liever een vertaling, dan wijst zij deze producten naar verschillende codes.".to_owned(),
        })
    };
    let mut told: Vec<Finding> = collapse(products, stacked)
        .into_iter()
        .filter_map(finding)
        .collect();
    told.sort_unstable();
    told.dedup();
    told
}

/// Of the products so far the one that lasts longest, and the longest of those that are another product here: if any of them is apart from the next one and
/// has a day in common with it, one of these two does.
#[derive(Default)]
struct Longest<'d> {
    first: Option<(usize, &'d Dated)>,
    other: Option<(usize, &'d Dated)>,
}

impl<'d> Longest<'d> {
    fn apart_from(&self, next: &Dated) -> Option<usize> {
        apart([self.first, self.other], next)
    }

    fn take(&mut self, at: usize, dated: &'d Dated) {
        let end = |dated: &Dated| dated.period.to.unwrap_or(Date::MAX);
        let lasts_longer =
            |than: Option<(usize, &Dated)>| than.is_none_or(|(_, than)| end(dated) > end(than));
        let is_alike = self
            .first
            .is_some_and(|(_, first)| local(first) == local(dated));
        if lasts_longer(self.first) {
            if !is_alike {
                self.other = self.first;
            }
            self.first = Some((at, dated));
        } else if !is_alike && lasts_longer(self.other) {
            self.other = Some((at, dated));
        }
    }
}

/// Of the products from the last back, the one that starts first, and the first of those that are another product here: the same the other way round, so that
/// of a pair the earlier is told too.
#[derive(Default)]
struct Next<'d> {
    first: Option<(usize, &'d Dated)>,
    other: Option<(usize, &'d Dated)>,
}

impl<'d> Next<'d> {
    fn apart_from(&self, before: &Dated) -> Option<usize> {
        apart([self.first, self.other], before)
    }

    fn take(&mut self, at: usize, dated: &'d Dated) {
        if self
            .first
            .is_none_or(|(_, first)| local(first) != local(dated))
        {
            self.other = self.first;
        }
        self.first = Some((at, dated));
    }
}

/// The first of these that is another product here and has a day in common.
fn apart(kept: [Option<(usize, &Dated)>; 2], with: &Dated) -> Option<usize> {
    let mut kept = kept.into_iter().flatten();
    let apart =
        kept.find(|(_, dated)| local(dated) != local(with) && dated.period.overlaps(&with.period));
    apart.map(|(at, _)| at)
}

/// What a product is to the municipality.
fn local(dated: &Dated) -> (Option<Category>, Option<Code>) {
    (dated.local.category, dated.local.code)
}
