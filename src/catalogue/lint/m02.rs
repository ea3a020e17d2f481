//! M02: the way back is ambiguous. Several local products become one canonical product in the same unit and category on the same day, and not exactly one of
//! them is preferred.
//!
//! Counts rows that are confirmed and of a relation the manifest applies: others are never taken, neither there nor back. So too for what is narrower than a
//! target on which several tariffs remain (44A27 with three rates): it passes as it is, and is no way back. The canonical code itself is one of the ways where the
//! municipality has rows for it as a code of its own and none of them is applied: there it crosses as it is. Told once for each set of rows, at the last of them
//! (of the municipality's own, where it has any), whose text names the others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::sweep::sweep;
use super::{Kind, Scope, Standing, Told, Wrong};
use crate::code::{Category, Code};
use crate::compiled::price;
use crate::finding::Class;
use crate::relation::{Relation, State};
use crate::row::Row;
use crate::source::Place;
use crate::unit::Unit;

/// What comes back: code and category on the municipality's side, and unit.
type Local = (Code, Option<Category>, Unit);

/// What a row has to do with a canonical product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It leads there.
    Leads,
    /// It is of the same code, on the municipality's side, and is not applied: the code crosses as it is.
    Crosses,
    /// It is of the same code, and is applied.
    Leaves,
}

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
        let Some((code, first)) = rows.first() else {
            continue;
        };
        let law = first.key.law;
        let itself = scope.of_code(law, *code);
        if rows.len() < 2 && itself.is_empty() {
            continue;
        }
        let days = days_of_several_tariffs(rows, daypart_minutes);
        let is_taken = |row: &Row| {
            let next = days.partition_point(|day| day.1.is_some_and(|last| last < row.period.from));
            let is_several = days
                .get(next)
                .is_some_and(|day| row.period.to.is_none_or(|to| day.0 <= to));
            row.relation != Relation::LocalNarrower || !is_several
        };
        let national = match scope.standing(law, *code) {
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
                let leading = rows.iter().map(|(_, row)| *row).filter(|row| {
                    category(row).is_none_or(|category| Some(category) == wanted)
                        && local_unit(row, unit).is_some()
                        && is_taken(row)
                });
                let mut ways: Vec<_> = leading.map(|row| (row, Way::Leads)).collect();
                if ways.is_empty() {
                    continue;
                }
                let is_asked = |row: &&&Row| {
                    let category = wanted.or(row.key.category);
                    row.key.matches(Some(unit), category)
                };
                let way = |row: &Row| {
                    let leads_here = row.target.is_some_and(|target| target.code == *code);
                    let is_applied = row.state == State::Confirmed
                        && apply.contains(&row.relation)
                        && (!leads_here || is_taken(row));
                    if is_applied {
                        Way::Leaves
                    } else {
                        Way::Crosses
                    }
                };
                ways.extend(itself.iter().filter(is_asked).map(|row| (*row, way(row))));
                if ways.len() > 1 {
                    segments(scope, (*code, wanted, unit), &ways, told);
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
        rows.iter().map(|(_, row)| (*row, ())),
        &mut day,
        |(prices, rows), (row, ()), starts| {
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
    /// What comes back, and which of it is preferred.
    locals: BTreeMap<Local, usize>,
    preferred: BTreeMap<Local, usize>,
    /// Rows that lead there, those of the municipality's own last.
    rows: BTreeMap<(bool, Place), &'c Row>,
    /// Rows of the code itself that are not applied, those that are preferred among them, and how many are applied.
    crossing: BTreeSet<Place>,
    crossing_preferred: usize,
    leaving: usize,
}

impl Day<'_> {
    /// A row by which the code crosses as it is.
    fn crosses(&self) -> Option<Place> {
        let first = self.crossing.first().copied();
        first.filter(|_| self.leaving == 0)
    }

    fn is_ambiguous(&self) -> bool {
        self.locals.len() + usize::from(self.crosses().is_some()) > 1 && self.preferred() != 1
    }

    fn preferred(&self) -> usize {
        let itself = self.crosses().is_some() && self.crossing_preferred > 0;
        self.preferred.len() + usize::from(itself)
    }
}

/// Looks at what becomes one product, by code, category and unit.
fn segments(
    scope: &Scope<'_>,
    (code, wanted, unit): (Code, Option<Category>, Unit),
    ways: &[(&Row, Way)],
    told: &mut Told<'_>,
) {
    let own = scope.table.map(|table| table.own.file);
    let local = |row: &Row| {
        // Without another category in the row, the product keeps the one it has.
        let named = row.target.and_then(|target| target.category);
        let category = named.map_or(wanted, |_| row.key.category);
        let unit = local_unit(row, unit).unwrap_or(unit);
        (row.key.code, category, unit)
    };
    sweep(
        ways.iter().copied(),
        &mut Day::default(),
        |day, (row, way), starts| match way {
            Way::Leads => {
                count(&mut day.locals, local(row), starts);
                if row.preferred {
                    count(&mut day.preferred, local(row), starts);
                }
                let at = (Some(row.place.file) == own, row.place);
                if starts {
                    day.rows.insert(at, row);
                } else {
                    day.rows.remove(&at);
                }
            }
            Way::Crosses => {
                if row.preferred {
                    step(&mut day.crossing_preferred, starts);
                }
                if starts {
                    day.crossing.insert(row.place);
                } else {
                    day.crossing.remove(&row.place);
                }
            }
            Way::Leaves => step(&mut day.leaving, starts),
        },
        |day, _| {
            if day.is_ambiguous()
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
    if let Some(place) = day.crosses() {
        named.push(format!(
            "{code} zelf ({})",
            scope.elsewhere(last.place, place)
        ));
    }
    let preferred = if day.preferred() == 0 {
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
