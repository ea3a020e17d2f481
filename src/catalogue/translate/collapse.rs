//! Whether translation would stack products of one client that were apart (M11): rules that forbid the same product twice would then be broken by us.

use super::Product;
use crate::code::{Category, Code};
use crate::period::Period;

/// Categories of which products may overlap (TR302, TR386, TR410, TR361, OP259, OP347 leave them out).
const MAY_OVERLAP: std::ops::RangeInclusive<u8> = 11..=14;

/// What of a client stands in a message: it decides which rules look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stacked {
    /// Assigned or requested products: the same one may not overlap (TR302, OP259), except of categories 11 to 14.
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

/// Every two products of one client in one message that differ here and would be the same there at the same time (M11). If there is one, the whole message
/// crosses as it is. Products that are the same here already are not our doing.
pub fn collapse(products: &[Dated], stacked: Stacked) -> Vec<Clash> {
    let mut order: Vec<(Option<Category>, Code, usize, &Dated)> = products
        .iter()
        .enumerate()
        .filter_map(|(at, dated)| Some((dated.given.category, dated.given.code?, at, dated)))
        .filter(|(category, ..)| {
            stacked == Stacked::Declared
                || category.is_none_or(|category| !MAY_OVERLAP.contains(&category.number()))
        })
        .collect();
    order.sort_unstable_by_key(|&(category, code, at, _)| (category, code, at));
    let mut clashes = Vec::new();
    for same in order.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        for (nth, &(_, _, first, one)) in same.iter().enumerate() {
            let later = same.iter().skip(nth + 1);
            clashes.extend(
                later
                    .filter(|&&(_, _, _, other)| {
                        let local = |dated: &Dated| (dated.local.category, dated.local.code);
                        local(one) != local(other)
                            && one.period.overlaps(&other.period)
                            && (stacked == Stacked::Assigned || one.assignment == other.assignment)
                    })
                    .map(|&(_, _, second, _)| Clash { first, second }),
            );
        }
    }
    clashes.sort_unstable();
    clashes
}
