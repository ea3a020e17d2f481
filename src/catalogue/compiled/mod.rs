//! Tables packed for looking things up: sorted arrays per law, 8 bytes a key, 24 a row, and 4 for the way back. Made of a [`Catalogue`] or
//! read from a file; never changed: new tables are a new value that the caller puts in its place ([`std::sync::Arc`]), and who holds the old one keeps it.
//!
//! Rows of regions are written out for each municipality, since its own rows may stand in their place. Labels and justifications are not kept.

mod file;
mod packed;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

pub use file::CompiledError;
pub(crate) use packed::{Key, Packed, Says};

use crate::code::Code;
use crate::law::{Law, Municipality};
use crate::load::{Catalogue, Table, Version};
use crate::period::Period;
use crate::relation::{Relation, State};
use crate::row::Row;
use crate::unit::Unit;

/// Most files with rows.
pub const FILES_MAX: usize = 65_535;

/// Most rows of one law, those of a region counted for each municipality that takes it over.
pub const ROWS_MAX: usize = 1 << 28;

/// What a municipality's table says of its use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Whose.
    pub municipality: Municipality,
    /// Of all the table is made of.
    pub version: Version,
    /// Whether messages are translated at all, once the provider agrees too.
    pub enabled: bool,
    /// Made up, for tests.
    pub made_up: bool,
    /// Minutes of a dagdeel by its contracts.
    pub daypart_minutes: Option<u32>,
    /// Which relations are applied, by bits in the order of [`Relation::ALL`].
    applied: u8,
    /// Its rows, by law.
    rows: [Range<u32>; 2],
}

impl Terms {
    /// Those of a table, of which no rows are packed yet.
    pub(crate) fn of(table: &Table) -> Self {
        let manifest = &table.manifest;
        Self {
            municipality: table.municipality,
            version: table.version,
            enabled: manifest.enabled,
            made_up: manifest.made_up,
            daypart_minutes: manifest.daypart_minutes,
            applied: manifest
                .apply
                .iter()
                .fold(0, |bits, &relation| bits | 1 << packed::number_of(relation)),
            rows: [0..0, 0..0],
        }
    }

    /// Whether rows of this relation are applied to messages.
    pub fn applies(&self, relation: Relation) -> bool {
        self.applied & 1 << packed::number_of(relation) != 0
    }
}

/// The rows of one law.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lists {
    /// Municipality, code and unit, sorted; those of a municipality are together.
    keys: Vec<u64>,
    /// For each key its row.
    rows: Vec<Packed>,
    /// The rows of each municipality once more, by target code. The codes themselves are looked up in the rows: a municipality's fit the processor's cache.
    by_target: Vec<u32>,
}

/// Tables, packed.
#[derive(Debug, PartialEq, Eq)]
pub struct Compiled {
    terms: Vec<Terms>,
    /// For each number of a municipality one more than its place among the terms; 0: it has none.
    index: Vec<u16>,
    files: Vec<Arc<str>>,
    lists: [Lists; 2],
}

/// The rows of one local code.
pub(crate) struct Found<'c> {
    pub(crate) terms: &'c Terms,
    keys: &'c [u64],
    rows: &'c [Packed],
}

impl<'c> Found<'c> {
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Option<Unit>, &'c Packed)> + use<'c> {
        let keys = self.keys.iter().map(|&key| Key::unit_of(key));
        keys.zip(self.rows)
    }
}

/// How much room tables take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Rows, those of a region counted for each municipality.
    pub rows: usize,
    /// Bytes in memory, all told.
    pub bytes: usize,
}

/// There are more files or rows than fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tables have at most {FILES_MAX} files with rows, and {ROWS_MAX} rows of a law")]
pub struct TooLarge;

impl Compiled {
    /// Numbers there are for municipalities.
    const MUNICIPALITIES: usize = 10_000;

    /// Packs the tables of a folder. Err: they are too large. Whether they are sound is not asked: findings of level error are the caller's to heed.
    pub fn of(catalogue: &Catalogue) -> Result<Self, TooLarge> {
        Self::within(catalogue, FILES_MAX, ROWS_MAX)
    }

    fn within(catalogue: &Catalogue, files_max: usize, rows_max: usize) -> Result<Self, TooLarge> {
        let mut compiled = Self {
            terms: Vec::with_capacity(catalogue.tables.len()),
            index: vec![0; Self::MUNICIPALITIES],
            files: Vec::new(),
            lists: [Lists::default(), Lists::default()],
        };
        let mut files: HashMap<u32, usize> = HashMap::new();
        for table in &catalogue.tables {
            let manifest = &table.manifest;
            let mut packed: [Vec<(u64, Packed)>; 2] = [Vec::new(), Vec::new()];
            let rows: Vec<&Row> = catalogue.rows(table).collect();
            let one_tariff = tariffs(&rows, &manifest.apply, manifest.daypart_minutes);
            for (row, has_one_tariff) in rows.into_iter().zip(one_tariff) {
                let next = compiled.files.len();
                let file = *files.entry(row.place.file).or_insert(next);
                if file == next {
                    (next < files_max).then_some(()).ok_or(TooLarge)?;
                    let path = catalogue.file(row.place.file);
                    let path = path.map_or_else(|| "".into(), |file| Arc::clone(&file.path));
                    compiled.files.push(path);
                }
                let file = u16::try_from(file).map_err(|_| TooLarge)?;
                let national = row
                    .target
                    .and_then(|target| catalogue.product(table, row.key.law, target.code))
                    .and_then(|product| product.category);
                let key = Key {
                    municipality: table.municipality,
                    code: row.key.code,
                    unit: row.key.unit,
                };
                let [jw, wmo] = &mut packed;
                let list = match row.key.law {
                    Law::Jw => jw,
                    Law::Wmo => wmo,
                };
                let row = Packed::of(
                    row,
                    file,
                    national,
                    has_one_tariff,
                    manifest.daypart_minutes,
                );
                list.push((key.pack(), row));
            }
            let mut ranges = [0..0, 0..0];
            for ((list, mut packed), range) in
                compiled.lists.iter_mut().zip(packed).zip(&mut ranges)
            {
                packed.sort_unstable();
                *range = list.append(&packed, rows_max)?;
            }
            let place = u16::try_from(compiled.terms.len() + 1).map_err(|_| TooLarge)?;
            let number = usize::from(table.municipality.number());
            if let Some(entry) = compiled.index.get_mut(number) {
                *entry = place;
            }
            compiled.terms.push(Terms {
                rows: ranges,
                ..Terms::of(table)
            });
        }
        Ok(compiled)
    }

    /// What the table of this municipality says of its use. None: it has no table.
    pub fn terms(&self, municipality: Municipality) -> Option<&Terms> {
        let place = *self.index.get(usize::from(municipality.number()))?;
        self.terms.get(usize::from(place).checked_sub(1)?)
    }

    /// The municipalities that have a table, by code.
    pub fn municipalities(&self) -> impl Iterator<Item = &Terms> {
        self.terms.iter()
    }

    /// The version of the table of this municipality. None: it has no table.
    pub fn version(&self, municipality: Municipality) -> Option<Version> {
        self.terms(municipality).map(|terms| terms.version)
    }

    /// How much room it takes.
    pub fn size(&self) -> Size {
        let of = |list: &Lists| {
            size_of_val(&*list.keys) + size_of_val(&*list.rows) + size_of_val(&*list.by_target)
        };
        let files = self.files.iter().map(|path| path.len() + 32);
        Size {
            rows: self.lists.iter().map(|list| list.rows.len()).sum(),
            bytes: size_of::<Self>()
                + self.lists.iter().map(of).sum::<usize>()
                + size_of_val(&*self.terms)
                + size_of_val(&*self.index)
                + files.sum::<usize>(),
        }
    }

    /// The rows of a municipality's own code. None: it has no table.
    pub(crate) fn find(
        &self,
        law: Law,
        municipality: Municipality,
        code: Code,
    ) -> Option<Found<'_>> {
        let terms = self.terms(municipality)?;
        let (list, range) = self.list(law, terms);
        let first = Key {
            municipality,
            code,
            unit: None,
        }
        .pack();
        let keys = list.keys.get(range.clone()).unwrap_or_default();
        let start = keys.partition_point(|&key| key < first);
        let keys = keys.get(start..).unwrap_or_default();
        let count = keys
            .iter()
            .take_while(|&&key| Key::is_of_same_code(key, first))
            .count();
        let start = range.start + start;
        Some(Found {
            terms,
            keys: keys.get(..count).unwrap_or_default(),
            rows: list.rows.get(start..start + count).unwrap_or_default(),
        })
    }

    /// The rows of a table that have this target.
    pub(crate) fn toward<'c>(
        &'c self,
        law: Law,
        terms: &'c Terms,
        target: Code,
    ) -> impl Iterator<Item = (Key, &'c Packed)> + use<'c> {
        let (list, range) = self.list(law, terms);
        let order = list.by_target.get(range).unwrap_or_default();
        let target = target.to_bytes();
        let known = |at: u32| list.rows.get(at as usize).map(Packed::target_bytes);
        let start = order.partition_point(|&at| known(at).is_some_and(|known| known < target));
        let order = order.get(start..).unwrap_or_default().iter();
        order
            .take_while(move |&&at| known(at) == Some(target))
            .filter_map(|&at| {
                let key = Key::unpack(*list.keys.get(at as usize)?)?;
                Some((key, list.rows.get(at as usize)?))
            })
    }

    /// The file of a row.
    pub(crate) fn path_of(&self, row: &Packed) -> Arc<str> {
        let path = self.files.get(usize::from(row.file()));
        path.map_or_else(|| "".into(), Arc::clone)
    }

    fn list(&self, law: Law, terms: &Terms) -> (&Lists, Range<usize>) {
        let [jw, wmo] = &self.lists;
        let [of_jw, of_wmo] = &terms.rows;
        let (list, range) = match law {
            Law::Jw => (jw, of_jw),
            Law::Wmo => (wmo, of_wmo),
        };
        (list, range.start as usize..range.end as usize)
    }
}

impl Lists {
    /// Adds the sorted rows of a municipality; where they stand.
    fn append(&mut self, rows: &[(u64, Packed)], max: usize) -> Result<Range<u32>, TooLarge> {
        let end = self.rows.len() + rows.len();
        if end > max {
            return Err(TooLarge);
        }
        let narrow = |at: usize| u32::try_from(at).map_err(|_| TooLarge);
        let (start, end) = (narrow(self.rows.len())?, narrow(end)?);
        self.keys.extend(rows.iter().map(|(key, _)| key));
        self.rows.extend(rows.iter().map(|(_, row)| row));
        let targets = rows.iter().map(|(_, row)| row.target_bytes());
        let mut order: Vec<_> = targets.zip(start..end).collect();
        order.sort_unstable();
        self.by_target.extend(order.iter().map(|(_, at)| at));
        Ok(start..end)
    }
}

/// For each row whether what has its target has one tariff on all of its days: it is the only confirmed row of an applied relation with that target, or the
/// others have the same tariff, known, for the same amount of time or pieces. By counting, not by pairs: a list may have any number of rows on one target.
pub(crate) fn tariffs(
    rows: &[&Row],
    applied: &[Relation],
    daypart_minutes: Option<u32>,
) -> Vec<bool> {
    type Group = (Law, Code, Option<Price>);
    let target = |row: &Row| Some((row.key.law, row.target?.code));
    let is_narrower = |row: &&&Row| row.relation == Relation::LocalNarrower;
    let narrower: HashSet<_> = rows
        .iter()
        .filter(is_narrower)
        .map(|row| target(row))
        .collect();
    let is_applied = |row: &Row| row.state == State::Confirmed && applied.contains(&row.relation);
    // All rows with a target (without a price), and those of each price.
    let mut with: HashMap<Group, Days> = HashMap::new();
    for row in rows.iter().filter(|row| is_applied(row)) {
        if let Some((law, code)) = target(row).filter(|at| narrower.contains(&Some(*at))) {
            with.entry((law, code, None)).or_default().add(&row.period);
            if let Some(price) = price(row, daypart_minutes) {
                let priced = with.entry((law, code, Some(price))).or_default();
                priced.add(&row.period);
            }
        }
    }
    with.values_mut().for_each(Days::sort);
    let one = |row: &&Row| {
        let Some((law, code)) = target(row).filter(|_| is_narrower(&row)) else {
            return true;
        };
        let count = |group: Group| with.get(&group).map_or(0, |days| days.count(&row.period));
        let alike = match price(row, daypart_minutes) {
            Some(price) => count((law, code, Some(price))),
            None => usize::from(is_applied(row)),
        };
        count((law, code, None)) == alike
    };
    rows.iter().map(one).collect()
}

/// First and last days of rows, each sorted by itself: enough to count how many have a day in common with a period.
#[derive(Default)]
struct Days {
    first: Vec<Date>,
    last: Vec<Date>,
}

impl Days {
    fn add(&mut self, period: &Period) {
        self.first.push(period.from);
        self.last.push(period.to.unwrap_or(Date::MAX));
    }

    fn sort(&mut self) {
        self.first.sort_unstable();
        self.last.sort_unstable();
    }

    fn count(&self, period: &Period) -> usize {
        let end = period.to.unwrap_or(Date::MAX);
        let begun = self.first.partition_point(|first| *first <= end);
        begun - self.last.partition_point(|last| *last < period.from)
    }
}

/// Cents for so many minutes, or for one of a unit that is no time.
type Price = (Option<Unit>, crate::Factor);

/// The price of a row: cents for so many minutes, in lowest terms, or for one of a unit that is no time. None: its tariff is not known.
fn price(row: &Row, daypart_minutes: Option<u32>) -> Option<Price> {
    let cents = row.tariff?;
    Some(match row.key.unit {
        None => (None, crate::Factor::new(cents, 1)?),
        Some(unit) => match unit.minutes(daypart_minutes) {
            Some(minutes) => (Some(Unit::Minute), crate::Factor::new(cents, minutes)?),
            None => (Some(unit), crate::Factor::new(cents, 1)?),
        },
    })
}
