//! M04: a local code is also a national code, and means something else here. Somebody who reads the message without this table takes it for the national one.
//!
//! Counts codes that are in force in a list the table names; a code that was withdrawn may be used again. It means the same where a row of the code leads to
//! itself on the same days (`partial` only within a group: alone it says that the two differ), where the national texts of the code and of the target are equal
//! within a category (05001 and 05A01), or where the local name is the national one. `collision = accepted` allows it for a row.

use jiff::civil::Date;

use super::{Kind, Scope, Standing, Told, Wrong, shown, shown_target};
use crate::canonical::{Product, Release};
use crate::diff::plain;
use crate::finding::Class;
use crate::period::Period;
use crate::relation::Relation;
use crate::row::Row;

/// Confirmed rows of one code.
pub(super) fn check(scope: &Scope<'_>, rows: &[&Row], told: &mut Told<'_>) {
    let is_suspect = |row: &Row| !row.collision && !leads_to_itself(scope, row);
    let Some(first) = rows.first() else {
        return;
    };
    if !rows.iter().any(|row| is_suspect(row)) {
        return;
    }
    let Some(Standing::InForce(release, product)) = scope.standing(first.key.law, first.key.code)
    else {
        return;
    };
    let itself = periods(rows.iter().filter(|row| leads_to_itself(scope, row)));
    for row in rows.iter().filter(|row| is_suspect(row)) {
        if overlaps(&itself, &row.period) || means_the_same(scope, row, release, product) {
            continue;
        }
        told.tell(row.place, Class::M04, Kind::Row, || {
            Wrong::new(
                format!(
                    "De code {} is landelijk `{}` ({}) en staat hier voor iets anders ({} {}).",
                    shown(&row.key),
                    scope.catalogue.name(release, product),
                    release.entry.name,
                    row.relation,
                    shown_target(row),
                ),
                "Kies een eigen code die landelijk niet bestaat, of zet `collision` op accepted als dit zo is afgesproken.",
            )
        });
    }
}

fn leads_to_itself(scope: &Scope<'_>, row: &Row) -> bool {
    row.target.is_some_and(|target| target.code == row.key.code)
        && (row.relation != Relation::Partial || !scope.catalogue.text(row, row.group).is_empty())
}

fn means_the_same(scope: &Scope<'_>, row: &Row, release: &Release, product: &Product) -> bool {
    let catalogue = scope.catalogue;
    if row.key.category.is_some_and(|category| {
        product
            .category
            .is_some_and(|national| national != category)
    }) {
        return false;
    }
    let name = plain(catalogue.name(release, product));
    if plain(catalogue.text(row, row.label)) == name {
        return true;
    }
    let target = row.target.filter(|target| target.code != row.key.code);
    let target = target.and_then(|target| scope.standing(row.key.law, target.code));
    match target {
        Some(
            Standing::InForce(of, other)
            | Standing::Withdrawn {
                last: of,
                product: other,
                ..
            },
        ) => other.category == product.category && plain(catalogue.name(of, other)) == name,
        Some(Standing::NotNamed(_) | Standing::Unknown) | None => false,
    }
}

/// The periods of these rows (which come by key, then by day), by day and without overlaps.
fn periods<'r>(rows: impl Iterator<Item = &'r &'r Row>) -> Vec<Period> {
    let mut all: Vec<Period> = rows.map(|row| row.period).collect();
    all.sort_unstable();
    let mut merged: Vec<Period> = Vec::new();
    for period in all {
        match merged.last_mut() {
            Some(last) if last.overlaps(&period) => {
                last.to = last.to.zip(period.to).map(|(one, other)| one.max(other));
            }
            Some(_) | None => merged.push(period),
        }
    }
    merged
}

fn overlaps(periods: &[Period], with: &Period) -> bool {
    let end = with.to.unwrap_or(Date::MAX);
    let upto = periods.partition_point(|period| period.from <= end);
    let last = upto.checked_sub(1).and_then(|last| periods.get(last));
    last.is_some_and(|last| last.overlaps(with))
}
