//! How often products were seen in messages, counted by somebody else: never the messages themselves.

use std::collections::BTreeMap;

use crate::code::{Category, Code};
use crate::finding::Finding;
use crate::findings::Findings;
use crate::law::{Law, Municipality};
use crate::source::{File, Source};
use crate::tsv::Sheet;

const COLUMNS: &[&str] = &["municipality", "law", "category", "code", "count", "year"];
const MUNICIPALITY: usize = 0;
const LAW: usize = 1;
const CATEGORY: usize = 2;
const CODE: usize = 3;
const COUNT: usize = 4;
const YEAR: usize = 5;

/// A product as messages named it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Used {
    /// For whom.
    pub municipality: Municipality,
    /// Under which law.
    pub law: Law,
    /// Its category.
    pub category: Category,
    /// Its code.
    pub code: Code,
    /// In which year; none: not told apart.
    pub year: Option<i16>,
}

/// How many messages named each product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    counts: BTreeMap<Used, u64>,
}

impl Uses {
    /// Reads counts from a table with tabs: `municipality law category code count`, and `year` where years are told apart. What cannot be read is left out and
    /// found.
    pub fn read(source: Source) -> (Self, Vec<Finding>) {
        let mut findings = Findings::default();
        let mut uses = Self::default();
        let Some(file) = File::of(source, &mut findings) else {
            return (uses, findings.told());
        };
        let needed = COLUMNS.get(..YEAR).unwrap_or_default();
        let Some(mut sheet) = Sheet::open(&file, COLUMNS, needed, &mut findings) else {
            return (uses, findings.told());
        };
        while let Some(cells) = sheet.next(&mut findings) {
            let mut wrong = |column: usize, why: &dyn std::fmt::Display| {
                findings.push(sheet.unreadable(cells.line, column, why));
            };
            let municipality = cells.get(MUNICIPALITY).parse();
            let municipality = municipality.map_err(|why| wrong(MUNICIPALITY, &why));
            let law = cells.get(LAW).parse().map_err(|why| wrong(LAW, &why));
            let category = cells.get(CATEGORY).parse();
            let category = category.map_err(|why| wrong(CATEGORY, &why));
            let code = cells.get(CODE).parse().map_err(|why| wrong(CODE, &why));
            let count = cells.get(COUNT).parse::<u64>();
            let count = count.map_err(|why| wrong(COUNT, &why));
            let year = match cells.get(YEAR) {
                "" => Ok(None),
                year => year.parse().map(Some).map_err(|why| wrong(YEAR, &why)),
            };
            if let (Ok(municipality), Ok(law), Ok(category), Ok(code), Ok(count), Ok(year)) =
                (municipality, law, category, code, count, year)
            {
                let used = Used {
                    municipality,
                    law,
                    category,
                    code,
                    year,
                };
                uses.add(used, count);
            }
        }
        (uses, findings.told())
    }

    /// Counts so many messages more.
    pub fn add(&mut self, used: Used, count: u64) {
        let counted = self.counts.entry(used).or_default();
        *counted = counted.saturating_add(count);
    }

    /// All, by municipality, law, category and code.
    pub fn iter(&self) -> impl Iterator<Item = (&Used, u64)> {
        self.counts.iter().map(|(used, count)| (used, *count))
    }
}
