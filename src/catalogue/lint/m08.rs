//! M08: a gap between rows of a key, a row that says the same once more on the same days, or a row that starts before its table was published (the protocol
//! allows no change with retroactive effect).
//!
//! A gap counts when it is shorter than a year and no row for any unit, category or variant covers it: catalogues are made by the year, and a code that was out
//! of use for a whole year ended on purpose. Rows of the same days and target with different tariffs are products at several prices, not a mistake in dates
//! (44A27; see M02). Overlap with a different target is M01.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::{Kind, Scope, Told, Wrong, shown, shown_target};
use crate::code::Code;
use crate::finding::Class;
use crate::law::Law;
use crate::load::Table;
use crate::period::Period;
use crate::relation::State;
use crate::row::{Key, Row};

/// Days from which a gap is on purpose.
const YEAR_DAYS: i32 = 365;

/// A row of a municipality's own.
pub(super) fn starts_too_early(scope: &Scope<'_>, row: &Row) -> Option<Wrong> {
    let table = scope.table?;
    // Rows of a region are held against all who take them over, in one go.
    if table.own.file != row.place.file || row.period.from >= table.manifest.published {
        return None;
    }
    Some(too_early(row, table))
}

fn too_early(row: &Row, table: &Table) -> Wrong {
    Wrong::new(
        format!(
            "De rij van {} geldt vanaf {}, voor de publicatie van de tabel van gm{} ({}).",
            shown(&row.key),
            row.period.from,
            table.municipality,
            table.manifest.published
        ),
        "Laat de rij ingaan op of na de dag van publicatie; met terugwerkende kracht verandert een catalogus niet.",
    )
}

/// Rows of a region against the day of publication of each municipality that takes them over and has no row of its own for the code.
pub(super) fn starts_of_region(rows: &[Row], tables: &[&Table], told: &mut Told<'_>) {
    let mut latest: Vec<&Table> = tables.to_vec();
    latest.sort_by_key(|table| std::cmp::Reverse(table.manifest.published));
    let mut own: HashMap<usize, HashSet<(Law, Code)>> = HashMap::new();
    for row in rows.iter().filter(|row| row.state == State::Confirmed) {
        let key = (row.key.law, row.key.code);
        let first = latest
            .iter()
            .enumerate()
            .take_while(|(_, table)| row.period.from < table.manifest.published)
            .find(|(index, table)| {
                let own = own.entry(*index).or_insert_with(|| {
                    let own = table.own.rows.iter().filter(|row| row.is_decided());
                    own.map(|row| (row.key.law, row.key.code)).collect()
                });
                !own.contains(&key)
            });
        if let Some((_, table)) = first {
            told.tell(row.place, Class::M08, Kind::Row, || too_early(row, table));
        }
    }
}

/// Rows of one key, by period.
pub(super) fn gaps_and_overlaps(scope: &Scope<'_>, rows: &[&Row], told: &mut Told<'_>) {
    if rows.len() < 2 {
        return;
    }
    let mut covered: Option<Vec<Period>> = None;
    let mut until: Option<(Date, &Row)> = None;
    let mut by_code: HashMap<Option<Code>, Same<'_>> = HashMap::new();
    for &row in rows {
        if let Some((last, before)) = until
            && let Some(gap) = gap(last, row.period.from)
            && !is_within(
                covered.get_or_insert_with(|| covered_by_others(scope, &row.key)),
                gap,
            )
        {
            told.tell(row.place, Class::M08, Kind::Gap, || {
                Wrong::new(
                    format!(
                        "Tussen {} en deze rij van {} zit een gat: van {gap} geldt er geen.",
                        scope.elsewhere(row.place, before.place),
                        shown(&row.key)
                    ),
                    "Laat de ene rij aansluiten op de andere.",
                )
            });
        }
        let same = by_code
            .entry(row.target.map(|target| target.code))
            .or_default();
        if let Some(other) = same.of_the_same_days(row)
            && !told.has(row.place, Class::M01)
        {
            told.tell(row.place, Class::M08, Kind::Overlap, || {
                Wrong::new(
                    format!(
                        "De rij van {} naar {} ({}) valt samen met {} ({}).",
                        shown(&row.key),
                        shown_target(row),
                        row.period,
                        scope.elsewhere(row.place, other.place),
                        other.period
                    ),
                    "Laat de perioden op elkaar aansluiten, of haal een van beide rijen weg.",
                )
            });
        }
        same.take(row);
        let end = row.period.to.unwrap_or(Date::MAX);
        if until.is_none_or(|(last, _)| end > last) {
            until = Some((end, row));
        }
    }
}

/// The days between, if there are any and they are less than a year.
fn gap(last: Date, next: Date) -> Option<Period> {
    let from = last.tomorrow().ok()?;
    let to = next.yesterday().ok()?;
    let days = from.until(to).ok()?.get_days() + 1;
    (from <= to && days < YEAR_DAYS).then_some(Period { from, to: Some(to) })
}

/// The days on which rows of less exact keys hold, by day; what follows on another is one with it.
fn covered_by_others(scope: &Scope<'_>, key: &Key) -> Vec<Period> {
    let covers = |other: &Key| {
        other != key
            && (other.unit.is_none() || other.unit == key.unit)
            && (other.category.is_none() || other.category == key.category)
            && (other.variant.is_none() || other.variant == key.variant)
    };
    let mut periods: Vec<Period> = scope
        .of_code(key.law, key.code)
        .iter()
        .filter(|row| row.state == State::Confirmed && covers(&row.key))
        .map(|row| row.period)
        .collect();
    periods.sort_unstable();
    periods.dedup_by(|next, last| {
        let after = last.to.and_then(|to| to.tomorrow().ok());
        let is_one = after.is_none_or(|after| next.from <= after);
        if is_one {
            last.to = last.to.zip(next.to).map(|(one, other)| one.max(other));
        }
        is_one
    });
    periods
}

/// Whether one of these periods, by day and apart, holds on all days of a gap.
fn is_within(periods: &[Period], gap: Period) -> bool {
    let upto = periods.partition_point(|period| period.from <= gap.from);
    let last = upto.checked_sub(1).and_then(|last| periods.get(last));
    last.is_some_and(|last| last.to.is_none_or(|to| Some(to) >= gap.to))
}

/// Rows so far that lead to one code.
#[derive(Default)]
struct Same<'c> {
    longest: Option<&'c Row>,
    /// The longest of another period than that.
    other: Option<&'c Row>,
    prices: HashMap<(Period, Option<u32>), &'c Row>,
}

impl<'c> Same<'c> {
    fn take(&mut self, row: &'c Row) {
        let end = |row: &Row| row.period.to.unwrap_or(Date::MAX);
        let lasts_longer = |than: Option<&Row>| than.is_none_or(|than| end(row) > end(than));
        let is_alike = self
            .longest
            .is_some_and(|longest| longest.period == row.period);
        if lasts_longer(self.longest) {
            self.other = self.longest;
            self.longest = Some(row);
        } else if !is_alike && lasts_longer(self.other) {
            self.other = Some(row);
        }
        self.prices.entry((row.period, row.tariff)).or_insert(row);
    }

    /// A row that holds on a day of this one, unless that is another price of the same period.
    fn of_the_same_days(&self, row: &Row) -> Option<&'c Row> {
        let mut kept = [self.longest, self.other].into_iter().flatten();
        let overlapping =
            kept.find(|other| other.period != row.period && other.period.overlaps(&row.period));
        overlapping
            .or_else(|| self.prices.get(&(row.period, row.tariff)).copied())
            .or_else(|| self.prices.get(&(row.period, None)).copied())
            .or_else(|| {
                let same = self.longest.filter(|other| other.period == row.period);
                same.filter(|_| row.tariff.is_none())
            })
    }
}
