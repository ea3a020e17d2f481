//! M03: one local code on several canonical codes, and neither unit nor variant decides which.
//!
//! Counts rows of one key that only describe (local-broader, partial); rows that decide are M01. Rows that name the same group say together what the product is
//! (501DL covers P5003 and P5004), and are no conflict.

use std::collections::{BTreeMap, BTreeSet};

use super::m01::decides;
use super::sweep::sweep;
use super::{Kind, Scope, Told, Wrong, shown, shown_target};
use crate::code::Code;
use crate::finding::Class;
use crate::row::Row;
use crate::source::Place;

/// What holds on a day.
#[derive(Default)]
struct Day<'c> {
    /// Rows by group and target.
    groups: BTreeMap<&'c str, BTreeMap<Code, BTreeSet<Place>>>,
    /// How many rows have a target.
    codes: BTreeMap<Code, usize>,
}

/// Rows of one key, by period.
pub(super) fn check(scope: &Scope<'_>, rows: &[&Row], told: &mut Told<'_>) {
    if rows.len() < 2 {
        return;
    }
    let describing = rows.iter().copied().filter(|row| !decides(row));
    sweep(
        describing.map(|row| (row, ())),
        &mut Day::default(),
        |day, (row, ()), starts| {
            let Some(code) = row.target.map(|target| target.code) else {
                return;
            };
            let group = scope.catalogue.text(row, row.group);
            if starts {
                if let Some((other, at)) = apart(day, group, code) {
                    tell(scope, row, other, at, told);
                }
                *day.codes.entry(code).or_default() += 1;
                let places = day
                    .groups
                    .entry(group)
                    .or_default()
                    .entry(code)
                    .or_default();
                places.insert(row.place);
                return;
            }
            if let Some(rows) = day.codes.get_mut(&code) {
                *rows -= 1;
                if *rows == 0 {
                    day.codes.remove(&code);
                }
            }
            if let Some(codes) = day.groups.get_mut(group) {
                if let Some(places) = codes.get_mut(&code) {
                    places.remove(&row.place);
                    if places.is_empty() {
                        codes.remove(&code);
                    }
                }
                if codes.is_empty() {
                    day.groups.remove(group);
                }
            }
        },
        |_, _| {},
    );
}

/// A row on another code that is not in the same group.
fn apart(day: &Day<'_>, group: &str, code: Code) -> Option<(Code, Place)> {
    // On one target alone nothing is apart, in however many groups.
    if day.codes.keys().all(|other| *other == code) {
        return None;
    }
    day.groups
        .iter()
        .filter(|(other, _)| group.is_empty() || **other != group)
        .flat_map(|(_, codes)| codes)
        .find(|(other, _)| **other != code)
        .and_then(|(other, places)| Some((*other, *places.first()?)))
}

fn tell(scope: &Scope<'_>, row: &Row, other: Code, at: Place, told: &mut Told<'_>) {
    told.tell(row.place, Class::M03, Kind::Row, || {
        Wrong::new(
            format!(
                "De code {} staat op {} en volgens {} ook op {other}, en eenheid noch variant zegt wanneer welke geldt.",
                shown(&row.key),
                shown_target(row),
                scope.elsewhere(row.place, at),
            ),
            "Geef de rijen een eenheid of variant die beslist, of dezelfde `group` als zij samen gelden.",
        )
    });
}
