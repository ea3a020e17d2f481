//! M02: the way back is ambiguous. Several local products become one canonical product in the same unit and category on the same day, and not exactly one of
//! them is preferred.
//!
//! Counts rows that are confirmed and of a relation the manifest applies: others are never taken, neither there nor back. So too for what is narrower than a
//! target on which several tariffs remain (44A27 with three rates): it passes as it is, and is no way back. Told once for each set of rows, at the last of them
//! (of the municipality's own, where it has any), whose text names the others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::sweep::sweep;
use super::{Kind, Scope, Standing, Told, Wrong};
use crate::code::{Category, Code};
use crate::compiled::price;
use crate::finding::Class;
use crate::relation::Relation;
use crate::row::Row;
use crate::source::Place;
use crate::unit::Unit;

/// What comes back: code, category and unit on the municipality's side.
type Local = (Code, Option<Category>, Option<Unit>);

/// Most other codes that a text names.
const NAMED_MAX: usize = 5;

/// All rows of a table.
pub(super) fn check(scope: &Scope<'_>, told: &mut Told<'_>) {
    let Some(table) = scope.table else {
        return;
    };
    let apply = &table.manifest.apply;
    let mut rows: Vec<(Code, &Row)> = scope
        .confirmed
        .iter()
        .filter(|row| apply.contains(&row.relation))
        .filter_map(|row| Some((row.target?.code, *row)))
        .collect();
    rows.sort_unstable_by_key(|(code, row)| (row.key.law, *code, row.place));
    let daypart_minutes = table.manifest.daypart_minutes;
    for rows in rows.chunk_by(|a, b| (a.1.key.law, a.0) == (b.1.key.law, b.0)) {
        let [(code, first), _, ..] = rows else {
            continue;
        };
        let days = days_of_several_tariffs(rows, daypart_minutes);
        let is_taken = |row: &Row| {
            let next = days.partition_point(|day| day.1.is_some_and(|last| last < row.period.from));
            let is_several = days
                .get(next)
                .is_some_and(|day| row.period.to.is_none_or(|to| day.0 <= to));
            row.relation != Relation::LocalNarrower || !is_several
        };
        let national = match scope.standing(first.key.law, *code) {
            Some(Standing::InForce(_, product) | Standing::Withdrawn { product, .. }) => {
                product.category
            }
            Some(Standing::NotNamed(_) | Standing::Unknown) | None => None,
        };
        let category = |row: &Row| {
            let named = row.target.and_then(|target| target.category);
            named.or(row.key.category).or(national)
        };
        let categories: BTreeSet<_> = rows.iter().filter_map(|(_, row)| category(row)).collect();
        let categories: Vec<_> = if categories.is_empty() {
            vec![None]
        } else {
            categories.into_iter().map(Some).collect()
        };
        for wanted in categories {
            for unit in Unit::ALL {
                let arriving = rows.iter().map(|(_, row)| *row).filter(|row| {
                    category(row).is_none_or(|category| Some(category) == wanted)
                        && local_unit(row, unit).is_some()
                        && is_taken(row)
                });
                let arriving: Vec<_> = arriving.collect();
                if arriving.len() > 1 {
                    segments(scope, *code, unit, &arriving, told);
                }
            }
        }
    }
}

/// The local unit of what comes back from this unit. None when the row never leads to this unit.
fn local_unit(row: &Row, canonical: Unit) -> Option<Unit> {
    match row.target?.unit {
        Some(unit) if Some(unit) != row.key.unit => {
            (unit == canonical).then(|| row.key.unit.unwrap_or(canonical))
        }
        Some(_) | None => row
            .key
            .matches(Some(canonical), row.key.category)
            .then_some(canonical),
    }
}

/// The stretches of days, first and last, on which rows with one target have several tariffs, or one that is not known.
fn days_of_several_tariffs(
    rows: &[(Code, &Row)],
    daypart_minutes: Option<u32>,
) -> Vec<(Date, Option<Date>)> {
    let mut day: (BTreeMap<_, usize>, usize) = (BTreeMap::new(), 0);
    let mut found: Vec<(Date, Option<Date>)> = Vec::new();
    sweep(
        rows.iter().map(|(_, row)| *row),
        &mut day,
        |(prices, rows), row, starts| {
            step(rows, starts);
            count(prices, price(row, daypart_minutes), starts);
        },
        |(prices, rows), on| {
            let is_several = *rows > 1 && (prices.len() > 1 || prices.contains_key(&None));
            match found.last_mut() {
                Some((_, last @ None)) if !is_several => *last = on.yesterday().ok(),
                Some((_, None)) => {}
                Some(_) | None if is_several => found.push((on, None)),
                Some(_) | None => {}
            }
        },
    );
    found
}

/// What holds on a day.
#[derive(Default)]
struct Day<'c> {
    locals: BTreeMap<Local, usize>,
    rows: BTreeMap<(bool, Place), &'c Row>,
    preferred: usize,
}

fn segments(scope: &Scope<'_>, code: Code, unit: Unit, rows: &[&Row], told: &mut Told<'_>) {
    let own = scope.table.map(|table| table.own.file);
    let mut day = Day::default();
    sweep(
        rows.iter().copied(),
        &mut day,
        |day, row, starts| {
            let local = (row.key.code, row.key.category, local_unit(row, unit));
            count(&mut day.locals, local, starts);
            if row.preferred {
                step(&mut day.preferred, starts);
            }
            let is_own = Some(row.place.file) == own;
            if starts {
                day.rows.insert((is_own, row.place), row);
            } else {
                day.rows.remove(&(is_own, row.place));
            }
        },
        |day, _| {
            if day.locals.len() > 1
                && day.preferred != 1
                && let Some((_, last)) = day.rows.last_key_value()
            {
                told.tell(last.place, Class::M02, Kind::Row, || {
                    ambiguous(scope, code, last, day)
                });
            }
        },
    );
}

fn count<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K, starts: bool) {
    if starts {
        *counts.entry(key).or_default() += 1;
    } else if let Some(left) = counts.get_mut(&key) {
        *left -= 1;
        if *left == 0 {
            counts.remove(&key);
        }
    }
}

fn step(count: &mut usize, starts: bool) {
    *count = if starts { *count + 1 } else { *count - 1 };
}

fn ambiguous(scope: &Scope<'_>, code: Code, last: &Row, day: &Day<'_>) -> Wrong {
    let others = day.rows.values().filter(|row| row.place != last.place);
    let mut named: Vec<_> = others
        .take(NAMED_MAX)
        .map(|row| {
            let at = scope.elsewhere(last.place, row.place);
            format!("{} ({at})", row.key.code)
        })
        .collect();
    if let Some(more) = day
        .rows
        .len()
        .checked_sub(NAMED_MAX + 1)
        .filter(|more| *more > 0)
    {
        named.push(format!("nog {more}"));
    }
    let preferred = if day.preferred == 0 {
        "geen rij heeft de voorkeur"
    } else {
        "meer dan een rij heeft de voorkeur"
    };
    Wrong::new(
        format!(
            "De weg terug van {code} is niet eenduidig: naar haar leiden tegelijk {} en {}, en {preferred}.",
            last.key.code,
            named.join(", "),
        ),
        "Zet bij een van deze rijen `preferred` op yes, en bij de andere niet.",
    )
}
