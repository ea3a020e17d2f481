//! What a line is about, apart from its names: which allocation, which product, which period. A new line after a credit is about the same.

use std::fmt;

use super::bytes::Lp;
use super::date::Date;
use super::value::{ProductCategorie, ProductCode};

/// Allocation, product and ProductPeriode of a line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Number of the allocation.
    pub toew: u32,
    /// Category of the product.
    pub category: ProductCategorie,
    /// Code of the product; empty where the line has none.
    pub code: ProductCode,
    /// First day of the ProductPeriode.
    pub begin: Date,
    /// Its last day.
    pub end: Date,
}

impl Subject {
    /// Adds allocation, category, code, begin and end to a list.
    pub(super) fn onto(&self, list: Lp) -> Lp {
        list.number(u64::from(self.toew))
            .text(self.category.as_str())
            .text(self.code.as_str())
            .text(&self.begin.to_string())
            .text(&self.end.to_string())
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject")
    }
}
