//! M02: the way back is ambiguous. Of some national product that a message may name, several local products become it on the same day and not exactly one of
//! them is preferred; or a row makes it of a local product whatever category that had.
//!
//! Says of a table what [`crate::compiled::Compiled::back`] without a memory would say of every product by it, no more and no less: a row that says more goes
//! before one that says less, rows that disagree or are not applied are no way back, and the national code itself is a way where the municipality has rows for
//! it as a code of its own that leave it as it is. It asks `forth` of every kind of local product there is once, not `back` of every national one, so that time
//! goes with n log n of the rows. Told once for each last row (of the municipality's own, where it has any) of those that lead there; its text names others.

mod day;
mod local;

use std::collections::{BTreeMap, BTreeSet};

use super::sweep::sweep;
use super::{Kind, Scope, Told, Wrong};
use crate::code::{Category, Code};
use crate::compiled::{Terms, tariffs};
use crate::finding::Class;
use crate::law::Law;
use crate::load::Table;
use crate::period::Period;
use crate::row::Row;
use crate::source::Place;
use crate::translate::{Product, ratio};
use crate::unit::Unit;

use day::{Day, Way};
use local::Local;

/// Most rows of one table that are looked at, counted each time that one is. A table of ten thousand rows needs a tenth of it; one that needs more has thousands
/// of rows of one code that differ in category and in the one they get.
const LOOKS_MAX: usize = 20_000_000;

/// All rows of a table.
pub(super) fn check(scope: &Scope<'_>, told: &mut Told<'_>) {
    let Some(table) = scope.table else {
        return;
    };
    let terms = Terms::of(table);
    let mut looks = Looks { left: LOOKS_MAX };
    for law in Law::ALL {
        let targets = targets(scope, table, law);
        let locals = locals(scope, table, law, &targets);
        let named = targets
            .iter()
            .fold(0, |all, target| all | target.categories);
        let categories = (0..=99).filter_map(Category::new);
        for category in categories.filter(|category| named & bit(Some(*category)) != 0) {
            let all = Asked::of(&targets, &locals, category, |_| true);
            let converting = Asked::of(&targets, &locals, category, |target| target.converts);
            for (unit, amounts) in units(terms.daypart_minutes) {
                let asked = |(volume, tariff_cents)| Product {
                    category: Some(category),
                    code: None,
                    unit,
                    volume,
                    tariff_cents,
                };
                all.look(scope, &terms, &asked((None, None)), &mut looks, told);
                for amounts in amounts {
                    converting.look(scope, &terms, &asked(amounts), &mut looks, told);
                }
            }
        }
    }
    if looks.left == 0 {
        too_much(table, told);
    }
}

/// How many more rows may be looked at.
struct Looks {
    left: usize,
}

impl Looks {
    /// Whether so many may be.
    fn take(&mut self, rows: usize) -> bool {
        let left = self.left.checked_sub(rows);
        self.left = left.unwrap_or_default();
        self.left > 0
    }
}

fn too_much(table: &Table, told: &mut Told<'_>) {
    let place = Place {
        file: table.own.file,
        line: 0,
    };
    told.tell(place, Class::M02, Kind::Row, || {
        Wrong::new(
            "Of de weg terug overal eenduidig is, is niet na te gaan: te veel rijen van dezelfde codes en eenheden wisselen elkaar af.",
            "Haal rijen weg die niet meer gelden, of voeg rijen die hetzelfde zeggen samen.",
        )
    });
}

/// A national product that more than one local product may become.
struct Target {
    code: Code,
    /// The local codes that lead there, each once.
    locals: Vec<Code>,
    /// Categories that make a difference, as bits: its own, or without one those that some row names, and one that no row does.
    categories: u128,
    /// Whether volumes or tariffs make a difference.
    converts: bool,
    /// Whether the municipality has rows for this code as its own.
    is_local: bool,
}

fn bit(category: Option<Category>) -> u128 {
    category.map_or(0, |category| 1 << category.number())
}

fn named(rows: &[&Row]) -> u128 {
    let categories = rows.iter().map(|row| {
        let target = row.target.and_then(|target| target.category);
        bit(row.key.category) | bit(target)
    });
    categories.fold(0, |all, one| all | one)
}

/// Whether it gives another unit, or would.
fn converts(row: &Row) -> bool {
    let unit = row.target.and_then(|target| target.unit);
    unit.is_some_and(|unit| Some(unit) != row.key.unit) || row.factor != crate::Factor::ONE
}

/// The national products of this law to which several ways may lead.
fn targets(scope: &Scope<'_>, table: &Table, law: Law) -> Vec<Target> {
    let is_applied =
        |row: &&&Row| row.key.law == law && table.manifest.apply.contains(&row.relation);
    let leading = scope.confirmed.iter().filter(is_applied);
    let mut leading: Vec<(Code, &Row)> = leading
        .filter_map(|row| Some((row.target?.code, *row)))
        .collect();
    leading.sort_unstable_by_key(|(code, row)| (*code, row.key.code, row.place));
    let mut named_by: BTreeMap<Code, u128> = BTreeMap::new();
    let mut targets = Vec::new();
    for rows in leading.chunk_by(|a, b| a.0 == b.0) {
        let Some(&(code, first)) = rows.first() else {
            continue;
        };
        let own = scope.of_code(law, code);
        let is_several = |target: crate::Target| {
            first.key.category.is_none() && target.category.is_some()
                || first.key.unit.is_none() && target.unit.is_some()
        };
        let is_itself = own.iter().all(|row| row.place == first.place);
        if rows.len() == 1 && is_itself && !first.target.is_some_and(is_several) {
            continue;
        }
        let mut locals: Vec<Code> = rows.iter().map(|(_, row)| row.key.code).collect();
        locals.dedup();
        let national = scope.catalogue.product(table, law, code);
        let national = national.and_then(|product| product.category);
        let categories = national.map_or_else(
            || {
                let all = locals.iter().chain([&code]).fold(0, |all, local| {
                    let of_it = named_by.entry(*local);
                    all | *of_it.or_insert_with(|| named(scope.of_code(law, *local)))
                });
                // And the lowest that is not among them.
                (all | (all + 1)) & ((1 << 100) - 1)
            },
            |category| bit(Some(category)),
        );
        targets.push(Target {
            code,
            locals,
            categories,
            converts: rows.iter().any(|(_, row)| converts(row))
                || own.iter().any(|row| converts(row)),
            is_local: !own.is_empty(),
        });
    }
    targets
}

/// The rows of every local code that matters to these, by code.
fn locals<'c>(
    scope: &Scope<'c>,
    table: &Table,
    law: Law,
    targets: &[Target],
) -> BTreeMap<Code, Local<'c>> {
    let leading = targets
        .iter()
        .flat_map(|target| target.locals.iter().copied());
    let itself = targets
        .iter()
        .filter(|target| target.is_local)
        .map(|target| target.code);
    let codes: BTreeSet<Code> = leading.chain(itself).collect();
    if codes.is_empty() {
        return BTreeMap::new();
    }
    let manifest = &table.manifest;
    let has_one_tariff = tariffs(&scope.rows, &manifest.apply, manifest.daypart_minutes);
    let local = |code| {
        let at = scope.range_of_code(law, code);
        let rows = scope.rows.get(at.clone()).unwrap_or_default();
        let has_one_tariff = has_one_tariff.get(at).unwrap_or_default();
        (
            code,
            Local::of(scope.catalogue, table, code, rows, has_one_tariff),
        )
    };
    codes.into_iter().map(local).collect()
}

/// The units that a message may name, each with volumes and tariffs of which not all stay whole in other units of time, in every combination that there is. Which
/// ways are open depends on that, and on nothing else of them.
fn units(daypart: Option<u32>) -> Vec<(Option<Unit>, Vec<Amounts>)> {
    let of = |unit: Unit| (Some(unit), amounts(unit, daypart));
    let all = Unit::ALL.into_iter().map(of);
    all.chain([(None, Vec::new())]).collect()
}

/// Volume and tariff.
type Amounts = (Option<u64>, Option<u64>);

fn amounts(unit: Unit, daypart: Option<u32>) -> Vec<Amounts> {
    let mut all = Vec::new();
    if unit.minutes(daypart).is_none() {
        return all;
    }
    let factors: Vec<_> = Unit::ALL
        .into_iter()
        .filter_map(|to| ratio(unit, to, daypart))
        .collect();
    let mut whole: BTreeSet<Vec<bool>> = BTreeSet::from([vec![true; factors.len()]]);
    let parts = factors
        .iter()
        .flat_map(|factor| [factor.over(), factor.under()]);
    let parts: BTreeSet<u64> = parts.map(u64::from).collect();
    let products = parts
        .iter()
        .flat_map(|one| parts.iter().map(move |other| one * other));
    let tried: BTreeSet<u64> = products.collect();
    for volume in &tried {
        for tariff in &tried {
            let stays = |factor: &crate::Factor| {
                factor.volume(*volume).is_some() && factor.tariff(*tariff).is_some()
            };
            if whole.insert(factors.iter().map(stays).collect()) {
                all.push((Some(*volume), Some(*tariff)));
            }
        }
    }
    all
}

/// The national products of one category that are asked about, and what may become them.
struct Asked<'a, 'c> {
    targets: BTreeSet<Code>,
    locals: Vec<&'a Local<'c>>,
    itself: Vec<&'a Local<'c>>,
}

impl<'a, 'c> Asked<'a, 'c> {
    fn of(
        targets: &'a [Target],
        locals: &'a BTreeMap<Code, Local<'c>>,
        category: Category,
        is_asked: impl Fn(&Target) -> bool,
    ) -> Self {
        let is_asked =
            |target: &&Target| target.categories & bit(Some(category)) != 0 && is_asked(target);
        let targets: Vec<_> = targets.iter().filter(is_asked).collect();
        let leading: BTreeSet<_> = targets.iter().flat_map(|target| &target.locals).collect();
        Self {
            locals: leading
                .into_iter()
                .filter_map(|code| locals.get(code))
                .collect(),
            itself: targets
                .iter()
                .filter(|target| target.is_local)
                .filter_map(|target| locals.get(&target.code))
                .collect(),
            targets: targets.iter().map(|target| target.code).collect(),
        }
    }
    /// Asks about each of them, counted so, and tells where the way back is ambiguous.
    fn look(
        &self,
        scope: &Scope<'_>,
        terms: &Terms,
        asked: &Product,
        looks: &mut Looks,
        told: &mut Told<'_>,
    ) {
        let mut ways: Vec<(Code, Period, Way)> = Vec::new();
        for local in &self.locals {
            local.ways(terms, asked, looks, |code, period, way| {
                if self.targets.contains(&code) {
                    ways.push((code, period, way));
                }
            });
        }
        for local in &self.itself {
            local.by_itself(terms, asked, looks, |code, period, way| {
                ways.push((code, period, way));
            });
        }
        // Of a part of the ways nothing is said.
        if !looks.take(ways.len()) {
            return;
        }
        ways.sort_by_key(|(code, _, _)| *code);
        for ways in ways.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(code, _, _)) = ways.first() else {
                continue;
            };
            sweep(
                ways.iter().map(|(_, period, way)| (*period, *way)),
                &mut Day::default(),
                Day::change,
                |day, _| day.tell(scope, code, told),
            );
        }
    }
}
