//! M03: one local code on several canonical codes, and neither unit nor variant decides which.
//!
//! Counts rows of one key that only describe (local-broader, partial); rows that decide are M01. Rows that name the same group say together what the product is
//! (501DL covers P5003 and P5004), and are no conflict.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::m01::decides;
use super::sweep::sweep;
use super::{Kind, Scope, Told, Wrong, shown, shown_target};
use crate::code::Code;
use crate::finding::Class;
use crate::row::Row;
use crate::source::Place;

/// Rows of one key, by period.
pub(super) fn check(scope: &Scope<'_>, rows: &[&Row], told: &mut Told<'_>) {
    if rows.len() < 2 {
        return;
    }
    let describing = rows.iter().copied().filter(|row| !decides(row));
    sweep(
        describing.map(|row| (row.period, row)),
        &mut Day::default(),
        |day, row: &Row, starts| {
            let Some(code) = row.target.map(|target| target.code) else {
                return;
            };
            let group = scope.catalogue.text(row, row.group);
            if starts && let Some((other, at)) = day.apart(group, code) {
                tell(scope, row, other, at, told);
            }
            day.change((group, code), row.place, starts);
        },
        |_, _| {},
    );
}

/// What holds on a day. Of whatever group and target a next row is, a row that is in another group and on another target is found without a look at the others.
#[derive(Default)]
struct Day<'c> {
    /// Rows by group and target.
    rows: BTreeMap<(&'c str, Code), BTreeSet<Place>>,
    /// The groups in which a target stands.
    groups: BTreeMap<Code, BTreeSet<&'c str>>,
    /// Targets in one group, by that, and those in more.
    in_one: BTreeMap<&'c str, BTreeSet<Code>>,
    in_several: BTreeSet<Code>,
}

impl<'c> Day<'c> {
    fn change(&mut self, at: (&'c str, Code), place: Place, starts: bool) {
        let (group, code) = at;
        let rows = self.rows.entry(at).or_default();
        if starts {
            rows.insert(place);
        } else {
            rows.remove(&place);
        }
        let is_there = !rows.is_empty();
        if !is_there {
            self.rows.remove(&at);
        }
        let groups = self.groups.entry(code).or_default();
        let changed = if is_there {
            groups.insert(group)
        } else {
            groups.remove(group)
        };
        if !changed {
            return;
        }
        self.in_several.remove(&code);
        // It was in one group before, or is in one now.
        for group in groups.iter().take(2).chain([&group]) {
            remove(&mut self.in_one, group, code);
        }
        match (groups.first(), groups.len()) {
            (None, _) => {
                self.groups.remove(&code);
            }
            (Some(only), 1) => {
                self.in_one.entry(only).or_default().insert(code);
            }
            (Some(_), _) => {
                self.in_several.insert(code);
            }
        }
    }

    /// A row on another code that is not in the same group.
    fn apart(&self, group: &str, code: Code) -> Option<(Code, Place)> {
        let is_apart = |at: &(&'c str, Code)| at.1 != code && (group.is_empty() || at.0 != group);
        let of_several = self.in_several.iter().find(|other| **other != code);
        let of_several = of_several.and_then(|other| {
            let mut groups = self.groups.get(other)?.iter().map(|group| (*group, *other));
            groups.find(is_apart)
        });
        let found = of_several.or_else(|| {
            // What is not apart of these is the code itself, and all of the group.
            let before = flat(self.in_one.iter()).take(2);
            let behind = (Bound::Excluded(group), Bound::Unbounded);
            let behind = flat(self.in_one.range::<str, _>(behind)).take(2);
            before.chain(behind).find(is_apart)
        })?;
        Some((found.1, *self.rows.get(&found)?.first()?))
    }
}

fn flat<'d, 'c: 'd>(
    groups: impl Iterator<Item = (&'d &'c str, &'d BTreeSet<Code>)>,
) -> impl Iterator<Item = (&'c str, Code)> {
    groups.flat_map(|(group, codes)| codes.iter().map(|code| (*group, *code)))
}

fn remove(groups: &mut BTreeMap<&str, BTreeSet<Code>>, group: &str, code: Code) {
    if let Some(codes) = groups.get_mut(group) {
        codes.remove(&code);
        if codes.is_empty() {
            groups.remove(group);
        }
    }
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
